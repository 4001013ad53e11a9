"""What the repository keeps because it takes too long for the build: a part is computed again."""

import json
import math

import pandas as pd
import pytest
from gaussmlp import Run, train
from gaussmlp.experiment import COLUMNS, measure_all
from gaussmlp.study import pictures, speed
from gaussmlp.study.large import SEEDS, protocols
from gaussmlp.study.stored import FOLDER

RESULTS = FOLDER / "results"
LARGE = RESULTS / "large.csv"
PICTURES = RESULTS / "pictures.csv"
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
    engines = {"machine", "protocol", "engines", "total", "roofline"}
    assert {*measured} - {"growth", "grid_seconds"} in (set(), engines)
    for name, total in measured.get("total", {}).items():
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
