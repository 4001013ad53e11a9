"""Figures of the model: one neuron, and a network."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp import Parameters, model
from gaussmlp.book.axes import draw_bumps, draw_output, hull
from gaussmlp.book.style import BLUE, INK, RED, figure


@figure
def neuron(w, b, v):
    """Draw one neuron's contribution to the output, with its prototype and its width.

    Parameters
    ----------
    w, b, v : float, input weight (not 0), bias and output weight
    """
    one = Parameters(np.array([w]), np.array([b]), np.array([v]), 0.0)
    (prototype,), (width,) = model.prototypes(one), model.widths(one)
    x, level = np.linspace(-1.5, 1.5, 601), v * np.exp(-0.5)
    drawing, axes = plt.subplots(figsize=(5.6, 2.5))
    axes.plot(x, model.output(x, one), color=BLUE, linewidth=2)
    axes.axvline(prototype, color=RED, linestyle=":", linewidth=1.3)
    axes.plot([prototype], [0], "^", color=RED, markersize=8, clip_on=False, zorder=3)
    arrow = dict(arrowstyle="-", color="#b34a00", linewidth=0.8, shrinkB=5)
    look = dict(textcoords="offset points", ha="right", color="#b34a00", arrowprops=arrow)
    axes.annotate("prototype $-b/w$", (prototype, 0), (-75, 22), **look)
    ends = (prototype + width, level), (prototype, level)
    axes.annotate("", *ends, arrowprops=dict(arrowstyle="<->", color=INK))
    axes.annotate("width", ends[0], (5, -3), textcoords="offset points")
    axes.annotate("height $v$", (prototype, v), (6, -2), textcoords="offset points")
    axes.set(xlabel="input $x$", ylabel=r"$v\,\exp(-(wx+b)^2)$")
    return drawing


@figure
def network(trained):
    """Draw a trained network: data and output above, each neuron's bump and prototype below.

    Parameters
    ----------
    trained : Trained, of few neurons
    """
    begin, end = trained.start, trained.parameters
    p = model.prototypes(end)
    reach = max(1.15, np.abs(p).max() + 0.15)
    drawing, (top, bottom) = plt.subplots(2, 1, figsize=(6.4, 4.4), sharex=True)
    for axes in (top, bottom):
        hull(axes, begin.x)
    draw_output(top, begin, end, reach)
    colors = plt.get_cmap("viridis")(np.linspace(0.05, 0.85, len(p)))
    draw_bumps(bottom, begin.x, end, reach, colors[p.argsort().argsort()])
    bottom.set_xlabel("input (ticks: samples, triangles: prototypes)")
    return drawing
