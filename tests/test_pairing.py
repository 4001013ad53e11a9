"""One-to-one coverage: what the chapter measures of it."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import Protocol, Run, losses
from gaussmlp.model import output
from gaussmlp.study import pairing
from gaussmlp.study.claims import Evidence
from gaussmlp.study.sweeps import RATIOS
from gaussmlp.training import train


def test_the_force_is_that_of_one_spring():
    x, p = np.array([-0.5, 0.1, 0.4]), np.array([-0.7, 0.9, 0.4])
    assert losses.pairs(x, p) == pytest.approx((0.04 + 0.64) / 3)
    assert losses.pairs_gradient(x, p) == pytest.approx(2 / 3 * (p - x))


def test_the_error_between_samples_is_that_of_the_output_within_the_hull():
    run = Run(Protocol(steps=50), 5, "C", 2)
    (one,) = train([run])
    row = pairing.between([run]).iloc[0]
    at = np.linspace(*one.start.x[[0, -1]], 20001)
    exact = np.mean((output(at, one.parameters) - np.sin(np.pi * at)) ** 2)
    assert 10 ** row["between"] == pytest.approx(exact, rel=0.01)
    assert 10 ** row["fit"] == pytest.approx(losses.fit(*one.start[:2], one.parameters))
    assert 10 ** row["untrained fit"] == pytest.approx(losses.fit(*one.start))


def test_at_rest_a_prototype_is_as_far_off_as_overlap_pushes():
    found = pairing.displaced(10, seeds=[1])
    assert len(found) == 10
    assert found["measured"].corr(found["predicted"]) > 0.9


def test_passed_counts_the_pairs_that_had_to_cross():
    assert pairing.passed(10, "C", seeds=[0, 1]) > 0.95
    assert pairing.passed(10, "CS", seeds=[0, 1]) < 0.2


def test_ratios_are_the_smallest_from_which_on_it_is_so():
    grid, swept = [], []
    for seed in (0, 1):
        row = dict(n=5, seed=seed, expelled_fraction=0.1, reconstruction_error=0.2)
        grid += [row | dict(mask="standard", auc=0.5), row | dict(mask="C", auc=0.9)]
        for ratio in RATIOS:
            lost = dict(
                expelled_fraction=0.1 if ratio in (1, 100, 1e3, 1e4) else 0.4,
                reconstruction_error=0.21,
                auc=0.5,
            )
            swept.append(row | lost | dict(mask="OC", ratio=ratio))
    table = pairing.ratios(Evidence(pd.DataFrame(grid), None, pd.DataFrame(swept)))
    assert table[5].to_dict() == pytest.approx(
        {"expelled share": 100, "error": 0.1, "AUC": np.nan}, nan_ok=True
    )
    both = pairing.side_by_side((table, table))
    assert both.loc[("one-to-one", "AUC"), 5] == "none"


def test_predictions_are_judged_on_each_of_their_sizes():
    verdicts = pairing.judge_predictions(seeds=(0, 1))
    assert [v.claim.id for v in verdicts] == [f"B{k}" for k in range(1, 10)]
    assert {*verdicts[3].holds_at, *verdicts[3].fails_at} == {50, 100}
