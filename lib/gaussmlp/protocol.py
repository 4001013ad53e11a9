"""Every choice that an experiment makes, as one frozen value.

The abstract of the paper fixes the kind of model, the kinds of loss and what is measured. All else
is our reading of it, with the nominal values as defaults. A *reading* is a protocol that differs
from the nominal one in named choices: ``Protocol().but({"lam": 0.1})``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from gaussmlp.arguments import integer, many, number, shown, word
from gaussmlp.losses import LOSSES, Loss

MASKS = ("standard", "S", "C", "CS", "O", "OS", "OC", "OCS")
"""The eight masks, in the order of every table: the letters of the losses that are on."""

LETTERS = {"overlap": "O", "coverage": "C", "separation": "S"}
"""The structural losses and their letters."""

INPUTS = ("uniform", "equispaced")
"""How samples are laid out on the domain."""

TARGETS = ("sin(pi x)", "sin(3 pi x)", "x", "random labels")
"""What a network can be asked to fit; random labels are uniform on [-1, 1)."""

STARTS_OF_W = ("N/4", "fan-in")
"""Starts of the input weights that are words; fan-in draws w and b from [-1, 1) alike."""

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
    """The formula of each structural loss: a name in `gaussmlp.losses.LOSSES`, or a Loss."""

    overlap: str | Loss = "products"
    coverage: str | Loss = "soft minimum"
    separation: str | Loss = "squared distance"


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
        The formula of each structural loss: its name, or a `Loss` of one's own.
    lam : float, mapping or Lam
        Weight of the structural losses, at least 0: one value for all, or one for each by name
        (those not named take the nominal value).
    tau : float, mapping or Tau
        Temperature of coverage and separation, at least 1e-300 (so that 1 / tau is finite): one
        value, or one for each by name.
    steps : int
        Steps of the optimizer, at least 1.
    step_size : float
        The optimizer's step size, above 0.
    optimizer : str
        One of `OPTIMIZERS`.
    weight_decay : float
        Its product with each trained parameter is added to the gradient, before the optimizer sees
        it (L2; not AdamW's decoupled decay); at least 0.

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
    weight_decay: float = 0.0

    def __post_init__(self):
        checked = dict(
            sizes=_integers("sizes", self.sizes, 2),
            seeds=_integers("seeds", self.seeds, 0),
            masks=_masks(self.masks),
            domain=_interval("domain", self.domain),
            inputs=word("inputs", self.inputs, INPUTS),
            target=word("target", self.target, TARGETS),
            w0=_start_of_w(self.w0),
            activation=word("activation", self.activation, ACTIVATIONS),
            trained=word("trained", self.trained, TRAINED),
            formulas=_per_loss("formulas", self.formulas, Formulas, _formula),
            lam=_per_loss("lam", self.lam, Lam, _weight),
            tau=_per_loss("tau", self.tau, Tau, _temperature),
            steps=integer("steps", self.steps, 1),
            step_size=number("step_size", self.step_size, above=0.0),
            optimizer=word("optimizer", self.optimizer, OPTIMIZERS),
            weight_decay=number("weight_decay", self.weight_decay, least=0.0),
        )
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
        changed = self
        for name, value in choices.items():
            field, _, loss = name.partition(".")
            word("a choice of the protocol", field, [f.name for f in fields(self)])
            if loss:
                values = getattr(changed, field)
                allowed = [f"{field}.{one}" for one in getattr(values, "_fields", ())]
                word("a choice of the protocol", name, allowed or [field])
                value = values._replace(**{loss: value})
            changed = replace(changed, **{field: value})
        return changed

    def parts(self, mask):
        """Return what the mask's structural losses add to the fit.

        Parameters
        ----------
        mask : str
            One of `MASKS`.

        Returns
        -------
        list of tuple
            ``(lam, tau, loss)`` for each loss that is on; `tau` is None where it has none.
        """
        return [
            (getattr(self.lam, slot), getattr(self.tau, slot, None), self.loss(slot))
            for slot in active(mask)
        ]

    def loss(self, slot):
        """Return the formula of a structural loss.

        Parameters
        ----------
        slot : str
            ``overlap``, ``coverage`` or ``separation``.

        Returns
        -------
        Loss
        """
        chosen = getattr(self.formulas, slot)
        return chosen if isinstance(chosen, Loss) else LOSSES[chosen]


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


def _distinct(name, values):
    if len(set(values)) < len(values):
        twice = next(value for k, value in enumerate(values) if value in values[:k])
        raise ValueError(f"{name} must not repeat a value, got {shown(twice)} twice")
    return values


def _integers(name, values, least):
    checked = tuple(integer(name, value, least) for value in many(name, values))
    return tuple(sorted(_distinct(name, checked)))


def _masks(values):
    checked = tuple(word("masks", mask, MASKS) for mask in many("masks", values))
    return tuple(sorted(_distinct("masks", checked), key=MASKS.index))


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
        start, good = value, value in STARTS_OF_W
    else:
        start = number("w0", value)
        good = start != 0
    if not good:
        raise ValueError(
            f"w0 must be a finite number other than 0, or one of {', '.join(STARTS_OF_W)},"
            f" got {shown(value)}"
        )
    return start


def _weight(name, slot, value):
    return number(name, value, least=0.0)


def _temperature(name, slot, value):
    return number(name, value, least=1e-300)


def _formula(name, slot, value):
    if slot is None:
        raise ValueError(f"{name} must be given by loss, as a mapping, got {shown(value)}")
    if isinstance(value, Loss) and value.slot == slot:
        return value
    return word(name, value, [loss.name for loss in LOSSES.values() if loss.slot == slot])


def _per_loss(name, values, kind, check):
    if isinstance(values, Mapping):
        for key in values:
            word(f"{name}: the loss", key, kind._fields)
        values = kind(**values)
    elif not isinstance(values, kind):
        values = kind(*[check(name, None, values)] * len(kind._fields))
    return kind(
        *(
            check(f"{name}.{slot}", slot, value)
            for slot, value in zip(kind._fields, values, strict=True)
        )
    )
