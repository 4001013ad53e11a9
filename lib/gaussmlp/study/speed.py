"""Tables from a benchmark that is stored: how many times ours, targets, growth."""

import json

import pandas as pd

from gaussmlp.protocol import MASKS
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


def cold_and_warm(measured):
    """Return what the first calls cost, import and compilation included, beside later ones.

    Parameters
    ----------
    measured : dict

    Returns
    -------
    pandas.DataFrame
        Rows are engines; columns ``import``, ``cold`` (import and the first call of every size) and
        ``warm`` (the same calls again), in seconds.
    """
    names = [name for name in ("ours", *PEERS) if name in measured["total"]]
    table = pd.DataFrame(measured["total"]).T.loc[names, ["cold", "warm"]]
    table.insert(0, "import", [measured["engines"][name]["import_seconds"] for name in names])
    return table


def targets(measured):
    """Return each target beside what was measured.

    Parameters
    ----------
    measured : dict

    Returns
    -------
    pandas.DataFrame
        Index: what is asked. Columns ``sign`` (``>=`` or ``<``), ``target``, ``measured`` and
        ``met``.
    """
    ours, by_size = warm(measured)["ours"], ratios(measured).loc["all", "jax"]
    whole = {name: total["warm"] for name, total in measured["total"].items()}
    share = f"share of the roofline, standard, N = {measured['roofline']['n']}"
    least = f"JAX over ours, where it is least (N = {by_size.idxmin()})"
    added = ours["CS", 100] / ours["standard", 100] - 1.0
    rows = [
        (f"{PEERS[peer]} over ours, whole grid", ">=", target, whole[peer] / whole["ours"])
        for peer, target in _GRID_TARGETS.items()
    ]
    rows += [
        (least, ">=", 3.0, by_size.min()),
        (share, ">=", 0.5, measured["roofline"]["share"]),
        ("seconds for the 480 runs, two threads", "<", 15.0, measured["grid_seconds"]["median"]),
        ("added by C and S to standard, N = 100", "<", 0.5, added),
    ]
    table = pd.DataFrame(rows, columns=["", "sign", "target", "measured"]).set_index("")
    difference = table["measured"] - table["target"]
    return table.assign(met=(difference >= 0).where(table["sign"] == ">=", difference < 0))


def growth(measured):
    """Return how time and memory grow with N.

    Parameters
    ----------
    measured : dict

    Returns
    -------
    seconds : pandas.DataFrame
        Of one step of eight runs in one thread. Rows are sizes N, columns masks.
    held : pandas.DataFrame
        The most bytes that training holds at a time. Rows are sizes N, columns numbers of runs.
    exponents : pandas.DataFrame
        Of N in the seconds. Rows are masks, columns ``all`` sizes and ``large`` ones, from 100 on.
    """
    grown = measured["growth"]
    sizes = pd.Index(grown["sizes"], name="N")
    seconds = pd.DataFrame(grown["step_seconds"], index=sizes)
    held = pd.DataFrame(grown["bytes"], index=sizes).rename(columns=int)
    return seconds, held, pd.DataFrame(grown["exponents"]).T
