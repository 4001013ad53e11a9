"""The chapter on the protocol."""

from gaussmlp.training import Run, train


def facts(protocol):
    """Return what the chapter says in numbers, and its statements.

    Parameters
    ----------
    protocol : Protocol

    Returns
    -------
    dict of str to str, dict of str to bool
    """
    starts = len(protocol.sizes) * len(protocol.seeds)
    runs = [Run(protocol, 3, mask, protocol.seeds[-1]) for mask in protocol.masks]
    begun = {one.history[0].digest() for one in train(runs, record=[0])}
    said = {
        "runs": f"{starts * len(protocol.masks)}",
        "masks": f"{len(protocol.masks)}",
        "starts": f"{starts}",
    }
    statements = {
        "The grid has the 480 runs of the abstract.": starts * len(protocol.masks) == 480,
        "All masks of one start begin with the same weights.": len(begun) == 1,
    }
    return said, statements
