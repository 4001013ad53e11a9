"""What readers can move: one cell is a live widget in JupyterLab and a player on the built page.

Every explorer has a drawing function that takes the values of its sliders and returns a figure and
a sentence about it. In JupyterLab the kernel draws when a slider moves; on the page the pictures
were drawn by the same function when the book was built.
"""

import functools
import os

import anywidget
import numpy as np
import traitlets
from matplotlib.figure import Figure

from gaussmlp import losses
from gaussmlp.book import player
from gaussmlp.book.player import Control
from gaussmlp.book.style import HULL, INK, LOOKS, figure
from gaussmlp.experiment import train_all
from gaussmlp.metrics import EXPELLED_BEYOND, fit_mse, measure
from gaussmlp.model import output, prototypes, responses, widths
from gaussmlp.protocol import MASKS, Protocol, active
from gaussmlp.study.mechanism import LOSSES, beyond, forces
from gaussmlp.study.sweeps import LAMS, TAUS
from gaussmlp.training import Run, train

COLORS = {
    "fit": INK,
    "overlap": LOOKS["O"]["color"],
    "coverage": LOOKS["C"]["color"],
    "separation": LOOKS["CS"]["color"],
}
"""The colour of each loss."""

FULL_SIZE = 40
"""Up to this N the explorers train all steps, in less than 100 ms; beyond it fewer."""


class Explorer(anywidget.AnyWidget):
    """A picture with sliders: drawn by the kernel in JupyterLab, beforehand for the page.

    Parameters
    ----------
    draw : callable
        Takes a value for each control by name; returns a matplotlib figure and a sentence about it.
    controls : sequence of Control
        The sliders.
    alt : str
        What one sees in every picture.
    page : mapping of str to tuple, optional
        Fewer stops for the page, by the name of a control, its start among them; with one stop the
        page has no slider for it.
    **options
        As for `gaussmlp.book.player.spec`; `play` counts the sliders of the page, which come
        first.
    """

    _esm = player.SCRIPT
    _css = player.LOOKS
    spec = traitlets.Dict().tag(sync=True)
    at = traitlets.List(traitlets.Int()).tag(sync=True)
    """Where every slider stands."""
    drawn = traitlets.List(traitlets.Int()).tag(sync=True)
    """Where they stood for `picture`."""
    picture = traitlets.Bytes().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)

    def __init__(self, draw, controls, alt, page=None, **options):
        self._draw, self._controls, self._page = draw, controls, page or {}
        self._options = dict(alt=alt, **options)
        spec = player.spec(controls, **self._options)
        super().__init__(spec=spec, at=spec["at"])
        self._redraw()
        self.observe(self._redraw, "at")

    def _redraw(self, _=None):
        stands = list(self.at)
        values = {c.name: c.stops[k] for c, k in zip(self._controls, stands, strict=True)}
        drawing, words = self._draw(**values)
        with self.hold_sync():
            self.picture, self.words, self.drawn = player.encode(drawing), words, stands

    def html(self):
        """Return the player for a page.

        Returns
        -------
        str
        """
        kept = [c._replace(stops=self._page.get(c.name, c.stops)) for c in self._controls]
        fixed = {c.name: c.start for c in kept if len(c.stops) == 1}
        draw = functools.partial(self._draw, **fixed)
        return player.page(draw, [c for c in kept if c.name not in fixed], **self._options)

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


def _figure(width, height):
    # a live picture is drawn while somebody waits: fewer pixels than on the page
    return Figure(figsize=(width, height), layout="none", dpi=150 if _live() else None)


def _axes(drawing, left, bottom, width, height, x=None, title="", **settings):
    ax = drawing.add_axes((left, bottom, width, height))
    if x is not None:
        ax.axvspan(x.min(), x.max(), color=HULL, zorder=0)
    ax.set_title(title, y=1.02)  # a place of its own: matplotlib's search for one takes 10 ms
    ax.set(**settings)
    return ax


def _ticks(ax, x, y, **options):
    look = dict(color=INK, markersize=9, markeredgewidth=1) | options
    ax.plot(x, np.full(len(x), y), "|", **look)


def _curve(ax, begin, parameters, reach):
    at = np.linspace(-reach, reach, 401)
    ax.plot(at, np.sin(np.pi * at), color="#999999", linestyle="--", linewidth=1, label="target")
    ax.plot(at, output(at, parameters), color="#0072b2", label="network")
    ax.plot(begin.x, begin.y, "o", color=INK, markersize=4, label="samples")
    ax.set(xlim=(-reach, reach), ylim=(-1.9, 1.9), xticks=range(-2, 3), yticks=(-1, 0, 1))
    ax.legend(ncols=3, loc="lower center", bbox_to_anchor=(0.5, 0.99))


