"""What moves prototypes: the force of each loss, where the expelled go, what holds them there.

A *force* on a prototype is minus a loss's derivative by its position, with its weight w held fixed.
"""

import numpy as np
import pandas as pd

from gaussmlp import Parameters, losses
from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.model import prototypes, responses
from gaussmlp.protocol import MASKS, Protocol, Tau, active
from gaussmlp.study.claims import ADD_COVERAGE
from gaussmlp.study.tables import added, in_order, warn_of_diverged
from gaussmlp.study.thresholds import RESTORED, TIE

LOSSES = ("fit", "overlap", "coverage", "separation")
"""The four losses, in the order of every table."""

FLAT = 1e-6
"""A direction is flat if its curvature is below this share of the largest: far above rounding, and
far below what the steps of a run can tell from nothing. The one value that was tried."""


def beyond(x, p):
    """Return how far prototypes lie outside the hull of the samples, negative inside it."""
    return np.maximum(p - x.max(), x.min() - p)


def _gradients(x, y, parameters, tau):
    """Return the gradient of every loss by w, b, v and c, each at lam 1, by its name."""
    gradients, none = {"fit": losses.fit_gradient(x, y, parameters)}, np.zeros(len(parameters.w))
    for _, temperature, loss in Protocol(tau=tau).parts("OCS"):
        by_w, by_b = loss.by_weights(x, parameters, temperature)
        gradients[loss.slot] = Parameters(by_w, by_b, none, 0.0)
    return gradients


def forces(x, y, parameters, tau=Tau()):
    """Return the force of every loss on every prototype, at fixed w, v and c.

    By the names `LOSSES`, at lam 1: ``-dL/dp_j = w_j dL/db_j``, since ``b = -w p``; positive to the
    right.
    """
    return {name: parameters.w * g.b for name, g in _gradients(x, y, parameters, tau).items()}


def positions(trained):
    """Return every prototype of some finished runs, and what is left of its neuron.

    One row per neuron, and per kept step where a run was recorded: ``mask, n, seed, step, neuron,
    prototype, beyond, expelled, w, v, response, pull``. `response` is the largest response to a
    sample, `pull` the size of coverage's force.
    """
    _check_finite(trained)
    parts = []
    for one in trained:
        run, x = one.run, one.start.x
        kept = zip(one.recorded, one.history, strict=True) if one.recorded else None
        for step, state in kept or [(run.protocol.steps, one.parameters)]:
            p = prototypes(state)
            columns = dict(
                mask=run.mask,
                n=run.n,
                seed=run.seed,
                step=step,
                neuron=np.arange(run.n),
                prototype=p,
                beyond=beyond(x, p),
                expelled=beyond(x, p) > EXPELLED_BEYOND,
                w=state.w,
                v=state.v,
                response=responses(x, state.w, state.b).max(axis=0),
                pull=np.abs(losses.coverage_gradient(x, p, run.protocol.tau.coverage)),
            )
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def unpulled(trained):
    """Count by mask the ``expelled`` prototypes of some runs, and those ``without any pull``."""
    table = positions(trained)
    lost = table.assign(free=table["pull"] == 0)[table["expelled"]]
    counts = lost.groupby("mask")["free"].agg(["size", "sum"])
    counts = counts.set_axis(["expelled", "without any pull"], axis=1)
    masks = set(table["mask"])
    return counts.reindex([mask for mask in MASKS if mask in masks], fill_value=0)


def change_by_coverage(frame, measure):
    """Return what adding coverage does to a measure, as from `added`."""
    return added(frame, measure, ADD_COVERAGE)


def tooth(trained):
    """Return the median gap between neighbouring prototypes within the hull of the samples."""
    table = positions(trained)
    inside = table[table["beyond"] < 0].sort_values(["mask", "n", "seed", "prototype"])
    return float(inside.groupby(["mask", "n", "seed"])["prototype"].diff().median())


def _check_finite(trained):
    lost = sum(one.diverged_at is not None for one in trained)
    if lost:
        raise ValueError(f"trained must be runs that have not diverged; {lost} of them have")


def gradient_norms(trained):
    """Return how large the gradient is at the end of runs, in total and by loss.

    One row per run: ``mask, n, seed, total`` and `LOSSES`, Euclidean norms over all parameters,
    each loss times its lam; nan where a loss is not in the total.
    """
    _check_finite(trained)
    rows = []
    for one in trained:
        run, begin, protocol = one.run, one.start, one.run.protocol
        whole = losses.total_gradient(begin.x, begin.y, one.parameters, protocol, run.mask)
        row = dict(mask=run.mask, n=run.n, seed=run.seed, total=np.linalg.norm(whole.flat()))
        parts = _gradients(begin.x, begin.y, one.parameters, protocol.tau)
        lams = {"fit": 1.0} | protocol.lam._asdict()
        row |= dict.fromkeys(LOSSES, np.nan)
        for name in ("fit", *active(run.mask)):
            row[name] = lams[name] * np.linalg.norm(parts[name].flat())
        rows.append(row)
    return pd.DataFrame(rows)


