"""Pictures with sliders that work in a page without a kernel and without loading anything."""

import base64
import hashlib
import html
import io
import itertools
import json
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

SCRIPT = (files(__package__) / "player.js").read_text(encoding="utf-8")
"""The front end of a page and of JupyterLab."""

LOOKS = (files(__package__) / "player.css").read_text(encoding="utf-8")
"""Its style sheet."""

PAGE_BOUND = 4_500_000
"""Bytes of one player: a page stays below 6 MB with it."""

COLORS = 96
"""Colours of a picture on a page: more than a figure shows, but for the blends at its edges."""


class Control(NamedTuple):
    """One slider: what it changes, and where it can stand."""

    name: str
    """The argument of the drawing function."""
    label: str
    stops: tuple
    """The values that it can have, at least two."""
    start: object
    """The value that it opens on, one of `stops`."""

    def spec(self):
        """Return what the front end needs to know.

        Returns
        -------
        dict
        """
        return {"label": self.label, "stops": [_text(stop) for stop in self.stops]}


def _text(value):
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def spec(controls, alt, *, play=0, fps=2, box=None, autoplay=False):
    """Return the description of a player that its front end reads.

    Parameters
    ----------
    controls : sequence of Control
        The sliders, from top to bottom.
    alt : str
        What one sees in every picture.
    play : int
        Which slider play and step move.
    fps : float
        Positions a second, while it plays.
    box : tuple of float, optional
        Left, top, width and height of an area that can be clicked, as shares of the picture; a
        click sets the first slider from left to right, the second from bottom to top.
    autoplay : bool
        Whether it plays by itself, where the reader has not asked for less motion.

    Returns
    -------
    dict
        With the position of every slider as ``at``.
    """
    at = [control.stops.index(control.start) for control in controls]
    given = dict(alt=alt, at=at, play=play, fps=fps, box=box, autoplay=autoplay)
    return given | {"controls": [control.spec() for control in controls]}


def encode(drawing, kind="png"):
    """Return a figure as the bytes of a picture.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure
    kind : str
        ``"png"``, written fast, or ``"webp"``, lossless but for `COLORS` and four times smaller.

    Returns
    -------
    bytes
    """
    canvas = FigureCanvasAgg(drawing)
    canvas.draw()
    picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    stream = io.BytesIO()
    if kind == "webp":
        picture = picture.quantize(COLORS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        picture.convert("RGB").save(stream, kind, lossless=True, quality=75, method=3)
    else:
        picture.save(stream, kind, compress_level=1)
    return stream.getvalue()


def page(draw, controls, alt, **options):
    """Return a player that holds a picture for every position of its sliders.

    Parameters
    ----------
    draw : callable
        Takes a value for each control by name; returns a matplotlib figure and a sentence about it.
    controls : sequence of Control
    alt : str
        What one sees in every picture.
    **options
        As for `spec`.

    Returns
    -------
    str
        HTML. Without scripts, and in print, the picture of the starting position stands alone.

    Raises
    ------
    ValueError
        If it would be larger than `PAGE_BOUND`.
    """
    given = spec(controls, alt, **options)
    pictures, frames = {}, []
    for values in itertools.product(*(control.stops for control in controls)):
        drawing, words = draw(**dict(zip((c.name for c in controls), values, strict=True)))
        data = base64.b64encode(encode(drawing, "webp")).decode()
        frames.append({"picture": pictures.setdefault(data, len(pictures)), "words": words})
    given |= {"pictures": [f"data:image/webp;base64,{data}" for data in pictures], "frames": frames}
    opening = 0
    for k, control in zip(given["at"], controls, strict=True):
        opening = opening * len(control.stops) + k
    first, alt = frames[opening], html.escape(alt, quote=True)
    data = json.dumps(given, ensure_ascii=False).replace("</", "<\\u002f")
    name = "player-" + hashlib.sha256(data.encode()).hexdigest()[:12]
    text = (
        f'<style>{LOOKS}</style><div class="player" id="{name}" role="group" aria-label="{alt}">'
        f'<img alt="{alt}" src="{given["pictures"][first["picture"]]}"></div>'
        f'<script type="module">{SCRIPT}\n'
        f'still(document.getElementById("{name}"), {data});</script>'
    )
    if len(text) > PAGE_BOUND:
        raise ValueError(f"{len(text):,} bytes are too many for a page: fewer stops, please")
    return text
