"""Networks of several inputs and outputs: each coordinate is the paper's neuron.

``h_j(x) = exp(-|W_j * x + B_j|^2 / d)`` with elementwise products, so the prototype of a neuron,
``-B_j / W_j``, is read off by a division. These are units of a radial basis; a perceptron's unit
``exp(-(w x + b)^2)`` has a hyperplane in place of a point. Squared distances are means over the d
coordinates, the fit is a sum over outputs; with one input it is the nominal network. The losses
here are the definitions that the compiled kernel is checked against; they take complex arrays.
"""

import hashlib
from dataclasses import fields
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from gaussmlp.arguments import integer, number, word
from gaussmlp.datasets import DATASETS
from gaussmlp.kernels.lanes import WIDTH, aligned, rows
from gaussmlp.kernels.train import Adam, State
from gaussmlp.kernels.vectors import PAIRS, Losses, Scratch, Vectors, advance_vectors
from gaussmlp.model import exponential
from gaussmlp.protocol import Protocol, active

COVERAGES = ("soft minimum", "two-sided", "one-to-one")
"""The formulas of coverage that there are for several inputs, in the order of the kernel."""

_CHUNK_WORK = 2**25  # of one kernel call, N^2 d: about 0.1 s
_USED = ("sizes", "seeds", "masks", "w0", "formulas", "lam", "tau", "steps", "step_size")


class Network(NamedTuple):
    """The parameters of N neurons with d inputs and q outputs."""

    w: np.ndarray
    """Input weights, shape (N, d)."""
    b: np.ndarray
    """Biases, shape (N, d)."""
    v: np.ndarray
    """Output weights, shape (N, q)."""
    c: np.ndarray
    """Output biases, shape (q,)."""

    @property
    def prototypes(self):
        """Where each neuron responds most, shape (N, d)."""
        return -self.b / self.w

    def flat(self):
        """Return all parameters as one array."""
        return np.concatenate([part.ravel() for part in self])

    def digest(self):
        """Return the SHA-256 of the parameters' bytes, w, b, v and c, in hexadecimal."""
        return hashlib.sha256(self.flat().astype("<f8").tobytes()).hexdigest()


class VectorRun(NamedTuple):
    """One run on one of `DATASETS`; of the protocol only what is in `start_vectors` and `train`."""

    protocol: Protocol
    data: str
    n: int
    mask: str
    seed: int


class TrainedVectors(NamedTuple):
    """What training made of a run."""

    run: VectorRun
    network: Network
    diverged_at: int | None

    @property
    def digest(self):
        """SHA-256 of the final parameters, or the word ``diverged``."""
        return self.network.digest() if self.diverged_at is None else "diverged"


@lru_cache(maxsize=256)
def start_vectors(data, n, seed, w0=3.0):
    """Draw data and initial parameters.

    Parameters
    ----------
    data : str
        One of `DATASETS`.
    n : int
        Samples and neurons, at least 2.
    seed : int
    w0 : float
        Every input weight.

    Returns
    -------
    Data, Network
        Prototypes are uniform on ``[-1, 1)^d``, output weights on ``[-1, 1) / sqrt(n)``, c = 0.
    """
    draw, d = DATASETS[data]
    rng = np.random.default_rng([seed, n, d])
    drawn = draw(rng, n)
    p = -1.0 + 2.0 * rng.random((n, d))
    v = (-1.0 + 2.0 * rng.random(drawn.y.shape)) / np.sqrt(n)
    w = np.full((n, d), float(w0))
    return drawn, Network(w, -w * p + 0.0, v, np.zeros(drawn.y.shape[1]))


def squares(x, p):
    """Return the mean squared difference over coordinates of each x and each p.

    Parameters
    ----------
    x, p : ndarray, shapes (M, d) and (K, d)

    Returns
    -------
    ndarray, shape (M, K)
    """
    return ((x[:, None] - p) ** 2).mean(axis=-1)


def responses(x, network):
    """Return the response of every neuron to every input.

    Parameters
    ----------
    x : ndarray, shape (M, d)
    network : Network

    Returns
    -------
    ndarray, shape (M, N)
        In [0, 1].
    """
    return exponential(-((network.w * x[:, None] + network.b) ** 2).mean(axis=-1))


