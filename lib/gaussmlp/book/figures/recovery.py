"""Figures of what can be read off the weights."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp.book.axes import band, hull, join, legend, name_places, strip
from gaussmlp.book.style import BLUE, GREY, INK, LOOKS, RED, figure, offer
from gaussmlp.metrics import WITHIN
from gaussmlp.model import prototypes
from gaussmlp.study.recovery import FALSE, NULLS, ORDERS, TOLERANCES, counts

SHOWN = ("standard", "C", "O", "OC")
"""The masks of curves; tables have all eight."""

RATES = {"precision": "prototypes that have a sample", "recall": "samples that have a prototype"}
"""Both hit rates in words."""

_NULL = dict(zip(NULLS, ("-", "--", ":"), strict=True))


@figure
def hits(curves, sizes=(10, 100)):
    """Draw the `rates`: prototypes that have a sample, and samples that have a prototype."""
    offer("fig-hits", curves)
    few = curves[curves.index.isin(TOLERANCES[::2], level="tolerance")]  # lighter, and looks alike
    drawing, panels = plt.subplots(2, len(sizes), figsize=(7.2, 5.6), sharex=True, sharey=True)
    for row, rate in zip(panels, RATES, strict=True):
        for axes, n in zip(row, sizes, strict=True):
            _curves(axes, few.loc[rate].xs(n, level="n"))
            axes.axvline(WITHIN, color=INK, linewidth=0.8)
            _tolerances(axes)
            axes.set_xlabel("distance allowed, in mean spacings" if rate == "recall" else "")
    for axes, n in zip(panels[0], sizes, strict=True):
        axes.set_title(f"N = {n}")
        axes.annotate("a tenth", (WITHIN, 0.97), (-4, 0), textcoords="offset points", ha="right")
    for axes, words in zip(panels[:, 0], RATES.values(), strict=True):
        axes.set_ylabel(words)
    _explain(drawing)
    return drawing


def _curves(axes, table):
    for name, dash in _NULL.items():
        band(axes, table.loc[name], color=GREY, linestyle=dash, linewidth=1)
    for mask in SHOWN:
        band(axes, table.loc[mask], **LOOKS[mask].line, ms=3.5, markevery=5)


def _tolerances(axes):
    axes.set(xscale="log", xlim=(1e-3, 10), ylim=(-0.02, 1.02))
    name_places(axes.xaxis, [1e-3, 1e-2, 0.1, 1, 10])


def _explain(drawing):
    drawing.get_layout_engine().set(wspace=0.08)
    looks = {LOOKS[mask].words: LOOKS[mask].line | dict(ms=3.5) for mask in SHOWN}
    looks |= {name: dict(color=GREY, linestyle=dash, linewidth=1) for name, dash in _NULL.items()}
    legend(drawing, looks, loc="outside lower center", ncols=4)


@figure
def members(found, sizes=(10, 100)):
    """Draw how many members are found at every share of non-members that are mistaken for them."""
    offer("fig-members", found)
    drawing, panels = plt.subplots(2, len(sizes), figsize=(7.2, 5.8), sharey=True)
    quarters, powers = np.linspace(0, 1, 5), (FALSE, 0.1, 1)
    for (whole, low), n in zip(panels.T, sizes, strict=True):
        for axes in (whole, low):
            _curves(axes, found.xs(n, level="n"))
        whole.set(title=f"N = {n}", xlim=(0, 1), ylim=(-0.01, 1.01))
        whole.set_xticks(quarters, [f"{share:.0%}" for share in quarters])
        low.set(xscale="log", xlim=(FALSE, 1), xlabel="non-members taken for members")
        low.set_xticks(powers, [f"{share:.0%}" for share in powers])
        low.minorticks_off()
    for axes in panels[:, 0]:
        axes.set_ylabel("members found")
        axes.set_yticks(quarters, [f"{share:.0%}" for share in quarters])
    _explain(drawing)
    return drawing


@figure
def trust(order):
    """Draw the precision of the best prototypes, by what they are ranked by, one panel a size."""
    offer("fig-trust", order)
    sizes = order.index.unique("n")
    drawing, panels = plt.subplots(1, len(sizes), figsize=(7.4, 2.9), sharey=True)
    colors, dashes = (RED, BLUE, INK, GREY), ("--", "-", ":", "-")
    looks = {
        name: dict(color=color, linestyle=dash)
        for name, color, dash in zip((*ORDERS, "random order"), colors, dashes, strict=True)
    }
    for axes, n in zip(panels, sizes, strict=True):
        for name, look in reversed(looks.items()):
            rows = order.loc[n, name]
            rows = rows.set_axis(rows.index / n)
            if name == "random order":
                band(axes, rows, **look)
            else:
                axes.plot(rows.index, rows["mean"], **look)
        axes.set(title=f"N = {n}", xlim=(0, 1), ylim=(0, 1), xlabel="share kept")
        axes.set_xticks([0, 0.5, 1], ["0", "½", "1"])
    panels[0].set_ylabel("kept ones that have a sample")
    legend(drawing, looks, loc="outside lower center", ncols=4)
    return drawing


@figure
def regions(trained):
    """Draw samples joined to their matched prototypes, and how many a tenth of the domain has."""
    edges = np.linspace(-0.8, 0.8, 9)
    x, p = np.sort(trained.start.x), np.sort(prototypes(trained.parameters))
    look, table = LOOKS[trained.run.mask], counts(x, p, edges)
    offer("fig-regions", table)
    drawing, (above, below) = plt.subplots(2, 1, figsize=(7.2, 3.8), sharex=True)
    hull(above, x)
    for places, row, color in ((x, 1, INK), (p, 0, look.color)):
        strip(above, places, row, 0.12, color=color, linewidth=1.2)
    join(above, x, p, (0.88, 0.12), color=GREY, linewidth=0.8)
    above.set_yticks([1, 0], ["samples", "prototypes"])
    above.grid(visible=False)
    width = edges[1] - edges[0]
    middles = np.append(edges, edges[-1] + width) - width / 2
    for shift, name, color in ((-0.2, "samples", INK), (0.2, "prototypes", look.color)):
        drawn = below.bar(middles + shift * width, table[name], 0.36 * width, color=color)
        below.bar_label(drawn)
    below.set(xlabel="input", ylabel="in each tenth", ylim=(0, table.to_numpy().max() + 1))
    name_places(below.xaxis, np.linspace(-1, 1, 5))
    below.grid(axis="x", visible=False)
    return drawing


@figure
def elsewhere(found):
    """Draw the hit rates of prototypes that were measured by one call of `recovered`."""
    offer("fig-elsewhere", found.curves)
    drawing, axes = plt.subplots(figsize=(5.4, 2.8))
    axes.axvline(WITHIN, color=INK, linewidth=0.8)
    for (rate, words), color, dash in zip(RATES.items(), (BLUE, RED), ("-", "--"), strict=True):
        look, chance = dict(color=color, linestyle=dash), found.curves[f"{rate}, chance"]
        axes.plot(found.curves[rate], **look, label=words)
        axes.plot(chance, **look, linewidth=0.7, label="the same, by chance")
    _tolerances(axes)
    axes.set(xlabel="distance allowed, in mean spacings", ylabel="share")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return drawing
