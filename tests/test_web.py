"""The modules for a browser: the same bytes on every machine, and one run wide the same bits."""

import base64
import json

import pytest
import terminal
from gaussmlp import MASKS, Protocol, Run, train
from gaussmlp.book import web


@pytest.fixture(scope="module")
def made():
    return {name: base64.b64decode(text) for name, text in web.modules().items()}


def test_there_is_a_small_module_of_each_kind(made):
    assert set(made) == {"relaxed", "soft"}
    assert {module[:8] for module in made.values()} == {b"\0asm\1\0\0\0"}
    assert max(map(len, made.values())) < 40_000


def test_modules_are_made_once_and_kept(made, monkeypatch, tmp_path):
    monkeypatch.setattr(web, "compiled_folder", lambda: tmp_path)
    monkeypatch.setattr(web, "_made", lambda: made)
    web.modules.__wrapped__()
    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == sorted(made.values())
    monkeypatch.setattr(web, "_made", lambda: pytest.fail("made twice"))
    assert web.modules.__wrapped__() == web.modules()


def test_every_processor_gives_the_same_modules(made, tmp_path):
    other = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_OPT": "0"}
    done = terminal.python("-m", "gaussmlp.book.web", tmp_path, **other)
    assert done.returncode == 0, done.stderr
    assert {name: (tmp_path / f"{name}.wasm").read_bytes() for name in made} == made


NATIVE = """
import json, sys
import numba, numpy as np
from gaussmlp import Protocol
from gaussmlp.book import web
from gaussmlp.model import Parameters, prototypes
from gaussmlp.protocol import LETTERS, active
from gaussmlp.start import start
web.become_narrow()
flags = {name: web.INNER[name] for name in ("nogil", "_nrt", "fastmath", "error_model")}
train_one = numba.cfunc(web.SIGNATURE, **flags)(web.train_one).ctypes
for n, mask, seed, changes in json.loads(sys.argv[1]):
    p, whole = Protocol().but(changes), n + -n % 4
    numbers, integers = np.zeros(16 + 38 * whole), np.zeros(2 + whole, dtype=np.int64)
    x, y, parameters = start(p, n, seed)
    numbers[:3] = [getattr(p.lam, slot) * (slot in active(mask)) for slot in LETTERS]
    numbers[3:10] = [*p.tau, p.step_size, p.weight_decay, 0, 1, 1]
    integers[1] = -1
    blocks = numbers[16:].reshape(38, whole)
    blocks[0], blocks[1], blocks[:3, :n] = x[-1], y[-1], (x, y, np.full(n, 2 / n))
    order = np.argsort(prototypes(parameters), kind="stable")
    drawn = np.concatenate([order, n + order, 2 * n + order, [3 * n]])
    theta = blocks[3:].ravel()[: 3 * n + 1]
    theta[:] = parameters.flat()[drawn]
    pointers = [a.ctypes.data_as(t) for a, t in zip((numbers, integers), train_one.argtypes)]
    for steps in (p.steps // 3, p.steps - p.steps // 3):
        train_one(*pointers, n, steps)
    final = np.empty(3 * n + 1)
    final[drawn] = theta
    print(Parameters.from_flat(final).digest() if integers[1] < 0 else integers[1])
"""


def test_one_run_wide_gives_the_bits_of_eight():
    mixed = {"steps": 300, "lam": {"overlap": 0.3, "coverage": 2.0}, "tau": {"separation": 0.01}}
    runs = [(n, mask, 1, {"steps": 300}) for n in (2, 3, 6, 21) for mask in MASKS]
    runs += [(n, "OCS", 2, mixed | {"w0": -7.0, "weight_decay": 0.01}) for n in (5, 50)]
    runs += [(5, "CS", 0, {"steps": 30, "step_size": 1e306})]  # it diverges
    done = terminal.python("-c", NATIVE, json.dumps(runs), NUMBA_OPT="0")
    assert done.returncode == 0, done.stderr
    alone = [train([Run(Protocol().but(changes), *rest)])[0] for *rest, changes in runs]
    assert done.stdout.split() == [str(one.diverged_at or one.digest) for one in alone]
    assert alone[-1].digest == "diverged"
