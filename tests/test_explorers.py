"""Explorers: their values are checked, and the library trains what the browser shows."""

import json
import re

import numpy as np
import pytest
from gaussmlp import Protocol, Run, train
from gaussmlp.book import explorers
from gaussmlp.start import sine, start
from traitlets import TraitError


@pytest.fixture(scope="module")
def explorer():
    return explorers.train_it()


def test_the_library_trains_what_is_shown():
    lam, tau = dict(overlap=0.3, coverage=2.0, separation=1.0), dict(coverage=1e-3, separation=1e-4)
    one = explorers.train_it()
    one.lam, one.tau, one.n, one.mask, one.seed, one.steps, one.w0 = lam, tau, 5, "OC", 3, 200, 2.0
    protocol = Protocol(lam=lam, tau=tau, steps=200, w0=2.0)
    for given, mask in (((), "OC"), (("S",), "S")):
        assert one.run(*given).digest == train([Run(protocol, 5, mask, 3)])[0].digest


def test_what_is_dragged_is_trained_from_there():
    one = explorers.train_it()
    one.n, one.steps, one.samples, one.prototypes = 3, 50, [0.5, -0.25, 0.0], [-0.5, 0.125, 1.0]
    begin = one.run().start
    assert begin.x.tolist() == [-0.25, 0.0, 0.5]
    assert begin.y.tolist() == sine(np.array([-0.25, 0.0, 0.5])).tolist()
    assert (-begin.parameters.b / begin.parameters.w).tolist() == [-0.5, 0.125, 1.0]
    assert begin.parameters.v.tolist() == start(Protocol(), 3, 0).parameters.v.tolist()
    one.n = 5  # as in the page: what was dragged belonged to three
    assert one.run().start.x.tolist() == start(Protocol(), 5, 0).x.tolist()


REFUSED = dict(n=(1, 101, 2.5), mask=("X",), seed=(-1,), steps=(0,), samples=(["a"],))
REFUSED |= dict(lam=({"coverage": -1.0}, {"coverage": np.inf}, {"cover": 1.0}))
REFUSED |= dict(tau=({"coverage": 0.0},), w0=(0.0, np.nan))


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_that_is_not_allowed_is_refused(explorer, name):
    before = getattr(explorer, name)
    for value in REFUSED[name]:
        with pytest.raises(TraitError, match=name):
            setattr(explorer, name, value)
    assert getattr(explorer, name) == before


def test_a_page_has_a_still_picture_and_the_values(explorer):
    text = explorer.html()
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', text)
    values = json.loads(data)
    assert {"kind": "train_it", "n": 20, "mask": "C", "samples": []}.items() <= values.items()
    assert "assets" not in values
    assert text.count("<img ") == 1
    assert 'src="data:image/webp;base64,' in text
    assert "http" not in text


def test_the_page_and_the_notebook_take_their_own(explorer, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert set(explorer._repr_mimebundle_()) == {"text/plain", "text/html"}
    monkeypatch.setenv("JPY_SESSION_NAME", "chapter.ipynb")
    live = explorers.train_it()._repr_mimebundle_()
    live = live[0] if isinstance(live, tuple) else live
    assert "application/vnd.jupyter.widget-view+json" in live


def test_the_script_is_one_module_with_the_digests_of_the_book():
    text, known = explorers.script(), explorers.assets()["digests"]
    assert text.count("export ") == 1
    assert not re.search(r"^import\b", text, re.M)
    names = re.findall(r"^(?:const|let|(?:async )?function) (\w+)", text, re.M)
    assert sorted(names) == sorted(set(names))
    assert len(known) == 480
    assert known["5/C/3"] == train([Run(Protocol(), 5, "C", 3)])[0].digest
