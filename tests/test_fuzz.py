"""Arbitrary input: a call works, or raises what is documented in words that name the argument.

`make fuzz` draws ten times as many examples, other ones every time. No example may take 10 s.
"""

import contextlib
import csv
import io
import itertools
import math
import os
import sys
import tempfile
import warnings
from fractions import Fraction
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
    output,
    prototypes,
    responses,
    run_grid,
    run_grids,
    start,
    train,
    train_all,
    widths,
)
from gaussmlp import __main__ as command_line
from gaussmlp.claims import CLAIMS, Evidence, claim, judge
from gaussmlp.evidence import RATIOS, TEMPERATURE_SIZES, evidence, rank_correlation
from gaussmlp.experiment import COLUMNS
from gaussmlp.protocol import MEMORY_BOUND, active
from gaussmlp.summaries import (
    by_mask_and_size,
    diverged,
    interval,
    intervals,
    paired_differences,
)
from gaussmlp.sweeps import TAUS, balance, mean_spacing, onset, rises, temperature
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

FUZZ = bool(os.environ.get("GAUSSMLP_FUZZ"))


def examples(count):
    """Return settings for some examples, ten times as many by `make fuzz`."""
    return settings(
        max_examples=count * (10 if FUZZ else 1),
        derandomize=not FUZZ,
        database=None,
        deadline=10_000,
        suppress_health_check=list(HealthCheck),
    )


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
    """Return what a call does, or None if it refuses by one of some names, in one short line."""
    try:
        return call()
    except ValueError as error:
        message = str(error)
        assert any(name in message for name in names), message
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
    made = works_or_refuses(lambda: Protocol().but(choices), *FIELDS, "choice")
    assert made is None or isinstance(made, Protocol)
    works_or_refuses(lambda: active(choices), "mask")
    works_or_refuses(lambda: claim(choices), "claim")


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
runs = st.builds(
    Run,
    st.one_of(small, st.just(Protocol(steps=2)), scalars),
    st.one_of(st.integers(2, 6), scalars),
    st.one_of(st.sampled_from(MASKS), scalars),
    st.one_of(st.integers(0, 5), scalars),
)
several = st.one_of(st.lists(runs, min_size=1, max_size=4), anything)


@examples(250)
@given(
    several,
    st.one_of(st.just(()), st.lists(st.integers(-1, 4), max_size=3), anything),
    st.one_of(st.none(), scalars),
)
def test_training_takes_runs_or_names_what_is_wrong(some, record, tick):
    trained = works_or_refuses(lambda: train(some, record, tick), "run", "record", "tick")
    for one in trained or ():
        assert (one.digest == "diverged") == (one.diverged_at is not None)
        assert one.diverged_at is not None or np.isfinite(one.parameters.flat()).all()


@examples(120)
@given(several, anything)
def test_any_runs_are_trained_or_refused(some, jobs):
    works_or_refuses(lambda: train_all(some, jobs=jobs, cache=False), "run", "jobs")


@examples(120)
@given(st.one_of(small, anything), st.one_of(st.integers(1, 3), anything), scalars)
def test_a_grid_runs_or_names_what_is_wrong(protocol, jobs, shown):
    works_or_refuses(
        lambda: run_grid(protocol, jobs=jobs, cache=False, progress=False), "protocol", "jobs"
    )
    works_or_refuses(
        lambda: run_grids({shown: protocol}, jobs=1, cache=False, progress=False), "protocol"
    )
    works_or_refuses(lambda: run_grids(jobs, cache=False), "protocol", "readings")


@examples(150)
@given(st.one_of(small, anything), st.one_of(st.integers(2, 99), anything), scalars)
def test_a_start_is_drawn_or_names_what_is_wrong(protocol, n, seed):
    made = works_or_refuses(lambda: start(protocol, n, seed), "protocol", "n ", "seed")
    assert made is None or isinstance(made, Start)
    if not isinstance(n, int) or n < 100:
        works_or_refuses(lambda: mean_spacing(n, (0,)), "n ")


