"""What runs have over nulls, and the error measured in other ways."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, prototypes, run_grid, train
from gaussmlp.draws import NULLS
from gaussmlp.study.nulls import against_nulls, other_errors
from gaussmlp.study.recovery import null_runs, showcase
from scipy.stats import wasserstein_distance

SMALL = Protocol(steps=20, sizes=(3, 5), seeds=(0, 1, 2))


@pytest.fixture(scope="module")
def frame():
    return pd.concat([run_grid(SMALL, cache=False), null_runs(SMALL)])


def test_a_mask_is_compared_with_each_null_seed_by_seed(frame):
    table = against_nulls(frame, "reconstruction_error", "O")
    assert [*table.index] == [(null, n) for null in NULLS for n in (3, 5)]
    by_run = frame.set_index(["mask", "n", "seed"])["reconstruction_error"].sort_index()
    change = by_run["O", 5] - by_run["chance", 5]
    assert table.at[("chance", 5), "mean"] == pytest.approx(change.mean())
    assert table.at[("chance", 5), "below_0"] == (change < 0).sum()


def test_the_error_in_other_ways_is_by_hand(frame):
    table = other_errors(SMALL).set_index(["mask", "n", "seed"]).sort_index()
    known = frame.set_index(["mask", "n", "seed"])["reconstruction_error"].sort_index()
    np.testing.assert_array_equal(table["error"], known)
    assert set(table.index.unique("mask")) == {*MASKS, *NULLS}
    (end,) = train([Run(SMALL, 5, "O", 1)])
    x, p = end.start.x, prototypes(end.parameters)
    row, distances = table.loc[("O", 5, 1)], np.abs(np.subtract.outer(x, p)).min(axis=1)
    assert row["error"] == pytest.approx(wasserstein_distance(x, p))
    assert row["domain"] == pytest.approx(wasserstein_distance(x, p.clip(-1, 1)))
    assert row["hull"] == pytest.approx(wasserstein_distance(x, p.clip(x.min(), x.max())))
    assert row["nearest mean"] == pytest.approx(distances.mean())
    assert row["nearest median"] == pytest.approx(np.median(distances))
    matched = np.abs(np.sort(x) - np.sort(p))
    assert row["matched median"] == pytest.approx(np.median(matched))
    assert row["far"] == np.mean(matched > 0.1)


def test_the_showcase_has_the_median_error(frame):
    errors = frame.query("n == 5 and mask == 'C'").set_index("seed")["reconstruction_error"]
    assert errors[showcase(SMALL, 5, "C")] == errors.median()
