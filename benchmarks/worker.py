"""One engine in a process of its own: ``python benchmarks/worker.py numpy_peer``.

It first tells how long the import took and which versions were imported, or which package is
missing. Each line that it then reads is a JSON object, the arguments of the engine's `train`. It
answers with the seconds that the training took, and the final parameters: a row (w, b, v, c) per
run, ordered by (mask, seed).
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
        begin = time.perf_counter()
        rows = engine.train(**asked)
        seconds = time.perf_counter() - begin
        say(answers, seconds=seconds, parameters=[row.tolist() for row in rows])


if __name__ == "__main__":
    main(sys.argv[1])
