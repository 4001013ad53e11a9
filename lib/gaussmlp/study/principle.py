"""The design principle in two halves: a repulsion must be compensated, and it can be.

The error stands twice: as it is, and with every prototype outside the domain moved to its nearer
end, as ``moved_in``, so that no single distance rules a mean.
"""

from dataclasses import replace

import pandas as pd

from gaussmlp.protocol import Protocol
from gaussmlp.study.claims import BY_ID, Question, compare
from gaussmlp.study.expulsion import moved_in
from gaussmlp.study.sweeps import RATIOS
from gaussmlp.study.thresholds import ERROR_RESTORED, RESTORED, TIE

MEASURES = {
    "expelled_fraction": ("expelled share", RESTORED),
    "reconstruction_error": ("error", ERROR_RESTORED),
    "moved_in": ("error, moved in", ERROR_RESTORED),
}
"""What is asked of each half: the words of a measure, and how far above the baseline's it may lie
where it counts as compensated."""

REPULSIVE = ("S", "O", "OS")
COMPENSATED = ("OC", "OCS")

_KEY = ["mask", "n", "seed"]


def with_moved_in(evidence):
    """Return evidence of the nominal protocol with a column ``moved_in``, in grid and balance.

    Nulls lie in the domain, so theirs is the error.
    """
    name = {"error": "moved_in"}
    grid = moved_in(Protocol()).rename(columns=name)
    swept = Protocol(masks=COMPENSATED)
    parts = {
        ratio: moved_in(swept.but({"lam.coverage": ratio})).rename(columns=name) for ratio in RATIOS
    }
    by_ratio = pd.concat(parts, names=["ratio"]).reset_index("ratio")
    baseline = grid[grid["mask"] == "standard"]
    by_ratio = pd.concat([by_ratio, *(baseline.assign(ratio=ratio) for ratio in RATIOS)])
    return evidence._replace(
        grid=evidence.grid.merge(grid, on=_KEY, validate="one_to_one"),
        balance=evidence.balance.merge(by_ratio, on=[*_KEY, "ratio"], validate="one_to_one"),
        nulls=evidence.nulls.assign(moved_in=evidence.nulls["reconstruction_error"]),
    )


def must(evidence):
    """Return what repulsions without coverage add to the baseline's measures.

    From `with_moved_in`. Index (measure, mask, n), the measure in words; the columns of `compare`.
    """
    pairs = tuple((mask, "standard") for mask in REPULSIVE)
    parts = [compare(Question(measure, pairs, "above"), evidence) for measure in MEASURES]
    return _in_words(parts).set_index(["measure", "mask", "n"])


def compensated(evidence):
    """Return at which ratios of the two lams coverage compensates overlap.

    From `with_moved_in`. Index (measure, mask, ratio), the measure in words; columns are sizes.
    True where the mean is less than the limit of `MEASURES` above the baseline's.
    """
    pairs = tuple((mask, "standard") for mask in COMPENSATED)
    parts = [
        compare(Question(measure, pairs, "below", limit, "balance"), evidence, sure=False)
        for measure, (_, limit) in MEASURES.items()
    ]
    table = _in_words(parts).set_index(["measure", "mask", "ratio", "n"])["agrees"].unstack("n")
    words = [words for words, _ in MEASURES.values()]
    return table.reindex(words, level=0).rename_axis(columns="N")


def _in_words(parts):
    table = pd.concat(parts)
    return table.assign(measure=table["measure"].map(lambda measure: MEASURES[measure][0]))


def smallest_ratios(table):
    """Return the smallest ratio that is `compensated`, by measure and mask, as text.

    ``none`` where no ratio of the sweep does; a star where a larger one no longer does.
    """

    def first(column):
        true = column[column]
        if true.empty:
            return "none"
        lost = not column[column.index >= true.index[0]].all()
        return f"{true.index[0]:,g}" + "*" * lost

    rows = {
        place: part.droplevel([0, 1]).apply(first)
        for place, part in table.groupby(level=[0, 1], sort=False)
    }
    return pd.DataFrame(rows).T.rename_axis(columns="N")


def halves(evidence):
    """Return at which sizes each half of the principle is so, by the questions of P*.

    From `with_moved_in`. Index (half, measure): ``must``, for separation and for the masks with
    overlap, and ``compensated``; columns are sizes. Of the error moved in the same is asked as of
    the error. ``yes``, ``no``, or ``unsure`` where means raised by a repulsion have intervals that
    hold 0.
    """
    rows = {}
    for question in BY_ID["P*"].questions:
        further = ["moved_in"] if question.measure == "reconstruction_error" else []
        for measure in (question.measure, *further):
            asked, words = replace(question, measure=measure), MEASURES[measure][0]
            found = compare(asked, evidence, sure=question.frame == "grid")
            sure = found.assign(agrees=found["agrees"] & (found["low"] > TIE))
            parts = {"compensated": [found, found]}
            if question.frame == "grid":
                alone = found["mask"] == "S"
                parts = {"must, separation": [found[alone], sure[alone]]}
                parts["must, overlap"] = [found[~alone], sure[~alone]]
            for half, both in parts.items():
                yes, clear = (asked.rule(part) for part in both)
                answers = yes.map({True: "yes", False: "no"})
                rows[half, words] = answers.mask(yes & ~clear, "unsure")
    order = [
        (half, words)
        for half in ("must, separation", "must, overlap", "compensated")
        for words, _ in MEASURES.values()
    ]
    return pd.DataFrame(rows).T.loc[order].rename_axis(columns="N")
