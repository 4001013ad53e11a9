"""Training: checks and allocates, then lets the kernel loop."""

from typing import NamedTuple

import numpy as np

from gaussmlp.arguments import BYTES_A_RUN, check_memory_of, integer, many, shown
from gaussmlp.kernels.gradient import (
    REACHES,
    CentreWidth,
    Choices,
    Cosine,
    Distance,
    HardMinimum,
    LogResponse,
    Nothing,
    ResponseProducts,
    Scaled,
    SoftMinimum,
    SquaredDistance,
    WeightBias,
    samples_for,
    work_for,
)
from gaussmlp.kernels.lanes import WIDTH, aligned, rows
from gaussmlp.kernels.train import Adam, Momentum, State, advance
from gaussmlp.protocol import Protocol, active
from gaussmlp.start import Parameters, start

_CHUNK_WORK = 2**25  # (sample, neuron, run, step) in one kernel call: 0.1 to 0.2 s


class Run(NamedTuple):
    """One run: what is trained, from which start, under which losses."""

    protocol: Protocol
    n: int
    mask: str
    seed: int


class Trained(NamedTuple):
    """What training made of a run."""

    run: Run
    parameters: Parameters
    """After the last step, as weights and biases of responses ``exp(-(w x + b)^2)``."""
    diverged_at: int | None
    """The first step after which a parameter or a prototype was not finite."""
    recorded: tuple[int, ...] = ()
    """Steps after which the parameters were kept."""
    history: tuple[Parameters, ...] = ()
    """The parameters after each of these steps; step 0 is the start."""

    @property
    def start(self):
        """The run's start, drawn again."""
        return start(self.run.protocol, self.run.n, self.run.seed)

    @property
    def digest(self):
        """SHA-256 of the final parameters, or the word ``diverged``."""
        return self.parameters.digest() if self.diverged_at is None else "diverged"


