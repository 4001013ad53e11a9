"""Sweeps: grids that are run again and again while one or two choices move.

They return what `run_grid` does, with the choices that move as further columns. Runs that do not
depend on such a choice, as the baseline does not depend on the temperature, are trained once.
"""

import numpy as np
import pandas as pd

from gaussmlp.arguments import many, number
from gaussmlp.experiment import check_memory, run_grids
from gaussmlp.protocol import MASKS, Protocol
from gaussmlp.start import start
from gaussmlp.study.tables import RESAMPLES, check_columns, paired_differences, warn_of_diverged

# Decimal texts, not powers: they are the same numbers on every machine, and a libm's power is not.
_HALF_DECADES = ("1", "3.1622776601683795")


def _half_decades(first, last):
    values = [
        float(f"{digits}e{exponent}") for exponent in range(first, last) for digits in _HALF_DECADES
    ]
    return (*values, float(f"1e{last}"))


TAUS = _half_decades(-6, 2)
"""Separation's temperatures: half decades from 1e-6 to 1e2, 17 values; 1e-4 is nominal."""

LAMS = _half_decades(-4, 3)
"""Lams of overlap and coverage in the phase diagram: half decades, 1e-4 to 1e3, 15 values."""

ONSET_RISE = 0.1
"""Expulsion has set in where the expelled share rises by more than this; fixed before any sweep."""


def temperature(
    masks=("standard", "S"), sizes=(10, 30, 100), seeds=range(10), *, taus=TAUS, **options
):
    """Run the nominal protocol at several temperatures of separation; coverage's stays nominal.

    Parameters
    ----------
    masks : sequence of str
        Some of `MASKS`.
    sizes : sequence of int
        Numbers N of samples.
    seeds : sequence of int
        Seeds of the starts.
    taus : sequence of float
        Temperatures of separation, above 0.
    **options
        As for `run_grids`: `jobs`, `cache`, `progress`.

    Returns
    -------
    pandas.DataFrame
        The columns of `run_grid` and `tau`, ordered by (tau, n, mask, seed). A mask without
        separation has the same runs at every `tau`.

    Raises
    ------
    ValueError
        As from `Protocol` and `run_grids`.
    """
    protocol = Protocol(sizes=sizes, seeds=seeds, masks=masks)
    taus = [number("taus", tau, least=1e-300) for tau in many("taus", taus)]
    check_memory([protocol] * len(taus))
    return _sweep(protocol, ("tau",), {(tau,): {"tau.separation": tau} for tau in taus}, options)


def balance(
    lams_overlap=LAMS, lams_coverage=LAMS, n=20, seeds=range(5), *, masks=("OC",), **options
):
    """Run overlap against coverage for every pair of their lams: the phase diagram.

    Parameters
    ----------
    lams_overlap, lams_coverage : sequence of float
        Coefficients of the two losses, at least 0.
    n : int
        Number of samples.
    seeds : sequence of int
        Seeds of the starts.
    masks : sequence of str
        Some of `MASKS`.
    **options
        As for `run_grids`: `jobs`, `cache`, `progress`.

    Returns
    -------
    pandas.DataFrame
        The columns of `run_grid`, `lam_overlap` and `lam_coverage`, ordered by these two, then as
        in a grid.

    Raises
    ------
    ValueError
        As from `Protocol` and `run_grids`.
    """
    protocol = Protocol(sizes=(n,), seeds=seeds, masks=masks)
    lams_overlap, lams_coverage = (
        [number(name, lam, least=0.0) for lam in many(name, lams)]
        for name, lams in (("lams_overlap", lams_overlap), ("lams_coverage", lams_coverage))
    )
    check_memory([protocol], times=len(lams_overlap) * len(lams_coverage))
    choices = {
        (overlap, coverage): {"lam.overlap": overlap, "lam.coverage": coverage}
        for overlap in lams_overlap
        for coverage in lams_coverage
    }
    return _sweep(protocol, ("lam_overlap", "lam_coverage"), choices, options)


def _sweep(protocol, names, choices, options):
    places = list(choices)
    readings = {str(k): protocol.but(choice) for k, choice in enumerate(choices.values())}
    frame = run_grids(readings, **options)
    reading = frame.pop("reading").astype(int)
    for position, name in enumerate(names):
        frame[name] = reading.map(lambda k, position=position: places[k][position])
    return frame


