"""Figures are drawn in one look, and hand over their data to the page that is being built."""

import itertools

import matplotlib.pyplot as plt
import pandas as pd
from gaussmlp import MASKS, Protocol, run_grid
from gaussmlp.book.axes import at_ends
from gaussmlp.book.figures import expulsion, reconstruction, specialization
from gaussmlp.book.style import LOOKS, offer
from gaussmlp.study.facts.specialization import beyond_guessing
from gaussmlp.study.recovery import null_runs


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


def test_names_at_the_ends_of_lines_stay_apart_and_in_order():
    drawing, axes = plt.subplots(figsize=(4, 3), layout="constrained")
    axes.plot([0, 1], [[0, 0, 0, 0]] * 2)
    axes.set_ylim(3, -1)  # upside down
    heights = {"first": 0.0, "second, broken in two lines": 0.01, "third": 0.02, "far": 2.0}
    at_ends(axes, [(name, height, "black") for name, height in heights.items()])
    drawing.draw_without_rendering()
    boxes = [text.get_window_extent() for text in axes.texts]
    assert [text.get_text().replace("\n", " ") for text in axes.texts] == [*heights][::-1]
    assert all(low.y1 <= high.y0 + 1 for low, high in itertools.pairwise(boxes))
    assert all(box.x0 > axes.get_window_extent().x1 for box in boxes)
    ((_, far),) = axes.transData.transform([(1, 2.0)])
    assert boxes[0].y0 < far < boxes[0].y1


def test_masks_are_told_apart_without_colour_in_every_figure_that_names_them():
    assert len({(look.marker, look.hollow) for look in LOOKS.values()}) == 11
    small = Protocol(sizes=(3, 4), seeds=(0, 1), steps=50)
    grid, nulls = run_grid(small, cache=False), null_runs(small)
    both = pd.concat([grid, nulls])
    for drawing in (
        expulsion.shares(both),
        specialization.usage(both, beyond_guessing(both)),
        reconstruction.error_by_size(grid, nulls),
        reconstruction.differences_by_size(both),
    ):
        marked = [
            line for ax in drawing.axes for line in ax.lines if line.get_marker() in {*"o^sv"}
        ]
        labels = dict(zip(marked, map(mask_of, marked), strict=True))
        assert set(MASKS) - {"standard"} <= set(labels.values())
        for line, mask in labels.items():
            assert line.get_marker() == LOOKS[mask].marker
            assert (line.get_markerfacecolor() == "white") == ("S" in mask)
            assert line.get_markeredgewidth() > 0
            assert line.get_linestyle() in ("None", LOOKS[mask].dash)


def mask_of(line):
    (mask,) = (mask for mask in MASKS if LOOKS[mask].color == line.get_color())
    return mask
