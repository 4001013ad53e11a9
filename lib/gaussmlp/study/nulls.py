"""What runs have over nulls, and the reconstruction error measured in other ways."""

import numpy as np
import pandas as pd

from gaussmlp.draws import NULLS
from gaussmlp.metrics import nearest, reconstruction_error
from gaussmlp.start import start
from gaussmlp.study.recovery import read
from gaussmlp.study.tables import added


def against_nulls(frame, measure, mask="C"):
    """Return what a mask has over each null, as from `added`."""
    return added(frame, measure, [(mask, null) for null in NULLS])


def other_errors(protocol):
    """Return how far samples are from prototypes, in several ways, for every run and null.

    Columns ``mask, n, seed``; ``error``, the reconstruction error; ``domain`` and ``hull``, the
    same with every prototype outside of it moved to its nearer end; ``matched median``, the median
    distance of matched pairs, of which ``error`` is the mean; ``far``, the share of these distances
    above a twentieth of the domain; ``nearest mean`` and ``nearest median``, of the distance of a
    sample to the prototype nearest to it, matched or not.
    """
    (low, high), rows = protocol.domain, []
    for mask, n, seed, p in read(protocol, protocol.sizes, protocol.masks):
        x, p = start(protocol, n, seed).x, np.sort(p)
        matched, near = np.abs(x - p), nearest(x, p)
        rows.append(
            {
                "mask": mask,
                "n": n,
                "seed": seed,
                "error": reconstruction_error(x, p),
                "domain": reconstruction_error(x, p.clip(low, high)),
                "hull": reconstruction_error(x, p.clip(x[0], x[-1])),
                "matched median": np.median(matched),
                "far": np.mean(matched > 0.05 * (high - low)),
                "nearest mean": near.mean(),
                "nearest median": np.median(near),
            }
        )
    return pd.DataFrame(rows)
