"""Figures of how fast training is."""

import matplotlib.pyplot as plt
from matplotlib.ticker import EngFormatter, LogLocator

from gaussmlp.book.axes import log_sizes
from gaussmlp.book.style import BLUE, INK, LOOKS, RED, figure, offer
from gaussmlp.protocol import MASKS
from gaussmlp.study.speed import PEERS

_ENGINES = {
    "jax": dict(color=RED, marker="o"),
    "torch-compile": dict(color=BLUE, marker="s"),
    "torch": dict(color="#56b4e9", marker="D"),
    "numpy": dict(color="#009e73", marker="^"),
}


@figure
def peers(ratios):
    """Draw how many times our time each peer takes, by size.

    Parameters
    ----------
    ratios : DataFrame, as from `gaussmlp.study.speed.ratios`
    """
    drawing, axes = plt.subplots(figsize=(7.0, 3.3))
    offer("fig-peers", ratios)
    axes.axhline(1, color=INK, linewidth=1.5)
    _label(axes, 1, "ours", INK)
    for peer in ratios.columns:
        look = _ENGINES[peer]
        axes.plot(ratios.index, ratios[peer], **look, mew=0)
        _label(axes, ratios[peer].iloc[-1], PEERS[peer], look["color"])
    _logarithmic(axes, ratios.index)
    axes.set(ylabel="time over ours", ylim=(0.7, None))
    return drawing


@figure
def peer_by_mask(ratios):
    """Draw how many times our time peers take for each mask alone, by size.

    Parameters
    ----------
    ratios : DataFrame, as from `gaussmlp.study.speed.ratios`; each of its peers gets a panel
    """
    drawing, panels = plt.subplots(1, ratios.shape[1], figsize=(7.4, 3.6), squeeze=False)
    for axes, peer in zip(panels[0], ratios, strict=True):
        table = ratios.loc[list(MASKS), peer].unstack("N", sort=False)
        axes.axhline(1, color=INK, linewidth=1.5)
        axes.annotate("ours", (1, 1), (-2, 3), **_END | dict(ha="right"))
        for mask in table.index:
            axes.plot(table.columns, table.loc[mask], **LOOKS[mask].line, label=LOOKS[mask].words)
        _logarithmic(axes, table.columns)
        axes.set(title=PEERS[peer], ylim=(0.7, None))
    panels[0, 0].set_ylabel("time over ours")
    _masks_below(drawing, panels[0, 0])
    return drawing


@figure
def growth(seconds, memory):
    """Draw the time of a step and the memory of a call of training by size.

    Parameters
    ----------
    seconds, memory : DataFrame, as from `gaussmlp.study.speed.growth`
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.5))
    offer("fig-growth", seconds)
    seconds = seconds[[*MASKS]]
    slowest = seconds.max(axis=1)
    left.fill_between(seconds.index, seconds.min(axis=1), slowest, color=BLUE, alpha=0.25, lw=0)
    left.plot(seconds.index, seconds["standard"], "o-", color=INK, ms=4, mew=0)
    place = dict(textcoords="offset points", color=INK)
    left.annotate("standard", (30, seconds.loc[30, "standard"]), (7, -9), **place)
    left.annotate("all masks", (30, slowest[30]), (-8, 4), **place | dict(color=BLUE, ha="right"))
    for count, marker, color in zip(memory.columns, "oD", (INK, BLUE), strict=False):
        right.plot(memory.index, memory[count], marker=marker, color=color, mew=0, ms=4)
    few, many = memory.columns
    place |= dict(ha="right")
    right.annotate(f"{many} runs", (30, memory.loc[30, many]), (-8, 5), **place | dict(color=BLUE))
    right.annotate(f"{few} runs", (300, memory.loc[300, few]), (5, -10), **place | dict(ha="left"))
    for axes, table, power in ((left, seconds, 2), (right, memory, 1)):
        sizes, last = table.index.to_numpy(float), table.iloc[-1].min() / 6
        guide = last * (sizes / sizes[-1]) ** power
        axes.plot(sizes, guide, color=INK, lw=1, ls=":")
        name = f"$N^{power}$" if power > 1 else "$N$"
        axes.annotate(name, (sizes[-2], guide[-2]), (4, -14), textcoords="offset points")
        _logarithmic(axes, table.index)
        axes.yaxis.set_major_locator(LogLocator())
    left.yaxis.set_major_formatter(EngFormatter(unit="s"))
    right.yaxis.set_major_formatter(EngFormatter(unit="B"))
    left.set_title("time of one step of eight runs")
    right.set_title("memory")
    return drawing


_END = dict(textcoords="offset points", xycoords=("axes fraction", "data"))


def _label(axes, height, text, color):
    axes.annotate(text, (1, height), (4, 0), color=color, va="center", **_END)


def _masks_below(drawing, axes):
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)


def _logarithmic(axes, sizes):
    axes.set_yscale("log")
    log_sizes(axes, sizes)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_yticks([], minor=True)
