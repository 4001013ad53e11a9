"""Tables for a page, as `IPython.display.HTML`: of runs, the ledger, and claims by readings."""

import hashlib
import re
from html import escape
from importlib.resources import files

import numpy as np
import pandas as pd
from IPython.display import HTML
from pandas.io.formats.style import Styler

from gaussmlp.book import marks
from gaussmlp.book.style import LOOKS, on_page
from gaussmlp.protocol import MASKS
from gaussmlp.study.claims import BY_ID, FAILS, HOLDS, IN_PART, closest_calls
from gaussmlp.study.readings import BRIEFLY, breaks, ordered, verdict_table

_CLASSES = {HOLDS: "holds", IN_PART: "part", FAILS: "not"}

# Its tints let the page's own colours through, so that they suit light and dark pages.
_SHEET = " ".join((files(__package__) / "tables.css").read_text(encoding="utf-8").split())


_GLYPHS = {"o": "●○", "^": "▲△", "s": "■□", "v": "▼▽", "x": "×", "+": "+", "|": "|"}


def chip(mask):
    """Return a mask or a null as its marker and its words, as in the legends of figures."""
    look = LOOKS[mask]
    glyph = _GLYPHS[look.marker][look.hollow]
    mark = f'<span style="color: {on_page(look.color)}" aria-hidden="true">{glyph}</span>'
    return HTML(f'<span class="mask">{mark}&nbsp;{look.words}</span>')


def show(frame, digits=3):
    """Return a table for a page: masks as chips, true minus signs, one number of digits a column.

    What it holds besides numbers and masks is text, or HTML. `digits` are the decimals of numbers
    that are not whole, of all columns or by column.
    """
    frame = frame.to_frame() if frame.ndim == 1 else frame
    each = digits if isinstance(digits, dict) else dict.fromkeys(frame.columns, digits)
    texts = [name for name in frame if frame[name].map(lambda cell: isinstance(cell, str)).any()]
    shown = frame.apply(lambda column: column.map(_written(each.get(column.name, 3))))
    styled = Styler(shown, uuid=_name(shown), cell_ids=False)
    for level in range(frame.index.nlevels):
        styled = styled.format_index(_written(3), level=level)
    for level in range(frame.columns.nlevels):
        styled = styled.format_index(_written(3), axis="columns", level=level)
    left = [dict(selector="", props="text-align: left")]
    styled = styled.set_table_styles(dict.fromkeys(texts, left))
    styled = styled.set_table_attributes('class="dataframe"').hide(names=True)
    return HTML(styled.to_html())


def _name(shown):
    # tables of a page must not share one, and what is not shown must not change it
    return hashlib.sha256(shown.to_csv().encode()).hexdigest()[:8]


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
    """Return the numbers of a chapter's text as a table: the prose takes them from there."""
    return show(pd.Series(numbers, name="in the text"))


def checked(statements):
    """Return the statements of a chapter, folded, once every one of them is true.

    If one is not, an AssertionError ends a build of the book.
    """
    wrong = [statement for statement, true in statements.items() if not np.all(true)]
    assert not wrong, f"not borne out by the runs: {' '.join(wrong)}"
    rows = "".join(f"<li>{escape(statement)}</li>" for statement in statements)
    line = f"✓ {len(statements)} statements checked in this build"
    return HTML(f'<details class="checked"><summary>{line}</summary><ul>{rows}</ul></details>')


def ledger(verdicts, again=(), readings=None, stricter=(), folder="", seeds="fresh seeds"):
    """Return the ledger as a table that is seen: signs, and small plots over the sizes.

    Beside it the same claims on further sets of seeds (`again`), in readings as from
    `judge_readings`, and stricter tests by set of seeds. `folder` is where the chapters lie,
    ``"chapters/"`` for the front page; `seeds` is what the further seeds are called. Each claim is
    an anchor on the ledger's own page, and leads there from another one.
    """
    sizes, head = _sizes(verdicts)
    columns = {
        "claim": [_wide(v.claim.statement, 15) for v in verdicts],
        "verdict": [marks.verdict(v.verdict, title=v.text) for v in verdicts],
        f"by size {head}": [marks.over_sizes(v, sizes) for v in verdicts],
    }
    if stricter:
        strict = {found[0].claim.id: _signs(found) for found in zip(*stricter, strict=True)}
        columns["stricter test"] = [strict.get(f"{v.claim.id}*", "") for v in verdicts]
    if again:
        columns[seeds] = [_signs(found) for found in zip(*again, strict=True)]
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


