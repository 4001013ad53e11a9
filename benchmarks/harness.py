"""The benchmark: our training beside the same training in NumPy, PyTorch and JAX.

Each engine lives in a process of its own (``worker.py``). They are timed in turns, so that only one
works at a time, and an engine is timed only if its losses agree with ours.
"""

import argparse
import datetime
import json
import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import numpy as np
from gaussmlp import Parameters, Protocol, Run, losses, start, train
from gaussmlp.arguments import integer
from gaussmlp.store import engine_digest
from growth import grid_seconds, growth
from joblib import cpu_count
from roofline import roofline
from worker import CORES

ENGINES = {
    "ours": "ours",
    "numpy": "numpy_peer",
    "torch": "torch_peer",
    "torch-compile": "torch_compile_peer",
    "jax": "jax_peer",
}
"""Every engine, and the module of `FOLDER` that drives it."""

FOLDER = Path(__file__).parent
PARTS = ("engines", "growth")

TOLERANCE = 1e-8
"""Largest relative difference from our losses after `CHECKED_STEPS` of an engine that is timed."""

CHECKED_STEPS = 100


def benchmark(engines, protocol, repeats):
    """Time every engine `repeats` times: all masks of a size in one call, and each mask alone.

    ``cold`` is the first call of a size, compilation included, and ``warm`` are the timed ones. An
    engine that is not timed has only a ``state``, which says why.
    """
    about = {name: getattr(protocol, name) for name in ("sizes", "masks", "seeds", "steps")}
    about |= {"repeats": repeats, "threads": CORES}
    about |= {"checked_steps": CHECKED_STEPS, "tolerance": TOLERANCE}
    measured = {"machine": this_machine(), "protocol": about}
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="gaussmlp-bench-"))
        workers = {}
        for name in engines:
            _tell(f"starting {name}")
            workers[name] = _Worker(name, Path(scratch, name))
            stack.callback(workers[name].end)
        for n in protocol.sizes:
            _time_size(workers.values(), protocol, n, repeats)
    results = {name: worker.result() for name, worker in workers.items()}
    totals = {name: _total(one) for name, one in results.items() if one["state"] == "timed"}
    return measured | {"engines": results, "total": totals, "roofline": roofline()}


def benchmark_growth():
    """Measure how our training grows with N, and the whole nominal grid."""
    machine = this_machine()
    _tell("the whole grid")
    grid = _spread(grid_seconds(Protocol()))
    return {"grid_seconds": grid, "growth": {"machine": machine, **growth(_tell)}}


def _time_size(workers, protocol, n, repeats):
    job = {"n": n, "seeds": protocol.seeds, "steps": protocol.steps}
    targets = {"all": protocol.masks} | {mask: [mask] for mask in protocol.masks}
    checked = protocol.but({"steps": CHECKED_STEPS})
    runs = [Run(checked, n, mask, seed) for mask in protocol.masks for seed in protocol.seeds]
    expected = _losses(runs, [one.parameters.flat() for one in train(runs)])
    _tell(f"N = {n}: first calls")
    for worker in workers:
        first = [worker.ask(job | {"masks": masks}) for masks in targets.values()]
        check = worker.ask(job | {"masks": protocol.masks, "steps": CHECKED_STEPS})
        if check:
            found = _losses(runs, check["parameters"])
            difference = float(np.max(np.abs(found - expected) / np.abs(expected)))
            warm = {target: [] for target in targets}
            worker.sizes[n] = {"difference": difference, "cold": first[0]["seconds"], "warm": warm}
            if not difference <= TOLERANCE:  # written so that nan fails too
                worker.fail(f"its losses differ from ours by {difference:.1e} at N = {n}")
    for repeat in range(repeats):
        _tell(f"N = {n}: repetition {repeat + 1} of {repeats}")
        for target, masks in targets.items():
            for worker in workers:
                answer = worker.ask(job | {"masks": masks})
                if answer:
                    worker.sizes[n]["warm"][target].append(answer["seconds"])


def _losses(runs, rows):
    values = []
    for (protocol, n, mask, seed), row in zip(runs, rows, strict=True):
        x, y, _ = start(protocol, n, seed)
        values.append(losses.total(x, y, Parameters.from_flat(np.array(row)), protocol, mask))
    return np.array(values)


