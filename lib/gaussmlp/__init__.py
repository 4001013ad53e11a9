"""Gaussian MLPs as wide as their training set, and whether the set can be read off the weights.

An open reproduction of arXiv:2605.25939. Start with `Protocol` and `run_grid`, or one network::

    from gaussmlp import Protocol, Run, prototypes, train

    (trained,) = train([Run(Protocol(), n=20, mask="C", seed=0)])
    print(trained.start.x, prototypes(trained.parameters))
"""

from gaussmlp.experiment import run_grid, run_grids, train_all
from gaussmlp.model import Parameters, output, prototypes, responses, widths
from gaussmlp.protocol import MASKS, Formulas, Lam, Protocol, Tau
from gaussmlp.start import Start, start
from gaussmlp.training import Run, Trained, train

__version__ = "0.1.0"

__all__ = [
    "MASKS",
    "Formulas",
    "Lam",
    "Parameters",
    "Protocol",
    "Run",
    "Start",
    "Tau",
    "Trained",
    "output",
    "prototypes",
    "responses",
    "run_grid",
    "run_grids",
    "start",
    "train",
    "train_all",
    "widths",
]
