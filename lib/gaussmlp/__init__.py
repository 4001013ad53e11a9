"""Gaussian MLPs as wide as their training set, and whether the set can be read off the weights.

An open reproduction of arXiv:2605.25939. Start with `Protocol` and `run_grid`, or one network::

    from gaussmlp import Protocol, Run, prototypes, train

    (trained,) = train([Run(Protocol(), n=20, mask="C", seed=0)])
    print(trained.start.x, prototypes(trained.parameters))
"""

from importlib import import_module

from gaussmlp.model import Parameters, output, prototypes, responses, widths
from gaussmlp.protocol import MASKS, Formulas, Lam, Protocol, Tau
from gaussmlp.start import Start, start

__version__ = "0.2.0"

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

# numba and pandas take a second to import: what needs them is imported at its first use
_TRAINING = {
    "Run": "gaussmlp.training",
    "Trained": "gaussmlp.training",
    "train": "gaussmlp.training",
    "run_grid": "gaussmlp.experiment",
    "run_grids": "gaussmlp.experiment",
    "train_all": "gaussmlp.experiment",
}


def __getattr__(name):
    if name not in _TRAINING:
        raise AttributeError(f"module 'gaussmlp' has no attribute {name!r}")
    return getattr(import_module(_TRAINING[name]), name)


def __dir__():
    return [*globals(), *_TRAINING]
