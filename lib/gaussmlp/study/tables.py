"""Tables of runs: means, intervals, paired differences, tests, learning curves, correlations.

A `frame` holds runs as from `run_grid`; those that diverged are left out with a warning. Tables are
shown with at most six significant digits: more would depend on the last bit of a library.
"""

import warnings
from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd

from gaussmlp.draws import NULLS
from gaussmlp.experiment import measure_all
from gaussmlp.kernels.measures import product_sums
from gaussmlp.protocol import MASKS, Protocol
from gaussmlp.start import start

LEVEL = 0.95
"""Confidence level of every interval."""

RESAMPLES = 10_000
"""Bootstrap resamples behind the interval of a mean."""

FLIPS = 100_000
"""Flips of signs behind a p value; ten seeds have 1,024 in all."""

LEAST = 5
"""Fewer values than this have no studentised interval."""

_INTERVAL = ["mean", "low", "high", "percentile_low", "percentile_high", "below_0", "seeds"]

CORRELATION_RESAMPLES = 1000
"""Bootstrap resamples behind the interval of a rank correlation."""


def warn_of_diverged(values):
    """Warn if some values are not finite, as of diverged runs, before they are left out."""
    lost = int((values.isna() | values.isin([np.inf, -np.inf])).sum())
    if lost:
        warnings.warn(
            f"{lost} of {len(values)} values of {values.name} are left out: their runs diverged",
            stacklevel=3,
        )


def by_mask_and_size(frame, measure, statistic="mean"):
    """Return a statistic of a measure, such as its ``"median"``: rows are masks, columns sizes.

    It is nan where all runs diverged.
    """
    warn_of_diverged(frame[measure])
    table = frame.pivot_table(
        index="mask", columns="n", values=measure, aggfunc=statistic, dropna=False
    )
    return in_order(table).rename_axis(columns="N")


def in_order(table):
    """Return a table sorted by the level ``mask`` of its index, nulls last, then by the others."""
    places = {mask: place for place, mask in enumerate((*MASKS, *NULLS))}
    return table.sort_index(key=lambda level: level.map(places) if level.name == "mask" else level)


def paired_differences(frame, measure, baseline="standard"):
    """Return a measure's difference from a baseline mask, run by run.

    All masks of one (seed, N) share their start, so the difference is that of the mask alone.
    Columns ``mask, n, seed, difference``; nan where one of the two runs diverged.
    """
    wide = frame.pivot(index=["n", "seed"], columns="mask", values=measure)
    wide = wide.sub(wide.pop(baseline), axis=0)
    if wide.empty:
        raise ValueError("frame must have runs of a mask other than the baseline")
    wide = wide[[mask for mask in (*MASKS, *NULLS) if mask in wide.columns]]
    long = wide.reset_index().melt(id_vars=["n", "seed"], var_name="mask", value_name="difference")
    return long[["mask", "n", "seed", "difference"]]


