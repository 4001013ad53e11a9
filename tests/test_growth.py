"""What is measured against N; the pairs counted in NumPy are those that the kernel visits."""

import json

import pytest
import terminal
from gaussmlp import MASKS, Protocol
from growth import grid_seconds, growth, visited

# Counts the powers of two that the interpreted kernel takes in one step, in rows of lanes.
COUNT = """
import json
import numpy as np
from gaussmlp import Protocol, Run, training
from gaussmlp.kernels import gradient, lanes

rows, kept = [], gradient.exp2_minus
def counted(s, *highest):
    rows.append(np.size(s) // lanes.WIDTH)
    return kept(s, *highest)
gradient.exp2_minus = counted

def rows_of(n, mask):
    rows.clear()
    training.train([Run(Protocol(steps=1), n, mask, seed) for seed in range(8)])
    return sum(rows)

counts = []
for n in (6, 30):
    of = {mask: rows_of(n, mask) for mask in ("standard", "C", "S")}
    counts.append({
        "coverage": (of["C"] - of["standard"]) / n**2,
        "separation": (of["S"] - of["standard"]) / (n * (n - 1) / 2),
    })
print(json.dumps(counts))
"""


def test_visited_pairs_are_those_that_the_kernel_visits():
    done = terminal.python("-c", COUNT, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
    for n, counted in zip((6, 30), json.loads(done.stdout), strict=True):
        found = visited(n)
        assert {name: found[name] for name in counted} == pytest.approx(counted)


def test_windows_hold_at_least_the_pairs_that_have_a_share():
    for steps in (0, 50):
        found = visited(40, steps)
        for name in ("coverage", "separation"):
            assert 0 < found[f"{name}_alone"] <= found[name] <= 1


def test_growth_has_every_point_and_its_exponents():
    measured = growth(sizes=(3, 100, 120), seconds=1e-4, repeats=1, visits=((4, 0),))
    assert json.loads(json.dumps(measured)) == measured
    assert (measured["sizes"], measured["runs"]) == ([3, 100, 120], 8)
    assert list(measured["step_seconds"]) == list(measured["exponents"]) == list(MASKS)
    assert all(len(values) == 3 for values in measured["step_seconds"].values())
    assert [(row["n"], row["steps"]) for row in measured["visited"]] == [(4, 0)]
    assert set(measured["bytes"]) == {"8", "16"}


def test_memory_is_no_more_than_proportional_to_n_and_to_the_runs():
    used = growth(sizes=(100, 400), seconds=1e-4, repeats=1, visits=())["bytes"]
    assert used["8"][1] < 4.1 * used["8"][0]
    assert all(two < 2.1 * one for one, two in zip(used["8"], used["16"], strict=True))


def test_one_size_has_no_exponent():
    measured = growth(sizes=(4,), seconds=1e-4, repeats=1, visits=())
    assert set(measured["exponents"]["C"].values()) == {None}


def test_the_grid_is_timed():
    times = grid_seconds(Protocol(sizes=(3,), seeds=(0,), steps=5), repeats=2)
    assert len(times) == 2
    assert min(times) > 0
