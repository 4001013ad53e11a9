"""Networks of several inputs and outputs: the same neuron in each coordinate, eight runs at a time.

``h_j(x) = exp(-|W_j * x + B_j|^2 / d)`` with elementwise products, so that each coordinate is a
neuron of one input. Arrays are (row, run) as everywhere. Rows of coordinates lie next to each other
and come in pairs: where d is odd, a zero with a weight of 1 fills the last pair. Two
neurons and two samples share what they load. A sum over coordinates is that of the even ones plus
that of the odd ones.
"""

from typing import NamedTuple

import numpy as np

from gaussmlp.kernels.exponential import HIGHEST, LOG2_E, exp2_minus
from gaussmlp.kernels.jit import inlined, kernel
from gaussmlp.kernels.lanes import (
    add_rows,
    all_less,
    clear,
    fma,
    lanes,
    load,
    load_pair,
    store,
    where_less,
)
from gaussmlp.kernels.train import take_step, watch

SOFT_MINIMUM, TWO_SIDED, PAIRS = range(3)
"""The formulas of coverage."""

_LEAST = 5e-324  # the least number above 0


class Losses(NamedTuple):
    """The structural losses of eight runs, each (1, 8); lam is 0 in a run that has one not."""

    formula: int  # of coverage
    coverage: np.ndarray  # lam
    separation: np.ndarray  # lam
    overlap: np.ndarray  # lam
    tau_coverage: np.ndarray
    tau_separation: np.ndarray
    covers: bool  # whether any run has coverage
    separates: bool
    overlaps: bool


class Vectors(NamedTuple):
    """The data of eight runs: N samples of d inputs, in e rows, e even, and of q outputs."""

    d: int
    x: np.ndarray  # (N e, 8), by sample
    across: np.ndarray  # the same by pair of coordinates, then sample
    y: np.ndarray  # (N q, 8)
    paired: np.ndarray  # for each neuron the sample that it is paired with, (N e, 8)


class Scratch(NamedTuple):
    """Arrays that a step overwrites; the samples of a neuron lie next to each other."""

    h: np.ndarray  # responses, (N N, 8)
    g: np.ndarray  # derivative by half the squared inputs of a neuron, (N N, 8)
    residual: np.ndarray  # (N q, 8)
    total: np.ndarray  # sums of the responses to each sample, (N, 8)
    apart: np.ndarray  # -1, N e rows, and the prototypes, N e rows: ``w x + b`` is ``p - x``
    p: np.ndarray  # the second half of `apart`
    by_p: np.ndarray  # derivative of the losses over the prototypes, (N e, 8)
    square: np.ndarray  # squared distances, (N N, 8)


@inlined
def place(theta, work):
    """Fill `p` with the prototypes ``-B / W``."""
    rows = work.p.shape[0]
    for k in range(rows):
        store(work.p, k, -load(theta, rows + k) / load(theta, k))


@inlined
def lengths(scale, n, theta, x, out):
    """Fill `out` with scaled squared lengths of ``w x + b``, by neuron, then sample."""
    rows = x.shape[0]
    e = rows // n
    for j in range(0, n, 2):
        one, other = j * e, min(j + 1, n - 1) * e
        for i in range(0, n, 2):
            first, second = i * e, min(i + 1, n - 1) * e
            zero = load_pair(x, first) * 0.0
            a, b, c, f = zero, zero, zero, zero
            for k in range(0, e, 2):
                x_first, x_second = load_pair(x, first + k), load_pair(x, second + k)
                w, bias = load_pair(theta, one + k), load_pair(theta, rows + one + k)
                z = fma(w, x_first, bias)
                a = fma(z, z, a)
                z = fma(w, x_second, bias)
                b = fma(z, z, b)
                w, bias = load_pair(theta, other + k), load_pair(theta, rows + other + k)
                z = fma(w, x_first, bias)
                c = fma(z, z, c)
                z = fma(w, x_second, bias)
                f = fma(z, z, f)
            last, row, empty = min(i + 1, n - 1), min(j + 1, n - 1) * n, lanes(0.0)
            store(out, j * n + i, add_rows(a, empty) * scale)
            store(out, j * n + last, add_rows(b, empty) * scale)
            store(out, row + i, add_rows(c, empty) * scale)
            store(out, row + last, add_rows(f, empty) * scale)


