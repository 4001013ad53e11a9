"""What figures share: intervals, bands, axes of sizes and steps, samples, networks.

Tables of means have the columns ``mean, low, high``; further options are those of matplotlib.
"""

from textwrap import fill

import numpy as np
import scipy
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.transforms import ScaledTranslation

from gaussmlp.book.style import BLUE, GREY, HULL, INK, LOOKS
from gaussmlp.draws import NULLS
from gaussmlp.model import output
from gaussmlp.protocol import MASKS
from gaussmlp.study.tables import intervals


def masks_in(frame):
    """Return the masks of some runs, in the usual order, and the nulls."""
    return [mask for mask in (*MASKS, *NULLS) if mask in set(frame["mask"])]


def bars(axes, at, rows, **look):
    """Draw means as markers with bars; where `at` is a table as well, with bars both ways."""
    if hasattr(at, "columns"):
        at, look = at["mean"], look | dict(xerr=_sides(at))
    return axes.errorbar(at, rows["mean"], _sides(rows), **look).get_children()


def _sides(rows):
    return np.abs(rows[["low", "high"]].to_numpy().T - rows["mean"].to_numpy())


def band(axes, rows, **look):
    """Draw means as a line over the index of their table, and their intervals as a band."""
    shade = dict(color=look["color"], alpha=0.13, linewidth=0)
    axes.fill_between(rows.index, rows["low"], rows["high"], **shade)
    axes.plot(rows.index, rows["mean"], **look)


def nulls(axes, frame, measure):
    """Draw a measure of the nulls over the sizes, as dotted lines with bands.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    frame : DataFrame
        As from `null_runs`.
    measure : str

    Returns
    -------
    list of tuple
        For `at_ends`: words, height at the largest size, and colour of each.
    """
    table, ends = intervals(frame, measure), []
    for null in masks_in(frame):
        rows, look = table.loc[null], LOOKS[null]
        band(axes, rows, **look.line | {"marker": ""})
        ends.append((look.words, rows["mean"].iloc[-1], look.color))
    return ends


def medians(groups, tail):
    """Return medians of groups as ``mean``, with the quantiles that leave out a share each."""
    table = groups.quantile([tail, 0.5, 1 - tail]).unstack()
    return table.set_axis(["low", "mean", "high"], axis=1)


def side_by_side(count, distance):
    """Return how far to shift each of some marks that share a place."""
    return [distance * (k - (count - 1) / 2) for k in range(count)]


def beside(artists, points):
    """Draw artists some points to the right of their data, so that none hides another."""
    for artist in artists:
        aside = ScaledTranslation(points / 72, 0, artist.get_figure().dpi_scale_trans)
        artist.set_transform(artist.get_transform() + aside)


def log_sizes(axes, sizes):
    """Make the axis from left to right a logarithmic one of sizes."""
    axes.set(xscale="log", xlabel="N")
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axes.set_xticks([], minor=True)


def even_sizes(axes, sizes):
    """Give every size a place of its own from left to right: 0, 1, 2 and so on."""
    axes.set_xticks(range(len(sizes)), sizes)
    axes.set_xlabel("N")


def step_axis(axes):
    """Make the axis from left to right one of steps, logarithmic beyond 10."""
    axes.set_xscale("symlog", linthresh=10, linscale=0.5)
    axes.set_xticks([0, 10, 100, 1000], ["0", "10", "100", "1,000"])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("step")


def hull(axes, x):
    """Shade the hull of some samples."""
    axes.axvspan(x.min(), x.max(), color=HULL, zorder=0)


def ticks(axes, x, height, **look):
    """Draw samples as ticks at one height."""
    axes.plot(x, np.full(len(x), height), "|", **(dict(color=INK, ms=9, mew=1) | look))


def strip(axes, places, row, half, **look):
    """Draw places as upright marks of twice a half height, as one line, which a page draws fast."""
    ends = np.full(len(places), row)
    heights = np.column_stack([ends - half, ends + half, np.full(len(places), np.nan)])
    axes.plot(np.repeat(places, 3), heights.ravel(), **look)


def join(axes, x, p, heights, **look):
    """Draw a line from each sample to a prototype; the heights are those of the two rows."""
    axes.plot([x, p], np.repeat(np.transpose([heights]), len(x), axis=1), **look)


def draw_output(axes, begin, parameters, reach):
    """Draw the output of a network from ``-reach`` to `reach`, its target and its samples."""
    at = np.linspace(-reach, reach, 401)
    axes.plot(at, np.sin(np.pi * at), color="#999999", linestyle="--", linewidth=1, label="target")
    axes.plot(at, output(at, parameters), color=BLUE, label="network")
    axes.plot(begin.x, begin.y, "o", color=INK, ms=4, label="samples")
    axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes.set(xlim=(-reach, reach), ylim=(-1.9, 1.9), ylabel="output")


def at_ends(axes, ends, gap=11.5, width=21):
    """Name lines where they end: right of the axes, as near to their heights as letters allow.

    Parameters
    ----------
    axes : Axes, drawn in already: its scale must not change any more
    ends : sequence of tuple, ``(name, height, color)``
    gap : float, points from one line of letters to the next
    width : int, letters after which a name is broken
    """
    drawing = axes.get_figure()
    drawing.draw_without_rendering()  # so that heights are known
    heights = axes.transData.transform([(1, height) for _, height, _ in ends])[:, 1]
    order = np.argsort(heights, kind="stable")
    names = [fill(ends[k][0], width) for k in order]
    lines = np.array([name.count("\n") + 1 for name in names])
    heights, room = heights[order] * 72 / drawing.dpi, gap * (np.cumsum(lines) - lines / 2)
    shifts = scipy.optimize.isotonic_regression(heights - room).x + room - heights
    look = dict(xycoords=("axes fraction", "data"), textcoords="offset points", va="center")
    for k, name, shift in zip(order, names, shifts, strict=True):
        _, height, color = ends[k]
        axes.annotate(name, (1, height), (8, shift), color=color, **look)


def scale_with_nulls(mesh, axes, guesses, ours):
    """Draw the scale of a map's colours, with a measure of the nulls and of the baseline on it.

    Parameters
    ----------
    mesh : what `pcolormesh` has drawn
    axes : Axes, of the map
    guesses : sequence of float, of the nulls
    ours : float, of the baseline

    Returns
    -------
    Axes
    """
    scale = axes.get_figure().colorbar(mesh, ax=axes, shrink=0.9).ax
    scale.yaxis.set_ticks_position("left")
    # with an outline, since some colours are dark, and as an image like the map
    look = dict(rasterized=True, path_effects=[withStroke(linewidth=2.4, foreground="white")])
    for value in guesses:
        scale.axhline(value, color=GREY, linewidth=1, linestyle=":", **look)
    scale.axhline(ours, color=INK, linewidth=1.2, **look)
    at_ends(scale, [("nulls", np.median(guesses), GREY), ("standard", ours, INK)])
    return scale


def legend(drawing, looks, **place):
    """Explain looks, by label, that no artist has for itself."""
    handles = [Line2D([], [], **look, label=label) for label, look in looks.items()]
    drawing.legend(handles=handles, **place)
