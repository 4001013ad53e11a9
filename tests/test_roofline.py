"""The roofline: its mix of instructions is what the kernel executes."""

import json

import terminal
from roofline import MIX, roofline

# Counts what the interpreted kernel does. The cost of a step is a N^2 + b N + c: its second
# difference gives a, what one sample and one neuron need.
COUNT = """
import collections, json
import numpy as np
from gaussmlp import Protocol, Run, training
from gaussmlp.kernels import exponential, gradient, lanes

counts = collections.Counter()
UFUNCS = {"multiply": "multiply", "add": "add or subtract", "subtract": "add or subtract"}

class Counted(np.ndarray):
    def __array_ufunc__(self, ufunc, method, *given, **options):
        result = getattr(ufunc, method)(*map(np.asarray, given), **options)
        counts[UFUNCS.get(ufunc.__name__, ufunc.__name__)] += result.size // lanes.WIDTH
        return result.view(Counted)

def counted(name, function, rows):
    def call(*given):
        result = function(*map(np.asarray, given))
        counts[name] += rows(result, *given) // lanes.WIDTH
        return None if result is None else np.asarray(result).view(Counted)
    return call

def of_result(result, *given):
    return result.size

for name, function, rows in (
    ("fused multiply-add", "fma", of_result),
    ("fused multiply-add", "fma_rows", lambda result, a, b, total: np.broadcast(a, b).size),
    ("add or subtract", "add_rows", lambda result, value, total: np.size(value)),
    ("compare and select", "where_less", of_result),
    ("add to an exponent", "add_to_exponent", of_result),
    ("load", "load", of_result),
    ("load", "load_pair", of_result),
    ("store", "store", lambda result, array, row, value: np.size(value)),
):
    replaced = counted(name, getattr(lanes, function), rows)
    for module in (exponential, gradient):
        if hasattr(module, function):
            setattr(module, function, replaced)

def gradient_counts(n):
    counts.clear()
    kept = training.advance
    def one_gradient(steps, choices, optimizer, samples, state, scratch, work):
        gradient.place_prototypes(choices, state.theta, work)
        counts.clear()
        gradient.total_gradient(choices, samples, state.theta, scratch, work)
    training.advance = one_gradient
    training.train([Run(Protocol(steps=1), n, "standard", 0)])
    training.advance = kept
    return collections.Counter(counts)

two, four, six = map(gradient_counts, (4, 6, 8))
names = set(two) | set(six)
print(json.dumps({name: (two[name] - 2 * four[name] + six[name]) / 8 for name in names}))
"""


def test_the_mix_is_what_the_kernel_executes():
    counted = json.loads(terminal.python("-c", COUNT, NUMBA_DISABLE_JIT="1").stdout)
    assert {name: count for name, count in counted.items() if count} == MIX


def test_it_reports_a_share():
    measured = roofline(n=20, repeats=1)
    assert measured["mix"] == MIX
    assert measured["share"] == measured["bound_ns"] / measured["training_ns"] > 0
