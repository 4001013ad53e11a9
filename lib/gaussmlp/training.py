"""Training: checks and allocates, then lets the kernel loop."""

from typing import NamedTuple

import numpy as np

from gaussmlp.arguments import integer, many, shown
from gaussmlp.draws import draws
from gaussmlp.kernels import prototypes, responses
from gaussmlp.kernels.gradient import (
    CentreWidth,
    Choices,
    Scaled,
    WeightBias,
    samples_for,
    work_for,
)
from gaussmlp.kernels.lanes import WIDTH, aligned, rows
from gaussmlp.kernels.train import Adam, Momentum, State, advance
from gaussmlp.model import Parameters
from gaussmlp.model import prototypes as prototypes_of
from gaussmlp.protocol import LETTERS, Protocol, active
from gaussmlp.start import Start, start

MEMORY_BOUND = 4 * 2**30
"""Bytes that one call may need; a larger request is refused, with the estimate."""

_CHUNK_WORK = 2**25  # of one kernel call, as `step_work`: 0.1 to 0.2 s
_SCALES = {"exp(-z^2)": 1.0, "exp(-z^2/2)": np.sqrt(0.5)}
_KEPT = {"momentum": 0.9, "gradient descent": 0.0}


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
    given: Start | None = None
    """The caller's start, where the run had one in place of its own."""

    @property
    def start(self):
        """What the run was given before its first step."""
        return self.given or start(self.run.protocol, self.run.n, self.run.seed)

    @property
    def digest(self):
        """SHA-256 of the final parameters, or the word ``diverged``."""
        return self.parameters.digest() if self.diverged_at is None else "diverged"


def train(runs, record=(), tick=None, starts=None):
    """Train runs of one size, eight side by side.

    Parameters
    ----------
    runs : sequence of Run
        At least one. They share `n` and the protocol's `steps`; masks, seeds and the other choices
        may differ, and which runs share a call changes no bit of any of them.
    record : sequence of int
        Steps after which to keep the parameters, each from 0 to the protocol's `steps`.
    tick : callable, optional
        Called with the work just done, in units of `step_work`, several times a second where N is
        below 1,000. What it raises ends the training.
    starts : sequence of Start, optional
        For each run a start of the caller's making in place of its own draws; samples ascend.
        What such a run gives is neither kept nor part of any claim.

    Returns
    -------
    list of Trained
        In the order of `runs`.

    Raises
    ------
    ValueError
        If there are no runs, or they do not share `n` and `steps`; if `record` is out of range; if
        `starts` do not fit the runs; or if all this would need more memory than `MEMORY_BOUND`.
    """
    runs = check_runs(runs)
    if len({(run.n, run.protocol.steps) for run in runs}) != 1:
        raise ValueError("runs must be one or more, all with the same n and the same steps")
    steps = runs[0].protocol.steps
    kept = {integer("record", step, 0, steps) for step in many("record", record, 0)}
    recorded = tuple(sorted(kept))
    starts = _check_starts(runs, starts)
    check_memory(((run.n, 1) for run in runs), threads=1, states=1 + len(recorded))
    alike = {}
    for position, run in enumerate(runs):
        alike.setdefault(kind(run), []).append(position)
    trained = [None] * len(runs)
    for positions in alike.values():
        for first in range(0, len(positions), WIDTH):
            eight = positions[first : first + WIDTH]
            begin = [starts[k] for k in eight]
            finished = _train_eight([runs[k] for k in eight], begin, steps, recorded, tick)
            for position, one in zip(eight, finished, strict=True):
                trained[position] = one
    return trained


def kind(run):
    """Return what runs must share to be trained side by side: a kernel is compiled for it."""
    p = run.protocol
    kernels = tuple(str(p.loss(slot).kernel) for slot in LETTERS)
    return (run.n, p.steps, kernels, p.trained, p.activation, p.optimizer)


def check_runs(runs):
    """Return runs as a list, each with plain values; raise ValueError if one is not allowed."""
    checked = []
    for run in many("runs", runs, 0):
        if not (isinstance(run, Run) and isinstance(run.protocol, Protocol)):
            raise ValueError(f"runs must each be a Run of a Protocol, got {shown(run)}")
        active(run.mask)  # raises if it is not a mask
        n, seed = integer("n of a run", run.n, 2), integer("seed of a run", run.seed, 0)
        checked.append(run._replace(n=n, seed=seed))
    return checked


def check_memory(counts, threads, states=1):
    """Raise ValueError if runs would need more memory than `MEMORY_BOUND`.

    `counts` has pairs of a size N and how many runs have it; `threads` is how many blocks of eight
    train at once, `states` how many states of each run are kept.
    """
    counts = list(counts)
    # measured: 2 kB and two copies of its parameters for a finished run, its start, eight at work
    kept = sum(count * (2048 + (16 * states + 14) * (3 * n + 1)) for n, count in counts)
    largest = max((n for n, _ in counts), default=0)
    needed = kept + threads * largest * 52 * 8 * WIDTH
    if needed > MEMORY_BOUND:
        raise ValueError(
            f"the runs would need about {needed / 2**30:.1f} GiB of memory,"
            f" at most {MEMORY_BOUND / 2**30:.0f} GiB is allowed: ask for fewer or smaller runs"
        )


