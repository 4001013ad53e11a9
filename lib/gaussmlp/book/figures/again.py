"""The figure of the claims on fresh seeds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from gaussmlp.book.axes import bars
from gaussmlp.book.style import BLUE, INK, RED, figure


@figure
def nominal_and_fresh(nominal, fresh):
    """Draw each mean paired difference on fresh seeds over the same one on the nominal seeds.

    One panel per measure; the comparisons that C1 to C7 make on the grid, each once.

    Parameters
    ----------
    nominal, fresh : sequence of Verdict
    """
    names = {
        "reconstruction_error": "reconstruction error",
        "specialization_ratio": "specialization ratio",
        "expelled_fraction": "expelled share",
    }
    drawing, panels = plt.subplots(1, len(names), figsize=(7.4, 2.9))
    for axes, (measure, title) in zip(panels, names.items(), strict=True):
        one, two = (_differences(verdicts, measure) for verdicts in (nominal, fresh))
        same = np.sign(one["mean"]) == np.sign(two["mean"])
        for rows, color, marker, ms in ((same, BLUE, "o", 4), (~same, RED, "X", 7)):
            look = dict(fmt=marker, color=color, ms=ms, mew=0, elinewidth=0.4, alpha=0.75)
            bars(axes, one[rows], two[rows], **look)
        axes.axhline(0, color=INK, linewidth=0.9)
        axes.axvline(0, color=INK, linewidth=0.9)
        means = pd.concat([one["mean"], two["mean"]])
        diagonal = np.linspace(means.min(), means.max(), 501)
        axes.plot(diagonal, diagonal, color=INK, linewidth=0.6, linestyle=":")
        if measure == "reconstruction_error":
            axes.set_xscale("symlog", linthresh=0.05)
            axes.set_yscale("symlog", linthresh=0.05)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_ticks([-1, -0.1, 0, 0.1, 1], ["−1", "−0.1", "0", "0.1", "1"])
                axis.set_ticks([], minor=True)
        axes.set(title=title, xlabel="nominal seeds")
    panels[0].set_ylabel("fresh seeds")
    return drawing


def _differences(verdicts, measure):
    tables = [v.comparisons for v in verdicts if v.claim.id in ("C1", "C2", "C3", "C4", "C6", "C7")]
    rows = [t[t["measure"] == measure].set_index(["mask", "baseline", "n"]) for t in tables]
    table = pd.concat(rows)
    return table[~table.index.duplicated()].sort_index()
