"""What networks of several inputs give away: the measures against naive twins, and the store."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from gaussmlp import Protocol
from gaussmlp.book.figures import pictures as figures
from gaussmlp.datasets import Data
from gaussmlp.study import pictures
from gaussmlp.study.picture_predictions import DIGITS, SQUARE
from gaussmlp.study.recovery import null_runs
from gaussmlp.vectors import VectorRun, fit, start_vectors, train_vectors

QUICK = Protocol(steps=30)


def best_total(x, p):
    """Return the distances of samples to prototypes in the order that minimises their squares."""
    orders = [p[list(order)] for order in permutations(range(len(p)))]
    best = min(orders, key=lambda q: ((x - q) ** 2).sum())
    return [np.sqrt(((a - b) ** 2).mean()) for a, b in zip(x, best, strict=True)]


@pytest.mark.parametrize("seed", range(4))
def test_errors_and_recovered_are_those_of_the_best_order(seed):
    drawn, network = start_vectors("square", 5, seed)
    p = 1.3 * network.prototypes
    p[:2] = drawn.x[[3, 1]] + 0.03  # some are recovered
    inside = np.clip(p, -1, 1)
    distances = best_total(drawn.x, inside)
    others = [np.delete(drawn.x, i, axis=0) for i in range(5)]
    nearest = [
        min(np.sqrt(((a - b) ** 2).mean()) for b in rest)
        for a, rest in zip(drawn.x, others, strict=True)
    ]
    found = pictures.measured(drawn, p, "square")
    assert found["error"] == pytest.approx(np.median(best_total(drawn.x, p)))
    assert found["error_clipped"] == pytest.approx(np.mean(distances))
    recovered = [d < 0.5 * gap for d, gap in zip(distances, nearest, strict=True)]
    assert 0 < found["recovered"] == np.mean(recovered) < 1
    used = {min(range(5), key=lambda j: ((a - p[j]) ** 2).sum()) for a in drawn.x}
    assert found["used"] == len(used) / 5


def test_within_classes_is_the_plain_double_loop():
    rng = np.random.default_rng(0)
    kinds, others = rng.integers(3, size=12), rng.integers(3, size=30)
    mine, rest = rng.integers(5, size=12), rng.integers(5, size=30)  # there are ties
    by_class = [
        [(a > b) + (a == b) / 2 for a in mine[kinds == k] for b in rest[others == k]]
        for k in range(3)
    ]
    drawn = Data(None, None, kinds, None, others)
    expected = np.mean([np.mean(pairs) for pairs in by_class])
    assert pictures.within_classes(drawn, mine, rest) == pytest.approx(expected)


def test_digits_are_told_by_correlation_and_by_distance():
    drawn, _ = start_vectors("digits", 4, 0)
    mean = np.concatenate([drawn.x, drawn.others]).mean(axis=0)
    p = drawn.x[[0, 1, 2, 3]] + np.random.default_rng(0).normal(0, 3, (4, 64))
    inside, scores = p.clip(-1, 1), []
    for u in (drawn.x, drawn.others):
        scores.append([max(np.corrcoef(a - mean, b - mean)[0, 1] for b in inside) for a in u])
    found = pictures.measured(drawn, p, "digits")
    assert found["auc"] == pytest.approx(pictures.within_classes(drawn, *map(np.array, scores)))
    assert found["auc"] != found["auc_distance"]


def test_outside_is_the_hull_in_the_plane_and_the_box_beyond():
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    p = np.array([[0.0, 0.0], [0.52, 0.0], [0.56, 0.0], [0.6, 0.6]])
    assert pictures.outside(corners, p) == 0.5  # the second is within the tolerance
    many = np.zeros((2, 64))
    many[0, :16] = -1.06
    many[1, :3] = 1.04
    assert pictures.outside(np.zeros((5, 64)), many) == 16 / 128


def test_nulls_are_what_they_are_called():
    drawn, network = start_vectors("digits", 6, 1)
    guess = {name: pictures.guessed("digits", 6, 1, name) for name in pictures.NULLS}
    assert np.array_equal(guess["untrained"], network.prototypes)
    assert np.array_equal(guess["training mean"], [drawn.x.mean(axis=0)] * 6)
    for kind, digit in zip(drawn.kind, guess["held out"], strict=True):
        alike = drawn.others[drawn.kind_of_others == kind]
        assert (alike == digit).all(axis=1).any()
    centres = guess["centres"]
    apart = ((drawn.others[:, None] - centres) ** 2).sum(axis=-1)
    for k, centre in enumerate(centres):  # each is nearly the mean of what is nearest to it
        assert drawn.others[apart.argmin(axis=1) == k].mean(axis=0) == pytest.approx(
            centre, abs=0.1
        )
    again = pictures.guessed("digits", 6, 1, "centres")
    assert np.array_equal(again, centres)


def test_the_fit_of_a_row_is_that_of_the_definition():
    run = VectorRun(QUICK, "square", 6, "C", 2)
    (one,) = train_vectors([run])
    drawn, _ = start_vectors("square", 6, 2)
    row = pictures._row(one)
    assert row["fit_mse"] == pytest.approx(fit(drawn.x, drawn.y, one.network), rel=1e-12)
    assert row["digest"] == one.digest


def test_the_store_gives_the_same_bits_and_trains_nothing(monkeypatch):
    runs = [
        VectorRun(pictures.protocol_of(coverage, QUICK), data, n, mask, 3)
        for data, n in (("square", 4), ("square", 5), ("digits", 3))
        for mask, coverage in pictures.KINDS
    ]
    alone = [train_vectors([run])[0].digest for run in runs]
    assert [one.digest for one in pictures.train_pictures(runs)] == alone
    monkeypatch.setattr(pictures, "train_vectors", None)
    kept = pictures.train_pictures(runs[::-1])
    assert [one.digest for one in kept] == alone[::-1]
    assert [one.run for one in kept] == runs[::-1]
    with pytest.raises(TypeError):
        pictures.train_pictures(runs, keep=False)


def test_a_table_has_a_row_for_each_run_then_for_each_null():
    diverging = Protocol(steps=3, step_size=1e306)
    frame = pictures.run_pictures("square", [4, 3], [0, 1], [("C", "two-sided")], protocol=QUICK)
    assert tuple(frame.columns) == pictures.COLUMNS
    expected = [(n, "C", seed) for n in (4, 3) for seed in (0, 1)]
    expected += [(n, null, seed) for n in (4, 3) for null in pictures.NULLS for seed in (0, 1)]
    assert [*frame[["n", "mask", "seed"]].itertuples(index=False, name=None)] == expected
    lost = pictures.run_pictures(
        "square", [3], [0], [("C", "")], protocol=diverging, nulls=False
    ).iloc[0]
    assert (lost["digest"], lost["diverged_at"]) == ("diverged", 2)
    assert np.isnan(lost["auc"])


@pytest.mark.parametrize(
    ("sizes", "seeds", "said"),
    [([2], [0], "sizes must be an integer from 3"), ([1000], range(10**5), "GiB is allowed")],
)
def test_what_cannot_be_run_is_refused(sizes, seeds, said):
    with pytest.raises(ValueError, match=said):
        pictures.run_pictures("square", sizes, seeds)


def test_overlap_leaves_fewer_neurons_to_each_digit():
    found = pictures.specialized(lams=(0.0, 10.0), sizes=(5,), seeds=(0, 1)).groupby("lam").mean()
    assert 1 <= found["neurons"][10] < found["neurons"][0] <= 5
    assert found["own"][10] > found["own"][0] > found["others"][0]


def test_each_prediction_is_asked_at_each_size(monkeypatch):
    ask = pictures.run_pictures
    short = Protocol(steps=5)
    monkeypatch.setattr(
        pictures,
        "run_pictures",
        lambda data, sizes, seeds: ask("square", sizes, seeds, protocol=short).assign(data=data),
    )
    verdicts = pictures.judge_predictions(sizes=(3, 4), seeds=(0, 1))
    assert [v.claim for v in verdicts] == [*DIGITS, *SQUARE]
    for verdict in verdicts:
        assert {*verdict.holds_at, *verdict.fails_at} == {3, 4}
    asked = set(verdicts[2].comparisons["mask"])
    assert asked == {"C", "C two-sided"}  # the formula stands behind the letter


def test_the_seed_that_is_shown_is_the_lower_median_by_what_coverage_recovers():
    shares = [0.3, 0.1, 0.2, 0.2, 0.4, 0.0]
    rows = [("soft minimum", 20, k, share) for k, share in enumerate(shares)]
    rows += [("soft minimum", 10, 8, 0.2), ("two-sided", 20, 9, 0.2)]
    frame = pd.DataFrame(rows, columns=["coverage", "n", "seed", "recovered"])
    assert pictures.typical(frame, 20) == 2


def test_one_dimension_is_that_of_the_nominal_runs(monkeypatch):
    monkeypatch.setattr(pictures, "SIZES", (4, 5))
    monkeypatch.setattr(pictures, "SEEDS", range(3))
    one = dict(n=4, coverage="", used=0.2, recovered=0.1)
    row = pd.DataFrame([one | dict(mask=mask) for mask in ("untrained", "C")])
    table = pictures.by_dimension(row.assign(d=64), row.assign(d=2))
    guesses = null_runs(Protocol(sizes=(4, 5), seeds=range(3)))
    start = guesses[guesses["mask"] == "untrained"].groupby("n")["specialization_ratio"].mean()
    assert table.loc[("used at the start", 1)].to_dict() == pytest.approx(start.to_dict())
    assert table.loc[("used at the start", 64), 4] == 0.2
    assert table.loc[("recovered by coverage", 1), 4] > table.loc[("recovered at the start", 1), 4]


def test_a_frame_is_drawn_around_each_digit_that_is_recovered():
    drawn, network = start_vectors("digits", 6, 0)
    p = network.prototypes.copy()
    p[[4, 1, 0]] = drawn.x[[2, 3, 5]]
    found = dict.fromkeys(pictures.WORDS, network.prototypes) | {"O": p}
    drawing = figures.digits(drawn, found)
    assert len(drawing.axes[0].patches) == 3
    (sheet,) = drawing.axes[0].images
    shown = sheet.get_array()
    order = np.argsort(drawn.kind, kind="stable")
    for column, k in enumerate(order):
        for row, same in ((0, True), (3, k in (2, 3, 5))):  # samples, and overlap
            cell = shown[15 * row + 5 : 15 * row + 13, 10 * column : 10 * column + 8]
            assert np.array_equal(cell, drawn.x[k].reshape(8, 8)) == same
