"""The shape of a chapter: short cells after prose, numbers that the run shows, no raw markup."""

import ast
import itertools
import json
import re
from pathlib import Path

import nbformat
import pytest
import refresh

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [*sorted(ROOT.glob("*.ipynb")), *sorted(ROOT.glob("chapters/*.ipynb"))]
CHIP = r'tables\.chip\("(standard|O?C?S?)"\)'


def cells(notebook):
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def source(cell):
    return "".join(cell["source"])


def tags(cell):
    return set(cell["metadata"].get("tags", []))


def code_lines(cell):
    """Return the lines of a cell that are neither empty nor imports."""
    lines = source(cell).splitlines()
    for node in ast.parse(source(cell)).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return [line for line in lines if line.strip()]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return request.param


def test_a_page_has_thirty_cells_or_fewer(notebook):
    assert len(cells(notebook)) <= 30


def test_a_cell_has_six_lines_or_fewer_and_defines_nothing(notebook):
    for cell in cells(notebook):
        if cell["cell_type"] == "code":
            assert len(code_lines(cell)) <= 6, source(cell)
            nodes = [*ast.walk(ast.parse(source(cell)))]
            assert not any(
                isinstance(n, ast.FunctionDef | ast.ClassDef | ast.Lambda) for n in nodes
            )


def test_code_has_prose_before_it(notebook):
    kinds = [cell["cell_type"] for cell in cells(notebook)]
    assert ("code", "code") not in {*itertools.pairwise(kinds)}
    assert kinds[0] == "markdown"


def test_no_cell_is_tagged_so_that_the_book_never_runs_it(notebook):
    for cell in cells(notebook):
        assert not tags(cell) & {"remove-cell", "skip-execution", "raises-exception"}


def test_few_lines_are_hidden():
    hidden = [c for n in NOTEBOOKS for c in cells(n) if "remove-input" in tags(c)]
    assert sum(len(code_lines(cell)) for cell in hidden) <= 60


def test_every_number_of_the_text_is_in_the_table_that_is_compared(notebook):
    shown = [c for c in cells(notebook) if "tables.said(numbers)" in source(c)]
    stored = json.dumps([cell["outputs"] for cell in shown], ensure_ascii=False)
    known = set(re.findall(r"<th [^>]*row_heading[^>]*>([^<]+)</th>", stored.replace('\\"', '"')))
    for cell in cells(notebook):
        for expression in re.findall(r"\{eval\}`([^`]+)`", source(cell)):
            if not re.fullmatch(CHIP, expression):
                name = re.fullmatch(r'numbers\["([^"]+)"\]', expression)
                assert name, expression
                assert name[1] in known, expression


def test_nothing_is_computed_in_headings_or_descriptions(notebook):
    for cell in cells(notebook):
        assert "{glue" not in source(cell)
        if cell["cell_type"] == "markdown":
            assert not re.search(r"^#+ .*\{eval\}", source(cell), re.M)
        assert "{eval}" not in json.dumps(cell["metadata"])


def test_a_chapter_ends_with_its_checks(notebook):
    *_, last = (c for c in cells(notebook) if c["cell_type"] == "code")
    assert source(last).endswith("tables.checked(statements)")


def test_a_notebook_was_run_from_first_to_last_cell_and_stores_no_image_nor_machine(notebook):
    counts = [c["execution_count"] for c in cells(notebook) if c["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))  # without a count nbval compares nothing
    text, read = notebook.read_text(encoding="utf-8"), nbformat.read(notebook, as_version=4)
    refresh.normalise(read)
    assert text == refresh.stored(read), f"make chapter NAME={notebook.stem} stores it anew"
    assert "data:image" not in text
    assert len(text) < 230_000
