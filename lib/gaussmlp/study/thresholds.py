"""The thresholds of the ledger. Those of the stricter tests were set with results known."""

from gaussmlp.protocol import Tau

FIT_MARGIN = 0.01
"""Two masks fit alike if the shares of variance that they explain differ by less than this (C5)."""

RESTORED = 0.05
"""Expulsion is undone where the expelled share is less than this above the baseline's (P)."""

ERROR_RESTORED = 0.02
"""The error is undone where it is less than this above the baseline's: a hundredth of the domain's
length (P*)."""

SILENT = 0.01
"""A neuron is silent if it responds to no sample by more than this (C6*)."""

ONSET_RISE = 0.1
"""Expulsion has set in where the expelled share rises by more than this (C8, C9)."""

LARGE_TAU = Tau().separation
"""A temperature is large if it is above the nominal one (C8)."""

TIE = 1e-9
"""Means closer than this are equal: shares are multiples of 1/N, and rounding must not decide."""
