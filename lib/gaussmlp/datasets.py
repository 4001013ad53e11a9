"""Data of more than one dimension: handwritten digits, and points of a square.

Each is drawn with a seed, ``numpy.random.default_rng([seed, N, d])``, and has inputs that the
network is not trained on. What the generator gives next are the start's draws.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from gaussmlp.start import sine


class Data(NamedTuple):
    """What N neurons are trained on, and what they have not seen."""

    x: np.ndarray
    """Samples, shape (N, d), in ``[-1, 1]``."""
    y: np.ndarray
    """Targets, shape (N, q)."""
    kind: np.ndarray
    """The class of each sample, int, shape (N,); 0 where there are none."""
    others: np.ndarray
    """Inputs from the same source that are held out, shape (M, d)."""
    kind_of_others: np.ndarray
    """The class of each of these, shape (M,)."""


def digits(rng, n):
    """Draw handwritten digits: n to train on, all others held out.

    Parameters
    ----------
    rng : numpy.random.Generator
        Gives one permutation of the 1,797 digits.
    n : int
        At most 1,000.

    Returns
    -------
    Data
        scikit-learn's digits of 8 x 8 pixels from 0 to 16, divided by 8, minus 1, so d = 64;
        targets are 1 for the class and 0 for the nine others.
    """
    pixels, kinds = _digits()
    order = rng.permutation(len(pixels))
    mine, rest = order[:n], order[n:]
    y = np.eye(10)[kinds[mine]]
    return Data(pixels[mine], y, kinds[mine], pixels[rest], kinds[rest])


@cache
def _digits():
    from sklearn.datasets import load_digits  # an extra of the book

    found = load_digits()
    return found.data / 8.0 - 1.0, found.target


def square(rng, n):
    """Draw points of the square ``[-1, 1)^2``, and 1,000 others.

    Parameters
    ----------
    rng : numpy.random.Generator
        Gives n x 2 uniforms. The others come from a generator of their own, so that no start
        depends on them.
    n : int

    Returns
    -------
    Data
        The target is ``sin(pi x_1) sin(pi x_2)``, our choice, on the grid of 2^-40; d = 2.
    """
    x = -1.0 + 2.0 * rng.random((n, 2))
    waves = [sine(column) for column in x.T]
    y = np.round(waves[0] * waves[1] * 2**40) / 2**40
    others = -1.0 + 2.0 * rng.spawn(1)[0].random((1000, 2))
    return Data(x, y[:, None], np.zeros(n, int), others, np.zeros(1000, int))


DATASETS = {"digits": (digits, 64), "square": (square, 2)}
"""Each data set by its name: the function that draws it, and d."""
