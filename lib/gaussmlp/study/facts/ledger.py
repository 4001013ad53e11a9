"""The ledger: every verdict, and what the balance sweep shows beyond P."""

from gaussmlp.study.claims import HOLDS, IN_PART, needed_ratios
from gaussmlp.study.facts import listed
from gaussmlp.study.tables import by_mask_and_size, intervals, paired_differences

_FAILS_AT = {"C1": (3, 5, 50), "C8": (100,), "C10": (3, 5, 50)}


def facts(verdicts, fresh, judged, runs):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    verdicts, fresh : sequence of Verdict, on the nominal seeds and on fresh ones
    judged : mapping of str to sequence of Verdict, as from `judge_readings`
    runs : Evidence on the nominal seeds

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    found, needed = {v.claim.id: v for v in verdicts}, needed_ratios(verdicts[-1])
    words = [v.verdict for v in verdicts]
    rival = found["C1"].comparisons.query("baseline == 'CS'").set_index("n")
    rival = rival.loc[list(found["C1"].fails_at)]
    below = found["C3"].comparisons.query("side == 'below'")
    lone = intervals(paired_differences(runs.grid, "expelled_fraction"), "difference").loc["S"]
    top = runs.balance[runs.balance["ratio"] == runs.balance["ratio"].max()]
    error, share = (
        by_mask_and_size(top, name).loc[["standard", "OC", "OCS"]]
        for name in ("reconstruction_error", "expelled_fraction")
    )
    rise, more = (
        error.div(error.loc["standard"]).iloc[1:],
        share.sub(share.loc["standard"]).iloc[1:],
    )
    said = {
        "rows": f"{len(words)}",
        "hold": f"{words.count(HOLDS)}",
        "in part": f"{words.count(IN_PART)}",
        "same": f"{sum(v.verdict == w.verdict for v, w in zip(verdicts, fresh, strict=True))}",
        "enough OC": listed(needed.loc["OC"] <= 1),
        "enough OCS": listed(needed.loc["OCS"] <= 1),
        "needs least": f"{needed[needed > 1].min().min():g}",
        "needs most": f"{needed[needed > 1].max().max():g}",
    }
    statements = {_told(v.claim.id): v.fails_at == _FAILS_AT.get(v.claim.id, ()) for v in verdicts}
    statements |= {
        "Every verdict is the same on fresh seeds.": said["same"] == said["rows"],
        "No claim holds in all readings.": _somewhere_not(judged),
        "C1: where it fails, coverage with separation is lower.": (rival["mean"] > 0).all(),
        "C1: none of these differences is clear.": (rival["low"] < 0).all(),
        "C3: its lower half is not clear at any size.": (below["high"] > 0).all(),
        "P: separation alone raises the expelled share only at N = 100.": (
            (lone["mean"] < 1e-9).drop(100).all() and lone.loc[100, "low"] > 0
        ),
        "P: from N = 20 on equal λ do not suffice.": (needed[[20, 50, 100]] > 1).all().all(),
        "P: at the highest ratio no larger share is expelled.": (more < 1e-9).all().all(),
        "P: there the error follows from N = 20 on.": (rise[[20, 50, 100]] < 1.15).all().all(),
        "P: it does not at the smallest sizes.": (rise[[3, 5, 10]] > 1.2).all().all(),
    }
    return said, statements


def _told(name):
    places = ", ".join(map(str, _FAILS_AT.get(name, ())))
    return f"{name} holds in part: it fails at N = {places}." if places else f"{name} holds."


def _somewhere_not(judged):
    others = [found for name, found in judged.items() if name != "nominal"]
    return all(any(v.verdict != HOLDS for v in column) for column in zip(*others, strict=True))
