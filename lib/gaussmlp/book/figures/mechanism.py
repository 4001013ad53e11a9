"""Figures of what drives prototypes out of the hull, and of what holds them."""

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from gaussmlp.book.player import Control, page
from gaussmlp.book.style import HULL, INK, LOOKS, MARKS, figure
from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.model import prototypes
from gaussmlp.protocol import MASKS, Tau
from gaussmlp.study.mechanism import compensation, forces
from gaussmlp.study.tables import interval, warn_of_diverged
from gaussmlp.study.thresholds import ONSET_RISE

_LOSS_LOOKS = {
    "overlap": dict(color=LOOKS["O"]["color"], linestyle="--"),
    "separation": dict(color=LOOKS["S"]["color"], linestyle="-."),
    "coverage": dict(color=LOOKS["C"]["color"], linestyle="-"),
}


def _band(ax, frame, by, measure, look, statistic="mean", **options):
    """Draw a statistic over one column with its bootstrap interval, and return where it stands."""
    warn_of_diverged(frame[measure])
    groups = {key: interval(part[measure]) for key, part in frame.groupby(by)}
    at = np.array(list(groups))
    middle = frame.groupby(by)[measure].agg(statistic).to_numpy()
    if statistic == "mean":
        low, high = ([row[end] for row in groups.values()] for end in ("low", "high"))
    else:
        low, high = (frame.groupby(by)[measure].quantile(q) for q in (0.25, 0.75))
    ax.fill_between(at, low, high, color=look["color"], alpha=0.13, linewidth=0)
    ax.plot(at, middle, **(look | options))
    return at, middle


def _share_axis(ax, sizes):
    ax.set_xscale("log")
    ax.set_xticks(sizes, [str(n) for n in sizes])
    ax.minorticks_off()
    ax.set_ylim(0, 1)
    ax.set_xlabel("number of samples N")


