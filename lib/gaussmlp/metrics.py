"""The measures of a finished run."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from gaussmlp.arguments import number, same_length, vector
from gaussmlp.kernels.lanes import WIDTH
from gaussmlp.kernels.measures import count_outside, count_used, mean_distance, mean_squared_error
from gaussmlp.model import pairs, prototypes

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


def assignment_error(x, p):
    """Return the mean absolute difference of samples and prototypes under the best assignment.

    This is the definition: SciPy's solver for the optimal one-to-one assignment.

    Parameters
    ----------
    x, p : array_like, shape (N,)
        Samples and prototypes, finite.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ValueError
        If x or p is no such array, or they differ in length, or by more than a float can hold.
    """
    x, p = _samples_and_prototypes(x, p)
    same_length(x=x, p=p)
    with np.errstate(over="ignore"):
        cost = np.abs(pairs(np.subtract, x, p))
    if not np.isfinite(cost).all():
        raise ValueError("x and p must have finite differences")
    return float(cost[linear_sum_assignment(cost)].mean())


def reconstruction_error(x, p):
    """Return what `assignment_error` defines, the fast way.

    In one dimension, and for a cost that is convex in the difference, matching in sorted order is
    optimal: uncrossing two crossed pairs never costs more.

    Parameters
    ----------
    x, p : array_like, shape (N,)
        Samples and prototypes, finite.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    ValueError
        If x or p is no such array, or they differ in length.
    """
    x, p = _samples_and_prototypes(x, p)
    same_length(x=x, p=p)
    return float(mean_distance(np.sort(x), np.sort(p)))


def specialization_ratio(x, p):
    """Return the share of prototypes that are nearest to some sample.

    Parameters
    ----------
    x, p : array_like, shape (N,)
        Samples and prototypes, finite; of two equally near prototypes the one with the lower
        index counts.

    Returns
    -------
    float
        From 1 / N to 1.

    Raises
    ------
    ValueError
        If x or p is no such array.
    """
    x, p = _samples_and_prototypes(x, p)
    return count_used(x, p, np.empty(len(p), dtype=np.bool_)) / len(p)


def outside_fraction(x, p, beyond=0.0):
    """Return the share of prototypes outside the hull of the samples by more than a distance.

    Parameters
    ----------
    x, p : array_like, shape (N,)
        Samples and prototypes, finite.
    beyond : float
        The distance, at least 0; `EXPELLED_BEYOND` gives the expelled share.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If x or p is no such array, or `beyond` is negative.
    """
    x, p = _samples_and_prototypes(x, p)
    beyond = number("beyond", beyond, least=0.0)
    return count_outside(p, x.min() - beyond, x.max() + beyond) / len(p)


def fit_mse(starts, parameters):
    """Return the fit loss of up to eight runs of one size.

    Parameters
    ----------
    starts : sequence of Start
        The samples and targets of each run.
    parameters : sequence of Parameters
        Of each run.

    Returns
    -------
    ndarray, shape (len(starts),)

    Raises
    ------
    ValueError
        If there are no runs or more than eight, or they differ in number or size.
    """
    _check_eight(starts, parameters)
    pick = [min(r, len(starts) - 1) for r in range(WIDTH)]  # spare lanes repeat the last run
    x, y, theta = (
        np.ascontiguousarray(np.array(columns).T)
        for columns in (
            [starts[r].x for r in pick],
            [starts[r].y for r in pick],
            [parameters[r].flat() for r in pick],
        )
    )
    result = np.empty((1, WIDTH))
    mean_squared_error(x, y, theta, result)
    return result[0, : len(starts)]


def measure(starts, parameters):
    """Return all measures of up to eight runs of one size that have not diverged.

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

    Raises
    ------
    ValueError
        As from `fit_mse`.
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


def _check_eight(starts, parameters):
    if not 1 <= len(starts) == len(parameters) <= WIDTH:
        raise ValueError(
            f"starts and parameters must be of 1 to {WIDTH} runs, got {len(starts)} and"
            f" {len(parameters)}"
        )
    for begin, end in zip(starts, parameters, strict=True):
        own = {"x": begin.x, "y": begin.y, "w": end.w, "b": end.b, "v": end.v}
        own = {name: vector(name, values, kinds="iuf") for name, values in own.items()}
        same_length(**own, **{"x of the first": starts[0].x})


def _samples_and_prototypes(x, p):
    # the kernels look at no shape: what is no such array must not reach them
    return _finite("x", x), _finite("p", p)


def _finite(name, values):
    array = np.ascontiguousarray(vector(name, values, kinds="iuf"), dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    return array
