"""Figures of the introduction, the model, the losses, the protocol and the reconstruction error."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import NullFormatter, ScalarFormatter

from gaussmlp import losses, model
from gaussmlp.book.style import HULL, INK, LOOKS, MARKS, beside, figure
from gaussmlp.protocol import MASKS
from gaussmlp.start import Parameters
from gaussmlp.start import start as start_of
from gaussmlp.study.tables import intervals, paired_differences


def _guess_lines(axes, guesses):
    rows = [] if guesses is None else guesses.iterrows()
    for (name, errors), color in zip(rows, ("#777777", "#b0b0b0"), strict=False):
        axes.plot(errors.index, errors, ":", color=color, label=name)


@figure
def samples_and_prototypes(trained, frame, guesses=None):
    """Draw where prototypes end beside the samples, and the mean error by size, for the same masks.

    Parameters
    ----------
    trained : sequence of Trained
        One run a mask, all from one start.
    frame : pandas.DataFrame
        Runs, as from `run_grid`, with these masks.
    guesses : pandas.DataFrame, optional
        As for `error_by_size`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 2.9), width_ratios=(1.45, 1))
    x = trained[0].start.x
    left.axvspan(x.min(), x.max(), color=HULL)
    for row, one in enumerate(trained):
        p = np.sort(model.prototypes(one.parameters))
        look = MARKS[one.run.mask]
        left.vlines(x, row - 0.38, row - 0.1, color=INK, linewidth=0.9, label="samples")
        for k, ends in enumerate(zip(np.sort(x), p, strict=True)):
            heights, label = [row - 0.1, row + 0.16], f"pair {k}"
            left.plot(ends, heights, color=look["color"], lw=0.7, alpha=0.6, label=label)
        left.plot(p, np.full(len(p), row + 0.16), **look, ms=4, label="prototypes")
    left.set_yticks(range(len(trained)), [one.run.mask for one in trained])
    left.invert_yaxis()
    left.set(xlabel="input", title=f"samples (ticks) and prototypes, N = {len(x)}")
    left.grid(visible=False)
    _error_lines(right, frame, [one.run.mask for one in trained])
    _guess_lines(right, guesses)
    right.legend(fontsize=7)
    right.set_title("mean reconstruction error")
    return drawing


@figure
def neuron(w, b, v):
    """Draw one neuron's contribution to the output, with its prototype and its width.

    Parameters
    ----------
    w, b, v : float
        Input weight (not 0), bias and output weight.

    Returns
    -------
    matplotlib.figure.Figure
    """
    one = Parameters(np.array([w]), np.array([b]), np.array([v]), 0.0)
    (prototype,), (width,) = model.prototypes(one), model.widths(one)
    x = np.linspace(-1.5, 1.5, 601)
    drawing, axes = plt.subplots(figsize=(5.6, 2.5))
    axes.plot(x, model.output(x, one), color="#0072b2", linewidth=2, label="contribution")
    axes.axvline(prototype, color="#d55e00", linestyle=":", linewidth=1.3)
    look = dict(color="#d55e00", markersize=8, clip_on=False, zorder=3, label="prototype")
    axes.plot([prototype], [0], "^", **look)
    axes.annotate(
        "prototype $-b/w$",
        (prototype, 0),
        (-75, 22),
        textcoords="offset points",
        ha="right",
        color="#b34a00",
        arrowprops={"arrowstyle": "-", "color": "#b34a00", "linewidth": 0.8, "shrinkB": 5},
    )
    level = v * np.exp(-0.5)
    axes.annotate(
        "",
        (prototype + width, level),
        (prototype, level),
        arrowprops=dict(arrowstyle="<->", color=INK),
    )
    axes.annotate("width", (prototype + width, level), (5, -3), textcoords="offset points")
    axes.annotate("height $v$", (prototype, v), (6, -2), textcoords="offset points")
    axes.set(xlabel="input $x$", ylabel=r"$v\,\exp(-(wx+b)^2)$")
    return drawing


