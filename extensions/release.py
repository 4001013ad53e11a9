"""Make a release, or verify one: ``make release VERSION=0.2.0``, ``make verify ARCHIVE=FILE``.

A release is one archive: the site, the PDF, the data with the command that makes each file, the
lock, the source, and a manifest with SHA-256 that a codechecker (CODECHECK) can start from. To
verify it is to make the data and the site again, here, and to compare.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]

DATA = {
    "runs.csv": "-m gaussmlp run --no-cache --out {}",
    "claims.json": "-m gaussmlp claims --no-cache --json > {}",
    "pictures.csv": "-m gaussmlp run --data digits square --no-cache --out {}",
}
"""The files that one command makes each: what a shell gives to Python."""

SITE = "make book"
"""What makes ``site/``, of which data and drawings are compared."""

_COPIED = {
    "book.pdf": "_build/book.pdf",
    "requirements.lock": "requirements.lock",
    "CITATION.cff": "CITATION.cff",
    "CHANGELOG.md": "CHANGELOG.md",
    "LICENSE": "LICENSE",
}


def problem(version, folder):
    """Return in one line why this version cannot be released, None if it can."""
    given = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    cited = yaml.safe_load((folder / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
    if given["project"]["version"] != version:
        return f"pyproject.toml has version {given['project']['version']}, not {version}"
    if cited["version"] != version:
        return f"CITATION.cff has version {cited['version']}, not {version}"
    if not re.search(rf"^## {re.escape(version)}\b.*{cited['date-released']}", changes, re.M):
        return f"CHANGELOG.md needs a section '## {version}, {cited['date-released']}'"
    if _git(folder, "status", "--porcelain"):
        return "there are changes that are not committed"
    if _git(folder, "tag", "--points-at", "HEAD", "--list", f"v{version}") != f"v{version}":
        return f"the last commit needs the tag v{version}"
    if not os.environ.get("SOURCE_URL"):
        return "SOURCE_URL must be the address of the source, which the citation names"
    return None


def _git(folder, *arguments):
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def release(version):
    """Build book and PDF from a clean clone of the tag, and write the archive."""
    if said := problem(version, ROOT):
        sys.exit(f"no release: {said}")
    name = f"gaussmlp-{version}"
    with tempfile.TemporaryDirectory() as scratch:
        clone, made = Path(scratch) / "clone", Path(scratch) / name
        _git(ROOT, "clone", "--quiet", "--branch", f"v{version}", str(ROOT), str(clone))
        linked = os.environ | {"SOURCE_BRANCH": f"v{version}"}
        subprocess.run(["make", "book", "pdf"], cwd=clone, check=True, env=linked)
        made.mkdir()
        (clone / "_build" / "html").rename(made / "site")
        for target, source in _COPIED.items():
            (made / target).write_bytes((clone / source).read_bytes())
        for target in DATA:
            (made / target).write_bytes((made / "site" / "_data" / target).read_bytes())
        with (made / "CITATION.cff").open("a", encoding="utf-8") as file:
            file.write(f"repository-code: {os.environ['SOURCE_URL']}\n")
        _git(clone, "archive", "--output", str(made / "source.tar"), f"v{version}")
        _describe(made, version)
        (ROOT / "dist").mkdir(exist_ok=True)
        archive = ROOT / "dist" / f"{name}.tar.gz"
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(made, name)
    print(f"{archive} is made. It can be verified with: make verify ARCHIVE={archive}")


def _describe(made, version):
    # manifest.json for programs, codecheck.yml for a codechecker, who fills in what is left empty
    files = sorted(path for path in made.rglob("*") if path.is_file())
    commands = {name: f"python {line.format(name)}" for name, line in DATA.items()}
    commands |= {"book.pdf": "make pdf", "source.tar": f"git archive v{version}"}
    rows = []
    for name in (str(path.relative_to(made)) for path in files):
        row = {"file": name, "sha256": _sha256(made / name)}
        row["command"] = commands.get(name, "none: it is in source.tar")
        if name.startswith("site/"):
            row |= {"command": SITE, "written to": f"_build/html/{name[5:]}"}
        elif name in _COPIED:
            row["written to"] = _COPIED[name]
        rows.append(row)
    (made / "manifest.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    shown = [{"file": name, "comment": commands[name]} for name in (*DATA, "book.pdf")]
    cited = yaml.safe_load((made / "CITATION.cff").read_text(encoding="utf-8"))
    about = {
        "version": "https://codecheck.org.uk/spec/config/1.0/",
        "manifest": shown,
        "paper": {
            "title": f"{cited['title']}, {version}",
            "authors": cited["authors"],
            "reference": os.environ["SOURCE_URL"],
        },
        "codechecker": [{"name": "", "ORCID": ""}],
        "summary": "",
        "repository": os.environ["SOURCE_URL"],
        "check_time": "",
        "certificate": "",
        "report": "",
    }
    text = yaml.safe_dump(about, sort_keys=False, allow_unicode=True, explicit_start=True)
    (made / "codecheck.yml").write_text(text, encoding="utf-8")


def verify(archive):
    """Make the data and the site again and say in one table what is equal; exit 1 if not all is."""
    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(archive) as packed:
            packed.extractall(scratch, filter="data")
        (made,) = Path(scratch).iterdir()
        rows = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
        whole = [row["sha256"] == _sha256(made / row["file"]) for row in rows]
        here = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        version = f"gaussmlp-{here['project']['version']}" == made.name
        table = {
            "version of this source": "equal" if version else "differs",
            "files as the manifest says": _count(sum(whole), len(whole)),
        }
        for name, line in DATA.items():
            again = Path(scratch) / f"again-{name}"
            command = f"{shlex.quote(sys.executable)} {line.format(shlex.quote(str(again)))}"
            subprocess.run(command, check=True, shell=True)
            table[name] = "equal" if _same(made / name, again) else "differs"
        locks = (folder / "requirements.lock" for folder in (made, ROOT))
        table["requirements.lock"] = "equal" if _same(*locks) else "differs"
        subprocess.run(SITE.split(), cwd=ROOT, check=True)
        for words, part in (("data of the figures", "_data/*"), ("drawings", "_images/*.svg")):
            site, built = made / "site", ROOT / "_build" / "html"
            equal = [_same(path, built / path.relative_to(site)) for path in site.glob(part)]
            table[words] = _count(sum(equal), len(equal))
        table["book.pdf, pages"] = "not compared (they name dates and addresses)"
    width = max(map(len, table))
    print("\n".join(f"{name:{width}}  {said}" for name, said in table.items()))
    if any(said.startswith(("differs", "only")) for said in table.values()):
        sys.exit(1)


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None


def _same(one, other):
    return one.exists() and _sha256(one) == _sha256(other)


def _count(some, every):
    return f"equal ({every})" if some == every else f"only {some} of {every} equal"


if __name__ == "__main__":
    {"make": release, "verify": verify}[sys.argv[1]](sys.argv[2])
