"""The front page."""

import pandas as pd

from gaussmlp.draws import NULLS
from gaussmlp.study import large
from gaussmlp.study.claims import ADD_COVERAGE, FAILS, HOLDS, IN_PART, STRICTER
from gaussmlp.study.facts import at, listed
from gaussmlp.study.nulls import against_nulls
from gaussmlp.study.tables import by_mask_and_size, intervals, paired_differences

_COVERED, _OVERLAPPING = ["C", "CS"], ["O", "OS", "OC", "OCS"]
_BEYOND, _RANKS = 1000, (HOLDS, IN_PART, FAILS)


def facts(runs, again, ledgers, seed):
    """Return what the page says in numbers, and its statements.

    Parameters
    ----------
    runs : Evidence on the nominal seeds
    again : sequence of Evidence, on two sets of fresh ones, which are taken together
    ledgers : sequence of three tuples of Verdict, as from `judged`, on all three sets of seeds
    seed : int, of the networks that are shown, all of N = 20

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    verdicts, rest, _ = ledgers[0]
    frame, words = runs.frame("grid"), [v.verdict for v in verdicts]
    fresh = pd.concat([one.frame("grid") for one in again])
    means, share = (
        by_mask_and_size(runs.grid, m) for m in ("reconstruction_error", "expelled_fraction")
    )
    better, best = means.loc["C"] < means.loc["standard"], means.idxmin()
    harm = means.loc[_OVERLAPPING] / means.loc["standard"]
    lone, lone_again = (
        intervals(paired_differences(one, "reconstruction_error"), "difference").loc["S"]
        for one in (frame, fresh)
    )
    gain = lone_again["mean"][lone_again["high"] < 0]
    still = (share.loc[["OC", "OCS"]] > share.loc["standard"]).all()
    usage = by_mask_and_size(runs.grid, "specialization_ratio")
    lead = against_nulls(frame, "specialization_ratio")
    used, sure = lead["mean"].unstack("n"), lead["low"].unstack("n")
    strict, first = [v.verdict for v in rest], {v.claim.id: v.verdict for v in verdicts}
    shown = runs.grid.query("n == 20 and mask == 'C'").set_index("seed")
    errors = shown["reconstruction_error"]
    said = {
        "runs": f"{len(runs.grid)}",
        "C better": f"{better.sum()} of {len(better)}",
        "C lowest": listed(best == "C"),
        "used above start": listed(used.loc["untrained"] > 0),
        "used above even": listed(used.loc["evenly spaced"] > 0),
        "least harm": f"{harm.min(axis=None):.1f}",
        "most harm": f"{harm.max(axis=None):.1f}",
        "expelled O": f"{share.loc['O', 100]:.0%}",
        "expelled standard": f"{share.loc['standard', 100]:.0%}",
        "S higher": listed(lone["mean"] > 0),
        "S clear": listed(lone["low"] * lone["high"] > 0),
        "S gain again": at(lone_again["high"] < 0),
        "S gain": f"{-gain.min():.3f}",
        "still out": listed(still),
        "hold": f"{words.count(HOLDS)}",
        "in part": f"{words.count(IN_PART)}",
        "rows": f"{len(words)}",
        "stricter": f"{len(STRICTER)}",
        "stricter hold": f"{strict.count(HOLDS)}",
        "stricter in part": f"{strict.count(IN_PART)}",
        "stricter fail": f"{strict.count(FAILS)}",
        "predictions hold": f"{sum(v.verdict == HOLDS for v in ledgers[2][2])}",
    }
    statements = {
        "There are 480 runs at six sizes.": (len(runs.grid), len(means.columns)) == (480, 6),
        "C1: a mask with coverage and without overlap is the lowest.": best.isin(_COVERED).all(),
        "C2: coverage's usage is above that of the untrained start at every size.": (
            used.loc["untrained"] > 0
        ).all(),
        "C2: its lead over evenly spaced points is clear at no size.": not (
            sure.loc["evenly spaced"] > 0
        ).any(),
        "C2: so it is above that of the baseline.": (usage.loc["C"] > usage.loc["standard"]).all(),
        "C2: it is not above that of evenly spaced points at every size.": not (
            used.loc["evenly spaced"] > 0
        ).all(),
        "C3: where the effect of separation is clear, it harms.": (
            lone["mean"][lone["low"] * lone["high"] > 0] > 0
        ).all(),
        "C3: on fresh seeds it clearly helps at one size.": len(gain) == 1,
        "C4: all masks with overlap are worse than standard.": (harm > 1).all(axis=None),
        "C7: coverage lowers the expelled share of every mask.": all(
            (share.loc[mask] < share.loc[baseline]).all() for mask, baseline in ADD_COVERAGE
        ),
        "Every claim holds at some size.": not words.count(FAILS),
        "The verdicts on fresh seeds are the same.": all(
            words == [w.verdict for w in claims] for claims, *_ in ledgers
        ),
        "Of eight predictions one is true in part and the others are true.": (
            sorted(v.verdict for v in ledgers[2][2]) == [HOLDS] * 7 + [IN_PART]
        ),
        "By a stricter test no claim fares better.": all(
            _RANKS.index(v.verdict) >= _RANKS.index(first[v.claim.id[:-1]]) for v in rest
        ),
        "Most fare worse.": sum(v.verdict != first[v.claim.id[:-1]] for v in rest) > len(rest) / 2,
        "The seed shown has the median error with coverage, the lower of two.": (
            (errors < errors[seed]).sum() == (len(errors) - 1) // 2
        ),
        "Its precision is the highest of the ten.": shown["precision"].idxmax() == seed,
    }
    for more in (_given_away(frame, fresh), _beyond()):
        said, statements = said | more[0], statements | more[1]
    return said, statements


def _given_away(frame, again):
    """Return what is said of precision, AUC and the mean error beside the nulls."""
    nulls, parts = list(NULLS), (frame, again)
    precision, auc = (by_mask_and_size(frame, name) for name in ("precision", "auc"))
    precisions, aucs = ([by_mask_and_size(p, m) for p in parts] for m in ("precision", "auc"))
    known = auc.loc[["standard", "O"]].loc[:, 10:]
    lone = [against_nulls(part, "precision", "standard") for part in parts]
    hidden = [against_nulls(part, "precision", "O").drop([3, 5], level="n") for part in parts]
    error, error_again = (against_nulls(part, "reconstruction_error") for part in parts)
    both = [rows["mean"].unstack("n")[[50, 100]] for rows in (error, error_again)]
    said = {
        "below untrained": at(error["high"].loc["untrained"] < 0),
        "below chance": at(error["high"].loc["chance"] < 0),
        "below untrained again": at(error_again["high"].loc["untrained"] < 0),
        "below chance again": at(error_again["high"].loc["chance"] < 0),
        "below even again": at(error_again["high"].loc["evenly spaced"] < 0),
        "above even again": at(error_again["low"].loc["evenly spaced"] > 0),
        "C precision": _span(precision.loc["C"]),
        "standard precision": _span(precision.loc["standard"]),
        "O precision": _span(precision.loc["O"]),
        "nulls precision": _span(precision.loc[nulls].stack()),
        "C AUC": _span(auc.loc["C"]),
        "standard AUC": _span(known.loc["standard"]),
        "O AUC": _span(known.loc["O"]),
        "OC precision at 100": f"{precision.loc['OC', 100]:.2f}",
        "OC AUC at 100": f"{auc.loc['OC', 100]:.2f}",
    }
    statements = {
        "With coverage more than half of the prototypes name a sample, at every size.": all(
            (table.loc["C"] > 0.5).all() for table in precisions
        ),
        "On fresh seeds its precision and AUC are clearly above those of every null.": all(
            (against_nulls(again, name)["low"] > 0).all() for name in ("precision", "auc")
        ),
        "The fit alone has a precision clearly above a null's at no size from N = 5 on.": not any(
            (rows["low"].drop(3, level="n") > 0).any() for rows in lone
        ),
        "From N = 10 on the AUC of the fit alone and of overlap alone is within 0.06 of 0.5.": all(
            ((table.loc[["standard", "O"]].loc[:, 10:] - 0.5).abs() < 0.06).all(axis=None)
            for table in aucs
        ),
        "With coverage the AUC is 0.75 or more at every size.": all(
            (table.loc["C"] >= 0.75).all() for table in aucs
        ),
        "From N = 10 on overlap alone has a lower precision than every null,": all(
            (rows["mean"] < 0).all() for rows in hidden
        ),
        "and clearly so on fresh seeds.": (hidden[1]["high"] < 0).all(),
        "With coverage and overlap the AUC at N = 100 is below that of coverage.": all(
            table.loc["OC", 100] < table.loc["C", 100] for table in aucs
        ),
        "There its precision is clearly above that of no null.": not any(
            (against_nulls(part, "precision", "OC")["low"].xs(100, level="n") > 0).any()
            for part in parts
        ),
        "At N = 50 and 100 coverage's mean error is above that of every null.": all(
            (table > 0).all(axis=None) for table in both
        ),
        "On both sets of seeds it is clearly below a null only below N = 50.": not any(
            (rows["high"].unstack("n")[[50, 100]] < 0).any(axis=None)
            for rows in (error, error_again)
        ),
    }
    return said, statements


def _beyond():
    """Return what is said of the stored runs of larger networks."""
    stored = large.stored_runs()
    shown = stored["reading"].isin(["nominal", large.SCALED[-1]])
    stored = stored[shown & (stored["n"] == _BEYOND)]
    guesses = large.nulls(stored)
    judged = large.verdicts(stored, guesses)
    lost, lost_scaled = (
        [v.claim.id for v in judged[_BEYOND, name] if v.verdict == FAILS and "*" not in v.claim.id]
        for name in ("nominal", large.SCALED[-1])
    )
    error, precision = (
        large.means(stored, guesses, name)[_BEYOND]
        for name in ("reconstruction_error", "precision")
    )
    scaled, guessed = ("C", large.SCALED[-1]), ("chance", "null")
    nulls = precision.xs("null", level="reading")
    said = {
        "lost at 1,000": listed(pd.Series(data=True, index=lost)),
        "error at 1,000": f"{error['C', 'nominal']:.2f}",
        "scaled at 1,000": f"{error[scaled]:.3f}",
        "chance at 1,000": f"{error[guessed]:.3f}",
        "precision at 1,000": f"{precision['C', 'nominal']:.2f}",
        "scaled precision": f"{precision[scaled]:.2f}",
        "nulls at 1,000": f"{nulls.min():.3f} to {nulls.max():.3f}",
    }
    statements = {
        "At N = 1,000 coverage's error is above that of random points.": (
            error["C", "nominal"] > error[guessed]
        ),
        "There its precision is below that of every null.": (
            precision["C", "nominal"] < nulls.min()
        ),
        "With temperature and step scaled no claim is lost there, its error is below that of": (
            not lost_scaled and error[scaled] < error[guessed]
        ),
        "random points, and its precision twice that of every null.": (
            precision[scaled] > 2 * nulls.max()
        ),
    }
    return said, statements


def _span(values):
    return f"{values.min():.2f} to {values.max():.2f}"
