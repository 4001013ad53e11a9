"""Run notebooks in place, store them without images, and say which outputs are others now.

The text outputs stay, because the tests compare them; images would only bloat the history.
"""

import copy
import difflib
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

# Editors and kernels add more, and it changes from machine to machine.
CELL_METADATA = {"tags", "mystnb"}
NOTEBOOK_METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}


def execute(notebook, folder):
    """Run every cell, in the notebook's own folder as the book does."""
    resources = {"metadata": {"path": str(folder)}}
    options = dict(kernel_name="python3", record_timing=False, coalesce_streams=True)
    NotebookClient(notebook, timeout=900, resources=resources, **options).execute()


def normalise(notebook):
    """Drop stored images and whatever differs between two runs of the same cells."""
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for cell in notebook.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in CELL_METADATA}
        if "nbval-ignore-output" in cell.metadata.get("tags", []):  # an explorer, with a picture
            cell.outputs = []
        for output in cell.get("outputs", []):
            output.get("metadata", {}).clear()
            for mime in [m for m in output.get("data", {}) if "image/" in m]:
                del output["data"][mime]


def stored(notebook):
    """The one way a notebook is written to disk: two notebooks are equal if this is."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def shown(cell):
    """The lines of a cell as it is stored."""
    return stored(nbformat.v4.new_notebook(cells=[cell])).splitlines()


def changes(before, after):
    """The cells whose stored outputs are others now, with the lines that changed."""
    for number, (old, new) in enumerate(zip(before.cells, after.cells, strict=True)):
        if old.get("outputs") != new.get("outputs"):
            yield f"cell {number}: {new.source.splitlines()[0]}"
            lines = list(difflib.unified_diff(shown(old), shown(new), lineterm="", n=0))
            yield from (f"    {line[:120]}" for line in lines[2:] if not line.startswith("@@"))


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        notebook = nbformat.read(path, as_version=4)
        before = copy.deepcopy(notebook)
        execute(notebook, path.parent)
        normalise(notebook)
        path.write_text(stored(notebook), encoding="utf-8")
        changed = list(changes(before, notebook))
        told = f"{path}: refreshed, {'these' if changed else 'no'} outputs changed"
        print(told, *changed, sep="\n")
