"""Every choice that an experiment makes, as one frozen value.

The abstract of the paper fixes the kind of model, the kinds of loss and what is measured. All else
is our reading of it, with the nominal values as defaults. A *reading* is a protocol that differs
from the nominal one in named choices: ``dataclasses.replace(Protocol(), lam=0.1)``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from gaussmlp.arguments import integer, many, number, shown, word

MASKS = ("standard", "S", "C", "CS", "O", "OS", "OC", "OCS")
"""The eight masks, in the order of every table: the letters of the losses that are on."""

LETTERS = {"overlap": "O", "coverage": "C", "separation": "S"}
"""The structural losses and their letters."""

INPUTS = ("uniform", "equispaced")
"""How samples are laid out on the domain."""

TARGETS = ("sin(pi x)", "sin(3 pi x)", "x", "random labels")
"""What a network can be asked to fit; random labels are uniform on [-1, 1)."""

STARTS_OF_W = ("N/4", "fan-in")
"""Starts of the input weights that are no number; fan-in draws w and b from [-1, 1) alike."""

ACTIVATIONS = ("exp(-z^2)", "exp(-z^2/2)")
"""The response of a neuron whose input is z."""

TRAINED = ("weight and bias", "centre and width")
"""What of a neuron is trained: ``z = w x + b`` or ``z = (x - centre) / width``."""

OPTIMIZERS = ("adam", "momentum", "gradient descent")
"""How parameters follow the gradient; momentum keeps 0.9 of the last step."""


class Lam(NamedTuple):
    """The weight of each structural loss in the total."""

    overlap: float = 1.0
    coverage: float = 1.0
    separation: float = 1.0


class Tau(NamedTuple):
    """The temperature of each structural loss that has one."""

    coverage: float = 1e-4
    separation: float = 1e-4


class Formulas(NamedTuple):
    """The formula of each structural loss."""

    overlap: str = "products"
    coverage: str = "soft minimum"
    separation: str = "squared distance"


FORMULAS = Formulas(
    ["products", "cosine"],
    ["soft minimum", "hard minimum", "log response"],
    ["squared distance", "distance"],
)
"""The formulas to choose from, nominal ones first; `losses` has them all, `own` adds to them."""


@dataclass(frozen=True)
class Protocol:
    """Every choice of an experiment; the defaults are the nominal protocol.

    Parameters
    ----------
    sizes : sequence of int
        Numbers N of samples, and so of hidden neurons; each at least 2, none twice.
    seeds : sequence of int
        Seeds of the starts; each at least 0, none twice.
    masks : sequence of str
        Which structural losses are on, each one of `MASKS`, none twice.
    domain : pair of float
        Samples and initial prototypes are uniform on ``[domain[0], domain[1])``.
    inputs : str
        How the samples lie, one of `INPUTS`.
    target : str
        What to fit, one of `TARGETS`.
    w0 : float or str
        Input weight that every neuron starts from, finite, not 0; or one of `STARTS_OF_W`.
    activation : str
        One of `ACTIVATIONS`.
    trained : str
        One of `TRAINED`.
    formulas : Formulas or mapping
        The formula of each structural loss, one of `FORMULAS`.
    lam : float, mapping or Lam
        Weight of the structural losses, at least 0: one value for all, or one for each by name
        (those not named take the nominal value).
    tau : float, mapping or Tau
        Temperature of coverage and separation, at least 1e-300 (so that 1 / tau is finite): one
        value, or one for each by name.
    steps : int
        Adam steps, at least 1.
    step_size : float
        The optimizer's step size, above 0.
    optimizer : str
        One of `OPTIMIZERS`.

    Raises
    ------
    ValueError
        If a value is not allowed; the message names the field and says what is.

    Notes
    -----
    The abstract fixes the width (N), uniform one-dimensional data, N from 3 to 100 and 480 runs.
    The other values, and the split into 6 sizes, 8 masks and 10 seeds, are our choices.
    """

    sizes: tuple[int, ...] = (3, 5, 10, 20, 50, 100)
    seeds: tuple[int, ...] = tuple(range(10))
    masks: tuple[str, ...] = MASKS
    domain: tuple[float, float] = (-1.0, 1.0)
    inputs: str = "uniform"
    target: str = "sin(pi x)"
    w0: float | str = 3.0
    activation: str = "exp(-z^2)"
    trained: str = "weight and bias"
    formulas: Formulas = Formulas()
    lam: Lam = Lam()
    tau: Tau = Tau()
    steps: int = 5000
    step_size: float = 0.01
    optimizer: str = "adam"

    def __post_init__(self):
        checked = dict(
            sizes=_integers("sizes", self.sizes, 2),
            seeds=_integers("seeds", self.seeds, 0),
            masks=_distinct(
                "masks", tuple(word("masks", m, MASKS) for m in many("masks", self.masks))
            ),
            domain=_interval("domain", self.domain),
            inputs=word("inputs", self.inputs, INPUTS),
            target=word("target", self.target, TARGETS),
            w0=_start_of_w(self.w0),
            activation=word("activation", self.activation, ACTIVATIONS),
            trained=word("trained", self.trained, TRAINED),
            formulas=_formulas(self.formulas),
            lam=_per_loss("lam", self.lam, Lam, least=0.0),
            tau=_per_loss("tau", self.tau, Tau, least=1e-300),
            steps=integer("steps", self.steps, 1),
            step_size=number("step_size", self.step_size, above=0.0),
            optimizer=word("optimizer", self.optimizer, OPTIMIZERS),
        )
        checked["masks"] = tuple(sorted(checked["masks"], key=MASKS.index))
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def but(self, choices):
        """Return this protocol with some choices replaced, by dotted name.

        Parameters
        ----------
        choices : mapping of str to value
            ``{"lam": 0.1, "tau.separation": 1e-2}``: the name of a field, or of one loss in it.

        Returns
        -------
        Protocol

        Raises
        ------
        ValueError
            If a name is not a field, or its value is not allowed.
        """
        if not isinstance(choices, Mapping):
            raise ValueError(f"choices must be a mapping of names to values, got {shown(choices)}")
        changed = self
        for name, value in choices.items():
            if not isinstance(name, str):
                raise ValueError(f"choices must be named by text, got {shown(name)}")
            field, _, loss = name.partition(".")
            known = [f.name for f in fields(self)]
            if field not in known:
                raise ValueError(
                    f"{shown(name)} is not a choice of the protocol; allowed: {', '.join(known)}"
                )
            if loss:
                values = getattr(changed, field)
                allowed = getattr(values, "_fields", ())
                if loss not in allowed:
                    raise ValueError(
                        f"{shown(name)} is not a choice of the protocol; allowed for {field}: "
                        + (", ".join(f"{field}.{a}" for a in allowed) or f"only {field} itself")
                    )
                value = values._replace(**{loss: value})
            changed = replace(changed, **{field: value})
        return changed


def active(mask):
    """Return the names of the structural losses that a mask turns on.

    Parameters
    ----------
    mask : str
        One of `MASKS`.

    Returns
    -------
    tuple of str
        Some of ``"overlap", "coverage", "separation"``, in this order.

    Raises
    ------
    ValueError
        If it is no mask.
    """
    word("mask", mask, MASKS)
    return () if mask == "standard" else tuple(k for k, letter in LETTERS.items() if letter in mask)


def choices(protocol):
    """List every choice of an experiment, with its value, its source and the reason for it.

    Parameters
    ----------
    protocol : Protocol

    Returns
    -------
    list of tuple of str
        ``(choice, value, source, why)``; the source is ``abstract`` (the paper's abstract fixes
        it), ``summary`` (public summaries of the paper say so) or ``ours``.
    """
    p = protocol
    rule = "Adam, 0.9, 0.999, 1e-8" if p.optimizer == "adam" else p.optimizer
    grid = f"{len(p.sizes)} sizes x {len(p.masks)} masks x {len(p.seeds)} seeds"
    return [
        ("activation", "Gaussian", "abstract", ""),
        ("response", p.activation, "ours", "the bare form; the width is in z"),
        ("trained", p.trained, "ours", "z = w x + b, as in any network"),
        ("width", "N neurons for N samples", "abstract", "one prototype for each sample"),
        ("samples", f"{p.inputs}, one-dimensional", "abstract", "sorted, which changes no result"),
        (
            "domain",
            f"[{p.domain[0]:g}, {p.domain[1]:g})",
            "ours",
            "symmetric, so that no side is special",
        ),
        ("target", p.target, "ours", "smooth and not monotonic; needs several neurons"),
        ("sizes", _listed(p.sizes), "ours", "the abstract fixes the ends, 3 and 100"),
        (
            "runs",
            f"{len(p.sizes) * len(p.masks) * len(p.seeds)}",
            "abstract",
            "480 controlled runs",
        ),
        ("grid", grid, "ours", "the split of the 480 runs"),
        ("seeds", _listed(p.seeds), "ours", "ten starts for each size"),
        ("masks", " ".join(p.masks), "ours", "all subsets of the abstract's three losses"),
        ("kinds of loss", "coverage, separation, overlap", "abstract", "the formulas are ours"),
        ("temperature", "on separation", "abstract", "on coverage too: ours"),
        ("tau", f"{p.tau.coverage:g} (C), {p.tau.separation:g} (S)", "ours", "a distance of 0.01"),
        ("one coefficient", "for all losses", "summary", "the abstract names none"),
        ("lam", _listed(sorted(set(p.lam))), "ours", "the plainest value"),
        (
            "start of w",
            f"{p.w0}" if isinstance(p.w0, str) else f"{p.w0:g}",
            "ours",
            "bumps about 0.24 wide, all alike",
        ),
        ("start of b", "prototypes uniform on the domain", "ours", "independent of the samples"),
        (
            "start of v, c",
            "uniform on [-1, 1) / sqrt(N); 0",
            "ours",
            "an output of order 1 at any N",
        ),
        ("formulas", ", ".join(p.formulas), "ours", "of overlap, coverage and separation"),
        ("optimiser", f"full-batch {rule}", "ours", "the usual first choice"),
        ("step size", f"{p.step_size:g}", "ours", "fits the data at every size"),
        ("steps", f"{p.steps}", "ours", "no schedule, no stopping rule"),
        ("error", "mean over a one-to-one assignment", "summary", "absolute, not squared: ours"),
        ("specialization", "a prototype-usage ratio", "abstract", ""),
        ("in use", "nearest to some sample", "ours", "counted over N"),
        ("expelled", "over 0.05 outside the hull", "ours", "farther than rounding can reach"),
    ]


def _listed(values):
    return " ".join(f"{value:g}" for value in values)


def _distinct(name, values):
    seen = set()
    for value in values:
        if value in seen:
            raise ValueError(f"{name} must not repeat a value, got {shown(value)} twice")
        seen.add(value)
    return values


def _integers(name, values, least):
    checked = tuple(integer(name, value, least) for value in many(name, values))
    return tuple(sorted(_distinct(name, checked)))


def _interval(name, values):
    ends = tuple(number(name, value) for value in many(name, values))
    if len(ends) != 2 or not -1e150 <= ends[0] < ends[1] <= 1e150:  # x^2 must be finite
        raise ValueError(
            f"{name} must be two numbers from -1e150 to 1e150, the lower one first,"
            f" got {shown(values)}"
        )
    return ends


def _start_of_w(value):
    if isinstance(value, str):
        if value not in STARTS_OF_W:
            raise ValueError(
                f"w0 must be a finite number other than 0, or one of {', '.join(STARTS_OF_W)},"
                f" got {shown(value)}"
            )
        return value
    return number("w0", value, nonzero=True)


def _formulas(values):
    if isinstance(values, Mapping):
        unknown = [key for key in values if key not in Formulas._fields]
        if unknown:
            allowed = ", ".join(Formulas._fields)
            raise ValueError(f"formulas must be given for {allowed}, got {shown(unknown[0])}")
        values = Formulas(**values)
    if not isinstance(values, Formulas):
        raise ValueError(f"formulas must be Formulas or a mapping, got {shown(values)}")
    return Formulas(
        *(
            word(f"formulas.{loss}", value, allowed)
            for loss, value, allowed in zip(Formulas._fields, values, FORMULAS, strict=True)
        )
    )


def _per_loss(name, values, kind, **limits):
    if isinstance(values, Mapping):
        unknown = [key for key in values if key not in kind._fields]
        if unknown:
            allowed = ", ".join(kind._fields)
            raise ValueError(f"{name} must be given for {allowed}, got {shown(unknown[0])}")
        values = kind(**values)
    elif not isinstance(values, kind):
        values = kind(*[number(name, values, **limits)] * len(kind._fields))
    return kind(*(number(f"{name}.{f}", getattr(values, f), **limits) for f in kind._fields))
