"""Figures of one-to-one coverage beside other coverages."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm

from gaussmlp.book.axes import at_ends, band, legend, log_sizes, scale_with_nulls
from gaussmlp.book.style import BLUE, GREY, INK, LINES, LOOKS, figure, offer
from gaussmlp.losses import coverage_gradient, overlap_gradient
from gaussmlp.model import prototypes
from gaussmlp.study.mechanism import compensation
from gaussmlp.study.tables import intervals

_LINES = {
    "soft minimum": dict(color="#009e73", marker="^", linestyle="-"),
    "two-sided": dict(color=BLUE, marker="s", linestyle="--"),
    "one-to-one": dict(color=LOOKS["OS"].color, marker="o", linestyle="-"),
    "random pairing": dict(color="#cc79a7", marker="D", linestyle="-."),
}
_MEASURES = {"reconstruction_error": "error", "precision": "precision", "auc": "AUC"}


@figure
def coverages(frame, guesses):
    """Draw error, precision and AUC under four coverages: alone, with overlap, with separation.

    Parameters
    ----------
    frame : DataFrame of runs of `gaussmlp.study.pairing.COVERAGES`, the nominal one named so
    guesses : DataFrame of the nulls, as from `null_runs`
    """
    masks, named = ("C", "OC", "CS"), {"nominal": "soft minimum"}
    options = dict(figsize=(7.4, 7.2), sharex=True, sharey="row")
    drawing, panels = plt.subplots(len(_MEASURES), len(masks), **options)
    offered = {}
    for row, (measure, words) in zip(panels, _MEASURES.items(), strict=True):
        tables = {
            named.get(name, name): intervals(part, measure)
            for name, part in frame.groupby("reading", sort=False)
        }
        around = intervals(guesses, measure).groupby("n")
        low, high = around["low"].min(), around["high"].max()
        offered |= {(measure, name): table for name, table in tables.items()}
        for axes, mask in zip(row, masks, strict=True):
            axes.fill_between(low.index, low, high, color=GREY, alpha=0.2, linewidth=0)
            plain = tables["soft minimum"].loc["standard"]
            axes.plot(
                plain["mean"], **LOOKS["standard"].line | dict(ms=4, linewidth=1, markevery=2)
            )
            for name, table in tables.items():
                band(axes, table.loc[mask], **_LINES[name], ms=4, markevery=2)
            log_sizes(axes, sorted(frame["n"].unique()))
            axes.grid(visible=False, axis="x")
            axes.set_xlabel("N" if measure == "auc" else "")
        row[0].set_ylabel(words)
    offer("fig-coverages", pd.concat(offered, names=["measure", "coverage"]))
    panels[0][0].set(yscale="log", ylim=(3e-5, 4))
    panels[0][0].set_yticks([1e-4, 1e-3, 1e-2, 0.1, 1], ["0.0001", "0.001", "0.01", "0.1", "1"])
    for axes, title in zip(
        panels[0], ("coverage alone", "with overlap", "with separation"), strict=True
    ):
        axes.minorticks_off()
        axes.set_title(title)
    looks = {name: look | dict(ms=4) for name, look in _LINES.items()}
    looks |= {"standard": LOOKS["standard"].line | dict(ms=4)}
    looks |= {"the three nulls": dict(color=GREY, alpha=0.2, linewidth=8)}
    legend(drawing, looks, loc="outside lower center", ncols=3)
    return drawing


@figure
def springs(begin, distances, found):
    """Draw the pull of two coverages and the push of overlap beyond the hull, and what comes of it.

    Left, the force on the rightmost prototype, outward above 0, where another prototype lies on the
    last sample. Right, how far prototypes end from their samples, over what the forces predict.

    Parameters
    ----------
    begin : Start
    distances : ndarray, distances beyond the last sample, increasing
    found : DataFrame, as from `displaced`
    """
    theta, x = begin.parameters, begin.x
    p, n = prototypes(theta), len(x)
    order = np.argsort(p)
    last, rows = order[-1], []
    for d in distances:
        moved = p.copy()
        moved[order[-2]], moved[last] = x[-1], x[-1] + d
        there = theta._replace(b=-theta.w * moved)
        overlap = theta.w[last] * overlap_gradient(x, there)[1][last]
        soft = -coverage_gradient(x, moved, 1e-4)[last]
        rows.append({"overlap": overlap, "soft minimum": soft, "one-to-one": -2 / n * d})
    table = pd.DataFrame(rows, index=pd.Index(distances, name="distance"))
    offer("fig-springs", table)
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.3), width_ratios=(3, 2))
    looks = {"overlap": LINES["overlap"]} | {name: _LINES[name] for name in table.columns[1:]}
    for name, look in looks.items():
        left.plot(distances, table[name], **look | dict(marker=""))
    left.axhline(0, color=INK, linewidth=0.8)
    left.set_xscale("log")
    left.set_yscale("symlog", linthresh=1e-5, linscale=0.5)
    left.set(xlabel="distance beyond the last sample", ylabel="force, outward above 0")
    at_ends(left, [(name, table[name].iloc[-1], look["color"]) for name, look in looks.items()])
    reach = 1.05 * found[["measured", "predicted"]].abs().max().max()
    right.plot([-reach, reach], [-reach, reach], color=INK, linewidth=0.6, linestyle=":")
    right.plot(
        found["predicted"],
        found["measured"],
        ".",
        color=_LINES["one-to-one"]["color"],
        ms=4,
        alpha=0.6,
        mew=0,
    )
    right.set(xlabel="N / 2 times overlap's force", ylabel="distance from its sample")
    right.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    return drawing


@figure
def phases(soft, paired, baseline, nulls):
    """Draw error and AUC over the lams of overlap and coverage, for two formulas of coverage.

    The baseline and the nulls are lines on the scales of the colours.

    Parameters
    ----------
    soft, paired : DataFrame, as from `gaussmlp.study.sweeps.balance`
    baseline : DataFrame of the baseline's runs from the same starts
    nulls : DataFrame of the nulls of the same starts, as from `null_runs`
    """
    kinds = {"soft minimum": soft, "one-to-one": paired}
    colors = {
        "reconstruction_error": dict(norm=LogNorm(1e-3, 10), cmap="magma_r"),
        "auc": dict(vmin=0.4, vmax=1, cmap="viridis"),
    }
    drawing, panels = plt.subplots(2, 2, figsize=(7.4, 6.6), sharex=True, sharey=True)
    place, offered = ["lam_coverage", "lam_overlap"], {}
    for column, (name, frame) in zip(panels.T, kinds.items(), strict=True):
        means = offered[name] = frame.groupby(place)[[*colors]].mean()
        needed = compensation(frame, baseline["expelled_fraction"].mean())
        needed = needed[needed > 0]
        for axes, (measure, look) in zip(column, colors.items(), strict=True):
            table = means[measure].unstack()
            x, y = table.columns.to_numpy(), table.index.to_numpy()
            step = np.sqrt(x[1] / x[0])
            across, up = (np.append(along / step, along[-1] * step) for along in (x, y))
            # as one image, since colours of a map must not turn on dark pages, nor those upon it
            mesh = axes.pcolormesh(across, up, table, **look, rasterized=True)
            axes.set(xscale="log", yscale="log", xlim=across[[0, -1]], ylim=up[[0, -1]])
            axes.plot(needed.index, needed, "o-", color=INK, mfc="white", ms=4, rasterized=True)
            axes.plot(1, 1, "*", color="white", markeredgecolor=INK, ms=11, rasterized=True)
            axes.minorticks_off()
            axes.grid(visible=False)
            if name == "one-to-one":
                guesses = nulls.groupby("mask")[measure].mean()
                scale = scale_with_nulls(mesh, axes, guesses, baseline[measure].mean())
                scale.set_title(_MEASURES[measure])
        column[0].set_title(name)
        column[1].set_xlabel("λ of overlap")
    for axes in panels[:, 0]:
        axes.set_ylabel("λ of coverage")
    offer("fig-pair-phases", pd.concat(offered, names=["coverage"]))
    return drawing
