"""Gradients: the definitions against the complex step and autodiff, the kernel against them."""

import os

import numpy as np
import pytest
from gaussmlp import MASKS, Lam, Parameters, Protocol, Run, Tau, losses, prototypes, training
from gaussmlp.kernels.gradient import samples_for, work_for
from gaussmlp.kernels.lanes import WIDTH
from gaussmlp.kernels.train import Momentum, State, advance
from gaussmlp.protocol import ACTIVATIONS, TRAINED, Formulas, active

N = 7
LAM = Lam(
    overlap=0.7, coverage=1.3, separation=2.1
)  # three values, so that none passes for another
TAUS = [Tau(), Tau(coverage=0.05, separation=0.2)]
LOSSES = ("fit", "overlap", "coverage", "separation")


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


def values(x, y, tau):
    """Return each loss, and the total of each mask, as functions of the parameters alone."""
    of = {
        "fit": lambda theta: losses.fit(x, y, theta),
        "overlap": lambda theta: losses.overlap(x, theta),
        "coverage": lambda theta: losses.coverage(x, prototypes(theta), tau.coverage),
        "separation": lambda theta: losses.separation(prototypes(theta), tau.separation),
    }
    protocol = Protocol(lam=LAM, tau=tau)
    return of | {
        mask: lambda theta, m=mask: losses.total(x, y, theta, protocol, m) for mask in MASKS
    }


def gradients(x, y, theta, tau):
    """Return the hand-written gradient of each of `values`, flat."""
    protocol, none = Protocol(lam=LAM, tau=tau), np.zeros(N)
    flat = {"fit": losses.fit_gradient(x, y, theta)}
    for _, its_tau, loss in protocol.parts("OCS"):
        flat[loss.slot] = Parameters(*loss.by_weights(x, theta, its_tau), none, 0.0)
    flat |= {mask: losses.total_gradient(x, y, theta, protocol, mask) for mask in MASKS}
    return {name: gradient.flat() for name, gradient in flat.items()}


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


@pytest.fixture(scope="module")
def autodiff():
    """Return JAX's gradients of each of `values`, written a second time in JAX."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        if "GAUSSMLP_REQUIRE_EXTRAS" in os.environ:
            raise
        pytest.skip("JAX is not installed")
    jax.config.update("jax_enable_x64", True)
    different = 1.0 - np.eye(N)

    def parts(flat, x, y, tau):
        w, b, v = flat[:-1].reshape(3, N)
        h = jnp.exp(-((x[:, None] * w + b) ** 2))
        p = -b / w
        closeness = jnp.exp(-((p[:, None] - p) ** 2) / tau[1]) * different
        soft = -tau[0] * jax.nn.logsumexp(-((x[:, None] - p) ** 2) / tau[0], axis=1)
        return {
            "fit": jnp.mean((h @ v + flat[-1] - y) ** 2),
            "overlap": jnp.mean(jnp.einsum("ij,jk,ik->i", h, different, h)) / (N * (N - 1)),
            "coverage": jnp.mean(soft),
            "separation": closeness.sum() / (N * (N - 1)),
        }

    jacobian = jax.jit(jax.jacrev(parts))

    def gradients(x, y, theta, tau):
        of = {k: np.asarray(g) for k, g in jacobian(theta.flat(), x, y, np.array(tau)).items()}
        assert of["fit"].dtype == np.float64
        for mask in MASKS:
            of[mask] = of["fit"] + sum(getattr(LAM, loss) * of[loss] for loss in active(mask))
        return of

    return gradients


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("state", STATES)
def test_gradients_equal_the_complex_step(state, tau):
    x, y, theta = state
    ours = gradients(x, y, theta, tau)
    for name, value in values(x, y, tau).items():
        exact = complex_step(value, theta)
        assert relative(ours[name] - exact, exact) < 1e-10, name


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("state", STATES)
def test_gradients_equal_automatic_differentiation(state, tau, autodiff):
    x, y, theta = state
    ours = gradients(x, y, theta, tau)
    for name, exact in autodiff(x, y, theta, tau).items():
        assert relative(ours[name] - exact, exact) < 1e-9, name


def kernel_gradients(x, y, theta, tau, **choices):
    """Return the training kernel's gradient of the total of each mask, one mask a lane."""
    flat = np.repeat(theta.flat()[:, None], WIDTH, axis=1)
    protocol = Protocol(lam=LAM, tau=tau, **choices)
    variants = training._choices([Run(protocol, N, mask, 0) for mask in MASKS])
    zeros, never = np.zeros_like(flat), np.full(WIDTH, -1)
    state = State(
        flat, zeros, zeros.copy(), np.ones(2), np.zeros(1, int), np.zeros((1, WIDTH)), never
    )
    samples = samples_for(*(np.repeat(each[:, None], WIDTH, axis=1) for each in (x, y, x)))
    rate, decay = np.full((1, WIDTH), 0.01), np.zeros((1, WIDTH))
    optimizer = Momentum(rate, decay, 0.0)  # its m is the gradient
    advance(
        1,
        variants,
        optimizer,
        samples,
        state,
        np.empty_like(flat),
        work_for(variants.trained, flat),
    )
    return dict(zip(MASKS, state.m.T, strict=True))


