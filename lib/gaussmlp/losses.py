"""The losses in readable NumPy, with their gradients: the definitions, and their one registry.

Fit and overlap depend on the responses; coverage and separation on the prototypes alone. A value
and its gradient stand together; where M samples and N neurons meet, arrays are (M, N). Values take
complex arrays too (a minimum is chosen by the real part), so that each gradient can be checked by
the complex step. The compiled kernels are checked against these.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gaussmlp.arguments import word
from gaussmlp.model import Parameters, exponential, inputs, output, prototypes, responses


def fit(x, y, parameters):
    """Return the fit loss, ``mean_i (f(x_i) - y_i)^2``.

    Parameters
    ----------
    x, y : ndarray, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    float
        At least 0. `fit_gradient` returns its derivatives as Parameters.
    """
    return np.mean((output(x, parameters) - y) ** 2)


def fit_gradient(x, y, parameters):
    """Return the derivatives of `fit` by w, b, v and c, as Parameters."""
    h = responses(x, parameters.w, parameters.b)
    residual = 2.0 / len(x) * (output(x, parameters) - y)
    dw, db = _through_responses(x, parameters, residual[:, None] * parameters.v)
    return Parameters(dw, db, residual @ h, residual.sum())


def overlap(x, parameters):
    """Return the overlap, ``mean_i [ sum_{j != k} h_j(x_i) h_k(x_i) ] / (N (N - 1))``.

    Parameters
    ----------
    x : ndarray, shape (M,)
        Samples.
    parameters : Parameters
        Of N neurons, at least 2.

    Returns
    -------
    float
        In [0, 1]: the mean product of the responses of two different neurons. `overlap_gradient`
        returns its derivatives by w and b.
    """
    h = responses(x, parameters.w, parameters.b)
    # sum_{j != k} h_j h_k = (sum_j h_j)^2 - sum_j h_j^2 takes N terms in place of N^2
    return np.mean(h.sum(axis=1) ** 2 - (h**2).sum(axis=1)) / _count_pairs(parameters.w)


def overlap_gradient(x, parameters):
    """Return the derivatives of `overlap` by w and b."""
    h = responses(x, parameters.w, parameters.b)
    others = h.sum(axis=1, keepdims=True) - h
    return _through_responses(x, parameters, 2.0 / (len(x) * _count_pairs(parameters.w)) * others)


def _cosine(x, parameters):
    """Return the mean cosine of the responses of two neurons, as vectors over the samples.

    In [0, 1]. A neuron whose responses are shorter than 1e-100 is orthogonal to all.
    """
    unit, _ = _unit_responses(x, parameters)
    return ((unit.sum(axis=1) ** 2).sum() - (unit**2).sum()) / _count_pairs(parameters.w)


def _cosine_gradient(x, parameters):
    """Return its derivatives by w and b."""
    unit, inverse = _unit_responses(x, parameters)
    total = unit.sum(axis=1, keepdims=True)
    # moving a response vector along itself does not turn it
    turning = total - unit * (unit * total).sum(axis=0)
    return _through_responses(x, parameters, 2.0 / _count_pairs(parameters.w) * inverse * turning)


def coverage(x, p, tau):
    """Return the coverage, ``mean_i [ -tau log sum_j exp(-(x_i - p_j)^2 / tau) ]``.

    Parameters
    ----------
    x : ndarray, shape (M,)
        Samples.
    p : ndarray, shape (N,)
        Prototypes.
    tau : float
        Temperature, above 0. As it goes to 0 the loss becomes the "hard minimum".

    Returns
    -------
    float
        At least ``-tau log N``. `coverage_gradient` returns its derivative by the prototypes,
        ``(2 / M) sum_i (p_j - x_i) q_ij``, where ``q_ij``, the softmax of ``-(x_i - p_j)^2 / tau``
        over j, is prototype j's share of sample i.
    """
    square = np.subtract.outer(x, p) ** 2
    nearest = _nearest(square)
    total = exponential((nearest[:, None] - square) / tau).sum(axis=1)
    return np.mean(nearest - tau * np.log(total))


def coverage_gradient(x, p, tau):
    """Return the derivative of `coverage` by the prototypes."""
    difference = np.subtract.outer(x, p)
    square = difference**2
    share = exponential((square.min(axis=1, keepdims=True) - square) / tau)
    share /= share.sum(axis=1, keepdims=True)
    return -2.0 / len(x) * (difference * share).sum(axis=0)


def _two_sided(x, p, tau):
    """Return the coverage, and the mean squared distance of a prototype to its nearest sample."""
    return coverage(x, p, tau) + np.mean(_nearest(np.subtract.outer(p, x) ** 2))


def _two_sided_gradient(x, p, tau):
    """Return its derivative by the prototypes."""
    off = np.subtract.outer(p, x)
    return (
        coverage_gradient(x, p, tau)
        + 2.0 / len(p) * off[np.arange(len(p)), np.abs(off).argmin(axis=1)]
    )


def _hard(x, p, tau):
    """Return the mean squared distance of a sample to its nearest prototype."""
    return np.mean(_nearest(np.subtract.outer(x, p) ** 2))


def _hard_gradient(x, p, tau):
    """Return its derivative by the prototypes.

    ``(2 / M) sum_i (p_j - x_i)`` over the samples whose nearest prototype is j.
    """
    difference = np.subtract.outer(x, p)
    mine = np.zeros_like(difference)
    mine[np.arange(len(x)), np.abs(difference).argmin(axis=1)] = 1.0
    return -2.0 / len(x) * (difference * mine).sum(axis=0)


def pairs(x, p, tau=None):
    """Return the mean squared distance of each sample to its prototype, ``mean_j (x_j - p_j)^2``.

    Parameters
    ----------
    x, p : ndarray, shape (N,)
        Prototypes, and the sample that each is paired with (`gaussmlp.training.paired_samples`).
    tau : None
        Not used: a coverage of one to one has no temperature.

    Returns
    -------
    float
        At least 0. `pairs_gradient` returns its derivative by the prototypes.
    """
    return np.mean((x - p) ** 2)


def pairs_gradient(x, p, tau=None):
    """Return the derivative of `pairs` by the prototypes, ``(2 / N) (p_j - x_j)``."""
    return 2.0 / len(p) * (p - x)


def _log(x, parameters):
    """Return the coverage over the responses, ``mean_i [ -log(sum_j h_j(x_i) + 1e-12) ]``.

    At most 27.7: 1e-12 keeps it finite where no neuron responds, and its derivative 0.
    """
    h = responses(x, parameters.w, parameters.b)
    return -np.mean(np.log(h.sum(axis=1) + 1e-12))


def _log_gradient(x, parameters):
    """Return its derivatives by w and b."""
    h = responses(x, parameters.w, parameters.b)
    total = h.sum(axis=1, keepdims=True) + 1e-12
    return _through_responses(x, parameters, -1.0 / (len(x) * total))


def separation(p, tau):
    """Return the separation, ``sum_{j != k} exp(-(p_j - p_k)^2 / tau) / (N (N - 1))``.

    Parameters
    ----------
    p : ndarray, shape (N,)
        Prototypes, at least 2.
    tau : float
        Temperature, above 0: prototypes closer than about ``sqrt(tau)`` repel each other.

    Returns
    -------
    float
        In [0, 1]. `separation_gradient` returns its derivative by the prototypes,
        ``-4 / (tau N (N - 1)) sum_k (p_j - p_k) exp(-(p_j - p_k)^2 / tau)``.
    """
    closeness = exponential(-(np.subtract.outer(p, p) ** 2) / tau)
    return (closeness.sum() - len(p)) / _count_pairs(p)


def separation_gradient(p, tau):
    """Return the derivative of `separation` by the prototypes."""
    difference = np.subtract.outer(p, p)
    push = difference * exponential(-(difference**2) / tau)
    return -4.0 / (tau * _count_pairs(p)) * push.sum(axis=1)


def _distance(p, tau):
    """Return ``sum_{j != k} exp(-|p_j - p_k| / sqrt(tau)) / (N (N - 1))``.

    In [0, 1]. The root of the temperature keeps the range of `separation`.
    """
    difference = np.subtract.outer(p, p)
    apart = np.where(difference.real < 0, -difference, difference)
    return (exponential(-apart / np.sqrt(tau)).sum() - len(p)) / _count_pairs(p)


def _distance_gradient(p, tau):
    """Return its derivative by the prototypes, 0 between prototypes that coincide."""
    difference, root = np.subtract.outer(p, p), np.sqrt(tau)
    push = np.sign(difference) * exponential(-np.abs(difference) / root)
    return -2.0 / (root * _count_pairs(p)) * push.sum(axis=1)


@dataclass(frozen=True)
class Loss:
    """A structural loss: the one value that the protocol, the NumPy total and the kernel read."""

    name: str
    """The word for it in ``Protocol.formulas``."""
    slot: str
    """The loss of the abstract that it is a formula of: overlap, coverage or separation."""
    over: str
    """``responses``: `value` and `gradient` take ``(x, parameters)``; ``prototypes``: they take
    ``(x, p, tau)`` as a coverage and ``(p, tau)`` as a separation. An overlap is over the
    responses, a separation over the prototypes, a coverage over either."""
    value: Callable
    """The definition, a float."""
    gradient: Callable
    """Its derivatives by w and b, or its derivative by the prototypes."""
    kernel: str | type
    """The class of its parameters, which selects its compiled code: its name in
    `gaussmlp.kernels`, which is not imported here, or the class that `gaussmlp.study.own` makes."""
    pairing: str | None = None
    """How a coverage pairs samples and neurons at the start, ``sorted`` or ``random``
    (`gaussmlp.training.paired_samples`); its value takes the sample of each neuron as x."""

    def __post_init__(self):
        allowed = {"overlap": ("responses",), "separation": ("prototypes",)}
        word("slot", self.slot, ("overlap", "coverage", "separation"))
        word("over", self.over, allowed.get(self.slot, ("responses", "prototypes")))

    def __call__(self, x, parameters, tau):
        """Return the value of the loss for a network."""
        return self.value(*self._arguments(x, parameters, tau))

    def by_weights(self, x, parameters, tau):
        """Return the loss's derivatives by w and b, each of shape (N,)."""
        gradient = self.gradient(*self._arguments(x, parameters, tau))
        if self.over == "responses":
            return gradient
        # p = -b / w, so dp / dw = -p / w and dp / db = -1 / w
        db = -gradient / parameters.w
        return db * prototypes(parameters), db

    def _arguments(self, x, parameters, tau):
        if self.over == "responses":
            return x, parameters
        p = prototypes(parameters)
        return (x, p, tau) if self.slot == "coverage" else (p, tau)


