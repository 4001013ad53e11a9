"""Figures of predictions, and of the claims on fresh seeds."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from gaussmlp.book.axes import bars, name_places
from gaussmlp.book.style import BLUE, INK, RED, figure, offer
from gaussmlp.study.claims import leads


@figure
def predictions(verdicts, name="fig-predictions"):
    """Draw how far each prediction is from its limit, at every size that it is about.

    Right of the line is as predicted. Where several comparisons must agree it is the weakest.
    """
    drawing, axes = plt.subplots(figsize=(7.4, 0.62 * len(verdicts) + 0.7))
    sizes = sorted({n for v in verdicts for n in (*v.holds_at, *v.fails_at)})
    shades = plt.get_cmap("viridis")(np.linspace(0.75, 0.1, len(sizes)))
    colors = dict(zip(sizes, map(to_hex, shades), strict=True))
    places = dict(zip(sizes, np.linspace(-0.27, 0.27, len(sizes)), strict=True))
    tables = {v.claim.id: leads(v) for v in verdicts}
    offer(name, pd.concat(tables, names=["id"]))
    for row, table in enumerate(tables.values()):
        for n, one in table.iterrows():
            height = row + places[n]
            axes.hlines(height, one["low"], one["high"], color=colors[n], linewidth=1.5)
            axes.plot(one["lead"], height, "o", color=colors[n], ms=5, label=f"N = {n}")
    axes.axvline(0, color=INK, linewidth=0.9)
    labels = [fill(f"{v.claim.id}. {v.claim.statement}", 42) for v in verdicts]
    axes.set_yticks(range(len(verdicts)), labels, fontsize=9)
    axes.set(
        ylim=(len(verdicts) - 0.5, -0.5), xlabel="distance from the limit; right: as predicted"
    )
    handles = dict(zip(*axes.get_legend_handles_labels()[::-1], strict=True))
    drawing.legend(handles.values(), handles, loc="outside upper right", ncols=len(sizes))
    return drawing


@figure
def nominal_and_fresh(nominal, fresh):
    """Draw each mean paired difference on fresh seeds over the same one on the nominal seeds.

    One panel per measure; the comparisons that C1 to C7 make on the grid, each once.
    """
    names = {
        "reconstruction_error": "reconstruction error",
        "specialization_ratio": "specialization ratio",
        "expelled_fraction": "expelled share",
    }
    drawing, panels = plt.subplots(1, len(names), figsize=(7.4, 2.9))
    for axes, (measure, title) in zip(panels, names.items(), strict=True):
        one, two = (_differences(verdicts, measure) for verdicts in (nominal, fresh))
        same = np.sign(one["mean"]) == np.sign(two["mean"])
        for rows, color, marker, ms in ((same, BLUE, "o", 4), (~same, RED, "X", 7)):
            look = dict(fmt=marker, color=color, ms=ms, mew=0, elinewidth=0.4, alpha=0.75)
            bars(axes, one[rows], two[rows], **look)
        axes.axhline(0, color=INK, linewidth=0.9)
        axes.axvline(0, color=INK, linewidth=0.9)
        means = pd.concat([one["mean"], two["mean"]])
        diagonal = np.linspace(means.min(), means.max(), 501)
        axes.plot(diagonal, diagonal, color=INK, linewidth=0.6, linestyle=":")
        if measure == "reconstruction_error":
            axes.set_xscale("symlog", linthresh=0.05)
            axes.set_yscale("symlog", linthresh=0.05)
            for axis in (axes.xaxis, axes.yaxis):
                name_places(axis, [-1, -0.1, 0, 0.1, 1])
        axes.set(title=title, xlabel="nominal seeds")
    panels[0].set_ylabel("fresh seeds")
    return drawing


def _differences(verdicts, measure):
    tables = [v.comparisons for v in verdicts if v.claim.id in ("C1", "C2", "C3", "C4", "C6", "C7")]
    rows = [t[t["measure"] == measure].set_index(["mask", "baseline", "n"]) for t in tables]
    table = pd.concat(rows)
    return table[~table.index.duplicated()].sort_index()