@figure
def shares(frame):
    """Draw the expelled share, and the plain outside share, over N for every mask.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs, as from `run_grid`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, axes = plt.subplots(1, 2, figsize=(7.2, 3.1), sharey=True)
    titles = {
        "expelled_fraction": f"more than {EXPELLED_BEYOND:g} outside",
        "outside_fraction": "outside at all",
    }
    for ax, (measure, title) in zip(axes, titles.items(), strict=True):
        for mask in [mask for mask in MASKS if mask in set(frame["mask"])]:
            _band(ax, frame[frame["mask"] == mask], "n", measure, LOOKS[mask], label=mask)
        _share_axis(ax, sorted(frame["n"].unique()))
        ax.set_title(title)
    axes[0].set_ylabel("share of prototypes")
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    return drawing


@figure
def strips(table, x):
    """Draw all prototypes of every mask on one line each, beside the samples.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `positions`, of one size and one seed.
    x : ndarray, shape (N,)
        The samples of that seed.

    Returns
    -------
    matplotlib.figure.Figure
        The axis is linear over the domain and logarithmic beyond it.
    """
    drawing, ax = plt.subplots(figsize=(7.2, 4.0))
    masks = [mask for mask in MASKS if mask in set(table["mask"])]
    ax.axvspan(x.min(), x.max(), color=HULL, zorder=0)
    rows = {"samples": (x, INK)} | {
        mask: (table.loc[table["mask"] == mask, "prototype"], LOOKS[mask]["color"])
        for mask in masks
    }
    for row, (name, (places, color)) in enumerate(rows.items()):
        label = name if name == "samples" else "prototypes"
        ax.vlines(places, row - 0.36, row + 0.36, color=color, linewidth=0.9, label=label)
    for mask, part in table.groupby("mask"):
        text = f"{part['expelled'].mean():.0%}"
        ax.text(1.01, masks.index(mask) + 1, text, transform=ax.get_yaxis_transform(), va="center")
    ax.text(1.01, 0, "expelled", transform=ax.get_yaxis_transform(), va="center")
    ax.set_xscale("symlog", linthresh=1, linscale=2)
    reach = 1.1 * np.abs(table["prototype"]).max()
    ax.set_xlim(-reach, reach)
    ticks = [t for t in (-10, -5, -2, -1, -0.5, 0, 0.5, 1, 2, 5, 10) if abs(t) <= reach]
    ax.set_xticks(ticks, [f"{t:g}" for t in ticks])
    ax.minorticks_off()
    ax.set_yticks(range(len(rows)), rows)
    ax.invert_yaxis()
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("input (logarithmic beyond 1)")
    return drawing


def film(table, x, alt, **options):
    """Return the film of prototypes during training, one panel for each mask.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `positions` of recorded runs, of one size and one seed.
    x : ndarray, shape (N,)
        The samples of that seed.
    alt : str
        What one sees.
    **options
        As for `gaussmlp.book.player.spec`.

    Returns
    -------
    IPython.display.HTML
        A player that needs no kernel. In every panel a neuron keeps its height, the rank of its
        first prototype, so that its way can be followed.
    """
    masks = [mask for mask in MASKS if mask in set(table["mask"])]
    steps = tuple(sorted(table["step"].unique().tolist()))
    wide = {
        mask: table[table["mask"] == mask].pivot(index="step", columns="neuron") for mask in masks
    }

    @figure
    def draw(step):
        drawing = Figure(figsize=(7.2, 3.2), layout="none")
        axes = drawing.subplots(1, len(masks), sharey=True)
        drawing.subplots_adjust(left=0.04, right=0.99, bottom=0.14, top=0.9, wspace=0.05)
        shares = {}
        for ax, mask in zip(axes, masks, strict=True):
            first = wide[mask]["prototype"].to_numpy()[0]
            places = np.clip(wide[mask]["prototype"].loc[step], -3.95, 3.95)
            shares[mask] = f"{mask}: {wide[mask]['expelled'].loc[step].mean():.0%} expelled"
            ax.axvspan(x.min(), x.max(), color=HULL, zorder=0)
            ax.plot(x, np.full(len(x), -6), "|", color=INK, markersize=5, markeredgewidth=0.6)
            ax.scatter(places, first.argsort().argsort(), s=7, color=LOOKS[mask]["color"])
            ax.set(xlim=(-4, 4), xticks=(-2, 0, 2), yticks=[], xlabel="prototype")
            ax.set_title(shares[mask])
            ax.grid(visible=False)
        axes[0].set_ylabel("neurons, samples below")
        return drawing, f"Step {step:,}. " + ", ".join(shares.values()) + "."

    return HTML(page(draw, [Control("step", "step", steps, steps[-1])], alt, fps=12, **options))


@figure
def departures(table):
    """Draw distance and weights over the steps, for neurons that end expelled and for the others.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `positions` of one recorded run.

    Returns
    -------
    matplotlib.figure.Figure
        Medians over neurons, with the band from the 10th to the 90th percentile.
    """
    ends = table[table["step"] == table["step"].max()].set_index("neuron")["expelled"]
    table = table.assign(
        gone=table["neuron"].map(ends), reach=table["w"].abs(), size=table["v"].abs()
    )
    look = LOOKS[table["mask"].iloc[0]]
    drawing, axes = plt.subplots(1, 3, figsize=(7.2, 2.6))
    titles = {
        "beyond": "distance outside the hull",
        "reach": "size of the input weight w",
        "size": "size of the output weight v",
    }
    for ax, (column, title) in zip(axes, titles.items(), strict=True):
        for gone, style in {
            True: dict(color=look["color"], label="expelled at the end"),
            False: dict(color=INK, label="not expelled", linestyle=":"),
        }.items():
            groups = table[table["gone"] == gone].groupby("step")[column]
            low, high = groups.quantile(0.1), groups.quantile(0.9)
            ax.fill_between(low.index, low, high, color=style["color"], alpha=0.15, linewidth=0)
            ax.plot(groups.median(), **style)
        ax.set_xscale("symlog", linthresh=10, linscale=0.5)
        ax.set_xticks([0, 10, 100, 1000], ["0", "10", "100", "1,000"])
        ax.minorticks_off()
        ax.set_title(title)
        ax.set_xlabel("step")
    axes[0].axhline(0, color=INK, linewidth=0.8)
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return drawing


@figure
def stiffnesses(neurons):
    """Draw how firmly the total holds each neuron, over how far outside its prototype lies.

    Parameters
    ----------
    neurons : pandas.DataFrame
        As from `curvature`.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for each mask; the axis of distances is logarithmic beyond 0.1.
    """
    masks = [mask for mask in MASKS if mask in set(neurons["mask"])]
    drawing, axes = plt.subplots(1, len(masks), figsize=(7.2, 2.7), sharey=True, sharex=True)
    for ax, mask in zip(axes, masks, strict=True):
        part = neurons[neurons["mask"] == mask]
        look = MARKS[mask] | dict(ms=3, mew=0, alpha=0.55, label="neurons")
        ax.axvspan(-1, 0, color=HULL, zorder=0)
        ax.plot(part["beyond"], part["stiffness"].clip(1e-7), **look)
        ax.set_xscale("symlog", linthresh=1, linscale=1.5)
        ax.set_yscale("log")
        ax.set_ylim(5e-8, 20)
        ax.set_xticks([-1, 0, 1, 10], ["−1", "0", "1", "10"])
        ax.minorticks_off()
        ax.set_title(mask)
        ax.set_xlabel("distance outside")
    axes[0].set_ylabel("curvature")
    return drawing


@figure
def sweep(frame, onsets):
    """Draw the expelled share and the error over separation's temperature, one column for each N.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `gaussmlp.study.sweeps.temperature`.
    onsets : pandas.DataFrame
        As from `gaussmlp.study.sweeps.onset`.

    Returns
    -------
    matplotlib.figure.Figure
        Means with bootstrap intervals of the share, medians with quartiles of the error.
    """
    sizes = sorted(frame["n"].unique())
    drawing, axes = plt.subplots(
        2, len(sizes), figsize=(7.2, 4.6), sharex=True, sharey="row", squeeze=False
    )
    panels = {"expelled_fraction": "mean", "reconstruction_error": "median"}
    for (measure, statistic), row in zip(panels.items(), axes, strict=True):
        for ax, n in zip(row, sizes, strict=True):
            for mask in [mask for mask in MASKS if mask in set(frame["mask"])]:
                part = frame[(frame["n"] == n) & (frame["mask"] == mask)]
                look = LOOKS[mask] | dict(markersize=3.5)
                _band(ax, part, "tau", measure, look, statistic, label=mask)
                if (mask, n) in onsets.index and measure == "expelled_fraction":
                    ax.axvline(onsets.at[(mask, n), "onset"], color=look["color"], linestyle=":")
            ax.axvline(Tau().separation, color=INK, linewidth=0.8)
            ax.set_xscale("log")
            ax.minorticks_off()
    for ax, n in zip(axes[0], sizes, strict=True):
        ax.set_title(f"N = {n}")
        ax.set_ylim(0, 1)
    for ax in axes[1]:
        ax.set_yscale("log")
        ax.set_xlabel("temperature τ of separation")
    axes[0, 0].set_ylabel("expelled share")
    axes[1, 0].set_ylabel("reconstruction error")
    drawing.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=3)
    return drawing


@figure
def collapse(table, onsets):
    """Draw the rise of the expelled share twice: over the temperature, and over it in spacings.

    Parameters
    ----------
    table : pandas.DataFrame
        As from `gaussmlp.study.sweeps.rises`, of one mask, with a column `spacings`: the
        temperature divided by the squared mean sample spacing.
    onsets : pandas.DataFrame
        As from `gaussmlp.study.sweeps.onset`, of that mask, with the same column.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, axes = plt.subplots(1, 2, figsize=(7.2, 3.0), sharey=True)
    sizes = sorted(table["n"].unique())
    colors = dict(
        zip(sizes, plt.get_cmap("viridis")(np.linspace(0.75, 0.1, len(sizes))), strict=True)
    )
    for ax, by in zip(axes, ("tau", "spacings"), strict=True):
        for n, marker in zip(sizes, "^sDov", strict=False):
            look = dict(color=colors[n], marker=marker, markersize=4, linestyle="-")
            _band(ax, table[table["n"] == n], by, "difference", look, label=f"N = {n}")
        ax.set_xscale("log")
        ax.minorticks_off()
        ax.axhline(0, color=INK, linewidth=0.8)
        ax.axhline(ONSET_RISE, color=INK, linewidth=0.8, linestyle=":")
    for ax, column in zip(axes, ("crossing", "spacings"), strict=True):
        for n in sizes:
            look = dict(color="white", markeredgecolor=colors[n], label=f"_N = {n}, crossing")
            ax.plot(onsets.at[n, column], ONSET_RISE, "o", **look)
    axes[0].set_xlabel("temperature τ")
    axes[1].set_xlabel("τ over the squared mean sample spacing")
    axes[0].set_ylabel("rise of the expelled share")
    axes[0].legend()
    return drawing


