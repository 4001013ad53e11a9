"""The explorers draw what they say, live and on the page, from the same functions."""

import io
import json
import re

import numpy as np
import pytest
from gaussmlp import MASKS, Protocol, Run, train
from gaussmlp.book import explorers
from gaussmlp.book.player import Control, page
from gaussmlp.study.sweeps import LAMS, TAUS, balance, temperature
from matplotlib.figure import Figure
from PIL import Image


@pytest.fixture(params=["one_neuron", "train_it", "expulsion", "temperature", "phase_diagram"])
def explorer(request):
    if request.param == "one_neuron":
        return explorers.one_neuron(train([Run(Protocol(steps=50), 5, "standard", 1)])[0])
    if request.param == "temperature":
        masks = ("standard", "S", "CS")
        return explorers.temperature(temperature(masks, (3,), (0,), taus=TAUS))
    if request.param == "phase_diagram":
        return explorers.phase_diagram(balance(LAMS[::2], LAMS[::2], n=3, seeds=(0,)))
    return getattr(explorers, request.param)()


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture)))


def test_every_slider_changes_the_picture_and_the_words_fit_it(explorer):
    for k, control in enumerate(explorer._controls):
        if len(control.stops) == 1:
            continue
        before, at = explorer.picture, list(explorer.at)
        explorer.at = [*at[:k], 0 if at[k] else 1, *at[k + 1 :]]
        assert explorer.drawn == explorer.at
        assert pixels(explorer.picture).shape == pixels(before).shape
        assert (pixels(explorer.picture) != pixels(before)).any()
        explorer.at = at
        assert explorer.picture == before  # a picture depends on nothing but the sliders


def test_a_shorter_training_says_so():
    _, words = explorers._train_it(n=50, mask="OCS", lam=1.0, tau=1e-4, seed=0)
    assert "Shortened: 3,200 of 5,000 steps." in words
    _, words = explorers._train_it(n=20, mask="OCS", lam=1.0, tau=1e-4, seed=0)
    assert "Shortened" not in words


@pytest.mark.parametrize("mask", MASKS)
def test_training_again_gives_the_bits_of_the_grid(mask):
    (alone,) = train([Run(Protocol(), 5, mask, 0)])
    assert explorers.train_again(5, mask, 1.0, 1e-4, 0).digest == alone.digest


def draw(a, b):
    drawing = Figure(figsize=(1, 1))
    drawing.text(0.5, 0.5, f"{a} {b}")
    return drawing, f"a </script> is {a}, b is {b}"


CONTROLS = (Control("a", "first", (1, 2, 3), 2), Control("b", "second", ("x", "y"), "y"))


def spec_in(text):
    line = re.search(r"still\(document\.getElementById\(.*?\), (.*)\);</script>$", text, re.M)
    return json.loads(line[1])


def test_a_page_holds_every_picture_once_and_loads_nothing():
    text = page(draw, CONTROLS, 'say "what"')
    spec = spec_in(text)
    said = [(a, b) for a in (1, 2, 3) for b in "xy"]
    assert [f["words"] for f in spec["frames"]] == [draw(a, b)[1] for a, b in said]
    assert len(spec["pictures"]) == 6
    assert spec["at"] == [1, 1]
    assert f'src="{spec["pictures"][spec["frames"][3]["picture"]]}"' in text
    assert text.count("</script>") == 1
    assert "http" not in text
    assert 'alt="say &quot;what&quot;"' in text


def test_equal_pictures_are_stored_once():
    text = page(lambda a, b: draw(1, 1), CONTROLS, "one")
    assert len(spec_in(text)["pictures"]) == 1


def test_a_page_has_no_slider_for_what_has_one_stop():
    spec = spec_in(explorers.Explorer(draw, CONTROLS, "one", {"a": (2,)}).html())
    assert [control["label"] for control in spec["controls"]] == ["second"]


def test_the_page_and_the_notebook_take_their_own(monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    still = explorers.Explorer(draw, CONTROLS, "one", {})
    assert set(still._repr_mimebundle_()) == {"text/plain", "text/html"}
    monkeypatch.setenv("JPY_SESSION_NAME", "chapter.ipynb")
    live = explorers.Explorer(draw, CONTROLS, "one", {})._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in (
        live[0] if isinstance(live, tuple) else live
    )
