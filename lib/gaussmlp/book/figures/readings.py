"""Figures of what other readings of the abstract change, and of what breaks a claim."""

import matplotlib.pyplot as plt
import numpy as np
import scipy

from gaussmlp.book.axes import bars, even_sizes, legend, masks_in, side_by_side
from gaussmlp.book.style import BLUE, GREY, INK, LOOKS, RED, figure, offer
from gaussmlp.draws import NULLS
from gaussmlp.study.readings import expected_of_pairs
from gaussmlp.study.tables import intervals, paired_differences

# The nominal reading comes first, in ink.
_LINES = (
    dict(color=INK, marker="o", linestyle="-"),
    dict(color=RED, marker="s", linestyle="--"),
    dict(color=BLUE, marker="^", linestyle="-."),
    dict(color="#cc79a7", marker="D", linestyle=":"),
    dict(color="#009e73", marker="v", linestyle=(0, (5, 1))),
)

_NAMES = {
    "weight": "median |w|",
    "crowded": "crowded neighbours",
    "explained": "explained share",
    "expelled_fraction": "expelled share",
    "reconstruction_error": "error",
    "specialization_ratio": "specialization ratio",
}


@figure
def cause(frame, trait, mask, effect):
    """Draw what a reading changes in the networks, and what that does to a claim's comparison.

    Means over seeds with bootstrap intervals. Nulls of the first reading are dotted on the left.

    Parameters
    ----------
    frame : DataFrame of runs of the readings to draw, the nominal one first; also of nulls
    trait : str, the column that is drawn on the left
    mask : str, the mask whose runs are drawn there
    effect : tuple of str, a measure, a mask and its baseline: the difference drawn on the right
    """
    measure, other, baseline = effect
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.3))
    sizes, readings = sorted(frame["n"].unique()), list(frame["reading"].unique())
    shifts = side_by_side(len(readings), 0.09)
    for reading, line, shift in zip(readings, _LINES, shifts, strict=False):
        part = frame[frame["reading"] == reading]
        traits = intervals(part[part["mask"] == mask], trait).loc[mask]
        pair = part[part["mask"].isin((other, baseline))]
        change = intervals(paired_differences(pair, measure, baseline), "difference").loc[other]
        look = line | dict(label=reading, linewidth=1, elinewidth=0.8, ms=4, mew=0)
        for axes, rows in ((left, traits), (right, change)):
            bars(axes, np.arange(len(sizes)) + shift, rows, **look)
    nulls = frame[frame["mask"].isin(NULLS) & (frame["reading"] == readings[0])]
    for _, rows in nulls.groupby("mask"):
        left.plot(rows.groupby("n")[trait].mean().to_numpy(), ":", color=GREY, linewidth=1)
    right.axhline(0, color=INK, linewidth=0.9)
    for axes in (left, right):
        even_sizes(axes, sizes)
    left.set_title(f"{_NAMES[trait]}, {LOOKS[mask].words}")
    if trait == "weight":
        left.set_yscale("symlog", linthresh=1)
        left.set_yticks([0, 1, 10, 100], ["0", "1", "10", "100"])
        left.set_ylim(-0.15, 300)
    right.set_title(f"{_NAMES[measure]}: {LOOKS[other].words}\nminus {LOOKS[baseline].words}")
    lines = left.get_legend_handles_labels()
    drawing.legend(*lines, loc="outside upper center", ncols=5, fontsize=9)
    return drawing


@figure
def heavy_tail(frames):
    """Draw the error of every run, with the means, the medians and the trimmed means of masks.

    Trimmed means leave out the largest and the smallest of ten.

    Parameters
    ----------
    frames : mapping of str to DataFrame, runs and nulls of one size under each reading, one panel
        each
    """
    drawing, panels = plt.subplots(1, len(frames), figsize=(7.4, 4.4), sharex=True, sharey=True)
    line = dict(color=INK, linestyle="", mew=1.6)
    looks = {
        "mean": line | dict(marker="|", ms=13),
        "median": line | dict(marker="x", ms=7),
        "trimmed mean": line | dict(marker="+", ms=7),
    }
    for axes, (title, frame) in zip(panels, frames.items(), strict=True):
        masks = masks_in(frame)
        for place, mask in enumerate(masks):
            errors = frame.loc[frame["mask"] == mask, "reconstruction_error"].to_numpy()
            places = place + np.linspace(-0.25, 0.25, len(errors))
            axes.plot(errors, places, ".", color=LOOKS[mask].color, ms=5, mew=0)
            middles = errors.mean(), np.median(errors), scipy.stats.trim_mean(errors, 0.1)
            for look, value in zip(looks.values(), middles, strict=True):
                axes.plot(value, place, **look)
        axes.set_yticks(range(len(masks)), [LOOKS[mask].words for mask in masks])
        axes.set(xscale="log", title=title, xlabel="reconstruction error")
        axes.grid(visible=False, axis="y")
    panels[0].invert_yaxis()
    legend(drawing, looks, loc="outside upper center", ncols=3, fontsize=9)
    return drawing


