"""The chapter on what holds a prototype."""

import numpy as np

from gaussmlp.study.claims import BY_ID, judge
from gaussmlp.study.facts import joined, listed
from gaussmlp.study.mechanism import change_by_coverage
from gaussmlp.study.principle import compensated, halves, must
from gaussmlp.study.tables import by_mask_and_size
from gaussmlp.study.thresholds import RESTORED

_OVERLAPPING, _OTHERS = ["O", "OS", "OC", "OCS"], ["standard", "S", "CS"]
_MANY = [10, 20, 50, 100]
_ENOUGH = 100.0


def facts(evidence, phases, fence):
    """Return both from evidence as of `with_moved_in`, `phases`, and `unpulled` at N = 100."""
    parts = (
        _fence(evidence, fence),
        _phases(evidence, phases),
        _must(evidence),
        _compensated(evidence),
        _recovered(evidence),
    )
    return joined(parts)


def _fence(evidence, fence):
    share = by_mask_and_size(evidence.grid, "expelled_fraction")
    change = change_by_coverage(evidence.grid, "expelled_fraction").round(9)
    unsure = (change["high"] >= 0).unstack("n")
    above = share.loc[["OC", "OCS"]] - share.loc["standard"] > 1e-9
    count, lost = fence["expelled"], fence["without any pull"]
    feel = 1 - lost[_OTHERS].sum() / count[_OTHERS].sum()
    nulls = by_mask_and_size(evidence.nulls, "expelled_fraction")
    said = {
        "OC expelled": f"{count['OC']}",
        "OC above": listed(above.loc["OC"]),
        "unsure": listed(unsure.any()),
        "overlap without pull": f"{lost[_OVERLAPPING].sum() / count[_OVERLAPPING].sum():.0%}",
        "others with pull": f"{feel:.0%}",
    }
    statements = {
        "C7: adding coverage lowers every mean expelled share.": change["mean"] < 0,
        "Its interval holds 0 for the two masks without overlap only.": (
            unsure.loc[["standard", "S"]].any().equals(unsure.any())
            and not unsure.loc[["O", "OS"]].any(axis=None)
        ),
        "With overlap and coverage it stays above the baseline's at most sizes.": (
            above.loc["OC"].mean() > 0.5
        ),
        "At the same sizes with separation as well.": above.loc["OC"] == above.loc["OCS"],
        "No expelled prototype of these two masks feels a pull.": (count == lost)[["OC", "OCS"]],
        "At N = 100 no null has a prototype that counts as expelled.": nulls[100] == 0,
    }
    return said, statements


def _phases(evidence, phases):
    share = by_mask_and_size(evidence.grid, "expelled_fraction")
    needed, predicted = phases.needed, np.median(phases.predicted)
    along = needed[needed > 0]
    ratio = along / along.index
    held = phases.frame[
        (phases.frame["lam_overlap"] == 1.0) & (phases.frame["lam_coverage"] == needed[1.0])
    ]
    said = {
        "needed": f"{needed[1.0]:.0f}",
        "error, held": f"{held['reconstruction_error'].mean():.2f}",
        "error, baseline": f"{phases.baseline['reconstruction_error'].mean():.2f}",
        "least ratio": f"{ratio.min():.1f}",
        "most ratio": f"{ratio.max():.0f}",
        "predicted": f"{predicted:.0f}",
        "slope": f"{np.polyfit(np.log(along.index), np.log(along), 1)[0]:.1f}",
        "spread": f"{phases.predicted.max() / phases.predicted.min():.0f}",
        "beyond": f"{needed[needed.isna()].index.min():.0f}",
    }
    statements = {
        "P: at N = 20 some ratio is enough for the share.": np.isfinite(needed[1.0]),
        "The nominal ratio is not.": needed[1.0] > 1,
        "At N = 20 it leaves the share above the mark.": (
            share.at["OC", 20] - share.at["standard", 20] > RESTORED
        ),
        "The needed ratio never falls as overlap's coefficient grows.": (
            np.diff(np.log(ratio)) > -1e-9
        ),
        "It lies within a factor of four of the predicted one.": (
            ratio.between(predicted / 4, predicted * 4)
        ),
        "Where little overlap is added, no coverage is needed.": needed.iloc[:2] == 0,
        "Held so, the error is still larger than the baseline's.": (
            held["reconstruction_error"].mean() > phases.baseline["reconstruction_error"].mean()
        ),
    }
    return said, statements