def _bumps(ax, x, parameters, reach, color):
    at = np.linspace(-reach, reach, 401)
    ax.plot(at, responses(at, parameters.w, parameters.b) * parameters.v, color=color, linewidth=1)
    p = np.clip(prototypes(parameters), -0.99 * reach, 0.99 * reach)
    ax.plot(p, np.zeros(len(p)), "^", color=color, markersize=6, markeredgecolor="white", zorder=4)
    _ticks(ax, x, 0, zorder=3)
    ax.set(xlim=(-reach, reach), xticks=range(-2, 3))
    ax.locator_params(axis="y", nbins=4)


def one_neuron(trained, neuron=0):
    """Move one neuron of a trained network: its bump, its prototype, and the fit of the whole.

    Parameters
    ----------
    trained : Trained
        A run of few neurons.
    neuron : int
        Which neuron is moved; the others keep their weights.

    Returns
    -------
    Explorer
    """
    begin = trained.start

    @figure
    def draw(w, b, v):
        parts = [part.copy() for part in trained.parameters[:3]]
        for part, value in zip(parts, (w, b, v), strict=True):
            part[neuron] = value
        here = trained.parameters._replace(w=parts[0], b=parts[1], v=parts[2])
        own = here._replace(**{name: getattr(here, name)[[neuron]] for name in "wbv"})
        (p,), (width,), (error,) = prototypes(own), widths(own), fit_mse([begin], [here])
        drawing = _figure(7.2, 4.2)
        top = _axes(drawing, 0.09, 0.56, 0.89, 0.35, begin.x, ylabel="output")
        bottom = _axes(drawing, 0.09, 0.11, 0.89, 0.36, begin.x, ylabel="bumps", ylim=(-2.3, 2.3))
        _curve(top, begin, here, 2.0)
        _bumps(bottom, begin.x, here, 2.0, "#b5b5b5")
        _bumps(bottom, begin.x, own, 2.0, "#d55e00")
        bottom.axvline(np.clip(p, -1.98, 1.98), color="#d55e00", linestyle=":")
        bottom.set(xlabel="input (ticks: samples, triangles: prototypes)")
        words = f"Prototype −b/w = {p:.2f}, width {width:.2f}, height {v:g}; fit loss {error:.2g}."
        return drawing, words.replace("-", "−")

    controls = (
        Control("w", "input weight w", (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8), 3),
        Control("b", "bias b", tuple(k / 2 for k in range(-8, 9)), 0.0),
        Control("v", "output weight v", tuple(k / 2 for k in range(-4, 5)), 1.0),
    )
    alt = "Above, the output of a network beside its samples; below, its bumps, one in colour."
    page = {"w": (1, 3, 5, 8), "b": (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)}
    return Explorer(draw, controls, alt, page | {"v": (-1.0, 1.0, 2.0)}, play=1)


def train_again(n, mask, lam, tau, seed, record=0):
    """Train one network as fast as an explorer needs it.

    Parameters
    ----------
    n, mask
        As for `Run`.
    lam, tau : float
        Of all structural losses.
    seed
        As for `Run`.
    record : int
        How many steps to keep the parameters at, spaced evenly on a logarithmic scale.

    Returns
    -------
    Trained
        After the nominal number of steps up to N = `FULL_SIZE`; beyond, after fewer, so that the
        work is that of `FULL_SIZE`.
    """
    steps = int(Protocol().steps * min(1.0, (FULL_SIZE / n) ** 2))
    kept = np.unique(np.geomspace(1, steps + 1, record).astype(int) - 1).tolist() if record else ()
    (trained,) = train([Run(Protocol(lam=lam, tau=tau, steps=steps), n, mask, seed)], record=kept)
    return trained


def train_it():
    """Train a network at every move: its fit, bumps and prototypes, its measures, its losses.

    Returns
    -------
    Explorer
    """
    controls = (
        Control("mask", "mask", MASKS, "C"),
        Control("lam", "λ", (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0), 1.0),
        Control("tau", "temperature τ", (1e-5, 1e-4, 1e-3, 1e-2, 1e-1), 1e-4),
        Control("n", "samples N", (3, 5, 10, 20, 50, 100), 20),
        Control("seed", "seed", tuple(range(10)), 0),
    )
    alt = (
        "Left: output and samples, bumps, and lines from samples to prototypes. Right: three "
        "measures as bars, and the losses over the steps of training."
    )
    page = {"lam": (1.0, 10.0), "tau": (1e-4, 1e-2), "n": (5, 20), "seed": (0,)}
    return Explorer(_train_it, controls, alt, page)


