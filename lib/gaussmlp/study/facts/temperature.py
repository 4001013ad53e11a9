"""The chapter on the temperature of separation."""

import pandas as pd

from gaussmlp.protocol import Tau
from gaussmlp.study.facts import listed
from gaussmlp.study.sweeps import TAUS, crossings, rises
from gaussmlp.study.tables import added, intervals


def at_nominal(frame, guesses):
    """Return the expelled share at the nominal temperature, of masks and nulls, as `intervals`."""
    here = frame[frame["tau"] == Tau().separation]
    return intervals(pd.concat([here, guesses]), "expelled_fraction")


def _over_the_start(frame, guesses, onsets):
    """Return by how much separation's share at its onset is above the untrained start's."""
    here = frame.merge(onsets["onset"].rename("tau").reset_index())
    both = pd.concat([here, guesses])
    return added(both, "expelled_fraction", [("S", "untrained")]).loc["untrained"]


def facts(frame, onsets, tooth, guesses):
    """Return both from `temperature`, `onset`, the `tooth`, and the nulls of its sizes."""
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
    rise = rises(frame)
    rise = intervals(rise[rise["tau"] == nominal], "difference").loc["S"]
    above = _over_the_start(frame, guesses, onsets)
    said = {
        "least spacings": f"{spacings.min():.1f}",
        "most spacings": f"{spacings.max():.1f}",
        "least delay": f"{delay.min():.1f}",
        "most delay": f"{delay.max():.1f}",
        "fold": f"{fold:.0f}",
        "spread": f"{spread:.1f}",
        "nominal clear": listed(rise["low"] > 0),
        "nominal unclear": listed(rise["low"] <= 0),
        "gap": f"{gap:.1f}",
        "room": f"{gap**-2:.2f}",
    }
    statements = {
        "No run diverged.": frame["diverged_at"].isna(),
        "At its onset separation's share is clearly above the untrained start's, at every size.": (
            above["low"] > 0
        ),
        "At the nominal temperature it is clearly above standard's at N = 100 only.": (
            (rise["low"] > 0).equals(pd.Series(rise.index == 100, rise.index, name="low"))
        ),
        "There no null has a prototype that counts as expelled.": (
            guesses.loc[guesses["n"] == 100, "expelled_fraction"].max() == 0
        ),
        "Every mask and size has an onset within the sweep.": (
            onset.notna().all() and (onset > TAUS[0]).all()
        ),
        "C8: at N = 10 and 30 the onset of S is above the nominal temperature.": (
            onset["S"][[10, 30]] > 5 * nominal
        ),
        "At N = 100 it is the nominal temperature.": onset["S", 100] == nominal,
        "The onset falls as N grows.": onset.unstack("n").diff(axis=1).iloc[:, 1:].lt(0),
        "Coverage delays it at every size.": delay > 1,
        "In squared spacings the three sizes nearly agree.": spread < 2 < fold,
        "Beyond 1 fewer prototypes leave.": share.loc[TAUS[-1]] < share.loc[1.0],
        "And the error still grows.": all(
            error[n, TAUS[-1]] > error[n, 1.0] for n in share.columns
        ),
    }
    return said, statements
