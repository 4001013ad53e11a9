"""The gradient of the total, for eight runs at a time.

Every array is (neuron, run) or (sample, run) with eight runs. A variant of a part of the model or
of the total is one small function here and one line in a table; its parameters are a NamedTuple
whose class selects it while the training kernel is compiled.
"""

from typing import NamedTuple

import numpy as np

from gaussmlp.kernels.exponential import HIGHEST, exp_minus
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


class Gaussian(NamedTuple):
    """The activation ``h = exp(-z^2)``."""


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
    """The variant of each part of the model and of the total."""

    activation: NamedTuple
    overlap: NamedTuple
    coverage: NamedTuple
    separation: NamedTuple


class Samples(NamedTuple):
    """The samples of eight runs, (N, 8); if N is odd, a row more, to go through them in pairs."""

    x: np.ndarray
    """Inputs."""
    y: np.ndarray
    """Targets."""
    share: np.ndarray
    """``2 / N``, but 0 in the row that only completes a pair."""


class Work(NamedTuple):
    """Scratch arrays of eight runs, (N, 8)."""

    z: np.ndarray
    """Inputs of the activation for two samples, (2 N, 8)."""
    h: np.ndarray
    """Responses to two samples, (2 N, 8)."""
    dw: np.ndarray
    """Overlap's derivative by the input weights."""
    db: np.ndarray
    """Overlap's derivative by the biases."""
    p: np.ndarray
    """Prototypes."""
    dp: np.ndarray
    """Derivative of a structural loss by the prototypes."""
    upper: np.ndarray
    """Largest prototype up to each row."""
    lower: np.ndarray
    """Smallest prototype from each row on."""
    near: np.ndarray
    """Closeness of two samples to each prototype, (2 N, 8)."""


def work_for(n):
    """Allocate the scratch arrays for n neurons."""
    rows = (2 * n, 2 * n, n, n, n, n, n, n, 2 * n)
    return Work(*(np.empty((k, WIDTH)) for k in rows))


@inlined
def gaussian(activation, z):
    """Return the response ``exp(-z^2)``."""
    return exp_minus(z * z)


@inlined
def gaussian_slope(activation, z, h):
    """Return ``z h``."""
    return z * h


ACTIVATIONS = {Gaussian: gaussian}
ACTIVATION_SLOPES = {Gaussian: gaussian_slope}
SLOPE_FACTOR = -2.0


@chosen_by_type(ACTIVATIONS)
def respond(activation, z):
    """Return the response at z."""


@chosen_by_type(ACTIVATION_SLOPES)
def slope(activation, z, h):
    """Return the derivative of the response by z over `SLOPE_FACTOR`, where the response is h."""


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
    bound = lanes(-np.inf)
    for j in range(n):
        p_j = load(work.p, j)
        bound = where_less(bound, p_j, p_j, bound) + 0.0 * p_j
        store(work.upper, j, bound)
    bound = lanes(np.inf)
    for j in range(n - 1, -1, -1):
        p_j = load(work.p, j)
        bound = where_less(p_j, bound, p_j, bound) + 0.0 * p_j
        store(work.lower, j, bound)


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
    # rows before `left` lie left of the sample in every run, rows from `right` on lie right of it
    while left > 0 and not all_less(load(work.upper, left - 1), x_i):
        left -= 1
    while left < n and all_less(load(work.upper, left), x_i):
        left += 1
    while right < n and not all_less(x_i, load(work.lower, right)):
        right += 1
    while right > 0 and all_less(x_i, load(work.lower, right - 1)):
        right -= 1
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
    far = fma(tau, 1.001 * HIGHEST, nearest)
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
        closeness = exp_minus((square_to(p, j, x_i) - nearest) * scale)
        store(work.near, 2 * j, closeness)
        total = total + closeness
    share = weight / total
    for j in range(first, last):
        d = load(p, j) - x_i
        share_j = share * load_pair(work.near, 2 * j)
        store(work.dp, j, fma_rows(share_j, d, load(work.dp, j)))
    return first, left, right, last


@inlined
def soft_minimum(coverage, samples, work):
    """Add ``(2 lam / N) sum_i (p_j - x_i) q_ij``, q the softmax of ``-(x_i - p_j)^2 / tau``."""
    lam, tau = load(coverage.lam, 0), load(coverage.tau, 0)
    scale = 1.0 / tau
    window = (0, 0, 0, 0)
    for i in range(0, samples.x.shape[0], 2):
        weight = lam * load_pair(samples.share, i)
        window = soft_minimum_of(load_pair(samples.x, i), tau, scale, weight, window, work)


@inlined
def pushes(p_j, p_k, scale, weight):
    """Return ``weight (p_j - p_k) exp(-(p_j - p_k)^2 scale)``."""
    d = p_j - p_k
    exponent = d * d * scale
    # a weight that overflows must do the same whether a pair is passed over or not
    return where_less(HIGHEST, exponent, 0.0, weight * d * exp_minus(exponent))


