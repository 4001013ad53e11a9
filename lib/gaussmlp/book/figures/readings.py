"""Figures of what other readings of the abstract change, and of what breaks a claim."""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import trim_mean

from gaussmlp.book.axes import bars, even_sizes, legend, side_by_side
from gaussmlp.book.style import BLUE, INK, LOOKS, RED, figure, offer
from gaussmlp.protocol import MASKS
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
    "moved": "median way from the start",
    "crowded": "share of crowded gaps",
    "explained": "explained share",
    "expelled_fraction": "expelled share",
    "reconstruction_error": "error",
    "specialization_ratio": "specialization ratio",
}


@figure
def lost_sizes(table, verdicts):
    """Draw every size that a claim loses in a reading, and whether the intervals are sure of it.

    Parameters
    ----------
    table : DataFrame, as from `breaks`
    verdicts : mapping of str to sequence of Verdict, as from `judge_readings`
    """
    table = table.sort_values(["claim", "reading"], kind="stable", ignore_index=True)
    sizes = sorted([*verdicts["nominal"][0].holds_at, *verdicts["nominal"][0].fails_at])
    square = dict(marker="s", linestyle="", mec=RED, ms=6)
    looks = {"clear": square | dict(mfc=RED), "not clear": square | dict(mfc="white")}
    drawing, axes = plt.subplots(figsize=(6.2, 0.19 * len(table) + 1.0))
    for row, broken in enumerate(table.itertuples()):
        for n in broken.fails_at:
            look = looks["clear" if n in broken.clear else "not clear"]
            axes.plot(sizes.index(n), row, **look)
    for row in table.index[table["claim"] != table["claim"].shift()]:
        axes.axhline(row - 0.5, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(table)), table["claim"] + ", " + table["reading"], fontsize=7)
    even_sizes(axes, sizes)
    axes.set(xlim=(-0.5, len(sizes) - 0.5), ylim=(len(table) - 0.5, -0.5))
    legend(drawing, looks, loc="outside lower center", ncols=2)
    return drawing


@figure
def cause(frame, trait, mask, effect):
    """Draw what a reading changes in the networks, and what that does to a claim's comparison.

    Means over seeds with bootstrap intervals.

    Parameters
    ----------
    frame : DataFrame of runs of the readings to draw, the nominal one first
    trait : str, the column that is drawn on the left
    mask : str, the mask whose runs are drawn there
    effect : tuple of str, a measure, a mask and its baseline: the difference drawn on the right
    """
    measure, other, baseline = effect
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.1))
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
    right.axhline(0, color=INK, linewidth=0.9)
    for axes in (left, right):
        even_sizes(axes, sizes)
    left.set(ylabel=f"{_NAMES[trait]}, mask {mask}")
    left.set_yscale("log" if trait in ("weight", "moved") else "linear")
    right.set(ylabel=f"{_NAMES[measure]}, {other} - {baseline}")
    drawing.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=5)
    return drawing


@figure
def heavy_tail(frames):
    """Draw the error of every run, with the means, the medians and the trimmed means of masks.

    Trimmed means leave out the largest and the smallest of ten.

    Parameters
    ----------
    frames : mapping of str to DataFrame, runs of one size under each reading, one panel each
    """
    drawing, panels = plt.subplots(1, len(frames), figsize=(7.4, 3.3), sharey=True)
    line = dict(color=INK, linestyle="", mew=1.6)
    looks = {
        "mean": line | dict(marker="_", ms=13),
        "median": line | dict(marker="x", ms=7),
        "trimmed mean": line | dict(marker="+", ms=7),
    }
    for axes, (title, frame) in zip(panels, frames.items(), strict=True):
        for place, mask in enumerate(MASKS):
            errors = frame.loc[frame["mask"] == mask, "reconstruction_error"].to_numpy()
            places = place + np.linspace(-0.25, 0.25, len(errors))
            axes.plot(places, errors, ".", color=LOOKS[mask].color, ms=5, mew=0)
            middles = errors.mean(), np.median(errors), trim_mean(errors, 0.1)
            for look, value in zip(looks.values(), middles, strict=True):
                axes.plot(place, value, **look)
        axes.set_xticks(range(len(MASKS)), MASKS, fontsize=7.5)
        axes.set(yscale="log", title=title)
        axes.grid(visible=False, axis="x")
    panels[0].set_ylabel("reconstruction error")
    legend(drawing, looks, loc="outside upper center", ncols=3)
    return drawing


@figure
def specification_curve(table, choices, name):
    """Draw an effect under every reading, in order, and which choices each reading makes.

    Parameters
    ----------
    table : DataFrame with columns ``mean, low, high``, by the ids of readings or of pairs of them
    choices : list of str, the ids of single readings, one row each below the curve
    name : str, of the figure, for its data
    """
    table = table.sort_values("mean", kind="stable").rename_axis("reading")
    offer(name, table)
    looks = {
        "nominal": dict(marker="D", color=RED),
        "one choice": dict(marker="o", color=INK),
        "two choices": dict(marker="o", color=BLUE, mfc="white"),
    }
    looks = {kind: look | dict(linestyle="", ms=3.5) for kind, look in looks.items()}
    panels = dict(figsize=(7.4, 6.6), sharex=True, height_ratios=(1, 1.5))
    drawing, (top, bottom) = plt.subplots(2, 1, **panels)
    top.axhline(0, color=INK, linewidth=0.9)
    for place, reading in enumerate(table.index):
        made = reading.split(" + ")
        kind = "nominal" if made == ["nominal"] else ["one choice", "two choices"][len(made) - 1]
        bars(top, [place], table.loc[[reading]], **looks[kind], elinewidth=0.8)
        for choice in set(made) & set(choices):
            bottom.plot(place, choices.index(choice), **looks[kind])
    bottom.set_yticks(range(len(choices)), choices, fontsize=6.5)
    bottom.set(ylim=(len(choices) - 0.5, -0.5), xlabel="readings, in the order of the effect")
    bottom.set_xticks([])
    top.set_ylabel("effect on the error")
    legend(drawing, looks, loc="outside upper center", ncols=3)
    return drawing


@figure
def additivity(single, pairs):
    """Draw the effect under two choices over the sum of what each changes alone.

    One panel per effect; the line is where the two choices do not interact.

    Parameters
    ----------
    single : mapping of str to DataFrame, for each effect the ``mean`` under every reading
    pairs : mapping of str to DataFrame, the same of pairs, with ``mean, low, high``
    """
    drawing, panels = plt.subplots(1, len(single), figsize=(7.4, 3.5))
    for axes, (name, alone) in zip(panels, single.items(), strict=True):
        both = pairs[name]
        expected = expected_of_pairs(alone["mean"], both.index)
        axes.axhline(0, color=INK, linewidth=0.9)
        bars(axes, expected, both, fmt="o", color=BLUE, ms=4, mew=0, elinewidth=0.6)
        ends = [min(expected.min(), both["low"].min()), max(expected.max(), both["high"].max())]
        axes.plot(ends, ends, color=INK, linestyle=":", linewidth=0.9)
        pair = (both["mean"] - expected).abs().idxmax()
        place = expected[pair], both.at[pair, "mean"]
        axes.annotate(pair, place, (3, 8), textcoords="offset points", fontsize=7)
        axes.set(title=name, xlabel="expected of the two alone")
    panels[0].set_ylabel("effect under both")
    return drawing
