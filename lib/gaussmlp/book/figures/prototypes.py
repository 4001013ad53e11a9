"""Figures of the model: one neuron, and a network."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp import Parameters, model
from gaussmlp.book.axes import hull, ticks
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


def draw_output(axes, begin, parameters, reach):
    """Draw the output of a network beside its target and its samples.

    Parameters
    ----------
    axes : Axes
    begin : Start
    parameters : Parameters
    reach : float; inputs go from its negative to it
    """
    at = np.linspace(-reach, reach, 401)
    axes.plot(at, np.sin(np.pi * at), color="#999999", linestyle="--", linewidth=1, label="target")
    axes.plot(at, model.output(at, parameters), color=BLUE, label="network")
    axes.plot(begin.x, begin.y, "o", color=INK, ms=4, label="samples")
    axes.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes.set(xlim=(-reach, reach), ylim=(-1.9, 1.9), ylabel="output")


def draw_bumps(axes, x, parameters, reach, colors):
    """Draw what each neuron adds to the output, its prototype, and the samples.

    Parameters
    ----------
    axes : Axes
    x : ndarray, samples
    parameters : Parameters
    reach : float; prototypes beyond it are drawn at the rim
    colors : sequence of color, one per neuron, or one for all
    """
    at = np.linspace(-reach, reach, 401)
    p = np.clip(model.prototypes(parameters), -0.99 * reach, 0.99 * reach)
    axes.set_prop_cycle(color=colors)
    axes.plot(at, model.responses(at, parameters.w, parameters.b) * parameters.v, linewidth=1.2)
    axes.plot([p], [np.zeros(len(p))], "^", ms=7, markeredgecolor="white", zorder=4)
    ticks(axes, x, 0, zorder=3)
    axes.set(xlim=(-reach, reach), ylabel="bumps")
