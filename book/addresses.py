"""Addresses that stay: of pages that were renamed, and of every row that an earlier edition had.

``data/addresses/`` holds for each edition its pages with the addresses of the rows on them, packed. A row may
stand on another page today: the page's script finds it (``_static/notes.js``). A page may have another name: it
stands in ``book_moved`` in ``_config.yml``, and a stub leads on. A row may be gone: the table ``retired`` says why.
"""

import gzip
import json
import re
import zlib
from collections.abc import Collection, Iterator, Mapping
from html import escape
from pathlib import Path
from posixpath import dirname, relpath

from book import pages
from book.data import ROOT, DataError, addresses, load, package, path_of, tables

FOLDER = "data/addresses"
PACKED = ".json.gz"
Published = dict[str, list[str]]  # addresses of rows, by page: chapters/levers.html
ROW = re.compile(r'id="([^"]+)" data-row')
MOVED = re.compile(r"[\w-]+(/[\w-]+)*\.html")
STUB = '<meta name="robots" content="noindex">'  # a stub says this, and so that it is no page of the book
MADE = {"404.html", "genindex.html", "search.html"}  # by the builder, and without content


def of_book(book: Path) -> Published:
    """Return the addresses of a built book; stubs, and what the builder adds by itself, are none of its pages."""
    texts = {path.relative_to(book).as_posix(): path.read_text("utf-8") for path in sorted(book.rglob("*.html"))}
    return {name: ROW.findall(text) for name, text in texts.items() if name not in MADE and STUB not in text}


def write(root: Path = ROOT) -> Path:
    """Write the addresses of the book in ``_build/html`` as those of its edition, and return their file.

    Raises:
        DataError: there is no book, or it is of another edition.
    """
    book = root / "_build" / "html"
    if not (book / "index.html").exists():
        raise DataError("_build/html: there is no book; allowed: one that make book has built")
    built, version = book / "data" / "datapackage.json", package(root)["version"]
    if json.loads(built.read_text("utf-8"))["version"] != version:
        raise DataError(f"_build/html: the book is of another edition; allowed: {version}, from make book")
    file = root / FOLDER / f"{version}{PACKED}"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(gzip.compress(json.dumps(of_book(book)).encode(), mtime=0))
    return file


def published(root: Path = ROOT) -> dict[str, Published]:
    """Return the addresses of each edition that has a list.

    Raises:
        DataError: a list cannot be read.
    """
    found = {}
    for path in sorted((root / FOLDER).glob(f"*{PACKED}")):
        try:
            by_page = json.loads(gzip.decompress(path.read_bytes()))
            found[path.name.removesuffix(PACKED)] = {page: list(rows) for page, rows in by_page.items()}
        except (OSError, EOFError, ValueError, TypeError, AttributeError, zlib.error) as fault:
            raise DataError(f"{FOLDER}/{path.name}: {fault}; allowed: what make addresses writes") from None
    return found


def faults(root: Path = ROOT) -> list[str]:
    """Return a line for each row of an earlier edition that leads nowhere: it is no row, and nothing says why."""
    if "retired" not in tables(root):
        return []
    known = {address for table in tables(root) for address in addresses(table, root)}
    known |= set(load("retired", root)["id"])
    allowed = f"rows of the data, and addresses in {path_of('retired', root)}"
    return [
        f"{FOLDER}/{edition}{PACKED}, {page}: {at!r} is no row any more; allowed: {allowed}"
        for edition, by_page in published(root).items()
        for page, rows in by_page.items()
        for at in rows
        if at not in known
    ]


# --- pages that were renamed ---------------------------------------------------------------------------


def moved_faults(moved: object, names: Collection[str], root: Path = ROOT) -> Iterator[str]:
    """Give a line for each fault of ``book_moved``, and for each page of an earlier edition that leads nowhere.

    ``names`` are the pages of the book: ``chapters/levers.html``.
    """
    place = "_config.yml, book_moved"
    form = "old and new name of a page: chapters/old.html: chapters/new.html"
    if not isinstance(moved, dict):
        yield f"{place}: {moved!r}; allowed: {form}"
        return
    wrong = {old: new for old, new in moved.items() if not _is_pair(old, new)}
    yield from (f"{place}: {old!r}: {new!r}; allowed: {form}" for old, new in wrong.items())
    for old in () if wrong else moved:
        new = target(old, moved)
        if old in names:
            yield f"{place}: {old!r} is still a page; allowed: names that no page has any more"
        elif new is None:
            yield f"{place}: {old!r} leads in a circle; allowed: names that lead to a page"
        elif new not in names:
            yield f"{place}: {old!r} leads to {new!r}, which is no page; allowed: {', '.join(sorted(names))}"
    for edition, by_page in published(root).items():
        for page in by_page:
            if page not in names and page not in moved:
                yield f"{FOLDER}/{edition}{PACKED}: {page!r} is no page any more; allowed: pages, and names in {place}"


def _is_pair(old: object, new: object) -> bool:
    """Tell whether two values can be the old and the new name of a page."""
    return all(isinstance(name, str) and MOVED.fullmatch(name) for name in (old, new))


def target(old: str, moved: Mapping[str, str]) -> str | None:
    """Return the page to which an old name leads, over names between them; None if it leads in a circle."""
    seen = {old}
    while (old := moved.get(old, "")) in moved:
        if old in seen:
            return None
        seen.add(old)
    return old


def write_stubs(book: Path, moved: Mapping[str, str], base: str = "") -> None:
    """Write a page at each old name that leads to the new one, place and all; ``base`` is the book's own address."""
    if moved:
        script = Path(__file__).with_name("moved.js").read_text("utf-8")
        (book / "_static" / "moved.js").write_text(script, "utf-8")
    for old in moved:
        new = target(old, moved) or ""
        there = escape(relpath(new, dirname(old) or "."))
        html = (
            f'<!doctype html>\n<html lang="en"><head>{pages.CHARSET}<title>This page has moved</title>\n'
            f'{STUB}<meta name="viewport" content="width=device-width">\n'
            f'<link rel="canonical" href="{escape(base) + new if base else there}">\n'
            f'<noscript><meta http-equiv="refresh" content="0; url={there}"></noscript></head>\n'
            f'<body><p>This page has moved: <a href="{there}">go to where it is now</a>.</p>\n'
            f'<script src="{relpath("_static/moved.js", dirname(old) or ".")}"></script></body></html>\n'
        )
        (book / old).parent.mkdir(parents=True, exist_ok=True)
        (book / old).write_text(html.replace(pages.CHARSET, f"{pages.CHARSET}{pages.policy(html)}", 1), "utf-8")
