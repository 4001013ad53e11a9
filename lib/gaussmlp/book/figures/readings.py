"""The matrix of claims by readings, as a table for a page, and figures of what breaks a claim."""

from html import escape

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from scipy.stats import trim_mean

from gaussmlp.book.style import INK, LOOKS, figure
from gaussmlp.protocol import MASKS
from gaussmlp.study.claims import BY_ID, FAILS, HOLDS, IN_PART
from gaussmlp.study.readings import SCORES
from gaussmlp.study.tables import intervals, paired_differences

_MARKS = {HOLDS: "●", IN_PART: "◐", FAILS: "○"}
_CLASSES = {HOLDS: "holds", IN_PART: "part", FAILS: "not"}

# Tints let the page's own colours through, so that they suit light and dark pages.
_CSS = """<style>
.readings td { text-align: center; } .readings th { text-align: left; }
.readings a { text-decoration: none; display: block; }
table.readings.dataframe td a:any-link { color: inherit; }
.readings .holds { background: rgb(0 114 178 / 25%); }
.readings .part { background: rgb(240 228 66 / 25%); }
.readings .not { background: rgb(213 94 0 / 40%); }
.numbers { max-height: 26rem; overflow: auto; }
.numbers tr { scroll-margin-top: 5rem; } .numbers tr:target { outline: 2px solid #d55e00; }
.numbers td { text-align: left; } .numbers td:nth-child(5) { min-width: 16rem; }
</style>"""

