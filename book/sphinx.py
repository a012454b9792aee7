"""The build's hooks: check the data, run chapters in parallel, draw, link, and ship only a whole book.

Sphinx starts fresh each time and writes beside the last good book, which is replaced only when
nothing was amiss. Warnings count as faults.
"""

import gc
import json
import os
import re
import shutil
import textwrap
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole
from sphinx.util.osutil import relative_uri

from book import (
    addresses,
    check,
    citation,
    corrections,
    data,
    downloads,
    execute,
    figures,
    fresh,
    notebooks,
    notes,
    pages,
    processes,
    record,
    search,
    weigh,
    whole,
)
from book.archive import packed
from book.tables import VOICES, fact_links, link, reached, voice

logger = logging.getLogger(__name__)
CHART = re.compile(r'(<div class="chart" data-chart>)<script type="application/json">(.*?)</script></div>', re.DOTALL)
REFERENCE = re.compile(r'href="book:([^"]+)"')
VOICE = re.compile(r'class="voice voice-(\w+)"')
ADDRESS = re.compile(r'id="([^"]+)" data-row')
REPOSITORY = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the hooks. Faults of the data end the build here, before any kernel starts."""
    root = Path(app.srcdir)
    # Kernels import the package from the clone, whatever is installed, and know that they build.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    os.environ.update(BOOK_BUILD="1", PYTHONHASHSEED="0", TZ="UTC", PYDEVD_DISABLE_FILE_VALIDATION="1")
    processes.warm_up()  # kernels start after the check alone
    try:
        data.settle(root)
        found = check.faults(root, Path(app.outdir).with_name(".sound.json"))
    except data.DataError as fault:
        found = [str(fault)]
    if found:
        fresh.refuse(app, found)
    app.parallel = 2 * processes.cores()  # smaller shares, so that all cores are done at about the same time
    # Loaded by the contents list and idle in this book; it only forgets to say that it is safe.
    app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True
    app.keep_going = True  # gather every warning, then fail
    shutil.rmtree(app.doctreedir, ignore_errors=True)

    app.setup_extension("furo")  # early, so that its settings in _config.yml are known
    app.add_config_value("comments_config", {}, "")  # written by Jupyter Book, read by nobody here
    app.add_config_value("book_repository", "", "html")
    app.add_config_value("book_moved", {}, "html", (dict, list, str))
    app.add_config_value("book_description", "", "html")
    app.add_role("at", Locator())
    app.add_role("row", Row())
    app.add_role("fact", Fact())
    app.add_role("reach", Reach())
    app.add_role("voice", Mark())
    app.add_directive("excerpt", Excerpt)
    app.add_directive("voice", Voice)
    app.connect("config-inited", find_home)
    app.add_directive("listing", Listing)
    app.add_domain(search.Rows)
    app.connect("builder-inited", write_beside)
    app.connect("builder-inited", search.add_script)
    app.add_search_language(search.English)
    app.connect("env-before-read-docs", execute.run_chapters)
    app.connect("env-updated", draw_pictures)
    app.connect("doctree-resolved", notes.link_terms)
    app.connect("doctree-resolved", fill_figures)
    app.connect("doctree-resolved", write_notebook)
    app.connect("html-page-context", fill_page)
    app.connect("build-finished", finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def find_home(app: Sphinx, config: Config) -> None:
    """Check theme and repository's address; where the book is to be found follows from it, unless it is stated."""
    if config.html_theme != "furo":
        fresh.refuse(app, [f"_config.yml: html_theme is {config.html_theme!r}; allowed: furo, on which the pages rest"])
    if config.nb_execution_mode != "force" or config.nb_execution_excludepatterns:
        fresh.refuse(app, ["_config.yml: execute; allowed: execute_notebooks: force and nothing excluded"])
    if config.book_repository:
        if not REPOSITORY.fullmatch(config.book_repository):
            allowed = "https://github.com/OWNER/NAME, or empty"
            fresh.refuse(app, [f"_config.yml: book_repository is {config.book_repository!r}; allowed: {allowed}"])
        owner, name = repository(config).lower().split("/")
        folder = "" if name == f"{owner}.github.io" else repository(config).split("/")[1] + "/"
        config.html_baseurl = config.html_baseurl or f"https://{owner}.github.io/{folder}"
    if config.html_baseurl and not re.fullmatch(r"https?://[^\s\"<>]+/", config.html_baseurl):
        allowed = "an http(s) address that ends in /"
        fresh.refuse(app, [f"_config.yml: html_baseurl is {config.html_baseurl!r}; allowed: {allowed}"])


