"""The chapter on what holds a prototype."""

import numpy as np

from gaussmlp.study.facts import listed
from gaussmlp.study.mechanism import change_by_coverage
from gaussmlp.study.tables import by_mask_and_size
from gaussmlp.study.thresholds import RESTORED

_OVERLAPPING, _OTHERS = ["O", "OS", "OC", "OCS"], ["standard", "S", "CS"]


def facts(frame, phases, fence):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    frame : DataFrame of the nominal runs
    phases : Phases
    fence : DataFrame, as from `gaussmlp.study.mechanism.unpulled`, at N = 100

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    share = by_mask_and_size(frame, "expelled_fraction")
    lowered = change_by_coverage(share)
    above = share.loc[["OC", "OCS"]] - share.loc["standard"] > 1e-9
    tame = share.loc["S"] < share.loc["standard"] + 1e-9
    needed, predicted = phases.needed, np.median(phases.predicted)
    along = needed[needed > 0]
    ratio = along / along.index
    held = phases.frame[
        (phases.frame["lam_overlap"] == 1.0) & (phases.frame["lam_coverage"] == needed[1.0])
    ]
    count, lost = fence["expelled"], fence["without any pull"]
    feel = 1 - lost[_OTHERS].sum() / count[_OTHERS].sum()
    said = {
        "needed": f"{needed[1.0]:.0f}",
        "error, held": f"{held['reconstruction_error'].mean():.2f}",
        "error, baseline": f"{phases.baseline['reconstruction_error'].mean():.2f}",
        "OC expelled": f"{count['OC']}",
        "OC above": listed(above.loc["OC"]),
        "S no more": listed(tame),
        "least ratio": f"{ratio.min():.1f}",
        "most ratio": f"{ratio.max():.0f}",
        "predicted": f"{predicted:.0f}",
        "slope": f"{np.polyfit(np.log(along.index), np.log(along), 1)[0]:.1f}",
        "spread": f"{phases.predicted.max() / phases.predicted.min():.0f}",
        "beyond": f"{needed[needed.isna()].index.min():.0f}",
        "overlap without pull": f"{lost[_OVERLAPPING].sum() / count[_OVERLAPPING].sum():.0%}",
        "others with pull": f"{feel:.0%}",
    }
    statements = {
        "C7: adding coverage lowers every mean expelled share.": (lowered < 0).all(axis=None),
        "With overlap and coverage it stays above the baseline's at most sizes.": (
            above.loc["OC"].mean() > 0.5
        ),
        "At the same sizes with separation as well.": (above.loc["OC"] == above.loc["OCS"]).all(),
        "Separation alone expels no more than the baseline at most sizes.": tame.mean() > 0.5,
        "No expelled prototype of these two masks feels a pull.": (
            (count == lost)[["OC", "OCS"]].all()
        ),
        "P: at N = 20 some ratio is enough.": np.isfinite(needed[1.0]),
        "The nominal ratio is not.": needed[1.0] > 1,
        "At N = 20 it leaves the share above the mark.": (
            share.at["OC", 20] - share.at["standard", 20] > RESTORED
        ),
        "The needed ratio never falls as overlap's coefficient grows.": (
            np.diff(np.log(ratio)) > -1e-9
        ).all(),
        "It lies within a factor of four of the predicted one.": (
            ratio.between(predicted / 4, predicted * 4).all()
        ),
        "Where little overlap is added, no coverage is needed.": (needed.iloc[:2] == 0).all(),
        "Held so, the error is still larger than the baseline's.": (
            held["reconstruction_error"].mean() > phases.baseline["reconstruction_error"].mean()
        ),
    }
    return said, statements
