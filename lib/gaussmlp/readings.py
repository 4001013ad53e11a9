"""Readings: other ways to read the abstract, each a protocol that differs in named choices.

The list was written before any of its grids was run. A reading is here because a careful reader of
the abstract might have made its choice, not because of what it gives.
"""

from typing import NamedTuple

import pandas as pd

from gaussmlp.claims import ON_THE_GRID, Evidence, judge
from gaussmlp.evidence import with_explained
from gaussmlp.experiment import run_grids
from gaussmlp.protocol import Protocol


class Reading(NamedTuple):
    """One other way to read the abstract."""

    id: str
    choices: dict
    """What differs from the nominal protocol, by dotted name, as for `Protocol.but`."""
    why: str
    """Why a careful reader might have made this choice."""

    @property
    def protocol(self):
        """The nominal protocol with these choices."""
        return Protocol().but(self.choices)


READINGS = (
    Reading("half width", {"activation": "exp(-z^2/2)"}, "the density's form of a Gaussian"),
    Reading("centre and width", {"trained": "centre and width"}, "as in radial basis networks"),
    Reading("fan-in start", {"w0": "fan-in"}, "what common libraries draw by default"),
    Reading("w starts at 1", {"w0": 1}, "the plainest number; bumps as wide as the domain"),
    Reading("w starts at 10", {"w0": 10}, "bumps narrower than the gaps of ten samples"),
    Reading("w starts at N/4", {"w0": "N/4"}, "bumps that narrow as the samples come closer"),
    Reading("hard coverage", {"formulas.coverage": "hard minimum"}, "the nearest prototype alone"),
    Reading("response coverage", {"formulas.coverage": "log response"}, "some neuron must respond"),
    Reading("soft coverage", {"tau.coverage": 1e-2}, "a temperature a hundred times as large"),
    Reading("cosine overlap", {"formulas.overlap": "cosine"}, "the usual measure of likeness"),
    Reading("separation on |d|", {"formulas.separation": "distance"}, "no square in the exponent"),
    Reading("identity", {"target": "x"}, "the simplest function to fit"),
    Reading("random labels", {"target": "random labels"}, "as in studies of memorization"),
    Reading("sin 3 pi x", {"target": "sin(3 pi x)"}, "a target that needs more neurons"),
    Reading("equispaced", {"inputs": "equispaced"}, "uniform read as evenly spaced"),
    Reading("domain [0, 1]", {"domain": (0, 1)}, "the other common interval"),
    *(
        Reading(f"lam {lam:g}", {"lam": lam}, "the abstract gives no coefficient")
        for lam in (0.01, 0.1, 0.3, 3)
    ),
    *(
        Reading(f"tau {tau:g}", {"tau": tau}, "the abstract gives no temperature")
        for tau in (1e-5, 1e-3, 1e-2)
    ),
    *(
        Reading(f"{steps} steps", {"steps": steps}, "the abstract gives no length of training")
        for steps in (2000, 20000)
    ),
    *(
        Reading(f"step size {size:g}", {"step_size": size}, "the abstract gives no step size")
        for size in (0.003, 0.03)
    ),
    Reading("gradient descent", {"optimizer": "gradient descent"}, "the plainest optimizer"),
    Reading("momentum", {"optimizer": "momentum"}, "the usual optimizer before Adam"),
)
"""The readings that change one choice."""


def run_readings(readings=READINGS, **options):
    """Run the grid of the nominal protocol and of each reading.

    Parameters
    ----------
    readings : sequence of Reading
    **options
        As for `run_grids`: `jobs`, `cache`, `progress`.

    Returns
    -------
    pandas.DataFrame
        As from `run_grids`, with the share of the target's variance explained; the nominal
        protocol's rows come first, under ``nominal``.

    Raises
    ------
    ValueError
        As from `run_grids`.
    """
    protocols = {"nominal": Protocol()} | {one.id: one.protocol for one in readings}
    frame = run_grids(protocols, **options)
    parts = [
        with_explained(part, protocols[name]) for name, part in frame.groupby("reading", sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


def judge_readings(frame):
    """Judge the claims that a grid can decide, for each reading.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `run_readings`.

    Returns
    -------
    dict
        From the name of a reading to its verdicts, in the order of `claims.ON_THE_GRID`.

    Raises
    ------
    ValueError
        As from `judge`.
    """
    return {
        name: judge(Evidence(part.drop(columns="reading"), None, None), ON_THE_GRID)
        for name, part in frame.groupby("reading", sort=False)
    }
