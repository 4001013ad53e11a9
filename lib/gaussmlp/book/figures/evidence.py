"""Figures of specialization, of the fit, and of the ledger of claims."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter, ScalarFormatter

from gaussmlp import model
from gaussmlp.book.style import HULL, INK, LOOKS, MARKS, figure
from gaussmlp.protocol import MASKS
from gaussmlp.study.claims import ADD_OVERLAP
from gaussmlp.study.tables import intervals, paired_differences, warn_of_diverged
from gaussmlp.study.thresholds import FIT_MARGIN, RESTORED

_YES, _NO = "#0072b2", "#d55e00"


@figure
def usage(frame):
    """Draw the mean specialization ratio by size, and what each mask changes in it, run by run.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs of all masks, as from `run_grid`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.3), width_ratios=(1.25, 1))
    sizes = sorted(frame["n"].unique())
    table = intervals(frame, "specialization_ratio")
    for mask in MASKS:
        rows = table.loc[mask]
        left.plot(rows.index, rows["mean"], **LOOKS[mask], label=mask)
        left.fill_between(
            rows.index, rows["low"], rows["high"], color=LOOKS[mask]["color"], alpha=0.1, lw=0
        )
    _size_axis(left, sizes)
    left.set(ylabel="mean specialization ratio", ylim=(0, 1))
    left.legend(ncols=4, loc="upper center", columnspacing=1.2, handlelength=2.4)
    differences = paired_differences(frame, "specialization_ratio")
    summary = intervals(differences, "difference")
    right.axhline(0, color=INK, linewidth=0.9)
    for shift, mask in ((-0.2, "C"), (0.0, "S"), (0.2, "O")):
        part = differences[differences["mask"] == mask]
        right.plot(
            np.searchsorted(sizes, part["n"]) + shift,
            part["difference"],
            "_",
            color=LOOKS[mask]["color"],
            alpha=0.55,
            ms=7,
            label=f"_{mask}, runs",
        )
        rows = summary.loc[mask]
        right.errorbar(
            np.arange(len(sizes)) + shift,
            rows["mean"],
            (rows["mean"] - rows["low"], rows["high"] - rows["mean"]),
            **MARKS[mask],
            label=mask,
        )
    right.set_xticks(range(len(sizes)), sizes)
    right.set(xlabel="N", ylabel="difference from standard")
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, handletextpad=0.2)
    return drawing


