"""How seconds and bytes of our training grow with N, and the seconds of the nominal grid."""

import tracemalloc
from statistics import median
from timeit import repeat

import numpy as np
from gaussmlp import MASKS, Protocol, Run, run_grid, train
from gaussmlp.kernels.lanes import WIDTH

SIZES = (3, 10, 30, 100, 300, 1000, 3000)
"""Numbers N of samples and neurons."""

LARGE = 100
"""From this size on the pairs outweigh what is done once per neuron."""


def growth(tell, sizes=SIZES, seconds=0.1, repeats=3):
    """Measure seconds and bytes at some sizes N, in one thread.

    `tell` is called with a line of text for each size; a timing takes about `seconds`,
    and the median of `repeats` timings counts. ``step_seconds`` are those of one step of ``runs``
    runs side by side, by mask and size; ``bytes`` the most that training holds at a time beside the
    starts, by number of runs and size. Exponents are the powers of N in them.
    """
    used = {str(runs): [] for runs in (WIDTH, 2 * WIDTH)}
    steps = {mask: [] for mask in MASKS}
    for n in sizes:
        tell(f"growth: N = {n}")
        for runs, values in used.items():
            values.append(_peak_bytes(n, int(runs)))
        for mask, values in steps.items():
            values.append(_step_seconds(n, mask, seconds, repeats))
    return {
        "sizes": list(sizes),
        "runs": WIDTH,
        "step_seconds": steps,
        "exponents": {mask: _exponents(sizes, values) for mask, values in steps.items()},
        "bytes": used,
        "bytes_exponents": {runs: _exponents(sizes, values) for runs, values in used.items()},
    }


def grid_seconds(protocol, repeats=3):
    """Time a whole grid in two threads, measures included, warm and without the store."""
    options = {"jobs": 2, "cache": False, "progress": False}
    run_grid(protocol.but({"steps": 1}), **options)  # compiles and draws the starts
    return repeat(lambda: run_grid(protocol, **options), number=1, repeat=repeats)


def _runs(n, mask, steps, count):
    return [Run(Protocol(steps=steps), n, mask, seed) for seed in range(count)]


def _step_seconds(n, mask, seconds, repeats):
    # what a call does beside its steps is in both, and cancels
    guess = 1.5e-9 * WIDTH * n * (n + 8)
    steps = min(max(2, round(seconds / guess)), Protocol().steps)
    calls = max(1, round(seconds / (guess * steps)))
    short, long = _runs(n, mask, 1, WIDTH), _runs(n, mask, 1 + steps, WIDTH)
    train(short)
    begin = median(repeat(lambda: train(short), number=calls, repeat=repeats))
    end = median(repeat(lambda: train(long), number=calls, repeat=repeats))
    return (end - begin) / (calls * steps)


def _peak_bytes(n, count):
    runs = _runs(n, "standard", 1, count)
    train(runs)  # draws the starts, which stay in memory, and compiles
    tracemalloc.start()
    train(runs)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def _exponents(sizes, values):
    sizes, values = np.array(sizes), np.array(values)
    if min(values) <= 0:  # a time too short to tell
        return {"all": None, "large": None}
    x, y, large = np.log(sizes), np.log(values), sizes >= LARGE
    return {"all": np.polyfit(x, y, 1)[0], "large": np.polyfit(x[large], y[large], 1)[0]}
