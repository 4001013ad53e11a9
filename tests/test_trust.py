"""What a user may rely on when runs are interrupted, disks fill and files rot."""

import os
import pickle
import random
import re
import resource
import signal
import sqlite3
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import numba
import numpy as np
import pytest
import terminal
from gaussmlp import Protocol, run_grid, store
from gaussmlp.__main__ import main
from gaussmlp.kernels import jit, machine_code
from gaussmlp.store import _checksum

QUICK = Protocol(sizes=(3,), seeds=(0, 1), steps=5)
LONG = ["run", "--sizes", "20", "--seeds", *map(str, range(100)), "--masks", "C", "OCS"]
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


def test_kill_9_at_20_moments_loses_no_run_that_was_kept(shared, tmp_path):
    script = Path(__file__).with_name("killed.py")
    killed = terminal.python(script, 0, GAUSSMLP_CACHE=str(shared))
    assert (killed.returncode, killed.stderr) == (0, "")
    counts = [int(line.split()[1]) for line in killed.stdout.splitlines()]
    assert len(counts) >= 20
    assert len(set(counts)) > 10  # most children were killed while they trained
    options = ["--sizes", "20", "--seeds", *range(150)]
    whole, out = terminal.csv_of(tmp_path, "--jobs", 2, *options), tmp_path / "resumed.csv"
    resumed = terminal.python(
        *("-m", "gaussmlp", "run", *options, "--out", out), GAUSSMLP_CACHE=str(shared)
    )
    found = counts[-1]
    assert resumed.stderr == f"1200 runs: {found} found, {1200 - found} to train\n"
    assert out.read_bytes() == whole


def test_ctrl_c_and_kill_9_of_the_command_leave_no_file_and_it_resumes(shared, tmp_path):
    folder = tmp_path / "tables"
    folder.mkdir()
    stopped = command(shared, folder / "runs.csv", "--jobs", "1")
    wait_for(lambda: runs_in(shared), stopped)
    asked = time.monotonic()
    stopped.send_signal(signal.SIGINT)
    _, error = stopped.communicate()
    assert time.monotonic() - asked < 2
    assert (stopped.returncode, error) == (130, "python -m gaussmlp: interrupted\n")
    found = runs_in(shared)
    assert 0 < found < RUNS

    killed = command(shared, folder / "runs.csv", "--jobs", "1")
    wait_for(lambda: runs_in(shared) > found, killed)
    killed.kill()
    assert killed.communicate()[1] == f"{RUNS} runs: {found} found, {RUNS - found} to train\n"
    assert list(folder.iterdir()) == []
    found = runs_in(shared)
    assert found < RUNS

    # two at once finish what is left
    both = [command(shared, folder / f"{name}.csv") for name in ("one", "two")]
    told = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all(line.count("\n") == 1 and " found, " in line for line in told)
    one, two = ((folder / f"{name}.csv").read_bytes() for name in ("one", "two"))
    assert one == two == terminal.csv_of(tmp_path, *LONG[1:])


def test_ctrl_c_does_not_wait_for_the_compiler(cache, tmp_path):
    # a folder without compiled kernels: the first run compiles for seconds
    process = command(cache, tmp_path / "runs.csv")
    wait_for(lambda: (cache / "runs.sqlite").exists(), process)
    time.sleep(0.5)
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate()
    assert time.monotonic() - asked < 2
    assert (process.returncode, error) == (130, "python -m gaussmlp: interrupted\n")
    assert not list(cache.glob("compiled/*/*/train.*"))
    assert not (tmp_path / "runs.csv").exists()


def test_two_processes_at_once_on_an_empty_store_make_one_table(shared, tmp_path):
    both = [command(shared, tmp_path / f"{name}.csv") for name in ("one", "two")]
    told = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    # whoever comes later on a busy machine may find what the other has kept already
    found = f"{RUNS} runs: [0-9]+ found, [0-9]+ to train\n"
    assert all(out == "" and re.fullmatch(f"({found})?", error) for out, error in told)
    one, two = ((tmp_path / f"{name}.csv").read_bytes() for name in ("one", "two"))
    assert one == two
    assert runs_in(shared) == RUNS


