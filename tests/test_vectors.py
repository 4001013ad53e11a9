"""Networks of several inputs: the kernel against definitions and against the nominal kernel."""

from itertools import permutations

import numpy as np
import pytest
import terminal
from gaussmlp import Protocol, Run, datasets, start, train, vectors
from gaussmlp.datasets import Data
from gaussmlp.kernels.train import Momentum
from gaussmlp.vectors import Network, VectorRun, start_vectors, train_vectors

MASKS = ("standard", "S", "C", "O", "OCS")


@pytest.fixture
def drawn_by(monkeypatch):
    """Let runs be drawn by a function of (n, seed) in place of a data set."""

    def use(draw):
        found = lambda data, n, seed, w0=3.0: draw(n, seed)  # noqa: E731
        monkeypatch.setattr(vectors, "start_vectors", found)
        vectors.paired_vectors.cache_clear()

    yield use
    vectors.paired_vectors.cache_clear()


def line(n, seed):
    x, y, (w, b, v, c) = start(Protocol(), n, seed)
    network = Network(w[:, None], b[:, None], v[:, None], np.array([c]))
    return Data(x[:, None], y[:, None], None, None, None), network


def cloud(d, q):
    def draw(n, seed):
        rng = np.random.default_rng([seed, n, d])
        x, p = rng.uniform(-1, 1, (2, n, d))
        y, v = rng.uniform(-1, 1, (2, n, q))
        w = rng.uniform(1, 3, (n, d))
        return Data(x, y, None, None, None), Network(w, -w * p, v, rng.uniform(-1, 1, q))

    return draw


@pytest.mark.parametrize("formula", vectors.COVERAGES)
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("n", [5, 10])
def test_one_input_is_the_nominal_network(n, mask, formula, drawn_by):
    drawn_by(line)
    protocol = Protocol(steps=300).but({"formulas.coverage": formula})
    (several,) = train_vectors([VectorRun(protocol, "square", n, mask, 1)])
    (one,) = train([Run(protocol, n, mask, 1)])
    np.testing.assert_allclose(several.network.flat(), one.parameters.flat(), rtol=1e-9)


@pytest.mark.parametrize("formula", vectors.COVERAGES)
@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize(("n", "d", "q"), [(4, 2, 1), (5, 3, 2), (7, 64, 10)])
def test_the_kernel_has_the_gradient_of_the_definitions(
    n, d, q, mask, formula, drawn_by, monkeypatch
):
    drawn_by(cloud(d, q))
    tau = {"coverage": 0.02, "separation": 0.3}
    lam = {"overlap": 0.7, "coverage": 1.3, "separation": 2.0}
    protocol = Protocol(tau=tau, lam=lam, steps=1, step_size=1.0)
    protocol = protocol.but({"formulas.coverage": formula})
    run = VectorRun(protocol, "square", n, mask, 2)
    drawn, network = vectors.start_vectors("square", n, 2)
    paired = vectors.paired_vectors("square", n, 2)
    flat, rows = network.flat(), []
    ends = np.cumsum([n * d, n * d, n * q])
    for k in range(len(flat)):
        z = flat.astype(complex)
        z[k] += 1e-30j
        w, b, v, c = np.split(z, ends)
        there = Network(w.reshape(n, d), b.reshape(n, d), v.reshape(n, q), c)
        rows.append(vectors.total(drawn, there, protocol, mask, paired).imag / 1e-30)
    exact = np.array(rows)
    monkeypatch.setattr(vectors, "Adam", lambda rate, decay: Momentum(rate, decay, 0.0))
    (after,) = train_vectors([run])  # one step of size 1 along the gradient
    moved = flat - after.network.flat()
    np.testing.assert_allclose(moved, exact, rtol=1e-10, atol=1e-14)


def test_autodiff_has_the_same_gradient_and_trains_alike():
    jax = terminal.extra("jax")
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    protocol = Protocol(steps=20)
    run = VectorRun(protocol, "square", 6, "OCS", 1)
    drawn, network = start_vectors("square", 6, 1)

    def total(w, b, v, c):
        p = -b / w
        h = jnp.exp(-((w * drawn.x[:, None] + b) ** 2).mean(-1))
        fit = ((c + h @ v - drawn.y) ** 2).sum(1).mean()
        overlap = (h.sum(1) ** 2 - (h**2).sum(1)).mean() / 30
        square = ((drawn.x[:, None] - p) ** 2).mean(-1)
        cover = -1e-4 * jax.scipy.special.logsumexp(-square / 1e-4, axis=1).mean()
        apart = jnp.exp(-((p[:, None] - p) ** 2).mean(-1) / 1e-4)
        return fit + overlap + cover + (apart.sum() - 6) / 30

    gradient = jax.jit(jax.grad(total, argnums=(0, 1, 2, 3)))
    theta, m, s = [*network], 0.0, 0.0
    for t in range(1, 21):
        g = np.concatenate([np.ravel(part) for part in gradient(*theta)])
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        move = 0.01 * m / (1 - 0.9**t) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        parts = np.split(move, np.cumsum([part.size for part in theta])[:-1])
        theta = [old - new.reshape(old.shape) for old, new in zip(theta, parts, strict=True)]
    (trained,) = train_vectors([run])
    for ours, theirs in zip(trained.network, theta, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-11)


