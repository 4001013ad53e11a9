"""The four losses in readable NumPy, with their gradients: the definitions.

Fit and overlap depend on the responses; coverage and separation on the prototypes alone. The values
take complex arrays too (a minimum is chosen by the real part), so that each gradient can be checked
by the complex step. The compiled kernels are checked against these. What is no such argument raises
ValueError, as in `gaussmlp.model`; so does a single neuron where a loss is of pairs.
"""

import numpy as np

from gaussmlp.model import (
    checked,
    exponential,
    output,
    pairs,
    prototypes,
    responses,
    through_prototypes,
)
from gaussmlp.protocol import Protocol, Tau, active
from gaussmlp.start import Parameters


@checked
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


@checked
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
    by_z = residual[:, None] * v * (-2.0 * (pairs(np.multiply, x, w) + b) * h)
    return Parameters(x @ by_z, by_z.sum(axis=0), residual @ h, residual.sum())


@checked
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
    _make_pairs("parameters", parameters.w)
    h = responses(x, parameters.w, parameters.b)
    n = h.shape[1]
    # sum_{j != k} h_j h_k = (sum_j h_j)^2 - sum_j h_j^2 takes N terms in place of N^2
    return np.mean(h.sum(axis=1) ** 2 - (h**2).sum(axis=1)) / (n * (n - 1))


@checked
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
    _make_pairs("parameters", parameters.w)
    w, b, _, _ = parameters
    h = responses(x, w, b)
    n = h.shape[1]
    by_h = 2.0 / (len(x) * n * (n - 1)) * (h.sum(axis=1, keepdims=True) - h)
    by_z = by_h * (-2.0 * (pairs(np.multiply, x, w) + b) * h)
    return x @ by_z, by_z.sum(axis=0)


@checked
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
    square = pairs(np.subtract, x, p) ** 2
    nearest = square[np.arange(len(x)), square.real.argmin(axis=1)]
    total = exponential((nearest[:, None] - square) / tau).sum(axis=1)
    return np.mean(nearest - tau * np.log(total))


@checked
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
    difference = pairs(np.subtract, x, p)
    square = difference**2
    share = exponential((square.min(axis=1, keepdims=True) - square) / tau)
    share /= share.sum(axis=1, keepdims=True)
    return -2.0 / len(x) * (difference * share).sum(axis=0)


@checked
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
    _make_pairs("p", p)
    n = len(p)
    closeness = exponential(-(pairs(np.subtract, p, p) ** 2) / tau)
    return (closeness.sum() - n) / (n * (n - 1))


@checked
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
    _make_pairs("p", p)
    n = len(p)
    difference = pairs(np.subtract, p, p)
    push = difference * exponential(-(difference**2) / tau)
    return -4.0 / (tau * n * (n - 1)) * push.sum(axis=1)


@checked
def cosine_overlap(x, parameters):
    """Return the mean cosine of the responses of two neurons, as vectors over the samples.

    Parameters
    ----------
    x : array_like, shape (M,)
        Samples.
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    float
        In [0, 1]. A neuron whose responses are shorter than 1e-100 is orthogonal to all.
    """
    _make_pairs("parameters", parameters.w)
    unit, _ = _unit_responses(x, parameters)
    n = unit.shape[1]
    return ((unit.sum(axis=1) ** 2).sum() - (unit**2).sum()) / (n * (n - 1))


@checked
def cosine_overlap_gradient(x, parameters):
    """Return the derivatives of `cosine_overlap` by w and b.

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
    _make_pairs("parameters", parameters.w)
    unit, inverse = _unit_responses(x, parameters)
    n, total = unit.shape[1], unit.sum(axis=1, keepdims=True)
    # moving a response vector along itself does not turn it
    turning = total - unit * (unit * total).sum(axis=0)
    return _through_responses(x, parameters, 2.0 / (n * (n - 1)) * inverse * turning)


def _unit_responses(x, parameters):
    h = responses(x, parameters.w, parameters.b)
    square = (h**2).sum(axis=0)
    silent = square.real < 1e-200  # below, squares lose digits
    inverse = np.where(silent, 0.0, 1.0 / np.sqrt(np.where(silent, 1.0, square)))
    return h * inverse, inverse


def _through_responses(x, parameters, by_h):
    w, b, _, _ = parameters
    z = pairs(np.multiply, x, w) + b
    by_z = by_h * (-2.0 * z * responses(x, w, b))
    return x @ by_z, by_z.sum(axis=0)


@checked
def log_response_coverage(x, parameters):
    """Return the coverage in the responses, ``mean_i [ -log(sum_j h_j(x_i) + 1e-12) ]``.

    Parameters
    ----------
    x : array_like, shape (M,)
        Samples.
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    float
        At most 27.7: 1e-12 keeps it finite where no neuron responds, and its derivative 0.
    """
    h = responses(x, parameters.w, parameters.b)
    return -np.mean(np.log(h.sum(axis=1) + 1e-12))


@checked
def log_response_coverage_gradient(x, parameters):
    """Return the derivatives of `log_response_coverage` by w and b.

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
    h = responses(x, parameters.w, parameters.b)
    by_h = -1.0 / (len(x) * (h.sum(axis=1, keepdims=True) + 1e-12))
    return _through_responses(x, parameters, by_h)


