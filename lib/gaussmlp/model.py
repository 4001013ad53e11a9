"""The Gaussian MLP in readable NumPy: responses, output, prototypes.

One hidden layer of N neurons on a scalar input::

    f(x) = c + sum_j v_j h_j(x),    h_j(x) = exp(-(w_j x + b_j)^2)

All functions also take complex arrays, so that derivatives can be checked by the complex step.
Each raises ValueError, with the name of the argument, if that is no array as described or if the
pairs of samples and neurons would need more memory than `gaussmlp.arguments.MEMORY_BOUND`.
"""

import functools
import inspect

import numpy as np

from gaussmlp.arguments import check_memory_of, number, same_length, shown, vector
from gaussmlp.start import Parameters

_BYTES_A_PAIR = 64  # up to four arrays of complex numbers at once


def _parameters(name, values):
    if not isinstance(values, Parameters):
        raise ValueError(f"{name} must be Parameters, got {shown(values)}")
    *vectors, c = values
    checked = {f"{name}.{k}": vector(f"{name}.{k}", v) for k, v in zip("wbv", vectors, strict=True)}
    same_length(**checked)
    return Parameters(*checked.values(), *vector(f"[{name}.c]", [c]))


def _temperature(name, value):
    return number(name, value, least=1e-300)


_CHECKS = dict.fromkeys(("x", "y", "p", "w", "b", "dp"), vector)
_CHECKS |= {"parameters": _parameters, "tau": _temperature}
_OF_ONE_LENGTH = (("x", "y"), ("w", "b"), ("dp", "parameters"))


def checked(function):
    """Let a definition look at its arguments first, each by its name, as the module says.

    Parameters
    ----------
    function : callable
        Its parameters are some of ``x, y, p, w, b, dp, parameters, tau``.

    Returns
    -------
    callable
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        given = signature.bind(*args, **kwargs).arguments
        given = {name: _CHECKS[name](name, value) for name, value in given.items()}
        lengths = {k: v.w if k == "parameters" else v for k, v in given.items()}
        for names in _OF_ONE_LENGTH:
            same_length(**{name: lengths[name] for name in names if name in lengths})
        return function(**given)

    return wrapper


def pairs(operation, first, second):
    """Return a ufunc of every pair of numbers from two vectors, if memory allows for them.

    Parameters
    ----------
    operation : numpy.ufunc
        Such as ``numpy.subtract``.
    first : ndarray, shape (M,)
    second : ndarray, shape (N,)

    Returns
    -------
    ndarray, shape (M, N)
    """
    needed = len(first) * len(second) * _BYTES_A_PAIR
    check_memory_of(f"{len(first)} x {len(second)} pairs", needed)
    return operation.outer(first, second)


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


@checked
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
    return exponential(-((pairs(np.multiply, x, w) + b) ** 2))


@checked
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


@checked
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


@checked
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


@checked
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
