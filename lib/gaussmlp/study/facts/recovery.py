"""The chapter on what can be read off the weights."""

import numpy as np
import pandas as pd

from gaussmlp.metrics import WITHIN
from gaussmlp.protocol import MASKS
from gaussmlp.study.facts import at
from gaussmlp.study.recovery import FALSE, NULLS, POOLED
from gaussmlp.study.tables import intervals, paired_differences
from gaussmlp.study.thresholds import TIE


def facts(frame, curves, found, order, parts):
    """Return both.

    `frame` has the nominal runs and nulls; the rest is of `rates`, `true_positives`, and, for
    coverage, `trusted` and `error_parts`.
    """
    nulls, largest = list(NULLS), max(POOLED)
    tables = [intervals(frame, name).unstack("n") for name in ("precision", "recall", "auc")]
    precision, recall, auc = (table["mean"] for table in tables)
    highest = precision.loc[nulls].max()
    known = auc[[*POOLED]]
    few = {name: found.xs(FALSE, level="level")[name].unstack("n") for name in found}
    fine = curves["mean"].xs(0.001, level="tolerance").loc["precision"].unstack("n")
    behind = paired_differences(frame, "reconstruction_error", "chance")
    behind = intervals(behind, "difference").loc["C"]
    fifth = {n: order.xs((n, n // 5), level=("n", "best")) for n in order.index.unique("n")}
    above, below = (
        pd.DataFrame({n: rule(rows) for n, rows in fifth.items()})
        for rule in (
            lambda rows: rows["mean"] > rows.loc["random order", "high"],
            lambda rows: rows["mean"] < rows.loc["random order", "low"],
        )
    )
    stays = (parts.loc["moved to a sample"] / parts.loc["error"])[[*POOLED]]
    off, small = parts[largest], auc.loc[nulls, [3, 5]]
    said = {
        "C, lowest precision": f"{precision.loc['C'].min():.2f}",
        "C, highest precision": f"{precision.loc['C'].max():.2f}",
        "nulls, lowest precision": f"{precision.loc[nulls].min(axis=None):.2f}",
        "nulls, highest precision": f"{precision.loc[nulls].max(axis=None):.2f}",
        "standard, lowest precision": f"{precision.loc['standard'].min():.2f}",
        "standard, highest precision": f"{precision.loc['standard'].max():.2f}",
        "in the long run": f"{1 - np.exp(-2 * WITHIN):.2f}",
        "C, precision at 100": f"{precision.loc['C', largest]:.2f}",
        "C, recall at 100": f"{recall.loc['C', largest]:.2f}",
        "C, a thousandth at 10": f"{fine.loc['C', 10]:.2f}",
        "C, a thousandth at 100": f"{fine.loc['C', largest]:.2f}",
        "nulls, a thousandth": f"{fine.loc[nulls].max(axis=None):.2f}",
        "CS, precision at 50": f"{precision.loc['CS', 50]:.2f}",
        "CS, precision at 100": f"{precision.loc['CS', largest]:.2f}",
        "C, lowest AUC": f"{auc.loc['C'].min():.2f}",
        "C, highest AUC": f"{auc.loc['C'].max():.2f}",
        "standard, lowest AUC": f"{known.loc['standard'].min():.2f}",
        "standard, highest AUC": f"{known.loc['standard'].max():.2f}",
        "O, lowest AUC": f"{known.loc['O'].min():.2f}",
        "O, highest AUC": f"{known.loc['O'].max():.2f}",
        "standard, highest AUC when small": f"{auc.loc['standard', [3, 5]].max():.2f}",
        "nulls, lowest AUC when small": f"{small.min(axis=None):.2f}",
        "nulls, highest AUC when small": f"{small.max(axis=None):.2f}",
        "OC, highest AUC": f"{auc.loc['OC'].max():.2f}",
        "OC, AUC at 100": f"{auc.loc['OC', largest]:.2f}",
        "OC, AUC at 20": f"{auc.loc['OC', 20]:.2f}",
        "C, true at 10": f"{few['mean'].loc['C', 10]:.0%}",
        "C, true at 100": f"{few['mean'].loc['C', largest]:.1%}",
        "OC, true at 10": f"{few['mean'].loc['OC', 10]:.0%}",
        "OC, true at 20": f"{few['mean'].loc['OC', 20]:.0%}",
        "OC, true at 100": f"{few['mean'].loc['OC', largest]:.1%}",
        "nulls, true": f"{few['mean'].loc[nulls].max(axis=None):.1%}",
        "weight misleads": at(below.loc["largest output weight"]),
        "narrow helps": at(above.loc["narrowest"]),
        "heaviest fifth at 100": f"{fifth[largest].loc['largest output weight', 'mean']:.2f}",
        "narrowest fifth at 100": f"{fifth[largest].loc['narrowest', 'mean']:.2f}",
        "C, error at 100": f"{off['error']:.3f}",
        "C, on samples at 100": f"{off['moved to a sample']:.3f}",
        "chance, error at 100": f"{off['chance']:.3f}",
        "C behind chance": at(behind["mean"] > 0),
        "C clearly ahead of chance": at(behind["high"] < 0),
        "least that stays": f"{stays.min():.0%}",
    }
    statements = {
        "There are 480 runs, and none diverged.": (
            len(frame[frame["mask"].isin(MASKS)]) == 480 and frame["diverged_at"].isna().all()
        ),
        "Coverage's precision, recall and AUC are above every null at every size,": all(
            (table["mean"].loc["C"] > table["mean"].loc[nulls]).all(axis=None) for table in tables
        ),
        "and from N = 10 on its intervals are above theirs.": all(
            (table["low"].loc["C"] > table["high"].loc[nulls])[[*POOLED]].all(axis=None)
            for table in tables
        ),
        "The fit alone has at no size a higher precision than its own start.": (
            precision.loc["standard"] <= precision.loc["untrained"] + TIE
        ),
        "From N = 10 on its AUC and that of overlap alone are within 0.06 of 0.5.": (
            (known.loc[["standard", "O"]] - 0.5).abs() <= 0.06
        ),
        "From N = 10 on overlap alone has a lower precision than every null.": (
            precision.loc["O", [*POOLED]] < precision.loc[nulls, [*POOLED]]
        ),
        "At N = 10 coverage with overlap has a higher precision than every null.": (
            precision.loc["OC", 10] > highest[10]
        ),
        "From N = 10 on coverage with overlap has a higher AUC than every null,": (
            known.loc["OC"] > known.loc[nulls]
        ),
        "and at N = 50 and 100 no higher precision than the highest one.": (
            precision.loc["OC", [50, 100]] <= highest[[50, 100]]
        ),
        "Its AUC is highest at N = 5, and lower from N = 10 on.": (
            auc.loc["OC"].idxmax() == 5 and (known.loc["OC"] < auc.loc["OC", 5]).all()
        ),
        "At N = 100 separation takes from coverage what it has over the nulls' precision.": (
            precision.loc["CS", largest] <= highest[largest]
            and (precision.loc["CS"] > highest)[precision.columns < largest].all()
        ),
        "At N = 100 coverage finds fewer samples than it has prototypes on samples.": (
            recall.loc["C", largest] < precision.loc["C", largest]
        ),
        "At 1% false positives coverage finds more members than every null, at every size,": (
            few["low"].loc["C"] > few["high"].loc[nulls]
        ),
        "and fewer, the larger the size.": few["mean"].loc["C"].is_monotonic_decreasing,
        "There coverage with overlap is at no size clear of the nulls.": (
            few["low"].loc["OC"] <= few["high"].loc[nulls].max()
        ),
        "No mask without coverage is clear of them at any size.": (
            few["low"].loc[["standard", "S", "O", "OS"]] <= few["high"].loc[nulls].max()
        ),
        "The fifth with the largest output weights does worse than random orders at some sizes,": (
            below.loc["largest output weight"].any()
        ),
        "and better at none.": not above.loc["largest output weight"].any(),
        "The narrowest fifth does better than random orders at some sizes, and worse at none.": (
            above.loc["narrowest"].any() and not below.loc["narrowest"].any()
        ),
        "Both together do better only where the narrowest do.": (
            above.loc["both"] <= above.loc["narrowest"]
        ),
        "Coverage's mean error at N = 100 is above that of chance.": behind["mean"][largest] > 0,
        "It stays above chance's with every prototype moved to the nearest sample.": (
            off["moved to a sample"] > off["chance"]
        ),
        "From N = 10 on at least four fifths of the error stay after that.": stays > 0.8,
    }
    return said, statements


def elsewhere(found):
    """Return what the chapter says of the network that was trained elsewhere, `recovered`."""
    rows = found.measures
    low, high = rows.loc["chance, lowest"], rows.loc["chance, highest"]
    inside = (low <= rows.loc["prototypes"]) & (rows.loc["prototypes"] <= high)
    return {"The network trained elsewhere gives away no more than chance can.": inside.all()}
