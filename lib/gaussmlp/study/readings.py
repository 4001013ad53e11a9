"""Readings: other ways to read the abstract, each a protocol that differs in named choices.

The list was written before any of its grids was run; weight decay was added afterwards, for a
question of its own (`changes`). A reading is here because a careful reader of
the abstract might have made its choice, not because of what it gives. Single precision is not among
them: the engine computes in double precision only. A `frame` is as from `run_readings`.
"""

import hashlib
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from gaussmlp.draws import NULLS
from gaussmlp.experiment import measure_all, runs_of, train_all
from gaussmlp.model import prototypes
from gaussmlp.protocol import Protocol
from gaussmlp.study.claims import FAILS, HOLDS, IN_PART, ON_THE_GRID, Evidence, judge
from gaussmlp.study.recovery import null_runs
from gaussmlp.study.stored import FOLDER
from gaussmlp.study.tables import (
    interval,
    intervals,
    paired_differences,
    with_explained,
    with_interval,
)

EFFECTS = {"coverage": ("C", "standard"), "overlap": ("O", "standard")}
"""The effects that are compared between readings, each a mask and its baseline."""

SCORES = {HOLDS: 2, IN_PART: 1, FAILS: 0}
"""Verdicts from the best to the worst."""

BRIEFLY = {
    "C1": "coverage is lowest",
    "C1b": "lowest has coverage",
    "C2": "coverage specializes",
    "C2*": "more so than nulls",
    "C3": "separation is mixed",
    "C4": "overlap harms",
    "C5": "overlap fits as well",
    "C6": "overlap expels",
    "C7": "coverage attracts",
    "C9": "overlap expels by 0.1",
    "C10": "one pattern at all N",
}
"""The claims that a grid can decide, and a stricter one, in a few words."""

_WORDS = {
    "trained": "trained are",
    "w0": "start of w",
    "lam": "λ",
    "tau": "τ",
    "formulas": "formula",
}

_CROWDED_BELOW = 0.002  # a tenth of the samples' gap at N = 100


class Reading(NamedTuple):
    """One other way to read the abstract."""

    id: str
    choices: dict
    """What differs from the nominal protocol, by dotted name, as for `Protocol.but`."""
    why: str
    """Why a careful reader might have made this choice."""

    @property
    def protocol(self):
        """The nominal protocol with these choices."""
        return Protocol().but(self.choices)

    @property
    def words(self):
        """What differs from the nominal protocol, in words."""
        return ", ".join(f"{_told(name)}: {value}" for name, value in self.choices.items())


def _told(name):
    first, _, of = name.partition(".")
    first = _WORDS.get(first, first.replace("_", " "))
    return f"{first} of {of}" if of else first


NOMINAL = Reading("nominal", {}, "the book's own reading")
"""The nominal protocol among the readings."""