@figure
def network(trained):
    """Draw a trained network: data and output above, each neuron's bump and prototype below.

    Parameters
    ----------
    trained : Trained
        A run of few neurons.

    Returns
    -------
    matplotlib.figure.Figure
    """
    begin, end = trained.start, trained.parameters
    p = model.prototypes(end)
    reach = max(1.15, np.abs(p).max() + 0.15)
    x = np.linspace(-reach, reach, 1201)
    drawing, (top, bottom) = plt.subplots(2, 1, figsize=(6.4, 4.4), sharex=True)
    for axes in (top, bottom):
        axes.axvspan(begin.x.min(), begin.x.max(), color=HULL)
    top.plot(x, np.sin(np.pi * x), color="#999999", linestyle="--", linewidth=1, label="target")
    top.plot(x, model.output(x, end), color="#0072b2", label="network")
    top.plot(begin.x, begin.y, "o", color=INK, label="samples")
    top.set(ylabel="output", ylim=(-1.6, 1.6))
    top.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    colors = plt.get_cmap("viridis")(np.linspace(0.05, 0.85, len(p)))
    bumps = model.responses(x, end.w, end.b) * end.v
    for j in np.argsort(p):
        color = colors[np.argsort(np.argsort(p))[j]]
        bottom.plot(x, bumps[:, j], color=color, label=f"bump {j}")
        look = dict(color=color, markersize=9, markeredgecolor="white", zorder=4)
        bottom.plot([p[j]], [0], "^", **look, label=f"prototype {j}")
    look = dict(color=INK, markersize=14, markeredgewidth=1.4, label="samples")
    bottom.plot(begin.x, np.zeros_like(begin.x), "|", **look)
    bottom.set(xlabel="input (ticks: samples, triangles: prototypes)", ylabel="bumps")
    return drawing


@figure
def forces(x, others, tau, w):
    """Draw the force of each structural loss on one prototype, wherever it stands.

    Parameters
    ----------
    x : array_like, shape (N,)
        Samples.
    others : array_like, shape (N - 1,)
        The other prototypes, which stay.
    tau : float
        Temperature of coverage and separation.
    w : float
        Input weight of every neuron, for overlap, whose force is taken at fixed w.

    Returns
    -------
    matplotlib.figure.Figure
    """
    probe = np.linspace(-1.6, 1.6, 1601)
    curves = {"coverage": [], "separation": [], "overlap": []}
    for p in probe:
        prototypes = np.append(others, p)
        curves["coverage"].append(-losses.coverage_gradient(x, prototypes, tau)[-1])
        curves["separation"].append(-losses.separation_gradient(prototypes, tau)[-1])
        parameters = Parameters(np.full(len(x), w), -w * prototypes, np.zeros(len(x)), 0.0)
        _, by_bias = losses.overlap_gradient(x, parameters)
        curves["overlap"].append(w * by_bias[-1])  # b = -w p, so d/dp = -w d/db
    drawing, panels = plt.subplots(3, 1, figsize=(6.8, 5.4), sharex=True)
    colors = {"coverage": "#009e73", "separation": "#0072b2", "overlap": "#d55e00"}
    for axes, (name, force) in zip(panels, curves.items(), strict=True):
        force = np.array(force)
        axes.axvspan(np.min(x), np.max(x), color=HULL)
        axes.axhline(0, color=INK, linewidth=0.8)
        right, left = np.where(force > 0, force, 0.0), np.where(force < 0, force, 0.0)
        axes.fill_between(probe, right, color=colors[name], alpha=0.75, linewidth=0)
        axes.fill_between(probe, left, color=colors[name], alpha=0.35, linewidth=0)
        axes.plot(probe, force, color=colors[name], linewidth=1, label="force")
        limit = 1.15 * np.abs(force).max()
        axes.plot(
            x,
            np.full(len(x), -limit),
            "|",
            color=INK,
            markersize=11,
            markeredgewidth=1.5,
            clip_on=False,
            label="samples",
        )
        look = dict(color="#777777", markersize=6, clip_on=False, label="other prototypes")
        axes.plot(others, np.full(len(others), limit), "v", **look)
        axes.set(ylim=(-limit, limit), title=name)
        axes.set_ylabel("force", labelpad=2)
    panels[-1].set_xlabel("position of the prototype (ticks: samples, triangles: other prototypes)")
    return drawing


