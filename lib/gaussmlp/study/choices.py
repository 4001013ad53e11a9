"""Every choice of the nominal protocol: what the abstract fixes, and what is our reading."""


def choices(protocol):
    """List every choice of an experiment: ``(choice, value, source, why)``, as text.

    The source is ``abstract`` (the paper's abstract fixes it), ``summary`` (public summaries of the
    paper say so) or ``ours``.
    """
    p = protocol
    rule = "Adam, 0.9, 0.999, 10⁻⁸" if p.optimizer == "adam" else p.optimizer
    runs = len(p.sizes) * len(p.masks) * len(p.seeds)
    grid = f"{len(p.sizes)} sizes × {len(p.masks)} masks × {len(p.seeds)} seeds"
    taus, lams = (", ".join(f"{value:g}" for value in sorted(set(each))) for each in (p.tau, p.lam))
    response = p.activation.replace("^2", "²").replace("-", "−")
    domain = f"[{p.domain[0]:g}, {p.domain[1]:g})".replace("-", "−")
    target, w0 = p.target.replace("pi ", "π"), p.w0 if isinstance(p.w0, str) else f"{p.w0:g}"
    return [
        ("activation", "Gaussian", "abstract", ""),
        ("response", response, "ours", "the bare form; the width is in z"),
        ("trained", p.trained, "ours", "z = w x + b, as in any network"),
        ("width", "N neurons for N samples", "abstract", "one prototype for each sample"),
        ("samples", f"{p.inputs}, one-dimensional", "abstract", "sorted, which changes no result"),
        ("domain", domain, "ours", "symmetric, so that no side is special"),
        ("target", target, "ours", "smooth and not monotonic; needs several neurons"),
        ("sizes", ", ".join(map(str, p.sizes)), "ours", "the abstract fixes the ends, 3 and 100"),
        ("runs", f"{runs}", "abstract", "480 controlled runs"),
        ("grid", grid, "ours", "the split of the 480 runs"),
        ("seeds", f"{min(p.seeds)} to {max(p.seeds)}", "ours", "ten starts for each size"),
        ("masks", f"{len(p.masks)}", "ours", "all subsets of the abstract's three losses"),
        ("kinds of loss", "coverage, separation, overlap", "abstract", "the formulas are ours"),
        ("temperature", "on separation", "abstract", "on coverage too: ours"),
        ("τ", taus, "ours", "the square of a distance of 0.01"),
        ("one coefficient", "for all losses", "summary", "the abstract names none"),
        ("λ", lams, "ours", "the plainest value"),
        ("start of w", w0, "ours", "bumps about 0.24 wide, all alike"),
        ("start of b", "prototypes uniform on the domain", "ours", "independent of the samples"),
        ("start of v, c", "uniform on [−1, 1) / √N; 0", "ours", "an output of order 1 at any N"),
        ("formulas", ", ".join(p.formulas), "ours", "of overlap, coverage and separation"),
        ("optimiser", f"full-batch {rule}", "ours", "the usual first choice"),
        ("step size", f"{p.step_size:g}", "ours", "fits the data at every size"),
        ("weight decay", f"{p.weight_decay:g}", "ours", "the abstract names none"),
        ("steps", f"{p.steps:,}", "ours", "no schedule, no stopping rule"),
        ("error", "mean over a one-to-one assignment", "summary", "absolute, not squared: ours"),
        ("specialization", "a prototype-usage ratio", "abstract", ""),
        ("in use", "nearest to some sample", "ours", "counted over N"),
        ("expelled", "over 0.05 outside the hull", "ours", "farther than rounding can reach"),
    ]
