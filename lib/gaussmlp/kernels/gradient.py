"""The gradient of the total, for eight runs at a time.

Every array is (neuron, run) or (sample, run) with eight runs. A variant of a part of the model or
of the total is one class: a NamedTuple of its parameters whose attributes are its compiled
functions. Its class selects them while the training kernel is compiled.
"""

from typing import NamedTuple

import numpy as np

from gaussmlp.kernels.exponential import SQRT_LOG2_E, exp2_minus
from gaussmlp.kernels.jit import always_inlined, chosen_by_class, inlined
from gaussmlp.kernels.lanes import (
    SAMPLES,
    add_rows,
    aligned,
    clear,
    fma,
    load,
    load_samples,
    rows,
    store,
    where_less,
)
from gaussmlp.kernels.prototypes import add_by_prototypes, bound_prototypes
from gaussmlp.kernels.responses import (
    add_coverage,
    add_moments,
    add_overlap,
    add_response,
    from_moments,
    from_overlap,
    overlapping,
    prepare_overlap,
    with_coverage,
)


class Choices(NamedTuple):
    """The variant of each part of the total."""

    trained: NamedTuple
    overlap: NamedTuple
    response_coverage: NamedTuple  # coverage, where it is a loss over the responses
    coverage: NamedTuple  # coverage, where it is a loss over the prototypes
    separation: NamedTuple


class Samples(NamedTuple):
    """The samples of eight runs, (N, 8), with rows more to a multiple of `SAMPLES`."""

    x: np.ndarray  # inputs, ascending
    y: np.ndarray  # targets
    share: np.ndarray  # ``2 / N``, but 0 in the rows more
    paired: np.ndarray  # the input that each neuron is paired with, by some formulas, (N, 8)


def samples_for(x, y, paired):
    """Arrange the samples of eight runs, (N, 8) each, inputs ascending."""
    n = len(x)
    inputs, targets, share = (rows(n + -n % SAMPLES) for _ in range(3))
    inputs[:n], inputs[n:] = x, x[-1]
    targets[:n], targets[n:] = y, y[-1]
    share[:n], share[n:] = 2 / n, 0.0
    return Samples(inputs, targets, share, aligned(paired))


class Work(NamedTuple):
    """Scratch arrays of eight runs, (N, 8) where nothing else is said."""

    weights: np.ndarray
    """Input weights and biases, (2 N, 8): rows of `theta` where these are what is trained."""
    scaled: np.ndarray  # input weights and biases for powers of two, (2 N, 8)
    h: np.ndarray  # responses to the samples at once, (2 N, 8)
    overlap: np.ndarray  # moments of overlap's derivative by the responses, (3 N, 8)
    squares: np.ndarray  # moments of the squared responses, (3 N, 8)
    coverage: np.ndarray  # moments of the derivative of a coverage over the responses, (3 N, 8)
    inverse: np.ndarray  # inverse lengths of the response vectors
    p: np.ndarray  # prototypes
    dp: np.ndarray  # derivative of a structural loss by the prototypes
    by_p: np.ndarray  # derivative of all structural losses by the prototypes
    upper: np.ndarray  # largest prototype up to each row
    lower: np.ndarray  # smallest prototype from each row on
    nearest: np.ndarray  # squared distance of each sample to its nearest prototype, as `Samples`
    near: np.ndarray  # closeness of the samples at once to each prototype, (2 N, 8)
    windows: np.ndarray
    """First row, and row after the last, whose exponential is not 0 for some samples, int64."""


def work_for(trained, theta):
    """Allocate the scratch arrays for what is trained."""
    n = theta.shape[0] // 3
    whole, at_once = n + -n % SAMPLES, SAMPLES * n
    counts = (2 * n, 2 * n, at_once, 3 * n, 3 * n, 3 * n, n, n, n, n, n, n, whole, at_once)
    work = Work(*map(rows, counts), np.zeros(whole, dtype=np.int64))
    return work._replace(weights=theta[: 2 * n]) if isinstance(trained, WeightBias) else work


# What is trained of a neuron


@inlined
def same_weights(trained, theta, weights):
    """Do nothing, where weights and biases are what is trained."""


@inlined
def same_gradient(trained, theta, weights, gradient):
    """Do nothing, where weights and biases are what is trained."""


class WeightBias(NamedTuple):
    """What is trained of a neuron: the weight and the bias of ``z = w x + b``."""

    fill_weights = same_weights
    by_trained = same_gradient


@inlined
def scaled_weights(trained, theta, weights):
    """Fill `weights`: ``scale w`` and ``scale b``."""
    for k in range(weights.shape[0]):
        store(weights, k, trained.scale * load(theta, k))


@inlined
def scaled_gradient(trained, theta, weights, gradient):
    """Turn derivatives by the weights into those by what is trained."""
    for k in range(weights.shape[0]):
        store(gradient, k, trained.scale * load(gradient, k))


class Scaled(NamedTuple):
    """The same, where the response is that of `scale` times z."""

    scale: float
    fill_weights = scaled_weights
    by_trained = scaled_gradient


@inlined
def weights_of_centres(trained, theta, weights):
    """Fill `weights`: ``scale / width`` and minus this times the centre."""
    n = weights.shape[0] // 2
    for j in range(n):
        w = trained.scale / load(theta, j)
        store(weights, j, w)
        store(weights, n + j, -(w * load(theta, n + j)))


