"""Readings: each is the nominal protocol but for what it names, and is judged like it."""

import dataclasses
import hashlib
import logging

import numpy as np
import pandas as pd
import pytest
from gaussmlp import Protocol
from gaussmlp.claims import ON_THE_GRID, judge
from gaussmlp.evidence import evidence
from gaussmlp.readings import (
    NOMINAL,
    READINGS,
    Reading,
    combinations,
    compatible,
    effects,
    judge_readings,
    results,
    run_readings,
)

SMALL = {"sizes": (3, 5), "seeds": (0, 1, 2), "steps": 30}

# What was asked for before anything was run: nothing may leave the list for what it gives.
ASKED = [
    {"activation": "exp(-z^2/2)"},
    {"trained": "centre and width"},
    *({"w0": start} for start in ("fan-in", 1, 10, "N/4")),
    {"formulas.coverage": "hard minimum"},
    {"formulas.coverage": "log response"},
    {"tau.coverage": 1e-2},
    {"formulas.overlap": "cosine"},
    {"formulas.separation": "distance"},
    *({"target": target} for target in ("x", "random labels", "sin(3 pi x)")),
    {"inputs": "equispaced"},
    {"domain": (0, 1)},
    *({"lam": lam} for lam in (0.01, 0.1, 0.3, 3)),
    *({"tau": tau} for tau in (1e-5, 1e-3, 1e-2)),
    *({"steps": steps} for steps in (2000, 20000)),
    *({"step_size": size} for size in (0.003, 0.03)),
    *({"optimizer": optimizer} for optimizer in ("gradient descent", "momentum")),
]


def named(name):
    return next(one for one in READINGS if one.id == name)


@pytest.fixture
def small():
    return run_readings([Reading("short", SMALL, ""), Reading("odd", SMALL | {"w0": 1}, "")])


def test_the_list_is_what_was_asked_for():
    assert NOMINAL.protocol == Protocol()
    listed = {one.protocol for one in READINGS}
    assert listed == {Protocol().but(choices) for choices in ASKED}
    assert all(one.why for one in READINGS)
    for one in READINGS:  # full grids: the nominal sizes, seeds and masks
        for name in ("sizes", "seeds", "masks"):
            assert getattr(one.protocol, name) == getattr(Protocol(), name)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.id)
def test_a_reading_changes_what_it_names_and_nothing_else(reading):
    nominal, read = dataclasses.asdict(Protocol()), dataclasses.asdict(reading.protocol)
    changed = {name for name in nominal if nominal[name] != read[name]}
    assert changed == {name.partition(".")[0] for name in reading.choices}


def test_readings_differ():
    assert len({reading.id for reading in READINGS}) == len(READINGS)
    assert len({reading.protocol for reading in READINGS} | {Protocol()}) == len(READINGS) + 1


def test_the_nominal_protocol_is_judged_as_in_the_ledger(small):
    assert list(small["reading"].unique()) == ["short", "odd"]
    verdicts = judge_readings(small)
    ledger = judge(evidence(Protocol().but(SMALL)))
    ours = {v.claim.id: v for v in verdicts["short"]}
    assert list(ours) == [claim.id for claim in ON_THE_GRID]
    assert {"C1", "C6", "C7", "C9", "C10"} <= set(ours)
    for v in ledger:
        if v.claim.id in ours and v.claim.id != "C10":
            assert (v.verdict, v.figure) == (ours[v.claim.id].verdict, ours[v.claim.id].figure)


def test_each_reading_is_told_when_it_begins(caplog):
    with caplog.at_level(logging.INFO, "gaussmlp.readings"):
        run_readings([Reading(name, SMALL, "") for name in ("short", "same")])
    told = [record.message for record in caplog.records if record.name == "gaussmlp.readings"]
    assert told == ["reading 1 of 2: short", "reading 2 of 2: same"]


