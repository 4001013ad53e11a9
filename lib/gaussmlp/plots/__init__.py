"""One function per figure; each takes data and returns a matplotlib figure."""

from gaussmlp.plots.foundations import (
    differences_by_size,
    error_by_size,
    forces,
    network,
    neuron,
    samples_and_prototypes,
    shared_starts,
)
from gaussmlp.plots.style import LOOKS, STYLE

__all__ = [
    "LOOKS",
    "STYLE",
    "differences_by_size",
    "error_by_size",
    "forces",
    "network",
    "neuron",
    "samples_and_prototypes",
    "shared_starts",
]
