"""Animations that play in a page without a kernel and without loading anything."""

import base64
import html
import io
import re

import matplotlib.pyplot as plt
from IPython.display import HTML
from matplotlib.animation import FuncAnimation


def player(drawing, draw, frames, alt, fps=12):
    """Return an animation as a player that needs nothing but the page it stands in.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure
        Closed afterwards.
    draw : callable
        Changes the figure to show a frame, counted from 0.
    frames : int
        How many there are.
    alt : str
        What one sees, for those who do not see it.
    fps : int
        Frames a second.

    Returns
    -------
    IPython.display.HTML
        The frames, as PNG, and a few buttons. It opens on the last frame, and ▶ then begins at the
        first. Where scripts do not run, and in print, the last frame stands in for it.
    """
    animation = FuncAnimation(drawing, draw, frames=frames)
    text = animation.to_jshtml(fps=fps, embed_frames=True, default_mode="once")
    for old, new in _PLAY.items():
        if old not in text:
            raise RuntimeError(f"this matplotlib writes its player otherwise: no {old!r}")
        text = text.replace(old, new)
    text = re.sub(r"<link[^>]*font-awesome[^>]*>", "", text)
    for name, sign in _SIGNS.items():  # the icon font is not loaded: plain signs in its place
        text = re.sub(rf'<i class="fa fa-{name}[^"]*"></i>', f"<span>{sign}</span>", text)
    draw(frames - 1)
    still = io.BytesIO()
    drawing.savefig(still, format="png")
    plt.close(drawing)
    picture = base64.b64encode(still.getvalue()).decode()
    alt = html.escape(alt, quote=True)
    return HTML(
        f'<style>{_STYLE}</style><div class="player" role="img" aria-label="{alt}">{text}</div>'
        f'<img class="player-still" alt="{alt}" src="data:image/png;base64,{picture}">'
        "<noscript><style>.player{display:none}.player-still{display:block}</style></noscript>"
    )


_SIGNS = {
    "fast-backward": "|◂",
    "step-backward": "◂",
    "play fa-flip-horizontal": "◀",
    "pause": "||",
    "play": "▶",
    "step-forward": "▸",
    "fast-forward": "▸|",
    "minus": "−",
    "plus": "+",
}

# It opens on the last frame, which shows what the animation leads to, and plays from the first.
_PLAY = {
    "this.current_frame = 0;": "this.current_frame = frames.length - 1;",
    "    this.direction = 1;\n": "    this.direction = 1;\n"
    "    if (this.current_frame == this.frames.length - 1) this.first_frame();\n",
}

_STYLE = (
    ".player-still{display:none;max-width:100%}.player{overflow-x:auto}"
    ".player .animation{display:block}"
    ".player img{width:100%;min-width:560px;max-width:720px}"  # narrower, it scrolls
    ".player .anim-buttons{display:flex;flex-wrap:wrap;justify-content:center}"
    "@media print{.player{display:none}.player-still{display:block}}"
)
