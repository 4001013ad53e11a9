"""The ledger: the claims of the abstract as data, and the verdict that runs give on each.

A claim asks one or more questions. A question compares the means of a measure between pairs of
masks that share their starts, at every size, and its rule says which comparisons must agree. Where
they do at every size the claim *holds*; where they do at some sizes it *holds in part*; else it
*does not hold*. Nothing else decides: effect sizes, counts of seeds and corrected p values stand
beside the means, and medians get a verdict of their own. Intervals decide where a question says so.

The tests of `CLAIMS` were written before the sweeps that they judge were run, but for C3's, which
says so. They are not blind: sketches on seeds 0 to 9 had been seen by then. Those of `STRICTER`
were written after the results were known. Only `gaussmlp.study.predictions` came before its runs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtr

from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.protocol import MASKS
from gaussmlp.study.tables import holm, interval, sign_flips
from gaussmlp.study.thresholds import (
    ERROR_RESTORED,
    FIT_MARGIN,
    LARGE_TAU,
    ONSET_RISE,
    RESTORED,
    SILENT,
    TIE,
)

HOLDS = "holds"
IN_PART = "holds in part"
FAILS = "does not hold"

# The claims about every size, whose signs C10 compares between sizes.
_ONE_SIZE_PATTERN = ("C1", "C2", "C4", "C5", "C6", "C7", "C9")

ADD_OVERLAP = (("O", "standard"), ("OS", "S"), ("OC", "C"), ("OCS", "CS"))
ADD_COVERAGE = (("C", "standard"), ("CS", "S"), ("OC", "O"), ("OCS", "OS"))
ADD_SEPARATION = (("S", "standard"), ("CS", "C"), ("OS", "O"), ("OCS", "OC"))
_S = (("S", "standard"),)
_BALANCED = (("OC", "standard"), ("OCS", "standard"))
_C_AND_OTHERS = tuple(("C", mask) for mask in MASKS if mask != "C")
_C_CS_AND_OTHERS = tuple((m, o) for m in ("C", "CS") for o in MASKS if o not in ("C", "CS"))


class Evidence(NamedTuple):
    """The runs that the claims are judged on."""

    grid: pd.DataFrame
    """As from `run_grid`, and the share of the target's variance explained, as `explained`."""
    temperature: pd.DataFrame
    """The columns of `run_grid` and `tau`, separation's temperature; masks standard and S."""
    balance: pd.DataFrame
    """The columns of `run_grid` and `ratio`, coverage's lam over overlap's; standard, OC, OCS."""
    nulls: pd.DataFrame = None
    """The nulls of the grid's sizes and seeds, as from `null_runs`; compared like masks."""
    rest: pd.DataFrame = None
    """Columns ``n, mask, seed, silent, drift`` of standard and O, as from `at_rest`."""

    def frame(self, name):
        """Return the runs of a field; those of the grid with the nulls."""
        runs = getattr(self, name)
        return runs if name != "grid" or self.nulls is None else pd.concat([runs, self.nulls])


_SETTING = {"grid": [], "temperature": ["tau"], "balance": ["ratio"], "rest": []}

FAMILY = 24
"""Comparisons that Holm's method corrects together, at most: two-sided flips of ten signs give a p
of 2/1024 or more, which 26 times is above 0.05."""


# Rules: which of a question's comparisons must agree. Each returns an answer for every size.


def _every_pair(comparisons):
    """Return whether every comparison agrees."""
    return comparisons.groupby("n")["agrees"].all()


def _some_mask(comparisons):
    """Return whether some mask agrees against all that it is compared with."""
    return comparisons.groupby(["n", "mask"])["agrees"].all().groupby("n").any()


def _some_size(comparisons):
    """Return, for every size alike, whether all comparisons of some size agree."""
    agrees = comparisons.groupby("n")["agrees"].all()
    return pd.Series(agrees.any(), index=agrees.index)


def _only_at_large_tau(comparisons):
    """Return whether no comparison agrees up to `LARGE_TAU` and some does above it."""
    large = comparisons["tau"] > LARGE_TAU
    sizes = comparisons["n"]
    small = (comparisons["agrees"] & ~large).groupby(sizes).any()
    return (comparisons["agrees"] & large).groupby(sizes).any() & ~small