def mean_spacing(n, seeds=range(10)):
    """Return the mean distance between neighbouring samples, over the nominal starts of a size.

    Parameters
    ----------
    n : int
        Number of samples.
    seeds : sequence of int
        Seeds of the starts.

    Returns
    -------
    float
        Near ``2 / (n + 1)``.

    Raises
    ------
    ValueError
        As from `start`, or if there is no seed.
    """
    spans = [np.ptp(start(Protocol(), n, seed).x) for seed in many("seeds", seeds)]
    return float(np.mean([span / (n - 1) for span in spans]))


def rises(frame, measure="expelled_fraction", baseline="standard"):
    """Return a measure's paired rise over the baseline at every temperature.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `temperature`, with the baseline among its masks.
    measure : str
        The name of a measure.
    baseline : str
        The mask to compare with.

    Returns
    -------
    pandas.DataFrame
        Columns ``tau, mask, n, seed, difference``; nan where a run of the pair diverged.

    Raises
    ------
    ValueError
        As from `paired_differences`.
    """
    check_columns(frame, "tau", measure)
    parts = {tau: paired_differences(part, measure, baseline) for tau, part in frame.groupby("tau")}
    return pd.concat(parts, names=["tau"]).reset_index("tau").reset_index(drop=True)


def onset(frame, rise=ONSET_RISE, level=0.95):
    """Return where expulsion sets in, with bootstrap intervals over seeds.

    The onset is the smallest temperature of the sweep at which the mean paired rise of the expelled
    share over the baseline exceeds `rise`. The crossing places it between that temperature and the
    one before, on the straight line of the mean rise over log tau.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `temperature`, with ``standard`` among its masks.
    rise : float
        The rise that counts.
    level : float
        Confidence level of the intervals.

    Returns
    -------
    pandas.DataFrame
        Index (mask, n); columns ``onset, onset_low, onset_high, crossing, crossing_low,
        crossing_high, without, seeds``. Temperatures are nan where the sweep has no onset. Each
        resample draws seeds, a seed with its whole row of temperatures, and has an onset of its
        own; `without` is the share of resamples that have none, which count as beyond the sweep.
        Pairs with a diverged run are left out with a warning.

    Raises
    ------
    ValueError
        If a column or the baseline is missing, or `level` is not between 0 and 1.
    """
    rise, level = number("rise", rise), number("level", level, above=0.0, below=1.0)
    table, differences = {}, rises(frame)
    warn_of_diverged(differences["difference"])
    for (mask, n), part in differences.groupby(["mask", "n"]):
        wide = part.pivot(index="seed", columns="tau", values="difference")
        table[mask, n] = _onset(wide.to_numpy(), wide.columns.to_numpy(), rise, level)
    table = pd.DataFrame.from_dict(table, orient="index").rename_axis(["mask", "n"])
    return table.sort_index(key=lambda names: names.map(_rank) if names.name == "mask" else names)


def _rank(mask):
    return MASKS.index(mask)


def _onset(differences, taus, rise, level):
    seeds = len(differences)
    picks = np.random.default_rng(0).integers(seeds, size=(RESAMPLES, seeds))
    counts = (picks[:, :, None] == np.arange(seeds)).sum(axis=1)
    known = np.isfinite(differences)
    result = {}
    here = _first_above(np.ones((1, seeds)), differences, known, taus, rise)
    resampled = _first_above(counts, differences, known, taus, rise)
    for name, (value,), values in zip(("onset", "crossing"), here, resampled, strict=True):
        ends = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
        result |= {name: value, f"{name}_low": ends[0], f"{name}_high": ends[1]}
    result = {name: value if np.isfinite(value) else np.nan for name, value in result.items()}
    return result | {"without": np.isinf(resampled[0]).mean(), "seeds": seeds}


def _first_above(counts, differences, known, taus, rise):
    # a temperature at which every run diverged has no mean, and so no rise
    means = counts @ np.where(known, differences, 0.0) / np.maximum(counts @ known, 1)
    above = means > rise + 1e-9  # shares are multiples of 1/N: a tie must not hang on rounding
    first, row = above.argmax(axis=1), np.arange(len(means))
    last = np.maximum(first - 1, 0)
    gap = means[row, first] - means[row, last]
    part = np.divide(rise - means[row, last], gap, out=np.ones_like(gap), where=gap > 0)
    crossing = taus[last] * (taus[first] / taus[last]) ** np.clip(part, 0.0, 1.0)
    found = above.any(axis=1)
    return np.where(found, taus[first], np.inf), np.where(found, crossing, np.inf)