# Lines of readings: the nominal one in ink, others in colours that colour-blind readers tell apart.
_LINES = (
    dict(color=INK, marker="o", linestyle="-"),
    dict(color="#d55e00", marker="s", linestyle="--"),
    dict(color="#0072b2", marker="^", linestyle="-."),
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


def ordered(table):
    """Sort a table of verdicts so that the pattern shows.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows are readings, columns are claims, cells are verdicts.

    Returns
    -------
    pandas.DataFrame
        What holds most often comes first, in rows and in columns.
    """
    scores = table.replace(SCORES).astype(int)
    columns = scores.sum().sort_values(ascending=False, kind="stable").index
    rows = scores.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[rows, columns]


def matrix(table, linked=True):
    """Return the matrix of claims by readings as a table for a page.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `ordered`.
    linked : bool
        Whether each cell leads to its row in `numbers`, on the same page.

    Returns
    -------
    str
        For `IPython.display.HTML`. A mark and a tint say the verdict; the head of a column leads
        to the chapter that shows its claim.
    """
    names = (
        f'<th><a href="{c.chapter}.html" title="{escape(c.statement)}">{c.id}</a>'
        for c in map(BY_ID.get, table.columns)
    )
    rows = []
    for reading, verdicts in table.iterrows():
        cells = [f"<th>{escape(reading)}</th>"]
        for name, verdict in verdicts.items():
            mark = _MARKS[verdict]
            if linked:
                mark = f'<a href="#{_anchor(reading, name)}">{mark}</a>'
            cells.append(f'<td class="{_CLASSES[verdict]}" title="{verdict}">{mark}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    legend = ", ".join(f"{mark} {verdict}" for verdict, mark in _MARKS.items())
    head = f"<thead><tr><th>reading</th>{'</th>'.join(names)}</th></tr></thead>"
    body = f"{head}<tbody>{''.join(rows)}</tbody>"
    return f'{_CSS}<p>{legend}</p><table class="dataframe readings">{body}</table>'


def numbers(verdicts, order):
    """Return the figures that decide each claim in each reading, as a table for a page.

    Parameters
    ----------
    verdicts : mapping of str to sequence of Verdict
        As from `judge_readings`.
    order : sequence of str
        The readings, in order.

    Returns
    -------
    str
        For `IPython.display.HTML`; it scrolls in a box of its own.
    """
    head = "".join(
        f"<th>{name}</th>" for name in ("reading", "claim", "verdict", "on medians", "key figure")
    )
    rows = []
    for reading in order:
        for v in verdicts[reading]:
            texts = (reading, v.claim.id, v.text, v.on_medians, v.figure)
            cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
            rows.append(f'<tr id="{_anchor(reading, v.claim.id)}">{cells}</tr>')
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="numbers"><table class="dataframe">{body}</table></div>'


def _anchor(reading, name):
    words = "".join(c if c.isalnum() or c == "." else "-" for c in reading.lower())
    return f"{name}-{words}"


@figure
def lost_sizes(table, verdicts):
    """Draw every size that a claim loses in a reading, and whether the intervals are sure of it.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `breaks`.
    verdicts : mapping of str to sequence of Verdict
        As from `judge_readings`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = table.sort_values(["claim", "reading"], kind="stable", ignore_index=True)
    sizes = sorted([*verdicts["nominal"][0].holds_at, *verdicts["nominal"][0].fails_at])
    drawing, axes = plt.subplots(figsize=(6.2, 0.19 * len(table) + 1.0))
    for row, broken in enumerate(table.itertuples()):
        for n in broken.fails_at:
            fill, label = ("#d55e00", "clear") if n in broken.clear else ("white", "not clear")
            axes.plot(sizes.index(n), row, "s", mec="#d55e00", ms=6, mfc=fill, label=label)
    starts = table.index[table["claim"] != table["claim"].shift()]
    for row in starts:
        axes.axhline(row - 0.5, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(table)), table["claim"] + ", " + table["reading"], fontsize=7)
    axes.set_xticks(range(len(sizes)), sizes)
    axes.set(xlabel="N", xlim=(-0.5, len(sizes) - 0.5), ylim=(len(table) - 0.5, -0.5))
    handles = [
        Line2D([], [], marker="s", linestyle="", mec="#d55e00", mfc=fill, ms=6, label=label)
        for fill, label in (("#d55e00", "clear"), ("white", "not clear"))
    ]
    drawing.legend(handles=handles, loc="outside lower center", ncols=2)
    return drawing


@figure
def cause(frame, trait, mask, effect):
    """Draw what a reading changes in the networks, and what that does to a claim's comparison.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs of the readings to draw, the nominal one first, with the column `trait`.
    trait : str
        A column to draw over N on the left.
    mask : str
        The mask whose runs are drawn there.
    effect : tuple of str
        A measure, a mask and its baseline, whose paired difference is drawn on the right.

    Returns
    -------
    matplotlib.figure.Figure
        Means over seeds with bootstrap intervals.
    """
    measure, other, baseline = effect
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.1))
    sizes = sorted(frame["n"].unique())
    readings = list(frame["reading"].unique())
    for k, (reading, look) in enumerate(zip(readings, _LINES, strict=False)):
        part = frame[frame["reading"] == reading]
        traits = intervals(part[part["mask"] == mask], trait).loc[mask]
        pair = part[part["mask"].isin((other, baseline))]
        change = intervals(paired_differences(pair, measure, baseline), "difference").loc[other]
        shift = 0.09 * (k - (len(readings) - 1) / 2)
        for axes, rows in ((left, traits), (right, change)):
            axes.errorbar(
                np.arange(len(sizes)) + shift,
                rows["mean"],
                (rows["mean"] - rows["low"], rows["high"] - rows["mean"]),
                **look,
                label=reading,
                linewidth=1,
                elinewidth=0.8,
                ms=4,
                mew=0,
            )
    right.axhline(0, color=INK, linewidth=0.9)
    for axes in (left, right):
        axes.set_xticks(range(len(sizes)), sizes)
        axes.set_xlabel("N")
    left.set(ylabel=f"{_NAMES[trait]}, mask {mask}")
    left.set_yscale("log" if trait in ("weight", "moved") else "linear")
    right.set(ylabel=f"{_NAMES[measure]}, {other} - {baseline}")
    drawing.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=5)
    return drawing


@figure
def heavy_tail(frames):
    """Draw the error of every run, with the means, the medians and the trimmed means of masks.

    Parameters
    ----------
    frames : mapping of str to pandas.DataFrame
        Runs of one size under each reading, one panel each.

    Returns
    -------
    matplotlib.figure.Figure
        Trimmed means leave out the largest and the smallest of ten.
    """
    drawing, panels = plt.subplots(1, len(frames), figsize=(7.4, 3.3), sharey=True)
    names = {"_": "mean", "x": "median", "+": "trimmed mean"}
    for axes, (title, frame) in zip(panels, frames.items(), strict=True):
        for place, mask in enumerate(MASKS):
            errors = frame.loc[frame["mask"] == mask, "reconstruction_error"].to_numpy()
            shifts = np.linspace(-0.25, 0.25, len(errors))
            look = dict(color=LOOKS[mask]["color"], ms=5, mew=0, label="runs")
            axes.plot(place + shifts, errors, ".", **look)
            middles = {"_": errors.mean(), "x": np.median(errors), "+": trim_mean(errors, 0.1)}
            for marker, value in middles.items():
                look = dict(color=INK, ms=13 if marker == "_" else 7, mew=1.6, label=names[marker])
                axes.plot(place, value, marker, **look)
        axes.set_xticks(range(len(MASKS)), MASKS, fontsize=7.5)
        axes.set(yscale="log", title=title)
        axes.grid(visible=False, axis="x")
    panels[0].set_ylabel("reconstruction error")
    handles = [
        Line2D([], [], color=INK, marker=m, linestyle="", ms=8, mew=1.6, label=name)
        for m, name in names.items()
    ]
    drawing.legend(handles=handles, loc="outside upper center", ncols=3)
    return drawing


@figure
def specification_curve(table, choices):
    """Draw an effect under every reading, in order, and which choices each reading makes.

    Parameters
    ----------
    table : pandas.DataFrame
        Index the ids of readings, joined by `` + `` where there are two; ``mean, low, high``.
    choices : sequence of str
        The ids of the readings that change one choice: one row each, below the curve.

    Returns
    -------
    matplotlib.figure.Figure
    """
    table = table.sort_values("mean", kind="stable")
    drawing, (top, bottom) = plt.subplots(
        2, 1, figsize=(7.4, 6.6), sharex=True, height_ratios=(1, 1.5)
    )
    kinds = {
        "nominal": dict(marker="D", color="#d55e00"),
        "one choice": dict(marker="o", color=INK),
    }
    kinds["two choices"] = dict(marker="o", color="#0072b2", mfc="white")
    made = [name.split(" + ") for name in table.index]
    top.axhline(0, color=INK, linewidth=0.9)
    for place, (names, row) in enumerate(zip(made, table.itertuples(), strict=True)):
        kind = "nominal" if names == ["nominal"] else ["one choice", "two choices"][len(names) - 1]
        look = kinds[kind]
        spread = [[row.mean - row.low], [row.high - row.mean]]
        look = look | dict(ms=3.5, linestyle="", label=row.Index)
        top.errorbar(place, row.mean, spread, **look, elinewidth=0.8)
        for name in set(names) & set(choices):
            bottom.plot(place, choices.index(name), **look)
    bottom.set_yticks(range(len(choices)), choices, fontsize=6.5)
    bottom.set(ylim=(len(choices) - 0.5, -0.5), xlabel="readings, in the order of the effect")
    bottom.set_xticks([])
    top.set_ylabel("effect on the error")
    handles = [Line2D([], [], **look, linestyle="", ms=4, label=k) for k, look in kinds.items()]
    drawing.legend(handles=handles, loc="outside upper center", ncols=3)
    return drawing


@figure
def additivity(single, pairs):
    """Draw the effect under two choices over the sum of what each changes alone.

    Parameters
    ----------
    single : mapping of str to pandas.DataFrame
        For each effect, one row a reading, with ``nominal``: ``mean``.
    pairs : mapping of str to pandas.DataFrame
        The same for combinations, with ``mean, low, high``.

    Returns
    -------
    matplotlib.figure.Figure
        One panel an effect; the line is where the two choices do not interact.
    """
    drawing, panels = plt.subplots(1, len(single), figsize=(7.4, 3.5))
    for axes, (name, alone) in zip(panels, single.items(), strict=True):
        both = pairs[name]
        expected = expected_of_pairs(alone["mean"], both.index)
        axes.axhline(0, color=INK, linewidth=0.9)
        axes.errorbar(
            expected,
            both["mean"],
            (both["mean"] - both["low"], both["high"] - both["mean"]),
            fmt="o",
            color="#0072b2",
            ms=4,
            mew=0,
            elinewidth=0.6,
            label="pairs",
        )
        ends = [min(expected.min(), both["low"].min()), max(expected.max(), both["high"].max())]
        axes.plot(ends, ends, color=INK, linestyle=":", linewidth=0.9, label="no interaction")
        pair = (both["mean"] - expected).abs().idxmax()
        place = expected[pair], both.at[pair, "mean"]
        axes.annotate(pair, place, (3, 8), textcoords="offset points", fontsize=7)
        axes.set(title=name, xlabel="expected of the two alone")
    panels[0].set_ylabel("effect under both")
    return drawing


def expected_of_pairs(alone, pairs):
    """Return the effect of each pair of readings if the changes of the two add up.

    Parameters
    ----------
    alone : pandas.Series
        The effect of each reading, with ``nominal``.
    pairs : sequence of str
        Ids of combinations.

    Returns
    -------
    pandas.Series
        By pair.
    """
    names = [pair.split(" + ") for pair in pairs]
    return pd.Series(
        [alone[one] + alone[other] - alone["nominal"] for one, other in names], index=pairs
    )
