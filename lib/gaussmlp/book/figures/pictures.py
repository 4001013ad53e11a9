"""Figures of networks of several inputs: digits, the square, who is told, and who answers."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from matplotlib.patches import Polygon, Rectangle
from scipy.spatial import ConvexHull

from gaussmlp.book.axes import at_ends, band, log_sizes
from gaussmlp.book.style import BLUE, GREY, HULL, INK, LOOKS, RED, figure, offer
from gaussmlp.study.pictures import NULLS, WORDS, matched, named
from gaussmlp.study.tables import intervals
from gaussmlp.vectors import assigned

_LINES = {
    "standard": LOOKS["standard"].line,
    "O": LOOKS["O"].line,
    "C": LOOKS["C"].line,
    "C two-sided": dict(color=BLUE, marker="s", linestyle="--"),
    "C one-to-one": dict(color=LOOKS["OS"].color, marker="D", linestyle="-."),
}
_DASHES = dict(zip(NULLS, (":", (0, (5, 2)), (0, (1, 3)), (0, (4, 2, 1, 2))), strict=True))
_SHOWN = ("untrained", "standard", "O", "C", "C two-sided", "C one-to-one")
_CELL = 10  # pixels from one digit to the next
_REACH = 1.7  # of a panel of the square


@figure
def digits(drawn, found):
    """Draw digits in a row, and under them what the weights of each kind of run say.

    Parameters
    ----------
    drawn : Data
    found : dict of str to ndarray, as from `prototypes_of`
    """
    order = np.argsort(drawn.kind, kind="stable")
    rows = {"samples": (drawn.x, None)}
    rows |= {WORDS[name]: matched(drawn.x, found[name])[::2] for name in _SHOWN}
    sheet = np.full((_CELL * len(rows), _CELL * len(order)), np.nan)
    drawing, axes = plt.subplots(figsize=(7.4, 2.4))
    for row, (pixels, recovered) in enumerate(rows.values()):
        for column, k in enumerate(order):
            top, left = _CELL * row, _CELL * column
            sheet[top : top + 8, left : left + 8] = pixels[k].reshape(8, 8)
            if recovered is not None and recovered[k]:
                place = (left - 1.0, top - 1.0)
                axes.add_patch(Rectangle(place, 9.0, 9.0, fill=False, ec=RED, lw=1.2))
    axes.imshow(sheet, cmap="gray_r", vmin=-1, vmax=1, interpolation="none")
    axes.set_yticks(_CELL * np.arange(len(rows)) + 3.5, rows)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set(xlim=(-2, sheet.shape[1]), ylim=(sheet.shape[0], -2))
    return drawing


@figure
def square(drawn, found):
    """Draw samples, their hull, prototypes and the links between them, in the plane.

    Parameters
    ----------
    drawn : Data
        Of the square.
    found : dict of str to ndarray, as from `prototypes_of`
    """
    options = dict(figsize=(7.4, 5.2), sharex=True, sharey=True)
    drawing, panels = plt.subplots(2, 3, **options)
    x, parts = drawn.x, {}
    for axes, name in zip(panels.flat, _SHOWN, strict=True):
        p = found[name][np.argsort(assigned(x, found[name]))]
        parts[name] = pd.DataFrame(np.hstack([x, p]), columns=["x_1", "x_2", "p_1", "p_2"])
        look = _LINES.get(name, LOOKS["untrained"].line)
        axes.add_patch(Polygon(x[ConvexHull(x).vertices], fc=HULL, ec="none", zorder=0))
        axes.plot(*np.stack([x, p], axis=1).T, color=look["color"], lw=0.7, alpha=0.6)
        axes.plot(*p.T, **look | dict(linestyle="", ms=5))
        axes.plot(*x.T, ".", color=INK, ms=4)
        gone = int((np.abs(p) > _REACH).any(axis=1).sum())
        axes.set_title(WORDS[name] + f"\n{gone} beyond the edge" * bool(gone))
        axes.set(xlim=(-_REACH, _REACH), ylim=(-_REACH, _REACH), aspect="equal")
        axes.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1))
        axes.set_xticklabels(["−1", "0", "1"])
        axes.set_yticklabels(["−1", "0", "1"])
    offer("fig-square", pd.concat(parts, names=["mask", "sample"]))
    return drawing


@figure
def members(frames):
    """Draw how well weights tell members, by size, beside the nulls.

    Parameters
    ----------
    frames : dict of str to DataFrame, as from `run_pictures`: by the title of the panel
    """
    options = dict(figsize=(7.4, 3.6), sharey=True)
    drawing, panels = plt.subplots(1, len(frames), **options)
    tables = {title: intervals(named(frame), "auc") for title, frame in frames.items()}
    offer("fig-picture-members", pd.concat(tables, names=["data"]))
    for axes, (title, table) in zip(panels, tables.items(), strict=True):
        log_sizes(axes, sorted(table.index.unique("n")))
        axes.set(title=title, ylim=(0.38, 1.03))
        ends = []
        for name in (*_LINES, *NULLS):
            rows = table.loc[name]
            look = _LINES.get(name) or dict(color="#737373", linestyle=_DASHES[name])
            band(axes, rows, **{"ms": 4, "linewidth": 1.2} | look)
            ends.append((WORDS[name], rows["mean"].iloc[-1], look["color"]))
        axes.axhline(0.5, color=INK, linewidth=0.6)
    panels[0].set_ylabel("AUC of membership")
    at_ends(panels[-1], ends)
    return drawing


@figure
def answers(found, digits):
    """Draw who answers to a digit, how like it that prototype is, and the AUC, over overlap's λ.

    Parameters
    ----------
    found : DataFrame, as from `specialized`
    digits : DataFrame, as from `run_pictures`: its nulls stand beside the AUC
    """
    guesses = named(digits).groupby(["mask", "n"])["auc"].mean().unstack("n").loc[list(NULLS)]
    table = found.groupby(["n", "lam"])[["neurons", "own", "others", "auc"]].mean()
    offer("fig-answers", table)
    titles = {
        "neurons": "neurons that answer to a digit",
        "own": "likeness of the first of them",
        "auc": "AUC of membership",
    }
    drawing, panels = plt.subplots(1, 3, figsize=(7.4, 2.9))
    sizes = sorted(found["n"].unique())
    shades = map(to_hex, plt.get_cmap("viridis")(np.linspace(0.75, 0.1, len(sizes))))
    for n, color in zip(sizes, shades, strict=True):
        rows = table.loc[n]
        for axes, name in zip(panels, titles, strict=True):
            axes.plot(rows.index, rows[name], "o-", color=color, ms=4, label=f"N = {n}")
        panels[1].plot(rows.index, rows["others"], "o:", color=color, ms=3)
        panels[2].axhline(guesses.at["training mean", n], color=color, linestyle="--", linewidth=1)
    others = guesses.drop("training mean")
    panels[2].axhspan(
        others.min(axis=None), others.max(axis=None), color=GREY, alpha=0.3, linewidth=0
    )
    for axes, title in zip(panels, titles.values(), strict=True):
        axes.set_xscale("symlog", linthresh=0.01, linscale=0.6)
        axes.set_xticks([0, 0.01, 0.1, 1, 10], ["0", "0.01", "0.1", "1", "10"])
        axes.set_xticks([], minor=True)
        axes.set(title=title, xlabel="λ of overlap")
    panels[2].set_xlim(panels[0].get_xlim())  # lines across widen it
    panels[0].set(yscale="log")
    panels[0].set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    panels[0].set_yticks([], minor=True)
    panels[1].set(ylim=(0, None))
    handles = dict(zip(*panels[0].get_legend_handles_labels()[::-1], strict=True))
    drawing.legend(handles.values(), handles, loc="outside lower center", ncols=len(sizes))
    return drawing
