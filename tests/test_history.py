"""The history says whether predictions came before their runs, and where it does not."""

import subprocess

import pytest
from gaussmlp.study.history import came_first, commits


@pytest.fixture
def project(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        for command in (["add", "."], [*identity, "commit", "-qm", f"Write {name}"]):
            subprocess.run(["git", *command], cwd=tmp_path, check=True)

    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    write("README.md", "nothing yet")
    return tmp_path, write


def test_predictions_come_first_or_not(project):
    folder, write = project
    options = {"predicted": "said.py", "seeds": "range(7)", "folder": folder}
    assert came_first(commits(**options)) is None  # nothing is said yet
    write("said.py", "it falls")
    write("chapters/x.ipynb", "of range(5)")
    assert came_first(commits(**options)) is None  # nor tested
    write("chapters/x.ipynb", "of range(7)")
    table = commits(**options)
    assert came_first(table) is True
    assert table.loc["first runs", "about"] == "Write chapters/x.ipynb"
    write("chapters/x.ipynb", "of range(7), and more")
    assert came_first(commits(**options)) is True
    write("said.py", "it rises")
    assert came_first(commits(**options)) is False


def test_without_history_nothing_is_claimed(project, tmp_path):
    folder, write = project
    write("said.py", "it falls")
    write("chapters/x.ipynb", "of range(7)")
    write("README.md", "a later change")
    for depth in ("1", "2"):
        copy, origin = tmp_path / f"copy {depth}", f"file://{folder}"
        subprocess.run(["git", "clone", "-q", "--depth", depth, origin, copy], check=True)
        assert came_first(commits("said.py", "range(7)", copy)) is None
    place = tmp_path / "chapters" / ".." / ".." / "no"
    place.mkdir(exist_ok=True)
    assert commits("said.py", "range(7)", place).empty
