"""The gradient of the total, for eight runs at a time.

Every array is (neuron, run) or (sample, run) with eight runs. A variant of a part of the model or
of the total is one small function here and one line in a table; its parameters are a NamedTuple
whose class selects it while the training kernel is compiled.
"""

from typing import NamedTuple

import numpy as np

from gaussmlp.kernels.exponential import HIGHEST, LOG2_E, SQRT_LOG2_E, exp2_minus
from gaussmlp.kernels.jit import chosen_by_type, inlined
from gaussmlp.kernels.lanes import (
    WIDTH,
    add_rows,
    all_less,
    fma,
    fma_rows,
    lanes,
    load,
    load_pair,
    store,
    where_less,
)


class ResponseProducts(NamedTuple):
    """Overlap: the mean product of the responses of two neurons."""

    on: bool
    """Whether any of the runs has it."""
    lam: np.ndarray
    """Weight in the total, 0 in a run that does not have it, (1, 8)."""


class SoftMinimum(NamedTuple):
    """Coverage: the soft minimum of a sample's squared distances to the prototypes."""

    on: bool
    lam: np.ndarray
    tau: np.ndarray


class SquaredDistance(NamedTuple):
    """Separation: the mean of ``exp(-distance^2 / tau)`` over pairs of prototypes."""

    on: bool
    lam: np.ndarray
    tau: np.ndarray


class Choices(NamedTuple):
    """The variant of each structural loss."""

    overlap: NamedTuple
    coverage: NamedTuple
    separation: NamedTuple


class Samples(NamedTuple):
    """The samples of eight runs, (N, 8); if N is odd, a row more, to go through them in pairs."""

    x: np.ndarray
    """Inputs, ascending."""
    y: np.ndarray
    """Targets."""
    share: np.ndarray
    """``2 / N``, but 0 in the row that only completes a pair."""


class Work(NamedTuple):
    """Scratch arrays of eight runs, (N, 8)."""

    scaled: np.ndarray
    """Input weights and biases for powers of two, (2 N, 8)."""
    h: np.ndarray
    """Responses to two samples, (2 N, 8)."""
    moments: np.ndarray
    """Moments of overlap's derivative by the responses, (3 N, 8)."""
    p: np.ndarray
    """Prototypes."""
    dp: np.ndarray
    """Derivative of a structural loss by the prototypes."""
    by_p: np.ndarray
    """Derivative of all structural losses by the prototypes."""
    upper: np.ndarray
    """Largest prototype up to each row."""
    lower: np.ndarray
    """Smallest prototype from each row on."""
    near: np.ndarray
    """Closeness of two samples to each prototype, (2 N, 8)."""


def work_for(n):
    """Allocate the scratch arrays for n neurons."""
    rows = (2 * n, 2 * n, 3 * n, n, n, n, n, n, 2 * n)
    return Work(*(np.empty((k, WIDTH)) for k in rows))


@inlined
def response_products(overlap, total, h):
    """Return ``sum_k h_k - h_j``."""
    return total - h


OVERLAPS = {ResponseProducts: response_products}


@chosen_by_type(OVERLAPS)
def overlap_slope(overlap, total, h):
    """Return overlap's derivative by the response h to one sample, over ``2 / (N N (N - 1))``."""


@inlined
def bound_prototypes(work):
    """Fill `upper` with the largest prototype up to each row, `lower` with the smallest from it on.

    A value that is not finite makes all that depend on it not a number.
    """
    n = work.p.shape[0]
    bound, zero = lanes(-np.inf), lanes(0.0)
    for j in range(n):
        p_j = load(work.p, j)
        bound, zero = where_less(bound, p_j, p_j, bound), fma(p_j, 0.0, zero)
        store(work.upper, j, bound + zero)
    bound, zero = lanes(np.inf), lanes(0.0)
    for j in range(n - 1, -1, -1):
        p_j = load(work.p, j)
        bound, zero = where_less(p_j, bound, p_j, bound), fma(p_j, 0.0, zero)
        store(work.lower, j, bound + zero)


@inlined
def square_to(rows, j, x_i):
    """Return the squared distance of a row to a sample."""
    d = load(rows, j) - x_i
    return d * d


