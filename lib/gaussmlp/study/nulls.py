"""Guesses that no training has touched, measured like trained prototypes."""

import numpy as np
import pandas as pd

from gaussmlp.draws import evenly_spaced
from gaussmlp.experiment import train_all
from gaussmlp.metrics import nearest, reconstruction_error
from gaussmlp.model import prototypes
from gaussmlp.protocol import Protocol
from gaussmlp.start import start
from gaussmlp.training import Run


def yardsticks(protocol=None, masks=("standard", "C", "CS")):
    """Compare trained prototypes with two guesses.

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
        seeds), ``mean nearest`` or ``median nearest`` (the distance of a sample to its nearest
        prototype, over the samples of all seeds), and what is measured: N points ``evenly spaced``
        over the domain, the prototypes ``before training``, those of each mask.
    """
    protocol = protocol or Protocol()
    table = {}
    for n in protocol.sizes:
        starts = [start(protocol, n, seed) for seed in protocol.seeds]
        guesses = {
            "evenly spaced": [evenly_spaced(protocol, n)] * len(starts),
            "before training": [prototypes(begin.parameters) for begin in starts],
        }
        for mask in masks:
            runs = [Run(protocol, n, mask, seed) for seed in protocol.seeds]
            guesses[mask] = [prototypes(one.parameters) for one in train_all(runs, progress=False)]
        table[n] = {}
        for name, points in guesses.items():
            both = [(begin.x, p) for begin, p in zip(starts, points, strict=True)]
            errors = [reconstruction_error(x, p) for x, p in both]
            distances = [nearest(x, p) for x, p in both]
            table[n]["mean error", name] = np.mean(errors)
            table[n]["mean nearest", name] = np.mean(distances)
            table[n]["median nearest", name] = np.median(distances)
    return pd.DataFrame(table).rename_axis(columns="N").sort_index(level=0, sort_remaining=False)
