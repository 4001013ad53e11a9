"""The house rules that no other tool checks: notebooks, docstrings, what no file may name."""

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path

import gaussmlp
import nbformat
import pytest
import refresh
from numpydoc.validate import validate

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "gaussmlp"
NOTEBOOKS = [*sorted(ROOT.glob("*.ipynb")), *sorted(ROOT.glob("chapters/*.ipynb"))]


def named(path):
    return str(path.relative_to(ROOT))


def code_cells(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_notebook_was_run_from_first_to_last_cell_and_stores_no_image_nor_machine(notebook):
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))  # without a count nbval compares nothing
    text, read = notebook.read_text(encoding="utf-8"), nbformat.read(notebook, as_version=4)
    refresh.normalise(read)
    assert text == refresh.stored(read), f"make chapter NAME={notebook.stem} stores it anew"
    assert "data:image" not in text
    assert len(text) < 200_000


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_cell_has_ten_lines_or_fewer_beside_imports_and_defines_nothing(notebook):
    for cell in code_cells(notebook):
        lines = "".join(cell["source"]).splitlines()
        for node in ast.parse("\n".join(lines)).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                for number in range(node.lineno, node.end_lineno + 1):
                    lines[number - 1] = ""
        code = [line for line in lines if line.strip()]
        assert len(code) <= 10, code
        assert not re.search(
            r"^\s*(?:def|class|async|lambda)\b|=\s*lambda\b", "\n".join(code), re.M
        )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_figure_has_a_caption_a_name_and_a_text_for_those_who_cannot_see_it(notebook):
    for cell in code_cells(notebook):
        if "plt.show()" in "".join(cell["source"]):
            about = cell["metadata"]["mystnb"]
            assert len(about["figure"]["caption"]) > 20
            assert re.fullmatch(r"fig-[a-z-]+", about["figure"]["name"])
            assert len(about["image"]["alt"]) > 20


def test_figures_have_names_of_their_own():
    names = re.findall(r'"name": "(fig-[^"]+)"', "".join(map(Path.read_text, NOTEBOOKS)))
    assert len(set(names)) == len(names) >= 5


README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_counts_the_lines_of_what_to_read_first():
    rows = re.findall(r"^\| (\d+) \| `(.+?)` \|", README, re.M)
    assert len(rows) >= 6
    counted = [(str(len((ROOT / name).read_text().splitlines())), name) for _, name in rows]
    assert rows == counted, "make format counts them again"


def test_the_ten_lines_of_the_readme_run_and_print_no_wall(capsys):
    example = re.search(r"```python\n(.*?)```", README, re.S)[1]
    assert example.count("\n") <= 10
    exec(compile(example, "README.md", "exec"), {})
    shown = capsys.readouterr().out
    assert "float64(" not in shown
    assert len(shown.splitlines()) <= 24


def committed_texts():
    """Return the files of the project that hold text, new ones included."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("only a clone knows what is committed")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        path = ROOT / name
        try:
            yield name, path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue


# Written so that this file does not name them either.
FORBIDDEN = {
    "a package registry": r"py[p]i\.|pythonhoste[d]|--(?:extra-)?index-url[ =]|--trusted-hos[t]",
    "a path of somebody's machine": r"(?<![\w.{}/])/(?:work|root|home|Users|mnt|srv)/\w",
    "a folder outside the project": r"\.\./share[d]",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what):
    pattern, files = re.compile(FORBIDDEN[what]), list(committed_texts())
    assert len(files) > 20
    found = [(name, match.group()) for name, text in files if (match := pattern.search(text))]
    assert found == []


# What only neighbouring modules call may say in a line what it does.
INTERNAL = {"arguments.py", "axes.py", "store.py", "training.py", "experiment.py"}


def public_functions():
    """Return the public functions of the library by name, but those that few modules call."""
    for path in sorted(LIBRARY.rglob("*.py")):
        module = ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            internal = path.name in INTERNAL and node.name not in gaussmlp.__all__
            if not (internal or "kernels" in path.parts or node.name.endswith("_gradient")):
                yield f"{module}.{node.name}"  # of a gradient, the value says the rest


@pytest.mark.parametrize("name", [*public_functions()])
def test_a_public_function_says_what_it_takes_and_returns(name):
    missing = {"GL08", "PR01", "PR02", "RT01"}  # docstring, parameters, what comes back
    if ".figures." in name:
        missing.remove("RT01")  # what draws returns a figure
    assert [text for code, text in validate(name)["errors"] if code in missing] == []


def test_kernels_know_nothing_above_them_but_where_compiled_code_is_kept():
    for path in (LIBRARY / "kernels").glob("*.py"):
        imports = set(re.findall(r"^\s*(?:from|import) (gaussmlp[\w.]*)", path.read_text(), re.M))
        known = {"gaussmlp.store"} if path.name == "jit.py" else set()
        assert all(name.startswith("gaussmlp.kernels.") for name in imports - known), path.name
