"""How time and memory grow with N, and which pairs the windows of sorted prototypes leave out."""

import tracemalloc
from statistics import median
from timeit import timeit

import numpy as np
from gaussmlp.experiment import run_grid
from gaussmlp.kernels.exponential import HIGHEST, LOG2_E
from gaussmlp.kernels.gradient import NEIGHBOURS, OUTDONE
from gaussmlp.kernels.lanes import WIDTH
from gaussmlp.model import prototypes
from gaussmlp.protocol import MASKS, Protocol
from gaussmlp.start import start
from gaussmlp.training import Run, train

SIZES = (3, 10, 30, 100, 300, 1000, 3000)
"""Numbers N of samples and neurons."""

LARGE = 100
"""From this size on the pairs outweigh what is done once a neuron; exponents are fitted there."""

VISITS = ((100, 0), (100, 5000), (1000, 0), (1000, 500))
"""Sizes and steps after which visited pairs are counted."""

_CUTOFF = 708  # squares beyond this many tau have no share: the kernels' exponential is 0


def growth(sizes=SIZES, seconds=0.1, repeats=3, visits=VISITS, progress=None):
    """Measure seconds and bytes against N, one thread, eight runs of a mask side by side.

    Parameters
    ----------
    sizes : sequence of int
        Numbers N, ascending.
    seconds : float
        About how long each timing takes.
    repeats : int
        Timings of each point; medians are reported.
    visits : sequence of pairs of int
        Sizes and steps for `visited`.
    progress : callable, optional
        Called with one line of text when there is something to tell.

    Returns
    -------
    dict
        ``sizes``; ``runs``, side by side; ``step_seconds``, for each mask the seconds of one step
        of these runs at each size; ``exponents``, for each mask the slope of their logarithms over
        all sizes and from `LARGE` on (None with fewer than two, or with a time too short to tell);
        ``bytes``, for 8 and 16 runs the most that one call of `train` holds at a time, beside the
        starts; ``bytes_exponents``; ``visited``, for each of `visits` the shares from `visited`.
    """
    tell = progress or (lambda line: None)
    used = {str(runs): [] for runs in (WIDTH, 2 * WIDTH)}
    for n in sizes:
        tell(f"growth: bytes at N = {n}")
        for runs in (WIDTH, 2 * WIDTH):
            used[str(runs)].append(_peak_bytes(n, runs))
    steps = {mask: [] for mask in MASKS}
    for n in sizes:
        tell(f"growth: seconds at N = {n}")
        for mask in MASKS:
            steps[mask].append(_step_seconds(n, mask, seconds, repeats))
    tell("growth: visited pairs")
    return {
        "sizes": list(sizes),
        "runs": WIDTH,
        "step_seconds": steps,
        "exponents": {mask: _exponents(sizes, values) for mask, values in steps.items()},
        "bytes": used,
        "bytes_exponents": {runs: _exponents(sizes, values) for runs, values in used.items()},
        "visited": [{"n": n, "steps": k, **visited(n, k)} for n, k in visits],
    }


def grid_seconds(protocol=None, repeats=3, jobs=2):
    """Time a whole grid, measures included, warm and without the store.

    Parameters
    ----------
    protocol : Protocol, optional
        The nominal one if not given: 480 runs.
    repeats : int
        How often.
    jobs : int
        Threads.

    Returns
    -------
    list of float
        Seconds of each repetition.
    """
    protocol = protocol or Protocol()
    options = {"jobs": jobs, "cache": False, "progress": False}
    run_grid(protocol.but({"steps": 1}), **options)  # compiles and draws the starts
    return [timeit(lambda: run_grid(protocol, **options), number=1) for _ in range(repeats)]


def visited(n, steps=0):
    """Return the share of pairs that coverage and separation visit, eight runs side by side.

    A kernel passes over the rows outside of a window in which no run has a share. This follows its
    rule in NumPy.

    Parameters
    ----------
    n : int
        Number of samples and neurons.
    steps : int
        Steps of mask CS after which to look; 0 is the start.

    Returns
    -------
    dict
        ``coverage`` and ``separation``: visited pairs (of a sample and a neuron, of two neurons)
        over all pairs; ``coverage_alone`` and ``separation_alone``: the pairs that have a share, in
        the mean over single runs.
    """
    starts = [start(Protocol(), n, seed) for seed in range(WIDTH)]
    ends = [s.parameters for s in starts]
    if steps:
        ends = [one.parameters for one in train(_runs(n, "CS", steps, WIDTH))]
    orders = [np.argsort(prototypes(s.parameters), kind="stable") for s in starts]
    x = np.array([s.x for s in starts]).T
    p = np.array([prototypes(end)[order] for end, order in zip(ends, orders, strict=True)]).T
    tau = Protocol().tau
    coverage, coverage_alone = _coverage_visits(x, p, tau.coverage)
    separation, separation_alone = _separation_visits(p, tau.separation)
    return {
        "coverage": coverage,
        "separation": separation,
        "coverage_alone": coverage_alone,
        "separation_alone": separation_alone,
    }


