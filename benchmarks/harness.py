"""The benchmark: our training beside the same training in NumPy, PyTorch and JAX.

Each engine lives in a process of its own (``benchmarks/worker.py``), so that only one is at work at
a time and all are timed in the same way. An engine is timed only if its losses agree with ours.
"""

import argparse
import dataclasses
import datetime
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np
from gaussmlp import losses
from gaussmlp.kernels.jit import engine_digest
from gaussmlp.protocol import Protocol
from gaussmlp.start import Parameters, start
from gaussmlp.training import Run, train
from growth import LARGE, grid_seconds, growth
from joblib import cpu_count

ENGINES = {
    "ours": "ours",
    "numpy": "numpy_peer",
    "torch": "torch_peer",
    "torch-compile": "torch_compile_peer",
    "jax": "jax_peer",
}
"""Every engine and the module below ``benchmarks/`` that drives it."""

FOLDER = Path(__file__).parent
"""Where the engines are."""

PARTS = ("engines", "growth")
"""What can be measured apart: `benchmark` and `benchmark_growth`."""

TOLERANCE = 1e-8
"""Largest relative difference from our total loss, after `CHECKED_STEPS`, of an engine we time."""

CHECKED_STEPS = 100
THREADS = 2

_TARGETS = ("all", *Protocol().masks)


def benchmark(engines=tuple(ENGINES), sizes=Protocol().sizes, repeats=5, steps=500, progress=None):
    """Time the nominal training: every engine, size and mask, ten seeds, interleaved.

    Parameters
    ----------
    engines : sequence of str
        Some of `ENGINES`.
    sizes : sequence of int
        Numbers N of samples and neurons.
    repeats : int
        How often each engine is timed, in turns, at least 1.
    steps : int
        Adam steps of each timed training, at least 1.
    progress : callable, optional
        Called with one line of text when there is something to tell.

    Returns
    -------
    dict
        ``machine`` (facts about it), ``protocol`` (what was timed), ``engines`` (for each its
        ``state``, versions, seconds to import and its results by size) and, where it can be
        measured, ``roofline``. A result has ``difference`` (from our losses), ``cold`` (seconds of
        the first call of that size, compilation included) and ``warm``: for all masks in one call,
        and for each mask alone, ``seconds`` of every repetition, their ``median``, ``min`` and
        ``max``.

    Raises
    ------
    ValueError
        If an engine, a size or a number is not allowed.
    """
    protocol = Protocol(sizes=sizes, steps=steps)
    check_engines(engines)
    check_repeats(repeats)
    tell = progress or (lambda line: None)
    machine = _machine()
    with ExitStack() as stack:
        cache = stack.enter_context(tempfile.TemporaryDirectory(prefix="gaussmlp-bench-"))
        workers = {}
        for name in engines:
            tell(f"starting {name}")
            worker = stack.enter_context(_Worker(name, Path(cache, name)))
            workers[name] = worker
        for n in protocol.sizes:
            _time_size(workers, protocol, n, repeats, tell)
        results = {name: worker.report() for name, worker in workers.items()}
    measured = {
        "machine": machine,
        "protocol": {
            "sizes": protocol.sizes,
            "masks": protocol.masks,
            "seeds": protocol.seeds,
            "steps": protocol.steps,
            "repeats": repeats,
            "threads": THREADS,
            "checked_steps": CHECKED_STEPS,
            "tolerance": TOLERANCE,
        },
        "engines": results,
        "total": _totals(results, protocol.sizes),
    }
    bound = _roofline()
    return measured if bound is None else measured | {"roofline": bound}


def benchmark_growth(progress=None, **options):
    """Measure how our training grows with N, and the whole nominal grid.

    Parameters
    ----------
    progress : callable, optional
        Called with one line of text when there is something to tell.
    **options
        As for `growth`.

    Returns
    -------
    dict
        ``growth``, as from `growth`, with the ``machine``; ``grid_seconds``, the nominal grid on
        `THREADS` threads: ``seconds`` of every repetition, their ``median``, ``min`` and ``max``.
    """
    tell = progress or (lambda line: None)
    machine = _machine()
    tell("the whole grid")
    return {
        "grid_seconds": _spread(grid_seconds(jobs=THREADS)),
        "growth": {"machine": machine, **growth(progress=tell, **options)},
    }


def kept_parts(path):
    """Return what a file holds of an earlier benchmark of this machine.

    Parameters
    ----------
    path : str or pathlib.Path

    Returns
    -------
    dict
        Empty if there is no such file.

    Raises
    ------
    ValueError
        If the file is no benchmark, or one of another machine.
    """
    path = Path(path)
    if not path.is_file():
        return {}
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        about = kept.get("machine") or kept["growth"]["machine"]
        processor = about["processor"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} is no benchmark, so its other part cannot stay") from error
    if processor != _processor():
        raise ValueError(f"{path.name} is of another machine, {processor}")
    return kept