def repository(config: Config) -> str:
    """Return owner and name of the repository."""
    return REPOSITORY.sub(r"\1", config.book_repository)


# --- roles and directives ----------------------------------------------------------------------------


class Locator(SphinxRole):
    """``{at}`P8.2 P9.1` ``: links to sentences of the brief, in brackets."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the links; called by the parser."""
        links = ", ".join(link(at, at) for at in self.text.split())
        return [nodes.raw("", f'<span class="at">[{links}]</span>', format="html")], []


class Row(SphinxRole):
    """``{row}`L05` `` or ``{row}`text <ACTOR>` ``: a link to a row, an actor or a file of the data."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; called by the parser."""
        given = re.fullmatch(r"(.*?)\s*<(.+)>", self.text)
        text, target = given.groups() if given else (self.text, self.text)
        return [nodes.raw("", link(target, text), format="html")], []


class Fact(SphinxRole):
    """``{fact}`F087 F092` ``: links to facts with their grades, in brackets; rivals are named together."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the links, or an error where a fact is unknown or its rivals are left out; called by the parser."""
        named, rivals = set(self.text.split()), record.rivals()
        unknown = named - set(record.facts()["id"])
        left_out = {other for at in named & set(rivals) for other in rivals[at]} - named
        if unknown or left_out:
            what = "is no fact" if unknown else "is a rival of a fact that is named, and must be too"
            message = self.inliner.reporter.error(f"{', '.join(sorted(unknown or left_out))} {what}", line=self.lineno)
            return [], [message]
        return [nodes.raw("", f'<span class="at">[{fact_links(self.text)}]</span>', format="html")], []


class Reach(SphinxRole):
    """``{reach}`record` `` or ``{reach}`D01 D02` ``: how far the record, or these series, reach."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the words, or an error where a series is unknown; called by the parser."""
        until = ""
        if self.text != "record":
            rows, named = data.load("observations"), set(self.text.split())
            if unknown := named - set(rows["series"]):
                message = self.inliner.reporter.error(f"{', '.join(sorted(unknown))} is no series", line=self.lineno)
                return [], [message]
            until = rows.loc[rows["series"].isin(named), "date"].max()
        return [nodes.raw("", f'<span class="reach">{escape(reached(until))}</span>', format="html")], []


class Mark(SphinxRole):
    """``{voice}`brief` ``: the mark of one of the three voices."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the mark, or an error for any other voice; called by the parser."""
        if self.text not in VOICES:
            return [], [self.inliner.reporter.error(_no_voice(self.text), line=self.lineno)]
        return [nodes.raw("", voice(self.text), format="html")], []


def _no_voice(name: str) -> str:
    """Say that a voice is none."""
    return f"no voice {name!r}; allowed: {', '.join(VOICES)}"


class Excerpt(Directive):
    """``{excerpt} X01``: a quotation from the brief with its author, locator and link."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the quotation, or an error where there is none of that id; called by the parser."""
        excerpts = data.load("excerpts").set_index("id")
        key = self.arguments[0]
        if key not in excerpts.index:
            raise self.error(f"no excerpt {key!r} in data/brief/excerpts.csv")
        row = excerpts.loc[key]
        source = data.the_brief()
        html = (
            f'<figure class="excerpt" id="{key}" data-row><blockquote cite="{escape(source["path"])}">'
            f"<p>{escape(row['text'])}</p></blockquote><figcaption>{voice('brief')} {link(key, key)} "
            f"{escape(source['author'])}, "
            f'<a href="{escape(source["path"])}"><cite>{escape(source["title"])}</cite></a>, '
            f"{link(row['locator'], row['locator'])}</figcaption></figure>"
        )
        return [nodes.raw("", html, format="html")]


