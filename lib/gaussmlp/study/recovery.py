"""What prototypes give away of the samples, beside nulls that know nothing of them.

Distances are in mean spacings, the length of the domain over N, so that sizes can be compared.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from gaussmlp.arguments import shown, vector
from gaussmlp.draws import NULLS, draws, evenly_spaced
from gaussmlp.experiment import run_grid, train_all
from gaussmlp.losses import fit
from gaussmlp.metrics import (
    WITHIN,
    auc,
    measure_prototypes,
    nearest,
    precision,
    reconstruction_error,
)
from gaussmlp.model import prototypes, widths
from gaussmlp.protocol import MASKS
from gaussmlp.start import start
from gaussmlp.study.tables import LEVEL, bootstrap_bounds
from gaussmlp.training import Run

TOLERANCES = np.geomspace(1e-3, 10.0, 41).round(6)
"""Distances, in mean spacings, at which hits are counted."""

CHANCES = 200
"""Draws behind the null of `recovered`."""

FALSE = 0.01
"""The share of non-members that may be taken for members where a table counts true positives."""

LEVELS = np.unique([*np.geomspace(FALSE, 1.0, 11).round(6), *np.linspace(0.0, 1.0, 17).round(6)])
"""Such shares for curves; `FALSE` is among them."""

POOLED = (10, 20, 50, 100)
"""Sizes at which the seeds together have enough non-members to count a hundredth of them."""

ORDERS = ("largest output weight", "narrowest", "both")
"""Whom a reader may trust first; ``both`` is the mean of the two ranks. Fixed before any run."""

RESAMPLES = 1000
"""Bootstrap resamples, or random orders, behind the bands of this module."""

_TAILS = (1 - LEVEL) / 2, (1 + LEVEL) / 2


class Recovered(NamedTuple):
    """What some prototypes give away of some samples."""

    measures: pd.DataFrame
    """Rows ``prototypes``, ``evenly spaced``, ``chance`` (a mean over draws), ``chance, lowest``
    and ``chance, highest`` (the middle 95% of draws); columns ``error, precision, recall, auc``."""
    curves: pd.DataFrame
    """`precision` and `recall` by tolerance, in mean spacings, and their means over the draws of
    chance."""
    roc: pd.DataFrame
    """Rates of ``false`` and ``true`` positives, if inputs nearer than some distance are taken for
    members."""


def recovered(samples, prototypes, nonmembers, domain=(-1.0, 1.0)):
    """Measure how far any prototypes in one dimension give samples away.

    Parameters
    ----------
    samples, prototypes, nonmembers : array_like, shapes (M,), (N,) and (K,)
        Training inputs, what was read off a network, and inputs from the same source that it was
        not trained on; finite.
    domain : tuple of float
        Where a reader without the weights would guess: the nulls are drawn there.

    Returns
    -------
    Recovered
        The error is the Wasserstein-1 distance, which for as many prototypes as samples is the
        reconstruction error. A hit is a distance of at most a tenth of the mean spacing.

    Raises
    ------
    ValueError
        Where points are not one-dimensional and finite, or the domain does not hold all inputs:
        then the nulls would guess in the wrong place, and anything would look better than they.
    """
    samples, prototypes = vector("samples", samples), vector("prototypes", prototypes)
    nonmembers = vector("nonmembers", nonmembers)
    low, high = vector("domain", domain)
    inputs = np.concatenate([samples, nonmembers])
    if not low <= inputs.min() <= inputs.max() <= high:
        raise ValueError(f"domain must hold all samples and nonmembers, got {shown(domain)}")
    spacing, count = (high - low) / len(samples), len(prototypes)
    rng = np.random.default_rng(0)

    def measured(p):
        hits = precision(samples, p, WITHIN * spacing), precision(p, samples, WITHIN * spacing)
        return scipy.stats.wasserstein_distance(samples, p), *hits, auc(samples, nonmembers, p)

    names = ["error", "precision", "recall", "auc"]
    guesses = low + (high - low) * rng.random((CHANCES, count))
    chance = pd.DataFrame([measured(p) for p in guesses], columns=names)
    even = low + (high - low) * (np.arange(count) + 0.5) / count
    rows = {"prototypes": measured(prototypes), "evenly spaced": measured(even)}
    measures = pd.DataFrame.from_dict(rows, orient="index", columns=names)
    measures.loc["chance"] = chance.mean()
    for name, tail in zip(("lowest", "highest"), _TAILS, strict=True):
        measures.loc[f"chance, {name}"] = chance.quantile(tail)
    curves = hit_rates(samples, prototypes, spacing)
    by_chance = sum(hit_rates(samples, p, spacing) for p in guesses) / CHANCES
    scored = [nearest(inputs, prototypes) for inputs in (samples, nonmembers)]
    return Recovered(measures, curves.join(by_chance.add_suffix(", chance")), roc(*scored))


def hit_rates(samples, prototypes, spacing):
    """Return precision and recall at every one of `TOLERANCES`.

    Parameters
    ----------
    samples, prototypes : array_like, shapes (M,) and (N,)
    spacing : float
        The mean spacing.

    Returns
    -------
    DataFrame
        Index ``tolerance``; columns ``precision, recall``.
    """
    found, known = nearest(prototypes, samples), nearest(samples, prototypes)
    rates = {
        name: (distances[:, None] <= spacing * TOLERANCES).mean(axis=0)
        for name, distances in (("precision", found), ("recall", known))
    }
    return pd.DataFrame(rates, index=pd.Index(TOLERANCES, name="tolerance"))


def roc(members, nonmembers):
    """Return the rates of true and false positives over all thresholds of a distance.

    Parameters
    ----------
    members, nonmembers : array_like, shapes (M,) and (K,)
        Distances to the nearest prototype.

    Returns
    -------
    DataFrame
        Columns ``threshold, false, true``, from 0 to 1.
    """
    members, nonmembers = np.sort(members), np.sort(nonmembers)
    at = np.unique(np.concatenate([members, nonmembers]))
    rates = {
        name: np.searchsorted(values, at, side="right") / len(values)
        for name, values in (("false", nonmembers), ("true", members))
    }
    table = pd.DataFrame({"threshold": at, **rates})
    return pd.concat([pd.DataFrame([dict.fromkeys(table, 0.0)]), table], ignore_index=True)


def guessed(protocol, n, seed):
    """Return the prototypes of each null.

    Parameters
    ----------
    protocol : Protocol
    n, seed : int

    Returns
    -------
    dict of str to ndarray, shape (n,)
        By the names `NULLS`.
    """
    begin = prototypes(start(protocol, n, seed).parameters)
    points = (begin, draws(protocol, n, seed).chance, evenly_spaced(protocol, n))
    return dict(zip(NULLS, points, strict=True))


def null_runs(protocol):
    """Return a frame of the nulls of every size and seed, measured like runs.

    Parameters
    ----------
    protocol : Protocol

    Returns
    -------
    DataFrame
        The columns of `run_grid` without what needs a network; the null's name stands as ``mask``.
        The untrained start is a network, and alone has a ``fit_mse``.
    """
    rows = []
    for n in protocol.sizes:
        named = [(n, s, *null) for s in protocol.seeds for null in guessed(protocol, n, s).items()]
        places = [(protocol, n, seed) for _, seed, *_ in named]
        measures = measure_prototypes(places, np.array([p for *_, p in named]))
        for (_, seed, name, _), measured in zip(named, measures, strict=True):
            row = {"n": n, "seed": seed, "mask": name}
            if name == "untrained":
                row["fit_mse"] = fit(*start(protocol, n, seed))
            rows.append(row | measured)
    return pd.DataFrame(rows)


def showcase(protocol, n, mask):
    """Return the seed that stands for all in a picture: that of the median reconstruction error.

    Parameters
    ----------
    protocol : Protocol
    n : int
    mask : str
        Whose error counts, also where runs of other masks from the same start are shown beside it.

    Returns
    -------
    int
        Of two seeds in the middle the one with the lower error.
    """
    frame = run_grid(protocol.but({"sizes": (n,), "masks": (mask,)}), progress=False)
    ordered = frame.sort_values("reconstruction_error", kind="stable")
    return int(ordered["seed"].iloc[(len(ordered) - 1) // 2])


def read(protocol, sizes, masks=MASKS):
    """Return what a reader of the weights has in hand, of every run and of the nulls.

    Parameters
    ----------
    protocol : Protocol
    sizes : sequence of int
    masks : sequence of str

    Returns
    -------
    list of tuple
        ``(name, n, seed, p)``, where the name is a mask or one of `NULLS`.
    """
    runs = [Run(protocol, n, m, seed) for m in masks for n in sizes for seed in protocol.seeds]
    trained = train_all(runs, progress=False)
    found = [(e.run.mask, e.run.n, e.run.seed, prototypes(e.parameters)) for e in trained]
    nulls = [(n, seed, guessed(protocol, n, seed)) for n in sizes for seed in protocol.seeds]
    return found + [(name, n, seed, p[name]) for name in NULLS for n, seed, p in nulls]


def rates(protocol, sizes, masks=MASKS):
    """Return `hit_rates` of runs and nulls as means over seeds, with bootstrap intervals.

    Parameters
    ----------
    protocol : Protocol
    sizes : sequence of int
    masks : sequence of str

    Returns
    -------
    DataFrame
        Index (rate, mask, n, tolerance), where a null's name stands as a mask; columns ``mean, low,
        high``, the studentised interval over seeds.
    """
    groups = {}
    for name, n, seed, p in read(protocol, sizes, masks):
        hits = hit_rates(start(protocol, n, seed).x, p, _spacing(protocol, n))
        for rate in hits:
            groups.setdefault((rate, name, n), []).append(hits[rate])
    tables = {key: _over_seeds(np.array(rows), TOLERANCES) for key, rows in groups.items()}
    return pd.concat(tables, names=["rate", "mask", "n", "tolerance"])


def distances(protocol, sizes, masks=MASKS):
    """Return how far members and non-members are from the nearest prototype, in mean spacings.

    Parameters
    ----------
    protocol : Protocol
    sizes : sequence of int
    masks : sequence of str

    Returns
    -------
    DataFrame
        Columns ``mask, n, seed, member, nonmember``, both distances, one row for each of both; a
        null's name stands as a mask.
    """
    parts = []
    for name, n, seed, p in read(protocol, sizes, masks):
        both = start(protocol, n, seed).x, draws(protocol, n, seed).nonmembers
        near = [nearest(inputs, p) / _spacing(protocol, n) for inputs in both]
        columns = dict(mask=name, n=n, seed=seed, member=near[0], nonmember=near[1])
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def true_positives(table, levels=LEVELS):
    """Return how many members are found while few non-members are, pooled over seeds.

    Parameters
    ----------
    table : DataFrame, as from `distances`
    levels : sequence of float, from 0 to 1
        Shares of non-members that may be nearer than the distance that decides.

    Returns
    -------
    DataFrame
        Index (mask, n, level); columns ``mean`` (the rate) and ``low, high`` (seeds resampled, each
        with all its inputs).
    """
    tables = {}
    for key, part in table.groupby(["mask", "n"], sort=False):
        member, nonmember = (
            np.stack([*part.groupby("seed")[name].apply(np.array)])
            for name in ("member", "nonmember")
        )
        picks = np.random.default_rng(0).integers(len(member), size=(RESAMPLES, len(member)))
        spread = [_found(member[pick], nonmember[pick], levels) for pick in picks]
        low, high = np.quantile(spread, _TAILS, axis=0)
        columns = {"mean": _found(member, nonmember, levels), "low": low, "high": high}
        tables[key] = pd.DataFrame(columns, index=pd.Index(levels))
    return pd.concat(tables, names=["mask", "n", "level"])


def _found(member, nonmember, levels):
    allowed = (np.asarray(levels) * nonmember.size + 1e-9).astype(int)  # 0.29 of 100 is 29
    decides = np.append(np.sort(nonmember, axis=None), np.inf)[allowed]
    return np.searchsorted(np.sort(member, axis=None), decides) / member.size


def trusted(protocol, sizes, mask):
    """Return the precision of the prototypes that a reader would trust first.

    Parameters
    ----------
    protocol : Protocol
    sizes : sequence of int
    mask : str

    Returns
    -------
    DataFrame
        Index (n, order, best); columns ``mean, low, high``: the share of the best 1, 2, ... N
        prototypes with a sample within a tenth of the mean spacing. For `ORDERS` the interval is
        the bootstrap's over seeds. ``random order`` has the middle of what random orders give.
    """
    tables = {}
    for n in sizes:
        ends = train_all([Run(protocol, n, mask, seed) for seed in protocol.seeds], progress=False)
        within, best = WITHIN * _spacing(protocol, n), np.arange(1, n + 1)
        hits = [nearest(prototypes(end.parameters), end.start.x) <= within for end in ends]
        places = [ranked(end.parameters) for end in ends]
        for name in ORDERS:
            kept = [hit[place[name]] for hit, place in zip(hits, places, strict=True)]
            tables[n, name] = _over_seeds(np.cumsum(kept, axis=1) / best, best)
        rng = np.random.default_rng(0)
        mixed = [rng.permuted(hits, axis=1).mean(axis=0) for _ in range(RESAMPLES)]
        low, high = np.quantile(np.cumsum(mixed, axis=1) / best, _TAILS, axis=0)
        columns = {"mean": np.mean(hits), "low": low, "high": high}
        tables[n, "random order"] = pd.DataFrame(columns, index=best)
    return pd.concat(tables, names=["n", "order", "best"]).sort_index()


def ranked(parameters):
    """Return the neurons of a network in each of `ORDERS`, the most trusted first.

    Parameters
    ----------
    parameters : Parameters

    Returns
    -------
    dict of str to ndarray of int
    """
    ranks = [scipy.stats.rankdata(score) for score in (-np.abs(parameters.v), widths(parameters))]
    scores = (*ranks, np.mean(ranks, axis=0))
    return {
        name: np.argsort(score, kind="stable") for name, score in zip(ORDERS, scores, strict=True)
    }


def error_parts(protocol, mask):
    """Return what of a mask's reconstruction error stays if its prototypes are put right in part.

    Parameters
    ----------
    protocol : Protocol
    mask : str

    Returns
    -------
    DataFrame
        Columns are sizes, rows are means over seeds: the ``error``; that with every prototype
        outside the hull ``moved to the hull``; with every prototype ``moved to a sample``, the one
        nearest to it, so that only how many prototypes a sample has can be wrong; the errors of
        the nulls; and the ``median distance`` of matched pairs, over all seeds.
    """
    table = {}
    for n in protocol.sizes:
        runs = [Run(protocol, n, mask, seed) for seed in protocol.seeds]
        rows, matched = [], []
        for end in train_all(runs, progress=False):
            x, p = end.start.x, np.sort(prototypes(end.parameters))
            nulls = guessed(protocol, n, end.run.seed).values()
            moved = p.clip(x.min(), x.max()), snapped(x, p)
            rows.append([reconstruction_error(x, guess) for guess in (p, *moved, *nulls)])
            matched.append(np.abs(x - p))
        table[n] = [*np.mean(rows, axis=0), np.median(matched)]
    names = ["error", "moved to the hull", "moved to a sample", *NULLS, "median distance"]
    return pd.DataFrame(table, index=names).rename_axis(columns="N")


def snapped(x, p):
    """Return for each prototype the sample nearest to it.

    Parameters
    ----------
    x, p : ndarray, shapes (M,) and (N,)

    Returns
    -------
    ndarray, shape (N,)
    """
    return x[np.abs(np.subtract.outer(p, x)).argmin(axis=1)]


def counts(x, p, edges):
    """Return how many samples and prototypes each region has.

    Parameters
    ----------
    x, p : ndarray
        Samples and prototypes.
    edges : ndarray
        Where one region ends and the next begins; the first and the last region have no end.

    Returns
    -------
    DataFrame
        One row for each region, columns ``samples, prototypes``.
    """
    found = {"samples": x, "prototypes": p}
    regions = len(edges) + 1
    return pd.DataFrame(
        {k: np.bincount(np.searchsorted(edges, v), minlength=regions) for k, v in found.items()}
    )


def _spacing(protocol, n):
    low, high = protocol.domain
    return (high - low) / n


def _over_seeds(values, index):
    """Return means over the first axis, seeds, with their bootstrap intervals."""
    low, high, *_ = bootstrap_bounds(values.T.astype(float), RESAMPLES)
    return pd.DataFrame({"mean": values.mean(axis=0), "low": low, "high": high}, index=index)
