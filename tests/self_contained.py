"""Check that a built website loads nothing from another host: links may lead there, no more."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.I)
IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?([^"'()\s;]+)""", re.I)
IN_MODULE = re.compile(r"""\bimport\b[^;"']*["']([^"']+)["']""")
FETCHED = {"src", "href", "xlink:href", "data", "poster"}
FOLLOWED_ONLY = {"a", "area", "base", "form"}  # tags whose addresses a browser fetches on a click
# Kinds of <link> that only name an address.
NAMED_ONLY = {"author", "canonical", "index", "license", "next", "prev", "search"}


class Page(HTMLParser):
    """Collects the addresses that a page loads."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.loads = []
        self._open = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        self._open = tag
        self.loads += IN_STYLE.findall(given.get("style", ""))
        if tag in FOLLOWED_ONLY or (
            tag == "link" and set(given.get("rel", "").split()) <= NAMED_ONLY
        ):
            return
        self.loads += [value for name, value in given.items() if name in FETCHED]
        self.loads += re.findall(r"(?:^|,)\s*([^\s,]+)", given.get("srcset", ""))

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, data):
        if self._open == "style":
            self.loads += IN_STYLE.findall(data)
        elif self._open == "script":
            self.loads += IN_MODULE.findall(data)


def foreign(folder):
    """Return where a website loads something from another host: (file, address)."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".html", ".css", ".svg"):
            text = path.read_text(encoding="utf-8")
            loads = IN_STYLE.findall(text) if path.suffix == ".css" else Page(text).loads
            name = str(path.relative_to(folder))
            found += [(name, address) for address in loads if ELSEWHERE.match(address)]
    return found


if __name__ == "__main__":
    site = Path(sys.argv[1])
    if not (site / "index.html").exists():
        sys.exit(f"{site} holds no website")
    if found := foreign(site):
        sys.exit("\n".join(f"{name} loads {url[:200]} from another host" for name, url in found))
