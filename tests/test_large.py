"""What the page on larger networks says, from runs that the repository keeps."""

import pandas as pd
import pytest
from gaussmlp import MASKS
from gaussmlp.book import tables
from gaussmlp.study import large
from gaussmlp.study.claims import FAILS, HOLDS


@pytest.fixture(scope="module")
def runs():
    return large.stored_runs()


def test_every_claim_that_a_grid_decides_gets_a_verdict_at_both_sizes(runs):
    table = large.by_size(large.verdicts(runs))
    assert table.columns.tolist() == ["claim", "N = 300", "N = 1,000"]
    assert table.index.tolist() == ["C1", "C1b", "C2", "C2*", "C3", "C4", "C5", "C6", "C7", "C9"]
    assert set(table["N = 1,000"]) == {HOLDS, FAILS}


def test_means_stand_beside_nulls_at_all_sizes(runs):
    small, big = large.nulls(runs)
    both = pd.concat([runs, big])
    assert small["seed"].nunique() == 10
    assert sorted(big["n"].unique()) == [300, 1000]
    table = large.means(both.assign(n=both["n"] // 100), both, "expelled_fraction")
    assert table.index.tolist() == [*MASKS, "untrained", "chance", "evenly spaced"]
    assert table.columns.tolist() == [3, 10, 300, 1000]
    assert (table.loc[[*MASKS], 10] == table.loc[[*MASKS], 1000]).all()
    assert (table.loc["chance", [300, 1000]] == 0).all()


def test_a_table_writes_its_heads_like_its_rows():
    html = tables.show(pd.DataFrame({("C", 1000): {"S": -0.5}})).data
    assert "1,000" in html
    assert "coverage" in html
    assert "−0.500" in html