def test_combinations_are_many_and_fill_the_square():
    pairs = [one.id.split(" + ") for one in combinations()]
    assert len(pairs) >= 40
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    counts = pd.Series(np.ravel(pairs)).value_counts()
    assert set(counts.index) == {one.id for one in READINGS}
    assert counts.max() <= 4
    assert [one.id for one in combinations()] == [one.id for one in combinations()]


@pytest.mark.parametrize("pair", combinations(), ids=lambda pair: pair.id)
def test_a_combination_makes_both_choices_and_none_is_lost(pair):
    first, second = map(named, pair.id.split(" + "))
    assert pair.choices == first.choices | second.choices
    assert len(pair.choices) == 2
    one_way = Protocol().but(first.choices).but(second.choices)
    assert pair.protocol == one_way == Protocol().but(second.choices).but(first.choices)
    assert pair.protocol not in (first.protocol, second.protocol)


def test_choices_that_exclude_each_other_are_no_combination():
    excluded = [
        ("lam 0.1", "lam 3"),
        ("fan-in start", "w starts at 1"),
        ("tau 0.01", "soft coverage"),
        ("hard coverage", "soft coverage"),  # the hard minimum has no temperature
        ("response coverage", "hard coverage"),
        ("momentum", "momentum"),
    ]
    for first, second in excluded:
        assert not compatible(named(first), named(second))
        assert not compatible(named(second), named(first))
    assert compatible(named("hard coverage"), named("cosine overlap"))
    assert compatible(named("hard coverage"), named("tau 0.01"))  # separation's moves


def frame_of(errors):
    """Return runs of the three masks that effects need, by mask: errors of size 3 and size 5."""
    rows = [
        {"reading": "one", "n": n, "seed": seed, "mask": mask, "reconstruction_error": error}
        for mask, by_seed in errors.items()
        for seed, by_size in enumerate(by_seed)
        for n, error in zip((3, 5), by_size, strict=True)
    ]
    return pd.DataFrame(rows)


def test_an_effect_is_bounded_without_scale_and_zero_where_nothing_changes():
    base = [(1.0, 2.0), (3.0, 0.5)]
    twice = [(2.0, 4.0), (6.0, 1.0)]
    exact = [(0.0, 0.0), (0.0, 0.0)]
    table = effects(frame_of({"standard": base, "C": twice, "O": exact}))
    assert table.loc[("coverage", "one"), "mean"] == pytest.approx(1 / 3)
    assert table.loc[("overlap", "one"), "mean"] == -1
    assert table.loc[("coverage", "one"), "seeds"] == 2
    table = effects(frame_of({"standard": base, "C": base, "O": [(1.0, 2.0), (3e9, 0.5)]}))
    assert table.loc[("coverage", "one"), "mean"] == 0
    assert table.loc[("overlap", "one"), "mean"] == pytest.approx(0.25)  # one run of four, at most


def test_a_seed_with_a_diverged_run_is_left_out_of_an_effect():
    base = [(1.0, 1.0), (1.0, 1.0)]
    table = effects(frame_of({"standard": base, "C": [(np.nan, 5.0), (3.0, 3.0)], "O": base}))
    assert table.loc[("coverage", "one"), ["mean", "seeds"]].tolist() == [0.5, 1]


def test_what_is_kept_of_a_reading_says_its_verdicts_effects_and_bits(small):
    table = results(small)
    assert list(table.index) == ["short", "odd"]
    verdicts = judge_readings(small)
    for v in verdicts["odd"]:
        assert table.at["odd", v.claim.id] == v.text
        assert table.at["odd", f"{v.claim.id} figure"] == v.figure
    assert table.at["odd", "overlap low"] == effects(small).at[("overlap", "odd"), "low"]
    runs = small[(small["reading"] == "odd") & (small["n"] == 5)]
    whole = hashlib.sha256("".join(runs["digest"]).encode()).hexdigest()
    assert table.at["odd", "digest 5"] == whole
    assert table["digest 3"].nunique() == 2
