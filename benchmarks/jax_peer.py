"""The nominal training as a good user of JAX writes it.

`jit` of `vmap` over runs of `lax.scan` over steps, double precision, gradients by `grad`. Which
losses are on is known while compiling, so that no other is computed. Two Python threads drive it:
for programs this small they do more than XLA's own two threads.
"""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import jax
import jaxlib
import numpy as np
from gaussmlp.protocol import active
from jax import numpy as jnp
from starts import TAU, halves, starts

jax.config.update("jax_enable_x64", True)

VERSIONS = {"jax": jax.__version__, "jaxlib": jaxlib.__version__, "numpy": np.__version__}


def loss(theta, x, y, mask):
    w, b, v, c = theta
    n, on = len(x), active(mask)
    h = jnp.exp(-((x[:, None] * w + b) ** 2))
    total = jnp.mean((h @ v + c - y) ** 2)
    if "overlap" in on:
        total += jnp.mean(h.sum(axis=1) ** 2 - (h**2).sum(axis=1)) / (n * (n - 1))
    p = -b / w
    if "coverage" in on:
        square = (x[:, None] - p) ** 2
        total += jnp.mean(-TAU * jax.nn.logsumexp(-square / TAU, axis=1))
    if "separation" in on:
        closeness = jnp.exp(-((p[:, None] - p) ** 2) / TAU)
        total += (closeness.sum() - n) / (n * (n - 1))
    return total


def train_run(theta, x, y, mask, steps):
    def step(state, t):
        theta, mean, square = state
        gradient = jax.grad(loss)(theta, x, y, mask)
        mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
        square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, gradient)
        c1, c2 = 1 - 0.9**t, 1 - 0.999**t
        theta = jax.tree.map(
            lambda a, m, s: a - 0.01 * (m / c1) / (jnp.sqrt(s / c2) + 1e-8), theta, mean, square
        )
        return (theta, mean, square), None

    zeros = jax.tree.map(jnp.zeros_like, theta)
    (theta, _, _), _ = jax.lax.scan(step, (theta, zeros, zeros), jnp.arange(1.0, steps + 1))
    return theta


@partial(jax.jit, static_argnames=("mask", "steps"))
def train_runs(theta, x, y, mask, steps):
    return jax.vmap(lambda theta, x, y: train_run(theta, x, y, mask, steps))(theta, x, y)


def train_part(n, mask, seeds, steps):
    x, y, *theta = starts(n, seeds)
    return np.column_stack(train_runs(tuple(theta), x, y, mask, steps))


def train(n, masks, seeds, steps):
    # one mask alone is halved, so that both threads have something to do
    parts = halves(seeds) if len(masks) == 1 else [tuple(seeds)]
    work = [(mask, part) for mask in reversed(masks) for part in parts]
    with ThreadPoolExecutor(2) as threads:
        trained = threads.map(lambda one: train_part(n, *one, steps), work)
        rows = dict(zip(work, trained, strict=True))
    return np.concatenate([rows[mask, part] for mask in masks for part in parts])
