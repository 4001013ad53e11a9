"""The figure of the introduction."""

import matplotlib.pyplot as plt
import numpy as np

from gaussmlp.book.axes import hull, join
from gaussmlp.book.figures.reconstruction import draw_errors
from gaussmlp.book.style import GREY, INK, LOOKS, figure
from gaussmlp.model import prototypes


@figure
def samples_and_prototypes(trained, frame, guesses):
    """Draw where prototypes end beside the samples, and the mean error by size, for the same masks.

    Parameters
    ----------
    trained : sequence of Trained, one run per mask, all from one start
    frame, guesses : DataFrame, as for `error_by_size`
    """
    drawing, (left, right) = plt.subplots(1, 2, figsize=(7.4, 2.9), width_ratios=(1.3, 1))
    masks, x = [one.run.mask for one in trained], np.sort(trained[0].start.x)
    hull(left, x)
    for row, one in enumerate(trained):
        p, look = np.sort(prototypes(one.parameters)), LOOKS[one.run.mask]
        left.vlines(x, row - 0.38, row - 0.1, color=INK, linewidth=0.9)
        join(left, x, p, (row - 0.1, row + 0.16), color=look.color, lw=0.7, alpha=0.6)
        left.plot(p, np.full(len(p), row + 0.16), **look.marks, ms=4)
    left.set_yticks(range(len(masks)), [LOOKS[mask].words for mask in masks])
    left.invert_yaxis()
    left.set(xlabel="input", title=f"samples (ticks) and prototypes, N = {len(x)}")
    left.grid(visible=False)
    draw_errors(right, frame[frame["mask"].isin(masks)], guesses)
    last = frame["n"].max()
    ends = frame[frame["n"] == last].groupby("mask")["reconstruction_error"].mean()
    places = {LOOKS[m].words: (ends[m], LOOKS[m].color) for m in masks}
    places |= {name: (errors[last], GREY) for name, errors in guesses.iterrows()}
    for (name, (end, color)), up in zip(places.items(), (4, -4, 0, -2), strict=True):
        right.annotate(
            name, (last, end), (9, up), textcoords="offset points", color=color, va="center"
        )
    right.set_title("mean reconstruction error")
    return drawing
