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
from gaussmlp.book.axes import draw_bumps, draw_output, hull, join, step_axis, ticks
from gaussmlp.book.player import Control
from gaussmlp.book.style import BLUE, GREY, INK, LINES, LOOKS, RED, figure
from gaussmlp.experiment import train_all
from gaussmlp.metrics import EXPELLED_BEYOND, measure
from gaussmlp.model import prototypes, widths
from gaussmlp.protocol import MASKS, Protocol, active
from gaussmlp.study.mechanism import beyond, forces
from gaussmlp.study.recovery import null_runs, showcase
from gaussmlp.study.sweeps import LAMS, TAUS
from gaussmlp.training import Run, train

FULL_SIZE = 40
"""Up to this N explorers train all steps, in less than 100 ms; beyond, fewer in the same time."""

_SEED = Control("seed", "seed", tuple(range(10)), 0)


class Explorer(anywidget.AnyWidget):
    """A picture with sliders: drawn by the kernel in JupyterLab, beforehand for the page.

    Parameters
    ----------
    draw : callable, which takes a value for each control, and returns a figure and a sentence
    controls : sequence of Control
    alt : str, what one sees in every picture
    page : mapping of str to tuple
        Fewer stops for the page, by the name of a control; one with a single stop has no slider.
    **options : as for `gaussmlp.book.player.spec`; `play` counts the sliders of the page
    """

    _esm = player.SCRIPT
    _css = player.SHEET
    spec = traitlets.Dict().tag(sync=True)
    at = traitlets.List(traitlets.Int()).tag(sync=True)
    """Where every slider stands."""
    drawn = traitlets.List(traitlets.Int()).tag(sync=True)
    """Where they stood for `picture`."""
    picture = traitlets.Bytes().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)

    def __init__(self, draw, controls, alt, page, **options):
        self._draw, self._controls, self._page = draw, controls, page
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
        """Return the player for a page."""
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


def _axes(drawing, box, x=None, title="", **settings):
    axes = drawing.add_axes(box)  # left, bottom, width, height: a search for them takes 10 ms
    if x is not None:
        hull(axes, x)
    axes.set_title(title, y=1.02)
    axes.set(**settings)
    return axes


def _draw_pairs(axes, x, parameters, color):
    p = np.clip(np.sort(prototypes(parameters)), -1.98, 1.98)
    join(axes, np.sort(x), p, (1, 0), color=color, linewidth=0.8)
    ticks(axes, x, 1)
    axes.plot(p, np.zeros(len(p)), "^", color=color, ms=5, mew=0)
    axes.set(xlim=(-2, 2), xticks=range(-2, 3), xlabel="input", ylim=(-0.35, 1.3), yticks=(0, 1))
    axes.set_yticklabels(["prototypes", "samples"], rotation=90, va="center", fontsize=7)
    axes.grid(visible=False)


