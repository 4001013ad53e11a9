"""What readers can move: networks that train where they are read, on the page and in JupyterLab.

An explorer is a widget whose JavaScript trains with the core's own kernel (`gaussmlp.book.web`) and
draws. On the built page the same JavaScript runs without a kernel; where it cannot, and in print, a
still picture stands there.
"""

import base64
import functools
import io
import json
import os
from importlib.resources import files

import anywidget
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import traitlets
from PIL import Image

from gaussmlp.book import web
from gaussmlp.book.axes import draw_output, hull, join, ticks
from gaussmlp.book.style import BLUE, GREY, HULL, INK, LINES, LOOKS, RED, figure, on_page
from gaussmlp.experiment import run_grid
from gaussmlp.model import prototypes
from gaussmlp.protocol import MASKS, Lam, Protocol, Tau
from gaussmlp.start import sine, start
from gaussmlp.study.recovery import null_runs, showcase
from gaussmlp.study.sweeps import LAMS
from gaussmlp.training import Run, train

SHARED = ("train", "model", "draw", "controls", "views", "explorer")
"""What all explorers share, in this order; then comes one file for each explorer."""


def script():
    """Return the JavaScript of all explorers.

    Returns
    -------
    str, one module
    """
    looks = {
        mask: dict(words=look.words, color=on_page(look.color)) for mask, look in LOOKS.items()
    }
    folder = files(__package__) / "js"
    own = sorted(file.name for file in folder.iterdir() if file.name.endswith(".js"))
    names = dict.fromkeys([*(f"{name}.js" for name in SHARED), *own])  # each once
    parts = [(folder / name).read_text("utf-8") for name in names]
    return "\n".join(
        [f"const LOOKS = {json.dumps(looks)};", *parts, "export default { render };\n"]
    )


def sheet():
    """Return the style sheet of all explorers, with the colours of the figures.

    Returns
    -------
    str
    """
    colors = {"ink": INK, "hull": HULL, "blue": BLUE, "red": RED, "grey": GREY}
    colors |= {name: look["color"] for name, look in LINES.items()}
    named = "".join(f"--{name}: {on_page(color)}; " for name, color in colors.items())
    text = (files(__package__) / "js" / "explorer.css").read_text("utf-8")
    return f".explorer {{ {named}}}\n{text}"


@functools.cache
def assets():
    """Return what explorers train with, and what they compare.

    Returns
    -------
    dict
        ``modules`` as from `gaussmlp.book.web.modules`; ``digests`` of the 480 runs of the book,
        by keys such as ``"20/C/0"``: N, mask, seed.
    """
    runs = run_grid(Protocol(), progress=False)
    keys = runs[["n", "mask", "seed"]].astype(str).agg("/".join, axis=1)
    return {"modules": web.modules(), "digests": dict(zip(keys, runs["digest"], strict=True))}


def page_script():
    """Return what a page with explorers needs, once.

    Returns
    -------
    str, HTML with style sheet, code, kernel and digests
    """
    data = json.dumps(assets())
    return f'<style>{sheet()}</style><script type="module">{script()}\nmountPage({data});</script>'


