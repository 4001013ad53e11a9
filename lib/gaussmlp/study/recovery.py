"""What prototypes give away of the samples, beside nulls that know nothing of them.

Distances are in mean spacings, the length of the domain over N, so that sizes can be compared.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import wasserstein_distance

from gaussmlp.draws import NULLS, draws, evenly_spaced
from gaussmlp.experiment import run_grid
from gaussmlp.metrics import WITHIN, auc, measure_prototypes, nearest, precision
from gaussmlp.model import prototypes
from gaussmlp.start import start

TOLERANCES = np.geomspace(1e-3, 10.0, 41).round(6)
"""Distances, in mean spacings, at which hits are counted."""

CHANCES = 200
"""Draws behind the null of `recovered`."""


class Recovered(NamedTuple):
    """What some prototypes give away of some samples."""

    measures: pd.DataFrame
    """Rows ``prototypes``, ``evenly spaced``, ``chance`` (a mean over draws), ``chance, lowest``
    and ``chance, highest`` (the middle 95% of draws); columns ``error, precision, recall, auc``."""
    curves: pd.DataFrame
    """`precision` and `recall` by tolerance, in mean spacings."""
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
    """
    samples, prototypes, nonmembers = map(np.asarray, (samples, prototypes, nonmembers))
    low, high = domain
    spacing, count = (high - low) / len(samples), len(prototypes)
    rng = np.random.default_rng(0)

    def measured(p):
        hits = precision(samples, p, WITHIN * spacing), precision(p, samples, WITHIN * spacing)
        return wasserstein_distance(samples, p), *hits, auc(samples, nonmembers, p)

    names = ["error", "precision", "recall", "auc"]
    guesses = low + (high - low) * rng.random((CHANCES, count))
    chance = pd.DataFrame([measured(p) for p in guesses], columns=names)
    even = low + (high - low) * (np.arange(count) + 0.5) / count
    rows = {"prototypes": measured(prototypes), "evenly spaced": measured(even)}
    measures = pd.DataFrame.from_dict(rows, orient="index", columns=names)
    measures.loc["chance"] = chance.mean()
    measures.loc["chance, lowest"], measures.loc["chance, highest"] = (
        chance.quantile(0.025),
        chance.quantile(0.975),
    )
    scored = [nearest(inputs, prototypes) for inputs in (samples, nonmembers)]
    return Recovered(measures, hit_rates(samples, prototypes, spacing), roc(*scored))


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
    """
    rows = [
        {"n": n, "seed": seed, "mask": name} | measure_prototypes(protocol, n, seed, p)
        for n in protocol.sizes
        for seed in protocol.seeds
        for name, p in guessed(protocol, n, seed).items()
    ]
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