@figure
def unused_prototypes(trained):
    """Draw which prototypes the samples of a run choose, and the response of each neuron.

    Parameters
    ----------
    trained : sequence of Trained
        One or more runs of few neurons, one column each.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, axes = plt.subplots(
        2,
        len(trained),
        figsize=(7.4, 3.6),
        sharex="col",
        sharey="row",
        squeeze=False,
        height_ratios=(1, 1.3),
    )
    positions = [model.prototypes(one.parameters) for one in trained]
    for (top, bottom), one, p in zip(axes.T, trained, positions, strict=True):
        x = one.start.x
        z = np.linspace(min(x.min(), p.min()) - 0.1, max(x.max(), p.max()) + 0.1, 1501)
        nearest = np.abs(np.subtract.outer(x, p)).argmin(axis=1)
        used = np.isin(np.arange(len(p)), nearest)
        color = LOOKS[one.run.mask]["color"]
        for ax in (top, bottom):
            ax.axvspan(x.min(), x.max(), color=HULL)
            ax.grid(visible=False)
        for k, (sample, j) in enumerate(zip(x, nearest, strict=True)):
            top.plot([sample, p[j]], [1, 0], color=color, linewidth=1, label=f"_choice {k}")
        top.plot(x, np.ones_like(x), "|", color=INK, ms=10, mew=1.4, label="samples")
        top.plot(p[used], np.zeros(used.sum()), "o", color=color, mew=0, ms=7, label="used")
        top.plot(
            p[~used],
            np.zeros((~used).sum()),
            "o",
            mfc="white",
            mec=color,
            mew=1.5,
            ms=7,
            zorder=4,
            label="unused",
        )
        top.set(
            yticks=[0, 1],
            ylim=(-0.35, 1.35),
            title=f"{one.run.mask}: {used.sum()} of {len(p)} are used",
        )
        top.set_yticklabels(["prototypes", "samples"])
        h = model.responses(z, one.parameters.w, one.parameters.b)
        for j in np.argsort(~used):
            bottom.plot(
                z,
                h[:, j],
                color=color,
                linestyle="-" if used[j] else "--",
                linewidth=1 if used[j] else 1.6,
                label=f"neuron {j}",
            )
        bottom.set(xlabel="input")
    axes[1, 0].set_ylabel("response")
    handles = [
        Line2D([], [], color=INK, marker="o", mew=0, label="used"),
        Line2D([], [], color=INK, linestyle="--", marker="o", mfc="white", label="unused"),
    ]
    axes[0, -1].legend(handles=handles, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return drawing


@figure
def ratio_and_error(frame, correlations):
    """Draw every run's error over its specialization ratio, and their rank correlation by size.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs, as from `run_grid`.
    correlations : mapping of str to pandas.DataFrame
        For each set of masks, sizes as the index and ``rho, low, high``.

    Returns
    -------
    matplotlib.figure.Figure
        Errors below 0.01 are drawn there.
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.4), width_ratios=(1.5, 1))
    warn_of_diverged(frame["reconstruction_error"])
    for mask in MASKS:
        part = frame[frame["mask"] == mask]
        left.plot(
            part["specialization_ratio"],
            part["reconstruction_error"].clip(lower=0.01),
            **MARKS[mask],
            alpha=0.6,
            ms=4,
            label=mask,
        )
    left.set(
        xlabel="specialization ratio", ylabel="reconstruction error", yscale="log", xlim=(0, 1.03)
    )
    left.legend(ncols=2, loc="lower left", handletextpad=0.2, columnspacing=0.8)
    right.axhline(0, color=INK, linewidth=0.9)
    for shift, color, marker, (label, table) in zip(
        (-0.1, 0.1), (INK, _YES), "oD", correlations.items(), strict=True
    ):
        right.errorbar(
            np.arange(len(table)) + shift,
            table["rho"],
            (table["rho"] - table["low"], table["high"] - table["rho"]),
            color=color,
            marker=marker,
            mew=0,
            linestyle="",
            label=label,
        )
    right.set_xticks(range(len(table)), table.index)
    right.set(xlabel="N", ylabel="rank correlation", ylim=(-1.02, 0.1))
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, handletextpad=0.2)
    return drawing


