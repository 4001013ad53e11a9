"""Losses of a reader's own: the same bytes, at about the same cost, and refused if wrong."""

import sys
from pathlib import Path

import numpy as np
import pytest
from gaussmlp import Protocol, Run, losses, train
from gaussmlp.experiment import run_key
from gaussmlp.kernels.lanes import load, store
from gaussmlp.kernels.prototypes import soft_minimum, squared_distance
from gaussmlp.study import own
from numba import njit

sys.path.insert(0, str(Path(__file__).parents[1] / "chapters"))
import own_losses

PASSED_IN = {
    "formulas.coverage": own.in_prototypes("coverage", losses.coverage, soft_minimum),
    "formulas.separation": own.in_prototypes("separation", losses.separation, squared_distance),
}
LOG_RESPONSE = own.in_responses(
    losses.LOSSES["log response"].value, own_losses.response, own_losses.log_slope
)


def runs(n, mask="OCS", steps=300, **choices):
    protocol = Protocol(steps=steps).but(choices)
    return [Run(protocol, n, mask, seed) for seed in range(8)]


def digests(*given, **choices):
    return [one.digest for one in train(runs(*given, **choices))]


@pytest.mark.parametrize("n", [3, 20, 51])
def test_a_loss_passed_in_gives_the_same_bytes_as_the_built_in_one(n):
    assert digests(n, **PASSED_IN) == digests(n)
    responses = {"formulas.coverage": "log response"}
    assert digests(n, **{"formulas.coverage": LOG_RESPONSE}) == digests(n, **responses)


def no_slope(h, total):
    return h


def test_a_wrong_gradient_is_refused():
    with pytest.raises(ValueError, match="gradient of two_sided is not that of its value"):
        own.in_prototypes("coverage", losses.coverage, own_losses.two_sided)
    with pytest.raises(ValueError, match="gradient of no_slope is not that of its value"):
        own.in_responses(losses.LOSSES["log response"].value, own_losses.response, no_slope)
    with pytest.raises(ValueError, match="place must be"):
        own.in_prototypes("overlap", losses.coverage, soft_minimum)
    with pytest.raises(ValueError, match="gradient must be a function"):
        own.in_prototypes("coverage", losses.coverage, len)


def centre(strength):
    def towards_zero(loss, samples, work):
        n = work.p.shape[0]
        for j in range(n):
            pull = load(loss.lam, 0) * (2.0 * strength / n) * load(work.p, j)
            store(work.dp, j, load(work.dp, j) + pull)

    return towards_zero


def test_another_constant_is_another_formula():
    made = [
        own.in_prototypes("coverage", lambda x, p, tau, k=k: k * np.mean(p**2), compiled(centre(k)))
        for k in (1.0, 2.0)
        for compiled in (njit, lambda function: function)
    ]
    names = [loss.name for loss in made]
    assert len(set(names)) == 2
    assert names[0] == names[1]
    keys = {run_key(runs(3, **{"formulas.coverage": loss})[0]) for loss in made}
    assert len(keys) == 2
    assert digests(3, **{"formulas.coverage": made[0]}) != digests(
        3, **{"formulas.coverage": made[2]}
    )


def inner(factor):
    def outer(h, total):
        def scaled():
            return factor * h

        return scaled()

    return outer


def test_a_change_in_a_function_within_is_another_digest():
    assert own._digest(inner(1.0)) == own._digest(inner(1.0)) != own._digest(inner(2.0))
