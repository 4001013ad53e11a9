"""Grids on other processes, through joblib's dask backend: the same bits, whatever is killed."""

import importlib
import os
import signal

import pandas as pd
import pytest
from gaussmlp import Protocol, experiment, run_grid
from gaussmlp.store import cache_folder
from joblib import parallel_config

SMALL = Protocol(sizes=(3, 5, 10), seeds=range(4), steps=20_000)
COMPILED = cache_folder()  # before a test names another


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Return the client of a cluster of two processes that only this machine can reach."""
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError:
        if "GAUSSMLP_REQUIRE_EXTRAS" in os.environ:
            raise
        pytest.skip("dask.distributed is not installed")
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            local_directory=tmp_path_factory.mktemp("workers"),
            env={"GAUSSMLP_CACHE": str(COMPILED)},
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def one_block_a_task(monkeypatch):
    monkeypatch.setattr(experiment, "_TASK_WORK", 1)


@pytest.fixture(scope="module")
def expected():
    return run_grid(SMALL, cache=False)


def test_workers_give_the_bits_of_threads(client, expected):
    with parallel_config(backend="dask"):
        frame = run_grid(SMALL, cache=False)
    pd.testing.assert_frame_equal(frame, expected, check_exact=True)


def test_a_killed_worker_loses_nothing(client, expected, one_block_a_task, monkeypatch):
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
    assert saved == [8] * 12
    client.wait_for_workers(2)
    assert len(set(before.values()) & set(client.run(os.getpid).values())) == 1


@pytest.mark.filterwarnings("ignore:.*You could benefit from adjusting the input task iterator")
def test_an_interrupted_grid_keeps_what_came_back(client, expected, one_block_a_task, monkeypatch):
    save, saved = experiment.Store.save, []

    def save_three(store, finished):
        save(store, finished)
        saved.append(len(finished))
        if len(saved) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, parallel_config(backend="dask"):
        patch.setattr(experiment.Store, "save", save_three)
        with pytest.raises(KeyboardInterrupt):
            run_grid(SMALL)
    blocks = []
    monkeypatch.setattr(experiment, "_work", lambda block: blocks.append(block) or 1)
    pd.testing.assert_frame_equal(run_grid(SMALL), expected, check_exact=True)
    assert len(blocks) == 12 - 3


def test_a_worker_with_another_engine_is_refused(client, monkeypatch):
    monkeypatch.setattr(experiment, "engine_digest", lambda: "another")
    with (
        parallel_config(backend="dask"),
        pytest.raises(RuntimeError, match="a worker has another version of gaussmlp"),
    ):
        run_grid(SMALL, cache=False)


def test_what_a_worker_cannot_import_is_an_error(client, monkeypatch, tmp_path):
    (tmp_path / "only_here.py").write_text("def train_task(engine, blocks): pass")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(experiment, "_train_task", importlib.import_module("only_here").train_task)
    with (
        parallel_config(backend="dask"),
        pytest.raises(ModuleNotFoundError, match="No module named 'only_here'"),
    ):
        run_grid(SMALL, cache=False)


def test_the_bar_counts_work_that_was_done_elsewhere(client, one_block_a_task, capsys):
    with parallel_config(backend="dask"):
        run_grid(SMALL, cache=False, progress=True)
    assert "100%" in capsys.readouterr().err


def test_small_blocks_are_sent_together_and_large_ones_alone():
    protocol = Protocol(sizes=(3, 10, 100), seeds=range(10))
    runs = {
        (n, mask, seed): experiment.Run(protocol, n, mask, seed)
        for n in protocol.sizes
        for mask in protocol.masks
        for seed in protocol.seeds
    }
    blocks = experiment._blocks(runs)
    tasks = experiment._tasks(blocks)
    assert [block for task in tasks for block in task] == blocks
    assert [len(task) for task in tasks] == [2] * 5 + [20]
