"""The one look of all figures.

Every mask has one colour, marker and dash in all figures. The colours are those of Okabe and Ito,
which colour-blind readers can tell apart. Without colour, dashes say overlap, triangles coverage,
and hollow markers separation; with it, masks with overlap are warm and those without it cool.
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
from matplotlib.lines import AxLine, Line2D
from matplotlib.ticker import FuncFormatter
from matplotlib.transforms import ScaledTranslation

LOOKS = {
    mask: dict(
        color=color,
        marker=marker,
        linestyle="--" if "O" in mask else "-",
        mfc="white" if "S" in mask else color,
        mew=1,
    )
    for mask, color, marker in (
        ("standard", "#4d4d4d", "o"),
        ("S", "#56b4e9", "o"),
        ("C", "#009e73", "^"),
        ("CS", "#0072b2", "^"),
        ("O", "#d55e00", "s"),
        ("OS", "#e69f00", "s"),
        ("OC", "#cc79a7", "v"),
        ("OCS", "#882255", "v"),
    )
}
"""Colour, marker and dash of each mask."""

MARKS = {mask: look | dict(linestyle="") for mask, look in LOOKS.items()}
"""The same without a line."""

INK = "#333333"
"""Text and lines."""

HULL = "#eef3f7"
"""The hull of the samples, as a background."""

STYLE = {
    "figure.dpi": 180,  # twice a page's pixels: crisp on dense screens, players too
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


def beside(artists, points):
    """Draw artists a little aside of their data, so that intervals do not hide each other.

    Parameters
    ----------
    artists : iterable of matplotlib.artist.Artist
    points : float
        To the right, in units of 1/72 inch.
    """
    for artist in artists:
        aside = ScaledTranslation(points / 72, 0, artist.get_figure().dpi_scale_trans)
        artist.set_transform(artist.get_transform() + aside)


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
        One row a point: ``panel`` (counted from 1), ``title``, ``series`` (its label, without the
        underscore that keeps it out of the legend; of an interval, its ends apart), ``x`` and ``y``
        (the name beneath, where an axis has names for places) and, of a map, ``value``. Lines
        across a panel that only mark a value, and bands of uncertainty, are left out.

    Raises
    ------
    ValueError
        If something that is drawn has no label.
    """
    parts = []
    panels = [ax for ax in drawing.axes if ax.get_label() != "<colorbar>"]
    for panel, ax in enumerate(panels, 1):
        title, names = ax.get_title(loc="left"), _names(ax)
        for artist in (*ax.lines, *ax.collections):
            points, values = _points(artist, ax)
            label = names.get(artist, artist.get_label())
            if label.startswith("_child") and len(points):
                raise ValueError(f"panel {panel}, {title!r}: {artist} has no label")
            if label and len(points):
                columns = dict(panel=panel, title=title, series=label.removeprefix("_"))
                x, y = (_named(*pair) for pair in zip((ax.xaxis, ax.yaxis), points.T, strict=True))
                parts.append(pd.DataFrame(columns | dict(x=x, y=y, value=values)))
    return pd.concat(parts, ignore_index=True).dropna(axis="columns", how="all")


def _named(axis, places):
    # a tick that counts from 0 and bears a name stands for all that is drawn around it
    names = [text.get_text() for text in axis.get_majorticklabels()]
    rows = np.arange(len(names))
    if not isinstance(axis.get_major_formatter(), FuncFormatter) or len(rows) < 2:
        return places
    if not np.array_equal(axis.get_majorticklocs(), rows):
        return places
    return np.array(names)[np.rint(places).astype(int).clip(0, rows[-1])]


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
        across, up = _middles(corners[0, :, 0], ax.xaxis), _middles(corners[:, 0, 1], ax.yaxis)
        return np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2), artist.get_array().ravel()
    if isinstance(artist, PathCollection):
        return np.asarray(artist.get_offsets()), np.nan
    if isinstance(artist, LineCollection):
        segments = artist.get_segments()
        return np.concatenate(segments) if segments else nothing, np.nan
    place = artist.get_transform()
    across = place is ax.get_xaxis_transform() or place is ax.get_yaxis_transform()
    if across or isinstance(artist, AxLine) or not isinstance(artist, Line2D):
        return nothing, np.nan
    return artist.get_xydata(), np.nan


def _middles(edges, axis):
    low, high = edges[:-1], edges[1:]
    return np.sqrt(low * high) if axis.get_scale() == "log" else (low + high) / 2
