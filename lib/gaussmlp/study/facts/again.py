"""The claims on fresh seeds."""

import pandas as pd

from gaussmlp.study.claims import ADD_SEPARATION, HOLDS, leads
from gaussmlp.study.history import came_first

_ON_PAIRS = ("C1", "C2", "C3", "C4", "C6", "C7")


def turned(nominal, fresh):
    """Return the comparisons whose mean changed its sign, each once.

    Columns ``measure, mask, baseline, n``, and ``mean, low, high`` of both with the suffixes ``
    nominal`` and `` fresh``.
    """
    keys, values = ["measure", "mask", "baseline", "n"], ["mean", "low", "high"]
    one, two = (
        pd.concat([v.comparisons for v in found if v.claim.id in _ON_PAIRS])[keys + values]
        for found in (nominal, fresh)
    )
    both = one.drop_duplicates(keys).merge(
        two.drop_duplicates(keys), on=keys, suffixes=(" nominal", " fresh")
    )
    return both[both["mean nominal"] * both["mean fresh"] < 0].reset_index(drop=True)


def facts(nominal, seen, fresh, history):
    """Return both from ledgers as of `judged`, on nominal, seen and fresh seeds, and `commits`."""
    claims, stricter, predictions = zip(nominal, seen, fresh, strict=True)
    changed = turned(claims[0], claims[2])
    kept, by_size = (
        [{getattr(v, name) for v in found} for found in zip(*claims, strict=True)]
        for name in ("verdict", "fails_at")
    )
    ids = [v.claim.id for v in claims[0]]
    moved = [name for name, places in zip(ids, by_size, strict=True) if len(places) > 1]
    held = [v.claim.id for v in predictions[2] if v.verdict == HOLDS]
    strict = [{v.claim.id: v for v in found} for found in stricter]
    found = {v.claim.id: v for v in predictions[2]}
    contains_0 = [changed[f"low {by}"] * changed[f"high {by}"] < 0 for by in ("nominal", "fresh")]
    missed = found["A8"].comparisons.set_index("n").loc[50]
    unsure = {name: sorted(leads(v).query("low < 0").index) for name, v in found.items()}
    said = {
        "rows": f"{len(ids)}",
        "same": f"{sum(len(words) == 1 for words in kept)}",
        "moved": " and ".join(moved),
        "turned": f"{len(changed)}",
        "predictions": f"{len(found)}",
        "held": f"{len(held)}",
        "unsure": " and ".join(
            f"{name} at N = {' and '.join(map(str, sizes))}"
            for name, sizes in unsure.items()
            if sizes
        ),
        "missed": f"{missed['mean']:+.4f}".replace("-", "−"),
        "missed from": f"{missed['low']:+.3f}".replace("-", "−"),
        "missed to": f"{missed['high']:+.3f}",
    }
    among = {*ADD_SEPARATION, ("C", "CS")}
    statements = {
        "A1 to A7 hold.": held == [f"A{k}" for k in range(1, 8)],
        "A8 fails at N = 50 and holds at N = 100; both intervals contain 0.": (
            found["A8"].fails_at == (50,)
            and (found["A8"].comparisons["low"] < 0).all()
            and (found["A8"].comparisons["high"] > 0).all()
        ),
        "The predictions came first, or the history does not tell.": came_first(history)
        is not False,
        "Every claim has the same verdict in all three sets.": said["same"] == said["rows"],
        "What holds holds at every size again.": not any(
            w.fails_at for v, w in zip(claims[0], claims[2], strict=True) if v.verdict == HOLDS
        ),
        "C1 and C10 alone change at some size.": moved == ["C1", "C10"],
        "C1: coverage alone is not the lowest at N = 50, in any set.": all(
            50 in by_id["C1"].fails_at
            for by_id in ({v.claim.id: v for v in found} for found in claims)
        ),
        "C2*: it fails at N = 10 in the first two sets, and holds in the third.": [
            by_id["C2*"].fails_at for by_id in strict
        ]
        == [(10,), (10,), ()],
        "C3*: with thirty seeds the effects are clear, with ten they are not.": [
            by_id["C3*"].verdict == HOLDS for by_id in strict
        ]
        == [False, True, True],
        "C5*: in every set it fails at N = 3 or 5 and holds from N = 10 on.": all(
            by_id["C5*"].fails_at and max(by_id["C5*"].fails_at) < 10 for by_id in strict
        ),
        "C6*: it holds at no size, in any set.": not any(by_id["C6*"].holds_at for by_id in strict),
        "P*: it holds at N = 100 alone, in every set.": all(
            by_id["P*"].holds_at == (100,) for by_id in strict
        ),
        "Only effects of separation changed their sign.": among
        >= {*zip(changed["mask"], changed["baseline"], strict=True)},
        "None of them is clear in either set.": all(part.all() for part in contains_0),
    }
    return said, statements
