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
    add_rows,
    all_less,
    fma,
    fma_rows,
    lanes,
    load,
    load_pair,
    rows,
    sqrt,
    store,
    where_less,
)

OUTDONE = 100.0
"""Exponent by which another sample must be closer to a prototype for a pull to be left out."""

NEIGHBOURS = 24
"""A sample is held against the samples that are this part of all samples before and behind it."""


class WeightBias(NamedTuple):
    """What is trained of a neuron: the weight and the bias of ``z = w x + b``."""


class Scaled(NamedTuple):
    """The same, where the response is that of `scale` times z."""

    scale: float


class CentreWidth(NamedTuple):
    """What is trained of a neuron: the width and the centre of ``z = (x - centre) / width``."""

    scale: float


class ResponseProducts(NamedTuple):
    """Overlap: the mean product of the responses of two neurons."""

    on: bool
    """Whether any of the runs has it."""
    lam: np.ndarray
    """Weight in the total, 0 in a run that does not have it, (1, 8)."""


class Cosine(NamedTuple):
    """Overlap: the mean cosine of the responses of two neurons, as vectors over the samples."""

    on: bool
    lam: np.ndarray


class Nothing(NamedTuple):
    """No loss."""


class LogResponse(NamedTuple):
    """Coverage: the mean of ``-log`` of the sum of a sample's responses."""

    on: bool
    lam: np.ndarray


class SoftMinimum(NamedTuple):
    """Coverage: the soft minimum of a sample's squared distances to the prototypes."""

    on: bool
    lam: np.ndarray
    tau: np.ndarray


class HardMinimum(NamedTuple):
    """Coverage: the squared distance of a sample to its nearest prototype."""

    on: bool
    lam: np.ndarray
    tau: np.ndarray


class SquaredDistance(NamedTuple):
    """Separation: the mean of ``exp(-distance^2 / tau)`` over pairs of prototypes."""

    on: bool
    lam: np.ndarray
    tau: np.ndarray


class Distance(NamedTuple):
    """Separation: the mean of ``exp(-distance / sqrt(tau))`` over pairs of prototypes."""

    on: bool
    lam: np.ndarray
    tau: np.ndarray


class Choices(NamedTuple):
    """The variant of each part of the total."""

    trained: NamedTuple
    overlap: NamedTuple
    reach: NamedTuple
    """Coverage, where it is a loss in the responses."""
    coverage: NamedTuple
    """Coverage, where it is a loss in the prototypes."""
    separation: NamedTuple


class Samples(NamedTuple):
    """The samples of eight runs, (N, 8); if N is odd, a row more, to go through them in pairs."""

    x: np.ndarray
    """Inputs, ascending."""
    y: np.ndarray
    """Targets."""
    share: np.ndarray
    """``2 / N``, but 0 in the row that only completes a pair."""
    other: int
    """How many samples further on the one is that a sample is held against."""
    half_apart: np.ndarray
    """Half the distance to that one; 0 where there is none."""
    half_inverse: np.ndarray
    """Half the inverse of that distance."""