class Voice(Directive):
    """``{voice} brief``: a block in one of the three voices, with its mark."""

    required_arguments = 1
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the block with its content, or an error for any other voice; called by the parser."""
        name = self.arguments[0]
        if name not in VOICES:
            raise self.error(_no_voice(name))
        title = f" {escape(self.arguments[1])}" if len(self.arguments) > 1 else ""
        block = nodes.container(classes=["voice-block", f"voice-block-{name}"])
        block += nodes.raw("", f'<p class="voice-head">{voice(name)}{title}</p>', format="html")
        self.state.nested_parse(self.content, self.content_offset, block)
        return [block]


class Listing(Directive):
    """``{listing}``: the list of all figures and tables, filled from the finished pages."""

    def run(self) -> list[nodes.Node]:
        """Return the place that is filled when the pages are done; called by the parser."""
        return [nodes.raw("", downloads.LISTING, format="html")]


# --- reading: pictures, addresses ----------------------------------------------------------------------


def raw_html(tree: nodes.document) -> list[nodes.raw]:
    """Return the pieces of HTML in a document."""
    return [node for node in tree.findall(nodes.raw) if "html" in node.get("format", "").split()]


def draw_pictures(app: Sphinx, env: BuildEnvironment) -> None:
    """Draw the static pictures of all charts, once each, while the addresses are collected."""
    pieces = {name: [node.astext() for node in raw_html(env.get_doctree(name))] for name in sorted(env.found_docs)}
    specs = [spec for own in pieces.values() for piece in own for _, spec in CHART.findall(piece)]
    with processes.pool() as pool:
        standing = pool.map(addresses_in, pieces.values())
        drawn = figures.draw(specs, store(app), pool)
        collect_addresses(app, env, dict(zip(pieces, standing, strict=True)))
        env.book_pictures = dict(drawn)  # type: ignore[attr-defined]


def store(app: Sphinx) -> Path:
    """Return the folder where drawings are kept from build to build."""
    return Path(app.doctreedir).parent / ".pictures"


def addresses_in(pieces: list[str]) -> list[tuple[str, bool]]:
    """Return the addresses of rows in the pieces of a page, and whether each is left out where lists are cut."""
    found = []
    for piece in pieces:
        if own := ADDRESS.findall(piece):
            left_out = set(ADDRESS.findall(whole.shortened(piece, "")[1]))
            found += [(address, address in left_out) for address in own]
    return found


def collect_addresses(app: Sphinx, env: BuildEnvironment, standing: dict[str, list[tuple[str, bool]]]) -> None:
    """Note on which page each row stands; every row of every table stands on exactly one."""
    homes: dict[str, str] = {}
    for name, own in standing.items():
        for address, left_out in own:
            if address in homes:
                logger.warning(
                    "row %r stands on this page and on %s; it can have one address",
                    address,
                    homes[address],
                    location=name,
                )
            homes[address] = f"{name}{whole.SUFFIX}" if left_out else name
    root = Path(app.srcdir)
    for table in data.tables(root):
        for address in data.addresses(table, root):
            if address not in homes:
                logger.warning("%s: row %s stands on no page", data.path_of(table, root), address)
    env.book_pages = homes  # type: ignore[attr-defined]


# --- writing: links, pictures, page ------------------------------------------------------------------------


def fill_figures(app: Sphinx, tree: nodes.document, docname: str) -> None:
    """Fill the pictures of charts in, and offer below each what it was drawn from."""
    own = app.builder.get_target_uri(docname)
    homes: dict[str, str] = app.env.book_pages  # type: ignore[attr-defined]
    pictures: dict[str, str] = app.env.book_pictures  # type: ignore[attr-defined]
    here = {place for place, home in homes.items() if home == docname}
    up = relative_uri(own, downloads.FOLDER + "/x").removesuffix("/x")

    def figure(found: re.Match[str]) -> str:
        still = f'<div class="pictures">{pictures[found[2]]}</div>'
        return f'{found[1]}{still}<script type="application/json">{figures.themed(found[2])}</script></div>'

    for framed in tree.findall(nodes.figure):
        spec = next((found[2] for node in raw_html(framed) if (found := CHART.search(node.astext()))), "")
        speaks = next((found[1] for node in raw_html(framed) if (found := VOICE.search(node.astext()))), "judgment")
        if spec and framed["ids"]:
            told = downloads.tools(framed["ids"][0], json.loads(spec), speaks, here, up)
            framed += nodes.legend("", nodes.raw("", told, format="html"))

    for node in raw_html(tree):
        if CHART.search(node.astext()):
            text = CHART.sub(figure, node.astext())
            node.clear()
            node += nodes.Text(text)
            node.rawsource = text


def linked(app: Sphinx, docname: str, html: str) -> str:
    """Return a page with its rows' own addresses marked, and ``book:`` links as addresses relative to the page."""
    own = app.builder.get_target_uri(docname)
    homes: dict[str, str] = app.env.book_pages  # type: ignore[attr-defined]

    @cache
    def way(page: str) -> str:
        return "" if page == docname else relative_uri(own, app.builder.get_target_uri(page))

    def address(found: re.Match[str]) -> str:
        target = unquote(found[1])
        if target.startswith("data/"):
            if not (Path(app.srcdir) / target).is_file() and target not in (ARCHIVE, FORM, *citation.FILES):
                logger.warning("link to %r, which is no file of the data", target, location=docname)
            return f'href="{escape(relative_uri(own, target))}"'
        actor = target.removeprefix("actor/")
        key = f"profile-{actor}" if actor != target and f"profile-{actor}" in homes else actor
        if key not in homes:
            logger.warning("link to %r, which is no row, sentence or actor", target, location=docname)
            return 'href="#"'
        return f'href="{way(homes[key])}#{escape(key)}"'

    return REFERENCE.sub(address, notes.mark_own(html, corrections.marks(Path(app.srcdir))))


