"""The figure of the protocol: the starts that all masks share."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp import start
from gaussmlp.book.axes import at_ends, ticks
from gaussmlp.book.style import HULL, INK, RED, figure
from gaussmlp.model import prototypes


@figure
def shared_starts(protocol, n):
    """Draw the samples and the initial prototypes of every seed, which all masks share."""
    drawing, axes = plt.subplots(figsize=(6.8, 3.6))
    for row, seed in enumerate(protocol.seeds):
        begin = start(protocol, n, seed)
        axes.hlines(row, begin.x.min(), begin.x.max(), color=HULL, linewidth=10)
        ticks(axes, begin.x, row, mew=1.2)
        axes.plot(prototypes(begin.parameters), np.full(n, row + 0.28), ".", color=RED, ms=6)
    axes.set_yticks(range(len(protocol.seeds)), protocol.seeds)
    axes.invert_yaxis()
    axes.set_xlabel("input")
    axes.set_ylabel("seed")
    axes.grid(visible=False)
    at_ends(axes, [("samples", 0, INK), ("prototypes at the start", 0.28, RED)], width=30)
    return drawing
