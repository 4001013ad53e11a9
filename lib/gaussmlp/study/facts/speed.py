"""The chapter on how fast training is."""

import pandas as pd

from gaussmlp.protocol import Protocol
from gaussmlp.study import speed


def facts(measured):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    measured : dict, a stored benchmark

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    total, roofline = measured["total"], measured["roofline"]
    ratios, ours = speed.ratios(measured), speed.warm(measured)["ours"]
    jax, compiled = (ratios[name].drop("all", level=0) for name in ("jax", "torch-compile"))
    step, memory, exponents = speed.growth(measured)
    held = pd.DataFrame(measured["growth"]["bytes_exponents"]).T["large"]
    added = {mask: ours[mask, 100] / ours["standard", 100] - 1 for mask in ("C", "S", "CS")}
    added_one_thread = step.loc[100, "CS"] / step.loc[100, "standard"] - 1
    minutes = step.loc[1000] * Protocol().steps / 60
    mix = roofline["mix"]
    said = {
        f"{name} over ours": f"{total[name]['warm'] / total['ours']['warm']:.3g}"
        for name in speed.PEERS
    }
    said |= {
        "processor": measured["machine"]["processor"],
        "day": measured["machine"]["date"],
        "480 runs": f"{measured['grid_seconds']['median']:.2f}",
        "repeats": f"{measured['protocol']['repeats']}",
        "checked steps": f"{measured['protocol']['checked_steps']}",
        "one mask, least": f"{jax.min():.1f}",
        "one mask, most": f"{jax.max():.1f}",
        "bound": f"{roofline['bound_ns']:.2f}",
        "ours": f"{roofline['training_ns']:.2f}",
        "share": f"{roofline['share']:.0%}",
        "left": f"{1 / roofline['share']:.1f}",
        "instructions": f"{sum(mix.values()):g}",
        "multiplications": f"{mix['fused multiply-add'] + mix['multiply']:g}",
        "least power": f"{exponents['large'].min():.2f}",
        "most power": f"{exponents['large'].max():.2f}",
        "megabytes": f"{memory.loc[3000, 8] / 1e6:.0f}",
        "least minutes": f"{minutes.min():.1f}",
        "most minutes": f"{minutes.max():.1f}",
        "reach": f"{(708 * Protocol().tau.separation) ** 0.5:.2f}",
        "C adds": f"{added['C']:.0%}",
        "S adds": f"{added['S']:.0%}",
        "CS adds": f"{added['CS']:.0%}",
    }
    grid = ratios.loc["all"]
    statements = {
        "Every target is met.": (speed.targets(measured)["met"] == "yes").all(),
        "No peer comes within a factor of three at any size.": (grid > 3).all().all(),
        "JAX is the fastest peer at every size.": (grid.idxmin(axis=1) == "jax").all(),
        "PyTorch without compilation is the slowest.": (grid.idxmax(axis=1) == "torch").all(),
        "JAX is behind for every mask alone.": (jax > 1.5).all(),
        "So is compiled PyTorch.": (compiled > 1.5).all(),
        "From N = 100 on time grows nearly as the square.": (
            exponents["large"].between(1.9, 2.1).all()
        ),
        "Memory grows no faster than N.": (held < 1.05).all(),
        "Sixteen runs need little more memory than eight.": (
            memory.loc[3000, 16] < 1.1 * memory.loc[3000, 8]
        ),
        "Coverage and separation add less than a half at N = 100.": added["CS"] < 0.5,
        "So they do in the measurement of growth.": added_one_thread < 0.5,
    }
    return said, statements
