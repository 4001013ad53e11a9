"""Our own engine: blocks of eight runs in compiled lanes, two threads."""

import numba
import numpy
from gaussmlp import Protocol, Run, train_all

VERSIONS = {"numba": numba.__version__, "numpy": numpy.__version__}


def train(n, masks, seeds, steps):
    protocol = Protocol(sizes=(n,), masks=masks, seeds=seeds, steps=steps)
    runs = [Run(protocol, n, mask, seed) for mask in masks for seed in seeds]
    trained = train_all(runs, jobs=2, cache=False, progress=False)
    return [one.parameters.flat() for one in trained]
