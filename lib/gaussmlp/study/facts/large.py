"""The chapter on networks larger than the abstract's."""

import pandas as pd

from gaussmlp.draws import NULLS
from gaussmlp.protocol import Protocol
from gaussmlp.study.claims import FAILS, HOLDS
from gaussmlp.study.facts import joined, listed
from gaussmlp.study.large import changes, leads, means
from gaussmlp.study.sweeps import mean_spacing
from gaussmlp.study.tables import LEAST, intervals, paired_differences

_MEASURES = {
    "error": "reconstruction_error",
    "out": "expelled_fraction",
    "precision": "precision",
    "AUC": "auc",
}
_SHAPES = {name: "{:.3f}".format if name == "error" else "{:.2f}".format for name in _MEASURES}
_SCALED = "cooler, smaller steps"
_TOLD = (
    *(("error", reading) for reading in ("nominal", "longer", "smaller steps", _SCALED)),
    *(("AUC", reading) for reading in ("nominal", "cooler", _SCALED)),
    *(("precision", reading) for reading in ("nominal", _SCALED, "all three")),
)


def facts(runs, stored, guesses, judged, sure, steps):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    runs, stored, guesses : DataFrame, as from `all_runs`, `stored_runs` and `nulls`
    judged, sure : dict, as from `verdicts`, by means and by intervals
    steps : DataFrame, as from `first_steps`

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    guesses = guesses[guesses["n"].isin(stored["n"])]
    parts = (
        _verdicts(judged, sure, stored, guesses),
        _of_coverage(stored, guesses),
        _one_to_one(stored, guesses),
        _causes(runs, stored, steps),
    )
    return joined(parts)


def _verdicts(judged, sure, stored, guesses):
    lost = {
        place: [v.claim.id for v in found if v.verdict == FAILS] for place, found in judged.items()
    }
    few = {"C1", "C1b", "C2", "C2*", "C7"}
    asked = stored.groupby(["n", "reading"])["mask"].agg(
        lambda masks: few | {"C4", "C5", "C6", "C9"} if "OC" in {*masks} else few
    )
    of = {name: {n: ids for (n, one), ids in lost.items() if one == name} for _, name in judged}
    alone = pd.concat(
        {
            place: intervals(paired_differences(runs, _MEASURES["error"]), "difference").loc["S"]
            for place, runs in stored.groupby(["reading", "n"])
            if "S" in set(runs["mask"])
        }
    )
    hardly = {
        n: [
            v.claim.id
            for v, strict in zip(found, sure[n, name], strict=True)
            if v.verdict == HOLDS != strict.verdict
        ]
        for (n, name), found in judged.items()
        if name == "nominal" and (stored.loc[stored["n"] == n, "seed"].nunique() >= LEAST)
    }
    cooler = stored[(stored["n"] == 3000) & (stored["reading"] == "cooler")]
    fits = cooler.groupby("mask")["fit_mse"].mean()
    last = pd.concat([stored[stored["reading"] == _SCALED], guesses])
    used = last[last["n"] == 3000].groupby("mask")["specialization_ratio"].mean()
    said = {
        f"lost, {name}": _lost(of[name]) for name in ("nominal", "cooler", "smaller steps", _SCALED)
    }
    said |= {
        "hardly, nominal": _lost(hardly),
        "S harms": f"{(alone['low'] > 0).sum()}",
        "S helps": f"{(alone['high'] < 0).sum()}",
        "S judged": f"{alone['low'].notna().sum()}",
    }
    statements = {
        "No run diverged.": stored["diverged_at"].isna().all(),
        "Nine tests are asked where overlap was trained too, five elsewhere.": all(
            {v.claim.id for v in found} == asked[place] for place, found in judged.items()
        ),
        "Under the nominal protocol C2* fails, and at N = 1,000 C2 too.": (
            of["nominal"] == {300: ["C2*"], 1000: ["C2", "C2*"], 3000: ["C2*"]}
        ),
        "With both scaled no test fails but C2* at 3,000, nor with one-to-one coverage.": all(
            ids == ["C2*"] * (n == 3000)
            for name, found in of.items()
            if name == _SCALED or "one" in name
            for n, ids in found.items()
        ),
        "There C2* fails since evenly spaced points use more: above the start coverage is.": (
            used.loc["evenly spaced"] > used.loc["C"] > used.loc["untrained"]
        ),
        "C4, C6 and C9 hold everywhere.": not any({"C4", "C6", "C9"} & {*i} for i in lost.values()),
        "C5 fails cooler at 3,000 alone, where it is coverage without overlap that fits worse.": (
            [place for place, ids in lost.items() if "C5" in ids] == [(3000, "cooler")]
            and fits.loc["C"] > 1000 * fits.loc["OC"]
        ),
    }
    return said, statements


