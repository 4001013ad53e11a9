"""Tables of runs: means, intervals, paired differences, learning curves, rank correlations.

A `frame` holds runs as from `run_grid`; those that diverged are left out with a warning. Tables are
shown with at most six significant digits: more would depend on the last bit of a library.
"""

import warnings
from functools import lru_cache

import numpy as np
import pandas as pd
from scipy.stats import bootstrap, rankdata

from gaussmlp.experiment import measure_all
from gaussmlp.protocol import MASKS, Protocol
from gaussmlp.start import start

LEVEL = 0.95
"""Confidence level of every interval."""

RESAMPLES = 10_000
"""Bootstrap resamples behind the interval of a mean."""

CORRELATION_RESAMPLES = 1000
"""Bootstrap resamples behind the interval of a rank correlation."""


def warn_of_diverged(values):
    """Warn if some values are not finite, as of diverged runs, before they are left out.

    Parameters
    ----------
    values : pandas.Series
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
    measure, statistic : str
        A column, and a word such as ``"mean"``, ``"median"`` or ``"sum"``.

    Returns
    -------
    pandas.DataFrame
        Rows are masks, columns are sizes; nan where all runs diverged.
    """
    warn_of_diverged(frame[measure])
    table = frame.pivot_table(
        index="mask", columns="n", values=measure, aggfunc=statistic, dropna=False
    )
    return in_order(table).rename_axis(columns="N")


def in_order(table):
    """Return a table sorted by mask, in the usual order, then by further levels of its index.

    Parameters
    ----------
    table : pandas.DataFrame, or Series
        With a level ``mask`` in its index.

    Returns
    -------
    pandas.DataFrame, or Series
    """
    places = {mask: place for place, mask in enumerate(MASKS)}
    return table.sort_index(key=lambda level: level.map(places) if level.name == "mask" else level)


def paired_differences(frame, measure, baseline="standard"):
    """Return a measure's difference from a baseline mask, run by run.

    All masks of one (seed, N) share their start, so the difference is that of the mask alone.

    Parameters
    ----------
    frame : pandas.DataFrame
    measure, baseline : str
        A column, and the mask to compare with.

    Returns
    -------
    pandas.DataFrame
        Columns ``mask, n, seed, difference``; nan where one of the two runs diverged.
    """
    wide = frame.pivot(index=["n", "seed"], columns="mask", values=measure)
    wide = wide.sub(wide.pop(baseline), axis=0)
    if wide.empty:
        raise ValueError("frame must have runs of a mask other than the baseline")
    wide = wide[[mask for mask in MASKS if mask in wide.columns]]
    long = wide.reset_index().melt(id_vars=["n", "seed"], var_name="mask", value_name="difference")
    return long[["mask", "n", "seed", "difference"]]


def interval(values):
    """Return the mean of some values and its bootstrap interval.

    Parameters
    ----------
    values : array_like, shape (K,)
        One value per seed; those that are not finite are left out.

    Returns
    -------
    pandas.Series
        ``mean``; ``low`` and ``high``, the percentile bootstrap interval over seeds; ``below_0``,
        how many values are below 0; ``seeds``, how many are finite.
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    mean = values.mean() if len(values) else np.nan
    center = np.array([mean, *_bounds(tuple(values))])
    # differences that cancel leave a rounding error, which is no finding
    center[np.abs(center) < 1e-12 * np.abs(values).max(initial=0.0)] = 0.0
    numbers = [*center, (values < 0).sum(), len(values)]
    return pd.Series(numbers, ["mean", "low", "high", "below_0", "seeds"])


@lru_cache(maxsize=2**14)  # the claims ask for most differences more than once
def _bounds(values):
    if len(values) < 2:
        return np.nan, np.nan
    return bootstrap(
        (values,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=LEVEL,
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

    Returns
    -------
    pandas.DataFrame
        Index (mask, n); the columns of `interval`.
    """
    warn_of_diverged(frame[measure])
    groups = frame.groupby(["mask", "n"], sort=False)[measure]
    table = pd.DataFrame({key: interval(values) for key, values in groups}).T
    table = table.rename_axis(["mask", "n"]).astype({"below_0": int, "seeds": int})
    return in_order(table)


