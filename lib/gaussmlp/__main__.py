"""The command line: ``python -m gaussmlp run --out FILE.csv``, ``claims``, ``cache``.

Each command imports what it needs when it is called, so that help and bad input take no second.
"""

import argparse
import csv
import io
import json
import logging
import os
import re
import signal
import stat
import sys
import tempfile
import textwrap
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path

from gaussmlp import __version__
from gaussmlp.arguments import integer
from gaussmlp.protocol import MASKS, Protocol

_PLAIN = ("sizes", "seeds", "masks", "steps", "lam", "tau")
_LONGEST_RANGE = 10**6
_UNBROKEN = "\u00a0=\u00a0"


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"{self.prog}: error: {' '.join(message.split())}\n")


def _parser():
    nominal = Protocol()
    parser = _Parser(
        prog="python -m gaussmlp",
        description="Gaussian MLPs whose data can be read off the weights.",
    )
    parser.add_argument("--version", action="version", version=f"gaussmlp {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="train a grid of runs and write a table with one row per run",
        usage="%(prog)s [options] --out FILE.csv",
        description="Train every (size, mask, seed) and write one row per run, ordered by size, "
        "mask and seed. Without options this is the nominal protocol: 480 runs.",
    )
    run.add_argument("--out", metavar="FILE.csv", help="where to write the table (needed)")
    sizes = " ".join(map(str, nominal.sizes))
    run.add_argument(
        "--sizes", nargs="+", metavar="N", help=f"samples and neurons, at least 2 [{sizes}]"
    )
    run.add_argument("--masks", nargs="+", metavar="MASK", help=f"some of {' '.join(MASKS)} [all]")
    run.add_argument(
        "--data",
        nargs="+",
        choices=["digits", "square"],
        help="train on these data of several inputs; sizes are 10, 20 and 50 if none are given",
    )
    _add_choices(run)
    claims = commands.add_parser(
        "claims",
        help="judge every claim of the abstract",
        description="Run the grid, the temperature sweep and the balance sweep, and judge every "
        "claim of the abstract on them. Options other than --seeds judge another reading of it.",
    )
    claims.add_argument("--json", action="store_true", help="print all figures, for programs")
    _add_choices(claims)
    cache = commands.add_parser(
        "cache",
        help="show or clear the folder of finished runs",
        description="Show the folder of finished runs and compiled kernels, or remove these and "
        "nothing else (clear). The variable GAUSSMLP_CACHE names another folder.",
    )
    cache.add_argument("action", nargs="?", choices=["clear"], help="remove what is kept")
    return parser


def _add_choices(command):
    """Add the options that both commands share."""
    nominal = Protocol()
    command.add_argument(
        "--seeds", nargs="+", metavar="SEED", help="seeds of the starts, at least 0 [0-9]"
    )
    command.add_argument("--steps", help=f"training steps, at least 1 [{nominal.steps}]")
    command.add_argument("--lam", help="weight of the structural losses, at least 0 [1]")
    command.add_argument(
        "--tau", help="temperature of coverage and separation, at least 1e-300 [1e-4]"
    )
    command.add_argument(
        "--set",
        nargs="+",
        metavar="NAME=VALUE",
        default=[],
        action="extend",
        help="any choice of the protocol by name: tau.separation=1e-2, w0=10, step_size=0.003",
    )
    command.add_argument("--jobs", help="threads [as many as there are processors]")
    command.add_argument(
        "--no-cache", action="store_true", help="neither read finished runs from disk nor keep any"
    )


