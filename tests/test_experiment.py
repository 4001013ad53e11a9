"""Grids of runs: the frame, the order, threads, memory, progress."""

import sys

import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, experiment, run_grid, run_grids, train, train_all
from gaussmlp.experiment import COLUMNS
from gaussmlp.training import MEMORY_BOUND, check_memory

QUICK = Protocol(sizes=(3, 4), seeds=(0, 1), steps=5)


@pytest.fixture
def trainings(monkeypatch):
    """Return a list that grows by the runs of each training."""
    calls = []

    def counted(runs, **options):
        calls.append(list(runs))
        return train(runs, **options)

    monkeypatch.setattr(experiment, "train", counted)
    return calls


def test_a_frame_has_one_row_per_run_in_the_nominal_order():
    frame = run_grid(QUICK)
    order = [(n, mask, seed) for n in (3, 4) for mask in MASKS for seed in (0, 1)]
    assert list(zip(frame.n, frame["mask"], frame.seed, strict=True)) == order
    assert frame.index.tolist() == list(range(32))


def test_a_frame_has_the_columns_of_the_design_in_plain_types():
    frame = run_grid(QUICK)
    assert (
        tuple(frame.columns)
        == COLUMNS
        == (
            "n",
            "seed",
            "mask",
            "fit_mse",
            "reconstruction_error",
            "specialization_ratio",
            "outside_fraction",
            "expelled_fraction",
            "precision",
            "recall",
            "auc",
            "diverged_at",
            "digest",
        )
    )
    assert [str(kind) for kind in frame.dtypes] == [
        "int64",
        "int64",
        "str",
        *["float64"] * 8,
        "Int64",
        "str",
    ]


def test_a_row_tells_of_its_own_run():
    frame = run_grid(QUICK)
    for row in frame.sample(6, random_state=0).itertuples():
        (trained,) = train([Run(QUICK, row.n, row.mask, row.seed)])
        assert row.digest == trained.digest
        assert pd.isna(row.diverged_at)


def test_several_readings_come_one_after_the_other_under_their_names():
    readings = {"nominal": QUICK, "weak": QUICK.but({"lam": 0.01, "sizes": (3,)})}
    frame = run_grids(readings)
    assert tuple(frame.columns) == ("reading", *COLUMNS)
    assert frame.reading.tolist() == ["nominal"] * 32 + ["weak"] * 16
    for name, protocol in readings.items():
        alone = run_grid(protocol)
        part = frame[frame.reading == name].drop(columns="reading").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone, check_exact=True)


def test_threads_change_no_bit():
    one, two = (run_grid(QUICK, jobs=jobs, cache=False) for jobs in (1, 2))
    assert one.to_csv() == two.to_csv()


@pytest.mark.parametrize("jobs", [0, -1, 1.0, True, "2"])
def test_a_number_of_threads_below_one_is_refused(jobs):
    with pytest.raises(ValueError, match="jobs must be an integer from 1 to 1024"):
        run_grid(QUICK, jobs=jobs)


def test_a_small_integer_type_does_not_overflow():
    assert run_grid(QUICK, jobs=np.int8(1), cache=False).equals(run_grid(QUICK, cache=False))


def test_no_run_at_all_is_fine():
    assert train_all([]) == []


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


def test_diverged_runs_are_counted_and_not_averaged():
    frame = run_grid(QUICK.but({"step_size": 1e306}))
    assert (frame.digest == "diverged").all()
    assert (frame.diverged_at == 2).all()
    assert frame.reconstruction_error.isna().all()


def test_too_large_a_request_is_refused_with_its_estimate():
    with pytest.raises(ValueError, match=r"about [\d.]+ GiB of memory, at most 4 GiB"):
        run_grid(Protocol(sizes=(2**31 - 1,)))
    with pytest.raises(ValueError, match="GiB"):
        run_grids(dict.fromkeys(range(20), Protocol(seeds=range(3000))))


def test_the_estimate_grows_with_every_axis():
    check_memory([(20_000, 200)], threads=2)
    assert MEMORY_BOUND > 200 * 3 * 20_000 * 8  # the parameters alone
    for counts, threads, states in (
        ([(400_000, 200)], 2, 1),
        ([(20_000, 4000)], 2, 1),
        ([(20_000, 200)] * 20, 2, 1),
        ([(20_000, 200)], 200, 1),
        ([(20_000, 200)], 2, 40),
    ):
        with pytest.raises(ValueError, match="GiB"):
            check_memory(counts, threads, states)


def test_the_bar_shows_on_request(capsys):
    run_grid(QUICK, progress=True)
    error = capsys.readouterr().err
    assert "32 runs" in error
    assert "100%" in error


def test_the_bar_tells_how_many_runs_were_found(capsys):
    run_grid(QUICK.but({"seeds": (0,)}))
    run_grid(QUICK, progress=True)
    assert "16 runs (16 found)" in capsys.readouterr().err


@pytest.mark.parametrize("session", [None, "chapter.ipynb"])
@pytest.mark.parametrize("terminal", [False, True])
def test_the_bar_shows_by_itself_only_to_someone_who_looks(session, terminal, capsys, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    if session:
        monkeypatch.setenv("JPY_SESSION_NAME", session)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    run_grid(QUICK)
    assert bool(capsys.readouterr().err) == bool(session or terminal)


def test_the_bar_hides_on_request_and_where_nothing_is_trained(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    run_grid(QUICK, progress=False)
    run_grid(QUICK)
    assert capsys.readouterr().err == ""


def test_measures_are_those_of_single_runs():
    frame = run_grid(QUICK)
    again = experiment.measure_all([train([Run(QUICK, 4, "CS", 1)])[0]])
    row = frame[(frame.n == 4) & (frame["mask"] == "CS") & (frame.seed == 1)].reset_index(drop=True)
    pd.testing.assert_frame_equal(row, again, check_exact=True)
    assert np.isfinite(again.fit_mse[0])
