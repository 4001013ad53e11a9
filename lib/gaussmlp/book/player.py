"""Pictures with sliders that work in a page without a kernel and without loading anything."""

import base64
import hashlib
import html
import io
import itertools
import json
import os
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from gaussmlp.book.style import LOOKS

SCRIPT = (files(__package__) / "player.js").read_text(encoding="utf-8")
"""The front end of a page and of JupyterLab."""

SHEET = (files(__package__) / "player.css").read_text(encoding="utf-8")
"""Its style sheet."""

COLORS = 96
"""Colours of a picture on a page: more than a figure shows, but for the blends at its edges."""


class Control(NamedTuple):
    """One slider: the argument that it changes, its label, its two or more stops, the first one."""

    name: str
    label: str
    stops: tuple
    start: object


def _text(value):
    if isinstance(value, str):
        return LOOKS[value].words if value in LOOKS else value
    return f"{value:,}" if isinstance(value, int) else f"{value:.3g}"


def spec(controls, alt, *, fps=2, play=0, box=None, autoplay=False):
    """Return the description of a player that its front end reads.

    Parameters
    ----------
    controls : sequence of Control, from top to bottom
    alt : str, what one sees in every picture
    fps : float, positions per second while it plays
    play : int, which slider play and step move
    box : tuple of float, optional
        Left, top, width and height of an area that can be clicked, as shares of the picture; a
        click sets the first slider from left to right, the second from bottom to top.
    autoplay : bool, whether it plays by itself where the reader has not asked for less motion

    Returns
    -------
    dict, with the position of every slider as ``at``
    """
    at = [control.stops.index(control.start) for control in controls]
    shown = [{"label": c.label, "stops": [_text(stop) for stop in c.stops]} for c in controls]
    given = dict(alt=alt, at=at, play=play, fps=fps, box=box, autoplay=autoplay)
    return given | {"controls": shown}


def encode(drawing, kind="png"):
    """Return a figure as the bytes of a picture.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure
    kind : ``"png"``, written fast, or ``"webp"``, four times smaller, lossless but for `COLORS`

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
    draw : callable, which takes a value for each control, and returns a figure and a sentence
    controls, alt, **options : as for `spec`

    Returns
    -------
    str, HTML: without scripts, and in print, the picture of the starting position stands alone
    """
    if "GAUSSMLP_STILL" in os.environ:  # nobody looks: make test compares no pictures
        controls = [control._replace(stops=(control.start,)) for control in controls]
    given = spec(controls, alt, **options)
    pictures, frames = {}, {}
    for position in itertools.product(*(range(len(control.stops)) for control in controls)):
        values = {c.name: c.stops[k] for c, k in zip(controls, position, strict=True)}
        drawing, words = draw(**values)
        data = "data:image/webp;base64," + base64.b64encode(encode(drawing, "webp")).decode()
        frames[position] = {"picture": pictures.setdefault(data, len(pictures)), "words": words}
    given |= {"pictures": list(pictures), "frames": list(frames.values())}
    first = given["pictures"][frames[tuple(given["at"])]["picture"]]
    data = json.dumps(given, ensure_ascii=False).replace("</", "<\\u002f")
    name, alt = "player-" + hashlib.sha256(data.encode()).hexdigest()[:12], html.escape(alt)
    return (
        f'<style>{SHEET}</style><div class="player" id="{name}" role="group" aria-label="{alt}">'
        f'<img alt="{alt}" src="{first}"></div><script type="module">{SCRIPT}\n'
        f'still(document.getElementById("{name}"), {data});</script>'
    )
