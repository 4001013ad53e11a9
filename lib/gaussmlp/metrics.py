"""The measures of a finished run."""

import numpy as np

from gaussmlp.arguments import vector
from gaussmlp.draws import draws
from gaussmlp.kernels.lanes import WIDTH
from gaussmlp.kernels.measures import count_used, mean_distance, mean_squared_error
from gaussmlp.model import prototypes
from gaussmlp.start import start

EXPELLED_BEYOND = 0.05
"""A prototype counts as expelled when it lies outside the hull by more than this (our choice)."""

WITHIN = 0.1
"""A prototype has a sample, and a sample a prototype, within this many mean spacings."""

MEASURES = (
    "fit_mse",
    "reconstruction_error",
    "specialization_ratio",
    "outside_fraction",
    "expelled_fraction",
    "precision",
    "recall",
    "auc",
)
"""The columns that `measure` fills."""


def reconstruction_error(x, p):
    """Return the mean distance of samples and prototypes under the best one-to-one assignment.

    In one dimension matching in sorted order is optimal, since to uncross two crossed pairs never
    costs more. So this is also the Wasserstein-1 distance of the two.

    Parameters
    ----------
    x, p : array_like, shape (N,)
        Samples and prototypes, finite.

    Returns
    -------
    float
        At least 0.
    """
    x, p = _of_one_length(x, p)
    return float(mean_distance(np.sort(x), np.sort(p)))


def specialization_ratio(x, p):
    """Return the share of prototypes that are nearest to some sample.

    Parameters
    ----------
    x, p : array_like, shape (M,) and (N,)
        Samples and prototypes, finite; of two equally near prototypes the one with the lower
        index counts.

    Returns
    -------
    float
        From 1 / N to 1.
    """
    x, p = vector("x", x), vector("p", p)
    return count_used(x, p, np.empty(len(p), dtype=np.bool_)) / len(p)


def outside_fraction(x, p, beyond=0.0):
    """Return the share of prototypes outside the hull of the samples by more than a distance.

    Parameters
    ----------
    x, p : array_like, shapes (..., M) and (..., N)
        Samples and prototypes, of one run or of several by row.
    beyond : float
        The distance; `EXPELLED_BEYOND` gives the expelled share.

    Returns
    -------
    float, or ndarray, shape (...)
        In [0, 1].
    """
    low, high = (end(x, axis=-1, keepdims=True) for end in (np.min, np.max))
    outside = (p < low - beyond) | (p > high + beyond)
    return np.count_nonzero(outside, axis=-1) / np.shape(p)[-1]


def nearest(points, others):
    """Return the distance of each point to the nearest of some others.

    Parameters
    ----------
    points, others : array_like, shapes (..., M) and (..., K)
        Of one run, or of several by row.

    Returns
    -------
    ndarray, shape (..., M)
    """
    points, others = np.asarray(points), np.sort(others)
    end = np.full((*others.shape[:-1], 1), np.inf)
    above, padded = _places(others, points), np.concatenate([-end, others, end], axis=-1)
    below, above = (np.take_along_axis(padded, above + k, axis=-1) for k in (0, 1))
    return np.minimum(points - below, above - points)


def _places(ascending, values, side="left"):
    # np.searchsorted by row
    if ascending.ndim == 1:
        return ascending.searchsorted(values, side)
    rows = zip(ascending, values, strict=True)
    return np.array([row.searchsorted(sought, side) for row, sought in rows])


def precision(x, p, within):
    """Return the share of prototypes that have a sample within a distance.

    Parameters
    ----------
    x, p : array_like, shapes (..., M) and (..., K)
        Samples and prototypes, of one run or of several by row. ``precision(p, x, within)`` is the
        recall: the share of samples that have a prototype.
    within : float, or ndarray, shape (..., 1)
        The distance; in a table of runs a tenth of the mean spacing, `WITHIN`.

    Returns
    -------
    float, or ndarray, shape (...)
        In [0, 1].
    """
    return np.count_nonzero(nearest(p, x) <= within, axis=-1) / np.shape(p)[-1]


