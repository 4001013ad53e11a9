"""Figures of the fit, and of longer training."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp.book.axes import band, bars, even_sizes, masks_in, medians, side_by_side
from gaussmlp.book.style import HULL, INK, LOOKS, figure, offer
from gaussmlp.protocol import MASKS
from gaussmlp.study.claims import ADD_OVERLAP
from gaussmlp.study.tables import warn_of_diverged
from gaussmlp.study.thresholds import FIT_MARGIN


@figure
def unexplained(frame):
    """Draw the unexplained share of every run, and each fit loss over that of its twin.

    What lies below 1e-16 is drawn there.

    Parameters
    ----------
    frame : DataFrame of runs of all masks, with a column `explained`
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.4), width_ratios=(1.35, 1))
    warn_of_diverged(frame["explained"])
    order = sorted(MASKS, key=lambda mask: "O" in mask)
    left.axhline(FIT_MARGIN, color=INK, linestyle=":", linewidth=1)
    for place, mask in enumerate(order):
        shares = (1.0 - frame.loc[frame["mask"] == mask, "explained"]).clip(lower=1e-16)
        places = place + np.linspace(-0.32, 0.32, len(shares))
        left.plot(places, shares, **LOOKS[mask].marks, ms=3, alpha=0.7)
        left.hlines(shares.median(), place - 0.4, place + 0.4, color=INK, linewidth=1.4)
    left.set_xticks(range(len(order)), order)
    left.grid(visible=False, axis="x")
    left.set(yscale="log", ylabel="unexplained share of the variance", ylim=(4e-17, 1))
    losses = frame.pivot(index=["n", "seed"], columns="mask", values="fit_mse").clip(lower=1e-16)
    for mask, other in ADD_OVERLAP:
        look = LOOKS[mask].marks | dict(alpha=0.7, ms=4.5, label=f"{mask} over {other}")
        right.plot(losses[other], losses[mask], **look)
    right.axline((1e-16, 1e-16), (1, 1), color=INK, linewidth=0.9)
    right.set(xscale="log", yscale="log", xlim=(4e-17, 1), ylim=(4e-17, 1))
    right.set(xlabel="fit loss without overlap", ylabel="fit loss with overlap")
    right.legend(loc="lower right", handletextpad=0.2)
    labels = [r"$\leq 10^{-16}$", *(rf"$10^{{{k}}}$" for k in (-12, -8, -4)), "1"]
    for axis in (left.yaxis, right.xaxis, right.yaxis):
        axis.set_ticks([1e-16, 1e-12, 1e-8, 1e-4, 1], labels)
        axis.set_ticks([], minor=True)
    return drawing


@figure
def equivalence_intervals(comparisons):
    """Draw the paired difference in the explained share, with its interval, against the margin.

    Parameters
    ----------
    comparisons : DataFrame, as from `compare` for claim C5
    """
    offer("fig-equivalence", comparisons.set_index(["mask", "baseline", "n"]))
    drawing, axes = plt.subplots(figsize=(7.0, 3.0))
    axes.axhspan(-FIT_MARGIN, FIT_MARGIN, color=HULL)
    for edge in (-FIT_MARGIN, FIT_MARGIN):
        axes.axhline(edge, color=INK, linewidth=0.9, linestyle=":")
    axes.axhline(0, color=INK, linewidth=0.9)
    sizes = sorted(comparisons["n"].unique())
    for shift, (mask, other) in zip(side_by_side(4, 0.15), ADD_OVERLAP, strict=True):
        rows = comparisons[comparisons["mask"] == mask].sort_values("n")
        look = LOOKS[mask].marks | dict(label=f"{mask} - {other}")
        bars(axes, np.arange(len(sizes)) + shift, rows, **look)
    axes.set_yscale("symlog", linthresh=1e-3, linscale=0.8)
    places = [-0.1, -0.01, -0.001, 0, 0.001, 0.01]
    axes.set_yticks(places, [f"{place:g}" for place in places])
    even_sizes(axes, sizes)
    axes.set(ylabel="difference in explained share", ylim=(-0.1, 0.05))
    axes.legend(ncols=4, loc="lower right")
    return drawing


@figure
def learning(curves, marked):
    """Draw the fit loss and the reconstruction error during training.

    The median over seeds, and the band from the first to the ninth decile.

    Parameters
    ----------
    curves : DataFrame of runs of one size, with a column `step`
    marked : int, a step to mark with a line
    """
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 3.1))
    curves = curves[curves["step"] > 0]
    names = {"fit_mse": "fit loss", "reconstruction_error": "reconstruction error"}
    for axes, (measure, label) in zip(panels, names.items(), strict=True):
        axes.axvline(marked, color=INK, linestyle=":", linewidth=1)
        warn_of_diverged(curves[measure])
        for mask in masks_in(curves):
            groups = curves[curves["mask"] == mask].groupby("step")[measure]
            look = LOOKS[mask].line | dict(ms=4, markevery=0.12, label=mask)
            band(axes, medians(groups, 0.1), **look)
        axes.set(xscale="log", yscale="log", xlabel="step", ylabel=label)
    panels[0].legend(loc="lower left")
    return drawing


@figure
def longer(nominal, long):
    """Draw the error of every run after a longer training over that after the nominal one.

    One panel per mask.

    Parameters
    ----------
    nominal, long : DataFrame of runs that differ in their steps; `long` has six masks
    """
    both = long.merge(nominal, on=["n", "mask", "seed"], suffixes=("_long", ""))
    drawing, panels = plt.subplots(2, 3, figsize=(7.4, 4.7), sharex=True, sharey=True)
    cmap = plt.get_cmap("viridis_r")
    for axes, mask in zip(panels.flat, masks_in(long), strict=True):
        axes.axline((0.01, 0.01), (500, 500), color=INK, linewidth=0.9)
        for n, rows in both[both["mask"] == mask].groupby("n"):
            errors = rows["reconstruction_error"], rows["reconstruction_error_long"]
            look = dict(color=cmap((np.log10(n) - 0.3) / 1.9), ms=4, mew=0, alpha=0.85)
            axes.plot(*errors, "o", **look, label=f"N = {n}")
        axes.set(xscale="log", yscale="log", title=mask, xlim=(0.03, 20), ylim=(0.03, 500))
    keys = panels[0, 0].get_legend_handles_labels()
    drawing.legend(*keys, loc="outside right center", handletextpad=0.1)
    drawing.supylabel("error after the longer training", fontsize=9)
    drawing.supxlabel("error after the nominal training", fontsize=9)
    return drawing