def _must(evidence):
    table, found = must(evidence).round(9), halves(evidence) != "no"
    mean, low, high = (table[name].unstack("n") for name in ("mean", "low", "high"))
    clear, unsure = low > 0, (low <= 0) & (high >= 0)
    both = [("expelled share", mask) for mask in ("O", "OS")]
    moved = [("error, moved in", mask) for mask in ("O", "OS")]
    raw, within = (
        by_mask_and_size(evidence.grid, name) for name in ("reconstruction_error", "moved_in")
    )
    factor, less = raw.loc["O"] / raw.loc["standard"], within.loc["O"] / within.loc["standard"]
    tame = mean.loc[("expelled share", "S")] <= 0
    others = evidence.frame("grid")
    others = others[others["mask"].isin(["standard", *evidence.nulls["mask"]])]
    share, start = (
        by_mask_and_size(frame, "expelled_fraction") for frame in (evidence.grid, others)
    )
    outside = share.loc["O"] > start.max()
    errors = [
        table.loc["O"] > by_mask_and_size(others, name).max()
        for name, table in (("reconstruction_error", raw), ("moved_in", within))
    ]
    said = {
        "O above nulls": listed(outside),
        "start at 3": f"{start.at['untrained', 3]:.0%}",
        "end at 3": f"{start.at['standard', 3]:.0%}",
        "S no more": listed(tame),
        "S harms": listed(clear.loc[("error", "S")]),
        "S at 10, moved in": f"{mean.at[('error, moved in', 'S'), 10]:.2f}",
        "O unsure": listed(unsure.loc[both].all()),
        "least raw": f"{factor.min():.1f}",
        "most raw": f"{factor.max():.1f}",
        "least moved in": f"{less.min():.1f}",
        "most moved in": f"{less.max():.1f}",
    }
    statements = {
        "Must: overlap without coverage raises share and error at every size.": (
            found.loc["must, overlap"]
        ),
        "By both errors overlap lies above all nulls at every size.": all(
            above.all() for above in errors
        ),
        "Separation alone does not, below N = 100.": not found.loc["must, separation"]
        .drop(columns=100)
        .all()
        .any(),
        "At N = 100 it does.": found.loc["must, separation"][100],
        "Where separation alone expels no more, the interval holds 0.": (
            unsure.loc[("expelled share", "S")].equals(tame)
        ),
        "Both masks with overlap have an unsure share at the same sizes, and an unsure error "
        "moved in.": (
            unsure.loc[both[0]].equals(unsure.loc[both[1]])
            and unsure.loc[moved[0]].equals(unsure.loc[both[0]])
            and unsure.loc[moved[1]].equals(unsure.loc[both[0]])
        ),
        "The error as it is, is clear with overlap at every size.": (
            clear.loc[[("error", mask) for mask in ("O", "OS")]]
        ),
        "By the error moved in the harm of overlap is smaller at every size.": less < factor,
        "There separation alone harms by a little at one more size.": (
            clear.loc[("error, moved in", "S")].sum() == clear.loc[("error", "S")].sum() + 1
        ),
    }
    return said, statements


