"""Frames as experiments give them, with measures of no meaning."""

import numpy as np
import pandas as pd
from gaussmlp import MASKS, metrics
from gaussmlp.study.claims import Evidence
from gaussmlp.study.sweeps import RATIOS, TAUS, TEMPERATURE_SIZES


def ledger_frames():
    """Return runs for the ledger with measures of no meaning."""
    rng = np.random.default_rng(0)

    def frame(sizes, masks, **setting):
        (name, places), *_ = [*setting.items(), ("none", (0,))]
        rows = [
            {"n": n, "seed": s, "mask": m, name: at}
            for at in places
            for n in sizes
            for m in masks
            for s in (0, 1, 2)
        ]
        table = pd.DataFrame(rows)
        for measure in ("explained", *metrics.MEASURES):
            table[measure] = rng.random(len(table))
        return table.assign(diverged_at=pd.array([pd.NA] * len(table), dtype="Int64"))

    return Evidence(
        frame((3, 5), MASKS),
        frame(TEMPERATURE_SIZES[:2], ("standard", "S"), tau=TAUS[::8]),
        frame((3,), ("standard", "OC", "OCS"), ratio=RATIOS[::3]),
    )
