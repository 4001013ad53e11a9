"""The figure of what large networks do."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, MultipleLocator

from gaussmlp.book.axes import band, legend, log_sizes
from gaussmlp.book.style import BLUE, HULL, LOOKS, RED, figure, offer
from gaussmlp.study.tables import LEAST, intervals

_LINES = {
    "nominal": dict(color="#009e73", marker="^", linestyle="-"),
    "longer": dict(color=RED, marker="v", linestyle="--"),
    "cooler": dict(color=BLUE, marker="s", linestyle="--"),
    "cooler, smaller steps": dict(color="#cc79a7", marker="D", linestyle="-."),
    "one-to-one": dict(color="#e69f00", marker="o", linestyle="-"),
}
_WORDS = {"nominal": "coverage", "one-to-one": "one-to-one coverage"}
_NULLS = dict(color="#bbbbbb", alpha=0.6, linewidth=0)
_MEASURES = {
    "reconstruction_error": "reconstruction error",
    "expelled_fraction": "expelled share",
    "precision": "precision",
    "auc": "AUC",
}


@figure
def over_sizes(runs, guesses):
    """Draw means of four measures from the nominal sizes to large ones.

    Parameters
    ----------
    runs, guesses : DataFrame
        As from `gaussmlp.study.large.all_runs` and `nulls`.
    """
    drawing, panels = plt.subplots(2, 2, figsize=(7.4, 6.6), sharex=True)
    sizes, offered = sorted(runs["n"].unique()), {}
    plain = runs[(runs["reading"] == "nominal") & (runs["mask"] == "standard")]
    covered = dict(iter(runs[runs["mask"] == "C"].groupby("reading")))
    thin = dict(ms=4, linewidth=1.3)
    for axes, (measure, words) in zip(panels.flat, _MEASURES.items(), strict=True):
        null = guesses.groupby(["n", "mask"])[measure].mean().groupby("n").agg(["min", "max"])
        axes.fill_between(null.index, null["min"], null["max"], **_NULLS)
        for name, part in {"standard": plain, **covered}.items():
            rows = intervals(part, measure).droplevel("mask")
            offered[measure, name] = rows
            if name in _LINES or name == "standard":
                look = _LINES.get(name, LOOKS["standard"].line) | thin
                band(axes, rows, **look)
                few = part[part.groupby("n")["seed"].transform("size") < LEAST]
                across = np.outer(
                    few["n"], [0.95, 1.05, np.nan]
                ).ravel()  # one line, which is small
                axes.plot(across, few[measure].repeat(3), color=look["color"], linewidth=0.8)
        log_sizes(axes, sizes)
        axes.axvspan(170, sizes[-1] * 1.4, color=HULL, zorder=0)
        axes.set(xlim=(2.6, sizes[-1] * 1.4), ylim=(-0.03, 1.03), title=f"mean {words}")
        axes.yaxis.set_major_locator(MultipleLocator(0.2))
        axes.grid(visible=False, axis="x")
    panels[0, 0].set(yscale="log", ylim=(2e-5, 1.5))
    panels[0, 0].yaxis.set_major_locator(LogLocator())
    for axes in panels[0]:
        axes.set_xlabel("")
    offer("fig-large", pd.concat(offered, names=["measure", "reading"]))
    looks = {"no coverage (standard)": LOOKS["standard"].line | thin}
    looks |= {_WORDS.get(name, f"coverage, {name}"): look | thin for name, look in _LINES.items()}
    legend(
        drawing,
        looks | {"the three nulls": _NULLS | dict(linewidth=6)},
        loc="outside lower center",
        ncols=3,
    )
    return drawing
