"""Figures of how fast training is, and of what large networks do."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from gaussmlp.book.style import INK, LOOKS, beside, figure
from gaussmlp.protocol import MASKS
from gaussmlp.study.speed import PEERS
from gaussmlp.study.tables import by_mask_and_size

_ENGINES = {
    "jax": dict(color="#d55e00", marker="o"),
    "torch-compile": dict(color="#0072b2", marker="s"),
    "torch": dict(color="#56b4e9", marker="D"),
    "numpy": dict(color="#009e73", marker="^"),
}


@figure
def peers(ratios):
    """Draw how many times our time each peer takes, by size.

    Parameters
    ----------
    ratios : pandas.DataFrame
        As from `gaussmlp.study.speed.ratios`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, axes = plt.subplots(figsize=(7.0, 3.3))
    axes.axhline(1, color=INK, linewidth=0.9)
    axes.annotate(
        "ours", (1, 1), (4, 3), textcoords="offset points", xycoords=("axes fraction", "data")
    )
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
    tables : mapping of str to pandas.DataFrame
        For each peer, as from `gaussmlp.study.speed.ratios_by_mask`.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a peer.
    """
    drawing, panels = plt.subplots(1, len(tables), figsize=(7.4, 3.2), squeeze=False)
    for axes, (peer, table) in zip(panels[0], tables.items(), strict=True):
        axes.axhline(1, color=INK, linewidth=0.9)
        for mask in table.index:
            axes.plot(table.columns, table.loc[mask], **LOOKS[mask], label=mask)
        _logarithmic(axes, table.columns)
        axes.set(title=PEERS[peer], ylim=(0.7, None))
    panels[0, 0].set_ylabel("time over ours")
    panels[0, -1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return drawing


@figure
def growth(seconds, memory):
    """Draw the time of a step and the memory of a call of training over N.

    Parameters
    ----------
    seconds : pandas.DataFrame
        As from `gaussmlp.study.speed.step_seconds`.
    memory : pandas.DataFrame
        As from `gaussmlp.study.speed.memory`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.5), width_ratios=(1.1, 1))
    for mask in seconds.columns:
        left.plot(seconds.index, seconds[mask], **LOOKS[mask], label=mask, alpha=0.85)
    _guide(left, seconds.index, seconds.iloc[-1].min() / 2.5, 2)
    left.set_ylabel("seconds a step, eight runs")
    left.legend(ncols=2, loc="upper left")
    for count, marker, color in zip(memory.columns, "oD", (INK, "#0072b2"), strict=False):
        label = f"{count} runs"
        right.plot(memory.index, memory[count], marker=marker, color=color, mew=0, label=label)
    _guide(right, memory.index, memory.iloc[-1].min() / 2.5, 1)
    right.set_ylabel("bytes")
    right.legend(loc="upper left")
    for axes, ends in ((left, seconds), (right, memory)):
        _logarithmic(axes, ends.index)
        axes.yaxis.set_major_locator(LogLocator())
        axes.yaxis.set_major_formatter("{x:.0e}")
    return drawing


@figure
def large_networks(nominal, large):
    """Draw the mean error and the mean expelled share from the nominal sizes to large ones.

    Parameters
    ----------
    nominal, large : pandas.DataFrame
        Runs of all masks, as from `run_grid`; the sizes of `large` are above those of `nominal`.

    Returns
    -------
    matplotlib.figure.Figure
        Nominal means are joined by lines; large ones stand apart, each run as a thin mark.
    """
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 3.6))
    names = {"reconstruction_error": "reconstruction error", "expelled_fraction": "expelled share"}
    for axes, (measure, label) in zip(panels, names.items(), strict=True):
        small, big = by_mask_and_size(nominal, measure), by_mask_and_size(large, measure)
        for place, mask in enumerate(MASKS):
            look = LOOKS[mask]
            axes.plot(small.columns, small.loc[mask], **look, label=mask)
            plain = look | {"linestyle": ":"}
            axes.plot(
                [small.columns[-1], *big.columns],
                [small.loc[mask].iloc[-1], *big.loc[mask]],
                **plain,
                label=f"_{mask}, large",
            )
            part = large[large["mask"] == mask]
            dashes = dict(color=look["color"], ms=5, mew=0.8, label=f"_{mask}, runs")
            drawn = axes.plot(part["n"], part[measure], "_", **dashes)
            beside(drawn, 1.5 * (place - (len(MASKS) - 1) / 2))
        _logarithmic(axes, [*small.columns, *big.columns])
        axes.set_ylabel(f"mean {label}")
    panels[1].set(yscale="linear", ylim=(0, 1))
    panels[1].yaxis.set_major_formatter("{x:.1f}")
    drawing.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=8)
    return drawing


def _guide(axes, sizes, last, power):
    sizes = np.array(sizes, dtype=float)
    axes.plot(
        sizes, last * (sizes / sizes[-1]) ** power, color=INK, lw=1, ls=":", label=f"$N^{power}$"
    )


def _logarithmic(axes, sizes):
    axes.set(xscale="log", yscale="log", xlabel="N")
    axes.set_xticks(list(sizes), [f"{n:,}" for n in sizes])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter("{:g}".format))
    axes.yaxis.set_minor_formatter(NullFormatter())