@inlined
def soft_minimum_of(x_i, tau, scale, weight, window, work):
    """Do as `soft_minimum` for two samples; return the window for the next."""
    first, left, right, last = window
    p, n = work.p, work.p.shape[0]
    # Rows before `left` lie left of the sample in every run, rows from `right` on lie right of it:
    # both only grow from one sample to the next.
    while left < n and all_less(load(work.upper, left), x_i):
        left += 1
    while right < n and not all_less(x_i, load(work.lower, right)):
        right += 1
    nearest = np.inf + 0.0 * x_i
    if left > 0:
        nearest = square_to(work.upper, left - 1, x_i)
    if right < n:
        square = square_to(work.lower, right, x_i)
        nearest = where_less(square, nearest, square, nearest)
    for j in range(left, right):
        square = square_to(p, j, x_i)
        nearest = where_less(square, nearest, square, nearest)
    # beyond this square the exponent is above 708, since rounding keeps an order
    far = fma(tau, 709.0, nearest)
    far = where_less(HIGHEST, (far - nearest) * scale, far, np.inf)
    # only rows from `first` to `last` have a share in any run
    first, last = min(first, left), max(last, right)
    while first > 0 and not all_less(far, square_to(work.upper, first - 1, x_i)):
        first -= 1
    while first < left and all_less(far, square_to(work.upper, first, x_i)):
        first += 1
    while last < n and not all_less(far, square_to(work.lower, last, x_i)):
        last += 1
    while last > right and all_less(far, square_to(work.lower, last - 1, x_i)):
        last -= 1
    total = 0.0 * x_i
    for j in range(first, last):
        closeness = exp2_minus((square_to(p, j, x_i) - nearest) * scale)
        store(work.near, 2 * j, closeness)
        total = total + closeness
    share = weight / total
    for j in range(first, last):
        pull = share * load_pair(work.near, 2 * j)
        store(work.dp, j, fma_rows(pull, load(p, j) - x_i, load(work.dp, j)))
    return first, left, right, last


@inlined
def soft_minimum(coverage, samples, work):
    """Add ``(2 lam / N) sum_i (p_j - x_i) q_ij``, q the softmax of ``-(x_i - p_j)^2 / tau``."""
    lam, tau = load(coverage.lam, 0), load(coverage.tau, 0)
    scale = LOG2_E / tau
    window = (0, 0, 0, 0)
    for i in range(0, samples.x.shape[0], 2):
        weight = lam * load_pair(samples.share, i)
        window = soft_minimum_of(load_pair(samples.x, i), tau, scale, weight, window, work)


@inlined
def push(p_j, p_k, scale):
    """Return ``(p_j - p_k) 2^-((p_j - p_k)^2 scale)``."""
    d = p_j - p_k
    return d * exp2_minus(d * d * scale)


@inlined
def squared_distance(separation, samples, work):
    """Add ``-4 lam / (tau N (N - 1)) sum_k (p_j - p_k) exp(-(p_j - p_k)^2 / tau)``."""
    p, dp, n = work.p, work.dp, work.p.shape[0]
    tau = load(separation.tau, 0)
    scale = LOG2_E / tau
    last = 0
    for j in range(0, n - 1, 2):
        both = load_pair(p, j)
        between = push(load(p, j), load(p, j + 1), scale)
        store(dp, j, load(dp, j) + between)
        store(dp, j + 1, load(dp, j + 1) - between)
        # rows from `last` on are too far right of both
        last = max(last, j + 2)
        while last < n and not too_far_right(both, load(work.lower, last), scale):
            last += 1
        while last > j + 2 and too_far_right(both, load(work.lower, last - 1), scale):
            last -= 1
        total = 0.0 * both
        for k in range(j + 2, last):
            pushed = push(both, load(p, k), scale)
            total = total + pushed
            store(dp, k, add_rows(-pushed, load(dp, k)))
        store(dp, j, load_pair(dp, j) + total)
    weight = load(separation.lam, 0) * (-4.0 / (n * (n - 1.0))) / tau
    for j in range(n):
        # where nothing pushes, a weight that overflows must not make it not a number
        total = load(dp, j)
        pushed = weight * total
        store(dp, j, where_less(0.0, total, pushed, where_less(total, 0.0, pushed, 0.0)))


@inlined
def too_far_right(p_j, p_k, scale):
    """Return whether, in every run, ``p_k > p_j`` and they have no part in separation."""
    d = p_j - p_k
    return all_less(p_j, p_k) and all_less(HIGHEST, d * d * scale)


PROTOTYPE_LOSSES = {SoftMinimum: soft_minimum, SquaredDistance: squared_distance}


@chosen_by_type(PROTOTYPE_LOSSES)
def add_prototype_loss(loss, samples, work):
    """Add a structural loss's derivative by the prototypes to `work.dp`."""


@inlined
def place_prototypes(theta, p):
    """Fill `p` with the prototypes ``-b / w``."""
    n = p.shape[0]
    for j in range(n):
        store(p, j, -load(theta, n + j) / load(theta, j))


@inlined
def add_moments(moments, j, n, h, by_h, x_by_h, xx_by_h):
    """Add ``by_h h``, ``x by_h h`` and ``x^2 by_h h`` of two samples to the sums of neuron j."""
    store(moments, j, fma_rows(xx_by_h, h, load(moments, j)))
    store(moments, n + j, fma_rows(x_by_h, h, load(moments, n + j)))
    store(moments, 2 * n + j, fma_rows(by_h, h, load(moments, 2 * n + j)))


