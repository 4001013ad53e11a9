"""Training: the kernel against its naive twin, recording, divergence."""

import naive
import numpy as np
import pytest
from gaussmlp import MASKS, Parameters, Protocol, Run, losses, start, train
from gaussmlp.draws import draws
from gaussmlp.metrics import reconstruction_error
from gaussmlp.model import prototypes
from gaussmlp.start import sine
from gaussmlp.training import paired_samples


def train_naively(run, begin=None):
    protocol = run.protocol
    x, y, parameters = begin or start(protocol, run.n, run.seed)
    lam, tau = protocol.lam._asdict(), protocol.tau._asdict()
    return naive.train(
        parameters,
        lambda theta: naive.total_gradient(x, y, theta, run.mask, lam, tau),
        protocol.steps,
        step_size=protocol.step_size,
        weight_decay=protocol.weight_decay,
    )


# Every number that a protocol has, each with a value of its own.
CHOSEN = Protocol(
    steps=100,
    step_size=0.02,
    weight_decay=0.03,
    w0=-2.0,
    domain=(0.5, 2.5),
    lam={"overlap": 0.3, "coverage": 5.0, "separation": 2.0},
    tau={"coverage": 0.02, "separation": 0.3},
)
SHORT = Protocol(steps=300)


@pytest.mark.parametrize(("n", "protocol"), [(3, SHORT), (10, SHORT), (33, SHORT), (6, CHOSEN)])
@pytest.mark.parametrize("mask", MASKS)
def test_the_kernel_trains_like_its_naive_twin(n, protocol, mask):
    # Sums run in another order, so rounding differs: 3e-12 is seen after 300 steps. A term that is
    # wrong or missing shows at once.
    run = Run(protocol, n, mask, seed=1)
    (trained,) = train([run])
    for kernel, twin in zip(trained.parameters, train_naively(run)[0], strict=True):
        np.testing.assert_allclose(kernel, twin, rtol=1e-9, atol=0)


READINGS = [
    {"inputs": "equispaced", "target": "x", "w0": "N/4"},
    {"target": "random labels", "w0": "fan-in", "optimizer": "gradient descent"},
    {"target": "sin(3 pi x)", "optimizer": "momentum"},
    {"activation": "exp(-z^2/2)"},
    {"trained": "centre and width"},
    {"trained": "centre and width", "activation": "exp(-z^2/2)", "optimizer": "momentum"},
    {"formulas.overlap": "cosine", "formulas.coverage": "log response"},
    {"formulas.coverage": "hard minimum", "formulas.separation": "distance"},
    {"formulas.coverage": "one-to-one", "trained": "centre and width"},
    {"formulas.coverage": "random pairing"},
    {"weight_decay": 0.01, "optimizer": "momentum", "trained": "centre and width"},
    {"weight_decay": 0.01, "optimizer": "gradient descent"},
]


def train_by_the_definitions(run):
    """Follow the gradients of `losses`, in what is trained."""
    p = run.protocol
    x, y, first = begin = start(p, run.n, run.seed)
    pairs = paired_samples(run, begin)
    centres = p.trained == "centre and width"
    scale = np.sqrt(0.5) if p.activation == "exp(-z^2/2)" else 1.0

    def as_weights(theta):
        w, b, v, c = theta
        if centres:
            w, b = 1 / w, -b / w
        return Parameters(scale * w, scale * b, v, c)

    def gradient(theta):
        w, b, _, _ = theta
        g = losses.total_gradient(x, y, as_weights(theta), p, run.mask, pairs)
        by_w, by_b = scale * g.w, scale * g.b
        if centres:
            by_w, by_b = (b * by_b - by_w) / w**2, -by_b / w
        return by_w, by_b, g.v, g.c

    theta = first._replace(w=1 / first.w, b=-first.b / first.w) if centres else first
    chosen = dict(step_size=p.step_size, weight_decay=p.weight_decay, optimizer=p.optimizer)
    return as_weights(naive.train(theta, gradient, p.steps, **chosen)[0])


@pytest.mark.parametrize("choices", READINGS, ids=str)
@pytest.mark.parametrize("mask", ["standard", "OCS"])
def test_every_reading_trains_like_the_definitions(mask, choices):
    run = Run(Protocol(steps=60, lam=0.5, tau=0.05).but(choices), 6, mask, seed=2)
    (trained,) = train([run])
    for kernel, ours in zip(trained.parameters, train_by_the_definitions(run), strict=True):
        np.testing.assert_allclose(kernel, ours, rtol=1e-8, atol=1e-12)


