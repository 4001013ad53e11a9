"""The command line in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import gaussmlp
from gaussmlp.store import cache_folder

_OUTSIDE = dict(os.environ)  # as the suite was started: machine code is shared, no test's cache is
_LIBRARY = str(Path(gaussmlp.__file__).parents[1])


COMPILED = cache_folder() / "compiled"


def start(*arguments, **variables):
    """Start Python with some environment variables added, and return the process."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env=_environment(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _environment(variables):
    path = os.pathsep.join(filter(None, (_LIBRARY, _OUTSIDE.get("PYTHONPATH"))))
    return _OUTSIDE | {"PYTHONPATH": path} | variables


def python(*arguments, **variables):
    """Run Python with some environment variables added, and return the finished process."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=_environment(variables),
        capture_output=True,
        text=True,
        timeout=300,
    )


def csv_of(folder, *arguments, **variables):
    """Return the bytes of the table that ``run`` writes without a store."""
    out = folder / "runs.csv"
    done = python("-m", "gaussmlp", "run", *arguments, "--no-cache", "--out", out, **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return out.read_bytes()
