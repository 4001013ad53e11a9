"""The reproducibility summary: what was reproduced, and what we would ask the authors."""

from operator import attrgetter

import pandas as pd

from gaussmlp.protocol import Protocol
from gaussmlp.study.claims import FAILS, HOLDS, IN_PART
from gaussmlp.study.readings import READINGS, SCORES

ASKED = 10
"""Choices that we would ask about first."""

QUESTIONS = {
    "activation": "Which function of z is a neuron's response?",
    "trained": "What is trained of a neuron?",
    "w0": "Where do the input weights start?",
    "formulas.coverage": "Which formula is coverage?",
    "formulas.overlap": "Which formula is overlap?",
    "formulas.separation": "Which formula is separation?",
    "target": "Which function is learned?",
    "inputs": "How are the samples drawn?",
    "domain": "From which interval are they drawn?",
    "lam": "How much do the extra losses weigh?",
    "tau": "At which temperature are coverage and separation?",
    "tau.coverage": "At which temperature are coverage and separation?",
    "steps": "How many steps are taken?",
    "step_size": "How large is a step?",
    "optimizer": "Which optimizer takes them?",
    "weight_decay": "How much weight decay is there?",
}
"""What we would ask about each choice that a reading makes otherwise."""


def open_choices(verdicts):
    """Return the `ASKED` questions on whose answer the claims depend most, by our readings.

    Of each question the reading under which most claims fare worse than under the nominal one, the
    most first; columns ``we took``, ``another reading`` and ``claims that fare worse under it``.
    """
    nominal = {v.claim.id: SCORES[v.verdict] for v in verdicts["nominal"]}
    rows = []
    for one in READINGS:
        worse = [v.claim.id for v in verdicts[one.id] if SCORES[v.verdict] < nominal[v.claim.id]]
        (name,) = one.choices
        rows.append((QUESTIONS[name], _ours(name), one.id, ", ".join(worse), len(worse)))
    columns = ["question", "we took", "another reading", "claims that fare worse under it", "count"]
    table = pd.DataFrame(rows, columns=columns).sort_values("count", ascending=False, kind="stable")
    table = table.drop(columns="count").drop_duplicates("question")
    return table.set_index("question").head(ASKED)


def _ours(name):
    value = attrgetter(name)(Protocol())
    if isinstance(value, tuple):  # one for each loss, or the ends of an interval
        return str([*value]) if name == "domain" else f"{value[0]:g}"
    return f"{value:g}" if isinstance(value, float) else f"{value}"


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
        "seconds": f"{measured['grid_seconds']['median']:.1f}",
        "processor": measured["machine"]["processor"],
    }
    statements = {
        "Every claim holds, at least at some sizes.": FAILS not in words,
        "Each of ten questions has an answer that costs a claim.": (len(asked) == ASKED)
        & (asked["claims that fare worse under it"] != ""),
    }
    return said, statements