@inlined
def respond(data, theta, work):
    """Fill `h` with the responses."""
    lengths(LOG2_E / data.d, work.total.shape[0], theta, data.x, work.h)
    for k in range(work.h.shape[0]):
        store(work.h, k, exp2_minus(load(work.h, k)))


@inlined
def fit(data, theta, gradient, work):
    """Fill `residual`, and the derivatives by the output weights and biases."""
    n, rows, q = work.total.shape[0], data.x.shape[0], data.y.shape[0] // work.total.shape[0]
    v, c = 2 * rows, 2 * rows + n * q
    for i in range(n):
        for o in range(q):
            store(work.residual, i * q + o, load(theta, c + o) - load(data.y, i * q + o))
    for j in range(n):
        for i in range(n):
            h = load(work.h, j * n + i)
            for o in range(q):
                at, weight = i * q + o, load(theta, v + j * q + o)
                store(work.residual, at, fma(weight, h, load(work.residual, at)))
    for k in range(n * q):
        store(work.residual, k, load(work.residual, k) * (2.0 / n))
    clear(gradient[v:])
    for i in range(n):
        for o in range(q):
            store(gradient, c + o, load(gradient, c + o) + load(work.residual, i * q + o))
    for j in range(n):
        for i in range(n):
            h = load(work.h, j * n + i)
            for o in range(q):
                at = v + j * q + o
                store(gradient, at, fma(load(work.residual, i * q + o), h, load(gradient, at)))


@inlined
def by_squares(losses, data, theta, work):
    """Fill `g` with what fit and overlap give to ``z dz``, z the inputs of a neuron."""
    n, rows, q = work.total.shape[0], data.x.shape[0], data.y.shape[0] // work.total.shape[0]
    v, slope = 2 * rows, -2.0 / data.d
    if losses.overlaps:
        clear(work.total)
        for j in range(n):
            for i in range(n):
                store(work.total, i, load(work.total, i) + load(work.h, j * n + i))
    push = load(losses.overlap, 0) * (2.0 / (n * n * (n - 1.0)))
    for j in range(n):
        for i in range(n):
            by_h = lanes(0.0)
            for o in range(q):
                by_h = fma(load(theta, v + j * q + o), load(work.residual, i * q + o), by_h)
            h = load(work.h, j * n + i)
            if losses.overlaps:
                by_h = fma(push, load(work.total, i) - h, by_h)
            store(work.g, j * n + i, slope * (by_h * h))


@inlined
def through_squares(data, theta, gradient, work):
    """Fill the derivatives by W and B with what `g` says."""
    n, rows = work.total.shape[0], data.x.shape[0]
    e = rows // n
    for j in range(0, n, 2):
        one, other = j, min(j + 1, n - 1)
        s, t = lanes(0.0), lanes(0.0)
        for i in range(n):
            s, t = s + load(work.g, one * n + i), t + load(work.g, other * n + i)
        for k in range(0, e, 2):
            zero = load_pair(data.across, k * n) * 0.0
            a, b, c, f = zero, zero, zero, zero
            for i in range(n):
                x = load_pair(data.across, k * n + 2 * i)
                square = x * x
                g = load(work.g, one * n + i)
                a, b = fma(g, x, a), fma(g, square, b)
                g = load(work.g, other * n + i)
                c, f = fma(g, x, c), fma(g, square, f)
            at = one * e + k
            w, bias = load_pair(theta, at), load_pair(theta, rows + at)
            store(gradient, at, fma(w, b, bias * a))
            store(gradient, rows + at, fma(w, a, bias * s))
            at = other * e + k
            w, bias = load_pair(theta, at), load_pair(theta, rows + at)
            store(gradient, at, fma(w, f, bias * c))
            store(gradient, rows + at, fma(w, c, bias * t))


@inlined
def pull(weight, p, j, x, i, by_p, e):
    """Add ``weight (p_j - x_i)`` to the derivative by prototype j, unless it is 0 in every run."""
    if all_less(weight, _LEAST) and all_less(-_LEAST, weight):
        return
    for k in range(0, e, 2):
        at = j * e + k
        off = load_pair(p, at) - load_pair(x, i * e + k)
        store(by_p, at, fma(weight, off, load_pair(by_p, at)))