def test_what_a_kill_left_in_the_middle_of_a_transaction_is_rolled_back(honest, database, cache):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA cache_size = 1")  # so that changes reach the file at once
        connection.execute("UPDATE runs SET theta = zeroblob(4000), checksum = 'half-written'")
        left = {path.name: path.read_bytes() for path in cache.glob("runs.sqlite*")}
    assert set(left) == {"runs.sqlite", "runs.sqlite-journal"}
    assert b"half-written" in left["runs.sqlite"]
    for name, content in left.items():
        (cache / name).write_bytes(content)
    assert run_grid(QUICK).to_csv() == honest  # in silence, since warnings are errors
    assert [path.name for path in cache.glob("runs.sqlite*")] == ["runs.sqlite"]


@contextmanager
def full_disk(size):
    """Let no file grow beyond a size, as on a disk that is full."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


@pytest.mark.parametrize("size", [0, 1, 512, 5000, 12288])
def test_a_full_disk_means_one_warning_and_a_run_without_the_store(size, honest):
    with (
        pytest.warns(UserWarning, match="cannot be used, runs are not kept") as caught,
        full_disk(size),
    ):
        table = run_grid(QUICK).to_csv()
    assert table == honest
    assert len(caught) == 1
    assert run_grid(QUICK).to_csv() == honest  # there is room again: in silence


@pytest.mark.parametrize("size", [0, 100])
def test_a_table_that_does_not_fit_gets_one_line_and_no_file(size, tmp_path, capsys):
    folder = tmp_path / "tables"
    folder.mkdir()
    (folder / "older.csv").write_text("precious")
    arguments = ["run", "--sizes", "3", "--seeds", "0", "--steps", "5", "--no-cache", "--out"]
    for name in ("runs.csv", "older.csv"):
        with full_disk(size), pytest.raises(SystemExit) as stopped:
            main([*arguments, str(folder / name)])
        assert stopped.value.code == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert "--out: [Errno" in error
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


@pytest.mark.parametrize("known", [False, True], ids=["empty", "with some runs"])
def test_a_read_only_folder_means_one_warning_and_what_it_holds_is_used(known, honest, monkeypatch):
    with somebody_else() as folder:
        monkeypatch.setenv("GAUSSMLP_CACHE", str(folder))
        if known:
            run_grid(QUICK.but({"seeds": (0,)}))
            (folder / "runs.sqlite").chmod(0o400)
        folder.chmod(0o500)
        with pytest.warns(UserWarning, match="cannot be used, runs are not kept") as caught:
            assert run_grid(QUICK).to_csv() == honest
        assert len(caught) == 1
        assert len(list(folder.iterdir())) == known


def test_runs_of_another_version_are_reported_once_and_trained(tmp_path, capsys, monkeypatch):
    arguments = ["run", "--sizes", "3", "--steps", "5", "--out", str(tmp_path / "runs.csv")]
    tables, told = [], []
    for engine in ("a" * 64, "b" * 64, "b" * 64):
        monkeypatch.setattr("gaussmlp.experiment.engine_digest", lambda engine=engine: engine)
        assert main(arguments) == 0
        tables.append((tmp_path / "runs.csv").read_bytes())
        told.append(capsys.readouterr().err)
    assert told == [
        "",
        "80 runs: 0 found, 80 to train (80 of them stored by another version)\n",
        "80 runs: 80 found, 0 to train\n",
    ]
    assert tables[0] == tables[1] == tables[2]


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


def double(values):
    for k in range(len(values)):
        values[k] *= 2.0


def doubled(kind=np.float64):
    """Return what the compiled function makes of 1, 2 and 3, and whether it was compiled anew."""
    compiled, values = jit.kernel(double), np.arange(1, 4, dtype=kind)
    compiled(values)
    (hits,) = compiled.stats.cache_hits.values() or (0,)
    return values.tolist(), not hits


compiling = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return the file of a compiled function."""
    monkeypatch.setattr(jit, "_COMPILED", tmp_path / "compiled")
    assert doubled() == ([2.0, 4.0, 6.0], True)
    assert doubled() == ([2.0, 4.0, 6.0], False)
    (file,) = (path for path in (tmp_path / "compiled").rglob("*") if path.is_file())
    return file