class Explorer(anywidget.AnyWidget):
    """A network that trains in the browser; its values can be read, set, observed and linked.

    Parameters
    ----------
    kind : str
        Which explorer, by its name in the JavaScript.
    still : matplotlib.figure.Figure
        What stands there in print and where nothing can train.
    **values
        First values of the traits.
    """

    _esm = script()
    _css = sheet()
    kind = traitlets.Unicode().tag(sync=True)
    n = traitlets.Int(20, min=2, max=100).tag(sync=True)
    """Number of samples and of neurons."""
    mask = traitlets.Enum(MASKS, "C").tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**31 - 1).tag(sync=True)
    lam = traitlets.Dict(traitlets.Float(), default_value=Lam()._asdict()).tag(sync=True)
    """Weight of each structural loss."""
    tau = traitlets.Dict(traitlets.Float(), default_value=Tau()._asdict()).tag(sync=True)
    """Temperature of coverage and separation."""
    steps = traitlets.Int(Protocol().steps, min=1, max=20_000).tag(sync=True)
    w0 = traitlets.Float(Protocol().w0).tag(sync=True)
    samples = traitlets.List(traitlets.Float()).tag(sync=True)
    """Samples that were dragged, if there are N; else they are those of the seed."""
    prototypes = traitlets.List(traitlets.Float()).tag(sync=True)
    """Prototypes at the start, likewise."""
    at = traitlets.Int(Protocol().steps, min=0).tag(sync=True)
    """The step that is shown, where one can look at all of them."""
    data = traitlets.Dict().tag(sync=True)
    """What this explorer shows besides."""
    digest = traitlets.Unicode().tag(sync=True)
    """SHA-256 of the weights that the browser trained."""
    assets = traitlets.Dict().tag(sync=True)

    def __init__(self, kind, still, **values):
        self._still = still
        super().__init__(kind=kind, assets=assets() if _live() else {}, **values)

    @traitlets.validate("lam", "tau", "w0")
    def _allowed(self, proposal):
        try:
            Protocol(**{proposal["trait"].name: proposal["value"]})
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None
        return proposal["value"]

    def run(self, mask=None):
        """Train what the browser shows by the library.

        Parameters
        ----------
        mask : str, optional
            Another mask, where the explorer shows several.

        Returns
        -------
        Trained
            Its digest is the browser's.
        """
        protocol = Protocol(lam=self.lam, tau=self.tau, steps=self.steps, w0=self.w0)
        begin = start(protocol, self.n, self.seed)
        if len(self.samples) == self.n:
            x = np.sort(self.samples)
            begin = begin._replace(x=x, y=sine(x))
        if len(self.prototypes) == self.n:
            drawn = begin.parameters
            b = -drawn.w * np.array(self.prototypes) + 0.0
            begin = begin._replace(parameters=drawn._replace(b=b))
        run = Run(protocol, self.n, mask or self.mask, self.seed)
        (trained,) = train([run], starts=[begin])
        return trained

    def html(self):
        """Return the explorer for a page, which brings `page_script` once."""
        names = [name for name in self.trait_names(sync=True) if not name.startswith("_")]
        hidden = {"assets", "layout", "tabbable", "tooltip", "digest"}
        values = {name: getattr(self, name) for name in names if name not in hidden}
        data = json.dumps(values, ensure_ascii=False).replace("</", "<\\u002f")
        picture = base64.b64encode(_webp(self._still)).decode()
        return (
            '<div class="explorer"><img alt="A network that can be trained here: its output." '
            f'src="data:image/webp;base64,{picture}">'
            "<p>A still picture: the words below describe what a browser shows here.</p>"
            f'<script type="application/json">{data}</script></div>'
        )

    def open(self):
        """Tell the notebook of the widget; a page that is being built has no use for it."""
        if _live():
            super().open()

    def _repr_mimebundle_(self, **_):
        if _live():
            return super()._repr_mimebundle_()
        return {"text/plain": type(self).__name__, "text/html": self.html()}


def _live():
    # a notebook session has a name; a book that is being built has none
    return "JPY_SESSION_NAME" in os.environ


def _webp(drawing):
    stream = io.BytesIO()
    drawing.savefig(stream, format="png")
    picture, small = Image.open(stream).convert("RGB"), io.BytesIO()
    picture.quantize(96, dither=Image.Dither.NONE).convert("RGB").save(small, "webp", lossless=True)
    return small.getvalue()


@figure
def _still(*trained, told=True):
    """Draw the output of the first of some runs, and for each its samples, prototypes and links."""
    rows = len(trained) if told else 0
    heights = [1.6, *[1] * rows]
    drawing, axes = plt.subplots(
        1 + rows, 1, figsize=(7.2, 1.2 * sum(heights)), height_ratios=heights, squeeze=False
    )
    begin = trained[0].start
    shown = begin if told else begin._replace(x=begin.x[:0], y=begin.y[:0])
    draw_output(axes[0, 0], shown, trained[0].parameters, 2.0)
    for strip, one in zip(axes[1:, 0], trained, strict=False):
        look, p = LOOKS[one.run.mask], np.clip(np.sort(prototypes(one.parameters)), -1.98, 1.98)
        hull(strip, begin.x)
        join(strip, begin.x, p, (1, 0), color=look.color, linewidth=0.8)
        ticks(strip, begin.x, 1)
        strip.plot(p, np.zeros(len(p)), "^", color=look.color)
        strip.set_title(look.words, loc="left")
        strip.set(xlim=(-2, 2), ylim=(-0.5, 1.4))
        strip.set_yticks([0, 1], ["prototypes", "samples"])
    axes[-1, 0].set_xlabel("input")
    plt.close(drawing)
    return drawing


def one_neuron(trained):
    """Move one neuron of a trained network: its bump, its prototype, and the fit of the whole.

    Parameters
    ----------
    trained : Trained
        Of few neurons and nominal but for its steps; it is trained again where it is shown.

    Returns
    -------
    Explorer
        Its ``data`` has ``neuron``, counted from the left, and ``moved``, the weights w, b and v
        of all neurons, once one was moved.
    """
    protocol, n, mask, seed = trained.run
    choices = dict(n=n, mask=mask, seed=seed, steps=protocol.steps)
    return Explorer("one_neuron", _still(trained), **choices, data={"neuron": 0})


