"""Structural losses of a reader's own, trained by the same kernel.

A loss is a value, in NumPy, and a gradient, written for eight runs at a time as the library's own
are (`gaussmlp.kernels.prototypes`). It takes the place of the coverage or of the separation: its
masks, tables and claims are those of the loss that it stands in for. What comes back is a
`gaussmlp.losses.Loss`, for ``Protocol().but({"formulas.coverage": loss})``.
"""

import hashlib
import types
from pathlib import Path

import numpy as np

from gaussmlp.arguments import shown, word
from gaussmlp.kernels.gradient import WeightBias, samples_for, work_for
from gaussmlp.kernels.jit import inlined, kernel
from gaussmlp.kernels.lanes import WIDTH, clear, rows
from gaussmlp.kernels.prototypes import PrototypeLoss, add_by_prototypes, bound_prototypes
from gaussmlp.kernels.responses import ResponseCoverage, add_moments
from gaussmlp.losses import Loss
from gaussmlp.model import Parameters, inputs, responses
from gaussmlp.store import code_of


def in_prototypes(place, value, gradient):
    """Make a loss over the prototypes.

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
    Loss
        Its name ends in a digest of the gradient's code, so that no run of another version is ever
        taken from the store.

    Raises
    ------
    ValueError
        If `place` is another word, the gradient is not a function, or it is not that of the value.
    """
    word("place", place, ("coverage", "separation"))
    function = _plain("gradient", gradient)
    digest = _digest(function)
    made = _kernel(PrototypeLoss, digest, add_by_prototypes=inlined(function))

    def by_prototypes(*given):
        # (x, p, tau) of a coverage; (p, tau) of a separation, which reads no samples
        return _evaluated(made, given[0], *given[-2:])

    loss = Loss(_name(function, digest), place, "prototypes", value, by_prototypes, made)
    _check(loss)
    return loss


def in_responses(value, summand, slope):
    """Make a coverage over the responses: the mean of ``f(sum_j a(h_j))``.

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
    Loss
        As from `in_prototypes`.

    Raises
    ------
    ValueError
        If one of them is not a function, or the slope is not that of the value.
    """
    summand, slope = _plain("summand", summand), _plain("slope", slope)
    of_response, by_response = inlined(summand), inlined(slope)

    @inlined
    def add_response(coverage, total, h):
        return total + of_response(h)

    @inlined
    def add_coverage(coverage, work, j, n, h, total, share, x_share, xx_share):
        add_moments(work.coverage, j, n, -by_response(h, total), share, x_share, xx_share)

    digest = _digest(slope, summand)
    parts = dict(add_response=add_response, add_coverage=add_coverage)
    made = _kernel(ResponseCoverage, digest, **parts)

    def by_weights(x, theta):
        h = responses(x, theta.w, theta.b)
        by_log = slope(h, summand(h).sum(axis=1, keepdims=True)) / len(x)
        by_z = by_log * (-2.0 * inputs(x, theta.w, theta.b))
        return x @ by_z, by_z.sum(axis=0)

    loss = Loss(_name(slope, digest), "coverage", "responses", value, by_weights, made)
    _check(loss)
    return loss


def _plain(name, function):
    plain = getattr(function, "py_func", function)
    if not isinstance(plain, types.FunctionType):
        raise ValueError(f"{name} must be a function in Python or of njit, got {shown(function)}")
    return plain


def _digest(*functions):
    digest, seen = hashlib.sha256(code_of(Path(__file__)).encode()), set()
    for function in functions:
        _describe(function, digest.update, seen)
    return digest.hexdigest()[:12]


def _name(function, digest):
    return f"{function.__name__} {digest}"


def _kernel(base, digest, **functions):
    # a class of its own makes numba compile, and keep, a kernel of its own; pickle looks a class up
    # by its module and its name
    name = f"Own_{digest}"
    made = type(name, (base,), {"__module__": __name__, "__slots__": (), **functions})
    return globals().setdefault(name, made)


def _describe(function, update, seen):
    # its code, and what the code names: constants, and functions with all that they name
    if function in seen:
        return
    seen.add(function)
    codes = [function.__code__]
    for code in codes:  # grows by the functions within
        update(repr((code.co_code, code.co_names, code.co_varnames)).encode())
        codes += [one for one in code.co_consts if isinstance(one, types.CodeType)]
        for constant in code.co_consts:
            if not isinstance(constant, types.CodeType) and constant != function.__doc__:
                update(repr(constant).encode())
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    names = {name for code in codes for name in code.co_names}
    named = {name: function.__globals__.get(name) for name in names}
    named |= {name: cell.cell_contents for name, cell in cells}
    for module in [one for one in named.values() if isinstance(one, types.ModuleType)]:
        named |= {f"{module.__name__}.{name}": getattr(module, name, None) for name in names}
    for name, meant in sorted(named.items()):
        meant = getattr(meant, "py_func", meant)
        if isinstance(meant, types.FunctionType):
            if (meant.__module__ or "").split(".")[0] not in ("gaussmlp", "numpy", "numba"):
                _describe(meant, update, seen)
        elif isinstance(meant, int | float | tuple | str):
            update(f"{name}={meant!r}".encode())
        elif isinstance(meant, np.ndarray):
            update(repr((meant.dtype, meant.shape, meant.tobytes())).encode())


@kernel
def _evaluate(loss, samples, work):
    bound_prototypes(work)
    clear(work.dp)
    add_by_prototypes(loss, samples, work)


def _evaluated(made, x, p, tau):
    # by the compiled loss itself, in eight equal lanes
    n = len(p)
    order = np.argsort(p, kind="stable")
    one = np.ones((1, WIDTH))
    work = work_for(WeightBias(), rows(3 * n + 1))
    work.p[:] = np.asarray(p)[order, None]
    column = np.repeat(np.sort(x)[:, None], WIDTH, axis=1)
    _evaluate(made(True, one, tau * one), samples_for(column, column, column), work)
    by_p = np.empty(n)
    by_p[order] = work.dp[:, 0]
    return by_p


def _check(loss):
    # central differences of the value; samples and prototypes in general position, since some
    # losses have kinks
    x = np.array([-0.83, -0.41, -0.12, 0.27, 0.55, 0.92])
    p = np.array([-0.95, -0.52, 0.04, 0.21, 0.78, 0.66])
    w = np.array([1.5, -2.0, 0.7, 1.1, 2.4, -0.9])

    def arguments(at):
        if loss.over == "responses":
            return x, Parameters(at[:6], at[6:], p, 0.0)
        return (x, at, 0.05) if loss.slot == "coverage" else (at, 0.05)

    place = np.concatenate([w, p]) if loss.over == "responses" else p
    ours = np.concatenate(np.atleast_2d(loss.gradient(*arguments(place))))
    step = 1e-5 * np.eye(len(place))
    ahead = np.array([loss.value(*arguments(place + side)) for side in step])
    behind = np.array([loss.value(*arguments(place - side)) for side in step])
    exact = (ahead - behind) / 2e-5
    off, largest = np.abs(ours - exact).max(), np.abs(exact).max()
    # differences of step 1e-5 are exact to about 1e-9; what is wrong is off by far more than 1e-6
    if not off <= 1e-6 * (1 + largest):
        raise ValueError(
            f"gradient of {loss.name.split()[0]} is not that of its value: off by {off:.2g}"
            f" where the value's own is up to {largest:.2g}"
        )