@compiling
def test_damaged_machine_code_is_never_executed(machine):
    whole, rng = machine.read_bytes(), random.Random(0)
    damaged = [whole[:length] for length in (0, 1, 31, 32, 33, *rng.sample(range(len(whole)), 5))]
    for position in rng.sample(range(len(whole)), 10):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << rng.randrange(8)
        damaged.append(bytes(flipped))
    for content in damaged:
        machine.write_bytes(content)
        with pytest.warns(UserWarning, match="fails its checksum and is compiled anew") as caught:
            assert doubled() == ([2.0, 4.0, 6.0], True)
        assert len(caught) == 1
        assert doubled() == ([2.0, 4.0, 6.0], False)


@compiling
def test_each_signature_has_machine_code_of_its_own(machine):
    assert doubled(np.float32) == ([2.0, 4.0, 6.0], True)
    assert doubled(np.float32) == doubled() == ([2.0, 4.0, 6.0], False)
    assert len(list(machine.parent.iterdir())) == 2


@compiling
def test_where_machine_code_cannot_be_kept_it_is_compiled_in_every_process(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(jit, "_COMPILED", tmp_path / "file" / "compiled")
    monkeypatch.setattr(machine_code, "_Sealed", None)  # no other folder is even tried
    assert doubled() == doubled() == ([2.0, 4.0, 6.0], True)


@compiling
def test_a_full_disk_keeps_no_half_of_the_machine_code(tmp_path, monkeypatch):
    monkeypatch.setattr(jit, "_COMPILED", tmp_path / "compiled")
    with full_disk(1000):
        assert doubled() == ([2.0, 4.0, 6.0], True)
    assert not [path for path in (tmp_path / "compiled").rglob("*") if path.is_file()]


def test_only_its_owner_may_enter_a_folder_that_we_make(database, cache):
    assert cache.stat().st_mode & 0o777 == 0o700


def test_the_cache_command_tells_and_clears_and_leaves_the_rest(
    database, cache, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("gaussmlp.experiment.engine_digest", lambda: "e" * 64)
    run_grid(QUICK.but({"seeds": (0,)}))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("precious")
    own, other = (
        cache / "compiled" / digest / "kernels" for digest in (jit.engine_digest()[:16], "0" * 16)
    )
    for folder, size in ((own, 1_200_000), (other, 3_400_000)):
        folder.mkdir(parents=True)
        (folder / "train").write_bytes(bytes(size))
        (folder / "link").symlink_to(elsewhere)
    (cache / "compiled" / ("1" * 16)).symlink_to(elsewhere)
    (cache / "runs.sqlite-journal").touch()
    (cache / "notes").touch()
    (cache / "compiled" / "notes").touch()

    assert main(["cache"]) == 0
    shown = capsys.readouterr().out
    assert main(["cache", "size"]) == 0
    assert capsys.readouterr().out == shown
    assert shown.splitlines() == [
        f"folder   {cache}",
        "runs     24 (8 of other versions), 0.0 MB",
        "kernels  4.6 MB (3.4 MB of other versions)",
    ]
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "runs     removed 24 (8 of other versions), 0.0 MB",
        "kernels  removed 4.6 MB (3.4 MB of other versions)",
    ]
    left = sorted(str(path.relative_to(cache)) for path in cache.rglob("*"))
    assert left == ["compiled", "compiled/notes", "notes"]
    assert (elsewhere / "precious").read_text() == "precious"


def test_the_cache_command_follows_no_link_to_other_kernels(cache, tmp_path):
    cache.mkdir()
    kernels = tmp_path / "kernels" / ("0" * 16)
    kernels.mkdir(parents=True)
    (cache / "compiled").symlink_to(tmp_path / "kernels")
    store.clear()
    assert kernels.exists()


def test_the_cache_command_makes_no_folder(cache, capsys):
    for action in ("size", "clear"):
        assert main(["cache", action]) == 0
    assert "runs     removed 0" in capsys.readouterr().out
    assert not cache.exists()
