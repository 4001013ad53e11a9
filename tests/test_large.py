"""What the page on larger networks says, from runs that the repository keeps and made-up ones."""

import numpy as np
import pandas as pd
import pytest
from gaussmlp import Protocol, run_grid
from gaussmlp.book import tables
from gaussmlp.draws import NULLS
from gaussmlp.study import large
from gaussmlp.study.tables import with_explained

FEW = {"C1", "C1b", "C2", "C2*", "C7"}


@pytest.fixture(scope="module")
def runs():
    """Runs of two small sizes that are called large: nominal, and as if they were one-to-one."""
    frame = run_grid(Protocol(sizes=(3, 4), seeds=(0, 1), masks=large.MASKS, steps=20), cache=False)
    pairs = frame[(frame["mask"] == "C") & (frame["n"] == 4)]
    both = [frame.assign(reading="nominal"), pairs.assign(reading="one-to-one")]
    return with_explained(pd.concat(both, ignore_index=True))


def test_temperature_and_steps_are_nominal_against_the_spacing_at_a_hundred():
    for n in large.SEEDS:
        scaled, nominal = large.protocols(n)["cooler, smaller steps"], Protocol()
        assert scaled.tau.coverage * n**2 == pytest.approx(nominal.tau.coverage * 100**2)
        assert scaled.tau.separation == scaled.tau.coverage
        assert scaled.step_size * n == pytest.approx(nominal.step_size * 100)
    assert max(p.steps for p in large.protocols(3000).values()) == nominal.steps


def test_each_size_and_reading_is_judged_alone_on_the_masks_that_were_run(runs):
    judged = large.verdicts(runs, large.nulls(runs))
    assert [*judged] == [(3, "nominal"), (4, "nominal"), (4, "one-to-one")]
    ids = {place: {v.claim.id for v in found} for place, found in judged.items()}
    assert ids[3, "nominal"] == ids[4, "nominal"] == FEW | {"C4", "C5", "C6", "C9"}
    assert ids[4, "one-to-one"] == FEW
    for (n, _), found in judged.items():
        for v in found:
            assert {*v.holds_at, *v.fails_at} == {n}
            assert {*v.comparisons["mask"]} <= {*large.MASKS}
    first = {v.claim.id: v for v in judged[4, "one-to-one"]}["C1"]
    assert first.comparisons["baseline"].tolist() == ["standard", "S", "O"]


def test_a_reading_is_compared_with_nominal_run_by_run(runs):
    nominal = runs[runs["reading"] == "nominal"]
    less = nominal.assign(precision=nominal["precision"] - 0.25, reading="half")
    change = large.changes(pd.concat([runs, less]), "precision")
    assert {*change.index} == {(3, "half"), (4, "one-to-one"), (4, "half")}
    np.testing.assert_allclose(change.xs("half", level=1)["mean"], -0.25)
    assert change.at[(4, "one-to-one"), "mean"] == 0


def test_nulls_have_the_sizes_and_seeds_of_the_runs(runs):
    guesses = large.nulls(pd.concat([runs, runs[runs["seed"] == 1].assign(n=5)]))
    assert guesses.groupby("n")["seed"].unique().map(list).to_dict() == {
        3: [0, 1],
        4: [0, 1],
        5: [1],
    }
    table = large.means(runs, guesses, "expelled_fraction")
    assert [*table.index.get_level_values("mask").unique()][-3:] == [
        "untrained",
        "chance",
        "evenly spaced",
    ]
    assert np.isnan(table.loc[("C", "one-to-one"), 3])


def test_claims_by_size_have_a_sign_where_they_were_asked(runs):
    guesses = large.nulls(runs)
    judged = large.verdicts(runs, guesses)
    html = tables.by_size(judged, judged).data
    assert html.count('<span title="C1: ') == 3
    assert html.count('<span title="C4: ') == 2
    assert "N = 4: one-to-one" in html


def test_what_only_means_bear_out_has_a_ring():
    lead = {"standard": [2, 2, 2, 2, 2, 2], "C": [1, 1, 1, 1, 1, 1]}
    hardly = lead | {"C": [1, 1, 1, 1, 3, 1]}
    for errors, rings in ((lead, 0), (hardly, 2)):  # of C1 and C1b
        frame = pd.concat(
            pd.DataFrame({"reading": "one-to-one", "n": 9, "seed": range(6), "mask": mask})
            .assign(reconstruction_error=values, specialization_ratio=[0.0] * 6)
            .assign(expelled_fraction=0.0)
            for mask, values in errors.items()
        )
        nulls = [frame[frame["mask"] == "C"].assign(mask=name) for name in NULLS]
        judged = [large.verdicts(frame, pd.concat(nulls), strict) for strict in (False, True)]
        assert tables.by_size(*judged).data.count("holds clear") == rings


def test_a_table_writes_its_heads_like_its_rows():
    html = tables.show(pd.DataFrame({("C", 1000): {"S": -0.5}})).data
    assert "1,000" in html
    assert "coverage" in html
    assert "−0.500" in html
