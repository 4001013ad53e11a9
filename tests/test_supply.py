"""What the project depends on: pinned by hash, and used."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = [*sorted(ROOT.glob("*.lock")), *sorted(ROOT.glob("*/requirements*.lock"))]
TABLES = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = TABLES["project"]
EXTRAS = PROJECT["optional-dependencies"]


def requirements(lock):
    """Return the requirements of a lock file, each with its hashes on one line."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_a_lock_pins_every_package_by_hash_and_names_no_host(lock):
    pinned = re.compile(r"[\w.-]+==[\w.]+(?: ; [^#\\]+?)?\s+(?:--hash=sha256:[0-9a-f]{64}\s*)+")
    assert [line for line in requirements(lock) if not pinned.fullmatch(line)] == []
    assert "://" not in lock.read_text(encoding="utf-8")


def names_in(wanted):
    names = {re.match(r"[\w.-]+", one)[0] for one in wanted}
    return names - {"gaussmlp"}  # an extra may ask for another one


MAIN = names_in(sum((EXTRAS[k] for k in EXTRAS if k != "distributed"), PROJECT["dependencies"]))


def test_every_dependency_of_the_project_is_in_a_lock():
    def locked(lock):
        return {line.partition("==")[0] for line in requirements(ROOT / lock)}

    assert locked("requirements.lock") >= MAIN
    assert locked("tests/requirements-extra.lock") >= names_in(EXTRAS["distributed"])


# What stands in a file that needs a package, where that is no import of the package's name.
USES = {
    "scikit-learn": r"^\s*from sklearn\.",
    "pillow": r"^from PIL",
    "ipywidgets": r"^\s*from tqdm\.auto",  # the bar of a notebook is a widget
    "jupyter-book": r"bin/jupyter-book build",
    "sphinx-mathjax-offline": r"- sphinx-mathjax-offline",
    "sphinx-sitemap": r'"sphinx_sitemap"',
    "sphinxext-opengraph": r'"sphinxext.opengraph"',
    "numpydoc": r"- numpydoc",
    "ipykernel": r'"name": "python3"',
    "setuptools": r"setuptools\.build_meta",
    "pytest": r"-m pytest",
    "pytest-xdist": r"-n 2",
    "nbval": r"--nbval",
    "ruff": r"-m ruff",
    "import-linter": r"bin/lint-imports",
    "uv": r"-m uv",
    "distributed": r"dask\.distributed",
    "jupyterlab": r"-m jupyterlab",
    "jupyterlab-myst": r"\{eval\}`",  # which it shows in JupyterLab
}
PLACES = ("lib/**/*.py", "tests/*.py", "extensions/*.py", "chapters/*.ipynb")
PLACES += ("Makefile", "_config.yml", "pyproject.*")


@pytest.mark.parametrize("package", sorted(MAIN | names_in(EXTRAS["distributed"])))
def test_a_dependency_is_used(package):
    use = re.compile(USES.get(package, rf"^\s*(?:from|import) {package}\b"), re.M)
    paths = [path for place in PLACES for path in ROOT.glob(place) if path != Path(__file__)]
    assert any(use.search(path.read_text(encoding="utf-8")) for path in paths)


def test_an_installed_book_has_its_style_sheets_and_scripts():
    kinds = TABLES["tool"]["setuptools"]["package-data"]["gaussmlp.book"]
    room = ROOT / "lib" / "gaussmlp" / "book"
    others = {path for path in room.rglob("*.*") if path.suffix not in {".py", ".pyc"}}
    assert others == {path for kind in kinds for path in room.glob(kind)}
