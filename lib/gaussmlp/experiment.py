"""Grids: parallel, kept on disk, resumable, with progress; tidy pandas frames."""

import dataclasses
import functools
import hashlib
import logging
import os
import pickle
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from queue import SimpleQueue

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from joblib.parallel import get_active_backend

from gaussmlp.arguments import integer, shown
from gaussmlp.kernels.lanes import WIDTH
from gaussmlp.metrics import MEASURES, measure
from gaussmlp.model import Parameters
from gaussmlp.protocol import Protocol, active
from gaussmlp.store import Store, engine_digest
from gaussmlp.training import Run, Trained, check_memory, check_runs, kind, step_work, train

COLUMNS = ("n", "seed", "mask", *MEASURES, "diverged_at", "digest")
"""The columns of a frame of runs, one row per run, ordered by (n, mask, seed)."""

MOST_JOBS = 1024
"""Threads that may be asked for."""

_LOG = logging.getLogger(__name__)

_MEASURED = 512  # runs that are measured at once

# Neighbours share their losses, so that eight runs side by side are rarely held up by one of them.
_LANE_ORDER = ("standard", "S", "CS", "C", "OC", "OCS", "OS", "O")


def run_grid(protocol=None, *, jobs=None, cache=True, progress=None):
    """Run every (size, mask, seed) of a protocol and measure it.

    Parameters
    ----------
    protocol : Protocol, optional
        The nominal one if not given: 480 runs.
    jobs : int, optional
        Threads; all processors if not given. The number changes no bit of the result. Under a
        `joblib.parallel_config` that names a backend of other processes, such as ``"dask"``, its
        workers do the training; each needs this same version of the library.
    cache : bool
        Whether runs are taken from, and kept in, the store on disk.
    progress : bool, optional
        Whether to show a bar; if not given, on a terminal and in a live notebook.

    Returns
    -------
    pandas.DataFrame
        The columns `COLUMNS`, one row per run, ordered by (n, mask, seed). A diverged run has its
        step in `diverged_at`, nan for measures and ``diverged`` for a digest.

    Raises
    ------
    ValueError
        If `protocol` is not a Protocol, the runs would need more memory than
        `gaussmlp.training.MEMORY_BOUND`, or `jobs` is not from 1 to `MOST_JOBS`.
    RuntimeError
        If a worker has another version of the library.
    """
    protocol = Protocol() if protocol is None else protocol
    options = dict(jobs=jobs, cache=cache, progress=progress)
    return run_grids({"": protocol}, **options).drop(columns="reading")


def run_grids(readings, *, jobs=None, cache=True, progress=None):
    """Run the grids of several protocols at once, and measure them.

    Parameters
    ----------
    readings : mapping of name to Protocol
        A name for each protocol.
    jobs, cache, progress
        As for `run_grid`.

    Returns
    -------
    pandas.DataFrame
        As from `run_grid`, with the name of the protocol in a first column `reading`.

    Raises
    ------
    ValueError, RuntimeError
        As from `run_grid`.
    """
    if not isinstance(readings, Mapping):
        raise ValueError("readings must be a mapping of names to protocols")
    for protocol in readings.values():
        if not isinstance(protocol, Protocol):
            raise ValueError(f"protocol must be a Protocol, got {shown(protocol)}")
    jobs = _threads(jobs)
    sizes = [(n, len(p.masks) * len(p.seeds)) for p in readings.values() for n in p.sizes]
    check_memory(sizes, jobs)
    named = [(name, run) for name, protocol in readings.items() for run in runs_of(protocol)]
    trained = train_all([run for _, run in named], jobs=jobs, cache=cache, progress=progress)
    frame = measure_all(trained)
    frame.insert(0, "reading", [name for name, _ in named])
    return frame


def runs_of(protocol):
    """Return the runs of a grid, ordered by (n, mask, seed)."""
    places = product(protocol.sizes, protocol.masks, protocol.seeds)
    return [Run(protocol, *place) for place in places]


