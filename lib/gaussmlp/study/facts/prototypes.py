"""The chapter on reading prototypes off weights."""

import numpy as np
import pandas as pd

from gaussmlp import model
from gaussmlp.metrics import measure
from gaussmlp.study.recovery import null_runs

_COLUMNS = {
    "reconstruction_error": "reconstruction error",
    "specialization_ratio": "specialization ratio",
    "precision": "precision",
    "recall": "recall",
    "auc": "AUC",
}


def compared(trained):
    """Return the measures of one run, in words, beside those of the nulls of the same start."""
    protocol, n, _, seed = trained.run
    (measures,) = measure([trained.run], [trained.parameters])
    nulls = null_runs(protocol.but({"sizes": (n,), "seeds": (seed,)})).set_index("mask")
    table = pd.concat([pd.DataFrame([measures], ["this run"]), nulls])
    return table[[*_COLUMNS]].rename(columns=_COLUMNS)


def facts(trained, frame, nulls):
    """Return both from one run of the fit alone, and from all such runs and nulls of its size."""
    weights, n = trained.parameters, trained.run.n
    at_prototypes = model.responses(model.prototypes(weights), weights.w, weights.b)
    (measures,) = measure([trained.run], [weights])
    error, usage = measures["reconstruction_error"], measures["specialization_ratio"]
    mean = frame[[*_COLUMNS]].mean()
    guess = nulls.groupby("mask")[[*_COLUMNS]].mean()
    said = {
        "error": f"{error:.2f}",
        "used": f"{usage * n:.0f}",
        "seed": f"{trained.run.seed}",
        "hits": f"{measures['precision'] * n:.0f}",
        "mean error": f"{mean['reconstruction_error']:.2f}",
        "mean precision": f"{mean['precision']:.2f}",
        "null precision": f"{guess['precision'].min():.2f} to {guess['precision'].max():.2f}",
    }
    for name, words in (("untrained", "start"), ("chance", "chance"), ("evenly spaced", "even")):
        said[f"{words} error"] = f"{guess.at[name, 'reconstruction_error']:.2f}"
    statements = {
        "A neuron responds fully at its prototype.": np.allclose(np.diag(at_prototypes), 1.0),
        "The fit loss is below a millionth.": measures["fit_mse"] < 1e-6,
        "The prototypes miss the samples by a tenth or more.": error >= 0.1,
        "Some prototypes are nearest to no sample.": usage < 1.0,
        "As many are nearest to some sample as of the nulls of the same start.": (
            compared(trained)["specialization ratio"].nunique() == 1
        ),
        "Over all seeds evenly spaced points have the lower mean error.": (
            guess.at["evenly spaced", "reconstruction_error"] < mean["reconstruction_error"]
        ),
        "And the fit alone has no better precision than the best null.": (
            mean["precision"] < guess["precision"].max()
        ),
    }
    return said, statements