def samples_for(x, y):
    """Arrange the samples of eight runs, (N, 8) each, inputs ascending."""
    n = len(x)
    other = max(1, n // NEIGHBOURS)
    inputs, targets, share, half_apart, half_inverse = (rows(n + n % 2) for _ in range(5))
    inputs[:n], inputs[n:] = x, x[-1]
    targets[:n], targets[n:] = y, y[-1]
    share[:n], share[n:] = 2 / n, 0.0
    half_apart[: n - other] = 0.5 * (x[other:] - x[: n - other])
    half_apart[n - other :] = half_inverse[n - other :] = 0.0
    with np.errstate(divide="ignore"):  # where samples coincide, none of them outdoes the other
        np.divide(0.25, half_apart[: n - other], out=half_inverse[: n - other])
    return Samples(inputs, targets, share, other, half_apart, half_inverse)


class Work(NamedTuple):
    """Scratch arrays of eight runs, (N, 8) where nothing else is said."""

    weights: np.ndarray
    """Input weights and biases, (2 N, 8): rows of `theta` where these are what is trained."""
    scaled: np.ndarray
    """Input weights and biases for powers of two, (2 N, 8)."""
    h: np.ndarray
    """Responses to two samples, (2 N, 8)."""
    moments: np.ndarray
    """Moments of overlap's derivative by the responses, (3 N, 8)."""
    squares: np.ndarray
    """Moments of the squared responses, (3 N, 8)."""
    reach: np.ndarray
    """Moments of the derivative of a coverage in the responses, (3 N, 8)."""
    inverse: np.ndarray
    """Inverse lengths of the response vectors."""
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
    nearest: np.ndarray
    """Squared distance of each sample to its nearest prototype, as `Samples`."""
    highest: np.ndarray
    """Exponent up to which a prototype has a share in each sample."""
    windows: np.ndarray
    """First row, and row after the last, that have a share in two samples, int64."""
    near: np.ndarray
    """Closeness of two samples to each prototype, (2 N, 8)."""


def work_for(trained, theta):
    """Allocate the scratch arrays for what is trained."""
    n = theta.shape[0] // 3
    even = n + n % 2
    counts = (2 * n, 2 * n, 2 * n, 3 * n, 3 * n, 3 * n, n, n, n, n, n, n, even, even, 2 * n)
    *scratch, near = map(rows, counts)
    work = Work(*scratch, np.zeros(even, dtype=np.int64), near)
    return work._replace(weights=theta[: 2 * n]) if isinstance(trained, WeightBias) else work


# What is trained of a neuron


@inlined
def own_weights(trained, theta, weights):
    """Do nothing, where weights and biases are what is trained."""


@inlined
def scaled_weights(trained, theta, weights):
    """Fill `weights`: ``scale w`` and ``scale b``."""
    for k in range(weights.shape[0]):
        store(weights, k, trained.scale * load(theta, k))


@inlined
def weights_of_centres(trained, theta, weights):
    """Fill `weights`: ``scale / width`` and minus this times the centre."""
    n = weights.shape[0] // 2
    for j in range(n):
        w = trained.scale / load(theta, j)
        store(weights, j, w)
        store(weights, n + j, -(w * load(theta, n + j)))


@inlined
def own_gradient(trained, theta, weights, gradient):
    """Do nothing, where weights and biases are what is trained."""


@inlined
def scaled_gradient(trained, theta, weights, gradient):
    """Turn derivatives by the weights into those by what is trained."""
    for k in range(weights.shape[0]):
        store(gradient, k, trained.scale * load(gradient, k))


@inlined
def gradient_of_centres(trained, theta, weights, gradient):
    """Turn derivatives by the weights into those by widths and centres."""
    n = weights.shape[0] // 2
    for j in range(n):
        w, centre = load(weights, j), load(theta, n + j)
        by_w, by_b = load(gradient, j), load(gradient, n + j)
        store(gradient, j, w * (centre * by_b - by_w) / load(theta, j))
        store(gradient, n + j, -(w * by_b))


WEIGHTS = {WeightBias: own_weights, Scaled: scaled_weights, CentreWidth: weights_of_centres}
GRADIENTS = {WeightBias: own_gradient, Scaled: scaled_gradient, CentreWidth: gradient_of_centres}


@chosen_by_type(WEIGHTS)
def weights_from(trained, theta, weights):
    """Fill `weights` with weights and biases."""


@chosen_by_type(GRADIENTS)
def by_trained(trained, theta, weights, gradient):
    """Turn derivatives by weights and biases into those by what is trained, in place."""


# Losses in the responses


@inlined
def plain(overlap, work, j, h):
    """Return the response."""
    return h


@inlined
def over_length(overlap, work, j, h):
    """Return the response over the length of the neuron's response vector."""
    return load(work.inverse, j) * h


@inlined
def no_lengths(overlap, samples, work):
    """Do nothing."""


@inlined
def response_lengths(overlap, samples, work):
    """Clear `squares` and fill `inverse` with ``1 / |h_j|``, 0 where that is below 1e-100."""
    n = work.p.shape[0]
    clear(work.squares)
    for j in range(n):
        total = lanes(0.0)
        for i in range(0, samples.x.shape[0], 2):
            z = fma(load(work.scaled, j), load_pair(samples.x, i), load(work.scaled, n + j))
            h = exp2_minus(z * z)
            total = fma_rows(h * h, load_pair(samples.share, i), total)
        total = total * (0.5 * n)
        store(work.inverse, j, where_less(total, 1e-200, 0.0, 1.0 / sqrt(total)))


@inlined
def add_products(overlap, work, j, n, h, total, share, x_share, xx_share):
    """Add the moments of ``h_j sum_{k != j} h_k``."""
    add_moments(work.moments, j, n, h * (total - h), share, x_share, xx_share)


@inlined
def add_cosines(overlap, work, j, n, h, total, share, x_share, xx_share):
    """Add the moments of ``h_j sum_k u_k`` and of ``h_j^2``, u being of length 1."""
    add_moments(work.moments, j, n, h * total, share, x_share, xx_share)
    add_moments(work.squares, j, n, h * h, share, x_share, xx_share)


@inlined
def from_products(overlap, work, k, j, w, b):
    """Return the derivative from the moments."""
    return from_moments(work.moments, k, w, b)


@inlined
def from_cosines(overlap, work, k, j, w, b):
    """Return the derivative from the moments: only what is orthogonal to ``u_j`` turns it."""
    n = work.p.shape[0]
    inverse = load(work.inverse, j)
    along = inverse * load(work.moments, 2 * n + j) * (0.5 * n)
    turning = from_moments(work.moments, k, w, b)
    turning = turning - inverse * along * from_moments(work.squares, k, w, b)
    return inverse * turning * float(n)


PREPARATIONS = {ResponseProducts: no_lengths, Cosine: response_lengths}
WEIGHED = {ResponseProducts: plain, Cosine: over_length}
ADDITIONS = {ResponseProducts: add_products, Cosine: add_cosines}
DERIVATIVES = {ResponseProducts: from_products, Cosine: from_cosines}


@chosen_by_type(PREPARATIONS)
def prepare_overlap(overlap, samples, work):
    """Compute what overlap needs to know of all samples."""


@chosen_by_type(WEIGHED)
def weighed(overlap, work, j, h):
    """Return what a response adds to the total that overlap needs of each sample."""


@chosen_by_type(ADDITIONS)
def add_overlap(overlap, work, j, n, h, total, share, x_share, xx_share):
    """Add the moments of overlap's derivative by the responses of neuron j to two samples."""


@chosen_by_type(DERIVATIVES)
def from_overlap(overlap, work, k, j, w, b):
    """Return overlap's derivative by row k of the weights, over ``-2 / (N (N - 1))``."""


@inlined
def no_sum(reach, total, h):
    """Return `total`."""
    return total


@inlined
def response_sum(reach, total, h):
    """Return `total` plus the response."""
    return total + h


@inlined
def no_reach(reach, work, j, n, h, total, share, x_share, xx_share):
    """Do nothing."""


@inlined
def add_log_response(reach, work, j, n, h, total, share, x_share, xx_share):
    """Add the moments of ``h_j / (sum_k h_k + 1e-12)``."""
    pull = h / (total + NO_RESPONSE)
    add_moments(work.reach, j, n, pull, share, x_share, xx_share)


@inlined
def nothing_more(reach, work, k, w, b, derivative):
    """Return `derivative`."""
    return derivative


@inlined
def from_log_response(reach, work, k, w, b, derivative):
    """Return `derivative` plus lam times the derivative of ``-log``, from ``dh/dz = -2 z h``."""
    return fma(load(reach.lam, 0), from_moments(work.reach, k, w, b), derivative)


NO_RESPONSE = 1e-12
SUMS = {Nothing: no_sum, LogResponse: response_sum}
REACHES = {Nothing: no_reach, LogResponse: add_log_response}
FROM_REACH = {Nothing: nothing_more, LogResponse: from_log_response}


@chosen_by_type(SUMS)
def summed(reach, total, h):
    """Return the sum of a sample's responses so far, if it is needed."""


@chosen_by_type(REACHES)
def add_reach(reach, work, j, n, h, total, share, x_share, xx_share):
    """Add the moments of the derivative of a coverage in the responses."""


@chosen_by_type(FROM_REACH)
def with_reach(reach, work, k, w, b, derivative):
    """Return a derivative by row k of the weights with that of a coverage in the responses."""


# Losses in the prototypes


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
    for i in range(0, samples.x.shape[0], 2):
        x_i = load_pair(samples.x, i)
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
def outdone_beyond(i, k, scale, samples, work):
    """Return the exponent of the samples i and i + 1 where k and k + 1 pull `OUTDONE` harder."""
    nearest, gap = load_pair(work.nearest, i), min(i, k)
    lead = (nearest - load_pair(work.nearest, k)) + OUTDONE / scale
    distance = fma(lead, load_pair(samples.half_inverse, gap), load_pair(samples.half_apart, gap))
    return (distance * distance - nearest) * scale


@inlined
def highest_exponent(i, scale, samples, work):
    """Return the exponent up to which a prototype has a share in the samples i and i + 1.

    Beyond it the exponential counts as 0; or another sample's is more than 2^100 times as large, so
    that no sum of float64 can tell. It hangs on the run's own samples and prototypes alone, never
    on those beside it.
    """
    highest = HIGHEST + 0.0 * load_pair(samples.x, i)
    before, behind = i - samples.other, i + samples.other
    if before >= 0 and behind + 1 < work.p.shape[0]:
        left = outdone_beyond(i, before, scale, samples, work)
        right = outdone_beyond(i, behind, scale, samples, work)
        farther = where_less(left, right, right, left)
        farther = where_less(farther, OUTDONE, OUTDONE, farther)
        highest = where_less(farther, highest, farther, highest)
    return highest


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
    """Fill `highest`, and `windows` with the rows that have a share in two samples in any run."""
    n, unit = work.p.shape[0], tau / LOG2_E
    first = last = 0
    for i in range(0, samples.x.shape[0], 2):
        x_i, nearest = load_pair(samples.x, i), load_pair(work.nearest, i)
        highest = highest_exponent(i, scale, samples, work)
        store(work.highest, i, highest)
        # beyond this square the exponent is above the highest, since rounding keeps an order
        far = fma(highest + 1.0, unit, nearest)
        far = where_less(highest, (far - nearest) * scale, far, np.inf)
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
    for i in range(0, samples.x.shape[0], 2):
        x_i, nearest = load_pair(samples.x, i), load_pair(work.nearest, i)
        highest, total = load_pair(work.highest, i), 0.0 * x_i
        first, last = work.windows[i], work.windows[i + 1]
        for j in range(first, last):
            closeness = exp2_minus((square_to(p, j, x_i) - nearest) * scale, highest)
            store(work.near, 2 * j, closeness)
            total = total + closeness
        share = lam * load_pair(samples.share, i) / total
        for j in range(first, last):
            pull = share * load_pair(work.near, 2 * j)
            store(work.dp, j, fma_rows(pull, load(p, j) - x_i, load(work.dp, j)))


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


@inlined
def hard_minimum(coverage, samples, work):
    """Add ``(2 lam / N) sum_i (p_j - x_i)`` over the samples whose nearest prototype is j."""
    p, dp, n = work.p, work.dp, work.p.shape[0]
    lam = load(coverage.lam, 0)
    for i in range(0, samples.x.shape[0], 2):
        x_i = load_pair(samples.x, i)
        weight = lam * load_pair(samples.share, i)
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
def distance(separation, samples, work):
    """Add ``-2 lam / (s N (N - 1)) sum_k sign(p_j - p_k) exp(-|p_j - p_k| / s)``, s^2 = tau."""
    p, dp, n = work.p, work.dp, work.p.shape[0]
    reach = sqrt(load(separation.tau, 0))
    scale = LOG2_E / reach
    weight = load(separation.lam, 0) * (-2.0 / (n * (n - 1.0))) / reach
    for j in range(n - 1):
        p_j, total = load(p, j), load(dp, j)
        for k in range(j + 1, n):
            d = p_j - load(p, k)
            pushed = weight * exp2_minus(where_less(d, 0.0, -d, d) * scale)
            pushed = where_less(d, 0.0, -pushed, where_less(0.0, d, pushed, 0.0))
            total = total + pushed
            store(dp, k, load(dp, k) - pushed)
        store(dp, j, total)


PROTOTYPE_LOSSES = {
    SoftMinimum: soft_minimum,
    HardMinimum: hard_minimum,
    SquaredDistance: squared_distance,
    Distance: distance,
}


@chosen_by_type(PROTOTYPE_LOSSES)
def add_prototype_loss(loss, samples, work):
    """Add a structural loss's derivative by the prototypes to `work.dp`."""


# The total


@inlined
def place_prototypes(choices, theta, work):
    """Fill `weights`, and `p` with the prototypes ``-b / w``."""
    n, weights = work.p.shape[0], work.weights
    weights_from(choices.trained, theta, weights)
    for j in range(n):
        store(work.p, j, -load(weights, n + j) / load(weights, j))


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


@inlined
def add_pair(choices, samples, i, theta, gradient, work):
    """Add to the sums in `gradient` and `work` what the samples i and i + 1 give to them."""
    n = work.p.shape[0]
    x_i, share = load_pair(samples.x, i), load_pair(samples.share, i)
    total, reached = 0.0 * x_i, 0.0 * x_i
    output = total + load(theta, 3 * n)
    for j in range(n):
        z = fma(load(work.scaled, j), x_i, load(work.scaled, n + j))
        h = exp2_minus(z * z)
        output = fma(load(theta, 2 * n + j), h, output)
        if choices.overlap.on:
            total = total + weighed(choices.overlap, work, j, h)
        reached = summed(choices.reach, reached, h)
        store(work.h, 2 * j, h)
    residual = (output - load_pair(samples.y, i)) * share
    store(gradient, 3 * n, add_rows(residual, load(gradient, 3 * n)))
    x_residual, x_share = x_i * residual, x_i * share
    xx_residual, xx_share = x_i * x_residual, x_i * x_share
    for j in range(n):
        h = load_pair(work.h, 2 * j)
        add_moments(gradient, j, n, h, residual, x_residual, xx_residual)
        if choices.overlap.on:
            add_overlap(choices.overlap, work, j, n, h, total, share, x_share, xx_share)
        add_reach(choices.reach, work, j, n, h, reached, share, x_share, xx_share)


@inlined
def clear(array):
    """Fill an array with 0."""
    for k in range(array.shape[0]):
        store(array, k, lanes(0.0))


@inlined
def in_responses(choices, samples, theta, gradient, work):
    """Fill `gradient` with the parts that come sample by sample, through the responses.

    With ``z = w x + b`` and ``dh/dz = -2 z h``, the derivatives by w and b are sums over the
    samples of ``x z`` and ``z`` times ``r h``, so that ``sum r h``, which is the derivative by v,
    ``sum x r h`` and ``sum x^2 r h`` give all three.
    """
    n, weights = work.p.shape[0], work.weights
    for k in range(2 * n):
        store(work.scaled, k, SQRT_LOG2_E * load(weights, k))
    clear(gradient)
    clear(work.reach)
    if choices.overlap.on:
        clear(work.moments)
        prepare_overlap(choices.overlap, samples, work)
    for i in range(0, samples.x.shape[0], 2):
        add_pair(choices, samples, i, theta, gradient, work)
    lam = load(choices.overlap.lam, 0) * (-2.0 / (n * (n - 1.0)))
    for j in range(n):
        w, b, v = load(weights, j), load(weights, n + j), -2.0 * load(theta, 2 * n + j)
        by_w = v * from_moments(gradient, j, w, b)
        by_b = v * from_moments(gradient, n + j, w, b)
        if choices.overlap.on:
            by_w = fma(lam, from_overlap(choices.overlap, work, j, j, w, b), by_w)
            by_b = fma(lam, from_overlap(choices.overlap, work, n + j, j, w, b), by_b)
        by_w = with_reach(choices.reach, work, j, w, b, by_w)
        by_b = with_reach(choices.reach, work, n + j, w, b, by_b)
        store(gradient, j, by_w)
        store(gradient, n + j, by_b)


@inlined
def add_in_prototypes(loss, samples, work):
    """Add a loss's derivative by the prototypes to `work.by_p`, in the runs that have it."""
    clear(work.dp)
    add_prototype_loss(loss, samples, work)
    lam = load(loss.lam, 0)
    for j in range(work.p.shape[0]):
        store(work.by_p, j, load(work.by_p, j) + where_less(0.0, lam, load(work.dp, j), 0.0))


@inlined
def through_prototypes(choices, gradient, work):
    """Add the parts in the prototypes ``p = -b / w``, in the runs that have any."""
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
    in_responses(choices, samples, theta, gradient, work)
    if choices.coverage.on or choices.separation.on:
        bound_prototypes(work)
        clear(work.by_p)
        if choices.coverage.on:
            add_in_prototypes(choices.coverage, samples, work)
        if choices.separation.on:
            add_in_prototypes(choices.separation, samples, work)
        through_prototypes(choices, gradient, work)
    by_trained(choices.trained, theta, work.weights, gradient)
