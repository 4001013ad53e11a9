"""The definitions in NumPy against the sums that they abbreviate."""

import naive
import numpy as np
import pytest
from gaussmlp import (
    MASKS,
    Lam,
    Parameters,
    Protocol,
    Tau,
    losses,
    output,
    prototypes,
    responses,
    widths,
)

X = np.linspace(-1, 1, 6)


def state(seed, n=6):
    rng = np.random.default_rng(seed)
    w = rng.uniform(1, 5, n) * rng.choice([-1, 1], n)
    return Parameters(w, -w * rng.uniform(-1.5, 1.5, n), rng.uniform(-1, 1, n), rng.uniform(-1, 1))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("mask", MASKS)
def test_the_total_is_the_literal_sum(mask, seed):
    lam, tau = Lam(0.7, 1.3, 2.1), Tau(0.03, 0.2)
    theta, y = state(seed), np.cos(X)
    protocol = Protocol(lam=lam, tau=tau)
    literal = naive.total(X, y, theta, mask, lam._asdict(), tau._asdict())
    # a sum of fewer than 200 terms of like size: 1e-13 is ten times what rounding can do
    assert losses.total(X, y, theta, protocol, mask) == pytest.approx(literal, rel=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_each_loss_is_the_literal_sum_at_the_nominal_temperature(seed):
    theta = state(seed)
    p = prototypes(theta)
    p[1] = p[0] + 0.003
    assert losses.overlap(X, theta) == pytest.approx(naive.overlap(X, theta.w, theta.b), rel=1e-12)
    assert losses.coverage(X, p, 1e-4) == pytest.approx(naive.coverage(X, p, 1e-4), rel=1e-12)
    assert losses.separation(p, 1e-4) == pytest.approx(naive.separation(p, 1e-4), rel=1e-12)


def test_coverage_is_the_nearest_squared_distance_when_the_temperature_goes_to_zero():
    p = np.array([-0.7, 0.1, 0.8])
    nearest = ((X[:, None] - p) ** 2).min(axis=1).mean()
    assert losses.coverage(X, p, 1e-12) == pytest.approx(nearest, rel=1e-10)


def test_far_away_responses_are_exactly_zero():
    assert responses(np.zeros(1), np.array([1.0]), np.array([26.6]))[0, 0] > 0  # exp(-707.6)
    assert responses(np.zeros(1), np.array([1.0]), np.array([26.7]))[0, 0] == 0  # exp(-712.9)


def test_a_neuron_responds_most_at_its_prototype_and_less_by_its_width():
    theta = state(0)
    p, h = prototypes(theta), np.empty(6)
    for j in range(6):
        at = np.array([p[j], p[j] + widths(theta)[j]])
        h[j], one_width_away = responses(at, theta.w, theta.b)[:, j]
        assert one_width_away == pytest.approx(np.exp(-0.5))
    np.testing.assert_allclose(h, 1, atol=1e-15)


def test_the_output_is_the_literal_sum():
    theta = state(4)
    for x, f in zip(X, output(X, theta), strict=True):
        terms = (v * naive.response(x, w, b) for w, b, v in zip(*theta[:3], strict=True))
        assert f == pytest.approx(theta.c + sum(terms), rel=1e-14)


@pytest.mark.parametrize(
    ("slot", "over"), [("overlap", "prototypes"), ("separation", "responses"), ("fit", "responses")]
)
def test_a_loss_that_no_kernel_can_train_is_refused(slot, over):
    with pytest.raises(ValueError, match=r"(slot|over) must be one of"):
        losses.Loss("mine", slot, over, np.mean, np.mean, "Mine")
