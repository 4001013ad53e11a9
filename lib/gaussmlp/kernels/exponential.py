"""The exponential of a non-positive number, in arithmetic that every machine does alike.

Kernels work in powers of two: ``exp(-s)`` is ``2^-(s log2(e))``, and the factor goes into what `s`
is made of. ``2^-s = 2^k 2^-f`` with ``k = round(-s)`` and ``|f| <= 1/2``. Adding ``1.5 * 2^52``
rounds to an integer and leaves that integer in the low bits, from where it is added to the exponent
of the result: no conversion, no table, no branch and no libm.
"""

from gaussmlp.kernels.jit import inlined
from gaussmlp.kernels.lanes import add_to_exponent, fma, where_less

LOG2_E = 1.4426950408889634
SQRT_LOG2_E = 1.2011224087864498

HIGHEST = 1021.428088949386
"""708 log2(e): beyond it the exponential counts as exactly 0; at it, it is a normal number."""

_ROUND = 1.5 * 2.0**52

# 2^-f = 1 - log(2) f + f^2 (c2 + c3 f + ... + c11 f^9): the Chebyshev interpolant of degree 9 of
# (2^-f - 1 + log(2) f) / f^2 on |f| <= 1/2, relative error 0.13 ulp (recomputed in the tests).
COEFFICIENTS = (
    1.0,
    -0.6931471805599453,
    0.24022650695910075,
    -0.05550410866482158,
    0.009618129107618658,
    -0.0013333558146423209,
    0.0001540353042479538,
    -1.5252733820805852e-05,
    1.3215451619146607e-06,
    -1.0178067259946989e-07,
    7.070981083365768e-09,
    -4.454105125293416e-10,
)
_C0, _C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11 = COEFFICIENTS


@inlined
def exp2_minus(s):
    """Return ``2^-s`` for ``s >= 0``, within 2 ulp; exactly 0 for s above `HIGHEST`."""
    shifted = _ROUND - s
    f = s + (shifted - _ROUND)
    # Horner's order has the fewest operations: there are always other exponentials to overlap with
    power = fma(f, _C11, _C10)
    power = fma(f, power, _C9)
    power = fma(f, power, _C8)
    power = fma(f, power, _C7)
    power = fma(f, power, _C6)
    power = fma(f, power, _C5)
    power = fma(f, power, _C4)
    power = fma(f, power, _C3)
    power = fma(f, power, _C2)
    power = fma(f, power, _C1)
    power = fma(f, power, _C0)
    return where_less(HIGHEST, s, 0.0, add_to_exponent(power, shifted))
