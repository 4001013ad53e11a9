"""The stored combinations of readings: whole, small, and two of them computed again."""

import random

import pandas as pd
import pytest
from gaussmlp.study.readings import combinations, results, run_readings
from gaussmlp.study.stored import FOLDER

STORED = FOLDER / "results" / "readings.csv"
KNOWN = {one.id: one for one in combinations()}
# The seed is fixed, so that a failure can be repeated.
AGAIN = random.Random(0).sample(sorted(KNOWN), 2)


@pytest.fixture(scope="module")
def stored():
    return pd.read_csv(STORED, index_col="reading")


def test_every_combination_is_there_and_the_file_is_small(stored):
    assert list(stored.index) == list(KNOWN)
    assert STORED.stat().st_size < 300_000
    assert not stored.isna().any(axis=None)


@pytest.mark.parametrize("name", AGAIN)
def test_a_combination_computed_again_is_as_stored(name, stored):
    row = results(run_readings([KNOWN[name]])).loc[name]
    assert list(row.index) == list(stored.columns)
    for column, value in row.items():
        expected = pytest.approx(value, rel=2e-5, abs=1e-9) if isinstance(value, float) else value
        assert stored.at[name, column] == expected, column