@figure
def _train_it(n, mask, lam, tau, seed):
    trained = train_again(n, mask, lam, tau, seed, record=40)
    begin, end, steps = trained.start, trained.parameters, trained.run.protocol.steps
    (row,) = measure([begin], [end])
    color = LOOKS[mask]["color"]
    drawing = _figure(7.2, 4.8)
    left = (0.08, 0.5)
    fit = _axes(drawing, left[0], 0.66, left[1], 0.26, begin.x, ylabel="output")
    bumps = _axes(drawing, left[0], 0.36, left[1], 0.26, begin.x, ylabel="bumps")
    pairs = _axes(drawing, left[0], 0.11, left[1], 0.21, begin.x, ylim=(-0.35, 1.3), xlim=(-2, 2))
    _curve(fit, begin, end, 2.0)
    _bumps(bumps, begin.x, end, 2.0, color)
    for ax in (fit, bumps):
        ax.tick_params(labelbottom=False)
        ax.yaxis.set_label_coords(-0.11, 0.5)
    _pairs(pairs, begin.x, end, color)
    pairs.set(yticks=(0, 1), xticks=range(-2, 3), xlabel="input")
    pairs.set_yticklabels(["prototypes", "samples"], rotation=90, va="center", fontsize=7)
    bars = _axes(drawing, 0.7, 0.66, 0.28, 0.22, title=f"{mask}, N = {n}, seed {seed}")
    _measures(bars, row, color)
    curve = _axes(drawing, 0.7, 0.11, 0.28, 0.4, title="losses, times λ", xlabel="step")
    _losses(curve, trained)
    note = "" if steps == Protocol().steps else f" Shortened: {steps:,} of 5,000 steps."
    words = (
        f"{steps:,} steps: reconstruction error {row['reconstruction_error']:.2g}, "
        f"{row['specialization_ratio']:.0%} of the prototypes in use, "
        f"{row['expelled_fraction']:.0%} expelled.{note}"
    )
    title = f"{steps:,} of {Protocol().steps:,} steps, λ = {lam:g}, τ = {tau:g}"
    drawing.text(0.985, 0.955, title, fontsize=8, ha="right")
    return drawing, words


def _pairs(ax, x, parameters, color):
    p, (low, high) = np.sort(prototypes(parameters)), ax.get_xlim()
    p = np.clip(p, 0.99 * low, 0.99 * high)
    ax.plot([np.sort(x), p], [np.ones(len(x)), np.zeros(len(x))], color=color, linewidth=0.8)
    _ticks(ax, x, 1)
    ax.plot(p, np.zeros(len(p)), "^", color=color, markersize=5, markeredgewidth=0)
    ax.grid(visible=False)


_NAMES = {
    "reconstruction_error": "error",
    "specialization_ratio": "in use",
    "expelled_fraction": "expelled",
}


def _measures(ax, row, color):
    values = [row[name] for name in _NAMES]
    ax.barh(list(_NAMES.values()), values, color=color, height=0.6)
    for k, value in enumerate(values):
        ax.text(min(value, 1.0) + 0.03, k, f"{value:.2g}", va="center")
    ax.set(xlim=(0, 1.25), xticks=(0, 0.5, 1))
    ax.invert_yaxis()


def _losses(ax, trained):
    run, begin, p = trained.run, trained.start, trained.run.protocol
    names = ("fit", *active(run.mask))
    values = {name: [] for name in names}
    for state in trained.history:
        values["fit"].append(losses.fit(begin.x, begin.y, state))
        for name in names[1:]:
            letter = {"overlap": "O", "coverage": "C", "separation": "S"}[name]
            whole = losses.total(begin.x, begin.y, state, p, letter)
            values[name].append(whole - values["fit"][-1])
    for name, series in values.items():
        ax.plot(trained.recorded, np.clip(series, 1e-8, None), color=COLORS[name], label=name)
    ax.set(yscale="log", xlim=(0, p.steps), ylim=(1e-8, 20))
    ax.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1], ["1e−8", "1e−6", "1e−4", "0.01", "1"])
    ax.set_xscale("symlog", linthresh=10, linscale=0.5)
    ax.set_xticks([0, 10, 100, 1000], ["0", "10", "100", "1,000"])
    ax.minorticks_off()
    ax.legend(fontsize=7, loc="lower left")


