"""What prototypes give away, by hand and against runs."""

import numpy as np
import pytest
from gaussmlp import Protocol, Run, prototypes, start, train
from gaussmlp.draws import draws
from gaussmlp.metrics import MEASURES, measure
from gaussmlp.study.recovery import NULLS, TOLERANCES, hit_rates, null_runs, recovered, roc


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
    assert list(frame.columns) == ["n", "seed", "mask", *MEASURES[1:]]
    assert len(frame) == 2 * 2 * len(NULLS)
    row = frame.query("n == 5 and seed == 1 and mask == 'evenly spaced'").iloc[0]
    x = start(quick, 5, 1).x
    assert row["reconstruction_error"] == pytest.approx(
        np.abs(x - np.linspace(-0.8, 0.8, 5)).mean()
    )
