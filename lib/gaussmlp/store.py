"""Finished runs on disk.

SQLite keeps them: a transaction is whole or absent, whatever interrupts it, several processes may
share the file, and reading it runs no code, unlike a pickle (why joblib's own store is not used).
"""

import hashlib
import sqlite3
import warnings
from contextlib import closing

import numpy as np

from gaussmlp.data import Parameters
from gaussmlp.kernels.jit import cache_folder
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
            By key.

        Returns
        -------
        dict of str to Trained
            By key. A row that fails its checksum is left out, and reported.
        """
        rows = self._transaction(lambda connection: self._select(connection, runs)) or []
        found = {}
        for key, theta, diverged_at, checksum in rows:
            if isinstance(theta, bytes) and checksum == _checksum(key, theta, diverged_at):
                parameters = Parameters.from_flat(np.frombuffer(theta, dtype="<f8"))
                found[key] = Trained(runs[key], parameters, diverged_at)
        if broken := len(rows) - len(found):
            warnings.warn(
                f"{broken} stored runs fail their checksum and are run again", stacklevel=3
            )
        return found

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
        query = "SELECT key, theta, diverged_at, checksum FROM runs WHERE key = ?"
        rows = (connection.execute(query, (key,)).fetchone() for key in keys)
        return [row for row in rows if row is not None]

    def _transaction(self, work):
        if not self._usable:
            return None
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
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
