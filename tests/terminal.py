"""The command line in a process of its own, and what may not be installed."""

import importlib
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import gaussmlp
import pytest
from gaussmlp.store import cache_folder

_OUTSIDE = dict(os.environ)  # as the suite was started: kernels are shared, no test's cache is
_LIBRARY = str(Path(gaussmlp.__file__).parents[1])

COMPILED = cache_folder() / "compiled"


def start(*arguments, **variables):
    """Start Python with some environment variables added, and return the process."""
    path = os.pathsep.join(filter(None, (_LIBRARY, _OUTSIDE.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        env=_OUTSIDE | {"PYTHONPATH": path} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
    )


def python(*arguments, **variables):
    """Run Python with some environment variables added, and return the finished process."""
    with start(*arguments, **variables) as process:
        out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def extra(name):
    """Return a module of an extra, or skip the test; where extras are required, fail it."""
    if "GAUSSMLP_REQUIRE_EXTRAS" in os.environ:
        return importlib.import_module(name)
    return pytest.importorskip(name)


def refusal(main, *arguments):
    """Return the one line with which a command ends that is given bad input."""
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as stopped:
        main([*map(str, arguments)])
    told = err.getvalue()
    assert (stopped.value.code, out.getvalue(), told.count("\n")) == (2, "", 1)
    return told


def csv_of(folder, *arguments, **variables):
    """Return the bytes of the table that ``run`` writes without a store."""
    out = folder / "runs.csv"
    done = python("-m", "gaussmlp", "run", *arguments, "--no-cache", "--out", out, **variables)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"wrote {out}: ")
    return out.read_bytes()
