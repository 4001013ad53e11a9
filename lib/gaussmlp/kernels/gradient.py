"""The gradient of the total, for eight runs at a time.

Every array is (neuron, run) or (sample, run) with eight runs. A variant of a part of the model or
of the total is one small function here and one line in a table; its parameters are a NamedTuple
whose class selects it while the training kernel is compiled.
"""

from typing import NamedTuple

import numpy as np

from gaussmlp.kernels.exponential import LOWEST, exp
from gaussmlp.kernels.jit import chosen_by_type, inlined
from gaussmlp.kernels.lanes import WIDTH, all_less, fma, lanes, load, store, where_less


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


class Work(NamedTuple):
    """Scratch arrays of eight runs, (N, 8)."""

    z: np.ndarray
    """Inputs of the activation, for one sample."""
    h: np.ndarray
    """Responses to one sample."""
    p: np.ndarray
    """Prototypes."""
    dp: np.ndarray
    """Derivative of a structural loss by the prototypes."""
    near: np.ndarray
    """Closeness of a sample to each prototype."""
    rows: np.ndarray
    """The prototypes near a sample, int64, (N,)."""


def work_for(n):
    """Allocate the scratch arrays for n neurons."""
    return Work(*(np.empty((n, WIDTH)) for _ in range(5)), np.empty(n, dtype=np.int64))


@inlined
def gaussian(activation, z):
    """Return the response ``exp(-z^2)``."""
    return exp(-(z * z))


@inlined
def gaussian_slope(activation, z, h):
    """Return the derivative of the response by z, ``-2 z h``."""
    return -2.0 * z * h


ACTIVATIONS = {Gaussian: gaussian}
ACTIVATION_SLOPES = {Gaussian: gaussian_slope}


@chosen_by_type(ACTIVATIONS)
def respond(activation, z):
    """Return the response at z."""


@chosen_by_type(ACTIVATION_SLOPES)
def slope(activation, z, h):
    """Return the derivative of the response by z, where the response is h."""


@inlined
def response_products(overlap, n, total, h):
    """Return ``2 lam (sum_k h_k - h_j) / (N N (N - 1))``."""
    return load(overlap.lam, 0) * (2.0 / (n * (n * (n - 1.0)))) * (total - h)


OVERLAPS = {ResponseProducts: response_products}


@chosen_by_type(OVERLAPS)
def overlap_slope(overlap, n, total, h):
    """Return overlap's derivative by the response h to one sample; `total` sums all responses."""


@inlined
def soft_minimum(coverage, x, p, dp, near, rows):
    """Add ``(2 lam / N) sum_i (p_j - x_i) q_ij``, q the softmax of ``-(x_i - p_j)^2 / tau``."""
    n = p.shape[0]
    scale = 1.0 / load(coverage.tau, 0)
    weight = load(coverage.lam, 0) * (2.0 / n)
    for i in range(n):
        x_i = load(x, i)
        nearest = lanes(np.inf)
        for j in range(n):
            d = load(p, j) - x_i
            square = d * d
            store(near, j, square)
            nearest = where_less(square, nearest, square, nearest)
        total, found = lanes(0.0), 0
        for j in range(n):
            exponent = (nearest - load(near, j)) * scale
            if all_less(exponent, lanes(LOWEST)):
                continue  # no share in any run
            closeness = exp(exponent)
            store(near, j, closeness)
            total = total + closeness
            rows[found] = j
            found += 1
        share = weight / total
        for k in range(found):
            j = rows[k]
            store(dp, j, fma(share * load(near, j), load(p, j) - x_i, load(dp, j)))


@inlined
def squared_distance(separation, x, p, dp, near, rows):
    """Add ``-4 lam / (tau N (N - 1)) sum_k (p_j - p_k) exp(-(p_j - p_k)^2 / tau)``."""
    n = p.shape[0]
    scale = -1.0 / load(separation.tau, 0)
    weight = load(separation.lam, 0) * (4.0 / (n * (n - 1.0))) * scale
    for j in range(n - 1):
        p_j, push_j = load(p, j), load(dp, j)
        for k in range(j + 1, n):
            d = p_j - load(p, k)
            exponent = d * d * scale
            if all_less(exponent, lanes(LOWEST)):
                continue  # too far apart in every run
            # a weight that overflows must do the same whether a pair is passed over or not
            push = where_less(exponent, lanes(LOWEST), lanes(0.0), weight * d * exp(exponent))
            push_j = push_j + push
            store(dp, k, load(dp, k) - push)
        store(dp, j, push_j)


PROTOTYPE_LOSSES = {SoftMinimum: soft_minimum, SquaredDistance: squared_distance}


@chosen_by_type(PROTOTYPE_LOSSES)
def add_prototype_loss(loss, x, p, dp, near, rows):
    """Add a structural loss's derivative by the prototypes to `dp`."""


@inlined
def place_prototypes(theta, p):
    """Fill `p` with the prototypes ``-b / w``."""
    n = p.shape[0]
    for j in range(n):
        store(p, j, -load(theta, n + j) / load(theta, j))


@inlined
def fit_and_overlap(choices, x, y, theta, gradient, work):
    """Fill `gradient` with the parts that come sample by sample, through the responses."""
    n = x.shape[0]
    for k in range(3 * n + 1):
        store(gradient, k, lanes(0.0))
    slope_c = lanes(0.0)
    for i in range(n):
        x_i = load(x, i)
        output = load(theta, 3 * n)
        for j in range(n):
            z = fma(load(theta, j), x_i, load(theta, n + j))
            h = respond(choices.activation, z)
            output = fma(load(theta, 2 * n + j), h, output)
            store(work.z, j, z)
            store(work.h, j, h)
        residual = (output - load(y, i)) * (2.0 / n)
        slope_c = slope_c + residual
        total = lanes(0.0)
        if choices.overlap.on:
            for j in range(n):
                total = total + load(work.h, j)
        for j in range(n):
            z, h = load(work.z, j), load(work.h, j)
            by_h = residual * load(theta, 2 * n + j)
            if choices.overlap.on:
                by_h = by_h + overlap_slope(choices.overlap, n, total, h)
            by_z = by_h * slope(choices.activation, z, h)
            store(gradient, j, fma(by_z, x_i, load(gradient, j)))
            store(gradient, n + j, load(gradient, n + j) + by_z)
            store(gradient, 2 * n + j, fma(residual, h, load(gradient, 2 * n + j)))
    store(gradient, 3 * n, slope_c)


@inlined
def through_prototypes(loss, x, theta, gradient, work):
    """Add the part of a loss in the prototypes ``p = -b / w``, in the runs that have it."""
    n = x.shape[0]
    for j in range(n):
        store(work.dp, j, lanes(0.0))
    add_prototype_loss(loss, x, work.p, work.dp, work.near, work.rows)
    off, lam = lanes(0.0), load(loss.lam, 0)
    for j in range(n):
        by_bias = -load(work.dp, j) / load(theta, j)
        weight, bias = load(gradient, j), load(gradient, n + j)
        store(gradient, j, where_less(off, lam, fma(by_bias, load(work.p, j), weight), weight))
        store(gradient, n + j, where_less(off, lam, bias + by_bias, bias))


@inlined
def total_gradient(choices, x, y, theta, gradient, work):
    """Fill `gradient` with that of ``fit + lam (active losses)``; `work.p` must be up to date."""
    fit_and_overlap(choices, x, y, theta, gradient, work)
    if choices.coverage.on:
        through_prototypes(choices.coverage, x, theta, gradient, work)
    if choices.separation.on:
        through_prototypes(choices.separation, x, theta, gradient, work)
