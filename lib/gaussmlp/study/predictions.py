"""Predictions: what we expected of runs that nobody had seen, before any of them was made.

They are about seeds 200 to 229 under the nominal protocol, and they are ours, not the abstract's.
They rest on what seeds 0 to 9 and 100 to 129 show. This file was committed before a run on the new
seeds, and is not changed after it: the chapter on fresh seeds shows that from the history.

They are claims like those of the abstract, judged by the same rules. Most begin at N = 10, since
thirty seeds of three or five samples scatter too much.
"""

from gaussmlp.draws import NULLS
from gaussmlp.study.claims import Claim, Question

AT_CHANCE = 0.1
"""An AUC or a precision is that of chance if it differs by less than this (A1, A2, A6)."""

TELLS = 0.2
"""An AUC tells members from non-members if it is above chance by more than this (A3)."""

NAMES = 0.25
"""Prototypes name samples if their precision is above a null's by more than this (A5)."""

LEFT_OVER = 0.05
"""Some of an AUC is left if it is above chance by more than this (A4)."""

_FROM_10 = (10, 20, 50, 100)

PREDICTIONS = (
    Claim(
        "A1",
        "The fit alone does not tell the training inputs from others.",
        "From N = 10 on, the mean AUC of standard differs from that of points at chance by less "
        f"than {AT_CHANCE:g}.",
        "Close to chance needs a margin; an AUC of 0.6 is little use to an attacker.",
        "recovery",
        (Question("auc", (("standard", "chance"),), "within", AT_CHANCE, sizes=_FROM_10),),
    ),
    Claim(
        "A2",
        "Overlap alone does not either.",
        "From N = 10 on, the mean AUC of O differs from that of points at chance by less than "
        f"{AT_CHANCE:g}.",
        "The same margin as for the fit alone.",
        "recovery",
        (Question("auc", (("O", "chance"),), "within", AT_CHANCE, sizes=_FROM_10),),
    ),
    Claim(
        "A3",
        "Coverage tells the training inputs from others.",
        "From N = 10 on, the mean AUC of C is above that of points at chance by more than "
        f"{TELLS:g}.",
        "About 0.3 is what the seeds show that had been seen; two thirds of it should come again.",
        "recovery",
        (Question("auc", (("C", "chance"),), "above", TELLS, sizes=_FROM_10),),
    ),
    Claim(
        "A4",
        "Overlap hides part of what coverage tells, and not all of it.",
        "At N = 20, 50 and 100 the mean AUC of OC is below that of C; from N = 10 on it is above "
        f"that of points at chance by more than {LEFT_OVER:g}.",
        "Overlap pushes prototypes off the samples on which coverage puts them.",
        "recovery",
        (
            Question("auc", (("OC", "C"),), "below", sizes=(20, 50, 100)),
            Question("auc", (("OC", "chance"),), "above", LEFT_OVER, sizes=_FROM_10),
        ),
    ),
    Claim(
        "A5",
        "With coverage most prototypes name a sample.",
        "From N = 10 on, the mean precision of C is above that of each null by more than "
        f"{NAMES:g}.",
        "The nulls have about a fifth. With a quarter more than that, nearly half are hits.",
        "recovery",
        (
            Question(
                "precision", tuple(("C", null) for null in NULLS), "above", NAMES, sizes=_FROM_10
            ),
        ),
    ),
    Claim(
        "A6",
        "With the fit alone prototypes name no more samples than points at chance.",
        "From N = 10 on, the mean precision of standard differs from that of points at chance by "
        f"less than {AT_CHANCE:g}.",
        "The same margin as for the AUC.",
        "recovery",
        (Question("precision", (("standard", "chance"),), "within", AT_CHANCE, sizes=_FROM_10),),
    ),
    Claim(
        "A7",
        "With overlap alone they name fewer.",
        "From N = 10 on, the mean precision of O is below that of points at chance.",
        "Expelled prototypes have no sample near them. Only the sign is claimed.",
        "recovery",
        (Question("precision", (("O", "chance"),), "below", sizes=_FROM_10),),
    ),
    Claim(
        "A8",
        "The mean error does not see this.",
        "At N = 50 and 100 the mean error of C is above that of points at chance.",
        "Too many prototypes in one region and too few in another make an error that no single "
        "hit takes away.",
        "recovery",
        (Question("reconstruction_error", (("C", "chance"),), "above", sizes=(50, 100)),),
    ),
)
"""The predictions, in order."""
