"""Tables from frames of runs: means, medians and paired differences, each with its interval.

Tables are shown with at most six significant digits: more would hang on the last bit of a library.
"""

import warnings
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from gaussmlp.arguments import check_memory_of, number, shown, vector, word
from gaussmlp.protocol import MASKS

RESAMPLES = 10_000
"""Bootstrap resamples behind every interval."""


_STATISTICS = ("mean", "median", "min", "max", "sum")


def check_columns(frame, *names):
    """Raise ValueError unless a frame has rows and some columns."""
    for name in names:
        if not isinstance(name, str) or name not in getattr(frame, "columns", ()):
            raise ValueError(f"frame must have a column {shown(name)}")
    if not len(frame):
        raise ValueError("frame must have at least one row")


def warn_of_diverged(values):
    """Warn if some values are not finite, as of diverged runs, before they are left out.

    Parameters
    ----------
    values : pandas.Series
        A measure, or differences of one.
    """
    lost = int((values.isna() | values.isin([np.inf, -np.inf])).sum())
    if lost:
        warnings.warn(
            f"{lost} of {len(values)} values of {values.name} are left out: their runs diverged",
            stacklevel=3,
        )


def by_mask_and_size(frame, measure, statistic="mean"):
    """Return a statistic of a measure for every mask and size.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs, as from `run_grid`.
    measure : str
        The name of a measure.
    statistic : str
        One of ``"mean", "median", "min", "max", "sum"``.

    Returns
    -------
    pandas.DataFrame
        Rows are masks in the usual order, columns are sizes. Diverged runs are left out with a
        warning: count them with `diverged`. nan stands where none is left.

    Raises
    ------
    ValueError
        If a column is missing or empty, or there is no such statistic.
    """
    check_columns(frame, "mask", "n", measure)
    word("statistic", statistic, _STATISTICS)
    warn_of_diverged(frame[measure])
    table = frame.pivot_table(
        index="mask", columns="n", values=measure, aggfunc=statistic, dropna=False
    )
    return table.reindex([mask for mask in MASKS if mask in table.index]).rename_axis(columns="N")


def diverged(frame):
    """Return how many runs diverged, for every mask and size.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs, as from `run_grid`.

    Returns
    -------
    pandas.DataFrame
        Rows are masks, columns are sizes.

    Raises
    ------
    ValueError
        If a column is missing or empty.
    """
    check_columns(frame, "diverged_at")
    counted = frame.assign(count=frame["diverged_at"].notna())
    return by_mask_and_size(counted, "count", "sum").fillna(0).astype(int)


def paired_differences(frame, measure, baseline="standard"):
    """Return a measure's difference from a baseline mask, run by run.

    All masks of one (seed, N) share their start, so the difference is that of the mask alone.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs, as from `run_grid`.
    measure : str
        The name of a measure.
    baseline : str
        The mask to compare with.

    Returns
    -------
    pandas.DataFrame
        Columns ``mask, n, seed, difference``, one row for each run of another mask; nan where one
        of the two runs diverged.

    Raises
    ------
    ValueError
        If a column, the baseline or any other mask is missing, or two runs have one size, mask and
        seed.
    """
    check_columns(frame, "n", "seed", "mask", measure)
    masks = tuple(frame["mask"].unique())
    word("baseline", baseline, masks)
    if len(masks) == 1:
        raise ValueError("frame must have runs of a mask other than the baseline")
    if frame.duplicated(["n", "seed", "mask"]).any():
        raise ValueError("frame must not have two runs of one n, seed and mask")
    wide = frame.pivot(index=["n", "seed"], columns="mask", values=measure)
    wide = wide.sub(wide.pop(baseline), axis=0)
    wide = wide[[mask for mask in MASKS if mask in wide.columns]]
    long = wide.reset_index().melt(id_vars=["n", "seed"], var_name="mask", value_name="difference")
    return long[["mask", "n", "seed", "difference"]]


def interval(values, level=0.95):
    """Return the mean of some values and its bootstrap interval.

    Parameters
    ----------
    values : array_like, shape (K,)
        One value a seed; those that are not finite are left out.
    level : float
        Confidence level.

    Returns
    -------
    pandas.Series
        ``mean, low, high, below_0, seeds``: the percentile bootstrap interval over seeds, and how
        many of the values are below 0; `seeds` counts those that are finite.

    Raises
    ------
    ValueError
        If the values are no numbers or too many for memory, or `level` is not between 0 and 1.
    """
    level = number("level", level, above=0.0, below=1.0)
    values = vector("values", values, kinds="iuf", least=0)
    check_memory_of("values", 2 * values.nbytes * RESAMPLES)
    values = values[np.isfinite(values)]
    mean = values.mean() if len(values) else np.nan
    center = np.array([mean, *_bounds(tuple(values), level)])
    # differences that cancel leave a rounding error, which is no finding
    center[np.abs(center) < 1e-12 * np.abs(values).max(initial=0.0)] = 0.0
    numbers = [*center, (values < 0).sum(), len(values)]
    return pd.Series(numbers, ["mean", "low", "high", "below_0", "seeds"])


@lru_cache(maxsize=2**14)  # the claims ask for most differences more than once
def _bounds(values, level):
    if len(values) < 2:
        return np.nan, np.nan
    return bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval


def intervals(frame, measure):
    """Return `interval` of a measure for every mask and size.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs, or paired differences with ``measure="difference"``.
    measure : str
        The name of a column.

    Returns
    -------
    pandas.DataFrame
        Index (mask, n); columns ``mean, low, high, below_0, seeds``. Diverged runs are left out
        with a warning.

    Raises
    ------
    ValueError
        If a column is missing or empty.
    """
    check_columns(frame, "mask", "n", measure)
    warn_of_diverged(frame[measure])
    order = {mask: k for k, mask in enumerate(MASKS)}
    groups = frame.groupby(["mask", "n"], sort=False)[measure]
    table = pd.DataFrame({key: interval(values) for key, values in groups}).T.rename_axis(
        ["mask", "n"]
    )
    table = table.astype({"below_0": int, "seeds": int})
    return table.sort_index(key=lambda level: level.map(order) if level.name == "mask" else level)


def with_interval(table, decimals=2):
    """Return means with their intervals as text, for reading.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `intervals`.
    decimals : int
        Digits after the point.

    Returns
    -------
    pandas.DataFrame
        Rows are masks, columns are sizes, cells are like ``0.12 [0.10, 0.14]``.
    """
    mean, low, high = (
        table[name].map(f"{{:.{decimals}f}}".format) for name in ("mean", "low", "high")
    )
    text = mean + " [" + low + ",\N{NO-BREAK SPACE}" + high + "]"  # a narrow cell breaks before "["
    text = text.str.replace(r"-(0\.0*)(?![\d])", r"\1", regex=True)  # no "-0.000"
    wide = text.unstack("n").rename_axis(columns="N")
    return wide.reindex([mask for mask in MASKS if mask in wide.index])
