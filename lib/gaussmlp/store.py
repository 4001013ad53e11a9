"""What the project keeps on disk: finished runs, in the cache folder, under the engine's digest.

SQLite keeps the runs: a transaction is whole or absent, whatever interrupts it, several processes
may share the file, and reading it runs no code, unlike a pickle (why joblib's own store is not
used).
"""

import ast
import functools
import hashlib
import importlib.metadata
import os
import shutil
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import platformdirs

ENGINE = (
    "kernels/*.py",
    "model.py",
    "start.py",
    "draws.py",
    "training.py",
    "datasets.py",
    "vectors.py",
)
"""The files of this package that decide the bits of a run."""

_HARMLESS = ("NUMBA_NUM_THREADS", "NUMBA_CACHE_DIR")  # no code depends on them

_TABLE = """CREATE TABLE IF NOT EXISTS runs
    (key TEXT PRIMARY KEY, theta BLOB NOT NULL, diverged_at INTEGER, checksum TEXT NOT NULL)"""


def cache_folder():
    """Return the folder of all that is kept: ``$GAUSSMLP_CACHE``, else the user's cache folder."""
    chosen = os.environ.get("GAUSSMLP_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("gaussmlp"))


def make_private(folder):
    """Make a folder, if there is none, that only its owner may enter: machine code is run."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


@functools.cache
def engine_digest():
    """Return the SHA-256, in hexadecimal, of the code that decides the bits of a run, and of numba.

    A change of the code of `ENGINE` changes it, so that no stale result and no stale machine code
    is ever served; a change of a comment or a docstring does not. What the user sets of numba,
    such as ``NUMBA_OPT``, is part of it: tests show the same bits, but nobody has to rely on that.
    """
    package = Path(__file__).parent
    digest = hashlib.sha256(f"numba {importlib.metadata.version('numba')}".encode())
    for source in sorted(path for pattern in ENGINE for path in package.glob(pattern)):
        digest.update(f"\0{source.name}\0{code_of(source)}".encode())
    for name, value in sorted(os.environ.items()):
        if name.startswith("NUMBA_") and name not in _HARMLESS:
            digest.update(f"\0{name}={value}".encode())
    settings = Path(".numba_config.yaml")  # numba reads it where a program is started
    digest.update(settings.read_bytes() if settings.exists() else b"")
    return digest.hexdigest()


def code_of(source):
    """Return the code of a file as text, without comments and docstrings."""
    tree = ast.parse(source.read_bytes())
    for node in ast.walk(tree):
        if isinstance(getattr(node, "body", None), list):
            node.body = [line for line in node.body if not _is_text(line)]
    return ast.dump(tree)


def _is_text(line):
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


class Store:
    """The final parameters of finished runs, from which everything else follows.

    A store that cannot be used is reported once, and done without.
    """

    def __init__(self):
        self._path = cache_folder() / "runs.sqlite"
        self._usable = True

    def load(self, sizes):
        """Return the finished ones among some runs.

        `sizes` says for the key of each run how many parameters it has. The result has, by key, the
        bytes of the parameters, little-endian float64, and the step at which the run diverged or
        None. A row that fails its checksum is left out, and reported.
        """
        rows = self._transaction(lambda connection: self._select(connection, sizes)) or []
        found = {}
        for key, theta, diverged_at, checksum in rows:
            whole = isinstance(theta, bytes) and len(theta) == 8 * sizes[key]
            if whole and checksum == _checksum(key, theta, diverged_at):
                found[key] = theta, diverged_at
        if broken := len(rows) - len(found):
            warnings.warn(
                f"{broken} stored runs fail their checksum and are run again", stacklevel=3
            )
        return found

    def save(self, finished):
        """Keep finished runs, by key as from `load`, all of them or none."""
        rows = [(key, *run, _checksum(key, *run)) for key, run in finished.items()]
        insert = "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)"
        self._transaction(lambda connection: connection.executemany(insert, rows))

    @staticmethod
    def _select(connection, keys):
        # a damaged index may lead to another run's row: the checksum is of the key that was asked
        query = "SELECT ?1, theta, diverged_at, checksum FROM runs WHERE key = ?1"
        rows = (connection.execute(query, (key,)).fetchone() for key in keys)
        return [row for row in rows if row is not None]

    def _transaction(self, work):
        if not self._usable:
            return None
        try:
            make_private(self._path.parent)
            with closing(sqlite3.connect(self._path, timeout=60.0)) as connection, connection:
                connection.execute(_TABLE)
                return work(connection)
        except (OSError, sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if _is_damage(error) and self._removed():
                outcome = "was damaged and is started anew"
            else:
                self._usable = False
                outcome = "cannot be used, runs are not kept"
            warnings.warn(f"{self._path} {outcome}: {error}", stacklevel=4)
        return None

    def _removed(self):
        try:
            self._path.unlink(missing_ok=True)
        except OSError:
            return False
        return True


def _is_damage(error):
    if isinstance(error, sqlite3.OperationalError):
        # our own SQL fails only on tables that are not ours; text that is no Unicode has no code
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR
    return not isinstance(error, OSError)


def _checksum(key, theta, diverged_at):
    return hashlib.sha256(f"{key} {diverged_at} ".encode() + theta).hexdigest()


def clear():
    """Remove all runs and compiled kernels, of every version, and nothing else."""
    folder = cache_folder()
    for suffix in ("", "-journal", "-wal", "-shm"):
        (folder / f"runs.sqlite{suffix}").unlink(missing_ok=True)
    below = folder / "compiled"
    for path in [] if below.is_symlink() else below.glob("[0-9a-f]" * 16):
        path.unlink() if path.is_symlink() else shutil.rmtree(path)
