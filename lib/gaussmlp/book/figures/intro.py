"""The figure of the introduction."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gaussmlp.book.axes import at_ends, hull, join, log_errors
from gaussmlp.book.figures.reconstruction import by_size
from gaussmlp.book.style import INK, LOOKS, figure, offer
from gaussmlp.model import prototypes
from gaussmlp.study.tables import intervals


@figure
def what_is_given_away(trained, frame, guesses):
    """Draw where prototypes end beside the samples, and two measures by size, for the same masks.

    `trained` are runs of one start, one per mask.
    """
    frame = frame[frame["mask"].isin([one.run.mask for one in trained])]
    titles = {
        "precision": "prototypes that name a sample (share)",
        "reconstruction_error": "mean reconstruction error",
    }
    tables = {name: intervals(pd.concat([frame, guesses]), name) for name in titles}
    offer("fig-answer", pd.concat(tables, names=["measure"]))
    places = [["strips", "precision"], ["strips", "error"]]
    drawing, axes = plt.subplot_mosaic(places, figsize=(7.6, 4.3), width_ratios=(1, 1.05))
    _strips(axes["strips"], trained)
    panels = axes["precision"], axes["error"]
    ends = []
    for panel, (name, title) in zip(panels, titles.items(), strict=True):
        ends.append(by_size(panel, frame, guesses, name))
        panel.set_title(title)
    panels[0].set(ylim=(0, 1), xlabel="")
    log_errors(panels[1])
    for panel, named in zip(panels, ends, strict=True):  # once all panels have their sizes
        at_ends(panel, named, gap=11)
    return drawing


def _strips(axes, trained):
    x = np.sort(trained[0].start.x)
    hull(axes, x)
    for row, one in enumerate(trained):
        p, look = np.sort(prototypes(one.parameters)), LOOKS[one.run.mask]
        axes.vlines(x, row - 0.38, row - 0.1, color=INK, linewidth=0.9)
        join(axes, x, p, (row - 0.1, row + 0.16), color=look.color, lw=0.7, alpha=0.6)
        axes.plot(p, np.full(len(p), row + 0.16), **look.marks, ms=4)
    axes.set_yticks(range(len(trained)), [LOOKS[one.run.mask].words for one in trained])
    axes.invert_yaxis()
    axes.set(xlabel="input", title=f"samples (ticks) and prototypes, N = {len(x)}")
    axes.grid(visible=False)