_COVERAGE, _SEPARATION = ("coverage", "prototypes"), ("separation", "prototypes")


LOSSES = {
    loss.name: loss
    for loss in (
        Loss("products", "overlap", "responses", overlap, overlap_gradient, "ResponseProducts"),
        Loss("cosine", "overlap", "responses", _cosine, _cosine_gradient, "Cosine"),
        Loss("soft minimum", *_COVERAGE, coverage, coverage_gradient, "SoftMinimum"),
        Loss("hard minimum", *_COVERAGE, _hard, _hard_gradient, "HardMinimum"),
        Loss("two-sided", *_COVERAGE, _two_sided, _two_sided_gradient, "TwoSided"),
        Loss("one-to-one", *_COVERAGE, pairs, pairs_gradient, "Pairs", "sorted"),
        Loss("random pairing", *_COVERAGE, pairs, pairs_gradient, "Pairs", "random"),
        Loss("log response", "coverage", "responses", _log, _log_gradient, "LogResponse"),
        Loss("squared distance", *_SEPARATION, separation, separation_gradient, "SquaredDistance"),
        Loss("distance", *_SEPARATION, _distance, _distance_gradient, "Distance"),
    )
}
"""The registry: every structural loss by its name, nominal ones first in their slot."""


def total(x, y, parameters, protocol, mask, paired=None):
    """Return the total, ``fit + sum lam loss`` over the losses that a mask turns on.

    Parameters
    ----------
    x, y : ndarray, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.
    protocol : Protocol
        Its formulas, weights and temperatures are used.
    mask : str
        Which structural losses are on.
    paired : ndarray, shape (N,), optional
        The sample of each neuron, for a coverage that pairs them; left out, `x` in its own order.

    Returns
    -------
    float
        `total_gradient` returns its derivatives as Parameters.
    """
    value = fit(x, y, parameters)
    for lam, tau, loss in protocol.parts(mask):
        value = value + lam * loss(_taken(loss, x, paired), parameters, tau)
    return value