def measure_all(trained):
    """Return a frame of finished runs: `COLUMNS`, one row per run, in the order given."""
    measures = [dict.fromkeys(MEASURES, np.nan) for _ in trained]
    by_size = {}
    for position, one in enumerate(trained):
        if one.diverged_at is None:
            by_size.setdefault(one.run.n, []).append(position)
    for positions in by_size.values():
        for first in range(0, len(positions), _MEASURED):  # all at once would double the memory
            some = positions[first : first + _MEASURED]
            alike = [trained[k] for k in some]
            rows = measure([one.run for one in alike], [one.parameters for one in alike])
            for position, row in zip(some, rows, strict=True):
                measures[position] = row
    frame = pd.DataFrame(measures, columns=list(MEASURES), dtype=np.float64)
    frame.insert(0, "n", [one.run.n for one in trained])
    frame.insert(1, "seed", [one.run.seed for one in trained])
    frame.insert(2, "mask", [one.run.mask for one in trained])
    frame["diverged_at"] = pd.array([one.diverged_at for one in trained], dtype="Int64")
    frame["digest"] = [one.digest for one in trained]
    return frame


def train_all(runs, *, jobs=None, cache=True, progress=None):
    """Train any runs: in blocks of eight, in parallel, and not those that the store has.

    Parameters
    ----------
    runs : sequence of Run
        Sizes and protocols may differ.
    jobs, cache, progress
        As for `run_grid`.

    Returns
    -------
    list of Trained
        In the order of `runs`, without histories.

    Raises
    ------
    ValueError
        If one is not a `Run` or names what is not allowed, if all would need more memory than
        `gaussmlp.training.MEMORY_BOUND`, or if `jobs` is not allowed.
    RuntimeError
        As from `run_grid`.
    """
    jobs, runs = _threads(jobs), check_runs(runs)
    check_memory(Counter(run.n for run in runs).items(), jobs)
    store = Store() if cache else None
    keys = [run_key(run) for run in runs]
    by_key = dict(zip(keys, runs, strict=True))
    finished = _found(store, by_key) if store else {}
    missing = {key: run for key, run in by_key.items() if key not in finished}
    found = len(finished)
    if found:
        word = "run" if len(by_key) == 1 else "runs"
        _LOG.info("%d %s: %d found, %d to train", len(by_key), word, found, len(missing))
    blocks = _blocks(missing)
    with progress_bar(blocks, found, progress) as (tick, stopped):
        backend, _ = get_active_backend(prefer="threads")
        if getattr(backend, "supports_sharedmem", False):
            parts = train_here(blocks, jobs, tick, stopped)
        else:
            parts = _train_elsewhere(blocks, jobs, tick)
        for block in parts:
            finished |= block
            if store:
                rows = {k: (one.parameters.to_bytes(), one.diverged_at) for k, one in block.items()}
                store.save(rows)
    return [finished[key]._replace(run=run) for key, run in zip(keys, runs, strict=True)]


def run_key(run):
    """Return the key of a run in the store: all that decides its bits.

    It is the SHA-256, in hexadecimal, of size, mask, seed and every choice of the protocol, without
    the losses that the mask leaves out; a colon; the engine's digest.
    """
    decisive = f"{run.n}, {run.mask}, {run.seed}, {_decisive(run.protocol, run.mask)}"
    return f"{hashlib.sha256(decisive.encode()).hexdigest()}:{engine_digest()}"


@functools.lru_cache(maxsize=1024)
def _decisive(protocol, mask):
    choices = {field.name: getattr(protocol, field.name) for field in dataclasses.fields(protocol)}
    for name in ("sizes", "seeds", "masks", "lam", "tau", "formulas"):
        del choices[name]
    losses = [(lam, tau, loss.name, str(loss.kernel)) for lam, tau, loss in protocol.parts(mask)]
    return repr((active(mask), losses, sorted(choices.items())))


def _found(store, runs):
    found = store.load({key: 3 * run.n + 1 for key, run in runs.items()})
    return {
        key: Trained(runs[key], Parameters.from_flat(np.frombuffer(theta, "<f8")), diverged_at)
        for key, (theta, diverged_at) in found.items()
    }