@figure
def unexplained(frame):
    """Draw the unexplained share of every run, and each fit loss over that of its twin.

    Parameters
    ----------
    frame : pandas.DataFrame
        Runs of all masks with a column `explained`.

    Returns
    -------
    matplotlib.figure.Figure
        What lies below 1e-16 is drawn there.
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.4), width_ratios=(1.35, 1))
    order = [mask for mask in MASKS if "O" not in mask] + [mask for mask in MASKS if "O" in mask]
    left.axhline(FIT_MARGIN, color=INK, linestyle=":", linewidth=1)
    for place, mask in enumerate(order):
        warn_of_diverged(frame.loc[frame["mask"] == mask, "explained"])
        shares = (1.0 - frame.loc[frame["mask"] == mask, "explained"]).clip(lower=1e-16)
        shifts = np.linspace(-0.32, 0.32, len(shares))
        left.plot(
            place + shifts,
            shares,
            **MARKS[mask],
            ms=3,
            alpha=0.7,
            label=mask,
        )
        middle = shares.median()
        left.plot([place - 0.4, place + 0.4], [middle] * 2, color=INK, lw=1.4, label="median")
    left.set_xticks(range(len(order)), order)
    left.grid(visible=False, axis="x")
    left.set(yscale="log", ylabel="unexplained share of the variance", ylim=(4e-17, 1))
    losses = frame.pivot(index=["n", "seed"], columns="mask", values="fit_mse").clip(lower=1e-16)
    for mask, other in ADD_OVERLAP:
        right.plot(
            losses[other],
            losses[mask],
            **MARKS[mask],
            alpha=0.7,
            ms=4.5,
            label=f"{mask} over {other}",
        )
    right.axline((1e-16, 1e-16), (1, 1), color=INK, linewidth=0.9)
    right.set(xscale="log", yscale="log", xlim=(4e-17, 1), ylim=(4e-17, 1))
    right.set(xlabel="fit loss without overlap", ylabel="fit loss with overlap")
    right.legend(loc="lower right", handletextpad=0.2)
    ticks = [1e-16, 1e-12, 1e-8, 1e-4, 1]
    labels = [r"$\leq 10^{-16}$", *(rf"$10^{{{k}}}$" for k in (-12, -8, -4)), "1"]
    left.set_yticks(ticks, labels)
    right.set_yticks(ticks, labels)
    right.set_xticks(ticks, labels)
    for axis in (left.yaxis, right.xaxis, right.yaxis):
        axis.set_minor_formatter(NullFormatter())
    return drawing


@figure
def equivalence_intervals(comparisons):
    """Draw the paired difference in the explained share, with its interval, against the margin.

    Parameters
    ----------
    comparisons : pandas.DataFrame
        Of claim C5, as from `compare`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, axes = plt.subplots(figsize=(7.0, 3.0))
    axes.axhspan(-FIT_MARGIN, FIT_MARGIN, color=HULL)
    for edge in (-FIT_MARGIN, FIT_MARGIN):
        axes.axhline(edge, color=INK, linewidth=0.9, linestyle=":")
    axes.axhline(0, color=INK, linewidth=0.9)
    sizes = sorted(comparisons["n"].unique())
    for k, (mask, other) in enumerate(ADD_OVERLAP):
        rows = comparisons[comparisons["mask"] == mask].sort_values("n")
        axes.errorbar(
            np.arange(len(sizes)) + (k - 1.5) * 0.15,
            rows["mean"],
            (rows["mean"] - rows["low"], rows["high"] - rows["mean"]),
            **MARKS[mask],
            label=f"{mask} - {other}",
        )
    axes.set_yscale("symlog", linthresh=1e-3, linscale=0.8)
    axes.set_yticks(
        [-0.1, -0.01, -0.001, 0, 0.001, 0.01], ["-0.1", "-0.01", "-0.001", "0", "0.001", "0.01"]
    )
    axes.set_xticks(range(len(sizes)), sizes)
    axes.set(xlabel="N", ylabel="difference in explained share", ylim=(-0.1, 0.05))
    axes.legend(ncols=4, loc="lower right")
    return drawing


@figure
def learning(curves, marked):
    """Draw the fit loss and the reconstruction error during training.

    Parameters
    ----------
    curves : pandas.DataFrame
        Runs of one size at several steps, with a column `step`.
    marked : int
        A step to mark with a line.

    Returns
    -------
    matplotlib.figure.Figure
        The median over seeds, and the band from the first to the ninth decile.
    """
    drawing, panels = plt.subplots(1, 2, figsize=(7.4, 3.1))
    curves = curves[curves["step"] > 0]
    for axes, measure, label in zip(
        panels,
        ("fit_mse", "reconstruction_error"),
        ("fit loss", "reconstruction error"),
        strict=True,
    ):
        axes.axvline(marked, color=INK, linestyle=":", linewidth=1)
        for mask in [mask for mask in MASKS if mask in curves["mask"].values]:
            part = curves[curves["mask"] == mask]
            warn_of_diverged(part[measure])
            part = part.groupby("step")[measure]
            look = LOOKS[mask]
            band = part.quantile([0.1, 0.5, 0.9]).unstack()
            axes.plot(band.index, band[0.5], **look, ms=4, markevery=0.12, label=mask)
            axes.fill_between(
                band.index, band[0.1], band[0.9], color=look["color"], alpha=0.15, lw=0
            )
        axes.set(xscale="log", yscale="log", xlabel="step", ylabel=label)
    panels[0].legend(loc="lower left")
    return drawing


