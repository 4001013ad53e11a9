"""The two halves of the design principle: what a repulsion harms, and what coverage compensates."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import MASKS, Protocol
from gaussmlp.study import principle
from gaussmlp.study.claims import BY_ID, Evidence, judge
from gaussmlp.study.sweeps import RATIOS


@pytest.fixture
def evidence():
    """Overlap harms at both sizes, separation at N = 10; ratios from 10 on undo it at N = 10."""
    rows, swept, rng = [], [], np.random.default_rng(0)
    for n in (3, 10):
        for seed in range(6):
            noise = 1e-3 * rng.random()
            for mask in MASKS:
                harm = 0.5 * ("O" in mask) + 0.1 * (mask == "S" and n == 10)
                row = dict(mask=mask, n=n, seed=seed, expelled_fraction=harm + noise)
                rows.append(row | dict(reconstruction_error=2 * harm, moved_in=harm))
            for ratio in RATIOS:
                for mask in ("standard", "OC", "OCS"):
                    harm = 0.0 if mask == "standard" or (n == 10 and ratio >= 10) else 0.5
                    row = dict(ratio=ratio, mask=mask, n=n, seed=seed, expelled_fraction=harm)
                    swept.append(row | dict(reconstruction_error=harm, moved_in=harm))
    grid, nulls = pd.DataFrame(rows), pd.DataFrame(rows[:0], columns=["mask", "n", "seed"])
    return Evidence(grid, None, pd.DataFrame(swept), nulls)


def test_halves_are_the_answers_of_the_stricter_test(evidence):
    table = principle.halves(evidence)
    assert table.loc["must, overlap"].eq("yes").all(axis=None)
    assert table.loc["must, separation"][3].eq("no").all()
    assert table.loc["must, separation"][10].eq("yes").all()
    assert table.loc["compensated"].eq({3: "no", 10: "yes"}, axis=1).all(axis=None)
    (verdict,) = judge(evidence, [BY_ID["P*"]], sure=False)
    assert verdict.holds_at == (10,)


def test_the_smallest_ratio_is_starred_where_a_larger_one_loses_it(evidence):
    swept = evidence.balance
    last = (swept["ratio"] == RATIOS[-1]) & (swept["mask"] == "OC")
    swept.loc[last, "moved_in"] = 1.0
    table = principle.smallest_ratios(principle.compensated(evidence))
    assert table.loc[("error", "OC")].to_dict() == {3: "none", 10: "10"}
    assert table.at[("error, moved in", "OC"), 10] == "10*"
    assert table.at[("error, moved in", "OCS"), 10] == "10"


def test_must_compares_with_the_baseline(evidence):
    table = principle.must(evidence)["mean"]
    assert table["error", "S", 10] == pytest.approx(0.2)
    assert table["error, moved in", "O", 3] == pytest.approx(0.5)


def test_moved_in_stands_in_grid_and_sweep(monkeypatch):
    def fake(protocol):
        rows = [(m, n, s) for m in protocol.masks for n in (3,) for s in (0, 1)]
        table = pd.DataFrame(rows, columns=["mask", "n", "seed"])
        return table.assign(error=protocol.lam.coverage)

    monkeypatch.setattr(principle, "moved_in", fake)
    grid = fake(Protocol()).drop(columns="error")
    masks = grid[grid["mask"].isin(["standard", "OC", "OCS"])]
    swept = pd.concat([masks.assign(ratio=ratio) for ratio in RATIOS])
    nulls = pd.DataFrame({"mask": ["chance"], "reconstruction_error": [0.3]})
    got = principle.with_moved_in(Evidence(grid, None, swept, nulls))
    assert got.grid["moved_in"].eq(1.0).all()
    own = got.balance["mask"] != "standard"
    assert (got.balance["moved_in"] == got.balance["ratio"].where(own, 1.0)).all()
    assert got.nulls["moved_in"].tolist() == [0.3]