def check_parts(parts):
    """Raise ValueError unless `parts` are some of `PARTS`."""
    if not parts or not set(parts) <= set(PARTS):
        raise ValueError(f"parts must be some of {', '.join(PARTS)}, got {' '.join(parts)}")


def table(measured):
    """Return a benchmark as text.

    Parameters
    ----------
    measured : dict
        As from `benchmark`, `benchmark_growth` or both.

    Returns
    -------
    str
        The engines: a table for the eight masks in one call, warm, with the seconds by size and how
        many times longer than ours they take, and what is known of engines not timed. The growth:
        the seconds of the grid and the exponents of N.
    """
    parts = []
    if "engines" in measured:
        parts.append(_engines_table(measured))
    if "growth" in measured:
        parts.append(_growth_table(measured))
    return "\n".join(parts)


def _growth_table(measured):
    grid, grown = measured["grid_seconds"], measured["growth"]
    lines = [f"the whole nominal grid: {grid['median']:.2f} s (median of {len(grid['seconds'])})"]
    for mask, exponents in grown["exponents"].items():
        lines.append(f"seconds a step, {mask}: N^{exponents['large']:.2f} from N = {LARGE} on")
    lines += [
        f"bytes, {runs} runs: N^{exponents['large']:.2f} from N = {LARGE} on"
        for runs, exponents in grown["bytes_exponents"].items()
    ]
    return "\n".join(lines)


def _engines_table(measured):
    engines, about = measured["engines"], measured["protocol"]
    timed = [name for name, result in engines.items() if result["state"] == "timed"]
    ours = measured["total"].get("ours")
    lines = [
        f"{len(about['masks']) * len(about['seeds'])} runs a size, {about['steps']} steps:"
        f" median seconds of {about['repeats']}"
        + (" (and how many times ours)" if ours and len(timed) > 1 else ""),
        "".join(["N".rjust(6), *(name.rjust(20) for name in timed)]),
    ]
    for n in (*map(str, about["sizes"]), "total"):
        reference = _warm(measured, "ours", n) if ours else None
        cells = (_cell(_warm(measured, name, n), reference, name) for name in timed)
        lines.append("".join([n.rjust(6), *(cell.rjust(20) for cell in cells)]))
    cold = (_cell(measured["total"][name]["cold"], None, name) for name in timed)
    lines.append("".join(["cold".rjust(6), *(cell.rjust(20) for cell in cold)]))
    lines += [f"{name}: {r['state']}" for name, r in engines.items() if r["state"] != "timed"]
    return "\n".join(lines)


def check_engines(engines):
    """Raise ValueError unless `engines` are some of `ENGINES`, none twice."""
    unknown = [name for name in engines if name not in ENGINES]
    if not engines or unknown or len(set(engines)) != len(engines):
        raise ValueError(
            f"engines must be some of {', '.join(ENGINES)}, none twice, got {' '.join(engines)}"
        )


def check_repeats(repeats):
    """Raise ValueError unless `repeats` is an integer of at least 1."""
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise ValueError(f"repeats must be an integer of at least 1, got {repeats!r}")


def _warm(measured, name, n):
    if n == "total":
        return measured["total"][name]["warm"]
    return measured["engines"][name]["sizes"][n]["warm"]["all"]["median"]


def _cell(seconds, reference, name):
    ratio = f" ({seconds / reference:.2f}x)" if reference and name != "ours" else ""
    return f"{seconds:.4f}{ratio}"


def _time_size(workers, protocol, n, repeats, tell):
    """Add the results of one size to every worker that still runs."""
    job = {"n": n, "seeds": protocol.seeds, "steps": protocol.steps}
    expected = _our_losses(protocol, n)
    for name, worker in workers.items():
        if worker.alive:
            tell(f"N = {n}: {name}, first calls")
            _first_calls(worker, protocol, job, expected)
    for repeat in range(repeats):
        tell(f"N = {n}: repetition {repeat + 1} of {repeats}")
        for target in _TARGETS:
            masks = protocol.masks if target == "all" else [target]
            for worker in workers.values():
                answer = worker.ask(job | {"masks": masks})
                if answer:
                    worker.sizes[str(n)]["warm"][target].append(answer["seconds"])


def _first_calls(worker, protocol, job, expected):
    n, all_masks = job["n"], {"masks": protocol.masks}
    cold = worker.ask(job | all_masks)
    checked = worker.ask(job | all_masks | {"steps": CHECKED_STEPS, "parameters": True})
    if not checked:
        return
    found = _losses(protocol, n, checked["parameters"])
    difference = float(np.max(np.abs(found - expected) / np.abs(expected)))
    if not difference <= TOLERANCE:  # written so that nan fails too
        worker.fail(f"its losses differ from ours by {difference:.1e} at N = {n}")
        return
    worker.sizes[str(n)] = {
        "difference": difference,
        "cold": cold["seconds"],
        "warm": {target: [] for target in _TARGETS},
    }
    for mask in protocol.masks:  # what only a mask alone compiles
        worker.ask(job | {"masks": [mask]})


