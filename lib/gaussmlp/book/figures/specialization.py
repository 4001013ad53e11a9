"""Figures of the specialization ratio."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp import model
from gaussmlp.book.axes import at_ends, band, bars, even_sizes, hull, join, legend, log_sizes, ticks
from gaussmlp.book.style import BLUE, INK, LOOKS, figure, offer
from gaussmlp.protocol import MASKS
from gaussmlp.study.tables import intervals, paired_differences, warn_of_diverged


@figure
def usage(frame):
    """Draw the mean specialization ratio by size, and what each mask changes in it, run by run.

    Parameters
    ----------
    frame : DataFrame of runs of all masks, as from `run_grid`
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.5), width_ratios=(1, 1.1))
    sizes, table = sorted(frame["n"].unique()), intervals(frame, "specialization_ratio")
    offer("fig-usage", table)
    for mask in MASKS:
        band(left, table.loc[mask], **LOOKS[mask].line)
    log_sizes(left, sizes)
    left.set(ylabel="mean specialization ratio", ylim=(0, 1))
    differences = paired_differences(frame, "specialization_ratio")
    summary = intervals(differences, "difference")
    right.axhline(0, color=INK, linewidth=0.9)
    for shift, mask in ((-0.2, "C"), (0.0, "S"), (0.2, "O")):
        part, look = differences[differences["mask"] == mask], LOOKS[mask]
        places = np.searchsorted(sizes, part["n"]) + shift
        right.plot(places, part["difference"], "_", color=look.color, alpha=0.55, ms=7)
        at = np.arange(len(sizes)) + shift
        bars(right, at, summary.loc[mask], **look.marks, label=look.words)
    even_sizes(right, sizes)
    right.set_ylabel("ratio minus that of standard")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, handletextpad=0.2)
    last = table["mean"].xs(sizes[-1], level="n")
    at_ends(left, [(LOOKS[mask].words, last[mask], LOOKS[mask].color) for mask in MASKS])
    return drawing


@figure
def unused_prototypes(trained):
    """Draw which prototypes the samples of a run choose, and the response of each neuron.

    Parameters
    ----------
    trained : sequence of Trained, runs of few neurons, one column each
    """
    panels = dict(figsize=(7.4, 3.6), sharex="col", sharey="row", height_ratios=(1, 1.3))
    drawing, axes = plt.subplots(2, len(trained), squeeze=False, **panels)
    for column, one in zip(axes.T, trained, strict=True):
        _draw_choices(*column, one)
    axes[1, 0].set_ylabel("response")
    looks = {
        "used": dict(color=INK, marker="o", mew=0),
        "unused": dict(color=INK, linestyle="--", marker="o", mfc="white"),
    }
    legend(axes[0, -1], looks, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return drawing


def _draw_choices(top, bottom, trained):
    x, end, mask = trained.start.x, trained.parameters, trained.run.mask
    p, color = model.prototypes(end), LOOKS[mask].color
    nearest = np.abs(np.subtract.outer(x, p)).argmin(axis=1)
    used = np.isin(np.arange(len(p)), nearest)
    for axes in (top, bottom):
        hull(axes, x)
        axes.grid(visible=False)
    join(top, x, p[nearest], (1, 0), color=color, linewidth=1)
    ticks(top, x, 1, ms=10, mew=1.4)
    for chosen, look in ((used, dict(mew=0)), (~used, dict(mfc="white", mew=1.5, zorder=4))):
        top.plot(p[chosen], np.zeros(chosen.sum()), "o", color=color, ms=7, **look)
    top.set(ylim=(-0.35, 1.35), title=f"{LOOKS[mask].words}: {used.sum()} of {len(p)} used")
    top.set_yticks([0, 1], ["prototypes", "samples"])
    at = np.linspace(min(x.min(), p.min()) - 0.1, max(x.max(), p.max()) + 0.1, 1501)
    h = model.responses(at, end.w, end.b)
    bottom.plot(at, h[:, used], color=color, linewidth=1)
    bottom.plot(at, h[:, ~used], color=color, linestyle="--", linewidth=1.6)
    bottom.set(xlabel="input")


@figure
def ratio_and_error(frame, correlations):
    """Draw every run's error over its specialization ratio, and their rank correlation by size.

    Errors below 0.01 are drawn there.

    Parameters
    ----------
    frame : DataFrame of runs of all masks, as from `run_grid`
    correlations : DataFrame of two sets of masks, as from `rank_correlations`
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.9), width_ratios=(1.5, 1))
    warn_of_diverged(frame["reconstruction_error"])
    for mask in MASKS:
        part = frame[frame["mask"] == mask]
        errors, look = part["reconstruction_error"].clip(lower=0.01), LOOKS[mask].marks
        left.plot(
            part["specialization_ratio"], errors, **look, alpha=0.6, ms=4, label=LOOKS[mask].words
        )
    left.set(xlabel="specialization ratio", xlim=(0, 1.03))
    left.set(ylabel="reconstruction error", yscale="log")
    left.set_yticks([], minor=True)
    left.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    drawing.legend(ncols=4, loc="outside lower center", handletextpad=0.2, columnspacing=0.8)
    right.axhline(0, color=INK, linewidth=0.9)
    looks = (dict(color=INK, fmt="o"), dict(color=BLUE, fmt="D"))
    for shift, look, label in zip((-0.1, 0.1), looks, correlations.index.unique(0), strict=True):
        rows = correlations.loc[label].drop("all").rename(columns={"rho": "mean"})
        bars(right, np.arange(len(rows)) + shift, rows, **look, mew=0, label=label)
    even_sizes(right, rows.index)
    right.set(ylabel="rank correlation", ylim=(-1.02, 0.1))
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, handletextpad=0.2)
    return drawing
