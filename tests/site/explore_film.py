"""The film: its networks are trained when one sees them, and move to their end."""

import pytest
from conftest import SHOWN, digests_of, shown

SIZE = {"width": 900, "height": 700}
PLACES = "[...document.querySelectorAll('.prototypes path')].map((one) => one.outerHTML)"


@pytest.fixture(scope="module")
def digests():
    return " ".join(digests_of(*((20, mask, 7, {}) for mask in ("standard", "C", "O"))))


def test_it_starts_when_it_is_seen_and_ends_with_the_librarys_digests(explorer, digests):
    page = explorer("film()", viewport=SIZE | {"height": 100})
    assert shown(page) == "/0"  # out of view nothing is trained
    page.set_viewport_size(SIZE)
    page.wait_for_function(f"!{SHOWN}.startsWith('/')")
    line = page.locator(".explorer-digest").inner_text()
    said = "✓ equal to the book’s (3 of 3 are runs of the book) · 3 × 5,000 steps in"
    assert line.startswith(said)
    assert page.locator(".links path").count() == 0  # it still moves
    page.wait_for_function(f"{SHOWN}.endsWith('/5000')")
    assert shown(page) == f"{digests}/5000"
    assert page.locator(".links path").count() == 60
    page.get_by_role("button", name="play", pressed=False).wait_for()


def test_where_less_motion_is_asked_for_it_stands_at_its_end_and_is_moved(explorer, digests):
    page = explorer("film()", viewport=SIZE, reduced_motion="reduce")
    assert shown(page) == f"{digests}/5000"
    slider, end = page.get_by_role("slider"), page.evaluate(PLACES)
    slider.press("Home")
    begin = page.evaluate(PLACES)
    assert begin[:20] == begin[20:40] == begin[40:]  # one start for all
    assert begin != end
    slider.press("End")
    assert page.evaluate(PLACES) == end
    page.get_by_role("button", name="play").click()
    page.wait_for_function("0 < +document.querySelector('input').value")
    assert int(slider.input_value()) < int(slider.get_attribute("max"))
