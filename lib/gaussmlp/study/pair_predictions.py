"""Predictions of one-to-one coverage: what we expected on seeds 300 to 329, before any run on them.

They are ours, not the abstract's, and rest on what seeds 0 to 9 and 100 to 129 show, which had been
looked at. They are judged by the rules of the claims. This file was committed before a run of any
mask on seeds 300 to 329, and is not changed after it; the history shows that.

Masks are those of the reading in which coverage is one-to-one. ``C random`` and ``CS random`` pair
at random; nulls are as everywhere.
"""

from gaussmlp.draws import NULLS
from gaussmlp.study.claims import Claim, Question
from gaussmlp.study.thresholds import FIT_MARGIN, RESTORED

FAR_BELOW = 0.03
"""An error is far below that of evenly spaced points if it is lower by more than this (B1)."""

NEARLY_ALL = 0.6
"""Nearly all prototypes have a sample if the share is above a null's by more than this (B1)."""

TELLS = 0.4
"""Nearly all members are told if the AUC is above chance by more than this (B2)."""

AT_CHANCE = 0.1
"""An AUC is that of chance if it differs by less than this (B4, B5)."""

AS_GOOD = 0.02
"""Two errors are alike if they differ by less than this, a hundredth of the domain (B6)."""

WORSE = 0.05
"""An error is worse if it is higher by more than this (B7)."""

HALF_A_DECADE = 0.5
"""An error between samples is worse if its logarithm is higher by more than this (B9)."""

_FROM_10 = (10, 20, 50, 100)

PREDICTIONS = (
    Claim(
        "B1",
        "One-to-one coverage puts a prototype on nearly every sample.",
        f"At every size the mean error of C is more than {FAR_BELOW:g} below that of evenly spaced "
        f"points, and its mean precision more than {NEARLY_ALL:g} above that of each null.",
        "It trains on the square of the error. Evenly spaced points have 0.06 at N = 100.",
        "pairing",
        (
            Question("reconstruction_error", (("C", "evenly spaced"),), "below", -FAR_BELOW),
            Question("precision", tuple(("C", null) for null in NULLS), "above", NEARLY_ALL),
        ),
    ),
    Claim(
        "B2",
        "So the weights tell nearly every training input from others.",
        f"From N = 10 on the mean AUC of C is more than {TELLS:g} above that of points at chance.",
        "0.5 would be all; small sizes scatter.",
        "pairing",
        (Question("auc", (("C", "chance"),), "above", TELLS, sizes=_FROM_10),),
    ),
    Claim(
        "B3",
        "It compensates overlap at equal weight, by error and by expelled share.",
        "At every size the mean error of OC is below that of evenly spaced points, and its mean "
        f"expelled share less than {RESTORED:g} above the baseline's.",
        "Soft-minimum coverage does neither at equal weight.",
        "pairing",
        (
            Question("reconstruction_error", (("OC", "evenly spaced"),), "below"),
            Question("expelled_fraction", (("OC", "standard"),), "below", RESTORED),
        ),
    ),
    Claim(
        "B4",
        "But what it gives away is lost with overlap where samples are close.",
        "At N = 50 and 100 the mean AUC of OC differs from that of points at chance by less than "
        f"{AT_CHANCE:g}.",
        "An error of 0.02 is more than a tenth of the spacing there, and moves with the density.",
        "pairing",
        (Question("auc", (("OC", "chance"),), "within", AT_CHANCE, sizes=(50, 100)),),
    ),
    Claim(
        "B5",
        "It compensates separation by error, and at N = 100 not by what it gives away.",
        "At every size the mean error of CS is below that of evenly spaced points; at N = 100 its "
        f"mean AUC differs from that of points at chance by less than {AT_CHANCE:g}.",
        "Neighbours push each other apart within about 0.01, half the spacing at N = 100.",
        "pairing",
        (
            Question("reconstruction_error", (("CS", "evenly spaced"),), "below"),
            Question("auc", (("CS", "chance"),), "within", AT_CHANCE, sizes=(100,)),
        ),
    ),
    Claim(
        "B6",
        "What counts is that there is a pairing, not that it is the best one.",
        "At every size the mean error of C random differs from that of C by less than "
        f"{AS_GOOD:g}.",
        "Every prototype has a sample of its own under both.",
        "pairing",
        (Question("reconstruction_error", (("C random", "C"),), "within", AS_GOOD),),
    ),
    Claim(
        "B7",
        "Beside a repulsion it counts: prototypes that must cross push each other back.",
        f"At every size the mean error of CS random is more than {WORSE:g} above that of CS.",
        "Separation is a wall between two prototypes that would have to pass one another.",
        "pairing",
        (Question("reconstruction_error", (("CS random", "CS"),), "above", WORSE),),
    ),
    Claim(
        "B8",
        "It costs no fit.",
        "From N = 10 on the mean share of the target's variance explained by C differs from that "
        f"of standard by less than {FIT_MARGIN:g}.",
        "Output weights and widths are free to fit. The margin is that of C5.",
        "pairing",
        (Question("explained", (("C", "standard"),), "within", FIT_MARGIN, sizes=_FROM_10),),
    ),
    Claim(
        "B9",
        "It costs fit between the samples.",
        "At N = 50 and 100 the mean decimal logarithm of the squared error between the samples is "
        f"more than {HALF_A_DECADE:g} higher for C than for standard.",
        "Means of the error itself hang on few runs; logarithms weigh all runs.",
        "pairing",
        (Question("between", (("C", "standard"),), "above", HALF_A_DECADE, sizes=(50, 100)),),
    ),
)
"""The predictions, in order."""
