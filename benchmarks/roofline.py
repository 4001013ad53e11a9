"""The roofline: how fast this machine could go, if the kernel only had to do its arithmetic.

One (sample, neuron, step, run) of the standard mask needs a fixed mix of instructions. A minimal
kernel executes this mix on registers and the nearest cache: no loop over neurons, no sum over
samples, no optimiser, no result that waits for another. The training kernel is a share of it.
"""

from statistics import median
from timeit import timeit

import numpy as np
from gaussmlp import Protocol, Run, train
from gaussmlp.kernels.jit import kernel
from gaussmlp.kernels.lanes import WIDTH, add_to_exponent, fma, lanes, load, store, where_less

MIX = {
    "fused multiply-add": 16,
    "multiply": 1,
    "add or subtract": 3,
    "compare and select": 1,
    "add to an exponent": 1,
    "load": 4,
    "store": 2.5,
}
"""Instructions on lanes that one sample and one neuron need in a step; a test counts them.

Two samples share some loads and stores, hence the half.
"""


@kernel
def minimal(times, rows, result):
    """Execute `MIX` for a pair of samples, `times` times: read (8, 8) rows, write (5, 8)."""
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = lanes(1.0)
    m0 = m1 = s0 = s1 = s2 = e0 = e1 = lanes(1.0)
    c0 = c1 = lanes(0.5)
    for _ in range(times):
        r0, r1, r2, r3 = load(rows, 0), load(rows, 1), load(rows, 2), load(rows, 3)
        r4, r5, r6, r7 = load(rows, 4), load(rows, 5), load(rows, 6), load(rows, 7)
        # 32 fused multiply-adds in eight chains of four
        a0, a1, a2, a3 = fma(a0, r0, r1), fma(a1, r0, r1), fma(a2, r0, r1), fma(a3, r0, r1)
        a4, a5, a6, a7 = fma(a4, r2, r3), fma(a5, r2, r3), fma(a6, r2, r3), fma(a7, r2, r3)
        a0, a1, a2, a3 = fma(a0, r1, r2), fma(a1, r1, r2), fma(a2, r1, r2), fma(a3, r1, r2)
        a4, a5, a6, a7 = fma(a4, r3, r4), fma(a5, r3, r4), fma(a6, r3, r4), fma(a7, r3, r4)
        a0, a1, a2, a3 = fma(a0, r4, r5), fma(a1, r4, r5), fma(a2, r4, r5), fma(a3, r4, r5)
        a4, a5, a6, a7 = fma(a4, r5, r6), fma(a5, r5, r6), fma(a6, r5, r6), fma(a7, r5, r6)
        a0, a1, a2, a3 = fma(a0, r6, r7), fma(a1, r6, r7), fma(a2, r6, r7), fma(a3, r6, r7)
        a4, a5, a6, a7 = fma(a4, r7, r0), fma(a5, r7, r0), fma(a6, r7, r0), fma(a7, r7, r0)
        # 2 multiplications, and 6 additions in chains of two
        m0, m1 = m0 * r6, m1 * r7
        s0, s1, s2 = s0 + r6 + r7, s1 + r6 + r7, s2 + r6 + r7
        c0, c1 = where_less(c0, r0, r6, c0), where_less(c1, r1, r7, c1)
        e0, e1 = add_to_exponent(e0, r6), add_to_exponent(e1, r7)
        store(result, 0, a0)
        store(result, 1, a4)
        store(result, 2, m0)
        store(result, 3, s0)
        store(result, 4, c0)
    # every chain ends in the result, so that none is left out
    store(result, 0, a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7)
    store(result, 1, m0 + m1 + s0 + s1 + s2 + e0 + e1 + c0 + c1)


def roofline(n=100, repeats=9):
    """Measure the minimal kernel and the training kernel in turns, each in one thread.

    Nanoseconds are per (sample, neuron, step, run), medians of `repeats` measurements.
    """
    times = 200_000
    rows, result = np.zeros((8, WIDTH)), np.zeros((5, WIDTH))
    steps = max(1, 40_000_000 // (n * n * 12))
    runs = [Run(Protocol(steps=steps), n, "standard", seed) for seed in range(WIDTH)]
    minimal(times, rows, result)
    train(runs)
    bound, ours = [], []
    for _ in range(repeats):
        bound.append(timeit(lambda: minimal(times, rows, result), number=1) / (times * 2 * WIDTH))
        ours.append(timeit(lambda: train(runs), number=1) / (steps * n * n * WIDTH))
    bound_ns, training_ns = 1e9 * median(bound), 1e9 * median(ours)
    return {
        "n": n,
        "mix": MIX,
        "bound_ns": bound_ns,
        "training_ns": training_ns,
        "share": bound_ns / training_ns,
    }
