"""A release is made only where versions agree, and verifying one says what is equal."""

import json
import subprocess
import tarfile

import pytest
import release
import yaml

VERSION, DAY = "0.9.0", "2026-12-01"
CITATION = f"title: All\nversion: {VERSION}\ndate-released: {DAY}\nauthors: [name: we]\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Return a folder of a project that could be released, with a command for each change of it."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.setenv("SOURCE_URL", "https://example.org/some/book")

    def write(tag=True, **texts):
        for name, text in texts.items():
            (folder / name.replace("_", ".")).write_text(text)
        git("add", ".")
        git("commit", "-qm", "a change", "--allow-empty")
        if tag:
            git("tag", "-f", f"v{VERSION}")

    def git(*arguments):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    write(
        pyproject_toml=f'[project]\nversion = "{VERSION}"\n',
        CITATION_cff=CITATION,
        CHANGELOG_md=f"# Changes\n\n## {VERSION}, {DAY}\n\n- All.\n",
        LICENSE="MIT",
        requirements_lock="numpy==2",
    )
    return folder, write


def test_versions_must_agree(project, monkeypatch):
    folder, write = project
    assert release.problem(VERSION, folder) is None
    assert "pyproject.toml has version 0.9.0" in release.problem("1.0.0", folder)
    write(CHANGELOG_md="# Changes\n\n## 0.8.0, 2026-11-01\n")
    assert "CHANGELOG.md needs a section '## 0.9.0, 2026-12-01'" in release.problem(VERSION, folder)
    write(CITATION_cff=f"version: 0.8.0\ndate-released: {DAY}\n")
    assert "CITATION.cff has version 0.8.0" in release.problem(VERSION, folder)


def test_what_is_released_is_committed_tagged_and_has_an_address(project, monkeypatch):
    folder, write = project
    (folder / "LICENSE").write_text("another")
    assert "not committed" in release.problem(VERSION, folder)
    write(tag=False)
    assert "needs the tag v0.9.0" in release.problem(VERSION, folder)
    write()
    monkeypatch.delenv("SOURCE_URL")
    assert "SOURCE_URL" in release.problem(VERSION, folder)


@pytest.fixture
def made(project, tmp_path, monkeypatch):
    """Release a project whose book is two files."""
    folder, write = project
    write(
        Makefile="book:\n\tmkdir -p _build/html/_data\n"
        "\techo 1,2 > _build/html/_data/fig.csv; cp runs.csv _build/html/_data/runs.csv\n"
        "\tmkdir -p _build/html/_images; cp runs.csv _build/html/_images/one.svg\n"
        "pdf:\n\techo page > _build/book.pdf\n",
        runs_csv="one\n",
    )
    monkeypatch.setattr(release, "ROOT", folder)
    code = """-c "print('one')" > {}"""
    monkeypatch.setattr(release, "DATA", {"runs.csv": code})
    release.release(VERSION)
    return folder, folder / "dist" / "gaussmlp-0.9.0.tar.gz"


def test_an_archive_has_a_manifest_of_all_files_and_the_command_of_each(made, tmp_path):
    _, archive = made
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    whole = tmp_path / "gaussmlp-0.9.0"
    rows = json.loads((whole / "manifest.json").read_text())
    places = {row["file"]: row.get("written to") for row in rows}
    assert places["site/_data/fig.csv"] == "_build/html/_data/fig.csv"
    assert places["book.pdf"] == "_build/book.pdf"
    commands = {row["file"]: row["command"] for row in rows}
    assert commands["site/_data/fig.csv"] == "make book"
    assert commands["book.pdf"] == "make pdf"
    assert commands["runs.csv"].startswith("python -c")
    assert {"requirements.lock", "source.tar", "CITATION.cff", "CHANGELOG.md"} <= set(commands)
    assert "repository-code: https://example.org" in (whole / "CITATION.cff").read_text()
    told = (whole / "codecheck.yml").read_text()
    assert told.startswith("---\n")  # its rules ask for it
    about = yaml.safe_load(told)
    assert [one["file"] for one in about["manifest"]] == ["runs.csv", "book.pdf"]
    assert about["paper"] == {
        "title": "All, 0.9.0",
        "authors": [{"name": "we"}],
        "reference": "https://example.org/some/book",
    }


def test_verifying_says_what_is_equal_and_what_is_not(made, capsys):
    folder, archive = made
    release.verify(archive)
    assert "differs" not in capsys.readouterr().out
    (folder / "requirements.lock").write_text("numpy==3")
    (folder / "pyproject.toml").write_text('[project]\nversion = "1.0.0"\n')
    (folder / "runs.csv").write_text("two\n")
    with pytest.raises(SystemExit):
        release.verify(archive)
    told = dict(
        line.split("  ", 1) for line in capsys.readouterr().out.splitlines() if "  " in line
    )
    assert told["requirements.lock"].strip() == "differs"
    assert told["version of this source"].strip() == "differs"
    assert told["drawings"].strip() == "only 0 of 1 equal"
    assert told["runs.csv"].strip() == "equal"
    assert told["data of the figures"].strip() == "only 1 of 2 equal"
