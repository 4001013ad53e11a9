"""Grids of runs: the frame, the order, threads, memory, progress."""

import sys

import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, experiment, run_grid, run_grids, train, train_all
from gaussmlp.experiment import COLUMNS
from gaussmlp.training import check_memory

QUICK = Protocol(sizes=(3, 4), seeds=(0, 1), steps=5)


MEASURES = """fit_mse reconstruction_error specialization_ratio outside_fraction expelled_fraction
    precision recall auc"""


def test_a_frame_has_one_row_per_run_in_the_nominal_order_in_plain_types():
    frame = run_grid(QUICK)
    order = [(n, mask, seed) for n in (3, 4) for mask in MASKS for seed in (0, 1)]
    assert list(zip(frame.n, frame["mask"], frame.seed, strict=True)) == order
    assert frame.index.tolist() == list(range(32))
    names = ("n", "seed", "mask", *MEASURES.split(), "diverged_at", "digest")
    assert tuple(frame.columns) == COLUMNS == names
    kinds = ["int64", "int64", "str", *["float64"] * 8, "Int64", "str"]
    assert [str(kind) for kind in frame.dtypes] == kinds


def test_a_row_tells_of_its_own_run():
    frame = run_grid(QUICK)
    for position in (0, 13, 31):
        row = frame.iloc[[position]].reset_index(drop=True)
        alone = train([Run(QUICK, row.n[0], row["mask"][0], row.seed[0])])
        pd.testing.assert_frame_equal(row, experiment.measure_all(alone), check_exact=True)


def test_several_readings_come_one_after_the_other_under_their_names():
    readings = {"nominal": QUICK, "weak": QUICK.but({"lam": 0.01, "sizes": (3,)})}
    frame = run_grids(readings)
    assert tuple(frame.columns) == ("reading", *COLUMNS)
    assert frame.reading.tolist() == ["nominal"] * 32 + ["weak"] * 16
    for name, protocol in readings.items():
        alone = run_grid(protocol)
        part = frame[frame.reading == name].drop(columns="reading").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone, check_exact=True)


def test_what_a_mask_leaves_out_is_trained_once(trainings):
    runs = [Run(QUICK, 3, "C", 0), Run(QUICK.but({"lam.overlap": 9.0}), 3, "C", 0)]
    trained = train_all(runs, cache=False)
    assert [len(block) for block in trainings] == [1]
    assert [one.run for one in trained] == runs
    assert trained[0].digest == trained[1].digest


def test_blocks_hold_eight_runs_of_one_size_and_length(trainings):
    longer = QUICK.but({"steps": 6})
    runs = [
        Run(p, n, mask, seed)
        for p in (QUICK, longer)
        for n in (3, 4)
        for mask in MASKS
        for seed in range(3)
    ]
    train_all(runs, jobs=1, cache=False)
    assert sorted(map(len, trainings)) == [8] * 12
    assert all(len({(run.n, run.protocol.steps) for run in block}) == 1 for block in trainings)
    assert [block[0].n for block in trainings] == [4] * 6 + [3] * 6  # the long ones first


def test_too_large_a_request_is_refused_with_its_estimate():
    # test_fuzz.py holds the estimate against what is used
    with pytest.raises(ValueError, match=r"about [\d.]+ GiB of memory, at most 4 GiB"):
        run_grid(Protocol(sizes=(2**31 - 1,)))
    with pytest.raises(ValueError, match="GiB"):
        run_grids(dict.fromkeys(range(20), Protocol(seeds=range(3000))))
    runs = [Run(Protocol(), 20_000, "C", seed) for seed in range(200)]
    with pytest.raises(ValueError, match="GiB"):
        train(runs, record=range(40))
    check_memory([(20_000, 200)], threads=2)
    with pytest.raises(ValueError, match="GiB"):
        check_memory([(20_000, 200)], threads=200)


def test_the_bar_shows_on_request_and_tells_how_many_runs_were_found(capsys, monkeypatch):
    run_grid(QUICK.but({"seeds": (0,)}))
    run_grid(QUICK, progress=True)
    error = capsys.readouterr().err
    assert "16 runs (16 found)" in error
    assert "100%" in error
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run_grid(QUICK.but({"steps": 6}), progress=False)
    run_grid(QUICK)  # nothing is trained
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("session", [None, "chapter.ipynb"])
@pytest.mark.parametrize("terminal", [False, True])
def test_the_bar_shows_by_itself_only_to_someone_who_looks(session, terminal, capsys, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    if session:
        monkeypatch.setenv("JPY_SESSION_NAME", session)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    run_grid(QUICK)
    assert bool(capsys.readouterr().err) == bool(session or terminal)
