"""The roofline: how fast this machine could go, if the kernel only had to do its arithmetic.

One (sample, neuron, step, run) of the standard mask needs a fixed mix of instructions. A minimal
kernel executes the same mix on registers and the first level of cache, free of every chain of
dependencies longer than its own accumulators, with no loop over neurons, no sum over samples and
no optimiser. What it reaches is the bound; the training kernel is reported as a share of it.
"""

import time
from statistics import median

import numpy as np

from gaussmlp.kernels.jit import kernel
from gaussmlp.kernels.lanes import (
    WIDTH,
    add_to_exponent,
    fma,
    lanes,
    load,
    store,
    where_less,
)
from gaussmlp.protocol import Protocol
from gaussmlp.training import Run, train

MIX = {
    "fused multiply-add": 18,
    "multiply": 3,
    "add or subtract": 2,
    "compare and select": 1,
    "add to an exponent": 1,
    "load": 5,
    "store": 3.5,
}
"""Instructions on lanes that one sample and one neuron need in a step; counted in the tests.

Two samples share some loads and stores, hence the half.
"""


@kernel
def minimal(times, rows, result):
    """Execute `MIX` for a pair of samples, `times` times.

    Parameters
    ----------
    times : int
    rows : ndarray of float64, shape (10, 8)
        Read; small enough to stay in the first level of cache.
    result : ndarray of float64, shape (7, 8)
        Written.
    """
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = a8 = a9 = a10 = a11 = lanes(1.0)
    m0 = m1 = m2 = lanes(1.0)
    s0 = s1 = lanes(1.0)
    e0 = e1 = lanes(1.0)
    c0 = c1 = lanes(0.5)
    for _ in range(times):
        r0, r1, r2, r3 = load(rows, 0), load(rows, 1), load(rows, 2), load(rows, 3)
        r4, r5, r6, r7 = load(rows, 4), load(rows, 5), load(rows, 6), load(rows, 7)
        r8, r9 = load(rows, 8), load(rows, 9)
        # 36 fused multiply-adds in twelve chains of three
        a0, a1, a2 = fma(a0, r0, r1), fma(a1, r0, r1), fma(a2, r0, r1)
        a3, a4, a5 = fma(a3, r2, r3), fma(a4, r2, r3), fma(a5, r2, r3)
        a6, a7, a8 = fma(a6, r4, r5), fma(a7, r4, r5), fma(a8, r4, r5)
        a9, a10, a11 = fma(a9, r6, r7), fma(a10, r6, r7), fma(a11, r6, r7)
        a0, a1, a2 = fma(a0, r1, r2), fma(a1, r1, r2), fma(a2, r1, r2)
        a3, a4, a5 = fma(a3, r3, r4), fma(a4, r3, r4), fma(a5, r3, r4)
        a6, a7, a8 = fma(a6, r5, r6), fma(a7, r5, r6), fma(a8, r5, r6)
        a9, a10, a11 = fma(a9, r7, r0), fma(a10, r7, r0), fma(a11, r7, r0)
        a0, a1, a2 = fma(a0, r2, r3), fma(a1, r2, r3), fma(a2, r2, r3)
        a3, a4, a5 = fma(a3, r4, r5), fma(a4, r4, r5), fma(a5, r4, r5)
        a6, a7, a8 = fma(a6, r6, r7), fma(a7, r6, r7), fma(a8, r6, r7)
        a9, a10, a11 = fma(a9, r0, r1), fma(a10, r0, r1), fma(a11, r0, r1)
        # 6 multiplications and 4 additions in chains of two
        m0, m1, m2 = m0 * r8 * r9, m1 * r8 * r9, m2 * r8 * r9
        s0, s1 = s0 + r8 + r9, s1 + r8 + r9
        c0, c1 = where_less(c0, r0, r8, c0), where_less(c1, r1, r9, c1)
        e0, e1 = add_to_exponent(e0, r8), add_to_exponent(e1, r9)
        store(result, 0, a0)
        store(result, 1, a3)
        store(result, 2, a6)
        store(result, 3, a9)
        store(result, 4, m0)
        store(result, 5, s0)
        store(result, 6, c0)
    # every chain ends in the result, so that none is left out
    store(result, 0, a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11)
    store(result, 1, m0 + m1 + m2 + s0 + s1 + e0 + e1 + c0 + c1)


def roofline(n=100, repeats=9):
    """Measure the minimal kernel and the training kernel in turns, each in one thread.

    Parameters
    ----------
    n : int
        Size of the networks that are trained, standard mask.
    repeats : int
        Measurements of each; medians are reported.

    Returns
    -------
    dict
        ``n``; ``mix``, as `MIX`; ``bound_ns`` and ``training_ns``, nanoseconds per (sample, neuron,
        step, run); ``share``, the first over the second.
    """
    times = 200_000
    rows, result = np.zeros((10, WIDTH)), np.zeros((7, WIDTH))
    steps = max(1, 40_000_000 // (n * n * 12))
    runs = [Run(Protocol(steps=steps), n, "standard", seed) for seed in range(WIDTH)]
    minimal(times, rows, result)
    train(runs)
    bound, ours = [], []
    for _ in range(repeats):
        bound.append(_seconds(minimal, times, rows, result) / (times * 2 * WIDTH))
        ours.append(_seconds(train, runs) / (steps * n * n * WIDTH))
    bound_ns, training_ns = 1e9 * median(bound), 1e9 * median(ours)
    return {
        "n": n,
        "mix": MIX,
        "bound_ns": bound_ns,
        "training_ns": training_ns,
        "share": bound_ns / training_ns,
    }


def _seconds(work, *arguments):
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started