READINGS = (
    Reading("half width", {"activation": "exp(-z^2/2)"}, "the density's form of a Gaussian"),
    Reading("centre and width", {"trained": "centre and width"}, "as in radial basis networks"),
    Reading("fan-in start", {"w0": "fan-in"}, "what common libraries draw by default"),
    Reading("w starts at 1", {"w0": 1}, "the plainest number; bumps as wide as the domain"),
    Reading("w starts at 10", {"w0": 10}, "bumps narrower than the gaps of ten samples"),
    Reading("w starts at N/4", {"w0": "N/4"}, "bumps that narrow as the samples come closer"),
    Reading("hard coverage", {"formulas.coverage": "hard minimum"}, "the nearest prototype alone"),
    Reading("response coverage", {"formulas.coverage": "log response"}, "some neuron must respond"),
    Reading("soft coverage", {"tau.coverage": 1e-2}, "a temperature a hundred times as large"),
    Reading("cosine overlap", {"formulas.overlap": "cosine"}, "the usual measure of likeness"),
    Reading("separation on |d|", {"formulas.separation": "distance"}, "no square in the exponent"),
    Reading("identity", {"target": "x"}, "the simplest function to fit"),
    Reading("random labels", {"target": "random labels"}, "as in studies of memorization"),
    Reading("sin 3 pi x", {"target": "sin(3 pi x)"}, "a target that needs more neurons"),
    Reading("equispaced", {"inputs": "equispaced"}, "uniform read as evenly spaced"),
    Reading("domain [0, 1]", {"domain": (0, 1)}, "the other common interval"),
    Reading("λ 0.01", {"lam": 0.01}, "the abstract gives no coefficient"),
    Reading("λ 0.1", {"lam": 0.1}, "the abstract gives no coefficient"),
    Reading("λ 0.3", {"lam": 0.3}, "the abstract gives no coefficient"),
    Reading("λ 3", {"lam": 3}, "the abstract gives no coefficient"),
    Reading("τ 0.00001", {"tau": 1e-5}, "the abstract gives no temperature"),
    Reading("τ 0.001", {"tau": 1e-3}, "the abstract gives no temperature"),
    Reading("τ 0.01", {"tau": 1e-2}, "the abstract gives no temperature"),
    Reading("2,000 steps", {"steps": 2000}, "the abstract gives no length of training"),
    Reading("20,000 steps", {"steps": 20000}, "the abstract gives no length of training"),
    Reading("step size 0.003", {"step_size": 0.003}, "the abstract gives no step size"),
    Reading("step size 0.03", {"step_size": 0.03}, "the abstract gives no step size"),
    Reading("gradient descent", {"optimizer": "gradient descent"}, "the plainest optimizer"),
    Reading("momentum", {"optimizer": "momentum"}, "the usual optimizer before Adam"),
    Reading("decay 0.0001", {"weight_decay": 1e-4}, "found to help reconstruct training data"),
    Reading("decay 0.001", {"weight_decay": 1e-3}, "found to help reconstruct training data"),
)
"""The readings that change one choice; the last two, of weight decay, were added later."""

DECAYS = tuple(one.id for one in READINGS if "weight_decay" in one.choices)
"""The readings with weight decay."""

_PAIRED = READINGS[:29]  # what stood when the pairs were drawn: their list is kept with its results


def combinations():
    """Draw pairs of readings that fill the square of all pairs evenly.

    Each makes the choices of two of `READINGS`, joined by `` + `` in its id. Weight decay came
    later and is in no pair. A Latin hypercube has all others twice in either place; pairs drop out
    that come twice, or whose choices cannot be made together.
    """
    square = scipy.stats.qmc.LatinHypercube(2, rng=0, optimization="random-cd")
    drawn = square.random(2 * len(_PAIRED))
    places = dict.fromkeys(tuple(sorted(row)) for row in (drawn * len(_PAIRED)).astype(int))
    pairs = [(_PAIRED[k], _PAIRED[other]) for k, other in sorted(places)]
    return [
        Reading(f"{one.id} + {other.id}", one.choices | other.choices, "two choices at once")
        for one, other in pairs
        if _compatible(one, other)
    ]


def _compatible(one, other):
    """Return whether the choices of two readings can be made together, each with an effect.

    They cannot if both choose the same, as two starts of w do, or one a part of the other. Nor can
    a temperature go with a coverage that has none.
    """
    return not any(
        f"{first}.".startswith(f"{second}.")
        or f"{second}.".startswith(f"{first}.")
        or {first, second} == {"tau.coverage", "formulas.coverage"}
        for first, second in product(one.choices, other.choices)
    )


def run_readings(readings=(NOMINAL, *READINGS), **options):
    """Run the grids of readings; the options are those of `train_all`.

    As from `run_grids`, with the reading's id as `reading` and a last column `explained`.
    """
    return _measured(readings, train_readings(readings, **options))


def _measured(readings, trained):
    frame = measure_all(trained)
    frame.insert(0, "reading", [one.id for one in readings for _ in runs_of(one.protocol)])
    parts = zip(readings, frame.groupby("reading", sort=False), strict=True)
    return pd.concat([with_explained(part, one.protocol) for one, (_, part) in parts])