def _some_ratio(comparisons):
    """Return whether every mask agrees at some ratio of the two lams."""
    return comparisons.groupby(["n", "mask"])["agrees"].any().groupby("n").all()


# Key figures: the comparison or the count that decided, in one line. Each rule has its own.


def _weakest(comparisons):
    worst = comparisons.loc[comparisons["margin"].idxmin()]
    return (
        f"weakest: {_pair(worst)} at N = {worst['n']}, "
        f"{_mean_of(worst)}, {worst['wins']} of {worst['seeds']} seeds"
    )


def _pair(comparison):
    baseline = comparison["baseline"]
    return f"{comparison['mask']} - {baseline}" if baseline else comparison["mask"]


def _strongest(comparisons):
    best = comparisons.loc[comparisons["margin"].idxmax()]
    end = {"above": "highest", "below": "lowest"}[best["side"]]
    return f"{end} at N = {best['n']}, {_mean_of(best)}"


def _mean_of(comparison):
    mean, low, high = (_signed(comparison[name]) for name in ("mean", "low", "high"))
    return mean if np.isnan(comparison["low"]) else f"{mean} [{low}, {high}]"


def _signed(value):
    return f"{round(value, 9):+.3g}" if round(value, 9) else "0"


def _lowest(comparisons):
    best = comparisons.groupby(["n", "mask"])["margin"].min().groupby("n").max()
    n = best.idxmin()
    return f"smallest lead over the other masks: {_signed(best[n])} at N = {n}"


def _onsets(comparisons):
    first = comparisons[comparisons["agrees"]].groupby("n")["tau"].min()
    return "admitted from tau = " + ", ".join(
        f"{first[n]:.2g} (N = {n})" if n in first else f"none (N = {n})"
        for n in sorted(comparisons["n"].unique())
    )


def _ratios(comparisons):
    first = comparisons[comparisons["agrees"]].groupby(["mask", "n"])["ratio"].min()
    places = comparisons[["mask", "n"]].drop_duplicates().itertuples(index=False, name=None)
    never = [f"{mask} at N = {n}" for mask, n in places if (mask, n) not in first.index]
    parts = []
    if len(first):
        bounds = dict.fromkeys(f"{ratio:g}" for ratio in (first.min(), first.max()))
        parts.append(f"expulsion undone from ratio {' to '.join(bounds)}, see the balance figure")
    if never:
        parts.append(f"at no ratio: {', '.join(never)}")
    return "; ".join(parts)


_FIGURES = {
    _every_pair: _weakest,
    _some_mask: _lowest,
    _some_size: _strongest,
    _only_at_large_tau: _onsets,
    _some_ratio: _ratios,
}

_SIDES = {
    "below": lambda means, threshold: threshold - means,
    "above": lambda means, threshold: means - threshold,
    "within": lambda means, threshold: threshold - np.abs(means),
}


@dataclass(frozen=True)
class Question:
    """Whether means of paired differences lie on one side of a threshold."""

    measure: str
    """A column of the frame."""
    pairs: tuple[tuple[str, str], ...]
    """Masks, each with the mask or null that it is compared with, or ``""`` for none."""
    side: str
    """Where the mean must lie: below or above `threshold`, or within plus and minus it."""
    threshold: float = 0.0
    frame: str = "grid"
    """A field of `Evidence`."""
    rule: Callable = _every_pair
    """Which comparisons must agree."""
    sizes: tuple[int, ...] = ()
    """The sizes that it asks about; all that were run if empty."""
    by_interval: bool = False
    """Whether not only the mean but its whole interval must lie there."""


@dataclass(frozen=True)
class Claim:
    """A sentence of the abstract, and how it is judged."""

    id: str
    statement: str
    """What the abstract says, in our words."""
    test: str
    """What is asked of the runs."""
    why: str
    """Why this test, and why its thresholds."""
    chapter: str
    """The file name of the chapter that shows it."""
    questions: tuple[Question, ...]


