"""The finished pages: what the theme leaves amiss is mended, and every link and place is checked."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from sphinx.util import logging

logger = logging.getLogger(__name__)


class Page(HTMLParser):
    """What a page links to or loads, and the places on it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.places: list[str] = []
        self.targets: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect ids and addresses; called by the parser."""
        for name, value in attributes:
            if value and name == "id":
                self.places.append(value)
            elif value and name in ("href", "src"):
                self.targets.add(value)


# What is amiss for screen readers, and how it is put right: first what the theme leaves on every
# page, then what stands only where a page has parts, folded code or a notebook's frame.
ON_EVERY_PAGE = {
    r'<aside class="sidebar-drawer">': r'<aside class="sidebar-drawer" aria-label="Contents and search">',
    r'<aside class="toc-drawer': r'<aside aria-label="On this page" class="toc-drawer',
    r'<a href="#" class="back-to-top.*?</a>': r'<nav aria-label="Top of the page">\g<0></nav>',
}
WHERE_THERE = {
    r'<p class="caption" role="heading">': r'<p class="caption" role="heading" aria-level="2">',
    r'<summary aria-label="Toggle hidden content">': r"<summary>",
    r"<th></th>": r"<td></td>",
}


def mend(book: Path) -> None:
    """Put right what is amiss on the pages; that something is missing on one means a changed theme."""
    for path in sorted(book.rglob("*.html")):
        text = path.read_text("utf-8")
        for amiss, right in (ON_EVERY_PAGE | WHERE_THERE).items():
            text, count = re.subn(amiss, right, text, flags=re.DOTALL)
            if not count and amiss in ON_EVERY_PAGE:
                logger.warning("the theme has changed: %r is not on %s", amiss, path.name)
        path.write_text(text, "utf-8")


def faults(book: Path) -> list[str]:
    """Return a line for each address that leads nowhere within the book, and each id given twice on a page."""
    pages = {path.resolve(): Page(path.read_text("utf-8")) for path in sorted(book.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(book.resolve())
        twice = [place for place, count in Counter(page.places).items() if count > 1]
        found += [f"{name}: the id {place!r} stands more than once" for place in twice]
        for address in sorted(page.targets):
            if re.match(r"(https?|data|mailto):", address):
                continue
            file, _, place = unquote(address).partition("#")
            target = (path.parent / file.partition("?")[0]).resolve() if file else path
            if not target.is_file():
                found.append(f"{name}: dead link {address!r}, there is no such file")
            elif place and target in pages and place not in pages[target].places:
                found.append(f"{name}: dead link {address!r}, there is no such place on that page")
    return found
