"""The nominal training as a good user of PyTorch writes it, eager.

All runs of a call are one batch: gradients by autograd of the summed loss, PyTorch's own fused
Adam, two threads where they help. Each structural loss is computed for the runs that have it and
for no other.
"""

import numpy as np
import torch
from gaussmlp.protocol import active
from starts import TAU, starts

torch.set_default_dtype(torch.float64)

VERSIONS = {"torch": torch.__version__, "numpy": np.__version__}

# Masks in an order in which those with overlap lie together: their responses need no copy.
ORDER = ("standard", "S", "CS", "C", "OC", "OCS", "OS", "O")


def loss(theta, x, y, overlap, coverage, separation):
    """Return the sum of the totals; the last three name the runs with that loss, or are None."""
    w, b, v, c = theta
    n = x.shape[1]
    h = torch.exp(-((x[:, :, None] * w[:, None, :] + b[:, None, :]) ** 2))
    f = torch.bmm(h, v[:, :, None])[:, :, 0] + c[:, None]
    total = ((f - y) ** 2).sum() / n
    if overlap is not None:
        h = h[overlap]
        total = total + (h.sum(dim=2) ** 2 - (h**2).sum(dim=2)).sum() / (n * n * (n - 1))
    p = -b / w
    if coverage is not None:
        square = (x[coverage][:, :, None] - p[coverage][:, None, :]) ** 2
        total = total - TAU / n * torch.logsumexp(-square / TAU, dim=2).sum()
    if separation is not None:
        q = p[separation]
        closeness = torch.exp(-((q[:, :, None] - q[:, None, :]) ** 2) / TAU)
        total = total + (closeness.sum() - n * len(q)) / (n * (n - 1))
    return total


def runs_with(structural_loss, runs):
    """Return a slice if the runs lie together, else their indices, None if there are none."""
    on = [k for k, (mask, _) in enumerate(runs) if structural_loss in active(mask)]
    if not on:
        return None
    together = on[-1] - on[0] + 1 == len(on)
    return slice(on[0], on[-1] + 1) if together else torch.tensor(on)


def batch(n, masks, seeds):
    """Return x, y, the start, what `loss` wants of each loss, and the row of each (mask, seed)."""
    runs = [(mask, seed) for mask in ORDER if mask in masks for seed in seeds]
    x, y, *theta = (torch.tensor(a) for a in starts(n, [seed for _, seed in runs]))
    on = [runs_with(name, runs) for name in ("overlap", "coverage", "separation")]
    return x, y, theta, on, [runs.index((mask, seed)) for mask in masks for seed in seeds]


def train(n, masks, seeds, steps):
    # up to N = 20 a second thread gains nothing, and waits dearly where a core is not free
    torch.set_num_threads(1 if n <= 20 else 2)
    x, y, theta, on, order = batch(n, masks, seeds)
    for a in theta:
        a.requires_grad_()
    adam = torch.optim.Adam(theta, lr=0.01, betas=(0.9, 0.999), eps=1e-8, fused=True)
    for _ in range(steps):
        adam.zero_grad()
        loss(theta, x, y, *on).backward()
        adam.step()
    return np.column_stack([a.detach().numpy() for a in theta])[order]
