"""What the project depends on: pinned by hash, used, and under licences that fit ours."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import audit
import pytest

ROOT = Path(__file__).parents[1]
LOCKS = [*sorted(ROOT.glob("*.lock")), *sorted(ROOT.glob("*/requirements*.lock"))]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def named(path):
    return str(path.relative_to(ROOT))


def requirements(lock):
    """Return the requirements of a lock file, each with its hashes on one line."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def test_there_are_locks():
    assert [named(lock) for lock in LOCKS] == [
        "requirements.lock",
        "benchmarks/requirements.lock",
        "tests/requirements-audit.lock",
        "tests/requirements-extra.lock",
        "tests/requirements-site.lock",
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=named)
def test_a_lock_pins_every_package_by_hash_and_names_no_host(lock):
    pinned = re.compile(r"[\w.-]+==[\w.]+(?: ; [^#\\]+?)?\s+(?:--hash=sha256:[0-9a-f]{64}\s*)+")
    assert [line for line in requirements(lock) if not pinned.fullmatch(line)] == []
    assert "://" not in lock.read_text(encoding="utf-8")


def locked(lock):
    return {re.split("==", line)[0] for line in requirements(lock)}


def names_in(wanted):
    return [re.match(r"[\w.-]+", one)[0] for one in wanted]


OPTIONAL = PROJECT["optional-dependencies"]
MAIN = [*PROJECT["dependencies"], *(one for k in ("book", "test", "lab") for one in OPTIONAL[k])]


def test_every_dependency_of_the_project_is_in_a_lock():
    assert set(names_in(MAIN)) <= locked(ROOT / "requirements.lock")
    assert set(names_in(OPTIONAL["distributed"])) <= locked(ROOT / "tests/requirements-extra.lock")


# Where each is used: files, and what stands in them that needs it.
CODE, SETTINGS = ("lib/**/*.py",), ("Makefile", "_config.yml", "pyproject.toml")
NOTEBOOKS = ("chapters/*.ipynb",)
USES = {
    "numpy": (CODE, r"^import numpy"),
    "numba": (CODE, r"^import numba"),
    "scipy": (CODE, r"^from scipy"),
    "mpmath": (CODE, r"^import mpmath"),
    "pandas": (CODE, r"^import pandas"),
    "joblib": (CODE, r"^from joblib"),
    "tqdm": (CODE, r"^from tqdm"),
    "platformdirs": (CODE, r"^import platformdirs"),
    "matplotlib": (CODE, r"^import matplotlib"),
    "pillow": (CODE, r"^from PIL"),
    "anywidget": (CODE, r"^import anywidget"),
    "ipywidgets": (CODE, r"^from tqdm\.auto"),  # the bar of a notebook is a widget
    "jupyter-book": (SETTINGS, r"bin/jupyter-book build"),
    "sphinx-mathjax-offline": (SETTINGS, r"- sphinx-mathjax-offline"),
    "sphinx-sitemap": (SETTINGS, r"- sphinx_sitemap"),
    "sphinxext-opengraph": (SETTINGS, r"- sphinxext.opengraph"),
    "numpydoc": (SETTINGS, r"- numpydoc"),
    "ipykernel": (NOTEBOOKS, r'"name": "python3"'),
    "setuptools": (SETTINGS, r"setuptools\.build_meta"),
    "pytest": (SETTINGS, r"-m pytest"),
    "hypothesis": (("tests/*.py",), r"^from hypothesis"),
    "nbval": (SETTINGS, r"--nbval"),
    "ruff": (SETTINGS, r"-m ruff"),
    "import-linter": (SETTINGS, r"bin/lint-imports"),
    "uv": (SETTINGS, r"-m uv"),
    "jupyterlab": (SETTINGS, r"-m jupyterlab"),
    "distributed": (("tests/*.py",), r"distributed"),
}


def test_where_each_dependency_is_used_is_known():
    assert set(USES) == {*names_in(MAIN), *names_in(OPTIONAL["distributed"])}


@pytest.mark.parametrize("package", USES)
def test_a_dependency_is_used(package):
    globs, pattern = USES[package]
    files = [path for glob in globs for path in ROOT.glob(glob)]
    files = [path for path in files if path != Path(__file__)]
    assert files
    assert any(re.search(pattern, path.read_text(encoding="utf-8"), re.M) for path in files)


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "MPL-2.0 AND MIT",
        "BSD-2-Clause AND Apache-2.0 WITH LLVM-exception",
        "GPL-3.0-only OR MIT",
        "BSD License; MIT License",
        "Mozilla Public License 2.0 (MPL 2.0)",
    ],
)
def test_a_licence_that_fits_ours_is_allowed(licence):
    assert audit.refused([{"Name": "fine", "License": licence}]) == []


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-only",
        "GNU General Public License v3 (GPLv3)",
        "MIT AND GPL-3.0-only",
        "MIT License; GNU Affero General Public License v3",
        "AGPL-3.0-only OR GPL-3.0-only",
        "Proprietary",
        "UNKNOWN",
        "",
    ],
)
def test_another_licence_is_refused(licence):
    package = {"Name": "bad", "License": licence}
    assert audit.refused([{"Name": "fine", "License": "MIT"}, package]) == [package]


def test_a_reason_for_a_licence_is_about_a_package_that_is_there():
    for name in audit.REASONS:
        try:
            version(name)
        except PackageNotFoundError:
            pytest.fail(f"{name} is gone, and so should be its reason")


def test_advisories_are_counted_only_where_they_were_looked_up():
    hole = {"id": "X-1", "fix_versions": ["2.1"], "aliases": [], "description": ""}
    report = {
        "dependencies": [
            {"name": "a", "version": "2.0", "vulns": [hole]},
            {"name": "b", "version": "1.0", "vulns": []},
            {"name": "c", "version": "1.0", "skip_reason": "not found"},
        ]
    }
    assert audit.advisories(report) == (["a 2.0: X-1, mended in 2.1"], 2)
    assert audit.advisories({"dependencies": [{"name": "c", "skip_reason": "no"}]}) == ([], 0)