def train_readings(readings=(NOMINAL, *READINGS), **options):
    """Train the grids of readings, in the order of `run_readings`."""
    runs = [run for one in readings for run in runs_of(one.protocol)]
    return train_all(runs, **options)


def judge_readings(frame, claims=ON_THE_GRID, sure=True):
    """Judge claims for each reading, by its id: those that a grid can decide.

    Predictions may be among them: then the nulls of each reading are measured. `sure` is as for
    `judge`: the verdicts alone take a fifth of the time.
    """
    judged, protocols = {}, {one.id: one.protocol for one in (NOMINAL, *READINGS)}
    with_nulls = {null for c in claims for q in c.questions for _, null in q.pairs} & {*NULLS}
    for name, part in frame.groupby("reading", sort=False):
        places = {"sizes": part["n"].unique().tolist(), "seeds": part["seed"].unique().tolist()}
        nulls = null_runs(protocols[name].but(places)) if with_nulls else None
        runs = Evidence(part.drop(columns="reading"), None, None, nulls)
        judged[name] = judge(runs, claims, sure)
    return judged


def verdict_table(verdicts):
    """Return verdicts as from `judge_readings` as words: rows are readings, columns claims."""
    words = {name: {v.claim.id: v.verdict for v in judged} for name, judged in verdicts.items()}
    return pd.DataFrame.from_dict(words, orient="index")


def ordered(table):
    """Sort a `verdict_table` so that the pattern shows: what holds most often comes first."""
    scores = table.replace(SCORES).astype(int)
    columns = scores.sum().sort_values(ascending=False, kind="stable").index
    rows = scores.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[rows, columns]


def counted(verdicts):
    """Count the readings beside the nominal one under which each claim holds.

    Rows are claims, `ordered`. Columns: the claim in brief, how often each verdict comes, and how
    often it holds on medians.
    """
    table = ordered(verdict_table(verdicts)).drop(index="nominal")
    counts = {word: (table == word).sum() for word in SCORES}
    medians = {r: {v.claim.id: v.on_medians == HOLDS for v in vs} for r, vs in verdicts.items()}
    counts["holds on medians"] = pd.DataFrame(medians).T.drop(index="nominal").sum()
    counts = pd.DataFrame(counts).loc[table.columns]
    counts.insert(0, "the claim, in brief", [BRIEFLY[name] for name in counts.index])
    return counts


def effects(frame):
    """Return how much coverage and overlap change the reconstruction error, for each reading.

    An effect is the mean over sizes and seeds of ``(e - e0) / (e + e0)``, where e is the error of
    the mask and e0 that of its baseline from the same start: 1/3 is twice the error, -1/3 half of
    it. It has no scale, since domains differ. It weighs all sizes alike, since the claims are about
    every size. It lies between -1 and 1, so that no single run can outweigh the others.

    Index (effect, reading); the columns of `interval`, over seeds. A seed with a diverged run is
    left out.
    """
    rows = {}
    for reading, part in frame.groupby("reading", sort=False):
        errors = part.set_index(["seed", "n", "mask"])["reconstruction_error"].unstack()
        for name, (mask, baseline) in EFFECTS.items():
            change = (errors[mask] - errors[baseline]) / (errors[mask] + errors[baseline])
            rows[name, reading] = interval(change.unstack().mean(axis=1, skipna=False))
    table = pd.DataFrame(rows).T.rename_axis(["effect", "reading"])
    return table.astype({"below_0": int, "seeds": int})


