"""What a user may rely on when runs are interrupted, disks fill and files rot."""

import os
import pickle
import re
import resource
import signal
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import terminal
from gaussmlp import Protocol, run_grid
from gaussmlp.__main__ import main
from gaussmlp.store import _checksum

QUICK = Protocol(sizes=(3,), seeds=(0, 1), steps=5)
LONG = ["run", "--sizes", "20", "--seeds", "0-99", "--masks", "C", "OCS"]
RUNS = 200


@pytest.fixture
def shared(cache):
    """Return a cache folder for other processes: no runs, and the compiled kernels of the suite."""
    cache.mkdir()
    (cache / "compiled").symlink_to(terminal.COMPILED, target_is_directory=True)
    return cache


@pytest.fixture
def honest():
    return run_grid(QUICK, cache=False).to_csv()


@pytest.fixture
def database(cache):
    run_grid(QUICK)
    return cache / "runs.sqlite"


def command(cache, out, *options):
    arguments = ("-m", "gaussmlp", *LONG, *options, "--out", out)
    return terminal.start(*arguments, GAUSSMLP_CACHE=str(cache))


def wait_for(what, process):
    until = time.monotonic() + 60
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)


def runs_in(cache):
    if not (cache / "runs.sqlite").exists():
        return 0
    try:
        with closing(sqlite3.connect(cache / "runs.sqlite")) as connection:
            return connection.execute("SELECT count(*) FROM runs").fetchone()[0]
    except sqlite3.OperationalError:  # the table is not made yet
        return 0


def interrupt(process):
    """Press Ctrl-C: the command ends within 2 seconds, with one line."""
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert time.monotonic() - asked < 2
    assert (process.returncode, error) == (130, "python -m gaussmlp run: interrupted\n")


@pytest.mark.alone
def test_kill_9_at_20_moments_loses_no_run_that_was_kept(shared, tmp_path):
    script = Path(__file__).with_name("killed.py")
    killed = terminal.python(script, 0, GAUSSMLP_CACHE=str(shared))
    assert (killed.returncode, killed.stderr) == (0, "")
    counts = [int(line.split()[1]) for line in killed.stdout.splitlines()]
    assert len(counts) >= 20
    assert len(set(counts)) > 10  # most children were killed while they trained
    options = ["--sizes", "20", "--seeds", "0-149"]
    whole, out = terminal.csv_of(tmp_path, "--jobs", 2, *options), tmp_path / "resumed.csv"
    resumed = terminal.python(
        *("-m", "gaussmlp", "run", *options, "--out", out), GAUSSMLP_CACHE=str(shared)
    )
    found = counts[-1]
    assert resumed.stderr.startswith(f"1200 runs: {found} found, {1200 - found} to train\n")
    assert out.read_bytes() == whole


@pytest.mark.alone
def test_ctrl_c_and_kill_9_of_the_command_leave_no_file_and_it_resumes(shared, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    stopped = command(shared, folder / "runs.csv", "--jobs", "1")
    wait_for(lambda: runs_in(shared), stopped)
    interrupt(stopped)
    found = runs_in(shared)
    assert 0 < found < RUNS

    killed = command(shared, folder / "runs.csv", "--jobs", "1")
    wait_for(lambda: runs_in(shared) > found, killed)
    killed.kill()
    assert killed.communicate()[1] == f"{RUNS} runs: {found} found, {RUNS - found} to train\n"
    assert list(folder.iterdir()) == []
    assert runs_in(shared) < RUNS

    resumed = command(shared, folder / "runs.csv")
    assert " found, " in resumed.communicate()[1]
    assert (folder / "runs.csv").read_bytes() == terminal.csv_of(tmp_path, *LONG[1:])


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
    assert runs_in(shared) == RUNS


@contextmanager
def full_disk(size):
    """Let no file grow beyond a size, as on a disk that is full."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


@pytest.mark.parametrize("size", [0, 5000])
def test_a_full_disk_means_one_warning_and_a_run_without_the_store(size, honest):
    with (
        pytest.warns(UserWarning, match="cannot be used, runs are not kept") as caught,
        full_disk(size),
    ):
        table = run_grid(QUICK).to_csv()
    assert table == honest
    assert len(caught) == 1
    assert run_grid(QUICK).to_csv() == honest  # there is room again: in silence


COMPILE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
from gaussmlp import Protocol, run_grid
sys.stdout.write(run_grid(Protocol(sizes=(3,), seeds=(0, 1), steps=5)).to_csv())
"""


def test_a_full_disk_that_holds_no_compiled_kernel_is_no_hindrance(honest, cache):
    cache.mkdir()
    done = terminal.python("-c", COMPILE, GAUSSMLP_CACHE=str(cache))
    assert (done.returncode, done.stdout) == (0, honest), done.stderr
    assert done.stderr.count("cannot be used, runs are not kept") == 1


@pytest.mark.parametrize("size", [0, 100])
def test_a_table_that_does_not_fit_gets_one_line_and_no_file(size, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "older.csv").write_text("precious")
    arguments = ["run", "--sizes", "3", "--seeds", "0", "--steps", "5", "--no-cache", "--out"]
    for name in ("runs.csv", "older.csv"):
        with full_disk(size):
            assert "--out: [Errno" in terminal.refusal(main, *arguments, folder / name)
    assert [path.name for path in folder.iterdir()] == ["older.csv"]
    assert (folder / "older.csv").read_text() == "precious"


@contextmanager
def somebody_else():
    """Give a folder, and the permissions of a user whom a read-only one stops: not root."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        if root:
            os.chown(name, 65534, -1)
            os.seteuid(65534)
        try:
            yield Path(name)
        finally:
            Path(name).chmod(0o700)
            if root:
                os.seteuid(0)


def test_a_read_only_folder_means_one_warning_and_what_it_holds_is_used(honest, monkeypatch):
    with somebody_else() as folder:
        monkeypatch.setenv("GAUSSMLP_CACHE", str(folder))
        run_grid(QUICK.but({"seeds": (0,)}))
        (folder / "runs.sqlite").chmod(0o400)
        folder.chmod(0o500)
        with pytest.warns(UserWarning, match="cannot be used, runs are not kept") as caught:
            assert run_grid(QUICK).to_csv() == honest
        assert len(caught) == 1
        assert len(list(folder.iterdir())) == 1


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("code of a cache entry was executed",)


def test_no_code_of_an_entry_is_executed(honest, database):
    # even where the checksum is right, as whoever writes the entry can make it
    bomb = pickle.dumps(Bomb()).ljust(800, b".")
    with closing(sqlite3.connect(database)) as connection, connection:
        for (key,) in connection.execute("SELECT key FROM runs").fetchall():
            entry = (bomb, _checksum(key, bomb, None), key)
            connection.execute("UPDATE runs SET theta = ?, checksum = ? WHERE key = ?", entry)
    with pytest.warns(UserWarning, match="16 stored runs fail their checksum"):
        assert run_grid(QUICK).to_csv() == honest


def test_the_cache_command_names_the_folder_and_clears_it(database, cache, tmp_path, capsys):
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
