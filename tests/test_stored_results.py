"""What the repository keeps because it takes too long for the build: a part is computed again."""

import json
import math

import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, train
from gaussmlp.experiment import COLUMNS, measure_all
from gaussmlp.study import pictures, speed
from gaussmlp.study.stored import FOLDER

RESULTS = FOLDER / "results"
LARGE = RESULTS / "large.csv"
PICTURES = RESULTS / "pictures.csv"


def test_runs_of_large_networks_are_those_of_this_engine():
    stored = pd.read_csv(LARGE).to_dict("records")
    stored = {(row["n"], row["mask"], row["seed"]): row for row in stored}
    masks = ("standard", "S", "C", "CS")
    trained = train([Run(Protocol(), 300, mask, seed) for mask in masks for seed in (0, 1)])
    for row in measure_all(trained).to_dict("records"):
        kept = stored[row["n"], row["mask"], row["seed"]]
        for name in set(COLUMNS) - {"n", "mask", "seed", "diverged_at"}:
            assert kept[name] == row[name], name


def test_every_run_of_large_networks_is_there():
    stored = pd.read_csv(LARGE)
    assert tuple(stored.columns) == COLUMNS
    expected = [(n, mask, seed) for n in (300, 1000) for mask in MASKS for seed in (0, 1, 2)]
    assert list(stored[["n", "mask", "seed"]].itertuples(index=False, name=None)) == expected


def test_runs_on_digits_are_those_of_this_engine():
    table = pictures.named(pd.read_csv(PICTURES).fillna({"coverage": ""}))
    rows = {(row["mask"], row["seed"]): row for row in table.to_dict("records")}
    kinds = [("standard", ""), ("O", ""), ("C", "soft minimum")]  # one batch, with both seeds
    again = pictures.run_pictures("digits", [100], [0, 1], kinds, nulls=False)
    for row in again.to_dict("records"):
        kept = rows[row["mask"], row["seed"]]
        for name in set(pictures.COLUMNS) - {"diverged_at"}:
            assert kept[name] == row[name], name


def test_every_run_on_digits_is_there():
    table = pd.read_csv(PICTURES).fillna({"coverage": ""})
    assert tuple(table.columns) == pictures.COLUMNS
    expected = [(100, *kind, seed) for kind in pictures.KINDS for seed in pictures.SEEDS]
    found = table[["n", "mask", "coverage", "seed"]].itertuples(index=False, name=None)
    assert list(found) == expected
    assert set(table["data"]) == {"digits"}


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*-cores.json")), ids=lambda path: path.stem)
def test_a_stored_benchmark_is_whole_and_small(path):
    assert path.stat().st_size < 200_000
    measured = json.loads(path.read_text())
    assert {"machine", "protocol", "engines", "total", "roofline", "growth", "grid_seconds"} == set(
        measured
    )
    for name, total in measured["total"].items():
        assert measured["engines"][name]["state"] == "timed"
        assert math.isfinite(total["warm"])


def test_the_stored_benchmark_of_pictures_is_whole():
    measured = speed.stored("pictures")
    assert {"machine", "multiply_adds", "sizes", "jax"} == set(measured)
    assert set(measured["sizes"]) == {"20", "50", "100"}
    for n, size in measured["sizes"].items():
        assert size["multiply_adds"] == 4 * int(n) ** 2 * 64
        engines = {"ours", "ours without Adam", "plain", "expanded"}
        assert engines == {name for name, seconds in size["seconds"].items() if seconds > 0}