def main(arguments=None):
    """Run the command line, the process's own or the arguments given, and return its exit status.

    It is 0, 1 if the output was closed, or 130 if interrupted. Bad input exits with 2 and one line.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help()
        return 0
    parser.prog += f" {given.command}"  # as argparse names it where an option is wrong
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: _tell(f"{parser.prog}: warning: {message}")
            _COMMANDS[given.command](given)
    except BrokenPipeError:  # whoever reads has seen enough; nothing is left to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ValueError, OSError, MemoryError, RuntimeError) as error:
        parser.error(str(error) or "there is not enough memory")
    except KeyboardInterrupt:
        _tell(f"{parser.prog}: interrupted")
        return 130
    return 0


def _run(given):
    (_run_pictures if given.data else _run_grid)(given)


def _run_grid(given):
    protocol = _protocol(given)
    with _loading():
        from gaussmlp.experiment import MOST_JOBS, run_grid
    jobs = _jobs(given, MOST_JOBS)
    with _table_of(given) as write, _logged(), _blaming("--sizes or --seeds"):
        write(run_grid(protocol, jobs=jobs, cache=not given.no_cache))


def _run_pictures(given):
    with _blaming("--data"):
        if len({*given.data}) < len(given.data):
            raise ValueError(f"data must not repeat a value, got {' '.join(given.data)}")
    with _loading(), _needing("scipy", "run --data", "study"):
        with _needing("sklearn", "run --data digits", "pictures"):
            if "digits" in given.data:
                import sklearn.datasets  # noqa: F401
        import pandas as pd

        from gaussmlp.experiment import MOST_JOBS
        from gaussmlp.study.pictures import KINDS, SIZES, run_pictures
        from gaussmlp.vectors import VectorRun, check_vectors
    first = Protocol(sizes=SIZES, masks={mask for mask, _ in KINDS})
    protocol, jobs = _protocol(given, first), _jobs(given, MOST_JOBS)
    with _blaming("--set"):
        check_vectors([VectorRun(protocol, given.data[0], SIZES[0], "C", 0)])
    formula, kinds = protocol.formulas.coverage, KINDS
    if given.masks or (protocol.masks, formula) != (first.masks, first.formulas.coverage):
        kinds = [(mask, formula if "C" in mask else "") for mask in protocol.masks]
    asked = dict(jobs=jobs, keep=not given.no_cache, protocol=protocol, nulls=False)
    with _table_of(given) as write, _blaming("--sizes or --seeds"):
        parts = [
            run_pictures(data, protocol.sizes, protocol.seeds, kinds, **asked)
            for data in given.data
        ]
        write(pd.concat(parts))


def _claims(given):
    protocol = _protocol(given)
    with _loading(), _needing("scipy", "claims", "study"):
        from gaussmlp.experiment import MOST_JOBS
        from gaussmlp.study.claims import records
        from gaussmlp.study.ledger import judged
        from gaussmlp.study.sweeps import run_evidence
    jobs = _jobs(given, MOST_JOBS)
    with _logged(), _blaming("--seeds" if len(protocol.masks) == len(MASKS) else "--set"):
        runs = run_evidence(protocol, jobs=jobs, cache=not given.no_cache)
    parts = dict(zip(("claims", "stricter", "predictions"), judged(runs), strict=True))
    if given.json:
        ledger = {"seeds": protocol.seeds, "runs": len(runs.grid)}
        ledger |= {name: records(verdicts) for name, verdicts in parts.items()}
        print(json.dumps(ledger, indent=1, allow_nan=False))
    else:
        print(_table([v for verdicts in parts.values() for v in verdicts]))


def _cache(given):
    with _loading():
        from gaussmlp.store import cache_folder, clear
    if given.action == "clear":
        clear()
        print(f"removed the finished runs and compiled kernels in {cache_folder()}")
    else:
        print(cache_folder())


_COMMANDS = {"run": _run, "claims": _claims, "cache": _cache}


@contextmanager
def _loading():
    """Let Ctrl-C end the process at once: whatever it interrupts could show a traceback."""
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def _needing(package, command, extra):
    """Say what to install where a command needs a package that is not there."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name.partition(".")[0] != package:
            raise
        name = {"scipy": "SciPy", "sklearn": "scikit-learn"}[package]
        raise ValueError(
            f'{command} needs {name}: pip install ".[{extra}]" in a clone installs it'
        ) from error


@contextmanager
def _logged():
    """Show what the library logs on stderr, one line each."""
    log, handler = logging.getLogger("gaussmlp"), logging.StreamHandler()
    before = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.setLevel(before)
        log.removeHandler(handler)


def _tell(line):
    print(" ".join(line.split()), file=sys.stderr, flush=True)


def _table(verdicts, width=100):
    rows = [("claim", "verdict", "key figure"), *((v.claim.id, v.text, v.figure) for v in verdicts)]
    first, second = (max(len(row[k]) for row in rows) + 2 for k in (0, 1))
    lines = []
    for name, verdict, figure in rows:
        begin = f"{name:{first}}{verdict:{second}}"
        wrapped = textwrap.wrap(
            figure.replace(" = ", _UNBROKEN),
            width,
            initial_indent=begin,
            subsequent_indent=" " * len(begin),
        )
        lines += [line.replace(_UNBROKEN, " = ") for line in wrapped]
    return "\n".join(lines)


