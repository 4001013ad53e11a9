"""The chapter on reading prototypes off weights."""

import numpy as np

from gaussmlp import model
from gaussmlp.metrics import measure


def facts(trained):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    trained : Trained, one run of the fit alone

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    weights, n = trained.parameters, trained.run.n
    at_prototypes = model.responses(model.prototypes(weights), weights.w, weights.b)
    (measures,) = measure([trained.run], [weights])
    error, usage = measures["reconstruction_error"], measures["specialization_ratio"]
    said = {"error": f"{error:.2f}", "used": f"{usage * n:.0f}"}
    statements = {
        "A neuron responds fully at its prototype.": np.allclose(np.diag(at_prototypes), 1.0),
        "The fit loss is below a millionth.": measures["fit_mse"] < 1e-6,
        "The prototypes miss the samples by a tenth or more.": error >= 0.1,
        "Some prototypes are nearest to no sample.": usage < 1.0,
    }
    return said, statements
