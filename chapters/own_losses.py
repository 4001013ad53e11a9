"""Two losses that the paper does not have, as a reader would write them."""

import numpy as np
from gaussmlp.kernels.lanes import lanes, load, sqrt, store, where_less
from gaussmlp.kernels.prototypes import soft_minimum
from gaussmlp.losses import coverage


def two_sided_value(x, p, tau):
    """Return coverage and the mean squared distance from prototype to nearest sample."""
    return coverage(x, p, tau) + np.mean(((p[:, None] - x) ** 2).min(axis=1))


def two_sided(loss, samples, work):
    """Add its derivative by the prototypes."""
    soft_minimum(loss, samples, work)
    p, dp, x, n = work.p, work.dp, samples.x, work.p.shape[0]
    weight = load(loss.lam, 0) * (2.0 / n)
    for j in range(n):
        p_j, nearest = load(p, j), load(x, 0)
        for i in range(1, n):
            off, best = load(x, i) - p_j, nearest - p_j
            nearest = where_less(off * off, best * best, load(x, i), nearest)
        store(dp, j, load(dp, j) + weight * (p_j - nearest))


def coulomb_value(p, tau):
    """Return the mean of ``1 / sqrt(d^2 + tau)`` over the distances d of prototypes."""
    first, second = np.triu_indices(len(p), 1)
    return np.mean(1.0 / np.sqrt((p[first] - p[second]) ** 2 + tau))


def coulomb(loss, samples, work):
    """Add its derivative by the prototypes."""
    p, dp, n = work.p, work.dp, work.p.shape[0]
    tau, weight = load(loss.tau, 0), load(loss.lam, 0) * (-2.0 / (n * (n - 1.0)))
    for j in range(n):
        push = lanes(0.0)
        for k in range(n):
            d = load(p, j) - load(p, k)
            square = d * d + tau
            push = push + d / (square * sqrt(square))
        store(dp, j, load(dp, j) + weight * push)


def response(h):
    """Return what a response adds to the sum of a sample: itself."""
    return h


def log_slope(h, total):
    """Return h times the derivative of ``-log(total + 1e-12)`` by h."""
    return -(h / (total + 1e-12))
