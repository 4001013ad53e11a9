"""What is measured against N."""

import json

from gaussmlp import MASKS, Protocol
from growth import grid_seconds, growth


def test_growth_has_every_point_and_its_exponents():
    measured = growth(print, sizes=(3, 100, 400), seconds=1e-4, repeats=1)
    assert json.loads(json.dumps(measured)) == measured
    assert (measured["sizes"], measured["runs"]) == ([3, 100, 400], 8)
    assert [*measured["step_seconds"]] == [*measured["exponents"]]
    assert [*measured["exponents"]] == [*MASKS, "one-to-one", "cooler"]
    assert all(len(values) == 3 for values in measured["step_seconds"].values())
    assert all(set(powers) == {"all", "large"} for powers in measured["exponents"].values())
    # memory is no more than proportional to N and to the runs
    eight, sixteen = measured["bytes"]["8"], measured["bytes"]["16"]
    assert eight[2] < 4.1 * eight[1]
    assert all(two < 2.1 * one for one, two in zip(eight, sixteen, strict=True))
    assert measured["bytes_exponents"]["8"]["large"] < 1.02


def test_the_grid_is_timed():
    times = grid_seconds(Protocol(sizes=(3,), seeds=(0,), steps=5), repeats=2)
    assert len(times) == 2
    assert min(times) > 0