def breaks(verdicts):
    """List where a claim fares worse than under the nominal protocol, and how surely.

    Columns ``claim, reading, verdict, fails_at``, the sizes that are lost, and ``clear``: those of
    them where the whole interval of some comparison is on the wrong side. It is empty for C1b and
    C3, of whose comparisons not all must agree. C10, which depends on the other claims, is left
    out.
    """
    nominal = {v.claim.id: v for v in verdicts["nominal"]}
    rows = []
    for reading, judged in verdicts.items():
        for v in judged:
            name = v.claim.id
            if name != "C10" and SCORES[v.verdict] < SCORES[nominal[name].verdict]:
                lost = tuple(n for n in v.fails_at if n not in nominal[name].fails_at)
                sure = () if name in ("C1b", "C3") else _wrong_side(v.comparisons)
                clear = tuple(n for n in lost if n in sure)
                rows.append((name, reading, v.verdict, lost, clear))
    table = pd.DataFrame(rows, columns=["claim", "reading", "verdict", "fails_at", "clear"])
    return table.sort_values("claim", kind="stable", ignore_index=True)


def _wrong_side(comparisons):
    """Return the sizes at which the interval of some comparison excludes the claim's side."""
    side, limit = comparisons["side"], comparisons["threshold"]
    below, above = comparisons["high"] < limit, comparisons["low"] > limit
    beyond = above | (comparisons["high"] < -limit)
    wrong = np.select([side == "above", side == "below"], [below, above], beyond)
    return {int(n) for n in comparisons.loc[wrong, "n"]}


def run_with_traits(readings=(NOMINAL, *READINGS), **options):
    """Run the grids of readings as `run_readings`, with what can explain their measures.

    Further columns are ``weight``, the median of ``abs(w)``: where it is small, bumps are wide;
    ``moved``, the median distance of a prototype from where it started; and ``crowded``, the share
    of neighbouring prototypes that are less than 0.002 apart.
    """
    trained = train_readings(readings, **options)
    frame = _measured(readings, trained)
    traits = np.empty((len(frame), 3))
    for rows in frame.groupby("n").indices.values():  # runs of one size at once
        of_size = [trained[row] for row in rows]
        w = np.abs([one.parameters.w for one in of_size])
        p = np.array([prototypes(one.parameters) for one in of_size])
        begin = np.array([prototypes(one.start.parameters) for one in of_size])
        crowded = np.diff(np.sort(p)) < _CROWDED_BELOW
        traits[rows, 0], traits[rows, 1] = (np.median(a, axis=1) for a in (w, np.abs(p - begin)))
        traits[rows, 2] = crowded.mean(axis=1)
    names = ["weight", "moved", "crowded"]
    return frame.join(pd.DataFrame(traits, index=frame.index, columns=names))


def with_nulls(frame):
    """Return runs of some readings, and the nulls of the same starts below them.

    Parameters
    ----------
    frame : pandas.DataFrame, of readings that are listed here

    Returns
    -------
    pandas.DataFrame
    """
    listed = {one.id: one.protocol for one in (NOMINAL, *READINGS)}
    sizes = {"sizes": tuple(frame["n"].unique())}
    names = frame["reading"].unique()
    guesses = [null_runs(listed[name].but(sizes)).assign(reading=name) for name in names]
    return pd.concat([frame, *guesses])


def middles(frame, mask, baseline):
    """Return three middles of the paired differences in reconstruction error, by size.

    ``mean, median, trimmed mean``: the last leaves out a tenth at either end.
    """
    pair = frame[frame["mask"].isin((mask, baseline))]
    by_size = paired_differences(pair, "reconstruction_error", baseline).groupby("n")["difference"]
    table = by_size.agg(["mean", "median"])
    table["trimmed mean"] = by_size.agg(scipy.stats.trim_mean, proportiontocut=0.1)
    return table


def changes(frame, measure, baseline="nominal"):
    """Return what readings change of a measure, run by run from another reading's.

    Index (mask, reading, n); the columns of `interval`, of the paired differences over seeds.
    """
    wide = frame.pivot(index=["mask", "n", "seed"], columns="reading", values=measure)
    long = wide.sub(wide.pop(baseline), axis=0).stack(future_stack=True).rename("change")
    return intervals(long.reset_index(), "change", ["mask", "reading", "n"])


