"""Figures of the reconstruction error."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp.book.axes import at_ends, bars, beside, even_sizes, log_sizes, masks_in, side_by_side
from gaussmlp.book.style import GREY, INK, LOOKS, figure, offer
from gaussmlp.study.tables import intervals, paired_differences


@figure
def error_by_size(frame, guesses):
    """Draw the mean reconstruction error by size, one line per mask, with bootstrap intervals.

    Masks with overlap have a panel of their own, beside the baseline.

    Parameters
    ----------
    frame : DataFrame of runs, as from `run_grid`
    guesses : DataFrame of mean errors without training, by name and size: dotted lines
    """
    drawing, panels = plt.subplots(2, 1, figsize=(7, 5.8), sharex=True)
    offer("fig-error", intervals(frame, "reconstruction_error"))
    overlapping = frame["mask"].str.contains("O")
    with_baseline = overlapping | (frame["mask"] == "standard")
    draw_errors(panels[0], frame[~overlapping], guesses)
    draw_errors(panels[1], frame[with_baseline], guesses.iloc[:0])
    panels[0].set(xlabel="", title="without overlap")
    panels[1].set(title="with overlap, beside standard")
    for axes in panels:
        axes.set_ylabel("mean reconstruction error")
        lines = zip(*axes.get_legend_handles_labels(), strict=True)
        at_ends(axes, [_end(drawn, name) for drawn, name in lines])
    return drawing


def _end(drawn, name):
    line = drawn[0] if isinstance(drawn, tuple) else drawn
    return name, line.get_ydata()[-1], line.get_color()


def draw_errors(axes, frame, guesses):
    """Draw masks as `error_by_size` does into one panel that exists.

    Parameters
    ----------
    axes : Axes
    frame, guesses : DataFrame
    """
    masks, table = masks_in(frame), intervals(frame, "reconstruction_error")
    axes.set_yscale("log")
    log_sizes(axes, sorted(frame["n"].unique()))
    for mask, points in zip(masks, side_by_side(len(masks), 4), strict=True):
        rows, look = table.loc[mask], LOOKS[mask]
        drawn = bars(axes, rows.index, rows, **look.line, elinewidth=1, label=look.words)
        beside(drawn, points)
    for (name, errors), color in zip(guesses.iterrows(), (INK, GREY), strict=False):
        axes.plot(errors.index, errors, ":", color=color, label=name)
    axes.set_yticks([], minor=True)
    axes.set_yticks([0.05, 0.1, 0.2, 0.5, 1, 2], ["0.05", "0.1", "0.2", "0.5", "1", "2"])


@figure
def differences_by_size(frame):
    """Draw each mask's paired differences of the error from the baseline's.

    Every seed, the means and their bootstrap intervals.

    Parameters
    ----------
    frame : DataFrame of runs, as from `run_grid`
    """
    differences = paired_differences(frame, "reconstruction_error")
    table = intervals(differences, "difference")
    offer("fig-differences", table)
    sizes = sorted(frame["n"].unique())
    drawing, panels = plt.subplots(2, 1, figsize=(7.4, 5.4), height_ratios=(3, 4))
    for axes, masks in zip(panels, (("S", "C", "CS"), ("O", "OS", "OC", "OCS")), strict=True):
        axes.axhline(0, color=INK, linewidth=1)
        for mask, shift in zip(masks, side_by_side(len(masks), 0.2), strict=True):
            part, look = differences[differences["mask"] == mask], LOOKS[mask]
            places = np.searchsorted(sizes, part["n"]) + shift - 0.05
            axes.plot(places, part["difference"], ".", color=look.color, ms=6.5, alpha=0.5, mew=0)
            at = np.arange(len(sizes)) + shift + 0.04
            bars(axes, at, table.loc[mask], **look.marks, capsize=2.5, label=look.words)
        even_sizes(axes, sizes)
        axes.set_ylabel("difference of the errors")
        place = dict(loc="lower center", bbox_to_anchor=(0.5, 1.0), handletextpad=0.2)
        axes.legend(ncols=len(masks), **place)
    panels[0].set_xlabel("")
    return drawing