def _hessian(x, y, parameters, protocol, mask):
    """Return the second derivatives of the total, by complex steps of its gradient.

    Rows and columns are in the order of `Parameters.flat`; it takes 3 N + 1 gradients.
    """
    columns, n = [], len(parameters.w)
    for unit in np.eye(3 * n + 1):
        z = parameters.flat() + 1e-30j * unit
        moved = Parameters(z[:n], z[n : 2 * n], z[2 * n : -1], z[-1])
        columns.append(losses.total_gradient(x, y, moved, protocol, mask).flat().imag / 1e-30)
    return (np.array(columns) + np.transpose(columns)) / 2


def curvature(trained):
    """Return how firmly the total holds each neuron at the end of some small runs.

    The first frame has a row per neuron: ``mask, n, seed, neuron, beyond, expelled, stiffness``,
    the largest curvature of the total when only w, b and v of that neuron move. The second has a
    row per run: ``mask, n, seed``, the `largest` and the `lowest` curvature, the number of `flat`
    directions (see `FLAT`), the share `expelled_coordinates` of the parameters that belong to
    expelled neurons, and the share `flat_on_expelled` of the flat directions that lies on them (the
    mean squared length of their projection).
    """
    _check_finite(trained)
    neurons, rows = [], []
    for one in trained:
        run, begin, n = one.run, one.start, one.run.n
        h = _hessian(begin.x, begin.y, one.parameters, run.protocol, run.mask)
        outside = beyond(begin.x, prototypes(one.parameters))
        blocks = [h[j : 3 * n : n, j : 3 * n : n] for j in range(n)]
        name = dict(mask=run.mask, n=n, seed=run.seed)
        columns = dict(neuron=np.arange(n), beyond=outside, expelled=outside > EXPELLED_BEYOND)
        columns["stiffness"] = [np.linalg.eigvalsh(block)[-1] for block in blocks]
        neurons.append(pd.DataFrame(name | columns))
        values, directions = np.linalg.eigh(h)
        flat = np.abs(values) < FLAT * values[-1]
        theirs = np.append(np.tile(columns["expelled"], 3), False)
        on_them = (directions[:, flat] ** 2)[theirs].sum() / flat.sum() if flat.any() else np.nan
        rows.append(
            name
            | dict(largest=values[-1], lowest=values[0], flat=flat.sum())
            | dict(expelled_coordinates=theirs.mean(), flat_on_expelled=on_them)
        )
    return pd.concat(neurons, ignore_index=True), pd.DataFrame(rows)


def equilibrium(norms, runs):
    """Return for each mask what holds its networks, and where they are not held.

    From `gradient_norms` and the runs of `curvature`, without those that expelled nothing. Medians
    over runs: how much is ``left`` of the losses' gradients when they are added, the number of
    ``flat`` directions, and the ``share of parameters`` and ``share of flat directions`` that are
    the expelled neurons'.
    """
    left = norms["total"] / norms[[*LOSSES]].sum(axis=1)
    some = runs[runs["expelled_coordinates"] > 0]
    columns = {
        "left": left.groupby(norms["mask"]).median(),
        "flat": some.groupby("mask")["flat"].median(),
        "share of parameters": some.groupby("mask")["expelled_coordinates"].median(),
        "share of flat directions": some.groupby("mask")["flat_on_expelled"].median(),
    }
    return in_order(pd.DataFrame(columns).rename_axis("mask"))


def balance_ratios(starts):
    """Predict which ratio of lams holds a prototype at the end of the hull against overlap.

    At a run's start, the outermost prototype of each end is put ``sqrt(tau)`` beyond the end
    sample, its weight w kept. There the outward force of overlap and the inward force of coverage
    balance if ``lam_coverage / lam_overlap`` is the ratio of the two forces: two ratios for each
    start.
    """
    ratios, distance = [], np.sqrt(Tau().coverage)
    for begin in starts:
        p, w = prototypes(begin.parameters), begin.parameters.w
        ends = {p.argmin(): begin.x.min() - distance, p.argmax(): begin.x.max() + distance}
        for j, end in ends.items():
            moved = np.where(np.arange(len(p)) == j, end, p)
            pushes = forces(begin.x, begin.y, begin.parameters._replace(b=-w * moved))
            ratios.append(-pushes["overlap"][j] / pushes["coverage"][j])
    return np.array(ratios)


def compensation(frame, baseline):
    """Return how much coverage each lam of overlap needs, by `lam_overlap`.

    The smallest `lam_coverage` of a frame as from `balance` from which on the mean expelled share
    stays within `RESTORED` of the baseline's: nan where none in the sweep is enough, 0 where the
    smallest already is.
    """
    warn_of_diverged(frame["expelled_fraction"])
    table = frame.pivot_table(
        index="lam_coverage", columns="lam_overlap", values="expelled_fraction"
    )
    enough = (table <= baseline + RESTORED + TIE).iloc[::-1].cummin().iloc[::-1]
    needed = enough.idxmax().astype(float)
    needed[~enough.any()] = np.nan
    needed[enough.iloc[0]] = 0.0
    return needed
