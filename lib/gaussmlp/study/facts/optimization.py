"""The chapter on the fit."""

import numpy as np

from gaussmlp.model import prototypes, responses
from gaussmlp.study.facts import listed
from gaussmlp.study.tables import by_mask_and_size
from gaussmlp.study.thresholds import FIT_MARGIN

_WITHOUT, _WITH = ["standard", "S", "C", "CS"], ["O", "OS", "OC", "OCS"]


def fit_ratios(frame):
    """Return how many times as large the median fit loss is with overlap as without it."""
    medians = by_mask_and_size(frame, "fit_mse", "median")
    return medians.loc[_WITH].set_axis(_WITHOUT) / medians.loc[_WITHOUT]


def p_values(comparisons):
    """Return the corrected p values of C5's comparisons as text."""
    table = comparisons.pivot(index="baseline", columns="n", values="p_holm").loc[_WITHOUT]
    text = table.map("{:.3f}".format).where(table >= 0.001, "&lt; 0.001")
    return text.rename_axis(columns="N")


def facts(frame, verdicts, poorest):
    """Return both from nominal runs, verdicts on C5 and C5*, and O's run that explains least."""
    plain, strict = verdicts
    comparisons = plain.comparisons
    unexplained = 1 - frame["explained"]
    poor = frame[unexplained > FIT_MARGIN]
    stuck = poor[poor["n"] == 3].set_index("mask")["explained"]
    x, p = poorest.start.x, prototypes(poorest.start.parameters)
    response = responses(x, poorest.parameters.w, poorest.parameters.b).max(axis=1)
    ratios = fit_ratios(frame).loc[:, 10:]
    unsure = (comparisons.set_index(["baseline", "n"])["p_holm"] >= 0.05).unstack("n")
    large = comparisons[comparisons["n"] >= 10]
    closest = comparisons.loc[comparisons["margin"].idxmin()]
    ends = comparisons[["low", "high"]].abs().max(axis=1)
    sure = (comparisons["p_holm"] < 0.05) & (ends < FIT_MARGIN)
    said = {
        "margin": f"{FIT_MARGIN:g}",
        "least ratio": f"{ratios.min().min():.1f}",
        "most ratio": f"{ratios.max().max():.0f}",
        "largest": f"{large['mean'].abs().max():.1g}",
        "below a thousandth": f"{(unexplained < 1e-3).sum()}",
        "start": ", ".join(f"{value:.2f}".replace("-", "−") for value in np.sort(p)),
        "first sample": f"{x.min():.2f}".replace("-", "−"),
        "unsure, standard": listed(unsure.loc["standard"]),
        "unsure, S": listed(unsure.loc["S"]),
        "shown": f"{sure.sum()}",
        "percentile end": f"{closest['percentile_low']:.2g}".replace("-", "−"),
        "C5": plain.text,
        "C5*": strict.text,
        "closest N": f"{closest['n']}",
        "closest": f"{closest['mean']:.2g}".replace("-", "−"),
    }
    statements = {
        "There are 480 runs.": len(frame) == 480,
        "Four leave more than a hundredth of the variance unexplained.": len(poor) == 4,
        "C5: overlap changes every mean explained share by less than a hundredth.": (
            comparisons["mean"].abs() < FIT_MARGIN
        ),
        "The closest call is overlap added to standard.": closest["baseline"] == "standard",
        "Equivalence is shown for all pairs from N = 10 on.": sure[large.index],
        "Where the t tests do not show it, one run of ten is beyond the margin.": (
            comparisons.loc[comparisons["p_holm"] >= 0.05, "wins"] == 9
        ),
        "At the closest call, the percentile interval leaves the margin.": (
            closest["percentile_low"] < -FIT_MARGIN
        ),
        "It is shown at every size where coverage is on.": not unsure.loc[["C", "CS"]].any().any(),
        "The median fit loss is larger with overlap from N = 10 on.": ratios > 1,
        "The prototypes of the poorest run start left of all samples.": p.max() < x.min(),
        "In the end its leftmost sample has a response.": response[x.argmin()] > 0.1,
        "The other two have none.": np.delete(response, x.argmin()) < 1e-3,
        "Separation without overlap ends with the same share.": abs(stuck["S"] - stuck["O"]) < 1e-3,
    }
    return said, statements
