"""One neuron moves by its bump, by sliders and by keys, and the network follows."""

import pytest
from conftest import PHONE, changed, digests_of, drag, shown, swipe

MADE = "one_neuron(train([Run(Protocol(), 5, 'standard', 9)])[0])"


@pytest.fixture
def page(explorer):
    return explorer(MADE)


def weights(page):
    """Return w, b and v of the neuron in colour."""
    return [float(value) for value in shown(page).split()[2:]]


def test_it_is_the_librarys_network(page):
    line = page.locator(".explorer-digest")
    assert [line.get_attribute("data-digest")] == digests_of((5, "standard", 9, {}))
    assert "equal to the book’s" in line.inner_text()


def test_dragging_the_top_moves_prototype_and_height(page):
    (w, b, v), top = weights(page), page.get_by_label("top of the bump")
    curve, before = page.locator(".network path").get_attribute("d"), top.bounding_box()
    changed(page, lambda: drag(page, top, 60, -40))
    after, place = weights(page), top.bounding_box()
    assert after[0] == w
    assert -after[1] / w > -b / w + 0.1
    assert after[2] > v + 0.1
    moved = place["x"] - before["x"], place["y"] - before["y"]
    assert moved == pytest.approx((60, -40), abs=1.5)  # it stays under the hand
    assert page.locator(".network path").get_attribute("d") != curve
    changed(page, page.get_by_role("button", name="back to").click)
    assert weights(page) == [w, b, v]


def test_a_finger_drags_the_top_up_and_down_and_a_click_beside_it_does_not(explorer):
    page = explorer(MADE, **PHONE)
    top, before = page.get_by_label("top of the bump"), shown(page)
    top.scroll_into_view_if_needed()
    place = top.bounding_box()
    page.mouse.click(place["x"] - 5, place["y"] - 5)
    assert shown(page) == before
    swipe(page, top, 0, -50)
    after = top.bounding_box()
    assert [after["x"], after["y"]] == pytest.approx([place["x"], place["y"] - 50], abs=1.5)


def test_keys_move_the_bump(page):
    w, b, v = weights(page)
    page.get_by_label("top of the bump").focus()
    changed(page, lambda: page.keyboard.press("ArrowRight"))
    after = weights(page)
    assert -after[1] / w == pytest.approx(-b / w + 0.01)
    assert after[2] == v


def test_a_slider_and_another_neuron(page):
    v = weights(page)[2]
    changed(page, lambda: page.get_by_label("output weight v").press("ArrowRight"))
    moved = weights(page)
    assert v < moved[2] < v + 0.1
    changed(page, page.get_by_role("button", name="4", exact=True).click)
    assert weights(page) != moved
    changed(page, page.get_by_role("button", name="1", exact=True).click)
    assert weights(page) == moved  # others keep what was done to them
