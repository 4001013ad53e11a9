"""The training kernel: a full-batch optimizer on eight runs, any number of steps at a time."""

from typing import NamedTuple

import numpy as np

from gaussmlp.kernels.gradient import place_prototypes, total_gradient
from gaussmlp.kernels.jit import chosen_by_class, inlined, kernel
from gaussmlp.kernels.lanes import all_less, fma, lanes, load, sqrt, store, where_less

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class State(NamedTuple):
    """All that changes while a batch trains: hand it back to `advance` to go on."""

    theta: np.ndarray  # what is trained, (3 N + 1, 8): w, or widths; b, or centres; v; c
    m: np.ndarray  # Adam's mean of the gradient, like `theta`
    s: np.ndarray  # Adam's mean of the squared gradient, like `theta`
    powers: np.ndarray  # ``beta1^t, beta2^t``, running products, (2,)
    t: np.ndarray  # steps taken, (1,), int64
    finite: np.ndarray  # scratch: 0 in the runs whose parameters and prototypes are finite, (1, 8)
    diverged_at: np.ndarray  # the step at which a run diverged, else -1, (8,), int64


@inlined
def decayed(decay, gradient, theta, k):
    """Return row k of the gradient plus `decay` times the parameter; the row alone at decay 0."""
    g = load(gradient, k)
    return where_less(0.0, decay, fma(decay, load(theta, k), g), g)


@inlined
def adam(optimizer, gradient, state):
    """Take one Adam step."""
    state.powers[0] *= BETA1
    state.powers[1] *= BETA2
    unbias1 = 1.0 / (1.0 - state.powers[0])
    unbias2 = 1.0 / (1.0 - state.powers[1])
    size, decay = load(optimizer.rate, 0), load(optimizer.decay, 0)
    for k in range(gradient.shape[0]):
        g = decayed(decay, gradient, state.theta, k)
        m = BETA1 * load(state.m, k) + (1.0 - BETA1) * g
        s = BETA2 * load(state.s, k) + (1.0 - BETA2) * (g * g)
        store(state.m, k, m)
        store(state.s, k, s)
        step = size * (m * unbias1) / (sqrt(s * unbias2) + EPSILON)
        store(state.theta, k, load(state.theta, k) - step)


class Adam(NamedTuple):
    """Adam."""

    rate: np.ndarray  # step size of each run, (1, 8)
    decay: np.ndarray  # weight decay of each run, (1, 8)
    take_step = adam


@inlined
def momentum(optimizer, gradient, state):
    """Take one step of gradient descent with momentum."""
    size, decay = load(optimizer.rate, 0), load(optimizer.decay, 0)
    for k in range(gradient.shape[0]):
        m = optimizer.keep * load(state.m, k) + decayed(decay, gradient, state.theta, k)
        store(state.m, k, m)
        store(state.theta, k, load(state.theta, k) - size * m)


class Momentum(NamedTuple):
    """Gradient descent that keeps a part of its last step."""

    rate: np.ndarray
    decay: np.ndarray
    keep: float
    take_step = momentum


take_step = chosen_by_class("take_step")
"""Move the parameters against the gradient."""


@inlined
def watch(state, p):
    """Note the step at which a parameter or a prototype of a run stopped being finite."""
    infinite = lanes(0.0)
    for k in range(state.theta.shape[0]):
        infinite = fma(load(state.theta, k), lanes(0.0), infinite)
    for j in range(p.shape[0]):
        infinite = fma(load(p, j), lanes(0.0), infinite)
    if all_less(infinite, 1.0):  # 0 in every run
        return
    store(state.finite, 0, infinite)
    for r in range(state.diverged_at.shape[0]):
        if state.finite[0, r] != 0.0 and state.diverged_at[r] < 0:
            state.diverged_at[r] = state.t[0]


@kernel
def advance(steps, choices, optimizer, samples, state, gradient, work):
    """Train a batch for a number of steps, in place.

    Parameters
    ----------
    steps : int
        Steps to take.
    choices : Choices
        The variant of each part of the total; its classes specialise the kernel.
    optimizer : Adam or Momentum
    samples : Samples
    state : State
        Changed in place.
    gradient : ndarray of float64, shape (3 N + 1, 8)
        Scratch.
    work : Work
        Scratch.
    """
    place_prototypes(choices, state.theta, work)
    for _ in range(steps):
        total_gradient(choices, samples, state.theta, gradient, work)
        take_step(optimizer, gradient, state)
        state.t[0] += 1
        place_prototypes(choices, state.theta, work)
        watch(state, work.p)
