"""The chapter on the specialization ratio."""

from gaussmlp.study.facts import listed
from gaussmlp.study.tables import by_mask_and_size, intervals, paired_differences
from gaussmlp.study.thresholds import TIE


def facts(frame, correlations):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    frame : DataFrame of the nominal runs
    correlations : DataFrame of the ratio and the error, as from `rank_correlations`

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    means = by_mask_and_size(frame, "specialization_ratio")
    smallest, largest = means.columns.min(), means.columns.max()
    differences = paired_differences(frame, "specialization_ratio")
    rows = intervals(differences, "difference")
    change, low = rows["mean"].unstack("n"), rows["low"].unstack("n")
    typical = by_mask_and_size(differences, "difference", "median").loc["C"]
    perfect = frame[frame["reconstruction_error"] < 0.01]
    full = frame[frame["specialization_ratio"] > 1 - TIE]
    ties = differences[differences["n"] == smallest].set_index("mask")["difference"].abs() < TIE
    fall = means[smallest] - means[largest]
    said = {
        "standard at 100": f"{means.loc['standard', largest]:.2f}",
        "C at 100": f"{means.loc['C', largest]:.2f}",
        "O at 100": f"{means.loc['O', largest]:.2f}",
        "C clear": listed(low.loc["C"] > TIE),
        "C typical": listed(typical < TIE),
        "correlation": f"{correlations.loc[('all masks', 'all'), 'rho']:.2f}".replace("-", "−"),
    }
    statements = {
        "C2: coverage raises the mean ratio at every size.": (change.loc["C"] > TIE).all(),
        "At some sizes its median change is 0.": (typical < TIE).any(),
        "At the smallest size most pairs tie.": ties.loc[["S", "C", "CS", "O"]].mean() > 0.5,
        "Overlap lowers the mean ratio at every size.": (change.loc["O"] < -TIE).all(),
        "Coverage's ratio changes least from the smallest size to the largest.": (
            fall.abs().idxmin() == "C"
        ),
        "Those of overlap without coverage fall most.": (
            set(fall.nlargest(2).index) == {"O", "OS"}
        ),
        "A higher ratio goes with a lower error, in every set and at every size.": (
            correlations["high"] < 0
        ).all(),
        "The ratio is 1 in all runs whose error is nearly 0.": perfect.index.isin(full.index).all(),
        "It is 1 in some runs whose error is not small.": (
            full["reconstruction_error"] > 0.1
        ).any(),
    }
    return said, statements