def game(seed=0):
    """Guess where five samples were, from the weights of a network; then see.

    Parameters
    ----------
    seed : int
        The first one asked.

    Returns
    -------
    Explorer
        Its ``data`` has ``hits``, the mean number of samples that prototypes hit in the book's
        runs, and what the reader has done: ``marks`` and ``shown``.
    """
    five = Protocol(sizes=(5,), masks=("standard", "C"))
    (trained,) = train([Run(five, 5, "standard", seed)])
    runs = pd.concat([run_grid(five, progress=False), null_runs(five)])
    hits = 5 * runs.groupby("mask")["recall"].mean()
    choices = dict(n=5, mask="standard", seed=seed, data={"hits": hits.to_dict()})
    return Explorer("game", _still(trained, told=False), **choices)


def train_it(seed=0):
    """Train a network at every move: its fit, bumps and prototypes, its forces and losses.

    Parameters
    ----------
    seed : int
        The first one shown.

    Returns
    -------
    Explorer
    """
    (trained,) = train([Run(Protocol(), 20, "C", seed)])
    return Explorer("train_it", _still(trained), seed=seed)


def expulsion(n=20):
    """Watch prototypes leave: their ways over the steps of training, and the forces on them.

    Parameters
    ----------
    n : int
        Number of samples and of neurons.

    Returns
    -------
    Explorer
        It begins with overlap, at the last step, and with the seed that `showcase` names.
    """
    seed = showcase(Protocol(), n, "C")
    (trained,) = train([Run(Protocol(), n, "O", seed)])
    return Explorer("expulsion", _still(trained), n=n, mask="O", seed=seed)


def film(masks=("standard", "C", "O"), n=20):
    """Train some networks from one start, and watch their prototypes move.

    Parameters
    ----------
    masks : sequence of str
    n : int
        Number of samples and of neurons.

    Returns
    -------
    Explorer
        It begins when it is seen, with the seed that `showcase` names.
    """
    seed = showcase(Protocol(), n, "C")
    trained = train([Run(Protocol(), n, mask, seed) for mask in masks])
    return Explorer("film", _still(*trained), n=n, seed=seed, data={"masks": [*masks]})


def temperature(frame):
    """Go through the temperatures of separation: the sweep's means, and a network trained now.

    Parameters
    ----------
    frame : DataFrame
        As from `sweeps.temperature` of the masks ``standard``, ``S`` and ``CS``.

    Returns
    -------
    Explorer
        It begins with separation alone.
    """
    sizes = sorted(frame["n"].unique().tolist())
    means = frame.pivot_table(index=["n", "tau"], columns="mask", values="expelled_fraction")
    nulls = null_runs(Protocol(sizes=sizes)).groupby(["n", "mask"])["expelled_fraction"].mean()
    data = {
        "taus": sorted(frame["tau"].unique().tolist()),
        "means": {str(n): means.loc[n].round(4).to_dict("list") for n in sizes},
        "nulls": {str(n): nulls[n].round(4).tolist() for n in sizes},
        "seeds": frame["seed"].nunique(),
    }
    (trained,) = train([Run(Protocol(), sizes[0], "S", 0)])
    return Explorer("temperature", _still(trained), n=sizes[0], mask="S", data=data)


def phase_diagram(frame):
    """Choose the lams of overlap and coverage: the phase diagram, and a network trained there now.

    Parameters
    ----------
    frame : DataFrame
        As from `sweeps.balance`.

    Returns
    -------
    Explorer
        With a cell for every decade of the two lams.
    """
    (n,), lams = frame["n"].unique().tolist(), list(LAMS[::2])
    share = frame.pivot_table(
        index="lam_coverage", columns="lam_overlap", values="expelled_fraction"
    ).loc[lams, lams]
    seeds = tuple(frame["seed"].unique())
    nulls = null_runs(Protocol(sizes=(n,), seeds=seeds)).groupby("mask")["expelled_fraction"].mean()
    data = {
        "lams": lams,
        "size": n,
        "nulls": [nulls.min().round(4), nulls.max().round(4)],
        "means": share.round(4).to_numpy().tolist(),
        "seeds": len(seeds),
    }
    (trained,) = train([Run(Protocol(), n, "OC", 0)])
    return Explorer("phase_diagram", _still(trained), n=n, mask="OC", data=data)
