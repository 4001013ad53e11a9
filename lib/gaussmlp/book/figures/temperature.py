"""Figures of the temperature sweep."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gaussmlp.book.axes import band, masks_in, medians
from gaussmlp.book.style import INK, LOOKS, figure, offer
from gaussmlp.protocol import Tau
from gaussmlp.study.tables import intervals, warn_of_diverged
from gaussmlp.study.thresholds import ONSET_RISE


def _by_tau(frame, measure):
    parts = {tau: intervals(part, measure) for tau, part in frame.groupby("tau")}
    return pd.concat(parts, names=["tau"]).swaplevel("tau", "n").sort_index()


@figure
def sweep(frame, onsets):
    """Draw the expelled share and the error over separation's temperature, one column for each N.

    Means with bootstrap intervals of the share, medians with quartiles of the error.

    Parameters
    ----------
    frame : DataFrame, as from `gaussmlp.study.sweeps.temperature`
    onsets : DataFrame, as from `gaussmlp.study.sweeps.onset`
    """
    sizes = sorted(frame["n"].unique())
    panels = dict(figsize=(7.2, 4.6), sharex=True, sharey="row", squeeze=False)
    drawing, axes = plt.subplots(2, len(sizes), **panels)
    warn_of_diverged(frame["reconstruction_error"])
    shares = _by_tau(frame, "expelled_fraction")
    errors = medians(frame.groupby(["n", "mask", "tau"])["reconstruction_error"], 0.25)
    offer("fig-sweep", shares)
    for n, (top, bottom) in zip(sizes, axes.T, strict=True):
        for mask in masks_in(frame):
            look = LOOKS[mask].line | dict(ms=3.5, label=mask)
            band(top, shares.loc[n, mask], **look)
            band(bottom, errors.loc[n, mask], **look)
            if (mask, n) in onsets.index:
                top.axvline(onsets.at[(mask, n), "onset"], color=LOOKS[mask].color, linestyle=":")
        for ax in (top, bottom):
            ax.axvline(Tau().separation, color=INK, linewidth=0.8)
            ax.set_xscale("log")
            ax.minorticks_off()
        top.set(title=f"N = {n}", ylim=(0, 1))
        bottom.set(yscale="log", xlabel="temperature τ of separation")
    axes[0, 0].set_ylabel("expelled share")
    axes[1, 0].set_ylabel("reconstruction error")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=3)
    return drawing


@figure
def collapse(table, onsets):
    """Draw the rise of the expelled share twice: over the temperature, and over it in spacings.

    Parameters
    ----------
    table : DataFrame
        As from `gaussmlp.study.sweeps.rises`, of one mask, with a column `spacings`: the
        temperature divided by the squared mean sample spacing.
    onsets : DataFrame, as from `gaussmlp.study.sweeps.onset`, of that mask, with the same column
    """
    drawing, axes = plt.subplots(1, 2, figsize=(7.2, 3.0), sharey=True)
    sizes = sorted(table["n"].unique())
    colors = plt.get_cmap("viridis")(np.linspace(0.75, 0.1, len(sizes)))
    rises = _by_tau(table, "difference").droplevel("mask")
    spacings = table.groupby(["n", "tau"])["spacings"].first()
    offer("fig-collapse", rises.assign(spacings=spacings))
    for n, color, marker in zip(sizes, colors, "^sDov", strict=False):
        look = dict(color=color, marker=marker, ms=4, label=f"N = {n}")
        band(axes[0], rises.loc[n], **look)
        band(axes[1], rises.loc[n].set_index(spacings[n]), **look)
        for ax, column in zip(axes, ("crossing", "spacings"), strict=True):
            ax.plot(onsets.at[n, column], ONSET_RISE, "o", color="white", markeredgecolor=color)
    for ax in axes:
        ax.set_xscale("log")
        ax.minorticks_off()
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.axhline(ONSET_RISE, color=INK, linewidth=0.8, linestyle=":")
    axes[0].set(xlabel="temperature τ", ylabel="rise of the expelled share")
    axes[1].set_xlabel("τ over the squared mean sample spacing")
    axes[0].legend()
    return drawing