@inlined
def cover(losses, data, work):
    """Add the derivative of coverage by the prototypes."""
    n, rows = work.total.shape[0], data.x.shape[0]
    e, lam = rows // n, load(losses.coverage, 0) * (2.0 / (n * data.d))
    if losses.formula == PAIRS:
        for k in range(rows):
            pulled = fma(lam, load(work.p, k) - load(data.paired, k), load(work.by_p, k))
            store(work.by_p, k, pulled)
        return
    lengths(1.0 / data.d, n, work.apart, data.x, work.square)
    scale = LOG2_E / load(losses.tau_coverage, 0)
    for i in range(n):
        nearest = load(work.square, i)
        for j in range(1, n):
            square = load(work.square, j * n + i)
            nearest = where_less(square, nearest, square, nearest)
        total = lanes(0.0)
        for j in range(n):
            near = exp2_minus((load(work.square, j * n + i) - nearest) * scale)
            store(work.total, j, near)
            total = total + near
        share = lam / total
        for j in range(n):
            pull(share * load(work.total, j), work.p, j, data.x, i, work.by_p, e)
    if losses.formula == TWO_SIDED:
        for j in range(n):
            nearest, found = load(work.square, j * n), lanes(0.0)
            for i in range(1, n):
                square = load(work.square, j * n + i)
                found = where_less(square, nearest, float(i), found)
                nearest = where_less(square, nearest, square, nearest)
            for i in range(n):
                off = found - float(i)
                mine = where_less(off * off, 0.25, lam, 0.0)
                pull(mine, work.p, j, data.x, i, work.by_p, e)


@inlined
def separate(losses, data, work):
    """Add the derivative of separation by the prototypes."""
    n, rows = work.total.shape[0], data.x.shape[0]
    e, tau = rows // n, load(losses.tau_separation, 0)
    lengths(1.0 / data.d, n, work.apart, work.p, work.square)
    scale = LOG2_E / tau
    weight = load(losses.separation, 0) * (-4.0 / (n * (n - 1.0) * data.d)) / tau
    for j in range(n):
        for i in range(n):
            exponent = load(work.square, j * n + i) * scale
            if i != j and not all_less(HIGHEST, exponent):
                pull(weight * exp2_minus(exponent), work.p, j, work.p, i, work.by_p, e)


@inlined
def through_prototypes(losses, gradient, theta, work):
    """Add the losses over the prototypes ``p = -B / W``, in the runs that have any."""
    rows = work.p.shape[0]
    lam = load(losses.coverage, 0) + load(losses.separation, 0)
    for k in range(rows):
        by_bias = -load(work.by_p, k) / load(theta, k)
        by_bias = where_less(0.0, lam, by_bias, 0.0)
        store(gradient, k, fma(by_bias, load(work.p, k), load(gradient, k)))
        store(gradient, rows + k, load(gradient, rows + k) + by_bias)


@inlined
def total_gradient(losses, data, theta, gradient, work):
    """Fill `gradient` with that of the total, after `place`."""
    respond(data, theta, work)
    fit(data, theta, gradient, work)
    by_squares(losses, data, theta, work)
    through_squares(data, theta, gradient, work)
    if losses.covers or losses.separates:
        clear(work.by_p)
        if losses.covers:
            cover(losses, data, work)
        if losses.separates:
            separate(losses, data, work)
        through_prototypes(losses, gradient, theta, work)


@kernel
def advance_vectors(steps, losses, optimizer, data, state, gradient, work):
    """Train a batch of networks of several inputs, in place, as `train.advance` does.

    Parameters
    ----------
    steps : int
        Steps to take.
    losses : Losses
    optimizer : Adam
    data : Vectors
    state : State
        Changed in place; `theta` has W and B, N e rows each, V, N q rows, and c, q rows.
    gradient : ndarray of float64, like `theta`
        Scratch.
    work : Scratch
    """
    place(state.theta, work)
    for _ in range(steps):
        total_gradient(losses, data, state.theta, gradient, work)
        take_step(optimizer, gradient, state)
        state.t[0] += 1
        place(state.theta, work)
        watch(state, work.p)
