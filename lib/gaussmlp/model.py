"""The Gaussian MLP in readable NumPy: responses, output, prototypes.

One hidden layer of N neurons on a scalar input::

    f(x) = c + sum_j v_j h_j(x),    h_j(x) = exp(-(w_j x + b_j)^2)

All functions also take complex arrays, so that derivatives can be checked by the complex step.
They check nothing: as in NumPy, shapes that do not match raise ValueError, and what is no array of
numbers TypeError. Integers are taken as floats.
"""

import numpy as np


def exponential(a):
    """Return ``exp(a)``, exactly 0 where the real part of `a` is below -708.

    Parameters
    ----------
    a : array_like
        Exponents, real part at most 0.

    Returns
    -------
    ndarray
        Like `a`. The cut keeps subnormal numbers, which machines treat differently, out of every
        run.
    """
    a = np.asarray(a)
    dead = a.real < -708.0
    return np.where(dead, 0.0, np.exp(np.where(dead, 0.0, a)))


def responses(x, w, b):
    """Return the responses of all neurons to all samples.

    Parameters
    ----------
    x : array_like, shape (M,)
        Inputs.
    w, b : array_like, shape (N,)
        Input weights and biases.

    Returns
    -------
    ndarray, shape (M, N)
        ``h_j(x_i) = exp(-(w_j x_i + b_j)^2)``, in [0, 1].
    """
    return exponential(-((np.multiply.outer(x, np.multiply(w, 1.0)) + b) ** 2))


def output(x, parameters):
    """Return the network's output ``f(x) = c + sum_j v_j h_j(x)``.

    Parameters
    ----------
    x : array_like, shape (M,)
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
        w, b, _, _ = parameters
        return np.divide(np.negative(np.multiply(b, 1.0)), w)


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
        w, _, _, _ = parameters
        return 1.0 / (np.sqrt(2.0) * np.abs(w))


def through_prototypes(dp, parameters):
    """Return the derivatives by w and b of a loss whose derivative by the prototypes is known.

    Parameters
    ----------
    dp : array_like, shape (N,)
        Derivative by the prototypes.
    parameters : Parameters
        Of N neurons.

    Returns
    -------
    dw, db : ndarray, shape (N,)
        ``dp_j / dw_j = -p_j / w_j`` and ``dp_j / db_j = -1 / w_j``, from ``p = -b / w``.
    """
    db = -dp / parameters.w
    return db * prototypes(parameters), db
