"""What prototypes give away, by hand and against runs."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Parameters, Protocol, Run, prototypes, run_grid, start, train, train_all
from gaussmlp.draws import draws
from gaussmlp.metrics import MEASURES, measure
from gaussmlp.study import recovery
from gaussmlp.study.facts.recovery import elsewhere, facts
from gaussmlp.study.recovery import (
    FALSE,
    LEVELS,
    NULLS,
    ORDERS,
    POOLED,
    TOLERANCES,
    counts,
    distances,
    error_parts,
    hit_rates,
    null_runs,
    ranked,
    rates,
    recovered,
    roc,
    showcase,
    snapped,
    true_positives,
    trusted,
)

QUICK = Protocol(sizes=(5,), seeds=(0, 1, 2, 3), masks=("standard", "C"), steps=300)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(recovery, "RESAMPLES", 50)


def test_samples_themselves_are_recovered_and_points_at_chance_are_not():
    rng = np.random.default_rng(1)
    x, p, fresh = (rng.uniform(-1, 1, 40) for _ in range(3))
    itself, other = recovered(x, x, fresh), recovered(x, p, fresh)
    assert itself.measures.loc["prototypes"].tolist() == [0.0, 1.0, 1.0, 1.0]
    low, high = (other.measures.loc[f"chance, {end}"] for end in ("lowest", "highest"))
    assert (low < other.measures.loc["prototypes"]).all()
    assert (other.measures.loc["prototypes"] < high).all()
    assert low["auc"] < 0.5 < high["auc"]
    assert itself.roc.iloc[1][["false", "true"]].tolist() == [0.0, 1.0]


def test_what_recovered_says_of_a_run_is_what_a_table_of_runs_says():
    (one,) = train([Run(Protocol(steps=300), 10, "C", 3)])
    (row,) = measure([one.run], [one.parameters])
    fresh = draws(one.run.protocol, 10, 3).nonmembers
    found = recovered(one.start.x, prototypes(one.parameters), fresh).measures.loc["prototypes"]
    assert found["error"] == pytest.approx(row["reconstruction_error"], rel=1e-12)
    for name in ("precision", "recall", "auc"):
        assert found[name] == row[name]


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (([0.1, 0.2], [0.1, np.nan], [0.3]), "prototypes must be finite"),
        (([0.1, 0.2], [[0.1], [0.2]], [0.3]), "prototypes must be a one-dimensional array"),
        (([0.1, 0.2], [0.1], []), "nonmembers must be a one-dimensional array"),
        (([0.1, 2.0], [0.1], [0.3]), r"domain must hold all samples .* got \(-1.0, 1.0\)"),
    ],
)
def test_recovered_says_what_it_cannot_measure(given, named):
    with pytest.raises(ValueError, match=named):
        recovered(*given)


def test_rates_are_by_hand():
    rates = hit_rates([0.0, 1.0], [0.1, 0.2, 5.0], spacing=0.5)
    at = TOLERANCES.searchsorted(0.3)  # 0.15 and more: only 0.1 is near enough to a sample
    assert rates["precision"].iloc[at] == pytest.approx(1 / 3)
    assert rates["recall"].iloc[at] == 0.5
    assert rates.iloc[-1].tolist() == [1.0, 1.0]
    curve = roc([0.1, 0.3], [0.2, 0.3])
    assert curve["true"].tolist() == [0.0, 0.5, 0.5, 1.0]
    assert curve["false"].tolist() == [0.0, 0.0, 0.5, 1.0]


def test_nulls_are_measured_like_runs():
    quick = Protocol(sizes=(3, 5), seeds=(0, 1))
    frame = null_runs(quick)
    assert list(frame.columns) == ["n", "seed", "mask", *MEASURES]
    assert len(frame) == 2 * 2 * len(NULLS)
    row = frame.query("n == 5 and seed == 1 and mask == 'evenly spaced'").iloc[0]
    x = start(quick, 5, 1).x
    assert row["reconstruction_error"] == pytest.approx(
        np.abs(x - np.linspace(-0.8, 0.8, 5)).mean()
    )
    fits = frame.set_index(["mask", "n", "seed"])["fit_mse"].dropna()
    (expected,) = measure([Run(quick, 5, "standard", 1)], [start(quick, 5, 1).parameters])
    assert list(fits.index.unique("mask")) == ["untrained"]
    assert fits["untrained", 5, 1] == pytest.approx(expected["fit_mse"])


def test_a_network_that_holds_its_samples_gives_away_more_than_chance():
    rng = np.random.default_rng(2)
    x, p, fresh = (rng.uniform(-1, 1, 40) for _ in range(3))
    itself, other = recovered(x, x, fresh), recovered(x, p, fresh)
    assert not all(elsewhere(itself).values())
    assert all(elsewhere(other).values())
    # chance as the formula has it, for many samples: 1 - exp(-2 tolerance)
    at = other.curves.index < 0.5
    rates = other.curves[["precision, chance", "recall, chance"]][at].T
    assert np.abs(rates - (1 - np.exp(-2 * other.curves.index[at]))).max(axis=None) < 0.06


def test_the_showcase_is_the_median_of_the_seeds_the_lower_of_two():
    frame = run_grid(QUICK).query("mask == 'C'").set_index("seed")["reconstruction_error"]
    assert frame[showcase(QUICK, 5, "C")] == frame.sort_values().iloc[1]
    odd = QUICK.but({"seeds": (0, 1, 2)})
    assert frame[showcase(odd, 5, "C")] == frame[[0, 1, 2]].median()


def test_rates_by_mask_are_those_of_the_measures_and_lie_in_their_intervals(few):
    frame = pd.concat([run_grid(QUICK), null_runs(QUICK)])
    table = rates(QUICK, (5,), ("standard", "C"))
    assert set(table.index.unique("mask")) == {"standard", "C", *NULLS}
    for rate in ("precision", "recall"):
        means = table.xs((rate, 0.1), level=("rate", "tolerance"))["mean"]
        expected = frame.groupby(["mask", "n"])[rate].mean()
        pd.testing.assert_series_equal(means.sort_index(), expected, check_names=False)
    assert (table["low"] <= table["mean"] + 1e-12).all()
    assert (table["mean"] <= table["high"] + 1e-12).all()


def test_pooled_rates_are_those_of_the_pooled_curve(few):
    near = distances(QUICK, (5,), ("C",))
    assert len(near) == (1 + len(NULLS)) * 4 * 5
    found = true_positives(near, (0.0, 0.25, 1.0)).xs("C").xs(5)
    part = near[near["mask"] == "C"]
    curve = roc(part["member"], part["nonmember"])
    for level in (0.0, 0.25, 1.0):
        assert found.loc[level, "mean"] == curve["true"][curve["false"] <= level].max()
    assert FALSE in LEVELS


def test_true_positives_by_hand(few):
    far = pd.DataFrame({"mask": "C", "n": 4, "seed": [0, 0, 1, 1]})
    far = far.assign(member=[0.1, 0.2, 0.3, 9.0], nonmember=[0.25, 1.0, 2.0, 3.0])
    found = true_positives(far, (0.0, 0.25, 1.0))["mean"].xs("C").xs(4)
    assert found.tolist() == [0.5, 0.75, 1.0]


def test_neurons_are_ranked_by_output_weight_by_width_and_by_both():
    w, v = np.array([1.0, -4.0, 2.0]), np.array([0.5, -2.0, 3.0])
    order = ranked(Parameters(w, np.zeros(3), v, 0.0))
    assert {name: order[name].tolist() for name in ORDERS} == {
        "largest output weight": [2, 1, 0],
        "narrowest": [1, 2, 0],
        "both": [1, 2, 0],
    }


def test_all_orders_end_at_the_precision_of_all_and_random_ones_surround_it(few):
    table = trusted(QUICK, (5,), "C").xs(5, level="n")
    precision = run_grid(QUICK).query("mask == 'C'")["precision"].mean()
    assert table.xs(5, level="best")["mean"].to_numpy() == pytest.approx(precision)
    mixed = table.loc["random order"]
    assert (mixed["low"] <= mixed["mean"]).all()
    assert (mixed["mean"] <= mixed["high"]).all()


def test_only_counts_can_be_wrong_where_each_prototype_is_a_sample():
    x = np.array([0.0, 1.0, 2.0, 10.0])
    moved = snapped(x, np.array([-3.0, 0.4, 1.6, 2.2]))
    assert moved.tolist() == [0.0, 0.0, 2.0, 2.0]
    table = counts(x, moved, np.array([0.5, 1.5]))
    assert table.to_dict("list") == {"samples": [1, 1, 2], "prototypes": [2, 0, 2]}


def test_parts_of_an_error_start_with_the_error_and_moving_inward_never_adds():
    parts = error_parts(QUICK, "standard")[5]
    frame = pd.concat([run_grid(QUICK), null_runs(QUICK)]).groupby("mask")["reconstruction_error"]
    assert parts["error"] == pytest.approx(frame.mean()["standard"])
    assert parts["chance"] == pytest.approx(frame.mean()["chance"])
    assert parts["moved to the hull"] <= parts["error"]
    ends = train_all([Run(QUICK, 5, "standard", seed) for seed in QUICK.seeds])
    pairs = [np.abs(end.start.x - np.sort(prototypes(end.parameters))) for end in ends]
    assert parts["median distance"] == np.median(pairs)


# What the chapter says, on made-up runs that are as it says.

SIZES = (3, 5, 10, 20, 50, 100)
GIVEN = {"C": (0.6, 0.5, 0.8), "CS": (0.5, 0.5, 0.7), "OC": (0.3, 0.3, 0.7), "OCS": (0.3, 0.3, 0.7)}


def said(swap=()):
    """Return the statements that are false, once the names of two masks or nulls are swapped."""
    rows = []
    for n in SIZES:
        for name in (*MASKS, *NULLS):
            hit, known, auc = GIVEN.get(name, (0.05 if "O" in name else 0.15, 0.15, 0.5))
            hit = 0.2 if name in NULLS else 0.1 if n > 20 and "OC" in name else hit
            hit, known = (0.2, 0.2) if n == 100 and name == "CS" else (hit, known)
            values = dict(precision=hit, recall=known, auc=auc + 0.2 * (n == 5 and name == "OC"))
            error = 0.1 if name == "chance" else 0.2 if n == 100 else 0.05
            rows += [
                dict(mask=name, n=n, seed=k, reconstruction_error=error, **values)
                for k in range(10)
            ]
    frame = pd.DataFrame(rows).assign(diverged_at=pd.NA)
    shares = [(name, n) for name in (*MASKS, *NULLS) for n in POOLED]
    true = [(10 if name == "C" else 1) / n for name, n in shares]
    found = pd.DataFrame({"mean": true, "low": true, "high": true})
    found.index = pd.MultiIndex.from_tuples([(*key, FALSE) for key in shares])
    found.index.names = ["mask", "n", "level"]
    curves = found.rename(index={FALSE: 0.001}).rename_axis(["mask", "n", "tolerance"])
    curves = pd.concat(dict.fromkeys(("precision", "recall"), curves), names=["rate"])
    ranks = {"largest output weight": 0.2, "narrowest": 0.8, "both": 0.6, "random order": 0.6}
    order = pd.DataFrame(
        [(n, name, n // 5, mean, 0.5, 0.7) for n in POOLED for name, mean in ranks.items()],
        columns=["n", "order", "best", "mean", "low", "high"],
    ).set_index(["n", "order", "best"])
    parts = {"error": 0.2, "moved to the hull": 0.19, "moved to a sample": 0.18, "chance": 0.1}
    parts = pd.DataFrame(dict.fromkeys(SIZES, parts))
    names = dict(zip(swap, reversed(swap), strict=True))
    frame, found = frame.replace({"mask": names}), found.rename(index=names, level="mask")
    numbers, statements = facts(frame, curves, found, order.rename(index=names), parts)
    assert all(isinstance(number, str) for number in numbers.values())
    return {statement for statement, true in statements.items() if not true}


def test_the_chapter_says_what_its_runs_say(few):
    assert not said()
    assert len(said(("C", "standard"))) > 5
    assert any("overlap alone has a lower" in line for line in said(("O", "chance")))
    assert any("output weights" in line for line in said(("largest output weight", "narrowest")))