@inlined
def squared_distance(separation, samples, work):
    """Add ``-4 lam / (tau N (N - 1)) sum_k (p_j - p_k) exp(-(p_j - p_k)^2 / tau)``."""
    p, dp, n = work.p, work.dp, work.p.shape[0]
    scale = 1.0 / load(separation.tau, 0)
    weight = load(separation.lam, 0) * (-4.0 / (n * (n - 1.0))) * scale
    last = 0
    for j in range(0, n - 1, 2):
        both = load_pair(p, j)
        push = pushes(load(p, j), load(p, j + 1), scale, weight)
        store(dp, j, load(dp, j) + push)
        store(dp, j + 1, load(dp, j + 1) - push)
        # rows from `last` on are too far right of both
        last = max(last, j + 2)
        while last < n and not too_far_right(both, load(work.lower, last), scale):
            last += 1
        while last > j + 2 and too_far_right(both, load(work.lower, last - 1), scale):
            last -= 1
        total = 0.0 * both
        for k in range(j + 2, last):
            push = pushes(both, load(p, k), scale, weight)
            total = total + push
            store(dp, k, add_rows(-push, load(dp, k)))
        store(dp, j, load_pair(dp, j) + total)


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
def add_pair(choices, samples, i, theta, gradient, work):
    """Add to the sums in `gradient` and `work` what the samples i and i + 1 give to them."""
    n = work.p.shape[0]
    x_i, share = load_pair(samples.x, i), load_pair(samples.share, i)
    total = 0.0 * x_i
    output = total + load(theta, 3 * n)
    for j in range(n):
        z = fma(load(theta, j), x_i, load(theta, n + j))
        h = respond(choices.activation, z)
        output = fma(load(theta, 2 * n + j), h, output)
        if choices.overlap.on:
            total = total + h
        store(work.z, 2 * j, z)
        store(work.h, 2 * j, h)
    residual = (output - load_pair(samples.y, i)) * share
    store(gradient, 3 * n, add_rows(residual, load(gradient, 3 * n)))
    for j in range(n):
        z, h = load_pair(work.z, 2 * j), load_pair(work.h, 2 * j)
        slope_j = slope(choices.activation, z, h)
        by_z = residual * slope_j
        store(gradient, j, fma_rows(by_z, x_i, load(gradient, j)))
        store(gradient, n + j, add_rows(by_z, load(gradient, n + j)))
        store(gradient, 2 * n + j, fma_rows(residual, h, load(gradient, 2 * n + j)))
        if choices.overlap.on:
            by_z = overlap_slope(choices.overlap, total, h) * share * slope_j
            store(work.dw, j, fma_rows(by_z, x_i, load(work.dw, j)))
            store(work.db, j, add_rows(by_z, load(work.db, j)))


@inlined
def fit_and_overlap(choices, samples, theta, gradient, work):
    """Fill `gradient` with the parts that come sample by sample, through the responses."""
    n = work.p.shape[0]
    for k in range(3 * n + 1):
        store(gradient, k, lanes(0.0))
    if choices.overlap.on:
        for j in range(n):
            store(work.dw, j, lanes(0.0))
            store(work.db, j, lanes(0.0))
    for i in range(0, samples.x.shape[0], 2):
        add_pair(choices, samples, i, theta, gradient, work)
    weight = load(choices.overlap.lam, 0) * (SLOPE_FACTOR / (n * (n - 1.0)))
    for j in range(n):
        # what depends on the neuron alone comes after the sums
        v = SLOPE_FACTOR * load(theta, 2 * n + j)
        by_w, by_b = v * load(gradient, j), v * load(gradient, n + j)
        if choices.overlap.on:
            by_w = fma(weight, load(work.dw, j), by_w)
            by_b = fma(weight, load(work.db, j), by_b)
        store(gradient, j, by_w)
        store(gradient, n + j, by_b)


@inlined
def through_prototypes(loss, samples, theta, gradient, work):
    """Add the part of a loss in the prototypes ``p = -b / w``, in the runs that have it."""
    n = work.p.shape[0]
    for j in range(n):
        store(work.dp, j, lanes(0.0))
    add_prototype_loss(loss, samples, work)
    off, lam = lanes(0.0), load(loss.lam, 0)
    for j in range(n):
        by_bias = -load(work.dp, j) / load(theta, j)
        weight, bias = load(gradient, j), load(gradient, n + j)
        store(gradient, j, where_less(off, lam, fma(by_bias, load(work.p, j), weight), weight))
        store(gradient, n + j, where_less(off, lam, bias + by_bias, bias))


@inlined
def total_gradient(choices, samples, theta, gradient, work):
    """Fill `gradient` with that of ``fit + lam (active losses)``; `work.p` must be up to date."""
    fit_and_overlap(choices, samples, theta, gradient, work)
    if choices.coverage.on or choices.separation.on:
        bound_prototypes(work)
    if choices.coverage.on:
        through_prototypes(choices.coverage, samples, theta, gradient, work)
    if choices.separation.on:
        through_prototypes(choices.separation, samples, theta, gradient, work)
