"""Structural losses of a reader's own, trained by the same kernel.

A loss is a value, in NumPy, and a gradient, written for eight runs at a time as the library's own
are (`gaussmlp.kernels.gradient`). It takes the place of the coverage or of the separation: its
masks, tables and claims are those of the loss that it stands in for.
"""

import hashlib
import types
from typing import NamedTuple

import numpy as np

from gaussmlp import losses, protocol, training
from gaussmlp.arguments import shown, word
from gaussmlp.kernels import gradient as kernels
from gaussmlp.kernels.jit import inlined, kernel
from gaussmlp.kernels.lanes import WIDTH, rows
from gaussmlp.model import responses
from gaussmlp.start import Parameters


class OwnLoss(NamedTuple):
    """The parameters of a loss in the prototypes, as its gradient gets them."""

    on: bool
    lam: np.ndarray
    """Weight in the total, (1, 8)."""
    tau: np.ndarray
    """Temperature, (1, 8)."""


class OwnReach(NamedTuple):
    """The parameters of a loss in the responses."""

    on: bool
    lam: np.ndarray


def in_prototypes(place, value, gradient):
    """Make a formula of a loss in the prototypes.

    Parameters
    ----------
    place : str
        ``coverage`` or ``separation``: the loss that it stands in for.
    value : callable
        The loss, a float: ``value(x, p, tau)`` in place of the coverage, ``value(p, tau)`` in place
        of the separation; samples and prototypes are arrays of shape (N,).
    gradient : function
        ``gradient(loss, samples, work)``, in Python or compiled with ``njit``: adds lam times the
        derivative by prototype j to row j of ``work.dp``, for eight runs at a time. It reads
        ``work.p``, ``samples.x`` (N rows), ``loss.lam`` and ``loss.tau`` (one row) with
        `gaussmlp.kernels.lanes.load`, and is compiled with the project's own flags.

    Returns
    -------
    str
        The formula's name, for ``Protocol().but({"formulas.coverage": name})``. It ends in a digest
        of the gradient's code, so that no run of another version is ever taken from the store.

    Raises
    ------
    ValueError
        If `place` is another word, one of the two is no function, or the gradient is not that of
        the value.
    """
    word("place", place, ("coverage", "separation"))
    _called("value", value)
    function = _plain("gradient", gradient)
    name, parameters = _named(function, OwnLoss)
    kernels.PROTOTYPE_LOSSES[parameters] = inlined(function)

    def by_prototypes(*given):
        return _gradient_of(parameters, *(given if place == "coverage" else (given[0], *given)))

    _check(name, place, value, by_prototypes)
    losses.FORMULAS[name] = (value, by_prototypes, True)
    return _offered(name, place, parameters)


def in_responses(value, summand, slope):
    """Make a formula of a coverage in the responses: the mean of ``f(sum_j a(h_j))``.

    Parameters
    ----------
    value : callable
        The loss, a float: ``value(x, parameters)``.
    summand : function
        ``summand(h)``, what a response adds to the sum, in operators that NumPy arrays have too.
    slope : function
        ``slope(h, total)``: h times the derivative of ``f(total)`` by h, likewise.

    Returns
    -------
    str
        As from `in_prototypes`, for ``formulas.coverage``.

    Raises
    ------
    ValueError
        If one of them is no function, or the slope is not that of the value.
    """
    _called("value", value)
    summand, slope = _plain("summand", summand), _plain("slope", slope)
    name, parameters = _named(slope, OwnReach, summand)
    of_response, by_response = inlined(summand), inlined(slope)

    @inlined
    def summed(reach, total, h):
        return total + of_response(h)

    @inlined
    def add(reach, work, j, n, h, total, share, x_share, xx_share):
        kernels.add_moments(work.reach, j, n, -by_response(h, total), share, x_share, xx_share)

    kernels.SUMS[parameters], kernels.REACHES[parameters] = summed, add
    kernels.FROM_REACH[parameters] = kernels.from_log_response

    def by_weights(x, theta):
        h = responses(x, theta.w, theta.b)
        by_log = slope(h, summand(h).sum(axis=1, keepdims=True)) / len(x)
        by_z = by_log * (-2.0 * (np.multiply.outer(x, theta.w) + theta.b))
        return x @ by_z, by_z.sum(axis=0)

    _check(name, "responses", value, by_weights)
    losses.FORMULAS[name] = (value, by_weights, False)
    return _offered(name, "coverage", parameters)


