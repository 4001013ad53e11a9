"""The game asks without a hint, takes marks by mouse and keys, and counts as the library does."""

import pytest
from conftest import PHONE, changed, library, shown

SHOW = "show the samples"
MARKS = (-0.8, -0.4, 0.0, 0.3, 0.7)
COUNTED = """
import numpy as np
from gaussmlp.metrics import measure_prototypes
from gaussmlp.model import prototypes
five = Protocol()
(trained,) = train([Run(five, 5, "standard", 0)])
points = given, [-0.8, -0.4, 0.0, 0.4, 0.8], prototypes(trained.parameters)
rows = measure_prototypes([(five, 5, 0)] * 3, np.array(points))
answer = [trained.digest, [[round(5 * r["recall"]), r["reconstruction_error"]] for r in rows]]
"""


@pytest.fixture
def page(explorer):
    return explorer("game()", viewport={"width": 800, "height": 1000})


def marks(page):
    return [float(x) for x in shown(page).split()[2:]]


def guess(page):
    """Set the marks by the mouse, the picture goes from -1.2 to 1.2, and look."""
    for x in MARKS:
        box = page.locator(".explorer-drawing .ground").bounding_box()
        at = box["x"] + box["width"] * (x + 1.2) / 2.4
        changed(page, lambda at=at, y=box["y"] + 30: page.mouse.click(at, y))
    assert marks(page) == pytest.approx(MARKS, abs=0.01)
    changed(page, page.get_by_role("button", name=SHOW).click)


def test_it_counts_as_the_library_does(page):
    digest, rows = library(COUNTED, MARKS)
    assert page.get_by_role("button", name=SHOW).is_disabled()
    assert page.locator(".samples circle, .target path").count() == 0  # nothing is given away
    guess(page)
    assert page.locator(".samples circle").count() == 5
    texts = page.locator(".scores text").all_text_contents()
    for text, (hits, error) in zip(texts, rows, strict=True):
        assert f"{hits} of 5 hit" in text
        assert float(text.split()[-1]) == pytest.approx(error, abs=0.01)
    assert page.locator(".explorer-digest:visible").get_attribute("data-digest") == digest


def test_keys_alone_play_it(page):
    for k in range(5):
        changed(page, lambda: page.get_by_role("button", name="set a mark").press("Enter"))
        for _ in range(k):  # it is in focus
            changed(page, lambda: page.keyboard.press("Shift+ArrowRight"))
    assert marks(page) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    changed(page, lambda: page.get_by_role("button", name=SHOW).press("Enter"))
    assert "of 5 hit" in page.locator(".scores text").first.text_content()


def test_what_was_shown_is_not_asked_again(page):
    guess(page)
    first = page.locator(".samples circle").first.get_attribute("cx")
    changed(page, page.get_by_role("button", name="fit and coverage").click)
    assert shown(page).split()[1:] == ["false"]
    assert page.locator(".samples circle").count() == 0
    guess(page)
    assert page.locator(".samples circle").first.get_attribute("cx") != first


def test_a_finger_sets_marks_and_a_scroll_does_not(explorer):
    page = explorer("game()", **PHONE | {"viewport": {"width": 390, "height": 400}})
    box = page.locator(".explorer-drawing .ground").bounding_box()
    x, y = box["x"] + 0.2 * box["width"], box["y"] + 40
    changed(page, lambda: page.touchscreen.tap(x, y))
    assert len(marks(page)) == 1
    session = page.context.new_cdp_session(page)
    session.send("Input.synthesizeScrollGesture", dict(x=x + 120, y=y, yDistance=-200))
    assert page.evaluate("scrollY") > 0
    assert len(marks(page)) == 1
