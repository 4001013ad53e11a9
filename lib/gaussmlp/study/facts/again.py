"""The claims on fresh seeds."""

import pandas as pd

from gaussmlp.study.claims import ADD_SEPARATION, HOLDS

_ON_PAIRS = ("C1", "C2", "C3", "C4", "C6", "C7")


def turned(nominal, fresh):
    """Return the comparisons whose mean changed its sign, each once.

    Parameters
    ----------
    nominal, fresh : sequence of Verdict

    Returns
    -------
    DataFrame
        Columns ``measure, mask, baseline, n``, and ``mean, low, high`` of both with the suffixes
        `` nominal`` and `` fresh``.
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


def facts(nominal, fresh):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    nominal, fresh : sequence of Verdict

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    pairs, changed = [*zip(nominal, fresh, strict=True)], turned(nominal, fresh)
    again = {w.claim.id: w for w in fresh}
    below = [
        next(v for v in found if v.claim.id == "C3").comparisons.query("side == 'below'")
        for found in (nominal, fresh)
    ]
    moved = [v.claim.id for v, w in pairs if v.fails_at != w.fails_at]
    contains_0 = [changed[f"low {by}"] * changed[f"high {by}"] < 0 for by in ("nominal", "fresh")]
    said = {
        "rows": f"{len(pairs)}",
        "same": f"{sum(v.verdict == w.verdict for v, w in pairs)}",
        "moved": " and ".join(moved),
        "turned": f"{len(changed)}",
    }
    among = {*ADD_SEPARATION, ("C", "CS")}
    statements = {
        "Every verdict is the same.": all(v.verdict == w.verdict for v, w in pairs),
        "What holds holds at every size again.": not any(
            w.fails_at for v, w in pairs if v.verdict == HOLDS
        ),
        "C1 and C10 alone change at some size.": moved == ["C1", "C10"],
        "C1: coverage alone is not the lowest everywhere, again.": 50 in again["C1"].fails_at,
        "C8: it fails at N = 100 again.": again["C8"].fails_at == (100,),
        "C3: its lower half is not clear in either set.": all(
            part.loc[part["margin"].idxmax(), "high"] > 0 for part in below
        ),
        "Only effects of separation changed their sign.": among
        >= {*zip(changed["mask"], changed["baseline"], strict=True)},
        "None of them is clear in either set.": all(part.all() for part in contains_0),
    }
    return said, statements