def _of_coverage(stored, guesses):
    tables = {name: means(stored, guesses, measure) for name, measure in _MEASURES.items()}
    plain = stored[stored["mask"] == "standard"].groupby(["reading", "n"])["expelled_fraction"]
    plain = plain.mean().unstack("n")
    said = {
        f"{name}, {reading}": _sizes(tables[name].loc["C", reading], _SHAPES[name])
        for name, reading in _TOLD
    }
    said |= {
        f"{name}, chance": _sizes(tables[name].loc["chance", "null"], _SHAPES[name])
        for name in ("error", "precision")
    }
    for reading in ("nominal", "all three"):
        said[f"out at 300, {reading}"] = f"{tables['out'].at[('C', reading), 300]:.3f}"
        said[f"plain out at 300, {reading}"] = f"{plain.at[reading, 300]:.3f}"
    change = {name: changes(stored, measure) for name, measure in _MEASURES.items()}
    lead = {name: leads(stored, guesses, measure) for name, measure in _MEASURES.items()}
    clear = {name: _sure(table.loc[_SCALED]) for name, table in lead.items()}
    cooler = {name: table.xs("cooler", level=1) for name, table in change.items()}
    said["AUC falls, cooler"] = f"{cooler['AUC'].at[1000, 'below_0']:.0f}"
    statements = {
        "More steps clearly raise coverage's error and its expelled share.": all(
            (_sure(change[name].xs("longer", level=1))["low"] > 0).all()
            for name in ("error", "out")
        ),
        "A lower temperature does not lower its error.": (cooler["error"]["mean"] > 0).all(),
        "It clearly raises precision, and the mean AUC; that clearly at N = 300 alone.": (
            (_sure(cooler["precision"])["low"] > 0).all()
            and (cooler["AUC"]["mean"] > 0).all()
            and [*cooler["AUC"].index[cooler["AUC"]["low"] > 0]] == [300]
        ),
        "Smaller steps clearly lower error and expelled share.": all(
            (_sure(change[name].xs("smaller steps", level=1))["high"] < 0).all()
            for name in ("error", "out")
        ),
        "Where both are scaled, more steps raise it less than a fifth as much.": (
            _rise(tables["error"], "all three", _SCALED)
            < _rise(tables["error"], "cooler and longer", "cooler") / 5
        ).all(),
        "With both scaled precision and AUC are clearly above every null's.": all(
            (clear[name]["low"] > 0).all() for name in ("precision", "AUC")
        ),
        "Its error is still clearly above that of the start and of evenly spaced points.": (
            clear["error"].loc[["untrained", "evenly spaced"], "low"] > 0
        ).all(),
        "At 3,000 it is above that of chance, and precision and AUC are above every null's.": (
            tables["error"].at[("C", _SCALED), 3000] > tables["error"].at[("chance", "null"), 3000]
            and all(
                tables[name].at[("C", _SCALED), 3000] > tables[name].loc[list(NULLS), 3000].max()
                for name in ("precision", "AUC")
            )
        ),
        "There its AUC is lower than at 1,000.": (
            tables["AUC"].at[("C", _SCALED), 3000] < tables["AUC"].at[("C", _SCALED), 1000]
        ),
        "Up to 1,000 it is clearly neither above nor below that of chance.": (
            (clear["error"].loc["chance", "low"] < 0) & (clear["error"].loc["chance", "high"] > 0)
        ).all(),
        "Nominal, its precision is below every null's at 1,000.": (
            tables["precision"].at[("C", "nominal"), 1000]
            < tables["precision"].loc[list(NULLS), 1000].min()
        ),
        "No null has an expelled prototype.": not tables["out"].loc[list(NULLS)].any(axis=None),
    }
    return said, statements


