"""The chapter on networks larger than the abstract's."""

import pandas as pd

from gaussmlp.protocol import Tau
from gaussmlp.study.claims import HOLDS
from gaussmlp.study.facts import joined, listed
from gaussmlp.study.large import by_size, means
from gaussmlp.study.sweeps import mean_spacing


def facts(nominal, large, judged):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    nominal, large : DataFrame of runs and nulls
    judged : sequence of Verdict, of the large runs

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    parts = (_verdicts(nominal, large, judged), _against_nulls(nominal, large))
    return joined(parts)


def _verdicts(nominal, large, judged):
    table = by_size(judged).drop(columns="claim") == HOLDS
    table.columns = sorted(large["n"].unique())
    first = table.drop("C2*")
    outside, usage = (
        means(nominal, large, name) for name in ("expelled_fraction", "specialization_ratio")
    )
    said = {
        "lost at 300": listed(~first[300]),
        "lost at 1,000": listed(~first[1000]),
        "kept at 1,000": listed(first[1000]),
        "C used, 300": f"{usage.at['C', 300]:.2f}",
        "C used, 1,000": f"{usage.at['C', 1000]:.2f}",
        "standard used, 1,000": f"{usage.at['standard', 1000]:.2f}",
        "untrained used, 300": f"{usage.at['untrained', 300]:.2f}",
        "untrained used, 1,000": f"{usage.at['untrained', 1000]:.2f}",
        "spacing, 300": f"{mean_spacing(300):.4f}",
        "spacing, 1,000": f"{mean_spacing(1000):.4f}",
        "root of tau": f"{Tau().coverage ** 0.5:.2f}",
    }
    for mask in ("standard", "C"):
        said[f"{mask} out, 1,000"] = f"{outside.at[mask, 1000]:.3f}"
    statements = {
        "No run diverged.": large["diverged_at"].isna().all(),
        "At N = 300 all first tests but C3 hold.": listed(~first[300]) == "C3",
        "C1, C1b, C2, C3 and C7 do not hold at N = 1,000.": (
            listed(~first[1000]) == "C1, C1b, C2, C3 and C7"
        ),
        "C4, C5, C6 and C9 hold at both.": first.loc[["C4", "C5", "C6", "C9"]].all(axis=None),
        "C2* holds at neither.": not table.loc["C2*"].any(),
        "Under coverage fewer prototypes are nearest to a sample than under the baseline there.": (
            usage.at["C", 1000] < usage.at["standard", 1000]
        ),
        "At both sizes fewer than before training.": (
            usage.loc["C", [300, 1000]] < usage.loc["untrained", [300, 1000]]
        ).all(),
        "Several samples share one place at N = 1,000.": mean_spacing(1000)
        < Tau().coverage ** 0.5 / 3,
    }
    return said, statements


def _against_nulls(nominal, large):
    sizes = sorted(large["n"].unique())
    error, outside, precision, auc = (
        means(nominal, large, name)
        for name in ("reconstruction_error", "expelled_fraction", "precision", "auc")
    )
    guesses = ["untrained", "chance", "evenly spaced"]
    worst = error[sizes].stack().idxmax()
    said = {
        "C over chance, 1,000": f"{error.at['C', 1000] / error.at['chance', 1000]:.0f}",
        "standard, 1,000": f"{error.at['standard', 1000]:.3f}",
        "largest error": f"{error[sizes].max().max():.0f}",
    }
    for n, word in zip(sizes, ("300", "1,000"), strict=True):
        here = large[large["n"] == n]
        low, high = here.loc[here["mask"] == "C", "auc"].agg(["min", "max"])
        said[f"C auc, {word}"] = f"{auc.at['C', n]:.2f}"
        said[f"C auc of runs, {word}"] = f"{low:.2f} to {high:.2f}"
        said[f"OC auc, {word}"] = f"{auc.at['OC', n]:.2f}"
        for mask, name in (("C", "C"), ("chance", "chance"), ("evenly spaced", "even")):
            said[f"{name}, {word}"] = f"{error.at[mask, n]:.3f}"
            said[f"{name} precision, {word}"] = f"{precision.at[mask, n]:.2f}"
    runs = large.set_index(["mask", "n", "seed"]).sort_index()
    masks = [mask for mask in error.index if mask not in guesses]
    statements = {
        "Every mean error is above that of all three nulls, at both sizes.": (
            error.loc[masks, sizes].min() > error.loc[guesses, sizes].max()
        ).all(),
        "At N = 300 the precision of coverage is above that of all nulls, in each run.": (
            pd.DataFrame({null: _lead(runs, "precision", null, 300) for null in guesses}) > 0
        ).all(axis=None),
        "At N = 1,000 its mean is below that of all nulls.": (
            precision.at["C", 1000] < precision.loc[guesses, 1000].min()
        ),
        "Its AUC is above that of all nulls at both, in each run.": all(
            (_lead(runs, "auc", null, n) > 0).all() for null in guesses for n in sizes
        ),
        "It falls from N = 100 on.": (
            auc.at["C", 100] - 0.1 > auc.at["C", 300] > auc.at["C", 1000] + 0.05
        ),
        "Without coverage every mean AUC lies within 0.03 of 0.5 at both.": (
            (auc.loc[["standard", "S", "O", "OS"], sizes] - 0.5).abs() < 0.03
        ).all(axis=None),
        "Separation alone is worse than standard at both.": (
            error.loc["S", sizes] > error.loc["standard", sizes]
        ).all(),
        "Coverage and the baseline are level at N = 1,000, in error and in expelled share.": (
            abs(error.at["C", 1000] - error.at["standard", 1000]) < 0.005
            and abs(outside.at["C", 1000] - outside.at["standard", 1000]) < 0.005
        ),
        "No null has an expelled prototype.": (outside.loc[guesses, sizes] == 0).all(axis=None),
        "The largest error is of separation with overlap.": worst == ("OS", 1000),
    }
    return said, statements


def _lead(runs, measure, null, n):
    return runs.loc["C", n][measure] - runs.loc[null, n][measure]