def _signs(verdicts):
    signs = (marks.verdict(v.verdict, short=True, title=f"{v.claim.id} {v.text}") for v in verdicts)
    return f'<span style="white-space: nowrap">{" ".join(signs)}</span>'


def beside(ledgers):
    """Return verdicts on the same claims by several sets of runs, side by side.

    The plots of one claim share a scale.
    """
    sizes, head = _sizes(next(iter(ledgers.values())))
    claims = [*zip(*ledgers.values(), strict=True)]
    spans = [marks.span(*found) for found in claims]
    columns = {"claim": [_wide(found[0].claim.statement, 15) for found in claims]}
    short = len(ledgers) > 2  # else a wide page has no room
    for name, verdicts in ledgers.items():
        columns[name] = [marks.verdict(v.verdict, short, v.text) for v in verdicts]
        columns[f'<span title="{name}">by size</span> {head}'] = [
            marks.over_sizes(v, sizes, span) for v, span in zip(verdicts, spans, strict=True)
        ]
    names = [found[0].claim.id for found in claims]  # a stricter test stands in its claim's row
    links = [f'<a href="ledger.html#{name.rstrip("*")}">{name}</a>' for name in names]
    return show(pd.DataFrame(columns, links))


def tests(claims):
    """Return what is asked of each claim, and why."""
    columns = {"test": [c.test for c in claims], "why": [c.why for c in claims]}
    return show(pd.DataFrame(columns, [c.id for c in claims]).map(in_words).map(_wide))


def compared(comparisons):
    """Return comparisons, as from `closest_calls`, with all that says how sure they are."""
    table = comparisons.assign(measure=comparisons["measure"].replace(_WORDS))
    table = table[[*_COMPARED]].rename(columns=_COMPARED)
    digits = dict.fromkeys(table, 3) | {"effect size": 2, "limit": 2}
    return show(table, digits)


_WORDS = {
    "reconstruction_error": "error",
    "specialization_ratio": "ratio",
    "expelled_fraction": "expelled share",
}
_COMPARED = {
    "measure": "measure",
    "mask": "mask",
    "baseline": "against",
    "n": "N",
    "mean": "mean",
    "low": "from",
    "high": "to",
    "percentile_low": "percentile: from",
    "percentile_high": "percentile: to",
    "effect_size": "effect size",
    "wins": "seeds",
    "p_holm": "p",
    "threshold": "limit",
}


def in_words(text):
    """Return a text with its masks as chips and true minus signs."""
    masks = "|".join(sorted(MASKS, key=len, reverse=True))
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
    table = ordered(verdict_table(judged).drop(index="nominal", errors="ignore"))
    for v in verdicts:
        if v.claim.id not in table:
            yield "–"
            continue
        found = table[v.claim.id]
        count = (found == HOLDS).sum()
        yield f'<span style="white-space: nowrap">{marks.readings(found)} {count}</span>'


def matrix(verdicts):
    """Return the matrix of claims by readings, from `judge_readings`.

    What holds most often comes first, in rows and in columns. A cell leads to its row in `numbers`,
    on the same page, and the head of a column to the claim's chapter. A ring is drawn around what a
    reading clearly breaks.
    """
    table, lost = ordered(verdict_table(verdicts)), breaks(verdicts)
    sure = {(row.reading, row.claim) for row in lost[lost["clear"].map(len) > 0].itertuples()}
    told = {(name, v.claim.id): v for name, vs in verdicts.items() for v in vs}
    cells, classes = table.astype(object), table.astype(object)
    for place, v in told.items():
        link = f'href="#{_anchor(*place)}" title="{escape(" · ".join(place))}: {v.text}"'
        cells.at[place] = f"<a {link}>{marks.SIGNS[v.verdict]}</a>"
        classes.at[place] = _CLASSES[v.verdict] + " clear" * (place in sure)
    styled = Styler(cells, uuid=_name(cells), cell_ids=False).set_td_classes(classes)
    styled = styled.format_index(escape, axis=0).format_index(_head, axis=1)
    return _boxed(
        styled, "readings", _key('<span class="clear">&nbsp;</span> clearly worse than nominal')
    )


