"""Networks larger than the abstract's: the stored runs, and what the claims' tests say of them."""

import pandas as pd

from gaussmlp.experiment import run_grids
from gaussmlp.protocol import Protocol
from gaussmlp.study.claims import BY_ID, FAILS, HOLDS, ON_THE_GRID, Evidence, judge
from gaussmlp.study.recovery import null_runs
from gaussmlp.study.stored import FOLDER
from gaussmlp.study.tables import by_mask_and_size, with_explained

SEEDS = {300: range(10), 1000: range(10), 3000: range(3)}
"""Sizes beyond the abstract's, each with the seeds that are run."""

MASKS = ("standard", "S", "C", "CS", "O", "OC")
"""Separation with overlap is left out: it would take a third more time."""

LONGER = 20_000
"""Steps, where there are more than the nominal 5,000; up to N = 1,000."""


def protocols(n):
    """Return the protocols under which networks of a size are trained, by name.

    Parameters
    ----------
    n : int
        One of `SEEDS`.

    Returns
    -------
    dict of str to Protocol
        ``nominal``; ``cooler``, whose temperature is to the squared spacing what the nominal one is
        at N = 100; ``longer``, of `LONGER` steps; ``both``; and ``one-to-one``, coverage of pairs,
        which has no temperature, also ``longer one-to-one``.
    """
    nominal = Protocol(sizes=(n,), seeds=SEEDS[n], masks=MASKS)
    cooler, longer = {"tau": 1e-4 * (100 / n) ** 2}, {"steps": LONGER}
    pairs = {"formulas.coverage": "one-to-one", "masks": ("C",)}
    choices = {"nominal": {}, "cooler": cooler, "one-to-one": pairs}
    if n <= 1000:
        choices |= {
            "longer": longer,
            "both": cooler | longer,
            "longer one-to-one": pairs | longer,
        }
    return {name: nominal.but(chosen) for name, chosen in choices.items()}


def run_large(**options):
    """Train all these networks: about 80 minutes on two cores. What is done is kept.

    Parameters
    ----------
    **options
        As for `run_grids`.

    Returns
    -------
    pandas.DataFrame
        As from `run_grids`.
    """
    return pd.concat([run_grids(protocols(n), **options) for n in SEEDS], ignore_index=True)


def stored_runs():
    """Return the runs of large networks that the repository keeps.

    Returns
    -------
    pandas.DataFrame
        The columns of `run_grid` and `explained`; all masks, three seeds of each size.
    """
    return with_explained(pd.read_csv(FOLDER / "results" / "large.csv"))


def verdicts(frame):
    """Judge the claims that such runs can decide, by the tests of the ledger.

    Those that need sweeps are left out, and C10, which is about the abstract's sizes. Of the
    stricter tests only C2* is asked: the others need intervals, for which three seeds are too few.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `stored_runs`.

    Returns
    -------
    tuple of Verdict
    """
    asked = [claim for claim in ON_THE_GRID if claim.questions] + [BY_ID["C2*"]]
    asked.sort(key=lambda claim: claim.id)
    return judge(Evidence(frame, None, None, null_runs(_protocol(frame))), asked)


def by_size(judged):
    """Return what holds at which size.

    Parameters
    ----------
    judged : sequence of Verdict

    Returns
    -------
    pandas.DataFrame
        Rows are claims, columns their ``claim`` and a verdict for each size.
    """
    sizes = sorted({n for one in judged for n in (*one.holds_at, *one.fails_at)})
    rows = {
        one.claim.id: {"claim": one.claim.statement}
        | {f"N = {n:,}": HOLDS if n in one.holds_at else FAILS for n in sizes}
        for one in judged
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def means(nominal, large, measure):
    """Return the means of a measure at the nominal sizes and at large ones.

    Parameters
    ----------
    nominal, large : pandas.DataFrame
        Runs, and nulls among them.
    measure : str

    Returns
    -------
    pandas.DataFrame
        Rows are masks and nulls, columns sizes.
    """
    return by_mask_and_size(nominal, measure).join(by_mask_and_size(large, measure))


def nulls(large):
    """Return the nulls at the nominal sizes and at large ones.

    Parameters
    ----------
    large : pandas.DataFrame

    Returns
    -------
    tuple of pandas.DataFrame
        Of the nominal starts and of those of `large`, as from `null_runs`.
    """
    return null_runs(Protocol()), null_runs(_protocol(large))


def _protocol(frame):
    sizes, seeds = (tuple(map(int, frame[name].unique())) for name in ("n", "seed"))
    return Protocol(sizes=sizes, seeds=seeds)
