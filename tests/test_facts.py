"""What chapters say in numbers, and that a statement is false where the runs are others."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, losses, run_grid, train
from gaussmlp.draws import NULLS
from gaussmlp.study.claims import BY_ID, Evidence, judge
from gaussmlp.study.facts import listed
from gaussmlp.study.facts import losses as of_losses
from gaussmlp.study.facts import protocol as of_protocol
from gaussmlp.study.facts import prototypes as of_prototypes
from gaussmlp.study.facts import reconstruction as of_reconstruction
from gaussmlp.study.facts import specialization as of_specialization
from gaussmlp.study.recovery import null_runs

SIZES = (3, 5, 10)
MEASURES = ("reconstruction_error", "specialization_ratio")


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr("gaussmlp.study.tables.RESAMPLES", 100)
    monkeypatch.setattr("gaussmlp.study.tables.CORRELATION_RESAMPLES", 50)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [([], "none"), ([5], "5"), ([5, 10], "5 and 10"), ([3, 5, 10], "3, 5 and 10")],
)
def test_sizes_are_listed_as_one_says_them(chosen, words):
    assert listed(pd.Series({n: n in chosen for n in SIZES})) == words


def false(pair):
    _, statements = pair
    return {statement for statement, true in statements.items() if not np.all(true)}


def starts_with(beginning, statements):
    return any(statement.startswith(beginning) for statement in statements)


# The chapters of grids: runs whose measures are as the chapters say.


def error(mask):
    return 0.4 - 0.1 * ("C" in mask) + 0.5 * ("O" in mask)


def ratio(mask, n, seed):
    step = SIZES.index(n)
    if step == 0:
        return {"C": 1.0, "O": 0.5}.get(mask, 0.6) if seed == 0 else 0.6
    last = {"standard": 0.5, "S": 0.5, "C": 0.7, "CS": 0.55, "O": 0.25, "OS": 0.3}
    return last.get(mask, 0.45)


def runs(measures, seeds=6):
    index = [(n, seed, mask) for n in SIZES for seed in range(seeds) for mask in MASKS]
    rows = [{"n": n, "seed": s, "mask": m, **measures(m, n, s)} for n, s, m in index]
    return pd.DataFrame(rows).assign(diverged_at=pd.NA)


def errors(mask, n, seed):
    # separation harms at the largest size; below it helps, but not in all seeds
    shift = 0.15 if n == SIZES[-1] else 0.05 - 0.2 * (seed % 2)
    return {"reconstruction_error": error(mask) + shift * ("S" in mask)}


def ratios(mask, n, seed):
    value = ratio(mask, n, seed)
    return {"specialization_ratio": value, "reconstruction_error": 1.2 - value}


def swapped(frame, first, second):
    return frame.assign(mask=frame["mask"].replace({first: second, second: first}))


def shuffled(frame):
    order = np.random.default_rng(0).permutation(len(frame))
    known = frame.columns.intersection(MEASURES)
    return frame.assign(**{name: frame[name].to_numpy()[order] for name in known})


def with_nulls(measures=errors):
    # coverage is better than every null, but at N = 10 worse than evenly spaced points
    index = [(n, seed, null) for n in SIZES for seed in range(6) for null in NULLS]
    nulls = pd.DataFrame(index, columns=["n", "seed", "mask"]).assign(reconstruction_error=0.35)
    nulls.loc[nulls.eval("mask == 'evenly spaced' and n == 10"), "reconstruction_error"] = 0.2
    return pd.concat([runs(measures), nulls])


def ways(near=0.01):
    # overlap strays; coverage is far one to one and near otherwise
    frame = with_nulls()
    error, covered = frame["reconstruction_error"], frame["mask"].isin(["C", "CS"])
    moved = error.where(~frame["mask"].str.contains("O"), 0.5)
    nearest = covered.map({True: near, False: 0.1})
    columns = {"error": error, "domain": moved, "hull": moved, "matched median": error, "far": 0.6}
    return frame.assign(**columns, **{"nearest mean": nearest, "nearest median": nearest / 2})


@pytest.fixture
def fresh():
    # separation clearly helps at one size; evenly spaced points are worse at the smallest one only
    shifts = dict(zip(SIZES, (-0.1, 0.0, 0.15), strict=True))
    frame = with_nulls(
        lambda mask, n, _: {"reconstruction_error": error(mask) + shifts[n] * ("S" in mask)}
    )
    even = (frame["mask"] == "evenly spaced") & (frame["n"] > 3)
    return frame.assign(reconstruction_error=frame["reconstruction_error"].mask(even, 0.2))


NOMINAL_ONLY = {
    "There are 480 runs.",  # there are 144
    "On the nominal seeds it is nowhere clearly below them.",  # it is at N = 3 and 5
}


def test_reconstruction_says_what_its_runs_bear_out(fresh):
    said, _ = pair = of_reconstruction.facts(with_nulls(), fresh, ways())
    assert false(pair) == NOMINAL_ONLY
    assert said["CS lowest"] == said["S lower"] == "3 and 5"
    assert said["C lowest"] == said["S higher"] == said["CS higher"] == "10"
    assert said["S clear"] == said["above evenly spaced, nominal"] == "at N = 10"
    assert said["below evenly spaced, fresh"] == "at N = 3"
    assert (said["C3"], said["C3 strict"]) == ("holds", "does not hold")
    assert (said["C3 strict, fresh"], said["S helps, fresh"]) == ("holds", "at N = 3")
    assert (said["min nearest mean lead"], said["max nearest median lead"]) == ("10.0", "10.0")


@pytest.mark.parametrize(
    ("change", "beginnings"),
    [
        (lambda frame: swapped(frame, "O", "C"), ("C1", "C4", "C10", "The medians")),
        (lambda frame: swapped(frame, "C", "standard"), ("C1", "C10")),
        (lambda frame: swapped(frame, "CS", "S"), ("C1", "C3")),
        (shuffled, ("C4", "C10", "The medians")),
        (lambda frame: frame.assign(diverged_at=7), ("None diverged",)),
    ],
    ids=["O and C", "C and standard", "CS and S", "shuffled", "diverged"],
)
def test_reconstruction_denies_other_runs(change, beginnings, fresh):
    found = false(of_reconstruction.facts(change(with_nulls()), fresh, ways()))
    assert all(starts_with(beginning, found) for beginning in beginnings)


@pytest.mark.parametrize(
    ("change", "beginning"),
    [
        (lambda table: ways(near=0.15), "Its mean distance to the nearest prototype"),
        (lambda table: table.assign(hull=0.1), "From N = 10 on most of coverage's error stays"),
        (lambda table: table.assign(domain=0.3), "With prototypes moved into the domain"),
        (lambda table: table.assign(far=0.4), "At the largest size half"),
    ],
    ids=["farther", "strays", "level", "matched"],
)
def test_reconstruction_denies_other_distances(change, beginning, fresh):
    found = false(of_reconstruction.facts(with_nulls(), fresh, change(ways())))
    assert starts_with(beginning, found)


def specialization(frame):
    even = {"evenly spaced": 0.65, "untrained": 0.6, "chance": 0.55}
    rows = frame[["n", "seed"]].drop_duplicates()
    shift = 0.1 * (rows["seed"] % 2)
    guesses = [rows.assign(mask=m, specialization_ratio=r + shift) for m, r in even.items()]
    nulls = pd.concat(guesses).assign(reconstruction_error=0.2)
    untrained = nulls["mask"] == "untrained"
    nulls.loc[untrained, "specialization_ratio"] = 0.6
    both = pd.concat([frame, nulls], ignore_index=True)
    hits = both["specialization_ratio"].where(both["mask"].str.contains("C"), 0.1 * both["seed"])
    both = both.assign(precision=hits)
    verdicts = judge(Evidence(frame, None, None, nulls), [BY_ID["C2"], BY_ID["C2*"]])
    found = (of_specialization.correlated(both), of_specialization.within_masks(both), verdicts)
    return of_specialization.facts(both, *found)


OF_SHARES = (
    "C2",
    "And over the untrained",
    "Over evenly spaced",
    "Somewhere its mean",
    "At some sizes coverage",
    "The fit alone ends",
    "And clearly above it",
    "Overlap lowers",
    "Coverage's ratio",
    "Those of overlap",
)


def test_specialization_says_what_its_runs_bear_out():
    said, _ = pair = specialization(runs(ratios, seeds=6))
    assert not [beginning for beginning in OF_SHARES if starts_with(beginning, false(pair))]
    assert not starts_with("A higher ratio goes with a lower error", false(pair))
    assert not starts_with("Within each mask with coverage", false(pair))
    assert (said["C typical"], said["fit below its start"]) == ("3", "5 and 10")
    assert (said["standard at 100"], said["C at 100"]) == ("0.50", "0.70")
    assert said["with the error"].startswith("\N{MINUS SIGN}1")


@pytest.mark.parametrize(
    ("change", "beginnings"),
    [
        (lambda frame: swapped(frame, "C", "O"), ("C2", "And over", "Overlap lowers")),
        (lambda frame: swapped(frame, "C", "standard"), ("C2", "The fit alone ends")),
        (lambda frame: swapped(frame, "O", "OC"), ("Those of overlap without coverage",)),
        (shuffled, ("C2", "Overlap lowers")),
        (lambda frame: frame.assign(reconstruction_error=frame[MEASURES[1]]), ("A higher ratio",)),
    ],
    ids=["C and O", "C and standard", "O and OC", "shuffled", "error as ratio"],
)
def test_specialization_denies_other_runs(change, beginnings):
    found = false(specialization(change(runs(ratios, seeds=6))))
    assert [beginning for beginning in beginnings if not starts_with(beginning, found)] == []


# The chapters of the model.


@pytest.fixture(scope="module")
def trained():
    (one,) = train([Run(Protocol(), n=5, mask="standard", seed=9)])
    return one


def test_prototypes_denies_a_network_that_gives_its_data_away(trained):
    five = Protocol(sizes=(5,), masks=("standard",))
    both = run_grid(five, progress=False), null_runs(five)
    assert not false(of_prototypes.facts(trained, *both))
    weights = trained.parameters
    open_book = trained._replace(parameters=weights._replace(b=-weights.w * trained.start.x))
    found = false(of_prototypes.facts(open_book, *both))
    assert starts_with("The prototypes miss the samples", found)
    assert starts_with("Some prototypes are nearest to no sample", found)
    assert starts_with("The fit loss is below a millionth", found)


@pytest.mark.parametrize(
    ("loss", "beginnings"),
    [
        ("coverage", ("Formula and", "Coverage never pushes")),
        ("separation", ("Formula and", "Separation is felt")),
    ],
)
def test_losses_denies_a_force_of_another_sign_or_reach(monkeypatch, loss, beginnings):
    samples = np.array([-0.8, -0.45, 0.1, 0.35, 0.8])
    assert not false(of_losses.facts(samples))
    right = getattr(losses, f"{loss}_gradient")
    monkeypatch.setattr(losses, f"{loss}_gradient", lambda *state: 1.0 - right(*state))
    found = false(of_losses.facts(samples))
    assert all(starts_with(beginning, found) for beginning in beginnings)


def test_protocol_denies_another_grid():
    said, _ = pair = of_protocol.facts(Protocol())
    assert not false(pair)
    assert (said["runs"], said["masks"], said["starts"]) == ("480", "8", "60")
    assert false(of_protocol.facts(Protocol(seeds=(0, 1)))) == {
        "The grid has the 480 runs of the abstract."
    }