def one_neuron(trained):
    """Move one neuron of a trained network: its bump, its prototype, and the fit of the whole.

    Parameters
    ----------
    trained : Trained, of few neurons; the first is moved, the others keep their weights

    Returns
    -------
    Explorer
    """
    begin = trained.start

    @figure
    def draw(w, b, v):
        parts = [part.copy() for part in trained.parameters[:3]]
        for part, value in zip(parts, (w, b, v), strict=True):
            part[0] = value
        here = trained.parameters._replace(w=parts[0], b=parts[1], v=parts[2])
        own = here._replace(w=parts[0][:1], b=parts[1][:1], v=parts[2][:1])
        (p,), (width,), error = prototypes(own), widths(own), losses.fit(begin.x, begin.y, here)
        drawing = _figure(7.2, 4.2)
        top = _axes(drawing, (0.09, 0.56, 0.89, 0.35), begin.x)
        bottom = _axes(drawing, (0.09, 0.11, 0.89, 0.36), begin.x, ylim=(-2.3, 2.3))
        draw_output(top, begin, here, 2.0)
        draw_bumps(bottom, begin.x, here, 2.0, ["#b5b5b5"])
        draw_bumps(bottom, begin.x, own, 2.0, [RED])
        bottom.axvline(np.clip(p, -1.98, 1.98), color=RED, linestyle=":")
        bottom.set_xlabel("input (ticks: samples, triangles: prototypes)")
        words = f"Prototype −b/w = {p:.2f}, width {width:.2f}, height {v:g}; fit loss {error:.2g}."
        return drawing, words.replace("-", "−")

    controls = (
        Control("w", "input weight w", (0.5, 1, 1.5, 2, 3, 4, 5, 6, 8), 3),
        Control("b", "bias b", tuple(k / 2 for k in range(-8, 9)), 0.0),
        Control("v", "output weight v", tuple(k / 2 for k in range(-4, 5)), 1.0),
    )
    alt = "Above, the output of a network beside its samples; below, its bumps, one in colour."
    page = {"w": (1, 3, 5, 8), "b": tuple(map(float, range(-4, 5))), "v": (-1.0, 1.0, 2.0)}
    return Explorer(draw, controls, alt, page, play=1)


def train_again(n, mask, lam, tau, seed):
    """Train one network as fast as an explorer needs it (`FULL_SIZE`), recorded at 40 steps.

    Parameters
    ----------
    n, mask : as for `Run`
    lam, tau : float, of all structural losses
    seed : as for `Run`

    Returns
    -------
    Trained
    """
    steps = int(Protocol().steps * min(1.0, (FULL_SIZE / n) ** 2))
    protocol = Protocol(lam=lam, tau=tau, steps=steps)
    (trained,) = train([Run(protocol, n, mask, seed)], record=_steps(steps, 40))
    return trained


def _steps(last, count):
    return np.unique(np.geomspace(1, last + 1, count).astype(int) - 1).tolist()


def train_it(seed=0):
    """Train a network at every move: its fit, bumps and prototypes, its measures, its losses.

    Parameters
    ----------
    seed : int
        The first one shown, and the only one on a page.

    Returns
    -------
    Explorer
    """
    controls = (
        Control("mask", "mask", MASKS, "C"),
        Control("lam", "λ", (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0), 1.0),
        Control("tau", "temperature τ", (1e-5, 1e-4, 1e-3, 1e-2, 1e-1), 1e-4),
        Control("n", "samples N", (3, 5, 10, 20, 50, 100), 20),
        _SEED._replace(start=seed),
    )
    alt = (
        "Left: output and samples, bumps, and lines from samples to prototypes. Right: three "
        "measures as bars, and the losses over the steps of training."
    )
    page = {"lam": (1.0, 10.0), "tau": (1e-4, 1e-2), "n": (5, 20), "seed": (seed,)}
    return Explorer(_train_it, controls, alt, page)


@figure
def _train_it(n, mask, lam, tau, seed):
    trained = train_again(n, mask, lam, tau, seed)
    begin, end, steps = trained.start, trained.parameters, trained.run.protocol.steps
    (row,), look = measure([trained.run], [end]), LOOKS[mask]
    drawing = _figure(7.2, 4.8)
    fit = _axes(drawing, (0.08, 0.66, 0.5, 0.26), begin.x)
    bumps = _axes(drawing, (0.08, 0.36, 0.5, 0.26), begin.x)
    pairs = _axes(drawing, (0.08, 0.11, 0.5, 0.21), begin.x)
    draw_output(fit, begin, end, 2.0)
    draw_bumps(bumps, begin.x, end, 2.0, [look.color])
    for axes in (fit, bumps):
        axes.tick_params(labelbottom=False)
        axes.yaxis.set_label_coords(-0.11, 0.5)
    _draw_pairs(pairs, begin.x, end, look.color)
    bars = _axes(drawing, (0.7, 0.66, 0.28, 0.22), title=f"N = {n}, seed {seed}")
    _draw_measures(bars, row, look.color)
    curve = _axes(drawing, (0.7, 0.11, 0.28, 0.4), title="losses, times λ")
    _draw_losses(curve, trained)
    nominal = Protocol().steps
    title = f"{steps:,} of {nominal:,} steps, λ = {lam:g}, τ = {tau:g}"
    drawing.text(0.985, 0.955, title, fontsize=8, ha="right")
    note = "" if steps == nominal else f" Shortened: {steps:,} of {nominal:,} steps."
    words = (
        f"{steps:,} steps of {look.words}: reconstruction error {row['reconstruction_error']:.2g}, "
        f"{row['specialization_ratio']:.0%} of the prototypes in use, "
        f"{row['expelled_fraction']:.0%} expelled.{note}"
    )
    return drawing, words


