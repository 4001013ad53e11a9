"""What every peer is given: the starts of gaussmlp, so that all do the same work."""

import numpy as np
from gaussmlp import Protocol, start

TAU = Protocol().tau.coverage
"""The temperature of coverage and of separation."""


def starts(n, seeds):
    """Return x, y, w, b, v of shape (runs, n) and c of shape (runs,), float64."""
    drawn = [start(Protocol(), n, seed) for seed in seeds]
    x, y = np.array([s.x for s in drawn]), np.array([s.y for s in drawn])
    w, b, v, c = (np.array(part) for part in zip(*(s.parameters for s in drawn), strict=True))
    return x, y, w, b, v, c


def halves(seeds):
    """Return the seeds in two parts of about the same length, for two workers."""
    middle = (len(seeds) + 1) // 2
    return [tuple(part) for part in (seeds[:middle], seeds[middle:]) if part]
