"""Tables from a benchmark that is stored: how many times ours, targets, growth."""

import json

import pandas as pd

from gaussmlp.experiment import runs_of, train_all
from gaussmlp.model import responses
from gaussmlp.protocol import MASKS, Protocol
from gaussmlp.study.stored import FOLDER

PEERS = {
    "jax": "JAX",
    "torch-compile": "compiled PyTorch",
    "torch": "PyTorch",
    "numpy": "NumPy",
}
"""The engines beside ours, and what pages call them."""

_GRID_TARGETS = {"jax": 5.0, "torch": 30.0, "torch-compile": 10.0}


def stored(name):
    """Return a benchmark that the repository keeps, as ``make bench`` wrote it.

    Parameters
    ----------
    name : str
        Of the machine, such as ``"epyc-genoa-2-cores"``.

    Returns
    -------
    dict
    """
    path = FOLDER / "results" / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def warm(measured):
    """Return the median seconds of every engine, warm.

    Parameters
    ----------
    measured : dict

    Returns
    -------
    pandas.DataFrame
        Index (target, N), where a target is a mask, or ``all`` for the eight in one call. Columns
        are ``ours`` and the peers that were timed.
    """
    engines = measured["engines"]
    timed = [name for name in ("ours", *PEERS) if engines.get(name, {}).get("state") == "timed"]
    seconds = {
        name: {
            (target, int(n)): size["warm"][target]["median"]
            for target in ("all", *MASKS)
            for n, size in engines[name]["sizes"].items()
        }
        for name in timed
    }
    return pd.DataFrame(seconds).rename_axis([None, "N"])


def ratios(measured):
    """Return how many times our time each peer takes, warm.

    Parameters
    ----------
    measured : dict

    Returns
    -------
    pandas.DataFrame
        Index (target, N) as from `warm`, columns the peers that were timed.
    """
    seconds = warm(measured)
    return seconds.drop(columns="ours").div(seconds["ours"], axis=0)


def seconds(measured):
    """Return what every engine takes: each size, all sizes, and all sizes from nothing.

    Parameters
    ----------
    measured : dict

    Returns
    -------
    pandas.DataFrame
        Rows are engines, by the names of pages; columns the sizes, ``all`` (the same calls
        together) and ``from nothing`` (import, compilation and the first call of every size).
    """
    table, total = warm(measured).loc["all"].T, pd.DataFrame(measured["total"]).T
    table.columns = [f"N = {n}" for n in table.columns]
    table = table.assign(**{"all": total["warm"], "from nothing": total["cold"]})
    return table.rename(index=PEERS)


def machine(measured, grown):
    """Return on what, when and with what the engines and growth were measured, in words.

    Parameters
    ----------
    measured, grown : dict

    Returns
    -------
    pandas.DataFrame of str
    """
    versions = {}
    for one in measured["engines"].values():
        versions |= one.get("versions", {})
    about = {"engines": measured["machine"], "growth": grown["growth"]["machine"]}
    table = {
        name: {
            "processor": f"{one['processor']}, {one['cores']} cores",
            "system": one["system"],
            "day": one["date"],
            "load before": f"{one['load']:.1f}",
            "digest of our engine": f"{one['engine'][:12]}…",
            "Python": one["python"],
        }
        for name, one in about.items()
    }
    table["engines"] |= versions
    return pd.DataFrame(table)


def targets(measured):
    """Return each target beside what was measured.

    Parameters
    ----------
    measured : dict

    Returns
    -------
    pandas.DataFrame
        Index: what is asked. Columns ``target``, such as ``at least 5``, ``measured``, and ``met``:
        ``yes`` or ``no``.
    """
    ours, by_size = warm(measured)["ours"], ratios(measured).loc["all", "jax"]
    whole = {name: total["warm"] for name, total in measured["total"].items()}
    share = f"share of the roofline, N = {measured['roofline']['n']}"
    least = f"JAX over ours, where it is least (N = {by_size.idxmin()})"
    added = ours["CS", 100] / ours["standard", 100] - 1.0
    rows = [
        (f"{PEERS[peer]} over ours, all sizes", "at least", target, whole[peer] / whole["ours"])
        for peer, target in _GRID_TARGETS.items()
    ]
    rows += [
        (least, "at least", 3.0, by_size.min()),
        (share, "at least", 0.5, measured["roofline"]["share"]),
        ("seconds for the 480 runs", "below", 15.0, measured["grid_seconds"]["median"]),
        ("coverage and separation add to the time, N = 100", "below", 0.5, added),
    ]
    told = {
        name: {
            "target": f"{side} {target:g}",
            "measured": value,
            "met": "yes" if (value >= target if side == "at least" else value < target) else "no",
        }
        for name, side, target, value in rows
    }
    return pd.DataFrame.from_dict(told, orient="index")


def growth(measured):
    """Return how time and memory grow with N.

    Parameters
    ----------
    measured : dict

    Returns
    -------
    seconds : pandas.DataFrame
        Of one step of eight runs in one thread. Rows are sizes N; columns are masks and, where they
        were measured, coverage ``one-to-one`` and ``cooler``.
    held : pandas.DataFrame
        The most bytes that training holds at a time. Rows are sizes N, columns numbers of runs.
    exponents : pandas.DataFrame
        Of N in the seconds. Rows are such columns, columns ``all`` sizes and ``large`` ones, from
        100 on.
    """
    grown = measured["growth"]
    sizes = pd.Index(grown["sizes"], name="N")
    seconds = pd.DataFrame(grown["step_seconds"], index=sizes)
    held = pd.DataFrame(grown["bytes"], index=sizes).rename(columns=int)
    return seconds, held, pd.DataFrame(grown["exponents"]).T


def steps(grown):
    """Return the time of a step of eight runs at large sizes, and how it grows.

    Parameters
    ----------
    grown : dict

    Returns
    -------
    pandas.DataFrame
        Rows are masks and further coverages. Columns are milliseconds at each N from 100 on, and
        ``power of N``.
    """
    seconds, _, exponents = growth(grown)
    table = 1e3 * seconds.loc[100:].T
    table.columns = [f"N = {n:,}" for n in table.columns]
    return table.assign(**{"power of N": exponents["large"]})


def least_response():
    """Return the smallest response of a neuron to a sample in the finished nominal grid.

    Returns
    -------
    float
    """
    trained = train_all(runs_of(Protocol()))
    return min(responses(one.start.x, *one.parameters[:2]).min() for one in trained)
