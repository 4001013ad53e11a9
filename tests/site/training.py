"""Training in the page itself: the same bits as the library's, with both modules, in Chromium."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv" / "bin" / "python"  # this environment has no library
SCRIPT = ROOT / "lib" / "gaussmlp" / "book" / "js" / "train.js"
MASKS = ("standard", "S", "C", "CS", "O", "OS", "OC", "OCS")

MODULES = "import json; from gaussmlp.book import web; print(json.dumps(web.modules()))"
LIBRARY = """
import json, sys
from gaussmlp import Protocol, Run, train
for n, mask, seed, changes in json.load(sys.stdin):
    (trained,) = train([Run(Protocol().but(changes), n, mask, seed)])
    print(trained.digest)
"""


def library(source, given=""):
    command = [PYTHON, "-c", source]
    return subprocess.run(command, input=given, capture_output=True, check=True, text=True).stdout


def digests_of(runs):
    """Return the library's digests of runs, each (n, mask, seed, changes of the protocol)."""
    return library(LIBRARY, json.dumps(runs)).split()


PAGE = """<!doctype html><meta charset="utf-8"><title>training</title><script type="module">
{script}
const engine = await loaded({modules});
const network = engine.network();
window.gaussmlp = {{ train: (choices) => trained(engine, choices) }};
window.engine = engine;
window.digestOf = ([n, mask, seed, {{ step_size: rate, steps, ...changes }}]) => {{
  network.begin({{ n, mask, seed, rate, ...changes }});
  network.advance(steps);
  return network.divergedAt() === null ? digest(network.parameters()) : "diverged";
}};
const view = new DataView(new ArrayBuffer(8));
const bits = (value) => (view.setFloat64(0, value), view.getBigUint64(0).toString());
window.fmas = (cases) => {{
  network.use();
  return cases.map((numbers) => bits(network.fma(...numbers.map((number) => {{
    view.setBigUint64(0, BigInt(number));
    return view.getFloat64(0);
  }}))));
}};
window.ready = true;
</script>"""


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    modules = library(MODULES)
    path = tmp_path_factory.mktemp("page") / "training.html"
    path.write_text(PAGE.format(script=SCRIPT.read_text(encoding="utf-8"), modules=modules))
    page, requests, errors = browser.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_function("window.ready")
    yield page
    assert requests == [path.as_uri()]  # nothing but the page
    assert errors == []
    page.close()


@pytest.fixture(params=["relaxed", "soft"])
def name(request, page):
    page.evaluate("(name) => { engine.name = name; }", request.param)
    return request.param


def test_the_page_finds_that_relaxed_rounds_once(page):
    assert page.evaluate("engine.name") == "relaxed"


def test_runs_of_every_mask_are_those_of_the_library(page, name):
    sizes = (2, 3, 5, 8) if name == "soft" else (2, 3, 5, 20, 49, 100)
    runs = [[n, mask, 0, {"steps": 300}] for n in sizes for mask in MASKS]
    assert page.evaluate("(runs) => runs.map(digestOf)", runs) == digests_of(runs)