def _protocol(given, protocol=None):
    protocol = protocol or Protocol()
    for name in _PLAIN:
        given_here = getattr(given, name, None)
        if given_here is not None:
            words = given_here if isinstance(given_here, list) else [given_here]
            with _blaming(f"--{name}"):
                protocol = protocol.but({name: _parsed(name, words)})
    for item in given.set:
        name, equals, text = item.partition("=")
        with _blaming("--set"):
            if not (name and equals and text):
                raise ValueError(f"takes NAME=VALUE, got {item!r}")
            protocol = protocol.but({name: _parsed(name, text.split(","))})
    return protocol


def _jobs(given, most):
    if given.jobs is None:
        return None
    with _blaming("--jobs"):
        return integer("jobs", _value(given.jobs), 1, most)


def _parsed(name, words):
    if name == "masks":
        return _masks(words)
    if name in ("sizes", "seeds"):
        return _integers(words)
    values = [_value(word) for word in words]
    return values if len(values) > 1 else values[0]


def _masks(words):
    """Return the words; one that is nearly a mask is refused with a hint."""
    for word in words:
        for mask in MASKS:
            if word != mask and sorted(word.lower()) == sorted(mask.lower()):
                allowed = ", ".join(MASKS)
                raise ValueError(f"masks must be one of {allowed}, got {word!r} ({mask}?)")
    return words


def _integers(words):
    """Return values; 0-9 stands for 0 to 9."""
    values = []
    for word in words:
        ends = re.fullmatch(r"(\d{1,10})-(\d{1,10})", word, re.ASCII)
        if ends is None:
            values.append(_value(word))
            continue
        first, last = int(ends[1]), int(ends[2])
        if not first <= last < first + _LONGEST_RANGE:
            raise ValueError(
                f"a range such as 0-9 must go up and have at most {_LONGEST_RANGE} integers,"
                f" got {word}"
            )
        values += range(first, last + 1)
    return values


def _value(word):
    for kind in (int, float):
        with suppress(ValueError):
            return kind(word)
    return word


@contextmanager
def _blaming(option):
    """Name the option in a message about what it was given."""
    try:
        yield
    except (ValueError, OSError) as error:
        message, field = str(error), option.removeprefix("--")
        if message.startswith(f"{field} must "):
            raise ValueError(f"--{message}") from error
        raise ValueError(f"{option}: {message}") from error


@contextmanager
def _table_of(given):
    """Refuse a file that could not be written; what the body then gives is written there."""
    if given.out is None:
        raise ValueError("--out is needed: the file to write, such as --out runs.csv")
    frames = []
    with _written_whole(given.out) as file:
        yield frames.append
        (frame,) = frames
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(frame.columns)
        frame["diverged_at"] = frame["diverged_at"].astype(object).fillna("")
        for row in frame.astype(object).itertuples(index=False):
            rows.writerow(row)
    _tell(f"wrote {given.out}: {len(frame)} run{'' if len(frame) == 1 else 's'}")


@contextmanager
def _written_whole(name):
    """Collect text, and put it under its name at the end: all of it or nothing."""
    path, text = _writable(name), io.StringIO(newline="")
    yield text
    part = path.with_name(f".{os.getpid()}.part")
    with _blaming("--out"):
        try:
            with part.open("w", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
                file.flush()
                os.fsync(file.fileno())  # a full disk may say so only here
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _writable(name):
    """Return a path, or refuse now what could not be written after hours; no file is made."""
    path, reason = Path(name), None
    try:
        tempfile.TemporaryFile(dir=path.parent).close()  # has no name, even if we are killed here
        if not stat.S_ISREG(path.stat().st_mode):  # must not be replaced by a file
            reason = "it is no plain file"
    except FileNotFoundError:
        if not path.parent.is_dir():
            reason = "there is no such folder"
    except (ValueError, OSError) as error:
        reason = getattr(error, "strerror", error)
    if reason:
        raise ValueError(f"--out must be a file that can be written, got {name!r}: {reason}")
    return path.resolve()  # a link stays one: what it leads to is written


if __name__ == "__main__":
    status = main()
    if status == 130:
        os._exit(status)  # without a wait for threads, which may be compiling
    sys.exit(status)
