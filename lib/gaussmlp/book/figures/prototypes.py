"""Figures of the model: one neuron, and a network."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp import Parameters, model
from gaussmlp.book.axes import at_ends, hull, join, ticks
from gaussmlp.book.style import BLUE, GREY, INK, RED, figure


@figure
def neuron(w, b, v):
    """Draw one neuron's contribution to the output, with its prototype and its width."""
    one = Parameters(np.array([w]), np.array([b]), np.array([v]), 0.0)
    (prototype,), (width,) = model.prototypes(one), model.widths(one)
    x, level = np.linspace(-1.5, 1.5, 601), v * np.exp(-0.5)
    drawing, axes = plt.subplots(figsize=(5.6, 2.5))
    axes.plot(x, model.output(x, one), color=BLUE, linewidth=2)
    axes.axvline(prototype, color=RED, linestyle=":", linewidth=1.3)
    axes.plot([prototype], [0], "^", color=RED, markersize=8, clip_on=False, zorder=3)
    arrow = dict(arrowstyle="-", color=RED, linewidth=0.8, shrinkB=5)
    look = dict(textcoords="offset points", ha="right", color=RED, arrowprops=arrow)
    axes.annotate("prototype $-b/w$", (prototype, 0), (-75, 22), **look)
    ends = (prototype + width, level), (prototype, level)
    axes.annotate("", *ends, arrowprops=dict(arrowstyle="<->", color=INK))
    axes.annotate("width", ends[0], (5, -3), textcoords="offset points")
    axes.annotate("height $v$", (prototype, v), (6, -2), textcoords="offset points")
    axes.set(xlabel="input $x$", ylabel=r"$v\,\exp(-(wx+b)^2)$")
    return drawing


@figure
def network(trained):
    """Draw what a trained network has learned, its bumps, and its prototypes beside its samples."""
    x, y, end = trained.start.x, trained.start.y, trained.parameters
    p = model.prototypes(end)
    reach = max(1.15, np.abs(p).max() + 0.15)
    at = np.linspace(-reach, reach, 401)
    colors = plt.get_cmap("viridis")(np.linspace(0.1, 0.8, len(p)))[p.argsort().argsort()]
    panels = dict(figsize=(6.8, 5.4), sharex=True, height_ratios=(1, 1, 0.55))
    drawing, (top, middle, bottom) = plt.subplots(3, 1, **panels)
    for axes in (top, middle, bottom):
        hull(axes, x)
    outputs = np.sin(np.pi * at), model.output(at, end)
    top.plot(at, outputs[0], color=GREY, linestyle="--", linewidth=1)
    top.plot(at, outputs[1], color=BLUE)
    top.plot(x, y, "o", color=INK, ms=5)
    top.set(xlim=(-reach, reach), ylabel="output", title="The network has learned its samples.")
    middle.set_prop_cycle(color=colors)
    middle.plot(at, model.responses(at, end.w, end.b) * end.v)
    middle.vlines(p, np.minimum(end.v, 0), np.maximum(end.v, 0), colors=colors, linestyle=":")
    middle.scatter(p, np.zeros(len(p)), marker="^", s=45, color=colors, zorder=4)
    title = "Each of its neurons adds a bump, centred on the neuron's prototype."
    middle.set(ylabel="bumps", title=title)
    join(bottom, np.sort(x), np.sort(p), (1, 0), color=GREY, linewidth=0.8)
    ticks(bottom, x, 1, ms=13, mew=1.5)
    bottom.scatter(p, np.zeros(len(p)), marker="^", s=45, color=colors, zorder=4)
    bottom.set(yticks=(0, 1), yticklabels=("prototypes", "samples"), ylim=(-0.4, 1.45))
    bottom.set(xlabel="input", title="The prototypes are not the samples.")
    bottom.grid(visible=False)
    at_ends(top, [("target", outputs[0][-1], GREY), ("network", outputs[1][-1], BLUE)])
    return drawing
