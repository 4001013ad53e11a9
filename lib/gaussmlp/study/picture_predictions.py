"""Predictions of what pictures give away, before any run on their seeds, 300 to 309.

They are ours, not the abstract's, and rest on seeds 0 to 9, which had been looked at. They are
judged by the rules of the claims. This file was committed before a run of any kind on seeds 300 to
309 of these data, and is not changed after it; the history shows that.

Masks are those of `gaussmlp.study.pictures.KINDS`: ``C`` is coverage as a soft minimum, and the
other two have their formula behind the letter. AUCs are within classes.
"""

from gaussmlp.study.claims import Claim, Question

FEW = 0.02
"""None are recovered if the share differs from 0 by less than this (D1)."""

ALL = 0.95
"""All are recovered if the share is above 0 by more than this (D2)."""

FAR = 0.2
"""A share is far above another if it is higher by more than this (D3, D8)."""

LEAKS = 0.1
"""Members are told if the AUC is above that of the untrained start by more than this (D4)."""

SAME = 1e-6
"""Two masks are the same if their measures differ by less than this (D6)."""

IN_BULK = 0.1
"""Coordinates leave in bulk if their share outside the box rises by more than this (D7)."""

TOLD = 0.25
"""On the square members are told if the AUC is above the start's by more than this (D10)."""

NOT_TOLD = 0.15
"""And they are not if it differs from that of held-out points by less than this (D10)."""

_KNOWING = ("training mean", "held out", "centres")

DIGITS = (
    Claim(
        "D1",
        "The fit alone gives no digit away as a picture.",
        f"The mean share recovered by standard is below {FEW:g}.",
        "The training mean, which recovers none, stands for 0.",
        "pictures",
        (Question("recovered", (("standard", "training mean"),), "within", FEW),),
    ),
    Claim(
        "D2",
        "One-to-one coverage gives all of them away.",
        f"The mean share recovered is above {ALL:g}.",
        "It pairs each digit with a prototype and pulls them together, by design.",
        "pictures",
        (Question("recovered", (("C one-to-one", "training mean"),), "above", ALL),),
    ),
    Claim(
        "D3",
        "Soft-minimum coverage gives some away, two-sided coverage far more.",
        "The mean share recovered by C is above that of each null, and that of the two-sided one "
        f"more than {FAR:g} above that of C.",
        "In 64 dimensions few prototypes are nearest to any sample at the start, and only these "
        "are pulled.",
        "pictures",
        (
            Question("recovered", tuple(("C", null) for null in _KNOWING), "above"),
            Question("recovered", (("C two-sided", "C"),), "above", FAR),
        ),
    ),
    Claim(
        "D4",
        "The fit alone leaks which digits it was trained on.",
        f"The mean AUC of standard is more than {LEAKS:g} above that of the untrained start.",
        "The gradient of the fit moves prototypes along the samples.",
        "pictures",
        (Question("auc", (("standard", "untrained"),), "above", LEAKS),),
    ),
    Claim(
        "D5",
        "With overlap it leaks more.",
        "The mean AUC of O is above that of standard.",
        "Only the sign is claimed.",
        "pictures",
        (Question("auc", (("O", "standard"),), "above"),),
    ),
    Claim(
        "D6",
        "Separation does nothing.",
        f"The mean AUC and mean error of S differ from those of standard by less than {SAME:g}.",
        "In 64 dimensions no two prototypes are within the range of the force.",
        "pictures",
        tuple(
            Question(measure, (("S", "standard"),), "within", SAME) for measure in ("auc", "error")
        ),
    ),
    Claim(
        "D7",
        "Overlap moves coordinates out of the box, and not in bulk.",
        "The mean share of coordinates outside the box is higher under O than under standard, by "
        f"less than {IN_BULK:g}.",
        "Bumps in 64 dimensions hardly overlap, so there is little to push.",
        "pictures",
        (
            Question("outside", (("O", "standard"),), "above"),
            Question("outside", (("O", "standard"),), "below", IN_BULK),
        ),
    ),
)
"""Those on the digits, in order."""

SQUARE = (
    Claim(
        "D8",
        "On the square overlap expels.",
        f"The mean share outside the hull is more than {FAR:g} higher under O than under standard.",
        "As in one dimension.",
        "pictures",
        (Question("outside", (("O", "standard"),), "above", FAR),),
    ),
    Claim(
        "D9",
        "There coverage lowers the error.",
        "The mean error of C, clipped, is below that of standard and of the untrained start.",
        "As in one dimension.",
        "pictures",
        (Question("error_clipped", (("C", "standard"), ("C", "untrained")), "below"),),
    ),
    Claim(
        "D10",
        "There coverage tells members, and the fit alone does not.",
        f"The mean AUC of C is more than {TOLD:g} above that of the untrained start; that of "
        f"standard differs from that of held-out points by less than {NOT_TOLD:g}.",
        "As in one dimension. What leaks at d = 64 is not there at d = 2.",
        "pictures",
        (
            Question("auc", (("C", "untrained"),), "above", TOLD),
            Question("auc", (("standard", "held out"),), "within", NOT_TOLD),
        ),
    ),
)
"""Those on the square, in order."""
