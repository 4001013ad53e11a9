"""The one look of all figures, and the data that they offer.

The colours are those of Okabe and Ito, which colour-blind readers can tell apart. Without colour,
dashes say overlap, triangles coverage, and hollow markers separation; with it, masks with overlap
are warm and those without it cool.
"""

import colorsys
import functools
import os
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
from matplotlib import rc_params_from_file

BLUE, RED, GREY = "#0072b2", "#d55e00", "#777777"
"""What stands out, what contradicts it, and what stays behind."""

INK = "#333333"
"""Text and lines."""

HULL = "#eef3f7"
"""The hull of the samples, as a background."""


class Look(NamedTuple):
    """How a mask is called and drawn, in every figure, table and explorer."""

    words: str
    color: str
    marker: str
    dash: str = "-"
    hollow: bool = False

    @property
    def line(self):
        """Its line with markers, for `matplotlib.axes.Axes.plot`."""
        fill = "white" if self.hollow else self.color
        return dict(color=self.color, marker=self.marker, linestyle=self.dash, mfc=fill, mew=1)

    @property
    def marks(self):
        """Its markers without a line."""
        return self.line | dict(linestyle="")


LOOKS = {
    "standard": Look("standard", "#4d4d4d", "o"),
    "S": Look("separation", "#56b4e9", "o", hollow=True),
    "C": Look("coverage", "#009e73", "^"),
    "CS": Look("coverage + separation", BLUE, "^", hollow=True),
    "O": Look("overlap", RED, "s", "--"),
    "OS": Look("overlap + separation", "#e69f00", "s", "--", hollow=True),
    "OC": Look("overlap + coverage", "#cc79a7", "v", "--"),
    "OCS": Look("overlap + coverage + separation", "#882255", "v", "--", hollow=True),
    "untrained": Look("untrained", "#737373", "x", ":"),
    "chance": Look("chance", "#737373", "+", ":"),
    "evenly spaced": Look("evenly spaced", "#737373", "|", ":"),
}
"""The look of each mask, and of each null."""

LINES = {
    "fit": dict(color=INK, linestyle=":"),
    "overlap": dict(color=RED, linestyle="--"),
    "coverage": dict(color="#009e73", linestyle="-"),
    "separation": dict(color=BLUE, linestyle="-."),
}
"""The line of each loss."""

LEGIBLE = 0.22
"""Relative luminance of letters that a dark page needs for a contrast of 4.5."""


def on_page(color):
    """Return a colour of a figure as CSS that suits a light page and a dark one.

    On a dark page white is the page's ground, tints and greys turn round, and what else is too dark
    to be seen gets lighter and keeps its hue.
    """
    hue, light, full = colorsys.rgb_to_hls(*(int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)))
    if color == "#ffffff":
        return "var(--pst-color-background, white)"
    turned = light > 0.85 or full < 0.1
    light = 0.98 - 0.85 * light if turned else light
    parts = colorsys.hls_to_rgb(hue, light, full)
    while not turned and _luminance(parts) < LEGIBLE:
        light += 0.01
        parts = colorsys.hls_to_rgb(hue, light, full)
    return f"light-dark({color}, #{''.join(f'{round(255 * part):02x}' for part in parts)})"


def _luminance(parts):
    linear = (c / 12.92 if c <= 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


STYLE = rc_params_from_file(files(__package__) / "book.mplstyle", use_default_template=True)
"""Every setting of matplotlib, so that the session's own have no say."""


def figure(draw):
    """Make a function draw in the book's style, and not in the session's."""

    @functools.wraps(draw)
    def styled(*arguments, **options):
        with plt.rc_context({**STYLE, "backend": plt.get_backend()}):
            return draw(*arguments, **options)

    return styled


def offer(name, data):
    """Offer readers the data of a figure, such as ``"fig-error"``: the page links them below it.

    Nothing happens unless a book is being built: then `GAUSSMLP_BOOK` names a folder for them.
    """
    folder = os.environ.get("GAUSSMLP_BOOK")
    if folder:
        path = Path(folder) / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        data.to_csv(path, float_format="%.6g", lineterminator="\n")
