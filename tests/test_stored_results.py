"""What the repository keeps because it takes too long for the build: a part is computed again."""

import json
import math

import pandas as pd
import pytest
from gaussmlp import Run, train
from gaussmlp.experiment import COLUMNS, measure_all
from gaussmlp.study.large import SEEDS, protocols
from gaussmlp.study.stored import FOLDER

RESULTS = FOLDER / "results"
LARGE = RESULTS / "large.csv"
KEY = ["reading", "n", "mask", "seed"]


def test_runs_of_large_networks_are_those_of_this_engine():
    stored = pd.read_csv(LARGE).to_dict("records")
    stored = {tuple(row[name] for name in KEY): row for row in stored}
    chosen = protocols(300)
    names = [name for name, p in chosen.items() if p.steps == 5000]
    asked = [(name, mask, seed) for name in names for mask, seed in (("C", 0), ("OC", 9))]
    asked = [one for one in asked if one[1] in chosen[one[0]].masks]  # nine: one batch, and pairs
    trained = train([Run(chosen[name], 300, mask, seed) for name, mask, seed in asked])
    rows = measure_all(trained).assign(reading=[name for name, *_ in asked])
    for row in rows.to_dict("records"):
        kept = stored[tuple(row[name] for name in KEY)]
        for name in {*COLUMNS} - {*KEY, "diverged_at"}:
            assert kept[name] == row[name], name


def test_every_run_of_large_networks_is_there():
    stored = pd.read_csv(LARGE)
    assert tuple(stored.columns) == ("reading", *COLUMNS)
    assert [*stored[KEY].itertuples(index=False, name=None)] == [
        (name, n, mask, seed)
        for n in SEEDS
        for name, protocol in protocols(n).items()
        for mask in protocol.masks
        for seed in protocol.seeds
    ]


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_a_stored_benchmark_is_whole_and_small(path):
    assert path.stat().st_size < 200_000
    measured = json.loads(path.read_text())
    engines = {"machine", "protocol", "engines", "total", "roofline"}
    assert {*measured} - {"growth", "grid_seconds"} in (set(), engines)
    for name, total in measured.get("total", {}).items():
        assert measured["engines"][name]["state"] == "timed"
        assert math.isfinite(total["warm"])
