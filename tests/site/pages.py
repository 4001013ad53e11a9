"""Every page of the built book in a real browser: over HTTP, from a file, wide, narrow and dark."""

import csv
import io
import json
import re
from functools import cache
from urllib.parse import unquote, urldefrag

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from conftest import BOOK, watch
from PIL import Image, ImageStat

# index.html only leads to the front page
ALL = sorted(str(p.relative_to(BOOK)) for p in BOOK.rglob("*.html") if "_static" not in p.parts)
PAGES = [name for name in ALL if name != "index.html"]
# One template makes all pages of source: one stands for them where no page's own text matters.
SOURCES = [name for name in PAGES if name.startswith("_modules/")]
NO_TWINS = [name for name in PAGES if name not in SOURCES[1:]]
SIZE = {"width": 1280, "height": 900}
HEAVIEST = 150_000  # bytes of a drawing within a page


# one worker has all tests of a page: it is loaded once
GROUPS = [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in PAGES]


@pytest.fixture(scope="module", params=GROUPS)
def visit(request, browser, address):
    page = browser.new_page(viewport=SIZE)
    page.faults, page.weight, page.name = [], 0, request.param

    def weighed(response):
        page.weight += int(response.headers.get("content-length", 0))

    page.on("response", weighed)
    watch(page, address, page.faults)
    page.goto(f"{address}/{page.name}", wait_until="networkidle")
    page.evaluate("window.MathJax?.startup?.promise?.then(() => null)")
    yield page
    page.close()


def test_it_loads_over_http_without_a_fault(visit):
    assert visit.faults == []
    assert visit.weight < 6_000_000  # all that it loads, on a first visit


@pytest.mark.parametrize("name", NO_TWINS)
def test_it_loads_from_a_file_without_a_fault(name, opened):
    page = opened((BOOK / name).as_uri(), viewport=SIZE)
    page.wait_for_load_state("networkidle")
    for root in page.locator("div.explorer").all():  # the first run of each is the book's
        root.scroll_into_view_if_needed()
        root.get_by_text(re.compile("equal to the book")).first.wait_for(state="attached")


def test_search_finds_chapters(opened, address):
    page = opened(f"{address}/search.html?q=repulsor")
    page.locator("#search-results li a", has_text="Attractor and repulsor").first.wait_for()


def test_the_site_carries_the_nominal_runs_and_the_data_of_figures():
    with (BOOK / "_data" / "runs.csv").open(encoding="utf-8") as file:
        runs = list(csv.DictReader(file))
    assert [len(run["digest"]) for run in runs] == [64] * 480
    claims = json.loads((BOOK / "_data" / "claims.json").read_text(encoding="utf-8"))["claims"]
    assert len(claims) == 12
    with (BOOK / "_data" / "pictures.csv").open(encoding="utf-8") as file:
        pictures = [(row["data"], row["d"], len(row["digest"])) for row in csv.DictReader(file)]
    assert pictures == [("digits", "64", 64)] * 180 + [("square", "2", 64)] * 180
    pages = "".join((BOOK / name).read_text(encoding="utf-8") for name in PAGES)
    offered = [path.name for path in (BOOK / "_data").glob("fig-*.csv")]
    assert {"fig-error.csv", "fig-shares.csv", "fig-sweep.csv", "fig-phases.csv"} <= {*offered}
    kept = ("runs.csv", "claims.json", "pictures.csv", *offered)
    assert [name for name in kept if f'_data/{name}"' not in pages] == []


@cache
def names_in(path):
    return set(re.findall(r'\b(?:id|name)="([^"]+)"', path.read_text(encoding="utf-8")))


def test_every_internal_link_and_anchor_leads_somewhere(visit, address):
    broken = []
    for href in set(visit.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.href)")):
        whole, anchor = urldefrag(href)
        if not whole.startswith(address):
            continue
        path = BOOK / unquote(whole.removeprefix(address).lstrip("/"))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file() or (anchor and unquote(anchor) not in names_in(path)):
            broken.append(href)
    assert broken == []


FIGURES = "article figure :is(img, svg):not(.explorer *)"  # explorers have tests of their own
PICTURES = """(within) => [...document.querySelectorAll(within)].map((one) => [
  one.src?.slice(-80) ?? one.closest("figure").id,
  one.alt ?? one.closest("[role=img]").getAttribute("aria-label"),
])"""


def test_every_picture_says_what_one_sees(visit):
    assert [name for name, alt in visit.evaluate(PICTURES, "article img") if not alt] == []
    pictures = visit.evaluate(PICTURES, FIGURES)
    assert [name for name, alt in pictures if len(alt) < 30] == []
    assert visit.locator("figure:has(img, svg):not(:has(figcaption))").count() == 0


def test_a_drawing_is_light_and_has_names_of_its_own(visit):
    weights = "[...document.querySelectorAll('article svg')].map((one) => one.outerHTML.length)"
    assert [weight for weight in visit.evaluate(weights) if weight > HEAVIEST] == []
    names = visit.evaluate("[...document.querySelectorAll('article [id]')].map((one) => one.id)")
    assert sorted(names) == sorted(set(names))


def test_formulas_are_drawn(visit):
    formulas = visit.locator("article .math")
    assert visit.locator("article .math mjx-container").count() >= formulas.count()
    assert visit.locator("mjx-merror").count() == 0
    # Tab passes formulas, but for those that scroll
    stops = visit.locator("article mjx-container[tabindex='0']")
    assert all(one.evaluate("(e) => e.scrollWidth > e.clientWidth") for one in stops.all())


