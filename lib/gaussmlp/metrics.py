"""The measures of a finished run."""

import numpy as np

from gaussmlp.arguments import number, vector
from gaussmlp.kernels.lanes import WIDTH
from gaussmlp.kernels.measures import count_outside, count_used, mean_distance, mean_squared_error
from gaussmlp.model import prototypes

EXPELLED_BEYOND = 0.05
"""A prototype counts as expelled when it lies outside the hull by more than this (our choice)."""

MEASURES = (
    "fit_mse",
    "reconstruction_error",
    "specialization_ratio",
    "outside_fraction",
    "expelled_fraction",
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
    x, p : array_like, shape (M,) and (N,)
        Samples and prototypes, finite.
    beyond : float
        The distance, at least 0; `EXPELLED_BEYOND` gives the expelled share.

    Returns
    -------
    float
        In [0, 1].
    """
    x, p, beyond = vector("x", x), vector("p", p), number("beyond", beyond, least=0.0)
    return count_outside(p, x.min() - beyond, x.max() + beyond) / len(p)


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


def measure(starts, parameters):
    """Return all measures of runs of one size that have not diverged.

    Parameters
    ----------
    starts : sequence of Start
        The samples and targets of each run.
    parameters : sequence of Parameters
        Of each run, finite, as are the prototypes.

    Returns
    -------
    list of dict
        One for each run, with the keys `MEASURES`.
    """
    rows = []
    for begin, end, error in zip(starts, parameters, fit_mse(starts, parameters), strict=True):
        p = prototypes(end)
        values = (
            float(error),
            reconstruction_error(begin.x, p),
            specialization_ratio(begin.x, p),
            outside_fraction(begin.x, p),
            outside_fraction(begin.x, p, EXPELLED_BEYOND),
        )
        rows.append(dict(zip(MEASURES, values, strict=True)))
    return rows


def _of_one_length(x, p):
    x, p = vector("x", x), vector("p", p)
    if len(x) != len(p):
        raise ValueError(f"x and p must be of one length, got {len(x)} and {len(p)}")
    return x, p
