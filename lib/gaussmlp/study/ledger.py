"""The ledger whole: the abstract's claims, stricter tests of some, and predictions of ours."""

from gaussmlp.study.claims import CLAIMS, STRICTER, judge
from gaussmlp.study.predictions import PREDICTIONS


def judged(evidence, sure=True):
    """Judge claims, stricter tests and predictions.

    Parameters
    ----------
    evidence : Evidence
    sure : bool
        As for `judge`.

    Returns
    -------
    three tuples of Verdict
        Predictions about sizes that were not run are left out.
    """
    run = set(evidence.grid["n"])
    asked = [c for c in PREDICTIONS if all(run.issuperset(q.sizes) for q in c.questions)]
    found = judge(evidence, (*CLAIMS, *STRICTER, *asked), sure)
    ends = len(CLAIMS), len(CLAIMS) + len(STRICTER)
    return found[: ends[0]], found[ends[0] : ends[1]], found[ends[1] :]
