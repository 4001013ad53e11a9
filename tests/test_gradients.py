"""Losses: definitions against sums, gradients against complex steps and autodiff, the kernel."""

import naive
import numpy as np
import pytest
import terminal
from gaussmlp import (
    MASKS,
    Lam,
    Parameters,
    Protocol,
    Run,
    Tau,
    losses,
    prototypes,
    responses,
    training,
    widths,
)
from gaussmlp.kernels.gradient import samples_for, work_for
from gaussmlp.kernels.lanes import WIDTH
from gaussmlp.kernels.train import Momentum, State, advance
from gaussmlp.protocol import Formulas, active

N = 7
LAM = Lam(overlap=0.7, coverage=1.3, separation=2.1)  # so that none passes for another


def random_state(kind, seed):
    """Return samples, targets and parameters; two prototypes are close enough to repel."""
    rng = np.random.default_rng([seed, *kind.encode()])
    x = np.sort(rng.uniform(-1, 1, N))
    p = rng.uniform(-1, 1, N)
    w = rng.uniform(1, 6, N) * rng.choice([-1, 1], N)
    if kind == "outside the hull":
        p[:4] = [-1.5, 1.2, 4.0, -9.0]
    if kind == "coinciding":
        p[3:] = p[2]
        p[0] = x[0]
    if kind == "tiny weights":
        w *= 10.0 ** rng.uniform(-4, 0, N)
    p[1] = p[0] + 0.004  # closer than sqrt(tau) = 0.01
    v = rng.uniform(-1, 1, N)
    return x, np.sin(np.pi * x), Parameters(w, -w * p, v, rng.uniform(-1, 1))


KINDS = ("inside the hull", "outside the hull", "coinciding", "tiny weights")
STATES = [
    pytest.param(random_state(kind, seed), id=f"{kind} {seed}")
    for kind in KINDS
    for seed in range(3)
]


# every loss in the registry, other ones together, and the nominal ones at their own temperature
WARM = Protocol(lam=LAM, tau=Tau(coverage=0.05, separation=0.2))
FORMULAS = dict.fromkeys(
    Formulas()._replace(**{loss.slot: loss.name}) for loss in losses.LOSSES.values()
)
PROTOCOLS = [
    Protocol(lam=LAM),
    *(WARM.but({"formulas": formulas}) for formulas in FORMULAS),
    WARM.but({"formulas": Formulas("cosine", "log response", "distance")}),
]


def complex_step(value, theta):
    """Return the gradient by ``Im f(theta + ih) / h``: no difference, so nothing cancels."""
    h, flat, gradient = 1e-40, theta.flat(), []
    for k in range(len(flat)):
        moved = flat.astype(complex)
        moved[k] += 1j * h
        moved = Parameters(moved[:N], moved[N : 2 * N], moved[2 * N : 3 * N], moved[-1])
        gradient.append(value(moved).imag / h)
    return np.array(gradient)


def relative(error, gradient):
    norm = np.linalg.norm(gradient)
    assert norm > 1e-12  # a gradient of zero would test nothing
    return np.linalg.norm(error) / norm


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: "-".join(p.formulas))
@pytest.mark.parametrize("state", STATES)
def test_gradients_equal_the_complex_step(state, protocol):
    x, y, theta = state
    if np.diff(np.sort(prototypes(theta))).min() < 1e-9 and "distance" in protocol.formulas:
        pytest.skip("|d| has no derivative where prototypes coincide")
    for mask in MASKS:
        exact = complex_step(
            lambda here, mask=mask: losses.total(x, y, here, protocol, mask), theta
        )
        ours = losses.total_gradient(x, y, theta, protocol, mask).flat()
        assert relative(ours - exact, exact) < 1e-9, mask


