"""The one look of all figures.

Every mask has one colour, marker and dash in all figures. The colours are those of Okabe and Ito,
which colour-blind readers can tell apart; markers and dashes tell the masks apart in grey too.
Masks with overlap are warm and dashed, masks without it cool and solid.
"""

import functools
import hashlib
import os
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython import get_ipython
from matplotlib.collections import LineCollection, PathCollection, QuadMesh
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

LOOKS = {
    "standard": dict(color="#4d4d4d", marker="o", linestyle="-"),
    "S": dict(color="#56b4e9", marker="s", linestyle="-"),
    "C": dict(color="#009e73", marker="^", linestyle="-"),
    "CS": dict(color="#0072b2", marker="D", linestyle="-"),
    "O": dict(color="#d55e00", marker="X", linestyle="--"),
    "OS": dict(color="#e69f00", marker="P", linestyle="--"),
    "OC": dict(color="#cc79a7", marker="v", linestyle="--"),
    "OCS": dict(color="#882255", marker="h", linestyle="--"),
}
"""Colour, marker and dash of each mask."""

INK = "#333333"
"""Text and lines."""

HULL = "#eef3f7"
"""The hull of the samples, as a background."""

STYLE = {
    "figure.dpi": 180,  # twice a page's pixels: crisp on dense screens
    "figure.facecolor": "white",
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "lines.linewidth": 1.5,
    "lines.markersize": 5,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "path.simplify": False,
}


def figure(draw):
    """Make a function draw in the book's style, whatever the session's own settings are.

    Parameters
    ----------
    draw : callable
        It returns a matplotlib figure.

    Returns
    -------
    callable
        The same function, in the book's style.
    """

    @functools.wraps(draw)
    def styled(*arguments, **options):
        with plt.rc_context({**plt.rcParamsDefault, **STYLE, "backend": plt.get_backend()}):
            drawing = draw(*arguments, **options)
        if isinstance(drawing, Figure) and "GAUSSMLP_BOOK" in os.environ:
            _keep(data_of(drawing), Path(os.environ["GAUSSMLP_BOOK"]))
        return drawing

    return styled


def _keep(data, folder):
    # The book finds the files of a chapter by its first cell, and those of a figure by their order.
    first = get_ipython().user_ns["In"][1].strip()
    name = hashlib.sha256(first.encode()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    order = len(list(folder.glob(f"{name}-*.csv"))) + 1
    data.to_csv(folder / f"{name}-{order}.csv", index=False)


def data_of(drawing):
    """Return what a figure draws.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure

    Returns
    -------
    pandas.DataFrame
        One row a point: ``panel`` (counted from 1), ``title``, ``series`` (its label, or its kind
        and number; of an interval, its ends apart), ``x`` and ``y`` as drawn (masks stand side by
        side, a little off their N) and, of a map, ``value``. Lines across a panel that only mark a
        value, and bands of uncertainty, are left out.
    """
    parts = []
    for panel, ax in enumerate(drawing.axes, 1):
        names = _names(ax)
        for k, artist in enumerate([*ax.lines, *ax.collections], 1):
            points, values = _points(artist, ax)
            label = names.get(artist, artist.get_label())
            if len(points) and label:
                label = f"{type(artist).__name__} {k}" if label.startswith("_") else label
                columns = dict(panel=panel, title=ax.get_title(loc="left"), series=label)
                columns |= dict(x=points[:, 0], y=points[:, 1], value=values)
                parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True).dropna(axis="columns", how="all")


def _names(ax):
    # what is drawn with its interval: the value, and both ends of the interval
    names = {}
    for container in ax.containers:
        if isinstance(container, ErrorbarContainer):
            label = container.get_label()
            line, ends, bars = container
            names |= {line: label} | dict.fromkeys(bars, "" if ends else f"{label}, interval")
            sides = ("low", "high") if len(ends) == 2 else range(len(ends))
            names |= {end: f"{label}, {side}" for end, side in zip(ends, sides, strict=True)}
    return names


def _points(artist, ax):
    nothing = np.empty((0, 2))
    if isinstance(artist, QuadMesh):
        corners = np.asarray(artist.get_coordinates())
        middles = (corners[:-1, :-1] + corners[1:, 1:]) / 2
        return middles.reshape(-1, 2), np.ravel(artist.get_array())
    if isinstance(artist, PathCollection):
        return np.asarray(artist.get_offsets()), np.nan
    if isinstance(artist, LineCollection):
        segments = artist.get_segments()
        return np.concatenate(segments) if segments else nothing, np.nan
    if hasattr(artist, "get_xydata") and artist.get_transform() == ax.transData:
        return artist.get_xydata(), np.nan
    return nothing, np.nan