CLAIMS = (
    Claim(
        "C1",
        "Coverage gives the lowest mean reconstruction error at every size.",
        "The mean error of C is below that of each of the seven other masks.",
        "The strict reading: coverage alone, and no tie.",
        "reconstruction",
        (Question("reconstruction_error", _C_AND_OTHERS, "below"),),
    ),
    Claim(
        "C1b",
        "The same, read more widely: the lowest mean error has coverage on and overlap off.",
        "The mean error of C or of CS is below that of each of the six masks other than these two.",
        "'Coverage regularization' may mean every mask that has coverage and is not spoilt by "
        "overlap.",
        "reconstruction",
        (Question("reconstruction_error", _C_CS_AND_OTHERS, "below", rule=_some_mask),),
    ),
    Claim(
        "C2",
        "Coverage raises the prototype-usage specialization ratio over the baseline.",
        "The mean specialization ratio of C is above that of standard.",
        "The abstract names the baseline; only the sign is claimed.",
        "specialization",
        (Question("specialization_ratio", (("C", "standard"),), "above"),),
    ),
    Claim(
        "C3",
        "Separation has mixed effects.",
        "The mean error of S is above that of standard at some size and below it at another.",
        "Mixed means of both signs. Noise alone can mix signs, so this test is easy to pass; the "
        "intervals beside it say whether an effect is clear. It was changed after its result was "
        "known: the first form asked for both signs at every size, and held in part.",
        "reconstruction",
        tuple(
            Question("reconstruction_error", _S, side, rule=_some_size)
            for side in ("above", "below")
        ),
    ),
    Claim(
        "C4",
        "Overlap penalties are systematically harmful.",
        "Adding overlap to each of standard, S, C and CS raises the mean error.",
        "Systematic is read as: whatever it is added to.",
        "reconstruction",
        (Question("reconstruction_error", ADD_OVERLAP, "above"),),
    ),
    Claim(
        "C5",
        "The harm is not an optimization failure: with overlap the fit is as good as without.",
        "Adding overlap to each of standard, S, C and CS changes the mean share of the target's "
        f"variance that is explained by less than {FIT_MARGIN:g}.",
        "As good means equivalent, which needs a margin: a hundredth of the variance is a residual "
        "of a tenth of the target's standard deviation, which hardly shows in a plot of the fit.",
        "optimization",
        (Question("explained", ADD_OVERLAP, "within", FIT_MARGIN),),
    ),
    Claim(
        "C6",
        "Overlap leads to an equilibrium with prototypes outside the hull of the samples.",
        "Adding overlap to each of standard, S, C and CS raises the mean expelled share.",
        "The expelled share counts prototypes more than 0.05 outside, since rounding decides "
        "closer cases. Whether the equilibrium is degenerate is a question for the chapter.",
        "expulsion",
        (Question("expelled_fraction", ADD_OVERLAP, "above"),),
    ),
    Claim(
        "C7",
        "Coverage cannot reward expulsion: it acts as an attractor.",
        "Adding coverage to each of standard, S, O and OS lowers the mean expelled share.",
        "An attractor must pull inside whatever else is on. The sign of its force is proven apart.",
        "attractor",
        (Question("expelled_fraction", ADD_COVERAGE, "below"),),
    ),
    Claim(
        "C8",
        "Separation admits expulsion only at large temperature.",
        f"Against standard, the mean expelled share of S rises by more than {ONSET_RISE:g} at some "
        f"tau above {LARGE_TAU:g} and at none up to it.",
        "From N = 10 on, a tenth of the prototypes is no less than one stray prototype in every "
        "run. Large is read as above the nominal temperature, at which overlap is judged too.",
        "temperature",
        (
            Question(
                "expelled_fraction", _S, "above", ONSET_RISE, "temperature", _only_at_large_tau
            ),
        ),
    ),
    Claim(
        "C9",
        "Overlap admits expulsion at the nominal hyperparameters.",
        f"Against standard, the mean expelled share of O rises by more than {ONSET_RISE:g}.",
        "The same threshold as for separation (C8), so that the two losses are judged alike.",
        "expulsion",
        (Question("expelled_fraction", (("O", "standard"),), "above", ONSET_RISE),),
    ),
    Claim(
        "C10",
        "The pattern is stable from N = 3 to N = 100.",
        f"Each of {', '.join(_ONE_SIZE_PATTERN)} that holds at some size holds at this one.",
        "Stable means the same sign everywhere; a claim that holds nowhere is stable too.",
        "again",
        (),
    ),
    Claim(
        "P",
        "Design principle: every repulsive loss must be compensated by a compatible attractor.",
        "Adding coverage to each of S, O and OS lowers the mean expelled share; and with overlap's "
        "lam at 1, some lam of coverage brings the mean expelled share of OC, and of OCS, to less "
        f"than {RESTORED:g} above the baseline's.",
        "The first half is the attractor's sign, the second whether it can compensate. Coverage is "
        "raised, not overlap lowered, because no repulsion needs no attractor. 0.05 is one "
        "prototype in twenty; a share below the baseline's is no failure.",
        "attractor",
        (
            Question("expelled_fraction", ADD_COVERAGE[1:], "below"),
            Question("expelled_fraction", _BALANCED, "below", RESTORED, "balance", _some_ratio),
        ),
    ),
)
"""The ledger's claims, in order."""


