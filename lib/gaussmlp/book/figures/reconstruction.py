"""Figures of the reconstruction error."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp.book.axes import bars, beside, even_sizes, log_sizes, masks_in, side_by_side
from gaussmlp.book.style import GREY, INK, LOOKS, figure, offer
from gaussmlp.study.tables import intervals, paired_differences


@figure
def error_by_size(frame, guesses):
    """Draw the mean reconstruction error by size, one line per mask, with bootstrap intervals.

    Parameters
    ----------
    frame : DataFrame of runs, as from `run_grid`
    guesses : DataFrame of mean errors without training, by name and size: dotted lines
    """
    drawing, axes = plt.subplots(figsize=(6.6, 3.9))
    draw_errors(axes, frame, guesses)
    offer("fig-error", intervals(frame, "reconstruction_error"))
    axes.set(ylabel="mean reconstruction error")
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside right center", title="mask")
    return drawing


def draw_errors(axes, frame, guesses):
    """Draw what `error_by_size` draws into axes that exist.

    Parameters
    ----------
    axes : Axes
    frame, guesses : DataFrame
    """
    masks, table = masks_in(frame), intervals(frame, "reconstruction_error")
    axes.set_yscale("log")
    log_sizes(axes, sorted(frame["n"].unique()))
    for mask, points in zip(masks, side_by_side(len(masks), 2), strict=True):
        rows, look = table.loc[mask], LOOKS[mask].line
        drawn = bars(axes, rows.index, rows, **look, capsize=2, elinewidth=1, label=mask)
        beside(drawn, points)
    for (name, errors), color in zip(guesses.iterrows(), (GREY, "#b0b0b0"), strict=False):
        axes.plot(errors.index, errors, ":", color=color, label=name)
    axes.set_yticks([], minor=True)
    axes.set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1.0", "2.0"])


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
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 3.4), width_ratios=(3, 4))
    for axes, masks in zip(panels, (("S", "C", "CS"), ("O", "OS", "OC", "OCS")), strict=True):
        axes.axhline(0, color=INK, linewidth=1)
        for mask, shift in zip(masks, side_by_side(len(masks), 0.19), strict=True):
            part, look = differences[differences["mask"] == mask], LOOKS[mask]
            places = np.searchsorted(sizes, part["n"]) + shift
            axes.plot(places, part["difference"], ".", color=look.color, ms=3, alpha=0.45, mew=0)
            rows = table.loc[mask]
            bars(axes, np.arange(len(sizes)) + shift, rows, **look.marks, capsize=2.5, label=mask)
        even_sizes(axes, sizes)
        place = dict(loc="lower center", bbox_to_anchor=(0.5, 1.0), handletextpad=0.2)
        axes.legend(ncols=len(masks), **place)
    panels[0].set_ylabel("error minus the baseline's")
    return drawing
