"""The chapter on losses that the paper does not have."""

import pandas as pd

from gaussmlp.draws import NULLS
from gaussmlp.protocol import Protocol
from gaussmlp.study.expulsion import moved_in
from gaussmlp.study.facts import listed
from gaussmlp.study.readings import NOMINAL, Reading, run_readings
from gaussmlp.study.recovery import null_runs
from gaussmlp.study.tables import by_mask_and_size
from gaussmlp.study.thresholds import RESTORED

_COLUMNS = {
    "reconstruction_error": "error",
    "moved_in": "error, moved in",
    "specialization_ratio": "specialization ratio",
    "expelled_fraction": "expelled share",
    "precision": "precision",
    "recall": "recall",
    "auc": "AUC",
}

# the masks that a reading changes, and those that they are compared with
_SHOWN = {
    "nominal": ("standard", "C", "S", "CS"),
    "two-sided": ("C", "CS"),
    "Coulomb": ("S", "CS"),
    "weak Coulomb": ("S", "CS"),
}


def own_readings(two_sided, coulomb):
    """Return the readings of the chapter, the nominal one first, with two formulas of one's own."""
    strong = {"formulas.separation": coulomb}
    return [
        NOMINAL,
        Reading("two-sided", {"formulas.coverage": two_sided}, "prototypes need samples too"),
        Reading("Coulomb", strong, "the repulsion of physics"),
        Reading("weak Coulomb", strong | {"lam.separation": 1e-3}, "the same, gently"),
    ]


def measured(two_sided, coulomb):
    """Run `own_readings`, and the nulls: two frames.

    Both have a column ``moved_in``: the reconstruction error with prototypes outside the domain
    moved to its nearer end. Nulls lie in the domain.
    """
    made = own_readings(two_sided, coulomb)
    parts = {one.id: moved_in(one.protocol) for one in made}
    near = pd.concat(parts, names=["reading"]).reset_index("reading")
    key = ["reading", "mask", "n", "seed"]
    near = near.rename(columns={"error": "moved_in"})
    nulls = null_runs(Protocol())
    return (
        run_readings(made).merge(near, on=key, validate="one_to_one"),
        nulls.assign(moved_in=nulls["reconstruction_error"]),
    )


def compared(frame, nulls):
    """Return means over all sizes and seeds of what the readings change, and of the nulls.

    Index (reading, mask), columns are measures in words.
    """
    both = pd.concat([frame, nulls.assign(reading="null")])
    means = both.groupby(["reading", "mask"])[[*_COLUMNS]].mean()
    rows = [(reading, mask) for reading, masks in _SHOWN.items() for mask in masks]
    table = means.loc[[*rows, *(("null", name) for name in NULLS)]]
    return table.rename(columns=_COLUMNS).rename_axis([None, None])


def facts(frame, nulls, verdicts):
    """Return both from frames as of `measured`, and verdicts as of `judge_readings`."""
    table = compared(frame, nulls)
    share, precision, auc = (table[name] for name in ("expelled share", "precision", "AUC"))
    raw, within, by_size = (
        {
            name: by_mask_and_size(part, measure)
            for name, part in frame.groupby("reading", sort=False)
        }
        for measure in ("reconstruction_error", "moved_in", "expelled_fraction")
    )
    at = {name: {v.claim.id: v.verdict for v in judged} for name, judged in verdicts.items()}
    base = {"share": by_size["nominal"].loc["standard"], "near": within["nominal"]}
    both = ["Coulomb", "weak Coulomb"]
    held = by_size["weak Coulomb"].loc["CS"] - base["share"] < RESTORED
    tidy = within["weak Coulomb"].loc["CS"] < base["near"].loc["C"]
    thrown = raw["weak Coulomb"].loc["CS"]
    guessed = precision["null"].max()
    said = {
        "nominal": f"{share['nominal', 'C']:.1%}",
        "Coulomb": f"{share['Coulomb', 'S']:.0%}",
        "Coulomb with coverage": f"{share['Coulomb', 'CS']:.0%}",
        "weak Coulomb": f"{share['weak Coulomb', 'S']:.0%}",
        "weak Coulomb with coverage": f"{share['weak Coulomb', 'CS']:.0%}",
        "fit alone": f"{share['nominal', 'standard']:.0%}",
        "start": f"{share['null', 'untrained']:.0%}",
        "two-sided precision": f"{precision['two-sided', 'C']:.2f}",
        "two-sided recall": f"{table['recall']['two-sided', 'C']:.2f}",
        "nominal precision": f"{precision['nominal', 'C']:.2f}",
        "best null precision": f"{guessed:.2f}",
        "weak held": listed(held),
        "weak not held": listed(~held),
        "weak at 100": f"{by_size['weak Coulomb'].at['CS', 100]:.0%}",
        "standard at 100": f"{base['share'][100]:.0%}",
        "least thrown": f"{thrown.min():,.0f}",
        "most thrown": f"{thrown.max():,.0f}",
        "weak near": f"{table['error, moved in']['weak Coulomb', 'CS']:.2f}",
        "nominal near": f"{table['error, moved in']['nominal', 'C']:.2f}",
        "even near": f"{table['error, moved in']['null', 'evenly spaced']:.2f}",
        "tidy": listed(tidy),
    }
    statements = {
        "Two-sided coverage alone expels less than 0.1%, the nominal one more.": (
            share["two-sided", "C"] < 0.001 < share["nominal", "C"]
        ),
        "Its prototypes give more away than those of the nominal one, and these than the nulls.": (
            precision["two-sided", "C"] > precision["nominal", "C"] + 0.1 > guessed + 0.3
            and auc["two-sided", "C"] > auc["nominal", "C"]
        ),
        "Without coverage both Coulomb repulsions raise share and error at every size.": all(
            (measure[name].loc["S"] > measure["nominal"].loc["standard"]).all()
            for measure in (raw, within, by_size)
            for name in both
        ),
        "They throw prototypes out that started inside.": (
            min(share[name, "S"] for name in both) > share["null", "untrained"] + 0.2
        ),
        "Coverage of equal weight does not hold the Coulomb repulsion.": (
            share["Coulomb", "CS"] > 0.5
        ),
        "It holds most of the weak one, which expels most prototypes without it.": (
            share["weak Coulomb", "CS"] < 0.2 < 0.5 < share["weak Coulomb", "S"]
        ),
        "By the mark of P it is held at all sizes but the largest.": (
            listed(~held) == str(held.index.max())
        ),
        "Its error stays far above the baseline's.": thrown > 100 * raw["nominal"].loc["standard"],
        "Moved in it is below that of coverage alone, but at N = 100.": (
            listed(~tidy) == str(tidy.index.max())
        ),
        "C2 and C7 hold under two-sided coverage.": (
            at["two-sided"]["C2"] == at["two-sided"]["C7"] == "holds"
        ),
        "No run diverged.": frame["diverged_at"].isna(),
    }
    return said, statements
