"""The figure of the ledger: the balance sweep of P."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gaussmlp.book.axes import band, masks_in
from gaussmlp.book.style import INK, LOOKS, figure, offer
from gaussmlp.study.tables import intervals, paired_differences
from gaussmlp.study.thresholds import RESTORED


@figure
def balance(frame):
    """Draw what raising coverage against overlap does to the expelled share and to the error.

    Mean paired differences from the baseline, one line per size, with bootstrap intervals.
    """
    masks, sizes = masks_in(frame)[1:], sorted(frame["n"].unique())
    drawing, panels = plt.subplots(2, len(masks), figsize=(7.4, 4.6), sharex=True, sharey="row")
    colors = plt.get_cmap("viridis")(np.linspace(0.8, 0.1, len(sizes)))
    names = {"expelled_fraction": "expelled share", "reconstruction_error": "error"}
    tables = {measure: _by_ratio(frame, measure) for measure in names}
    offer("fig-balance", pd.concat(tables, names=["measure"]))
    for row, (measure, name) in zip(panels, names.items(), strict=True):
        row[0].set_ylabel(f"rise of the {name}")
        for axes, mask in zip(row, masks, strict=True):
            axes.axhline(0, color=INK, linewidth=0.9)
            for n, color in zip(sizes, colors, strict=True):
                rows = tables[measure].xs((mask, n), level=("mask", "n"))
                band(axes, rows, color=color, marker="o", ms=4, mew=0, label=f"N = {n}")
            axes.set_xscale("log")
    for axes, mask in zip(panels[0], masks, strict=True):
        axes.axhline(RESTORED, color=INK, linestyle=":", linewidth=1)
        axes.set_title(LOOKS[mask].words)
    for axes in panels[1]:
        axes.set_xlabel("coverage's λ over overlap's")
    drawing.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside right center")
    return drawing


def _by_ratio(frame, measure):
    parts = {
        ratio: intervals(paired_differences(part, measure), "difference")
        for ratio, part in frame.groupby("ratio")
    }
    return pd.concat(parts, names=["ratio"])
