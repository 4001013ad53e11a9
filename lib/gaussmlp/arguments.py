"""What arguments may be: one check for each kind, whose message names the argument."""

import math
from collections.abc import Mapping
from itertools import islice
from numbers import Integral, Real

import numpy as np

MEMORY_BOUND = 4 * 2**30
"""Bytes that one call may need; a larger request is refused, with the estimate."""

BYTES_A_RUN = 2**11
"""Bytes that a finished run takes beside its parameters (1.8 kB were measured)."""

MOST_VALUES = 2**20
"""Values that a sequence may have: more would be more runs than memory is allowed for."""


_NO_NUMBERS = (bool, np.timedelta64)  # Python and NumPy count them as integers


def integer(name, value, least, most=2**31 - 1):
    """Return an argument as an int.

    Parameters
    ----------
    name : str
        The argument, for messages.
    value : int
        Of any integer type.
    least : int
        The smallest that is allowed.
    most : int
        The largest that is allowed.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is no integer, too small or too large.
    """
    good = isinstance(value, Integral) and not isinstance(value, _NO_NUMBERS)
    if not good or not least <= value <= most:
        raise ValueError(f"{name} must be an integer from {least} to {most}, got {shown(value)}")
    return int(value)


def number(name, value, least=None, above=None, below=None, nonzero=False):
    """Return an argument as a finite float.

    Parameters
    ----------
    name : str
        The argument, for messages.
    value : float
        Of any real type.
    least : float, optional
        The smallest that is allowed.
    above : float, optional
        What it must be above.
    below : float, optional
        What it must be below.
    nonzero : bool
        Whether 0 is refused.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If it is no such number.
    """
    allowed = "a finite number"
    if least is not None:
        allowed += f" of at least {least:g}"
    if above is not None:
        allowed += f" above {above:g}"
    if below is not None:
        allowed += f" below {below:g}"
    if nonzero:
        allowed += " other than 0"
    good = isinstance(value, Real) and not isinstance(value, _NO_NUMBERS)
    if good:
        try:
            finite = float(value)
        except OverflowError:
            finite = math.inf
        good = (
            math.isfinite(finite)
            and (least is None or finite >= least)
            and (above is None or finite > above)
            and (below is None or finite < below)
            and not (nonzero and finite == 0)
        )
    if not good:
        raise ValueError(f"{name} must be {allowed}, got {shown(value)}")
    return finite


def word(name, value, allowed):
    """Return an argument that must be one of some words.

    Parameters
    ----------
    name : str
        The argument, for messages.
    value : str
        A word.
    allowed : sequence of str
        The words.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is none of them.
    """
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {shown(value)}")
    return value


def many(name, values, least=1):
    """Return the values of an argument as a tuple.

    Parameters
    ----------
    name : str
        The argument, for messages.
    values : iterable
        Neither text nor a mapping.
    least : int
        How many it must have.

    Returns
    -------
    tuple

    Raises
    ------
    ValueError
        If it is no sequence, too short, or has more than `MOST_VALUES`.
    """
    try:
        iterator = None if isinstance(values, str | bytes | Mapping) else iter(values)
    except TypeError:
        iterator = None
    if iterator is None:
        raise ValueError(f"{name} must be a sequence of values, got {shown(values)}")
    kept = tuple(islice(iterator, MOST_VALUES + 1))
    if len(kept) > MOST_VALUES:
        raise ValueError(
            f"{name} must have at most {MOST_VALUES} values, got {shown(values)}:"
            f" as many runs need {_gib(_count(values, len(kept)) * BYTES_A_RUN)} GiB of memory"
            " or more"
        )
    if len(kept) < least:
        raise ValueError(f"{name} must have at least one value")
    return kept


def _count(values, least):
    try:
        return len(values)
    except TypeError:
        return least
    except OverflowError:
        return 2**63


def _gib(needed):
    return f"about {needed / 2**30:.1f}" if needed < 2**70 else "over 2^40"


def check_memory_of(what, needed):
    """Raise ValueError if what is asked for needs more bytes than `MEMORY_BOUND`."""
    if needed > MEMORY_BOUND:
        raise ValueError(
            f"{what}: {_gib(needed)} GiB of memory would be needed,"
            f" at most {MEMORY_BOUND / 2**30:.0f} GiB is allowed"
        )


def vector(name, values, kinds="iufc", least=1):
    """Return an argument as a one-dimensional array of float64 or complex128.

    Parameters
    ----------
    name : str
        The argument, for messages.
    values : array_like, shape (N,)
        Numbers.
    kinds : str
        NumPy's letters of the kinds of number that are allowed.
    least : int
        How many it must have.

    Returns
    -------
    ndarray, shape (N,)

    Raises
    ------
    ValueError
        If it is no such array.
    """
    check_memory_of(name, _BYTES_A_NUMBER * _count(values, 0))
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, OverflowError):  # lists of unequal length, for one
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in kinds or array.ndim != 1 or len(array) < least:
        raise ValueError(
            f"{name} must be a one-dimensional array of {least} or more numbers,"
            f" got {shown(values)}"
        )
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)


_BYTES_A_NUMBER = 24  # complex, and as it was given


def same_length(**vectors):
    """Raise ValueError unless some arguments have one length."""
    if len({len(values) for values in vectors.values()}) > 1:
        lengths = ", ".join(str(len(values)) for values in vectors.values())
        raise ValueError(f"{' and '.join(vectors)} must be of one length, got {lengths}")


def shown(value):
    """Return a value as one short line, for messages.

    Parameters
    ----------
    value : object
        Whatever was given.

    Returns
    -------
    str
        At most 60 characters.
    """
    try:
        text = " ".join(repr(value).split())
    except Exception:  # an integer of 5,000 digits has no text, and other people's repr may fail
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."
