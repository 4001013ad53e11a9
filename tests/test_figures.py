"""Figures are drawn in one look, and hand over their data to the page that is being built."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol, Run, run_grid, start, train
from gaussmlp.book.figures import attractor, expulsion, reconstruction, specialization, temperature
from gaussmlp.book.style import LOOKS, offer
from gaussmlp.study import sweeps
from gaussmlp.study.mechanism import balance_ratios, curvature, positions


@pytest.fixture(autouse=True, scope="module")
def screenless():
    before = matplotlib.get_backend()
    plt.switch_backend("agg")
    yield
    plt.close("all")
    plt.switch_backend(before)


NO_GUESSES = pd.DataFrame()


@pytest.fixture(scope="module")
def recorded():
    runs = [Run(Protocol(steps=200), 5, mask, 0) for mask in ("standard", "O")]
    return train(runs, record=[0, 100, 200])


def test_the_film_is_a_player_with_a_picture_for_every_step(recorded):
    page = expulsion.film(recorded, 'two "panels"').data
    assert 'aria-label="two &quot;panels&quot;"' in page
    assert page.count('"data:image/webp;base64,') == 3 + 1


def test_the_forces_stay_within_the_frame():
    ax = attractor.force_profiles(start(Protocol(), 6, 0), np.geomspace(1e-3, 3, 50)).axes[0]
    assert max(line.get_ydata().max() for line in ax.lines[:4]) < ax.get_ylim()[1] / 2


def test_figures_of_single_runs_are_drawn(recorded):
    table, x = positions(recorded), recorded[0].start.x
    neurons, _ = curvature(recorded)
    for drawing in (
        expulsion.strips(table[table["step"] == 200], x),
        expulsion.departures(table[table["mask"] == "O"]),
        expulsion.stiffnesses(neurons),
        attractor.force_profiles(start(Protocol(), 6, 0), np.geomspace(1e-3, 3, 50)),
    ):
        drawing.canvas.draw()


def test_figures_of_grids_and_sweeps_are_drawn():
    grid = run_grid(Protocol(sizes=(3, 4), seeds=(0, 1), steps=50), cache=False)
    frame = sweeps.temperature(sizes=(3, 4), seeds=(0, 1), taus=(1e-4, 1e-1, 1.0), cache=False)
    onsets = sweeps.onset(frame)
    plane = sweeps.balance((0.1, 1.0, 10.0), (0.1, 1.0, 10.0), n=4, seeds=(0,), cache=False)
    ratios = balance_ratios([start(Protocol(), 4, 0)])
    for drawing in (
        expulsion.shares(grid),
        temperature.sweep(frame, onsets),
        temperature.collapse(frame, onsets),
        attractor.phases(plane, 0.1, ratios),
    ):
        drawing.canvas.draw()


def test_a_figure_offers_its_data_while_a_book_is_built(tmp_path, monkeypatch):
    monkeypatch.delenv("GAUSSMLP_BOOK", raising=False)
    data = pd.DataFrame(
        {"mean": [1 / 3]}, pd.MultiIndex.from_tuples([("C", 3)], names=["mask", "n"])
    )
    offer("fig-x", data)
    monkeypatch.setenv("GAUSSMLP_BOOK", str(tmp_path / "data"))
    offer("fig-x", data)
    assert [path.name for path in tmp_path.rglob("*.csv")] == ["fig-x.csv"]
    assert (tmp_path / "data" / "fig-x.csv").read_text() == "mask,n,mean\nC,3,0.333333\n"


def test_masks_are_told_apart_without_colour_in_every_figure_that_names_them():
    assert len({(look.marker, look.hollow) for look in LOOKS.values()}) == 8
    grid = run_grid(Protocol(sizes=(3, 4), seeds=(0, 1), steps=50), cache=False)
    for drawing in (
        expulsion.shares(grid),
        specialization.usage(grid),
        reconstruction.error_by_size(grid, NO_GUESSES),
        reconstruction.differences_by_size(grid),
    ):
        marked = [line for ax in drawing.axes for line in ax.lines if line.get_marker() in "o^sv"]
        labels = dict(zip(marked, map(mask_of, marked), strict=True))
        assert set(MASKS) - {"standard"} <= set(labels.values())
        for line, mask in labels.items():
            assert line.get_marker() == LOOKS[mask].marker
            assert (line.get_markerfacecolor() == "white") == ("S" in mask)
            assert line.get_markeredgewidth() > 0
            assert line.get_linestyle() in ("None", LOOKS[mask].dash)


def mask_of(line):
    (mask,) = (mask for mask, look in LOOKS.items() if look.color == line.get_color())
    return mask
