"""`make chapter` runs a notebook again, keeps it small, and says which outputs changed."""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

REFRESH = Path(__file__).parent / "refresh.py"
PICTURE = "from IPython.display import display\ndisplay({'image/png': 'AAAA'}, raw=True)"


def refresh(path):
    done = subprocess.run(
        [sys.executable, REFRESH, path], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout, nbformat.read(path, as_version=4)


def test_a_chapter_is_run_again_and_what_changed_is_shown(tmp_path):
    stale = new_output("stream", name="stdout", text="1\n")
    kept = {"tags": ["hide-input"]}
    cells = [
        new_code_cell("print(2)", outputs=[stale], metadata=kept | {"execution": {"shell": "now"}}),
        new_code_cell(PICTURE),
        new_markdown_cell("It is {eval}`6 * 7`.", metadata={"user_expressions": []}),
    ]
    path = tmp_path / "chapter.ipynb"
    nbformat.write(new_notebook(cells=cells), path)

    said, once = refresh(path)
    assert "cell 0: print(2)" in said
    assert '-      "1\\n"' in said
    assert '+      "2\\n"' in said
    assert [cell.id for cell in once.cells] == [cell.id for cell in cells]
    assert [cell.metadata for cell in once.cells] == [kept, {}, {}]  # not what JupyterLab adds
    assert once.cells[1].outputs[0].data == {}

    said, again = refresh(path)
    assert "no outputs changed" in said
    assert again == once
