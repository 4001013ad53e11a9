"""Every figure of the mechanism can be drawn, and the player stands on its own."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from gaussmlp import Protocol, Run, run_grid, start, train
from gaussmlp.mechanism import balance_ratios, curvature, positions
from gaussmlp.plots import mechanism
from gaussmlp.plots.style import data_of
from gaussmlp.sweeps import balance, onset, rises, temperature
from matplotlib.figure import Figure


@pytest.fixture(autouse=True, scope="module")
def screenless():
    before = matplotlib.get_backend()
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


@pytest.fixture(scope="module")
def recorded():
    runs = [Run(Protocol(steps=200), 5, mask, 0) for mask in ("standard", "O")]
    return train(runs, record=[0, 100, 200])


def test_the_film_is_a_player_with_a_picture_for_every_step(recorded):
    page = mechanism.film(positions(recorded), recorded[0].start.x, 'two "panels"').data
    assert 'aria-label="two &quot;panels&quot;"' in page
    assert page.count('"data:image/webp;base64,') == 3 + 1


def test_the_forces_stay_within_the_frame():
    ax = mechanism.force_profiles(start(Protocol(), 6, 0), np.geomspace(1e-3, 3, 50)).axes[0]
    assert max(line.get_ydata().max() for line in ax.lines[:4]) < ax.get_ylim()[1] / 2


def test_figures_of_single_runs_are_drawn(recorded):
    table, x = positions(recorded), recorded[0].start.x
    neurons, _ = curvature(recorded)
    for drawing in (
        mechanism.strips(table[table["step"] == 200], x),
        mechanism.departures(table[table["mask"] == "O"]),
        mechanism.stiffnesses(neurons),
        mechanism.force_profiles(start(Protocol(), 6, 0), np.geomspace(1e-3, 3, 50)),
    ):
        drawing.canvas.draw()


def test_figures_of_grids_and_sweeps_are_drawn():
    grid = run_grid(Protocol(sizes=(3, 4), seeds=(0, 1), steps=50), cache=False)
    frame = temperature(sizes=(3, 4), seeds=(0, 1), taus=(1e-4, 1e-1, 1.0), cache=False)
    onsets = onset(frame)
    squares = pd.Series({3: 1.0, 4: 0.5})
    rise = rises(frame).assign(spacings=lambda rows: rows["tau"] / rows["n"].map(squares))
    one = onsets.loc["S"].assign(spacings=1.0)
    plane = balance((0.1, 1.0, 10.0), (0.1, 1.0, 10.0), n=4, seeds=(0,), cache=False)
    ratios = balance_ratios([start(Protocol(), 4, 0)])
    for drawing in (
        mechanism.shares(grid),
        mechanism.sweep(frame, onsets),
        mechanism.collapse(rise, one),
        mechanism.phases(plane, 0.1, ratios),
    ):
        drawing.canvas.draw()


def test_the_data_of_a_figure_name_values_and_ends_of_intervals():
    drawing = Figure()
    ax = drawing.add_subplot(title="t")
    ax.errorbar([1, 2], [3.0, 4.0], [[0.5, 0.25], [1.0, 2.0]], label="C", capsize=2)
    ax.errorbar([1], [3.0], [[0.5], [1.0]], label="S")
    ax.plot([1, 2], [7.0, 8.0], label="O")
    ax.axhline(1)
    ax.pcolormesh([0, 2, 4], [0, 2], [[5.0, 6.0]])
    data = data_of(drawing).set_index("series")
    assert data.loc["C", "y"].tolist() == [3.0, 4.0]
    assert data.loc["C, low", "y"].tolist() == [2.5, 3.75]
    assert data.loc["C, high", "y"].tolist() == [4.0, 6.0]
    assert data.loc["O", ["x", "y"]].to_numpy().tolist() == [[1, 7], [2, 8]]
    assert data.loc["S", "y"] == 3.0
    assert data.loc["S, interval", "y"].tolist() == [2.5, 4.0]
    mapped = data[data["value"].notna()]
    assert mapped[["x", "y", "value"]].to_numpy().tolist() == [[1, 1, 5], [3, 1, 6]]
    assert len(data) == 13