_LATE = "Changed after the result was known. "

STRICTER = (
    Claim(
        "C2*",
        "Coverage raises the prototype-usage specialization ratio over the baseline and the nulls.",
        "The mean specialization ratio of C is above that of standard, of the untrained start and "
        "of evenly spaced points.",
        _LATE + "The baseline can fall below its own start; then to be above it says little.",
        "specialization",
        (
            Question(
                "specialization_ratio",
                (("C", "standard"), ("C", "untrained"), ("C", "evenly spaced")),
                "above",
            ),
        ),
    ),
    Claim(
        "C3*",
        "Separation has mixed effects, each of them clear.",
        "The whole interval of the mean error of S minus that of standard lies above 0 at some "
        "size and below it at another.",
        _LATE + "Noise alone can mix the signs of means.",
        "reconstruction",
        tuple(
            Question("reconstruction_error", _S, side, rule=_some_size, by_interval=True)
            for side in ("above", "below")
        ),
    ),
    Claim(
        "C5*",
        "The harm is not an optimization failure: with overlap the fit is equivalent.",
        "The whole interval of the change in the explained share lies within plus and minus "
        f"{FIT_MARGIN:g}, for each of the four masks that overlap is added to.",
        _LATE + "A mean within a margin does not show equivalence; its interval within it does.",
        "optimization",
        (Question("explained", ADD_OVERLAP, "within", FIT_MARGIN, by_interval=True),),
    ),
    Claim(
        "C6*",
        "Overlap leads to a degenerate equilibrium with prototypes outside the hull.",
        "Adding overlap raises the mean expelled share over the mask without it and over the "
        f"untrained start; O has a share of silent neurons more than {ONSET_RISE:g} above "
        "standard's (degenerate); and the prototypes that it has expelled move by less than "
        f"{EXPELLED_BEYOND:g} on average when training goes on three times as long (equilibrium).",
        _LATE
        + "Many start outside. Degenerate is read as: neurons that respond to no sample by more "
        f"than {SILENT:g}. An equilibrium is at rest.",
        "expulsion",
        (
            Question("expelled_fraction", ADD_OVERLAP, "above"),
            Question("expelled_fraction", tuple((m, "untrained") for m, _ in ADD_OVERLAP), "above"),
            Question("silent", (("O", "standard"),), "above", ONSET_RISE, "rest"),
            Question("drift", (("O", ""),), "below", EXPELLED_BEYOND, "rest"),
        ),
    ),
    Claim(
        "C10*",
        "The pattern is stable from N = 3 to N = 100.",
        f"Each of {', '.join(_ONE_SIZE_PATTERN)} holds at this size.",
        _LATE + "What holds nowhere is no pattern.",
        "again",
        (),
    ),
    Claim(
        "P*",
        "Design principle: every repulsive loss must be compensated by a compatible attractor.",
        "Without coverage, S, O and OS raise the mean error and the mean expelled share over the "
        "baseline (must). With overlap's lam at 1, some lam of coverage brings the expelled share "
        f"of OC, and of OCS, to less than {RESTORED:g} above the baseline's, and some brings the "
        f"mean error to less than {ERROR_RESTORED:g} above it (compensated).",
        _LATE
        + "The principle says two things: a repulsion without an attractor does harm, and with "
        "one it does not. Harm is to the error as well as to the share.",
        "attractor",
        (
            *(
                Question(measure, tuple((m, "standard") for m in ("S", "O", "OS")), "above")
                for measure in ("reconstruction_error", "expelled_fraction")
            ),
            Question("expelled_fraction", _BALANCED, "below", RESTORED, "balance", _some_ratio),
            Question(
                "reconstruction_error", _BALANCED, "below", ERROR_RESTORED, "balance", _some_ratio
            ),
        ),
    ),
)
"""Stricter tests of some claims, written after the results were known; the ids have a star."""


