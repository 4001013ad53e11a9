"""Tables for a page, as HTML: of words, of the ledger, and of claims by readings."""

import hashlib
from html import escape
from importlib.resources import files

import pandas as pd
from IPython.display import HTML
from pandas.io.formats.style import Styler

from gaussmlp.book.style import LOOKS, on_page
from gaussmlp.study.claims import BY_ID, FAILS, HOLDS, IN_PART
from gaussmlp.study.readings import SCORES

_MARKS = {HOLDS: "●", IN_PART: "◐", FAILS: "○"}
_CLASSES = {HOLDS: "holds", IN_PART: "part", FAILS: "not"}

# Its tints let the page's own colours through, so that they suit light and dark pages.
_SHEET = (files(__package__) / "tables.css").read_text(encoding="utf-8")


_GLYPHS = {"o": "●○", "^": "▲△", "s": "■□", "v": "▼▽"}


def chip(mask):
    """Return a mask as its marker and its words, as in the legends of figures.

    Parameters
    ----------
    mask : str, such as ``"OC"``

    Returns
    -------
    IPython.display.HTML
    """
    look = LOOKS[mask]
    glyph = _GLYPHS[look.marker][look.hollow]
    mark = f'<span style="color: {on_page(look.color)}" aria-hidden="true">{glyph}</span>'
    return HTML(f'<span class="mask">{mark}&nbsp;{look.words}</span>')


def show(frame, digits=3):
    """Return a table for a page: masks as chips, true minus signs, one number of digits a column.

    Parameters
    ----------
    frame : DataFrame, or Series
        What it holds besides numbers and masks is text, or HTML.
    digits : int, or mapping of a column to int
        Decimals of numbers that are not whole.

    Returns
    -------
    IPython.display.HTML
    """
    frame = frame.to_frame() if frame.ndim == 1 else frame
    each = digits if isinstance(digits, dict) else dict.fromkeys(frame.columns, digits)
    texts = [name for name in frame if frame[name].map(lambda cell: isinstance(cell, str)).any()]
    styled = Styler(frame, uuid=_name(frame), cell_ids=False)
    styled = styled.format({name: _written(each.get(name, 3)) for name in frame})
    for level in range(frame.index.nlevels):
        styled = styled.format_index(_written(3), level=level)
    for level in range(frame.columns.nlevels):
        styled = styled.format_index(_written(3), axis="columns", level=level)
    left = [dict(selector="", props="text-align: left")]
    styled = styled.set_table_styles(dict.fromkeys(texts, left))
    styled = styled.set_table_attributes('class="dataframe"').hide(names=True)
    return HTML(styled.to_html())


def _name(frame):
    # tables of a page must not share one
    return hashlib.sha256(frame.to_csv().encode()).hexdigest()[:8]


def _written(digits):
    def written(cell):
        if isinstance(cell, str):
            return chip(cell).data if cell in LOOKS else cell
        if cell != cell or cell is None:
            return "–"
        text = f"{cell:,.{digits}f}" if isinstance(cell, float) else f"{cell:,}"
        return text.replace("-", "−")

    return written


def said(numbers):
    """Return the numbers of a chapter's text as a table: the prose takes them from there.

    Parameters
    ----------
    numbers : mapping of str to str

    Returns
    -------
    IPython.display.HTML
    """
    return show(pd.Series(numbers, name="in the text"))


def checked(statements):
    """Return the statements of a chapter, folded, once every one of them is true.

    Parameters
    ----------
    statements : mapping of str to bool

    Returns
    -------
    IPython.display.HTML

    Raises
    ------
    AssertionError
        If one is not true; in a build of the book this ends the build.
    """
    wrong = [statement for statement, true in statements.items() if not true]
    assert not wrong, f"not borne out by the runs: {' '.join(wrong)}"
    rows = "".join(f"<li>{escape(statement)}</li>" for statement in statements)
    line = f"✓ {len(statements)} statements checked in this build"
    return HTML(f'<details class="checked"><summary>{line}</summary><ul>{rows}</ul></details>')


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