@checked
def hard_coverage(x, p, tau=1.0):
    """Return the mean squared distance of a sample to its nearest prototype.

    Parameters
    ----------
    x : array_like, shape (M,)
        Samples.
    p : array_like, shape (N,)
        Prototypes.
    tau : float, optional
        Not used.

    Returns
    -------
    float
        At least 0.
    """
    square = pairs(np.subtract, x, p) ** 2
    return np.mean(square[np.arange(len(x)), square.real.argmin(axis=1)])


@checked
def hard_coverage_gradient(x, p, tau=1.0):
    """Return the derivative of `hard_coverage` by the prototypes.

    Parameters
    ----------
    x : array_like, shape (M,)
        Samples.
    p : array_like, shape (N,)
        Prototypes.
    tau : float, optional
        Not used.

    Returns
    -------
    ndarray, shape (N,)
        ``(2 / M) sum_i (p_j - x_i)`` over the samples whose nearest prototype is j.
    """
    difference = pairs(np.subtract, x, p)
    mine = np.zeros_like(difference)
    mine[np.arange(len(x)), np.abs(difference).argmin(axis=1)] = 1.0
    return -2.0 / len(x) * (difference * mine).sum(axis=0)


@checked
def distance_separation(p, tau=Tau().separation):
    """Return ``sum_{j != k} exp(-|p_j - p_k| / sqrt(tau)) / (N (N - 1))``.

    Parameters
    ----------
    p : array_like, shape (N,)
        Prototypes.
    tau : float
        Temperature, above 0; its root keeps the reach of `separation`.

    Returns
    -------
    float
        In [0, 1].
    """
    _make_pairs("p", p)
    n, difference = len(p), pairs(np.subtract, p, p)
    apart = np.where(difference.real < 0, -difference, difference)
    return (exponential(-apart / np.sqrt(tau)).sum() - n) / (n * (n - 1))


@checked
def distance_separation_gradient(p, tau=Tau().separation):
    """Return the derivative of `distance_separation` by the prototypes.

    Parameters
    ----------
    p : array_like, shape (N,)
        Prototypes.
    tau : float
        Temperature, above 0.

    Returns
    -------
    ndarray, shape (N,)
        0 between prototypes that coincide.
    """
    _make_pairs("p", p)
    n, difference, reach = len(p), pairs(np.subtract, p, p), np.sqrt(tau)
    push = np.sign(difference) * exponential(-np.abs(difference) / reach)
    return -2.0 / (reach * n * (n - 1)) * push.sum(axis=1)


FORMULAS = {
    "products": (overlap, overlap_gradient, False),
    "cosine": (cosine_overlap, cosine_overlap_gradient, False),
    "soft minimum": (coverage, coverage_gradient, True),
    "hard minimum": (hard_coverage, hard_coverage_gradient, True),
    "log response": (log_response_coverage, log_response_coverage_gradient, False),
    "squared distance": (separation, separation_gradient, True),
    "distance": (distance_separation, distance_separation_gradient, True),
}
"""From the name of a formula: the loss, its gradient, whether it is one of the prototypes alone."""


def total(x, y, parameters, mask, lam=None, tau=None, formulas=None):
    """Return the total, ``fit + lam (the active structural losses)``.

    Parameters
    ----------
    x, y : array_like, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.
    mask : str
        Which structural losses are on.
    lam, tau, formulas : optional
        As for `Protocol`; nominal if not given.

    Returns
    -------
    float
    """
    chosen = nominal_or(lam=lam, tau=tau, formulas=formulas)
    value = fit(x, y, parameters)
    for name in active(mask):
        loss, _, in_prototypes = FORMULAS[getattr(chosen.formulas, name)]
        if not in_prototypes:
            part = loss(x, parameters)
        else:
            part = loss(*_arguments(name, x, parameters), getattr(chosen.tau, name))
        value = value + getattr(chosen.lam, name) * part
    return value


def total_gradient(x, y, parameters, mask, lam=None, tau=None, formulas=None):
    """Return the gradient of `total`.

    Parameters
    ----------
    x, y : array_like, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.
    mask : str
        Which structural losses are on.
    lam, tau, formulas : optional
        As for `Protocol`; nominal if not given.

    Returns
    -------
    gradient : Parameters
        The derivative by w, b, v and c.
    """
    chosen = nominal_or(lam=lam, tau=tau, formulas=formulas)
    dw, db, dv, dc = fit_gradient(x, y, parameters)
    for name in active(mask):
        _, gradient, in_prototypes = FORMULAS[getattr(chosen.formulas, name)]
        if not in_prototypes:
            by_w, by_b = gradient(x, parameters)
        else:
            by_p = gradient(*_arguments(name, x, parameters), getattr(chosen.tau, name))
            by_w, by_b = through_prototypes(by_p, parameters)
        weight = getattr(chosen.lam, name)
        dw, db = dw + weight * by_w, db + weight * by_b
    return Parameters(dw, db, dv, dc)


def nominal_or(**given):
    """Return the nominal protocol with those choices that are given.

    Parameters
    ----------
    **given
        Fields of `Protocol`; those that are None stay nominal.

    Returns
    -------
    Protocol
    """
    return Protocol().but({name: value for name, value in given.items() if value is not None})


def _arguments(name, x, parameters):
    p = prototypes(parameters)
    if name != "separation":
        return x, p
    _make_pairs("parameters", p)
    return (p,)


def _make_pairs(name, neurons):
    # a mean over no pairs is not a number
    if len(neurons) < 2:
        raise ValueError(f"{name} must be of at least 2 neurons, which make a pair; got 1")
