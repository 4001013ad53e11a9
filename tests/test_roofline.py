"""The roofline: its mix of instructions is what the kernel executes."""

import json

import terminal
from roofline import MIX, roofline

# Counts what the interpreted kernel does in one step: a N^2 + b N + c. The second difference gives
# a, what one sample and one neuron need.
COUNT = """
import collections, importlib, json, pkgutil
import numpy as np
from gaussmlp import Protocol, Run, kernels, train
from gaussmlp.kernels import lanes

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
    original = getattr(lanes, function)
    for found in pkgutil.iter_modules(kernels.__path__):
        module = importlib.import_module(f"gaussmlp.kernels.{found.name}")
        if module is not lanes and getattr(module, function, None) is original:
            setattr(module, function, counted(name, original, rows))

def counts_of_step(n):
    counts.clear()
    train([Run(Protocol(steps=1), n, "standard", 0)])
    return collections.Counter(counts)

four, six, eight = map(counts_of_step, (4, 6, 8))
print(json.dumps({name: (four[name] - 2 * six[name] + eight[name]) / 8 for name in four}))
"""


def test_the_mix_is_what_the_kernel_executes():
    done = terminal.python("-c", COUNT, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
    assert {name: count for name, count in json.loads(done.stdout).items() if count} == MIX


def test_it_reports_a_share():
    measured = roofline(n=20, repeats=1)
    assert measured["mix"] == MIX
    assert measured["share"] == measured["bound_ns"] / measured["training_ns"] > 0
