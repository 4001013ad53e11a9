"""Arbitrary input: a protocol or a command works, or is refused in one line that names why.

`make fuzz` draws 24 times as many examples, other ones every time.
"""

import contextlib
import csv
import io
import itertools
import math
import os
import re
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
import terminal
from gaussmlp import MASKS, Lam, Protocol, Tau, run_grid, training
from gaussmlp import __main__ as command_line
from gaussmlp.experiment import COLUMNS
from gaussmlp.study import pictures
from gaussmlp.study.claims import Evidence
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

FUZZ = bool(os.environ.get("GAUSSMLP_FUZZ"))


def examples(count):
    """Return settings for some examples, 24 times as many by `make fuzz`."""
    return settings(
        max_examples=count * (24 if FUZZ else 1),
        derandomize=not FUZZ,
        database=None,
        deadline=10_000,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module", autouse=True)
def tiny():
    """Return a small grid; what all examples share is compiled for it before any clock runs."""
    return run_grid(Protocol(sizes=(2,), seeds=(0,), masks=("C",), steps=1), cache=False)


numbers = st.one_of(
    st.integers(-5, 12),
    st.integers(),
    st.floats(),
    st.sampled_from([2**31 - 1, 2**31, 10**30, 1e-300, 5e-324, 1e308, -0.0, True]),
    st.builds(np.float32, st.floats(width=32)),
    st.builds(np.int8, st.integers(-128, 127)),
    st.fractions(),
    st.complex_numbers(),
)
scalars = st.one_of(
    numbers, st.none(), st.text(max_size=8), st.binary(max_size=8), st.sampled_from(MASKS)
)
anything = st.one_of(
    scalars,
    st.lists(scalars, max_size=4),
    st.sets(numbers, max_size=3),
    st.dictionaries(st.one_of(scalars, st.sampled_from(Lam._fields)), scalars, max_size=3),
    st.builds(np.array, st.lists(st.floats(), max_size=3)),
    st.builds(Lam, scalars, scalars, scalars),
    st.builds(Tau, scalars, scalars),
    st.builds(range, st.sampled_from([0, 3, 10**9])),
    st.builds(object),
)
FIELDS = tuple(Protocol.__dataclass_fields__)


@examples(170)
@given(st.dictionaries(st.sampled_from(FIELDS), anything, min_size=1, max_size=2))
def test_a_protocol_takes_a_value_or_names_its_field(fields):
    try:
        made = Protocol(**fields)
    except ValueError as error:
        message = str(error)
        assert re.match(rf"\W*(?:{'|'.join(fields)})\b", message), message
        assert "\n" not in message
        assert len(message) < 600
    else:
        assert hash(made) == hash(Protocol().but({name: getattr(made, name) for name in FIELDS}))
        assert all(math.isfinite(v) for v in (*made.lam, *made.tau, *made.domain, made.w0))


WORDS = "3 5 0 -1 1e999 nan -inf 3.5 three 1_0 0x3 0-3 3-0 0-99999999 C SC OCS standard 2147483647"
CHOICES = "tau.separation=1e-2 lam= =3 w0=0 w0=3 sizes=2,3 seeds=0-3 domain=0,1 target=cos steps=2"
OPTIONS = (
    "--data --sizes --seeds --masks --steps --lam --tau --set --jobs --no-cache --json --s --x -h"
)
words = st.one_of(
    st.sampled_from(["", "clear", "square", *WORDS.split()]),
    st.sampled_from(["lam.fit=1", "masks=C", "step_size=inf", *CHOICES.split()]),
    st.text(max_size=12),
    st.floats().map(str),
    st.integers().map(str),
)
options = st.sampled_from(OPTIONS.split())
paths = st.one_of(
    st.sampled_from(["runs.csv", "ä ü/x.csv", "földer", ".", "", "/", "a\nb.csv", "missing/x.csv"]),
    st.sampled_from(["数据.csv", "\ud800.csv", "nul\0", "x" * 300, "földer/ほん.csv", "~", "--x"]),
    st.text(max_size=20).filter(lambda name: not {"/", ".."} & {name[:1], name[:2]}),
)
argv = st.builds(
    lambda command, given, out: [*command, *itertools.chain(*given), *out],
    st.sampled_from((["run"], ["run"], ["run"], ["claims"], ["cache"], ["walk"], [])),
    st.lists(
        st.tuples(options, words) | st.tuples(options, words, words) | st.tuples(options),
        max_size=3,
    ),
    st.one_of(st.just(("--out", "runs.csv")), st.tuples(st.just("--out"), paths), st.just(())),
)


@examples(200)
@given(argv)
def test_the_command_line_works_or_says_in_one_line_why_not(tiny, arguments):
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        pytest.MonkeyPatch.context() as patch,
        warnings.catch_warnings(),
    ):
        Path("földer").mkdir()
        several = tiny.reindex(columns=pictures.COLUMNS)
        patch.setattr("gaussmlp.experiment.run_grid", lambda *_, **__: tiny.copy())
        patch.setattr("gaussmlp.study.pictures.run_pictures", lambda *_, **__: several.copy())
        patch.setattr("gaussmlp.study.sweeps.run_evidence", lambda *_, **__: Evidence([], [], []))
        patch.setattr("gaussmlp.study.ledger.judged", lambda _: ((), (), ()))
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = command_line.main(arguments)
            except SystemExit as stopped:
                status = stopped.code
        written = [path for path in Path().rglob("*") if path.is_file()]
        if status == 0:
            assert err.getvalue().count("wrote ") == len(written) == err.getvalue().count("\n")
            for path in written:
                with path.open(newline="") as file:
                    assert tuple(next(csv.reader(file))) in (COLUMNS, pictures.COLUMNS)
        else:
            assert status == 2
            assert err.getvalue().count("\n") == 1
            assert written == []
            assert out.getvalue() == ""


PEAK = """
import re, sys
import mpmath  # what is loaded once is not of the runs
from gaussmlp import MASKS, Protocol, run_grid
peak = lambda: 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
n, seeds, masks = map(int, sys.argv[1:])
run_grid(Protocol(sizes=(2, 3, 4), seeds=(0,), steps=1), cache=False)
before = peak()
asked = Protocol(sizes=(n,), seeds=range(seeds), masks=MASKS[:masks], steps=1)
run_grid(asked, cache=False, jobs=2)
print(peak() - before)
"""


@pytest.mark.parametrize(("n", "seeds", "masks"), [(30, 1000, 8), (5000, 16, 1)])
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak in /proc")
def test_the_estimate_of_memory_is_no_less_than_what_is_used_nor_twice_as_much(
    n, seeds, masks, monkeypatch
):
    used = int(terminal.python("-c", PEAK, n, seeds, masks).stdout)
    monkeypatch.setattr(training, "MEMORY_BOUND", used)
    with pytest.raises(ValueError, match="GiB is allowed"):
        training.check_memory([(n, seeds * masks)], threads=2)
    monkeypatch.setattr(training, "MEMORY_BOUND", 2 * used)
    training.check_memory([(n, seeds * masks)], threads=2)