def executed(app: Sphinx, page: str) -> bool:
    """Tell whether a page has cells that were executed."""
    return "exec_data" in app.env.nb_metadata.get(page, {})  # type: ignore[attr-defined]


def write_notebook(app: Sphinx, tree: nodes.document, docname: str) -> None:
    """Write a page that has cells as a notebook beside it."""
    if not executed(app, docname):
        return
    source, target = Path(app.env.doc2path(docname)), Path(app.outdir) / f"{docname}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    title = app.env.titles[docname].astext()
    try:
        text = (
            notebooks.emptied(source)
            if source.suffix == ".ipynb"
            else notebooks.of_chapter(source, tree, title, app.config.project)
        )
    except ValueError as fault:
        logger.warning(str(fault), location=docname)
        return
    target.write_text(text, "utf-8")


def fill_page(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None) -> None:
    """Hand to the page's template: the voices, how far the record reaches, what describes it, its notebook."""
    config = app.config
    # The styles of notebooks' cells as MyST-NB brings them are six kilobytes for what book.css says in one.
    context["css_files"] = [css for css in context["css_files"] if "mystnb." not in str(css.filename)]
    context["voices"] = VOICES
    context["reach"] = reached()
    context["description"] = summary(tree) if tree else config.book_description
    context["cited"] = citation.citation(Path(app.srcdir)) if tree else {}
    context["authors"] = citation.authors(context["cited"])
    if tree:  # here, and not as the document is resolved: pages are filled by all processes
        context["body"] = linked(app, page, context["body"])
    if tree and (config.book_repository or corrections.PAGE in app.env.found_docs):  # type: ignore[union-attr]
        there = relative_uri(f"{page}.html", f"{corrections.PAGE}.html")
        context["report"] = corrections.report(config.book_repository, page, there, Path(app.srcdir))
    context["base"] = config.html_baseurl
    context["book_description"] = config.book_description
    context["license"] = next(iter(data.package().get("licenses", [])), None)
    if executed(app, page):
        context["notebook"] = f"{Path(page).name}.ipynb"
        if config.book_repository:
            path = f"_build/html/{page}.ipynb"  # Binder builds the book first
            context["binder"] = f"https://mybinder.org/v2/gh/{repository(config)}/HEAD?urlpath=lab/tree/{path}"


