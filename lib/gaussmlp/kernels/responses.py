"""Losses over the responses: each adds its part sample by sample, for eight runs at a time.

With ``z = w x + b``, ``h = exp(-z^2)`` and ``dh/dz = -2 z h``, the derivatives by w and b of a loss
with derivative r by h are the sums over the samples of ``-2 x z r h`` and ``-2 z r h``. Three
*moments* of each neuron, the sums of ``r h``, ``x r h`` and ``x^2 r h``, give both.
"""

from typing import NamedTuple

import numpy as np

from gaussmlp.kernels.exponential import exp2_minus
from gaussmlp.kernels.jit import chosen_by_class, inlined
from gaussmlp.kernels.lanes import (
    SAMPLES,
    clear,
    fma,
    fma_rows,
    lanes,
    load,
    load_samples,
    sqrt,
    store,
    where_less,
)

NO_RESPONSE = 1e-12
"""Added to the sum of a sample's responses, so that its logarithm is finite."""


@inlined
def add_moments(moments, j, n, h, by_h, x_by_h, xx_by_h):
    """Add ``by_h h``, ``x by_h h`` and ``x^2 by_h h`` of two samples to the sums of neuron j."""
    store(moments, j, fma_rows(xx_by_h, h, load(moments, j)))
    store(moments, n + j, fma_rows(x_by_h, h, load(moments, n + j)))
    store(moments, 2 * n + j, fma_rows(by_h, h, load(moments, 2 * n + j)))


@inlined
def from_moments(moments, k, w, b):
    """Return ``w`` times moment `k` plus ``b`` times the next lower one of the same neuron."""
    return fma(w, load(moments, k), b * load(moments, k + moments.shape[0] // 3))


# Overlap as the mean product of two responses


@inlined
def no_lengths(overlap, samples, work):
    """Do nothing."""


@inlined
def unscaled(overlap, work, j, h):
    """Return the response."""
    return h


@inlined
def add_products(overlap, work, j, n, h, total, share, x_share, xx_share):
    """Add the moments of ``h_j sum_{k != j} h_k``."""
    add_moments(work.overlap, j, n, h * (total - h), share, x_share, xx_share)


@inlined
def from_products(overlap, work, k, j, w, b):
    """Return the derivative from the moments."""
    return from_moments(work.overlap, k, w, b)


class ResponseProducts(NamedTuple):
    """Overlap: the mean product of the responses of two neurons."""

    on: bool  # whether any of the runs has it
    lam: np.ndarray  # weight in the total, 0 in a run that does not have it, (1, 8)
    prepare_overlap = no_lengths
    overlapping = unscaled
    add_overlap = add_products
    from_overlap = from_products


# Overlap as the mean cosine of two neurons' responses


@inlined
def response_lengths(overlap, samples, work):
    """Clear `squares` and fill `inverse` with ``1 / |h_j|``, 0 where that is below 1e-100."""
    n = work.p.shape[0]
    clear(work.squares)
    for j in range(n):
        total = lanes(0.0)
        for i in range(0, samples.x.shape[0], SAMPLES):
            z = fma(load(work.scaled, j), load_samples(samples.x, i), load(work.scaled, n + j))
            h = exp2_minus(z * z)
            total = fma_rows(h * h, load_samples(samples.share, i), total)
        total = total * (0.5 * n)
        store(work.inverse, j, where_less(total, 1e-200, 0.0, 1.0 / sqrt(total)))


@inlined
def over_length(overlap, work, j, h):
    """Return the response over the length of the neuron's response vector."""
    return load(work.inverse, j) * h


@inlined
def add_cosines(overlap, work, j, n, h, total, share, x_share, xx_share):
    """Add the moments of ``h_j sum_k u_k`` and of ``h_j^2``, u being of length 1."""
    add_moments(work.overlap, j, n, h * total, share, x_share, xx_share)
    add_moments(work.squares, j, n, h * h, share, x_share, xx_share)


@inlined
def from_cosines(overlap, work, k, j, w, b):
    """Return the derivative from the moments: only what is orthogonal to ``u_j`` turns it."""
    n = work.p.shape[0]
    inverse = load(work.inverse, j)
    along = inverse * load(work.overlap, 2 * n + j) * (0.5 * n)
    turning = from_moments(work.overlap, k, w, b)
    turning = turning - inverse * along * from_moments(work.squares, k, w, b)
    return inverse * turning * float(n)


class Cosine(NamedTuple):
    """Overlap: the mean cosine of the responses of two neurons, as vectors over the samples."""

    on: bool
    lam: np.ndarray
    prepare_overlap = response_lengths
    overlapping = over_length
    add_overlap = add_cosines
    from_overlap = from_cosines


prepare_overlap = chosen_by_class("prepare_overlap")
"""Compute what overlap needs to know of all samples."""

overlapping = chosen_by_class("overlapping")
"""Return what a response adds to the sum that overlap needs of each sample."""

add_overlap = chosen_by_class("add_overlap")
"""Add the moments of overlap's derivative by the responses of neuron j to two samples."""

from_overlap = chosen_by_class("from_overlap")
"""Return overlap's derivative by row k of the weights, over ``-2 / (N (N - 1))``."""


# Coverage as a function of the sum of a sample's responses


@inlined
def no_sum(coverage, total, h):
    """Return `total`."""
    return total


@inlined
def nothing_to_add(coverage, work, j, n, h, total, share, x_share, xx_share):
    """Do nothing."""


@inlined
def same_derivative(coverage, work, k, w, b, derivative):
    """Return `derivative`."""
    return derivative


class NoCoverage(NamedTuple):
    """Coverage is not a loss over the responses."""

    add_response = no_sum
    add_coverage = nothing_to_add
    with_coverage = same_derivative


@inlined
def response_sum(coverage, total, h):
    """Return `total` plus the response."""
    return total + h


@inlined
def add_log_response(coverage, work, j, n, h, total, share, x_share, xx_share):
    """Add the moments of ``h_j / (sum_k h_k + 1e-12)``."""
    pull = h / (total + NO_RESPONSE)
    add_moments(work.coverage, j, n, pull, share, x_share, xx_share)


@inlined
def from_log_response(coverage, work, k, w, b, derivative):
    """Return `derivative` plus lam times the derivative of ``-log``, from ``dh/dz = -2 z h``."""
    return fma(load(coverage.lam, 0), from_moments(work.coverage, k, w, b), derivative)


class ResponseCoverage(NamedTuple):
    """The parameters of a coverage over the responses. A class of its own selects its code."""

    on: bool
    lam: np.ndarray
    with_coverage = from_log_response


class LogResponse(ResponseCoverage):
    """Coverage: the mean of ``-log`` of the sum of a sample's responses."""

    add_response = response_sum
    add_coverage = add_log_response


add_response = chosen_by_class("add_response")
"""Return the sum of a sample's responses so far, if it is needed."""

add_coverage = chosen_by_class("add_coverage")
"""Add the moments of the derivative of a coverage over the responses."""

with_coverage = chosen_by_class("with_coverage")
"""Return a derivative by row k of the weights with that of a coverage over the responses."""