def _threads(jobs):
    return cpu_count() if jobs is None else integer("jobs", jobs, 1, MOST_JOBS)


def _blocks(runs):
    # the largest networks first, so that no thread is left with a long block at the end
    order = sorted(
        runs.items(),
        key=lambda item: (-item[1].n, kind(item[1]), _LANE_ORDER.index(item[1].mask)),
    )
    blocks = []
    for key, run in order:
        last = blocks[-1] if blocks else {}
        mate = next(iter(last.values()), None)
        if mate and len(last) < WIDTH and kind(mate) == kind(run):
            last[key] = run
        else:
            blocks.append({key: run})
    return blocks


def _work(block):
    run = next(iter(block.values()))
    return step_work(run.n) * run.protocol.steps


def train_here(blocks, jobs, tick, stopped, own=None):
    """Train blocks of runs by key in threads of this process, and yield those that are done.

    `own` takes the runs of a block and `tick`, and returns what training made of each, in place of
    `train`; `tick` and `stopped` are of `progress_bar`.
    """
    # threads, since the kernel releases the GIL; joblib's would be looked at only every 10 ms
    pool, done, left = ThreadPoolExecutor(jobs), SimpleQueue(), len(blocks)
    try:
        for block in blocks:
            pool.submit(_train_block, block, tick, own).add_done_callback(done.put)
        while left:
            # all that are done, so that small blocks never wait for the disk one by one
            ended = [done.get(), *(done.get() for _ in range(done.qsize()))]
            left -= len(ended)
            kept = [one.result() for one in ended if one.exception() is None]
            yield {key: trained for block in kept for key, trained in block.items()}
            for one in ended:
                one.result()  # raises what went wrong, now that the others are kept
    finally:
        # a thread that still compiles would keep whoever pressed Ctrl-C waiting; it ends by itself
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _train_block(block, tick=None, own=None):
    return dict(zip(block, (own or train)(list(block.values()), tick=tick), strict=True))


def _train_elsewhere(blocks, jobs, tick):
    # workers keep nothing but their compiled kernels: what is finished comes back to this store
    tasks = (pickle.dumps(_Task(engine_digest(), block)) for block in blocks)
    parallel = Parallel(n_jobs=jobs, return_as="generator_unordered")
    for finished in parallel(delayed(pickle.loads)(task) for task in tasks):
        tick(_work({key: one.run for key, one in finished.items()}))
        yield finished


class _Task:
    """A block for another process: who loads the pickle gets what `_train_task` returns.

    joblib's dask backend waits for ever where a worker cannot load a task. Here loading is the
    work, so its errors, such as that of a worker without this library, are raised.
    """

    def __init__(self, *arguments):
        self._arguments = arguments

    def __reduce__(self):
        return _train_task, self._arguments


def _train_task(engine, block):
    if engine != engine_digest():
        raise RuntimeError("a worker has another version of gaussmlp or of numba: install the same")
    return _train_block(block)


@contextmanager
def progress_bar(blocks, found, wanted=None):
    """Show a bar of the work done, on a terminal or in a live notebook, or wherever it is wanted.

    Yields what threads call with the work just done, and an event: once it is set, each of these
    calls raises KeyboardInterrupt, which ends its thread. `found` runs need no training.
    """
    from tqdm.auto import tqdm  # here: it takes a tenth of a second

    if wanted is None:  # a notebook session has a name; a book that is being built has none
        wanted = sys.stderr.isatty() or "JPY_SESSION_NAME" in os.environ
    runs = sum(map(len, blocks))
    lock, stopped = threading.Lock(), threading.Event()
    bar = tqdm(
        total=sum(map(_work, blocks)),
        desc=f"{runs} runs" + (f" ({found} found)" if found else ""),
        disable=not (wanted and runs),
        bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed} elapsed, {remaining} left",
    )

    def tick(work):
        with lock:
            if stopped.is_set():
                raise KeyboardInterrupt("the grid was stopped")
            bar.update(work)

    with bar:
        yield tick, stopped
