"""Figures of the temperature sweep."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from gaussmlp.book.axes import band, masks_in, medians
from gaussmlp.book.style import INK, LOOKS, figure, offer
from gaussmlp.protocol import Tau
from gaussmlp.study.sweeps import mean_spacing, rises
from gaussmlp.study.tables import intervals, warn_of_diverged
from gaussmlp.study.thresholds import ONSET_RISE

_BY = ["n", "mask", "tau"]


@figure
def sweep(frame, onsets, guesses):
    """Draw the expelled share and the error over separation's temperature, one column for each N.

    Means with bootstrap intervals of the share, medians with quartiles of the error.
    """
    sizes = sorted(frame["n"].unique())
    panels = dict(figsize=(7.2, 4.6), sharex=True, sharey="row", squeeze=False)
    drawing, axes = plt.subplots(2, len(sizes), **panels)
    warn_of_diverged(frame["reconstruction_error"])
    shares = intervals(frame, "expelled_fraction", _BY).sort_index()
    errors = medians(frame.groupby(["n", "mask", "tau"])["reconstruction_error"], 0.25)
    offer("fig-sweep", shares)
    known = intervals(guesses, "expelled_fraction")
    middle = medians(guesses.groupby(["mask", "n"])["reconstruction_error"], 0.25)
    for n, (top, bottom) in zip(sizes, axes.T, strict=True):
        for name in masks_in(guesses):
            for ax, rows in ((top, known), (bottom, middle)):
                low, high = rows.loc[(name, n), ["low", "high"]]
                ax.axhspan(low, high, color=LOOKS[name].color, alpha=0.1, linewidth=0)
                label = "the three nulls" if name == "untrained" else None
                look = dict(color=INK, linestyle=":", linewidth=1, label=label)
                ax.axhline(rows.at[(name, n), "mean"], **look)
        for mask in masks_in(frame):
            look = LOOKS[mask].line | dict(ms=3.5, label=LOOKS[mask].words)
            if mask == "standard":  # the same at every temperature
                look |= dict(marker="")
            band(top, shares.loc[n, mask], **look)
            band(bottom, errors.loc[n, mask], **look)
            if (mask, n) in onsets.index:
                top.axvline(onsets.at[(mask, n), "onset"], color=LOOKS[mask].color, linestyle=":")
        top.set(title=f"N = {n}", ylim=(0, 1))
        bottom.set_yscale("log")
        for ax in (top, bottom):
            ax.axvline(Tau().separation, color=INK, linewidth=0.8)
            ax.set_xscale("log")
            ax.minorticks_off()
    place = dict(xycoords=("data", "axes fraction"), textcoords="offset points", va="top")
    axes[1, 0].annotate("nominal", (Tau().separation, 1), (4, 0), **place)
    axes[0, 0].set_ylabel("expelled share")
    axes[1, 0].set_ylabel("reconstruction error")
    axes[1, len(sizes) // 2].set_xlabel("temperature τ of separation")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=4)
    return drawing


@figure
def collapse(frame, onsets, mask="S"):
    """Draw the rise of the expelled share twice: over the temperature, and over it in spacings."""
    drawing, axes = plt.subplots(1, 2, figsize=(7.2, 3.2), sharey=True)
    rise = rises(frame[frame["mask"].isin(["standard", mask])])
    rise = intervals(rise, "difference", _BY).droplevel("mask")
    crossing = onsets["crossing"].loc[mask]
    sizes, offered = sorted(frame["n"].unique()), []
    colors = plt.get_cmap("viridis")(np.linspace(0.75, 0.2, len(sizes)))
    for n, color, marker in zip(sizes, map(to_hex, colors), "^sDov", strict=False):
        rows, square = rise.loc[n], mean_spacing(n) ** 2
        offered.append(rows.assign(n=n, spacings=rows.index / square))
        for ax, unit in zip(axes, (1.0, square), strict=True):
            band(ax, rows.set_index(rows.index / unit), color=color, marker=marker, ms=4)
            at = crossing[n] / unit
            ax.plot(at, ONSET_RISE, "o", color="white", markeredgecolor=color, zorder=3)
        end = rows["mean"].iloc[[-1]]
        place = dict(textcoords="offset points", va="center", color=color)
        axes[0].annotate(f"N = {n}", (end.index[0], end.iloc[0]), (7, 0), **place)
    offer("fig-collapse", pd.concat(offered).reset_index().set_index(["n", "tau"]))
    for ax in axes:
        ax.set_xscale("log")
        ax.minorticks_off()
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.axhline(ONSET_RISE, color=INK, linewidth=0.8, linestyle=":")
    axes[0].set(xlabel="temperature τ", ylabel="rise of the expelled share")
    axes[1].set_xlabel("τ over the squared mean sample spacing")
    return drawing
