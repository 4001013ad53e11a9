"""The chapter on the structural losses."""

import numpy as np
from scipy.stats import norm

from gaussmlp import losses
from gaussmlp.metrics import reconstruction_error
from gaussmlp.model import Parameters, responses
from gaussmlp.protocol import Protocol
from gaussmlp.start import start

STATES = 1000
"""Random states on which the direction of each force is looked at."""


def facts(samples):
    """Return both from some samples."""
    by_formula, by_step = _slopes(Protocol().tau.coverage)
    coverage, overlap = _forces_from_outside(samples, Protocol().tau.coverage)
    three, wrong = np.array([-0.8, -0.79, 0.8]), np.array([-0.79, 0.8, 0.8])
    hard, matching = losses.coverage(three, wrong, 1e-12), reconstruction_error(three, wrong)
    said = {
        "states": f"{STATES:,}",
        "reach": f"{3 * Protocol().tau.separation ** 0.5:.2f}",
        "quantisation": f"{hard:.5f}",
        "matching": f"{matching:.2f}",
    }
    statements = {
        # the rounding of ten terms
        "Formula and imaginary step agree.": np.allclose(by_step, by_formula, rtol=1e-10, atol=0),
        "Coverage never pushes an outside prototype outward.": coverage <= 0,
        "Overlap at fixed input weights never pulls it inward.": overlap >= 0,
        "Coverage is τ times a mixture's negative log-likelihood, up to a constant.": (
            _is_a_likelihood(samples, Protocol().tau.coverage)
        ),
        "With a hard minimum it is the quantisation error.": np.isclose(
            hard, np.mean([0.01**2, 0.0, 0.0])
        ),
        "It can be near 0 where the reconstruction error is large.": hard < 1e-4 < 0.5 < matching,
        "Overlap is the mean off the diagonal of the Gram matrix, divided by N.": (
            _is_a_gram_matrix()
        ),
        "Separation is felt no farther than three roots of τ.": _fades(Protocol().tau.separation),
    }
    return said, statements


def _slopes(tau):
    begin = start(Protocol(), n=10, seed=0)
    p = -begin.parameters.b / begin.parameters.w
    by_formula = [losses.coverage_gradient(begin.x, p, tau), losses.separation_gradient(p, tau)]
    step = p + 1e-40j * (np.arange(10) == 3)
    values = [losses.coverage(begin.x, step, tau), losses.separation(step, tau)]
    return [slope[3] for slope in by_formula], [value.imag / 1e-40 for value in values]


def _is_a_likelihood(samples, tau):
    # the constant is the same for any two sets of prototypes
    rng, constants = np.random.default_rng(0), []
    for _ in range(2):
        p = samples + 0.02 * rng.normal(size=len(samples))
        density = norm.pdf(samples[:, None], p, np.sqrt(tau / 2)).mean(axis=1)
        constants.append(losses.coverage(samples, p, tau) + tau * np.log(density).mean())
    return np.isclose(*constants, rtol=1e-9, atol=0)


def _is_a_gram_matrix():
    begin, n = start(Protocol(), n=10, seed=0), 10
    h = responses(begin.x, begin.parameters.w, begin.parameters.b)
    gram = h.T @ h / n
    off = gram[~np.eye(n, dtype=bool)].mean()
    return np.isclose(losses.overlap(begin.x, begin.parameters), off, rtol=1e-12, atol=0)


def _forces_from_outside(samples, tau):
    # on a prototype to the right of the hull, where a positive force points outward
    rng, n, forces = np.random.default_rng(0), len(samples), []
    for _ in range(STATES):
        p = rng.uniform(-2, 2, n)
        p[0] = rng.uniform(samples.max() + 0.01, 2)
        weights = Parameters(np.full(n, 3.0), -3.0 * p, np.zeros(n), 0.0)
        _, by_bias = losses.overlap_gradient(samples, weights)
        forces.append((-losses.coverage_gradient(samples, p, tau)[0], 3.0 * by_bias[0]))
    return np.transpose(forces)


def _fades(tau):
    """Return whether the push at three roots of tau is below a hundredth of the largest."""
    distances = (3 * tau**0.5, (tau / 2) ** 0.5)
    far, near = (losses.separation_gradient(np.array([0.0, d]), tau)[0] for d in distances)
    return far < 0.01 * near
