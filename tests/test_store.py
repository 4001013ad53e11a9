"""The store of runs: never stale, never wrong, never in the way, on whatever disk."""

import os
import pickle
import random
import resource
import shutil
import sqlite3
import tempfile
import warnings
from contextlib import closing, contextmanager
from pathlib import Path

import gaussmlp
import pandas as pd
import pytest
import terminal
from gaussmlp import MASKS, Protocol, Run, experiment, run_grid, store
from gaussmlp.__main__ import main
from gaussmlp.experiment import run_key

QUICK = Protocol(sizes=(3,), seeds=(0, 1), steps=5)
OTHERS = {
    "domain": (-1, 2),
    "inputs": "equispaced",
    "target": "x",
    "w0": 4.0,
    "activation": "exp(-z^2/2)",
    "trained": "centre and width",
    "formulas.overlap": "cosine",
    "formulas.coverage": "hard minimum",
    "formulas.separation": "distance",
    "optimizer": "momentum",
    "steps": 6,
    "step_size": 0.02,
    "weight_decay": 0.1,
    "lam.overlap": 0.5,
    "lam.coverage": 0.5,
    "lam.separation": 0.5,
    "tau.coverage": 0.5,
    "tau.separation": 0.5,
}
PACKAGE = Path(gaussmlp.__file__).parent
CANNOT_BE_USED = "cannot be used, runs are not kept"


@pytest.fixture
def honest():
    """Return the frame that no store had a part in."""
    return run_grid(QUICK, cache=False)


@pytest.fixture
def database(cache):
    """Return the file of a store that holds the quick grid."""
    run_grid(QUICK)
    return cache / "runs.sqlite"


def edit(database, statement, *values):
    with closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute(statement, values).rowcount != 0


def same(frame, honest):
    pd.testing.assert_frame_equal(frame, honest, check_exact=True)
    return frame.to_csv() == honest.to_csv()


def test_a_stored_run_equals_a_fresh_one_byte_for_byte(honest, database, trainings):
    assert same(run_grid(QUICK), honest)
    assert trainings == []


def test_a_stored_divergence_is_remembered(trainings):
    diverging = QUICK.but({"step_size": 1e306})
    first = run_grid(diverging)
    trainings.clear()
    assert same(run_grid(diverging), first)
    assert trainings == []
    assert (first.diverged_at == 2).all()


def test_without_the_store_nothing_is_read_or_kept(cache, trainings):
    run_grid(QUICK, cache=False)
    run_grid(QUICK, cache=False)
    assert sum(map(len, trainings)) == 32
    assert not cache.exists()


@pytest.mark.parametrize("name", OTHERS)
def test_a_choice_changes_the_key_of_the_masks_that_it_concerns(name):
    letter = {"overlap": "O", "coverage": "C", "separation": "S"}.get(name.partition(".")[2], "")
    other = QUICK.but({name: OTHERS[name]})
    for mask in MASKS:
        changed = run_key(Run(other, 3, mask, 0)) != run_key(Run(QUICK, 3, mask, 0))
        assert changed == (letter in mask), mask


def test_every_choice_but_the_axes_of_the_grid_is_tried():
    tried = {name.partition(".")[0] for name in OTHERS}
    assert tried | {"sizes", "seeds", "masks", "target"} == set(Protocol.__dataclass_fields__)


def test_size_mask_and_seed_change_the_key_and_the_rest_of_the_grid_does_not():
    runs = [Run(QUICK, n, mask, seed) for n in (3, 4) for mask in MASKS for seed in (0, 1)]
    keys = {run_key(run) for run in runs}
    assert len(keys) == len(runs)
    elsewhere = Protocol(sizes=(3, 50), seeds=(7,), masks=("C",), steps=5)
    assert run_key(Run(elsewhere, 3, "S", 0)) in keys


def test_what_changes_the_digest_of_the_engine_and_what_does_not(tmp_path, monkeypatch):
    copy, digest = tmp_path / "gaussmlp", store.engine_digest.__wrapped__
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(store, "__file__", str(copy / "store.py"))
    monkeypatch.chdir(tmp_path)
    before = digest()
    (copy / "metrics.py").write_text("no part of the engine")
    names = "model start draws training datasets vectors kernels/gradient kernels/lanes"
    files = [copy / f"{name}.py" for name in names.split()]
    for file in files:
        code = file.read_text()
        file.write_text(code.replace('"""', '"""Reworded: ', 1) + "# a comment\n")
    assert digest() == before
    for file in files:
        code = file.read_text()
        file.write_text(code + "\nADDED = 1\n")
        assert digest() != before
        file.write_text(code)
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert digest() == before
    monkeypatch.setenv("NUMBA_OPT", "0")
    assert digest() != before
    monkeypatch.delenv("NUMBA_OPT")
    (tmp_path / ".numba_config.yaml").write_text("opt: 0")
    assert digest() != before


def test_another_engine_finds_nothing(database, trainings, monkeypatch):
    monkeypatch.setattr(experiment, "engine_digest", lambda: "another")
    run_grid(QUICK)
    assert sum(map(len, trainings)) == 16


