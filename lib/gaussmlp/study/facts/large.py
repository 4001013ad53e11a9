"""The chapter on networks larger than the abstract's."""

from gaussmlp.protocol import Tau
from gaussmlp.study.claims import HOLDS
from gaussmlp.study.facts import listed
from gaussmlp.study.large import by_size, means
from gaussmlp.study.sweeps import mean_spacing


def facts(nominal, large, guesses, judged):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    nominal, large : DataFrame of runs
    guesses : DataFrame of mean errors without training, by name and size
    judged : sequence of Verdict, of the large runs

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    table, even = by_size(judged).drop(columns="claim") == HOLDS, guesses.loc["evenly spaced"]
    table.columns = sizes = sorted(large["n"].unique())
    errors = means(nominal, large, "reconstruction_error")
    outside = means(nominal, large, "expelled_fraction")
    usage = means(nominal, large, "specialization_ratio")
    worst = errors[sizes].stack().idxmax()
    said = {
        "lost at 300": listed(~table[300]),
        "lost at 1,000": listed(~table[1000]),
        "kept at 1,000": listed(table[1000]),
        "even, 1,000": f"{even[1000]:.3f}",
        "C over even, 1,000": f"{errors.at['C', 1000] / even[1000]:.0f}",
        "C used, 1,000": f"{usage.at['C', 1000]:.2f}",
        "standard used, 1,000": f"{usage.at['standard', 1000]:.2f}",
        "largest error": f"{errors[sizes].max().max():.0f}",
        "spacing, 300": f"{mean_spacing(300):.4f}",
        "spacing, 1,000": f"{mean_spacing(1000):.4f}",
        "root of tau": f"{Tau().coverage ** 0.5:.2f}",
    }
    for mask in ("standard", "C"):
        said[f"{mask}, 1,000"] = f"{errors.at[mask, 1000]:.3f}"
        said[f"{mask} out, 1,000"] = f"{outside.at[mask, 1000]:.3f}"
    statements = {
        "No run diverged.": large["diverged_at"].isna().all(),
        "At N = 300 all but C3 hold.": listed(~table[300]) == "C3",
        "C1 does not hold at N = 1,000.": not table.at["C1", 1000],
        "Nor does C1b.": not table.at["C1b", 1000],
        "Nor does C2.": not table.at["C2", 1000],
        "Under coverage fewer prototypes are nearest to a sample than under the baseline there.": (
            usage.at["C", 1000] < usage.at["standard", 1000]
        ),
        "C3 holds at neither size.": not table.loc["C3"].any(),
        "C7 does not hold at N = 1,000.": not table.at["C7", 1000],
        "C4, C5, C6 and C9 hold at both.": table.loc[["C4", "C5", "C6", "C9"]].all().all(),
        "Separation alone is worse than standard at both.": (
            errors.loc["S", sizes] > errors.loc["standard", sizes]
        ).all(),
        "Evenly spaced points are better than every mask at both.": (
            errors[sizes].min() > even[sizes]
        ).all(),
        "At N = 1,000 coverage is worse than its own start.": (
            errors.at["C", 1000] > guesses.at["before training", 1000]
        ),
        "Coverage and the baseline are level there, in error and in expelled share.": (
            abs(errors.at["C", 1000] - errors.at["standard", 1000]) < 0.005
            and abs(outside.at["C", 1000] - outside.at["standard", 1000]) < 0.005
        ),
        "Several samples share one place there.": mean_spacing(1000) < Tau().coverage ** 0.5 / 3,
        "The largest error is of separation with overlap.": worst == ("OS", 1000),
    }
    return said, statements
