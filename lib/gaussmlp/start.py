"""The start of a run: samples, targets and initial parameters.

All masks of one (seed, N) share one start, so that masks are compared in pairs.
"""

from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from gaussmlp.arguments import integer
from gaussmlp.model import Parameters


class Start(NamedTuple):
    """What a run is given before its first step."""

    x: np.ndarray
    """Samples in ascending order, shape (N,)."""
    y: np.ndarray
    """Targets, shape (N,)."""
    parameters: Parameters
    """Initial parameters."""


def start(protocol, n, seed):
    """Draw the start of the runs of one size and seed.

    Parameters
    ----------
    protocol : Protocol
        Its `domain`, `inputs`, `target` and `w0` are used.
    n : int
        Number of samples and of neurons, at least 2.
    seed : int
        Seed of the draws, at least 0; ``[seed, n]`` seeds NumPy's default generator.

    Returns
    -------
    Start
        Samples and initial prototypes ``-b / w`` lie in `domain`, but for the prototypes of the
        fan-in start; ``|v| <= 1 / sqrt(n)``, ``c = 0``. The arrays are shared between calls: copy
        before changing them.

    Raises
    ------
    ValueError
        If `n` or `seed` is not allowed.
    """
    n, seed = integer("n", n, 2), integer("seed", seed, 0)
    return _start(protocol.domain, protocol.inputs, protocol.target, protocol.w0, n, seed)


@lru_cache(maxsize=1024)
def _start(domain, inputs, target, w0, n, seed):
    rng = np.random.default_rng([seed, n])
    low, high = domain
    # every start draws the same numbers in the same order, needed or not
    x = np.sort(low + (high - low) * rng.random(n))
    prototypes = low + (high - low) * rng.random(n)
    v = (-1.0 + 2.0 * rng.random(n)) / np.sqrt(n)
    labels, free_w, free_b = (-1.0 + 2.0 * rng.random(n) for _ in range(3))
    if inputs == "equispaced":
        x = low + (high - low) * ((np.arange(n) + 0.5) / n)
    if w0 == "fan-in":
        w, b = free_w, free_b
    else:
        w = np.full(n, n / 4 if w0 == "N/4" else w0)
        with np.errstate(over="ignore"):  # a run that starts at infinity is reported as diverged
            b = -w * prototypes + 0.0  # a bias of -0 would make the sign of a zero gradient visible
    y = labels if target == "random labels" else _TARGETS[target](x)
    return Start(x, y, Parameters(w, b, v, 0.0))


def sine(x, times=1):
    """Return the target ``sin(times pi x)`` on the grid of 2^-40.

    Parameters
    ----------
    x : ndarray, shape (N,)
    times : int

    Returns
    -------
    ndarray, shape (N,)
        The last bit of a libm's sine could tip a value that lies close to the middle of two grid
        points: such a value is from 100 bits.
    """
    angles = times * np.pi * x
    near = np.sin(angles) * 2**40
    values = np.rint(near)
    for k in np.flatnonzero(np.abs(near - np.floor(near) - 0.5) < 0.02):
        import mpmath  # here, since only what is drawn pays for it

        with mpmath.workprec(100):
            values[k] = float(mpmath.nint(mpmath.sin(angles[k]) * 2**40))
    return values / 2**40 + 0.0  # no zero is negative


_TARGETS = {"sin(pi x)": sine, "sin(3 pi x)": partial(sine, times=3), "x": np.copy}
