"""The book on paper: one accessible PDF, printed by Chromium from one document made of all articles."""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from bs4 import Tag
from pikepdf import Array, Dictionary, NameTree, Object, ObjectStreamMode, Pdf, String
from playwright.sync_api import Browser, Playwright, sync_playwright

from book.citation import authors, citation
from book.editions.articles import Chapter, chapters, front, relink

STYLE = Path(__file__).with_name("paper.css")
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
POINTS_TO = ("id", "aria-labelledby", "aria-describedby", "headers", "for")  # attributes that hold ids
FOOTER = (
    '<div style="width: 100%; padding: 0 15mm; display: flex; justify-content: space-between; '
    'font: 8pt Arial, sans-serif; color: #5a6472"><span>{title}</span><span class="pageNumber"></span></div>'
)


def whole_book(book: Path) -> bytes:
    """Return the whole book as one PDF.

    It is printed twice: only the first print tells on which page each chapter and section begins.
    """
    about, own = citation(), chapters(book)
    body = "".join(_as_section(chapter, {one.name: one.slug for one in own}) for chapter in own)
    pictures = {name: drawing for chapter in own for name, drawing in chapter.pictures.items()}
    styles = [book / "_static" / "book.css", STYLE]
    with sync_playwright() as playwright:
        browser = launch(playwright)

        def printed(pages: Mapping[str, int]) -> bytes:
            cover = f'<header class="cover">{front(about)}</header>'
            document = page_of(about["title"], f"{cover}{_contents(own, pages)}{body}")
            footer = FOOTER.format(title=escape(about["title"]))
            return print_out(browser, document, styles, pictures, footer, tagged=bool(pages))

        content = printed(places(printed({})))
        browser.close()
    return finished(content, about["title"], about)


# --- the document -----------------------------------------------------------------------------------


def page_of(title: str, body: str) -> str:
    """Return a document in English with its style sheets."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<link rel="stylesheet" href="book.css"><link rel="stylesheet" href="own.css">'
        f"</head><body>{body}</body></html>"
    )


def _as_section(chapter: Chapter, slugs: Mapping[str, str]) -> str:
    """Return a chapter as a part of one document: ids of its own, links within it, headings one level down."""
    relink(chapter, lambda name, place: f"#{slugs[name]}.{place}" if place else f"#{slugs[name]}", set(slugs))
    for element in chapter.article.find_all(True):
        for name in POINTS_TO:
            if name in element.attrs:
                element[name] = " ".join(f"{chapter.slug}.{at}" for at in str(element[name]).split())
    for level in (5, 4, 3, 2, 1):
        for head in chapter.article.find_all(f"h{level}"):
            head.name = f"h{level + 1}"
    for figure in chapter.article.select("figure"):
        _as_group(figure)
    part = f'<h1 class="part">{escape(chapter.part)}</h1>' if chapter.part else ""
    return f'<div class="chapter" id="{chapter.slug}">{part}{chapter.article.decode(formatter="minimal")}</div>'


def _as_group(figure: Tag) -> None:
    """Make a figure a plain group, so that its picture alone, which has a text of its own, is read out as a figure."""
    figure.name = "div"
    figure["class"] = " ".join(["figure", *figure.get_attribute_list("class")]).strip()
    for caption in figure.find_all("figcaption"):
        caption.name = "div"
        caption["class"] = "figcaption"


def _contents(own: list[Chapter], pages: Mapping[str, int]) -> str:
    """Return the contents with links and the page on which each chapter and section begins."""

    def line(target: str, title: str) -> str:
        return (
            f'<a href="#{escape(target)}"><span class="entry">{escape(title)}</span> '
            f'<span class="number">{pages.get(target, 0)}</span></a>'
        )

    items = []
    for chapter in own:
        part = f'<p class="part-name">{escape(chapter.part)}</p>' if chapter.part else ""
        sections = "".join(f"<li>{line(f'{chapter.slug}.{place}', title)}</li>" for place, title in chapter.sections)
        items.append(f"{part}<li>{line(chapter.slug, chapter.title)}{f'<ul>{sections}</ul>' if sections else ''}</li>")
    return f'<nav class="contents"><h1>Contents</h1>{_lists(items)}</nav>'


def _lists(items: list[str]) -> str:
    """Return the entries as one list for each part."""
    return re.sub(r'(<p class="part-name">.*?</p>)', r"</ul>\1<ul>", f"<ul>{''.join(items)}</ul>")


# --- printing ----------------------------------------------------------------------------------------


def find_chromium() -> str | None:
    """Return the Chromium on the PATH, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


