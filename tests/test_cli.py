"""The command line: what it writes, and one line for each bad input."""

import csv
import os
import re
import signal
import sys
import time
import warnings

import gaussmlp.study
import pytest
import terminal
from gaussmlp import Protocol, __version__, run_grid
from gaussmlp.__main__ import main
from gaussmlp.experiment import COLUMNS
from gaussmlp.study import pictures
from gaussmlp.vectors import VectorRun, train_vectors
from terminal import refusal

QUICK = ["run", "--sizes", "3", "--seeds", "0", "--masks", "C", "--steps", "5"]


@pytest.fixture(autouse=True)
def showwarning(monkeypatch):
    """Undo what the command line, which owns its process, does to the showing of warnings."""
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


BAD = [
    # option, what is given, what the line must say is allowed (test_protocol.py has all fields)
    ("--sizes", "1", "--sizes must be an integer from 2 to 2147483647, got 1"),
    ("--sizes", "3 5 3", "not repeat"),
    ("--sizes", "", "expected at least one"),
    ("--seeds", "0-3 2", "not repeat"),
    ("--seeds", "3-1", "range .* must go up"),
    ("--seeds", "0-9999999999", "at most 1000000"),
    ("--seeds", "0-99999", "GiB is allowed"),
    ("--masks", "SC", r"one of standard, S, C, CS, O, OS, OC, OCS.*\(CS\?\)"),
    ("--masks", "Standard", r"one of .*\(standard\?\)"),
    ("--tau", "0", "--tau must be a finite number of at least 1e-300, got 0"),
    ("--jobs", "0", "--jobs must be an integer from 1 to 1024"),
    ("--set", "tau.separation", "NAME=VALUE"),
    ("--set", "=3", "NAME=VALUE"),
    ("--set", "gamma=1", "one of .*step_size"),
    ("--data", "faces", r"choose from '?digits'?, '?square'?"),
    ("--data", "square square", "must not repeat a value"),
    ("--sizes", "2 --data square", "sizes must be an integer from 3 to 1000, got 2"),
    ("--seeds", "0-999999 --data square", "GiB is allowed"),
    ("--set", "optimizer=momentum --data square", "optimizer must be nominal"),
    ("--set", "w0=fan-in --data square", "w0 must be a finite number"),
    ("--set", "formulas.coverage=nothing --data square", "formulas.coverage must be"),
]


@pytest.mark.parametrize(("option", "given", "allowed"), BAD)
def test_bad_input_gets_one_line_status_2_and_no_file(option, given, allowed, tmp_path):
    error = refusal(main, "run", option, *given.split(), "--out", tmp_path / "runs.csv")
    assert option in error
    assert re.search(allowed, error)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_out_gets_one_line_and_masks_no_other_mistake():
    assert "--out is needed" in refusal(main, *QUICK)
    assert "--out" not in refusal(main, "run", "--jobs", "0")


