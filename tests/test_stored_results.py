"""What the repository keeps because it takes too long for the build: a part is computed again."""

import json
import math

import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, train
from gaussmlp.experiment import COLUMNS, measure_all
from gaussmlp.study.stored import FOLDER

RESULTS = FOLDER / "results"
LARGE = RESULTS / "large.csv"


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


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_stored_benchmark_is_whole_and_small(path):
    assert path.stat().st_size < 200_000
    measured = json.loads(path.read_text())
    assert {"machine", "protocol", "engines", "total", "roofline", "growth", "grid_seconds"} == set(
        measured
    )
    for name, total in measured["total"].items():
        assert measured["engines"][name]["state"] == "timed"
        assert math.isfinite(total["warm"])
