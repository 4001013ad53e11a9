"""The house rules that no other tool checks: docstrings, line counts, what no file may name."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import gaussmlp
import pytest
from numpydoc.validate import validate

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "gaussmlp"


def named(path):
    return str(path.relative_to(ROOT))


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
INTERNAL = {"__main__.py", "arguments.py", "draws.py", "store.py", "training.py", "experiment.py"}
# So may what chapters call; but where parameters are listed, the list is whole.
BRIEF = {"kernels", "study", "book"}


def public_functions():
    """Return by name the public functions of the library that say all, or begin to."""
    for path in sorted(LIBRARY.rglob("*.py")):
        module = ".".join(path.relative_to(LIBRARY.parent).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            brief = path.name in INTERNAL and node.name not in gaussmlp.__all__
            brief |= not BRIEF.isdisjoint(path.parts) or node.name.endswith("_gradient")
            if not brief or "----" in (ast.get_docstring(node) or ""):
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
