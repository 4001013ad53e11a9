"""Tables for a page, as HTML: of words, of the ledger, and of claims by readings."""

from html import escape
from importlib.resources import files

import pandas as pd

from gaussmlp.study.claims import BY_ID, FAILS, HOLDS, IN_PART
from gaussmlp.study.readings import SCORES

_MARKS = {HOLDS: "●", IN_PART: "◐", FAILS: "○"}
_CLASSES = {HOLDS: "holds", IN_PART: "part", FAILS: "not"}

# Its tints let the page's own colours through, so that they suit light and dark pages.
_SHEET = (files(__package__) / "tables.css").read_text(encoding="utf-8")


def words(frame, style=""):
    """Return a table whose cells are sentences.

    Parameters
    ----------
    frame : DataFrame
    style : str, further CSS of its cells

    Returns
    -------
    str, for `IPython.display.HTML` like all tables here
    """
    with pd.option_context("display.max_colwidth", None):
        page = frame.to_html()
    return page.replace("<td>", f'<td style="text-align: left{style}">')


def ledger(verdicts, folder=""):
    """Return the ledger, each claim linked to the chapter that shows it.

    Parameters
    ----------
    verdicts : sequence of Verdict
    folder : str, where the chapters lie: ``"chapters/"`` for the front page

    Returns
    -------
    str
    """
    names = ("", "claim", "verdict", "on medians", "key figure")
    rows = [
        (
            f'<a href="{folder}{v.claim.chapter}.html">{v.claim.id}</a>',
            *map(escape, (v.claim.statement, v.text, v.on_medians, v.figure)),
        )
        for v in verdicts
    ]
    lines = ["<thead>", _left(names, "th"), "</thead>", "<tbody>", *map(_left, rows), "</tbody>"]
    return "\n".join(['<table class="dataframe">', *lines, "</table>"])


def _left(texts, kind="td"):
    styles = [""] * (len(texts) - 1)
    styles.append("; min-width: 16rem")  # else a phone gets one word of the last column a line
    cell = '<{0} style="text-align: left{1}">{2}</{0}>'
    return f"<tr>{''.join(map(cell.format, [kind] * len(texts), styles, texts))}</tr>"


def ordered(table):
    """Sort a table of verdicts so that the pattern shows.

    Parameters
    ----------
    table : DataFrame of verdicts; rows are readings, columns are claims

    Returns
    -------
    DataFrame, in which what holds most often comes first, in rows and in columns
    """
    scores = table.replace(SCORES).astype(int)
    columns = scores.sum().sort_values(ascending=False, kind="stable").index
    rows = scores.sum(axis=1).sort_values(ascending=False, kind="stable").index
    return table.loc[rows, columns]


def matrix(table, linked=True):
    """Return the matrix of claims by readings.

    Parameters
    ----------
    table : DataFrame, as from `ordered`
    linked : bool, whether each cell leads to its row in `numbers`, on the same page

    Returns
    -------
    str, in which a mark and a tint say the verdict, and heads of columns lead to chapters
    """
    names = (
        f'<th><a href="{c.chapter}.html" title="{escape(c.statement)}">{c.id}</a>'
        for c in map(BY_ID.get, table.columns)
    )
    rows = []
    for reading, verdicts in table.iterrows():
        cells = [f"<th>{escape(reading)}</th>"]
        for name, verdict in verdicts.items():
            mark = _MARKS[verdict]
            if linked:
                mark = f'<a href="#{_anchor(reading, name)}">{mark}</a>'
            cells.append(f'<td class="{_CLASSES[verdict]}" title="{verdict}">{mark}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    legend = ", ".join(f"{mark} {verdict}" for verdict, mark in _MARKS.items())
    head = f"<thead><tr><th>reading</th>{'</th>'.join(names)}</th></tr></thead>"
    body = f"{head}<tbody>{''.join(rows)}</tbody>"
    return (
        f'<style>\n{_SHEET}</style><p>{legend}</p><table class="dataframe readings">{body}</table>'
    )


def numbers(verdicts, order):
    """Return the figures that decide each claim in each reading.

    Parameters
    ----------
    verdicts : mapping of str to sequence of Verdict, as from `judge_readings`
    order : sequence of str, the readings in order

    Returns
    -------
    str, of a table that scrolls in a box of its own
    """
    names = ("reading", "claim", "verdict", "on medians", "key figure")
    head, rows = "".join(f"<th>{name}</th>" for name in names), []
    for reading in order:
        for v in verdicts[reading]:
            texts = (reading, v.claim.id, v.text, v.on_medians, v.figure)
            cells = "".join(f"<td>{escape(text)}</td>" for text in texts)
            rows.append(f'<tr id="{_anchor(reading, v.claim.id)}">{cells}</tr>')
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="numbers"><table class="dataframe">{body}</table></div>'


def _anchor(reading, name):
    words = "".join(c if c.isalnum() or c == "." else "-" for c in reading.lower())
    return f"{name}-{words}"
