"""The four losses in readable NumPy, with their gradients: the definitions.

Fit and overlap depend on the responses; coverage and separation on the prototypes alone. The values
take complex arrays too (a minimum is chosen by the real part), so that each gradient can be checked
by the complex step. The compiled kernels are checked against these.
"""

import numpy as np

from gaussmlp.data import Parameters
from gaussmlp.model import exponential, output, prototypes, responses, through_prototypes
from gaussmlp.protocol import Lam, Tau, active


def fit(x, y, parameters):
    """Return the fit loss, ``mean_i (f(x_i) - y_i)^2``.

    Parameters
    ----------
    x, y : array_like, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    float
        At least 0.
    """
    return np.mean((output(x, parameters) - y) ** 2)


def fit_gradient(x, y, parameters):
    """Return the gradient of `fit`.

    Parameters
    ----------
    x, y : array_like, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    gradient : Parameters
        The derivative by w, b, v and c.
    """
    w, b, v, _ = parameters
    h = responses(x, w, b)
    residual = 2.0 / len(x) * (output(x, parameters) - y)
    by_z = residual[:, None] * v * (-2.0 * (np.multiply.outer(x, w) + b) * h)
    return Parameters(x @ by_z, by_z.sum(axis=0), residual @ h, residual.sum())


def overlap(x, parameters):
    """Return the overlap, ``mean_i [ sum_{j != k} h_j(x_i) h_k(x_i) ] / (N (N - 1))``.

    Parameters
    ----------
    x : array_like, shape (M,)
        Samples.
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    float
        In [0, 1]: the mean product of the responses of two different neurons.
    """
    h = responses(x, parameters.w, parameters.b)
    n = h.shape[1]
    # sum_{j != k} h_j h_k = (sum_j h_j)^2 - sum_j h_j^2 takes N terms in place of N^2
    return np.mean(h.sum(axis=1) ** 2 - (h**2).sum(axis=1)) / (n * (n - 1))


def overlap_gradient(x, parameters):
    """Return the derivatives of `overlap` by w and b.

    Parameters
    ----------
    x : array_like, shape (M,)
        Samples.
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    dw, db : ndarray, shape (N,)
    """
    w, b, _, _ = parameters
    h = responses(x, w, b)
    n = h.shape[1]
    by_h = 2.0 / (len(x) * n * (n - 1)) * (h.sum(axis=1, keepdims=True) - h)
    by_z = by_h * (-2.0 * (np.multiply.outer(x, w) + b) * h)
    return x @ by_z, by_z.sum(axis=0)


def coverage(x, p, tau=Tau().coverage):
    """Return the coverage loss, ``mean_i [ -tau log sum_j exp(-(x_i - p_j)^2 / tau) ]``.

    Parameters
    ----------
    x : array_like, shape (M,)
        Samples.
    p : array_like, shape (N,)
        Prototypes.
    tau : float
        Temperature, above 0. As it goes to 0 the loss becomes the mean squared distance from a
        sample to its nearest prototype.

    Returns
    -------
    float
        At least ``-tau log N``.
    """
    square = np.subtract.outer(x, p) ** 2
    nearest = square[np.arange(len(x)), square.real.argmin(axis=1)]
    total = exponential((nearest[:, None] - square) / tau).sum(axis=1)
    return np.mean(nearest - tau * np.log(total))


def coverage_gradient(x, p, tau=Tau().coverage):
    """Return the derivative of `coverage` by the prototypes, ``(2 / M) sum_i (p_j - x_i) q_ij``.

    Parameters
    ----------
    x : array_like, shape (M,)
        Samples.
    p : array_like, shape (N,)
        Prototypes.
    tau : float
        Temperature, above 0.

    Returns
    -------
    ndarray, shape (N,)
        ``q_ij``, the softmax of ``-(x_i - p_j)^2 / tau`` over j, is prototype j's share of sample
        i.
    """
    difference = np.subtract.outer(x, p)
    square = difference**2
    share = exponential((square.min(axis=1, keepdims=True) - square) / tau)
    share /= share.sum(axis=1, keepdims=True)
    return -2.0 / len(x) * (difference * share).sum(axis=0)


def separation(p, tau=Tau().separation):
    """Return the separation loss, ``sum_{j != k} exp(-(p_j - p_k)^2 / tau) / (N (N - 1))``.

    Parameters
    ----------
    p : array_like, shape (N,)
        Prototypes.
    tau : float
        Temperature, above 0: prototypes closer than about ``sqrt(tau)`` repel each other.

    Returns
    -------
    float
        In [0, 1].
    """
    n = len(p)
    closeness = exponential(-(np.subtract.outer(p, p) ** 2) / tau)
    return (closeness.sum() - n) / (n * (n - 1))


def separation_gradient(p, tau=Tau().separation):
    """Return the derivative of `separation` by the prototypes.

    Parameters
    ----------
    p : array_like, shape (N,)
        Prototypes.
    tau : float
        Temperature, above 0.

    Returns
    -------
    ndarray, shape (N,)
        ``-4 / (tau N (N - 1)) sum_k (p_j - p_k) exp(-(p_j - p_k)^2 / tau)``.
    """
    n = len(p)
    difference = np.subtract.outer(p, p)
    push = difference * exponential(-(difference**2) / tau)
    return -4.0 / (tau * n * (n - 1)) * push.sum(axis=1)


def total(x, y, parameters, mask, lam=None, tau=None):
    """Return the total, ``fit + lam (the active structural losses)``.

    Parameters
    ----------
    x, y : array_like, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.
    mask : str
        Which structural losses are on.
    lam : Lam, optional
        Weights; nominal if not given.
    tau : Tau, optional
        Temperatures; nominal if not given.

    Returns
    -------
    float
    """
    lam, tau, on = lam or Lam(), tau or Tau(), active(mask)
    p = prototypes(parameters)
    value = fit(x, y, parameters)
    if "overlap" in on:
        value = value + lam.overlap * overlap(x, parameters)
    if "coverage" in on:
        value = value + lam.coverage * coverage(x, p, tau.coverage)
    if "separation" in on:
        value = value + lam.separation * separation(p, tau.separation)
    return value


def total_gradient(x, y, parameters, mask, lam=None, tau=None):
    """Return the gradient of `total`.

    Parameters
    ----------
    x, y : array_like, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.
    mask : str
        Which structural losses are on.
    lam : Lam, optional
        Weights; nominal if not given.
    tau : Tau, optional
        Temperatures; nominal if not given.

    Returns
    -------
    gradient : Parameters
        The derivative by w, b, v and c.
    """
    lam, tau, on = lam or Lam(), tau or Tau(), active(mask)
    p = prototypes(parameters)
    dw, db, dv, dc = fit_gradient(x, y, parameters)
    parts = []
    if "overlap" in on:
        parts.append((lam.overlap, overlap_gradient(x, parameters)))
    if "coverage" in on:
        dp = coverage_gradient(x, p, tau.coverage)
        parts.append((lam.coverage, through_prototypes(dp, parameters)))
    if "separation" in on:
        dp = separation_gradient(p, tau.separation)
        parts.append((lam.separation, through_prototypes(dp, parameters)))
    for weight, (by_w, by_b) in parts:
        dw, db = dw + weight * by_w, db + weight * by_b
    return Parameters(dw, db, dv, dc)
