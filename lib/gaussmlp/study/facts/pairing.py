"""The chapter on one-to-one coverage."""

import pandas as pd

from gaussmlp.draws import NULLS
from gaussmlp.study.claims import FAILS, HOLDS
from gaussmlp.study.facts import joined, listed
from gaussmlp.study.history import came_first
from gaussmlp.study.pairing import passed
from gaussmlp.study.tables import by_mask_and_size

_KINDS = ("nominal", "two-sided", "one-to-one", "random pairing")


def facts(frame, guesses, ledgers, needed, found, fits, predicted, history):
    """Return both.

    `frame` has the runs of `COVERAGES`. `ledgers` (as of `judged`) and `needed` (as of `ratios`)
    are of the nominal reading and of one-to-one; `found` is of `displaced` at N = 20, `fits` of
    `costs`, `predicted` of `judge_predictions`, `history` of `commits`.
    """
    parts = (
        _recovered(frame, guesses),
        _mechanism(found),
        _ratios(needed),
        _ledger(ledgers),
        _costs(fits, by_mask_and_size(frame.query("reading == 'one-to-one'"), "explained")),
        _predicted(predicted, history),
    )
    return joined(parts)


def _recovered(frame, guesses):
    error, auc = (
        {
            name: by_mask_and_size(part, measure)
            for name, part in frame.groupby("reading", sort=False)
        }
        for measure in ("reconstruction_error", "auc")
    )
    null = by_mask_and_size(guesses, "reconstruction_error").loc[list(NULLS)]
    ours, control = error["one-to-one"], error["random pairing"]
    soft, two, alone = error["nominal"], error["two-sided"], auc["one-to-one"].loc["C"]
    best = null.min()
    said = {
        "alone": f"{ours.loc['C'].min():.4f} to {ours.loc['C'].max():.4f}",
        "soft alone": f"{soft.loc['C'].min():.2f} to {soft.loc['C'].max():.2f}",
        "with overlap": f"{ours.loc['OC'].min():.3f} to {ours.loc['OC'].max():.3f}",
        "soft with overlap": f"{soft.loc['OC'].min():.2f} to {soft.loc['OC'].max():.2f}",
        "with separation": f"{ours.loc['CS'].min():.3f} to {ours.loc['CS'].max():.3f}",
        "best null": f"{best.min():.2f} to {best.max():.2f}",
        "two-sided with overlap": f"{two.loc['OC'].min():.2f} to {two.loc['OC'].max():.2f}",
        "least AUC": f"{alone.min():.2f}",
        "AUC at 3": f"{auc['one-to-one'].at['OC', 3]:.2f}",
        "AUC at 100": f"{auc['one-to-one'].at['OC', 100]:.2f}",
        "soft AUC at 100": f"{auc['nominal'].at['OC', 100]:.2f}",
        "random alone": f"{control.loc['C'].min():.4f} to {control.loc['C'].max():.4f}",
        "random with separation": f"{control.loc['CS'].min():.2f} to {control.loc['CS'].max():.2f}",
    }
    statements = {
        "Alone, both pairings have a mean error below 0.01 at every size.": all(
            (table.loc["C"] < 0.01).all() for table in (ours, control)
        ),
        "With overlap both are below the best null at every size.": all(
            (table.loc["OC"] < best).all() for table in (ours, control)
        ),
        "Soft-minimum coverage with overlap is above it at every size.": soft.loc["OC"] > best,
        "With overlap the error of the two-sided one is more than four times as large.": (
            two.loc["OC"] > 4 * ours.loc["OC"]
        ),
        "With overlap the error is a third of the spacing at N = 20, and as much at N = 100.": (
            abs(ours.at["OC", 20] / 0.1 - 1 / 3) < 0.05 and abs(ours.at["OC", 100] / 0.02 - 1) < 0.1
        ),
        "With overlap the AUC of one-to-one is below that of the soft minimum from N = 20 on.": (
            (auc["one-to-one"].loc["OC"] < auc["nominal"].loc["OC"]).loc[[20, 50, 100]]
        ),
        "With overlap it falls to chance at N = 100.": abs(auc["one-to-one"].at["OC", 100] - 0.5)
        < 0.05,
        "With separation random pairing is worse than every null at N = 10, 20 and 50.": (
            (control.loc["CS"] > null.max()).loc[[10, 20, 50]]
        ),
        "With separation one-to-one stays below it.": ours.loc["CS"] < best,
    }
    return said, statements


def _mechanism(found):
    one, other = found["measured"], found["predicted"]
    crossed = {n: passed(n, "CS") for n in (20, 50, 100)}
    said = {
        "correlation": f"{one.corr(other):.2f}",
        "measured": f"{one.abs().mean():.3f}",
        "off": f"{(one - other).abs().mean():.3f}",
        "passed alone": f"{passed(20, 'C'):.0%}",
        "passed beside separation": f"{crossed[20]:.1%}",
        "passed at 100": f"{crossed[100]:.0%}",
    }
    statements = {
        "Overlap's force tells how far a prototype is from its sample.": one.corr(other) > 0.95,
        "Paired at random, all prototypes reach the right side of each other.": (
            passed(20, "C") > 0.999
        ),
        "With separation hardly any do at N = 20, and most at N = 100.": crossed[20] < 0.01
        and crossed[100] > 0.5,
    }
    return said, statements