@pytest.mark.parametrize("tau", [Tau(), WARM.tau])
@pytest.mark.parametrize("state", STATES)
def test_gradients_equal_automatic_differentiation(state, tau):
    """The nominal losses are written a second time, in JAX."""
    jax, jnp = terminal.extra("jax"), terminal.extra("jax.numpy")
    jax.config.update("jax_enable_x64", True)
    different = 1.0 - np.eye(N)
    x, y, theta = state

    def parts(flat):
        w, b, v = flat[:-1].reshape(3, N)
        h = jnp.exp(-((x[:, None] * w + b) ** 2))
        p = -b / w
        closeness = jnp.exp(-((p[:, None] - p) ** 2) / tau.separation) * different
        soft = jax.nn.logsumexp(-((x[:, None] - p) ** 2) / tau.coverage, axis=1)
        return {
            "fit": jnp.mean((h @ v + flat[-1] - y) ** 2),
            "overlap": jnp.mean(jnp.einsum("ij,jk,ik->i", h, different, h)) / (N * (N - 1)),
            "coverage": -tau.coverage * jnp.mean(soft),
            "separation": closeness.sum() / (N * (N - 1)),
        }

    of = {name: np.asarray(g) for name, g in jax.jacrev(parts)(theta.flat()).items()}
    for mask in MASKS:
        exact = of["fit"] + sum(getattr(LAM, loss) * of[loss] for loss in active(mask))
        ours = losses.total_gradient(x, y, theta, Protocol(lam=LAM, tau=tau), mask).flat()
        assert relative(ours - exact, exact) < 1e-9, mask


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: "-".join(p.formulas))
@pytest.mark.parametrize("state", STATES)
def test_the_kernel_has_the_gradients_of_the_definitions(state, protocol):
    # The two differ by the rounding of sums; the exponents of closeness, up to 708, amplify it.
    x, y, theta = state
    flat = np.repeat(theta.flat()[:, None], WIDTH, axis=1)
    variants = training._choices([Run(protocol, N, mask, 0) for mask in MASKS])  # one mask a lane
    zeros, never = np.zeros_like(flat), np.full(WIDTH, -1)
    found = State(
        flat, zeros, zeros.copy(), np.ones(2), np.zeros(1, int), np.zeros((1, WIDTH)), never
    )
    samples = samples_for(*(np.repeat(each[:, None], WIDTH, axis=1) for each in (x, y, x)))
    # without momentum its m is the gradient
    optimizer = Momentum(np.full((1, WIDTH), 0.01), np.zeros((1, WIDTH)), 0.0)
    work = work_for(variants.trained, flat)
    advance(1, variants, optimizer, samples, found, np.empty_like(flat), work)
    for mask, kernel in zip(MASKS, found.m.T, strict=True):
        exact = losses.total_gradient(x, y, theta, protocol, mask).flat()
        assert relative(kernel - exact, exact) < 1e-11, mask


@pytest.mark.parametrize("protocol", PROTOCOLS[:2], ids=lambda p: str(p.tau))
@pytest.mark.parametrize("state", STATES)
def test_the_total_is_the_literal_sum(state, protocol):
    x, y, theta = state
    for mask in MASKS:
        lam, tau = protocol.lam._asdict(), protocol.tau._asdict()
        literal = naive.total(x, y, theta, mask, lam, tau)
        # a sum of fewer than 300 terms, and exponents that amplify its rounding
        assert losses.total(x, y, theta, protocol, mask) == pytest.approx(literal, rel=1e-12)


def test_far_away_responses_are_exactly_zero():
    assert responses(np.zeros(1), np.array([1.0]), np.array([26.6]))[0, 0] > 0  # exp(-707.6)
    assert responses(np.zeros(1), np.array([1.0]), np.array([26.7]))[0, 0] == 0  # exp(-712.9)


def test_a_neuron_responds_most_at_its_prototype_and_less_by_its_width():
    _, _, theta = random_state("inside the hull", 0)
    p, h = prototypes(theta), np.empty(N)
    for j in range(N):
        at = np.array([p[j], p[j] + widths(theta)[j]])
        h[j], one_width_away = responses(at, theta.w, theta.b)[:, j]
        assert one_width_away == pytest.approx(np.exp(-0.5))
    np.testing.assert_allclose(h, 1, atol=1e-15)


@pytest.mark.parametrize(
    ("slot", "over"), [("overlap", "prototypes"), ("separation", "responses"), ("fit", "responses")]
)
def test_a_loss_that_no_kernel_can_train_is_refused(slot, over):
    with pytest.raises(ValueError, match=r"(slot|over) must be one of"):
        losses.Loss("mine", slot, over, np.mean, np.mean, "Mine")
