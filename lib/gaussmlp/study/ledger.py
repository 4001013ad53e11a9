"""The ledger whole: the abstract's claims, stricter tests of some, and predictions of ours."""

from gaussmlp.protocol import Protocol
from gaussmlp.study.claims import CLAIMS, STRICTER, judge
from gaussmlp.study.predictions import PREDICTIONS
from gaussmlp.study.sweeps import run_evidence

SEEDS = {range(10): range(10), range(100, 130): range(100, 110), range(200, 230): range(200, 210)}
"""Three sets of seeds of the grid, each with those of the sweeps. The first is nominal. The second
had not been looked at when the claims' tests were written, the third when the predictions were."""


def run_sets(**options):
    """Run what the ledger needs on each of `SEEDS`; the options are those of `run_evidence`."""
    return [
        run_evidence(Protocol(seeds=seeds), sweep_seeds=swept, **options)
        for seeds, swept in SEEDS.items()
    ]


def judged(evidence, sure=True):
    """Judge claims, stricter tests and predictions: three tuples.

    Predictions about sizes that were not run are left out. `sure` is as for `judge`.
    """
    run = set(evidence.grid["n"])
    asked = [c for c in PREDICTIONS if all(run.issuperset(q.sizes) for q in c.questions)]
    found = judge(evidence, (*CLAIMS, *STRICTER, *asked), sure)
    ends = len(CLAIMS), len(CLAIMS) + len(STRICTER)
    return found[: ends[0]], found[ends[0] : ends[1]], found[ends[1] :]
