"""The start of a run: the recipe of the draws, followed by hand."""

import hashlib
import math
import struct

import numpy as np
import pytest
from gaussmlp import Parameters, Protocol, start


@pytest.mark.parametrize("n", [2, 3, 10, 100])
@pytest.mark.parametrize("seed", [0, 9, 2**31 - 1])
def test_the_draws_follow_the_recipe_bit_for_bit(n, seed):
    rng = np.random.default_rng([seed, n])
    x = sorted(-1 + 2 * rng.random() for _ in range(n))
    p = [-1 + 2 * rng.random() for _ in range(n)]
    v = [(-1 + 2 * rng.random()) / math.sqrt(n) for _ in range(n)]
    begin = start(Protocol(), n, seed)
    assert begin.x.tolist() == x
    assert begin.parameters.w.tolist() == [3.0] * n
    assert begin.parameters.b.tolist() == [-3 * p_j for p_j in p]
    assert begin.parameters.v.tolist() == v
    assert begin.parameters.c == 0


def test_targets_are_sines_rounded_to_multiples_of_two_to_the_minus_forty():
    for seed in range(20):
        begin = start(Protocol(), 100, seed)
        units = begin.y * 2.0**40
        assert (units == np.round(units)).all()
        # half a unit of rounding, and what libm and the product pi x may be off
        np.testing.assert_allclose(begin.y, np.sin(np.pi * begin.x), rtol=0, atol=2.0**-41 + 1e-15)


def test_a_reading_consumes_the_same_draws():
    nominal = start(Protocol(), 7, 3)
    moved = start(Protocol(domain=(0, 1), w0=-5), 7, 3)
    np.testing.assert_allclose(moved.x, (nominal.x + 1) / 2, rtol=0, atol=1e-15)
    assert moved.parameters.v.tolist() == nominal.parameters.v.tolist()
    assert (moved.parameters.w == -5).all()


def test_further_draws_follow_the_output_weights():
    rng = np.random.default_rng([3, 7])
    rng.random(21)
    labels, w, b = -1 + 2 * rng.random(7), -1 + 2 * rng.random(7), -1 + 2 * rng.random(7)
    read = start(Protocol(target="random labels", w0="fan-in"), 7, 3)
    assert read.y.tolist() == labels.tolist()
    assert read.parameters.w.tolist() == w.tolist()
    assert read.parameters.b.tolist() == b.tolist()
    assert read.parameters.v.tolist() == start(Protocol(), 7, 3).parameters.v.tolist()
    assert read.x.tolist() == start(Protocol(), 7, 3).x.tolist()


def test_other_inputs_targets_and_weights():
    read = start(Protocol(inputs="equispaced", target="x", w0="N/4", domain=(0, 1)), 8, 0)
    assert read.x.tolist() == [(i + 0.5) / 8 for i in range(8)]
    assert read.y.tolist() == read.x.tolist()
    assert (read.parameters.w == 2).all()
    fast = start(Protocol(target="sin(3 pi x)"), 8, 0)
    np.testing.assert_allclose(fast.y, np.sin(3 * np.pi * fast.x), rtol=0, atol=2.0**-41 + 3e-15)


def test_no_bias_is_minus_zero():
    assert not np.signbit(start(Protocol(domain=(-1e-320, 1e-320)), 50, 0).parameters.b == 0).any()


def test_the_digest_is_that_of_the_little_endian_bytes():
    parameters = Parameters(np.array([1.0, 2.0]), np.array([-0.5, 3.0]), np.array([7.0, 8.0]), 9.0)
    packed = struct.pack("<7d", 1.0, 2.0, -0.5, 3.0, 7.0, 8.0, 9.0)
    assert parameters.digest() == hashlib.sha256(packed).hexdigest()
