"""What all explorers have in common, on one page: the still pictures, and use on a phone."""

import pytest
from conftest import PHONE
from explore_neuron import MADE as NEURON
from explore_phases import MADE as PHASES
from explore_temperature import MADE as TEMPERATURE

ALL = f"{NEURON}, game(), train_it(), expulsion(), film(), {TEMPERATURE}, {PHASES}"
DRAWN = "document.querySelectorAll('[data-shown]:not([data-shown=\"\"])').length === 7"
ROOM = """[...document.querySelectorAll(".explorer-live :is(button, input)")].filter((one) => {
  const { width, height } = one.getBoundingClientRect();
  return width && Math.min(width, height) < 44;
}).map((one) => one.outerHTML)"""


def stills(page):
    """Return how many still pictures and how many explorers one sees."""
    seen = page.locator("div.explorer > img:visible"), page.locator(".explorer-live:visible")
    return [one.count() for one in seen]


def test_nothing_is_asked_for_and_on_paper_still_pictures_stand_there(opened, alone):
    page = opened(alone(ALL))
    page.wait_for_function(DRAWN)
    assert [url for url in page.asked if not url.startswith("data:")] == [page.url]
    assert stills(page) == [0, 7]
    page.emulate_media(media="print")
    assert stills(page) == [7, 0]


@pytest.mark.parametrize("options", [{"java_script_enabled": False}, {}])
def test_without_scripts_or_webassembly_still_pictures_stand_there(browser, alone, options):
    page, faults = browser.new_page(**options), []
    page.add_init_script("delete window.WebAssembly")
    page.on("console", lambda message: faults.append(message.text))
    page.goto(alone(ALL))
    if not options:  # what is missing is told, seven times
        page.wait_for_function("!document.querySelector('.explorer-live')")
    assert stills(page) == [7, 0]
    page.close()


def test_a_phone_has_room_for_fingers_and_does_not_scroll_sideways(opened, alone):
    page = opened(alone(ALL), **PHONE)
    page.wait_for_function(DRAWN)
    assert page.evaluate(ROOM) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cells = page.locator(".cells").first.bounding_box()
    network = page.locator(".network").last.bounding_box()
    assert network["y"] > cells["y"] + cells["height"]  # panels stand below each other
