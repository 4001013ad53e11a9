"""What the book's pages get beyond the theme: facts under the title, hover texts, figure data."""

import io
import os
import re
import shutil
from contextlib import redirect_stdout
from html import escape
from importlib import import_module
from operator import attrgetter
from pathlib import Path

import yaml
from docutils import nodes
from gaussmlp.book.style import on_page

WORDS_A_MINUTE = 200
COLOR = r"(?<=[le]: )#[0-9a-f]{6}"  # of a line or of what it encloses
SIGNS = {"in": "∈", "pi": "π", "tau": "τ", "lambda": "λ", "times": "×", "sqrt": "√"}


ADDRESS = os.environ.get("BOOK_URL")
"""Where the site is published; without it there is no map of it, and no card for who links it."""

SOURCE = os.environ.get("SOURCE_URL", "")
"""Where its source is on the web; without it no page links source, issues, edits or Binder."""

CARD = {
    "site_url": ADDRESS,
    "site_name": "gaussmlp",
    "social_cards": {"enable": False},
    "image": "_static/overview.png",
    "image_alt": "Samples and the prototypes of three networks, and the mean error by size",
}


def set_address(_, config):
    """Tell the site's map and its cards its address."""
    config.html_baseurl, config.sitemap_url_scheme = ADDRESS, "{link}"
    for name, value in CARD.items():
        config[f"ogp_{name}"] = value


def link_source(_, config):
    """Let pages link their source, its issues, an edit and Binder."""
    config.html_theme_options |= {
        "repository_url": SOURCE,
        "repository_provider": "github",
        "repository_branch": os.environ.get("SOURCE_BRANCH", "main"),
        "use_source_button": True,
        "use_issues_button": True,
        "use_edit_page_button": True,
        "launch_buttons": {
            "binderhub_url": "https://mybinder.org",
            "notebook_interface": "jupyterlab",
        },
    }


def cite(app, docname, source):
    """Fill the page on citing from CITATION.cff, the one place where it stands."""
    if docname != "cite":
        return
    about = yaml.safe_load((Path(app.srcdir) / "CITATION.cff").read_text(encoding="utf-8"))
    (paper,) = about["references"]
    names = [f"{a['family-names']}, {a['given-names']}" for a in paper["authors"]]
    (group,) = [a["name"] for a in about["authors"]]
    fields = {"year": paper["year"], "title": paper["title"], "doi": paper["doi"]}
    ours = {"year": str(about.get("date-released", ""))[:4], "url": SOURCE}
    ours |= {name: about[name] for name in ("title", "version", "license")}
    source[0] = source[0].replace(
        "%BIBTEX%",
        _bibtex("article", f"alba{paper['year']}", " and ".join(names), fields)
        + _bibtex(
            "software",
            f"gaussmlp{ours['year']}",
            f"{{{group}}}",
            {name: value for name, value in ours.items() if value},
        ),
    )


def _bibtex(kind, key, authors, fields):
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@{kind}{{{key},\n  author = {{{authors}}},\n{lines}}}\n\n"


def skip_fields(_app, _kind, _name, member, skip, _options):
    """Leave out fields of which nothing is said: the signature above them names them."""
    return True if str(member.__doc__).startswith("Alias for field number") else skip


def own_source(_, modname, name):
    """Show no one else's source: a trait's value is of a class of traitlets, which has a page."""
    try:
        value = attrgetter(name)(import_module(modname))
    except (AttributeError, ImportError):
        return None
    module = getattr(value, "__module__", None) or modname
    return None if module.startswith("gaussmlp") else modname


def explain_terms(app, doctree, _):
    """Show a term's definition where the pointer rests on it."""
    if "glossary" not in app.env.found_docs:
        return
    told = {}
    for item in app.env.get_doctree("glossary").findall(nodes.definition_list_item):
        text = _plain(next(item.findall(nodes.definition)).astext())
        told |= {name: text for term in item.findall(nodes.term) for name in term["ids"]}
    for reference in doctree.findall(nodes.reference):
        name = reference.get("refuri", "").partition("glossary.html#")[2] or reference.get("refid")
        if name in told:
            reference["reftitle"] = told[name]


def _plain(text):
    # a hover text cannot draw formulas
    text = re.sub(r"\\([a-z]+)", lambda name: SIGNS.get(name[1], name[1]), text.replace("\n", " "))
    return re.sub(r"[{}]|\\,", "", text.replace("^2", "²"))


