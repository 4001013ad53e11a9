"""The exponential of the kernels, a power of two, against mpmath."""

import mpmath
import numpy as np
import pytest
from gaussmlp.kernels.exponential import COEFFICIENTS, HIGHEST, LOG2_E, SQRT_LOG2_E, exp2_minus
from gaussmlp.kernels.jit import kernel
from gaussmlp.kernels.lanes import WIDTH, load, store


@kernel
def fill(s, result):
    for row in range(s.shape[0]):
        store(result, row, exp2_minus(load(s, row)))


def powers(values):
    padded = np.zeros(-(-len(values) // WIDTH) * WIDTH)
    padded[: len(values)] = values
    padded = padded.reshape(-1, WIDTH)
    result = np.empty_like(padded)
    fill(padded, result)
    return result.ravel()[: len(values)]


def error_in_ulps(values):
    worst = 0.0
    for s, ours in zip(values, powers(values), strict=True):
        with mpmath.workprec(100):
            exact = mpmath.mpf(2) ** -mpmath.mpf(float(s))
        worst = max(worst, float(abs(ours - exact)) / np.spacing(float(exact)))
    return worst


def uniform(rng):
    return rng.uniform(0, HIGHEST, 5_000)


def small(rng):
    return 10.0 ** rng.uniform(-320, 0, 5_000)


def between_two_powers(rng):
    # where s is rounded to the one or the other neighbour, |f| is largest
    middles = rng.integers(0, 1021, 5_000) + 0.5
    return middles * (1 + rng.uniform(-4, 4, 5_000) * 2.0**-52)


def near_powers(rng):
    return np.abs(rng.integers(0, 1021, 5_000) + rng.normal(0, 1e-9, 5_000))


@pytest.mark.parametrize("draw", [uniform, small, between_two_powers, near_powers])
def test_it_is_within_two_ulp(draw):
    values = draw(np.random.default_rng(0))
    assert values.min() >= 0
    assert values.max() <= HIGHEST
    assert error_in_ulps(values) < 1.1  # 2 is what the project asks for


def test_it_is_exact_at_the_edges():
    assert powers([0.0]) == powers([-0.0]) == powers([5e-324]) == 1
    assert (powers(np.arange(1022.0)) == 2.0 ** -np.arange(1022.0)).all()
    assert error_in_ulps([HIGHEST, np.nextafter(HIGHEST, 0), 2.0**-53, 2.0**-54]) <= 1
    assert powers([HIGHEST])[0] > np.finfo(float).tiny  # a normal number


def test_the_constants_are_those_of_the_definitions():
    with mpmath.workprec(100):
        assert float(708 / mpmath.log(2)) == HIGHEST
        assert float(1 / mpmath.log(2)) == LOG2_E
        assert float(1 / mpmath.sqrt(mpmath.log(2))) == SQRT_LOG2_E


def test_it_is_exactly_zero_above_the_highest():
    above = [np.nextafter(HIGHEST, np.inf), 1022.0, 1075.0, 1e4, 1e18, 1e300, 1e308, np.inf]
    assert (powers(above) == 0).all()
    assert not np.signbit(powers(above)).any()


def test_not_a_number_stays_so_in_its_own_lane():
    values = powers([np.nan, 1.0, np.nan, 2.0, 0.0, 3.0, 4.0, 5.0])
    assert np.isnan(values).tolist() == [True, False, True, False, False, False, False, False]


def test_the_polynomial_is_as_good_as_it_says():
    with mpmath.workprec(120):
        worst = 0
        for k in range(-400, 401):
            f = mpmath.mpf(k) / 800
            series = sum(mpmath.mpf(c) * f**i for i, c in enumerate(COEFFICIENTS))
            worst = max(worst, abs(series * 2**f - 1))
        assert worst < 0.13 * 2.0**-52
