"""The tables that the chapter on speed shows, from a benchmark made up for the test."""

import numpy as np
import pytest
from gaussmlp import MASKS
from gaussmlp.study import speed

SECONDS = {"ours": 1.0, "jax": 4.0, "torch-compile": 11.0, "torch": 29.0}


def spread(value):
    return {"seconds": [value], "median": value, "min": value, "max": value}


def engine(seconds):
    masks = {mask: spread(seconds * (1.4 if mask == "CS" else 1.0)) for mask in MASKS}
    sizes = {
        str(n): {"cold": 2 * seconds, "warm": {"all": spread(seconds * n / (n + 2)), **masks}}
        for n in (3, 100)
    }
    return {
        "state": "timed",
        "import_seconds": 0.5,
        "sizes": sizes,
        "versions": {"jax": "0.10.2"},
    }


def machine(load):
    return {
        "processor": "made up",
        "cores": 2,
        "system": "none",
        "date": "2026-01-01",
        "load": load,
        "engine": "0123456789abcdef",
        "python": "3.11",
    }


@pytest.fixture
def measured():
    engines = {name: engine(seconds) for name, seconds in SECONDS.items()}
    return {
        "machine": machine(0.61),
        "engines": engines | {"numpy": {"state": "numpy is not installed"}},
        "total": {name: {"warm": s, "cold": 3 * s} for name, s in SECONDS.items()},
        "roofline": {"n": 100, "share": 0.7},
        "grid_seconds": spread(15.5),
        "growth": {
            "machine": machine(1.92),
            "sizes": [3, 30, 300],
            "step_seconds": {mask: [1e-6, 1e-4, 1e-2] for mask in MASKS},
            "exponents": {mask: {"all": 2.0, "large": 1.9} for mask in MASKS},
            "bytes": {"8": [1e4, 1e5, 1e6], "16": [2e4, 2e5, 2e6]},
        },
    }


def test_ratios_leave_out_what_was_not_timed(measured):
    table = speed.ratios(measured)
    assert list(table.columns) == ["jax", "torch-compile", "torch"]
    assert table.index.tolist() == [(mask, n) for mask in ("all", *MASKS) for n in (3, 100)]
    np.testing.assert_allclose(table["jax"], 4.0)


def test_a_target_that_is_missed_says_so(measured):
    table = speed.targets(measured)
    assert table["met"].tolist() == ["no", "no", "yes", "yes", "yes", "no", "yes"]
    assert table["target"].tolist()[-2:] == ["below 15", "below 0.5"]
    assert table["measured"].tolist() == pytest.approx([4, 29, 11, 4, 0.7, 15.5, 0.4])


def test_growth_and_first_calls_become_tables(measured):
    seconds, held, exponents = speed.growth(measured)
    assert seconds.loc[30, "C"] == 1e-4
    assert held.loc[300, 16] == 2e6
    assert exponents.loc["OCS", "large"] == 1.9
    assert speed.seconds(measured).loc["JAX", ["all", "from nothing"]].tolist() == [4.0, 12.0]
    assert speed.seconds(measured).index.tolist() == ["ours", "JAX", "compiled PyTorch", "PyTorch"]
    told = speed.machine(measured, measured)
    assert told.loc["load before"].tolist() == ["0.6", "1.9"]
    assert told.at["jax", "engines"] == "0.10.2"


def test_steps_are_shown_in_milliseconds_from_a_hundred_on(measured):
    table = speed.steps(measured)
    assert table.columns.tolist() == ["N = 300", "power of N"]
    assert table.loc["S"].tolist() == [10.0, 1.9]