@figure
def shared_starts(protocol, n):
    """Draw the samples and the initial prototypes of every seed, which all masks share.

    Parameters
    ----------
    protocol : Protocol
        Its seeds and start are drawn.
    n : int
        Number of samples and of neurons.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, axes = plt.subplots(figsize=(6.4, 2.9))
    for row, seed in enumerate(protocol.seeds):
        begin = start_of(protocol, n, seed)
        ends = begin.x.min(), begin.x.max()
        axes.hlines(row, *ends, color="#d9e2ea", linewidth=9, label="hull")
        look = dict(color=INK, markersize=9, markeredgewidth=1.2, label="samples")
        axes.plot(begin.x, np.full(n, row), "|", **look)
        look = dict(color="#d55e00", ms=5, label="initial prototypes")
        axes.plot(model.prototypes(begin.parameters), np.full(n, row + 0.28), ".", **look)
    axes.set_yticks(range(len(protocol.seeds)), protocol.seeds)
    axes.invert_yaxis()
    axes.set(
        xlabel="input (ticks: samples, bars: their hull, dots: initial prototypes)", ylabel="seed"
    )
    axes.grid(visible=False)
    return drawing


@figure
def error_by_size(frame, guesses=None):
    """Draw the mean reconstruction error by size, one line a mask, with bootstrap intervals.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs, as from `run_grid`.
    guesses : pandas.DataFrame, optional
        Mean errors of guesses without training, by name and size; dotted lines.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, axes = plt.subplots(figsize=(6.6, 3.9))
    _error_lines(axes, frame, [mask for mask in MASKS if (frame["mask"] == mask).any()])
    axes.set(ylabel="mean reconstruction error")
    _guess_lines(axes, guesses)
    drawing.legend(*axes.get_legend_handles_labels(), loc="outside right center", title="mask")
    return drawing


@figure
def differences_by_size(frame, measure="reconstruction_error", label="error minus the baseline's"):
    """Draw each mask's paired differences from the baseline: every seed, the mean and its interval.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs, as from `run_grid`.
    measure : str
        The name of a measure.
    label : str
        Words for the vertical axis.

    Returns
    -------
    matplotlib.figure.Figure
    """
    differences = paired_differences(frame, measure)
    table = intervals(differences, "difference")
    groups = (("S", "C", "CS"), ("O", "OS", "OC", "OCS"))
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 3.4), width_ratios=(3, 4))
    sizes = sorted(frame["n"].unique())
    for axes, masks in zip(panels, groups, strict=True):
        axes.axhline(0, color=INK, linewidth=1)
        for k, mask in enumerate(masks):
            look, shift = MARKS[mask], (k - (len(masks) - 1) / 2) * 0.19
            rows = table.loc[mask]
            here = differences[differences["mask"] == mask]
            places = np.searchsorted(sizes, here["n"]) + shift
            dots = dict(color=look["color"], ms=3, alpha=0.45, mew=0, label=f"_{mask}, runs")
            axes.plot(places, here["difference"], ".", **dots)
            spread = np.abs(rows[["low", "high"]].to_numpy().T - rows["mean"].to_numpy())
            axes.errorbar(
                np.arange(len(sizes)) + shift,
                rows["mean"],
                spread,
                **look,
                capsize=2.5,
                label=mask,
            )
        axes.set_xticks(range(len(sizes)), sizes)
        axes.set_xlabel("N")
        axes.legend(
            ncols=len(masks), loc="lower center", bbox_to_anchor=(0.5, 1.0), handletextpad=0.2
        )
    panels[0].set_ylabel(label)
    return drawing


def _error_lines(axes, frame, masks):
    table = intervals(frame[frame["mask"].isin(masks)], "reconstruction_error")
    sizes = sorted(frame["n"].unique())
    axes.set(xscale="log", yscale="log", xlabel="N")
    for k, mask in enumerate(masks):
        rows = table.loc[mask]
        spread = np.abs(rows[["low", "high"]].to_numpy().T - rows["mean"].to_numpy())
        look = dict(capsize=2, elinewidth=1, label=mask)
        drawn = axes.errorbar(rows.index, rows["mean"], spread, **LOOKS[mask], **look)
        beside(drawn.get_children(), 2 * (k - (len(masks) - 1) / 2))
    axes.set_xticks(sizes, sizes)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    axes.set_yticks([0.1, 0.2, 0.5, 1, 2])
    axes.yaxis.set_major_formatter(ScalarFormatter())
