"""Sweeps: grids that are run again and again while one or two choices move.

They return what `run_grid` does, with the choices that move as further columns. Runs that do not
depend on such a choice, as the baseline does not depend on the temperature, are trained once.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from gaussmlp.experiment import run_grid, run_grids, train_all
from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.model import prototypes, responses
from gaussmlp.protocol import MASKS, Protocol, Tau
from gaussmlp.start import start
from gaussmlp.study.claims import Evidence
from gaussmlp.study.mechanism import balance_ratios, beyond, compensation
from gaussmlp.study.recovery import null_runs
from gaussmlp.study.tables import (
    LEVEL,
    RESAMPLES,
    paired_differences,
    warn_of_diverged,
    with_explained,
)
from gaussmlp.study.thresholds import ONSET_RISE, SILENT, TIE
from gaussmlp.training import Run

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

TEMPERATURE_SIZES = (10, 30, 100)
"""Sizes of the temperature sweep."""

LONGER = 4
"""Times the nominal steps after which overlap's prototypes are looked at again."""

RATIOS = (0.1, 1.0, 10.0, 100.0, 1e3, 1e4)
"""Coverage's lam over overlap's in the balance sweep: decades, chosen before it was run."""


def temperature(
    masks=("standard", "S"), sizes=TEMPERATURE_SIZES, seeds=range(10), *, taus=TAUS, **options
):
    """Run the nominal protocol at several temperatures of separation; coverage's stays nominal.

    Parameters
    ----------
    masks, sizes, seeds
        As for `Protocol`.
    taus : sequence of float
    **options
        As for `run_grids`.

    Returns
    -------
    pandas.DataFrame
        The columns of `run_grid` and `tau`, ordered by (tau, n, mask, seed). A mask without
        separation has the same runs at every `tau`.
    """
    protocol = Protocol(sizes=sizes, seeds=seeds, masks=masks)
    protocols = {(tau,): protocol.but({"tau.separation": tau}) for tau in taus}
    return _run(("tau",), protocols, options)


def balance(
    lams_overlap=LAMS, lams_coverage=LAMS, n=20, seeds=range(5), *, choices=None, **options
):
    """Run mask OC for every pair of the lams of overlap and coverage: the phase diagram.

    Parameters
    ----------
    lams_overlap, lams_coverage : sequence of float
    n : int
        Number of samples.
    seeds : sequence of int
    choices : mapping, optional
        What else differs from the nominal protocol, as for `Protocol.but`.
    **options
        As for `run_grids`.

    Returns
    -------
    pandas.DataFrame
        The columns of `run_grid`, `lam_overlap` and `lam_coverage`, ordered by these two, then as
        in a grid.
    """
    protocol = Protocol(sizes=(n,), seeds=seeds, masks=("OC",)).but(choices or {})
    protocols = {
        (overlap, coverage): protocol.but({"lam.overlap": overlap, "lam.coverage": coverage})
        for overlap in lams_overlap
        for coverage in lams_coverage
    }
    return _run(("lam_overlap", "lam_coverage"), protocols, options)


def run_evidence(protocol=None, *, sweep_seeds=None, **options):
    """Run what the ledger needs: the grid, the temperature sweep and the balance sweep.

    Parameters
    ----------
    protocol : Protocol, optional
        The nominal one if not given.
    sweep_seeds : sequence of int, optional
        Seeds of the two sweeps; the protocol's if not given.
    **options
        As for `run_grids`.

    Returns
    -------
    Evidence
        The temperature sweep moves separation's tau over `TAUS`. The balance sweep keeps overlap's
        lam and moves coverage's, over `RATIOS` times overlap's.

    Raises
    ------
    ValueError
        If one of the eight masks is missing or there are not two seeds.
    """
    protocol = Protocol() if protocol is None else protocol
    if protocol.masks != MASKS:
        missing = ", ".join(mask for mask in MASKS if mask not in protocol.masks)
        raise ValueError(f"the ledger needs all eight masks; not given: {missing}")
    swept = protocol if sweep_seeds is None else protocol.but({"seeds": sweep_seeds})
    if min(len(protocol.seeds), len(swept.seeds)) < 2:
        raise ValueError("the ledger needs at least two seeds, in the grid and in the sweeps")
    heated = swept.but({"sizes": TEMPERATURE_SIZES, "masks": ("standard", "S")})
    balanced = swept.but({"masks": ("standard", "OC", "OCS")})
    protocols = {("grid", 0.0): protocol}
    protocols |= {("tau", tau): heated.but({"tau.separation": tau}) for tau in TAUS}
    protocols |= {
        ("ratio", ratio): balanced.but({"lam.coverage": ratio * protocol.lam.overlap})
        for ratio in RATIOS
    }
    frame = _run(("sweep", "value"), protocols, options)
    parts = {
        name: part.drop(columns="sweep").rename(columns={"value": name}).reset_index(drop=True)
        for name, part in frame.groupby("sweep")
    }
    grid = with_explained(parts["grid"].drop(columns="grid"), protocol)
    rest = at_rest(protocol, **options)
    return Evidence(grid, parts["tau"], parts["ratio"], null_runs(protocol), rest)


def at_rest(protocol, **options):
    """Return how many neurons are silent, and how far expelled prototypes move if training goes on.

    Parameters
    ----------
    protocol : Protocol
    **options
        As for `train_all`.

    Returns
    -------
    pandas.DataFrame
        Columns ``n, mask, seed``; ``silent``, the share of neurons that respond to no sample by
        more than `SILENT`, for the masks standard and O and for the untrained start; and for O
        ``drift``, the mean distance that prototypes expelled at the end have moved after `LONGER`
        times the steps, nan if there are none.
    """
    places = [(n, seed) for n in protocol.sizes for seed in protocol.seeds]
    longer = protocol.but({"steps": LONGER * protocol.steps})
    kinds = (("standard", protocol), ("O", protocol), ("O", longer))
    runs = [Run(one, n, mask, seed) for mask, one in kinds for n, seed in places]
    trained = train_all(runs, **options)
    late = dict(zip(places, trained[-len(places) :], strict=True))
    rows = []
    for one in trained[: -len(places)]:
        x, _, begin = one.start
        p, n, seed = prototypes(one.parameters), one.run.n, one.run.seed
        row = {"n": n, "mask": one.run.mask, "seed": seed, "silent": _silent(x, one.parameters)}
        if one.run.mask == "standard":
            rows.append(row | {"mask": "untrained", "silent": _silent(x, begin)})
        out = beyond(x, p) > EXPELLED_BEYOND
        if one.run.mask == "O" and out.any():
            row["drift"] = np.abs(prototypes(late[n, seed].parameters) - p)[out].mean()
        rows.append(row)
    return pd.DataFrame(rows)


def _silent(x, parameters):
    return (responses(x, parameters.w, parameters.b).max(axis=0) <= SILENT).mean()


def _run(names, protocols, options):
    """Run protocols, each named by a tuple of values, which become columns of these names."""
    frame = run_grids(protocols, **options)
    values = pd.DataFrame(frame.pop("reading").tolist(), columns=names)
    return frame.join(values)


class Phases(NamedTuple):
    """The phase diagram of overlap and coverage: what was run, measured and predicted."""

    frame: pd.DataFrame
    """The runs, as from `balance`."""
    baseline: pd.DataFrame
    """The baseline's runs from the same starts."""
    needed: pd.Series
    """Index `lam_overlap`: the coverage that it needs, as from `compensation`."""
    predicted: np.ndarray
    """Ratios of the two lams from the forces at the starts, as from `balance_ratios`."""

    @property
    def share(self):
        """The baseline's mean expelled share."""
        return float(self.baseline["expelled_fraction"].mean())


def phases(lams_overlap=LAMS, lams_coverage=LAMS, n=20, seeds=range(5), **options):
    """Return how much coverage holds what overlap pushes, measured and predicted.

    Parameters
    ----------
    lams_overlap, lams_coverage, n, seeds, **options
        As for `balance`.

    Returns
    -------
    Phases
        ``phases().needed[1.0]`` is how many times overlap's lam that of coverage must be at the
        nominal lam of overlap.
    """
    frame = balance(lams_overlap, lams_coverage, n, seeds, **options)
    baseline = run_grid(Protocol(sizes=(n,), seeds=seeds, masks=("standard",)), **options)
    ratios = balance_ratios([start(Protocol(), n=n, seed=seed) for seed in seeds])
    share = baseline["expelled_fraction"].mean()
    return Phases(frame, baseline, compensation(frame, share), ratios)


