"""Readings: each is the nominal protocol but for what it names, and is judged like it."""

import hashlib
import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
from gaussmlp import Protocol
from gaussmlp.book import tables
from gaussmlp.book.figures import readings as figures
from gaussmlp.study.claims import HOLDS, ON_THE_GRID, judge
from gaussmlp.study.readings import (
    DECAYS,
    NOMINAL,
    READINGS,
    SCORES,
    Reading,
    _compatible,
    _wrong_side,
    breaks,
    changes,
    combinations,
    compared,
    counted,
    decayed,
    effects,
    expected_of_pairs,
    judge_readings,
    middles,
    ordered,
    results,
    run_readings,
    run_with_traits,
    stored_pairs,
    verdict_table,
    with_pairs,
)
from gaussmlp.study.recovery import NULLS
from gaussmlp.study.sweeps import run_evidence

SMALL = {"sizes": (3, 5), "seeds": (0, 1, 2, 3, 4, 5), "steps": 30}


BY_ID = {one.id: one for one in READINGS}
# The second id holds what a page's text and addresses must not hold as it is.
TWO = [Reading("nominal", SMALL, ""), Reading("odd <[0, 1]>", SMALL | {"w0": 1}, "")]


@pytest.fixture(scope="module")
def small():
    return run_with_traits(TWO, cache=False)


@pytest.fixture(scope="module")
def verdicts(small):
    return judge_readings(small)


def test_the_nominal_protocol_is_judged_as_in_the_ledger(small, verdicts):
    assert list(small["reading"].unique()) == [one.id for one in TWO]
    ledger = judge(run_evidence(Protocol().but(SMALL)))
    ours = {v.claim.id: v for v in verdicts["nominal"]}
    assert list(ours) == [claim.id for claim in ON_THE_GRID]
    assert {"C1", "C6", "C7", "C9", "C10"} <= set(ours)
    for v in ledger:
        if v.claim.id in ours and v.claim.id != "C10":
            assert (v.verdict, v.figure) == (ours[v.claim.id].verdict, ours[v.claim.id].figure)


def test_combinations_fill_the_square_and_make_both_choices():
    pairs = combinations()
    names = [one.id.split(" + ") for one in pairs]
    counts = pd.Series(np.ravel(names)).value_counts()
    assert len({frozenset(name) for name in names}) == len(pairs) >= 40
    assert set(counts.index) == {one.id for one in READINGS if "weight_decay" not in one.choices}
    assert counts.max() <= 4
    assert pairs == combinations()
    for pair, (first, second) in zip(pairs, names, strict=True):
        first, second = BY_ID[first].choices, BY_ID[second].choices
        assert pair.choices == first | second
        one_way = Protocol().but(first).but(second)
        assert pair.protocol == one_way == Protocol().but(second).but(first)


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("fan-in start", "w starts at 1", False),
        ("τ 0.01", "soft coverage", False),
        ("hard coverage", "soft coverage", False),  # the hard minimum has no temperature
        ("hard coverage", "τ 0.01", True),  # separation's moves
    ],
)
def test_choices_that_exclude_each_other_are_no_combination(first, second, together):
    first, second = BY_ID[first], BY_ID[second]
    assert _compatible(first, second) == _compatible(second, first) == together


def frame_of(errors):
    """Return runs of the three masks that effects need, by mask: errors of size 3 and size 5."""
    rows = [
        {"reading": "one", "n": n, "seed": seed, "mask": mask, "reconstruction_error": error}
        for mask, by_seed in errors.items()
        for seed, by_size in enumerate(by_seed)
        for n, error in zip((3, 5), by_size, strict=True)
    ]
    return pd.DataFrame(rows)


def test_an_effect_is_bounded_without_scale_and_zero_where_nothing_changes():
    base = [(1.0, 2.0), (3.0, 0.5)]
    twice = [(2.0, 4.0), (6.0, 1.0)]
    exact = [(0.0, 0.0), (0.0, 0.0)]
    table = effects(frame_of({"standard": base, "C": twice, "O": exact}))
    assert table.loc[("coverage", "one"), "mean"] == pytest.approx(1 / 3)
    assert table.loc[("overlap", "one"), "mean"] == -1
    assert table.loc[("coverage", "one"), "seeds"] == 2
    table = effects(frame_of({"standard": base, "C": base, "O": [(1.0, 2.0), (3e9, 0.5)]}))
    assert table.loc[("coverage", "one"), "mean"] == 0
    assert table.loc[("overlap", "one"), "mean"] == pytest.approx(0.25)  # one run of four, at most


def test_a_seed_with_a_diverged_run_is_left_out_of_an_effect():
    base = [(1.0, 1.0), (1.0, 1.0)]
    table = effects(frame_of({"standard": base, "C": [(np.nan, 5.0), (3.0, 3.0)], "O": base}))
    assert table.loc[("coverage", "one"), ["mean", "seeds"]].tolist() == [0.5, 1]