def _ratios(needed):
    soft, ours = needed
    said = {
        "share, ours": f"{ours.loc['expelled share'].max():g}",
        "share, soft": f"{soft.loc['expelled share'].max():g}",
        "AUC, ours": f"{ours.loc['AUC'].max():g}",
        "error, soft": f"{soft.loc['error'].max():g}",
        "none, soft": listed(soft.loc["error"].isna()),
    }
    statements = {
        "The share and the error are back at equal weight, at every size.": (
            ours.loc[["expelled share", "error"]] <= 1
        ),
        "The AUC needs a ratio of 10 or 100.": ours.loc["AUC"].isin((10, 100)),
        "With the soft minimum no ratio brings the error back at N = 3, 5 and 10.": (
            listed(soft.loc["error"].isna()) == "3, 5 and 10"
        ),
    }
    return said, statements


def _ledger(ledgers):
    soft, ours = ({v.claim.id: v for part in one[:2] for v in part} for one in ledgers)
    changed = [name for name in soft if soft[name].text != ours[name].text]
    said = {
        "changed": ", ".join(changed),
        "C6 fails at": f"{', '.join(map(str, ours['C6'].fails_at))}",
    }
    statements = {
        "C1 and C2* hold at every size under one-to-one, and not under the soft minimum.": all(
            ours[name].verdict == HOLDS != soft[name].verdict for name in ("C1", "C2*")
        ),
        "C4 holds: overlap raises the error whatever it is added to.": ours["C4"].verdict == HOLDS,
        "C6 is lost at N = 5 alone.": ours["C6"].fails_at == (5,),
        "P holds, and P* at N = 100 alone, as before.": ours["P"].verdict == HOLDS
        and ours["P*"].holds_at == (100,) == soft["P*"].holds_at,
        "C6* and C3* do not hold under either.": all(
            one[name].verdict == FAILS for one in (soft, ours) for name in ("C6*", "C3*")
        ),
        "Verdicts change for C1, C6, C10, C2* and C10* alone.": changed
        == ["C1", "C6", "C10", "C2*", "C10*"],
    }
    return said, statements


def _costs(fits, explained):
    table = fits.pivot_table(
        index=["reading", "mask"], columns="n", values="between", aggfunc="median"
    )
    least = explained.loc["C", [10, 20, 50, 100]].min()
    worse = table.loc["one-to-one", "C"] - table.loc["nominal", "standard"]
    start = fits.groupby("n")["untrained between"].median()
    said = {
        "explained": f"{least:.2%}",
        "worse, 10": f"{10 ** worse[10]:.0f}",
        "worse, 100": f"{10 ** worse[100]:.0f}",
    }
    statements = {
        "From N = 10 on it explains more than 99.9% of the target's variance.": least > 0.999,
        "At N = 50 and 100 the error between the samples is ten times that of the fit alone.": (
            worse[[50, 100]] > 1
        ),
        "With overlap it is larger up to N = 50, under every coverage.": (
            (table.xs("OC", level="mask") > table.xs("C", level="mask")).drop(columns=100)
        ),
        "From N = 5 on it is far below that of the untrained start.": (
            (table.loc["one-to-one", "C"] < start - 1).drop(3)
        ),
    }
    return said, statements


def _predicted(predicted, history):
    held = [v.claim.id for v in predicted if v.verdict == HOLDS]
    said = {"predictions": f"{len(predicted)}", "held": f"{len(held)}"}
    statements = {
        "All predictions hold.": len(held) == len(predicted),
        "The predictions came first, or the history does not tell.": came_first(history)
        is not False,
    }
    return said, statements


def shown(fits):
    """Return the errors at and between samples, from `costs`: medians of decimal logarithms.

    Rows are coverage and mask, columns where and size.
    """
    words, parts = {"nominal": "soft minimum"}, {}
    for column, title in (("fit", "at the samples"), ("between", "between them")):
        table = fits.pivot_table(
            index=["reading", "mask"], columns="n", values=column, aggfunc="median"
        )
        rows = {("none", "untrained"): fits.groupby("n")[f"untrained {column}"].median()}
        rows[("none", "standard")] = table.loc[("nominal", "standard")]
        for mask in ("C", "OC"):
            rows |= {(words.get(kind, kind), mask): table.loc[(kind, mask)] for kind in _KINDS}
        parts[title] = pd.DataFrame(rows).T
    return pd.concat(parts, axis=1).round(3)  # sums over samples are BLAS, whose last bits differ