def _draw_measures(axes, row, color):
    names = ("reconstruction_error", "specialization_ratio", "expelled_fraction")
    values = [row[name] for name in names]
    axes.barh(["error", "in use", "expelled"], values, color=color, height=0.6)
    for k, value in enumerate(values):
        axes.text(min(value, 1.0) + 0.03, k, f"{value:.2g}", va="center")
    axes.set(xlim=(0, 1.25), xticks=(0, 0.5, 1))
    axes.invert_yaxis()


def _draw_losses(axes, trained):
    begin, p = trained.start, trained.run.protocol
    alone = {"fit": "standard", "overlap": "O", "coverage": "C", "separation": "S"}

    def totals(mask):
        states = trained.history
        return np.array([losses.total(begin.x, begin.y, s, p, mask) for s in states])

    for name in ("fit", *active(trained.run.mask)):
        values = totals(alone[name]) - (0.0 if name == "fit" else totals("standard"))
        axes.plot(trained.recorded, values.clip(1e-8), **LINES[name], label=name)
    axes.set(yscale="log", xlim=(0, p.steps), ylim=(1e-8, 20))
    axes.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1], ["1e−8", "1e−6", "1e−4", "0.01", "1"])
    step_axis(axes)
    axes.minorticks_off()
    axes.legend(fontsize=7, loc="lower left")