def test_a_coverage_of_pairs_has_one_neuron_for_each_sample():
    choices = ["one-to-one", "random pairing", "soft minimum"]
    sorted_order, drawn, none = (
        Run(Protocol().but({"formulas.coverage": name}), 7, "C", 3) for name in choices
    )
    begin = start(drawn.protocol, 7, 3)
    p, x = prototypes(begin.parameters), begin.x
    assert np.array_equal(paired_samples(sorted_order, begin)[np.argsort(p)], x)
    assert np.array_equal(paired_samples(drawn, begin)[draws(drawn.protocol, 7, 3).pairing], x)
    assert np.array_equal(paired_samples(none, begin), x)
    best = reconstruction_error(x, p)
    assert np.abs(paired_samples(sorted_order, begin) - p).mean() == pytest.approx(best)


def test_histories_equal_separate_shorter_trainings():
    protocol = Protocol(steps=60)
    steps = (0, 1, 17, 59, 60)
    (trained,) = train([Run(protocol, 5, "OCS", 0)], record=(60, 17, 0, 17, 1, 59))
    assert trained.recorded == steps
    assert trained.history[0].digest() == trained.start.parameters.digest()
    for step, kept in zip(steps[1:], trained.history[1:], strict=True):
        (shorter,) = train([Run(Protocol(steps=step), 5, "OCS", 0)])
        assert kept.digest() == shorter.digest
    assert trained.digest == shorter.digest


def test_the_work_done_is_reported_in_full():
    whole, parts = [], []
    train([Run(Protocol(steps=50), 3, "S", 0)], tick=whole.append)
    train([Run(Protocol(steps=50), 3, "S", 0)], record=(10, 20), tick=parts.append)
    assert sum(whole) == sum(parts) > 0


ONE = Run(Protocol(steps=9), 3, "C", 0)
BEGIN = start(ONE.protocol, 3, 0)
NO_FIT = "starts must each have n ascending samples"


@pytest.mark.parametrize(
    ("runs", "options", "words"),
    [
        ([], {}, "one or more"),
        ([ONE, ONE._replace(n=5)], {}, "same n"),
        ([ONE, ONE._replace(protocol=Protocol())], {}, "same steps"),
        ([ONE], {"record": (10,)}, "from 0 to 9"),
        ([ONE], {"record": (-1, 3)}, "from 0 to 9"),
        ([ONE], {"starts": [BEGIN._replace(x=BEGIN.x[::-1])]}, NO_FIT),
        ([ONE], {"starts": [BEGIN._replace(x=BEGIN.x[:2])]}, NO_FIT),
        ([ONE], {"starts": [BEGIN._replace(y=BEGIN.y * np.nan)]}, NO_FIT),
        ([ONE, ONE], {"starts": [BEGIN]}, "starts must be one for each run, got 1 for 2"),
    ],
)
def test_what_cannot_be_trained_together_is_refused(runs, options, words):
    with pytest.raises(ValueError, match=words):
        train(runs, **options)


# Overflows by design: steps so long that the output overflows, at once or after a while, and a
# weight that makes the first gradient infinite; last, input weights so small that a prototype
# overflows while the parameters stay finite.
DIVERGING = [
    (Run(Protocol(steps=40, step_size=1e306), 5, "standard", 0), 2),
    (Run(Protocol(steps=40, step_size=1e154), 5, "OCS", 0), 8),
    (Run(Protocol(steps=40, lam=1e308), 5, "S", 0), 1),
    # the first step takes an input weight to exactly 0
    (Run(Protocol(steps=40, step_size=3e-150, w0=3e-150, domain=(0, 1e150)), 5, "O", 0), 1),
]


@pytest.mark.parametrize(("run", "step"), DIVERGING)
def test_divergence_is_noted_at_the_first_step_that_is_not_finite(run, step):
    (trained,) = train([run])
    assert trained.diverged_at == train_naively(run)[1] == step


def test_divergence_is_found_in_any_lane_and_disturbs_no_other():
    healthy = [Run(Protocol(steps=40), 5, mask, 0) for mask in ("standard", "OCS", "CS", "O")]
    runs = [healthy[0], *(run for run, _ in DIVERGING), *healthy[1:]]
    steps = [None, *(step for _, step in DIVERGING), None, None, None]
    trained = train(runs)
    assert [one.diverged_at for one in trained] == steps
    digests = [one.digest for one in trained]
    assert digests[1:5] == ["diverged"] * 4
    assert [digests[0], *digests[5:]] == [train([run])[0].digest for run in healthy]


def test_a_start_of_ones_own_is_trained_like_a_drawn_one():
    run = Run(Protocol(steps=200), 5, "OCS", 0)
    begin = start(run.protocol, 5, 0)
    drawn, same = train([run, run], starts=[begin, begin])
    (alone,) = train([run])
    assert {drawn.digest, same.digest} == {alone.digest}
    x = np.array([-0.9, -0.5, 0.0, 0.4, 1.0])
    mine = begin._replace(x=x, y=sine(x))
    (moved,) = train([run], starts=[mine])
    assert moved.start is mine
    assert moved.digest != alone.digest
    for kernel, twin in zip(moved.parameters, train_naively(run, mine)[0], strict=True):
        np.testing.assert_allclose(kernel, twin, rtol=1e-9, atol=0)
