"""Figures of what pulls prototypes back: forces beyond the hull, the phase diagram, both halves."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.ticker import MaxNLocator

from gaussmlp.book.axes import at_ends, band, legend, log_sizes, masks_in, scale_with_nulls
from gaussmlp.book.style import BLUE, GREY, INK, LINES, LOOKS, figure, offer
from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.model import prototypes
from gaussmlp.study.mechanism import compensation, forces
from gaussmlp.study.principle import MEASURES, REPULSIVE
from gaussmlp.study.tables import interval, intervals


@figure
def force_profiles(begin, distances):
    """Draw the outward force of each structural loss on a prototype over its place beyond the hull.

    Coverage twice: with the other prototypes as drawn, and with the next one on the last
    sample. The axis of forces is linear near 0 and logarithmic beyond.

    Parameters
    ----------
    begin : Start, whose rightmost prototype is moved while all others stay
    distances : ndarray, distances beyond the last sample, increasing
    """
    p, w, end = prototypes(begin.parameters), begin.parameters.w, begin.x.max()
    j = p.argmax()
    rival = np.where(np.arange(len(p)) == np.argsort(p)[-2], end, p)  # the second comes to the end

    def along(others):
        rows = []
        for d in distances:
            moved = np.where(np.arange(len(p)) == j, end + d, others)
            rows.append(forces(begin.x, begin.y, begin.parameters._replace(b=-w * moved)))
        return {name: np.array([row[name][j] for row in rows]) for name in LINES}

    alone, contested = along(p), along(rival)
    drawing, ax = plt.subplots(figsize=(7.2, 3.4))
    for name in ("overlap", "separation"):
        ax.plot(distances, contested[name], label=name, **LINES[name])
    look = LINES["coverage"]
    ax.plot(distances, alone["coverage"], label="coverage", **look)
    dotted = look | dict(linestyle=":", label="coverage, another prototype on the last sample")
    ax.plot(distances, contested["coverage"], **dotted)
    gone = distances[contested["coverage"] == 0.0].min()
    ax.plot(gone, 0, "o", color=look["color"], zorder=3)
    ax.annotate("exactly 0 from here on", (gone, 0), (4, -14), textcoords="offset points")
    ax.axhline(0, color=INK, linewidth=0.8)
    ax.axvline(EXPELLED_BEYOND, color=INK, linewidth=0.8, linestyle=":")
    place = dict(xycoords=("data", "axes fraction"), textcoords="offset points", va="top")
    ax.annotate("counts as expelled", (EXPELLED_BEYOND, 1), (4, 0), **place)
    ax.set_xscale("log")
    ax.set_yscale("symlog", linthresh=1e-5, linscale=0.5)
    ax.set_ylim(top=3 * max(ax.get_ylim()[1], contested["separation"].max()))
    ax.set(xlabel="distance beyond the last sample", ylabel="force, outward above 0")
    drawing.legend(loc="outside lower center", ncols=2)
    return drawing


@figure
def phases(frame, baseline, ratios, nulls):
    """Draw the expelled share and the error over the lams of overlap and coverage.

    The baseline and the nulls are lines on the scales of the colours.

    Parameters
    ----------
    frame : DataFrame, as from `gaussmlp.study.sweeps.balance`
    baseline : DataFrame of the baseline's runs from the same starts
    ratios : ndarray, as from `balance_ratios`: the predicted ``lam_coverage / lam_overlap``
    nulls : DataFrame of the nulls of the same starts, as from `null_runs`
    """
    drawing, axes = plt.subplots(1, 2, figsize=(7.2, 3.7), sharey=True)
    panels = {
        "expelled_fraction": ("expelled share", dict(vmin=0, vmax=0.7)),
        "reconstruction_error": ("reconstruction error", dict(norm=LogNorm(0.1, 10))),
    }
    means = frame.groupby(["lam_coverage", "lam_overlap"])[list(panels)].mean()
    offer("fig-phases", means)
    needed = compensation(frame, baseline["expelled_fraction"].mean())
    needed = needed[needed > 0]
    low, middle, high = np.exp(np.quantile(np.log(ratios), [0.25, 0.5, 0.75]))
    for ax, (measure, (title, colors)) in zip(axes, panels.items(), strict=True):
        table = means[measure].unstack()
        x, y = table.columns.to_numpy(), table.index.to_numpy()
        step = np.sqrt(x[1] / x[0])
        across, up = (np.append(along / step, along[-1] * step) for along in (x, y))
        # as one image, since colours of a map must not turn on dark pages, nor those upon it
        mesh = ax.pcolormesh(across, up, table, **colors, cmap="magma_r", rasterized=True)
        ax.set(xscale="log", yscale="log", xlim=across[[0, -1]], ylim=up[[0, -1]])
        ax.plot(needed.index, needed, "o-", color=INK, mfc="white", rasterized=True)
        ax.plot(x, middle * x, "--", color=BLUE, rasterized=True)
        for ratio in (low, high):
            ax.plot(x, ratio * x, ":", color=BLUE, linewidth=1, rasterized=True)
        ax.plot(1, 1, "*", color="white", markeredgecolor=INK, markersize=11, rasterized=True)
        place = dict(textcoords="offset points", va="center", color="white", rasterized=True)
        ax.annotate("nominal", (1, 1), (8, 0), **place)
        place = dict(xycoords=("data", "axes fraction"), textcoords="offset points")
        if len(needed):
            ax.annotate("measured", (needed.index[-1], 1), (-4, 3), ha="right", **place)
        predicted = y[-1] / middle
        ax.annotate("predicted", (predicted, 1), (-3, 3), color=BLUE, **place)
        ax.minorticks_off()
        ax.grid(visible=False)
        ax.set_title(title, pad=17)
        ax.set_xlabel("λ of overlap")
        guesses = nulls.groupby("mask")[measure].mean()
        scale_with_nulls(mesh, ax, guesses, baseline[measure].mean())
    axes[0].set_ylabel("λ of coverage")
    return drawing


@figure
def must(evidence):
    """Draw repulsions without an attractor beside the baseline and the nulls, over the sizes.

    Parameters
    ----------
    evidence : Evidence, as from `with_moved_in`
    """
    masks = ["standard", *REPULSIVE]
    frame = evidence.frame("grid")
    frame = frame[frame["mask"].isin([*masks, *evidence.nulls["mask"]])]
    drawing, panels = plt.subplots(1, 3, figsize=(7.4, 3.5))
    tables = {measure: intervals(frame, measure) for measure in MEASURES}
    offer("fig-must", pd.concat(tables, names=["measure"]))
    for axes, (measure, table) in zip(panels, tables.items(), strict=True):
        for mask in masks_in(frame):
            null = mask not in masks
            look = LOOKS[mask].line | dict(ms=4, linewidth=1 if null else 1.5)
            band(axes, table.loc[mask], **look)
        if measure != "expelled_fraction":
            axes.set(yscale="log", ylim=(0.05, 4))
            axes.set_yticks([], minor=True)
            axes.set_yticks([0.05, 0.1, 0.2, 0.5, 1, 2], ["0.05", "0.1", "0.2", "0.5", "1", "2"])
        log_sizes(axes, sorted(frame["n"].unique()))
        axes.set_title(MEASURES[measure][0])
    panels[0].set_ylim(-0.05, 1)
    looks = {LOOKS[mask].words: LOOKS[mask].line | dict(ms=4) for mask in masks_in(frame)}
    legend(drawing, looks, loc="outside lower center", ncols=4)
    return drawing


@figure
def compensated(evidence, sizes=(3, 20, 100)):
    """Draw what coverage brings back of what overlap takes, over the ratio of their lams.

    Parameters
    ----------
    evidence : Evidence, as from `with_moved_in`
    sizes : sequence of int, one column of panels each
    """
    names = {measure: words for measure, (words, _) in MEASURES.items()}
    names |= {"precision": "precision", "auc": "AUC"}
    lines, swept = evidence.frame("grid"), evidence.balance[evidence.balance["mask"] == "OC"]
    guesses = [*evidence.nulls["mask"].unique()]
    beside = ["C", "standard", *guesses]
    look = LOOKS["OC"].line | dict(ms=4, linestyle="-")
    options = dict(figsize=(7.4, 7.6), sharex=True, sharey="row")
    drawing, panels = plt.subplots(len(names), len(sizes), **options)
    for row, (measure, words) in zip(panels, names.items(), strict=True):
        table = intervals(lines[lines["mask"].isin(beside)], measure)
        for axes, n in zip(row, sizes, strict=True):
            groups = swept[swept["n"] == n].groupby("ratio")[measure]
            rows = pd.DataFrame({ratio: interval(values) for ratio, values in groups}).T
            band(axes, rows, **look)
            for mask in beside:
                style = dict(color=LOOKS[mask].color, linestyle=LOOKS[mask].dash, linewidth=1.2)
                axes.axhline(table.at[(mask, n), "mean"], **style)
            for low, high in table.loc[[(null, n) for null in guesses], ["low", "high"]].to_numpy():
                axes.axhspan(low, high, color=GREY, alpha=0.1, linewidth=0)
            axes.set_xscale("log")
            axes.set_xticks([0.1, 10, 1000], ["0.1", "10", "1,000"])
            axes.set_xticks([], minor=True)
            axes.grid(visible=False, axis="x")
        if measure in ("reconstruction_error", "moved_in"):
            axes.set_yscale("log")
            axes.set_yticks([], minor=True)
            axes.set_yticks([0.1, 0.5, 2], ["0.1", "0.5", "2"])
        else:
            axes.yaxis.set_major_locator(MaxNLocator(3))
        here = table["mean"].xs(n, level="n")
        ends = [(LOOKS["OC"].words, rows["mean"].iloc[-1], LOOKS["OC"].color)]
        ends += [(LOOKS[mask].words, here[mask], LOOKS[mask].color) for mask in ("C", "standard")]
        at_ends(axes, [*ends, ("nulls", here[guesses].median(), GREY)])
        row[0].set_ylabel(words)
    offer("fig-compensated", swept.groupby(["n", "ratio"])[[*names]].mean().loc[[*sizes]])
    for axes, n in zip(panels[0], sizes, strict=True):
        axes.set_title(f"N = {n}")
    panels[-1][1].set_xlabel("λ of coverage over λ of overlap")
    return drawing