def expulsion(n=20, frames=24):
    """Scrub through training: prototypes leave the hull, and the force of every loss on each.

    Parameters
    ----------
    n : int
        Number of samples.
    frames : int
        At most so many steps, spaced evenly on a logarithmic scale.

    Returns
    -------
    Explorer
    """
    steps = np.unique(np.geomspace(1, Protocol().steps + 1, frames).astype(int) - 1).tolist()

    @functools.cache
    def recorded(mask, seed):
        (trained,) = train([Run(Protocol(), n, mask, seed)], record=steps)
        return trained

    @figure
    def draw(step, mask, seed):
        trained = recorded(mask, seed)
        begin, here = trained.start, trained.history[steps.index(step)]
        p, color = prototypes(here), LOOKS[mask]["color"]
        pushes = forces(begin.x, begin.y, here)
        drawing = _figure(7.2, 3.6)
        ax = _axes(drawing, 0.13, 0.13, 0.85, 0.78, begin.x, xlim=(-3, 3), xlabel="input")
        shown = np.clip(p, -2.95, 2.95)
        on = ("fit", *active(mask))
        spread = 0.3 - 0.6 * p.argsort().argsort() / (n - 1)  # so that no arrow hides another
        for level, name in enumerate(LOSSES, 1):
            size = pushes[name] if name in on else np.zeros(n)
            # logarithmic: arrows of 0.1 for a force of 1e-5, 0.5 for 0.1
            reach = 0.1 * np.sign(size) * np.log10(1 + np.abs(size) / 1e-6)
            look = dict(color=COLORS[name], scale=1, scale_units="x", angles="xy", width=0.0022)
            ax.quiver(shown, spread - level, reach, np.zeros(n), headwidth=5, **look)
            ax.plot(shown, spread - level, ".", color=COLORS[name], markersize=2.5)
            if name not in on:
                ax.text(2.95, -level, "not in this mask", ha="right", va="center", fontsize=8)
        ax.vlines(shown, -4.4, 0, color=color, linewidth=0.4, alpha=0.4)
        gone = beyond(begin.x, p) > EXPELLED_BEYOND
        ax.plot(shown, np.zeros(n), "^", color=color, markersize=6, markeredgewidth=0)
        _ticks(ax, begin.x, 0.7)
        ax.set(ylim=(-4.5, 1.1), yticks=(0.7, 0, -1, -2, -3, -4))
        ax.set_yticklabels(["samples", "prototypes", *LOSSES])
        ax.grid(visible=False)
        ax.set_title(
            f"{mask}, N = {n}, seed {seed}: step {step:,}, {gone.mean():.0%} expelled", y=1.02
        )
        words = f"Step {step:,}: {gone.sum()} of {n} prototypes expelled, "
        return drawing, words + f"the farthest {max(0.0, beyond(begin.x, p).max()):.2f} outside."

    controls = (
        Control("step", "step", tuple(steps), steps[-1]),
        Control("mask", "mask", MASKS, "O"),
        Control("seed", "seed", tuple(range(10)), 0),
    )
    alt = (
        "Samples, prototypes below them, and one row of arrows for each loss: the direction and, "
        "on a logarithmic scale, the size of its force on every prototype."
    )
    page = {"mask": ("standard", "C", "O", "OC"), "seed": (0,)}
    return Explorer(draw, controls, alt, page, fps=4)


def temperature(frame):
    """Go through the temperatures of separation, one point of the sweep after the other.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `gaussmlp.study.sweeps.temperature`, of the masks ``standard``, ``S`` and ``CS``,
        for all of `TAUS`.

    Returns
    -------
    Explorer
    """
    masks = ("standard", "S", "CS")
    means = frame.pivot_table(index=["n", "tau"], columns="mask", values="expelled_fraction")

    @figure
    def draw(tau, n, seed):
        protocol = Protocol().but({"tau.separation": tau})
        trained = train_all([Run(protocol, n, mask, seed) for mask in masks], progress=False)
        x = trained[0].start.x
        drawing = _figure(7.2, 3.2)
        line = _axes(drawing, 0.08, 0.15, 0.36, 0.72, xscale="log", ylim=(0, 1))
        line.set(xlabel="temperature τ")
        line.set_title(f"mean expelled share, N = {n}", y=1.02)
        strip = _axes(drawing, 0.56, 0.15, 0.42, 0.72, x, xlim=(-3, 3), xlabel="input")
        _ticks(strip, x, 3, markersize=16)
        for row, (mask, one) in enumerate(zip(masks, trained, strict=True)):
            look = LOOKS[mask] | dict(marker="")
            line.plot(means.loc[n].index, means.loc[n, mask], label=mask, **look)
            line.plot(tau, means.loc[n, mask][tau], "o", color=look["color"], markersize=7)
            p = np.clip(prototypes(one.parameters), -2.97, 2.97)
            strip.plot(p, np.full(n, row), "|", color=look["color"], markersize=20, mew=1)
        line.axvline(tau, color=INK, linewidth=0.8, linestyle=":")
        line.minorticks_off()
        line.legend(loc="upper left")
        strip.set(yticks=range(4), ylim=(-0.6, 3.6))
        strip.set_title(f"prototypes of seed {seed}", y=1.02)
        strip.set_yticklabels([*masks, "samples"])
        strip.grid(visible=False)
        shares = ", ".join(f"{mask} {means.loc[n, mask][tau]:.0%}" for mask in masks)
        return drawing, f"τ = {tau:.3g}, N = {n}: mean expelled share {shares}."

    sizes = tuple(sorted(frame["n"].unique().tolist()))
    controls = (
        Control("tau", "temperature τ", TAUS, 1e-4),
        Control("n", "samples N", sizes, sizes[0]),
        Control("seed", "seed", tuple(sorted(frame["seed"].unique().tolist())), 0),
    )
    alt = (
        "Left: the expelled share over the temperature for three masks, with the chosen point. "
        "Right: samples, and where the prototypes of the three networks end."
    )
    return Explorer(draw, controls, alt, {"seed": (0,)})


