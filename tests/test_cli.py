"""The command line: what it writes, and one line for each bad input."""

import csv
import os
import re
import signal
import warnings

import pytest
import terminal
from gaussmlp import MASKS, Protocol, run_grid
from gaussmlp.__main__ import main
from gaussmlp.experiment import COLUMNS

QUICK = ["run", "--sizes", "3", "--seeds", "0", "--masks", "C", "--steps", "5"]


@pytest.fixture(autouse=True)
def showwarning(monkeypatch):
    """Undo what the command line, which owns its process, does to the showing of warnings."""
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)


def bad(out, *arguments):
    """Return the exit status of a command that must not touch the file it is given."""
    with pytest.raises(SystemExit) as stopped:
        main([*map(str, arguments), "--out", str(out)])
    return stopped.value.code


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


BAD = [
    # option, what is given, what the line must say is allowed
    ("--sizes", "1", "from 2"),
    ("--sizes", "0", "from 2"),
    ("--sizes", "-3", "from 2"),
    ("--sizes", "3 1", "from 2"),
    ("--sizes", "3 5 3", "not repeat"),
    ("--sizes", "3.5", "integer"),
    ("--sizes", "4.0", "integer"),
    ("--sizes", "three", "integer"),
    ("--sizes", "nan", "integer"),
    ("--sizes", "inf", "integer"),
    ("--sizes", "1e400", "integer"),
    ("--sizes", "", "expected at least one"),
    ("--sizes", "2147483647", "GiB is allowed"),
    ("--sizes", "99999999999999999999", "integer from 2 to 2147483647"),
    ("--seeds", "-1", "from 0"),
    ("--seeds", "0 1 0", "not repeat"),
    ("--seeds", "0.5", "integer"),
    ("--seeds", "x", "integer"),
    ("--seeds", "inf", "integer"),
    ("--seeds", "", "expected at least one"),
    ("--masks", "X", "one of standard, S, C, CS, O, OS, OC, OCS"),
    ("--masks", "SC", "one of"),
    ("--masks", "c", "one of"),
    ("--masks", "3", "one of"),
    ("--masks", "C C", "not repeat"),
    ("--masks", "", "expected at least one"),
    ("--steps", "0", "from 1"),
    ("--steps", "-5", "from 1"),
    ("--steps", "10.5", "integer"),
    ("--steps", "1e3", "integer"),
    ("--steps", "inf", "integer"),
    ("--steps", "many", "integer"),
    ("--lam", "-1", "at least 0"),
    ("--lam", "nan", "finite"),
    ("--lam", "inf", "finite"),
    ("--lam", "1e999", "finite"),
    ("--lam", "strong", "finite"),
    ("--tau", "0", "at least 1e-300"),
    ("--tau", "-0.0", "at least 1e-300"),
    ("--tau", "-1e-4", "expected one argument|at least 1e-300"),
    ("--tau", "nan", "at least 1e-300"),
    ("--tau", "inf", "finite"),
    ("--tau", "hot", "finite"),
    ("--jobs", "0", "from 1 to 1024"),
    ("--jobs", "-1", "from 1"),
    ("--jobs", "1025", "from 1 to 1024"),
    ("--jobs", "99999999999999999999", "from 1 to 1024"),
    ("--jobs", "1.5", "integer"),
    ("--jobs", "two", "integer"),
    ("--set", "tau.separation", "NAME=VALUE"),
    ("--set", "=3", "NAME=VALUE"),
    ("--set", "lam=", "NAME=VALUE"),
    ("--set", "", "expected at least one"),
    ("--set", "gamma=1", "allowed: .*step_size"),
    ("--set", "tau.overlap=1", "tau.coverage, tau.separation"),
    ("--set", "steps.more=1", "only steps itself"),
    ("--set", "tau.separation=0", "at least 1e-300"),
    ("--set", "lam.overlap=-1", "at least 0"),
    ("--set", "lam.overlap=nan", "finite"),
    ("--set", "step_size=0", "above 0"),
    ("--set", "step_size=inf", "finite"),
    ("--set", "w0=0", "other than 0"),
    ("--set", "target=cos", "one of sin"),
    ("--set", "domain=1,-1", "lower one first"),
    ("--set", "domain=0,1,2", "two numbers"),
    ("--set", "sizes=3,3", "not repeat"),
    ("--set", "steps=2.5", "integer"),
    ("--set", "lam=1 tau=0", "at least 1e-300"),
]