@pytest.mark.parametrize(
    "name", ["", ".", "folder", "missing/runs.csv", "file/runs.csv", "pipe", "nul\0", "x" * 300]
)
def test_an_out_that_cannot_be_written_is_refused_before_training(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr("gaussmlp.experiment.run_grid", None)
    assert "--out must be a file that can be written" in refusal(main, *QUICK, "--out", name)
    assert names_in(tmp_path) == ["file", "folder", "pipe"]
    assert (tmp_path / "pipe").is_fifo()


def test_called_bare_it_prints_help(capsys):
    assert main([]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    assert all(f"\n    {command} " in output.out for command in ("run", "claims", "cache"))


@pytest.mark.parametrize(
    ("arguments", "says"), [("--version", f"gaussmlp {__version__}\n"), ("run --help", "--seeds")]
)
def test_version_and_help_load_nothing_that_takes_long(arguments, says):
    listed = "import sys, runpy, atexit; atexit.register(lambda: print(*sys.modules));"
    listed += "runpy.run_module('gaussmlp', run_name='__main__')"
    done = terminal.python("-c", listed, *arguments.split())
    assert says in done.stdout
    assert {"numba", "pandas", "scipy.optimize"}.isdisjoint(done.stdout.split())


def assert_rows_are(rows, frame, names):
    """Each number reads back exactly, and no run diverged."""
    for row, expected in zip(rows, frame.itertuples(), strict=True):
        for name in names:
            assert row[name] == repr(float(getattr(expected, name)))
        assert (row["diverged_at"], row["digest"]) == ("", expected.digest)


def test_the_table_has_one_row_per_run_in_the_nominal_order_and_its_exact_numbers(tmp_path, capsys):
    out = tmp_path / "runs.csv"
    out.write_text("old\n" * 1000)
    arguments = "run --sizes 5 3 --seeds 0-1 --masks OCS C standard S --steps 5 --out"
    assert main([*arguments.split(), str(out)]) == 0
    assert capsys.readouterr().err == f"wrote {out}: 16 runs\n"
    rows = rows_of(out)
    assert tuple(rows[0]) == COLUMNS
    masks = ("standard", "S", "C", "OCS")
    order = [(n, mask, seed) for n in (3, 5) for mask in masks for seed in (0, 1)]
    assert [(int(row["n"]), row["mask"], int(row["seed"])) for row in rows] == order
    assert names_in(tmp_path) == ["cache", "runs.csv"]
    frame = run_grid(Protocol(sizes=(3, 5), seeds=(0, 1), masks=masks, steps=5))
    assert_rows_are(rows, frame, COLUMNS[3:-2])
    assert b"\r" not in out.read_bytes()


def test_data_of_several_inputs_have_a_table_of_their_own(tmp_path):
    out = tmp_path / "pictures.csv"
    arguments = "run --data square --sizes 4 3 --seeds 0-1 --steps 5 --out"
    assert main([*arguments.split(), str(out)]) == 0
    rows = rows_of(out)
    assert tuple(rows[0]) == pictures.COLUMNS
    assert {(row["data"], row["d"]) for row in rows} == {("square", "2")}
    order = [(n, *kind, seed) for n in (3, 4) for kind in pictures.KINDS for seed in (0, 1)]
    names = ("n", "mask", "coverage", "seed")
    assert [tuple(row[name] for name in names) for row in rows] == [
        tuple(map(str, place)) for place in order
    ]
    asked = dict(protocol=Protocol(steps=5), nulls=False)
    frame = pictures.run_pictures("square", (3, 4), (0, 1), **asked)
    assert_rows_are(rows, frame, pictures.COLUMNS[6:-2])


def test_masks_and_a_formula_can_be_chosen_for_several_data(tmp_path):
    out = tmp_path / "pictures.csv"
    options = "--sizes 3 --seeds 7 --masks OC standard --steps 5 --lam 2 --out"
    choice = ["--set", "formulas.coverage=one-to-one"]
    assert main(["run", "--data", "square", "digits", *choice, *options.split(), str(out)]) == 0
    rows = rows_of(out)
    assert [(row["data"], row["mask"], row["coverage"]) for row in rows] == [
        (data, *kind)
        for data in ("square", "digits")
        for kind in (("standard", ""), ("OC", "one-to-one"))
    ]
    protocol = Protocol(steps=5).but({"lam": 2, "formulas.coverage": "one-to-one"})
    (trained,) = train_vectors([VectorRun(protocol, "square", 3, "OC", 7)])
    assert rows[1]["digest"] == trained.digest


def test_digits_without_their_package_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)  # its import fails
    assert 'pip install ".[pictures]"' in refusal(main, "run", "--data", "digits")


def test_a_diverged_run_has_nan_for_measures_and_the_word_for_a_digest(tmp_path):
    out = tmp_path / "runs.csv"
    main([*QUICK, "--set", "step_size=1e306", "--out", str(out)])
    (row,) = rows_of(out)
    nothing = ["nan"] * (len(COLUMNS) - 5)
    assert list(row.values()) == ["3", "0", "C", *nothing, "2", "diverged"]


def test_options_become_choices_of_the_protocol(tmp_path, cache):
    out = tmp_path / "runs.csv"
    arguments = "run --sizes 4 --seeds 0 --masks OCS --tau 1e-2 --lam 2 --set lam.overlap=0"
    arguments += " --set w0=-10 domain=0,2 steps=7 --no-cache --out"
    assert main([*arguments.split(), str(out)]) == 0
    nominal = Protocol(sizes=(4,), seeds=(0,), masks=("OCS",), steps=7, w0=-10.0, domain=(0, 2))
    chosen = nominal.but({"tau": 1e-2, "lam": 2, "lam.overlap": 0})
    assert rows_of(out)[0]["digest"] == run_grid(chosen, cache=False).digest[0]
    assert not cache.exists()  # --no-cache keeps nothing


@pytest.mark.alone
def test_an_interruption_while_modules_load_shows_no_traceback(tmp_path):
    arguments = ["-X", "importtime", "-m", "gaussmlp", *QUICK, "--out", tmp_path / "runs.csv"]
    process = terminal.start(*arguments)
    shown = ""
    while "llvmlite" not in shown:  # numba is being loaded
        shown = process.stderr.readline()
    asked = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert time.monotonic() - asked < 2
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == []


def test_claims_without_the_study_extra_says_what_to_install(monkeypatch):
    monkeypatch.setattr(gaussmlp, "study", gaussmlp.study)  # what is imported below is no package
    for name in [name for name in sys.modules if name.startswith("gaussmlp.study")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "scipy", None)  # its import fails
    error = refusal(main, "claims")
    assert 'pip install ".[study]"' in error


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path):
    table, link = tmp_path / "table.csv", tmp_path / "link.csv"
    table.touch()
    link.symlink_to(table)
    assert main([*QUICK, "--out", str(link)]) == 0
    assert link.is_symlink()
    assert table.read_text().startswith("n,seed,mask")