@figure
def all_effects(table):
    """Draw the effects under every reading, alone and together with a second choice.

    Parameters
    ----------
    table : DataFrame, as from `with_pairs`
    """
    offer("fig-effects", table)
    order = table.loc["coverage"].sort_values("mean", kind="stable").index
    rows = [name for name in order if " + " not in name]
    looks = {
        "two choices, one of them this": dict(marker="o", color=BLUE, mfc="none", ms=4.5, mew=0.8),
        "this choice alone": dict(marker="o", color=INK, ms=4.5),
        "nominal": dict(marker="D", color=RED, ms=5),
    }
    two, one, nominal = (look | dict(linestyle="") for look in looks.values())
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 6.6), sharey=True)
    for axes, name in zip(panels, ("coverage", "overlap"), strict=True):
        effect = table.loc[name]
        axes.axvline(0, color=INK, linewidth=0.9)
        axes.axvline(effect.at["nominal", "mean"], color=RED, linewidth=0.9, linestyle=":")
        pairs = [(pair, one) for pair in effect.index if " + " in pair for one in pair.split(" + ")]
        places = [rows.index(reading) for _, reading in pairs]
        axes.plot(effect.loc[[pair for pair, _ in pairs], "mean"], places, **two)
        alone = effect.loc[rows]
        axes.hlines(range(len(rows)), alone["low"], alone["high"], color=INK, linewidth=1)
        axes.plot(alone["mean"], range(len(rows)), **one)
        axes.plot(alone.at["nominal", "mean"], rows.index("nominal"), **nominal)
        axes.set(title=f"{name}, against standard", xlabel="effect on the error")
    panels[0].set_yticks(range(len(rows)), rows)
    panels[0].set_ylim(len(rows) - 0.4, -0.6)
    looks = {label: look | dict(linestyle="") for label, look in looks.items()}
    legend(drawing, looks, loc="outside upper center", ncols=3, fontsize=9)
    return drawing


@figure
def additivity(table):
    """Draw the effect under two choices over the sum of what each changes alone.

    One panel per effect; the line is where the two choices do not interact.

    Parameters
    ----------
    table : DataFrame, as from `with_pairs`
    """
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 3.6))
    for axes, name in zip(panels, ("coverage", "overlap"), strict=True):
        effect = table.loc[name]
        both = effect[effect.index.str.contains(" + ", regex=False)]
        expected = expected_of_pairs(effect["mean"], both.index)
        axes.axhline(0, color=INK, linewidth=0.9)
        bars(axes, expected, both, fmt="o", color=BLUE, ms=4, mew=0, elinewidth=0.6)
        ends = [min(expected.min(), both["low"].min()), max(expected.max(), both["high"].max())]
        axes.plot(ends, ends, color=INK, linestyle=":", linewidth=0.9)
        pair = (both["mean"] - expected).abs().idxmax()
        place = expected[pair], both.at[pair, "mean"]
        # the line goes from corner to corner, so two others are free
        corner, side = ((0.03, 0.97), "left") if place[1] > place[0] else ((0.98, 0.06), "right")
        axes.annotate(
            pair.replace(" + ", "\n+ "),
            place,
            corner,
            textcoords="axes fraction",
            ha=side,
            va="top" if side == "left" else "bottom",
            arrowprops=dict(arrowstyle="-", color=GREY, linewidth=0.8, shrinkB=4),
        )
        axes.set(title=f"{name}, against standard", xlabel="the changes of the two, added up")
    panels[0].set_ylabel("effect under both")
    return drawing
