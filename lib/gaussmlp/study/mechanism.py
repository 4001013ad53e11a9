"""What moves prototypes: the force of each loss, where the expelled go, what holds them there.

A *force* on a prototype is minus a loss's derivative by its position, with its weight w held fixed.
A *velocity* is how fast it moves when w and b both follow minus the gradient (gradient flow).
"""

import numpy as np
import pandas as pd

from gaussmlp.arguments import check_memory_of, many, shown
from gaussmlp.losses import (
    coverage_gradient,
    fit_gradient,
    nominal_or,
    overlap_gradient,
    separation_gradient,
    total_gradient,
)
from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.model import checked, prototypes, responses, through_prototypes
from gaussmlp.protocol import active
from gaussmlp.start import Parameters, Start
from gaussmlp.study.claims import RESTORED
from gaussmlp.study.tables import check_columns, warn_of_diverged
from gaussmlp.training import Trained

LOSSES = ("fit", "overlap", "coverage", "separation")
"""The four losses, in the order of every table."""

FLAT = 1e-6
"""A direction is flat if its curvature is below this share of the largest: far above rounding, and
far below what the steps of a run can tell from nothing. The one value that was tried."""


@checked
def beyond(x, p):
    """Return how far prototypes lie outside the hull of the samples.

    Parameters
    ----------
    x : array_like, shape (M,)
        Samples.
    p : array_like, shape (N,)
        Prototypes.

    Returns
    -------
    ndarray, shape (N,)
        The distance to the nearer end of the hull, negative inside it.
    """
    return np.maximum(p - x.max(), x.min() - p)


def gradients(x, y, parameters, tau=None):
    """Return the gradient of every loss, each at lam 1.

    Parameters
    ----------
    x, y : array_like, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.
    tau : Tau, optional
        As for `Protocol`; nominal if not given.

    Returns
    -------
    dict of str to Parameters
        For each of `LOSSES` the derivative by w, b, v and c.
    """
    tau, p = nominal_or(tau=tau).tau, prototypes(parameters)
    none = np.zeros(len(p))
    structural = {
        "overlap": overlap_gradient(x, parameters),
        "coverage": through_prototypes(coverage_gradient(x, p, tau.coverage), parameters),
        "separation": through_prototypes(separation_gradient(p, tau.separation), parameters),
    }
    return {"fit": fit_gradient(x, y, parameters)} | {
        name: Parameters(dw, db, none, 0.0) for name, (dw, db) in structural.items()
    }


def forces(x, y, parameters, tau=None):
    """Return the force of every loss on every prototype, at fixed w, v and c.

    Parameters
    ----------
    x, y, parameters, tau
        As for `gradients`.

    Returns
    -------
    dict of str to ndarray of shape (N,)
        ``-dL/dp_j = w_j dL/db_j``, since ``b = -w p``; positive to the right.
    """
    return {name: parameters.w * g.b for name, g in gradients(x, y, parameters, tau).items()}


def velocities(x, y, parameters, tau=None):
    """Return how fast every loss alone moves every prototype under gradient flow in w and b.

    Parameters
    ----------
    x, y, parameters, tau
        As for `gradients`.

    Returns
    -------
    dict of str to ndarray of shape (N,)
        ``(dL/db_j + p_j dL/dw_j) / w_j``; positive to the right. Of a loss of the prototypes alone
        it is the force times ``(1 + p_j^2) / w_j^2``, which is large for far and wide neurons.
    """
    p, w = prototypes(parameters), parameters.w
    return {name: (g.b + p * g.w) / w for name, g in gradients(x, y, parameters, tau).items()}


def _finished(trained):
    trained = many("trained", trained)
    if not all(isinstance(one, Trained) for one in trained):
        raise ValueError(f"trained must each be a Trained, got {shown(trained)}")
    lost = sum(one.diverged_at is not None for one in trained)
    if lost:
        raise ValueError(f"trained must be runs that have not diverged; {lost} of them have")
    return trained


def positions(trained):
    """Return every prototype of some finished runs, and what is left of its neuron.

    Parameters
    ----------
    trained : sequence of Trained
        Runs that have not diverged, of any sizes and masks.

    Returns
    -------
    pandas.DataFrame
        One row a neuron, and a kept step where a run was recorded: ``mask, n, seed, step, neuron,
        prototype, beyond, expelled, w, v, response, pull``. `response` is the largest response to
        a sample, `pull` the size of coverage's force.

    Raises
    ------
    ValueError
        If one is no `Trained`, or diverged.
    """
    trained, parts = _finished(trained), []
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
                pull=np.abs(coverage_gradient(x, p, run.protocol.tau.coverage)),
            )
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def gradient_norms(trained):
    """Return how large the gradient is at the end of runs, in total and by loss.

    Parameters
    ----------
    trained : sequence of Trained

    Returns
    -------
    pandas.DataFrame
        One row a run: ``mask, n, seed, total`` and `LOSSES`, Euclidean norms over all parameters,
        each loss times its lam in the total; nan where a loss is not in it.

    Raises
    ------
    ValueError
        If one is no `Trained`, or diverged.
    """
    trained = _finished(trained)
    rows = []
    for one in trained:
        run, begin = one.run, one.start
        lam, tau = run.protocol.lam._asdict(), run.protocol.tau
        all_of_it = total_gradient(
            begin.x, begin.y, one.parameters, run.mask, run.protocol.lam, tau
        )
        row = dict(mask=run.mask, n=run.n, seed=run.seed, total=np.linalg.norm(all_of_it.flat()))
        parts = gradients(begin.x, begin.y, one.parameters, tau)
        for name in LOSSES:
            within = name == "fit" or name in active(run.mask)
            size = lam.get(name, 1.0) * np.linalg.norm(parts[name].flat())
            row[name] = size if within else np.nan
        rows.append(row)
    return pd.DataFrame(rows)