@inlined
def add_pair(choices, samples, i, theta, gradient, work):
    """Add to the sums in `gradient` and `work` what the samples i and i + 1 give to them."""
    n = work.p.shape[0]
    x_i, share = load_pair(samples.x, i), load_pair(samples.share, i)
    total = 0.0 * x_i
    output = total + load(theta, 3 * n)
    for j in range(n):
        z = fma(load(work.scaled, j), x_i, load(work.scaled, n + j))
        h = exp2_minus(z * z)
        output = fma(load(theta, 2 * n + j), h, output)
        if choices.overlap.on:
            total = total + h
        store(work.h, 2 * j, h)
    residual = (output - load_pair(samples.y, i)) * share
    store(gradient, 3 * n, add_rows(residual, load(gradient, 3 * n)))
    x_residual, x_share = x_i * residual, x_i * share
    xx_residual, xx_share = x_i * x_residual, x_i * x_share
    for j in range(n):
        h = load_pair(work.h, 2 * j)
        add_moments(gradient, j, n, h, residual, x_residual, xx_residual)
        if choices.overlap.on:
            by_h = h * overlap_slope(choices.overlap, total, h)
            add_moments(work.moments, j, n, by_h, share, x_share, xx_share)


@inlined
def fit_and_overlap(choices, samples, theta, gradient, work):
    """Fill `gradient` with the parts that come sample by sample, through the responses.

    With ``z = w x + b`` and ``dh/dz = -2 z h``, the derivatives by w and b are sums over the
    samples of ``x z`` and ``z`` times ``r h``, so that ``sum r h``, which is the derivative by v,
    ``sum x r h`` and ``sum x^2 r h`` give all three.
    """
    n = work.p.shape[0]
    for k in range(2 * n):
        store(work.scaled, k, SQRT_LOG2_E * load(theta, k))
    for k in range(3 * n + 1):
        store(gradient, k, lanes(0.0))
    if choices.overlap.on:
        for k in range(3 * n):
            store(work.moments, k, lanes(0.0))
    for i in range(0, samples.x.shape[0], 2):
        add_pair(choices, samples, i, theta, gradient, work)
    weight = load(choices.overlap.lam, 0) * (-2.0 / (n * (n - 1.0)))
    for j in range(n):
        w, b, v = load(theta, j), load(theta, n + j), -2.0 * load(theta, 2 * n + j)
        by_w = v * from_moments(gradient, j, w, b)
        by_b = v * from_moments(gradient, n + j, w, b)
        if choices.overlap.on:
            by_w = fma(weight, from_moments(work.moments, j, w, b), by_w)
            by_b = fma(weight, from_moments(work.moments, n + j, w, b), by_b)
        store(gradient, j, by_w)
        store(gradient, n + j, by_b)


@inlined
def from_moments(moments, k, w, b):
    """Return ``w`` times moment `k` plus ``b`` times the next lower one of the same neuron."""
    return fma(w, load(moments, k), b * load(moments, k + moments.shape[0] // 3))


@inlined
def add_in_prototypes(loss, samples, work):
    """Add a loss's derivative by the prototypes to `work.by_p`, in the runs that have it."""
    n = work.p.shape[0]
    for j in range(n):
        store(work.dp, j, lanes(0.0))
    add_prototype_loss(loss, samples, work)
    lam = load(loss.lam, 0)
    for j in range(n):
        store(work.by_p, j, load(work.by_p, j) + where_less(0.0, lam, load(work.dp, j), 0.0))


@inlined
def through_prototypes(choices, theta, gradient, work):
    """Add the parts in the prototypes ``p = -b / w``, in the runs that have any."""
    n = work.p.shape[0]
    lam = load(choices.coverage.lam, 0) + load(choices.separation.lam, 0)
    for j in range(n):
        by_bias = -load(work.by_p, j) / load(theta, j)
        weight, bias = load(gradient, j), load(gradient, n + j)
        store(gradient, j, where_less(0.0, lam, fma(by_bias, load(work.p, j), weight), weight))
        store(gradient, n + j, where_less(0.0, lam, bias + by_bias, bias))


@inlined
def total_gradient(choices, samples, theta, gradient, work):
    """Fill `gradient` with that of ``fit + lam (active losses)``; `work.p` must be up to date."""
    fit_and_overlap(choices, samples, theta, gradient, work)
    if not (choices.coverage.on or choices.separation.on):
        return
    bound_prototypes(work)
    for j in range(work.p.shape[0]):
        store(work.by_p, j, lanes(0.0))
    if choices.coverage.on:
        add_in_prototypes(choices.coverage, samples, work)
    if choices.separation.on:
        add_in_prototypes(choices.separation, samples, work)
    through_prototypes(choices, theta, gradient, work)