def finish(app, pagename, _, context, doctree):
    """Put reading time, downloads, drawings and what explorers need on a page."""
    body = context.get("body")
    if not body or doctree is None:
        return
    # docutils calls it a list, of children that are none
    body = body.replace('role="list" class="citation-list"', 'class="citation-list"')
    source = app.env.doc2path(pagename, base=False)
    if str(source).endswith(".ipynb"):
        context["body"] = body = _with_data(app, pagename, _with_vectors(app, body))
        prose = " ".join(p.astext() for p in doctree.findall(nodes.paragraph))
        minutes = max(1, round(len(prose.split()) / WORDS_A_MINUTE))
        up = "../" * pagename.count("/")
        where = f' · <a href="{escape(SOURCE)}">Source of this book</a>' if SOURCE else ""
        facts = (
            f'<p class="page-facts">{minutes} min to read · <a download '
            f'href="{up}_sources/{source}">Download this notebook</a>{where}</p>'
        )
        body = body.replace("</h1>", f"</h1>{facts}", 1)
        if '<div class="explorer"' in body:
            from gaussmlp.book import explorers  # here, since it takes seconds

            body += explorers.page_script()
    context["body"] = body


def _with_vectors(app, body):
    # A drawing within its page follows the page from light to dark, each colour by its own rule.
    sources = {name: path for path, name in app.builder.images.items()}

    def put(match):
        said, name = match.groups()
        drawn = (Path(app.srcdir) / sources[name]).read_text(encoding="utf-8")
        drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.S)
        drawn = re.sub(r"\s*\n\s*", " ", drawn)
        # two pictures within a drawing may be alike, and so their names, which nothing refers to
        drawn = re.sub(r'(<image\b[^>]*) id="[^"]*"', r"\1", drawn)
        key = name.split(".")[0][:8]  # every drawing of a page has names of its own
        drawn = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{key}-", drawn)
        colors = {c: f"--c{k}" for k, c in enumerate(sorted(set(re.findall(COLOR, drawn))))}
        drawn = re.sub(COLOR, lambda c: f"var({colors[c[0]]})", drawn)
        style = "; ".join(f"{name}: {on_page(color)}" for color, name in colors.items())
        about = f'<svg role="img" aria-label="{said}" style="{style}"'
        return f'<div class="drawing">{drawn.replace("<svg", about, 1)}</div>'

    return re.sub(r'<img alt="([^"]*)"[^>]* src="[^"]*_images/([^"/]+\.svg)"[^>]*>', put, body)


def _with_data(app, pagename, body):
    # what figures offered while their chapters ran (`gaussmlp.book.style.offer`)
    offered, folder = Path(os.environ.get("GAUSSMLP_BOOK", "nowhere")), Path(app.outdir) / "_data"
    folder.mkdir(exist_ok=True)

    def put(match):
        data = offered / f"{match[2]}.csv"
        if not data.exists():
            return match[0]
        shutil.copy(data, folder)
        link = f'href="{"../" * pagename.count("/")}_data/{data.name}" download'
        return f'{match[1]} <a class="figure-data" {link}>Data (CSV)</a></figcaption>'

    if "_data/runs.csv" in body:
        _gaussmlp("run", "--out", str(folder / "runs.csv"))
    if "_data/pictures.csv" in body:
        out = str(folder / "pictures.csv")
        _gaussmlp("run", "--data", "digits", "square", "--out", out)
    if "_data/claims.json" in body and not (folder / "claims.json").exists():
        (folder / "claims.json").write_text(_gaussmlp("claims", "--json"), encoding="utf-8")
    return re.sub(r'(<figure[^>]* id="([^"]+)">.*?)</figcaption>', put, body, flags=re.S)


def _gaussmlp(*arguments):
    # the command line, in this process: explorers have loaded the library already
    from gaussmlp.__main__ import main

    with redirect_stdout(io.StringIO()) as told:
        main(arguments)
    return told.getvalue()


def drop_icon_script(app, error):
    """Drop the icon script, 1.5 MB per page: the theme's style sheet draws icons from a font."""
    for page in [] if error else Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"<script[^>]*/fontawesome\.js.*?</script>", "", text), "utf-8")


def setup(app):
    """Connect the parts; Sphinx calls this."""
    # Two chapters are run at once: jupyter-book has no option for it. Two extensions do not say
    # that they allow it: they copy files at the end, and number sections when all pages are read.
    app.parallel = 2
    for name in {"sphinx-mathjax-offline", "sphinx_multitoc_numbering"} & {*app.extensions}:
        app.extensions[name].parallel_read_safe = True
    if ADDRESS:
        app.setup_extension("sphinx_sitemap")
        app.setup_extension("sphinxext.opengraph")
        app.connect("config-inited", set_address)
    if SOURCE:
        app.connect("config-inited", link_source)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("source-read", cite)
    app.connect("viewcode-follow-imported", own_source)
    app.connect("doctree-resolved", explain_terms)
    app.connect("html-page-context", finish)
    app.connect("build-finished", drop_icon_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
