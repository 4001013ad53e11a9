"""The chapter on the protocol."""

from gaussmlp.study.choices import choices
from gaussmlp.training import Run, train


def facts(protocol):
    """Return both from the nominal protocol."""
    starts = len(protocol.sizes) * len(protocol.seeds)
    runs = [Run(protocol, 3, mask, protocol.seeds[-1]) for mask in protocol.masks]
    begun = {one.history[0].digest() for one in train(runs, record=[0])}
    sources = [source for _, _, source, _ in choices(protocol)]
    said = {
        "runs": f"{starts * len(protocol.masks)}",
        "masks": f"{len(protocol.masks)}",
        "starts": f"{starts}",
        "choices": f"{len(sources)}",
        "of the abstract": f"{sources.count('abstract')}",
        "of summaries": f"{sources.count('summary')}",
    }
    statements = {
        "The grid has the 480 runs of the abstract.": starts * len(protocol.masks) == 480,
        "Most choices are ours.": 2 * sources.count("ours") > len(sources),
        "All masks of one start begin with the same weights.": len(begun) == 1,
    }
    return said, statements