def total_gradient(x, y, parameters, protocol, mask, paired=None):
    """Return the derivatives of `total` by w, b, v and c, as Parameters."""
    dw, db, dv, dc = fit_gradient(x, y, parameters)
    for lam, tau, loss in protocol.parts(mask):
        by_w, by_b = loss.by_weights(_taken(loss, x, paired), parameters, tau)
        dw, db = dw + lam * by_w, db + lam * by_b
    return Parameters(dw, db, dv, dc)


def _taken(loss, x, paired):
    return x if loss.pairing is None or paired is None else paired


def _count_pairs(neurons):
    return len(neurons) * (len(neurons) - 1)


def _nearest(square):
    return square[np.arange(len(square)), square.real.argmin(axis=1)]


def _through_responses(x, parameters, by_h):
    # h = exp(-z^2), so dh / dz = -2 z h
    z = inputs(x, parameters.w, parameters.b)
    by_z = by_h * (-2.0 * z * exponential(-(z**2)))
    return x @ by_z, by_z.sum(axis=0)


def _unit_responses(x, parameters):
    h = responses(x, parameters.w, parameters.b)
    square = (h**2).sum(axis=0)
    silent = square.real < 1e-200  # below, squares lose digits
    inverse = np.where(silent, 0.0, 1.0 / np.sqrt(np.where(silent, 1.0, square)))
    return h * inverse, inverse
