"""The ledger: every verdict, and what the balance sweep shows beyond P."""

from gaussmlp.study.claims import HOLDS, IN_PART, ON_THE_GRID, needed_ratios
from gaussmlp.study.facts import listed
from gaussmlp.study.tables import by_mask_and_size, intervals, paired_differences

_FAILS_AT = {"C1": (3, 5, 50), "C8": (100,), "C10": (3, 5, 50)}


def facts(ledgers, readings, runs, coverage):
    """Return both from ledgers as of `judged`, by seeds; `runs` are the nominal evidence."""
    verdicts, stricter, _ = ledgers[0]
    predictions = {v.claim.id: v for v in ledgers[2][2]}
    found, needed = {v.claim.id: v for v in verdicts}, needed_ratios(verdicts[-1])
    words = [v.verdict for v in verdicts]
    kept = zip(*([v.verdict for v in ledger[0]] for ledger in ledgers), strict=True)
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
        "same": f"{sum(len({*words}) == 1 for words in kept)}",
        "strict": f"{len(stricter)}",
        "strict hold": f"{sum(v.verdict == HOLDS for v in stricter)}",
        "predictions": f"{len(predictions)}",
        "predictions hold": f"{sum(v.verdict == HOLDS for v in predictions.values())}",
        **{
            f"{kind}, {how}": f"{100 * coverage.at[kind, how]:.0f}"
            for kind in coverage.index
            for how in coverage
        },
        "enough OC": listed(needed.loc["OC"] <= 1),
        "enough OCS": listed(needed.loc["OCS"] <= 1),
        "needs least": f"{needed[needed > 1].min().min():g}",
        "needs most": f"{needed[needed > 1].max().max():g}",
    }
    statements = {_told(v.claim.id): v.fails_at == _FAILS_AT.get(v.claim.id, ()) for v in verdicts}
    statements |= {
        "Every verdict is the same on fresh seeds.": said["same"] == said["rows"],
        "No stricter test holds at every size.": said["strict hold"] == "0",
        "Of the predictions only A8 fails, at N = 50.": {
            name: v.fails_at for name, v in predictions.items() if v.fails_at
        }
        == {"A8": (50,)},
        "No claim of the abstract holds in all readings.": _somewhere_not(readings),
        "Studentised intervals hold the mean more often than percentile ones.": (
            coverage["studentised"] > coverage["percentile"]
        ),
        "C1: where it fails, coverage with separation is lower.": rival["mean"] > 0,
        "C1: none of these differences is clear.": rival["low"] < 0,
        "C3: its lower half is not clear at any size.": below["high"] > 0,
        "P: separation alone raises the expelled share only at N = 100.": (
            (lone["mean"] < 1e-9).drop(100).all() and lone.loc[100, "low"] > 0
        ),
        "P: from N = 20 on equal λ do not suffice.": needed[[20, 50, 100]] > 1,
        "P: at the highest ratio no larger share is expelled.": more < 1e-9,
        "P: there the error follows from N = 20 on.": rise[[20, 50, 100]] < 1.15,
        "P: it does not at the smallest sizes.": rise[[3, 5, 10]] > 1.2,
    }
    return said, statements


def _told(name):
    places = ", ".join(map(str, _FAILS_AT.get(name, ())))
    return f"{name} holds in part: it fails at N = {places}." if places else f"{name} holds."


def _somewhere_not(readings):
    others = [found[: len(ON_THE_GRID)] for name, found in readings.items() if name != "nominal"]
    return all(any(v.verdict != HOLDS for v in column) for column in zip(*others, strict=True))
