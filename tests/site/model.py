"""What explorers compute in the page, losses, forces and measures, beside the library's own."""

import json
import math
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JS = ROOT / "lib" / "gaussmlp" / "book" / "js"
SHOWN = "{active, prototypes, outputs, bump, losses, forces, measures, fresh, digits, percent}"

# printed by the library's own environment: this one has no gaussmlp
TRUTH = """
import json, sys
import numpy as np
from gaussmlp import Parameters, Protocol, losses, metrics
from gaussmlp.draws import draws
from gaussmlp.model import output, prototypes, responses
from gaussmlp.protocol import MASKS, active
from gaussmlp.start import start
from gaussmlp.study.mechanism import forces
from gaussmlp.training import Run, train

def cases():
    nominal = Protocol()
    for n in (3, 4, 10, 20, 50, 100):
        yield "start", nominal, n, 0, start(nominal, n, 0).parameters
    for n, mask, steps in [
        *((20, mask, 300) for mask in MASKS), (3, "standard", 2000), (5, "OCS", 300),
        (10, "S", 300), (20, "O", 3000), (50, "O", 300), (50, "C", 300), (100, "C", 100),
        (100, "O", 100),
    ]:
        (one,) = train([Run(Protocol(steps=steps), n, mask, 1)])
        yield f"{mask}, {steps} steps", nominal, n, 1, one.parameters
    weighed = nominal.but({"lam.coverage": 0.1, "lam.overlap": 30, "tau.coverage": 1e-3,
                           "tau.separation": 1e-2})
    for n in (3, 5, 20, 100):
        begin = start(nominal, n, 2).parameters
        for name, p in {
            "equal": np.full(n, 0.25),
            "two places": np.where(np.arange(n) % 2, -0.5, 0.5),
            "expelled": 4 * np.sign(prototypes(begin)) + prototypes(begin),
            "on the samples": np.flip(start(nominal, n, 2).x),
        }.items():
            yield name, weighed, n, 2, begin._replace(b=-begin.w * p)

def told(name, protocol, n, seed, end):
    begin, p, at = start(protocol, n, seed), prototypes(end), np.linspace(-3, 3, 61)
    lam, tau = protocol.lam._asdict(), protocol.tau
    names = "overlap", "coverage", "separation"
    alone = {slot: loss(begin.x, end, warmth) for slot, (_, warmth, loss)
             in zip(names, protocol.parts("OCS"), strict=True)}
    pushes = forces(begin.x, begin.y, end, tau)
    beyond = draws(protocol, n, seed)
    given = dict(samples=dict(x=begin.x, y=begin.y), parameters=end._asdict(), n=n, seed=seed,
                 at=at, lam=lam, tau=tau._asdict())
    wanted = dict(
        prototypes=p,
        outputs=output(at, end),
        bump=end.v[0] * responses(at, end.w[:1], end.b[:1])[:, 0],
        losses=dict(fit=losses.fit(begin.x, begin.y, end), **alone),
        forces={name: lam.get(name, 1.0) * push for name, push in pushes.items()},
        measures=metrics.measure_prototypes(protocol, n, seed, p),
        fresh=dict(nonmembers=beyond.nonmembers, chance=beyond.chance),
    )
    return dict(name=f"{name}, N = {n}", given=given, wanted=wanted)

shares = {f"{k}/{n}": [k / n, f"{k / n:.0%}"] for n in Protocol().sizes for k in range(n + 1)}
page = dict(cases=[told(*case) for case in cases()], shares=shares,
            active={mask: active(mask) for mask in MASKS})
json.dump(page, sys.stdout, default=lambda array: array.tolist())
"""

ASKED = """({samples, parameters, n, seed, at, lam, tau}) => {
  const {w, b, v} = parameters, p = prototypes(parameters), drawn = fresh(n, seed);
  const plain = (value) => ArrayBuffer.isView(value) ? [...value]
    : typeof value === "number" ? value
    : Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
  return plain({prototypes: p, outputs: outputs(at, parameters), bump: bump(at, w[0], b[0], v[0]),
    losses: losses(samples, parameters, tau), forces: forces(samples, parameters, {lam, tau}),
    measures: measures(samples.x, p, drawn), fresh: drawn});
}"""