def with_interval(table, decimals=2):
    """Return means with their intervals as text, for reading.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `intervals`.
    decimals : int

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
    text = text.str.replace("-", "\N{MINUS SIGN}")
    return in_order(text.unstack("n").rename_axis(columns="N"))


def with_explained(frame, protocol=None):
    """Add the share of the target's variance that each run explains.

    Parameters
    ----------
    frame : pandas.DataFrame
    protocol : Protocol, optional
        What the runs followed; the nominal one if not given.

    Returns
    -------
    pandas.DataFrame
        With a column `explained`, ``1 - fit_mse / var(y)``, at most 1.
    """
    protocol = protocol or Protocol()
    starts = zip(frame["n"], frame["seed"], strict=True)
    variances = [np.var(start(protocol, n, seed).y) for n, seed in starts]
    return frame.assign(explained=1.0 - frame["fit_mse"] / variances)


def learning_curves(trained):
    """Measure runs at the steps after which their parameters were kept.

    Parameters
    ----------
    trained : sequence of Trained
        As from `train` with `record`.

    Returns
    -------
    pandas.DataFrame
        The columns of `run_grid` and `step`. A run has no measures from the step on at which it
        diverged.
    """
    parts = []
    for k, step in enumerate(trained[0].recorded):
        then = [
            one._replace(parameters=one.history[k], diverged_at=_diverged_by(step, one))
            for one in trained
        ]
        parts.append(measure_all(then).assign(step=step))
    return pd.concat(parts, ignore_index=True)


def _diverged_by(step, one):
    return one.diverged_at if one.diverged_at is not None and one.diverged_at <= step else None


def rank_correlation(frame, first, second):
    """Return Spearman's rank correlation of two measures, with a bootstrap interval.

    Parameters
    ----------
    frame : pandas.DataFrame
    first, second : str
        Two columns.

    Returns
    -------
    pandas.Series
        ``rho, low, high, runs``; nan where a measure is the same in all runs, or all diverged.
        Runs of one start are not independent, so starts (size and seed) are resampled, each with
        all its runs.
    """
    for name in (first, second):
        warn_of_diverged(frame[name])
    frame = frame.dropna(subset=[first, second])
    values = frame[[first, second]].to_numpy()
    starts = list(frame.groupby(["n", "seed"]).indices.values())
    rho, low, high = _spearman(values), np.nan, np.nan
    if np.isfinite(rho):
        rng = np.random.default_rng(0)
        rhos = []
        for _ in range(CORRELATION_RESAMPLES):
            picked = rng.integers(len(starts), size=len(starts))
            rhos.append(_spearman(values[np.concatenate([starts[k] for k in picked])]))
        low, high = np.nanquantile(rhos, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return pd.Series({"rho": rho, "low": low, "high": high, "runs": len(frame)})


def rank_correlations(parts, first, second):
    """Return `rank_correlation` of two measures in some sets of runs, by size and over all sizes.

    Parameters
    ----------
    parts : mapping of str to pandas.DataFrame
    first, second : str
        Two columns.

    Returns
    -------
    pandas.DataFrame
        Index (name, n), where n is a size or the word ``"all"``; the columns of `rank_correlation`.
    """
    table = {}
    for name, part in parts.items():
        for n, group in [*part.groupby("n"), ("all", part)]:
            table[name, n] = rank_correlation(group, first, second)
    return pd.DataFrame(table).T


def _spearman(values):
    if (values == values[:1]).all(axis=0).any():
        return np.nan  # a measure that is the same in all runs has no rank
    return np.corrcoef(rankdata(values, axis=0).T)[0, 1]