def phase_diagram(frame):
    """Choose a cell of the phase diagram of overlap and coverage, and see a run behind it.

    Parameters
    ----------
    frame : pandas.DataFrame
        As from `gaussmlp.study.sweeps.balance`.

    Returns
    -------
    Explorer
        With a cell for every decade of the two lams.
    """
    lams, (n,) = LAMS[::2], frame["n"].unique().tolist()
    share = frame.pivot_table(
        index="lam_coverage", columns="lam_overlap", values="expelled_fraction"
    ).loc[list(lams), list(lams)]
    box = (0.1, 0.16, 0.34, 0.72)  # left, bottom, width, height

    @figure
    def draw(overlap, coverage, seed):
        protocol = Protocol().but({"lam.overlap": overlap, "lam.coverage": coverage})
        (trained,) = train_all([Run(protocol, n, "OC", seed)], progress=False)
        begin, end = trained.start, trained.parameters
        (row,) = measure([begin], [end])
        drawing = _figure(7.2, 3.6)
        heat = _axes(drawing, *box, xlabel="λ of overlap", ylabel="λ of coverage")
        mesh = heat.pcolormesh(np.arange(9) - 0.5, np.arange(9) - 0.5, share, cmap="magma_r")
        bar = drawing.colorbar(mesh, cax=drawing.add_axes((0.455, box[1], 0.012, box[3])))
        bar.ax.tick_params(labelsize=7)
        heat.plot(
            lams.index(overlap),
            lams.index(coverage),
            "s",
            mfc="none",
            mec="#0072b2",
            ms=15,
            mew=2.5,
        )
        names = [f"$10^{{{k}}}$" for k in range(-4, 4)]
        heat.set_xticks(range(0, 8, 2), names[::2])
        heat.set_yticks(range(8), names)
        heat.grid(visible=False)
        heat.set_title("mean expelled share", y=1.02)
        top = _axes(drawing, 0.58, 0.55, 0.4, 0.33, begin.x, ylabel="output")
        _curve(top, begin, end, 2.0)
        top.tick_params(labelbottom=False)
        pairs = _axes(drawing, 0.58, 0.16, 0.4, 0.31, begin.x, xlim=(-2, 2), ylim=(-0.35, 1.3))
        _pairs(pairs, begin.x, end, LOOKS["OC"]["color"])
        pairs.set(yticks=(0, 1), xticks=range(-2, 3), xlabel=f"input, seed {seed}")
        pairs.set_yticklabels(["prototypes", "samples"], rotation=90, va="center", fontsize=7)
        words = (
            f"λ of overlap {overlap:g}, of coverage {coverage:g}: mean expelled share "
            f"{share.at[coverage, overlap]:.0%}; of seed {seed} {row['expelled_fraction']:.0%}, "
            f"reconstruction error {row['reconstruction_error']:.2g}."
        )
        return drawing, words

    seeds = tuple(sorted(frame["seed"].unique().tolist()))
    controls = (
        Control("overlap", "λ of overlap", lams, 1.0),
        Control("coverage", "λ of coverage", lams, 1.0),
        Control("seed", "seed", seeds, 0),
    )
    alt = (
        "Left: a heat map of the expelled share over both lams, with the chosen cell. Right: "
        "output and samples of one run in that cell, and lines from its samples to its prototypes."
    )
    area = (box[0], 1 - box[1] - box[3], box[2], box[3])
    return Explorer(draw, controls, alt, {"seed": (0,)}, box=area)