@examples(100)
@given(anything, anything, st.sampled_from(("masks", "sizes", "seeds", "taus", "jobs")))
def test_sweeps_run_or_name_what_is_wrong(value, other, name):
    tiny = dict(masks=("S",), sizes=(2,), seeds=(0,), taus=(1.0,), jobs=1, cache=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gaussmlp.sweeps.run_grids", _columns_only)
        works_or_refuses(lambda: temperature(**tiny | {name: value}), name, "memory")
        works_or_refuses(lambda: balance(value, (1.0,), n=2), "lams_overlap", "memory")
        works_or_refuses(lambda: balance((1.0,), (1.0,), n=value, seeds=other), "sizes", "seeds")


def _columns_only(readings, **options):
    return pd.DataFrame({"reading": list(readings)})


values = st.one_of(
    arrays.arrays(np.float64, st.integers(0, 4), fill=st.nothing()), some_arrays, scalars
)
parameters = st.one_of(st.builds(Parameters, values, values, values, scalars), scalars)


@examples(300)
@given(values, values, parameters, st.one_of(st.floats(), scalars))
def test_array_functions_raise_what_numpy_does(x, y, theta, tau):
    # the definitions check nothing: see the docstring of `gaussmlp.model`
    calls = (
        lambda: output(x, theta),
        lambda: prototypes(theta),
        lambda: widths(theta),
        lambda: responses(x, y, y),
        lambda: losses.separation(x, tau),
        lambda: losses.coverage(x, y, tau),
    )
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in calls:
            with contextlib.suppress(ValueError, TypeError, IndexError):
                call()


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
            works_or_refuses(call, "x ", "p ", "beyond", "matrix contains", "cost matrix")


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


@examples(150)
@given(frames, st.sampled_from(("m", "m", "x", "")), st.one_of(st.sampled_from(MASKS), scalars))
def test_tables_are_made_or_name_what_is_wrong(frame, measure, baseline):
    calls = (
        lambda: by_mask_and_size(frame, measure),
        lambda: by_mask_and_size(frame, "m", "no such thing"),
        lambda: diverged(frame),
        lambda: paired_differences(frame, measure, baseline),
        lambda: intervals(frame.head(2), measure),
        lambda: rank_correlation(frame.head(0), measure, "m"),
        lambda: rises(frame, measure),
        lambda: onset(frame),
        lambda: interval([1.0], baseline),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in calls:
            works_or_refuses(call, "frame", "baseline", "statistic", "level")


def ledger_frames():
    """Return runs for the ledger with measures of no meaning."""
    rng = np.random.default_rng(0)

    def frame(sizes, masks, **setting):
        (name, places), *_ = [*setting.items(), ("none", (0,))]
        rows = [
            {"n": n, "seed": s, "mask": m, name: at}
            for at in places
            for n in sizes
            for m in masks
            for s in (0, 1, 2)
        ]
        table = pd.DataFrame(rows)
        for measure in ("explained", *metrics.MEASURES):
            table[measure] = rng.random(len(table))
        return table.assign(diverged_at=pd.array([pd.NA] * len(table), dtype="Int64"))

    return Evidence(
        frame((3, 5), MASKS),
        frame(TEMPERATURE_SIZES[:2], ("standard", "S"), tau=TAUS[::8]),
        frame((3,), ("standard", "OC", "OCS"), ratio=RATIOS[::3]),
    )


def lose(frame, which):
    """Return a frame of which some runs diverged."""
    frame = frame.copy()
    frame.loc[which, ["explained", *metrics.MEASURES]] = np.nan
    frame.loc[which, "diverged_at"] = 7
    return frame


@examples(10)
@given(st.data())
def test_the_ledger_judges_or_says_what_is_missing(data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "gaussmlp.claims.interval", lambda v: dict(mean=v.mean(), low=v.min(), high=v.max())
        )
        parts = []
        for frame in ledger_frames():
            share = data.draw(st.sampled_from((0.0, 0.1, 0.9, 1.0)))
            gone = np.random.default_rng(data.draw(st.integers(0, 9))).random(len(frame)) < share
            dropped = data.draw(st.sampled_from(((), (), "n", "mask", "reconstruction_error")))
            parts.append(lose(frame, gone).drop(columns=list((dropped,) if dropped else ())))
        with np.errstate(all="ignore"):
            works_or_refuses(lambda: judge(Evidence(*parts)), "frame")


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
    st.sampled_from(("run", "run", "run", "claims", "bench", "walk", "")),
    st.lists(
        st.tuples(options, words) | st.tuples(options, words, words) | st.tuples(options),
        max_size=3,
    ),
    st.one_of(st.just(("--out", "runs.csv")), st.tuples(st.just("--out"), paths), st.just(())),
)


@pytest.fixture(scope="module")
def tiny():
    return run_grid(Protocol(sizes=(2,), seeds=(0,), masks=("C",), steps=1), cache=False)


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
        patch.setattr(command_line, "benchmark", lambda *_, **__: {})
        patch.setattr(command_line, "table", lambda _: "")
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
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


@pytest.mark.parametrize(("n", "seeds", "masks"), [(2, 2000, 8), (30, 1000, 8), (5000, 4, 1)])
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak in /proc")
def test_the_estimate_of_memory_is_no_less_than_what_is_used_nor_twice_as_much(n, seeds, masks):
    done = terminal.python("-c", PROBE, n, seeds, masks)
    assert done.returncode == 0, done.stderr
    assert 1.0 <= float(done.stdout) <= 2.0
    assert MEMORY_BOUND == 4 * 2**30


def test_a_protocol_needs_no_more_than_numbers():
    assert Protocol(w0=Fraction(1, 3)).w0 == 1 / 3


# Divergence

# Adam's steps do not grow with the gradient: the first three stay finite, and must say so.
BLOW_UPS = {
    "step size 10": (Protocol(steps=300, step_size=10.0), False),
    "lam 1e12": (Protocol(steps=300, lam=1e12), False),
    "tau 1e-300": (Protocol(steps=300, tau=1e-300), False),
    "w through zero": (Protocol(steps=3, step_size=3e-150, w0=3e-150, domain=(0, 1e150)), True),
    "lam 1e308": (Protocol(steps=3, lam=1e308), True),
    "step size 1e306": (Protocol(steps=3, step_size=1e306), True),
}


@pytest.mark.parametrize("name", BLOW_UPS)
def test_a_run_that_blows_up_is_counted_and_no_other_is_lost(name):
    protocol, some = BLOW_UPS[name]
    frame = run_grid(protocol.but({"sizes": (3, 5), "seeds": (0, 1)}), cache=False)
    lost = frame["diverged_at"].notna()
    assert lost.any() == some
    assert (frame["digest"].eq("diverged") == lost).all()
    for measure in metrics.MEASURES:
        assert (frame[measure].isna() == lost).all()
        assert np.isfinite(frame.loc[~lost, measure]).all()
    assert diverged(frame).to_numpy().sum() == lost.sum()


@pytest.fixture
def half_lost():
    frame = ledger_frames().grid
    return lose(
        frame, frame["mask"].isin(["S", "OCS"]) & ((frame["n"] == 3) | (frame["seed"] == 0))
    )


@pytest.mark.parametrize(
    "take",
    [
        lambda frame: by_mask_and_size(frame, "fit_mse"),
        lambda frame: intervals(frame, "fit_mse"),
        lambda frame: intervals(paired_differences(frame, "fit_mse"), "difference"),
        lambda frame: rank_correlation(frame, "fit_mse", "reconstruction_error"),
        lambda frame: onset(frame.assign(tau=1.0)),
    ],
)
def test_no_mean_drops_a_diverged_run_in_silence(take, half_lost):
    with pytest.warns(UserWarning, match=r"\d+ of \d+ values of \w+ are left out: their runs dive"):
        take(half_lost)


def test_a_table_keeps_its_place_for_what_diverged(half_lost):
    with pytest.warns(UserWarning, match="6 of 8|8 of 48"):
        table = by_mask_and_size(half_lost, "fit_mse")
    assert table.shape == (8, 2)
    assert table.isna().to_numpy().sum() == 2
    assert diverged(half_lost).to_numpy().sum() == 8


def test_the_ledger_tells_how_many_pairs_it_lost(half_lost):
    verdicts = judge(ledger_frames()._replace(grid=half_lost))
    by_id = {v.claim.id: v for v in verdicts}
    assert "pairs without a finite difference" in by_id["C4"].figure
    assert "8 diverged" in by_id["C10"].figure
    assert not any("nan" in v.figure for v in verdicts)
    gone = Evidence(*(lose(f, slice(None)) for f in ledger_frames()))
    verdicts = judge(gone)
    assert {v.verdict for v in verdicts if v.claim.questions} == {"does not hold"}
    assert len(verdicts) == len(CLAIMS)
