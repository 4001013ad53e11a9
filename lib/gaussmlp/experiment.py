"""Grids and sweeps: parallel, kept on disk, resumable, with progress; tidy pandas frames."""

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
from queue import SimpleQueue

import numpy as np
import pandas as pd
from joblib import Parallel, cpu_count, delayed
from joblib.parallel import get_active_backend
from tqdm.auto import tqdm

from gaussmlp.arguments import check_memory_of, integer, shown
from gaussmlp.kernels.jit import engine_digest
from gaussmlp.kernels.lanes import WIDTH
from gaussmlp.metrics import MEASURES, measure
from gaussmlp.protocol import Protocol, active
from gaussmlp.store import Store
from gaussmlp.training import Run, bytes_for, check_runs, kind, train

COLUMNS = ("n", "seed", "mask", *MEASURES, "diverged_at", "digest")
"""The columns of a frame of runs, one row a run, ordered by (n, mask, seed)."""

MOST_JOBS = 1024
"""Threads that may be asked for; a system may start fewer, and then raises RuntimeError."""

_LOG = logging.getLogger(__name__)

# Measured with Dask: 3 to 10 ms from one task to the next, 10 ms of processors in all; a block of
# N = 3 takes 3 ms. So blocks go together until they are worth 0.4 s: it costs them 1 to 2.5%.
_TASK_WORK = 2**29  # (sample, neuron, run, step)

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
        `joblib.parallel_config` that names an engine of other processes, such as ``"dask"``, its
        workers do the training; each needs this same version of the library.
    cache : bool
        Whether runs are taken from, and kept in, the store on disk.
    progress : bool, optional
        Whether to show a bar; if not given, on a terminal and in a live notebook.

    Returns
    -------
    pandas.DataFrame
        The columns `COLUMNS`, one row a run, ordered by (n, mask, seed). A diverged run has its
        step in `diverged_at`, nan for measures and ``diverged`` for a digest.

    Raises
    ------
    ValueError
        If `protocol` is none, the runs would need more memory than `MEMORY_BOUND`, or `jobs` is
        not from 1 to `MOST_JOBS`.
    RuntimeError
        If a worker has another version of the library, or no thread can be started.
    """
    protocol = Protocol() if protocol is None else protocol
    return run_grids({"": protocol}, jobs=jobs, cache=cache, progress=progress).drop(
        columns="reading"
    )


def run_grids(readings, *, jobs=None, cache=True, progress=None):
    """Run the grids of several protocols at once, and measure them.

    Parameters
    ----------
    readings : mapping of str to Protocol
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
    jobs = check_jobs(jobs)
    if not isinstance(readings, Mapping):
        raise ValueError("readings must be a mapping of names to protocols")
    check_memory(readings.values(), jobs)
    named = [
        (name, Run(protocol, n, mask, seed))
        for name, protocol in readings.items()
        for n in protocol.sizes
        for mask in protocol.masks
        for seed in protocol.seeds
    ]
    trained = train_all([run for _, run in named], jobs=jobs, cache=cache, progress=progress)
    frame = measure_all(trained)
    frame.insert(0, "reading", [name for name, _ in named])
    return frame