def _coverage_visits(x, p, tau):
    n = len(p)
    upper, lower = _bounds(p)
    nearest = ((x[:, None] - p) ** 2).min(axis=1)
    highest = _highest_exponents(x, nearest, LOG2_E / tau)
    rows = shares = 0
    for i in range(0, n, 2):
        both, near = x[i : i + 2, None], nearest[i : i + 2, None]
        far = near + (highest[i : i + 2, None] + 1) * (tau / LOG2_E)
        left = (upper < both) & (far < (both - upper) ** 2)
        right = (both < lower) & (far < (both - lower) ** 2)
        in_window = n - _in_all(left) - _in_all(right)
        rows += len(both) * in_window
        exponents = ((both - p) ** 2 - near) * (LOG2_E / tau)
        shares += (exponents <= highest[i : i + 2, None]).sum()
    return rows / n**2, float(shares) / (n**2 * WIDTH)


def _highest_exponents(x, nearest, scale):
    n = len(x)
    other = max(1, n // NEIGHBOURS)
    highest = np.full_like(x, HIGHEST)
    for i in range(other + other % 2, n - other - 1, 2):
        here = slice(i, i + 2)
        sides = []
        for there in (slice(i - other, i + 2 - other), slice(i + other, i + 2 + other)):
            apart = abs(x[there] - x[here])
            lead = OUTDONE / scale + nearest[here] - nearest[there]
            sides.append(((apart + lead / apart) ** 2 / 4 - nearest[here]) * scale)
        highest[here] = np.clip(np.maximum(*sides), OUTDONE, HIGHEST)
    return highest


def _separation_visits(p, tau):
    n = len(p)
    _, lower = _bounds(p)
    rows = shares = 0
    for j in range(0, n - 1, 2):
        both, beyond = p[j : j + 2, None], lower[j + 2 :]
        far = (both < beyond) & (_CUTOFF * tau < (both - beyond) ** 2)
        rows += 1 + 2 * (len(beyond) - _in_all(far))
    for j in range(n - 1):
        shares += ((p[j] - p[j + 1 :]) ** 2 <= _CUTOFF * tau).sum()
    pairs = n * (n - 1) / 2
    return rows / pairs, float(shares) / (pairs * WIDTH)


def _bounds(p):
    return np.maximum.accumulate(p), np.minimum.accumulate(p[::-1])[::-1]


def _in_all(of_rows):
    # rows of which it is true for both samples, or neurons, and in all eight runs
    return int(of_rows.all(axis=(0, 2)).sum())


def _runs(n, mask, steps, count):
    return [Run(Protocol(steps=steps), n, mask, seed) for seed in range(count)]


def _step_seconds(n, mask, seconds, repeats):
    # what a call does beside its steps is in both, and cancels
    guess = 1.5e-9 * WIDTH * n * (n + 8)
    steps = min(max(2, round(seconds / guess)), Protocol().steps)
    calls = max(1, round(seconds / (guess * steps)))
    short, long = _runs(n, mask, 1, WIDTH), _runs(n, mask, 1 + steps, WIDTH)
    train(short)
    differences = []
    for _ in range(repeats):
        begin = timeit(lambda: train(short), number=calls)
        differences.append(timeit(lambda: train(long), number=calls) - begin)
    return median(differences) / (calls * steps)


def _peak_bytes(n, count):
    runs = _runs(n, "standard", 1, count)
    train(runs)  # draws the starts, which stay in memory, and compiles
    tracemalloc.start()
    try:
        train(runs)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _exponents(sizes, values):
    sizes, values = np.array(sizes), np.array(values)
    return {
        "all": _slope(sizes, values),
        "large": _slope(*(a[sizes >= LARGE] for a in (sizes, values))),
    }


def _slope(sizes, values):
    if len(sizes) < 2 or min(values) <= 0:
        return None
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
