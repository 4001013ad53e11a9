"""The measures of a finished run against their definitions."""

import naive
import numpy as np
import pytest
from gaussmlp import MASKS, Protocol, Run, losses, prototypes, start, train
from gaussmlp.draws import draws, evenly_spaced
from gaussmlp.metrics import (
    EXPELLED_BEYOND,
    MEASURES,
    auc,
    fit_mse,
    measure,
    outside_fraction,
    precision,
    reconstruction_error,
    specialization_ratio,
)
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

# Quarters meet and tie often; the floats are anything else.
NUMBERS = st.one_of(st.integers(-8, 8).map(lambda k: k / 4), st.floats(-1e6, 1e6))


@st.composite
def samples_and_prototypes(draw, most):
    n = draw(st.integers(2, most))
    numbers = st.lists(NUMBERS, min_size=n, max_size=n)
    return draw(numbers), draw(numbers)


@given(samples_and_prototypes(40))
def test_matching_in_sorted_order_is_the_optimal_assignment(both):
    cost = np.abs(np.subtract.outer(*both))
    best = cost[linear_sum_assignment(cost)].mean()
    # two sums of up to 40 terms in two orders
    assert reconstruction_error(*both) == pytest.approx(best, rel=1e-13, abs=1e-300)


@given(samples_and_prototypes(12))
def test_specialization_equals_its_naive_twin(both):
    assert specialization_ratio(*both) == naive.specialization_ratio(*both)


@given(samples_and_prototypes(12), st.sampled_from([0.0, EXPELLED_BEYOND, 0.25]))
def test_outside_equals_its_naive_twin(both, beyond):
    assert outside_fraction(*both, beyond) == naive.outside_fraction(*both, beyond)


@given(samples_and_prototypes(12), st.sampled_from([0.0, 0.1, 0.25]))
def test_precision_equals_its_naive_twin(both, within):
    x, p = both
    assert precision(x, p, within) == naive.precision(x, p, within)


@given(samples_and_prototypes(8), st.lists(NUMBERS, min_size=1, max_size=8))
def test_auc_equals_its_naive_twin(both, nonmembers):
    members, p = both
    assert auc(members, nonmembers, p) == naive.auc(members, nonmembers, p)


def test_nulls_are_drawn_after_the_start():
    rng = np.random.default_rng([3, 5])
    rng.random(15)
    nonmembers, chance, pairing = draws(Protocol(), 5, 3)
    assert nonmembers.tolist() == (2 * rng.random(5) - 1).tolist()
    assert chance.tolist() == (2 * rng.random(5) - 1).tolist()
    assert pairing.tolist() == rng.permutation(5).tolist()
    assert evenly_spaced(Protocol(domain=(0, 2)), 2).tolist() == [0.5, 1.5]


@pytest.mark.parametrize("count", [1, 8, 11])
def test_the_fit_of_several_runs_equals_the_definition(count):
    starts = [start(Protocol(), 9, seed) for seed in range(count)]
    parameters = [begin.parameters for begin in starts]
    expected = [losses.fit(begin.x, begin.y, begin.parameters) for begin in starts]
    np.testing.assert_allclose(fit_mse(starts, parameters), expected, rtol=1e-13)


def test_all_measures_of_trained_runs_equal_their_naive_twins():
    trained = train([Run(Protocol(steps=400), 5, mask, 2) for mask in MASKS])
    rows = measure([one.run for one in trained], [one.parameters for one in trained])
    for one, row in zip(trained, rows, strict=True):
        (x, y, _), p = one.start, prototypes(one.parameters)
        assert tuple(row) == MEASURES
        assert row["fit_mse"] == pytest.approx(naive.fit(x, y, *one.parameters), rel=1e-12)
        assert row["reconstruction_error"] == pytest.approx(
            naive.reconstruction_error(x, p), rel=1e-14
        )
        assert row["specialization_ratio"] == naive.specialization_ratio(x, p)
        assert row["outside_fraction"] == naive.outside_fraction(x, p)
        assert row["expelled_fraction"] == naive.outside_fraction(x, p, 0.05)
        assert row["precision"] == naive.precision(x, p, 0.04)
        assert row["recall"] == naive.precision(p, x, 0.04)
        assert row["auc"] == naive.auc(x, draws(Protocol(), 5, 2).nonmembers, p)


NO_VECTORS = [[], [[1.0]], [1j], ["1"], [np.nan], [np.inf], [[1.0], [1.0, 2.0]]]


@pytest.mark.parametrize("wrong", NO_VECTORS)
def test_what_the_kernels_cannot_take_is_refused(wrong):
    for name, both in (("x", (wrong, [0.0])), ("p", ([0.0], wrong))):
        for measured in (reconstruction_error, specialization_ratio):
            with pytest.raises(ValueError, match=f"^{name} must be"):
                measured(*both)
    with pytest.raises(ValueError, match="x and p must be of one length, got 1 and 2"):
        reconstruction_error([0.0], [0.0, 1.0])
