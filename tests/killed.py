"""Train one grid over and over in child processes, killing each at a random moment.

Prints a line for each kill: how many runs the child said it had kept, and how many the store then
holds. Children are forked, so that 20 of them take seconds.
"""

import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from gaussmlp import Protocol, Run, run_grid, train
from gaussmlp.store import Store

PROTOCOL = Protocol(sizes=(20,), seeds=range(150))
KILLS = 20
DATABASE = Path(os.environ["GAUSSMLP_CACHE"], "runs.sqlite")


def grid(said):
    """Train what is missing, and say the keys of each block once it is kept."""
    save = Store.save

    def told(store, finished):
        save(store, finished)
        os.write(said, "".join(f"{key}\n" for key in finished).encode())

    Store.save = told
    run_grid(PROTOCOL, jobs=2, progress=False)


def killed_after(seconds):
    """Return the keys that a child said it had kept, and whether it was killed before its end."""
    with tempfile.TemporaryFile() as said:  # a pipe that is full would hold the child up
        child = os.fork()
        if child == 0:
            grid(said.fileno())
            os._exit(0)
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        said.seek(0)
        keys = said.read().decode().split("\n")[:-1]  # the kill may cut the last line short
    return set(keys), os.waitstatus_to_exitcode(status) == -signal.SIGKILL


def kept():
    """Return the keys in the store; it may not exist yet."""
    with closing(sqlite3.connect(DATABASE)) as connection:
        exists = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone()
        return {key for (key,) in connection.execute("SELECT key FROM runs")} if exists else set()


def main():
    """Kill, count, and go on."""
    train([Run(PROTOCOL, 20, "OCS", 0)])  # children inherit the compiled kernel
    moments, longest, before, kills = random.Random(int(sys.argv[1])), 0.5, set(), 0
    while kills < KILLS:
        said, killed = killed_after(moments.uniform(0.0, longest))
        now = kept()
        assert before <= now, "a run that was kept is gone"
        assert said <= now, "a run that was reported as kept is not there"
        print(len(said), len(now), flush=True)
        if not killed:  # a fast machine: once more from the start
            DATABASE.unlink()
            before = set()
        elif now == before:  # a slow machine: give the next child more time
            longest *= 1.2
        else:
            kills, before = kills + 1, now


if __name__ == "__main__":
    main()