@pytest.mark.parametrize("tau", TAUS)
@pytest.mark.parametrize("state", STATES)
def test_the_kernel_has_the_gradients_of_the_definitions(state, tau):
    # The two differ by the rounding of sums; the exponents of closeness, up to 708, amplify it.
    x, y, theta = state
    for mask, kernel in kernel_gradients(x, y, theta, tau).items():
        exact = losses.total_gradient(x, y, theta, Protocol(lam=LAM, tau=tau), mask).flat()
        assert relative(kernel - exact, exact) < 1e-12, mask


# every loss in the registry, and other ones together
FORMULAS = [
    *(Formulas()._replace(**{loss.slot: loss.name}) for loss in losses.LOSSES.values()),
    Formulas("cosine", "log response", "distance"),
]


@pytest.mark.parametrize("formulas", FORMULAS)
@pytest.mark.parametrize("state", STATES)
def test_every_loss_has_a_gradient_that_equals_the_complex_step(state, formulas):
    x, y, theta = state
    if np.diff(np.sort(prototypes(theta))).min() < 1e-9 and formulas.separation == "distance":
        pytest.skip("|d| has no derivative where prototypes coincide")
    protocol = Protocol(lam=LAM, tau=TAUS[1], formulas=formulas)
    for mask in MASKS:
        exact = complex_step(
            lambda here, mask=mask: losses.total(x, y, here, protocol, mask), theta
        )
        ours = losses.total_gradient(x, y, theta, protocol, mask).flat()
        assert relative(ours - exact, exact) < 1e-9, mask


@pytest.mark.parametrize("formulas", FORMULAS)
@pytest.mark.parametrize("state", STATES)
def test_the_kernel_has_the_gradient_of_every_loss(state, formulas):
    x, y, theta = state
    protocol = Protocol(lam=LAM, tau=TAUS[1], formulas=formulas)
    for mask, kernel in kernel_gradients(x, y, theta, TAUS[1], formulas=formulas).items():
        exact = losses.total_gradient(x, y, theta, protocol, mask).flat()
        assert relative(kernel - exact, exact) < 1e-11, mask


@pytest.mark.parametrize(
    ("activation", "trained"),
    [(activation, trained) for activation in ACTIVATIONS for trained in TRAINED][1:],
)
@pytest.mark.parametrize("state", STATES[:3])
def test_the_kernel_has_the_gradients_by_what_is_trained(state, activation, trained):
    x, y, theta = state
    own = (
        theta
        if trained == "weight and bias"
        else theta._replace(w=1 / theta.w, b=prototypes(theta))
    )

    def as_weights(own):
        w, b, v, c = own
        if trained == "centre and width":
            w, b = 1 / w, -b / w
        scale = 1 if activation == "exp(-z^2)" else np.sqrt(0.5)
        return Parameters(scale * w, scale * b, v, c)

    protocol = Protocol(lam=LAM, tau=TAUS[1])
    kernels = kernel_gradients(x, y, own, TAUS[1], activation=activation, trained=trained)
    for mask, kernel in kernels.items():
        exact = complex_step(
            lambda here, mask=mask: losses.total(x, y, as_weights(here), protocol, mask), own
        )
        assert relative(kernel - exact, exact) < 1e-9, mask