@figure
def force_profiles(begin, distances):
    """Draw the outward force of each structural loss on a prototype over its place beyond the hull.

    Parameters
    ----------
    begin : Start
        Of a run; its rightmost prototype is moved, all others stay.
    distances : ndarray
        Distances beyond the last sample, increasing.

    Returns
    -------
    matplotlib.figure.Figure
        Coverage twice: with the other prototypes as drawn, and with the next one on the last
        sample. The axis of forces is linear near 0 and logarithmic beyond.
    """
    p, w, end = prototypes(begin.parameters), begin.parameters.w, begin.x.max()
    j = p.argmax()
    rival = np.where(np.arange(len(p)) == np.argsort(p)[-2], end, p)  # the second comes to the end

    def along(others):
        rows = []
        for d in distances:
            moved = np.where(np.arange(len(p)) == j, end + d, others)
            rows.append(forces(begin.x, begin.y, begin.parameters._replace(b=-w * moved)))
        return {name: np.array([row[name][j] for row in rows]) for name in _LOSS_LOOKS}

    alone = along(p)
    contested = along(rival)
    drawing, ax = plt.subplots(figsize=(7.2, 3.4))
    for name in ("overlap", "separation"):
        ax.plot(distances, contested[name], label=name, **_LOSS_LOOKS[name])
    look = _LOSS_LOOKS["coverage"]
    ax.plot(distances, alone["coverage"], label="coverage, others as drawn", **look)
    ax.plot(
        distances,
        contested["coverage"],
        label="coverage, another one on the last sample",
        **(look | dict(linestyle=":")),
    )
    gone = distances[contested["coverage"] == 0.0].min()
    ax.plot(gone, 0, "o", color=look["color"], zorder=3, label="_coverage is 0 from here on")
    ax.annotate("exactly 0 from here on", (gone, 0), (4, -14), textcoords="offset points")
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.axvline(EXPELLED_BEYOND, color=INK, linewidth=0.8, linestyle=":")
    ax.set_xscale("log")
    ax.set_yscale("symlog", linthresh=1e-5, linscale=0.5)
    ax.set_ylim(top=3 * max(ax.get_ylim()[1], contested["separation"].max()))
    ax.set_xlabel("distance beyond the last sample")
    ax.set_ylabel("force (up: outward)")
    drawing.legend(loc="outside lower center", ncols=2)
    return drawing


