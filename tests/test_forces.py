"""Which way each loss pushes a prototype outside the hull: what is true, and no more."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import Parameters, Protocol, Run, Tau, losses, prototypes, train
from gaussmlp.losses import coverage_gradient, separation_gradient
from gaussmlp.study.mechanism import (
    LOSSES,
    _gradients,
    _hessian,
    balance_ratios,
    beyond,
    change_by_coverage,
    compensation,
    curvature,
    forces,
    gradient_norms,
    positions,
    tooth,
    unpulled,
)

STATES = 300


def state(seed, reach=3.0):
    """Samples, targets and a network some of whose prototypes lie outside the hull."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 12))
    x = np.sort(rng.uniform(-1, 1, n))
    p = rng.uniform(-reach, reach, n)
    p[0] = x.max() + rng.exponential(0.3)
    w = rng.uniform(0.3, 6, n) * rng.choice([-1, 1], n)
    tau = Tau(*10 ** rng.uniform(-4, 0, 2))
    return x, rng.normal(size=n), Parameters(w, -w * p, rng.normal(size=n), rng.normal()), tau


def velocity(loss, x, y, parameters, tau):
    """How fast prototypes move when w and b both follow minus the gradient of one loss."""
    g = _gradients(x, y, parameters, tau)[loss]
    return (g.b + prototypes(parameters) * g.w) / parameters.w


def outward(x, p, values):
    """Values of the prototypes outside the hull, positive where they point away from it."""
    outside = beyond(x, p) > 0
    return (np.sign(p - x.mean()) * values)[outside]


@pytest.fixture(scope="module")
def drawn():
    states = [state(seed) for seed in range(STATES)]
    return [(x, y, parameters, tau, prototypes(parameters)) for x, y, parameters, tau in states]


def test_forces_are_minus_the_derivative_of_the_total_by_the_prototype(drawn):
    for x, y, parameters, tau, p in drawn:
        found = forces(x, y, parameters, tau)
        for j in range(len(p)):
            step = np.zeros(len(p), dtype=complex)
            step[j] = 1e-30j
            moved = parameters._replace(b=-parameters.w * (p + step))
            by_p = losses.total(x, y, moved, Protocol(tau=tau), "OCS").imag / 1e-30
            assert sum(found[name][j] for name in LOSSES) == pytest.approx(
                -by_p, rel=1e-9, abs=1e-12
            )


def test_gradient_flow_only_scales_the_forces_of_coverage_and_separation(drawn):
    for x, y, parameters, tau, p in drawn:
        for loss in ("coverage", "separation"):
            scaled = forces(x, y, parameters, tau)[loss] * (1 + p**2) / parameters.w**2
            moved = velocity(loss, x, y, parameters, tau)
            np.testing.assert_allclose(moved, scaled, rtol=1e-9, atol=1e-300)


def test_coverage_never_pushes_an_outside_prototype_outward(drawn):
    for x, _, _, tau, p in drawn:
        assert (outward(x, p, -coverage_gradient(x, p, tau.coverage)) <= 0).all()


def test_coverage_lets_go_of_what_is_nearest_to_no_sample():
    x = np.array([-0.5, 0.5])
    tau = 1e-4
    near = np.array([-0.5, 0.5, 0.5 + np.sqrt(0.07)])  # squared distances differ by 700 tau
    far = np.array([-0.5, 0.5, 0.5 + np.sqrt(0.072)])  # by 720 tau, beyond the cut
    assert coverage_gradient(x, near, tau)[2] > 0
    assert coverage_gradient(x, far, tau)[2] == 0
    # alone, it is pulled from any distance, the more the farther
    others = -1000.0
    alone = [coverage_gradient(x, np.array([others, p]), tau)[1] for p in (1.0, 10.0, 100.0)]
    assert np.all(np.diff(alone) > 0)


def test_separation_never_pulls_all_beyond_a_cut_inward(drawn):
    for _, _, _, tau, p in drawn:
        force = -separation_gradient(p, tau.separation)
        rounding = 1e-14 * np.abs(force).max()
        for cut in np.sort(p):
            assert force[p >= cut].sum() >= -rounding
            assert force[p <= cut].sum() <= rounding


def test_separation_may_pull_a_single_outside_prototype_inward():
    p = np.array([0.0, 1.2, 1.21])  # the hull ends at 1: the second is pushed back by the third
    assert -separation_gradient(p, 1e-4)[1] < 0


def test_overlap_never_pulls_inward_at_fixed_w(drawn):
    for x, y, parameters, tau, p in drawn:
        assert (outward(x, p, forces(x, y, parameters, tau)["overlap"]) >= -1e-16).all()


def test_overlap_moves_outward_under_gradient_flow_while_p_times_max_x_is_at_most_1():
    judged = 0
    for seed in range(STATES):
        x, y, parameters, tau = state(seed, reach=1.3)
        p = prototypes(parameters)
        certain = np.abs(p) * np.abs(x).max() <= 1
        moving = np.where(certain, velocity("overlap", x, y, parameters, tau), 0.0)
        assert (outward(x, p, moving) >= -1e-16).all()
        judged += (certain & (beyond(x, p) > 0)).sum()
    assert judged > STATES / 4


def test_overlap_may_pull_inward_under_gradient_flow_beyond():
    # both neurons respond at -1 only: turning the bump of the first moves its prototype inward
    x, w, p = np.array([-1.0, 1.0]), np.array([0.3, 5.0]), np.array([1.5, -1.0])
    parameters = Parameters(w, -w * p, np.zeros(2), 0.0)
    assert np.abs(p[0]) * np.abs(x).max() > 1
    assert velocity("overlap", x, np.zeros(2), parameters, Tau())[0] < 0
    assert forces(x, np.zeros(2), parameters)["overlap"][0] > 0


