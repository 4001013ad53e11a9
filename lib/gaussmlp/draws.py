"""What nulls, non-members and the control draw beyond the start, so that no start depends on it."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

NULLS = ("untrained", "chance", "evenly spaced")
"""Prototypes that no training has touched: the start's, uniform points, midpoints of cells."""


class Draws(NamedTuple):
    """Draws 4 to 6 of a (seed, N); the first three are those of the start."""

    nonmembers: np.ndarray
    """Fresh inputs that no network has seen, uniform on the domain, shape (N,)."""
    chance: np.ndarray
    """Prototypes at chance, uniform on the domain, shape (N,)."""
    pairing: np.ndarray
    """The neuron that the random pairing gives to each sample, int, shape (N,)."""


@lru_cache(maxsize=1024)
def draws(protocol, n, seed):
    """Return the draws of one size and seed; the arrays are shared between calls."""
    rng = np.random.default_rng([seed, n])
    rng.random(3 * n)
    low, high = protocol.domain
    nonmembers, chance = (low + (high - low) * rng.random(n) for _ in range(2))
    return Draws(nonmembers, chance, rng.permutation(n))


def evenly_spaced(protocol, n):
    """Return the midpoints of `n` equal cells of the domain, shape (n,)."""
    low, high = protocol.domain
    return low + (high - low) * (np.arange(n) + 0.5) / n
