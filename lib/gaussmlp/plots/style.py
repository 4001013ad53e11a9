"""The one look of all figures.

Every mask has one colour, marker and dash in all figures. The colours are those of Okabe and Ito,
which colour-blind readers can tell apart; markers and dashes tell the masks apart in grey too.
Masks with overlap are warm and dashed, masks without it cool and solid.
"""

import functools

import matplotlib.pyplot as plt

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
            return draw(*arguments, **options)

    return styled
