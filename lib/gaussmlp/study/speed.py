"""Tables from a stored benchmark: how many times ours, targets, growth. Nothing is timed here."""

import json
from pathlib import Path

import pandas as pd

from gaussmlp.protocol import MASKS

FOLDER = Path(__file__).parents[3] / "benchmarks"
"""The benchmark and its results; only a checkout of the project has it."""

PEERS = {
    "jax": "JAX",
    "torch-compile": "compiled PyTorch",
    "torch": "PyTorch",
    "numpy": "NumPy",
}
"""The engines beside ours, and what pages call them."""

GRID_TARGETS = {"jax": 5.0, "torch": 30.0, "torch-compile": 10.0}
"""How many times ours a peer should take on the whole grid, at least."""

SIZE_TARGET = 3.0
"""How many times ours JAX should take at every single size, at least."""

ROOFLINE_TARGET = 0.5
"""Our share of the roofline, at least."""

GRID_SECONDS_TARGET = 15.0
"""Seconds that the nominal grid of 480 runs should take, at most."""

ADDED_TARGET = 0.5
"""What coverage and separation should add to the standard mask at N = 100, at most."""


def stored(name):
    """Return a benchmark that the repository keeps.

    Parameters
    ----------
    name : str
        Of the machine, such as ``"epyc-genoa-2-cores"``.

    Returns
    -------
    dict
        As from `benchmark` and `benchmark_growth`.
    """
    path = FOLDER / "results" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def ratios(measured, target="all"):
    """Return how many times our time each peer takes, warm.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark`.
    target : str
        A mask, or ``"all"`` for the eight in one call.

    Returns
    -------
    pandas.DataFrame
        Rows are sizes N, columns the peers that were timed; medians over ours.
    """
    seconds = warm(measured, target)
    return seconds.drop(columns="ours").div(seconds["ours"], axis=0)


def warm(measured, target="all"):
    """Return the median seconds of every engine, warm.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark`.
    target : str
        A mask, or ``"all"`` for the eight in one call.

    Returns
    -------
    pandas.DataFrame
        Rows are sizes N, columns ``ours`` and the peers that were timed.
    """
    engines = measured["engines"]
    timed = [name for name in ("ours", *PEERS) if engines.get(name, {}).get("state") == "timed"]
    table = {
        name: {int(n): size["warm"][target]["median"] for n, size in engines[name]["sizes"].items()}
        for name in timed
    }
    return pd.DataFrame(table).rename_axis("N")


def ratios_by_mask(measured, peer="jax"):
    """Return how many times our time a peer takes for each mask alone, warm.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark`.
    peer : str
        One of `PEERS`.

    Returns
    -------
    pandas.DataFrame
        Rows are masks, columns sizes N.
    """
    return pd.DataFrame({mask: ratios(measured, mask)[peer] for mask in MASKS}).T


def cold_and_warm(measured):
    """Return what the first calls cost, import and compilation included, beside later ones.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark`.

    Returns
    -------
    pandas.DataFrame
        Rows are engines; columns ``import``, ``cold`` (import and the first call of every size) and
        ``warm`` (the same calls again), in seconds.
    """
    rows = {
        name: {
            "import": measured["engines"][name]["import_seconds"],
            "cold": total["cold"],
            "warm": total["warm"],
        }
        for name, total in measured["total"].items()
    }
    return pd.DataFrame(rows).T.loc[[name for name in ("ours", *PEERS) if name in rows]]


def added(measured, n=100, mask="CS"):
    """Return what a mask's losses add to the time of the standard mask.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark`.
    n : int
        A size.
    mask : str
        One of the masks.

    Returns
    -------
    float
        0.5 means half as long again.
    """
    times = measured["engines"]["ours"]["sizes"][str(n)]["warm"]
    return times[mask]["median"] / times["standard"]["median"] - 1.0


def targets(measured):
    """Return each target beside what was measured.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark` and `gaussmlp.benchmark.benchmark_growth`.

    Returns
    -------
    pandas.DataFrame
        Index: what is asked. Columns ``sign`` (``>=`` or ``<``), ``target``, ``measured`` and
        ``met``.
    """
    by_size = ratios(measured)["jax"]
    whole = {name: total["warm"] for name, total in measured["total"].items()}
    rows = [
        (f"{PEERS[peer]} over ours, whole grid", ">=", least, whole[peer] / whole["ours"])
        for peer, least in GRID_TARGETS.items()
    ]
    worst, n = by_size.min(), by_size.idxmin()
    rows += [
        (f"JAX over ours, where it is least (N = {n})", ">=", SIZE_TARGET, worst),
        (
            f"share of the roofline, standard, N = {measured['roofline']['n']}",
            ">=",
            ROOFLINE_TARGET,
            measured["roofline"]["share"],
        ),
        (
            "seconds for the 480 runs, two threads",
            "<",
            GRID_SECONDS_TARGET,
            measured["grid_seconds"]["median"],
        ),
        ("added by C and S to standard, N = 100", "<", ADDED_TARGET, added(measured)),
    ]
    table = pd.DataFrame(rows, columns=["", "sign", "target", "measured"]).set_index("")
    least = table["sign"] == ">="
    difference = table["measured"] - table["target"]
    return table.assign(met=(difference >= 0).where(least, difference < 0))


def step_seconds(measured):
    """Return the seconds of one step of eight runs in one thread.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark_growth`.

    Returns
    -------
    pandas.DataFrame
        Rows are sizes N, columns masks.
    """
    grown = measured["growth"]
    index = pd.Index(grown["sizes"], name="N")
    return pd.DataFrame(grown["step_seconds"], index=index)


def memory(measured):
    """Return the most bytes that training holds at a time.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark_growth`.

    Returns
    -------
    pandas.DataFrame
        Rows are sizes N, columns numbers of runs.
    """
    grown = measured["growth"]
    table = pd.DataFrame(grown["bytes"], index=pd.Index(grown["sizes"], name="N"))
    return table.rename(columns=int)


def exponents(measured):
    """Return the exponents of N in the seconds of a step.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark_growth`.

    Returns
    -------
    pandas.DataFrame
        Rows are masks; columns ``all`` (all sizes) and ``large`` (from N = 100 on).
    """
    return pd.DataFrame(measured["growth"]["exponents"]).T


def visits(measured):
    """Return the shares of pairs that are visited, and those that have a share at all.

    Parameters
    ----------
    measured : dict
        As from `gaussmlp.benchmark.benchmark_growth`.

    Returns
    -------
    pandas.DataFrame
        Index (N, steps); columns as from `gaussmlp.growth.visited`.
    """
    table = pd.DataFrame(measured["growth"]["visited"]).rename(columns={"n": "N"})
    return table.set_index(["N", "steps"])
