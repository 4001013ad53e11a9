"""Figures of how fast training is, and of what large networks do."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import LogLocator

from gaussmlp.book.axes import beside, log_sizes, side_by_side
from gaussmlp.book.style import BLUE, INK, LOOKS, RED, figure, offer
from gaussmlp.protocol import MASKS
from gaussmlp.study.speed import PEERS
from gaussmlp.study.tables import by_mask_and_size

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
    axes.axhline(1, color=INK, linewidth=0.9)
    place = dict(textcoords="offset points", xycoords=("axes fraction", "data"))
    axes.annotate("ours", (1, 1), (4, 3), **place)
    for peer in ratios.columns:
        axes.plot(ratios.index, ratios[peer], **_ENGINES[peer], mew=0, label=PEERS[peer])
    _logarithmic(axes, ratios.index)
    axes.set(ylabel="time over ours", ylim=(0.7, None))
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.6))
    return drawing


@figure
def peer_by_mask(tables):
    """Draw how many times our time peers take for each mask alone, by size.

    Parameters
    ----------
    tables : mapping of str to DataFrame, for each peer as from `ratios_by_mask`, one panel each
    """
    drawing, panels = plt.subplots(1, len(tables), figsize=(7.4, 3.2), squeeze=False)
    for axes, (peer, table) in zip(panels[0], tables.items(), strict=True):
        axes.axhline(1, color=INK, linewidth=0.9)
        for mask in table.index:
            axes.plot(table.columns, table.loc[mask], **LOOKS[mask].line, label=mask)
        _logarithmic(axes, table.columns)
        axes.set(title=PEERS[peer], ylim=(0.7, None))
    panels[0, 0].set_ylabel("time over ours")
    panels[0, -1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return drawing


@figure
def growth(seconds, memory):
    """Draw the time of a step and the memory of a call of training by size.

    Parameters
    ----------
    seconds : DataFrame, as from `gaussmlp.study.speed.step_seconds`
    memory : DataFrame, as from `gaussmlp.study.speed.memory`
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.5), width_ratios=(1.1, 1))
    for mask in seconds.columns:
        left.plot(seconds.index, seconds[mask], **LOOKS[mask].line, label=mask, alpha=0.85)
    for count, marker, color in zip(memory.columns, "oD", (INK, BLUE), strict=False):
        look = dict(marker=marker, color=color, mew=0, label=f"{count} runs")
        right.plot(memory.index, memory[count], **look)
    for axes, table, power in ((left, seconds, 2), (right, memory, 1)):
        sizes, last = table.index.to_numpy(float), table.iloc[-1].min() / 2.5
        guide = last * (sizes / sizes[-1]) ** power
        axes.plot(sizes, guide, color=INK, lw=1, ls=":", label=f"$N^{power}$")
        _logarithmic(axes, table.index)
        axes.yaxis.set_major_locator(LogLocator())
        axes.yaxis.set_major_formatter("{x:.0e}")
    left.set_ylabel("seconds per step, eight runs")
    left.legend(ncols=2, loc="upper left")
    right.set_ylabel("bytes")
    right.legend(loc="upper left")
    return drawing


@figure
def large_networks(nominal, large):
    """Draw the mean error and the mean expelled share from the nominal sizes to large ones.

    Nominal means are joined by lines; large ones stand apart, each run as a thin mark.

    Parameters
    ----------
    nominal, large : DataFrame of runs of all masks, those of `large` at larger sizes
    """
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 3.6))
    names = {"reconstruction_error": "reconstruction error", "expelled_fraction": "expelled share"}
    runs = pd.concat([frame[["mask", "n", *names]] for frame in (nominal, large)])
    largest, tables = nominal["n"].max(), {}
    for axes, (measure, label) in zip(panels, names.items(), strict=True):
        means = tables[measure] = by_mask_and_size(runs, measure)
        for mask, points in zip(MASKS, side_by_side(len(MASKS), 1.5), strict=True):
            look, part = LOOKS[mask], large[large["mask"] == mask]
            axes.plot(means.loc[mask, :largest], **look.line, label=mask)
            axes.plot(means.loc[mask, largest:], **look.line | {"linestyle": ":"})
            drawn = axes.plot(part["n"], part[measure], "_", color=look.color, ms=5, mew=0.8)
            beside(drawn, points)
        _logarithmic(axes, means.columns)
        axes.set_ylabel(f"mean {label}")
    offer("fig-large", pd.concat(tables, names=["measure"]).stack().rename("mean"))
    panels[1].set(yscale="linear", ylim=(0, 1))
    panels[1].yaxis.set_major_formatter("{x:.1f}")
    drawing.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=8)
    return drawing


def _logarithmic(axes, sizes):
    axes.set_yscale("log")
    log_sizes(axes, sizes)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_yticks([], minor=True)