DAMAGE = {
    "a number for parameters": "UPDATE runs SET theta = 5",
    "text that is no Unicode": "UPDATE runs SET theta = CAST(x'ff' AS TEXT)",
    "another run's parameters": "UPDATE runs SET theta = (SELECT max(theta) FROM runs)",
    "a divergence that was none": "UPDATE runs SET diverged_at = 3",
    "a checksum that is no text": "UPDATE runs SET checksum = 5",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_row_is_noticed_and_run_again(damage, honest, database):
    edit(database, DAMAGE[damage])
    with pytest.warns(UserWarning, match="fail their checksum|was damaged"):
        assert same(run_grid(QUICK), honest)
    assert same(run_grid(QUICK), honest)  # in silence, since warnings are errors


@pytest.mark.parametrize(
    "spoil",
    [
        lambda database: edit(database, "ALTER TABLE runs RENAME COLUMN theta TO parameters"),
        lambda database: database.write_bytes(b"hello" * 1000),
        lambda database: database.write_bytes(b"SQLite format 3\0" + bytes(84)),
    ],
)
def test_a_file_that_is_not_ours_is_noticed_and_replaced(spoil, honest, database):
    spoil(database)
    with pytest.warns(UserWarning, match="was damaged and is started anew"):
        assert same(run_grid(QUICK), honest)
    assert same(run_grid(QUICK), honest)


def noticed(honest):
    """Run the grid twice and return the number of warnings: none where nothing was concerned."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert same(run_grid(QUICK), honest)
    assert all(issubclass(one.category, UserWarning) for one in caught)
    assert same(run_grid(QUICK), honest)  # in silence
    assert len(caught) <= 1
    return len(caught)


def cut_short(whole, rng):
    return whole[: rng.randrange(1, len(whole))]


def with_a_flipped_bit(whole, rng):
    spoilt = bytearray(whole)
    used = [k for k, byte in enumerate(whole) if byte]  # the rest of a page is empty
    spoilt[rng.choice(used)] ^= 1 << rng.randrange(8)
    return spoilt


@pytest.mark.parametrize(
    ("spoilt", "times", "least"), [(cut_short, 20, 8), (with_a_flipped_bit, 40, 10)]
)
def test_a_spoilt_file_is_never_served_wrong(spoilt, times, least, honest, database):
    whole, rng, found = database.read_bytes(), random.Random(0), 0
    for _ in range(times):
        database.write_bytes(spoilt(whole, rng))
        found += noticed(honest)
    assert found >= least


@contextmanager
def no_folder(cache):
    cache.touch()  # permissions would not stop an administrator
    yield
    cache.unlink()


@contextmanager
def locked(cache):
    run_grid(QUICK)
    with closing(sqlite3.connect(cache / "runs.sqlite")) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def full_disk(size):
    """Let no file grow beyond a size, as on a disk that is full."""
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))


@pytest.mark.parametrize(
    "spoilt", [no_folder, locked, lambda _: full_disk(0), lambda _: full_disk(5000)]
)
def test_a_store_that_cannot_be_used_is_reported_once_and_done_without(
    spoilt, honest, cache, monkeypatch
):
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout=0: connect(path, timeout=0.01))
    with spoilt(cache), pytest.warns(UserWarning, match=CANNOT_BE_USED) as caught:
        assert same(run_grid(QUICK), honest)
    assert len(caught) == 1
    assert same(run_grid(QUICK), honest)  # it can be used again: in silence


COMPILE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
from gaussmlp import Protocol, run_grid
sys.stdout.write(run_grid(Protocol(sizes=(3,), seeds=(0, 1), steps=5)).to_csv())
"""


def test_a_full_disk_that_holds_no_compiled_kernel_is_no_hindrance(honest, cache):
    cache.mkdir()
    done = terminal.python("-c", COMPILE, GAUSSMLP_CACHE=str(cache))
    assert (done.returncode, done.stdout) == (0, honest.to_csv()), done.stderr
    assert done.stderr.count(CANNOT_BE_USED) == 1


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
        with pytest.warns(UserWarning, match=CANNOT_BE_USED) as caught:
            assert same(run_grid(QUICK), honest)
        assert len(caught) == 1
        assert len(list(folder.iterdir())) == 1


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("code of a cache entry was executed",)


def test_no_code_of_an_entry_is_executed(honest, database):
    # even where the checksum is right, as whoever writes the entry can make it
    bomb = pickle.dumps(Bomb()).ljust(800, b".")
    with closing(sqlite3.connect(database)) as connection:
        keys = connection.execute("SELECT key FROM runs").fetchall()
    for (key,) in keys:
        entry = (bomb, store._checksum(key, bomb, None), key)
        edit(database, "UPDATE runs SET theta = ?, checksum = ? WHERE key = ?", *entry)
    with pytest.warns(UserWarning, match="16 stored runs fail their checksum"):
        assert same(run_grid(QUICK), honest)
