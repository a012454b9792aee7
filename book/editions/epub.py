"""The book for e-readers: an EPUB 3 made of the same articles, as well-formed XHTML without scripts."""

import uuid
import zipfile
from collections.abc import Iterable, Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from book.citation import authors, citation
from book.editions.articles import Chapter, chapters, edition, front, relink

STYLE = Path(__file__).with_name("ebook.css")
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
NAV = ' properties="nav"'
ACCESS = {
    "schema:accessMode": ["textual", "visual"],
    "schema:accessModeSufficient": ["textual"],
    "schema:accessibilityFeature": ["alternativeText", "readingOrder", "structuralNavigation", "tableOfContents"],
    "schema:accessibilityHazard": ["none"],
    "schema:accessibilitySummary": [
        "Every chart has a text that says what it shows, and its values stand in tables. Headings, tables and "
        "Names in another script are marked as such. Nothing moves and nothing needs a script."
    ],
}
CONTAINER = """<?xml version="1.0" encoding="utf-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""


def pack(book: Path) -> bytes:
    """Return the whole book as an EPUB; the same pages give the same bytes."""
    about, own = citation(), chapters(book)
    slugs = {chapter.name: chapter.slug for chapter in own}
    title = xhtml(about["title"], f'<section epub:type="titlepage">{front(about)}</section>')
    files: dict[str, str] = {"nav.xhtml": _contents(own), "title.xhtml": title}
    for chapter in own:
        relink(chapter, lambda name, place: f"{slugs[name]}.xhtml{f'#{place}' if place else ''}", set(slugs))
        files[f"{chapter.slug}.xhtml"] = xhtml(chapter.title, chapter.article.decode_contents(formatter="minimal"))
        files |= chapter.pictures
    files["book.css"] = STYLE.read_text("utf-8")
    order = ["title.xhtml", "nav.xhtml", *(f"{slug}.xhtml" for slug in slugs.values())]
    files["package.opf"] = _package(about, sorted(files), order)
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bundle:
        # The type comes first and stands in plain sight; no file has a time.
        bundle.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip", zipfile.ZIP_STORED)
        for name, text in [("META-INF/container.xml", CONTAINER), *((f"book/{at}", files[at]) for at in sorted(files))]:
            bundle.writestr(zipfile.ZipInfo(name), text.encode(), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def xhtml(title: str, body: str) -> str:
    """Return a document of the book; ``body`` is well-formed already."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
        'xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en"><head>'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="book.css"/></head><body>{body}</body></html>\n'
    )


def _contents(own: list[Chapter]) -> str:
    """Return the contents: the parts, their chapters, and the sections of each."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for chapter in own:
        sections = "".join(
            f'<li><a href="{chapter.slug}.xhtml#{escape(place)}">{escape(title)}</a></li>'
            for place, title in chapter.sections
        )
        if chapter.part:
            parts.append((chapter.part, []))
        inner = f"<ol>{sections}</ol>" if sections else ""
        parts[-1][1].append(f'<li><a href="{chapter.slug}.xhtml">{escape(chapter.title)}</a>{inner}</li>')
    items = "".join(
        f"<li><span>{escape(part)}</span><ol>{''.join(inner)}</ol></li>" if part else "".join(inner)
        for part, inner in parts
    )
    return xhtml("Contents", f'<nav epub:type="toc" id="contents"><h1>Contents</h1><ol>{items}</ol></nav>')


def _package(about: Mapping[str, Any], files: Iterable[str], order: list[str]) -> str:
    """Return the package document: what the book is, its files, their order."""
    kinds = {".xhtml": "application/xhtml+xml", ".css": "text/css", ".svg": "image/svg+xml"}
    ids = {name: f"f{at}" for at, name in enumerate(files)}
    items = "".join(
        f'<item id="{at}" href="{name}" media-type="{kinds[Path(name).suffix]}"{NAV if name == "nav.xhtml" else ""}/>'
        for name, at in ids.items()
    )
    spine = "".join(f'<itemref idref="{ids[name]}"/>' for name in order)
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f"{about['title']} {about['version']}")
    said = "".join(
        f'<meta property="{name}">{escape(value)}</meta>' for name, values in ACCESS.items() for value in values
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        'unique-identifier="id" xml:lang="en" prefix="schema: http://schema.org/ cc: http://creativecommons.org/ns#">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">urn:uuid:{identity}</dc:identifier><dc:title>{escape(about["title"])}</dc:title>'
        f"<dc:creator>{escape(', '.join(authors(about)))}</dc:creator><dc:language>en</dc:language>"
        f"<dc:description>{escape(about['abstract'])}</dc:description><dc:date>{about['date-released']}</dc:date>"
        f'<dc:rights>{escape(edition(about))}</dc:rights><link rel="cc:license" href="{LICENCE}"/>'
        f'<meta property="dcterms:modified">{about["date-released"]}T00:00:00Z</meta>{said}</metadata>'
        f"<manifest>{items}</manifest><spine>{spine}</spine></package>\n"
    )
