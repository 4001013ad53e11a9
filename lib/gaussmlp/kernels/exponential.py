"""The exponential of a non-positive number, in arithmetic that every machine does alike.

``exp(-s) = 2^k exp(-q)`` with ``k = round(-s / log 2)`` and ``|q| <= log(2) / 2``. Adding ``1.5 *
2^52`` rounds to an integer and leaves that integer in the low bits, from where it is added to the
exponent of the result: no conversion, no table, no branch and no libm.
"""

from gaussmlp.kernels.jit import inlined
from gaussmlp.kernels.lanes import add_to_exponent, fma, where_less

HIGHEST = 708.0  # beyond it exp(-s) counts as exactly 0; at it the result is a normal number

_ROUND = 1.5 * 2.0**52
_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.6931471805599453
_LN2_LOW = 2.3190468138462996e-17

# exp(r) = 1 + r + r^2 (c0 + c1 r + ... + c9 r^9): the Chebyshev interpolant of degree 9 of
# (exp(r) - 1 - r) / r^2 on |r| <= log(2) / 2, relative error 0.15 ulp (recomputed in the tests).
COEFFICIENTS = (
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662413,
    0.008333333333330062,
    0.0013888888917213717,
    0.00019841269863053618,
    2.4801521295954376e-05,
    2.7557268459997064e-06,
    2.7620088445409746e-07,
    2.510038549551032e-08,
)
_C0, _C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9 = COEFFICIENTS


@inlined
def exp_minus(s):
    """Return ``exp(-s)`` for ``s >= 0`` within 2 ulp, and exactly 0 for ``s > 708``.

    Parameters
    ----------
    s : Lanes

    Returns
    -------
    Lanes
    """
    shifted = fma(s, -_LOG2_E, _ROUND)
    k = shifted - _ROUND
    q = fma(k, _LN2_LOW, fma(k, _LN2_HIGH, s))
    # Horner's order has the fewest operations: there are always other exponentials to overlap with
    power = fma(q, -_C9, _C8)
    power = fma(q, power, -_C7)
    power = fma(q, power, _C6)
    power = fma(q, power, -_C5)
    power = fma(q, power, _C4)
    power = fma(q, power, -_C3)
    power = fma(q, power, _C2)
    power = fma(q, power, -_C1)
    power = fma(q, power, _C0)
    power = fma(q, power, -1.0)
    power = fma(q, power, 1.0)
    return where_less(HIGHEST, s, 0.0, add_to_exponent(power, shifted))
