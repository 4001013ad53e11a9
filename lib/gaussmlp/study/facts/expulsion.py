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
    said = {
        "start place": f"{start['place']:.2f}",
        "push step": f"{int(push['step']):,}",
        "push place": f"{push['place']:.2f}",
        "out step": f"{int(out['step']):,}",
        "end place": f"{end['place']:.2f}",
        "end response": _power(end["response"]),
        "end force": _power(end["overlap"]),
    }
    statements = {
        "The neuron starts inside the hull and near a sample.": start["outside"] < 0
        and start["response"] > 0.95,
        "While it is inside, overlap pushes it outward.": (told["overlap"][:3] > 0).all(),
        "At its first push the fit pushes back, almost as strongly.": -1.2
        < push["fit"] / push["overlap"]
        < -0.8,
        "In the end it responds to no sample.": end["response"] < 1e-6,
        "And hardly any force is left.": max(abs(end["overlap"]), abs(end["fit"])) < 1e-8,
    }
    return said, statements


def _shares(runs):
    share, rows = by_mask_and_size(runs, "expelled_fraction"), added_by_overlap(runs)
    gained, reaches = rows["mean"].unstack("n"), rows["low"].unstack("n") <= 0
    rise = intervals(paired_differences(runs, "expelled_fraction"), "difference").round(6)
    above, clear = rise["mean"].unstack("n") > 0, rise["low"].unstack("n") > 0
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
        "OC above": listed(above.loc[["OC", "OCS"]].all()),
        "OC below": listed(~above.loc[["OC", "OCS"]].any()),
        "S clear": listed(clear.loc["S"]),
        "response of O": f"{response['O']:.1g}",
        "response of standard": f"{response['standard']:.1g}",
    }
    statements = {
        "C6: overlap raises the expelled share of all four masks, at every size.": (gained > 0)
        .all()
        .all(),
        "Intervals reach 0 at N = 3 for standard and S, at N = 10 for CS, nowhere else.": {
            *reaches.stack()[lambda cells: cells].index
        }
        == {("standard", 3), ("S", 3), ("CS", 10)},
        "C9: over standard, O raises it by more than 0.1 at every size.": (
            gained.loc["standard"] > ONSET_RISE
        ).all(),
        "O and OS expel more than standard at every size.": above.loc[["O", "OS"]].all().all(),
        "Their intervals reach 0 at N = 3 only.": listed(~clear.loc[["O", "OS"]].all()) == "3",
        "OC and OCS do at 5, 20, 50 and 100.": above.loc[["OC", "OCS"], [5, 20, 50, 100]]
        .all()
        .all(),
        "They do not at 3 and 10.": not above.loc[["OC", "OCS"], [3, 10]].any().any(),
        "Their intervals exclude 0 from N = 20 on, and not at 5.": clear.loc[
            ["OC", "OCS"], [20, 50, 100]
        ]
        .all()
        .all()
        and not clear.loc[["OC", "OCS"], 5].any(),
        "Separation alone raises the share clearly at N = 100 only.": listed(clear.loc["S"])
        == "100",
        "Most that the fit alone has expelled at N = 3 started outside.": three["since the start"]
        > three["expelled"] / 2,
        "At N = 5 it leaves fewer outside than started there.": share.at["standard", 5]
        < five["at the start"],
        "Expelled by O, a neuron responds less than a hundredth as much.": response["O"]
        < response["standard"] / 100,
    }
    return said, statements


def _held(norms, neurons, directions):
    table = equilibrium(norms, directions)
    held = neurons.groupby(["mask", "expelled"])["stiffness"].median().unstack()
    orders = np.log10(held[False] / held[True])
    inside = neurons[~neurons["expelled"]]
    soft = (inside["stiffness"] < 1e-3).groupby(inside["mask"]).mean()
    own, flat = table["share of parameters"], table["share of flat directions"]
    said = {
        "left of O": f"{table.at['O', 'left']:.0%}",
        "flat of O": f"{table.at['O', 'flat']:.3g}",
        "flat of standard": f"{table.at['standard', 'flat']:.0f}",
        "orders of O": f"{orders['O']:.2g}",
        "orders of OC": f"{orders['OC']:.2g}",
        "soft of O": f"{soft['O']:.0%}",
        "soft of OC": f"{soft['OC']:.0%}",
    }
    for mask in ("standard", "O"):
        said |= {f"own, {mask}": f"{own[mask]:.0%}", f"flat, {mask}": f"{flat[mask]:.0%}"}
    statements = {
        "Under O the flat directions are mostly those of the expelled.": flat["O"] > own["O"] + 0.2,
        "Under standard the expelled have no more than their part of them.": flat["standard"]
        < own["standard"] + 0.05,
        "Standard has more flat directions than O.": table.at["standard", "flat"]
        > table.at["O", "flat"],
        "Under O less than a tenth of the two gradients is left in their sum.": table.at[
            "O", "left"
        ]
        < 0.1,
        "The expelled of O and OC are held 10,000 times less firmly than the others.": (
            orders[["O", "OC"]] > 4
        ).all(),
        "No neuron that stays under standard or C is as soft as a thousandth.": (
            soft[["standard", "C"]] == 0
        ).all(),
        "Some are under O and OC.": (soft[["O", "OC"]] > 0).all(),
    }
    return said, statements


