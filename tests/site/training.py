"""Training in the page itself: the same bits as the library's, with both modules, in Chromium."""

import itertools
import json
import math
import random
import struct
from fractions import Fraction

import pytest
from conftest import digests_of, library

MASKS = ("standard", "S", "C", "CS", "O", "OS", "OC", "OCS")

HARNESS = """
const engine = await loaded(MODULES), network = makeNetwork(engine);
Object.assign(window, { engine, gaussmlp: { train: (choices) => trained(engine, choices) } });
window.digestOf = ([n, mask, seed, { step_size: rate, steps, ...changes }]) => {
  network.begin({ n, mask, seed, rate, ...changes });
  network.advance(steps);
  return String(network.divergedAt() ?? digest(network.parameters()));
};
const view = new DataView(new ArrayBuffer(8));
const number = (bits) => (view.setBigUint64(0, BigInt(bits)), view.getFloat64(0));
const bits = (value) => (view.setFloat64(0, value), String(view.getBigUint64(0)));
window.fmas = (cases) => cases.map((three) => bits(network.fma(...three.map(number))));
// from a start of the caller's making: the target of the draws, mirrored
window.digestFrom = (n, mask, seed) => {
  const { y, ...given } = start(n, seed, 2);
  const mirrored = { ...given, y: y.map((value) => -value) };
  return digestOf([n, mask, 0, { steps: 200, start: mirrored }]);
};"""


@pytest.fixture
def page(scripted):
    modules = json.dumps(library("answer = web.modules()"))
    page = scripted("train", script=HARNESS.replace("MODULES", modules))
    assert page.evaluate("engine.name") == "relaxed"  # it was tried, and rounds once
    return page


@pytest.fixture(params=["relaxed", "soft"])
def name(request, page):
    page.evaluate("(name) => { engine.name = name; }", request.param)
    return request.param


def digests_in(page, runs):
    return page.evaluate("(runs) => runs.map(digestOf)", runs)


def test_runs_of_every_mask_are_those_of_the_library(page, name):
    sizes = {"relaxed": (2, 3, 20, 49, 100), "soft": (2, 3, 6, 21)}[name]
    runs = [(n, mask, 0, {"steps": 300}) for n in sizes for mask in MASKS]
    assert digests_in(page, runs) == digests_of(*runs)


def any_run(rng):
    def some(*names):
        values = {name: 10 ** rng.uniform(-6, 1) for name in names}
        return rng.choice([values, values[names[0]]])

    changes = {
        "steps": rng.randint(1, 60),
        "lam": some("overlap", "coverage", "separation"),
        "tau": some("coverage", "separation"),
        "w0": rng.choice([-1, 1]) * 10 ** rng.uniform(-1, 2),
        "step_size": 10 ** rng.uniform(-4, 0),
    }
    return rng.randint(2, 100), rng.choice(MASKS), rng.randrange(2**31), changes


def test_a_hundred_arbitrary_runs_are_those_of_the_library(page, name):
    rng = random.Random(0)
    runs = [any_run(rng) for _ in range(100)]
    assert digests_in(page, runs) == digests_of(*runs)


def test_runs_that_diverge_do_so_at_the_library_s_step(page, name):
    blow_ups = ({"step_size": 1e306}, {"step_size": 1e100, "lam": 1e12}, {"w0": 1e200})
    kinds = itertools.product(blow_ups, (3, 6), ("standard", "C", "OCS"))
    runs = [(n, mask, 0, {"steps": 30} | changes) for changes, n, mask in kinds]
    found = digests_in(page, runs)
    assert sum(len(one) <= 2 for one in found) >= 6
    assert found == digests_of(*runs)


GIVEN = """
from gaussmlp.start import start
p = Protocol(steps=200, w0=2.0)
begin = start(p, 9, 4)
answer = train([Run(p, 9, "OCS", 0)], starts=[begin._replace(y=-begin.y)])[0].digest
"""


def test_a_start_of_the_caller_s_making(page, name):
    assert page.evaluate("digestFrom(9, 'OCS', 4)") == library(GIVEN)


