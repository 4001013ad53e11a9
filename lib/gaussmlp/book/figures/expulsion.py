"""Figures of the expelled: how many, which, when, and what holds them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML
from matplotlib.figure import Figure

from gaussmlp.book.axes import band, hull, log_sizes, masks_in, medians, step_axis, ticks
from gaussmlp.book.player import Control, page
from gaussmlp.book.style import HULL, INK, LOOKS, figure, offer
from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.study.mechanism import positions
from gaussmlp.study.tables import intervals


@figure
def shares(frame):
    """Draw the expelled share, and the plain outside share, by size for every mask.

    Parameters
    ----------
    frame : DataFrame of runs, as from `run_grid`
    """
    drawing, axes = plt.subplots(1, 2, figsize=(7.2, 3.1), sharey=True)
    titles = {
        "expelled_fraction": f"more than {EXPELLED_BEYOND:g} outside",
        "outside_fraction": "outside at all",
    }
    tables = {measure: intervals(frame, measure) for measure in titles}
    offer("fig-shares", pd.concat(tables, names=["measure"]))
    for ax, (measure, title) in zip(axes, titles.items(), strict=True):
        for mask in masks_in(frame):
            band(ax, tables[measure].loc[mask], **LOOKS[mask].line, label=mask)
        log_sizes(ax, sorted(frame["n"].unique()))
        ax.set(title=title, ylim=(0, 1))
    axes[0].set_ylabel("share of prototypes")
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    return drawing


@figure
def strips(table, x):
    """Draw all prototypes of every mask on one line each, beside the samples.

    The axis is linear over the domain and logarithmic beyond it.

    Parameters
    ----------
    table : DataFrame, as from `positions`, of one size and one seed
    x : ndarray, the samples of that seed
    """
    drawing, ax = plt.subplots(figsize=(7.2, 4.0))
    hull(ax, x)
    rows = {"samples": (x, INK, "expelled")}
    for mask in masks_in(table):
        part = table[table["mask"] == mask]
        rows[mask] = part["prototype"], LOOKS[mask].color, f"{part['expelled'].mean():.0%}"
    for row, (places, color, text) in enumerate(rows.values()):
        ax.vlines(places, row - 0.36, row + 0.36, color=color, linewidth=0.9)
        ax.text(1.01, row, text, transform=ax.get_yaxis_transform(), va="center")
    ax.set_xscale("symlog", linthresh=1, linscale=2)
    reach = 1.1 * np.abs(table["prototype"]).max()
    ax.set_xlim(-reach, reach)
    places = [t for t in (-10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5, 10) if abs(t) <= reach]
    ax.set_xticks(places, [f"{t:g}" for t in places])
    ax.set_xticks([], minor=True)
    ax.set_yticks(range(len(rows)), rows)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("input (logarithmic beyond 1)")
    return drawing


def film(trained, alt, **options):
    """Return the film of prototypes during training, one panel for each mask.

    A neuron keeps its height, the rank of its first prototype, so that its way can be followed.

    Parameters
    ----------
    trained : sequence of Trained, recorded runs of one start
    alt : str, what one sees
    **options : as for `gaussmlp.book.player.spec`

    Returns
    -------
    HTML, a player that needs no kernel
    """
    table, x = positions(trained), trained[0].start.x
    masks, steps = masks_in(table), tuple(sorted(table["step"].unique().tolist()))
    by_step = table.pivot(index="step", columns=["mask", "neuron"]).sort_index(axis=1)

    @figure
    def draw(step):
        drawing = Figure(figsize=(7.2, 3.2), layout="none")
        axes = drawing.subplots(1, len(masks), sharey=True)
        drawing.subplots_adjust(left=0.04, right=0.99, bottom=0.14, top=0.9, wspace=0.05)
        said = []
        for ax, mask in zip(axes, masks, strict=True):
            first = by_step["prototype", mask].to_numpy()[0]
            places = by_step["prototype", mask].loc[step].clip(-3.95, 3.95)
            said.append(f"{mask}: {by_step['expelled', mask].loc[step].mean():.0%} expelled")
            hull(ax, x)
            ticks(ax, x, -6, ms=5, mew=0.6)
            ax.scatter(places, first.argsort().argsort(), s=7, color=LOOKS[mask].color)
            ax.set(xlim=(-4, 4), xticks=(-2, 0, 2), yticks=[], xlabel="prototype", title=said[-1])
            ax.grid(visible=False)
        axes[0].set_ylabel("neurons, samples below")
        return drawing, f"Step {step:,}. {', '.join(said)}."

    return HTML(page(draw, [Control("step", "step", steps, steps[-1])], alt, fps=12, **options))


@figure
def departures(table):
    """Draw distance and weights over the steps, for neurons that end expelled and for the others.

    Medians over neurons, with the band from the 10th to the 90th percentile.

    Parameters
    ----------
    table : DataFrame, as from `positions` of one recorded run
    """
    ends = table[table["step"] == table["step"].max()].set_index("neuron")["expelled"]
    table = table.assign(gone=table["neuron"].map(ends), w=table["w"].abs(), v=table["v"].abs())
    color = LOOKS[table["mask"].iloc[0]].color
    looks = {
        True: dict(color=color, linestyle="-", label="expelled at the end"),
        False: dict(color=INK, linestyle=":", label="not expelled"),
    }
    titles = {
        "beyond": "distance outside the hull",
        "w": "size of the input weight w",
        "v": "size of the output weight v",
    }
    drawing, axes = plt.subplots(1, 3, figsize=(7.2, 2.6))
    for ax, (column, title) in zip(axes, titles.items(), strict=True):
        for gone, look in looks.items():
            groups = table[table["gone"] == gone].groupby("step")[column]
            band(ax, medians(groups, 0.1), **look)
        step_axis(ax)
        ax.set_title(title)
    axes[0].axhline(0, color=INK, linewidth=0.8)
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return drawing


@figure
def stiffnesses(neurons):
    """Draw how firmly the total holds each neuron, over how far outside its prototype lies.

    One panel for each mask; the axis of distances is logarithmic beyond 1.

    Parameters
    ----------
    neurons : DataFrame, as from `curvature`
    """
    masks = masks_in(neurons)
    drawing, axes = plt.subplots(1, len(masks), figsize=(7.2, 2.7), sharey=True, sharex=True)
    for ax, mask in zip(axes, masks, strict=True):
        part = neurons[neurons["mask"] == mask]
        look = LOOKS[mask].marks | dict(ms=3, mew=0, alpha=0.55)
        ax.axvspan(-1, 0, color=HULL, zorder=0)
        ax.plot(part["beyond"], part["stiffness"].clip(1e-7), **look)
        ax.set_xscale("symlog", linthresh=1, linscale=1.5)
        ax.set(yscale="log", ylim=(5e-8, 20), title=mask, xlabel="distance outside")
        ax.set_xticks([-1, 0, 1, 10], ["−1", "0", "1", "10"])
        ax.minorticks_off()
    axes[0].set_ylabel("curvature")
    return drawing
