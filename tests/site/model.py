"""What explorers compute in the page, losses, forces and measures, beside the library's own."""

import math

import pytest
from conftest import library

SHOWN = "{active, prototypes, outputs, lossesAndForces, measures, digits, percent}"

TRUTH = """
import numpy as np
from gaussmlp import losses, metrics
from gaussmlp.model import output, prototypes
from gaussmlp.protocol import MASKS, active
from gaussmlp.start import start
from gaussmlp.study.mechanism import forces

MEASURES = "reconstruction_error", "expelled_fraction", "precision", "recall"
nominal, runs, cases = Protocol(), [(3, "standard", 2000), (100, "C", 100), (100, "O", 100)], []
for n, mask, steps in [*((20, mask, 300) for mask in MASKS), (5, "OCS", 300), *runs]:
    (one,) = train([Run(Protocol(steps=steps), n, mask, 1)])
    cases.append((f"{mask}, {steps} steps", nominal, n, 1, one.parameters))
warm = Protocol(tau={"coverage": 1e-3, "separation": 1e-2})
for n in (4, 5, 20, 100):
    begin = start(nominal, n, 2)
    p = prototypes(begin.parameters)
    for name, moved in {
        "as drawn": p,
        "equal": np.full(n, 0.25),
        "two places": np.where(np.arange(n) % 2, -0.5, 0.5),
        "expelled": 4 * np.sign(p) + p,
        "on the samples": np.flip(begin.x),
    }.items():
        end = begin.parameters._replace(b=-begin.parameters.w * moved)
        cases.append((name, warm, n, 2, end))

told = []
for name, protocol, n, seed, end in cases:
    begin, p, at = start(protocol, n, seed), prototypes(end), np.linspace(-3, 3, 61)
    tau = protocol.tau
    (measured,) = metrics.measure_prototypes([(protocol, n, seed)], p[None])
    parts = zip(("overlap", "coverage", "separation"), protocol.parts("OCS"))
    alone = {slot: loss(begin.x, end, warmth) for slot, (_, warmth, loss) in parts}
    given = dict(samples=dict(x=begin.x, y=begin.y), parameters=end._asdict(), at=at,
                 tau=tau._asdict())
    wanted = dict(
        prototypes=p,
        outputs=output(at, end),
        losses=dict(fit=losses.fit(begin.x, begin.y, end), **alone),
        forces=forces(begin.x, begin.y, end, tau),
        measures={name: measured[name] for name in MEASURES},
    )
    told.append([f"{name}, N = {n}", given, wanted])
shares = [(k / n, f"{k / n:.0%}") for n in nominal.sizes for k in range(n + 1)]
answer = [told, {mask: active(mask) for mask in MASKS}, shares]
"""

ASKED = """({samples, parameters, at, tau}) => {
  const p = prototypes(parameters);
  const plain = (value) => ArrayBuffer.isView(value) ? [...value]
    : typeof value === "number" ? value
    : Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
  return plain({prototypes: p, outputs: outputs(at, parameters),
    ...lossesAndForces(samples, parameters, tau), measures: measures(samples.x, p)});
}"""


@pytest.fixture(scope="module")
def truth():
    return library(TRUTH)


@pytest.fixture
def page(scripted):
    return scripted("train", "model", script=f"Object.assign(window, {SHOWN});")


def apart(found, wanted, at):
    """Yield every number that is not the wanted one, with its place."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), at
        for name, value in wanted.items():
            yield from apart(found[name], value, f"{at} {name}")
    elif isinstance(wanted, list):
        for k, (one, other) in enumerate(zip(found, wanted, strict=True)):
            yield from apart(one, other, f"{at}[{k}]")
    elif not math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-14):
        yield f"{at}: {found}, not {wanted}"


def test_a_network_is_described_as_by_the_library(page, truth):
    for name, given, wanted in truth[0]:
        found = page.evaluate(ASKED, given)
        assert [*apart(found, wanted, name)] == []
        given["samples"] = {axis: values[::-1] for axis, values in given["samples"].items()}
        assert [*apart(page.evaluate(ASKED, given), wanted, f"{name}, turned")] == []


def test_a_network_that_diverged_has_no_measures(page):
    for lost in ("NaN", "Infinity"):
        asked = f"Object.values(measures([-1, 0, 1], [0, {lost}, 1]))"
        assert [*map(math.isnan, page.evaluate(asked))] == [True] * 4


NUMBERS = {"0.03121": "0.031", "-0.5": "−0.5", "12345.6": "12,346", "99.9": "100"}
NUMBERS |= {"0.001": "0.001", "0.0001": "1e−4", "-0.0000234": "−2.3e−5", "1.5e12": "1.5e12"}
NUMBERS |= {"-0": "0", "NaN": "–", "0.12345, 3": "0.123"}


def test_masks_and_numbers_are_those_of_the_tables(page, truth):
    _, masks, shares = truth
    assert page.evaluate("(masks) => masks.map(active)", [*masks]) == [*masks.values()]
    assert {value: page.evaluate(f"digits({value})") for value in NUMBERS} == NUMBERS
    shares, texts = zip(*shares, (-0.034, "−3%"), strict=True)
    assert page.evaluate("(shares) => shares.map(percent)", shares) == [*texts]
