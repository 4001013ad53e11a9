"""Losses over the prototypes: each adds its derivative by the prototypes, for eight runs at a time.

A loss is one function and one class, whose parameters the kernel reads. Neurons are sorted by their
initial prototypes, so rows far from a sample are mostly the same in all eight runs: a loop passes
over the rows whose exponential is exactly 0 in every run. What it passes over changes no bit.
"""

from typing import NamedTuple

import numpy as np

from gaussmlp.kernels.exponential import HIGHEST, LOG2_E, exp2_minus
from gaussmlp.kernels.jit import chosen_by_class, inlined
from gaussmlp.kernels.lanes import (
    SAMPLES,
    add_rows,
    all_less,
    fma,
    fma_rows,
    lanes,
    load,
    load_pair,
    load_samples,
    sqrt,
    store,
    where_less,
)


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
def nearest_squares(samples, work):
    """Fill `nearest` with the squared distance of each sample to its nearest prototype."""
    p, n = work.p, work.p.shape[0]
    left = right = 0
    for i in range(0, samples.x.shape[0], SAMPLES):
        x_i = load_samples(samples.x, i)
        # Rows before `left` lie left of the sample in every run, rows from `right` on lie right of
        # it: both only grow from one sample to the next.
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
        store(work.nearest, i, nearest)


@inlined
def far_left(upper, j, x_i, far):
    """Return whether all rows up to row j lie left of both samples, beyond `far` in every run."""
    return all_less(load(upper, j), x_i) and all_less(far, square_to(upper, j, x_i))


@inlined
def far_right(lower, j, x_i, far):
    """Return whether all rows from row j on lie right of both samples, beyond `far`."""
    return all_less(x_i, load(lower, j)) and all_less(far, square_to(lower, j, x_i))


@inlined
def find_windows(tau, scale, samples, work):
    """Fill `windows` with the rows whose exponential is not 0 for two samples in some run."""
    n, unit = work.p.shape[0], tau / LOG2_E
    first = last = 0
    for i in range(0, samples.x.shape[0], SAMPLES):
        x_i, nearest = load_samples(samples.x, i), load_samples(work.nearest, i)
        # beyond this square the exponent is above the highest, since rounding keeps an order
        far = fma(HIGHEST + 1.0, unit, nearest)
        far = where_less(HIGHEST, (far - nearest) * scale, far, np.inf)
        while first > 0 and not far_left(work.upper, first - 1, x_i, far):
            first -= 1
        while first < n and far_left(work.upper, first, x_i, far):
            first += 1
        last = max(first, last)
        while last < n and not far_right(work.lower, last, x_i, far):
            last += 1
        while last > first and far_right(work.lower, last - 1, x_i, far):
            last -= 1
        work.windows[i], work.windows[i + 1] = first, last


@inlined
def soft_minimum(coverage, samples, work):
    """Add ``(2 lam / N) sum_i (p_j - x_i) q_ij``, q the softmax of ``-(x_i - p_j)^2 / tau``."""
    p, lam, tau = work.p, load(coverage.lam, 0), load(coverage.tau, 0)
    scale = LOG2_E / tau
    nearest_squares(samples, work)
    find_windows(tau, scale, samples, work)
    for i in range(0, samples.x.shape[0], SAMPLES):
        x_i, nearest = load_samples(samples.x, i), load_samples(work.nearest, i)
        total = 0.0 * x_i
        first, last = work.windows[i], work.windows[i + 1]
        for j in range(first, last):
            closeness = exp2_minus((square_to(p, j, x_i) - nearest) * scale)
            store(work.near, SAMPLES * j, closeness)
            total = total + closeness
        share = lam * load_samples(samples.share, i) / total
        for j in range(first, last):
            pull = share * load_samples(work.near, SAMPLES * j)
            store(work.dp, j, fma_rows(pull, load(p, j) - x_i, load(work.dp, j)))


@inlined
def two_sided(coverage, samples, work):
    """Add the same, and ``(2 lam / N) (p_j - x)``, x the sample nearest to prototype j."""
    soft_minimum(coverage, samples, work)
    p, dp, x, n = work.p, work.dp, samples.x, work.p.shape[0]
    weight = load(coverage.lam, 0) * (2.0 / n)
    for j in range(n):
        p_j, off = load(p, j), load(p, j) - load(x, 0)
        for i in range(1, n):
            other = p_j - load(x, i)
            off = where_less(other * other, off * off, other, off)
        store(dp, j, fma(weight, off, load(dp, j)))