def decayed(frame, masks=("standard", "C")):
    """Tell AUC, precision and recall without weight decay, and what each decay changes.

    Columns are sizes. Rows are the measure, and the nulls and masks without decay, each mask
    followed by the change that each of `DECAYS` makes.
    """
    some = frame[frame["reading"].isin(("nominal", *DECAYS)) & frame["mask"].isin(masks)]
    known = pd.concat([null_runs(Protocol()), some[some["reading"] == "nominal"]])
    parts = {}
    for measure, title in (("auc", "AUC"), ("precision", "precision"), ("recall", "recall")):
        alone = with_interval(intervals(known, measure))
        change = changes(some, measure)
        told = {one: with_interval(change.xs(one, level="reading")) for one in DECAYS}
        rows = [alone.loc[list(NULLS)]]
        for mask in masks:
            rows += [alone.loc[[mask]], *(told[one].loc[[mask]].set_axis([one]) for one in DECAYS)]
        parts[title] = pd.concat(rows)
    return pd.concat(parts)


def expected_of_pairs(alone, pairs):
    """Return the effect of each pair of readings if the changes of the two add up.

    `alone` has the effect of each reading, and of ``nominal``; `pairs` are ids of combinations.
    """
    names = [pair.split(" + ") for pair in pairs]
    return pd.Series([alone[a] + alone[b] - alone["nominal"] for a, b in names], index=pairs)


def results(frame):
    """Return what is kept of combinations that take too long for the build.

    One row per reading: for every claim the verdict and its key figure (``C1``, ``C1 figure``); the
    effects with their intervals (``coverage mean``); and for every size one SHA-256 over the
    digests of its runs, in their order (``digest 3``).
    """
    found = effects(frame)[["mean", "low", "high"]].unstack("effect").swaplevel(axis=1)
    verdicts, rows = judge_readings(frame), {}
    for reading, part in frame.groupby("reading", sort=False):
        row = {}
        for v in verdicts[reading]:
            row |= {v.claim.id: v.text, f"{v.claim.id} figure": v.figure}
        row |= {" ".join(key): value for key, value in found.loc[reading].items()}
        for n, digests in part.groupby("n")["digest"]:
            row[f"digest {n}"] = hashlib.sha256("".join(digests).encode()).hexdigest()
        rows[reading] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("reading")


def stored_pairs():
    """Return what the repository keeps of the pairs of `combinations`, as from `results`."""
    return pd.read_csv(FOLDER / "results" / "readings.csv", index_col="reading")


def with_pairs(frame, pairs):
    """Return the effects under one choice and, from `stored_pairs`, under two.

    Index (effect, reading); columns ``mean, low, high``. Pairs have `` + `` in their ids.
    """
    ends, both = ["mean", "low", "high"], {}
    for name in EFFECTS:
        both[name] = pairs[[f"{name} {end}" for end in ends]].set_axis(ends, axis=1)
    table = pd.concat([effects(frame)[ends], pd.concat(both, names=["effect", "reading"])])
    return table.sort_index(level="effect", sort_remaining=False)


def compared(verdicts, pairs):
    """Compare the verdicts under two choices with those under each of the two.

    Index (pair, claim). Columns: the verdict under each choice and under both, and ``change``, the
    score of the last minus the lower score of the first two. C10 is left out.
    """
    alone = verdict_table(verdicts).drop(columns="C10")
    rows = {}
    for pair, row in pairs.iterrows():
        first, second = pair.split(" + ")
        for claim in alone.columns:
            parts, told = (alone.at[first, claim], alone.at[second, claim]), row[claim]
            change = SCORES[told.partition(" (")[0]] - min(SCORES[word] for word in parts)
            rows[pair, claim] = (*parts, told, change)
    columns = ["under the first", "under the second", "under both", "change"]
    index = ["two choices", "claim"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).set_axis(
        pd.MultiIndex.from_tuples(rows, names=index)
    )