def output(x, network):
    """Return the outputs, ``c + sum_j v_j h_j(x)``.

    Parameters
    ----------
    x : ndarray, shape (M, d)
    network : Network

    Returns
    -------
    ndarray, shape (M, q)
    """
    return network.c + responses(x, network) @ network.v


def fit(x, y, network):
    """Return the fit loss, ``mean_i |f(x_i) - y_i|^2``, a sum over outputs.

    Parameters
    ----------
    x, y : ndarray, shapes (M, d) and (M, q)
    network : Network

    Returns
    -------
    float
    """
    return ((output(x, network) - y) ** 2).sum(axis=1).mean()


def total(drawn, network, protocol, mask, paired):
    """Return the total, ``fit + sum lam loss`` over the losses that a mask turns on.

    Parameters
    ----------
    drawn : Data
    network : Network
    protocol : Protocol
        Its formula of coverage, weights and temperatures are used.
    mask : str
    paired : ndarray, shape (N, d)
        The sample that each neuron is paired with, as from `paired_vectors`.

    Returns
    -------
    float
    """
    p, h, n = network.prototypes, responses(drawn.x, network), len(network.w)
    lam, tau, pairs = protocol.lam, protocol.tau, n * (n - 1)
    value = fit(drawn.x, drawn.y, network)
    if "O" in mask:
        value += lam.overlap * (h.sum(axis=1) ** 2 - (h**2).sum(axis=1)).mean() / pairs
    if "C" in mask:
        square = squares(drawn.x, p)
        if protocol.formulas.coverage == "one-to-one":
            value += lam.coverage * ((paired - p) ** 2).mean()
        else:
            nearest = _least(square)
            near = exponential((nearest[:, None] - square) / tau.coverage).sum(axis=1)
            value += lam.coverage * (nearest - tau.coverage * np.log(near)).mean()
        if protocol.formulas.coverage == "two-sided":
            value += lam.coverage * _least(square.T).mean()
    if "S" in mask:
        closeness = exponential(-squares(p, p) / tau.separation)
        value += lam.separation * (closeness.sum() - n) / pairs
    return value


def _least(square):
    return square[np.arange(len(square)), square.real.argmin(axis=1)]


def assigned(x, p):
    """Return the best assignment of samples to prototypes, by the mean squared distance.

    Parameters
    ----------
    x, p : ndarray, shape (N, d)

    Returns
    -------
    ndarray of int, shape (N,)
        For each prototype the index of its sample.
    """
    from scipy.optimize import linear_sum_assignment  # here, since it takes a tenth of a second

    return linear_sum_assignment(squares(p, x))[1]


@lru_cache(maxsize=256)
def paired_vectors(data, n, seed):
    """Return the sample that one-to-one coverage pairs each neuron with, at the start.

    Parameters
    ----------
    data : str
        One of `DATASETS`.
    n, seed : int

    Returns
    -------
    ndarray, shape (N, d)
        By the assignment of least mean squared distance.
    """
    drawn, network = start_vectors(data, n, seed)
    return drawn.x[assigned(drawn.x, network.prototypes)]


def train_vectors(runs, tick=None):
    """Train runs of one data set and one size, eight side by side.

    Parameters
    ----------
    runs : sequence of VectorRun
        Of one data set, n, number of steps and formula of coverage. Of the protocol `w0`,
        `formulas.coverage`, `lam`, `tau`, `steps` and `step_size` are used; all else is nominal.
    tick : callable, optional
        Called now and then; what it raises ends the training.

    Returns
    -------
    list of TrainedVectors

    Raises
    ------
    ValueError
        If a run is not allowed, or the runs are not alike.
    """
    runs, trained = check_vectors(runs), []
    for first in range(0, len(runs), WIDTH):
        trained += _train_eight(runs[first : first + WIDTH], tick)
    return trained


