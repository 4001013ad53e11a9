"""Training with 64 inputs beside two JAX twins: ``python benchmarks/pictures.py --out FILE.json``.

Both train the standard mask, in batches over runs: *plain*, squares of ``W x + B`` coordinate by
coordinate, and *expanded* into matrix products, which takes BLAS and rounds otherwise. All are
timed in turns, on two processors. So is ours without Adam: gradients, and no step. Multiply-adds
are four for a sample, a neuron, a coordinate and a step, two forward and two back; beside their
rate stands what both processors do on registers alone.
"""

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from timeit import timeit
from unittest.mock import patch

import numpy as np
from gaussmlp import Protocol, datasets, vectors
from gaussmlp.kernels.jit import kernel
from gaussmlp.kernels.lanes import WIDTH, fma, lanes, load, store
from gaussmlp.kernels.vectors import place, total_gradient
from gaussmlp.vectors import VectorRun, start_vectors, train_vectors
from harness import this_machine

D, OUTPUTS, CORES = 64, 10, 2


def cloud(rng, n):
    """Draw uniform inputs, and targets of ten classes in turn."""
    y = np.eye(OUTPUTS)[np.arange(n) % OUTPUTS]
    return datasets.Data(rng.uniform(-1, 1, (n, D)), y, None, None, None)


@kernel
def multiply_adds(times, rows, result):
    """Do 32 multiply-adds on registers, `times` times, in 16 chains."""
    a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = lanes(1.0)
    b0 = b1 = b2 = b3 = b4 = b5 = b6 = b7 = lanes(1.0)
    x, y = load(rows, 0), load(rows, 1)
    for _ in range(times):
        for _ in range(2):
            a0, a1, a2, a3 = fma(a0, x, y), fma(a1, x, y), fma(a2, x, y), fma(a3, x, y)
            a4, a5, a6, a7 = fma(a4, x, y), fma(a5, x, y), fma(a6, x, y), fma(a7, x, y)
            b0, b1, b2, b3 = fma(b0, x, y), fma(b1, x, y), fma(b2, x, y), fma(b3, x, y)
            b4, b5, b6, b7 = fma(b4, x, y), fma(b5, x, y), fma(b6, x, y), fma(b7, x, y)
    store(result, 0, a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7)


def highest_rate():
    """Return the multiply-adds per second of both processors at once, on registers alone."""
    rows, results, times = np.full((2, WIDTH), 0.5), np.zeros((CORES, 1, WIDTH)), 2_000_000
    multiply_adds(1, rows, results[0])
    with ThreadPoolExecutor(CORES) as pool:
        work = partial(multiply_adds, times, rows)
        fastest = min(timeit(lambda: [*pool.map(work, results)], number=1) for _ in range(25))
    return CORES * times * 32 * WIDTH / fastest


@kernel
def gradients(steps, losses, optimizer, data, state, gradient, work):
    """Do what `advance_vectors` does, without a step of Adam."""
    place(state.theta, work)
    for _ in range(steps):
        total_gradient(losses, data, state.theta, gradient, work)


def jax_twins():
    """Return the two functions that train runs in JAX, by name, and JAX's version."""
    import jax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)

    def plain(w, b, x):
        return ((w * x[:, None] + b) ** 2).mean(axis=-1)

    def expanded(w, b, x):
        return (x**2 @ (w**2).T + 2 * x @ (w * b).T + (b**2).sum(axis=1)) / D

    def train(lengths, steps, theta, x, y):
        def loss(theta):
            w, b, v, c = theta
            return ((jnp.exp(-lengths(w, b, x)) @ v + c - y) ** 2).sum(axis=1).mean()

        def step(state, t):
            theta, m, s = state
            g = jax.grad(loss)(theta)
            m = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, m, g)
            s = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, s, g)
            theta = jax.tree.map(
                lambda a, m, s: (
                    a - 0.01 * (m / (1 - 0.9**t)) / (jnp.sqrt(s / (1 - 0.999**t)) + 1e-8)
                ),
                theta,
                m,
                s,
            )
            return (theta, m, s), None

        zeros = jax.tree.map(jnp.zeros_like, theta)
        return jax.lax.scan(step, (theta, zeros, zeros), jnp.arange(1.0, steps + 1))[0][0]

    @partial(jax.jit, static_argnums=(0, 1))
    def batch(lengths, steps, theta, x, y):
        return jax.vmap(lambda *one: train(lengths, steps, *one))(theta, x, y)

    return {"plain": partial(batch, plain), "expanded": partial(batch, expanded)}, jax.__version__


@patch.dict(datasets.DATASETS, cloud=(cloud, D))
def measure(n, steps, repeats):
    """Return seconds per step and run of each, medians, the largest gaps, and JAX's version."""
    runs = [VectorRun(Protocol(steps=steps), "cloud", n, "standard", s) for s in range(2 * WIDTH)]
    drawn = [start_vectors("cloud", n, s) for s in range(2 * WIDTH)]
    x, y = (np.array([getattr(data, name) for data, _ in drawn]) for name in ("x", "y"))
    theta = tuple(np.array(part) for part in zip(*(network for _, network in drawn), strict=True))
    twins, version = jax_twins()
    halves = runs[:WIDTH], runs[WIDTH:]

    def ours():
        with ThreadPoolExecutor(CORES) as pool:
            return [one for half in pool.map(train_vectors, halves) for one in half]

    def without_adam():
        with patch.object(vectors, "advance_vectors", gradients):
            ours()

    engines = {"ours": ours, "ours without Adam": without_adam} | {
        name: lambda twin=twin: [part.block_until_ready() for part in twin(steps, theta, x, y)]
        for name, twin in twins.items()
    }
    ends = {name: run() for name, run in engines.items()}  # compiles
    w = np.array([one.network.w for one in ends["ours"]])
    gaps = {name: float(np.abs(np.asarray(ends[name][0]) - w).max()) for name in twins}
    times = {name: [] for name in engines}
    for _ in range(repeats):
        for name, run in engines.items():
            times[name].append(timeit(run, number=1) / (steps * len(runs)))
    return {name: median(values) for name, values in times.items()}, gaps, version


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 50, 100])
    parser.add_argument("--steps", type=int, default=150, help="at N = 100, others by the work")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    found = {"machine": this_machine(), "multiply_adds": highest_rate(), "sizes": {}}
    for n in given.sizes:
        steps = given.steps * 100**2 // n**2
        seconds, gaps, found["jax"] = measure(n, steps, given.repeats)
        found["sizes"][n] = {"multiply_adds": 4 * n * n * D, "seconds": seconds, "gaps": gaps}
        print(n, found["sizes"][n], flush=True)
    Path(given.out).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
