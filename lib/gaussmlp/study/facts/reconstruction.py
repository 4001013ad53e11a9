"""The chapter on the reconstruction error."""

from gaussmlp.study.facts import listed
from gaussmlp.study.tables import by_mask_and_size, intervals, paired_differences


def facts(frame, sticks):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    frame : DataFrame of the nominal runs
    sticks : DataFrame, as from `yardsticks`

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    covered, overlapping = ["C", "CS"], ["O", "OS", "OC", "OCS"]
    means = by_mask_and_size(frame, "reconstruction_error")
    medians = by_mask_and_size(frame, "reconstruction_error", "median")
    best, harm = means.idxmin(), means.loc[overlapping] / means.loc["standard"]
    rows = intervals(paired_differences(frame, "reconstruction_error"), "difference")
    change, clear = rows["mean"].unstack("n"), (rows["low"] * rows["high"] > 0).unstack("n")
    guess, nearest, typical = (
        sticks.loc[name] for name in ("mean error", "mean nearest", "median nearest")
    )
    ahead = guess.loc[covered] < guess.loc["evenly spaced"]
    spoilt = (guess.loc[["standard", *covered]] > guess.loc["before training"]).all()
    gain = nearest.loc["evenly spaced"] / nearest.loc["C"]
    typical_gain = typical.loc["evenly spaced"] / typical.loc["C"]
    nulls = ["evenly spaced", "before training"]
    largest = change.columns.max()
    said = {
        "C ahead": listed(ahead.loc["C"]),
        "CS ahead": listed(ahead.loc["CS"]),
        "start ahead": listed(spoilt),
        "least gain": f"{gain.min():.1f}",
        "most gain": f"{gain.max():.1f}",
        "least typical gain": f"{typical_gain.min():.1f}",
        "most typical gain": f"{typical_gain.max():.0f}",
        "typical": f"{typical.loc['C'].max():.2g}",
        "C lowest": listed(best == "C"),
        "CS lowest": listed(best == "CS"),
        "C clear": listed(clear.loc["C"]),
        "S lower": listed(change.loc["S"] < 0),
        "S higher": listed(change.loc["S"] > 0),
        "S clear": listed(clear.loc["S"]),
        "CS higher": listed(change.loc["CS"] > 0),
        "least harm": f"{harm.min().min():.1f}",
        "most harm": f"{harm.max().max():.1f}",
    }
    statements = {
        "There are 480 runs.": len(frame) == 480,
        "None diverged.": frame["diverged_at"].isna().all(),
        "C1: the lowest mask has coverage and no overlap.": best.isin(covered).all(),
        "C1: coverage alone is the lowest at some sizes.": (best == "C").any(),
        "C1: it is not at others.": (best != "C").any(),
        "C3: separation alone lowers the error at some sizes.": (change.loc["S"] < 0).any(),
        "C3: it raises it at others.": (change.loc["S"] > 0).any(),
        "C3: where its effect is clear, it harms.": (change.loc["S"][clear.loc["S"]] > 0).all(),
        "C4: all masks with overlap are worse than standard.": (harm > 1).all().all(),
        "C10: coverage is better than standard at every size.": (change.loc["C"] < 0).all(),
        "C3: it clearly harms at the largest size.": (
            clear.loc["S", largest] and change.loc["S", largest] > 0
        ),
        "C4: coverage added to overlap lowers the error at every size.": (
            means.loc["OC"] < means.loc["O"]
        ).all(),
        "The mean distance to the nearest prototype is below both nulls with coverage.": (
            nearest.loc["C"] < nearest.loc[nulls]
        ).all(axis=None),
        "So is the median distance.": (typical.loc["C"] < typical.loc[nulls]).all(axis=None),
        "The lead is larger by medians than by means.": (typical_gain > gain).all(),
        "The medians of the error fall into the same two groups.": (
            medians.loc[overlapping].min() > medians.drop(overlapping).max()
        ).all(),
        "By the mean error no mask beats evenly spaced points at every size.": (
            not ahead.T.all().any()
        ),
        "Each of the two with coverage beats it at some size.": ahead.T.any().all(),
        "At some size training makes all three worse than their start.": spoilt.any(),
    }
    return said, statements
