"""Figures of the specialization ratio."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp import model
from gaussmlp.book.axes import (
    at_ends,
    band,
    bars,
    even_sizes,
    hull,
    join,
    legend,
    log_sizes,
    masks_in,
    name_places,
    nulls,
    side_by_side,
    ticks,
)
from gaussmlp.book.style import BLUE, GREY, INK, LOOKS, figure, offer
from gaussmlp.draws import NULLS
from gaussmlp.protocol import MASKS
from gaussmlp.study.tables import intervals, warn_of_diverged


@figure
def usage(frame, above):
    """Draw the mean specialization ratio by size, and by how much coverage's is above others."""
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.6, 4.1), width_ratios=(1.15, 1))
    sizes, table = sorted(frame["n"].unique()), intervals(frame, "specialization_ratio")
    offer("fig-usage", table)
    for mask in MASKS:
        band(left, table.loc[mask], **LOOKS[mask].line)
    log_sizes(left, sizes)
    left.set(ylabel="mean specialization ratio", ylim=(0, 1))
    last = table["mean"].xs(sizes[-1], level="n")
    ends = [(LOOKS[mask].words, last[mask], LOOKS[mask].color) for mask in MASKS]
    ends += nulls(left, frame[frame["mask"].isin(NULLS)], "specialization_ratio")
    right.axhline(0, color=INK, linewidth=0.9)
    for shift, name in zip(side_by_side(4, 0.18), ("standard", *NULLS), strict=True):
        look = LOOKS[name].marks | dict(mew=1.5, label=LOOKS[name].words)
        if name == "evenly spaced":
            look["marker"] = "D"  # its upright stroke would be lost on the bar
        bars(right, np.arange(len(sizes)) + shift, above.loc[name], **look)
    even_sizes(right, sizes)
    right.set_ylabel("ratio of coverage minus that of ...")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, handletextpad=0.2)
    at_ends(left, ends)
    return drawing


@figure
def unused_prototypes(trained):
    """Draw which prototypes the samples of a run choose, and the response of each neuron."""
    panels = dict(figsize=(7.4, 3.6), sharex="col", sharey="row", height_ratios=(1, 1.3))
    drawing, axes = plt.subplots(2, len(trained), squeeze=False, **panels)
    for column, one in zip(axes.T, trained, strict=True):
        _draw_choices(*column, one)
    axes[1, 0].set_ylabel("response")
    looks = {
        "used": dict(color=INK, marker="o", mew=0),
        "unused": dict(color=INK, linestyle="--", marker="o", mfc="white"),
    }
    legend(axes[0, -1], looks, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return drawing


def _draw_choices(top, bottom, trained):
    x, end, mask = trained.start.x, trained.parameters, trained.run.mask
    p, color = model.prototypes(end), LOOKS[mask].color
    nearest = np.abs(np.subtract.outer(x, p)).argmin(axis=1)
    used = np.isin(np.arange(len(p)), nearest)
    for axes in (top, bottom):
        hull(axes, x)
        axes.grid(visible=False)
    join(top, x, p[nearest], (1, 0), color=color, linewidth=1)
    ticks(top, x, 1, ms=10, mew=1.4)
    for chosen, look in ((used, dict(mew=0)), (~used, dict(mfc="white", mew=1.5, zorder=4))):
        top.plot(p[chosen], np.zeros(chosen.sum()), "o", color=color, ms=7, **look)
    top.set(ylim=(-0.35, 1.35), title=f"{LOOKS[mask].words}: {used.sum()} of {len(p)} used")
    top.set_yticks([0, 1], ["prototypes", "samples"])
    at = np.linspace(min(x.min(), p.min()) - 0.1, max(x.max(), p.max()) + 0.1, 1501)
    h = model.responses(at, end.w, end.b)
    bottom.plot(at, h[:, used], color=color, linewidth=1)
    bottom.plot(at, h[:, ~used], color=color, linestyle="--", linewidth=1.6)
    bottom.set(xlabel="input")


@figure
def ratio_and_error(frame, correlations):
    """Draw every run's error over its specialization ratio, and rank correlations by size.

    Errors below 0.01 are drawn there. Of the nulls the medians of each size are drawn.
    """
    places = dict(figsize=(7.4, 4.6), width_ratios=(1.4, 1))
    drawing, axes = plt.subplot_mosaic([["runs", "error"], ["runs", "hits"]], **places)
    left = axes.pop("runs")
    warn_of_diverged(frame["reconstruction_error"])
    for mask in masks_in(frame):
        part = frame.loc[
            frame["mask"] == mask, ["n", "specialization_ratio", "reconstruction_error"]
        ]
        if mask in NULLS:
            part = part.groupby("n").median()
        errors = part["reconstruction_error"].clip(lower=0.01)
        look = LOOKS[mask].marks | dict(ms=3.5, label=LOOKS[mask].words)
        left.plot(part["specialization_ratio"], errors, **look)
    left.set(xlabel="specialization ratio", xlim=(0, 1.03))
    left.set(ylabel="reconstruction error", yscale="log")
    name_places(left.yaxis, [0.01, 0.1, 1])
    drawing.legend(ncols=4, loc="outside lower center", handletextpad=0.2, columnspacing=0.8)
    looks = (dict(color=INK, fmt="o"), dict(color=BLUE, fmt="D"), dict(color=GREY, fmt="s"))
    titles = ("correlation with the error", "correlation with the precision")
    parts = (part.droplevel("measure") for _, part in correlations.groupby("measure", sort=False))
    for ax, title, part in zip(axes.values(), titles, parts, strict=True):
        ax.axhline(0, color=INK, linewidth=0.9)
        names = part.index.unique("set")
        for shift, look, name in zip(side_by_side(3, 0.2), looks, names, strict=True):
            rows = part.loc[name].drop("all").rename(columns={"rho": "mean"})
            bars(ax, np.arange(len(rows)) + shift, rows, **look, ms=4.5, mew=0, label=name)
        even_sizes(ax, rows.index)
        ax.set(ylim=(-1.05, 1.05), yticks=(-1, 0, 1), title=title)
    axes["error"].set(xlabel="")
    axes["error"].legend(
        loc="upper left", ncols=3, handletextpad=0.1, columnspacing=0.5, fontsize=9
    )
    return drawing
