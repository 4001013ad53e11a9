"""Small pictures within a table, as HTML: verdicts, the sizes at which a claim holds, readings."""

from html import escape

import numpy as np
import pandas as pd

from gaussmlp.book.style import BLUE, GREY, LOOKS, RED, on_page
from gaussmlp.study.claims import FAILS, HOLDS, IN_PART, leads

SIGNS = {HOLDS: "●", IN_PART: "◐", FAILS: "○"}
_TINTS = {HOLDS: "0 114 178 / 25%", IN_PART: "240 228 66 / 30%", FAILS: "213 94 0 / 40%"}
_COLORS = {HOLDS: BLUE, IN_PART: LOOKS["OS"].color, FAILS: RED}

_WIDTH, _HEIGHT, _EDGE = 156, 34, 9  # of a plot over the sizes, in pixels
_BAR, _TALL = 4, 14  # of a reading's mark


def verdict(word, short=False, title=""):
    """Return a verdict as a sign on a tint, with its words unless it is short.

    The title is what is shown where the pointer rests.
    """
    style = f"background: rgb({_TINTS[word]}); padding: 0.1em 0.45em; border-radius: 0.6em"
    said = f'role="img" aria-label="{word}"' if short else ""
    words = "" if short else f"&nbsp;{word.replace(' ', '&nbsp;')}"
    title = escape(title or word)
    return f'<span {said} title="{title}" style="{style}">{SIGNS[word]}{words}</span>'


def sizes_head(sizes):
    """Return the axis of all plots by `over_sizes` that share these sizes."""
    marks = "".join(
        f'<text x="{x:.1f}" y="11" text-anchor="middle">{n:,}</text>'
        for n, x in _places(sizes, sizes).items()
    )
    said = f"from N = {min(sizes)} to N = {max(sizes):,}"
    return _svg(
        _WIDTH, 13, said, f'<g font-size="10.5" font-weight="400" fill="currentColor">{marks}</g>'
    )


def over_sizes(one, sizes, reach=None):
    """Return a plot of the comparisons that decide a claim at each size, of those of an axis.

    The line is the limit; above it is the claim's side. A claim without comparisons has a mark on
    either side. `reach` is the lowest and the highest value of the plot, such as from `span`.
    """
    table, marks, said = leads(one), [], []
    low, high = reach or span(one)
    for n, x in _places((*one.holds_at, *one.fails_at), sizes).items():
        color = on_page(BLUE if n in one.holds_at else RED)
        value = 1.0 if n in one.holds_at else -1.0
        text = "holds" if n in one.holds_at else "does not hold"
        if n in table.index:
            row = table.loc[n]
            value, *ends = row["lead"], row["low"], row["high"]
            text += f", {_signed(value)}"
            if not np.isnan(ends).any():
                first, last = (_level(end, low, high) for end in ends)
                marks.append(f'<path stroke="{color}" d="M{x:.1f} {first:.1f}V{last:.1f}"/>')
                text += f" [{_signed(ends[0])}, {_signed(ends[1])}]"
            text += ": "
            text += LOOKS[row["mask"]].words
            text += f" against {LOOKS[row['baseline']].words}" if row["baseline"] else ""
        fill = color if n in one.holds_at else on_page("#ffffff")
        place = f'cx="{x:.1f}" cy="{_level(value, low, high):.1f}"'
        marks.append(f'<circle {place} r="2.6" stroke="{color}" fill="{fill}"/>')
        said.append(f"N = {n:,} {text}")
    zero = _level(0, low, high)
    line = f'<path stroke="{on_page(GREY)}" d="M0 {zero:.1f}H{_WIDTH}"/>'
    return _svg(_WIDTH, _HEIGHT, f"{one.claim.id}. {'; '.join(said)}.", line + "".join(marks))


def span(*verdicts):
    """Return the lowest and the highest value that plots of some verdicts show."""
    tables = [table for one in verdicts if len(table := leads(one))]
    if not tables:
        return -1.5, 1.5
    values = pd.concat([table[["lead", "low", "high"]].stack() for table in tables])
    low, high = min(0.0, values.min()), max(0.0, values.max())
    return low - 0.02 * (high - low), high


def readings(words):
    """Return one mark for each reading: high where a claim holds, half in part, low where not."""
    words, heights = dict(words), {HOLDS: _TALL, IN_PART: _TALL / 2, FAILS: 1.5}
    marks, counts = [], []
    for word, height in heights.items():
        path = "".join(
            f"M{_BAR * k + _BAR / 2 + 0.5:g} {_TALL + 1}v-{height:g}"
            for k, found in enumerate(words.values())
            if found == word
        )
        marks.append(f'<path stroke="{on_page(_COLORS[word])}" stroke-width="3" d="{path}"/>')
        named = [reading for reading, found in words.items() if found == word]
        some = f" ({', '.join(named)})" if named and word != HOLDS else ""
        counts.append(f"{word} in {len(named)}{some}")
    return _svg(_BAR * len(words) + 1, _TALL + 2, "; ".join(counts), "".join(marks))


def _places(sizes, axis):
    """Return where sizes lie on a logarithmic axis."""
    first, last = np.log(min(axis)), np.log(max(axis))
    wide = (_WIDTH - 2 * _EDGE) / max(last - first, 1e-9)
    return {n: _EDGE + (np.log(n) - first) * wide for n in sorted(sizes)}


def _level(value, low, high):
    return 4 + (_HEIGHT - 8) * (high - value) / max(high - low, 1e-12)


def _signed(value):
    text = f"{value:+.3g}".replace("-", "−")
    return "0" if float(f"{value:.6f}") == 0 else text


def _svg(width, height, said, inside):
    said = escape(said)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    style = "display: inline-block; vertical-align: middle; max-width: none"
    return (
        f'<svg {size} role="img" aria-label="{said}" style="{style}" fill="none">'
        f"<title>{said}</title>{inside}</svg>"
    )