@figure
def phases(frame, baseline, ratios):
    """Draw the expelled share and the error over the lams of overlap and coverage.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `gaussmlp.study.sweeps.balance`.
    baseline : float
        The baseline's mean expelled share, on the same starts.
    ratios : ndarray
        As from `balance_ratios`: the predicted ``lam_coverage / lam_overlap``.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, axes = plt.subplots(1, 2, figsize=(7.2, 3.7), sharey=True)
    panels = {
        "expelled_fraction": ("expelled share", dict(vmin=0, vmax=0.7)),
        "reconstruction_error": ("reconstruction error", dict(norm=LogNorm(0.1, 10))),
    }
    needed = compensation(frame, baseline)
    needed = needed[needed > 0]
    low, middle, high = np.exp(np.quantile(np.log(ratios), [0.25, 0.5, 0.75]))
    for ax, (measure, (title, colors)) in zip(axes, panels.items(), strict=True):
        table = frame.pivot_table(
            index="lam_coverage", columns="lam_overlap", values=measure, dropna=False
        )
        x, y = table.columns.to_numpy(), table.index.to_numpy()
        step = np.sqrt(x[1] / x[0])
        across, up = (np.append(along / step, along[-1] * step) for along in (x, y))
        mesh = ax.pcolormesh(across, up, table, **colors, cmap="magma_r", label="_mean")
        ax.set(xscale="log", yscale="log", xlim=across[[0, -1]], ylim=up[[0, -1]])
        ax.plot(needed.index, needed, "o-", color=INK, mfc="white", label="measured")
        ax.plot(x, middle * x, "--", color="#0072b2", label="predicted")
        for ratio in (low, high):
            ax.plot(x, ratio * x, ":", color="#0072b2", linewidth=1, label="_predicted, quartile")
        ax.plot(1, 1, "*", color="white", markeredgecolor=INK, markersize=11, label="nominal")
        ax.minorticks_off()
        ax.grid(visible=False)
        ax.set_title(title)
        ax.set_xlabel("λ of overlap")
        drawing.colorbar(mesh, ax=ax, shrink=0.9)
    axes[0].set_ylabel("λ of coverage")
    axes[0].legend(loc="upper left", frameon=True)
    return drawing
