"""Readings: each is the nominal protocol but for what it names, and is judged like it."""

import dataclasses

import pytest
from gaussmlp import Protocol
from gaussmlp.claims import ON_THE_GRID, judge
from gaussmlp.evidence import evidence
from gaussmlp.readings import READINGS, Reading, judge_readings, run_readings


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.id)
def test_a_reading_changes_what_it_names_and_nothing_else(reading):
    nominal, read = dataclasses.asdict(Protocol()), dataclasses.asdict(reading.protocol)
    changed = {name for name in nominal if nominal[name] != read[name]}
    assert changed == {name.partition(".")[0] for name in reading.choices}


def test_readings_differ():
    assert len({reading.id for reading in READINGS}) == len(READINGS)
    assert len({reading.protocol for reading in READINGS} | {Protocol()}) == len(READINGS) + 1


def test_the_nominal_protocol_is_judged_as_in_the_ledger():
    small = {"sizes": (3, 5), "seeds": (0, 1, 2), "steps": 30}
    readings = [Reading("short", small, ""), Reading("odd", small | {"w0": 1}, "")]
    frame = run_readings(readings)
    assert list(frame["reading"].unique()) == ["nominal", "short", "odd"]
    verdicts = judge_readings(frame[frame["reading"] != "nominal"])
    ledger = judge(evidence(Protocol().but(small)))
    ours = {v.claim.id: v for v in verdicts["short"]}
    assert list(ours) == [claim.id for claim in ON_THE_GRID]
    assert {"C1", "C6", "C7", "C9", "C10"} <= set(ours)
    for v in ledger:
        if v.claim.id in ours and v.claim.id != "C10":
            assert (v.verdict, v.figure) == (ours[v.claim.id].verdict, ours[v.claim.id].figure)