BY_ID = {one.id: one for one in (*CLAIMS, *STRICTER)}
"""The same by their ids."""


class Verdict(NamedTuple):
    """What runs say of a claim."""

    claim: Claim
    verdict: str
    """``holds``, ``holds in part`` or ``does not hold``."""
    holds_at: tuple[int, ...]
    """The sizes N at which it holds."""
    fails_at: tuple[int, ...]
    """The sizes at which it does not."""
    figure: str
    """The figure that decides, in words."""
    on_medians: str
    """The verdict if the medians of the paired differences were judged in place of the means."""
    medians_fail_at: tuple[int, ...]
    """The sizes at which that one does not hold."""
    comparisons: pd.DataFrame
    """One row per comparison; see `compare`."""

    @property
    def text(self):
        """The verdict, with the sizes at which it holds if these are not all."""
        if self.verdict != IN_PART:
            return self.verdict
        return f"{self.verdict} (N = {', '.join(map(str, self.holds_at))})"


ON_THE_GRID = tuple(c for c in CLAIMS if all(q.frame == "grid" for q in c.questions))
"""The claims that a grid alone can decide, without the sweeps."""


def judge(evidence, claims=CLAIMS, sure=True):
    """Judge claims, such as `CLAIMS`, `STRICTER` or predictions: a tuple of `Verdict`.

    Frames of the evidence that no claim asks for may be None. C10 and C10* need those that they
    name, before them. `sure` is whether `compare` says how sure each comparison is; no verdict
    depends on it. A ValueError names what is missing: a column, a mask, a size, a run of a pair or
    a second seed.
    """
    for name in Evidence._fields:
        asked = [q for claim in claims for q in claim.questions if q.frame == name]
        if asked:
            _check(name, evidence.frame(name), asked)
    verdicts, values = {}, cache(partial(_values, evidence))
    for claim in claims:
        if claim.questions:
            verdicts[claim.id] = _judge(claim, values, sure)
        else:
            verdicts[claim.id] = _judge_pattern(claim, evidence, verdicts)
    return tuple(verdicts.values())


def _check(name, frame, questions):
    """Raise ValueError, naming the frame, unless it has all runs that the questions compare."""
    key = [*_SETTING[name], "n", "seed", "mask"]
    for column in (*key, *(q.measure for q in questions)):
        if column not in frame.columns:
            raise ValueError(f"the {name} frame needs a column {column!r}")
    needed = {mask for q in questions for pair in q.pairs for mask in pair if mask}
    missing = needed - set(frame["mask"])
    if missing:
        raise ValueError(f"the {name} frame needs runs of mask {min(missing)!r}")
    sizes = {n for q in questions for n in q.sizes} - set(frame["n"])
    if sizes:
        raise ValueError(f"the {name} frame needs runs of size {min(sizes)}")
    frame = frame[frame["mask"].isin(needed)]
    if frame.duplicated(key).any():
        raise ValueError(f"the {name} frame has two runs of one {', '.join(key)}")
    seeds = frame["seed"].nunique()
    if seeds < 2:
        raise ValueError(f"the {name} frame needs at least two seeds, got {seeds}")
    whole = frame.groupby(key[:-2]).ngroups * seeds * len(needed)
    if len(frame) < whole:
        raise ValueError(
            f"the {name} frame needs every seed for every mask, size and setting: {whole} runs of "
            f"{', '.join(sorted(needed))}, got {len(frame)}"
        )