def _key(*more):
    signs = [f'<span class="{_CLASSES[word]}">{s}</span> {word}' for word, s in marks.SIGNS.items()]
    return f'<p class="key">{", ".join([*signs, *more])}</p>'


def by_size(verdicts, sure):
    """Return claims by size and reading, where each was judged alone.

    Parameters
    ----------
    verdicts, sure : mapping of (int, str) to sequence of Verdict
        By means, and by whole intervals. A ring is drawn around what only means bear out.

    Returns
    -------
    IPython.display.HTML
        A cell says where the pointer rests which comparison decides.
    """
    cells, classes = {}, {}
    for (n, reading), found in verdicts.items():
        row = f"N = {n:,}: {reading}"
        for v, strict in zip(found, sure[n, reading], strict=True):
            known = strict.comparisons["low"].notna().any()
            title = escape(f"{v.claim.id}: {(strict if known else v).figure}")
            cells.setdefault(v.claim.id, {})[row] = (
                f'<span title="{title}">{marks.SIGNS[v.verdict]}</span>'
            )
            hardly = known and v.verdict == HOLDS != strict.verdict
            classes.setdefault(v.claim.id, {})[row] = _CLASSES[v.verdict] + " clear" * bool(hardly)
    cells, classes = (pd.DataFrame(table).fillna("") for table in (cells, classes))
    styled = Styler(cells, uuid=_name(cells), cell_ids=False).set_td_classes(classes)
    key = _key('<span class="clear">&nbsp;</span> holds for means, not for intervals')
    return _boxed(styled.format_index(_head, axis=1), "readings", key)


def numbers(verdicts):
    """Return the figures that decide each claim in each reading, in the order of `matrix`."""
    rows = []
    for reading in ordered(verdict_table(verdicts)).index:
        for v in verdicts[reading]:
            name = f'<span id="{_anchor(reading, v.claim.id)}">{escape(reading)}</span>'
            rows.append((name, v.claim.id, v.text, v.on_medians, _closest(v)))
    names = ["reading", "claim", "verdict", "on medians", "the comparison that decides"]
    return rolled(pd.DataFrame(rows, columns=names))


def rolled(frame):
    """Return a long table of text in a box that scrolls, under a head that stays."""
    return _boxed(Styler(frame, uuid=_name(frame), cell_ids=False).hide(axis="index"), "rolled")


def _boxed(styled, kind, above=""):
    short = dict(data="d", row="r", col="c", col_heading="", blank="", level="l", row_heading="")
    styled = styled.set_table_attributes(f'class="dataframe {kind}"').hide(names=True)
    page = styled.set_table_styles(css_class_names=short).to_html()
    # its lines would be more than half of what a notebook stores of it
    page = "".join(line.strip() for line in page.splitlines())
    return HTML(f'<style>{_SHEET}</style>{above}<div class="box">{page}</div>')


def _head(name):
    claim = BY_ID[name]
    link = f'href="{claim.chapter}.html" title="{escape(claim.statement)}"'
    return f"<a {link}><b>{name}</b> {BRIEFLY[name]}</a>"


def _closest(verdict):
    if verdict.comparisons.empty:
        return escape(verdict.figure)
    rows = closest_calls([verdict])
    return "; ".join(
        f"{LOOKS[row.mask].words} against {LOOKS[row.baseline].words} at N = {row.n}: "
        f"{signed(row.mean)} [{signed(row.low)}, {signed(row.high)}], "
        f"{row.wins} of {row.seeds} seeds"
        for row in rows.itertuples()
    )


def signed(value):
    """Return a difference with its sign and three digits, or more where it is large."""
    short = f"{value:+,.0f}" if abs(value) >= 100 else f"{round(value, 4):+.3g}"
    return short.replace("-", "−") if round(value, 4) else "0"


def _anchor(reading, name):
    words = "".join(c if c.isalnum() or c == "." else "-" for c in reading.lower())
    return f"{name}-{words}"