def _called(name, value):
    if not callable(value):
        raise ValueError(f"{name} must be something to call, got {shown(value)}")


def _plain(name, function):
    plain = getattr(function, "py_func", function)
    if not isinstance(plain, types.FunctionType):
        raise ValueError(f"{name} must be a function in Python or of njit, got {shown(function)}")
    return plain


def _named(function, base, *more):
    # a class of its own makes numba compile, and store, a kernel of its own
    digest = hashlib.sha256()
    for one in (function, *more):
        _describe(one, digest.update)
    name = f"{function.__name__} {digest.hexdigest()[:12]}"
    made = f"Own_{digest.hexdigest()[:12]}"
    if made not in globals():
        globals()[made] = type(made, (base,), {"__module__": __name__, "__slots__": ()})
    return name, globals()[made]


def _describe(function, update):
    # its code, and what the code names: constants, and functions with all that they name
    code = function.__code__
    update(repr((code.co_code, code.co_names, code.co_varnames)).encode())
    for constant in code.co_consts:
        if not isinstance(constant, types.CodeType) and constant != function.__doc__:
            update(repr(constant).encode())
    cells = dict(zip(code.co_freevars, function.__closure__ or (), strict=True))
    named = {name: cell.cell_contents for name, cell in cells.items()}
    named |= {name: function.__globals__.get(name) for name in code.co_names}
    for name, meant in sorted(named.items()):
        meant = getattr(meant, "py_func", meant)
        if isinstance(meant, types.FunctionType) and not meant.__module__.startswith("gaussmlp"):
            _describe(meant, update)
        elif isinstance(meant, int | float | tuple | str):
            update(f"{name}={meant!r}".encode())
        elif isinstance(meant, np.ndarray):
            update(repr((meant.dtype, meant.shape, meant.tobytes())).encode())


def _offered(name, place, parameters):
    training.FORMULAS[name] = parameters
    offered = getattr(protocol.FORMULAS, place)
    if name not in offered:
        offered.append(name)
    return name


@kernel
def _evaluate(loss, samples, work):
    kernels.bound_prototypes(work)
    kernels.clear(work.dp)
    kernels.add_prototype_loss(loss, samples, work)


def _gradient_of(parameters, x, p, tau):
    # by the compiled loss itself, in eight equal lanes
    n = len(p)
    order = np.argsort(p, kind="stable")
    theta, one = rows(3 * n + 1), np.ones((1, WIDTH))
    work = kernels.work_for(kernels.WeightBias(), theta)
    work.p[:] = np.asarray(p)[order, None]
    column = np.repeat(np.sort(x)[:, None], WIDTH, axis=1)
    _evaluate(parameters(True, one, tau * one), kernels.samples_for(column, column), work)
    by_p = np.empty(n)
    by_p[order] = work.dp[:, 0]
    return by_p


def _check(name, place, value, gradient):
    # central differences; samples and prototypes in general position, so that nothing has a kink
    x = np.array([-0.83, -0.41, -0.12, 0.27, 0.55, 0.92])
    p = np.array([-0.95, -0.52, 0.04, 0.21, 0.78, 0.66])
    if place == "responses":
        w, b = np.array([1.5, -2.0, 0.7, 1.1, 2.4, -0.9]), p

        def at(flat):
            return value(x, Parameters(flat[:6], flat[6:], p, 0.0))

        given, ours = np.concatenate([w, b]), np.concatenate(gradient(x, Parameters(w, b, p, 0.0)))
    else:
        rest = (x,) if place == "coverage" else ()
        tau, given = 0.05, p
        ours = gradient(*rest, p, tau)

        def at(flat):
            return value(*rest, flat, tau)

    step = 1e-5
    exact = np.array(
        [(at(given + side) - at(given - side)) / (2 * step) for side in step * np.eye(len(given))]
    )
    off = np.abs(ours - exact).max()
    # differences of step 1e-5 are exact to about 1e-9; what is wrong is off by far more than 1e-6
    if not off <= 1e-6 * (1 + np.abs(exact).max()):
        raise ValueError(
            f"gradient of {name.split()[0]} is not that of its value: off by {off:.2g}"
            f" where the value's own is up to {np.abs(exact).max():.2g}"
        )