def _judge(claim, values, sure):
    parts = [_compared(q, values(q.frame, q.measure), sure) for q in claim.questions]
    comparisons = pd.concat(parts, ignore_index=True)
    place = comparisons.columns.get_loc("p") + 1
    comparisons.insert(place, "p_holm", _corrected(comparisons) if sure else np.nan)
    both = list(zip(claim.questions, parts, strict=True))
    on_means = [q.rule(part) for q, part in both]
    on_medians = [q.rule(part.assign(agrees=part["median_agrees"])) for q, part in both]
    figure = "; ".join(_figure(q, part) for q, part in both)
    return _verdict(claim, _all(on_means), _all(on_medians), figure, comparisons)


def _corrected(comparisons):
    """Return p values corrected within the claim, its sizes, or these by measure: not too many."""
    if len(comparisons) <= FAMILY:
        return holm(comparisons["p"])
    by_size = comparisons.groupby("n")["p"]
    if by_size.size().max() > FAMILY:
        by_size = comparisons.groupby(["n", "measure"])["p"]
    return by_size.transform(holm)


def _figure(question, comparisons):
    lost = int(comparisons["lost"].sum())
    known = comparisons[comparisons["margin"].notna()]
    figure = _FIGURES[question.rule](known) if len(known) else "nothing to compare"
    return figure + (f" ({lost} pairs without a finite difference)" if lost else "")


def _judge_pattern(claim, evidence, verdicts):
    others = [verdicts[name] for name in _ONE_SIZE_PATTERN]
    sizes = sorted({n for other in others for n in (*other.holds_at, *other.fails_at)})
    split = {other.claim.id: other.fails_at for other in others if other.verdict == IN_PART}
    medians_split = [other.medians_fail_at for other in others if other.on_medians == IN_PART]
    if claim.id == "C10*":  # what fails at every size counts too
        split = {other.claim.id: other.fails_at for other in others if other.fails_at}
        medians_split = [other.medians_fail_at for other in others]
    holds = pd.Series({n: all(n not in failing for failing in split.values()) for n in sizes})
    on_medians = pd.Series({n: all(n not in failing for failing in medians_split) for n in sizes})
    runs, lost = len(evidence.grid), int(evidence.grid["diverged_at"].notna().sum())
    same = [other.claim.id for other in others if other.claim.id not in split]
    figure = f"{runs} runs ({lost} diverged); the same at every size: {', '.join(same) or 'none'}"
    if split:
        figure += "; not: " + ", ".join(
            f"{name} (fails at N = {', '.join(map(str, failing))})"
            for name, failing in split.items()
        )
    return _verdict(claim, holds, on_medians, figure, pd.DataFrame())


def _all(answers):
    return pd.concat(answers, axis=1).fillna(True).astype(bool).all(axis=1)


def _verdict(claim, holds, on_medians, figure, comparisons):
    holds_at, fails_at, medians_fail_at = (
        tuple(int(n) for n in answers.index[answers]) for answers in (holds, ~holds, ~on_medians)
    )
    verdict, medians = _word(holds), _word(on_medians)
    return Verdict(
        claim, verdict, holds_at, fails_at, figure, medians, medians_fail_at, comparisons
    )


def _word(holds):
    return HOLDS if holds.all() else IN_PART if holds.any() else FAILS


def compare(question, evidence, sure=True):
    """Compare means of paired differences with a question's threshold.

    Parameters
    ----------
    question : Question
    evidence : Evidence
    sure : bool
        Whether to find intervals and p values, which take most of the time; else they are nan.

    Returns
    -------
    pandas.DataFrame
        One row per pair of masks, size and setting: ``measure, side, threshold, mask, baseline,
        n``, the setting (``tau`` or ``ratio``) if the frame has one, and

        - ``mean, median, low, high, percentile_low, percentile_high``: of the paired differences,
          with the mean's intervals, studentised and percentile;
        - ``margin``: by how much the mean, or its whole interval, is on the claim's side, negative
          if it is not;
        - ``agrees, median_agrees``: whether mean and median are on the claim's side;
        - ``wins, seeds``: how many seeds are on the claim's side, of how many;
        - ``lost``: how many further seeds have no difference, since a run of the pair diverged;
        - ``effect_size``: the mean over the standard deviation of the differences;
        - ``p``: two-sided test of the differences against the threshold by flips of their signs,
          or, where a margin is asked, two one-sided t tests.
    """
    return _compared(question, _values(evidence, question.frame, question.measure), sure)