def paired_samples(run, begin):
    """Return the sample that each neuron of a run is paired with, in the order drawn.

    Parameters
    ----------
    run : Run
        The formula of its coverage says how: one-to-one in sorted order of samples and initial
        prototypes, which is the best assignment in one dimension; or at random.
    begin : Start
        Of the run.

    Returns
    -------
    ndarray, shape (N,)
        The samples in their own order, where the formula pairs nothing.
    """
    pairing = run.protocol.loss("coverage").pairing
    if pairing is None:
        return begin.x
    neurons = draws(run.protocol, run.n, run.seed).pairing
    if pairing == "sorted":
        neurons = np.argsort(prototypes_of(begin.parameters), kind="stable")
    paired = np.empty_like(begin.x)
    paired[neurons] = begin.x
    return paired


def step_work(n):
    """Return about how much work a step of eight runs is: pairs, and 8 for all else of a neuron."""
    return WIDTH * n * (n + 8)


def _check_starts(runs, given):
    if given is None:
        return [None] * len(runs)
    given = many("starts", given)
    for one in given:
        shapes = [np.shape(part) for part in (one.x, one.y, *one.parameters[:3])]
        numbers = np.concatenate([one.x, one.y, one.parameters.flat()])
        ascend = (np.diff(one.x) >= 0).all()
        if set(shapes) != {(runs[0].n,)} or not np.isfinite(numbers).all() or not ascend:
            raise ValueError(
                "starts must each have n ascending samples, n targets and n neurons, all finite"
            )
    if len(given) != len(runs):
        raise ValueError(f"starts must be one for each run, got {len(given)} for {len(runs)}")
    return list(given)


def _train_eight(runs, own, steps, recorded, tick):
    spare = WIDTH - len(runs)  # spare lanes repeat the last run
    lanes, begun = [*runs, *runs[-1:] * spare], [*own, *own[-1:] * spare]
    pairs = zip(lanes, begun, strict=True)
    starts = [one or start(run.protocol, run.n, run.seed) for run, one in pairs]
    n, given = runs[0].n, np.array([s.parameters.flat() for s in starts])
    order = _by_prototype(given)
    theta = aligned(np.take_along_axis(_as_trained(runs[0], given), order, 1).T)
    pairs = np.array([paired_samples(*both) for both in zip(lanes, starts, strict=True)])
    samples = samples_for(
        np.array([s.x for s in starts]).T,
        np.array([s.y for s in starts]).T,
        np.take_along_axis(pairs, order[:, :n], 1).T,
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
    chunk = max(1, _CHUNK_WORK // step_work(n))
    history, taken = [], 0
    for stop in (*recorded, steps):
        while taken < stop:
            now = min(chunk, stop - taken)
            advance(now, choices, optimizer, samples, state, gradient, work)
            taken += now
            if tick is not None:
                tick(now * step_work(n))
        if len(history) < len(recorded):
            history.append(theta.copy())
    final, *kept = (_as_weights(runs[0], state, order) for state in (theta, *history))
    return [
        Trained(
            run,
            final[r],
            int(state.diverged_at[r]) if state.diverged_at[r] >= 0 else None,
            recorded,
            tuple(parameters[r] for parameters in kept),
            own[r],
        )
        for r, run in enumerate(runs)
    ]


def _split(theta):
    # w, b, v and c of many runs, (run, neuron) each, (run,) of c
    n = theta.shape[1] // 3
    return Parameters(theta[:, :n], theta[:, n : 2 * n], theta[:, 2 * n : -1], theta[:, -1])


def _by_prototype(theta):
    # Neurons train in the order of their initial prototypes: those far from a sample are then
    # the same in all eight runs, and the kernel can pass over them.
    n = theta.shape[1] // 3
    order = np.argsort(prototypes_of(_split(theta)), axis=1, kind="stable")
    return np.concatenate([order, n + order, 2 * n + order, np.full((len(theta), 1), 3 * n)], 1)


def _as_trained(run, theta):
    # what the kernel changes: widths and centres in place of weights and biases
    if run.protocol.trained == "centre and width":
        w, _, v, c = parameters = _split(theta)
        with np.errstate(divide="ignore", over="ignore"):
            theta = np.concatenate([1.0 / w, prototypes_of(parameters), v, c[:, None]], 1)
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


def _choices(runs):
    p = runs[0].protocol
    scale = _SCALES[p.activation]
    if p.trained == "centre and width":
        trained = CentreWidth(scale)
    else:
        trained = WeightBias() if scale == 1.0 else Scaled(scale)
    losses = {slot: _loss(runs, slot) for slot in LETTERS}
    over_responses = responses.NoCoverage()
    if p.loss("coverage").over == "responses":
        over_responses, losses["coverage"] = losses["coverage"], _no_coverage()
    return Choices(trained, response_coverage=over_responses, **losses)


def _loss(runs, slot):
    # a run that does not have the loss gives it no weight
    lam = _lanes([getattr(run.protocol.lam, slot) * (slot in active(run.mask)) for run in runs])
    loss = runs[0].protocol.loss(slot)
    over = prototypes if loss.over == "prototypes" else responses
    kernel = getattr(over, loss.kernel) if isinstance(loss.kernel, str) else loss.kernel
    if loss.over == "responses":
        return kernel(bool(lam.any()), lam)
    tau = _lanes([getattr(run.protocol.tau, slot) for run in runs])
    return kernel(bool(lam.any()), lam, tau)


def _no_coverage():
    none = _lanes([0.0] * WIDTH)
    return prototypes.SoftMinimum(False, none, none)


def _optimizer(runs):
    rate = _lanes([run.protocol.step_size for run in runs])
    decay = _lanes([run.protocol.weight_decay for run in runs])
    name = runs[0].protocol.optimizer
    return Adam(rate, decay) if name == "adam" else Momentum(rate, decay, _KEPT[name])


def _lanes(values):
    return np.array([values], dtype=np.float64)
