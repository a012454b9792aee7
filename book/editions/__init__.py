"""Editions of the book to take along: one PDF for paper, one EPUB, and a handout of two pages.

They are made from the pages of a finished build, so that all editions say the same, and after it: the
plain build needs nothing but Python, while paper needs a browser. What has been made lies in ``downloads/``
beside the pages, and each page names it in place of a marker. A new build starts without any, so no edition
can be older than the pages that offer it.
"""

import re
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path

from book.data import package

MARKER = "<!-- editions -->"  # stands once on every page: _templates/page.html
OFFERED = re.compile(re.escape(MARKER) + r'(<p class="editions">.*?</p>)?', re.DOTALL)


@dataclass(frozen=True)
class Edition:
    """A file that the book offers: its name, and how the offer calls it."""

    file: str
    label: str


NAME = package()["name"]
EDITIONS = {
    "pdf": Edition(f"{NAME}.pdf", "the whole book as PDF"),
    "epub": Edition(f"{NAME}.epub", "as EPUB"),
    "handout": Edition(f"{NAME}-handout.pdf", "a handout of two pages as PDF"),
}


def write(kind: str, content: bytes, book: Path) -> Path:
    """Put an edition among the downloads of a built book, and offer it on every page."""
    target = book / "downloads" / EDITIONS[kind].file
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(content)
    offer(book)
    return target


def offer(book: Path) -> None:
    """Name on every page the editions that are there, with their sizes."""
    made = {edition: book / "downloads" / edition.file for edition in EDITIONS.values()}
    for page in sorted(book.rglob("*.html")):
        links = [
            f'<a href="{relpath(path, page.parent)}">{edition.label}</a> ({size(path)})'
            for edition, path in made.items()
            if path.is_file()
        ]
        line = f'<p class="editions">To take along: {", ".join(links)}.</p>' if links else ""
        text = page.read_text("utf-8")
        page.write_text(OFFERED.sub(lambda _, line=line: MARKER + line, text), "utf-8")  # type: ignore[misc]


def size(path: Path) -> str:
    """Return the size of a file for readers: ``4.1 MB``, ``85 kB``."""
    count = path.stat().st_size
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"