class _Worker:
    """An engine in a process of its own, with caches that start empty."""

    def __init__(self, name, scratch):
        self.sizes, self.state, self._name = {}, "timed", name
        variables = {
            "OMP_NUM_THREADS": str(CORES),
            "GAUSSMLP_CACHE": str(scratch / "gaussmlp"),
            "TORCHINDUCTOR_CACHE_DIR": str(scratch / "torch"),
        }
        self._process = subprocess.Popen(
            [sys.executable, FOLDER / "worker.py", ENGINES[name]],
            env=os.environ | variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # so that its own helpers end with it
        )
        self._imported = self._answer()
        if self._imported and "missing" in self._imported:
            self.fail(f"{self._imported['missing']} is not installed; `make bench` installs it")

    def ask(self, job):
        """Return the worker's answer, None if the engine is not timed, or no longer."""
        if self.state != "timed":
            return None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        self.fail(f"it failed, with exit status {self._process.wait()}")
        return None

    def fail(self, why):
        """Time the engine no more."""
        self.state = why
        _tell(f"{self._name}: {why}")

    def result(self):
        """Return what is known of the engine."""
        if self.state != "timed":
            return {"state": self.state}
        for size in self.sizes.values():
            size["warm"] = {target: _spread(times) for target, times in size["warm"].items()}
        return {"state": self.state, **self._imported, "sizes": self.sizes}

    def end(self):
        """End the process: at once where it waits for work, else after two seconds."""
        try:
            self._process.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)


def _spread(times):
    return {"seconds": times, "median": median(times), "min": min(times), "max": max(times)}


def _total(result):
    sizes = result["sizes"].values()
    return {
        "warm": sum(size["warm"]["all"]["median"] for size in sizes),
        "cold": result["import_seconds"] + sum(size["cold"] for size in sizes),
    }


def this_machine():
    """Return what a stored time is of: the machine, its load, the date, and the engine."""
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
    found = facts.exists() and re.search(r"^model name\s*: (.*)", facts.read_text(), re.M)
    return found[1] if found else platform.processor() or platform.machine()


def _tell(line):
    print(line, file=sys.stderr, flush=True)


def _kept(out, parts):
    """Return what stays of the file that is about to be written, if it is of this processor."""
    if out.is_dir() or not os.access(out if out.exists() else out.parent, os.W_OK):
        raise ValueError(f"argument --out: must be a file that can be written, got {out}")
    if set(parts) == set(PARTS) or not out.exists():
        return {}
    text = out.read_text(encoding="utf-8")
    if f'"processor": {json.dumps(_processor())}' not in text:
        raise ValueError(f"argument --parts: {out} holds no benchmark of this processor to keep")
    return json.loads(text)


def main(arguments=None):
    """Run the benchmark from the shell: ``python benchmarks/harness.py --help``."""
    parser = argparse.ArgumentParser(
        usage=argparse.SUPPRESS,  # so that a mistake is told in one line
        description="Time the nominal training, every size and mask, in each engine that is "
        "installed: in turns, two threads each, first call and later ones apart. Then measure how "
        "seconds and bytes of ours grow with N, which takes about a minute.",
    )
    sizes, add = Protocol().sizes, parser.add_argument
    add("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure [both]")
    add("--engines", nargs="+", choices=ENGINES, default=ENGINES, help="engines to time [all]")
    add("--sizes", nargs="+", type=int, default=sizes, metavar="N", help="sizes [nominal]")
    add("--repeats", type=int, default=5, metavar="R", help="timings of each [5]")
    add("--steps", type=int, default=500, metavar="STEPS", help="Adam steps of each [500]")
    add("--out", type=Path, metavar="FILE.json", help="where to write all; its other part stays")
    given = parser.parse_args(arguments)
    try:
        protocol = Protocol(sizes=given.sizes, steps=given.steps)
        repeats = integer("repeats", given.repeats, 1)
        measured = _kept(given.out, given.parts) if given.out else {}
    except ValueError as error:
        parser.error(str(error))
    if "engines" in given.parts:
        measured |= benchmark(dict.fromkeys(given.engines), protocol, repeats)
    if "growth" in given.parts:
        measured |= benchmark_growth()
    if given.out:
        everything = json.dumps(measured, indent=1, allow_nan=False)
        given.out.write_text(everything + "\n", encoding="utf-8")
    for name, total in measured.get("total", {}).items():
        print(f"{name}: {total['warm']:.3g} s for all sizes")
    if "grid_seconds" in measured:
        print(f"the nominal grid: {measured['grid_seconds']['median']:.3g} s")


if __name__ == "__main__":
    main()
