"""The command line: ``python -m gaussmlp run --out FILE.csv``, ``claims``, ``cache``."""

import argparse
import csv
import io
import json
import logging
import os
import signal
import sys
import textwrap
import warnings
from contextlib import contextmanager
from pathlib import Path

from gaussmlp.experiment import COLUMNS, MOST_JOBS, check_jobs, check_memory, run_grid
from gaussmlp.protocol import MASKS, Protocol
from gaussmlp.store import clear, usage
from gaussmlp.study.claims import judge, records
from gaussmlp.study.sweeps import run_evidence

_PLAIN = ("sizes", "seeds", "masks", "steps", "lam", "tau")
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
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="train a grid of runs and write one row a run",
        description="Train every (size, mask, seed) and write one row a run, ordered by size, mask "
        "and seed. Without options this is the nominal protocol: 480 runs.",
    )
    sizes = " ".join(map(str, nominal.sizes))
    run.add_argument(
        "--sizes", nargs="+", metavar="N", help=f"samples and neurons, at least 2 [{sizes}]"
    )
    run.add_argument("--masks", nargs="+", metavar="MASK", help=f"some of {' '.join(MASKS)} [all]")
    run.add_argument("--out", required=True, metavar="FILE.csv", help="where to write the table")
    _add_choices(run)
    claims = commands.add_parser(
        "claims",
        help="judge every claim of the abstract on runs of the nominal protocol or another",
        description="Run the grid, the temperature sweep and the balance sweep, and judge every "
        "claim of the abstract on them. Options other than --seeds judge another reading of it.",
    )
    claims.add_argument(
        "--json", action="store_true", help="everything, for programs, in place of a table"
    )
    _add_choices(claims)
    cache = commands.add_parser(
        "cache",
        help="show or clear what is kept on disk",
        description="Show the folder of stored runs and compiled kernels and what it holds (size),"
        " or remove these, of every version, and nothing else (clear). GAUSSMLP_CACHE names"
        " another folder; it must be one that only you can write to.",
    )
    cache.add_argument(
        "action", nargs="?", choices=("size", "clear"), default="size", help="size or clear [size]"
    )
    return parser


def _add_choices(command):
    """Add the options that both commands share."""
    nominal = Protocol()
    command.add_argument(
        "--seeds", nargs="+", metavar="SEED", help="seeds of the starts, at least 0 [0 to 9]"
    )
    command.add_argument(
        "--steps", metavar="STEPS", help=f"Adam steps, at least 1 [{nominal.steps}]"
    )
    command.add_argument(
        "--lam", metavar="LAM", help="weight of the structural losses, at least 0 [1]"
    )
    command.add_argument(
        "--tau", metavar="TAU", help="temperature of coverage and separation, >= 1e-300 [1e-4]"
    )
    command.add_argument(
        "--set",
        nargs="+",
        metavar="NAME=VALUE",
        default=[],
        action="extend",
        help="any choice of the protocol by name: tau.separation=1e-2, w0=10, step_size=0.003",
    )
    command.add_argument("--jobs", metavar="J", help=f"threads, 1 to {MOST_JOBS} [all processors]")
    command.add_argument(
        "--no-cache", action="store_true", help="neither read nor keep runs on disk"
    )


def main(arguments=None):
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, optional
        The process's own if not given.

    Returns
    -------
    int
        Exit status: 0, 1 if the output was closed, or 130 if interrupted. Bad input exits with 2
        and one line.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(
                f"{parser.prog}: warning: {message}", file=sys.stderr
            )
            _COMMANDS[given.command](given)
    except BrokenPipeError:  # whoever reads has seen enough; nothing is left to flush at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (ValueError, OSError, MemoryError, RuntimeError) as error:
        parser.error(str(error) or "there is not enough memory")
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted", file=sys.stderr, flush=True)
        return 130
    return 0


def _run(given):
    protocol, jobs = _protocol(given), _jobs(given)
    with _blaming("--sizes"):
        check_memory([protocol], jobs)
    with _written_whole(given.out) as file, _logged():
        frame = run_grid(protocol, jobs=jobs, cache=not given.no_cache)
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(COLUMNS)
        frame["diverged_at"] = frame["diverged_at"].astype(object).fillna("")
        for row in frame.astype(object).itertuples(index=False):
            rows.writerow(row)


def _claims(given):
    protocol, jobs = _protocol(given), _jobs(given)
    with _blaming("--seeds" if len(protocol.masks) == len(MASKS) else "--set"):
        judged = run_evidence(protocol, jobs=jobs, cache=not given.no_cache)
    verdicts = judge(judged)
    if given.json:
        ledger = {"seeds": protocol.seeds, "runs": len(judged.grid), "claims": records(verdicts)}
        print(json.dumps(ledger, indent=1, allow_nan=False))
    else:
        print(_table(verdicts))


def _cache(given):
    kept, done = usage(), ""
    if given.action == "clear":
        clear()
        done = "removed "
    runs, kernels = kept.runs + kept.other_runs, kept.kernels_bytes + kept.other_kernels_bytes
    print(f"folder   {kept.folder}")
    print(f"runs     {done}{runs} ({kept.other_runs} of other versions), {_mb(kept.runs_bytes)}")
    others = _mb(kept.other_kernels_bytes)
    print(f"kernels  {done}{_mb(kernels)} ({others} of other versions)")


_COMMANDS = {"run": _run, "claims": _claims, "cache": _cache}


def _mb(size):
    return f"{size / 1e6:.1f} MB"


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
    print(line, file=sys.stderr)


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


def _protocol(given):
    protocol = Protocol()
    for option, name, value in _choices(given):
        with _blaming(option):
            protocol = protocol.but({name: value})
    return protocol


def _jobs(given):
    jobs = None if given.jobs is None else _value(given.jobs)
    with _blaming("--jobs"):
        check_jobs(jobs)
    return jobs


def _choices(given):
    for name in _PLAIN:
        text = getattr(given, name, None)
        if text is not None:
            yield f"--{name}", name, _value(text)
    for item in getattr(given, "set", ()):
        name, equals, text = item.partition("=")
        if not (name and equals and text):
            raise ValueError(f"--set: takes NAME=VALUE, got {item!r}")
        yield "--set", name, _value(text.split(",") if "," in text else text)


def _value(text):
    if isinstance(text, list):
        return [_value(item) for item in text]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


@contextmanager
def _blaming(option):
    try:
        yield
    except (ValueError, OSError) as error:
        raise ValueError(f"{option}: {error}") from error


@contextmanager
def _written_whole(name):
    """Collect text, and put it under its name at the end: all of it or nothing."""
    path, text = Path(name), io.StringIO(newline="")
    with _blaming("--out"):
        # what is no plain file, such as a folder or /dev/null, must not be replaced by one
        if not path.name or (path.exists() and not path.is_file()):
            raise ValueError(f"must be a file that can be written, got {name!r}")
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        part.touch()  # refuses now what would be refused after hours
        part.unlink()
    yield text
    with _blaming("--out"):
        try:
            with part.open("w", encoding="utf-8", newline="") as file:
                file.write(text.getvalue())
                file.flush()
                os.fsync(file.fileno())  # a full disk may say so only here
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # set while modules were loading
        signal.signal(signal.SIGINT, signal.default_int_handler)
    status = main()
    if status == 130:
        os._exit(status)  # without a wait for threads, which may be compiling
    sys.exit(status)
