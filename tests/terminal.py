"""The command line in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import gaussmlp

_OUTSIDE = dict(os.environ)  # as the suite was started: machine code is shared, no test's cache is
_LIBRARY = str(Path(gaussmlp.__file__).parents[1])


def python(*arguments, **variables):
    """Run Python with some environment variables added, and return the finished process."""
    path = os.pathsep.join(filter(None, (_LIBRARY, _OUTSIDE.get("PYTHONPATH"))))
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=_OUTSIDE | {"PYTHONPATH": path} | variables,
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
