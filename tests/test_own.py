"""Losses of a reader's own: the same bytes, at about the same cost, and refused if wrong."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gaussmlp import Protocol, Run, losses, train
from gaussmlp.draws import NULLS
from gaussmlp.experiment import run_key
from gaussmlp.kernels.lanes import load, store
from gaussmlp.kernels.prototypes import soft_minimum, squared_distance
from gaussmlp.model import Parameters
from gaussmlp.study import own
from gaussmlp.study.claims import BY_ID, HOLDS, Verdict
from gaussmlp.study.facts.own import facts, own_readings
from numba import njit

sys.path.insert(0, str(Path(__file__).parents[1] / "chapters"))
import own_losses

PASSED_IN = {
    "formulas.coverage": own.in_prototypes("coverage", losses.coverage, soft_minimum),
    "formulas.separation": own.in_prototypes("separation", losses.separation, squared_distance),
}
TWO_SIDED = own.in_prototypes("coverage", own_losses.two_sided_value, own_losses.two_sided)
COULOMB = own.in_prototypes("separation", own_losses.coulomb_value, own_losses.coulomb)
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


@pytest.mark.parametrize("choices", [{"coverage": TWO_SIDED}, {"separation": COULOMB}])
def test_one_step_follows_the_gradient_of_the_value(choices):
    step = 1e-4
    choices = {f"formulas.{name}": formula for name, formula in choices.items()}
    protocol = Protocol(steps=1, step_size=step, optimizer="gradient descent", tau=0.1).but(choices)
    [trained] = train([Run(protocol, 10, "CS", 3)])
    x, y, theta = trained.start
    ours = (theta.flat() - trained.parameters.flat()) / step
    exact = np.empty_like(ours)
    for k in range(len(exact)):
        sides = []
        for side in (1e-6, -1e-6):
            flat = theta.flat()
            flat[k] += side
            at = Parameters.from_flat(flat)
            sides.append(losses.total(x, y, at, protocol, "CS"))
        exact[k] = (sides[0] - sides[1]) / 2e-6
    np.testing.assert_allclose(ours, exact, atol=1e-6 * np.abs(exact).max())
    by_definition = losses.total_gradient(x, y, theta, protocol, "CS")
    np.testing.assert_allclose(ours, by_definition.flat(), atol=1e-9 * np.abs(exact).max())


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


def rows_of(made):
    return [
        dict(reading=reading, mask=mask, n=n, seed=0) | dict(zip(MEASURED, values, strict=True))
        for (reading, mask), values in made.items()
        for n in (3, 100)
    ]


MEASURED = ("expelled_fraction", "precision", "reconstruction_error", "moved_in")


def test_the_chapter_says_what_its_runs_say():
    weak = own_readings(TWO_SIDED, COULOMB)[-1]
    assert weak.protocol.lam == Protocol().but({"lam.separation": 1e-3}).lam
    made = {
        ("nominal", "standard"): (0.1, 0.1, 0.3, 0.3),
        ("nominal", "S"): (0.1, 0.1, 0.3, 0.3),
        ("nominal", "C"): (0.08, 0.6, 0.3, 0.3),
        ("nominal", "CS"): (0.08, 0.6, 0.3, 0.3),
        ("two-sided", "C"): (0.0, 0.9, 0.2, 0.2),
        ("two-sided", "CS"): (0.0, 0.9, 0.2, 0.2),
        ("Coulomb", "S"): (0.9, 0.1, 1234.5, 0.5),
        ("Coulomb", "CS"): (0.8, 0.1, 1234.5, 0.5),
        ("weak Coulomb", "S"): (0.6, 0.1, 1234.5, 0.5),
        ("weak Coulomb", "CS"): (0.1, 0.5, 1234.5, 0.1),
    }
    nulls = {("null", name): (0.1, 0.2, 0.3, 0.3) for name in NULLS}
    frame, nulls = (pd.DataFrame(rows_of(one)) for one in (made, nulls))
    frame, nulls = (
        one.assign(specialization_ratio=0.5, recall=0.5, auc=one["precision"], diverged_at=np.nan)
        for one in (frame, nulls.drop(columns="reading"))
    )
    last = (frame["reading"] == "weak Coulomb") & (frame["mask"] == "CS") & (frame["n"] == 100)
    frame.loc[last, ["expelled_fraction", "moved_in"]] = 0.25, 0.31
    held = [Verdict(BY_ID[name], HOLDS, (100,), (), "", HOLDS, (), None) for name in ("C2", "C7")]
    said, statements = facts(frame, nulls, {"two-sided": held})
    assert said["least thrown"] == "1,234"
    assert said["weak Coulomb"] == "60%"
    assert said["weak not held"] == "100"
    assert [name for name, true in statements.items() if not np.all(true)] == []
    same = frame.assign(**dict.fromkeys(MEASURED, 0.25), diverged_at=3)
    _, statements = facts(same, nulls.assign(moved_in=0.2), {"two-sided": held})
    assert sum(map(np.all, statements.values())) == 1
