"""The chapter on expulsion."""

import numpy as np
import pandas as pd

from gaussmlp.metrics import EXPELLED_BEYOND
from gaussmlp.protocol import Protocol
from gaussmlp.study.claims import BY_ID, FAILS, Evidence, judge
from gaussmlp.study.expulsion import (
    LONG,
    added_by_overlap,
    added_to_the_start,
    finished,
    moved_in,
    over_steps,
    resting,
    started_outside,
)
from gaussmlp.study.facts import at, joined, listed
from gaussmlp.study.mechanism import equilibrium, positions
from gaussmlp.study.tables import (
    by_mask_and_size,
    holm,
    intervals,
    paired_differences,
    sign_flips,
)
from gaussmlp.study.thresholds import ONSET_RISE, RESTORED

_OVERLAPPING = ["O", "OS", "OC", "OCS"]


def facts(frames, nulls, rest, told, norms, neurons, directions):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    frames : mapping of int to DataFrame of runs, by their steps: the nominal ones and many
    nulls : DataFrame, as from `null_runs`
    rest : DataFrame, as from `at_rest`
    told : DataFrame, as from `beats`
    norms, neurons, directions : DataFrame, as from `gradient_norms` and `curvature`

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    parts = (
        _one(told),
        _shares(next(iter(frames.values())), nulls),
        _rest(next(iter(frames.values())), nulls, rest),
        _held(norms, neurons, directions),
        _later(frames),
        _distance(frames),
    )
    return joined(parts)


