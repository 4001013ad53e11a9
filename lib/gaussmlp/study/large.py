"""Networks larger than the abstract's: the stored runs, and what the claims' tests say of them."""

from dataclasses import replace

import pandas as pd

from gaussmlp.draws import NULLS
from gaussmlp.experiment import run_grids
from gaussmlp.protocol import Protocol
from gaussmlp.study.claims import BY_ID, ON_THE_GRID, Evidence, judge
from gaussmlp.study.nulls import against_nulls
from gaussmlp.study.recovery import null_runs
from gaussmlp.study.stored import FOLDER
from gaussmlp.study.tables import intervals, with_explained

SEEDS = {300: range(10), 1000: range(10), 3000: range(3)}
"""Sizes beyond the abstract's, each with the seeds that are run."""

MASKS = ("standard", "S", "C", "CS", "O", "OC")
"""Separation with overlap is left out: it would take a third more time."""

LONGER = 20_000
"""Steps, where there are more than the nominal 5,000; up to N = 1,000."""

SCALED = ("cooler", "smaller steps", "cooler, smaller steps")
"""What is nominal at N = 100, and changes with N."""

_ALONE = {"masks": ("standard", "C")}
_AT_MOST = ("nominal", "cooler", "cooler, smaller steps", "one-to-one")
_PAIRS = {"formulas.coverage": "one-to-one", "masks": ("C",)}


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
        at N = 100; ``longer``, of `LONGER` steps; ``smaller steps``, whose size times N is what it
        is there; two pairs of these, and all three; and ``one-to-one``, coverage of pairs, which
        has no temperature, also ``longer one-to-one``. Beyond N = 1,000 there are `_AT_MOST`, and
        of both scaled only the baseline and coverage.
    """
    nominal = Protocol(sizes=(n,), seeds=SEEDS[n], masks=MASKS)
    cooler, longer = {"tau": nominal.tau.coverage * (100 / n) ** 2}, {"steps": LONGER}
    smaller = {"step_size": nominal.step_size * 100 / n}
    choices = {
        "nominal": {},
        "longer": longer,
        "cooler": cooler,
        "cooler and longer": cooler | longer,
        "smaller steps": smaller,
        "cooler, smaller steps": cooler | smaller,
        "all three": cooler | longer | smaller | _ALONE,
        "one-to-one": _PAIRS,
        "longer one-to-one": _PAIRS | longer,
    }
    if n > 1000:
        choices = {name: choices[name] for name in _AT_MOST}
        choices["cooler, smaller steps"] |= _ALONE
    return {name: nominal.but(chosen) for name, chosen in choices.items()}


def run_large(**options):
    """Train all these networks: about two hours on two cores. What is done is kept.

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
        As from `run_large`, and the column ``explained``.
    """
    return with_explained(pd.read_csv(FOLDER / "results" / "large.csv"))


def all_runs():
    """Return the same with coverage alone, and without it, beside runs of the abstract's sizes.

    Returns
    -------
    pandas.DataFrame
        As from `run_grids`. What is cooler, or has smaller steps, begins at N = 100, where it is
        nominal.
    """
    nominal, longer = Protocol(masks=("standard", "C")), {"steps": LONGER}
    choices = {"nominal": {}, "longer": longer}
    choices |= {"one-to-one": _PAIRS, "longer one-to-one": _PAIRS | longer}
    small = run_grids({name: nominal.but(chosen) for name, chosen in choices.items()})
    large = stored_runs()
    large = large[large["mask"].isin(nominal.masks)]
    edge = small[(small["n"] == 100) & (small["reading"] == "nominal")]
    return pd.concat([small, *(edge.assign(reading=name) for name in SCALED), large])


def nulls(frame):
    """Return the nulls of some runs, of the same sizes and seeds.

    Parameters
    ----------
    frame : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        As from `null_runs`.
    """
    seeds = frame.groupby("n")["seed"].unique()
    alike = [Protocol(sizes=(n,), seeds=found.tolist()) for n, found in seeds.items()]
    return pd.concat(map(null_runs, alike), ignore_index=True)


def verdicts(frame, guesses, by_interval=False):
    """Judge the claims that such runs can decide, for each size and reading alone.

    The tests are those of the ledger, asked of `MASKS` only. Those that need sweeps are left out;
    so are C10, which is about the abstract's sizes, and C3, which asks for two. Of the stricter
    tests only C2* is asked: the others need intervals, for which three seeds are too few. Only
    coverage alone is trained one-to-one, and is compared with the masks that have no coverage.

    Parameters
    ----------
    frame, guesses : pandas.DataFrame
        As from `stored_runs` and `nulls`.
    by_interval : bool
        Whether not only means but their whole intervals must lie on the claim's side; only then
        are intervals found.

    Returns
    -------
    dict of (int, str) to tuple of Verdict
        By size and reading.
    """
    return {
        (int(n), reading): _judged(_beside(runs, reading), guesses[guesses["n"] == n], by_interval)
        for n, runs in frame.groupby("n")
        for reading in runs["reading"].unique()
    }


def _beside(runs, reading):
    own = runs[runs["reading"] == reading]
    if not reading.endswith("one-to-one"):
        return own
    plain = runs[runs["reading"] == (reading.removesuffix("one-to-one").strip() or "nominal")]
    return pd.concat([own, plain[~plain["mask"].str.contains("C")]])


def _judged(runs, guesses, by_interval):
    there, claims = {*runs["mask"], *NULLS}, []
    for claim in sorted((*ON_THE_GRID, BY_ID["C2*"]), key=lambda claim: claim.id):
        asked = []
        for question in claim.questions:
            pairs = tuple(pair for pair in question.pairs if {*pair} <= there)
            asked.append(replace(question, pairs=pairs, by_interval=by_interval))
        pairs = [pair for question in asked for pair in question.pairs]
        covered = all(mask == "C" for mask, _ in pairs)
        if pairs and claim.id != "C3" and (covered or "OC" in there):
            claims.append(replace(claim, questions=tuple(asked)))
    return judge(Evidence(runs, None, None, guesses), claims, sure=by_interval)


def means(frame, guesses, measure):
    """Return the means of a measure at each size, without coverage, with it alone, and of nulls.

    Parameters
    ----------
    frame, guesses : pandas.DataFrame
        Runs, and nulls.
    measure : str

    Returns
    -------
    pandas.DataFrame
        Rows are (mask, reading), with ``null`` as the reading of nulls, and without what is only
        cooler where nothing has a temperature; columns are sizes, nan where nothing was run.
    """
    plain, covered = frame["mask"] == "standard", frame["mask"] == "C"
    kept = frame[covered | (plain & ~frame["reading"].str.contains("cooler"))]
    both = pd.concat([kept, guesses.assign(reading="null")])
    table = both.groupby(["mask", "reading", "n"], sort=False)[measure].mean().unstack("n")
    return table.sort_index(axis=1).rename_axis(columns="N")


def changes(frame, measure):
    """Return how the readings change a measure of coverage alone, run by run from nominal.

    Index (n, reading), without nominal; the columns of `interval`.
    """
    runs = frame[frame["mask"] == "C"]
    wide = runs.pivot(index=["n", "seed"], columns="reading", values=measure)
    change = wide.sub(wide.pop("nominal"), axis=0).stack(future_stack=True).rename("change")
    # a reading that was not run at a size has no change there
    return intervals(change.dropna().reset_index(), "change", ["n", "reading"])


def leads(frame, guesses, measure):
    """Return the paired differences of coverage alone from each null, under every reading.

    Index (reading, mask, n), where the null stands as mask; the columns of `interval`.
    """
    parts = {}
    for reading, own in frame[frame["mask"] == "C"].groupby("reading", sort=False):
        alike = guesses[guesses["n"].isin(own["n"])]
        parts[reading] = against_nulls(pd.concat([own, alike]), measure, "C")
    return pd.concat(parts, names=["reading"])


def first_steps(guesses):
    """Return what the first step does to the fit where nothing else is trained for, by size.

    Parameters
    ----------
    guesses : pandas.DataFrame
        As from `nulls`.

    Returns
    -------
    pandas.DataFrame
        Mean ratios of the fit loss after one step to that of the start. Rows are ``nominal`` and
        ``smaller steps``, columns sizes from N = 100 on.
    """
    parts = []
    for n, seeds in {100: range(10), **SEEDS}.items():
        one = Protocol(sizes=(n,), seeds=seeds, masks=("standard",), steps=1)
        smaller = one.but({"step_size": one.step_size * 100 / n})
        parts.append(run_grids({"nominal": one, "smaller steps": smaller}))
    before = guesses[guesses["mask"] == "untrained"].set_index(["n", "seed"])["fit_mse"]
    after = pd.concat(parts).join(before.rename("before"), on=["n", "seed"])
    ratio = after["fit_mse"] / after["before"]
    return (
        ratio.groupby([after["reading"], after["n"]]).mean().unstack("n").rename_axis(columns="N")
    )