def in_scheme(page, scheme):
    """Show a page light or dark, with no colour on its way from one to the other."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
    page.evaluate("document.getAnimations().forEach((one) => one.finish())")


COLORS = """(elements) => elements.map((e) => {
  const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
  const ink = numbers(getComputedStyle(e).color), layers = [];
  for (; e; e = e.parentElement) layers.unshift(numbers(getComputedStyle(e).backgroundColor));
  return [ink.slice(0, 3), layers];
})"""


def ink_and_ground(locator):
    for ink, layers in locator.evaluate_all(COLORS):
        color = [255, 255, 255]
        for *layer, alpha in (c if len(c) == 4 else [*c, 1] for c in layers):
            color = [alpha * new + (1 - alpha) * old for new, old in zip(layer, color, strict=True)]
        yield ink, color


def contrast(*colors):
    def luminance(color):
        parts = (c / 255 for c in color)
        linear = [c / 12.92 if c <= 0.04 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted(map(luminance, colors))
    return (high + 0.05) / (low + 0.05)


def test_verdicts_of_the_matrix_are_legible(visit):
    marks = visit.locator(".readings td:not(:has(a)), .readings td a")
    for scheme in ("dark", "light") if marks.count() else ():
        in_scheme(visit, scheme)
        assert min(contrast(*colors) for colors in ink_and_ground(marks)) >= 4.5


# The colours of a drawing's letters, each once.
LETTERS = """(drawing) => [...new Set(
  [...drawing.querySelectorAll("[id*='text_'] use")].map((letter) => getComputedStyle(letter).fill)
)].map((color) => color.match(/[\\d.]+/g).slice(0, 3).map(Number))"""


def test_figures_of_a_dark_page_are_dark_and_legible(visit):
    in_scheme(visit, "dark")
    figures = visit.locator(FIGURES)
    for drawn, (_, ground) in zip(figures.all(), ink_and_ground(figures), strict=True):
        drawn.scroll_into_view_if_needed()
        shot = Image.open(io.BytesIO(drawn.screenshot())).convert("RGB")
        paper = max(shot.getcolors(shot.width * shot.height))[1]
        assert max(abs(a - b) for a, b in zip(paper, ground, strict=True)) < 2
        grey = shot.convert("L")
        assert ImageStat.Stat(grey).mean[0] < 130
        assert contrast([grey.getextrema()[1]] * 3, paper) > 7  # axes, and what explains them
        on_paper = (color for color in drawn.evaluate(LETTERS) if tuple(color) != paper)
        assert [color for color in on_paper if contrast(color, paper) < 4.5] == []
    visit.emulate_media(color_scheme="light")


# What is wider than its box, and does not scroll in it.
CUT = """(within) => [...document.querySelectorAll(within)].filter(
  (box) => box.scrollWidth > box.clientWidth + 1
    && !["auto", "scroll"].includes(getComputedStyle(box).overflowX)
).map((box) => box.textContent.trim().slice(0, 60))"""


def test_a_phone_scrolls_nothing_sideways_and_nothing_is_cut(visit):
    visit.set_viewport_size({"width": 360, "height": 740})
    page = "document.documentElement"
    assert visit.evaluate(f"{page}.scrollWidth <= {page}.clientWidth")
    assert visit.evaluate(CUT, "article :is(table, .drawing, mjx-container, pre, .math)") == []
    drawn = visit.locator("article .drawing svg")
    assert [box for box in drawn.all() if box.bounding_box()["width"] < 600] == []
    visit.set_viewport_size(SIZE)


def test_no_code_is_cut_on_a_screen_or_on_paper(visit):
    code = "[...document.querySelectorAll('article div.highlight pre')]"
    for media in ("screen", "print"):
        visit.emulate_media(media=media)
        wide = visit.evaluate(f"{code}.filter((one) => one.scrollWidth > one.clientWidth).length")
        assert wide == 0
    visit.emulate_media(media="screen")


# Each of the thousand words of code and of signatures has an element, and each kind of them a
# colour: axe looks at the first of each kind, and at the others as plain text. It comes last.
WORDS = """() => {
  const seen = new Set();
  for (const word of document.querySelectorAll(":is(div.highlight, dt.sig) span[class]")) {
    const block = word.closest("div.highlight, dt.sig"), { className } = block.parentElement;
    const kind = [className, block.className, word.className].join();
    if (seen.has(kind)) word.replaceWith(...word.childNodes);
    else if (word.checkVisibility()) seen.add(kind); // code may be folded away
  }
}"""
# Entries of the reference have the colours of the first of their kind; it is 300 entries long.
ENTRIES = """() => {
  const seen = new Set();
  for (const entry of document.querySelectorAll("article dl.py")) {
    if (seen.has(entry.className)) entry.remove();
    seen.add(entry.className);
  }
}"""
AXE = "(options) => axe.run({...options, resultTypes: ['violations']}).then((r) => r.violations)"
NO_CONTRAST = {"rules": {"color-contrast": {"enabled": False}}}
OF_COLOR = {"runOnly": ["color-contrast", "link-in-text-block"]}


def test_axe_finds_nothing_serious(visit):
    visit.mouse.move(0, 0)  # a link under the pointer has another colour
    visit.evaluate(AXE_SCRIPT)
    visit.evaluate(WORDS)
    found = visit.evaluate(AXE, NO_CONTRAST)
    visit.evaluate(ENTRIES)
    for scheme in ("light", "dark"):
        in_scheme(visit, scheme)
        found += visit.evaluate(AXE, OF_COLOR)
    serious = [
        (one["id"], len(one["nodes"]), [node["target"] for node in one["nodes"][:4]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []
