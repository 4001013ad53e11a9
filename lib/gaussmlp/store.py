"""Finished runs on disk.

SQLite keeps them: a transaction is whole or absent, whatever interrupts it, several processes may
share the file, and reading it runs no code, unlike a pickle (why joblib's own store is not used).
"""

import hashlib
import os
import shutil
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gaussmlp.kernels.jit import cache_folder, engine_digest, make_private
from gaussmlp.start import Parameters
from gaussmlp.training import Trained

_TABLE = """CREATE TABLE IF NOT EXISTS runs
    (key TEXT PRIMARY KEY, theta BLOB NOT NULL, diverged_at INTEGER, checksum TEXT NOT NULL)"""


class Store:
    """The final parameters of finished runs, from which everything else follows.

    A store that cannot be used is reported once, and done without.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where ``runs.sqlite`` lies; the project's cache folder if not given.
    """

    def __init__(self, folder=None):
        self._path = (folder or cache_folder()) / "runs.sqlite"
        self._usable = True

    def load(self, runs):
        """Return the finished ones among some runs.

        Parameters
        ----------
        runs : dict of str to Run
            By key, as from `run_key`: the choices, a colon, the engine.

        Returns
        -------
        dict of str to Trained
            By key. A row that fails its checksum is left out, and reported.
        """
        rows = self._transaction(lambda connection: self._select(connection, runs)) or []
        found = {}
        for key, theta, diverged_at, checksum in rows:
            whole = isinstance(theta, bytes) and len(theta) == 8 * (3 * runs[key].n + 1)
            if whole and checksum == _checksum(key, theta, diverged_at):
                parameters = Parameters.from_flat(np.frombuffer(theta, dtype="<f8"))
                found[key] = Trained(runs[key], parameters, diverged_at)
        if broken := len(rows) - len(found):
            warnings.warn(
                f"{broken} stored runs fail their checksum and are run again", stacklevel=3
            )
        return found

    def of_other_engines(self, keys):
        """Count the runs that are kept, but trained by another engine.

        Parameters
        ----------
        keys : iterable of str
            As from `run_key`.

        Returns
        -------
        int
        """
        query = "SELECT 1 FROM runs WHERE key > ? AND key < ? AND key != ?"  # ; follows :
        choices = [(key, key.partition(":")[0]) for key in keys]
        return self._transaction(
            lambda connection: sum(
                connection.execute(query, (f"{same}:", f"{same};", key)).fetchone() is not None
                for key, same in choices
            )
        )

    def count(self, engine):
        """Count the runs that are kept.

        Parameters
        ----------
        engine : str
            As from `engine_digest`.

        Returns
        -------
        tuple of int
            Those of this engine, and those of others.
        """
        query = "SELECT count(*), total(substr(key, -64) = ?) FROM runs"
        if not self._path.exists():
            return 0, 0
        everything, own = self._transaction(
            lambda connection: connection.execute(query, (engine,)).fetchone()
        ) or (0, 0)
        return int(own), int(everything - own)

    def save(self, finished):
        """Keep finished runs, all of them or none.

        Parameters
        ----------
        finished : dict of str to Trained
            By key.
        """
        rows = []
        for key, one in finished.items():
            theta = one.parameters.flat().astype("<f8").tobytes()
            rows.append((key, theta, one.diverged_at, _checksum(key, theta, one.diverged_at)))
        insert = "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)"
        self._transaction(lambda connection: connection.executemany(insert, rows))

    @staticmethod
    def _select(connection, keys):
        # a damaged index may lead to another run's row: the checksum is held against what was asked
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
    return hashlib.sha256(f"{key} {diverged_at} ".encode() + bytes(theta)).hexdigest()


class Usage(NamedTuple):
    """What the project keeps on disk, here under this version of the engine and of others."""

    folder: Path
    runs: int
    other_runs: int
    runs_bytes: int
    kernels_bytes: int
    other_kernels_bytes: int


def usage():
    """Measure the cache folder.

    Returns
    -------
    Usage
    """
    folder, engine = cache_folder(), engine_digest()
    kernels = {path.name: _bytes_below(path) for path in _compiled(folder)}
    own = kernels.pop(engine[:16], 0)
    stored = sum(map(_bytes_below, _databases(folder)))
    return Usage(folder, *Store().count(engine), stored, own, sum(kernels.values()))


def clear():
    """Remove all runs and compiled kernels, of every version, and nothing else.

    Raises
    ------
    OSError
        If something cannot be removed.
    """
    folder = cache_folder()
    for path in [*_databases(folder), *_compiled(folder)]:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _databases(folder):
    names = ("runs.sqlite" + suffix for suffix in ("", "-journal", "-wal", "-shm"))
    return [path for path in map(folder.joinpath, names) if path.is_symlink() or path.is_file()]


def _compiled(folder):
    below = folder / "compiled"
    return [] if below.is_symlink() else sorted(below.glob("[0-9a-f]" * 16))


def _bytes_below(path):
    files = (Path(folder, name) for folder, _, names in os.walk(path) for name in names)
    return sum(file.lstat().st_size for file in (files if path.is_dir() else [path]))
