"""The house rules that no other tool checks: notebooks, docstrings, what no file may name."""

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "gaussmlp"
NOTEBOOKS = [*sorted(ROOT.glob("*.ipynb")), *sorted(ROOT.glob("chapters/*.ipynb"))]


def named(path):
    return str(path.relative_to(ROOT))


def code_cells(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_notebook_stores_no_image(notebook):
    text = notebook.read_text(encoding="utf-8")
    assert not re.search(r'"(?:application/papermill\.record/)?image/[a-z+]+" *:', text)
    assert "data:image" not in text
    assert len(text) < 200_000


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_cell_has_ten_lines_or_fewer_beside_imports_and_defines_nothing(notebook):
    for cell in code_cells(notebook):
        text = "".join(cell["source"])
        lines = re.sub(
            r"^(?:from|import) [^(\n]+(?:\([^)]*\))?\n?", "", text, flags=re.M
        ).splitlines()
        assert len(lines) <= 10, lines
        assert not re.search(r"^\s*(?:def|class|async|lambda)\b|=\s*lambda\b", text, re.M)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_figure_has_a_caption_a_name_and_a_text_for_those_who_cannot_see_it(notebook):
    for cell in code_cells(notebook):
        if "plt.show()" in "".join(cell["source"]):
            about = cell["metadata"]["mystnb"]
            assert len(about["figure"]["caption"]) > 20
            assert re.fullmatch(r"fig-[a-z-]+", about["figure"]["name"])
            assert len(about["image"]["alt"]) > 20


def test_figures_have_names_of_their_own():
    cells = [cell for notebook in NOTEBOOKS for cell in code_cells(notebook)]
    figures = [
        cell["metadata"]["mystnb"]["figure"] for cell in cells if "mystnb" in cell["metadata"]
    ]
    names = [figure["name"] for figure in figures]
    assert len(names) >= 5
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)
def test_a_notebook_was_run_from_its_first_cell_to_its_last(notebook):
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))  # without a count nbval compares nothing


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


def public_functions():
    """Return each public function of the library, as its file and its syntax tree."""
    for path in sorted(LIBRARY.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield pytest.param(path, node, id=f"{named(path)}:{node.name}")


def argument_names(function):
    of = function.args
    named = [argument.arg for argument in (*of.posonlyargs, *of.args, *of.kwonlyargs)]
    return named + [argument.arg for argument in (of.vararg, of.kwarg) if argument]


def documented_names(docstring):
    """Return the names in the Parameters section, None if there is no such section."""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+$|\Z)", docstring, re.M | re.S)
    if section is None:
        return None
    heads = re.findall(r"^([\w*][\w*, ]*?)(?: :.*)?$", section[1], re.M)
    return [name.strip("* ") for head in heads for name in head.split(",")]


USED_BY_READERS = "\n".join("".join(cell["source"]) for n in NOTEBOOKS for cell in code_cells(n))


@pytest.mark.parametrize(("path", "function"), [*public_functions()])
def test_a_public_function_says_what_it_takes_and_returns(path, function):
    docstring = ast.get_docstring(function)
    assert docstring, "no docstring"
    if function.name.endswith("_gradient") and "\n" not in docstring:
        return  # its value says the rest
    documented = documented_names(docstring)
    used = re.search(rf"""(?<!["\]]\.)\b{function.name}\(""", USED_BY_READERS)  # not "".join(
    if documented is not None or used:
        assert (documented or []) == argument_names(function)
    returns = any(isinstance(node, ast.Return) and node.value for node in ast.walk(function))
    if returns and used and not docstring.startswith(("Draw ", "Return ")):
        assert re.search(r"^Returns\n-+$", docstring, re.M), "no Returns section"


def test_kernels_know_nothing_above_them_but_where_compiled_code_is_kept():
    for path in (LIBRARY / "kernels").glob("*.py"):
        imports = set(re.findall(r"^\s*(?:from|import) (gaussmlp[\w.]*)", path.read_text(), re.M))
        known = {"gaussmlp.store"} if path.name == "jit.py" else set()
        assert all(name.startswith("gaussmlp.kernels.") for name in imports - known), path.name