def summary(tree: nodes.document) -> str:
    """Return what describes a page: the first sentences of its first paragraph, marked with their voice."""
    for paragraph in tree.findall(nodes.paragraph):
        words = "".join(
            node.astext() for node in paragraph.findall(nodes.Text) if not isinstance(node.parent, nodes.raw)
        )
        text = re.sub(r"\s+([.,;:)])", r"\1", " ".join(words.split()))
        if len(text) > 60:
            mark = next((name for name in VOICES if f"voice-block-{name}" in paragraph.parent.get("classes", [])), "")
            return textwrap.shorten(f"{VOICES[mark]}: {text}" if mark else text, 200, placeholder=" …")
    return ""


# --- finishing -----------------------------------------------------------------------------------------------

ARCHIVE = "data/all-tables.zip"
FORM = "data/empty-form.csv"  # for a coding of one's own; it holds none of ours


def write_beside(app: Sphinx) -> None:
    """Let the builder write beside the last good book."""
    if app.builder.name != "html":
        fresh.refuse(app, [f"this book is built as html, not as {app.builder.name}"])
    beside = Path(app.outdir).with_name(fresh.BESIDE)
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    app.outdir = app.builder.outdir = type(app.outdir)(beside)  # type: ignore[assignment]


def finish(app: Sphinx, fault: Exception | None) -> None:
    """Add data, notes, figures and the chart library, mend and check every page, and swap the finished book in."""
    beside = Path(app.outdir)
    if isinstance(fault, SphinxError) and not getattr(fault, "orig_exc", None):
        fresh.refuse(app, [*fresh.gathered(app), str(fault)])
    if fault is not None:
        shutil.rmtree(beside.with_name(fresh.BESIDE), ignore_errors=True)  # never the last good book
        return  # an error of the code, which Sphinx tells with its traceback
    root, kept = Path(app.srcdir), store(app)
    with processes.pool() as pool:  # it draws while the rest is done here
        pages.mend(beside, pool, app.config.html_baseurl)
        library = pool.submit(figures.write_library, beside / "_static" / "vega.js", kept)
        amiss, drawings = downloads.write(beside, contents(app), kept, pool)
        figures.preview(beside / "_static" / "preview.png", kept)
        pages.lighten(beside / "_static", root / "_static")
        copy_data(root, beside)
        (beside / ".nojekyll").touch()  # a host of GitHub's that knows Jekyll would leave _static out
        split = whole.split(beside, contents(app), pool)
        for name, text in citation.files(root, app.config.html_baseurl).items():
            (beside / name).write_text(text, "utf-8", newline="")
        title = app.env.titles[app.config.root_doc].astext()
        homes: dict[str, str] = app.env.book_pages  # type: ignore[attr-defined]
        told = pool.submit(notes.write, beside / "_static" / "notes", title, root, homes, app.config.book_repository)
        if app.config.html_baseurl:
            pages.write_sitemap(beside, app.config.html_baseurl, app.env.found_docs)
        names = {f"{name}.html" for name in app.env.found_docs}
        moved = list(addresses.moved_faults(app.config.book_moved, names, root))
        if not moved:
            addresses.write_stubs(beside, app.config.book_moved, app.config.html_baseurl)
        list(split)
        parsed = pages.parsed(beside, pool, app.config.html_baseurl)
        library.result(), told.result(), list(drawings)
    found = [*fresh.gathered(app), *amiss, *moved, *pages.faults(beside, parsed)]
    if found:
        fresh.refuse(app, found)
    gc.freeze()  # or Python goes over all that was made as it ends
    fresh.swap_in(app)


def contents(app: Sphinx) -> list[str]:
    """Return the pages in the order of the contents list."""
    env = app.env
    after, names = env.toctree_includes, []  # type: ignore[union-attr]
    queue = [app.config.root_doc]
    while queue:
        names.append(queue.pop(0))
        queue = [*after.get(names[-1], []), *queue]
    return names


def copy_data(root: Path, book: Path) -> None:
    """Put every table, the schema, an archive of both, and the empty form of the cells into the book."""
    names = ["data/datapackage.json", "data/fingerprint.json"]
    names += [data.path_of(table, root) for table in data.tables(root)]
    for name in names:
        target = book / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)
    (book / ARCHIVE).write_bytes(packed({name: root / name for name in names}))
    if "cells" in data.tables(root):
        weigh.template(root).to_csv(book / FORM, index=False, lineterminator="\n")