def auc(members, nonmembers, p):
    """Return how well the distance to the nearest prototype tells members from non-members.

    Parameters
    ----------
    members, nonmembers, p : array_like, shapes (..., M), (..., K) and (..., N)
        Training inputs, fresh inputs, prototypes, of one run or of several by row.

    Returns
    -------
    float, or ndarray, shape (...)
        The share of pairs in which the member is nearer, ties counting half: 0.5 is chance.
    """
    near, far = nearest(members, p), np.sort(nearest(nonmembers, p))
    pairs = near.shape[-1] * far.shape[-1]
    passed = sum(_places(far, near, side).sum(axis=-1) for side in ("left", "right"))
    return (2 * pairs - passed) / (2 * pairs)


def fit_mse(starts, parameters):
    """Return the fit loss of runs of one size.

    Parameters
    ----------
    starts : sequence of Start
        The samples and targets of each run.
    parameters : sequence of Parameters
        Of each run.

    Returns
    -------
    ndarray, shape (len(starts),)
    """
    x, y, theta = (
        np.array(rows).T
        for rows in (
            [start.x for start in starts],
            [start.y for start in starts],
            [end.flat() for end in parameters],
        )
    )
    errors, result = [], np.empty((1, WIDTH))
    for first in range(0, len(starts), WIDTH):
        lanes = np.arange(first, first + WIDTH).clip(max=len(starts) - 1)  # spare ones repeat
        mean_squared_error(*(np.ascontiguousarray(a[:, lanes]) for a in (x, y, theta)), result)
        errors.extend(result[0])
    return np.array(errors[: len(starts)])


def measure(runs, parameters):
    """Return all measures of runs of one size that have not diverged.

    Parameters
    ----------
    runs : sequence of Run
    parameters : sequence of Parameters
        Of each run, finite, as are the prototypes.

    Returns
    -------
    list of dict
        One for each run, with the keys `MEASURES`.
    """
    places = [(run.protocol, run.n, run.seed) for run in runs]
    errors = fit_mse([start(*place) for place in places], parameters).tolist()
    rows = measure_prototypes(places, np.array([prototypes(end) for end in parameters]))
    return [{"fit_mse": error} | row for error, row in zip(errors, rows, strict=True)]


def measure_prototypes(places, p):
    """Return the measures that need no network, of any prototypes beside the samples of starts.

    Parameters
    ----------
    places : sequence of (Protocol, int, int)
        The protocol, size and seed of each start, all of one size.
    p : ndarray, shape (len(places), n)
        Finite.

    Returns
    -------
    list of dict
        One for each row of `p`, with the keys `MEASURES` but the first.
    """
    # all at once: a grid has thousands of runs, and each call of NumPy costs as much as its work
    x = np.array([start(*place).x for place in places])
    fresh = np.array([draws(*place).nonmembers for place in places])
    domains = np.array([protocol.domain for protocol, *_ in places])
    count = p.shape[1]
    within = WITHIN * np.diff(domains) / count
    used, pairs = np.empty(count, dtype=np.bool_), list(zip(x, p, np.sort(p), strict=True))
    columns = (
        [mean_distance(samples, ascending) for samples, _, ascending in pairs],
        [count_used(samples, found, used) / count for samples, found, _ in pairs],
        outside_fraction(x, p).tolist(),
        outside_fraction(x, p, EXPELLED_BEYOND).tolist(),
        precision(x, p, within).tolist(),
        precision(p, x, within).tolist(),
        auc(x, fresh, p).tolist(),
    )
    return [dict(zip(MEASURES[1:], row, strict=True)) for row in zip(*columns, strict=True)]


def _of_one_length(x, p):
    x, p = vector("x", x), vector("p", p)
    if len(x) != len(p):
        raise ValueError(f"x and p must be of one length, got {len(x)} and {len(p)}")
    return x, p
