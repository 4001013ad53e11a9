"""Tables for a page, as HTML: of runs, of the ledger, and of claims by readings."""

import hashlib
import re
from html import escape
from importlib.resources import files

import pandas as pd
from IPython.display import HTML
from pandas.io.formats.style import Styler

from gaussmlp.book import marks
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
        text = text.lstrip("-") if not text.strip("-0.,") else text  # no "-0.00"
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


def ledger(verdicts, fresh=None, readings=None, folder=""):
    """Return the ledger as a table that is seen: signs, and small plots over the sizes.

    Parameters
    ----------
    verdicts : sequence of Verdict
    fresh : sequence of Verdict, optional, on seeds that nobody had looked at
    readings : mapping of str to sequence of Verdict, optional, as from `judge_readings`
    folder : str, where the chapters lie: ``"chapters/"`` for the front page

    Returns
    -------
    IPython.display.HTML
        Each claim is an anchor on the ledger's own page, and leads there from another one.
    """
    sizes, head = _sizes(verdicts)
    columns = {
        "claim of the abstract": [_wide(v.claim.statement, 15) for v in verdicts],
        "verdict": [marks.verdict(v.verdict, title=v.text) for v in verdicts],
        f"by size {head}": [marks.over_sizes(v, sizes) for v in verdicts],
    }
    if fresh:
        columns["fresh seeds"] = [marks.verdict(v.verdict, short=True, title=v.text) for v in fresh]
    if readings:
        count = len(readings) - ("nominal" in readings)
        columns[f"{count} readings"] = [*_by_reading(verdicts, readings)]
    columns["evidence"] = [
        f'<a href="{folder}{v.claim.chapter}.html">{v.claim.chapter}</a>' for v in verdicts
    ]
    page = f"{folder}ledger.html" if folder else ""
    anchor = "" if folder else 'id="{0}" '
    link = f'<a {anchor}href="{page}#{{0}}">{{0}}</a>'
    return show(pd.DataFrame(columns, index=[link.format(v.claim.id) for v in verdicts]))


def beside(ledgers):
    """Return verdicts on the same claims by several sets of runs, side by side.

    Parameters
    ----------
    ledgers : mapping of str to sequence of Verdict

    Returns
    -------
    IPython.display.HTML
        The plots of one claim share a scale.
    """
    sizes, head = _sizes(next(iter(ledgers.values())))
    claims = [*zip(*ledgers.values(), strict=True)]
    columns = {"claim": [_wide(found[0].claim.statement, 15) for found in claims]}
    for name, verdicts in ledgers.items():
        columns[name] = [marks.verdict(v.verdict, title=v.text) for v in verdicts]
        columns[f'<span title="{name}">by size</span> {head}'] = [
            marks.over_sizes(v, sizes, marks.span(*found))
            for v, found in zip(verdicts, claims, strict=True)
        ]
    link = '<a href="ledger.html#{0}">{0}</a>'
    return show(pd.DataFrame(columns, [link.format(found[0].claim.id) for found in claims]))


def tests(claims):
    """Return what is asked of each claim, and why.

    Parameters
    ----------
    claims : sequence of Claim

    Returns
    -------
    IPython.display.HTML
    """
    columns = {"test": [c.test for c in claims], "why": [c.why for c in claims]}
    return show(pd.DataFrame(columns, [c.id for c in claims]).map(in_words).map(_wide))


def in_words(text):
    """Return a text with its masks as chips and true minus signs.

    Parameters
    ----------
    text : str, such as a verdict's key figure

    Returns
    -------
    str
    """
    masks = "|".join(sorted(LOOKS, key=len, reverse=True))
    text = re.sub(r"(?<![\w.])-(?=[\d ])", "−", escape(text, quote=False))
    text = re.sub(r"\blam\b", "λ", re.sub(r"\btau\b", "τ", text))
    return re.sub(rf"\b({masks})\b(?! deviation)", lambda found: chip(found[0]).data, text)


def _sizes(verdicts):
    # the axis has all sizes; those of a single claim are not named, for there is no room
    found = pd.Series([n for v in verdicts for n in (*v.holds_at, *v.fails_at)]).value_counts()
    return sorted(found.index), marks.sizes_head(sorted(found.index[found > 1]))


def _wide(text, rem=16):
    # else a phone gets one word a line; and no more, so that it shows the next column too
    return f'<div style="min-width: min({rem}rem, 40vw); white-space: normal">{text}</div>'


def _by_reading(verdicts, judged):
    words = {
        name: {v.claim.id: v.verdict for v in found}
        for name, found in judged.items()
        if name != "nominal"
    }
    order = ordered(pd.DataFrame(words).T).index
    for v in verdicts:
        if v.claim.id not in words[order[0]]:
            yield "–"
            continue
        found = {name: words[name][v.claim.id] for name in order}
        count = sum(word == HOLDS for word in found.values())
        yield f'<span style="white-space: nowrap">{marks.readings(found)} {count}</span>'


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
