"""A fault in a chapter stops `make book` or `make test`, and the message says where it is.

Nearly every book here has one page. Makefile, settings and theme are those of the project.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from self_contained import foreign

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def markdown(text):
    return nbformat.v4.new_markdown_cell(text)


def code(text, stored=None, tags=()):
    outputs = []
    if stored is not None:
        data = {"text/plain": stored}
        outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
    about = {"tags": list(tags)}
    return nbformat.v4.new_code_cell(text, outputs=outputs, execution_count=1, metadata=about)


TITLE = markdown("# A page")
DRAWN = """from matplotlib import pyplot as plt
from gaussmlp.book.style import figure
figure(plt.plot)([0, 1], "o")
plt.show()"""
# One of each kind of thing that a sound page holds.
SOUND = [
    TITLE,
    markdown("(here)=\n## A section\n\nOf {cite}`alba2026`, see {ref}`here`.\n\n$$x^2$$"),
    code("from gaussmlp.book.explorers import expulsion\n\nnumbers = {'share': '0.5'}"),
    code("expulsion(n=3)"),
    code(DRAWN),
    code(DRAWN),
    markdown('The share is {eval}`numbers["share"]`.\n\n```{bibliography}\n```'),
]

# What is wrong with the cells of a page, and what the message about each must say.
FAULTS = [
    (markdown("See {ref}`nowhere`."), "'nowhere'"),
    (markdown("See {numref}`fig-nowhere`."), "'fig-nowhere'"),
    (markdown("See [there](nowhere.md)."), "'nowhere.md'"),
    (markdown("![a](nothing.png)"), "nothing.png"),
    (markdown("By {cite}`nobody1999`."), '"nobody1999"'),
    (markdown("A {term}`nonsense`."), "'nonsense'"),
    (markdown('It is {eval}`numbers["share"]`.'), "'numbers'"),
    (code("import warnings\nwarnings.warn('old')"), "stderr was found"),
]


def write(path, *cells):
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)


# What a run of this suite may be told, in the workflow too, and what a book here must not know.
OUTER = re.compile("MAKE|REQUIRE|^(?:SOURCE|BOOK)_|^PUBLISH$")


def make(target, folder, *cells, pages=(), **variables):
    """Run a target of the project's Makefile on a book of one page; return exit status, output.

    Further pages are those of these names that stand in the folder.
    """
    for name in ("Makefile", "pyproject.toml", "_config.yml", "references.bib"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "assets", folder / "assets")
    shutil.copytree(ROOT / "extensions", folder / "extensions")
    (folder / "tests").mkdir()
    shutil.copy(ROOT / "tests" / "self_contained.py", folder / "tests")
    more = "".join(f"  - file: {name}\n" for name in pages)
    toc = "format: jb-book\nroot: intro\n" + ("chapters:\n" + more if more else "")
    (folder / "_toc.yml").write_text(toc)
    (folder / ".venv").symlink_to(sys.prefix)
    write(folder / "intro.ipynb", *cells)
    done = subprocess.run(
        ["make", target, "--old-file", ".venv/.installed"],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not OUTER.search(k)} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stdout


def test_a_sound_page_builds_and_loads_nothing_from_another_host(tmp_path):
    status, output = make("book", tmp_path, *SOUND)
    assert status == 0, output
    page = (tmp_path / "_build" / "html" / "intro.html").read_text()
    assert "mathjax" in page  # else there would be nothing to load
    assert "The share is 0.5." in re.sub("<[^>]*>", "", page)  # the computed number
    assert '<div class="explorer">' in page
    assert "mountPage(" in page  # what it trains with
    # what is drawn alike has the same bytes, and so one name
    assert len([*(tmp_path / "_build" / "html" / "_images").glob("*.svg")]) == 1
    assert foreign(tmp_path / "_build" / "html") == []
    assert links_to_source(tmp_path) == []  # whose address is not known


def links_to_source(folder):
    page = (folder / "_build" / "html" / "intro.html").read_text()
    return re.findall(r'href="(https://[^"]*(?:example|binder)[^"]*)"', page)


def test_links_to_the_source_stand_where_its_address_is_known(tmp_path):
    known = {"SOURCE_URL": "https://example.org/some/book", "BOOK_URL": "https://example.org/site/"}
    status, output = make("book", tmp_path, TITLE, **known)
    assert status == 0, output
    links = links_to_source(tmp_path)
    wanted = ("some/book/issues/new", "some/book/edit/main/intro.ipynb", "mybinder.org")
    assert all(any(part in link for link in links) for part in wanted), links
    assert "https://example.org/site/intro.html" in links  # the canonical address


# How a cell of a chapter may be folded or hidden.
FOLDS = [
    (),
    ("hide-input",),
    ("hide-output",),
    ("hide-cell",),
    ("remove-input",),
    ("remove-input", "remove-output"),
]
ASSERT = "truth = None\nassert truth, '{0} is true.'"
CHECKED = "from gaussmlp.book import tables\n\ntables.checked({{'{0} is true.': False}})"


def test_each_fault_and_each_false_statement_is_named_with_its_place_and_stops_the_book(tmp_path):
    wrong = {"-".join(("assert", *tags)): (ASSERT, tags) for tags in FOLDS}
    wrong |= {"-".join(("checked", *tags)): (CHECKED, tags) for tags in FOLDS[1::2]}
    for name, (source, tags) in wrong.items():
        write(tmp_path / f"{name}.ipynb", TITLE, code(source.format(name), tags=tags))
    status, output = make("book", tmp_path, TITLE, *(cell for cell, _ in FAULTS), pages=wrong)
    assert status != 0
    told = re.findall(r".*intro\.ipynb.*(?:WARNING|ERROR).*", output)
    # myst-nb counts lines through a notebook: 20001 is line 1 of cell 2 (counted from 1)
    for cell, (_, said) in enumerate(FAULTS, start=2):
        assert any(f"intro.ipynb:{cell}000" in line and said in line for line in told), output
    assert len(told) == len(FAULTS), output
    for name in wrong:
        assert re.search(rf"{name}\.ipynb.*WARNING: Executing notebook failed", output), output
        assert re.search(rf"AssertionError.*: .*{name} is true\.", output), output


def test_a_book_to_publish_needs_its_addresses(tmp_path):
    status, output = make("book", tmp_path, TITLE, PUBLISH="1", BOOK_URL="https://example.org/")
    assert status != 0
    assert "BOOK_URL and SOURCE_URL must name" in output


def test_an_address_on_this_machine_is_no_book_s(tmp_path):
    status, output = make("book", tmp_path, TITLE, BOOK_URL="http://localhost:8000/")
    assert status != 0
    assert "BOOK_URL must begin with https://, got http://localhost:8000/" in output


def test_a_changed_number_and_an_exception_stop_the_tests_and_are_named(tmp_path):
    cells = [code("6 * 7", stored="42"), code("6 * 9", stored="42"), code("answer = 1 / 0")]
    status, output = make("test-chapters", tmp_path, TITLE, *cells)
    assert status != 0
    assert "2 failed, 1 passed" in output
    for number, words in ((1, "54"), (2, "ZeroDivisionError")):
        assert f"intro.ipynb::Cell {number}" in output
        assert words in output


LOADS = {
    '<script src="https://a.example/x.js"></script>': ["https://a.example/x.js"],
    '<link rel="stylesheet" href="//a.example/x.css">': ["//a.example/x.css"],
    '<link rel="preload icon" href="http://a.example/i">': ["http://a.example/i"],
    '<p style="background: url(https://a.example/b.png)">': ["https://a.example/b.png"],
    "<style>@import 'https://a.example/c.css';</style>": ["https://a.example/c.css"],
    '<img srcset="a.png 1x, https://a.example/2.png 2x">': ["https://a.example/2.png"],
    '<script type="module">import x from "https://a.example/m"</script>': ["https://a.example/m"],
    '<a href="https://a.example">text url(https://a.example)</a>': [],
    '<link rel="canonical" href="https://a.example/">': [],
    '<img src="data:image/png;base64,//8A"><script src="x.js"></script>': [],
}


@pytest.mark.parametrize("text", LOADS)
def test_what_a_page_loads_from_another_host_is_found(text, tmp_path):
    (tmp_path / "page.html").write_text(f"<html><body>{text}</body></html>")
    assert [address for _, address in foreign(tmp_path)] == LOADS[text]
