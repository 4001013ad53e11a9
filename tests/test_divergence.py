"""Runs that blow up are reported with their step, counted, and never averaged in silence."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import Protocol, Run, metrics, prototypes, run_grid, train
from gaussmlp.book.figures.attractor import phases
from gaussmlp.book.figures.expulsion import shares
from gaussmlp.book.figures.ledger import balance
from gaussmlp.book.figures.optimization import learning, unexplained
from gaussmlp.book.figures.specialization import ratio_and_error, usage
from gaussmlp.book.figures.temperature import sweep
from gaussmlp.study.claims import CLAIMS, Evidence, judge
from gaussmlp.study.facts.specialization import beyond_guessing
from gaussmlp.study.mechanism import compensation
from gaussmlp.study.recovery import null_runs
from gaussmlp.study.sweeps import onset
from gaussmlp.study.tables import by_mask_and_size, intervals, paired_differences, rank_correlation
from made_up import ledger_frames, lose

# Adam's steps do not grow with the gradient: the first two stay finite, and must say so.
BLOW_UPS = {
    "lam 1e12": (Protocol(steps=300, lam=1e12), False),
    "tau 1e-300": (Protocol(steps=300, tau=1e-300), False),
    "w through zero": (Protocol(steps=3, step_size=3e-150, w0=3e-150, domain=(0, 1e150)), True),
    "step size 1e306": (Protocol(steps=3, step_size=1e306), True),
    "no Adam": (Protocol(steps=300, step_size=10.0, optimizer="gradient descent"), True),
}


@pytest.mark.parametrize("name", BLOW_UPS)
def test_a_run_that_blows_up_is_counted_and_no_other_is_lost(name):
    protocol, some = BLOW_UPS[name]
    frame = run_grid(protocol.but({"sizes": (3, 5), "seeds": (0, 1)}), cache=False)
    lost = frame["diverged_at"].notna()
    assert lost.any() == some
    assert (frame["digest"].eq("diverged") == lost).all()
    for measure in metrics.MEASURES:
        assert (frame[measure].isna() == lost).all()
        assert np.isfinite(frame.loc[~lost, measure]).all()
    for row in frame[lost].groupby(["mask", "n"]).head(1).itertuples():
        (one,) = train(
            [Run(protocol, row.n, row.mask, row.seed)],
            record=(row.diverged_at - 1, row.diverged_at),
        )
        assert [is_finite(kept) for kept in one.history] == [True, False]


def is_finite(parameters):
    return np.isfinite(parameters.flat()).all() and np.isfinite(prototypes(parameters)).all()


@pytest.fixture
def half_lost():
    frame = ledger_frames().grid
    return lose(
        frame, frame["mask"].isin(["S", "OCS"]) & ((frame["n"] == 3) | (frame["seed"] == 0))
    )


GUESSES = null_runs(Protocol(sizes=(3, 5), seeds=(0, 1, 2)))
NONE_LOST = pd.concat([ledger_frames().grid, GUESSES])
NOTHING = pd.DataFrame(
    0.0,
    pd.MultiIndex.from_product(
        [("error", "hits"), ("all", "four", "chance"), ("all", 3)], names=["measure", "set", "n"]
    ),
    ["rho", "low", "high"],
)
TAKES = [
    lambda frame: by_mask_and_size(frame, "fit_mse"),
    lambda frame: intervals(frame, "fit_mse"),
    lambda frame: intervals(paired_differences(frame, "fit_mse"), "difference"),
    lambda frame: rank_correlation(frame, "fit_mse", "reconstruction_error"),
    lambda frame: onset(frame.assign(tau=1.0)),
    lambda frame: compensation(swept(frame), 0.1),
    lambda frame: phases(swept(frame), GUESSES, np.ones(3), GUESSES),
    shares,
    lambda frame: usage(pd.concat([frame, GUESSES]), beyond_guessing(NONE_LOST)),
    unexplained,
    lambda frame: learning(frame.assign(step=1), GUESSES),
    lambda frame: ratio_and_error(frame, NOTHING),
    lambda frame: balance(pd.concat([frame.assign(ratio=1.0), frame.assign(ratio=2.0)])),
    lambda frame: sweep(
        frame.assign(tau=1.0), onset(ledger_frames().grid.assign(tau=1.0)), GUESSES
    ),
]


def swept(frame):
    parts = [
        frame.assign(lam_overlap=overlap, lam_coverage=coverage)
        for overlap in (0.1, 1.0)
        for coverage in (0.1, 1.0)
    ]
    return pd.concat(parts)


@pytest.mark.parametrize("take", TAKES)
def test_no_table_or_figure_drops_a_diverged_run_in_silence(take, half_lost):
    with pytest.warns(UserWarning, match=r"\d+ of \d+ values of \w+ are left out: their runs dive"):
        take(half_lost)


@pytest.mark.parametrize("take", TAKES)
def test_where_none_diverged_there_is_no_warning(take):
    take(ledger_frames().grid)


def test_a_table_keeps_its_place_for_what_diverged(half_lost):
    with pytest.warns(UserWarning, match="6 of 8|8 of 48"):
        table = by_mask_and_size(half_lost, "fit_mse")
    assert table.shape == (8, 2)
    assert table.isna().to_numpy().sum() == 2


def test_the_ledger_tells_how_many_pairs_it_lost(half_lost):
    verdicts = judge(ledger_frames()._replace(grid=half_lost))
    by_id = {v.claim.id: v for v in verdicts}
    assert "pairs without a finite difference" in by_id["C4"].figure
    assert "8 diverged" in by_id["C10"].figure
    assert not any("nan" in v.figure for v in verdicts)
    gone = Evidence(*(lose(f, slice(None)) for f in ledger_frames()[:3]))
    verdicts = judge(gone)
    assert {v.verdict for v in verdicts if v.claim.questions} == {"does not hold"}
    assert len(verdicts) == len(CLAIMS)