@pytest.mark.parametrize(("option", "given", "allowed"), BAD)
def test_bad_input_gets_one_line_status_2_and_no_file(option, given, allowed, tmp_path, capsys):
    assert bad(tmp_path / "runs.csv", "run", option, *given.split()) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert option in output.err
    assert re.search(allowed, output.err)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["walk"], ["run", "--fast"], ["run", "stray"]])
def test_an_unknown_command_or_option_gets_one_line(arguments, tmp_path, capsys):
    assert bad(tmp_path / "runs.csv", *arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_missing_out_gets_one_line(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["run"])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "--out" in error


@pytest.mark.parametrize(
    "name", ["", ".", "folder", "missing/runs.csv", "file/runs.csv", "nul\0", "x" * 300]
)
def test_an_out_that_cannot_be_written_is_refused_before_training(
    name, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    monkeypatch.setattr("gaussmlp.__main__.run_grid", None)
    assert bad(name, *QUICK) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "--out: " in error
    assert names_in(tmp_path) == ["file", "folder"]


def test_an_out_that_is_no_plain_file_is_not_replaced_by_one(tmp_path, capsys):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert bad(pipe, *QUICK) == 2
    assert "--out: must be a file that can be written" in capsys.readouterr().err
    assert pipe.is_fifo()
    assert names_in(tmp_path) == ["pipe"]


def test_bad_input_leaves_an_older_table_alone(tmp_path):
    out = tmp_path / "runs.csv"
    out.write_text("precious")
    assert bad(out, *QUICK, "--tau", "0") == 2
    assert out.read_text() == "precious"
    assert names_in(tmp_path) == ["runs.csv"]


def test_an_interruption_leaves_no_file(tmp_path, capsys, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("gaussmlp.__main__.run_grid", interrupted)
    assert main([*QUICK, "--out", str(tmp_path / "runs.csv")]) == 130
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_bad_input_in_a_process_of_its_own(tmp_path):
    done = terminal.python("-m", "gaussmlp", "run", "--tau", 0, "--out", tmp_path / "runs.csv")
    assert (done.returncode, done.stdout) == (2, "")
    allowed = "tau must be a finite number of at least 1e-300, got 0"
    assert done.stderr == f"python -m gaussmlp: error: --tau: {allowed}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [["--help"], ["run", "--help"]])
def test_help_goes_to_the_standard_output(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(command)
    assert stopped.value.code == 0
    output = capsys.readouterr()
    assert output.err == ""
    assert "run" in output.out


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    options = re.findall(r"^  (?:-h, )?--([a-z-]+)", capsys.readouterr().out, re.MULTILINE)
    fields = {"sizes", "seeds", "masks", "steps", "lam", "tau"}
    assert set(options) == fields | {"set", "jobs", "no-cache", "out", "help"}


def test_the_table_has_one_row_a_run_in_the_nominal_order(tmp_path):
    out = tmp_path / "runs.csv"
    arguments = "run --sizes 5 3 --seeds 1 0 --masks OCS C standard S --steps 5 --out"
    assert main([*arguments.split(), str(out)]) == 0
    rows = rows_of(out)
    assert tuple(rows[0]) == COLUMNS
    masks = ("standard", "S", "C", "OCS")
    order = [(n, mask, seed) for n in (3, 5) for mask in masks for seed in (0, 1)]
    assert [(int(row["n"]), row["mask"], int(row["seed"])) for row in rows] == order
    assert names_in(tmp_path) == ["cache", "runs.csv"]


def test_all_masks_run_unless_some_are_named(tmp_path):
    out = tmp_path / "runs.csv"
    main(["run", "--sizes", "3", "--seeds", "0", "--steps", "1", "--out", str(out)])
    assert tuple(row["mask"] for row in rows_of(out)) == MASKS


def test_numbers_are_written_so_that_they_read_back_exactly(tmp_path):
    out = tmp_path / "runs.csv"
    main(["run", "--sizes", "3", "--steps", "30", "--out", str(out)])
    frame = run_grid(Protocol(sizes=(3,), steps=30))
    for row, expected in zip(rows_of(out), frame.itertuples(), strict=True):
        assert row["fit_mse"] == repr(float(expected.fit_mse))
        for name in COLUMNS[3:8]:
            assert repr(float(row[name])) == row[name]
            assert float(row[name]) == getattr(expected, name)
        assert (row["diverged_at"], row["digest"]) == ("", expected.digest)
    assert b"\r" not in out.read_bytes()


def test_a_diverged_run_has_nan_for_measures_and_the_word_for_a_digest(tmp_path):
    out = tmp_path / "runs.csv"
    main([*QUICK, "--set", "step_size=1e306", "--out", str(out)])
    (row,) = rows_of(out)
    assert list(row.values()) == ["3", "0", "C", *["nan"] * 5, "2", "diverged"]


@pytest.mark.parametrize(
    ("options", "choices"),
    [
        ("--lam 0.5", {"lam": 0.5}),
        ("--tau 1e-2", {"tau": 1e-2}),
        ("--set tau.separation=1e-2", {"tau.separation": 1e-2}),
        (
            "--lam 2 --set lam.overlap=0 --set w0=-10 domain=0,2",
            {"lam": 2, "lam.overlap": 0, "w0": -10.0, "domain": (0, 2)},
        ),
        ("--set step_size=0.1 steps=7", {"step_size": 0.1, "steps": 7}),
    ],
)
def test_options_become_choices_of_the_protocol(options, choices, tmp_path):
    out = tmp_path / "runs.csv"
    arguments = ["run", "--sizes", "4", "--seeds", "0", "--masks", "OCS", "--steps", "25"]
    assert main([*arguments, *options.split(), "--out", str(out)]) == 0
    nominal = Protocol(sizes=(4,), seeds=(0,), masks=("OCS",), steps=25)
    expected = run_grid(nominal.but(choices), cache=False).digest[0]
    assert rows_of(out)[0]["digest"] == expected
    assert expected != run_grid(nominal, cache=False).digest[0]


def test_no_cache_keeps_nothing(tmp_path, cache):
    main([*QUICK, "--no-cache", "--out", str(tmp_path / "runs.csv")])
    assert not cache.exists()
    main([*QUICK, "--out", str(tmp_path / "runs.csv")])
    assert cache.exists()


def test_an_older_table_is_replaced_whole(tmp_path):
    out = tmp_path / "runs.csv"
    out.write_text("old\n" * 1000)
    main([*QUICK, "--out", str(out)])
    assert len(rows_of(out)) == 1


def test_an_interruption_while_modules_load_shows_no_traceback(tmp_path):
    arguments = ["-X", "importtime", "-m", "gaussmlp", *QUICK, "--out", tmp_path / "runs.csv"]
    process = terminal.start(*arguments)
    shown = ""
    while "numpy" not in shown:  # the first of a second's imports
        shown = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == []


def test_a_system_that_starts_no_more_threads_gets_one_line(tmp_path, capsys, monkeypatch):
    def crowded(*_, **__):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("gaussmlp.__main__.run_grid", crowded)
    assert bad(tmp_path / "runs.csv", *QUICK, "--jobs", "1024") == 2
    error = capsys.readouterr().err
    assert error == "python -m gaussmlp: error: can't start new thread\n"
    assert list(tmp_path.iterdir()) == []
