"""The chapter on digits, and on the square."""

import pandas as pd

from gaussmlp.protocol import MASKS
from gaussmlp.study.claims import HOLDS, leads
from gaussmlp.study.facts import joined
from gaussmlp.study.history import came_first
from gaussmlp.study.pictures import NULLS, WORDS, named
from gaussmlp.study.tables import intervals, with_interval

_KNOWING = NULLS[1:]


def facts(digits, square, dimensions, found, grown, predicted, history, timed):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    digits, square : DataFrame, as from `run_pictures`; digits with the stored runs as well
    dimensions : DataFrame, as from `by_dimension`
    found, grown : DataFrame, as from `specialized`: by overlap's lam, and by steps at N = 20
    predicted : sequence of Verdict, of the predictions on their seeds
    history : DataFrame, as from `commits`
    timed : dict, the stored benchmark

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    parts = (
        _recovered(digits, square),
        _carried(digits, square, dimensions),
        _members(digits, square),
        _answers(found, grown),
        _predicted(predicted, history),
        _timed(timed),
    )
    return joined(parts)


def means(frame, measure):
    """Return the mean of a measure by kind and size.

    Parameters
    ----------
    frame : DataFrame, as from `run_pictures`
    measure : str

    Returns
    -------
    DataFrame
        Rows as in `WORDS`.
    """
    return intervals(named(frame), measure)["mean"].unstack("n").reindex(WORDS)


def shown(frame, measures):
    """Return measures with their intervals as text, by kind and size.

    Parameters
    ----------
    frame : DataFrame, as from `run_pictures`
    measures : dict of str to str, the title of each

    Returns
    -------
    DataFrame of str
    """
    parts = {
        title: with_interval(intervals(named(frame), measure)).reindex(WORDS)
        for measure, title in measures.items()
    }
    words = {name: words for name, words in WORDS.items() if name not in (*MASKS, "untrained")}
    return pd.concat(parts, axis=1).rename(words)


def over_steps(grown):
    """Return the mean AUC, who answers, and how like it is, over the steps of training.

    Parameters
    ----------
    grown : DataFrame, as from `specialized`, of the fit alone and of overlap's nominal lam

    Returns
    -------
    DataFrame
        Rows are what is told, and the mask; columns are steps.
    """
    table = grown.assign(mask=grown["lam"].map({0.0: "standard", 1.0: "O"}))
    parts = {
        title: table.pivot_table(index="mask", columns="steps", values=measure).iloc[::-1]
        for title, measure in (
            ("AUC", "auc"),
            ("neurons that answer", "neurons"),
            ("likeness of the first", "own"),
            ("the same, held-out digits", "others"),
        )
    }
    return pd.concat(parts)


def _span(row, digits=2):
    low, high = (f"{value:.{digits}f}" for value in (row.min(), row.max()))
    return low if low == high else f"{low} to {high}"


def _in_turn(row, digits=2):
    *most, last = [f"{value:.{digits}f}" for value in row]
    return f"{', '.join(most)} and {last}"


def _recovered(digits, square):
    share, plane = means(digits, "recovered"), means(square, "recovered")
    error, flat = means(digits, "error_clipped"), means(square, "error_clipped")
    nulls = share.loc[list(_KNOWING)].max()
    said = {
        "soft": _in_turn(share.loc["C"]),
        "two-sided": _in_turn(share.loc["C two-sided"]),
        "centres": _in_turn(share.loc["centres"]),
        "soft, square": _in_turn(plane.loc["C"]),
        "standard, square": _in_turn(plane.loc["standard"]),
        "untrained, square": _in_turn(plane.loc["untrained"]),
        "error, soft": _in_turn(error.loc["C"]),
        "error, training mean": _in_turn(error.loc["training mean"]),
        "error, centres": _in_turn(error.loc["centres"]),
    }
    statements = {
        "No digit is recovered without coverage, at any size.": (
            share.loc[["standard", "S", "O", "untrained"]] == 0
        ).all(axis=None),
        "One-to-one coverage recovers every digit and every point.": all(
            (table.loc["C one-to-one"] == 1).all() for table in (share, plane)
        ),
        "Soft-minimum coverage recovers more than any null, at every size.": (
            share.loc["C"] > nulls
        ).all(),
        "The two-sided one recovers more than half up to N = 50, and less at N = 100.": (
            (share.loc["C two-sided"] > 0.5) == (share.columns <= 50)
        ).all(),
        "By mean distance the best null is nearer to the digits than soft-minimum coverage.": (
            error.loc["C"] > error.loc[list(_KNOWING)].min()
        ).all(),
        "So is the training mean.": (error.loc["C"] > error.loc["training mean"]).all(),
        "On the square no null is as near as soft-minimum coverage.": (
            flat.loc["C"] < flat.loc[list(NULLS)].min()
        ).all(),
    }
    return said, statements


