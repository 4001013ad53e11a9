"""The measures of a finished run, compiled by the rules of the training kernel."""

from gaussmlp.kernels.exponential import SQRT_LOG2_E, exp2_minus
from gaussmlp.kernels.jit import kernel
from gaussmlp.kernels.lanes import fma, lanes, load, store


@kernel
def mean_squared_error(x, y, theta, result):
    """Write the fit loss of eight runs to `result`, (1, 8); the other arrays are as in training."""
    n = x.shape[0]
    total = lanes(0.0)
    for i in range(n):
        output = load(theta, 3 * n)
        for j in range(n):
            w, b = SQRT_LOG2_E * load(theta, j), SQRT_LOG2_E * load(theta, n + j)
            z = fma(w, load(x, i), b)
            output = fma(load(theta, 2 * n + j), exp2_minus(z * z), output)
        residual = output - load(y, i)
        total = fma(residual, residual, total)
    store(result, 0, total / lanes(float(n)))


@kernel
def mean_distance(a, b):
    """Return ``mean_i |a_i - b_i|``."""
    total = 0.0
    for i in range(a.size):
        total += abs(a[i] - b[i])
    return total / a.size


@kernel
def count_used(x, p, used):
    """Return how many prototypes are nearest to some sample; `used` is scratch, bool, (N,)."""
    used[:] = False
    for i in range(x.size):
        nearest = 0
        for j in range(1, p.size):
            if abs(x[i] - p[j]) < abs(x[i] - p[nearest]):
                nearest = j
        used[nearest] = True
    count = 0
    for j in range(used.size):
        count += used[j]
    return count


@kernel
def squared_sums(x, w, b, result):
    """Write ``sum_k (w_kj x_ik + b_kj)^2`` to `result`, (M, K), one k after the other."""
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            result[i, j] = 0.0
        for k in range(x.shape[1]):
            for j in range(result.shape[1]):
                z = w[k, j] * x[i, k] + b[k, j]
                result[i, j] += z * z


@kernel
def product_sums(values, times, result):
    """Write ``sum_k values_ik times_kj`` to `result`, (M, K), one k after the other."""
    for i in range(result.shape[0]):
        for j in range(result.shape[1]):
            result[i, j] = 0.0
        for k in range(values.shape[1]):
            for j in range(result.shape[1]):
                result[i, j] += values[i, k] * times[k, j]
