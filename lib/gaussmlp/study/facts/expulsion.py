"""The chapter on expulsion."""

import numpy as np

from gaussmlp.protocol import Protocol
from gaussmlp.study.expulsion import (
    LONG,
    added_by_overlap,
    finished,
    moved_in,
    over_steps,
    started_outside,
)
from gaussmlp.study.facts import listed
from gaussmlp.study.mechanism import equilibrium, positions
from gaussmlp.study.tables import by_mask_and_size, intervals, paired_differences
from gaussmlp.study.thresholds import ONSET_RISE, RESTORED

_OVERLAPPING = ["O", "OS", "OC", "OCS"]


def facts(frames, told, norms, neurons, directions):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    frames : mapping of int to DataFrame of runs, by their steps: the nominal ones and many
    told : DataFrame, as from `beats`
    norms, neurons, directions : DataFrame, as from `gradient_norms` and `curvature`

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    parts = (
        _one(told),
        _shares(next(iter(frames.values()))),
        _held(norms, neurons, directions),
        _later(frames),
        _distance(frames),
        _drift(),
    )
    said, statements = {}, {}
    for numbers, sentences in parts:
        said |= numbers
        statements |= sentences
    return said, statements


def _power(value):
    """Return a small number as its power of ten, rounded: ``10⁻⁷``."""
    digits = str(round(np.log10(abs(value)))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{digits}"


def _one(told):
    start, push, out, end = (told.loc[name] for name in told.index)
    balance, strongest = push["fit"] / push["overlap"], max(abs(end["overlap"]), abs(end["fit"]))
    said = {
        "start place": f"{start['place']:.2f}",
        "push step": f"{int(push['step']):,}",
        "out step": f"{int(out['step']):,}",
        "end place": f"{end['place']:.2f}",
        "end response": _power(end["response"]),
        "end force": _power(end["overlap"]),
    }
    statements = {
        "The neuron starts inside the hull.": start["outside"] < 0,
        "It starts near a sample.": start["response"] > 0.95,
        "The fit pushes it outward then, harder than overlap.": start["fit"] > start["overlap"],
        "Overlap pushes it outward at all four moments.": (told["overlap"] > 0).all(),
        "At its first push the fit pulls back, almost as strongly.": -1.2 < balance < -0.8,
        "When it is expelled the fit pulls back, more weakly.": 0 < -out["fit"] < out["overlap"],
        "And it still responds to a sample.": out["response"] > 0.5,
        "In the end it responds to none.": end["response"] < 1e-6,
        "And hardly any force is left.": strongest < 1e-8,
    }
    return said, statements


def _shares(runs):
    share, added = by_mask_and_size(runs, "expelled_fraction"), added_by_overlap(runs)
    gained, reaches = added["mean"].unstack("n"), added["low"].unstack("n") <= 0
    rise = intervals(paired_differences(runs, "expelled_fraction"), "difference").round(6)
    above, clear = rise["mean"].unstack("n") > 0, rise["low"].unstack("n") > 0
    bare, covered = above.loc[["O", "OS"]], above.loc[["OC", "OCS"]]
    three, five = started_outside(3, "standard"), started_outside(5, "standard")
    large = positions(finished(100, ["standard", "O"]))
    response = large[large["expelled"]].groupby("mask")["response"].median()
    said = {
        "share of O": f"{share.at['O', 100]:.0%}",
        "share of standard": f"{share.at['standard', 100]:.0%}",
        "expelled at 3": f"{three['expelled']:.0f}",
        "since the start at 3": f"{three['since the start']:.0f}",
        "start at 5": f"{five['at the start']:.0%}",
        "standard at 5": f"{share.at['standard', 5]:.0%}",
        "reaches 0, standard": listed(reaches.loc["standard"]),
        "reaches 0, CS": listed(reaches.loc["CS"]),
        "OC above": listed(covered.all()),
        "OC below": listed(~covered.any()),
        "S clear": listed(clear.loc["S"]),
        "response of O": f"{response['O']:.1g}",
        "response of standard": f"{response['standard']:.1g}",
    }
    alike = reaches.loc["standard"].equals(reaches.loc["S"]) and not reaches.loc["C"].any()
    statements = {
        "C6: overlap raises the mean share of all four masks, at every size.": _all(gained > 0),
        "The intervals for standard and separation reach 0 alike, for coverage nowhere.": alike,
        "C9: over standard, the rise is above 0.1.": _all(gained.loc["standard"] > ONSET_RISE),
        "Without coverage, masks with overlap expel more than standard everywhere.": _all(bare),
        "With coverage, both do at some sizes.": covered.all().any(),
        "At all others neither does.": covered.all().equals(covered.any()),
        "Separation alone expels clearly more somewhere.": clear.loc["S"].any(),
        "At N = 3, most that the fit alone has expelled started outside.": 2
        * three["since the start"]
        > three["expelled"],
        "At N = 5 it leaves fewer outside than started there.": share.at["standard", 5]
        < five["at the start"],
        "Expelled by overlap, a neuron responds less than a hundredth as much.": response["O"]
        < response["standard"] / 100,
    }
    return said, statements


def _all(table):
    return bool(np.all(table))


def _held(norms, neurons, directions):
    table = equilibrium(norms, directions)
    held = neurons.groupby(["mask", "expelled"])["stiffness"].median().unstack()
    orders = np.log10(held[False] / held[True])
    inside = neurons[~neurons["expelled"]]
    soft = (inside["stiffness"] < 1e-3).groupby(inside["mask"]).mean()
    left, number = table["left"], table["flat"]
    own, flat = table["share of parameters"], table["share of flat directions"]
    said = {
        "left of O": f"{left['O']:.0%}",
        "flat of O": f"{number['O']:.3g}",
        "flat of standard": f"{number['standard']:.0f}",
        "orders of O": f"{orders['O']:.2g}",
        "orders of OC": f"{orders['OC']:.2g}",
        "soft of O": f"{soft['O']:.0%}",
        "soft of OC": f"{soft['OC']:.0%}",
    }
    for mask in ("standard", "O"):
        said |= {f"own, {mask}": f"{own[mask]:.0%}", f"flat, {mask}": f"{flat[mask]:.0%}"}
    statements = {
        "Under overlap less than a tenth of the gradients is left in their sum.": left["O"] < 0.1,
        "The expelled have far more of its flat directions than of its parameters.": flat["O"]
        > own["O"] + 0.2,
        "Under standard they do not.": flat["standard"] < own["standard"] + 0.05,
        "Standard has more flat directions than overlap.": number["standard"] > number["O"],
        "With overlap, the expelled are held 10,000 times less firmly.": _all(
            orders[["O", "OC"]] > 4
        ),
        "Some that stay are held as little as by a thousandth.": _all(soft[["O", "OC"]] > 0),
        "Under standard and coverage none is.": _all(soft[["standard", "C"]] == 0),
    }
    return said, statements


def _later(frames):
    (share, before), (error, early), (middle, typical) = (
        [over_steps(frames, *asked).xs(steps, level="steps") for steps in [*frames][::-1]]
        for asked in (
            ("expelled_fraction",),
            ("reconstruction_error",),
            ("reconstruction_error", "median"),
        )
    )
    moved = share - before
    grown = (middle / typical).loc[_OVERLAPPING]
    rises = {"early": before - before.loc["standard"], "late": share - share.loc["standard"]}
    undone = (rises["late"].loc["OC"] < RESTORED) & (rises["early"].loc["OC"] >= RESTORED)
    signs = [np.sign(rise.loc[["O", "OC"]].round(6)) for rise in rises.values()]
    shrinks = (rises["late"] < rises["early"]).loc[_OVERLAPPING, [20, 50, 100]]
    said = {
        "most moved": f"{moved.loc[_OVERLAPPING].abs().max().max():.2f}",
        "OC undone": listed(undone),
        "least grown": f"{grown.min().min():.1f}",
        "most grown": f"{grown.max().max():.0f}",
    }
    for name, shares in (("early", before), ("late", share)):
        said |= {
            f"standard at 50, {name}": f"{shares.at['standard', 50]:.2f}",
            f"standard at 100, {name}": f"{shares.at['standard', 100]:.2f}",
            f"rise of O, {name}": f"{rises[name].at['O', 100]:.2f}",
            f"rise of OC, {name}": f"{rises[name].at['OC', 100]:.2f}",
        }
    statements = {
        "After 20,000 steps all mean errors with overlap are larger.": _all(
            (error > early).loc[_OVERLAPPING]
        ),
        "So are the medians.": _all(grown > 1),
        "With overlap no expelled share moves by 0.06.": _all(moved.loc[_OVERLAPPING].abs() < 0.06),
        "That of overlap with coverage does not move.": _all(moved.loc["OC"].abs() < 1e-9),
        "That of standard grows by 0.1 at N = 50 and 100.": _all(
            moved.loc["standard", [50, 100]] > 0.1
        ),
        "From N = 20 on the rise over standard shrinks.": _all(shrinks),
        "For overlap with coverage it ends below 0.05 there.": _all(undone[[20, 50, 100]]),
        "C9: for overlap it stays above 0.1.": _all(rises["late"].loc["O"] > ONSET_RISE),
        "For both it keeps its sign at every size.": signs[0].equals(signs[1]),
    }
    return said, statements


def _distance(frames):
    few, many = frames
    whole = over_steps(frames, "reconstruction_error").xs(few, level="steps")
    near = over_steps({p.steps: moved_in(p) for p in (Protocol(), LONG)}, "error")
    near, later = (near.xs(steps, level="steps") for steps in (few, many))
    changed = (later - near).loc[_OVERLAPPING].abs().max().max()
    as_it_is, moved = (table.loc["O"] / table.loc["standard"] for table in (whole, near))
    said = {
        "changed moved in": f"{changed:.2f}",
        "OC near": listed(near.loc["OC"] < near.loc["standard"]),
    }
    for name, ratio in (("whole", as_it_is), ("near", moved)):
        said |= {f"least {name}": f"{ratio.min():.1f}", f"most {name}": f"{ratio.max():.1f}"}
    statements = {
        "With strays moved in, the error of overlap is above that of standard.": _all(moved > 1),
        "By less than half as many times as it is.": _all(moved < as_it_is / 2),
        "More steps then change no mean error with overlap by 0.1.": changed < 0.1,
    }
    return said, statements


def _drift():
    early, late = (positions(finished(20, ["O"], protocol)) for protocol in (None, LONG))
    early, late = (table.loc[table["expelled"], "beyond"] for table in (early, late))
    said = {
        "distance of O, early": f"{early.median():.1f}",
        "distance of O, late": f"{late.median():.1f}",
        "expelled by O": f"{len(late)}",
    }
    statements = {
        "At N = 20 the median distance of the expelled grows by half.": late.median()
        > 1.5 * early.median(),
        "Their number stays.": len(late) == len(early),
    }
    return said, statements
