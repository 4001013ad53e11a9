"""How prototypes leave: the story of one neuron, and what the two chapters say of all of them."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, metrics, prototypes, start, train
from gaussmlp.study.expulsion import (
    added_by_overlap,
    added_to_the_start,
    beats,
    followed,
    moved_in,
    over_steps,
    resting,
    started_outside,
)
from gaussmlp.study.facts import optimization
from gaussmlp.study.mechanism import curvature, equilibrium, forces, gradient_norms
from gaussmlp.study.recovery import null_runs

SHORT = Protocol(sizes=(3, 5), seeds=(0, 1), masks=("standard", "O"), steps=20)


@pytest.fixture(scope="module")
def one():
    return followed(n=8, seed=4, steps=1500)


def test_the_story_is_that_of_the_neuron_that_leaves_from_deepest_inside(one):
    told, x = beats(one), one.start.x
    neuron = told["neuron"].unique().item()
    first, last = (prototypes(state) for state in (one.history[0], one.history[-1]))
    gone = np.maximum(last - x.max(), x.min() - last) > 0.05
    depth = np.minimum(first - x.min(), x.max() - first)
    assert gone[neuron]
    assert depth[neuron] == depth[gone].max()
    assert told["step"].is_monotonic_increasing
    assert told["step"].iloc[[0, -1]].tolist() == [0, 1500]
    assert told["outside"].iloc[0] < 0
    assert told["outside"].iloc[2] > 0.05


def test_a_run_that_expels_only_what_started_outside_has_no_story():
    with pytest.raises(ValueError, match="trained must expel a neuron that starts inside"):
        beats(followed(n=8, seed=0, steps=1500))


def test_forces_of_the_story_are_positive_where_they_push_outward(one):
    told, x = beats(one), one.start.x
    row, neuron = told.iloc[1], told["neuron"].iloc[0]
    state = one.history[one.recorded.index(row["step"])]
    pushes = forces(x, one.start.y, state)
    side = 1 if told["place"].iloc[-1] > x.max() else -1
    assert row["overlap"] == side * pushes["overlap"][neuron]
    assert row["fit"] == side * pushes["fit"][neuron]


def test_errors_with_strays_moved_in_are_those_within_the_domain():
    frame = moved_in(SHORT)
    assert frame.groupby(["mask", "n"]).size().tolist() == [2, 2, 2, 2]
    (one,) = train([Run(SHORT, 5, "O", 1)])
    near = np.clip(prototypes(one.parameters), -1, 1)
    row = frame.query("mask == 'O' and n == 5 and seed == 1")
    assert row["error"].item() == metrics.reconstruction_error(one.start.x, near)


def expelled_at_the_start(n, seed):
    begin = start(Protocol(), n, seed)
    p = prototypes(begin.parameters)
    return np.maximum(p - begin.x.max(), begin.x.min() - p) > 0.05


def test_those_that_started_outside_are_counted():
    counts = started_outside(5, "standard")
    outside = sum(expelled_at_the_start(5, seed).sum() for seed in Protocol().seeds)
    assert 0 <= counts["since the start"] <= min(counts["expelled"], outside)


def frame_of(value, masks=MASKS, seeds=(0, 1)):
    rows = [(m, n, s, value(m, n, s)) for m in masks for n in (3, 5) for s in seeds]
    return pd.DataFrame(rows, columns=["mask", "n", "seed", "expelled_fraction"])


def test_tables_over_steps_have_the_masks_that_all_frames_share():
    few = frame_of(lambda mask, n, seed: n + seed)
    many = frame_of(lambda mask, n, seed: 2 * n, ["O", "standard"])
    table = over_steps({10: few, 40: many}, "expelled_fraction")
    assert [*table.index] == [(m, k) for m in ("standard", "O") for k in (10, 40)]
    assert table.loc[("O", 10)].tolist() == [3.5, 5.5]
    assert table.loc[("O", 40)].tolist() == [6, 10]


def test_what_overlap_adds_stands_at_the_mask_that_it_is_added_to():
    table = added_by_overlap(frame_of(lambda mask, n, seed: ("O" in mask) * 0.5 + len(mask)))
    assert [*table.index.unique("mask")] == ["standard", "S", "C", "CS"]
    rows = table["mean"].unstack("n")
    assert rows.loc["CS"].tolist() == [1.5, 1.5]
    assert rows.loc["S"].tolist() == [1.5, 1.5]


def test_equilibrium_says_what_is_left_of_the_gradients():
    trained = train([Run(Protocol(steps=300), 4, mask, 0) for mask in ("O", "standard")])
    norms = gradient_norms(trained)
    table = equilibrium(norms, curvature(trained)[1])
    assert [*table.index] == ["standard", "O"]
    assert table.at["standard", "left"] == pytest.approx(1)
    row = norms.set_index("mask").loc["O"]
    assert table.at["O", "left"] == row["total"] / (row["fit"] + row["overlap"])


def test_ratios_of_fit_losses_pair_masks_with_their_twins():
    frame = frame_of(lambda mask, n, seed: 1.0 + ("O" in mask))
    ratios = optimization.fit_ratios(frame.rename(columns={"expelled_fraction": "fit_mse"}))
    assert [*ratios.index] == ["standard", "S", "C", "CS"]
    assert (ratios == 2).all(axis=None)


def test_resting_leaves_out_the_drift_of_runs_that_expelled_nothing():
    rows = [(5, "standard", s, 0.0, np.nan) for s in (0, 1, 2)]
    rows += [(5, "O", s, 0.5, 0.01 if s else np.nan) for s in (0, 1, 2)]
    table = resting(pd.DataFrame(rows, columns=["n", "mask", "seed", "silent", "drift"]))
    assert table.loc["the drift: overlap", "seeds"].tolist() == [2]
    assert table.loc["silent: overlap", "mean"].tolist() == [0.5]


def test_what_is_above_the_start_has_the_start_taken_off():
    seeds = (0, 1, 2)
    frame = frame_of(lambda mask, n, seed: 0.5, seeds=seeds)
    table = added_to_the_start(pd.concat([frame, null_runs(Protocol(sizes=(3, 5), seeds=seeds))]))
    assert [*table.index.unique("mask")] == [*MASKS]
    shares = [expelled_at_the_start(3, seed).mean() for seed in seeds]
    assert table.at[("O", 3), "mean"] == pytest.approx(0.5 - np.mean(shares), abs=1e-6)
