"""The Gaussian MLP in readable NumPy: parameters, responses, output, prototypes.

One hidden layer of N neurons on a scalar input::

    f(x) = c + sum_j v_j h_j(x),    h_j(x) = exp(-(w_j x + b_j)^2)

All functions also take complex arrays, so that derivatives can be checked by the complex step.
"""

import hashlib
from typing import NamedTuple

import numpy as np


class Parameters(NamedTuple):
    """The parameters of a network with N hidden neurons, float64."""

    w: np.ndarray
    """Input weights, shape (N,)."""
    b: np.ndarray
    """Biases, shape (N,)."""
    v: np.ndarray
    """Output weights, shape (N,)."""
    c: float
    """Output bias."""

    def flat(self):
        """Return w, b, v and c as one array of shape (3 N + 1,)."""
        return np.concatenate([self.w, self.b, self.v, [self.c]])

    def to_bytes(self):
        """Return the bytes of `flat`, little-endian float64."""
        return self.flat().astype("<f8").tobytes()

    def digest(self):
        """Return the SHA-256 of `to_bytes`, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_flat(cls, theta):
        """Return the parameters that `flat` gave as one array."""
        w, b, v = np.reshape(theta[:-1], (3, -1)).copy()
        return cls(w, b, v, theta[-1].item())


def exponential(a):
    """Return ``exp(a)``, exactly 0 where the real part of `a` is below -708.

    Parameters
    ----------
    a : ndarray
        Exponents, real part at most 0.

    Returns
    -------
    ndarray
        Like `a`. The cut keeps subnormal numbers, which machines treat differently, out of every
        run.
    """
    dead = a.real < -708.0
    return np.where(dead, 0.0, np.exp(np.where(dead, 0.0, a)))


def inputs(x, w, b):
    """Return the input of every neuron for every sample.

    Parameters
    ----------
    x : ndarray, shape (M,)
        Samples.
    w, b : ndarray, shape (N,)
        Input weights and biases.

    Returns
    -------
    ndarray, shape (M, N)
        ``z_ij = w_j x_i + b_j``.
    """
    return np.multiply.outer(x, w) + b


def responses(x, w, b):
    """Return the responses of all neurons to all samples.

    Parameters
    ----------
    x : ndarray, shape (M,)
        Samples.
    w, b : ndarray, shape (N,)
        Input weights and biases.

    Returns
    -------
    ndarray, shape (M, N)
        ``h_j(x_i) = exp(-(w_j x_i + b_j)^2)``, in [0, 1].
    """
    return exponential(-(inputs(x, w, b) ** 2))


def output(x, parameters):
    """Return the network's output ``f(x) = c + sum_j v_j h_j(x)``.

    Parameters
    ----------
    x : ndarray, shape (M,)
        Inputs.
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    ndarray, shape (M,)
    """
    w, b, v, c = parameters
    return c + responses(x, w, b) @ v


def prototypes(parameters):
    """Return the input to which each neuron responds most, ``p_j = -b_j / w_j``.

    Parameters
    ----------
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    ndarray, shape (N,)
        Not finite where ``w_j`` is 0.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return -parameters.b / parameters.w


def widths(parameters):
    """Return the width of each bump, ``1 / (sqrt(2) |w_j|)``: a Gaussian's standard deviation.

    Parameters
    ----------
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    ndarray, shape (N,)
        Positive; infinite where ``w_j`` is 0.
    """
    with np.errstate(divide="ignore"):
        return 1.0 / (np.sqrt(2.0) * np.abs(parameters.w))
