"""The benchmark: that the peers do our work and that the command measures. No time is a test."""

import json
import sys

import harness as benchmark
import numpy as np
import pytest
import terminal
from gaussmlp import MASKS, Parameters, Protocol, Run, losses, start, train
from harness import CHECKED_STEPS, TOLERANCE, main, table

SEEDS = (0, 1, 2)
QUICK = ["--parts", "engines", "--sizes", "3", "--steps", "5", "--repeats", "1"]
GROWN = {
    "grid_seconds": {"seconds": [2.0], "median": 2.0, "min": 2.0, "max": 2.0},
    "growth": {
        "machine": {"processor": benchmark._processor()},
        "exponents": {"standard": {"all": 1.8, "large": 1.96}},
        "bytes_exponents": {"8": {"all": 0.9, "large": 0.98}},
    },
}


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Return what the command writes, from a process of its own."""
    out = tmp_path_factory.mktemp("bench") / "bench.json"
    harness = benchmark.FOLDER / "harness.py"
    done = terminal.python(harness, *QUICK, "--engines", "ours", "numpy", "--json", "--out", out)
    assert done.returncode == 0, done.stderr
    assert json.loads(out.read_text()) == json.loads(done.stdout)
    return json.loads(done.stdout)


def test_the_benchmark_says_what_was_timed_and_where(measured):
    assert set(measured) - {"roofline"} == {"machine", "protocol", "engines", "total"}
    assert set(measured["machine"]) == {
        "processor",
        "system",
        "cores",
        "load",
        "python",
        "date",
        "engine",
    }
    assert measured["protocol"]["sizes"] == [3]
    assert (measured["protocol"]["steps"], measured["protocol"]["repeats"]) == (5, 1)


@pytest.mark.parametrize("engine", ["ours", "numpy"])
def test_an_engine_has_its_times_for_all_masks_and_for_each(engine, measured):
    result = measured["engines"][engine]
    assert result["state"] == "timed"
    assert result["versions"]["numpy"] == np.__version__
    assert result["import_seconds"] > 0
    size = result["sizes"]["3"]
    assert 0 <= size["difference"] <= TOLERANCE
    assert size["cold"] > 0
    assert list(size["warm"]) == ["all", *MASKS]
    for spread in size["warm"].values():
        assert 0 < spread["min"] <= spread["median"] <= spread["max"]
        assert len(spread["seconds"]) == 1
    assert set(measured["total"][engine]) == {"warm", "cold"}


def test_the_table_compares_with_ours(measured):
    lines = table(measured).splitlines()
    assert lines[0].startswith("80 runs a size, 5 steps")
    assert lines[1].split() == ["N", "ours", "numpy"]
    assert [line.split()[0] for line in lines[2:]] == ["3", "total", "cold"]
    assert lines[2].endswith("x)")


def test_the_table_names_an_engine_that_was_not_timed(measured):
    absent = {"state": "jax is not installed; `make bench` installs it"}
    lines = table(measured | {"engines": measured["engines"] | {"jax": absent}}).splitlines()
    assert lines[-1] == f"jax: {absent['state']}"


def test_the_numpy_peer_does_our_work(monkeypatch):
    monkeypatch.syspath_prepend(benchmark.FOLDER)
    import numpy_peer

    protocol = Protocol(seeds=SEEDS, steps=CHECKED_STEPS)
    for mask in MASKS:
        rows = numpy_peer.train(5, mask, SEEDS, CHECKED_STEPS)
        ours = train([Run(protocol, 5, mask, seed) for seed in SEEDS])
        for row, one in zip(rows, ours, strict=True):
            x, y, _ = start(protocol, 5, one.run.seed)
            found = losses.total(x, y, Parameters.from_flat(row), mask)
            expected = losses.total(x, y, one.parameters, mask)
            assert found == pytest.approx(expected, rel=TOLERANCE, abs=0)
    for module in ("numpy_peer", "starts"):
        del sys.modules[module]


@pytest.fixture
def quick_growth(monkeypatch):
    """Spare the minute that growth takes; test_growth.py measures it."""
    monkeypatch.setattr(benchmark, "benchmark_growth", lambda progress: GROWN)


def test_the_growth_alone_is_added_to_what_a_file_holds(measured, quick_growth, tmp_path, capsys):
    out = tmp_path / "machine.json"
    out.write_text(json.dumps(measured))
    assert main(["--parts", "growth", "--out", str(out)]) is None
    assert json.loads(out.read_text()) == measured | GROWN
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("80 runs a size")
    assert lines[-3:] == [
        "the whole nominal grid: 2.00 s (median of 1)",
        "seconds a step, standard: N^1.96 from N = 100 on",
        "bytes, 8 runs: N^0.98 from N = 100 on",
    ]


def test_the_growth_alone_needs_no_file(quick_growth, tmp_path):
    out = tmp_path / "new.json"
    assert main(["--parts", "growth", "--out", str(out)]) is None
    assert json.loads(out.read_text()) == GROWN


@pytest.mark.parametrize(
    ("held", "why"),
    [
        ('{"machine": {"processor": "an abacus"}}', "of another machine, an abacus"),
        ("n,seed,mask", "no benchmark"),
        ("[]", "no benchmark"),
    ],
)
def test_growth_is_not_added_to_what_is_not_of_this_machine(held, why, tmp_path, capsys):
    out = tmp_path / "machine.json"
    out.write_text(held)
    with pytest.raises(SystemExit) as stopped:
        main(["--parts", "growth", "--out", str(out)])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert why in error
    assert out.read_text() == held


def test_an_engine_whose_package_is_missing_or_whose_work_differs_is_not_timed(
    monkeypatch, tmp_path
):
    worker = (benchmark.FOLDER / "worker.py").read_text()
    (tmp_path / "worker.py").write_text(worker)
    (tmp_path / "ours.py").write_text("import no_such_package")
    (tmp_path / "numpy_peer.py").write_text(
        "VERSIONS = {}\n"
        "def prepare(n, masks, seeds, steps):\n"
        "    return lambda: [[1.0] * (3 * n + 1)] * (len(masks) * len(seeds))\n"
    )
    (tmp_path / "jax_peer.py").write_text(
        "VERSIONS = {}\ndef prepare(**job):\n    raise RuntimeError('no compiler')\n"
    )
    monkeypatch.setattr(benchmark, "FOLDER", tmp_path)
    engines = benchmark.benchmark(["ours", "numpy", "jax"], sizes=(3,), repeats=1, steps=5)[
        "engines"
    ]
    assert engines["ours"]["state"] == "no_such_package is not installed; `make bench` installs it"
    assert engines["numpy"]["state"].startswith("its losses differ from ours by")
    assert engines["jax"]["state"] == "failed: RuntimeError: no compiler"
