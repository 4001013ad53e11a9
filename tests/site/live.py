"""A chapter in JupyterLab: it runs, a slider is dragged, and the picture follows in time."""

import os
import re
import shutil
import socket
import statistics
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUDGET = 300  # milliseconds from the event to the new picture, in the median
NO_WINDOWS = '{"windowingMode": "none"}'  # every cell is in the page, in view or not


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
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
        "GAUSSMLP_CACHE": str(ROOT / ".cache"),
    }
    with subprocess.Popen(
        [*command, "--IdentityProvider.token=", f"--notebook-dir={folder}"],
        env=os.environ
        | own
        | {"GAUSSMLP_CACHE": os.environ.get("GAUSSMLP_CACHE", str(ROOT / ".cache"))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=1).close()
                break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/lab/tree/chapters"
        server.terminate()


MOVE = """async ([root, k, position]) => {
  const slider = root.querySelectorAll("input")[k], before = root.dataset.shown;
  const begin = performance.now();
  slider.value = position;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  while (root.dataset.shown === before) await new Promise(requestAnimationFrame);
  return performance.now() - begin;
}"""


def test_a_slider_moves_a_live_figure_in_time(browser, lab):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{lab}/reconstruction.ipynb")
    page.get_by_text("| Idle").wait_for(timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.locator(".lm-Menu-item", has_text=re.compile("Run All Cells")).first.click()

    root = page.locator(".player:has(input)")
    root.wait_for(timeout=180_000)
    root.scroll_into_view_if_needed()
    assert root.locator("img").get_attribute("alt")
    slider = root.locator("input").first
    box, shown = slider.bounding_box(), root.get_attribute("data-shown")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.wait_for_function(
        "([root, shown]) => root.dataset.shown !== shown", arg=[root.element_handle(), shown]
    )
    page.wait_for_timeout(2000)
    times = []
    for mask in (0, 1, 2, 3, 4, 5, 6, 7) * 2:  # N = 20: every mask, and back to the first
        times.append(page.evaluate(MOVE, [root.element_handle(), 0, mask]))
    print(f"event to picture: {sorted(map(round, times))} ms")
    page.close()
    assert statistics.median(times) < BUDGET
