"""A chapter in JupyterLab: its text is the page's; what its explorers train is known to Python."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import BOOK

ROOT = Path(__file__).parents[2]
NO_WINDOWS = '{"windowingMode": "none"}'  # every cell is in the page, in view or not


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("lab")


@pytest.fixture(scope="module")
def lab(folder):
    shutil.copytree(ROOT / "chapters", folder / "chapters")
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text(NO_WINDOWS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python = str(ROOT / ".venv" / "bin" / "python")
    command = [python, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"]
    own = {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "HOME": str(folder),
        "GAUSSMLP_CACHE": os.environ.get("GAUSSMLP_CACHE", str(ROOT / ".cache")),
    }
    with subprocess.Popen(
        [*command, "--IdentityProvider.token=", f"--notebook-dir={folder}"],
        env=os.environ | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=1).close()
                break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/lab/tree"
        server.terminate()


def run_all(browser, url):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{url}?reset")  # without what an earlier page had open, which may cover this one
    page.get_by_text("| Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-item", has_text=re.compile("Run All Cells")).first.click()
    return page


# The paragraphs of a text, without formulas, which each draws in its own way.
PARAGRAPHS = """(within) => [...document.querySelectorAll(within)].map((paragraph) => {
  const copy = paragraph.cloneNode(true);
  for (const formula of copy.querySelectorAll(".math, .katex")) formula.remove();
  return copy.textContent.replace(/\\s+/g, " ").trim();
})"""
WRITTEN = ".jp-MarkdownCell :is(p, li, td, h1, h2, h3)"
# Roles, directives, links and formulas as they are typed.
RAW = re.compile(r"\{[a-z:]+\}|`|\]\(|\$")


def test_prose_says_in_jupyterlab_what_it_says_on_the_page(browser, lab):
    page = browser.new_page()
    page.goto((BOOK / "chapters" / "reconstruction.html").as_uri())
    built = page.evaluate(PARAGRAPHS, "article section > p:not(.page-facts)")
    page.close()
    # what a link to a figure or a reference is called is the page's own
    own = re.compile(r"Fig\.|\b\d{4}[a-z]?\]")
    built = [text for text in built if re.search(r"\d", text) and not own.search(text)]
    assert len(built) >= 5

    page = run_all(browser, f"{lab}/chapters/reconstruction.ipynb")
    page.locator(".checked").wait_for(state="attached", timeout=180_000)  # the last cell
    for _ in range(60):  # numbers come when the kernel has answered
        live = page.evaluate(PARAGRAPHS, WRITTEN)
        if {*built} <= {*live}:
            break
        page.wait_for_timeout(500)
    page.close()
    assert [text for text in live if RAW.search(text)] == []
    assert [text for text in built if text not in live] == []


# What the browser says is noted, then Python moves on.
WATCHED = """import json
from gaussmlp.book import explorers
one = explorers.train_it()
def note(_):
    found = dict(n=one.n, mask=one.mask, steps=one.steps, shown=one.digest, run=one.run().digest)
    with open("seen.json", "w") as file:
        json.dump(found, file)
    if one.mask == "O":
        one.n = 5
one.observe(note, "digest")
one"""
CHOSEN = """[...document.querySelectorAll(".jp-Notebook-cell")].map(
  (cell) => cell.classList.contains("jp-mod-active"))"""


def test_the_notebook_has_the_values_and_the_digest_of_the_browser(browser, lab, folder):
    cell = dict(cell_type="code", metadata={}, outputs=[], execution_count=None)
    cells = [cell | {"id": "one", "source": WATCHED}, cell | {"id": "two", "source": "1"}]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = dict(cells=cells, metadata=kernel, nbformat=4, nbformat_minor=5)
    (folder / "watched.ipynb").write_text(json.dumps(notebook))

    def seen(wanted):
        for _ in range(300):
            page.wait_for_timeout(200)
            with suppress(FileNotFoundError, json.JSONDecodeError):
                found = json.loads((folder / "seen.json").read_text())
                if wanted(found):
                    return found
        raise AssertionError(found)

    page = run_all(browser, f"{lab}/watched.ipynb")
    root = page.locator(".explorer-alive")
    root.wait_for(timeout=180_000)
    root.get_by_role("button", name="overlap", exact=True).click()
    found = seen(lambda one: (one["mask"], one["n"]) == ("O", 5))  # from here, and from there
    assert found["shown"] == found["run"]
    root.get_by_text("equal to the book").wait_for()
    slider = root.locator("input[type=range]").first  # of the steps
    slider.focus()
    chosen = page.evaluate(CHOSEN)
    slider.press("ArrowLeft")
    found = seen(lambda one: one["steps"] < 5000)
    assert found["shown"] == found["run"]
    assert page.evaluate(CHOSEN) == chosen  # keys are the slider's: no other cell was chosen
    page.close()
