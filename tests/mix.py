"""Count the instructions of one training step, for NUMBA_DISABLE_JIT=1, and print them as JSON.

A step of the standard mask costs a N^2 + b N + c. The second difference gives a, what one sample
and one neuron need.
"""

import json
from collections import Counter

import numpy as np
from gaussmlp import Protocol, Run, train
from gaussmlp.kernels.lanes import WIDTH
from interpreted import MEANINGS, replace

UFUNCS = {"multiply": "multiply", "add": "add or subtract", "subtract": "add or subtract"}

counts = Counter()


class Counted(np.ndarray):
    """Numbers whose arithmetic is counted, in rows of lanes."""

    def __array_ufunc__(self, ufunc, method, *given, **options):
        result = getattr(ufunc, method)(*map(np.asarray, given), **options)
        counts[UFUNCS.get(ufunc.__name__, ufunc.__name__)] += result.size // WIDTH
        return result.view(Counted)


def counted(name, function, size):
    def call(*given):
        result = function(*map(np.asarray, given))
        counts[name] += size(result, *given) // WIDTH
        return None if result is None else np.asarray(result).view(Counted)

    return call


def of_result(result, *given):
    return result.size


INSTRUCTIONS = (
    ("fused multiply-add", "fma", of_result),
    ("fused multiply-add", "fma_rows", lambda result, a, b, total: np.broadcast(a, b).size),
    ("add or subtract", "add_rows", lambda result, value, total: np.size(value)),
    ("compare and select", "where_less", of_result),
    ("add to an exponent", "add_to_exponent", of_result),
    ("load", "load", of_result),
    ("load", "load_pair", of_result),
    ("load", "load_samples", of_result),
    ("store", "store", lambda result, array, row, value: np.size(value)),
)


def counts_of_step(n):
    counts.clear()
    train([Run(Protocol(steps=1), n, "standard", 0)])
    return Counter(counts)


replace(
    {function: counted(name, MEANINGS[function], size) for name, function, size in INSTRUCTIONS}
)
four, six, eight = map(counts_of_step, (4, 6, 8))
print(json.dumps({name: (four[name] - 2 * six[name] + eight[name]) / 8 for name in four}))