def test_what_is_kept_of_a_reading_says_its_verdicts_effects_and_bits(small, verdicts):
    table = results(small)
    assert list(table.index) == [one.id for one in TWO]
    odd = TWO[1].id
    for v in verdicts[odd]:
        assert table.at[odd, v.claim.id] == v.text
        assert table.at[odd, f"{v.claim.id} figure"] == v.figure
    assert table.at[odd, "overlap low"] == effects(small).at[("overlap", odd), "low"]
    runs = small[(small["reading"] == odd) & (small["n"] == 5)]
    whole = hashlib.sha256("".join(runs["digest"]).encode()).hexdigest()
    assert table.at[odd, "digest 5"] == whole
    assert table["digest 3"].nunique() == 2


def test_a_break_is_a_verdict_worse_than_the_nominal_one(verdicts):
    nominal, odd = ({v.claim.id: v for v in verdicts[one.id]} for one in TWO)
    table = breaks(verdicts)
    worse = [k for k in odd if k != "C10" and SCORES[odd[k].verdict] < SCORES[nominal[k].verdict]]
    assert sorted(table["claim"]) == sorted(worse) != []
    for row in table.itertuples():
        lost = set(odd[row.claim].fails_at) - set(nominal[row.claim].fails_at)
        assert set(row.clear) <= set(row.fails_at) == lost != set()
    # the other way round, what was won is lost
    swapped = breaks({"nominal": verdicts[TWO[1].id], "other": verdicts["nominal"]})
    assert not set(swapped["claim"]) & set(table["claim"])


@pytest.mark.parametrize(
    ("side", "low", "high", "wrong"),
    [
        ("above", -1, 0.4, True),
        ("above", -1, 0.6, False),
        ("below", 0.4, 1, False),
        ("within", -2, -0.6, True),
        ("within", -1, 0.7, False),
    ],
)
def test_a_break_is_clear_if_the_whole_interval_is_on_the_wrong_side(side, low, high, wrong):
    row = {"n": 20, "side": side, "threshold": 0.5, "low": low, "high": high}
    assert _wrong_side(pd.DataFrame([row])) == ({20} if wrong else set())


def test_traits_come_from_the_networks(small):
    table = small
    # thirty steps of size 0.01: no weight is farther from its start than 0.3, and bits
    for reading, start in ((TWO[0].id, 3), (TWO[1].id, 1)):
        weights = table.loc[table["reading"] == reading, "weight"]
        assert weights.between(start - 0.35, start + 0.35).all()
    assert (table["moved"] > 0).all()
    assert table["crowded"].between(0, 1).all()


def test_a_change_is_the_mean_difference_from_the_same_start():
    frame = pd.DataFrame(
        {"reading": reading, "n": 3, "seed": seed, "mask": "C", "auc": value}
        for reading, values in (("decay", (0.5, 0.9, 0.4)), ("nominal", (0.2, 0.5, 0.4)))
        for seed, value in enumerate(2 * values)
    )
    row = changes(frame, "auc").loc["C", "decay", 3]
    assert row["mean"] == pytest.approx((0.3 + 0.4 + 0.0) / 3)
    assert row["low"] < 0.1 < 0.3 < row["high"]
    swapped = changes(frame.sample(frac=1, random_state=0), "auc", "decay").loc["C", "nominal", 3]
    assert swapped["mean"] == -row["mean"]


def test_what_decay_changes_stands_below_the_nulls_and_its_mask():
    few = {"sizes": (3, 5), "seeds": (0, 1, 2, 3, 4), "steps": 30}
    chosen = [one for one in (NOMINAL, *READINGS) if one is NOMINAL or one.id in DECAYS]
    frame = run_readings([one._replace(choices=one.choices | few) for one in chosen], cache=False)
    table = decayed(frame)
    rows = (*NULLS, "standard", *DECAYS, "C", *DECAYS)
    assert list(table.index) == [*product(("AUC", "precision", "recall"), rows)]
    nominal = frame[(frame["reading"] == "nominal") & (frame["mask"] == "C") & (frame["n"] == 5)]
    assert table[5].iloc[rows.index("C")].startswith(f"{nominal['auc'].mean():.2f} [")


def test_a_trimmed_mean_leaves_out_the_largest_run():
    errors = [1.0] * 9 + [1001.0]
    frame = pd.DataFrame(
        {"n": 20, "seed": seed, "mask": mask, "reconstruction_error": error}
        for mask, values in (("standard", [0.5] * 10), ("S", errors))
        for seed, error in enumerate(values)
    )
    row = middles(frame, "S", "standard").loc[20]
    assert (row["mean"], row["median"], row["trimmed mean"]) == (100.5, 0.5, 0.5)