@inlined
def gradient_of_centres(trained, theta, weights, gradient):
    """Turn derivatives by the weights into those by widths and centres."""
    n = weights.shape[0] // 2
    for j in range(n):
        w, centre = load(weights, j), load(theta, n + j)
        by_w, by_b = load(gradient, j), load(gradient, n + j)
        store(gradient, j, w * (centre * by_b - by_w) / load(theta, j))
        store(gradient, n + j, -(w * by_b))


class CentreWidth(NamedTuple):
    """What is trained of a neuron: the width and the centre of ``z = (x - centre) / width``."""

    scale: float
    fill_weights = weights_of_centres
    by_trained = gradient_of_centres


fill_weights = chosen_by_class("fill_weights")
"""Fill `weights` with weights and biases."""

by_trained = chosen_by_class("by_trained")
"""Turn derivatives by weights and biases into those by what is trained, in place."""


# The total


@inlined
def place_prototypes(choices, theta, work):
    """Fill `weights`, and `p` with the prototypes ``-b / w``."""
    n, weights = work.p.shape[0], work.weights
    fill_weights(choices.trained, theta, weights)
    for j in range(n):
        store(work.p, j, -load(weights, n + j) / load(weights, j))


@inlined
def add_samples(choices, samples, i, theta, gradient, work):
    """Add to the sums in `gradient` and `work` what the samples from i on give to them."""
    n = work.p.shape[0]
    x_i, share = load_samples(samples.x, i), load_samples(samples.share, i)
    overlapped, responded = 0.0 * x_i, 0.0 * x_i
    output = overlapped + load(theta, 3 * n)
    for j in range(n):
        z = fma(load(work.scaled, j), x_i, load(work.scaled, n + j))
        h = exp2_minus(z * z)
        output = fma(load(theta, 2 * n + j), h, output)
        if choices.overlap.on:
            overlapped = overlapped + overlapping(choices.overlap, work, j, h)
        responded = add_response(choices.response_coverage, responded, h)
        store(work.h, SAMPLES * j, h)
    residual = (output - load_samples(samples.y, i)) * share
    store(gradient, 3 * n, add_rows(residual, load(gradient, 3 * n)))
    x_residual, x_share = x_i * residual, x_i * share
    xx_residual, xx_share = x_i * x_residual, x_i * x_share
    for j in range(n):
        h = load_samples(work.h, SAMPLES * j)
        add_moments(gradient, j, n, h, residual, x_residual, xx_residual)
        if choices.overlap.on:
            add_overlap(choices.overlap, work, j, n, h, overlapped, share, x_share, xx_share)
        add_coverage(choices.response_coverage, work, j, n, h, responded, share, x_share, xx_share)


@always_inlined
def over_responses(choices, samples, theta, gradient, work):
    """Fill `gradient` with the fit and the losses over the responses."""
    n, weights = work.p.shape[0], work.weights
    for k in range(2 * n):
        store(work.scaled, k, SQRT_LOG2_E * load(weights, k))
    clear(gradient)
    clear(work.coverage)
    if choices.overlap.on:
        clear(work.overlap)
        prepare_overlap(choices.overlap, samples, work)
    for i in range(0, samples.x.shape[0], SAMPLES):
        add_samples(choices, samples, i, theta, gradient, work)
    lam = load(choices.overlap.lam, 0) * (-2.0 / (n * (n - 1.0)))
    for j in range(n):
        w, b, v = load(weights, j), load(weights, n + j), -2.0 * load(theta, 2 * n + j)
        by_w = v * from_moments(gradient, j, w, b)
        by_b = v * from_moments(gradient, n + j, w, b)
        if choices.overlap.on:
            by_w = fma(lam, from_overlap(choices.overlap, work, j, j, w, b), by_w)
            by_b = fma(lam, from_overlap(choices.overlap, work, n + j, j, w, b), by_b)
        by_w = with_coverage(choices.response_coverage, work, j, w, b, by_w)
        by_b = with_coverage(choices.response_coverage, work, n + j, w, b, by_b)
        store(gradient, j, by_w)
        store(gradient, n + j, by_b)


@always_inlined
def over_prototypes(loss, samples, work):
    """Add a loss's derivative by the prototypes to `work.by_p`, in the runs that have it."""
    clear(work.dp)
    add_by_prototypes(loss, samples, work)
    lam = load(loss.lam, 0)
    for j in range(work.p.shape[0]):
        store(work.by_p, j, load(work.by_p, j) + where_less(0.0, lam, load(work.dp, j), 0.0))


@inlined
def through_prototypes(choices, gradient, work):
    """Add the losses over the prototypes ``p = -b / w``, in the runs that have any."""
    n = work.p.shape[0]
    lam = load(choices.coverage.lam, 0) + load(choices.separation.lam, 0)
    for j in range(n):
        by_bias = -load(work.by_p, j) / load(work.weights, j)
        weight, bias = load(gradient, j), load(gradient, n + j)
        store(gradient, j, where_less(0.0, lam, fma(by_bias, load(work.p, j), weight), weight))
        store(gradient, n + j, where_less(0.0, lam, bias + by_bias, bias))


@inlined
def total_gradient(choices, samples, theta, gradient, work):
    """Fill `gradient` with that of the total, after `place_prototypes`."""
    over_responses(choices, samples, theta, gradient, work)
    if choices.coverage.on or choices.separation.on:
        bound_prototypes(work)
        clear(work.by_p)
        if choices.coverage.on:
            over_prototypes(choices.coverage, samples, work)
        if choices.separation.on:
            over_prototypes(choices.separation, samples, work)
        through_prototypes(choices, gradient, work)
    by_trained(choices.trained, theta, work.weights, gradient)