def _our_losses(protocol, n):
    checked = dataclasses.replace(protocol, steps=CHECKED_STEPS)
    runs = [Run(checked, n, mask, seed) for mask in protocol.masks for seed in protocol.seeds]
    return _losses(protocol, n, [one.parameters.flat() for one in train(runs)])


def _losses(protocol, n, rows):
    pairs = [(mask, seed) for mask in protocol.masks for seed in protocol.seeds]
    values = []
    for (mask, seed), row in zip(pairs, rows, strict=True):
        x, y, _ = start(protocol, n, seed)
        values.append(losses.total(x, y, Parameters.from_flat(np.array(row)), protocol, mask))
    return np.array(values)


class _Worker:
    """An engine in a process of its own, with caches that start empty."""

    def __init__(self, name, scratch):
        scratch.mkdir()
        self.sizes, self.state, self._name = {}, "timed", name
        self._errors = scratch / "errors.txt"
        library = str(FOLDER.parent / "lib")
        inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, FOLDER / "worker.py", ENGINES[name]],
                env=inherited
                | {
                    "PYTHONPATH": os.pathsep.join(
                        filter(None, (library, os.environ.get("PYTHONPATH")))
                    ),
                    "OMP_NUM_THREADS": str(THREADS),
                    "GAUSSMLP_CACHE": str(scratch / "gaussmlp"),
                    "TORCHINDUCTOR_CACHE_DIR": str(scratch / "torch"),
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # so that its own helpers end with it
            )
        self.imported = self._answer()
        if self.imported and "missing" in self.imported:
            self.fail(f"{self.imported['missing']} is not installed; `make bench` installs it")

    @property
    def alive(self):
        return self.state == "timed"

    def ask(self, job):
        """Return the worker's answer, None if it has failed, now or before."""
        if not self.alive:
            return None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def fail(self, why):
        """Give the engine up: what was timed of it is dropped."""
        self.state = why
        self.sizes = {}

    def report(self):
        """Return what is known of the engine."""
        if not self.alive:
            return {"state": self.state}
        for size in self.sizes.values():
            size["warm"] = {target: _spread(times) for target, times in size["warm"].items()}
        return {"state": self.state, **self.imported, "sizes": self.sizes}

    def _answer(self):
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        said = self._errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        self.fail(f"failed: {said[-1] if said else 'it ended without a word'}")
        return None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        try:
            self._process.communicate(timeout=10 if exception == (None, None, None) else 0)
        except (subprocess.TimeoutExpired, BrokenPipeError):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def _spread(times):
    return {
        "seconds": times,
        "median": statistics.median(times),
        "min": min(times),
        "max": max(times),
    }


def _totals(results, sizes):
    totals = {}
    for name, result in results.items():
        if result["state"] == "timed":
            of_size = [result["sizes"][str(n)] for n in sizes]
            totals[name] = {
                "warm": sum(size["warm"]["all"]["median"] for size in of_size),
                "cold": result["import_seconds"] + sum(size["cold"] for size in of_size),
            }
    return totals


def _machine():
    return {
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": cpu_count(),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "engine": engine_digest(),
    }


def _processor():
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def _roofline():
    try:
        from roofline import roofline
    except ModuleNotFoundError:
        return None
    return roofline()


def main(arguments=None):
    """Run the benchmark from the shell: ``python benchmarks/harness.py --help``."""
    parser = argparse.ArgumentParser(
        description="Time the nominal training, every size and mask, in each engine that is "
        "installed: in turns, two threads each, first call and later ones apart. Then how seconds "
        "and bytes of ours grow with N, which takes about a minute."
    )
    sizes = Protocol().sizes
    add = parser.add_argument
    add("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure [both]")
    add("--engines", nargs="+", choices=ENGINES, default=list(ENGINES), help="engines [all]")
    add("--sizes", nargs="+", type=int, default=sizes, metavar="N", help="sizes [nominal]")
    add("--repeats", type=int, default=5, metavar="R", help="timings of each [5]")
    add("--steps", type=int, default=500, metavar="STEPS", help="Adam steps of each [500]")
    add("--json", action="store_true", help="everything, for programs, in place of a table")
    add("--out", metavar="FILE.json", help="where to write everything; other parts of it stay")
    given = parser.parse_args(arguments)
    try:
        kept = kept_parts(given.out) if given.out and set(given.parts) != set(PARTS) else {}
        measured, say = kept, partial(print, file=sys.stderr)
        if "engines" in given.parts:
            measured |= benchmark(given.engines, given.sizes, given.repeats, given.steps, say)
        if "growth" in given.parts:
            measured |= benchmark_growth(progress=say)
    except ValueError as error:
        parser.exit(2, f"{parser.prog}: error: {error}\n")
    everything = json.dumps(measured, indent=1, allow_nan=False)
    if given.out:
        Path(given.out).write_text(everything + "\n", encoding="utf-8")
    print(everything if given.json else table(measured))


if __name__ == "__main__":
    main()
