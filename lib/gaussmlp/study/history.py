"""What the project's history says of when predictions were written and when they were tested."""

import subprocess

import pandas as pd

from gaussmlp.study.stored import FOLDER

PREDICTED = "lib/gaussmlp/study/predictions.py"
"""The file with the predictions A1 to A8."""

SEEDS = "range(200, 230)"
"""How those name them who run the seeds that the predictions are about."""

_RUNNERS = (
    "chapters",
    "intro.ipynb",
    "lib/gaussmlp/study/ledger.py",
    "lib/gaussmlp/study/pairing.py",
    "lib/gaussmlp/study/pictures.py",
)


def commits(predicted=PREDICTED, seeds=SEEDS, folder=FOLDER.parent):
    """Return the last change of some predictions, and the first commit that ran their seeds.

    `seeds` is what stands in a file that runs them. Rows ``predictions`` and ``first runs``;
    columns ``commit``, ``date``, ``about``; in the order of the history. A row is missing if the
    history does not have it: without git, in a copy without history, or before the runs are
    committed.
    """
    found = {
        "predictions": _log(folder, "-1", "--", predicted),
        "first runs": _log(folder, "--reverse", f"-S{seeds}", "--", *_RUNNERS),
    }
    order = [line.partition("\t")[0] for line in _log(folder, "--reverse")]
    if len(order) < 2:  # a copy without history says that everything came at once
        found = {}
    rows = {name: lines[0].split("\t") for name, lines in found.items() if lines}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["commit", "date", "about"])
    return table.sort_values("commit", key=lambda names: names.map(order.index))


def _log(folder, *options):
    command = ["git", "log", "--format=%h%x09%ci%x09%s", *options]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return done.stdout.splitlines()


def came_first(table):
    """Return whether predictions came first, by `commits`; None where the history does not tell."""
    if table["commit"].nunique() < 2:  # one commit for both is where a shortened history begins
        return None
    return [*table.index] == ["predictions", "first runs"]