def test_the_page_s_own_function_trains_whole_runs(page, name):
    runs = [{"n": 5, "mask": mask, "seed": 3} for mask in MASKS]
    trained = page.evaluate("(runs) => Promise.all(runs.map(gaussmlp.train))", runs)
    assert [one["digest"] for one in trained] == digests_of(*((5, mask, 3, {}) for mask in MASKS))
    for one in trained:
        assert set(one) == {"digest", "parameters", "prototypes", "milliseconds", "kernel"}
        w, b, v, c = (one["parameters"][key] for key in "wbvc")
        assert one["prototypes"] == [-b_j / w_j for w_j, b_j in zip(w, b, strict=True)]
        assert (len(v), type(c), one["kernel"]) == (5, float, name)


def exact_fma(x, y, z):
    """Return x y + z rounded once."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return x * y + z
    if not (math.isfinite(z) and (exact := Fraction(x) * Fraction(y) + Fraction(z))):
        return x * y + z if math.isfinite(z) else z
    try:
        rounded = float(exact)
    except OverflowError:
        rounded = math.inf
    return math.copysign(rounded, -1 if exact < 0 else 1)


def bits(value):
    return struct.unpack(">Q", struct.pack(">d", value))[0]


NASTY = [0.0, 1.0, 1 + 2**-52, 1 - 2**-53, 3.0, 2**-1074, 2**-1022, 2**-1022 - 2**-1074, 2**-537]
NASTY += [2**511, 2**512 * (1 - 2**-53), 2**1023 * (2 - 2**-52), 2**-969, 2**-900]
NASTY += [math.inf, math.nan]
NASTY += [-value for value in NASTY]


def fma_cases():
    """Return 20,000 cases: all of some nasty numbers, and numbers whose parts cancel or tie."""
    rng = random.Random(1)
    cases = [(x, y, z) for x in NASTY for y in NASTY for z in NASTY[::3]]

    def any_number(least, most):
        return math.ldexp(rng.choice([-1, 1]) * (1 + rng.random()), rng.randint(least, most))

    while len(cases) < 20_000:
        widest = rng.choice([3, 60, 500, 1000])
        x, y = any_number(-widest, widest), any_number(-widest, widest)
        if rng.random() < 0.3:  # few bits, so that ties are frequent
            x, y = (struct.unpack(">d", struct.pack(">Q", bits(v) & -1 << 26))[0] for v in (x, y))
        product = x * y
        near = [any_number(-1074, 1000), -product, product * math.ldexp(1, rng.randint(-110, 110))]
        z = rng.choice(near) * rng.choice([1.0, 1 + 2**-52, -1.0])
        cases.append((x, y, z))
    return cases


def test_fma_rounds_once(page, name):
    cases = fma_cases()
    found = page.evaluate("fmas", [[str(bits(value)) for value in case] for case in cases])
    for case, text in zip(cases, found, strict=True):
        value, told = exact_fma(*case), int(text)
        if math.isnan(value):  # which has many bit patterns
            assert told & ~(1 << 63) > 0x7FF << 52, case
        else:
            assert told == bits(value), case


REFUSED = {
    "n": ["1", "101", "2.5", "'5'", "null", "true"],
    "mask": ["'X'", "''", "3", "null"],
    "seed": ["-1", "2 ** 31", "0.5", "'0'"],
    "steps": ["0", "1.5", "null"],
    "lam": ["-1", "null", "Infinity", "{ overlap: -1 }", "{ fit: 1 }", "{ coverage: '1' }"],
    "tau": ["0", "1e-301", "null", "{ coverage: 0 }"],
    "w0": ["0", "null", "NaN"],
    "steps_": ["1"],
}


def test_arguments_are_checked_at_the_door(page):
    for name, value in ((name, value) for name, values in REFUSED.items() for value in values):
        asked = f"gaussmlp.train({{ n: 3, steps: 2, {name}: {value} }})"
        told = page.evaluate(f"{asked}.then(() => 'trained', (error) => error.message)")
        assert name in told, (name, value)
        assert " must be " in told, (name, value)


FRAMES = """async (choices) => {
  let frames = 0, done = false;
  const frame = () => ++frames && !done && requestAnimationFrame(frame);
  requestAnimationFrame(frame);
  const { milliseconds } = await gaussmlp.train(choices);
  done = true;
  return [frames, milliseconds];
}"""


def test_frames_go_on_while_a_large_network_trains(page, name):
    steps = {"relaxed": 5000, "soft": 500}[name]
    frames, time = page.evaluate(FRAMES, {"n": 100, "mask": "OCS", "steps": steps})
    print(f"\n{name}, N = 100: {time:.0f} ms, {time / frames:.0f} for a frame")
    assert frames > 5
