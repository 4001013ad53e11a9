"""The reproducibility summary: what was reproduced, and what we would ask the authors."""

from operator import attrgetter

import pandas as pd

from gaussmlp.protocol import Protocol
from gaussmlp.study.claims import FAILS, HOLDS, IN_PART
from gaussmlp.study.readings import READINGS, SCORES

ASKED = 10
"""Choices that we would ask about first."""


def open_choices(verdicts):
    """Return the `ASKED` choices on which the claims depend most, by our readings.

    Those under which most claims fare worse than under the nominal one come first; columns
    ``ours``, ``other reading`` and ``claims that fare worse``.
    """
    nominal = {v.claim.id: SCORES[v.verdict] for v in verdicts["nominal"]}
    rows = {}
    for one in READINGS:
        worse = [v.claim.id for v in verdicts[one.id] if SCORES[v.verdict] < nominal[v.claim.id]]
        ours = ", ".join(f"{name} {_plain(name)}" for name in one.choices)
        rows[one.id] = (ours, one.words, ", ".join(worse), len(worse))
    columns = ["ours", "other reading", "claims that fare worse", "count"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    table = table.sort_values("count", ascending=False, kind="stable").drop(columns="count")
    return table.head(ASKED)


def _plain(name):
    value = attrgetter(name)(Protocol())
    return value[0] if name in ("lam", "tau") else value


def scope(verdicts):
    """Return the claims with their verdicts, as text."""
    rows = {v.claim.id: (v.claim.statement, v.text) for v in verdicts}
    return pd.DataFrame.from_dict(rows, orient="index", columns=["claim", "our runs"])


def facts(verdicts, readings, measured):
    """Return both from verdicts on the nominal seeds, `judge_readings`, and a stored benchmark."""
    words = [v.verdict for v in verdicts]
    asked = open_choices(readings)
    said = {
        "claims": f"{len(words)}",
        "hold": f"{words.count(HOLDS)}",
        "in part": f"{words.count(IN_PART)}",
        "fail": f"{words.count(FAILS)}",
        "readings": f"{len(readings) - 1}",
        "first choice": asked.index[0],
        "seconds": f"{measured['grid_seconds']['median']:.1f}",
    }
    statements = {
        "Every claim holds, at least at some sizes.": FAILS not in words,
        "All ten choices cost some claim.": asked["claims that fare worse"] != "",
    }
    return said, statements
