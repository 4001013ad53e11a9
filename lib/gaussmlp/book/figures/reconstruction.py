"""Figures of the reconstruction error."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gaussmlp.book.axes import (
    at_ends,
    bars,
    beside,
    even_sizes,
    log_errors,
    log_sizes,
    masks_in,
    nulls,
    side_by_side,
)
from gaussmlp.book.style import INK, LOOKS, figure, offer
from gaussmlp.draws import NULLS
from gaussmlp.study.tables import intervals, paired_differences


@figure
def error_by_size(frame, guesses):
    """Draw the mean reconstruction error by size, one line per mask, with bootstrap intervals.

    Masks with overlap have a panel of their own, beside the baseline; the nulls stand in both.
    """
    drawing, panels = plt.subplots(2, 1, figsize=(7, 6.4), sharex=True)
    offer("fig-error", intervals(pd.concat([frame, guesses]), "reconstruction_error"))
    overlapping = frame["mask"].str.contains("O")
    with_baseline = overlapping | (frame["mask"] == "standard")
    panels[0].set(title="without overlap")
    panels[1].set(title="with overlap, beside standard")
    for axes, drawn in zip(panels, (~overlapping, with_baseline), strict=True):
        ends = by_size(axes, frame[drawn], guesses, "reconstruction_error")
        log_errors(axes)
        axes.set_ylabel("mean reconstruction error")
        at_ends(axes, ends)
    panels[0].set_xlabel("")
    return drawing


def by_size(axes, frame, guesses, measure):
    """Draw a measure of masks by size, with bars, and of nulls, dotted with bands, into one panel.

    What comes back is for `at_ends`.
    """
    masks, table = masks_in(frame), intervals(frame, measure)
    log_sizes(axes, sorted(frame["n"].unique()))
    ends = nulls(axes, guesses, measure)
    for mask, points in zip(masks, side_by_side(len(masks), 3), strict=True):
        rows, look = table.loc[mask], LOOKS[mask]
        drawn = bars(axes, rows.index, rows, **look.line, elinewidth=1)
        beside(drawn, points)
        ends.append((look.words, rows["mean"].iloc[-1], look.color))
    return ends


@figure
def differences_by_size(frame):
    """Draw the paired differences of the error from the baseline's, of masks and of nulls.

    Every seed, the means and their bootstrap intervals.
    """
    differences = paired_differences(frame, "reconstruction_error")
    table, known = intervals(differences, "difference"), masks_in(differences)
    offer("fig-differences", table)
    sizes = sorted(frame["n"].unique())
    drawing, panels = plt.subplots(3, 1, figsize=(7.4, 7.4), height_ratios=(3, 3, 4))
    for axes, masks in zip(
        panels, (NULLS, ("S", "C", "CS"), ("O", "OS", "OC", "OCS")), strict=True
    ):
        axes.axhline(0, color=INK, linewidth=1)
        masks = [mask for mask in masks if mask in known]
        for mask, shift in zip(masks, side_by_side(len(masks), 0.2), strict=True):
            part, look = differences[differences["mask"] == mask], LOOKS[mask]
            places = np.searchsorted(sizes, part["n"]) + shift - 0.05
            dots = dict(color=look.color, ms=6.5, alpha=0.5, mew=0, rasterized=True, zorder=1.5)
            axes.plot(places, part["difference"], ".", **dots)
            at, thick = np.arange(len(sizes)) + shift + 0.04, 2.2 if mask in NULLS else 1
            marks = look.marks | dict(mew=thick, ms=3 * thick + 2, elinewidth=1)
            bars(axes, at, table.loc[mask], **marks, label=look.words)
        even_sizes(axes, sizes)
        axes.set_ylabel("difference of the errors")
        place = dict(loc="lower center", bbox_to_anchor=(0.5, 1.0), handletextpad=0.2)
        axes.legend(ncols=max(len(masks), 1), **place)
    for axes in panels[:-1]:
        axes.set_xlabel("")
    return drawing