def test_the_matrix_is_sorted_and_every_cell_leads_to_its_numbers(verdicts):
    table = ordered(verdict_table(verdicts))
    assert set(table.index) == set(verdicts)
    for scores in (table.replace(SCORES).astype(int), table.replace(SCORES).astype(int).T):
        assert scores.sum().is_monotonic_decreasing
    page, rows = tables.matrix(verdicts).data, tables.numbers(verdicts).data
    links = re.findall(r'href="#([^"]+)"', page)
    anchors = re.findall(r'id="([^"]+)"', rows.partition("<table")[2])
    assert sorted(links) == sorted(anchors[1:])  # the first is the table's own
    assert len(set(links)) == len(links) == table.size
    assert not re.search(r"[\s<>]", "".join(links))
    assert page.partition("<table")[2].count(">●<") == (table == HOLDS).to_numpy().sum()
    assert "odd &lt;[0, 1]&gt;" in page
    assert "odd &lt;[0, 1]&gt;" in rows
    assert 'href="reconstruction.html" title="Coverage gives' in page
    assert "standard at N = " in rows


def test_a_ring_is_drawn_around_clear_breaks(verdicts, monkeypatch):
    lost = breaks(verdicts)
    lost["clear"] = [lost["fails_at"][0], *lost["clear"][1:]]
    monkeypatch.setattr(tables, "breaks", lambda _: lost)
    page = tables.matrix(verdicts).data.partition("<table")[2]
    (ringed,) = re.findall(r'<td class="[^"]* clear" ><a href="#([^"]+)"', page)
    assert ringed == tables._anchor(lost["reading"][0], lost["claim"][0])


def test_claims_are_counted_over_the_other_readings(verdicts):
    table = counted(verdicts)
    assert (table[list(SCORES)].sum(axis=1) == 1).all()  # one reading beside the nominal one
    odd = {v.claim.id: v for v in verdicts[TWO[1].id]}
    for name, row in table.iterrows():
        assert row[odd[name].verdict] == 1
        assert row["holds on medians"] == (odd[name].on_medians == HOLDS)


@pytest.mark.parametrize(
    ("value", "told"),
    [(0.02184, "+0.0218"), (-1.5, "−1.5"), (12584.2, "+12,584"), (1e-9, "0"), (-99.96, "−100")],
)
def test_a_difference_is_told_with_its_sign(value, told):
    assert tables.signed(value) == told


def test_choices_are_told_in_words():
    told = {one.id: one.words for one in READINGS}
    assert told["soft coverage"] == "τ of coverage: 0.01"
    assert told["step size 0.03"] == "step size: 0.03"
    assert told["w starts at N/4"] == "start of w: N/4"
    assert not re.search("_|lam|tau", "".join(told.values()))


def test_anchors_of_all_readings_differ():
    names = [tables._anchor(one.id, claim.id) for one in READINGS for claim in ON_THE_GRID]
    assert len(set(names)) == len(names)


def table_of(means):
    """Return effects as from `with_pairs`, the same for coverage and for overlap."""
    one = pd.DataFrame({"mean": means})
    one = one.assign(low=one["mean"] - 0.1, high=one["mean"] + 0.1)
    return pd.concat({"coverage": one, "overlap": one}, names=["effect", "reading"])


def test_effects_are_in_order_and_a_pair_is_in_the_rows_of_both():
    table = table_of({"nominal": 0.2, "λ 3": -0.1, "identity": 0.3, "λ 3 + identity": 0.1})
    left, right = figures.all_effects(table).axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["λ 3", "nominal", "identity"]
    for axes in (left, right):
        pairs, alone, nominal = axes.lines[2:]
        assert sorted(pairs.get_xydata().tolist()) == [[0.1, 0], [0.1, 2]]
        assert alone.get_xydata().tolist() == [[-0.1, 0], [0.2, 1], [0.3, 2]]
        assert nominal.get_xydata().tolist() == [[0.2, 1]]


def test_effects_of_pairs_stand_beside_those_of_readings(small):
    pairs, alone = stored_pairs(), effects(small)
    table = with_pairs(small, pairs)
    odd = TWO[1].id
    assert table.at[("overlap", odd), "low"] == alone.at[("overlap", odd), "low"]
    assert table.at[("coverage", pairs.index[0]), "high"] == pairs["coverage high"].iloc[0]
    assert len(table) == 2 * (len(TWO) + len(pairs))


def test_verdicts_under_two_choices_are_compared_with_the_worse_of_the_two(verdicts):
    table = verdict_table(verdicts)
    pairs = table.iloc[:2].set_axis([f"nominal + {odd}" for odd in table.index])
    change = compared(verdicts, pairs)
    scores = table.drop(columns="C10").replace(SCORES).astype(int)
    odd = change.loc[f"nominal + {TWO[1].id}", "change"]
    assert odd.to_dict() == (scores.iloc[1] - scores.min()).to_dict()
    assert (change.loc["nominal + nominal", "change"] == 0).all()


def test_two_choices_that_do_not_interact_add_up():
    table = table_of({"nominal": 0.5, "a": 0.7, "b": 0.4, "a + b": 0.9})
    assert expected_of_pairs(table.loc["overlap", "mean"], ["a + b"])["a + b"] == pytest.approx(0.6)
    panels = figures.additivity(table).axes
    assert [axes.texts[0].get_text() for axes in panels] == ["a\n+ b", "a\n+ b"]
