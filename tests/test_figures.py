"""Every figure of the mechanism can be drawn, and the player stands on its own."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, run_grid, start, train
from gaussmlp.book.figures import evidence, foundations, mechanism
from gaussmlp.book.style import LOOKS, beside, data_of
from gaussmlp.study.mechanism import balance_ratios, curvature, positions
from gaussmlp.study.sweeps import balance, onset, rises, temperature
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
    ax.axvline(1)
    ax.axline((0, 0), (1, 1))
    beside(ax.plot([1, 2], [9.0, 9.5], label="_OC, runs"), 3)
    ax.pcolormesh([0, 2, 4], [0, 2], [[5.0, 6.0]], label="map")
    data = data_of(drawing).set_index("series")
    assert data.loc["C", "y"].tolist() == [3.0, 4.0]
    assert data.loc["C, low", "y"].tolist() == [2.5, 3.75]
    assert data.loc["C, high", "y"].tolist() == [4.0, 6.0]
    assert data.loc["O", ["x", "y"]].to_numpy().tolist() == [[1, 7], [2, 8]]
    assert data.loc["S", "y"] == 3.0
    assert data.loc["S, interval", "y"].tolist() == [2.5, 4.0]
    mapped = data[data["value"].notna()]
    assert mapped[["x", "y", "value"]].to_numpy().tolist() == [[1, 1, 5], [3, 1, 6]]
    assert data.loc["OC, runs", ["x", "y"]].to_numpy().tolist() == [[1, 9], [2, 9.5]]
    assert len(data) == 15


def test_the_data_of_a_figure_give_the_names_of_places_and_no_series_without_a_name():
    ax = Figure().add_subplot()
    ax.plot([-0.2, 0.8], [1.0, 2.0], label="C")
    ax.plot([0.2, 1.2], [3.0, 4.0], label="O")
    ax.set_xticks([0, 1], ["3", "100"])
    ax.set_yticks([0, 1, 2, 3, 4])
    data = data_of(ax.figure)
    assert data["x"].tolist() == ["3", "100"] * 2
    assert data["y"].tolist() == [1, 2, 3, 4]
    ax.plot([1, 2], [7.0, 8.0])
    with pytest.raises(ValueError, match="no label"):
        data_of(ax.figure)


def test_masks_are_told_apart_without_colour_in_every_figure_that_names_them():
    assert len({(look["marker"], look["mfc"] == "white") for look in LOOKS.values()}) == 8
    grid = run_grid(Protocol(sizes=(3, 4), seeds=(0, 1), steps=50), cache=False)
    for drawing in (
        mechanism.shares(grid),
        evidence.usage(grid),
        foundations.error_by_size(grid),
        foundations.differences_by_size(grid),
    ):
        marked = [line for ax in drawing.axes for line in ax.lines if line.get_marker() in "o^sv"]
        labels = dict(zip(marked, map(mask_of, marked), strict=True))
        assert set(MASKS) - {"standard"} <= set(labels.values())
        for line, mask in labels.items():
            assert line.get_marker() == LOOKS[mask]["marker"]
            assert (line.get_markerfacecolor() == "white") == ("S" in mask)
            assert line.get_markeredgewidth() > 0
            assert line.get_linestyle() in ("None", LOOKS[mask]["linestyle"])


def mask_of(line):
    (mask,) = (mask for mask, look in LOOKS.items() if look["color"] == line.get_color())
    return mask
