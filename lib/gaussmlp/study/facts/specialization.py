"""The chapter on the specialization ratio."""

import pandas as pd

from gaussmlp.draws import NULLS
from gaussmlp.protocol import MASKS
from gaussmlp.study.facts import joined, listed
from gaussmlp.study.tables import (
    added,
    by_mask_and_size,
    in_order,
    intervals,
    paired_differences,
    rank_correlation,
    rank_correlations,
)
from gaussmlp.study.thresholds import TIE


def beyond_guessing(frame):
    """Return what coverage's ratio has over the baseline's and each null's, as from `added`."""
    return added(frame, "specialization_ratio", [("C", other) for other in ("standard", *NULLS)])


def correlated(frame):
    """Return rank correlations of the ratio with the error and with the precision.

    Index (measure, set, n), as from `rank_correlations`; the sets are all masks, those without
    overlap, and points at chance.
    """
    runs = frame[frame["mask"].isin(MASKS)]
    sets = {"all masks": runs, "without overlap": runs[~runs["mask"].str.contains("O")]}
    sets["chance"] = frame[frame["mask"] == "chance"]
    measures = ("reconstruction_error", "precision")
    parts = {name: rank_correlations(sets, "specialization_ratio", name) for name in measures}
    return pd.concat(parts, names=["measure", "set", "n"])


def within_masks(frame):
    """Return rank correlations of ratio and precision, over all sizes of one mask or null."""
    groups = frame.groupby("mask")[["n", "seed", "specialization_ratio", "precision"]]
    rows = {mask: rank_correlation(part, *part.columns[2:]) for mask, part in groups}
    return in_order(pd.DataFrame(rows).T.rename_axis("mask"))


def facts(frame, correlations, alone, verdicts):
    """Return both from runs and nulls, `correlated`, `within_masks`, and verdicts on C2 and C2*."""
    parts = (_shares(frame, verdicts), _correlation(frame, correlations, alone))
    return joined(parts)


def _shares(frame, verdicts):
    means = intervals(frame, "specialization_ratio")["mean"].unstack("n")
    smallest, largest = means.columns.min(), means.columns.max()
    differences = paired_differences(frame, "specialization_ratio")
    change = intervals(differences, "difference")["mean"].unstack("n")
    typical = by_mask_and_size(differences, "difference", "median").loc["C"]
    ties = differences[differences["n"] == smallest].set_index("mask")["difference"].abs() < TIE
    fall = means.loc[[*MASKS], smallest] - means.loc[[*MASKS], largest]
    above = beyond_guessing(frame)
    lead, clear = above["mean"].unstack("n"), above["low"].unstack("n") > TIE
    fit = intervals(paired_differences(frame, "specialization_ratio", "untrained"), "difference")
    below = fit["high"].unstack("n").loc["standard"] < -TIE
    plain, strict = verdicts
    flips = plain.comparisons.set_index("n")["p_holm"]
    said = {
        "standard at 100": f"{means.loc['standard', largest]:.2f}",
        "C at 100": f"{means.loc['C', largest]:.2f}",
        "evenly spaced at 100": f"{means.loc['evenly spaced', largest]:.2f}",
        "O at 100": f"{means.loc['O', largest]:.2f}",
        "C typical": listed(typical < TIE),
        "C flips": listed(flips < 0.05),
        "fit below its start": listed(below),
        "C2": plain.text,
        "C2*": strict.text,
    }
    for name in ("standard", "untrained", "chance"):
        said[f"C clear, {name}"] = listed(clear.loc[name])
    statements = {
        "C2: coverage raises the mean ratio over the baseline's at every size.": (
            lead.loc["standard"] > TIE
        ),
        "And over the untrained start's.": lead.loc["untrained"] > TIE,
        "Over evenly spaced points its lead is clear at no size.": not (
            clear.loc["evenly spaced"].any()
        ),
        "Somewhere its mean is below theirs.": (lead.loc["evenly spaced"] < -TIE).any(),
        "At some sizes coverage's median change is 0.": (typical < TIE).any(),
        "At the smallest size most pairs tie.": ties.loc[["S", "C", "CS", "O"]].mean() > 0.5,
        "The fit alone ends clearly below its own start at some size.": below.any(),
        "And clearly above it at none.": not (fit["low"].unstack("n").loc["standard"] > TIE).any(),
        "Overlap lowers the mean ratio at every size.": change.loc["O"] < -TIE,
        "Coverage's ratio changes least from the smallest size to the largest.": (
            fall.abs().idxmin() == "C"
        ),
        "Those of overlap without coverage fall most.": set(fall.nlargest(2).index) == {"O", "OS"},
    }
    return said, statements


def _correlation(frame, correlations, alone):
    error, hits = (correlations.loc[name] for name in ("reconstruction_error", "precision"))
    masks = ["all masks", "without overlap"]
    covered = [mask for mask in MASKS if "C" in mask]
    by_size = error.loc["chance"].drop("all")
    runs = frame[frame["mask"].isin(MASKS)]
    perfect = runs[runs["reconstruction_error"] < 0.01]
    full = runs[runs["specialization_ratio"] > 1 - TIE]
    known = by_mask_and_size(frame, "precision").loc[["evenly spaced", "C"]]
    said = {
        "with the error": _rho(error.loc[("all masks", "all")]),
        "with the precision": _rho(hits.loc[("all masks", "all")]),
        "chance, error": listed(by_size["high"] < 0),
        "alone, standard": _rho(alone.loc["standard"]),
        "alone, C": _rho(alone.loc["C"]),
        "least precision, even": f"{known.loc['evenly spaced'].min():.2f}",
        "most precision, even": f"{known.loc['evenly spaced'].max():.2f}",
        "least precision, C": f"{known.loc['C'].min():.2f}",
        "most precision, C": f"{known.loc['C'].max():.2f}",
    }
    statements = {
        "A higher ratio goes with a lower error, in both sets and at every size.": (
            error.loc[masks, "high"] < 0
        ),
        "So it does for points at chance, clearly at some sizes.": (
            (by_size["rho"] < 0).all() and (by_size["high"] < 0).any()
        ),
        "A higher ratio goes with a higher precision, in both sets and at every size.": (
            hits.loc[masks, "low"] > 0
        ),
        "Over all sizes, no null's precision clearly goes with its ratio.": (
            (alone.loc[[*NULLS], "low"] < 0) & (alone.loc[[*NULLS], "high"] > 0)
        ),
        "Nor does that of the fit alone.": alone.at["standard", "low"]
        < 0
        < alone.at["standard", "high"],
        "Within each mask with coverage it does.": alone.loc[covered, "low"] > 0,
        "Evenly spaced points name fewer samples than coverage at every size.": (
            known.loc["evenly spaced"] < known.loc["C"]
        ),
        "The ratio is 1 in all runs whose error is nearly 0.": perfect.index.isin(full.index),
        "It is 1 in some runs whose error is not small.": (
            full["reconstruction_error"] > 0.1
        ).any(),
    }
    return said, statements


def _rho(row):
    text = f"{row['rho']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
    return text.replace("-", "\N{MINUS SIGN}")
