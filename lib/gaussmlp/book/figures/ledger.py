"""Figures of the ledger: where claims hold, and the balance sweep of P."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gaussmlp.book.axes import band, even_sizes, legend, masks_in
from gaussmlp.book.style import BLUE, INK, RED, figure, offer
from gaussmlp.study.tables import intervals, paired_differences
from gaussmlp.study.thresholds import RESTORED


@figure
def verdict_map(ledgers):
    """Draw at which sizes each claim holds.

    Parameters
    ----------
    ledgers : mapping of str to sequence of Verdict, one panel each
    """
    drawing, panels = plt.subplots(1, len(ledgers), figsize=(7.4, 3.7), sharey=True, squeeze=False)
    looks = {
        "holds": dict(color=BLUE, marker="o", linestyle="", ms=9, mew=0),
        "does not": dict(color=RED, marker="X", linestyle="", ms=9, mew=0),
    }
    for axes, (title, verdicts) in zip(panels[0], ledgers.items(), strict=True):
        sizes = sorted({n for v in verdicts for n in (*v.holds_at, *v.fails_at)})
        for row, v in enumerate(verdicts):
            for look, found in zip(looks.values(), (v.holds_at, v.fails_at), strict=True):
                axes.plot([sizes.index(n) for n in found], [row] * len(found), **look)
            axes.axhline(row + 0.5, color="#e3e3e3", linewidth=0.6)
        even_sizes(axes, sizes)
        axes.set_yticks(range(len(verdicts)), [v.claim.id for v in verdicts])
        axes.set(title=title, xlim=(-0.6, len(sizes) - 0.4), ylim=(len(verdicts) - 0.4, -0.6))
        axes.grid(visible=False)
        axes.tick_params(length=0)
    legend(drawing, looks, loc="outside lower center", ncols=2)
    return drawing


@figure
def balance(frame):
    """Draw what raising coverage against overlap does to the expelled share and to the error.

    Mean paired differences from the baseline, one line per size, with bootstrap intervals.

    Parameters
    ----------
    frame : DataFrame, the balance sweep as in `Evidence`
    """
    masks, sizes = masks_in(frame)[1:], sorted(frame["n"].unique())
    drawing, panels = plt.subplots(2, len(masks), figsize=(7.4, 4.6), sharex=True, sharey="row")
    colors = plt.get_cmap("viridis_r")(np.linspace(0.12, 1, len(sizes)))
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
        axes.set_title(mask)
    for axes in panels[1]:
        axes.set_xlabel("coverage's lam over overlap's")
    panels[0, -1].legend(ncols=2)
    return drawing


def _by_ratio(frame, measure):
    parts = {
        ratio: intervals(paired_differences(part, measure), "difference")
        for ratio, part in frame.groupby("ratio")
    }
    return pd.concat(parts, names=["ratio"])