def _rise(table, reading, baseline):
    return (table.loc["C", reading] - table.loc["C", baseline]).dropna()


def _sure(rows):
    # three seeds have no interval
    return rows[rows["seeds"] >= LEAST]


def _one_to_one(stored, guesses):
    name = "one-to-one"
    tables = {one: means(stored, guesses, measure) for one, measure in _MEASURES.items()}
    said = {
        f"{one}, {reading}": _sizes(tables[one].loc["C", reading], shape.format)
        for reading in (name, f"longer {name}")
        for one, shape in (("error", "{:.2g}"), ("precision", "{:.2f}"))
    }
    error = leads(stored, guesses, _MEASURES["error"])
    known = [leads(stored, guesses, _MEASURES[one]) for one in ("precision", "AUC")]
    hits = tables["precision"].loc["C", name]
    longer = tables["precision"].loc["C", f"longer {name}"].dropna()
    statements = {
        "Up to 1,000 one-to-one coverage has a mean error below a tenth of every null's.": (
            tables["error"].loc["C", name] < tables["error"].loc[list(NULLS)].min() / 10
        )[[300, 1000]].all(),
        "It is clearly below each of them.": (_sure(error.loc[name])["high"] < 0).all(),
        "Its precision and AUC are clearly above theirs.": all(
            (_sure(table.loc[name])["low"] > 0).all() for table in known
        ),
        "It expels nothing there.": (tables["out"].loc["C", name][[300, 1000]] == 0).all(),
        "At 3,000 its error is above every null's, and its precision is not.": (
            tables["error"].at[("C", name), 3000] > tables["error"].loc[list(NULLS), 3000].max()
            and hits[3000] < tables["precision"].loc[list(NULLS), 3000].min()
        ),
        "In 5,000 steps its precision falls as N grows.": hits.is_monotonic_decreasing,
        "More steps raise it at N = 300 and lower it at 1,000.": (
            longer[300] > hits[300] and longer[1000] < hits[1000]
        ),
    }
    return said, statements


def _causes(runs, stored, steps):
    nominal, sizes = Protocol(), sorted(stored["n"].unique())
    at_100 = (
        runs[(runs["n"] == 100) & (runs["mask"] == "C")].groupby("reading").mean(numeric_only=True)
    )
    said = {
        "AUC at 100": f"{at_100.at['nominal', 'auc']:.2f}",
        "precision at 100": f"{at_100.at['nominal', 'precision']:.2f}",
        "root of tau": f"{nominal.tau.coverage**0.5:.2f}",
        "spacing": _sizes({n: mean_spacing(n) for n in sizes}, "{:.4f}".format),
    }
    statements = {
        "At N = 100 one step halves the fit loss; at 1,000 it multiplies it.": (
            steps.at["nominal", 100] < 0.6 and steps.at["nominal", 1000] > 2
        ),
        "A step scaled with N does alike at every size.": (
            steps.loc["smaller steps"].max() < 1.3 * steps.loc["smaller steps"].min()
        ),
    }
    return said, statements


def _sizes(values, written):
    """Return values with their sizes: ``"0.12 at N = 300 and 0.23 at 1,000"``."""
    known = pd.Series(values).dropna()
    parts = [
        f"{written(value)} at {'N = ' * (k == 0)}{n:,}"
        for k, (n, value) in enumerate(known.items())
    ]
    return listed(pd.Series(data=True, index=parts))


def _lost(ids):
    """Return claims with their sizes: ``"C2* at N = 300; C2, C2* at 1,000"``."""
    return "; ".join(
        f"{', '.join(names) or 'none'} at {'N = ' * (k == 0)}{n:,}"
        for k, (n, names) in enumerate(ids.items())
    )
