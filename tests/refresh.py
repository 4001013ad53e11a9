"""Run notebooks in place and store them without images, or check that they are stored so.

The text outputs stay, because the tests compare them; images would only bloat the history.
"""

import argparse
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
    NotebookClient(
        notebook,
        timeout=900,
        kernel_name="python3",
        resources=resources,
        record_timing=False,
        coalesce_streams=True,
    ).execute()


def normalise(notebook):
    """Drop stored images and whatever differs between two runs of the same cells."""
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    for cell in notebook.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in CELL_METADATA}
        if "nbval-ignore-output" in cell.metadata.get("tags", []):  # a player, far too large
            cell.outputs = []
        for output in cell.get("outputs", []):
            output.get("metadata", {}).clear()
            for mime in [m for m in output.get("data", {}) if "image/" in m]:
                del output["data"][mime]


def dumps(notebook):
    """The one way a notebook is written to disk: two notebooks are equal if this is."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def problems(path):
    """What keeps a stored notebook from being compared and kept small."""
    notebook = nbformat.read(path, as_version=4)
    for number, cell in enumerate(notebook.cells):
        # nbval compares nothing, and says nothing, where a cell was never run.
        if cell.cell_type == "code" and cell.execution_count is None:
            yield f"cell {number} was never run"
    stored = path.read_text(encoding="utf-8")
    normalise(notebook)
    if dumps(notebook) != stored:
        yield "it stores an image, or metadata of one machine"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, only look")
    parser.add_argument("notebooks", nargs="*", type=Path)
    arguments = parser.parse_args()
    failed = False
    for path in arguments.notebooks:
        if arguments.check:
            for problem in problems(path):
                failed = True
                print(f"{path}: {problem}; run 'make chapter NAME={path.stem}'", file=sys.stderr)
        else:
            notebook = nbformat.read(path, as_version=4)
            execute(notebook, path.parent)
            normalise(notebook)
            path.write_text(dumps(notebook), encoding="utf-8")
            print(f"{path}: refreshed")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