def measure_all(trained):
    """Measure finished runs.

    Parameters
    ----------
    trained : sequence of Trained

    Returns
    -------
    pandas.DataFrame
        The columns `COLUMNS`, one row a run, in the order given.
    """
    measures = [dict.fromkeys(MEASURES, np.nan) for _ in trained]
    by_size = {}
    for position, one in enumerate(trained):
        if one.diverged_at is None:
            by_size.setdefault(one.run.n, []).append(position)
    for positions in by_size.values():
        for first in range(0, len(positions), WIDTH):
            eight = positions[first : first + WIDTH]
            rows = measure(
                [trained[k].start for k in eight], [trained[k].parameters for k in eight]
            )
            for position, row in zip(eight, rows, strict=True):
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
        If one is no `Run` or names what is not allowed, if all would need more memory than
        `MEMORY_BOUND`, or if `jobs` is not allowed.
    RuntimeError
        As from `run_grid`.
    """
    jobs = check_jobs(jobs)
    runs = check_runs(runs)
    starts = Counter(n for n, _ in {(run.n, run.seed) for run in runs})
    check_memory_of("runs", bytes_for(Counter(run.n for run in runs), starts, jobs or cpu_count()))
    store = Store() if cache else None
    engine = engine_digest() if cache else "not kept"
    keys = [run_key(run, engine) for run in runs]
    found = store.load(dict(zip(keys, runs, strict=True))) if store else {}
    missing = {key: run for key, run in zip(keys, runs, strict=True) if key not in found}
    stale = store.of_other_engines(missing) if store and missing else 0
    if found or stale:
        others = f" ({stale} of them stored by another version)" if stale else ""
        counts = (len(found) + len(missing), len(found), len(missing))
        _LOG.info("%d runs: %d found, %d to train%s", *counts, others)
    blocks = _blocks(missing)
    with _Progress(blocks, len(found), progress) as tick:
        backend, _ = get_active_backend(prefer="threads")
        here = getattr(backend, "supports_sharedmem", False)
        work = (_train_here if here else _train_elsewhere)(blocks, jobs, tick)
        for finished in work:
            found |= finished
            if store:
                store.save(finished)
    return [found[key]._replace(run=run) for key, run in zip(keys, runs, strict=True)]


def run_key(run, engine=None):
    """Return the key of a run in the store.

    Parameters
    ----------
    run : Run
    engine : str, optional
        What `engine_digest` returns, for callers that need many keys.

    Returns
    -------
    str
        All that decides the bits of the run: the SHA-256, in hexadecimal, of every choice of the
        protocol, without the weights of losses that the mask leaves out; a colon; the engine.
    """
    decisive = f"{run.n}, {run.mask}, {run.seed}, {_choices(run.protocol, active(run.mask))}"
    digest = hashlib.sha256(decisive.encode()).hexdigest()
    return f"{digest}:{engine or engine_digest()}"


@functools.lru_cache(maxsize=1024)
def _choices(protocol, on):
    choices = {
        field.name: getattr(protocol, field.name)
        for field in dataclasses.fields(protocol)
        if field.name not in ("sizes", "seeds", "masks")
    }
    for name in ("lam", "tau", "formulas"):
        choices[name] = [
            (loss, value) for loss, value in choices[name]._asdict().items() if loss in on
        ]
    return repr(sorted(choices.items()))


def check_jobs(jobs):
    """Return a number of threads as a plain int.

    Parameters
    ----------
    jobs : int or None
        From 1 to `MOST_JOBS`, of any integer type.

    Returns
    -------
    int or None

    Raises
    ------
    ValueError
        If it is neither.
    """
    return None if jobs is None else integer("jobs", jobs, 1, MOST_JOBS)


def check_memory(protocols, jobs=None, times=1):
    """Raise ValueError if the runs of some protocols would need more memory than `MEMORY_BOUND`."""
    runs, starts = Counter(), Counter()
    for protocol in protocols:
        if not isinstance(protocol, Protocol):
            raise ValueError(f"protocol must be a Protocol, got {shown(protocol)}")
        for n in protocol.sizes:
            runs[n] += times * len(protocol.masks) * len(protocol.seeds)
            starts[n] += times * len(protocol.seeds)
    check_memory_of("sizes, masks and seeds", bytes_for(runs, starts, jobs or cpu_count()))


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
    return WIDTH * run.n * (run.n + 8) * run.protocol.steps


def _train_here(blocks, jobs, tick):
    # threads, since the kernel releases the GIL; joblib's would be looked at only every 10 ms
    pool, done, left = ThreadPoolExecutor(jobs or cpu_count()), SimpleQueue(), len(blocks)
    try:
        for block in blocks:
            pool.submit(_train_block, block, tick).add_done_callback(done.put)
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
        tick.stop()
        pool.shutdown(wait=False, cancel_futures=True)


def _train_block(block, tick=None):
    return dict(zip(block, train(list(block.values()), tick=tick), strict=True))


def _train_elsewhere(blocks, jobs, tick):
    # workers keep nothing but their compiled kernels: what is finished comes back to this store
    engine = engine_digest()
    tasks = (pickle.dumps(_Task(engine, blocks)) for blocks in _tasks(blocks))
    work = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(
        delayed(pickle.loads)(task) for task in tasks
    )
    for done, finished in work:
        tick(done)
        yield finished


def _tasks(blocks):
    tasks, room = [], 0
    for block in blocks:
        if room <= 0:
            tasks.append([])
            room = _TASK_WORK
        tasks[-1].append(block)
        room -= _work(block)
    return tasks


class _Task:
    """Blocks for another process: who loads the pickle gets what `_train_task` returns.

    joblib's dask backend waits for ever where a worker cannot load a task. Loading is the task's
    own work here, so that its errors, such as a worker without this library, are raised.
    """

    def __init__(self, *arguments):
        self._arguments = arguments

    def __reduce__(self):
        return _train_task, self._arguments


def _train_task(engine, blocks):
    if engine != _engine_of_this_process():
        raise RuntimeError("a worker has another version of gaussmlp or of numba: install the same")
    finished = {key: one for block in blocks for key, one in _train_block(block).items()}
    return sum(map(_work, blocks)), finished


@functools.cache
def _engine_of_this_process():
    # a worker may outlive an edit of the source: what it runs is what it imported
    return engine_digest()


class _Progress:
    """A bar that counts work, shown on a terminal or in a live notebook; threads may share it."""

    def __init__(self, blocks, found, wanted):
        if wanted is None:  # a notebook session has a name; a book that is being built has none
            wanted = sys.stderr.isatty() or "JPY_SESSION_NAME" in os.environ
        runs = [run for block in blocks for run in block.values()]
        label = f"{len(runs)} runs" + (f" ({found} found)" if found else "")
        self._bar = tqdm(
            total=sum(map(_work, blocks)),
            desc=label,
            disable=not (wanted and runs),
            bar_format="{desc}: {percentage:3.0f}%|{bar}| {elapsed} elapsed, {remaining} left",
        )
        self._lock = threading.Lock()
        self._stopped = False

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()
        self._bar.close()

    def stop(self):
        """End the training at its next tick."""
        with self._lock:
            self._stopped = True

    def __call__(self, work):
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt("the grid was stopped")
            self._bar.update(work)