def train(runs, record=(), tick=None):
    """Train runs of one size, eight side by side.

    Parameters
    ----------
    runs : sequence of Run
        At least one. They share `n` and the protocol's `steps`; masks, seeds and the other choices
        may differ, and which runs share a call changes no bit of any of them.
    record : sequence of int
        Steps after which to keep the parameters, each from 0 to the protocol's `steps`.
    tick : callable, optional
        Called with the work just done, in (sample, neuron, run, step), several times a second. What
        it raises ends the training.

    Returns
    -------
    list of Trained
        In the order of `runs`.

    Raises
    ------
    ValueError
        If the runs are none, or do not share `n` and `steps`; if `record` is out of range; if
        `tick` cannot be called; or if all this would need more memory than `MEMORY_BOUND`.

    Notes
    -----
    What `tick` raises waits for the step at work, whose time grows with the square of N.
    """
    runs = check_runs(runs)
    if len({(run.n, run.protocol.steps) for run in runs}) != 1:
        raise ValueError("runs must be one or more, all with the same n and the same steps")
    n, steps = runs[0].n, runs[0].protocol.steps
    kept = {integer("record", step, 0, steps) for step in many("record", record, 0)}
    recorded = tuple(sorted(kept))
    if tick is not None and not callable(tick):
        raise ValueError("tick must be None or something to call")
    histories = len(recorded) * (3 * n + 1 + BYTES_A_RUN // 16) * 8 * (len(runs) + WIDTH)
    check_memory_of("runs and record", bytes_for({n: len(runs)}, {n: len(runs)}, 1) + histories)
    alike = {}
    for position, run in enumerate(runs):
        alike.setdefault(kind(run), []).append(position)
    trained = [None] * len(runs)
    for positions in alike.values():
        for first in range(0, len(positions), WIDTH):
            eight = positions[first : first + WIDTH]
            finished = _train_eight([runs[k] for k in eight], steps, recorded, tick)
            for position, one in zip(eight, finished, strict=True):
                trained[position] = one
    return trained


def kind(run):
    """Return what runs must share to be trained side by side.

    Parameters
    ----------
    run : Run

    Returns
    -------
    tuple
        Comparable: the size, the steps, and the choices that a kernel is compiled for.
    """
    p = run.protocol
    return (run.n, p.steps, p.formulas, p.trained, p.activation, p.optimizer)


def check_runs(runs):
    """Return runs as a list, each with plain values.

    Parameters
    ----------
    runs : sequence of Run

    Returns
    -------
    list of Run

    Raises
    ------
    ValueError
        If one is no `Run`, or what it names is not allowed.
    """
    checked = []
    for run in many("runs", runs, 0):
        if not (isinstance(run, Run) and isinstance(run.protocol, Protocol)):
            raise ValueError(f"runs must each be a Run of a Protocol, got {shown(run)}")
        active(run.mask)  # refuses what is no mask
        n, seed = integer("n of a run", run.n, 2), integer("seed of a run", run.seed, 0)
        checked.append(run._replace(n=n, seed=seed))
    return checked


def bytes_for(runs, starts, threads):
    """Estimate the memory that runs take until all are finished.

    Parameters
    ----------
    runs, starts : mapping of int to int
        For each size N how many runs there are, and how many starts they share.
    threads : int
        How many blocks of eight train at once.

    Returns
    -------
    int
        Bytes: at least what is taken, and at most twice that where it is worth asking.
    """
    # measured: what a finished run takes, two copies of its parameters, and eight runs at work
    kept = sum(count * (BYTES_A_RUN + 16 * (3 * n + 1)) for n, count in runs.items())
    drawn = sum(count * 40 * n for n, count in starts.items())
    blocks = min(threads, -(-sum(runs.values()) // WIDTH))
    return kept + drawn + blocks * max(runs, default=0) * 52 * 8 * WIDTH


def _train_eight(runs, steps, recorded, tick):
    lanes = [runs[min(r, len(runs) - 1)] for r in range(WIDTH)]  # spare lanes repeat the last run
    starts = [start(run.protocol, run.n, run.seed) for run in lanes]
    n, given = runs[0].n, np.array([s.parameters.flat() for s in starts])
    order = _by_prototype(given)
    theta = aligned(np.take_along_axis(_as_trained(runs[0], given), order, 1).T)
    samples = samples_for(
        *(np.array(drawn).T for drawn in zip(*(s[:2] for s in starts), strict=True))
    )
    state = State(
        theta=theta,
        m=aligned(np.zeros_like(theta)),
        s=aligned(np.zeros_like(theta)),
        powers=np.ones(2),
        t=np.zeros(1, dtype=np.int64),
        finite=np.zeros((1, WIDTH)),
        diverged_at=np.full(WIDTH, -1, dtype=np.int64),
    )
    choices, optimizer = _choices(lanes), _optimizer(lanes)
    gradient, work = rows(len(theta)), work_for(choices.trained, theta)
    step_work = n * (n + 8) * WIDTH
    chunk = max(1, _CHUNK_WORK // step_work)
    history, taken = [], 0
    for stop in (*recorded, steps):
        while taken < stop:
            now = min(chunk, stop - taken)
            advance(now, choices, optimizer, samples, state, gradient, work)
            taken += now
            if tick is not None:
                tick(now * step_work)
        if len(history) < len(recorded):
            history.append(theta.copy())
    final, *kept = (_as_weights(runs[0], taken, order) for taken in (theta, *history))
    return [
        Trained(
            run,
            final[r],
            int(state.diverged_at[r]) if state.diverged_at[r] >= 0 else None,
            recorded,
            tuple(parameters[r] for parameters in kept),
        )
        for r, run in enumerate(runs)
    ]


def _split(theta):
    # w, b, v and c of many runs, (run, neuron) each, (run,) of c
    n = theta.shape[1] // 3
    return Parameters(theta[:, :n], theta[:, n : 2 * n], theta[:, 2 * n : -1], theta[:, -1])


def _prototypes(parameters):
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return -parameters.b / parameters.w


def _by_prototype(theta):
    # Neurons train in the order of their initial prototypes: those far from a sample are then
    # the same in all eight runs, and the kernel can pass over them.
    n = theta.shape[1] // 3
    order = np.argsort(_prototypes(_split(theta)), axis=1, kind="stable")
    return np.concatenate([order, n + order, 2 * n + order, np.full((len(theta), 1), 3 * n)], 1)


def _as_trained(run, theta):
    # what the kernel changes: widths and centres in place of weights and biases
    if run.protocol.trained == "centre and width":
        w, _, v, c = parameters = _split(theta)
        with np.errstate(divide="ignore", over="ignore"):
            theta = np.concatenate([1.0 / w, _prototypes(parameters), v, c[:, None]], 1)
    return theta


def _as_weights(run, theta, order):
    # the inverse, in the order in which the neurons were drawn, for responses exp(-(w x + b)^2)
    drawn = np.empty(theta.shape[::-1])
    np.put_along_axis(drawn, order, theta.T, 1)
    w, b, v, c = _split(drawn)
    scale = _SCALES[run.protocol.activation]
    if run.protocol.trained == "centre and width":
        with np.errstate(all="ignore"):
            w = scale / w
            b = -(w * b)
    elif scale != 1.0:
        w, b = scale * w, scale * b
    return [Parameters(*arrays, float(last)) for *arrays, last in zip(w, b, v, c, strict=True)]


_SCALES = {"exp(-z^2)": 1.0, "exp(-z^2/2)": np.sqrt(0.5)}

FORMULAS = {
    "products": ResponseProducts,
    "cosine": Cosine,
    "soft minimum": SoftMinimum,
    "hard minimum": HardMinimum,
    "squared distance": SquaredDistance,
    "distance": Distance,
    "log response": LogResponse,
}
"""From the name of a formula to what selects it in the kernel."""


def _choices(runs):
    p = runs[0].protocol
    scale = _SCALES[p.activation]
    if p.trained == "centre and width":
        trained = CentreWidth(scale)
    else:
        trained = WeightBias() if scale == 1.0 else Scaled(scale)
    coverage = (*_lam(runs, "coverage"), _lanes([run.protocol.tau.coverage for run in runs]))
    formula = FORMULAS[p.formulas.coverage]
    if formula in REACHES:
        nowhere = (False, _lanes([0.0] * WIDTH), coverage[2])
        reach, coverage = formula(*coverage[:2]), SoftMinimum(*nowhere)
    else:
        reach, coverage = Nothing(), formula(*coverage)
    separation = (*_lam(runs, "separation"), _lanes([run.protocol.tau.separation for run in runs]))
    return Choices(
        trained,
        FORMULAS[p.formulas.overlap](*_lam(runs, "overlap")),
        reach,
        coverage,
        FORMULAS[p.formulas.separation](*separation),
    )


def _optimizer(runs):
    rate = _lanes([run.protocol.step_size for run in runs])
    name = runs[0].protocol.optimizer
    return Adam(rate) if name == "adam" else Momentum(rate, _KEPT[name])


_KEPT = {"momentum": 0.9, "gradient descent": 0.0}


def _lanes(values):
    return np.array([values], dtype=np.float64)


def _lam(runs, loss):
    # a run that does not have the loss gives it no weight
    lam = _lanes([getattr(run.protocol.lam, loss) * (loss in active(run.mask)) for run in runs])
    return bool(lam.any()), lam
