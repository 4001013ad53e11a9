"""The benchmark: it measures, and refuses what it cannot measure. No time is a test."""

import json
from pathlib import Path

import harness
import numpy as np
import pytest
import terminal
from gaussmlp import MASKS
from harness import TOLERANCE, main
from roofline import MIX
from terminal import refusal

SCRIPT = harness.FOLDER / "harness.py"
GROWN = {
    "grid_seconds": {"seconds": [2.0], "median": 2.0, "min": 2.0, "max": 2.0},
    "growth": {"machine": {"processor": harness._processor()}, "sizes": [3, 100]},
}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Return the process that measured two engines, and what it wrote."""
    out = tmp_path_factory.mktemp("bench") / "bench.json"
    options = "--parts engines --engines ours numpy --sizes 3 --steps 5 --repeats 1 --out"
    process = terminal.python(SCRIPT, *options.split(), out)
    assert process.returncode == 0, process.stderr
    return process, json.loads(out.read_text())


def test_the_benchmark_says_what_was_timed_and_where(done):
    process, measured = done
    assert list(measured) == ["machine", "protocol", "engines", "total", "roofline"]
    facts = {"processor", "system", "cores", "load", "python", "date", "engine"}
    assert set(measured["machine"]) == facts
    about = measured["protocol"]
    assert (about["sizes"], about["steps"], about["repeats"]) == ([3], 5, 1)
    told = [f"{name}: {total['warm']:.3g} s" for name, total in measured["total"].items()]
    assert process.stdout.splitlines() == [f"{line} for all sizes" for line in told]
    assert "N = 3: repetition 1 of 1" in process.stderr
    bound = measured["roofline"]
    assert bound["share"] == bound["bound_ns"] / bound["training_ns"] > 0


@pytest.mark.parametrize("engine", ["ours", "numpy"])
def test_an_engine_that_does_our_work_is_timed_for_all_masks_and_for_each(engine, done):
    measured = done[1]
    result = measured["engines"][engine]
    assert result["state"] == "timed"
    assert result["versions"]["numpy"] == np.__version__
    size = result["sizes"]["3"]
    assert 0 <= size["difference"] <= TOLERANCE
    assert list(size["warm"]) == ["all", *MASKS]
    for spread in size["warm"].values():
        assert 0 < spread["min"] <= spread["median"] <= spread["max"]
        assert len(spread["seconds"]) == 1
    total = measured["total"][engine]
    assert total["warm"] == size["warm"]["all"]["median"]
    assert total["cold"] == result["import_seconds"] + size["cold"]


def test_an_engine_that_is_missing_fails_or_does_other_work_is_told(monkeypatch, tmp_path, capsys):
    engines = {
        "ours": "import no_such_package",
        "numpy_peer": "import numpy\n"
        "VERSIONS = {}\n"
        "def train(n, masks, seeds, steps):\n"
        "    return numpy.ones((len(masks) * len(seeds), 3 * n + 1))\n",
        "jax_peer": "VERSIONS = {}\ndef train(**job):\n    raise SystemExit(3)\n",
    }
    for name, text in engines.items():
        (tmp_path / f"{name}.py").write_text(text)
    (tmp_path / "worker.py").write_text((harness.FOLDER / "worker.py").read_text())
    monkeypatch.setattr(harness, "FOLDER", tmp_path)
    options = "--parts engines --engines ours numpy jax --sizes 3 --steps 5 --repeats 1"
    main(options.split())
    told = capsys.readouterr().err
    assert "ours: no_such_package is not installed; `make bench` installs it\n" in told
    assert "numpy: its losses differ from ours by" in told
    assert "jax: it failed, with exit status 3\n" in told


def test_growth_measured_alone_is_added_to_what_a_file_holds(done, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(harness, "benchmark_growth", lambda: GROWN)  # test_growth.py measures it
    out = tmp_path / "machine.json"
    main(["--parts", "growth", "--out", str(out)])
    assert json.loads(out.read_text()) == GROWN
    out.write_text(json.dumps(done[1], indent=1))
    main(["--parts", "growth", "--out", str(out)])
    assert json.loads(out.read_text()) == done[1] | GROWN
    assert capsys.readouterr().out.splitlines()[-1] == "the nominal grid: 2 s"


@pytest.mark.parametrize("held", ['{"machine": {"processor": "an abacus"}}', "n,seed,mask"])
def test_growth_is_not_added_to_what_is_not_of_this_processor(held, tmp_path):
    out = tmp_path / "machine.json"
    out.write_text(held)
    assert "no benchmark of this processor" in refusal(main, "--parts", "growth", "--out", out)
    assert out.read_text() == held


@pytest.mark.parametrize(
    "options",
    ["--sizes 1", "--sizes x", "--steps 0", "--repeats 0", "--engines abacus", "--parts none"],
)
def test_a_mistake_is_told_in_one_line_and_nothing_is_written(options, tmp_path):
    out = tmp_path / "machine.json"
    refusal(main, *options.split(), "--out", out)
    assert not out.exists()


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path):
    assert "--out" in refusal(main, "--out", tmp_path / "no folder" / "machine.json")
    assert "--out" in refusal(main, "--out", tmp_path)


def test_the_benchmark_of_pictures_trains_the_same_networks():
    terminal.extra("jax")
    import pictures

    seconds, gaps, _ = pictures.measure(4, steps=3, repeats=1)
    assert seconds.keys() == {"ours", "ours without Adam", "plain", "expanded"}
    assert max(gaps.values()) < 1e-12


def test_the_mix_is_what_the_kernel_executes():
    done = terminal.python(Path(__file__).with_name("mix.py"), NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
    assert {name: count for name, count in json.loads(done.stdout).items() if count} == MIX