def _values(evidence, name, measure):
    # a measure of a frame's runs: each mask's values, and their places by setting, by size
    frame, setting = evidence.frame(name), _SETTING[name]
    wide = frame.pivot(index=[*setting, "n", "seed"], columns="mask", values=measure)
    places = {}
    for at, (*place, n, _) in enumerate(wide.index):
        places.setdefault(tuple(place), {}).setdefault(int(n), []).append(at)
    return {mask: wide[mask].to_numpy() for mask in wide}, places


def _compared(question, runs, sure):
    rows, (values, places) = [], runs
    asked = {name: getattr(question, name) for name in ("measure", "side", "threshold")}
    for place, sizes in places.items():
        at = dict(zip(_SETTING[question.frame], place, strict=True))
        for mask, baseline in question.pairs:
            differences = values[mask] - (values[baseline] if baseline else 0.0)
            for n, seeds in sizes.items():
                if not question.sizes or n in question.sizes:
                    row = asked | {"mask": mask, "baseline": baseline, "n": n} | at
                    rows.append(row | _statistics(question, differences[seeds], sure))
    return pd.DataFrame(rows)


_ENDS = ("low", "high", "percentile_low", "percentile_high")


def _statistics(question, differences, sure):
    known = differences[np.isfinite(differences)]
    row = dict.fromkeys(("mean", "median", *_ENDS, "margin"), np.nan)
    row |= {"agrees": False, "median_agrees": False, "wins": 0}
    row |= {"seeds": len(known), "lost": len(differences) - len(known)}
    row |= {"effect_size": np.nan, "p": 1.0}
    if len(known) < 2:  # the others diverged: there is no mean, so nothing agrees
        return row
    margin_of, threshold = _SIDES[question.side], question.threshold
    bounds = interval(known) if sure or question.by_interval else {"mean": known.mean()}
    row |= {name: bounds[name] for name in ("mean", *_ENDS) if name in bounds}
    median, spread = np.median(known), known.std(ddof=1)
    decides = ("low", "high") if question.by_interval else ("mean",)
    margin = min(margin_of(row[name], threshold) for name in decides)
    row |= {"median": median, "margin": margin, "agrees": bool(margin > TIE)}
    on_median = margin if question.by_interval else margin_of(median, threshold)
    row["median_agrees"] = bool(on_median > TIE)
    row["wins"] = int((margin_of(known, threshold) > TIE).sum())
    if spread > TIE:
        row["effect_size"] = row["mean"] / spread
    if not sure:
        return row | {"p": np.nan}
    within = question.side == "within"
    flips = sign_flips(tuple(known - threshold))
    row["p"] = _equivalence(known, threshold) if within else flips
    return row


def _equivalence(differences, margin):
    """Return the larger p of two one-sided t tests: small if the mean is within the margin."""
    differences = np.asarray(differences, dtype=np.float64)
    if differences.std() <= TIE * margin:
        return float(abs(differences.mean()) >= margin)
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return float(stdtr(len(differences) - 1, (abs(differences.mean()) - margin) / error))


def closest_calls(verdicts):
    """Return, for every question of some verdicts, the comparison that decides its answer.

    Rows of `compare`, with Holm's p as ``p_holm`` and the claim's id as the index. It is the
    comparison with the smallest margin of all that must agree. Where one of several is enough, such
    as one size or one ratio, it is the best of these. C8, which asks for an onset, and C10 are left
    out.
    """
    rows, names = [], []
    for v in verdicts:
        for q in v.claim.questions:
            part = _asked(v, q)
            if q.rule is not _only_at_large_tau and len(part):
                rows.append(_closest(q.rule, part))
                names.append(v.claim.id)
    return pd.DataFrame(rows).set_axis(names, axis=0).rename_axis("id")


def _asked(verdict, question):
    """Return the comparisons that a question makes, but those without a finite difference."""
    rows = verdict.comparisons.dropna(subset="margin")
    for name in ("measure", "side", "threshold"):
        rows = rows[rows[name] == getattr(question, name)]
    return rows[
        [pair in question.pairs for pair in zip(rows["mask"], rows["baseline"], strict=True)]
    ]


