"""Sweeps move what they say and nothing else, and the onset is found where it was put."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp.experiment import COLUMNS
from gaussmlp.study.sweeps import (
    balance,
    crossings,
    mean_spacing,
    onset,
    phases,
    temperature,
)
from gaussmlp.study.thresholds import ONSET_RISE


def test_only_the_temperature_of_separation_moves():
    frame = temperature(("standard", "S", "C"), (3, 4), (0, 1), taus=(1e-4, 1e-1), cache=False)
    assert tuple(frame.columns) == (*COLUMNS, "tau")
    assert frame["tau"].tolist() == [1e-4] * 12 + [1e-1] * 12
    different = frame.groupby(["mask", "n", "seed"])["digest"].nunique().groupby("mask").unique()
    assert different.to_dict() == {"standard": [1], "S": [2], "C": [1]}


def test_balance_has_every_pair_of_weights():
    frame = balance((0.1, 1.0), (1.0, 10.0, 100.0), n=3, seeds=(0, 1), cache=False)
    assert tuple(frame.columns) == (*COLUMNS, "lam_overlap", "lam_coverage")
    assert len(frame) == 2 * 3 * 2
    assert set(frame["mask"]) == {"OC"}
    pairs = frame[["lam_overlap", "lam_coverage"]].drop_duplicates().to_numpy().tolist()
    assert pairs == [[o, c] for o in (0.1, 1.0) for c in (1.0, 10.0, 100.0)]
    assert frame["digest"].nunique() == 12


def test_the_phase_diagram_comes_with_the_baseline_of_the_same_starts():
    options = dict(lams_overlap=(1e-4, 1.0), lams_coverage=(1e-4, 1.0), cache=False)
    one = phases(n=4, seeds=(0, 1), **options)
    assert one.frame["digest"].nunique() == 8
    assert one.baseline[["mask", "n", "seed"]].to_numpy().tolist() == [
        ["standard", 4, 0],
        ["standard", 4, 1],
    ]
    assert one.share == one.baseline["expelled_fraction"].mean()
    assert one.needed.index.tolist() == [1e-4, 1.0]
    assert one.predicted.shape == (4,)


def test_crossings_are_in_nominal_temperatures_and_in_squared_spacings():
    names = ["onset", "onset_low", "onset_high", "crossing", "crossing_low", "crossing_high"]
    index = pd.MultiIndex.from_tuples([("S", 10)], names=["mask", "n"])
    table = crossings(pd.DataFrame([[1e-3, 0, 0, 4e-4, 2e-4, 5e-4]], index, names))
    row = table.loc["S", 10]
    assert row[["onset", "crossing", "from", "to"]].tolist() == pytest.approx([10, 4, 2, 5])
    assert row["in squared spacings"] == pytest.approx(4e-4 / mean_spacing(10) ** 2)


def test_mean_spacing_is_that_of_the_starts():
    assert mean_spacing(100) == pytest.approx(2 / 101, rel=0.05)


def synthetic(rise_at, taus=(1e-4, 1e-3, 1e-2, 1e-1), n=10, base=0.2, diverged=()):
    """A sweep in which seed k rises by 0.4 from the temperature `rise_at[k]` on."""
    rows = []
    for tau in taus:
        for seed, at in enumerate(rise_at):
            gone = base + (0.4 if tau >= at else 0.0)
            gone = np.nan if (tau, seed) in diverged else gone
            rows += [(tau, n, seed, "standard", base), (tau, n, seed, "S", gone)]
    return pd.DataFrame(rows, columns=["tau", "n", "seed", "mask", "expelled_fraction"])


@pytest.mark.parametrize(
    ("rise_at", "expected"),
    [
        ([1e-2] * 8, 1e-2),
        ([0.0] * 4, 1e-4),  # at the first temperature
        ([np.inf] * 6, np.nan),
    ],
)
def test_onset_is_certain_where_all_seeds_agree(rise_at, expected):
    row = onset(synthetic(rise_at)).loc[("S", 10)]
    np.testing.assert_array_equal(row[["onset", "onset_low", "onset_high"]], expected)
    part = ONSET_RISE / 0.4 - 1 if expected == 1e-2 else 0
    np.testing.assert_allclose(row[["crossing"]], expected * 10**part)


def test_onset_interval_spans_what_the_seeds_say():
    # with 3 of 8 seeds early the mean rises by 0.15; a resample with less than 3 of them is late
    row = onset(synthetic([1e-3] * 3 + [1e-1] * 5)).loc[("S", 10)]
    assert (row["onset"], row["onset_low"], row["onset_high"]) == (1e-3, 1e-3, 1e-1)
    assert row["crossing_low"] < row["crossing"] < row["crossing_high"]


def test_a_rise_equal_to_the_mark_does_not_count():
    frame = synthetic([1e-3] * 2 + [np.inf] * 6)  # a mean rise of exactly 0.1
    assert np.isnan(onset(frame).loc[("S", 10), "onset"])


@pytest.mark.filterwarnings("ignore:.*their runs diverged")
def test_diverged_runs_are_left_out_of_the_mean():
    lost = {(1e-2, seed) for seed in range(4)}
    row = onset(synthetic([1e-2] * 4, diverged=lost)).loc[("S", 10)]
    assert row["onset"] == 1e-1  # nothing is known at 1e-2
    row = onset(synthetic([1e-2] * 4, diverged={(1e-2, 0)})).loc[("S", 10)]
    assert row["onset"] == 1e-2


def test_onsets_are_ordered_by_mask_and_size():
    frame = pd.concat([synthetic([1e-2] * 3, n=n) for n in (30, 10)])
    other = frame[frame["mask"] == "S"].assign(mask="CS")
    order = [(mask, n) for mask in ("S", "CS") for n in (10, 30)]
    assert list(onset(pd.concat([frame, other])).index) == order
