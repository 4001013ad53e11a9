"""The chapter on the reconstruction error."""

import pandas as pd

from gaussmlp.draws import NULLS
from gaussmlp.protocol import MASKS
from gaussmlp.study.claims import BY_ID, FAILS, HOLDS, Evidence, judge
from gaussmlp.study.facts import at, joined, listed
from gaussmlp.study.nulls import against_nulls
from gaussmlp.study.tables import by_mask_and_size, intervals, paired_differences

_MIXED = BY_ID["C3"], BY_ID["C3*"]
_WITHOUT, _COVERED = ["standard", "S", "C", "CS"], ["C", "CS"]
_OVERLAPPING = ["O", "OS", "OC", "OCS"]


def facts(frame, again, other):
    """Return both from runs and nulls on nominal and on fresh seeds, and nominal `other_errors`."""
    runs = frame[frame["mask"].isin(MASKS)]
    means = by_mask_and_size(runs, "reconstruction_error")
    medians = by_mask_and_size(runs, "reconstruction_error", "median")
    rows = intervals(paired_differences(frame, "reconstruction_error"), "difference")
    change, clear = rows["mean"].unstack("n"), (rows["low"] * rows["high"] > 0).unstack("n")
    best, harm = means.idxmin(), means.loc[_OVERLAPPING] / means.loc["standard"]
    later = again[again["mask"].isin(MASKS)]
    judged, judged_later = (
        [v.verdict for v in judge(Evidence(one, None, None), _MIXED, sure=False)]
        for one in (runs, later)
    )
    lone = intervals(paired_differences(later, "reconstruction_error"), "difference").loc["S"]
    helped = lone.index[lone["high"] < 0]
    there = by_mask_and_size(later, "reconstruction_error").loc["standard", helped]
    said = {
        "C lowest": listed(best == "C"),
        "CS lowest": listed(best == "CS"),
        "C clear": listed(clear.loc["C"]),
        "S lower": listed(change.loc["S"] < 0),
        "S higher": listed(change.loc["S"] > 0),
        "S clear": at(clear.loc["S"]),
        "CS higher": listed(change.loc["CS"] > 0),
        "least harm": f"{harm.min(axis=None):.1f}",
        "most harm": f"{harm.max(axis=None):.1f}",
        "C3": judged[0],
        "C3 strict": judged[1],
        "C3, fresh": judged_later[0],
        "C3 strict, fresh": judged_later[1],
        "S helps, fresh": at(lone["high"] < 0),
        "S gain, fresh": f"{-lone['mean'][helped].mean():.3f}",
        "standard there, fresh": f"{there.mean():.2f}",
    }
    statements = {
        "There are 480 runs.": len(runs) == 480,
        "None diverged.": runs["diverged_at"].isna(),
        "C1: the lowest mask has coverage and no overlap.": best.isin(_COVERED),
        "C1: coverage alone is the lowest at some sizes.": (best == "C").any(),
        "C1: it is not at others.": (best != "C").any(),
        "C3: separation alone lowers the error at some sizes.": (change.loc["S"] < 0).any(),
        "C3: it raises it at others.": (change.loc["S"] > 0).any(),
        "C3: where its effect is clear, it harms.": change.loc["S"][clear.loc["S"]] > 0,
        "C3: it clearly harms at the largest size.": (
            clear.loc["S"].iloc[-1] and change.loc["S"].iloc[-1] > 0
        ),
        "C3 holds, and C3* does not.": judged == [HOLDS, FAILS],
        "On fresh seeds both hold, and separation helps at one size.": (
            judged_later == [HOLDS, HOLDS] and len(helped) == 1
        ),
        "C4: all masks with overlap are worse than standard.": harm > 1,
        "C4: coverage added to overlap lowers the error at every size.": (
            means.loc["OC"] < means.loc["O"]
        ),
        "C10: coverage is better than standard at every size.": change.loc["C"] < 0,
        "The medians of the error fall into the same two groups.": (
            medians.loc[_OVERLAPPING].min() > medians.loc[_WITHOUT].max()
        ),
    }
    return joined([(said, statements), _against(frame, again), _other_ways(other)])


