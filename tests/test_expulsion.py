"""How prototypes leave: the story of one neuron, and what the two chapters say of all of them."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, metrics, prototypes, start, train
from gaussmlp.study.claims import BY_ID, Evidence, judge
from gaussmlp.study.expulsion import (
    added_by_overlap,
    added_to_the_start,
    beats,
    finished,
    followed,
    moved_in,
    over_steps,
    resting,
    started_outside,
)
from gaussmlp.study.facts import expulsion, optimization
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


def test_finished_runs_are_those_that_training_gives():
    (found,) = finished(3, ["O"], SHORT.but({"seeds": (1,)}))
    (again,) = train([Run(SHORT, 3, "O", 1)])
    assert found.digest == again.digest


def test_errors_with_strays_moved_in_are_those_within_the_domain():
    frame = moved_in(SHORT)
    assert frame.groupby(["mask", "n"]).size().tolist() == [2, 2, 2, 2]
    (one,) = train([Run(SHORT, 5, "O", 1)])
    near = np.clip(prototypes(one.parameters), -1, 1)
    row = frame.query("mask == 'O' and n == 5 and seed == 1")
    assert row["error"].item() == metrics.reconstruction_error(one.start.x, near)


def test_those_that_started_outside_are_counted():
    counts, outside = started_outside(5, "standard"), []
    for seed in Protocol().seeds:
        begin = start(Protocol(), 5, seed)
        p = prototypes(begin.parameters)
        outside.append(np.maximum(p - begin.x.max(), begin.x.min() - p) > 0.05)
    assert 0 <= counts["since the start"] <= min(counts["expelled"], np.sum(outside))


def frame_of(value, masks=MASKS):
    rows = [(m, n, s, value(m, n, s)) for m in masks for n in (3, 5) for s in (0, 1)]
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


def made_up():
    """Return runs of the whole grid with measures of no meaning."""
    rng = np.random.default_rng(0)
    rows = [(m, n, s) for m in MASKS for n in Protocol().sizes for s in (0, 1, 2)]
    frame = pd.DataFrame(rows, columns=["mask", "n", "seed"])
    for measure in ("explained", *metrics.MEASURES):
        frame[measure] = rng.random(len(frame))
    return frame


def are_facts(said, statements):
    assert all(isinstance(text, str) and "_" not in text for text in said.values())
    assert not any("nan" in text for text in said.values())
    assert all(bool(true) in (True, False) for true in statements.values())
    assert all(sentence.endswith(".") for sentence in statements)


def test_the_optimization_chapter_gets_words_and_statements():
    frame, (poorest,) = made_up(), train([Run(Protocol(steps=5), 3, "O", 8)])
    frame.loc[frame["n"] == 3, "explained"] = 1.0
    poor = (frame["n"] == 3) & (frame["seed"] == 2) & frame["mask"].isin(["S", "O"])
    frame.loc[poor, "explained"] = 0.5
    verdicts = judge(Evidence(frame, None, None), [BY_ID["C5"], BY_ID["C5*"]])
    said, statements = optimization.facts(frame, verdicts, poorest)
    are_facts(said, statements)
    assert not statements["There are 480 runs."]
    assert statements["Separation without overlap ends with the same share."]


def test_small_p_values_are_not_shown_as_zero():
    rows = [
        (m, 3, p) for m, p in zip(("standard", "S", "C", "CS"), (0, 9e-4, 0.001, 0.41), strict=True)
    ]
    table = optimization.p_values(pd.DataFrame(rows, columns=["baseline", "n", "p_holm"]))
    assert table[3].tolist() == ["&lt; 0.001", "&lt; 0.001", "0.001", "0.410"]


def test_ratios_of_fit_losses_pair_masks_with_their_twins():
    frame = made_up().assign(fit_mse=lambda rows: 1.0 + rows["mask"].str.contains("O"))
    ratios = optimization.fit_ratios(frame)
    assert [*ratios.index] == ["standard", "S", "C", "CS"]
    assert (ratios == 2).all(axis=None)


def resting_runs():
    """Return made-up runs that are degenerate and at rest, but for those that expel nothing."""
    places = [(n, s) for n in Protocol().sizes for s in (0, 1, 2)]
    rows = [(n, mask, s, 0.0, np.nan) for n, s in places for mask in ("standard", "untrained")]
    rows += [(n, "O", s, 0.5, 0.01 if s else np.nan) for n, s in places]
    return pd.DataFrame(rows, columns=["n", "mask", "seed", "silent", "drift"])


def guesses():
    return null_runs(Protocol(seeds=(0, 1, 2)))


def test_resting_leaves_out_the_drift_of_runs_that_expelled_nothing():
    table = resting(resting_runs())
    assert table.loc["the drift: overlap", "seeds"].tolist() == [2] * 6
    assert table.loc["silent: overlap", "mean"].tolist() == [0.5] * 6
    assert table.loc["silent: untrained", "mean"].tolist() == [0.0] * 6


def test_what_is_above_the_start_has_the_start_taken_off():
    frame = pd.concat([made_up().assign(expelled_fraction=0.5), guesses()])
    table = added_to_the_start(frame)
    assert [*table.index.unique("mask")] == [*MASKS]
    outside = [beyond_the_hull(3, seed) for seed in (0, 1, 2)]
    assert table.at[("O", 3), "mean"] == pytest.approx(0.5 - np.mean(outside), abs=1e-6)


def beyond_the_hull(n, seed):
    begin = start(Protocol(), n, seed)
    p = prototypes(begin.parameters)
    return (np.maximum(p - begin.x.max(), begin.x.min() - p) > 0.05).mean()


def test_the_expulsion_chapter_gets_words_and_statements(one, monkeypatch):
    short = Protocol(sizes=(3, 5), seeds=(0, 1), steps=20, masks=("standard", "O", "OC"))
    monkeypatch.setattr(expulsion, "LONG", short)
    monkeypatch.setattr(expulsion, "moved_in", lambda p: made_up().assign(error=p.steps))
    monkeypatch.setattr(expulsion, "finished", lambda n, masks, p=None: finished(5, masks, short))
    monkeypatch.setattr(expulsion, "started_outside", lambda n, mask: started_outside(3, mask))
    runs = [Run(Protocol(), 4, mask, s) for mask in ("standard", "C", "O", "OC") for s in (0, 1)]
    few = train(runs)
    neurons, directions = curvature(few)
    frames = {5000: made_up(), short.steps: made_up()}
    found = (beats(one), gradient_norms(few), neurons, directions)
    said, statements = expulsion.facts(frames, guesses(), resting_runs(), *found)
    assert statements["No neuron is silent under standard."]
    assert not statements["The expelled clearly move by more than 0.05 at every size."]
    assert not statements["After 20,000 steps all mean errors with overlap are larger."]
    assert said["no drift"] == "6"
    assert all(isinstance(text, str) for text in said.values())
    assert all(bool(true) in (True, False) for true in statements.values())
