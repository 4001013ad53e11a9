"""The chapter on the temperature of separation."""

from gaussmlp.protocol import Tau
from gaussmlp.study.sweeps import TAUS, crossings


def facts(frame, onsets, tooth):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    frame : DataFrame, as from `gaussmlp.study.sweeps.temperature`
    onsets : DataFrame, as from `gaussmlp.study.sweeps.onset`
    tooth : float, the gap between prototypes that separation has spread out

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    table, nominal = crossings(onsets), Tau().separation
    crossing, spacings = table["crossing"].unstack("n"), table["in squared spacings"].loc["S"]
    delay = crossing.loc["CS"] / crossing.loc["S"]
    fold, spread = (one.max() / one.min() for one in (crossing.loc["S"], spacings))
    gap = tooth / nominal**0.5
    share = frame[frame["mask"] == "S"].pivot_table(
        index="tau", columns="n", values="expelled_fraction"
    )
    error = frame[frame["mask"] == "S"].groupby(["n", "tau"])["reconstruction_error"].median()
    onset = onsets["onset"]
    said = {
        "least spacings": f"{spacings.min():.1f}",
        "most spacings": f"{spacings.max():.1f}",
        "least delay": f"{delay.min():.1f}",
        "most delay": f"{delay.max():.1f}",
        "fold": f"{fold:.0f}",
        "spread": f"{spread:.1f}",
        "gap": f"{gap:.1f}",
        "room": f"{gap**-2:.2f}",
    }
    statements = {
        "No run diverged.": frame["diverged_at"].isna().all(),
        "Every mask and size has an onset within the sweep.": (
            onset.notna().all() and (onset > TAUS[0]).all()
        ),
        "C8: at N = 10 and 30 the onset of S is above the nominal temperature.": (
            (onset["S"][[10, 30]] > 5 * nominal).all()
        ),
        "At N = 100 it is the nominal temperature.": onset["S", 100] == nominal,
        "The onset falls as N grows.": onset.unstack("n").diff(axis=1).iloc[:, 1:].lt(0).all(None),
        "Coverage delays it at every size.": (delay > 1).all(),
        "In squared spacings the three sizes nearly agree.": spread < 2 < fold,
        "Beyond 1 fewer prototypes leave.": (share.loc[TAUS[-1]] < share.loc[1.0]).all(),
        "And the error still grows.": all(
            error[n, TAUS[-1]] > error[n, 1.0] for n in share.columns
        ),
    }
    return said, statements