def hessian(x, y, parameters, mask, lam=None, tau=None):
    """Return the second derivatives of the total, by complex steps of its gradient.

    Parameters
    ----------
    x, y : array_like, shape (M,)
        Samples and targets.
    parameters : Parameters
        Of N neurons.
    mask : str
        Which structural losses are on.
    lam : Lam, optional
        As for `Protocol`; nominal if not given.
    tau : Tau, optional
        As for `Protocol`; nominal if not given.

    Returns
    -------
    ndarray, shape (3 N + 1, 3 N + 1)
        Symmetric; rows and columns in the order of `Parameters.flat`. It takes 3 N + 1 gradients.
    """
    columns, n = [], len(prototypes(parameters))
    check_memory_of("parameters", 32 * (3 * n + 1) ** 2)
    for unit in np.eye(3 * n + 1):
        z = parameters.flat() + 1e-30j * unit
        here = Parameters(z[:n], z[n : 2 * n], z[2 * n : -1], z[-1])
        columns.append(total_gradient(x, y, here, mask, lam, tau).flat().imag / 1e-30)
    return (np.array(columns) + np.transpose(columns)) / 2


def curvature(trained):
    """Return how firmly the total holds each neuron at the end of some runs.

    Parameters
    ----------
    trained : sequence of Trained
        Small ones: the Hessian has ``(3 N + 1)^2`` entries.

    Returns
    -------
    neurons : pandas.DataFrame
        One row a neuron: ``mask, n, seed, neuron, beyond, expelled, stiffness``, the largest
        curvature of the total when only w, b and v of that neuron move.
    runs : pandas.DataFrame
        One row a run: ``mask, n, seed``, the `largest` and the `lowest` curvature, the number of
        `flat` directions (see `FLAT`), the share `expelled_coordinates` of the parameters that
        belong to expelled neurons, and the share `flat_on_expelled` of the flat directions that
        lies on them (the mean squared length of their projection).

    Raises
    ------
    ValueError
        If one is no `Trained`, or diverged.
    """
    trained = _finished(trained)
    neurons, rows = [], []
    for one in trained:
        run, begin, n = one.run, one.start, one.run.n
        h = hessian(begin.x, begin.y, one.parameters, run.mask, run.protocol.lam, run.protocol.tau)
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


def balance_ratios(starts, tau=None):
    """Predict which ratio of lams holds a prototype at the end of the hull against overlap.

    At a run's start, the outermost prototype of each end is put ``sqrt(tau)`` beyond the end
    sample, its weight w kept. There the outward force of overlap and the inward force of coverage
    balance if ``lam_coverage / lam_overlap`` is the ratio of the two forces.

    Parameters
    ----------
    starts : sequence of Start
    tau : Tau, optional
        As for `Protocol`; nominal if not given.

    Returns
    -------
    ndarray, shape (2 len(starts),)
        One ratio for each end of each start.
    """
    tau, ratios = nominal_or(tau=tau).tau, []
    for begin in many("starts", starts):
        if not isinstance(begin, Start):
            raise ValueError(f"starts must each be a Start, got {shown(begin)}")
        p, w = prototypes(begin.parameters), begin.parameters.w
        for j, end, side in ((p.argmin(), begin.x.min(), -1), (p.argmax(), begin.x.max(), 1)):
            moved = np.where(np.arange(len(p)) == j, end + side * np.sqrt(tau.coverage), p)
            here = forces(begin.x, begin.y, begin.parameters._replace(b=-w * moved), tau)
            ratios.append(-here["overlap"][j] / here["coverage"][j])
    return np.array(ratios)


def compensation(frame, baseline):
    """Return how much coverage each lam of overlap needs.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `gaussmlp.study.sweeps.balance`.
    baseline : float
        The baseline's mean expelled share, on the same starts.

    Returns
    -------
    pandas.Series
        Index `lam_overlap`; the smallest `lam_coverage` from which on the mean expelled share stays
        within `RESTORED` of the baseline's. It is nan where none in the sweep is enough, and 0
        where the smallest already is. Diverged runs are left out with a warning.

    Raises
    ------
    ValueError
        If a column is missing or empty.
    """
    check_columns(frame, "lam_coverage", "lam_overlap", "expelled_fraction")
    warn_of_diverged(frame["expelled_fraction"])
    table = frame.pivot_table(
        index="lam_coverage", columns="lam_overlap", values="expelled_fraction"
    )
    # shares are multiples of 1/N: a tie must not hang on rounding
    enough = (table <= baseline + RESTORED + 1e-9).iloc[::-1].cummin().iloc[::-1]
    needed = enough.idxmax().astype(float)
    needed[~enough.any()] = np.nan
    needed[enough.iloc[0]] = 0.0
    return needed
