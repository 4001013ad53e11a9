"""Figures of the expelled: how many, which, when, and what holds them."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gaussmlp.book.axes import (
    at_ends,
    band,
    hull,
    legend,
    log_sizes,
    masks_in,
    name_places,
    nulls,
    step_axis,
    strip,
)
from gaussmlp.book.style import GREY, HULL, INK, LINES, LOOKS, figure, offer
from gaussmlp.draws import NULLS
from gaussmlp.model import responses
from gaussmlp.protocol import MASKS
from gaussmlp.study.mechanism import positions
from gaussmlp.study.tables import intervals


@figure
def beats(trained, told):
    """Draw the way of one neuron over the steps, and below it what it is at four of them."""
    x, color = trained.start.x, LOOKS[trained.run.mask].color
    ways = positions([trained]).pivot(index="step", columns="neuron", values="prototype")
    neuron = told["neuron"].iloc[0]
    offer("fig-beats", ways[[neuron]].set_axis(["prototype"], axis=1))
    drawing = plt.figure(figsize=(7.2, 5.0))
    above, below = drawing.subfigures(2, 1, height_ratios=(1.4, 1))
    _draw_ways(above.subplots(), ways, told, x, color)
    panels = below.subplots(1, len(told), sharey=True)
    for number, (ax, beat) in enumerate(zip(panels, told.itertuples(), strict=True), 1):
        state = trained.history[trained.recorded.index(beat.step)]
        _draw_beat(ax, beat, x, state, color)
        ax.set_title(f"{number}  {beat.Index}\nstep {beat.step:,}")
    below.axes[0].set_ylabel("response")
    return drawing


def _draw_ways(ax, ways, told, x, color):
    neuron, last = told["neuron"].iloc[0], ways.index[-1]
    ax.axhspan(x.min(), x.max(), color=HULL, zorder=0)
    ax.plot(ways.drop(columns=neuron).iloc[::3], color=GREY, linewidth=0.6, alpha=0.7)
    ax.plot(ways[neuron], color=color, linewidth=2.2)
    ax.plot(told["step"], told["place"], "o", color=color, ms=13, clip_on=False, zorder=4)
    centred = dict(ha="center", va="center", color="white", weight="bold", zorder=5)
    for number, (step, place) in enumerate(zip(told["step"], told["place"], strict=True), 1):
        ax.text(step, place, str(number), **centred)
    middle = (x.min() + x.max()) / 2
    there = dict(transform=ax.get_yaxis_transform(), rotation=270, ha="left", va="center")
    ax.text(1.01, middle, "hull", **there)
    step_axis(ax)
    name_places(ax.xaxis, [0, 10, 100, 1000, last])
    ax.set(xlim=(0, 1.05 * last), ylim=(-4, 4), yticks=(-4, -2, 0, 2, 4), ylabel="prototype")
    ax.grid(axis="y", visible=False)


def _draw_beat(ax, beat, x, state, color):
    at = np.linspace(-1.3, 4.3, 113)
    hull(ax, x)
    ax.fill_between(at, responses(at, state.w, state.b)[:, beat.neuron], color=color, alpha=0.35)
    ax.plot(x, np.zeros(len(x)), "|", color=INK, ms=7, mew=0.8)
    for height, name in ((1.25, "overlap"), (1.6, "fit")):
        force = getattr(beat, name)
        # logarithmic: 0.25 for each power of ten above 1e-6
        length = 0.25 * np.sign(force) * np.log10(1 + abs(force) / 1e-6)
        if abs(length) > 0.05:
            look = dict(color=LINES[name]["color"], arrowstyle="->", linewidth=1.6)
            tip, tail = (beat.place + length, height), (beat.place, height)
            ax.annotate("", tip, tail, arrowprops=dict(shrinkA=0, shrinkB=0) | look)
            far = max(beat.place, beat.place + length) + 0.15
            ax.text(far, height, name, va="center")
    ax.plot(beat.place, 0, "^", color=color, ms=7, mec="white", zorder=4, clip_on=False)
    ax.set(xlim=at[[0, -1]], ylim=(-0.15, 1.85), yticks=(0, 1), xticks=(-1, 0, 1, 2, 3, 4))
    ax.grid(visible=False)


@figure
def shares(frame):
    """Draw the expelled share, and the plain outside share, by size for every mask and null."""
    measures = {"expelled_fraction": "more than 0.05 outside", "outside_fraction": "outside at all"}
    tables = {measure: intervals(frame, measure) for measure in measures}
    offer("fig-shares", pd.concat(tables, names=["measure"]))
    drawing, panels = plt.subplots(2, 2, figsize=(7.2, 5.6), sharex=True, sharey=True)
    masks = masks_in(frame)
    guesses = [name for name in masks if name in NULLS]
    without = [mask for mask in masks if mask in MASKS and "O" not in mask]
    groups = [without, [mask for mask in masks if mask in MASKS and "O" in mask]]
    for row, (measure, title) in zip(panels, measures.items(), strict=True):
        for ax, group in zip(row, groups, strict=True):
            for mask in group:
                band(ax, tables[measure].loc[mask], **LOOKS[mask].line)
            for null in guesses:
                look = LOOKS[null].line | dict(linewidth=1, ms=5)
                band(ax, tables[measure].loc[null], **look)
            log_sizes(ax, sorted(frame["n"].unique()))
            ax.set(ylim=(0, 1), xlabel="N" if row is panels[-1] else "")
        row[0].set_ylabel(f"share {title}")
    looks = {LOOKS[mask].words: LOOKS[mask].line for mask in masks}
    legend(drawing, looks, loc="outside lower center", ncols=3)
    return drawing


@figure
def strips(table, x):
    """Draw all prototypes of every mask on one line each, from `positions`, beside the samples.

    The axis is linear over the domain and logarithmic beyond it.
    """
    drawing, ax = plt.subplots(figsize=(7.2, 4.0))
    hull(ax, x)
    rows = {"samples": (x, INK, "expelled")}
    for mask in masks_in(table):
        part = table[table["mask"] == mask]
        rows[fill(LOOKS[mask].words, 20)] = (
            part["prototype"],
            LOOKS[mask].color,
            f"{part['expelled'].mean():.0%}",
        )
    for row, (places, color, text) in enumerate(rows.values()):
        strip(ax, places, row, 0.36, color=color, linewidth=0.9)
        ax.text(1.01, row, text, transform=ax.get_yaxis_transform(), va="center")
    ax.set_xscale("symlog", linthresh=1, linscale=2)
    reach = 1.1 * np.abs(table["prototype"]).max()
    ax.set_xlim(-reach, reach)
    places = [t for t in (-10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5, 10) if abs(t) <= reach]
    name_places(ax.xaxis, places)
    ax.set_yticks(range(len(rows)), rows)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("input (logarithmic beyond 1)")
    return drawing


@figure
def stiffnesses(neurons):
    """Draw how firmly the total holds each neuron, over how far outside its prototype lies.

    The neurons are of `curvature`. One panel for each mask; the axis of distances is logarithmic
    beyond 1.
    """
    masks = masks_in(neurons)
    drawing, axes = plt.subplots(1, len(masks), figsize=(7.2, 2.7), sharey=True, sharex=True)
    for ax, mask in zip(axes, masks, strict=True):
        part = neurons[neurons["mask"] == mask]
        look = LOOKS[mask].marks | dict(ms=3.5, mew=0, alpha=0.6)
        ax.axvspan(-1, 0, color=HULL, zorder=0)
        ax.plot(part["beyond"], part["stiffness"].clip(1e-7), **look)
        ax.set_xscale("symlog", linthresh=1, linscale=1.5)
        ax.set(yscale="log", ylim=(5e-8, 20), title=LOOKS[mask].words)
        ax.set_xlabel("distance outside")
        name_places(ax.xaxis, [-1, 0, 1, 10])
        ax.minorticks_off()
    axes[0].set_ylabel("curvature")
    return drawing


@figure
def longer(errors, guesses, masks=("standard", "C", "O", "OC")):
    """Draw errors by size after few steps and after many, one panel for each way to measure.

    The errors are tables with rows (mask, steps), by their titles.
    """
    offer("fig-longer", pd.concat(errors, names=["measure"]))
    drawing, axes = plt.subplots(1, len(errors), figsize=(7.2, 3.2), sharey=True)
    for ax, (title, table) in zip(axes, errors.items(), strict=True):
        few, many = table.index.unique("steps")
        for mask in masks:
            look, rows = LOOKS[mask], table.loc[mask]
            line = dict(color=look.color, linestyle=look.dash)
            ax.plot(rows.columns, rows.loc[few], linewidth=0.9, **line)
            ax.plot(rows.columns, rows.loc[many], linewidth=2.4, label=look.words, **line)
            between = rows.columns, rows.loc[few], rows.loc[many]
            ax.fill_between(*between, color=look.color, alpha=0.13, linewidth=0)
        log_sizes(ax, rows.columns)
        ax.set(yscale="log", title=title)
        ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
        ends = nulls(ax, guesses, "reconstruction_error")
    at_ends(axes[-1], ends)
    axes[0].set_ylabel("mean reconstruction error")
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return drawing
