"""Figures of what pulls prototypes back: forces beyond the hull, and the phase diagram."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LogNorm

from gaussmlp.book.style import BLUE, INK, LINES, figure, offer
from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.model import prototypes
from gaussmlp.study.mechanism import compensation, forces


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
def phases(frame, baseline, ratios):
    """Draw the expelled share and the error over the lams of overlap and coverage.

    Parameters
    ----------
    frame : DataFrame, as from `gaussmlp.study.sweeps.balance`
    baseline : float, the baseline's mean expelled share on the same starts
    ratios : ndarray, as from `balance_ratios`: the predicted ``lam_coverage / lam_overlap``
    """
    drawing, axes = plt.subplots(1, 2, figsize=(7.2, 3.7), sharey=True)
    panels = {
        "expelled_fraction": ("expelled share", dict(vmin=0, vmax=0.7)),
        "reconstruction_error": ("reconstruction error", dict(norm=LogNorm(0.1, 10))),
    }
    means = frame.groupby(["lam_coverage", "lam_overlap"])[list(panels)].mean()
    offer("fig-phases", means)
    needed = compensation(frame, baseline)
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
            ax.annotate("measured", (needed.index[-1], 1), (4, 3), ha="right", **place)
        predicted = y[-1] / middle
        ax.annotate("predicted", (predicted, 1), (-3, 3), color=BLUE, **place)
        ax.minorticks_off()
        ax.grid(visible=False)
        ax.set_title(title, pad=17)
        ax.set_xlabel("λ of overlap")
        drawing.colorbar(mesh, ax=ax, shrink=0.9)
    axes[0].set_ylabel("λ of coverage")
    return drawing
