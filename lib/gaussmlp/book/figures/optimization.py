"""Figures of the fit."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp.book.axes import (
    at_ends,
    band,
    bars,
    even_sizes,
    masks_in,
    medians,
    name_places,
    side_by_side,
    strip,
)
from gaussmlp.book.style import HULL, INK, LOOKS, figure, offer
from gaussmlp.study.claims import ADD_OVERLAP
from gaussmlp.study.tables import warn_of_diverged
from gaussmlp.study.thresholds import FIT_MARGIN


@figure
def unexplained(frame):
    """Draw the unexplained share of every run, and each fit loss over that of its twin.

    What lies below 1e-16 is drawn there. The frame has a column `explained`.
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.6), width_ratios=(1.1, 1))
    masks = masks_in(frame)
    warn_of_diverged(frame["explained"])
    left.axvline(FIT_MARGIN, color=INK, linestyle=":", linewidth=1)
    for place, mask in enumerate(masks):
        shares = (1.0 - frame.loc[frame["mask"] == mask, "explained"]).clip(lower=1e-16)
        strip(left, shares, place, 0.3, color=LOOKS[mask].color, linewidth=1)
        left.plot(shares.median(), place, "D", color=INK, ms=6, mec="white", zorder=4)
    left.set_yticks(range(len(masks)), [fill(LOOKS[mask].words, 20) for mask in masks])
    left.invert_yaxis()
    left.grid(visible=False, axis="y")
    left.set(xscale="log", xlabel="unexplained share of the variance", xlim=(4e-17, 30))
    losses = frame.pivot(index=["n", "seed"], columns="mask", values="fit_mse").clip(lower=1e-16)
    for mask, other in ADD_OVERLAP:
        look = LOOKS[mask].marks | dict(alpha=0.7, ms=4, label=LOOKS[other].words)
        right.plot(losses[other], losses[mask], **look)
    right.axline((1e-16, 1e-16), (1, 1), color=INK, linewidth=0.9)
    right.set(xscale="log", yscale="log", xlim=(4e-17, 1), ylim=(4e-17, 1))
    right.set(xlabel="fit loss without overlap", ylabel="fit loss with overlap")
    added = dict(loc="lower right", handletextpad=0.2, title="overlap added to", borderpad=0)
    right.legend(**added, title_fontsize=8.5, alignment="left")
    labels = [r"$\leq 10^{-16}$", *(rf"$10^{{{k}}}$" for k in (-12, -8, -4)), "1"]
    for axis in (left.xaxis, right.xaxis, right.yaxis):
        axis.set_ticks([1e-16, 1e-12, 1e-8, 1e-4, 1], labels)
        axis.set_ticks([], minor=True)
    return drawing


@figure
def equivalence_intervals(comparisons):
    """Draw C5's paired differences in the explained share, with intervals, against the margin.

    The studentised one is thick, the percentile one thin.
    """
    offer("fig-equivalence", comparisons.set_index(["mask", "baseline", "n"]))
    drawing, axes = plt.subplots(figsize=(7.0, 3.2))
    axes.axhspan(-FIT_MARGIN, FIT_MARGIN, color=HULL)
    for edge in (-FIT_MARGIN, FIT_MARGIN):
        axes.axhline(edge, color=INK, linewidth=0.9, linestyle=":")
    axes.axhline(0, color=INK, linewidth=0.9)
    sizes = sorted(comparisons["n"].unique())
    for shift, (mask, other) in zip(side_by_side(4, 0.17), ADD_OVERLAP, strict=True):
        rows = comparisons[comparisons["mask"] == mask].sort_values("n")
        look = LOOKS[mask].marks | dict(label=LOOKS[other].words)
        at, ends = np.arange(len(sizes)) + shift, ["percentile_low", "percentile_high"]
        axes.vlines(at, *rows[ends].to_numpy().T, color=look["color"], linewidth=0.8)
        bars(axes, at, rows, **look | dict(elinewidth=2.4))
    axes.set_yscale("symlog", linthresh=1e-3, linscale=0.8)
    name_places(axes.yaxis, [-0.1, -0.01, -0.001, 0, 0.001, 0.01])
    even_sizes(axes, sizes)
    axes.set(ylabel="difference in explained share", ylim=(-0.1, 0.03))
    place = dict(loc="outside lower center", ncols=4, title="overlap added to")
    drawing.legend(*axes.get_legend_handles_labels(), **place)
    return drawing


@figure
def learning(curves, guesses):
    """Draw the fit loss and the reconstruction error during training, from `learning_curves`.

    The median over seeds, and the band from the first to the ninth decile.
    """
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 3.3))
    curves = curves[curves["step"] > 0]
    names = {"fit_mse": "fit loss", "reconstruction_error": "reconstruction error"}
    for axes, (measure, label) in zip(panels, names.items(), strict=True):
        warn_of_diverged(curves[measure])
        for mask in masks_in(curves):
            groups = curves[curves["mask"] == mask].groupby("step")[measure]
            look = LOOKS[mask].line | dict(ms=4, markevery=0.12, label=LOOKS[mask].words)
            band(axes, medians(groups, 0.1), **look)
        axes.set(xscale="log", yscale="log", xlabel="step", ylabel=label)
        name_places(axes.xaxis, [1, 10, 100, 1000])
        axes.minorticks_off()
    middle = guesses.groupby("mask")["reconstruction_error"].median()
    for null in middle.index:
        panels[1].axhline(middle[null], color=LOOKS[null].color, linestyle=":", linewidth=1.2)
    name_places(panels[1].yaxis, [0.1, 0.2, 0.5, 1, 2])
    drawing.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    at_ends(panels[1], [(LOOKS[n].words, middle[n], LOOKS[n].color) for n in middle.index])
    return drawing