def test_fit_goes_either_way(drawn):
    signs = set()
    for x, y, parameters, tau, p in drawn:
        pushed = outward(x, p, forces(x, y, parameters, tau)["fit"])
        signs |= set(np.sign(pushed[np.abs(pushed) > 1e-9]))
    assert signs == {-1.0, 1.0}


def test_hessian_meets_differences_of_the_gradient():
    x, y, parameters, _ = state(3)
    protocol = Protocol(tau=0.1)
    found = _hessian(x, y, parameters, protocol, "OCS")
    theta = parameters.flat()
    for k in range(len(theta)):
        step = 1e-6 * np.eye(len(theta))[k]
        ahead, behind = (
            losses.total_gradient(x, y, Parameters.from_flat(moved), protocol, "OCS").flat()
            for moved in (theta + step, theta - step)
        )
        np.testing.assert_allclose(found[:, k], (ahead - behind) / 2e-6, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found, found.T)


@pytest.fixture(scope="module")
def trained():
    return train(
        [Run(Protocol(steps=300), 4, mask, 0) for mask in ("standard", "OC")], record=[0, 300]
    )


def test_positions_have_one_row_for_each_neuron_and_kept_step(trained):
    table = positions(trained)
    assert len(table) == 2 * 2 * 4
    last = table[(table["mask"] == "OC") & (table["step"] == 300)]
    np.testing.assert_array_equal(last["prototype"], prototypes(trained[1].parameters))
    assert (table["expelled"] == (table["beyond"] > 0.05)).all()


def test_the_expelled_without_a_pull_are_counted(trained):
    ended = [one._replace(recorded=(), history=()) for one in trained]
    table, counts = positions(ended), unpulled(ended)
    assert counts["expelled"].sum() == table["expelled"].sum()
    free = table["expelled"] & (table["pull"] == 0)
    assert counts["without any pull"].sum() == free.sum()


def test_a_tooth_is_the_median_gap_within_the_hull():
    run = train([Run(Protocol(steps=1), 5, "standard", 0)])[0]
    low, high = run.start.x[[0, -1]]
    p = low + (high - low) * np.array([0.9, 0.1, 0.3, 7.0, 0.4])
    one = run._replace(parameters=Parameters(np.ones(5), -p, np.ones(5), 0.0))
    assert tooth([one]) == pytest.approx(0.2 * (high - low))


def test_what_coverage_changes_stands_beside_the_mask_it_is_added_to():
    values = dict(standard=1, S=2, C=4, CS=8, O=16, OS=32, OC=64, OCS=128)
    rows = [dict(mask=mask, n=10, seed=k, share=v) for mask, v in values.items() for k in range(5)]
    table = change_by_coverage(pd.DataFrame(rows), "share")["mean"].xs(10, level="n")
    assert table.to_dict() == {"standard": 3, "S": 6, "O": 48, "OS": 96}


def test_gradient_norms_count_what_is_in_the_total(trained):
    norms = gradient_norms(trained).set_index("mask")
    assert norms.at["standard", "total"] == pytest.approx(norms.at["standard", "fit"], rel=1e-12)
    assert norms.loc["standard", ["overlap", "coverage", "separation"]].isna().all()
    assert norms.loc["OC", ["fit", "overlap", "coverage"]].notna().all()
    assert np.isnan(norms.at["OC", "separation"])


def test_curvature_of_a_neuron_without_responses_is_zero():
    x, _y, parameters, _ = state(5)
    gone = parameters._replace(b=parameters.b.copy())
    gone.b[0] = -gone.w[0] * 1000.0
    (one,) = train([Run(Protocol(steps=1), len(x), "O", 0)])
    neurons, runs = curvature([one._replace(parameters=gone)])
    assert neurons.at[0, "expelled"]
    assert neurons.at[0, "stiffness"] == 0
    assert runs.at[0, "flat"] >= 3
    assert 0 < runs.at[0, "flat_on_expelled"] <= 1


def test_balance_ratio_is_where_the_two_forces_cancel():
    begin = train([Run(Protocol(steps=1), 6, "OC", 2)])[0].start
    low, high = balance_ratios([begin])
    p, w = prototypes(begin.parameters), begin.parameters.w
    for j, end, ratio in (
        (p.argmin(), begin.x.min() - 0.01, low),
        (p.argmax(), begin.x.max() + 0.01, high),
    ):
        moved = p.copy()
        moved[j] = end
        here = forces(begin.x, begin.y, begin.parameters._replace(b=-w * moved))
        assert here["overlap"][j] + ratio * here["coverage"][j] == pytest.approx(0, abs=1e-12)
        assert ratio > 0


def test_compensation_finds_the_boundary_of_a_synthetic_plane():
    levels = [0.1, 1.0, 10.0]
    # never needed; needed from 1 on; enough at 0.1 by chance, but for good at 10; never enough
    shares = {
        0.01: [0.1, 0.1, 0.1],
        0.1: [0.3, 0.15, 0.1],
        1.0: [0.1, 0.3, 0.1],
        5.0: [0.5, 0.4, 0.3],
    }
    rows = [
        {"lam_overlap": overlap, "lam_coverage": coverage, "expelled_fraction": share}
        for overlap, column in shares.items()
        for coverage, share in zip(levels, column, strict=True)
    ]
    needed = compensation(pd.DataFrame(rows), baseline=0.1)
    np.testing.assert_array_equal(needed, [0.0, 1.0, 10.0, np.nan])