def _compensated(evidence):
    found, at = halves(evidence).loc["compensated"] == "yes", compensated(evidence)
    first, stricter = judge(evidence, [BY_ID["P"], BY_ID["P*"]], sure=False)
    largest = at.index.get_level_values("ratio").max()
    means = evidence.balance.groupby(["mask", "ratio", "n"])[["reconstruction_error", "moved_in"]]
    means = means.mean().xs(largest, level="ratio")
    error, within = means["reconstruction_error"].unstack("n"), means["moved_in"].unstack("n")
    by_ratio = at.loc["error"].groupby(level="ratio").all()
    yes = found.loc["error"]
    lost = at.loc["error, moved in"].xs(largest, level="ratio")
    said = {
        "P": first.text,
        "P*": stricter.text,
        "error back": listed(yes),
        "error not back": listed(~yes),
        "ratio, error": f"{by_ratio.index[by_ratio.loc[:, yes].all(axis=1)].min():,.0f}",
        "largest ratio": f"{largest:,.0f}",
        "OC at 3": f"{error.at['OC', 3]:.2f}",
        "standard at 3": f"{error.at['standard', 3]:.2f}",
        "OC at 3, moved in": f"{within.at['OC', 3]:.2f}",
        "standard at 3, moved in": f"{within.at['standard', 3]:.2f}",
        "lost again": listed(~lost.all()),
    }
    statements = {
        "P holds at every size.": first.verdict == "holds",
        "P* holds in part, at N = 100 alone.": stricter.holds_at == (100,),
        "Compensated: by the share at every size.": found.loc["expelled share"],
        "By the error at the larger sizes only.": (
            yes.index[yes].min() > yes.index[~yes].max() and yes.any() and not yes.all()
        ),
        "By the error moved in at every size, at some ratio.": found.loc["error, moved in"],
        "At one size a larger ratio loses that again.": (~lost.all()).sum() == 1,
        "At N = 3 the error moved in is below the baseline's at the largest ratio.": (
            within.at["OC", 3] < within.at["standard", 3]
        ),
    }
    return said, statements


def _recovered(evidence):
    swept, grid = evidence.balance, evidence.frame("grid")
    swept = swept[swept["mask"] == "OC"]
    said, shortfall, statements = {}, {}, {}
    for name in ("precision", "auc"):
        ratios, alone = swept.pivot_table(name, "ratio", "n"), by_mask_and_size(grid, name)
        many, enough = alone[_MANY], ratios.loc[_ENOUGH, _MANY]
        nulls = many.loc[[*evidence.nulls["mask"].unique()]]
        best = nulls.max()
        shortfall[name] = (many.loc["C"] - ratios.loc[_ENOUGH:, _MANY]).max().max()
        for words, values in {
            "enough": enough,
            "nominal": ratios.loc[1.0, _MANY],
            "C": many.loc["C"],
            "O": many.loc["O"],
            "standard": many.loc["standard"],
            "nulls": nulls.stack(),
        }.items():
            low, high = (f"{value:.2f}" for value in (values.min(), values.max()))
            said[f"{name}, {words}"] = f"{low} to {high}"
        said[f"{name} at 3, enough"] = f"{ratios.at[_ENOUGH, 3]:.2f}"
        said[f"{name} at 3, C"] = f"{alone.at['C', 3]:.2f}"
        statements |= {
            f"From N = 10 on, overlap alone has no better {name} than the best null.": (
                many.loc["O"] < best
            ),
            f"Nor has the fit alone, for {name}.": many.loc["standard"] < best,
            f"At a ratio of 100, {name} is far above that of the nulls.": enough - best > 0.2,
            f"At N = 3 coverage alone has the better {name}.": (
                alone.at["C", 3] > ratios.at[_ENOUGH, 3] + 0.05
            ),
        }
    explained = by_mask_and_size(evidence.grid, "explained")
    said["explained"] = f"{explained.loc[['standard', 'C', 'O', 'OC']].min().min():.1%}"
    statements["From a ratio of 100 and N = 10 on, both come within 0.06 of coverage alone."] = (
        max(shortfall.values()) < 0.06
    )
    statements["The fit alone, coverage, overlap and both fit the targets about as well."] = (
        explained.loc[["standard", "C", "O", "OC"]].min().min() > 0.99
    )
    return said, statements
