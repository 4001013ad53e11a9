"""Slow, obvious twins of every kernel: the definitions read aloud, no trick, no shared code."""

import math
from itertools import permutations

import numpy as np


def exp(a):
    """Return exp(a), and 0 for a < -708, of an array."""
    return np.where(a < -708, 0.0, np.exp(np.maximum(a, -708)))


def response(x, w, b):
    """Return the response of one neuron to one sample."""
    return math.exp(-((w * x + b) ** 2))


def fit(x, y, w, b, v, c):
    """Return the mean squared error, one sample and one neuron at a time."""
    total = 0.0
    for x_i, y_i in zip(x, y, strict=True):
        output = c + sum(
            v_j * response(x_i, w_j, b_j) for w_j, b_j, v_j in zip(w, b, v, strict=True)
        )
        total += (output - y_i) ** 2
    return total / len(x)


def overlap(x, w, b):
    """Return the overlap as the double sum over pairs of different neurons that it is."""
    n, total = len(w), 0.0
    for x_i in x:
        for j in range(n):
            for k in range(n):
                if j != k:
                    total += response(x_i, w[j], b[j]) * response(x_i, w[k], b[k])
    return total / len(x) / (n * (n - 1))


def coverage(x, p, tau):
    """Return the mean soft minimum of the squared distances from a sample to the prototypes."""
    total = 0.0
    for x_i in x:
        squares = [(x_i - p_j) ** 2 for p_j in p]
        least = min(squares)
        total += least - tau * math.log(sum(math.exp((least - square) / tau) for square in squares))
    return total / len(x)


def separation(p, tau):
    """Return the mean closeness of two different prototypes."""
    n, total = len(p), 0.0
    for j in range(n):
        for k in range(n):
            if j != k:
                total += math.exp(-((p[j] - p[k]) ** 2) / tau)
    return total / (n * (n - 1))


def total(x, y, parameters, mask, lam, tau):
    """Return the fit loss and what the letters of the mask add to it."""
    w, b, v, c = parameters
    p = [-b_j / w_j for w_j, b_j in zip(w, b, strict=True)]
    value = fit(x, y, w, b, v, c)
    if "O" in mask:
        value += lam["overlap"] * overlap(x, w, b)
    if "C" in mask:
        value += lam["coverage"] * coverage(x, p, tau["coverage"])
    if "S" in mask:
        value += lam["separation"] * separation(p, tau["separation"])
    return value


def total_gradient(x, y, parameters, mask, lam, tau):
    """Return the derivatives of `total` by w, b, v and c, by the chain rule term by term."""
    w, b, v, c = parameters
    n = len(x)
    z = w * x[:, None] + b
    h = exp(-z * z)
    residual = c + (v * h).sum(axis=1) - y
    by_h = 2 / n * residual[:, None] * v
    if "O" in mask:
        different = 1 - np.eye(n)  # of every triple (i, j, k), those with j != k
        others = (h[:, None, :] * different).sum(axis=2)
        by_h = by_h + lam["overlap"] * 2 * others / (n * n * (n - 1))
    by_z = by_h * (-2 * z * h)
    by_p = np.zeros(n)
    p = -b / w
    if "C" in mask:
        for x_i in x:
            squares = (x_i - p) ** 2
            share = exp((squares.min() - squares) / tau["coverage"])
            by_p += lam["coverage"] * 2 * (p - x_i) * share / share.sum() / n
    if "S" in mask:
        for j in range(n):
            d = p[j] - p
            push = d * exp(-d * d / tau["separation"]) / tau["separation"]
            by_p[j] -= lam["separation"] * 4 * push.sum() / (n * (n - 1))
    by_w = (by_z * x[:, None]).sum(axis=0) + by_p * (b / w) / w
    by_b = by_z.sum(axis=0) - by_p / w
    return by_w, by_b, 2 / n * (residual[:, None] * h).sum(axis=0), 2 / n * residual.sum()


def train(parameters, gradient, steps, *, step_size=0.01, weight_decay=0.0, optimizer="adam"):
    """Return w, b, v and c after some steps, and the first step that left one infinite."""
    theta = [np.array(part, dtype=float) for part in parameters]
    m = [np.zeros_like(part) for part in theta]
    s = [np.zeros_like(part) for part in theta]
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            for k, g in enumerate(gradient(theta)):
                g = g + weight_decay * theta[k]
                if optimizer == "adam":
                    m[k] = 0.9 * m[k] + (1 - 0.9) * g
                    s[k] = 0.999 * s[k] + (1 - 0.999) * g**2
                    unbiased_m = m[k] / (1 - 0.9**t)
                    unbiased_s = s[k] / (1 - 0.999**t)
                    move = step_size * unbiased_m / (np.sqrt(unbiased_s) + 1e-8)
                else:
                    m[k] = (0.9 if optimizer == "momentum" else 0.0) * m[k] + g
                    move = step_size * m[k]
                theta[k] = theta[k] - move
            p = -theta[1] / theta[0]
            if not all(np.isfinite(part).all() for part in (*theta, p)):
                return theta, t
    return theta, None


def reconstruction_error(x, p):
    """Return the least mean distance over every one-to-one assignment there is."""
    pairings = (zip(x, order, strict=True) for order in permutations(p))
    return min(sum(abs(a - b) for a, b in pairing) for pairing in pairings) / len(x)


def specialization_ratio(x, p):
    """Return the share of prototypes that are the first of the nearest to some sample."""
    winners = set()
    for x_i in x:
        distances = [abs(x_i - p_j) for p_j in p]
        winners.add(distances.index(min(distances)))
    return len(winners) / len(p)


def outside_fraction(x, p, beyond=0.0):
    """Return the share of prototypes outside the hull by more than a distance."""
    return sum(1 for p_j in p if p_j < min(x) - beyond or p_j > max(x) + beyond) / len(p)


def precision(x, p, within):
    """Return the share of prototypes that have a sample within a distance."""
    return sum(1 for p_j in p if min(abs(p_j - x_i) for x_i in x) <= within) / len(p)


def auc(members, nonmembers, p):
    """Return the share of pairs in which the member is nearer to a prototype; a tie is half."""
    score = 0.0
    for member in members:
        for other in nonmembers:
            near, far = (min(abs(u - p_j) for p_j in p) for u in (member, other))
            score += 1.0 if near < far else 0.5 if near == far else 0.0
    return score / (len(members) * len(nonmembers))