def launch(playwright: Playwright) -> Browser:
    """Start a Chromium: the one on the PATH, else Playwright's own."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)


def print_out(
    browser: Browser,
    document: str,
    styles: list[Path],
    pictures: Mapping[str, str],
    footer: str = "",
    tagged: bool = True,
) -> bytes:
    """Print a document with its style sheets (the book's, its own) and pictures; no script runs, no host is reached.

    Without tags, which tell a screen reader what is what, it goes faster; the pages are the same.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, path in zip(("book.css", "own.css"), styles, strict=True):
            shutil.copyfile(path, Path(folder, name))
        for name, drawing in {**pictures, "index.html": document}.items():
            target = Path(folder, name)
            target.parent.mkdir(exist_ok=True)
            target.write_text(drawing, "utf-8")
        context = browser.new_context(java_script_enabled=False, offline=True)
        page = context.new_page()
        page.goto(Path(folder, "index.html").as_uri())
        content = page.pdf(
            format="A4",
            prefer_css_page_size=True,
            print_background=True,
            tagged=tagged,
            outline=tagged,
            display_header_footer=bool(footer),
            header_template="<span></span>",
            footer_template=footer or "<span></span>",
        )
        context.close()
    return content


def places(content: bytes) -> dict[str, int]:
    """Return the page, counted from one, of each place that a link within a PDF leads to."""
    with Pdf.open(BytesIO(content)) as pdf:
        number: dict[Any, int] = {page.objgen: at for at, page in enumerate(pdf.pages, 1)}
        return {unquote(str(name)[1:]): number[target[0].objgen] for name, target in pdf.Root.Dests.items()}


def finished(content: bytes, title: str, about: Mapping[str, Any]) -> bytes:
    """Return a PDF that names itself and its language, dated as the edition and so the same each time."""
    target = BytesIO()
    with Pdf.open(BytesIO(content)) as pdf:
        del pdf.docinfo
        with pdf.open_metadata(set_pikepdf_as_editor=False) as said:
            said["dc:title"], said["dc:creator"], said["dc:language"] = title, authors(about), ["en"]
            said["dc:description"] = about["abstract"]
            said["xmp:CreateDate"] = said["xmp:ModifyDate"] = f"{about['date-released']}T00:00:00Z"
        pdf.Root.Lang = String("en")
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        _renumber_headers(pdf)
        pdf.save(target, object_stream_mode=ObjectStreamMode.generate, deterministic_id=True, recompress_flate=True)
    return target.getvalue()


def _renumber_headers(pdf: Pdf) -> None:
    """Number the cells that head others in the order of the document.

    Chromium names them by a count that goes on from what it did before, so the bytes could differ between two prints.
    """
    order = list(_elements(pdf.Root.StructTreeRoot))
    headers = [element for element in order if "/ID" in element]
    named = {str(element.ID): String(f"header{at:06}") for at, element in enumerate(headers, 1)}
    tree = NameTree.new(pdf)
    for element in headers:
        element.ID = named[str(element.ID)]
        tree[str(element.ID)] = element
    for element in order:
        for given in element.get("/A", []):
            if "/Headers" in given:
                given.Headers = Array([named[str(name)] for name in given.Headers])
    pdf.Root.StructTreeRoot.IDTree = tree.obj


def _elements(root: Object) -> Iterator[Dictionary]:
    """Yield the elements of the structure of a PDF in the order in which they are read out."""
    left: list[Object | None] = [root]
    while left:
        element = left.pop()
        if not isinstance(element, Dictionary):
            continue  # the number of a piece of a page, or nothing
        yield element
        kids = element.get("/K")
        left.extend(reversed(list(kids)) if isinstance(kids, Array) else [kids])
