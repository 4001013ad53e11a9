"""The front page."""

import pandas as pd

from gaussmlp.draws import evenly_spaced
from gaussmlp.metrics import reconstruction_error
from gaussmlp.protocol import Protocol
from gaussmlp.start import start
from gaussmlp.study import large
from gaussmlp.study.claims import ADD_COVERAGE, FAILS, HOLDS, IN_PART
from gaussmlp.study.facts import at, listed
from gaussmlp.study.tables import by_mask_and_size, interval, intervals, paired_differences


def facts(frame, again, sticks, verdicts, fresh):
    """Return what the page says in numbers, and its statements.

    Parameters
    ----------
    frame, again : DataFrame of the nominal runs, and of the same on fresh seeds
    sticks : DataFrame, as from `yardsticks`
    verdicts, fresh : sequence of Verdict, on the nominal seeds and on fresh ones

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    means, share = (
        by_mask_and_size(frame, m) for m in ("reconstruction_error", "expelled_fraction")
    )
    covered, overlapping = ["C", "CS"], ["O", "OS", "OC", "OCS"]
    better, best = means.loc["C"] < means.loc["standard"], means.idxmin()
    harm = means.loc[overlapping] / means.loc["standard"]
    lone = intervals(paired_differences(frame, "reconstruction_error"), "difference").loc["S"]
    still = (share.loc[["OC", "OCS"]] > share.loc["standard"]).all()
    nearest = sticks.loc["median nearest"]
    even, even_again = _against_even(frame), _against_even(again)
    words, beyond = [v.verdict for v in verdicts], large.verdicts(large.stored_runs())
    filmed = frame.query("n == 20 and mask == 'C'").set_index("seed")["reconstruction_error"]
    said = {
        "runs": f"{len(frame)}",
        "nearest at 3": f"{nearest.loc['C', 3]:.2f}",
        "nearest": f"{nearest.loc['C'].drop(3).max():.3f}",
        "C better": f"{better.sum()} of {len(better)}",
        "C lowest": listed(best == "C"),
        "ahead of even": at(even["high"] < 0),
        "behind even": at(even["low"] > 0),
        "ahead again": at(even_again["high"] < 0),
        "behind again": at(even_again["low"] > 0),
        "least harm": f"{harm.min().min():.1f}",
        "most harm": f"{harm.max().max():.1f}",
        "expelled O": f"{share.loc['O', 100]:.0%}",
        "expelled standard": f"{share.loc['standard', 100]:.0%}",
        "S higher": listed(lone["mean"] > 0),
        "S clear": listed(lone["low"] * lone["high"] > 0),
        "still out": listed(still),
        "hold": f"{words.count(HOLDS)}",
        "in part": f"{words.count(IN_PART)}",
        "rows": f"{len(words)}",
        "lost at 1,000": f"{sum(1000 in v.fails_at for v in beyond)} of {len(beyond)}",
    }
    set_apart = sticks.loc["mean error"].loc[["C", "before training"], [50, 100]]
    statements = {
        "At N = 50 and 100 coverage ends farther off than it starts.": (
            set_apart.loc["C"] > set_apart.loc["before training"]
        ).all(),
        "There are 480 runs at six sizes.": (len(frame), len(means.columns)) == (480, 6),
        "The nearest prototype is nearer with coverage than in the guess.": (
            nearest.loc["C"] < nearest.loc["evenly spaced"]
        ).all(),
        "From N = 10 on the whole set is not clearly nearer than evenly spaced points.": not any(
            (found["high"].loc[10:] < 0).any() for found in (even, even_again)
        ),
        "C1: a mask with coverage and without overlap is the lowest.": best.isin(covered).all(),
        "C4: all masks with overlap are worse than standard.": (harm > 1).all().all(),
        "C7: coverage lowers the expelled share of every mask.": all(
            (share.loc[mask] < share.loc[baseline]).all() for mask, baseline in ADD_COVERAGE
        ),
        "Every claim holds at some size.": not words.count(FAILS),
        "The verdicts on fresh seeds are the same.": words == [w.verdict for w in fresh],
        "The film's seed has the lowest error with coverage.": filmed.idxmin() == 0,
    }
    return said, statements


def _against_even(frame):
    """Return by how much coverage's error is above that of evenly spaced points, by size."""
    protocol, rows = Protocol(), {}
    errors = frame[frame["mask"] == "C"].set_index(["n", "seed"])["reconstruction_error"]
    for n, one in errors.groupby(level="n"):
        starts = (start(protocol, n, seed) for _, seed in one.index)
        guess = [reconstruction_error(begin.x, evenly_spaced(protocol, n)) for begin in starts]
        rows[n] = interval(one - guess)
    return pd.DataFrame(rows).T