@pytest.fixture(scope="module")
def truth():
    python = str(ROOT / ".venv" / "bin" / "python")
    own = os.environ | {"PYTHONPATH": str(ROOT / "lib")}
    told = subprocess.run([python, "-c", TRUTH], env=own, check=True, capture_output=True)
    return json.loads(told.stdout)


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "page.html"
    code = "".join((JS / name).read_text(encoding="utf-8") for name in ("train.js", "model.js"))
    script = f'<script type="module">{code}\nObject.assign(window, {SHOWN});</script>'
    file.write_text(f'<!DOCTYPE html><meta charset="utf-8">{script}', encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    yield page
    page.close()


def apart(found, wanted, at=""):
    """Yield every number that is not the wanted one, with its place."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), at
        for name, value in wanted.items():
            yield from apart(found[name], value, f"{at} {name}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), at
        for k, (one, other) in enumerate(zip(found, wanted, strict=True)):
            yield from apart(one, other, f"{at}[{k}]")
    elif not math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-14):
        yield f"{at}: {found}, not {wanted}"


def test_a_network_is_described_as_by_the_library(page, truth):
    assert len(truth["cases"]) > 35
    wrong = {}
    for case in truth["cases"]:
        found = page.evaluate(ASKED, case["given"])
        wrong |= {case["name"]: faults} if (faults := [*apart(found, case["wanted"])]) else {}
    assert wrong == {}


def test_what_is_drawn_beside_a_start_has_the_librarys_bits(page, truth):
    for case in truth["cases"]:
        found = page.evaluate(ASKED, case["given"])["fresh"]
        assert found == case["wanted"]["fresh"], case["name"]


def test_dragged_samples_need_no_order(page, truth):
    given, wanted = (truth["cases"][3][key] for key in ("given", "wanted"))
    turned = {name: values[::-1] for name, values in given["samples"].items()}
    found = page.evaluate(ASKED, given | {"samples": turned})
    assert [*apart(found, wanted)] == []


def test_ties_of_members_and_nonmembers_count_half(page):
    asked = "measures([-1, 1], [-0.5, 0.5], {nonmembers: [0, 1]}).auc"
    assert page.evaluate(asked) == 0.5
    assert math.isnan(page.evaluate("measures([-1, 1], [-0.5, 0.5]).auc"))


def test_masks_turn_on_the_losses_of_the_library(page, truth):
    found = page.evaluate("(masks) => masks.map(active)", [*truth["active"]])
    assert found == [*truth["active"].values()]


@pytest.mark.parametrize("lost", ["NaN", "Infinity"])
def test_a_network_that_diverged_has_no_measures(page, lost):
    values = page.evaluate(
        f"Object.values(measures([-1, 0, 1], [0, {lost}, 1], {{nonmembers: [0.5]}}))"
    )
    assert len(values) == 7
    assert all(map(math.isnan, values))


def test_numbers_look_as_in_the_tables(page, truth):
    wanted = {
        "0.03121": "0.031",
        "-0.5": "−0.5",
        "12345.6": "12,346",
        "99.9": "100",
        "0.001": "0.001",
        "0.0001": "1e−4",
        "-0.0000234": "−2.3e−5",
        "1.5e12": "1.5e12",
        "-0": "0",
        "NaN": "–",
    }
    for value, text in wanted.items():
        assert page.evaluate(f"digits({value})") == text
    assert page.evaluate("digits(0.12345, 3)") == "0.123"
    shares, texts = zip(*truth["shares"].values(), strict=True)
    assert page.evaluate("(shares) => shares.map(percent)", shares) == [*texts]
    assert page.evaluate("percent(-0.034)") == "−3%"
