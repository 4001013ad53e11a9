"""The figure of the losses: the force of each."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp import Parameters, Tau
from gaussmlp.book.axes import hull, ticks
from gaussmlp.book.style import GREY, INK, LINES, figure
from gaussmlp.study import mechanism


@figure
def forces(x, others, tau, w):
    """Draw the force of each structural loss on one prototype, wherever it stands.

    The others stay, as does `w`, the input weight of every neuron; `tau` is that of both losses.
    """
    probe, none = np.linspace(-1.6, 1.6, 361), np.zeros(len(x))
    taus = Tau(coverage=tau, separation=tau)
    places = [Parameters(none + w, -w * np.append(others, p), none, 0.0) for p in probe]
    here = [mechanism.forces(x, none, parameters, taus) for parameters in places]
    titles = {
        "coverage": "coverage: towards samples that no other prototype serves",
        "separation": "separation: away from other prototypes, while they are near",
        "overlap": "overlap: away from neurons that respond to the same samples",
    }
    drawing, panels = plt.subplots(3, 1, figsize=(6.8, 5.6), sharex=True)
    for axes, (name, title) in zip(panels, titles.items(), strict=True):
        force, color = np.array([forces[name][-1] for forces in here]), LINES[name]["color"]
        limit = 1.15 * np.abs(force).max()
        hull(axes, x)
        axes.axhline(0, color=INK, linewidth=0.8)
        for side, alpha in ((force > 0, 0.75), (force < 0, 0.35)):
            axes.fill_between(
                probe, force, where=side, interpolate=True, color=color, alpha=alpha, linewidth=0
            )
        axes.plot(probe, force, color=color, linewidth=1)
        ticks(axes, x, -limit, ms=11, mew=1.5, clip_on=False)
        axes.plot(others, np.full(len(others), limit), "v", color=GREY, ms=6, clip_on=False)
        axes.set(ylim=(-limit, limit))
        axes.set_title(title, pad=9)
        axes.set_ylabel("force", labelpad=2)
        for height, words in ((0.8, "to the right"), (0.1, "to the left")):
            axes.text(0.01, height, words, transform=axes.transAxes, color=GREY)
    panels[-1].set_xlabel("position of the prototype (ticks: samples, triangles: other prototypes)")
    return drawing
