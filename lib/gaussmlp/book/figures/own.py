"""The figure of losses that the paper does not have."""

import matplotlib.pyplot as plt
import pandas as pd

from gaussmlp.book.axes import band, legend, log_sizes, nulls
from gaussmlp.book.style import BLUE, GREY, LOOKS, RED, figure, offer
from gaussmlp.study.tables import intervals

_LINES = {
    "nominal": dict(color="#009e73", marker="^", linestyle="-"),
    "two-sided": dict(color=BLUE, marker="s", linestyle="--"),
    "Coulomb": dict(color=RED, marker="o", linestyle="--"),
    "weak Coulomb": dict(color="#cc79a7", marker="D", linestyle="-."),
}


@figure
def replaced(frame, guesses):
    """Draw where prototypes go, and what they give away, if one loss is replaced."""
    columns = {"C": ("nominal", "two-sided"), "CS": ("nominal", "Coulomb", "weak Coulomb")}
    rows = {"expelled_fraction": "expelled share", "precision": "precision"}
    options = dict(figsize=(7.4, 5.4), sharex=True, sharey="row")
    drawing, panels = plt.subplots(len(rows), len(columns), **options)
    tables = dict(iter(frame.groupby("reading")))
    offered = {
        (measure, name): intervals(part, measure)
        for measure in rows
        for name, part in (tables | {"null": guesses}).items()
    }
    offer("fig-own-hull", pd.concat(offered, names=["measure", "reading"]))
    for line, (measure, words) in zip(panels, rows.items(), strict=True):
        for axes, (mask, readings) in zip(line, columns.items(), strict=True):
            nulls(axes, guesses, measure)
            plain = intervals(tables["nominal"], measure).loc["standard"]
            band(axes, plain, **LOOKS["standard"].line | dict(ms=4, linewidth=1.2))
            for name in readings:
                look = _LINES[name] | dict(ms=4, linewidth=1.5)
                band(axes, intervals(tables[name], measure).loc[mask], **look)
            log_sizes(axes, sorted(frame["n"].unique()))
            axes.set(ylim=(-0.03, 1.03), xlabel="N" if measure == "precision" else "")
        line[0].set_ylabel(words)
    for axes, mask in zip(panels[0], columns, strict=True):
        axes.set_title(f"trained with {LOOKS[mask].words}")
    looks = {name: look | dict(ms=4) for name, look in _LINES.items()}
    looks |= {"standard": LOOKS["standard"].line | dict(ms=4)}
    looks |= {"the three nulls": dict(color=GREY, linestyle=":")}
    legend(drawing, looks, loc="outside lower center", ncols=3)
    return drawing
