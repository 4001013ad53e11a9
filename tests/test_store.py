"""The store of runs: never stale, never wrong, never in the way."""

import random
import shutil
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import gaussmlp
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, experiment, run_grid, store
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
        assert connection.execute(statement, values).rowcount > 0


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


def test_an_interrupted_grid_resumes_after_its_last_block(honest, trainings, monkeypatch):
    counted = experiment.train

    def interrupted(runs, **options):
        if trainings:
            raise KeyboardInterrupt
        return counted(runs, **options)

    monkeypatch.setattr(experiment, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_grid(QUICK, jobs=1)
    (kept,) = trainings
    trainings.clear()
    monkeypatch.setattr(experiment, "train", counted)
    assert same(run_grid(QUICK, jobs=1), honest)
    (resumed,) = trainings
    assert len(kept) == len(resumed) == 8
    assert not set(kept) & set(resumed)


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


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """Return a copy of the package, of which the digest is taken from here on."""
    copy = tmp_path / "gaussmlp"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(store, "__file__", str(copy / "store.py"))
    return copy


def test_a_change_of_the_engine_changes_its_digest_and_a_comment_does_not(copied):
    digest = store.engine_digest.__wrapped__
    before = digest()
    (copied / "losses.py").write_text("no part of the engine")
    for part in (
        "model.py",
        "start.py",
        "draws.py",
        "training.py",
        "kernels/gradient.py",
        "kernels/lanes.py",
    ):
        code = (copied / part).read_text()
        (copied / part).write_text(code.replace('"""', '"""Reworded: ', 1) + "# a comment\n")
        assert digest() == before
        (copied / part).write_text(code + "\nADDED = 1\n")
        assert digest() != before
        (copied / part).write_text(code)


def test_settings_of_numba_are_part_of_the_digest(copied, monkeypatch, tmp_path):
    digest = store.engine_digest.__wrapped__
    monkeypatch.chdir(tmp_path)
    before = digest()
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
    "a bit of the parameters": "UPDATE runs SET theta = CAST(x'00' || substr(theta, 2) AS BLOB)",
    "parameters cut short": "UPDATE runs SET theta = substr(theta, 1, 24)",
    "a number for parameters": "UPDATE runs SET theta = 5",
    "text that is no Unicode": "UPDATE runs SET theta = CAST(x'ff' AS TEXT)",
    "another run's parameters": "UPDATE runs SET theta = (SELECT max(theta) FROM runs)",
    "a divergence that was none": "UPDATE runs SET diverged_at = 3",
    "a checksum": "UPDATE runs SET checksum = 'a' || substr(checksum, 2)",
    "a checksum that is no text": "UPDATE runs SET checksum = 5",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_row_is_noticed_and_run_again(damage, honest, database):
    edit(database, DAMAGE[damage])
    with pytest.warns(UserWarning, match="fail their checksum|was damaged"):
        assert same(run_grid(QUICK), honest)
    assert same(run_grid(QUICK), honest)  # in silence, since warnings are errors


def of_another_shape(database):
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("ALTER TABLE runs RENAME COLUMN theta TO parameters")


@pytest.mark.parametrize(
    "spoil",
    [
        of_another_shape,
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


def test_a_file_cut_short_is_never_served_wrong(honest, database):
    whole, times = database.read_bytes(), 0
    for length in random.Random(0).sample(range(1, len(whole)), 20):
        database.write_bytes(whole[:length])
        times += noticed(honest)
    assert times >= 8


def test_a_flipped_bit_is_never_served_wrong(honest, database):
    whole, times, rng = database.read_bytes(), 0, random.Random(0)
    used = [k for k, byte in enumerate(whole) if byte]  # the rest of a page is empty
    for position in rng.sample(used, 100):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << rng.randrange(8)
        database.write_bytes(flipped)
        times += noticed(honest)
    assert times >= 25


def test_a_folder_that_cannot_be_made_is_reported_once_and_done_without(
    honest, tmp_path, monkeypatch
):
    # a folder below a file: permissions would not stop an administrator
    (tmp_path / "file").touch()
    monkeypatch.setenv("GAUSSMLP_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(UserWarning, match="cannot be used, runs are not kept") as caught:
        assert same(run_grid(QUICK), honest)
    assert len(caught) == 1


def test_a_store_that_is_locked_for_good_is_left_alone(honest, database, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout: connect(path, timeout=0.01))
    with closing(connect(database)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.warns(UserWarning, match="cannot be used, runs are not kept") as caught:
            assert same(run_grid(QUICK), honest)
    assert len(caught) == 1
    assert same(run_grid(QUICK), honest)