def _against(frame, again):
    """Return what is said of coverage beside each null."""
    said, found = {}, {}
    for words, part in (("nominal", frame), ("fresh", again)):
        found[words] = against_nulls(part, "reconstruction_error")
        below, above = found[words]["high"] < 0, found[words]["low"] > 0
        for null in NULLS:
            said[f"below {null}, {words}"] = at(below.loc[null])
            said[f"above {null}, {words}"] = at(above.loc[null])
    means, ends = pd.concat(found)["mean"].unstack("n"), pd.concat(found).unstack("n")
    large = means.columns[means.columns >= 50]
    small = means.columns[means.columns < 50]
    statements = {
        "At N = 50 and 100 coverage's mean error is above that of every null, on both sets.": (
            means[large] > 0
        ),
        "Below N = 50 it is at no size clearly above the untrained start or chance.": (
            ends["low"].drop(index="evenly spaced", level="mask")[small] <= 0
        ),
        "On fresh seeds it is clearly below evenly spaced points at N = 3 only.": (
            listed(found["fresh"].loc["evenly spaced", "high"] < 0) == "3"
        ),
        "On the nominal seeds it is nowhere clearly below them.": not (
            found["nominal"].loc["evenly spaced", "high"] < 0
        ).any(),
    }
    return said, statements


def _other_ways(other):
    """Return what is said of the error measured in other ways."""
    ways = ("error", "domain", "hull", "far", "matched median", "nearest mean", "nearest median")
    mean = {way: by_mask_and_size(other, way) for way in ways}
    lead = {way: mean[way].loc["evenly spaced"] / mean[way].loc["C"] for way in ways}
    domain, nulls = mean["domain"], list(NULLS)
    strays = (mean["error"] - mean["hull"]).loc["C"].loc[10:]
    kept, mended = (domain.loc[mask] / domain.loc["standard"] for mask in ("O", "OC"))
    over = (lead["nearest mean"] > 1) & (lead["nearest median"] > 1)
    said = {
        f"{edge} {way} lead": f"{getattr(lead[way], edge)():.1f}"
        for way in ("error", "matched median", "nearest mean", "nearest median")
        for edge in ("min", "max")
    }
    said |= {
        "least by strays": f"{strays.min():.3f}",
        "most by strays": f"{strays.max():.3f}",
        "least of the error": f"{mean['error'].loc['C'].loc[10:].min():.2f}",
        "most of the error": f"{mean['error'].loc['C'].loc[10:].max():.2f}",
        "far at 100": f"{mean['far'].loc['C'].iloc[-1]:.0%}",
        "least O inside": f"{kept.min():.1f}",
        "most O inside": f"{kept.max():.1f}",
        "OC inside lower": at(mended < 1),
    }
    statements = {
        "By the nearest prototype, mean or median, coverage is ahead of evenly spaced points.": (
            over
        ),
        "Its mean distance to the nearest prototype is below that of every null.": (
            mean["nearest mean"].loc["C"] < mean["nearest mean"].loc[nulls]
        ),
        "So is its median distance.": (
            mean["nearest median"].loc["C"] < mean["nearest median"].loc[nulls]
        ),
        "By matched pairs, mean or median, it is not at every size.": not any(
            (lead[way] > 1).all() for way in ("error", "matched median")
        ),
        "With prototypes moved into the domain overlap alone still has a larger error.": kept > 1,
        "From N = 10 on most of coverage's error stays when prototypes move to the hull.": (
            (mean["hull"].loc["C"] > 0.8 * mean["error"].loc["C"]).loc[10:]
        ),
        "At the largest size half of coverage's pairs or more are over 0.1 apart.": (
            mean["far"].loc["C"].iloc[-1] >= 0.5
        ),
    }
    return said, statements
