"""One-to-one coverage: a loss that pairs samples and prototypes once, at the start.

It trains on the square of what the reconstruction error measures, and so writes the samples into
the weights by design. It is no attack on a network that was trained otherwise.
"""

import numpy as np
import pandas as pd

from gaussmlp.experiment import runs_of, train_all
from gaussmlp.losses import fit, overlap_gradient
from gaussmlp.model import prototypes
from gaussmlp.protocol import Protocol
from gaussmlp.start import sine
from gaussmlp.study.claims import Evidence, judge
from gaussmlp.study.pair_predictions import PREDICTIONS
from gaussmlp.study.readings import NOMINAL, Reading, run_readings
from gaussmlp.study.recovery import null_runs
from gaussmlp.study.thresholds import ERROR_RESTORED, RESTORED
from gaussmlp.training import Run, paired_samples

TWO_SIDED = Reading("two-sided", {"formulas.coverage": "two-sided"}, "prototypes need samples too")
PAIRED = Reading("one-to-one", {"formulas.coverage": "one-to-one"}, "a sample for each prototype")
RANDOM = Reading("random pairing", {"formulas.coverage": "random pairing"}, "the control")

PREDICTED = "lib/gaussmlp/study/pair_predictions.py"
"""The file with the predictions B1 to B9."""

FRESH = range(300, 330)
"""The seeds that they are about."""

SEEDS = "range(300, 330)"
"""How this file names them, for the history."""

AUC_KEPT = 0.05
"""Of what coverage gives away nothing is lost if the AUC is less than this below its own."""

COVERAGES = (NOMINAL, TWO_SIDED, PAIRED, RANDOM)
"""The coverages of the chapter."""

_GRID = np.linspace(-1.0, 1.0, 1001)


def between(runs):
    """Return how well runs of the nominal target fit between their samples.

    Columns ``n, mask, seed``; ``fit`` and ``between``, the decimal logarithms of the mean squared
    error at the samples and on a fine grid of the hull, at least -16; and both of the start, as
    ``untrained fit`` and ``untrained between``.
    """
    targets, rows = sine(_GRID), []
    for one in train_all(runs):
        x, y, begin = one.start
        inside = (x[0] <= _GRID) & (x[-1] >= _GRID)
        errors = [
            fit(*samples, network)
            for network in (one.parameters, begin)
            for samples in ((x, y), (_GRID[inside], targets[inside]))
        ]
        logarithms = np.log10(np.maximum(errors, 1e-16))  # below, rounding decides
        rows.append((one.run.n, one.run.mask, one.run.seed, *logarithms))
    columns = ["fit", "between", "untrained fit", "untrained between"]
    return pd.DataFrame(rows, columns=["n", "mask", "seed", *columns])


def costs():
    """Return what each coverage costs in fit, on the nominal seeds.

    ``reading`` and the columns of `between`, of the masks standard, C and OC.
    """
    parts = {}
    for one in COVERAGES:
        masks = ("standard", "C", "OC") if one is NOMINAL else ("C", "OC")
        parts[one.id] = between(runs_of(one.protocol.but({"masks": masks})))
    return pd.concat(parts, names=["reading"]).reset_index("reading")


def judge_predictions(seeds=FRESH):
    """Judge `PREDICTIONS` on seeds that they were written for."""
    protocol = Protocol(seeds=tuple(seeds))
    asked = ((PAIRED, ("standard", "C", "CS", "OC")), (RANDOM, ("C", "CS")))
    chosen = [
        Reading(one.id, one.choices | {"masks": masks, "seeds": protocol.seeds}, one.why)
        for one, masks in asked
    ]
    frame = run_readings(chosen)
    control = frame["reading"] == RANDOM.id
    frame["mask"] = frame["mask"].mask(control, frame["mask"] + " random")
    fits = between(runs_of(chosen[0].protocol))
    key = ["n", "mask", "seed"]
    frame = frame.merge(fits[[*key, "between"]], on=key, how="left")
    runs = Evidence(frame.drop(columns="reading"), None, None, null_runs(protocol))
    return judge(runs, PREDICTIONS)


def ratios(evidence):
    """Return which ratio of coverage's lam to overlap's compensates overlap, by what is asked.

    Rows are what is asked of OC, columns sizes: the smallest ratio of the sweep from which on it is
    so, nan if there is none. ``expelled share`` and ``error``: at most `RESTORED` and
    `ERROR_RESTORED` above the baseline's. ``AUC``: less than `AUC_KEPT` below that of C.
    """
    asked = {
        "expelled share": ("expelled_fraction", "standard", 1, RESTORED),
        "error": ("reconstruction_error", "standard", 1, ERROR_RESTORED),
        "AUC": ("auc", "C", -1, AUC_KEPT),
    }
    swept, rows = evidence.balance[evidence.balance["mask"] == "OC"], {}
    for words, (measure, mask, sign, limit) in asked.items():
        with_mask = evidence.grid[evidence.grid["mask"] == mask].groupby("n")[measure].mean()
        table = swept.pivot_table(index="ratio", columns="n", values=measure)
        enough = (sign * (table - with_mask) < limit).iloc[::-1].cummin().iloc[::-1]
        rows[words] = enough.idxmax().where(enough.any())
    return pd.DataFrame(rows).T.rename_axis(columns="N")


def side_by_side(both):
    """Return the `ratios` of the soft minimum and of one-to-one as text, one below the other."""
    table = pd.concat(dict(zip(("soft minimum", "one-to-one"), both, strict=True)))
    return table.map(lambda ratio: "none" if np.isnan(ratio) else f"{ratio:,g}")


def displaced(n, seeds=range(10)):
    """Return how far prototypes are from their samples, and how far overlap alone would push them.

    Where the fit is at rest, overlap's force on a prototype equals the pull of its sample, ``(2 /
    N) (p_j - x_j)``: so the distance is N / 2 times overlap's force. Columns ``seed, measured,
    predicted``, signed, one row for each neuron of OC.
    """
    rows = []
    for one in train_all([Run(PAIRED.protocol, n, "OC", seed) for seed in seeds]):
        theta, begin = one.parameters, one.start
        _, by_b = overlap_gradient(begin.x, theta)
        off = prototypes(theta) - paired_samples(one.run, begin)
        part = dict(seed=one.run.seed, measured=off, predicted=n / 2 * theta.w * by_b)
        rows.append(pd.DataFrame(part))
    return pd.concat(rows, ignore_index=True)


def passed(n, mask, seeds=range(10)):
    """Return which share of the pairs that random pairing sends past each other has passed."""
    done = must = 0
    for one in train_all([Run(RANDOM.protocol, n, mask, seed) for seed in seeds]):
        goal = paired_samples(one.run, one.start)
        before, after, wanted = (
            np.sign(np.subtract.outer(places, places))
            for places in (prototypes(one.start.parameters), prototypes(one.parameters), goal)
        )
        crossing = before * wanted < 0
        must, done = must + crossing.sum(), done + (crossing & (after == wanted)).sum()
    return done / must
