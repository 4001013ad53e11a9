"""The kernels in plain Python: what each vector instruction means, for NUMBA_DISABLE_JIT=1.

An intrinsic exists only in compiled code. ``python tests/interpreted.py run --out FILE.csv`` is the
command line without the compiler.
"""

import importlib
import pkgutil
import sys
from fractions import Fraction

import numpy as np
from gaussmlp import kernels
from gaussmlp.__main__ import main
from gaussmlp.kernels.lanes import SAMPLES, WIDTH


def load(array, row):
    """Return row `row`."""
    return array[row].copy()


def load_pair(array, row):
    """Return rows `row` and ``row + 1``."""
    return array[row : row + 2].copy()


def load_samples(array, row):
    """Return the rows of the samples that a kernel has at once, from row `row` on."""
    return array[row : row + SAMPLES].copy()


def store(array, row, value):
    """Write a value's rows from row `row` on."""
    array[row : row + np.size(value) // WIDTH] = value


def lanes(number):
    """Return eight copies of a number."""
    return np.full(WIDTH, float(number))


def _fma(a, b, c):
    try:
        return float(Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c)))
    except (ValueError, OverflowError):  # an operand or the result is not finite
        return a * b + c


fma = np.vectorize(_fma, otypes=[np.float64])


def where_less(a, b, yes, no):
    """Return `yes` in the lanes where ``a < b``, else `no`."""
    return np.where(a < b, yes, no)


def all_less(a, b):
    """Return whether ``a < b`` in all lanes."""
    return bool(np.all(a < b))


def add_to_exponent(value, shifted):
    """Return ``value * 2^k``, where k stands in the low bits of `shifted`."""
    return (value.view(np.int64) + (shifted.view(np.int64) << 52)).view(np.float64)


def add_rows(value, total):
    """Return ``total`` plus each row of `value`, in their order."""
    for row in np.atleast_2d(value):
        total = total + row
    return total


def fma_rows(a, b, total):
    """Return `total` plus each row of ``a * b``, in their order, each rounded once."""
    for one, other in zip(*map(np.atleast_2d, np.broadcast_arrays(a, b)), strict=True):
        total = fma(one, other, total)
    return total


OURS = (load, load_pair, load_samples, store, lanes, where_less, all_less)
OURS += (add_to_exponent, add_rows, fma_rows)
MEANINGS = {function.__name__: function for function in OURS} | {"fma": fma, "sqrt": np.sqrt}


def replace(meanings):
    """Put plain functions in the place of the intrinsics of their names, in every kernel."""
    for found in pkgutil.iter_modules(kernels.__path__):
        module = importlib.import_module(f"{kernels.__name__}.{found.name}")
        for name in meanings.keys() & vars(module).keys():
            setattr(module, name, meanings[name])


replace(MEANINGS)
if __name__ == "__main__":
    sys.exit(main())