def check_vectors(runs):
    """Return runs as a list, if each is allowed and they are alike.

    Parameters
    ----------
    runs : sequence of VectorRun

    Returns
    -------
    list of VectorRun

    Raises
    ------
    ValueError
        If one is not allowed, or they do not share data, n, steps and formulas.
    """
    runs, nominal = list(runs), Protocol()
    for one in runs:
        word("data", one.data, DATASETS)
        integer("n", one.n, 2, 1000), integer("seed", one.seed, 0), active(one.mask)
        word("formulas.coverage", one.protocol.formulas.coverage, COVERAGES)
        number("w0", one.protocol.w0)
        for field in fields(one.protocol):
            changed = getattr(one.protocol, field.name) != getattr(nominal, field.name)
            if field.name not in _USED and changed:
                raise ValueError(f"{field.name} must be nominal where there are several inputs")
    if len({(one.data, one.n, one.protocol.steps, one.protocol.formulas) for one in runs}) > 1:
        raise ValueError("runs must share data, n, steps and formulas")
    return runs


def _train_eight(runs, tick):
    count, protocol = len(runs), runs[0].protocol
    runs = [*runs, *runs[-1:] * (WIDTH - count)]  # spare lanes repeat the last run
    starts = [start_vectors(one.data, one.n, one.seed, one.protocol.w0) for one in runs]
    n, d = starts[0][0].x.shape
    q, e = starts[0][0].y.shape[1], d + d % 2
    losses = _losses(runs)
    inputs = _rows([_even(drawn.x, 0.0) for drawn, _ in starts])
    data = Vectors(
        d,
        inputs,
        aligned(inputs.reshape(n, e // 2, 2, WIDTH).swapaxes(0, 1).reshape(n * e, WIDTH)),
        _rows([drawn.y for drawn, _ in starts]),
        inputs if losses.formula != PAIRS else _rows([_even(_paired(one), 0.0) for one in runs]),
    )
    theta = _rows(
        [
            np.concatenate([_even(w, 1.0).ravel(), _even(b, 0.0).ravel(), v.ravel(), c])
            for _, (w, b, v, c) in starts
        ]
    )
    state = State(
        theta=theta,
        m=aligned(np.zeros_like(theta)),
        s=aligned(np.zeros_like(theta)),
        powers=np.ones(2),
        t=np.zeros(1, dtype=np.int64),
        finite=np.zeros((1, WIDTH)),
        diverged_at=np.full(WIDTH, -1, dtype=np.int64),
    )
    apart, gradient = aligned(np.full((2 * n * e, WIDTH), -1.0)), rows(len(theta))
    by_neuron = [rows(n * n) for _ in range(3)]
    work = Scratch(
        h=by_neuron[0],
        g=by_neuron[1],
        square=by_neuron[2],
        residual=rows(n * q),
        total=rows(n),
        apart=apart,
        p=apart[n * e :],
        by_p=rows(n * e),
    )
    rate = _lanes([one.protocol.step_size for one in runs])
    optimizer = Adam(rate, np.zeros_like(rate))
    chunk = max(1, _CHUNK_WORK // (n * n * e))
    taken = 0
    while taken < protocol.steps:
        now = min(chunk, protocol.steps - taken)
        advance_vectors(now, losses, optimizer, data, state, gradient, work)
        taken += now
        if tick is not None:
            tick(now)
    trained = []
    for r, run in enumerate(runs[:count]):
        w, b = (part.reshape(n, e)[:, :d].copy() for part in np.split(theta[: 2 * n * e, r], 2))
        v, c = theta[2 * n * e : -q, r].reshape(n, q).copy(), theta[-q:, r].copy()
        lost = int(state.diverged_at[r])
        trained.append(TrainedVectors(run, Network(w, b, v, c), lost if lost >= 0 else None))
    return trained


def _paired(run):
    return paired_vectors(run.data, run.n, run.seed)


def _losses(runs):
    lam = {
        slot: _lanes([getattr(one.protocol.lam, slot) * (slot in active(one.mask)) for one in runs])
        for slot in ("coverage", "separation", "overlap")
    }
    tau = [
        _lanes([getattr(one.protocol.tau, slot) for one in runs])
        for slot in ("coverage", "separation")
    ]
    formula = COVERAGES.index(runs[0].protocol.formulas.coverage)
    return Losses(formula, *lam.values(), *tau, *(bool(values.any()) for values in lam.values()))


def _even(array, spare):
    return np.pad(array, ((0, 0), (0, array.shape[1] % 2)), constant_values=spare)


def _rows(arrays):
    return aligned(np.array([array.ravel() for array in arrays]).T)


def _lanes(values):
    return np.array([values], dtype=np.float64)
