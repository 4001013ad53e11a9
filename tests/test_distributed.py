"""Grids on other processes, through joblib's dask backend: the same bits, whatever is killed."""

import os
import signal

import pandas as pd
import pytest
import terminal
from gaussmlp import Protocol, experiment, run_grid
from gaussmlp.store import cache_folder
from joblib import parallel_config

SMALL = Protocol(sizes=(3, 5, 10), seeds=range(4), steps=20_000)
KERNELS = cache_folder()  # before a test names another


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Return the client of a cluster of two processes that only this machine can reach."""
    dask = terminal.extra("dask.distributed")
    with (
        dask.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            local_directory=tmp_path_factory.mktemp("workers"),
            env={"GAUSSMLP_CACHE": str(KERNELS)},
        ) as cluster,
        dask.Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def expected():
    return run_grid(SMALL, cache=False)


def test_workers_give_the_bits_of_threads(client, expected, capsys):
    with parallel_config(backend="dask"):
        frame = run_grid(SMALL, cache=False, progress=True)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)
    assert "100%" in capsys.readouterr().err


def test_a_killed_worker_loses_nothing(client, expected, monkeypatch):
    before, save, saved = client.run(os.getpid), experiment.Store.save, []

    def kill_one_and_save(store, finished):
        if not saved:
            busy = {worker: len(tasks) for worker, tasks in client.processing().items()}
            worker = max(busy, key=busy.get)
            assert busy[worker] > 0
            os.kill(before[worker], signal.SIGKILL)
        saved.append(len(finished))
        save(store, finished)

    monkeypatch.setattr(experiment.Store, "save", kill_one_and_save)
    with parallel_config(backend="dask"):
        frame = run_grid(SMALL)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)
    assert sum(saved) == len(expected)
    client.wait_for_workers(2)
    assert len(set(before.values()) & set(client.run(os.getpid).values())) == 1


def test_a_worker_with_another_engine_is_refused(client, monkeypatch):
    monkeypatch.setattr(experiment, "engine_digest", lambda: "another")
    with (
        parallel_config(backend="dask"),
        pytest.raises(RuntimeError, match="a worker has another version of gaussmlp"),
    ):
        run_grid(SMALL, cache=False)
