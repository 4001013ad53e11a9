"""`make chapter` runs a notebook again, keeps it small, and says which outputs changed."""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from refresh import normalise
from refresh import stored as written

REFRESH = Path(__file__).parent / "refresh.py"
PICTURE = "from IPython.display import display\ndisplay({'image/png': 'AAAA'}, raw=True)"


def refresh(path):
    done = subprocess.run(
        [sys.executable, REFRESH, path], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout, nbformat.read(path, as_version=4)


def test_a_chapter_is_run_again_and_what_changed_is_shown(tmp_path):
    stale = new_output("stream", name="stdout", text="1\n")
    cells = [new_code_cell("print(2)", outputs=[stale]), new_code_cell(PICTURE)]
    path = tmp_path / "chapter.ipynb"
    nbformat.write(new_notebook(cells=cells), path)

    said, once = refresh(path)
    assert "cell 0: print(2)" in said
    assert '-      "1\\n"' in said
    assert '+      "2\\n"' in said
    assert [cell.id for cell in once.cells] == [cell.id for cell in cells]
    assert once.cells[1].outputs[0].data == {}

    said, again = refresh(path)
    assert "no outputs changed" in said
    assert again == once


def test_what_jupyterlab_writes_into_cells_is_not_stored():
    text, code = new_markdown_cell("It is {eval}`6 * 7`."), new_code_cell("6 * 7")
    code.metadata.tags = ["hide-input"]
    bare = written(new_notebook(cells=[text, code], metadata={}))
    live = nbformat.reads(bare, as_version=4)
    result = {"status": "ok", "data": {"text/plain": "42"}, "metadata": {}}
    live.cells[0].metadata.user_expressions = [{"expression": "6 * 7", "result": result}]
    live.cells[0].metadata.editable = True
    live.cells[1].metadata.execution = {"shell.execute_reply": "2026-05-25T12:00:00Z"}
    stored = nbformat.reads(bare, as_version=4)
    for notebook in (live, stored):
        normalise(notebook)
    assert written(live) == written(stored)
    assert [cell.metadata for cell in live.cells] == [{}, {"tags": ["hide-input"]}]
