"""The temperatures of separation: a network trains at the one where a reader points."""

import pytest
from conftest import PHONE, changed, digests_of, said, shown, swipe

# of made-up means: more with temperature, other for each mask
MADE = """temperature(pd.DataFrame(
    [(n, tau, mask, seed, (k + 20 * i + seed) / 100) for n in (10, 30) for seed in (0, 2)
     for k, tau in enumerate(TAUS) for i, mask in enumerate(("standard", "S", "CS"))],
    columns=["n", "tau", "mask", "seed", "expelled_fraction"]))"""


@pytest.fixture
def page(explorer):
    return explorer(MADE, viewport={"width": 1000, "height": 800})


def digest(tau=1e-4, mask="S", n=10, seed=0):
    return digests_of((n, mask, seed, {"tau.separation": tau}))[0]


def followed(page, act):
    """Return the digest, the words and the line of what is shown then."""
    return changed(page, act).split()[1], *said(page)


def test_the_network_follows_the_slider_and_its_keys(page):
    assert shown(page).split()[1] == digest()
    assert said(page)[1].startswith("✓ equal to the book’s")
    slider = page.locator("input[type=range]")
    for key, tau, value, mean in (
        ("ArrowRight", "3.2e−4", 3.1622776601683795e-4, 26),
        ("End", "100", 100.0, 37),
    ):
        found, words, line = followed(page, lambda key=key: slider.press(key))
        assert found == digest(value)
        share = f"mean expelled share of 2 seeds (line) {mean}%, of this network (circle)"
        assert words.startswith(f"separation, τ = {tau}, N = 10: {share}")
        assert line.startswith("no run of the book")


def test_a_place_in_the_sweep_can_be_pressed(page):
    box = page.locator(".ground").first.bounding_box()
    place = box["x"] + 0.98 * box["width"], box["y"] + 50
    _, words, _ = followed(page, lambda: page.mouse.click(*place))
    assert words.startswith("separation, τ = 100, N = 10: ")
    assert page.locator("input[type=range]").get_attribute("aria-valuetext") == "100"


def test_mask_size_and_seed_are_those_of_the_words(page):
    for name in ("coverage + separation", "30"):
        changed(page, page.get_by_role("button", name=name).click)
    found, words, line = followed(page, page.get_by_role("button", name="next seed").click)
    assert found == digest(mask="CS", n=30, seed=1)
    assert words.startswith("coverage + separation, τ = 1e−4, N = 30: ")
    assert line.startswith("no run of the book")


def test_a_swipe_that_scrolls_leaves_a_handle_and_a_drag_can_be_put_back(explorer):
    page = explorer(MADE, **PHONE)
    handle, before = page.locator(".start path").first, shown(page)
    undo = page.get_by_role("button", name="undo dragging")
    handle.scroll_into_view_if_needed()
    y = handle.bounding_box()["y"]
    swipe(page, handle, 2, -120)
    assert handle.bounding_box()["y"] < y - 50
    assert undo.is_disabled()
    assert shown(page) == before
    changed(page, lambda: swipe(page, handle, -40, 0))
    assert changed(page, undo.click) == before
