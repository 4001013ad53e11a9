"""What arguments may be: one check for each kind.

Each raises ValueError with one line that names the argument and what is allowed.
"""

import math
from collections.abc import Mapping
from itertools import islice
from numbers import Integral, Real

import numpy as np

MOST_VALUES = 2**20
"""Values that a sequence may have: more would be more runs than memory is allowed for."""

_NO_NUMBERS = (bool, np.timedelta64)  # Python and NumPy count them as integers


def integer(name, value, least, most=2**31 - 1):
    """Return an argument as an int from `least` to `most`, or raise ValueError."""
    good = isinstance(value, Integral) and not isinstance(value, _NO_NUMBERS)
    if not good or not least <= value <= most:
        raise ValueError(f"{name} must be an integer from {least} to {most}, got {shown(value)}")
    return int(value)


def number(name, value, least=-math.inf, above=-math.inf):
    """Return an argument as a finite float, at least `least` and above `above`, or raise."""
    try:
        good = isinstance(value, Real) and not isinstance(value, _NO_NUMBERS)
        given = float(value) if good else math.nan
    except OverflowError:  # an integer of 400 digits
        given = math.inf
    if not math.isfinite(given) or given < least or given <= above:
        allowed = "a finite number"
        if least > -math.inf:
            allowed += f" of at least {least:g}"
        if above > -math.inf:
            allowed += f" above {above:g}"
        raise ValueError(f"{name} must be {allowed}, got {shown(value)}")
    return given


def word(name, value, allowed):
    """Return an argument that is one of the words in `allowed`, or raise ValueError."""
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {shown(value)}")
    return value


def many(name, values, least=1):
    """Return the values of a sequence as a tuple of `least` to `MOST_VALUES`, or raise."""
    try:
        given = None if isinstance(values, str | bytes | Mapping) else iter(values)
    except TypeError:
        given = None
    if given is None:
        raise ValueError(f"{name} must be a sequence of values, got {shown(values)}")
    kept = tuple(islice(given, MOST_VALUES + 1))
    if not least <= len(kept) <= MOST_VALUES:
        count = "at least one value" if len(kept) < least else f"at most {MOST_VALUES} values"
        raise ValueError(f"{name} must have {count}")
    return kept


def vector(name, values):
    """Return real numbers as a contiguous array of finite float64, shape (N,), or raise."""
    try:
        array = np.asarray(values)
    except ValueError:  # lists of unequal length
        array = np.empty(0)
    if array.dtype.kind not in "iuf" or array.ndim != 1 or not len(array):
        raise ValueError(f"{name} must be a one-dimensional array of numbers, got {shown(values)}")
    array = np.ascontiguousarray(array, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array


def shown(value):
    """Return a value as one line of at most 60 characters, for messages."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # an integer of 5,000 digits has no text, and other people's repr may fail
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."
