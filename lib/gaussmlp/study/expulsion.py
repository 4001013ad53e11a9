"""How prototypes are expelled: one neuron from its start on, and all of them after more steps."""

import numpy as np
import pandas as pd

from gaussmlp import Protocol, Run, train, train_all
from gaussmlp.metrics import EXPELLED_BEYOND, reconstruction_error
from gaussmlp.model import prototypes
from gaussmlp.protocol import MASKS
from gaussmlp.study.claims import ADD_OVERLAP
from gaussmlp.study.mechanism import beyond, forces, positions
from gaussmlp.study.tables import by_mask_and_size, in_order, intervals, paired_differences

LONG = Protocol().but({"steps": 20_000, "masks": ("standard", "C", "O", "OS", "OC", "OCS")})
"""The nominal protocol with four times as many steps: the baseline, coverage, all with overlap."""


def finished(n, masks, protocol=None):
    """Return finished runs of one size, all seeds of each mask.

    Parameters
    ----------
    n : int
    masks : sequence of str
    protocol : Protocol, optional
        The nominal one if not given.

    Returns
    -------
    list of Trained
    """
    protocol = protocol or Protocol()
    runs = [Run(protocol, n, mask, seed) for mask in masks for seed in protocol.seeds]
    return train_all(runs, progress=False)


def followed(seed, n=20, mask="O", steps=LONG.steps):
    """Return one long run, its parameters kept at some hundred steps, denser at the beginning.

    Parameters
    ----------
    seed, n : int
    mask : str
    steps : int

    Returns
    -------
    Trained
    """
    kept = np.unique(np.geomspace(1, steps + 1, 160).astype(int) - 1)
    return train([Run(Protocol(steps=steps), n, mask, seed)], record=kept.tolist())[0]


def beats(trained):
    """Tell in four moments how a neuron is expelled.

    It is the one that starts deepest inside the hull, of those that are expelled at the end.

    Parameters
    ----------
    trained : Trained
        One recorded run that expels a neuron which starts inside.

    Returns
    -------
    pandas.DataFrame
        Rows ``start``, ``first push`` (the first kept step with the prototype 0.1 nearer to the end
        of the hull), ``out of the hull`` (the first one expelled), ``long after`` (the last). The
        columns are `neuron` and `step`; `place` of the prototype, and how far `outside` it is
        (negative: inside); the largest `response` to a sample; and the forces of `overlap` and
        `fit`, positive where they push outward.

    Raises
    ------
    ValueError
        If the run expels no such neuron.
    """
    table, begin = positions([trained]), trained.start
    by_step = table.pivot(index="step", columns="neuron", values=["beyond", "expelled"])
    out = by_step["beyond"].astype(float)
    gone = by_step["expelled"].iloc[-1].astype(bool)
    gone &= out.loc[0] < 0
    if not gone.any():
        raise ValueError("trained must expel a neuron that starts inside the hull")
    neuron = out.loc[0, gone].idxmin()
    away = out[neuron] - out.at[0, neuron]
    steps = [0, (away > 0.1).idxmax(), (out[neuron] > EXPELLED_BEYOND).idxmax(), out.index[-1]]
    rows = table[table["neuron"] == neuron].set_index("step").loc[steps].reset_index()
    side = np.sign(rows["prototype"].iloc[-1] - (begin.x.min() + begin.x.max()) / 2)
    states = [trained.history[trained.recorded.index(step)] for step in steps]
    pushes = [forces(begin.x, begin.y, state, trained.run.protocol.tau) for state in states]
    names = {"prototype": "place", "beyond": "outside"}
    told = rows.rename(columns=names)[["neuron", "step", "place", "outside", "response"]]
    told = told.assign(**{k: [side * f[k][neuron] for f in pushes] for k in ("overlap", "fit")})
    return told.set_axis(["start", "first push", "out of the hull", "long after"])


def added_by_overlap(runs):
    """Return what overlap adds to the expelled share, with intervals.

    Parameters
    ----------
    runs : DataFrame of runs

    Returns
    -------
    DataFrame, as from `intervals`; the mask is the one that overlap is added to
    """
    parts = [
        paired_differences(runs[runs["mask"].isin(pair)], "expelled_fraction", pair[1])
        for pair in ADD_OVERLAP
    ]
    rows = pd.concat(parts).replace({"mask": dict(ADD_OVERLAP)})
    return intervals(rows, "difference").round(6) + 0.0  # rounding errors of a mean of zero


def added_to_the_start(frame):
    """Return by how much each mask's expelled share is above its untrained start's.

    Parameters
    ----------
    frame : DataFrame of runs and nulls

    Returns
    -------
    DataFrame, as from `intervals`
    """
    frame = frame[frame["mask"].isin((*MASKS, "untrained"))]
    rows = paired_differences(frame, "expelled_fraction", "untrained")
    return intervals(rows, "difference").round(6) + 0.0


def resting(rest):
    """Return how many neurons are silent, and how far the expelled go when training goes on.

    Parameters
    ----------
    rest : DataFrame, as from `gaussmlp.study.sweeps.at_rest`

    Returns
    -------
    DataFrame, as from `intervals`
        The mask is ``silent: overlap``, ``silent: standard``, ``silent: untrained`` or ``the drift:
        overlap``; runs that expelled nothing have no drift.
    """
    named = rest["mask"].replace("O", "overlap")
    silent = rest.assign(mask="silent: " + named)
    drift = rest.dropna(subset="drift").assign(mask="the drift: overlap")
    return pd.concat([intervals(silent, "silent"), intervals(drift, "drift")])


def over_steps(frames, measure, statistic="mean"):
    """Return a statistic of a measure after few steps and after many.

    Parameters
    ----------
    frames : mapping of int to DataFrame of runs, by their steps
    measure, statistic : str
        As for `by_mask_and_size`.

    Returns
    -------
    pandas.DataFrame
        Rows are (mask, steps), for masks that all frames have; columns are sizes.
    """
    tables = {k: by_mask_and_size(frame, measure, statistic) for k, frame in frames.items()}
    shared = pd.concat(tables, names=["steps"], join="inner").unstack("steps").dropna()
    return in_order(shared.stack("steps", future_stack=True).rename_axis(columns="N"))


def moved_in(protocol):
    """Return reconstruction errors with every prototype outside the domain moved to its nearer end.

    What is left of the error is not owed to how far prototypes have gone.

    Parameters
    ----------
    protocol : Protocol

    Returns
    -------
    pandas.DataFrame
        Columns ``mask, n, seed, error``.
    """
    rows = []
    for n in protocol.sizes:
        for one in finished(n, protocol.masks, protocol):
            p = np.clip(prototypes(one.parameters), *protocol.domain)
            error = reconstruction_error(one.start.x, p)
            rows.append((one.run.mask, n, one.run.seed, error))
    return pd.DataFrame(rows, columns=["mask", "n", "seed", "error"])


def started_outside(n, mask):
    """Return how many prototypes a mask expels, and how many of these started there.

    Parameters
    ----------
    n : int
    mask : str

    Returns
    -------
    pandas.Series
        Over all seeds of the nominal protocol: ``expelled`` and ``since the start``.
    """
    ends, starts = [], []
    for one in finished(n, [mask]):
        for p, kept in ((one.parameters, ends), (one.start.parameters, starts)):
            kept.append(beyond(one.start.x, prototypes(p)) > EXPELLED_BEYOND)
    ends, starts = np.array(ends), np.array(starts)
    return pd.Series([ends.sum(), (ends & starts).sum()], ["expelled", "since the start"])
