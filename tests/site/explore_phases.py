"""The phase diagram: the run of the chosen cell, or of a place between cells, is trained there."""

import pytest
from conftest import changed, digests_of, said, shown

# of made-up means: 1% for the first cell, 1% more with overlap, 8% more with coverage
MADE = """phase_diagram(pd.DataFrame(
    [(20, seed, overlap, coverage, (j + 8 * k + seed) / 100) for seed in (0, 2)
     for j, overlap in enumerate(LAMS[::2]) for k, coverage in enumerate(LAMS[::2])],
    columns=["n", "seed", "lam_overlap", "lam_coverage", "expelled_fraction"]))"""


@pytest.fixture
def page(explorer):
    return explorer(MADE, viewport={"width": 1000, "height": 800})


def digest(overlap, coverage, seed=0):
    changes = {"lam.overlap": overlap, "lam.coverage": coverage}
    return digests_of((20, "OC", seed, changes))[0]


def test_the_run_of_a_cell_is_trained_when_it_is_clicked(page):
    assert said(page)[1].startswith("✓ equal to the book’s")
    assert shown(page) == digest(1.0, 1.0)
    cell = page.locator(".cells rect").nth(2 * 8 + 5)  # a row for each λ of coverage
    assert changed(page, lambda: cell.click(force=True)) == digest(10.0, 0.01)
    words, line = said(page)
    mean = "λ of overlap 10, of coverage 0.01, N = 20: mean expelled share of 2 seeds 22%, of the"
    assert words.startswith(f"{mean} three nulls at N = 20 ")
    assert line.startswith("no run of the book")
    after = changed(page, page.get_by_role("button", name="next seed").click)
    assert after == digest(10.0, 0.01, seed=1)


def test_keys_of_the_sliders_go_from_cell_to_cell(page):
    coverage = page.get_by_label("λ of coverage")
    assert changed(page, lambda: coverage.press("ArrowRight")) == digest(1.0, 10.0)
    assert "of coverage 10, N = 20: mean expelled share of 2 seeds 45%" in said(page)[0]
