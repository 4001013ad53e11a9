"""What each chapter says in numbers, and the statements that its runs must bear out.

One module per chapter, with one function: `facts` takes what the chapter has computed and returns
two mappings, from a name to a number in words, and from a statement to what must all be true.
"""


def listed(chosen):
    """Return the labels for which something is true: ``"5, 10 and 20"``, or ``"none"``."""
    *most, last = map(str, chosen.index[chosen.astype(bool)]) if chosen.any() else ["none"]
    return f"{', '.join(most)} and {last}" if most else last


def at(chosen):
    """Return at which sizes something is true: ``"at N = 5, 10 and 20"``, or ``"at no size"``."""
    return f"at N = {listed(chosen)}" if chosen.any() else "at no size"


def joined(parts):
    """Return the numbers and the statements of the parts of a chapter together."""
    said, statements = {}, {}
    for numbers, sentences in parts:
        said |= numbers
        statements |= sentences
    return said, statements