def test_a_run_has_the_same_bits_in_any_batch_and_chunk(monkeypatch):
    protocol = Protocol(steps=40)
    runs = [VectorRun(protocol, "square", 7, mask, 3) for mask in ("C", "O", "OCS")]
    together = [one.digest for one in train_vectors(runs)]
    assert len({*together}) == 3
    monkeypatch.setattr(vectors, "_CHUNK_WORK", 1)
    assert [train_vectors([run])[0].digest for run in runs] == together


@pytest.mark.parametrize(
    ("formula", "digest"),
    [
        ("soft minimum", "c3b58827022538f23d03ea68dd15210b628b8977df7f9453c5d310aeba6e720e"),
        ("two-sided", "780d7ca4572b4ddbdcd0e95067e1819d106edde34abf28a391cfe20421e8bbaa"),
        ("one-to-one", "fa08a84906cbc9528f9532c304f545cf0775ca3c862a92e14815e2d4c8148c50"),
    ],
)
def test_bits_do_not_change(formula, digest):
    protocol = Protocol(steps=200).but({"formulas.coverage": formula})
    (trained,) = train_vectors([VectorRun(protocol, "square", 9, "OCS", 4)])
    assert trained.digest == digest


def test_a_run_that_diverges_says_at_which_step():
    run = VectorRun(Protocol(steps=5, step_size=1e200), "square", 3, "C", 0)
    (trained,) = train_vectors([run])
    assert trained.diverged_at in range(1, 6)
    assert trained.digest == "diverged"


def test_digits_are_split_and_scaled():
    drawn, network = start_vectors("digits", 20, 0)
    assert drawn.x.shape == network.w.shape == (20, 64)
    assert drawn.y.shape == network.v.shape == (20, 10)
    assert len(drawn.others) == 1797 - 20
    assert (drawn.x.min(), drawn.x.max()) == (-1, 1)
    assert np.array_equal(drawn.y, np.eye(10)[drawn.kind])
    pixels = np.concatenate([drawn.x, drawn.others])
    kept = datasets._digits()[0]
    assert np.array_equal(np.sort(pixels.sum(axis=1)), np.sort(kept.sum(axis=1)))
    order = np.random.default_rng([0, 20, 64]).permutation(1797)
    assert np.array_equal(drawn.x, kept[order[:20]])


def test_the_square_follows_its_draws():
    drawn, network = start_vectors("square", 6, 3)
    rng = np.random.default_rng([3, 6, 2])
    assert np.array_equal(drawn.x, -1 + 2 * rng.random((6, 2)))
    np.testing.assert_allclose(network.prototypes, -1 + 2 * rng.random((6, 2)), rtol=1e-15)
    np.testing.assert_allclose(network.v, (-1 + 2 * rng.random((6, 1))) / np.sqrt(6), rtol=1e-15)
    exact = np.sin(np.pi * drawn.x).prod(axis=1)
    np.testing.assert_allclose(drawn.y[:, 0], exact, atol=1e-12)


def test_pairs_are_the_best_assignment():
    drawn, network = start_vectors("square", 5, 0)
    p, paired = network.prototypes, vectors.paired_vectors("square", 5, 0)
    best = min(((p - drawn.x[list(order)]) ** 2).sum() for order in permutations(range(5)))
    assert ((p - paired) ** 2).sum() == pytest.approx(best)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"data": "faces"}, "data must be one of digits, square, got 'faces'"),
        ({"n": 1}, "n"),
        ({"mask": "X"}, "mask must be one of"),
        ({"n": 1001}, "n"),
        ({"protocol": Protocol(w0="fan-in")}, "w0"),
        ({"protocol": Protocol(optimizer="momentum")}, "optimizer must be nominal"),
        ({"protocol": Protocol().but({"formulas.coverage": "log response"})}, "formulas.coverage"),
    ],
)
def test_what_is_not_allowed_is_refused(changed, said):
    run = VectorRun(Protocol(), "digits", 5, "C", 0)._replace(**changed)
    with pytest.raises(ValueError, match=said):
        train_vectors([run])