def _closest(rule, rows):
    margins = rows["margin"].round(9)  # rounding must not decide between two ties
    if rule is _some_size:
        return rows.loc[margins.idxmax()]
    if rule is _some_mask:
        rows = rows.loc[margins.groupby([rows["n"], rows["mask"]]).idxmin()]
        rows = rows.loc[margins[rows.index].groupby(rows["n"]).idxmax()]
    if rule is _some_ratio:
        rows = rows.loc[margins.groupby([rows["n"], rows["mask"]]).idxmax()]
    return rows.loc[margins[rows.index].idxmin()]


def agreement(verdicts):
    """Count the comparisons of claims that ask the same of all of theirs, by id.

    Columns ``comparisons``, ``agree``, and ``clear``: those whose p, corrected by Holm's method, is
    below 0.05.
    """
    tables = {v.claim.id: v.comparisons for v in verdicts if v.claim.id in _ONE_SIZE_PATTERN}
    rows = [(len(t), t["agrees"].sum(), (t["p_holm"] < 0.05).sum()) for t in tables.values()]
    return pd.DataFrame(rows, [*tables], ["comparisons", "agree", "clear"]).rename_axis("id")


def needed_ratios(verdict):
    """Return from P's verdict the smallest ratio of lams at which coverage undoes the expulsion.

    Rows are masks, columns sizes; nan where no ratio of the sweep does.
    """
    rows = verdict.comparisons.dropna(subset="ratio")
    first = rows[rows["agrees"]].groupby(["mask", "n"])["ratio"].min()
    return first.unstack("n").rename_axis(columns="N")


def leads(verdict):
    """Return, for every size, how far the comparison that decides there is on the claim's side.

    Index n; columns ``mask, baseline`` and ``lead, low, high``: the distance of the mean from the
    threshold, with its interval, negative on the other side. Where all comparisons must agree it is
    the weakest. C3, which asks for both signs, has its first question; C8 has its highest rise at a
    temperature that is not large, unless no larger one agrees. C10, which compares nothing, has no
    rows.
    """
    parts = []
    for q in verdict.claim.questions:
        onset, rows = q.rule is _only_at_large_tau, _asked(verdict, q)
        small = (rows["tau"] <= LARGE_TAU) if onset else pd.Series(data=False, index=rows.index)
        margin_of = _SIDES[q.side]
        lead, *ends = (margin_of(rows[name], q.threshold) for name in ("mean", "low", "high"))
        low, high = np.minimum(*ends), np.maximum(*ends)
        if q.side == "within":  # an interval on both sides of 0 reaches it
            high = high.mask(rows["low"] * rows["high"] < 0, q.threshold)
        turned = pd.DataFrame({"lead": -lead, "low": -high, "high": -low})
        straight = pd.DataFrame({"lead": lead, "low": low, "high": high})
        rows = rows.assign(**straight.where(~small, turned)).assign(
            margin=lead.where(~small, -lead)
        )
        for (_, is_small), group in rows.groupby(["n", small.rename("small")]):
            parts.append(_closest(_some_size if onset and not is_small else q.rule, group))
        if q.rule is _some_size:
            break
    columns = {"mask": str, "baseline": str, "lead": float, "low": float, "high": float}
    table = pd.DataFrame(parts, columns=["n", *columns]).sort_values(["n", "lead"])
    return table.drop_duplicates("n").set_index("n").astype(columns)


def records(verdicts):
    """Return the ledger as plain values, ready for JSON: what is not known is None.

    ``figures`` holds the rows of `compare`.
    """
    about = ("id", "statement", "test", "why", "chapter")
    found = ("verdict", "holds_at", "fails_at", "figure", "on_medians", "medians_fail_at")
    rows = []
    for v in verdicts:
        figures = v.comparisons.astype(object).where(v.comparisons.notna(), None)
        row = {name: getattr(v.claim, name) for name in about}
        row |= {name: getattr(v, name) for name in found}
        rows.append(row | {"figures": figures.to_dict("records")})
    return rows
