"""The nominal training as a good user of NumPy writes it.

Runs are batched, gradients are derived by hand, large arrays are worked on in place, and two
processes share the work: NumPy's own loops use one core.
"""

import os
from concurrent.futures import ProcessPoolExecutor

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # two processes have two cores

import numpy as np
from gaussmlp.protocol import active
from starts import TAU, halves, starts

VERSIONS = {"numpy": np.__version__}
PROCESSES = ProcessPoolExecutor(2)


def gradients(x, y, theta, mask):
    """Return the derivatives of the total by w, b, v and c; arrays are (run, sample, neuron)."""
    w, b, v, c = theta
    n = x.shape[1]
    z = x[:, :, None] * w[:, None, :]
    z += b[:, None, :]
    h = np.square(z)
    np.negative(h, out=h)
    np.exp(h, out=h)
    residual = (h @ v[:, :, None])[:, :, 0]
    residual += c[:, None] - y
    residual *= 2 / n
    by_v, by_c = (residual[:, None, :] @ h)[:, 0, :], residual.sum(axis=1)
    by_h = residual[:, :, None] * v[:, None, :]
    if "overlap" in active(mask):
        factor = 2 / (n * n * (n - 1))
        by_h += factor * h.sum(axis=2)[:, :, None]
        by_h -= factor * h
    by_z = by_h
    by_z *= h
    by_z *= z
    by_z *= -2
    by_w, by_b = (x[:, None, :] @ by_z)[:, 0, :], by_z.sum(axis=1)
    p = -b / w
    by_p = 0
    if "coverage" in active(mask):
        by_p = by_p + coverage_gradient(x, p)
    if "separation" in active(mask):
        by_p = by_p + separation_gradient(p)
    by_b -= by_p / w
    by_w -= by_p * p / w
    return by_w, by_b, by_v, by_c


def coverage_gradient(x, p):
    difference = p[:, None, :] - x[:, :, None]
    share = np.square(difference)
    share -= share.min(axis=2, keepdims=True)
    share *= -1 / TAU
    np.exp(share, out=share)
    share /= share.sum(axis=2, keepdims=True)
    share *= difference
    return 2 / x.shape[1] * share.sum(axis=1)


def separation_gradient(p):
    n = p.shape[1]
    difference = p[:, :, None] - p[:, None, :]
    push = np.square(difference)
    push *= -1 / TAU
    np.exp(push, out=push)
    push *= difference
    return -4 / (TAU * n * (n - 1)) * push.sum(axis=2)


def train_mask(n, mask, seeds, steps):
    x, y, *theta = starts(n, seeds)
    means, squares = [np.zeros_like(a) for a in theta], [np.zeros_like(a) for a in theta]
    for t in range(1, steps + 1):
        rate, root = 0.01 / (1 - 0.9**t), 1 / np.sqrt(1 - 0.999**t)
        for a, m, s, g in zip(theta, means, squares, gradients(x, y, theta, mask), strict=True):
            m *= 0.9
            m += 0.1 * g
            s *= 0.999
            s += 0.001 * g * g
            a -= rate * m / (np.sqrt(s) * root + 1e-8)
    return np.column_stack(theta)


def train(n, masks, seeds, steps):
    # the dearest masks first, each in two parts, so that neither process waits long at the end
    parts = [(mask, part) for mask in reversed(masks) for part in halves(seeds)]
    work = [PROCESSES.submit(train_mask, n, mask, part, steps) for mask, part in parts]
    rows = dict(zip(parts, (w.result() for w in work), strict=True))
    return np.concatenate([rows[mask, part] for mask in masks for part in halves(seeds)])
