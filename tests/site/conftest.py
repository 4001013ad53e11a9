"""A real browser: Debian's Chromium, driven by Playwright, with nothing of its own to load."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "_build" / "html"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

# One process of the library's own environment answers all: this one has no gaussmlp.
LIBRARY = """
import json, sys
import pandas as pd
from gaussmlp import *
from gaussmlp.book import web
from gaussmlp.book.explorers import *
from gaussmlp.study.sweeps import LAMS, TAUS
told, sys.stdout = sys.stdout, sys.stderr
for line in sys.stdin:
    code, given = json.loads(line)
    names = globals() | {"given": given}
    exec(code, names)
    print(json.dumps(names["answer"], default=lambda array: array.tolist()), file=told, flush=True)
"""
DIGESTS = """
answer = []
for n, mask, seed, changes in given:
    (one,) = train([Run(Protocol().but(changes), n, mask, seed)])
    answer.append(str(one.diverged_at or one.digest))
"""
ALONE = """answer = "".join(one.html() for one in (ASKED,)) + page_script()"""
PLAIN = '<!doctype html><html lang="en"><meta charset="utf-8"><title>alone</title>'
PLAIN += '<meta name="viewport" content="width=device-width">'
SHOWN = "document.querySelector('.explorer-live')?.dataset.shown"
PHONE = {"viewport": {"width": 390, "height": 740}, "has_touch": True, "is_mobile": True}


class _Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        yield playwright.chromium.launch(executable_path=path, args=QUIET)


@pytest.fixture(scope="session")
def address():
    handler = functools.partial(_Silent, directory=str(BOOK))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@functools.cache
def _library():
    python = str(ROOT / ".venv" / "bin" / "python")
    own = os.environ | {"PYTHONPATH": str(ROOT / "lib")}
    pipe = subprocess.PIPE
    return subprocess.Popen([python, "-c", LIBRARY], env=own, stdin=pipe, stdout=pipe, text=True)


def library(code, given=None):
    """Run code in the library's Python, which knows `given`, and return its `answer`."""
    process = _library()
    print(json.dumps([code, given]), file=process.stdin, flush=True)
    return json.loads(process.stdout.readline())  # there is none if it failed: see what it printed


def digests_of(*runs):
    """Return the library's digests of runs, or the steps at which they diverge.

    A run is (n, mask, seed, changes of the protocol).
    """
    return library(DIGESTS, runs)


@functools.cache
def _alone(asked):
    return PLAIN + library(ALONE.replace("ASKED", asked))


@pytest.fixture
def alone(tmp_path):
    """Return a function that makes a page of explorers, as ``film()``, and gives its address."""

    def alone(asked):
        file = tmp_path / "alone.html"
        file.write_text(_alone(asked), encoding="utf-8")
        return file.as_uri()

    return alone


def watch(page, url, faults):
    """Collect what goes wrong on a page, and what it asks of another host."""
    home = url.split("/")[2]
    page.on("console", lambda m: m.type == "error" and faults.append(f"console: {m.text}"))
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on("requestfailed", lambda r: faults.append(f"failed: {r.url[:200]}"))
    page.on("response", lambda r: r.status >= 400 and faults.append(f"{r.status}: {r.url[:200]}"))

    def asked(request):
        scheme, _, rest = request.url.partition(":")
        if scheme not in ("data", "blob") and rest.split("/")[2] != home:
            faults.append(f"another host: {request.url[:200]}")

    page.on("request", asked)


@pytest.fixture
def opened(browser):
    """Return a function that opens a page; at the end nothing has gone wrong on any."""
    faults, pages = [], []

    def opened(url, script="", **options):
        page = browser.new_page(**options)
        pages.append(page)
        page.asked = []
        page.add_init_script(script)
        page.on("request", lambda request: page.asked.append(request.url))
        watch(page, url, faults)
        page.goto(url)
        return page

    yield opened
    for page in pages:
        page.close()
    assert faults == []


@pytest.fixture
def scripted(opened, tmp_path):
    """Return a function that opens a page of explorers' own JavaScript and of some more."""

    def scripted(*names, script):
        folder, file = ROOT / "lib" / "gaussmlp" / "book" / "js", tmp_path / "scripted.html"
        own = "\n".join((folder / f"{name}.js").read_text(encoding="utf-8") for name in names)
        text = f'{PLAIN}<script type="module">{own}\n{script}\nwindow.ready = true;</script>'
        file.write_text(text, encoding="utf-8")
        page = opened(file.as_uri())
        page.wait_for_function("window.ready")
        return page

    return scripted


@pytest.fixture
def explorer(opened, alone):
    """Return a function that opens one explorer alone on a page, and waits until it is drawn."""

    def explorer(asked, **options):
        page = opened(alone(asked), **options)
        page.wait_for_function(SHOWN)
        return page

    return explorer


def shown(page):
    """Return what an explorer says that it shows."""
    return page.evaluate(SHOWN)


def said(page):
    """Return its words, and the line with the digests."""
    return [page.locator(f".explorer-{one}").inner_text() for one in ("words", "digest")]


def changed(page, act):
    """Act, wait until something else is shown, whole, and return what."""
    before = shown(page)
    act()
    page.wait_for_function(f"(before) => ![before, ''].includes({SHOWN})", arg=before)
    return shown(page)


def drag(page, locator, x, y=0):
    """Drag something by its middle."""
    box = locator.bounding_box()
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*place)
    page.mouse.down()
    page.mouse.move(place[0] + x, place[1] + y, steps=3)
    page.mouse.up()


def swipe(page, locator, x, y):
    """Move a finger from the middle of something."""
    box, session = locator.bounding_box(), page.context.new_cdp_session(page)
    place = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for k in range(11):
        point = {"x": place[0] + x * k / 10, "y": place[1] + y * k / 10}
        kind = "touchMove" if k else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        page.wait_for_timeout(16)  # a frame
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)