def mean_spacing(n):
    """Return the mean distance between neighbouring samples, over the nominal starts of a size.

    Parameters
    ----------
    n : int

    Returns
    -------
    float
        Near ``2 / (n + 1)``.
    """
    nominal = Protocol()
    spans = [np.ptp(start(nominal, n, seed).x) for seed in nominal.seeds]
    return float(np.mean([span / (n - 1) for span in spans]))


def rises(frame):
    """Return the paired rise of the expelled share over the baseline's at every temperature.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `temperature`, with ``standard`` among its masks.

    Returns
    -------
    pandas.DataFrame
        Columns ``tau, mask, n, seed, difference``; nan where a run of the pair diverged.
    """
    parts = {
        tau: paired_differences(part, "expelled_fraction") for tau, part in frame.groupby("tau")
    }
    return pd.concat(parts, names=["tau"]).reset_index("tau").reset_index(drop=True)


def onset(frame):
    """Return where expulsion sets in, with bootstrap intervals over seeds.

    The onset is the smallest temperature of the sweep at which the mean paired rise of the expelled
    share over the baseline exceeds `ONSET_RISE`. The crossing places it between that temperature
    and the one before, on the straight line of the mean rise over log tau.

    Parameters
    ----------
    frame : pandas.DataFrame
        As for `rises`; diverged runs are left out with a warning.

    Returns
    -------
    pandas.DataFrame
        Index (mask, n); columns ``onset, onset_low, onset_high, crossing, crossing_low,
        crossing_high``, nan where the sweep has no onset. Each resample draws seeds, a seed with
        its whole row of temperatures, and has an onset of its own, or none, which counts as beyond
        the sweep.
    """
    table, differences = {}, rises(frame)
    warn_of_diverged(differences["difference"])
    for place, part in differences.groupby(["mask", "n"], sort=False):
        wide = part.pivot(index="seed", columns="tau", values="difference")
        table[place] = _onset(wide.to_numpy(), wide.columns.to_numpy())
    return pd.DataFrame.from_dict(table, orient="index").rename_axis(["mask", "n"])


def crossings(onsets):
    """Return where expulsion sets in, in units that can be read.

    Parameters
    ----------
    onsets : pandas.DataFrame
        As from `onset`.

    Returns
    -------
    pandas.DataFrame
        Index as of `onsets`. Columns ``onset``, ``crossing``, ``from`` and ``to`` (the interval of
        the crossing) in nominal temperatures, and ``in squared spacings``: the crossing over the
        square of `mean_spacing`.
    """
    names = {
        "onset": "onset",
        "crossing": "crossing",
        "crossing_low": "from",
        "crossing_high": "to",
    }
    table = onsets[[*names]].rename(columns=names) / Tau().separation
    squares = [mean_spacing(n) ** 2 for n in onsets.index.get_level_values("n")]
    return table.assign(**{"in squared spacings": onsets["crossing"] / squares})


def _onset(differences, taus):
    seeds = len(differences)
    picks = np.random.default_rng(0).integers(seeds, size=(RESAMPLES, seeds))
    counts = (picks[:, :, None] == np.arange(seeds)).sum(axis=1)
    measured = _first_above(np.ones((1, seeds)), differences, taus)
    resampled = _first_above(counts, differences, taus)
    result = {}
    for name, (value,), values in zip(("onset", "crossing"), measured, resampled, strict=True):
        low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
        result |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return {name: value if np.isfinite(value) else np.nan for name, value in result.items()}


def _first_above(counts, differences, taus):
    # a temperature at which every run diverged has no mean, and so no rise
    known = np.isfinite(differences)
    means = counts @ np.where(known, differences, 0.0) / np.maximum(counts @ known, 1)
    above = means > ONSET_RISE + TIE
    first, row = above.argmax(axis=1), np.arange(len(means))
    last = np.maximum(first - 1, 0)
    gap = means[row, first] - means[row, last]
    part = np.divide(ONSET_RISE - means[row, last], gap, out=np.ones_like(gap), where=gap > 0)
    crossing = taus[last] * (taus[first] / taus[last]) ** np.clip(part, 0.0, 1.0)
    found = above.any(axis=1)
    return np.where(found, taus[first], np.inf), np.where(found, crossing, np.inf)