@inlined
def hard_minimum(coverage, samples, work):
    """Add ``(2 lam / N) sum_i (p_j - x_i)`` over the samples whose nearest prototype is j."""
    p, dp, n = work.p, work.dp, work.p.shape[0]
    lam = load(coverage.lam, 0)
    for i in range(0, samples.x.shape[0], SAMPLES):
        x_i = load_samples(samples.x, i)
        weight = lam * load_samples(samples.share, i)
        nearest, found = square_to(p, 0, x_i), 0.0 * x_i
        for j in range(1, n):
            square = square_to(p, j, x_i)
            found = where_less(square, nearest, float(j), found)
            nearest = where_less(square, nearest, square, nearest)
        for j in range(n):
            off = found - float(j)
            mine = where_less(off * off, 0.25, weight, 0.0)
            store(dp, j, fma_rows(mine, load(p, j) - x_i, load(dp, j)))


@inlined
def squares_of_pairs(coverage, samples, work):
    """Add ``(2 lam / N) (p_j - x)``, x the sample that neuron j is paired with."""
    p, dp, n = work.p, work.dp, work.p.shape[0]
    weight = load(coverage.lam, 0) * (2.0 / n)
    for j in range(n):
        store(dp, j, fma(weight, load(p, j) - load(samples.paired, j), load(dp, j)))


@inlined
def push(p_j, p_k, scale):
    """Return ``(p_j - p_k) 2^-((p_j - p_k)^2 scale)``."""
    d = p_j - p_k
    return d * exp2_minus(d * d * scale)


@inlined
def too_far_right(p_j, p_k, scale):
    """Return whether, in every run, ``p_k > p_j`` and the two do not push each other."""
    d = p_j - p_k
    return all_less(p_j, p_k) and all_less(HIGHEST, d * d * scale)


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
def distance(separation, samples, work):
    """Add ``-2 lam / (s N (N - 1)) sum_k sign(p_j - p_k) exp(-|p_j - p_k| / s)``, s^2 = tau."""
    p, dp, n = work.p, work.dp, work.p.shape[0]
    root = sqrt(load(separation.tau, 0))
    scale = LOG2_E / root
    weight = load(separation.lam, 0) * (-2.0 / (n * (n - 1.0))) / root
    for j in range(n - 1):
        p_j, total = load(p, j), load(dp, j)
        for k in range(j + 1, n):
            d = p_j - load(p, k)
            pushed = weight * exp2_minus(where_less(d, 0.0, -d, d) * scale)
            pushed = where_less(d, 0.0, -pushed, where_less(0.0, d, pushed, 0.0))
            total = total + pushed
            store(dp, k, load(dp, k) - pushed)
        store(dp, j, total)


class PrototypeLoss(NamedTuple):
    """The parameters of a loss over the prototypes. A class of its own selects its code."""

    on: bool  # whether any of the runs has it
    lam: np.ndarray  # weight in the total, 0 in a run that does not have it, (1, 8)
    tau: np.ndarray  # temperature, (1, 8)


class SoftMinimum(PrototypeLoss):
    """Coverage: the soft minimum of a sample's squared distances to the prototypes."""

    add_by_prototypes = soft_minimum


class TwoSided(PrototypeLoss):
    """Coverage: the soft minimum, and the squared distance of a prototype to its nearest sample."""

    add_by_prototypes = two_sided


class HardMinimum(PrototypeLoss):
    """Coverage: the squared distance of a sample to its nearest prototype."""

    add_by_prototypes = hard_minimum


class Pairs(PrototypeLoss):
    """Coverage: the squared distance of a sample to the prototype that it is paired with."""

    add_by_prototypes = squares_of_pairs


class SquaredDistance(PrototypeLoss):
    """Separation: the mean of ``exp(-distance^2 / tau)`` over pairs of prototypes."""

    add_by_prototypes = squared_distance


class Distance(PrototypeLoss):
    """Separation: the mean of ``exp(-distance / sqrt(tau))`` over pairs of prototypes."""

    add_by_prototypes = distance


add_by_prototypes = chosen_by_class("add_by_prototypes")
"""Add lam times a loss's derivative by the prototypes to `work.dp`."""