@figure
def longer(nominal, long):
    """Draw the error of every run after a longer training over that after the nominal one.

    Parameters
    ----------
    nominal, long : pandas.DataFrame
        The same runs, but for the number of steps.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a mask.
    """
    masks = [mask for mask in MASKS if mask in long["mask"].values]
    columns = min(len(masks), 3)
    lines = -(-len(masks) // columns)
    drawing, panels = plt.subplots(
        lines,
        columns,
        figsize=(7.4, 0.5 + 2.1 * lines),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    both = long.merge(nominal, on=["n", "mask", "seed"], suffixes=("_long", ""))
    cmap = plt.get_cmap("viridis_r")
    for axes, mask in zip(panels.flat, masks, strict=False):
        part = both[both["mask"] == mask]
        axes.axline((0.01, 0.01), (500, 500), color=INK, linewidth=0.9)
        for n, rows in part.groupby("n"):
            axes.plot(
                rows["reconstruction_error"],
                rows["reconstruction_error_long"],
                "o",
                color=cmap((np.log10(n) - 0.3) / 1.9),
                ms=4,
                mew=0,
                alpha=0.85,
                label=f"N = {n}",
            )
        axes.set(xscale="log", yscale="log", title=mask, xlim=(0.03, 20), ylim=(0.03, 500))
    handles = panels[0, 0].get_legend_handles_labels()
    drawing.legend(*handles, loc="outside right center", handletextpad=0.1)
    drawing.supylabel("error after the longer training", fontsize=9)
    drawing.supxlabel("error after the nominal training", fontsize=9)
    return drawing


@figure
def verdict_map(ledgers):
    """Draw at which sizes each claim holds.

    Parameters
    ----------
    ledgers : mapping of str to sequence of Verdict
        A name for each ledger; each is one panel.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawing, panels = plt.subplots(1, len(ledgers), figsize=(7.4, 3.7), sharey=True, squeeze=False)
    for axes, (title, verdicts) in zip(panels[0], ledgers.items(), strict=True):
        sizes = sorted({n for v in verdicts for n in (*v.holds_at, *v.fails_at)})
        for row, v in enumerate(verdicts):
            for place, n in enumerate(sizes):
                if n in v.holds_at:
                    axes.plot(place, row, "o", color=_YES, ms=9, mew=0, label="holds")
                elif n in v.fails_at:
                    axes.plot(place, row, "X", color=_NO, ms=9, mew=0, label="does not")
        axes.set_xticks(range(len(sizes)), sizes)
        axes.set_yticks(range(len(verdicts)), [v.claim.id for v in verdicts])
        axes.set(xlabel="N", title=title, xlim=(-0.6, len(sizes) - 0.4))
        axes.grid(visible=False)
        axes.set_ylim(len(verdicts) - 0.4, -0.6)
        axes.tick_params(length=0)
        for row in range(len(verdicts)):
            axes.axhline(row + 0.5, color="#e3e3e3", linewidth=0.6)
    handles = [
        Line2D([], [], marker="o", color=_YES, linestyle="", ms=9, mew=0, label="holds"),
        Line2D([], [], marker="X", color=_NO, linestyle="", ms=9, mew=0, label="does not"),
    ]
    drawing.legend(handles=handles, loc="outside lower center", ncols=2)
    return drawing


@figure
def balance(frame):
    """Draw what raising coverage against overlap does to the expelled share and to the error.

    Parameters
    ----------
    frame : pandas.DataFrame
        The balance sweep, as in `Evidence`.

    Returns
    -------
    matplotlib.figure.Figure
        Mean paired differences from the baseline, one line a size, with bootstrap intervals.
    """
    masks = [mask for mask in MASKS if mask in frame["mask"].values and mask != "standard"]
    drawing, panels = plt.subplots(2, len(masks), figsize=(7.4, 4.6), sharex=True, sharey="row")
    sizes = sorted(frame["n"].unique())
    cmap = ListedColormap(plt.get_cmap("viridis_r")(np.linspace(0.12, 1, len(sizes))))
    for row, measure in zip(panels, ("expelled_fraction", "reconstruction_error"), strict=True):
        tables = {
            ratio: intervals(paired_differences(part, measure), "difference")
            for ratio, part in frame.groupby("ratio")
        }
        for axes, mask in zip(row, masks, strict=True):
            axes.axhline(0, color=INK, linewidth=0.9)
            for k, n in enumerate(sizes):
                rows = np.array(
                    [tables[r].loc[(mask, n), ["mean", "low", "high"]] for r in tables], dtype=float
                )
                axes.plot(
                    list(tables), rows[:, 0], "o-", color=cmap(k), label=f"N = {n}", ms=4, mew=0
                )
                axes.fill_between(
                    list(tables), rows[:, 1], rows[:, 2], color=cmap(k), alpha=0.12, lw=0
                )
            axes.set_xscale("log")
    for axes, mask in zip(panels[0], masks, strict=True):
        axes.axhline(RESTORED, color=INK, linestyle=":", linewidth=1)
        axes.set_title(mask)
    for axes in panels[1]:
        axes.set_xlabel("coverage's lam over overlap's")
    panels[0, 0].set_ylabel("rise of the expelled share")
    panels[1, 0].set_ylabel("rise of the error")
    panels[0, -1].legend(ncols=2)
    return drawing


@figure
def nominal_and_fresh(nominal, fresh):
    """Draw each mean paired difference on fresh seeds over the same one on the nominal seeds.

    Parameters
    ----------
    nominal, fresh : sequence of Verdict
        Two ledgers.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a measure; comparisons that C1 to C9 make on the grid, without repeats.
    """
    names = {
        "reconstruction_error": "reconstruction error",
        "specialization_ratio": "specialization ratio",
        "expelled_fraction": "expelled share",
    }
    drawing, panels = plt.subplots(1, len(names), figsize=(7.4, 2.9))
    for axes, (measure, title) in zip(panels, names.items(), strict=True):
        one, two = (_differences(verdicts, measure) for verdicts in (nominal, fresh))
        same = np.sign(one["mean"]) == np.sign(two["mean"])
        for rows, color, marker, label in (
            (same, _YES, "o", "same sign"),
            (~same, _NO, "X", "changed sign"),
        ):
            x, y = one[rows], two[rows]
            axes.errorbar(
                x["mean"],
                y["mean"],
                (y["mean"] - y["low"], y["high"] - y["mean"]),
                (x["mean"] - x["low"], x["high"] - x["mean"]),
                color=color,
                marker=marker,
                linestyle="",
                ms=4,
                mew=0,
                elinewidth=0.4,
                alpha=0.75,
                label=label,
            )
        axes.axhline(0, color=INK, linewidth=0.9)
        axes.axvline(0, color=INK, linewidth=0.9)
        ends = min(one["mean"].min(), two["mean"].min()), max(one["mean"].max(), two["mean"].max())
        diagonal = np.linspace(*ends, 501)
        axes.plot(diagonal, diagonal, color=INK, linewidth=0.6, linestyle=":", label="equality")
        if measure == "reconstruction_error":
            axes.set_xscale("symlog", linthresh=0.05)
            axes.set_yscale("symlog", linthresh=0.05)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_ticks([-1, -0.1, 0, 0.1, 1], ["-1", "-0.1", "0", "0.1", "1"])
                axis.set_minor_formatter(NullFormatter())
        axes.set(title=title, xlabel="nominal seeds")
    panels[0].set_ylabel("fresh seeds")
    return drawing


def _differences(verdicts, measure):
    tables = [v.comparisons for v in verdicts if v.claim.id in ("C1", "C2", "C3", "C4", "C6", "C7")]
    rows = [t[t["measure"] == measure].set_index(["mask", "baseline", "n"]) for t in tables]
    table = pd.concat(rows)
    return table[~table.index.duplicated()].sort_index()


def _size_axis(axes, sizes):
    axes.set(xscale="log", xlabel="N")
    axes.set_xticks(sizes)
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
