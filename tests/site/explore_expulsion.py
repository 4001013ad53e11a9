"""Watch them leave: one sees every step of a run that the page has trained."""

import re

import pytest
from conftest import SHOWN, changed, digests_of, said, shown


@pytest.fixture
def page(explorer):
    page = explorer("expulsion()", viewport={"width": 900, "height": 900})
    assert shown(page).endswith("/5000")  # it begins at the end
    return page


def step_after(page, act):
    return int(changed(page, act).split("/")[1])


def test_what_it_trains_has_the_librarys_digest(page):
    words, line = said(page)
    assert words.startswith("Step 5,000 of overlap: 5 of 20 prototypes expelled.")
    assert "✓ equal to the book’s" in line
    for name in ("overlap + coverage", "10", "next seed"):
        found = changed(page, page.get_by_role("button", name=name, exact=True).click)
    assert [found.split("/")[0]] == digests_of((10, "OC", 8, {}))
    assert page.locator(".explorer-digest").get_attribute("data-digest") == found.split("/")[0]
    assert page.locator(".prototypes path").count() == 10


def test_the_slider_and_its_keys_show_another_step(page):
    slider, triangles, steps = page.get_by_role("slider"), page.locator(".prototypes path"), [5000]
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight", "Home"):
        before = triangles.first.get_attribute("d")
        steps.append(step_after(page, lambda key=key: slider.press(key)))
        assert triangles.first.get_attribute("d") != before
        assert f"Step {steps[-1]:,} of" in said(page)[0]
    assert steps[2] < steps[1] == steps[3] < 5000
    assert steps[-1] == 0


def test_it_plays_from_the_start_when_asked(page):
    toggle = page.get_by_role("button", name=re.compile("^play"))
    assert step_after(page, toggle.click) < 100
    page.get_by_role("slider").press("End")
    assert toggle.get_attribute("aria-pressed") == "false"
    page.wait_for_function(f"{SHOWN}.endsWith('/5000')")