def expulsion(n=20, frames=24):
    """Scrub through training: prototypes leave the hull, and the force of every loss on each.

    Parameters
    ----------
    n : int
    frames : int, at most so many steps, spaced evenly on a logarithmic scale

    Returns
    -------
    Explorer
        It begins with the seed that `showcase` names.
    """
    steps, seed = _steps(Protocol().steps, frames), showcase(Protocol(), n, "C")

    @functools.cache
    def recorded(mask, seed):
        (trained,) = train([Run(Protocol(), n, mask, seed)], record=steps)
        return trained

    @figure
    def draw(step, mask, seed):
        trained = recorded(mask, seed)
        begin, here = trained.start, trained.history[steps.index(step)]
        p, color, on = prototypes(here), LOOKS[mask].color, ("fit", *active(mask))
        outside, pushes = beyond(begin.x, p), forces(begin.x, begin.y, here)
        gone, shown = outside > EXPELLED_BEYOND, np.clip(p, -2.95, 2.95)
        title = (
            f"{LOOKS[mask].words}, N = {n}, seed {seed}: step {step:,}, {gone.mean():.0%} expelled"
        )
        axes = _axes(_figure(7.2, 3.6), (0.13, 0.13, 0.85, 0.78), begin.x, title)
        spread = 0.3 - 0.6 * p.argsort().argsort() / (n - 1)  # so that no arrow hides another
        for level, (name, look) in enumerate(LINES.items(), 1):
            if name not in on:
                axes.text(0, -level, "not in this mask", ha="center", va="center", fontsize=9)
                continue
            size = pushes[name]
            # logarithmic: arrows of 0.1 for a force of 1e-5, 0.5 for 0.1
            length = 0.1 * np.sign(size) * np.log10(1 + np.abs(size) / 1e-6)
            scale = dict(scale=1, scale_units="x", angles="xy", width=0.0022, headwidth=5)
            axes.quiver(shown, spread - level, length, np.zeros(n), color=look["color"], **scale)
            axes.plot(shown, spread - level, ".", color=look["color"], ms=2.5)
        lowest = -max(k for k, name in enumerate(LINES, 1) if name in on) - 0.4
        axes.vlines(shown, lowest, 0, color=color, linewidth=0.4, alpha=0.4)
        axes.plot(shown, np.zeros(n), "^", color=color, ms=6, mew=0)
        ticks(axes, begin.x, 0.7)
        axes.set(xlim=(-3, 3), xlabel="input", ylim=(-4.5, 1.1), yticks=(0.7, 0, -1, -2, -3, -4))
        axes.set_yticklabels(["samples", "prototypes", *LINES])
        axes.grid(visible=False)
        words = f"Step {step:,} of {LOOKS[mask].words}: {gone.sum()} of {n} prototypes expelled, "
        words += f"the farthest {max(0.0, outside.max()):.2f} outside."
        return axes.figure, words

    controls = (
        Control("step", "step", tuple(steps), steps[-1]),
        Control("mask", "mask", MASKS, "O"),
        _SEED._replace(start=seed),
    )
    alt = (
        "Samples, prototypes below them, and one row of arrows for each loss: the direction and, "
        "on a logarithmic scale, the size of its force on every prototype."
    )
    page = {"mask": ("standard", "C", "O", "OC"), "seed": (seed,)}
    return Explorer(draw, controls, alt, page, fps=4)


def temperature(frame):
    """Go through the temperatures of separation, one point of the sweep after the other.

    Parameters
    ----------
    frame : DataFrame, as from `sweeps.temperature` of the masks ``standard``, ``S`` and ``CS``

    Returns
    -------
    Explorer
    """
    masks, sizes = ("standard", "S", "CS"), tuple(sorted(frame["n"].unique().tolist()))
    means = frame.pivot_table(index=["n", "tau"], columns="mask", values="expelled_fraction")
    guesses = null_runs(Protocol(sizes=sizes)).groupby(["n", "mask"])["expelled_fraction"].mean()

    @figure
    def draw(tau, n, seed):
        protocol = Protocol().but({"tau.separation": tau})
        trained = train_all([Run(protocol, n, mask, seed) for mask in masks], progress=False)
        x, here = trained[0].start.x, means.loc[n]
        drawing = _figure(7.2, 3.2)
        title = f"mean expelled share, N = {n}"
        line = _axes(drawing, (0.08, 0.15, 0.36, 0.72), title=title, xscale="log", ylim=(0, 1.6))
        title = f"prototypes of seed {seed}"
        strip = _axes(drawing, (0.56, 0.15, 0.42, 0.72), x, title, xlim=(-3, 3), xlabel="input")
        ticks(strip, x, 3, ms=16)
        for row, (mask, one) in enumerate(zip(masks, trained, strict=True)):
            look = LOOKS[mask]
            line.plot(here[mask], color=look.color, linestyle=look.dash, label=look.words)
            line.plot(tau, here.at[tau, mask], "o", color=look.color, ms=7)
            ticks(strip, prototypes(one.parameters).clip(-2.97, 2.97), row, color=look.color, ms=20)
        for null, share in guesses[n].items():
            label = "the three nulls" if null == "untrained" else None
            line.axhline(share, color=GREY, linestyle=":", linewidth=1, label=label)
        line.axvline(tau, color=INK, linewidth=0.8, linestyle=":")
        line.set_xlabel("temperature τ")
        line.minorticks_off()
        line.set_yticks([0, 0.5, 1])
        line.legend(loc="upper left")
        strip.set(yticks=range(4), ylim=(-0.6, 3.6))
        words = (LOOKS[mask].words.replace(" + ", " +\n") for mask in masks)
        strip.set_yticklabels([*words, "samples"])
        strip.grid(visible=False)
        shares = ", ".join(f"{LOOKS[mask].words} {here.at[tau, mask]:.0%}" for mask in masks)
        return drawing, f"τ = {tau:.3g}, N = {n}: mean expelled share {shares}."

    controls = (
        Control("tau", "temperature τ", TAUS, 1e-4),
        Control("n", "samples N", sizes, sizes[0]),
        _seed_of(frame),
    )
    alt = (
        "Left: the expelled share over the temperature for three masks, with the chosen point. "
        "Right: samples, and where the prototypes of the three networks end."
    )
    return Explorer(draw, controls, alt, {"seed": (0,)})


