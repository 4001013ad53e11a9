"""The chapter on how fast training is."""

import pandas as pd

from gaussmlp.protocol import MASKS, Protocol
from gaussmlp.study import speed


def facts(measured, grown, least):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    measured, grown : dict
        Stored benchmarks, of the engines and of growth.
    least : float, as from `gaussmlp.study.speed.least_response`

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    total, roofline = measured["total"], measured["roofline"]
    ratios, ours = speed.ratios(measured), speed.warm(measured)["ours"]
    jax, compiled = (ratios[name].drop("all", level=0) for name in ("jax", "torch-compile"))
    step, memory, exponents = speed.growth(grown)
    held = pd.DataFrame(grown["growth"]["bytes_exponents"]).T["large"]
    added = {mask: ours[mask, 100] / ours["standard", 100] - 1 for mask in ("C", "S", "CS")}
    more = step.div(step["standard"], axis=0) - 1
    minutes = step.loc[1000, [*MASKS]] * Protocol().steps / 60
    power = exponents["large"]
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
        "growth's processor": grown["growth"]["machine"]["processor"],
        "least power": f"{power.min():.2f}",
        "most power": f"{power.max():.2f}",
        "standard power": f"{power['standard']:.2f}",
        "one-to-one power": f"{power['one-to-one']:.2f}",
        "cooler power": f"{power['cooler']:.2f}",
        "megabytes": f"{memory.loc[3000, 8] / 1e6:.0f}",
        "least minutes": f"{minutes.min():.1f}",
        "most minutes": f"{minutes.max():.1f}",
        "reach": f"{(708 * Protocol().tau.separation) ** 0.5:.2f}",
        "C adds": f"{added['C']:.0%}",
        "S adds": f"{added['S']:.0%}",
        "CS adds": f"{added['CS']:.0%}",
        "CS adds to growth": f"{more.at[100, 'CS']:.0%}",
        "C adds, 3,000": f"{more.at[3000, 'C']:.0%}",
        "cooler adds, 3,000": f"{more.at[3000, 'cooler']:.0%}",
        "one-to-one adds": f"{more.loc[100:, 'one-to-one'].max():.0%}",
    }
    grid = ratios.loc["all"]
    statements = {
        "Every target is met.": (speed.targets(measured)["met"] == "yes").all(),
        "No peer comes within a factor of three at any size.": (grid > 3).all().all(),
        "JAX is the fastest peer at every size.": (grid.idxmin(axis=1) == "jax").all(),
        "PyTorch without compilation is the slowest.": (grid.idxmax(axis=1) == "torch").all(),
        "JAX is behind for every mask alone.": (jax > 1.5).all(),
        "So is compiled PyTorch.": (compiled > 1.5).all(),
        "From N = 100 on time grows nearly as the square.": (power.between(1.9, 2.15).all()),
        "Memory grows no faster than N.": (held < 1.05).all(),
        "Sixteen runs need little more memory than eight.": (
            memory.loc[3000, 16] < 1.1 * memory.loc[3000, 8]
        ),
        "Coverage and separation add less than a half at N = 100.": added["CS"] < 0.5,
        "Where the temperature is cooler, coverage adds a fifth at most at N = 3,000.": (
            more.at[3000, "cooler"] < 0.2
        ),
        "There nominal coverage adds more.": more.at[3000, "C"] > more.at[3000, "cooler"],
        "One-to-one coverage adds less than a tenth from N = 100 on.": (
            more.loc[100:, "one-to-one"] < 0.1
        ).all(),
        "In the finished networks of the nominal grid no response is exactly 0.": least > 0,
    }
    return said, statements
