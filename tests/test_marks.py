"""Small pictures of the ledger: what they show is what the verdicts say."""

import re

import pytest
from gaussmlp.book import marks, tables
from gaussmlp.study.claims import CLAIMS, FAILS, HOLDS, IN_PART, judge, leads
from made_up import ledger_frames


@pytest.fixture(scope="module")
def verdicts():
    return judge(ledger_frames())


def test_a_lead_is_on_the_side_that_the_verdict_says(verdicts):
    for one in verdicts:
        table = leads(one)
        assert not (table["low"] > table["lead"]).any()
        assert not (table["lead"] > table["high"]).any()
        if one.claim.id not in ("C3", "C10"):  # C3 asks for both sides, C10 compares nothing
            assert set(table.index) == {*one.holds_at, *one.fails_at}
            assert set(table.index[table["lead"] > 1e-9]) == {*one.holds_at}


def test_a_plot_has_a_full_mark_where_the_claim_holds_and_says_so(verdicts):
    for one in verdicts:
        sizes = [*one.holds_at, *one.fails_at]
        page = marks.over_sizes(one, sizes)
        assert page.count("<circle") == len(sizes)
        assert page.count('fill="var(') == len(one.fails_at)
        assert page.count("does not hold") == 2 * len(one.fails_at)  # a label and a title
        places = [float(x) for x in re.findall(r'cx="([\d.]+)"', page)]
        assert places == sorted(places)
        heights = [float(y) for y in re.findall(r'cy="([\d.]+)"', page)]
        assert all(0 < y < marks._HEIGHT for y in heights)


def test_readings_are_told_apart_by_height():
    page = marks.readings({"a": HOLDS, "b": IN_PART, "c": FAILS, "d": HOLDS})
    assert "holds in 2; holds in part in 1 (b); does not hold in 1 (c)" in page
    assert re.findall(r"v-([\d.]+)", page) == ["14", "14", "7", "1.5"]


def test_the_ledger_has_an_anchor_for_each_claim_and_leads_there_from_the_front_page(verdicts):
    page = tables.ledger(
        verdicts, again=[verdicts], readings={"nominal": verdicts, "b": verdicts}
    ).data
    front = tables.ledger(verdicts, folder="chapters/").data
    for claim in CLAIMS:
        assert f'id="{claim.id}"' in page
        assert f'href="chapters/ledger.html#{claim.id}"' in front
        assert f'href="chapters/{claim.chapter}.html"' in front
    assert ">1 readings</th>" in page
    assert page.count("by size") == 1
    assert page.count("aria-label") == 12 * 3 + 1


def test_texts_of_claims_name_masks_in_words():
    assert "coverage + separation" in tables.in_words("C - CS at N = 5")
    assert "−" in tables.in_words("C - CS at N = 5")
    assert tables.in_words("a standard deviation of -0.1") == "a standard deviation of −0.1"
    page = tables.tests(CLAIMS).data
    assert "lam" not in re.sub(r"<[^>]+>", "", page).split()


def test_ledgers_side_by_side_share_the_scale_of_a_row(verdicts):
    page = tables.beside({"one": verdicts, "two": verdicts}).data
    rows = page.split("<tr>")[2:]
    assert len(rows) == len(CLAIMS)
    for row in rows:
        first, second = re.findall(r"<svg.*?</svg>", row)
        assert first == second