def _seed_of(frame):
    return _SEED._replace(stops=tuple(sorted(frame["seed"].unique().tolist())))


def phase_diagram(frame):
    """Choose a cell of the phase diagram of overlap and coverage, and see a run behind it.

    Parameters
    ----------
    frame : DataFrame, as from `sweeps.balance`

    Returns
    -------
    Explorer, with a cell for every decade of the two lams
    """
    lams, (n,) = LAMS[::2], frame["n"].unique().tolist()
    share = frame.pivot_table(
        index="lam_coverage", columns="lam_overlap", values="expelled_fraction"
    ).loc[list(lams), list(lams)]
    left, bottom, width, height = box = (0.1, 0.16, 0.34, 0.72)

    @figure
    def draw(overlap, coverage, seed):
        protocol = Protocol().but({"lam.overlap": overlap, "lam.coverage": coverage})
        (trained,) = train_all([Run(protocol, n, "OC", seed)], progress=False)
        begin, end = trained.start, trained.parameters
        (row,) = measure([trained.run], [end])
        drawing = _figure(7.2, 3.6)
        heat = _axes(drawing, box, title="mean expelled share", xlabel="λ of overlap")
        mesh = heat.pcolormesh(np.arange(9) - 0.5, np.arange(9) - 0.5, share, cmap="magma_r")
        bar = drawing.colorbar(mesh, cax=drawing.add_axes((0.455, bottom, 0.012, height)))
        bar.ax.tick_params(labelsize=7)
        cell = lams.index(overlap), lams.index(coverage)
        heat.plot(*cell, "s", mfc="none", mec=BLUE, ms=15, mew=2.5)
        names = [f"$10^{{{k}}}$" for k in range(-4, 4)]
        heat.set_xticks(range(0, 8, 2), names[::2])
        heat.set_yticks(range(8), names)
        heat.set_ylabel("λ of coverage")
        heat.grid(visible=False)
        top = _axes(drawing, (0.58, 0.55, 0.4, 0.33), begin.x)
        draw_output(top, begin, end, 2.0)
        top.tick_params(labelbottom=False)
        pairs = _axes(drawing, (0.58, 0.16, 0.4, 0.31), begin.x)
        _draw_pairs(pairs, begin.x, end, LOOKS["OC"].color)
        words = (
            f"λ of overlap {overlap:g}, of coverage {coverage:g}: mean expelled share "
            f"{share.at[coverage, overlap]:.0%}; of seed {seed} {row['expelled_fraction']:.0%}, "
            f"reconstruction error {row['reconstruction_error']:.2g}."
        )
        return drawing, words

    controls = [Control(name, f"λ of {name}", lams, 1.0) for name in ("overlap", "coverage")]
    controls.append(_seed_of(frame))
    alt = (
        "Left: a heat map of the expelled share over both lams, with the chosen cell. Right: "
        "output and samples of one run in that cell, and lines from its samples to its prototypes."
    )
    area = (left, 1 - bottom - height, width, height)
    return Explorer(draw, controls, alt, {"seed": (0,)}, box=area)
