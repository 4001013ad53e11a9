"""The runs that the ledger of claims is judged on."""

import numpy as np

from gaussmlp.claims import Evidence
from gaussmlp.data import start
from gaussmlp.experiment import run_grids
from gaussmlp.protocol import MASKS, Protocol
from gaussmlp.sweeps import TAUS

TEMPERATURE_SIZES = (10, 30, 100)
"""Sizes of the temperature sweep."""

RATIOS = (0.1, 1.0, 10.0, 100.0, 1e3, 1e4)
"""Coverage's lam over overlap's in the balance sweep: decades, chosen before it was run."""


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
    protocol = protocol or Protocol()
    if protocol.masks != MASKS:
        missing = ", ".join(mask for mask in MASKS if mask not in protocol.masks)
        raise ValueError(f"the ledger needs all eight masks; not given: {missing}")
    swept = protocol.but({"seeds": sweep_seeds or protocol.seeds})
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
