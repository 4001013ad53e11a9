"""The figure of the protocol: the starts that all masks share."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp import start
from gaussmlp.book.axes import ticks
from gaussmlp.book.style import RED, figure
from gaussmlp.model import prototypes


@figure
def shared_starts(protocol, n):
    """Draw the samples and the initial prototypes of every seed, which all masks share.

    Parameters
    ----------
    protocol : Protocol
    n : int, number of samples and of neurons
    """
    drawing, axes = plt.subplots(figsize=(6.4, 2.9))
    for row, seed in enumerate(protocol.seeds):
        begin = start(protocol, n, seed)
        axes.hlines(row, begin.x.min(), begin.x.max(), color="#d9e2ea", linewidth=9)
        ticks(axes, begin.x, row, mew=1.2)
        axes.plot(prototypes(begin.parameters), np.full(n, row + 0.28), ".", color=RED)
    axes.set_yticks(range(len(protocol.seeds)), protocol.seeds)
    axes.invert_yaxis()
    axes.set_xlabel("input (ticks: samples, bars: their hull, dots: initial prototypes)")
    axes.set_ylabel("seed")
    axes.grid(visible=False)
    return drawing