def interval(values):
    """Return the mean of some values, one per seed, and its bootstrap intervals.

    Values that are not finite are left out. The keys are ``mean``; ``low`` and ``high``, the
    studentised bootstrap interval, nan for fewer than `LEAST` values; ``percentile_low`` and
    ``percentile_high``, the percentile one; ``below_0``, how many values are below 0; ``seeds``,
    how many are finite.
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[np.isfinite(values)]
    mean = values.mean() if len(values) else np.nan
    center = np.array([mean, *_bounds(tuple(values))])
    # differences that cancel leave a rounding error, which is no finding
    center[np.abs(center) < 1e-12 * np.abs(values).max(initial=0.0)] = 0.0
    return dict(zip(_INTERVAL, (*center, (values < 0).sum(), len(values)), strict=True))


@lru_cache(maxsize=2**14)  # the claims ask for most differences more than once
def _bounds(values):
    if len(values) < 2:
        return (np.nan,) * 4
    low, high, *percentile = bootstrap_bounds(np.array(values))
    return (low, high, *percentile) if len(values) >= LEAST else (np.nan, np.nan, *percentile)


def bootstrap_bounds(samples, resamples=RESAMPLES):
    """Return the studentised and the percentile bootstrap interval of means over the last axis.

    The studentised interval takes the quantiles of ``(m* - m) / s*`` over resamples, where s* is
    the standard error within a resample. Resamples with less than a tenth of the sample's are left
    out: those that miss all outliers would set ends that no value bears out. Where that makes it
    narrower than the percentile interval on a side, it has the end of that. The first axis of the
    result has the two ends of the first, then those of the second.
    """
    count = samples.shape[-1]
    times, mean = _times(count, resamples), samples.mean(axis=-1)
    deviations = samples - mean[..., None]
    shift = weighted(deviations, times) / count  # of a resample's mean
    squares = (weighted(deviations**2, times) - count * shift**2).clip(min=0.0)
    errors = np.sqrt(squares / (count - 1) / count)
    error = samples.std(axis=-1, ddof=1) / np.sqrt(count)
    spread = errors > np.maximum(0.1 * error, 1e-12 * np.abs(mean))[..., None]
    away = np.full_like(shift, np.nan)
    np.divide(shift, errors, out=away, where=spread)
    away[~spread.any(axis=-1)] = 0.0  # values that are all alike
    below, above = _tails(away) * error
    percentile = mean + _tails(shift)
    low, high = np.minimum(mean - above, percentile[0]), np.maximum(mean - below, percentile[1])
    return np.array([low, high, *percentile])


def _tails(values):
    # np.nanquantile of the two ends of `LEVEL`, along the last axis, in a quarter of its time
    ordered = np.sort(values, axis=-1)  # nan comes last
    last = ordered.shape[-1] - 1 - np.isnan(ordered).sum(axis=-1, keepdims=True)
    place = last * np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    at = place.astype(int)
    below = np.take_along_axis(ordered, at, axis=-1)
    above = np.take_along_axis(ordered, np.minimum(at + 1, last), axis=-1)
    part, step = place - at, above - below
    ends = np.where(part < 0.5, below + step * part, above - step * (1.0 - part))
    return np.moveaxis(ends, -1, 0)


def weighted(values, times):
    """Return ``values @ times``, summed in one order.

    BLAS adds in another order on another processor, and some sums lie where the last bit decides
    how they are rounded, or which of two is the larger.
    """
    total = np.empty((*values.shape[:-1], times.shape[1]))
    flat = values.reshape(-1, values.shape[-1]), times, total.reshape(-1, times.shape[1])
    product_sums(*map(np.ascontiguousarray, flat))
    return total


@lru_cache
def _times(count, resamples):
    # how often each of some values stands in each resample; SciPy's bootstrap has no studentised
    # interval, and would draw the values of every resample for every call
    picked = np.random.default_rng(0).integers(count, size=(resamples, count))
    return np.stack([(picked == k).sum(axis=1) for k in range(count)]).astype(np.float64)


def simulated_coverage(count=10, samples=2000, resamples=1000):
    """Return how often each interval holds the true mean, in simulated samples of `count` values.

    Rows ``normal``; ``lognormal``, whose logarithm is standard normal; and ``thirds``, shares of
    three prototypes of which each is outside with a probability of 0.15. Columns ``studentised``
    and ``percentile``: shares of samples. `LEVEL` would be right.
    """
    rng, size = np.random.default_rng(0), (samples, count)
    kinds = {
        "normal": (rng.normal(size=size), 0.0),
        "lognormal": (rng.lognormal(size=size), np.exp(0.5)),
        "thirds": (rng.binomial(3, 0.15, size=size) / 3, 0.15),
    }
    rows = {}
    for name, (drawn, mean) in kinds.items():
        ends = bootstrap_bounds(drawn, resamples).reshape(2, 2, samples)
        rows[name] = ((ends[:, 0] <= mean) & (mean <= ends[:, 1])).mean(axis=1)
    return pd.DataFrame.from_dict(rows, orient="index", columns=["studentised", "percentile"])


@lru_cache(maxsize=2**14)
def sign_flips(differences):
    """Return the two-sided p value of some paired differences under random flips of their signs.

    All flips are counted up to `FLIPS`; beyond, as many are drawn, always the same. It is SciPy's
    ``permutation_test`` of the mean, a hundred times as fast.
    """
    values = np.round(differences, 12)  # rounding must not decide whether two sums are tied
    sums = 0.0
    for first, rows in _flips(len(values)).items():  # ten values have only 1,024 sums
        part = values[first : first + 10]
        sums = sums + (_signs(len(part)) @ part)[rows]
    extreme = int((np.abs(sums) >= abs(values.sum()) - 1e-9 * np.abs(values).sum()).sum())
    drawn = 2 ** len(values) > FLIPS  # then the flip that was seen is counted too
    return (extreme + drawn) / (len(sums) + drawn)


@lru_cache
def _signs(count):
    return np.array([*product((-1.0, 1.0), repeat=count)])


@lru_cache
def _flips(count):
    # for every ten values the row of `_signs` that each flip has there
    drawn = np.random.default_rng(0).choice((-1.0, 1.0), size=(FLIPS, count))
    up = (_signs(count) if 2**count <= FLIPS else drawn) > 0
    parts = {first: up[:, first : first + 10] for first in range(0, count, 10)}
    return {first: part @ (1 << np.arange(part.shape[1])[::-1]) for first, part in parts.items()}


def holm(p):
    """Return p values corrected for their number by Holm's step-down method."""
    p = np.asarray(p, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    corrected = np.empty_like(p)
    corrected[order] = np.maximum.accumulate((len(p) - np.arange(len(p))) * p[order])
    return np.minimum(corrected, 1.0)


def intervals(frame, measure, by=("mask", "n")):
    """Return `interval` of a measure, or of ``"difference"``, with the index (mask, n)."""
    warn_of_diverged(frame[measure])
    groups = frame.groupby([*by], sort=False)[measure]
    table = pd.DataFrame({key: interval(values) for key, values in groups}).T
    table = table.rename_axis([*by]).astype({"below_0": int, "seeds": int})
    return in_order(table)


def added(frame, measure, pairs):
    """Return what the first mask of each pair has over the second, as from `intervals`.

    Runs are paired by their starts; the mask of the result is the second.
    """
    parts = [
        paired_differences(frame[frame["mask"].isin(pair)], measure, pair[1]).assign(mask=pair[1])
        for pair in pairs
    ]
    return intervals(pd.concat(parts), "difference")


def with_interval(table, decimals=2):
    """Return means with their intervals as text, for reading: rows are masks, columns sizes.

    Cells are like ``0.12 [0.10, 0.14]``, or ``0.12`` where values are too few for an interval.
    """
    mean, low, high = (
        table[name].map(f"{{:.{decimals}f}}".format) for name in ("mean", "low", "high")
    )
    text = mean + " [" + low + ",\N{NO-BREAK SPACE}" + high + "]"  # a narrow cell breaks before "["
    text = text.where(table["low"].notna(), mean)
    text = text.str.replace(r"-(0\.0*)(?![\d])", r"\1", regex=True)  # no "-0.000"
    text = text.str.replace("-", "\N{MINUS SIGN}")
    return in_order(text.unstack("n").rename_axis(columns="N"))


def with_explained(frame, protocol=None):
    """Add ``explained``, the share of the target's variance: ``1 - fit_mse / var(y)``."""
    protocol = protocol or Protocol()
    starts = list(zip(frame["n"], frame["seed"], strict=True))
    variances = {place: np.var(start(protocol, *place).y) for place in dict.fromkeys(starts)}
    return frame.assign(explained=1.0 - frame["fit_mse"] / [variances[place] for place in starts])


def learning_curves(trained):
    """Measure recorded runs at the steps after which their parameters were kept.

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

    ``rho, low, high, runs``; nan where a measure is the same in all runs, or all diverged. Runs of
    one start are not independent, so starts (size and seed) are resampled, each with all its runs.
    """
    for name in (first, second):
        warn_of_diverged(frame[name])
    frame = frame.dropna(subset=[first, second])
    values = frame[[first, second]].to_numpy()
    starts = frame.groupby(["n", "seed"]).ngroup().to_numpy()
    (rho,), low, high = _spearman(values, np.ones((1, len(values)))), np.nan, np.nan
    if np.isfinite(rho):
        count = starts.max() + 1
        picked = np.random.default_rng(0).integers(count, size=(CORRELATION_RESAMPLES, count))
        times = (picked[:, :, None] == np.arange(count)).sum(axis=1)
        rhos = _spearman(values, times[:, starts].astype(float))
        low, high = np.nanquantile(rhos, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return pd.Series({"rho": rho, "low": low, "high": high, "runs": len(frame)})


def rank_correlations(parts, first, second):
    """Return `rank_correlation` in some sets of runs, by size and over all sizes.

    The index is (name, n), where n is a size or the word ``"all"``.
    """
    table = {}
    for name, part in parts.items():
        for n, group in [*part.groupby("n"), ("all", part)]:
            table[name, n] = rank_correlation(group, first, second)
    return pd.DataFrame(table).T


def _spearman(values, times):
    # Spearman's correlation where each row of two values stands so many times, by rows of `times`;
    # nan where a measure is the same in all: then it has no rank
    deviations = []
    for column in values.T:
        _, place = np.unique(column, return_inverse=True)
        counts = times @ (place[:, None] == np.arange(place.max() + 1))
        ranks = (counts.cumsum(axis=1) - (counts - 1) / 2)[:, place]  # ties share their mean
        deviations.append(ranks - np.average(ranks, axis=1, weights=times)[:, None])
    x, y = deviations
    with np.errstate(invalid="ignore"):
        spread = (times * x * x).sum(axis=1) * (times * y * y).sum(axis=1)
        return (times * x * y).sum(axis=1) / np.sqrt(spread)
