"""The chapter on losses that the paper does not have."""

from gaussmlp.study.readings import NOMINAL, Reading


def own_readings(two_sided, coulomb):
    """Return the readings of the chapter, the nominal one first.

    Parameters
    ----------
    two_sided, coulomb : formulas of coverage and of separation, as from `in_prototypes`

    Returns
    -------
    list of Reading
    """
    strong = {"formulas.separation": coulomb}
    return [
        NOMINAL,
        Reading("two-sided", {"formulas.coverage": two_sided}, "prototypes need samples too"),
        Reading("Coulomb", strong, "the repulsion of physics"),
        Reading("weak Coulomb", strong | {"lam.separation": 1e-3}, "the same, gently"),
    ]


def facts(frame, verdicts):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    frame : DataFrame of the runs of `own_readings`
    verdicts : mapping of str to sequence of Verdict, as from `judge_readings`

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    share = frame.groupby(["reading", "mask"])["expelled_fraction"].mean()
    largest = frame[frame["n"] == 100].groupby(["reading", "mask"])["reconstruction_error"].mean()
    at = {name: {v.claim.id: v.verdict for v in judged} for name, judged in verdicts.items()}
    said = {
        "nominal": f"{share['nominal', 'C']:.1%}",
        "Coulomb": f"{share['Coulomb', 'S']:.0%}",
        "Coulomb with coverage": f"{share['Coulomb', 'CS']:.0%}",
        "weak Coulomb": f"{share['weak Coulomb', 'S']:.0%}",
        "weak Coulomb with coverage": f"{share['weak Coulomb', 'CS']:.0%}",
        "thrown": f"{largest['Coulomb', 'S']:,.0f}",
    }
    statements = {
        "Two-sided coverage alone expels less than 0.1%, the nominal one more.": (
            share["two-sided", "C"] < 0.001 < share["nominal", "C"]
        ),
        "Coverage of equal weight does not hold the Coulomb repulsion.": (
            share["Coulomb", "CS"] > 0.5
        ),
        "It holds the weak one, which expels most prototypes without it.": (
            share["weak Coulomb", "CS"] < 0.5 < share["weak Coulomb", "S"]
        ),
        "C2 and C7 hold under two-sided coverage.": (
            at["two-sided"]["C2"] == at["two-sided"]["C7"] == "holds"
        ),
        "No run diverged.": frame["diverged_at"].isna().all(),
    }
    return said, statements
