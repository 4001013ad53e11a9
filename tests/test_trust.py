"""What a user may rely on when runs are interrupted, and where they are kept."""

import re
import signal
import sqlite3
import time
from contextlib import closing

import pytest
import terminal
from gaussmlp import Protocol, run_grid
from gaussmlp.__main__ import main

LONG = ["run", "--sizes", "20", "--seeds", "0-99", "--masks", "C", "OCS"]
RUNS = 200


@pytest.fixture
def shared(cache):
    """Return a cache folder for other processes: no runs, and the compiled kernels of the suite."""
    cache.mkdir()
    (cache / "compiled").symlink_to(terminal.COMPILED, target_is_directory=True)
    return cache


def command(cache, out, *options):
    arguments = ("-m", "gaussmlp", *LONG, *options, "--out", out)
    return terminal.start(*arguments, GAUSSMLP_CACHE=str(cache))


def wait_for(what, process):
    until = time.monotonic() + 60
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def kept_in(cache):
    """Return the keys of the runs in a store; it may not be made yet."""
    if not (cache / "runs.sqlite").exists():
        return set()
    try:
        with closing(sqlite3.connect(cache / "runs.sqlite")) as connection:
            return {key for (key,) in connection.execute("SELECT key FROM runs")}
    except sqlite3.OperationalError:  # the table is not made yet
        return set()


def interrupt(process):
    """Press Ctrl-C: the command ends within 2 seconds, with one line."""
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert time.monotonic() - asked < 2
    assert (process.returncode, error) == (130, "python -m gaussmlp run: interrupted\n")


@pytest.mark.alone
def test_ctrl_c_and_kill_9_lose_no_kept_run_and_no_older_table(shared, tmp_path):
    folder, kept = tmp_path / "tables", set()
    folder.mkdir()
    out = folder / "runs.csv"
    out.write_text("precious")
    for later in (None, 0.0, 0.05, 0.1, 0.15):
        process, before = command(shared, out, "--jobs", "1"), kept
        wait_for(lambda kept=kept: kept_in(shared) > kept, process)
        if later is None:
            interrupt(process)
        else:
            time.sleep(later)
            process.kill()
            found = f"{len(before)} found, {RUNS - len(before)} to train"
            assert process.communicate()[1] == f"{RUNS} runs: {found}\n"
        kept = kept_in(shared)
        assert before < kept
        assert len(kept) < RUNS
        assert [path.read_text() for path in folder.iterdir()] == ["precious"]
    resumed = command(shared, out)
    assert f"{len(kept)} found, " in resumed.communicate()[1]
    assert out.read_bytes() == terminal.csv_of(tmp_path, *LONG[1:])


@pytest.mark.alone
def test_ctrl_c_does_not_wait_for_the_compiler(cache, tmp_path):
    # a folder without compiled kernels: the first run compiles for seconds
    process = command(cache, tmp_path / "runs.csv")
    wait_for(lambda: (cache / "runs.sqlite").exists(), process)
    time.sleep(0.5)
    interrupt(process)
    assert not (tmp_path / "runs.csv").exists()


def test_two_processes_at_once_on_an_empty_store_make_one_table(shared, tmp_path):
    both = [command(shared, tmp_path / f"{name}.csv") for name in ("one", "two")]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    # whoever comes later on a busy machine may find what the other has kept already
    found = f"{RUNS} runs: [0-9]+ found, [0-9]+ to train\n"
    wrote = f"wrote .*: {RUNS} runs\n"
    assert all(out == "" and re.fullmatch(f"({found})?{wrote}", error) for out, error in told)
    one, two = ((tmp_path / f"{name}.csv").read_bytes() for name in ("one", "two"))
    assert one == two
    assert len(kept_in(shared)) == RUNS


def test_the_cache_command_names_the_folder_and_clears_it(cache, tmp_path, capsys):
    run_grid(Protocol(sizes=(3,), seeds=(0, 1), steps=5))
    assert cache.stat().st_mode & 0o777 == 0o700  # only its owner may enter a folder that we make
    (tmp_path / "precious").touch()
    kernels = cache / "compiled" / ("0" * 16)
    kernels.mkdir(parents=True)
    (kernels / "train").touch()
    (kernels / "link").symlink_to(tmp_path)
    (cache / "notes").touch()
    assert main(["cache"]) == 0
    assert capsys.readouterr().out == f"{cache}\n"
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    assert sorted(path.name for path in cache.iterdir() if path.name != "compiled") == ["notes"]
    assert not kernels.exists()
    assert (tmp_path / "precious").exists()
