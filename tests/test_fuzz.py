"""Arbitrary input: a call works, or raises ValueError in words that name the argument.

`make fuzz` draws eight times as many examples, other ones every time. No example may take 10 s, nor
more memory than the stated bound. Long work is no fault: what trains for minutes is not drawn.
"""

import contextlib
import csv
import functools
import inspect
import io
import itertools
import math
import os
import re
import resource
import signal
import sys
import tempfile
import warnings
from fractions import Fraction
from numbers import Integral
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import terminal
from gaussmlp import (
    MASKS,
    Lam,
    Parameters,
    Protocol,
    Run,
    Start,
    Tau,
    losses,
    metrics,
    model,
    run_grid,
    run_grids,
    start,
    train,
    train_all,
)
from gaussmlp import __main__ as command_line
from gaussmlp.arguments import MEMORY_BOUND
from gaussmlp.experiment import COLUMNS
from gaussmlp.protocol import active
from gaussmlp.study import mechanism
from gaussmlp.study.claims import Evidence, claim, judge
from gaussmlp.study.evidence import evidence, rank_correlation
from gaussmlp.study.sweeps import balance, mean_spacing, onset, rises, temperature
from gaussmlp.study.tables import (
    by_mask_and_size,
    diverged,
    interval,
    intervals,
    paired_differences,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from made_up import ledger_frames, lose

FUZZ = bool(os.environ.get("GAUSSMLP_FUZZ"))
SECONDS = 10


def examples(count):
    """Return settings for some examples, eight times as many by `make fuzz`."""
    return settings(
        max_examples=count * (8 if FUZZ else 1),
        derandomize=not FUZZ,
        database=None,
        deadline=1000 * SECONDS,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module", autouse=True)
def tiny():
    """Return a small grid; what all examples share is compiled for it before any clock runs."""
    frame = run_grid(Protocol(sizes=(2,), seeds=(0,), masks=("C",), steps=1), cache=False)
    metrics.specialization_ratio([0.0], [0.0])
    return frame


@pytest.fixture(scope="module", autouse=True)
def bounded(tiny):
    """Let the process grow by the stated bound, and no more: a larger one gets a MemoryError."""
    limits = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    now = pages * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY_BOUND, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, limits)


@contextlib.contextmanager
def in_time():
    """End what takes longer than an example may."""

    def late(*_):
        raise TimeoutError(f"not done in {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


numbers = st.one_of(
    st.integers(-5, 12),
    st.integers(),
    st.floats(),
    st.sampled_from([2**31 - 1, 2**31, 10**30, 1e-300, 5e-324, 1e308, -0.0, True]),
    st.builds(np.float32, st.floats(width=32)),
    st.builds(np.int8, st.integers(-128, 127)),
    st.builds(lambda: 10**5000),
    st.fractions(),
    st.complex_numbers(),
)
scalars = st.one_of(
    numbers, st.none(), st.text(max_size=8), st.binary(max_size=8), st.sampled_from(MASKS)
)
some_arrays = arrays.arrays(
    st.one_of(arrays.scalar_dtypes(), st.just(np.dtype(object))),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    fill=st.nothing(),
)
anything = st.one_of(
    scalars,
    some_arrays,
    st.lists(scalars, max_size=4),
    st.sets(numbers, max_size=3),
    st.dictionaries(
        st.one_of(scalars, st.sampled_from(("overlap", "coverage", "separation"))),
        scalars,
        max_size=3,
    ),
    st.builds(Lam, scalars, scalars, scalars),
    st.builds(Tau, scalars, scalars),
    st.builds(range, st.sampled_from([0, 3, 10**9, 10**30])),
    st.builds(itertools.count),
    st.builds(object),
    st.just(float),
)
FIELDS = tuple(Protocol.__dataclass_fields__)


def works_or_refuses(call, *names):
    """Return what a call does, or None if one short line that begins with a name refuses it."""
    try:
        with in_time():
            return call()
    except ValueError as error:
        message = str(error)
        assert re.match(rf"\W*(?:{'|'.join(names)})\b", message), message
        assert "\n" not in message
        assert len(message) < 600
        return None


@examples(500)
@given(st.dictionaries(st.sampled_from(FIELDS), anything, min_size=1, max_size=2))
def test_a_protocol_takes_a_value_or_names_its_field(fields):
    made = works_or_refuses(lambda: Protocol(**fields), *fields)
    if made is not None:
        assert hash(made) == hash(Protocol().but({name: getattr(made, name) for name in FIELDS}))
        assert all(math.isfinite(v) for v in (*made.lam, *made.tau, *made.domain, made.w0))


@examples(200)
@given(
    st.one_of(
        anything,
        st.dictionaries(
            st.one_of(
                st.sampled_from((*FIELDS, "lam.overlap", "tau.coverage", "tau.x", "w0.y")),
                scalars,
            ),
            anything,
            max_size=3,
        ),
    )
)
def test_but_takes_choices_or_names_the_one(choices):
    made = works_or_refuses(
        lambda: Protocol().but(choices), *FIELDS, "choices", ".* is not a choice"
    )
    assert made is None or isinstance(made, Protocol)
    works_or_refuses(lambda: active(choices), "mask")
    works_or_refuses(lambda: claim(choices), "name")


small = st.builds(
    Protocol,
    sizes=st.just((2,)),
    seeds=st.just((0,)),
    masks=st.just(("C",)),
    steps=st.integers(1, 3),
    step_size=st.floats(min_value=1e-300, max_value=1e308),
    w0=st.floats(allow_nan=False, allow_infinity=False).filter(bool),
    lam=st.floats(0, 1e308),
    tau=st.floats(1e-300, 1e308),
)
sizes = st.one_of(
    st.integers(2, 6), scalars.filter(lambda n: not (isinstance(n, Integral) and 6 < n < 10**8))
)
runs = st.builds(
    Run,
    st.one_of(small, st.just(Protocol(steps=2)), scalars),
    sizes,
    st.one_of(st.sampled_from(MASKS), scalars),
    st.one_of(st.integers(0, 5), scalars),
)
OF_RUNS = ("runs", "n of a run", "seed of a run", "mask")
several = st.one_of(st.lists(runs, min_size=1, max_size=4), anything)


@examples(250)
@given(
    several,
    st.one_of(st.just(()), st.lists(st.integers(-1, 4), max_size=3), anything),
    st.one_of(st.none(), scalars),
)
def test_training_takes_runs_or_names_what_is_wrong(some, record, tick):
    trained = works_or_refuses(lambda: train(some, record, tick), *OF_RUNS, "record", "tick")
    for one in trained or ():
        assert (one.digest == "diverged") == (one.diverged_at is not None)
        assert one.diverged_at is not None or np.isfinite(one.parameters.flat()).all()


@examples(120)
@given(several, anything)
def test_any_runs_are_trained_or_refused(some, jobs):
    works_or_refuses(lambda: train_all(some, jobs=jobs, cache=False), *OF_RUNS, "jobs")


@examples(120)
@given(
    st.one_of(small, anything.filter(lambda given: given is not None)),  # None: all 480 runs
    st.one_of(st.integers(1, 3), anything),
    scalars,
)
def test_a_grid_runs_or_names_what_is_wrong(protocol, jobs, shown):
    quick = dict(cache=False, progress=False)
    works_or_refuses(lambda: run_grid(protocol, jobs=jobs, **quick), "protocol", "jobs")
    works_or_refuses(lambda: run_grids({shown: protocol}, jobs=1, **quick), "protocol")
    works_or_refuses(lambda: run_grids(jobs, **quick), "protocol", "readings")


@examples(150)
@given(st.one_of(small, anything), st.one_of(st.integers(2, 99), sizes), scalars)
def test_a_start_is_drawn_or_names_what_is_wrong(protocol, n, seed):
    made = works_or_refuses(lambda: start(protocol, n, seed), "protocol", "n", "seed")
    assert made is None or isinstance(made, Start)
    works_or_refuses(lambda: mean_spacing(n, (0,)), "n")


@examples(100)
@given(anything, anything, st.sampled_from(("masks", "sizes", "seeds", "taus", "jobs")))
def test_sweeps_run_or_name_what_is_wrong(value, other, name):
    tiny = dict(masks=("S",), sizes=(2,), seeds=(0,), taus=(1.0,), jobs=1, cache=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gaussmlp.study.sweeps.run_grids", _columns_only)
        works_or_refuses(
            lambda: temperature(**tiny | {name: value}), name, "sizes, masks and seeds"
        )
        works_or_refuses(
            lambda: balance(value, (1.0,), n=2), "lams_overlap", "sizes, masks and seeds"
        )
        works_or_refuses(lambda: balance((1.0,), (1.0,), n=value, seeds=other), "sizes", "seeds")


def _columns_only(readings, **options):
    return pd.DataFrame({"reading": list(readings)})


good = arrays.arrays(np.float64, 3, fill=st.nothing())
values = st.one_of(
    good, good, arrays.arrays(np.complex128, 3, fill=st.nothing()), some_arrays, anything
)
DEFINITIONS = [
    function
    for module in (model, losses)
    for function in vars(module).values()
    if hasattr(function, "__wrapped__") and function.__module__ == module.__name__
]


@functools.cache
def quick():
    """Return finished runs."""
    return train([Run(Protocol(steps=1), 3, mask, 0) for mask in MASKS])


PRECISELY = {
    **dict.fromkeys(("x", "y", "p", "w", "b", "dp"), values),
    "parameters": st.one_of(
        st.builds(Parameters, values, values, values, scalars),
        st.builds(Parameters, good, good, good, st.floats()),
        anything,
    ),
    "tau": st.one_of(st.floats(1e-300, 1e300), anything),
    "mask": st.one_of(st.sampled_from(MASKS), anything),
    "lam": st.one_of(st.none(), st.floats(0, 9), anything),
    "formulas": anything,
    "trained": st.one_of(st.builds(quick), anything),
    "starts": st.one_of(st.builds(lambda: [one.start for one in quick()]), anything),
}


DEFINITIONS += [losses.total, losses.total_gradient, mechanism.beyond, mechanism.hessian]
DEFINITIONS += [mechanism.gradients, mechanism.forces, mechanism.velocities]
DEFINITIONS += [mechanism.positions, mechanism.gradient_norms, mechanism.curvature]
DEFINITIONS += [mechanism.balance_ratios]


@pytest.mark.parametrize("function", DEFINITIONS)
@examples(30)
@given(st.data())
def test_a_definition_takes_arrays_or_names_what_is_none(function, data):
    drawn = {name: data.draw(PRECISELY[name]) for name in inspect.signature(function).parameters}
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        works_or_refuses(lambda: function(**drawn), *drawn)


@examples(300)
@given(values, values, st.one_of(st.floats(), scalars))
def test_measures_take_arrays_or_name_them(x, p, beyond):
    for call in (
        lambda: metrics.assignment_error(x, p),
        lambda: metrics.reconstruction_error(x, p),
        lambda: metrics.specialization_ratio(x, p),
        lambda: metrics.outside_fraction(x, p, beyond),
    ):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            works_or_refuses(call, "x", "p", "beyond")


frames = st.builds(
    lambda rows, dropped: pd.DataFrame(
        rows, columns=["n", "seed", "mask", "m", "diverged_at"]
    ).drop(columns=list(dropped)),
    st.lists(
        st.tuples(
            st.sampled_from((2, 3)),
            st.integers(0, 2),
            st.sampled_from(MASKS[:3]),
            st.one_of(st.just(math.nan), st.floats(-1e3, 1e3)),
            st.sampled_from((None, 7)),
        ),
        max_size=8,
    ),
    st.sampled_from(((), (), (), ("m",), ("mask",), ("n",), ("seed",), ("diverged_at",))),
)


OF_TABLES = ("frame", "baseline", "statistic", "level", "rise", "values")


@examples(150)
@given(frames, st.one_of(st.sampled_from(("m", "m", "x", "")), anything), anything)
def test_tables_are_made_or_name_what_is_wrong(frame, measure, other):
    calls = (
        lambda: by_mask_and_size(frame, measure),
        lambda: by_mask_and_size(frame, "m", other),
        lambda: diverged(frame),
        lambda: paired_differences(frame, measure, "standard"),
        lambda: paired_differences(frame, "m", other),
        lambda: intervals(frame.head(2), measure),
        lambda: rank_correlation(frame.head(0), measure, "m"),
        lambda: rank_correlation(frame.head(3), "m", "n", other),
        lambda: rises(frame, measure),
        lambda: onset(frame.assign(tau=1.0).rename(columns={"m": "expelled_fraction"}), other),
        lambda: onset(other),
        lambda: interval([1.0], other),
        lambda: interval(other),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in calls:
            works_or_refuses(call, *OF_TABLES)


@examples(10)
@given(st.data())
def test_the_ledger_judges_or_says_what_is_missing(data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "gaussmlp.study.claims.interval",
            lambda v: dict(mean=v.mean(), low=v.min(), high=v.max()),
        )
        parts = []
        for frame in ledger_frames():
            share = data.draw(st.sampled_from((0.0, 0.1, 0.9, 1.0)))
            gone = np.random.default_rng(data.draw(st.integers(0, 9))).random(len(frame)) < share
            dropped = data.draw(st.sampled_from(((), (), "n", "mask", "reconstruction_error")))
            parts.append(lose(frame, gone).drop(columns=list((dropped,) if dropped else ())))
        with np.errstate(all="ignore"):
            works_or_refuses(
                lambda: judge(Evidence(*parts)), "the (grid|temperature|balance) frame"
            )


# The command line

words = st.one_of(
    st.sampled_from(
        [
            "3",
            "5",
            "0",
            "-1",
            "1e999",
            "nan",
            "inf",
            "-inf",
            "3.5",
            "three",
            "1_0",
            "0x3",
            "C",
            "OCS",
            "standard",
            "sc",
            "2147483647",
            "1e-300",
            "tau.separation=1e-2",
            "lam=",
            "=3",
            "w0=0",
            "w0=3",
            "sizes=2,3",
            "seeds=0,0",
            "domain=0,1",
            "target=cos",
            "steps=2",
            "steps=x",
            "lam.fit=1",
            "masks=C",
            "step_size=inf",
            "--lam",
            "--json",
            "",
            "size",
            "clear",
            "growth",
            "engines",
        ]
    ),
    st.text(max_size=12),
    st.floats().map(str),
    st.integers().map(str),
)
options = st.sampled_from(
    [
        "--sizes",
        "--seeds",
        "--masks",
        "--steps",
        "--lam",
        "--tau",
        "--set",
        "--jobs",
        "--no-cache",
        "--json",
        "--engines",
        "--parts",
        "--repeats",
        "--s",
        "--x",
        "-h",
    ]
)
paths = st.one_of(
    st.sampled_from(
        ["runs.csv", "ä ü/x.csv", "földer", ".", "..", "", "/", "a\nb.csv", "missing/x.csv", "--x"]
    ),
    st.sampled_from(["数据.csv", "\ud800.csv", "nul\0", "x" * 300, "földer/ほん.csv", "~", "*"]),
    st.text(max_size=20).filter(lambda name: not {"/", ".."} & {name[:1], name[:2]}),
)
argv = st.builds(
    lambda command, given, out: [command, *itertools.chain(*given), *out],
    st.sampled_from(("run", "run", "run", "claims", "cache", "walk", "")),
    st.lists(
        st.tuples(options, words) | st.tuples(options, words, words) | st.tuples(options),
        max_size=3,
    ),
    st.one_of(st.just(("--out", "runs.csv")), st.tuples(st.just("--out"), paths), st.just(())),
)


@examples(600)
@given(argv)
def test_the_command_line_works_or_says_in_one_line_why_not(tiny, arguments):
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.chdir(folder),
        pytest.MonkeyPatch.context() as patch,
        warnings.catch_warnings(),
    ):
        Path("földer").mkdir()
        before = sorted(Path().rglob("*"))
        patch.setattr(command_line, "run_grid", lambda *_, **__: tiny.copy())
        patch.setattr(command_line, "evidence", lambda *_, **__: SimpleNamespace(grid=[]))
        patch.setattr(command_line, "judge", lambda _: ())
        patch.setattr(command_line, "table", lambda _: "")
        out, err = io.StringIO(), io.StringIO()
        with in_time(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = command_line.main(arguments)
            except SystemExit as stopped:
                status = stopped.code
        after = [path for path in sorted(Path().rglob("*")) if path not in before]
        if status == 0:
            assert err.getvalue() == ""
            for path in after:
                if arguments[0] == "run":
                    with path.open(newline="") as file:
                        assert tuple(next(csv.reader(file))) == COLUMNS
        else:
            assert status == 2
            assert err.getvalue().count("\n") == 1
            assert after == []
            assert out.getvalue() == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--tau", "1e999", "--out", "x.csv"],
        ["run", "a\nb", "--out", "x.csv"],
        ["run", "--sizes", "2147483647", "--out", "x.csv"],
        ["claims", "--set", "sizes=2147483647"],
        ["run", "--out", b"\xff/x.csv"],
    ],
)
def test_no_traceback_reaches_a_user(arguments):
    arguments = [os.fsdecode(argument) for argument in arguments]
    done = terminal.subprocess.run(
        [sys.executable, "-m", "gaussmlp", *arguments],
        env=os.environ | {"PYTHONPATH": terminal._LIBRARY},
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1


# Memory

HUGE = Protocol(sizes=(2**31 - 1,))
TOO_LARGE = {
    "a grid": lambda: run_grid(HUGE),
    "grids": lambda: run_grids({"": HUGE}),
    "runs": lambda: train_all([Run(HUGE, 2**31 - 1, "C", 0)]),
    "training": lambda: train([Run(HUGE, 2**31 - 1, "C", 0)]),
    "a history": lambda: train([Run(Protocol(steps=2**20), 3000, "C", 0)], range(10**6)),
    "a long record": lambda: train([Run(Protocol(steps=2**31 - 1), 3, "C", 0)], range(10**9)),
    "a start": lambda: start(Protocol(), 2**31 - 1, 0),
    "seeds": lambda: Protocol(seeds=range(10**9)),
    "more seeds": lambda: Protocol(seeds=range(10**30)),
    "endless seeds": lambda: Protocol(seeds=itertools.count()),
    "seeds of a sweep": lambda: temperature(seeds=range(10**9)),
    "sizes of a sweep": lambda: temperature(sizes=(2**31 - 1,)),
    "temperatures": lambda: temperature(taus=range(1, 10**9)),
    "a phase diagram": lambda: balance(range(10**9), (1.0,)),
    "pairs of a phase diagram": lambda: balance(range(10**4), range(10**4)),
    "the ledger": lambda: evidence(HUGE),
    "seeds of the ledger's sweeps": lambda: evidence(sweep_seeds=range(10**9)),
}


@pytest.mark.parametrize("what", TOO_LARGE)
def test_too_large_a_request_is_refused_with_an_estimate(what):
    with pytest.raises(ValueError, match=r"GiB of memory"):
        TOO_LARGE[what]()


PROBE = """
import re, sys
from gaussmlp import MASKS, Protocol, run_grid
from gaussmlp.training import bytes_for
peak = lambda: 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
n, seeds, masks = map(int, sys.argv[1:])
run_grid(Protocol(sizes=(2, 3, 4), seeds=(0,), steps=1), cache=False)
before = peak()
asked = Protocol(sizes=(n,), seeds=range(seeds), masks=MASKS[:masks], steps=1)
run_grid(asked, cache=False, jobs=2)
print(bytes_for({n: seeds * masks}, {n: seeds}, 2) / (peak() - before))
"""


@pytest.mark.parametrize(("n", "seeds", "masks"), [(2, 1000, 8), (30, 1000, 8), (5000, 4, 1)])
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak in /proc")
def test_the_estimate_of_memory_is_no_less_than_what_is_used_nor_twice_as_much(n, seeds, masks):
    done = terminal.python("-c", PROBE, n, seeds, masks)
    assert done.returncode == 0, done.stderr
    assert 1.0 <= float(done.stdout) <= 2.0
    assert MEMORY_BOUND == 4 * 2**30


def test_a_protocol_needs_no_more_than_numbers():
    assert Protocol(w0=Fraction(1, 3)).w0 == 1 / 3


@pytest.mark.parametrize("value", [np.timedelta64(3), np.timedelta64("NaT"), True, "3", None])
def test_what_only_looks_like_a_number_is_none(value):
    for field in ("steps", "step_size", "sizes"):
        with pytest.raises(ValueError, match=field):
            Protocol(**{field: [value] if field == "sizes" else value})
