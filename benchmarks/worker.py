"""One engine in a process of its own: ``python benchmarks/worker.py numpy_peer``.

Reads one JSON object a line, ``{"n": 5, "masks": ["C"], "seeds": [0, 1], "steps": 100}``, trains,
and answers with the seconds it took and, where ``"parameters": true`` asks for them, one row of
final parameters (w, b, v, c) a run, ordered by (mask, seed). The first line it writes says how long
the import took and which versions were imported, or which package is missing.
"""

import importlib
import json
import os
import sys
import time

CORES = 2


def say(file, **answer):
    print(json.dumps(answer), file=file, flush=True)


def main(name):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an engine prints must not get between the answers
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    begin = time.perf_counter()
    try:
        engine = importlib.import_module(name)
    except ModuleNotFoundError as error:
        say(answers, missing=error.name)
        return
    say(answers, import_seconds=time.perf_counter() - begin, versions=engine.VERSIONS)
    for line in sys.stdin:
        asked = json.loads(line)
        want = asked.pop("parameters", False)
        begin = time.perf_counter()
        rows = engine.prepare(**asked)()
        seconds = time.perf_counter() - begin
        parameters = {"parameters": [list(map(float, row)) for row in rows]} if want else {}
        say(answers, seconds=seconds, **parameters)


if __name__ == "__main__":
    main(sys.argv[1])
