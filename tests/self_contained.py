"""Check that a built website loads nothing from another host: links may lead there, no more."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.I)
IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?([^"'()\s;]+)""", re.I)
LOADED = {  # attributes whose address a browser fetches by itself
    ("audio", "src"),
    ("embed", "src"),
    ("iframe", "src"),
    ("image", "href"),
    ("image", "xlink:href"),
    ("img", "src"),
    ("input", "src"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("track", "src"),
    ("use", "href"),
    ("use", "xlink:href"),
    ("video", "poster"),
    ("video", "src"),
}
# Kinds of <link> that name a page and fetch nothing.
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
        if tag == "link" and set(given.get("rel", "").split()) <= NAMED_ONLY:
            return
        self.loads += [value for name, value in given.items() if (tag, name) in LOADED]
        self.loads += [
            each.split()[0] for each in given.get("srcset", "").split(",") if each.strip()
        ]
        self.loads += IN_STYLE.findall(given.get("style", ""))

    def handle_endtag(self, tag):
        self._open = None

    def handle_data(self, data):
        if self._open == "style":
            self.loads += IN_STYLE.findall(data)
        elif self._open == "script":  # modules
            self.loads += re.findall(r"""\bimport\b[^;"']*["']([^"']+)["']""", data)


def loaded_by(path):
    """Return the addresses that a page or a style sheet loads, of this host and of others."""
    text = path.read_text(encoding="utf-8")
    return Page(text).loads if path.suffix != ".css" else IN_STYLE.findall(text)


def foreign(folder):
    """Return where a website loads something from another host: (file, address)."""
    files = [path for kind in ("*.html", "*.css", "*.svg") for path in sorted(folder.rglob(kind))]
    return [
        (str(path.relative_to(folder)), address)
        for path in files
        for address in loaded_by(path)
        if ELSEWHERE.match(address)
    ]


def main():
    folder = Path(sys.argv[1])
    if not (folder / "index.html").exists():
        print(f"{folder} holds no website", file=sys.stderr)
        return 1
    found = foreign(folder)
    for name, address in found:
        print(f"{folder / name} loads {address[:200]} from another host", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
