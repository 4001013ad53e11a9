"""The runs that the ledger of claims is judged on, and what else its chapters make of them."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from gaussmlp.arguments import number
from gaussmlp.experiment import check_memory, measure_all, run_grids, train_all
from gaussmlp.metrics import reconstruction_error
from gaussmlp.model import pairs, prototypes
from gaussmlp.protocol import MASKS, Protocol
from gaussmlp.start import start
from gaussmlp.study.claims import Evidence
from gaussmlp.study.sweeps import TAUS
from gaussmlp.study.tables import check_columns, warn_of_diverged
from gaussmlp.training import Run

TEMPERATURE_SIZES = (10, 30, 100)
"""Sizes of the temperature sweep."""

RATIOS = (0.1, 1.0, 10.0, 100.0, 1e3, 1e4)
"""Coverage's lam over overlap's in the balance sweep: decades, chosen before it was run."""

CORRELATION_RESAMPLES = 1000
"""Bootstrap resamples behind the interval of a rank correlation."""


def evidence(protocol=None, *, sweep_seeds=None, **options):
    """Run what the ledger needs: the grid, the temperature sweep and the balance sweep.

    Parameters
    ----------
    protocol : Protocol, optional
        The nominal one if not given. All eight masks are needed.
    sweep_seeds : sequence of int, optional
        Seeds of the two sweeps; the protocol's if not given.
    **options
        As for `run_grids`: `jobs`, `cache`, `progress`.

    Returns
    -------
    Evidence
        The temperature sweep moves separation's tau over `TAUS`. The balance sweep keeps overlap's
        lam and moves coverage's, over `RATIOS` times overlap's.

    Raises
    ------
    ValueError
        If a mask is missing or there are not two seeds; and as from `run_grids`.
    """
    protocol = Protocol() if protocol is None else protocol
    check_memory([protocol])
    if protocol.masks != MASKS:
        missing = ", ".join(mask for mask in MASKS if mask not in protocol.masks)
        raise ValueError(f"the ledger needs all eight masks; not given: {missing}")
    swept = protocol if sweep_seeds is None else protocol.but({"seeds": sweep_seeds})
    if min(len(protocol.seeds), len(swept.seeds)) < 2:
        raise ValueError("the ledger needs at least two seeds, in the grid and in the sweeps")
    sweep = swept.but({"sizes": TEMPERATURE_SIZES, "masks": ("standard", "S")})
    balanced = swept.but({"masks": ("standard", "OC", "OCS")})
    readings = {("grid", 0.0): protocol}
    readings |= {("tau", tau): sweep.but({"tau.separation": tau}) for tau in TAUS}
    readings |= {
        ("ratio", ratio): balanced.but({"lam.coverage": ratio * protocol.lam.overlap})
        for ratio in RATIOS
    }
    frame = run_grids(readings, **options)
    kind, value = frame["reading"].str[0], frame["reading"].str[1].astype(float)
    frame = frame.drop(columns="reading")
    grid, temperature, balance = (
        frame[kind == name].assign(**{name: value[kind == name]}).reset_index(drop=True)
        for name in ("grid", "tau", "ratio")
    )
    return Evidence(with_explained(grid.drop(columns="grid"), protocol), temperature, balance)


def with_explained(frame, protocol=None):
    """Add the share of the target's variance that each run explains.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `run_grid`.
    protocol : Protocol, optional
        What the runs followed; the nominal one if not given.

    Returns
    -------
    pandas.DataFrame
        With a column `explained`, ``1 - fit_mse / var(y)``, at most 1.
    """
    protocol = protocol or Protocol()
    variance = {
        (n, seed): np.var(start(protocol, int(n), int(seed)).y)
        for n, seed in set(zip(frame["n"], frame["seed"], strict=True))
    }
    targets = np.array([variance[key] for key in zip(frame["n"], frame["seed"], strict=True)])
    return frame.assign(explained=1.0 - frame["fit_mse"] / targets)


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
    return pd.concat(
        [
            measure_all(
                [
                    one._replace(parameters=one.history[k], diverged_at=_by(step, one))
                    for one in trained
                ]
            ).assign(step=step)
            for k, step in enumerate(trained[0].recorded)
        ],
        ignore_index=True,
    )


def _by(step, one):
    return one.diverged_at if one.diverged_at is not None and one.diverged_at <= step else None


def rank_correlation(frame, first, second, level=0.95):
    """Return Spearman's rank correlation of two measures, with a bootstrap interval.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs, as from `run_grid`; diverged ones are left out with a warning.
    first, second : str
        The names of two measures.
    level : float
        Confidence level.

    Returns
    -------
    pandas.Series
        ``rho, low, high, runs``. Runs of one start are not independent, so starts (size and seed)
        are resampled, each with all its runs. nan where a measure is the same in all runs, or all
        diverged.

    Raises
    ------
    ValueError
        If a column is missing or empty, or `level` is not between 0 and 1.
    """
    check_columns(frame, "n", "seed", first, second)
    level = number("level", level, above=0.0, below=1.0)
    for name in dict.fromkeys((first, second)):
        warn_of_diverged(frame[name])
    frame = frame.dropna(subset=[first, second])
    if not len(frame):
        return pd.Series({"rho": np.nan, "low": np.nan, "high": np.nan, "runs": 0})
    starts = list(frame.groupby(["n", "seed"]).indices.values())
    values = frame[[first, second]].to_numpy()
    rho = _spearman(values)
    if np.isnan(rho):
        return pd.Series({"rho": rho, "low": rho, "high": rho, "runs": len(frame)})
    rng = np.random.default_rng(0)
    rhos = []
    for _ in range(CORRELATION_RESAMPLES):
        picked = rng.integers(len(starts), size=len(starts))
        rhos.append(_spearman(values[np.concatenate([starts[k] for k in picked])]))
    low, high = np.nanquantile(rhos, [(1 - level) / 2, (1 + level) / 2])
    return pd.Series({"rho": rho, "low": low, "high": high, "runs": len(frame)})


def _spearman(values):
    if (values == values[0]).all(axis=0).any():
        return np.nan  # a measure that is the same in all runs has no rank
    return np.corrcoef(rankdata(values, axis=0).T)[0, 1]


def yardsticks(protocol=None, masks=("standard", "C", "CS")):
    """Compare trained prototypes with two guesses that no training has touched.

    Parameters
    ----------
    protocol : Protocol, optional
        The nominal one if not given.
    masks : sequence of str
        The masks of the trained prototypes.

    Returns
    -------
    pandas.DataFrame
        Columns are sizes. Rows are a measure, ``mean error`` (the reconstruction error, mean over
        seeds) or ``median nearest`` (the distance of a sample to its nearest prototype, median over
        the samples of all seeds), and what is measured: N points ``evenly spaced`` over the domain,
        the prototypes ``before training``, those of each mask.
    """
    protocol = protocol or Protocol()
    low, high = protocol.domain
    table = {}
    for n in protocol.sizes:
        starts = [start(protocol, n, seed) for seed in protocol.seeds]
        even = low + (high - low) * (np.arange(n) + 0.5) / n
        guesses = {
            "evenly spaced": [even] * len(starts),
            "before training": [prototypes(begin.parameters) for begin in starts],
        }
        for mask in masks:
            runs = [Run(protocol, n, mask, seed) for seed in protocol.seeds]
            guesses[mask] = [prototypes(one.parameters) for one in train_all(runs, progress=False)]
        table[n] = {}
        for name, points in guesses.items():
            both = [(begin.x, p) for begin, p in zip(starts, points, strict=True)]
            errors = [reconstruction_error(x, p) for x, p in both]
            nearest = [np.abs(pairs(np.subtract, x, p)).min(axis=1) for x, p in both]
            table[n]["mean error", name] = np.mean(errors)
            table[n]["median nearest", name] = np.median(nearest)
    return pd.DataFrame(table).rename_axis(columns="N").sort_index(level=0, sort_remaining=False)