def _carried(digits, square, dimensions):
    used = dimensions.loc["used at the start"]
    out, plane = means(digits, "outside"), means(square, "outside")
    rise, expelled = out.loc["O"] - out.loc["standard"], plane.loc["O"] - plane.loc["standard"]
    same = {}
    for data, frame in (("digits", digits), ("square", square)):
        bits = named(frame).pivot(index=["n", "seed"], columns="mask", values="digest")
        same[data] = (bits["S"] == bits["standard"]).mean()
    said = {f"used, {d}": _in_turn(used.loc[d]) for d in used.index}
    said |= {
        "rise outside": _span(rise),
        "expelled, square": _in_turn(plane.loc["O"]),
        "expelled, square, standard": _in_turn(plane.loc["standard"]),
        "same on the square": f"{same['square']:.0%}",
    }
    statements = {
        "At d = 64 fewer prototypes of the start are nearest to a sample than at d = 1 or 2.": (
            used.loc[64] < used.loc[[1, 2]].min()
        ).all(),
        "At d = 2 they are no fewer than at d = 1.": (used.loc[2] >= used.loc[1]).all(),
        "On digits separation changes no bit of any run.": same["digits"] == 1,
        "On the square it changes some.": same["square"] < 1,
        "Overlap expels on the square: the share outside the hull is higher by more than 0.3.": (
            expelled > 0.3
        ).all(),
        "On digits less than a tenth more of the coordinates leave the box.": (
            (rise > 0) & (rise < 0.1)
        ).all(),
    }
    return said, statements


def _members(digits, square):
    auc, plane = means(digits, "auc"), means(square, "auc")
    wide = named(digits).pivot(index=["n", "seed"], columns="mask", values="auc")
    more = (wide["O"] > wide["standard"]).groupby("n").sum()
    mean, alone = auc.loc["training mean"], auc.loc["standard"]
    said = {
        "AUC, standard": _in_turn(alone),
        "AUC, overlap": _in_turn(auc.loc["O"]),
        "AUC, soft": _in_turn(auc.loc["C"]),
        "AUC, training mean": _in_turn(mean),
        "AUC, untrained": _in_turn(auc.loc["untrained"]),
        "AUC, others": _span(auc.loc[["held out", "centres"]].stack()),
        "seeds": _in_turn(more, 0),
        "AUC, standard, square": _in_turn(plane.loc["standard"]),
        "AUC, overlap, square": _in_turn(plane.loc["O"]),
    }
    statements = {
        "The fit alone has an AUC of 0.1 above that of the untrained start, at every size.": (
            alone > auc.loc["untrained"] + 0.1
        ).all(),
        "With overlap it is higher, at every size.": (auc.loc["O"] > alone).all(),
        "The training mean tells more than the fit alone at N = 10, and less at larger N.": (
            (mean > alone) == (mean.index == 10)
        ).all(),
        "With overlap the AUC is above that of the training mean at every size.": (
            auc.loc["O"] > mean
        ).all(),
        "On the square the fit alone tells no members, and overlap does not add to it.": (
            (abs(plane.loc["standard"] - 0.5) < 0.1) & (plane.loc["O"] < plane.loc["standard"])
        ).all(),
        "There coverage does.": (plane.loc["C"] > 0.8).all(),
    }
    return said, statements


