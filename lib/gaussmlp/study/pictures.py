"""Pictures read off the weights: what networks of several inputs give away, beside nulls.

Prototypes are compared with samples by the root of the mean squared difference of coordinates. A
prototype is *clipped* where its coordinates are moved into the box, as whoever reads a picture
would do: a weight near 0 throws a coordinate far away. What members are told from are held-out
inputs, of the same class where there are classes.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
from joblib import cpu_count
from numpy.polynomial.polynomial import polyval
from scipy.spatial import ConvexHull

from gaussmlp.arguments import integer
from gaussmlp.datasets import DATASETS
from gaussmlp.experiment import progress_bar, train_all, train_here
from gaussmlp.kernels.exponential import COEFFICIENTS, HIGHEST, LOG2_E
from gaussmlp.kernels.lanes import WIDTH
from gaussmlp.kernels.measures import squared_sums
from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.model import prototypes
from gaussmlp.protocol import Protocol
from gaussmlp.store import Store, engine_digest
from gaussmlp.study.claims import Evidence, judge
from gaussmlp.study.picture_predictions import DIGITS, SQUARE
from gaussmlp.study.stored import FOLDER
from gaussmlp.study.tables import weighted
from gaussmlp.training import MEMORY_BOUND, Run, step_work
from gaussmlp.vectors import (
    Network,
    TrainedVectors,
    VectorRun,
    assigned,
    check_vectors,
    start_vectors,
    train_vectors,
)

KINDS = (
    ("standard", ""),
    ("S", ""),
    ("O", ""),
    ("C", "soft minimum"),
    ("C", "two-sided"),
    ("C", "one-to-one"),
)
"""The masks of a table, and the formula of coverage of those that have one."""

NULLS = ("untrained", "training mean", "held out", "centres")
"""Prototypes of the start; the mean of the samples, N times; for each sample a held-out input of
its class; the centres of k-means on the held-out inputs."""

WORDS = {
    "untrained": "untrained",
    "standard": "standard",
    "S": "separation",
    "O": "overlap",
    "C": "coverage, soft minimum",
    "C two-sided": "coverage, two-sided",
    "C one-to-one": "coverage, one-to-one",
    "training mean": "training mean",
    "held out": "held-out inputs",
    "centres": "k-means centres of these",
}
"""How each kind of run, and each null, is called."""

SIZES = (10, 20, 50)
SEEDS = range(10)

HALF = 0.5
"""A sample is recovered if its prototype is nearer than half the distance to its nearest sample."""

COLUMNS = (
    *("data", "d", "n", "mask", "coverage", "seed", "fit_mse", "error", "error_clipped"),
    *("recovered", "auc", "auc_distance", "outside", "used", "diverged_at", "digest"),
)
"""The columns of a table of runs."""

PREDICTED = "lib/gaussmlp/study/picture_predictions.py"
"""The file with the predictions D1 to D10."""

FRESH = range(300, 310)
"""The seeds that they are about."""

NAMED = "range(300, 310)"
"""How this file names them, for the history."""

LAMS = (0.0, 0.01, 0.1, 1.0, 10.0)
"""Weights of overlap at which `specialized` looks."""

STEPS = (0, 30, 100, 300, 1000, 5000)
"""Steps after which the chapter looks at them."""

_LEAST, _MOST = 3, 1000  # sizes: in the plane the hull has at least three corners
_ROUNDS = 20  # of k-means


def run_pictures(
    data, sizes=SIZES, seeds=SEEDS, kinds=KINDS, *, protocol=None, nulls=True, **options
):
    """Train networks on a data set and measure what they give away.

    Parameters
    ----------
    data : str
        ``digits`` or ``square``.
    sizes, seeds : sequence of int
        Sizes are from 3 to 1,000.
    kinds : sequence of tuple
        Masks and formulas, as `KINDS`.
    protocol : Protocol, optional
        All other choices; the nominal ones if not given.
    nulls : bool
        Whether `NULLS` are measured as well.
    **options
        As for `train_pictures`.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`, one row per run, by size, kind and seed, then those of the nulls.

    Raises
    ------
    ValueError
        If a size or another choice is not allowed, or the runs would need too much memory.
    """
    for n in sizes:
        integer("sizes", n, _LEAST, _MOST)
    # two copies of each run's parameters, and of each start in the cache of these
    needed = 32 * len(seeds) * len(kinds) * sum(n * (2 * DATASETS[data][1] + 10) for n in sizes)
    if needed > MEMORY_BOUND:
        raise ValueError(
            f"the runs would need about {needed / 2**30:.1f} GiB of memory, at most "
            f"{MEMORY_BOUND / 2**30:.0f} GiB is allowed: ask for fewer or smaller runs"
        )
    runs = [
        VectorRun(protocol_of(coverage, protocol), data, n, mask, seed)
        for n, (mask, coverage), seed in product(sizes, kinds, seeds)
    ]
    guesses = product([data], sizes, NULLS, seeds) if nulls else ()
    trained = train_pictures(runs, **options)
    with ThreadPoolExecutor(cpu_count()) as pool:
        rows = [*pool.map(_row, trained), *pool.map(_null, guesses)]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"diverged_at": "Int64"})


def stored_runs():
    """Return the runs on digits that the repository keeps, and the nulls of their size, N = 100.

    Returns
    -------
    pandas.DataFrame
        As from `run_pictures`.
    """
    kept = pd.read_csv(FOLDER / "results" / "pictures.csv").fillna({"coverage": ""})
    nulls = run_pictures("digits", sorted({*kept["n"]}), kinds=())
    return pd.concat([kept.astype({"diverged_at": "Int64"}), nulls])


def protocol_of(coverage, protocol=None):
    """Return a protocol with a formula of coverage.

    Parameters
    ----------
    coverage : str
        ``""`` for the nominal one.
    protocol : Protocol, optional
        All other choices; the nominal ones if not given.

    Returns
    -------
    Protocol
    """
    return (protocol or Protocol()).but({"formulas.coverage": coverage or "soft minimum"})


def judge_pictures(frame, claims):
    """Judge predictions on a data set.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `run_pictures`.
    claims : sequence of Claim

    Returns
    -------
    tuple of Verdict
    """
    return judge(Evidence(named(frame), None, None), claims)


def judge_predictions(sizes=SIZES, seeds=FRESH, **options):
    """Judge the predictions on seeds that they were written for.

    Parameters
    ----------
    sizes, seeds : sequence of int
    **options
        As for `run_pictures`.

    Returns
    -------
    tuple of Verdict
    """
    return tuple(
        verdict
        for data, claims in (("digits", DIGITS), ("square", SQUARE))
        for verdict in judge_pictures(run_pictures(data, sizes, seeds, **options), claims)
    )


def _row(one):
    run, lost = one.run, one.diverged_at
    drawn, _ = start_vectors(run.data, run.n, run.seed, run.protocol.w0)
    coverage = run.protocol.formulas.coverage if "C" in run.mask else ""
    d = drawn.x.shape[1]
    row = dict(data=run.data, d=d, n=run.n, mask=run.mask, coverage=coverage, seed=run.seed)
    if lost is None:
        row["fit_mse"] = _fit(drawn, one.network)
        row |= measured(drawn, one.network.prototypes, run.data)
    return row | dict(diverged_at=lost, digest=one.digest)


def _fit(drawn, network):
    # as `gaussmlp.vectors.fit`, without BLAS
    off = network.c + weighted(_responses(drawn.x, network), network.v) - drawn.y
    return float((off**2).sum(axis=1).mean())


def _responses(x, network):
    # as `gaussmlp.vectors.responses`, without libm, whose last bits differ between processors
    s = np.minimum(LOG2_E / x.shape[1] * _squared_sums(x, network.w, network.b), HIGHEST)
    whole = np.round(s)
    h = np.ldexp(polyval(s - whole, COEFFICIENTS), -whole.astype(int))
    return np.where(s < HIGHEST, h, 0.0)


def _null(given):
    data, n, name, seed = given
    drawn, _ = start_vectors(data, n, seed)
    row = dict(data=data, d=drawn.x.shape[1], n=n, mask=name, coverage="", seed=seed)
    return row | measured(drawn, guessed(data, n, seed, name), data)


def train_pictures(runs, jobs=None, keep=True):
    """Train any runs of several inputs, in parallel, and not those that the store has.

    Parameters
    ----------
    runs : sequence of VectorRun
    jobs : int, optional
        Threads; as many as there are processors if not given.
    keep : bool
        Whether finished runs are looked up and kept.

    Returns
    -------
    list of TrainedVectors
        In the order of `runs`.
    """
    for run in runs:
        check_vectors([run])
    store, keys = Store(), [_key(run) for run in runs]
    shapes = {key: _shapes(run) for key, run in zip(keys, runs, strict=True)}
    sizes = {key: sum(map(np.prod, shape)) for key, shape in shapes.items()}
    finished = {}
    for key, (theta, lost) in (store.load(sizes) if keep else {}).items():
        flat, ends = np.frombuffer(theta, "<f8"), np.cumsum([*map(np.prod, shapes[key])])[:-1]
        parts = zip(np.split(flat, ends), shapes[key], strict=True)
        finished[key] = Network(*(part.reshape(shape) for part, shape in parts)), lost
    alike = {}
    for key, run in dict(zip(keys, runs, strict=True)).items():
        if key not in finished:
            kind = (run.data, run.n, run.protocol.steps, run.protocol.formulas)
            alike.setdefault(kind, []).append((key, run))
    blocks = [
        dict(part[k : k + WIDTH]) for part in alike.values() for k in range(0, len(part), WIDTH)
    ]
    blocks.sort(key=lambda block: -next(iter(block.values())).n)
    with progress_bar(blocks, len(finished)) as (tick, stopped):
        for found in train_here(blocks, jobs or cpu_count(), tick, stopped, _train_block):
            ended = {key: (one.network, one.diverged_at) for key, one in found.items()}
            finished |= ended
            if keep:
                store.save(
                    {
                        key: (net.flat().astype("<f8").tobytes(), lost)
                        for key, (net, lost) in ended.items()
                    }
                )
    return [TrainedVectors(run, *finished[key]) for key, run in zip(keys, runs, strict=True)]


def _train_block(runs, tick):
    return train_vectors(runs, lambda steps: tick(steps * step_work(runs[0].n)))


def _key(run):
    p = run.protocol
    parts = [(lam, tau, loss.name) for lam, tau, loss in p.parts(run.mask)]
    decisive = (run.data, run.n, run.mask, run.seed, parts, p.w0, p.steps, p.step_size)
    return f"{hashlib.sha256(repr(decisive).encode()).hexdigest()}:{engine_digest()}"


def _shapes(run):
    _, network = start_vectors(run.data, run.n, run.seed, run.protocol.w0)
    return [part.shape for part in network]


def guessed(data, n, seed, name):
    """Return the prototypes of a null.

    Parameters
    ----------
    data : str
    n, seed : int
    name : str
        One of `NULLS`.

    Returns
    -------
    ndarray, shape (N, d)
    """
    drawn, network = start_vectors(data, n, seed)
    if name == "untrained":
        return network.prototypes
    if name == "training mean":
        return np.repeat(drawn.x.mean(axis=0)[None], n, axis=0)
    rng = np.random.default_rng([seed, n, DATASETS[data][1], 1])  # of its own: no start moves
    if name == "held out":
        alike = [np.flatnonzero(drawn.kind_of_others == kind) for kind in drawn.kind]
        return drawn.others[[rng.choice(places) for places in alike]]
    # k-means by hand, ten lines: libraries use BLAS, whose last bits differ between processors, and
    # pixels are whole numbers, among whose distances there are ties
    centres = drawn.others[rng.permutation(len(drawn.others))[:n]]
    for _ in range(_ROUNDS):
        mine = _apart(drawn.others, centres).argmin(axis=1)
        centres = np.array(
            [
                drawn.others[mine == k].mean(axis=0) if (mine == k).any() else centre
                for k, centre in enumerate(centres)
            ]
        )
    return centres


def measured(drawn, p, data):
    """Return what some prototypes give away.

    Parameters
    ----------
    drawn : Data
    p : ndarray, shape (N, d)
        Finite.
    data : str

    Returns
    -------
    dict
        ``error``, the median distance of a sample to its assigned prototype, and ``error_clipped``,
        the mean with prototypes clipped to the box, under an assignment of its own; ``recovered``,
        the share of samples whose clipped prototype is nearer than `HALF` the distance to the
        nearest other sample; ``auc_distance``, how well the distance to the nearest clipped
        prototype tells members from held-out inputs of the same class, as a mean over classes, and
        ``auc``, the same by the largest correlation with one after the mean input of all is
        subtracted (on the square, where two coordinates have no correlation, the first again);
        ``outside``, the share of prototypes outside the hull (d = 2), or of their coordinates
        outside the box, by more than 0.05; ``used``, the share of prototypes that are nearest to
        some sample.
    """
    x, inside = drawn.x, p.clip(-1.0, 1.0)
    best = np.sqrt(((x[assigned(x, p)] - p) ** 2).mean(axis=1))
    _, clipped, recovered = matched(x, p)
    by_distance = [-np.sqrt(_apart(u, inside).min(axis=1)) for u in (x, drawn.others)]
    score = by_distance if data == "square" else [_likeness(u, inside) for u in (x, drawn.others)]
    return {
        "error": float(np.median(best)),
        "error_clipped": float(clipped.mean()),
        "recovered": float(recovered.mean()),
        "auc": within_classes(drawn, *score),
        "auc_distance": within_classes(drawn, *by_distance),
        "outside": outside(x, p),
        "used": _used(x, p),
    }


def matched(x, p):
    """Return the prototype that each sample is assigned, clipped, and whether it is recovered.

    Parameters
    ----------
    x, p : ndarray, shape (N, d)

    Returns
    -------
    ndarray, shape (N, d), and two of shape (N,)
        The prototypes; how far they are; and whether that is nearer than `HALF` the distance to the
        nearest other sample.
    """
    inside = p.clip(-1.0, 1.0)
    inside = inside[np.argsort(assigned(x, inside))]
    apart = np.sqrt(((x - inside) ** 2).mean(axis=1))
    return inside, apart, apart < HALF * gaps(x)


def gaps(x):
    """Return the distance of each sample to the nearest other one.

    Parameters
    ----------
    x : ndarray, shape (N, d)

    Returns
    -------
    ndarray, shape (N,)
    """
    square = _apart(x, x)
    np.fill_diagonal(square, np.inf)
    return np.sqrt(square.min(axis=1))


def within_classes(drawn, members, others):
    """Return the AUC of a score within each class, as a mean over the classes that have members.

    Parameters
    ----------
    drawn : Data
    members, others : ndarray, shapes (N,) and (M,)
        Larger for what seems a member.

    Returns
    -------
    float
    """
    values = []
    for kind in np.unique(drawn.kind):
        mine, rest = members[drawn.kind == kind], np.sort(others[drawn.kind_of_others == kind])
        passed = sum(np.searchsorted(rest, mine, side=side).sum() for side in ("left", "right"))
        values.append(passed / (2 * len(mine) * len(rest)))
    return float(np.mean(values))


def outside(x, p):
    """Return the share of prototypes outside the hull, or for d > 2 of coordinates outside the box.

    Parameters
    ----------
    x, p : ndarray, shapes (N, d) and (K, d)

    Returns
    -------
    float
        By more than 0.05; in 64 dimensions nearly everything is outside the hull of some points.
    """
    if x.shape[1] == 2:
        facets = ConvexHull(x).equations
        beyond = (weighted(p, facets[:, :2].T) + facets[:, 2]).max(axis=1)
    else:
        beyond = np.abs(p) - 1.0
    return float((beyond > EXPELLED_BEYOND).mean())


def typical(frame, n):
    """Return the seed to show: the median one by what soft-minimum coverage recovers at a size.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `run_pictures`.
    n : int

    Returns
    -------
    int
        The lower median; among seeds that are alike, the order is that of the seeds.
    """
    part = frame.query("n == @n and coverage == 'soft minimum'")
    ranked = part.sort_values(["recovered", "seed"])["seed"]
    return int(ranked.iloc[(len(ranked) - 1) // 2])


def prototypes_of(data, n, seed):
    """Return samples, and the prototypes of each kind of run.

    Parameters
    ----------
    data : str
    n, seed : int

    Returns
    -------
    Data, dict of str to ndarray
        By the name of the kind: ``untrained``, then as from `name_of`.
    """
    drawn, network = start_vectors(data, n, seed)
    runs = [VectorRun(protocol_of(coverage), data, n, mask, seed) for mask, coverage in KINDS]
    found = {"untrained": network.prototypes}
    for (mask, coverage), one in zip(KINDS, train_pictures(runs), strict=True):
        found[name_of(mask, coverage)] = one.network.prototypes
    return drawn, found


def name_of(mask, coverage):
    """Return the name of a kind: the mask, and the formula where it is not the soft minimum.

    Parameters
    ----------
    mask, coverage : str

    Returns
    -------
    str
    """
    return mask if coverage in ("", "soft minimum") else f"{mask} {coverage}"


def named(frame):
    """Return a table of runs with kinds named in the column of masks, as in the predictions.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `run_pictures`.

    Returns
    -------
    pandas.DataFrame
    """
    return frame.assign(mask=[*map(name_of, frame["mask"], frame["coverage"])])


def by_dimension(digits, square):
    """Return what coverage starts from and what it recovers, in one, two and 64 dimensions.

    Parameters
    ----------
    digits, square : pandas.DataFrame
        As from `run_pictures`, at `SIZES` and `SEEDS`; the nominal runs are those of one dimension.

    Returns
    -------
    pandas.DataFrame
        Rows are what is told, and d; columns are sizes: means over seeds. ``used`` is the share of
        the start's prototypes that are nearest to some sample.
    """
    rows, nominal = [], Protocol()
    for one in train_all([Run(nominal, n, "C", seed) for n in SIZES for seed in SEEDS]):
        x = one.start.x[:, None]
        for name, theta in (("untrained", one.start.parameters), ("C", one.parameters)):
            p = prototypes(theta)[:, None]
            told = dict(recovered=matched(x, p)[2].mean(), used=_used(x, p))
            rows.append(dict(d=1, n=one.run.n, mask=name, **told))
    runs = pd.concat([pd.DataFrame(rows), named(square), named(digits)])
    tables = {
        words: runs[runs["mask"] == mask].pivot_table(index="d", columns="n", values=measure)
        for words, mask, measure in (
            ("used at the start", "untrained", "used"),
            ("recovered at the start", "untrained", "recovered"),
            ("recovered by coverage", "C", "recovered"),
        )
    }
    return pd.concat(tables, names=["told"])


def specialized(lams=LAMS, sizes=SIZES, steps=(5000,), seeds=SEEDS):
    """Return how many neurons answer to a digit, and how like it the first of them is.

    Parameters
    ----------
    lams : sequence of float
        Weights of overlap; 0 is the fit alone.
    sizes, steps, seeds : sequence of int
        After no step a network is its start.

    Returns
    -------
    pandas.DataFrame
        Columns ``lam, n, steps, seed``; ``neurons``, ``(sum_j h_j)^2 / sum_j h_j^2`` as a mean
        over samples; ``own``, the mean correlation of a sample with the prototype of the neuron
        that responds most to it, and ``others``, the same of held-out digits, as a mean over the
        samples' classes; ``auc``.
    """
    places, rows = [*product(lams, sizes, steps, seeds)], []
    runs = [
        VectorRun(
            Protocol(steps=count or 1).but({"lam.overlap": lam} if lam else {}),
            "digits",
            n,
            "O" if lam else "standard",
            seed,
        )
        for lam, n, count, seed in places
    ]
    for place, one in zip(places, train_pictures(runs), strict=True):
        drawn, begin = start_vectors("digits", one.run.n, one.run.seed)
        network = one.network if place[2] else begin
        h, inside = _responses(drawn.x, network), network.prototypes.clip(-1.0, 1.0)
        mine, rest = (_correlations(u, inside) for u in (drawn.x, drawn.others))
        most = _responses(drawn.others, network).argmax(axis=1)
        others = rest[np.arange(len(rest)), most]
        told = {
            "neurons": (h.sum(axis=1) ** 2 / (h**2).sum(axis=1)).mean(),
            "own": mine[np.arange(len(h)), h.argmax(axis=1)].mean(),
            "others": np.mean([others[drawn.kind_of_others == k].mean() for k in drawn.kind]),
            "auc": within_classes(drawn, mine.max(axis=1), rest.max(axis=1)),
        }
        rows.append(dict(zip(("lam", "n", "steps", "seed"), place, strict=True)) | told)
    return pd.DataFrame(rows)


def _used(x, p):
    return len({*_apart(x, p).argmin(axis=1)}) / len(p)


def _apart(x, p):
    # as `gaussmlp.vectors.squares`, which would take 60 MB for the digits
    return _squared_sums(x, np.ones_like(p), -p) / x.shape[1]


def _squared_sums(x, w, b):
    result = np.empty((len(x), len(w)))
    squared_sums(*map(np.ascontiguousarray, (x, w.T, b.T, result)))
    return result


def _likeness(u, p):
    return _correlations(u, p).max(axis=1)


def _correlations(u, p):
    # of each input with each prototype, of what is left of the mean input
    both = [part - _mean_digit() for part in (u, p)]
    both = [part - part.mean(axis=1, keepdims=True) for part in both]
    u, p = (part / (np.sqrt((part**2).sum(axis=1, keepdims=True)) + 1e-12) for part in both)
    return weighted(u, p.T)


@cache
def _mean_digit():
    drawn, _ = start_vectors("digits", 2, 0)
    return np.concatenate([drawn.x, drawn.others]).mean(axis=0)