def _later(frames):
    few, many = frames
    share = over_steps(frames, "expelled_fraction").unstack("steps").swaplevel(axis=1)
    error = over_steps(frames, "reconstruction_error").unstack("steps").swaplevel(axis=1)
    middle = over_steps(frames, "reconstruction_error", "median").unstack("steps")
    before, after = share[few], share[many]
    moved = (after - before).loc[_OVERLAPPING].abs()
    rises = {k: share[k] - share[k].loc["standard"] for k in frames}
    grown = (middle.swaplevel(axis=1)[many] / middle.swaplevel(axis=1)[few]).loc[_OVERLAPPING]
    said = {"most moved": f"{moved.max().max():.2f}"}
    for k, name in zip(frames, ("early", "late"), strict=True):
        said |= {
            f"standard at 50, {name}": f"{share[k].at['standard', 50]:.2f}",
            f"standard at 100, {name}": f"{share[k].at['standard', 100]:.2f}",
            f"rise of O, {name}": f"{rises[k].at['O', 100]:.2f}",
            f"rise of OC, {name}": f"{rises[k].at['OC', 100]:.2f}",
        }
    undone = rises[many].loc["OC"] < RESTORED
    said |= {"OC undone": listed(undone & (rises[few].loc["OC"] >= RESTORED))}
    said |= {"least grown": f"{grown.min().min():.1f}", "most grown": f"{grown.max().max():.0f}"}
    statements = {
        "More steps make the mean error of all masks with overlap larger, at every size.": (
            error[many] > error[few]
        )
        .loc[_OVERLAPPING]
        .all()
        .all(),
        "And the median error.": (grown > 1).all().all(),
        "With overlap the expelled share moves by less than 0.06.": (moved < 0.06).all().all(),
        "That of OC does not move.": (moved.loc["OC"] < 1e-9).all(),
        "At N = 50 and 100 the fit alone expels more with time.": (
            (after - before).loc["standard", [50, 100]] > 0.1
        ).all(),
        "From N = 20 on, the rise over standard shrinks for every mask with overlap.": (
            (rises[many] < rises[few]).loc[_OVERLAPPING, [20, 50, 100]].all().all()
        ),
        "Then that of OC is below 0.05 from N = 20 on.": undone.loc[[20, 50, 100]].all(),
        "C9: the rise of O stays above 0.1.": (rises[many].loc["O"] > ONSET_RISE).all(),
        "The rise of O and OC keeps its sign at every size.": (
            np.sign(rises[few].round(6)) == np.sign(rises[many].round(6))
        )
        .loc[["O", "OC"]]
        .all()
        .all(),
    }
    return said, statements


def _distance(frames):
    whole = over_steps(frames, "reconstruction_error").swaplevel()
    near = over_steps({p.steps: moved_in(p) for p in (Protocol(), LONG)}, "error").swaplevel()
    few, many = frames
    ratios = {
        name: t.loc[few].loc["O"] / t.loc[few].loc["standard"]
        for name, t in (("whole", whole), ("near", near))
    }
    changed = (near.loc[many] - near.loc[few]).loc[_OVERLAPPING].abs().max().max()
    said = {
        "changed moved in": f"{changed:.2f}",
        "OC near": listed(near.loc[few].loc["OC"] < near.loc[few].loc["standard"]),
    }
    for name, ratio in ratios.items():
        said |= {f"least {name}": f"{ratio.min():.1f}", f"most {name}": f"{ratio.max():.1f}"}
    statements = {
        "With strays moved in, the error of O is above standard's at every size.": (
            ratios["near"] > 1
        ).all(),
        "And less far above it than as it is.": (ratios["near"] < ratios["whole"] / 2).all(),
        "More steps then change no mean error with overlap by 0.1.": changed < 0.1,
    }
    return said, statements


def _drift():
    tables = [positions(finished(20, ["standard", "O"], p)) for p in (None, LONG)]
    early, late = (
        t[t["expelled"]].groupby("mask")["beyond"].agg(["size", "median"]) for t in tables
    )
    said = {
        "distance of O, early": f"{early.at['O', 'median']:.1f}",
        "distance of O, late": f"{late.at['O', 'median']:.1f}",
        "expelled by O": f"{late.at['O', 'size']}",
    }
    statements = {
        "The expelled go on moving outward under O.": late.at["O", "median"]
        > 1.5 * early.at["O", "median"],
        "Their number stays.": late.at["O", "size"] == early.at["O", "size"],
    }
    return said, statements