def _answers(found, grown):
    table = found.groupby(["n", "lam"])[["neurons", "own", "others", "auc"]].mean()
    by_lam = {name: table[name].unstack("n") for name in table}
    start = grown.groupby(["lam", "steps"])["auc"].mean().unstack("steps")
    both = grown[grown["steps"] == 0][["own", "others"]].mean()
    said = {
        "own, start": f"{both['own']:.2f}",
        "others, start": f"{both['others']:.2f}",
        "neurons, standard": _in_turn(by_lam["neurons"].loc[0.0], 1),
        "neurons, overlap": _in_turn(by_lam["neurons"].loc[1.0], 1),
        "own, standard": _in_turn(by_lam["own"].loc[0.0]),
        "others, standard": _in_turn(by_lam["others"].loc[0.0]),
        "own, overlap": _in_turn(by_lam["own"].loc[1.0]),
        "others, overlap": _in_turn(by_lam["others"].loc[1.0]),
        "AUC after 30": f"{start.at[0.0, 30]:.2f}",
        "AUC after 100": f"{start.at[0.0, 100]:.2f}",
        "AUC at the end": f"{start.at[0.0, 5000]:.2f}",
        "AUC after 300, overlap": f"{start.at[1.0, 300]:.2f}",
        "AUC at the end, overlap": f"{start.at[1.0, 5000]:.2f}",
    }
    statements = {
        "The more overlap weighs, the fewer neurons answer to a digit, at every size.": (
            by_lam["neurons"].diff().iloc[1:] < 0
        ).all(axis=None),
        "And the more like the digit is the first of them.": (
            by_lam["own"].diff().iloc[1:] > 0
        ).all(axis=None),
        "It is more like its own digit than held-out ones are like those that answer to them.": (
            table["own"] > table["others"] + 0.05
        ).all(),
        "At the start it is not.": abs(both["own"] - both["others"]) < 0.02,
        "And the higher is the AUC.": (by_lam["auc"].diff().iloc[1:] > 0).all(axis=None),
        "Of what the fit alone gives away after 5,000 steps most is there after 100.": (
            start.at[0.0, 100] - start.at[0.0, 30] > 4 * (start.at[0.0, 5000] - start.at[0.0, 100])
        ),
        "Up to step 300 overlap adds less than 0.02, and then more than 0.05.": (
            start.at[1.0, 300] - start.at[0.0, 300] < 0.02
            and start.at[1.0, 5000] - start.at[0.0, 5000] > 0.05
        ),
    }
    return said, statements


def _predicted(predicted, history):
    held = [v.claim.id for v in predicted if v.verdict == HOLDS]
    by_id = {v.claim.id: v for v in predicted}
    comparisons = by_id["D3"].comparisons
    soft = comparisons[comparisons["baseline"] == "centres"].set_index("n")
    close = {name: leads(by_id[name]) for name in ("D3", "D8")}
    said = {
        "predictions": f"{len(predicted)}",
        "held": f"{len(held)}",
        "D3 at 50": f"{soft.at[50, 'mean']:.2f}",
        "D3 at 50, seeds": f"{soft.at[50, 'wins']}",
        "D8 at 10": f"{close['D8'].at[10, 'lead']:.2f}",
    }
    statements = {
        "All ten predictions hold at every size.": len(held) == 10 == len(predicted),
        "The intervals of D3 at N = 50 and of D8 at N = 10 reach beyond the limit.": all(
            close[name].at[n, "low"] < 0 for name, n in (("D3", 50), ("D8", 10))
        ),
        "The predictions came first, or the history does not tell.": came_first(history)
        is not False,
    }
    return said, statements


def _timed(measured):
    sizes = measured["sizes"].values()
    seconds = pd.DataFrame([size["seconds"] for size in sizes])
    ours, gradients = seconds["ours"], seconds["ours without Adam"]
    share = pd.Series([size["multiply_adds"] for size in sizes]) / measured["multiply_adds"]
    said = {
        "timed": _in_turn([int(n) for n in measured["sizes"]], 0),
        "microseconds": _in_turn(1e6 * ours, 0),
        "plain": _in_turn(seconds["plain"] / ours, 1),
        "expanded": _in_turn(seconds["expanded"] / ours, 1),
        "rate": _in_turn(share / ours),
        "rate, gradients": _in_turn(share / gradients),
        "Adam": _in_turn(1 - gradients / ours),
    }
    statements = {
        "Both JAX twins are slower than ours at every size that was timed.": (
            (seconds[["plain", "expanded"]].min(axis=1) > ours).all()
        ),
    }
    return said, statements
