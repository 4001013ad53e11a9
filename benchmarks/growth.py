"""How seconds and bytes of our training grow with N, and the seconds of the nominal grid."""

import time
import tracemalloc
from functools import partial
from timeit import repeat

import numpy as np
from gaussmlp import MASKS, Protocol, Run, run_grid, train
from gaussmlp.kernels.lanes import WIDTH

SIZES = (3, 10, 30, 100, 300, 1000, 3000)
"""Numbers N of samples and neurons."""

LARGE = 100
"""From this size on the pairs outweigh what is done once per neuron."""

ONE_TO_ONE, COOLER = "one-to-one", "cooler"
"""Two further coverages: of pairs, and with the temperature that is nominal at N = 100, scaled with
the squared spacing."""


def growth(tell, sizes=SIZES, seconds=0.1, repeats=7):
    """Measure seconds and bytes at some sizes N, in one thread.

    `tell` is called with a line of text for each size; a timing takes about `seconds`,
    and the least of `repeats` timings counts. ``step_seconds`` are those of one step of ``runs``
    runs side by side, by mask, or further coverage, and size: of the processor, so that what else
    a machine does hardly counts. ``bytes`` are the most that training holds at a time beside the
    starts, by number of runs and size. Exponents are the powers of N in them.
    """
    used = {str(runs): [] for runs in (WIDTH, 2 * WIDTH)}
    steps = {name: [] for name in (*MASKS, ONE_TO_ONE, COOLER)}
    for n in sizes:
        tell(f"growth: N = {n}")
        for runs, values in used.items():
            values.append(_peak_bytes(n, int(runs)))
        for name, values in steps.items():
            values.append(_step_seconds(n, name, seconds, repeats))
    return {
        "sizes": list(sizes),
        "runs": WIDTH,
        "step_seconds": steps,
        "exponents": {name: _exponents(sizes, values) for name, values in steps.items()},
        "bytes": used,
        "bytes_exponents": {runs: _exponents(sizes, values) for runs, values in used.items()},
    }


def grid_seconds(protocol, repeats=3):
    """Time a whole grid in two threads, measures included, warm and without the store."""
    options = {"jobs": 2, "cache": False, "progress": False}
    run_grid(protocol.but({"steps": 1}), **options)  # compiles and draws the starts
    return repeat(lambda: run_grid(protocol, **options), number=1, repeat=repeats)


def _runs(n, name, steps, count):
    further = {
        ONE_TO_ONE: {"formulas.coverage": "one-to-one"},
        COOLER: {"tau.coverage": Protocol().tau.coverage * (100 / n) ** 2},
    }
    protocol = Protocol(steps=steps).but(further.get(name, {}))
    return [Run(protocol, n, "C" if name in further else name, seed) for seed in range(count)]


def _step_seconds(n, name, seconds, repeats):
    # what a call does beside its steps is in both, and cancels
    guess = 1.5e-9 * WIDTH * n * (n + 8)
    steps = min(max(2, round(seconds / guess)), Protocol().steps)
    calls = max(1, round(seconds / (guess * steps)))
    short, long = _runs(n, name, 1, WIDTH), _runs(n, name, 1 + steps, WIDTH)
    train(short)
    timed = partial(repeat, timer=time.process_time, number=calls, repeat=repeats)
    begin, end = min(timed(lambda: train(short))), min(timed(lambda: train(long)))
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