def _power(value):
    """Return a small number as its power of ten, rounded: ``10⁻⁷``."""
    digits = str(round(np.log10(abs(value)))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{digits}"


def _one(told):
    start, push, out, end = (told.loc[name] for name in told.index)
    balance, strongest = push["fit"] / push["overlap"], max(abs(end["overlap"]), abs(end["fit"]))
    said = {
        "start place": f"{start['place']:.2f}".replace("-", "−"),
        "push step": f"{int(push['step']):,}",
        "pulls back": f"{-balance:.0%}",
        "out step": f"{int(out['step']):,}",
        "end place": f"{end['place']:.2f}".replace("-", "−"),
        "end response": _power(end["response"]),
        "end force": _power(end["overlap"]),
    }
    statements = {
        "The neuron starts inside the hull.": start["outside"] < 0,
        "It starts near a sample.": start["response"] > 0.95,
        "The fit pushes it outward then; overlap hardly pushes.": start["fit"]
        > 100 * abs(start["overlap"]),
        "From then on overlap pushes it outward.": (told["overlap"].iloc[1:] > 0).all(),
        "At its first push the fit pulls back, more weakly.": -1 < balance < -0.2,
        "So it does when the neuron is expelled, more weakly yet.": 0
        < -out["fit"] / out["overlap"]
        < -balance,
        "And it still responds to a sample.": out["response"] > 0.5,
        "In the end it responds to none.": end["response"] < 1e-6,
        "And hardly any force is left.": strongest < 1e-8,
    }
    return said, statements


def _shares(runs, nulls):
    both = pd.concat([runs, nulls])
    share, added = by_mask_and_size(both, "expelled_fraction"), added_by_overlap(runs)
    gained, reaches = added["mean"].unstack("n"), added["low"].unstack("n") <= 0
    rise = intervals(paired_differences(runs, "expelled_fraction"), "difference").round(6)
    above, clear = rise["mean"].unstack("n") > 0, rise["low"].unstack("n") > 0
    bare, covered = above.loc[["O", "OS"]], above.loc[["OC", "OCS"]]
    over = added_to_the_start(both)
    more, surely = over["mean"].unstack("n"), over["low"].unstack("n") > 0
    started = started_outside(3, "standard")
    large = positions(finished(100, ["standard", "O"]))
    response = large[large["expelled"]].groupby("mask")["response"].median()
    said = {
        "share of O": f"{share.at['O', 100]:.0%}",
        "share of standard": f"{share.at['standard', 100]:.0%}",
        "start at 3": f"{share.at['untrained', 3]:.0%}",
        "start at 5": f"{share.at['untrained', 5]:.0%}",
        "standard at 5": f"{share.at['standard', 5]:.0%}",
        "expelled at 3": f"{started['expelled']:.0f}",
        "since the start at 3": f"{started['since the start']:.0f}",
        "reaches 0, standard": listed(reaches.loc["standard"]),
        "reaches 0, covered": at(reaches.loc[["C", "CS"]].any()),
        "fit over start": listed(surely.loc["standard"]),
        "fit, flips": listed(_confirmed(both, "standard")),
        "O, flips": listed(_confirmed(both, "O")),
        "OC over start": listed(surely.loc["OC"]),
        "OC not over start": listed(more.loc["OC"] <= 0),
        "OC below": listed(~covered.any()),
        "OC above": listed(covered.all()),
        "S clear": listed(clear.loc["S"]),
        "response of O": f"{response['O']:.1g}",
        "response of standard": f"{response['standard']:.1g}",
    }
    statements = {
        "C6: overlap raises the mean share of all four masks, at every size.": _all(gained > 0),
        "Its interval reaches 0 alike for standard and separation.": (
            reaches.loc["standard"].equals(reaches.loc["S"])
        ),
        "C9: over standard, the rise is above 0.1.": _all(gained.loc["standard"] > ONSET_RISE),
        "Without coverage, masks with overlap expel more than standard everywhere.": _all(bare),
        "With coverage, both do at some sizes.": covered.all().any(),
        "Separation alone expels clearly more than standard somewhere.": clear.loc["S"].any(),
        "Overlap with coverage, with separation or without, fails to do so at the same sizes.": (
            (more.loc["OC"] <= 0).equals(more.loc["OCS"] <= 0)
        ),
        "Overlap alone ends clearly above its start at every size.": _all(surely.loc["O"]),
        "The fit alone does so at the three largest.": _all(surely.loc["standard", [20, 50, 100]]),
        "At N = 5 it ends below its start, on the mean.": more.at["standard", 5] < 0,
        "At N = 100 no prototype starts expelled.": share.at["untrained", 100] == 0,
        "At N = 3, most that the fit alone has expelled started outside.": 2
        * started["since the start"]
        > started["expelled"],
        "Expelled by overlap, a neuron responds less than a hundredth as much.": response["O"]
        < response["standard"] / 100,
    }
    return said, statements


def _rest(runs, nulls, rest):
    evidence = Evidence(runs, None, None, nulls, rest)
    plain, strict, nominal = judge(evidence, [BY_ID[name] for name in ("C6", "C6*", "C9")])
    table = resting(rest)
    middle = rest[rest["mask"] == "O"].groupby("n")["drift"].median()
    silent, drift = table.loc["silent: overlap"], table.loc["the drift: overlap"]
    said = {
        "C6": plain.text,
        "C6*": strict.text,
        "C9": nominal.text,
        "C6 flips": f"{(plain.comparisons['p_holm'] < 0.05).sum()}",
        "C9 flips": listed(nominal.comparisons.set_index("n")["p_holm"] < 0.05),
        "least silent": f"{silent['mean'].min():.0%}",
        "most silent": f"{silent['mean'].max():.0%}",
        "least drift": f"{middle.min():.1f}",
        "most drift": f"{middle.max():.0f}",
        "no drift": f"{(rest['mask'] == 'O').sum() - rest['drift'].notna().sum()}",
    }
    statements = {
        "No neuron is silent under standard.": _all(
            rest.loc[rest["mask"] == "standard", "silent"] == 0
        ),
        "Less than a tenth of the neurons of the start are silent at every size.": _all(
            table.loc["silent: untrained", "mean"] < 0.1
        ),
        "Under overlap, the silent share is clearly above 0.1 at every size.": _all(
            silent["low"] > ONSET_RISE
        ),
        "The expelled clearly move by more than 0.05 at every size.": _all(
            drift["low"] > EXPELLED_BEYOND
        ),
        "In every single run they do.": rest["drift"].min() > EXPELLED_BEYOND,
        "C6* does not hold.": strict.verdict == FAILS,
    }
    return said, statements


def _confirmed(both, mask):
    """Return at which sizes exact flips confirm that a share differs from its start's."""
    rows = paired_differences(both, "expelled_fraction", "untrained")
    groups = rows[rows["mask"] == mask].groupby("n")["difference"]
    p = groups.agg(lambda values: sign_flips(tuple(values)))
    return pd.Series(holm(p), p.index) < 0.05


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
    parts = {p.steps: moved_in(p) for p in (Protocol(), LONG)}
    near, later = (over_steps(parts, "error").xs(steps, level="steps") for steps in (few, many))
    changed = (later - near).loc[_OVERLAPPING].abs().max().max()
    as_it_is, moved = (table.loc["O"] / table.loc["standard"] for table in (whole, near))
    harm = intervals(paired_differences(next(iter(parts.values())), "error"), "difference")
    surely, spared = harm["low"].unstack("n") > 0, harm["high"].unstack("n") < 0
    said = {
        "changed moved in": f"{changed:.2f}",
        "O near clear": listed(surely.loc["O"]),
        "OC near clear": listed(surely.loc["OC"]),
        "OC near lower": listed(near.loc["OC"] < near.loc["standard"]),
    }
    for name, ratio in (("whole", as_it_is), ("near", moved)):
        said |= {f"least {name}": f"{ratio.min():.1f}", f"most {name}": f"{ratio.max():.1f}"}
    statements = {
        "With strays moved in, the mean error of overlap is above that of standard.": _all(
            moved > 1
        ),
        "By less than half as many times as it is.": _all(moved < as_it_is / 2),
        "That of overlap with coverage is clearly below it nowhere.": not spared.loc["OC"].any(),
        "More steps then change no mean error with overlap by 0.1.": changed < 0.1,
    }
    return said, statements
