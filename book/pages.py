"""The finished pages: what the theme leaves amiss is mended, a policy is set, every link and place is checked."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache, partial
from html import escape
from pathlib import Path
from urllib.parse import unquote

from lxml.html import document_fromstring
from rcssmin import cssmin
from rjsmin import jsmin
from sphinx.util import logging

logger = logging.getLogger(__name__)

# What is amiss, and how it is put right: first what the theme leaves on every page (labels for screen
# readers, one viewport, inline styles that a strict policy forbids), then what stands only where a page
# has parts, folded code or a notebook's frame.
ON_EVERY_PAGE = {
    r'<aside class="sidebar-drawer">': r'<aside class="sidebar-drawer" id="contents" aria-label="Contents and search">',
    r'<aside class="toc-drawer': r'<aside id="on-this-page" aria-label="On this page" class="toc-drawer',
    r'<a href="#" class="back-to-top.*?</a>': r'<nav aria-label="Top of the page">\g<0></nav>',
    r'aria-label="Toggle site navigation sidebar"': 'aria-label="Contents and search"',
    r'aria-label="Toggle table of contents sidebar"': 'aria-label="On this page"',
    r'<input type="checkbox" class="sidebar-t[^>]*>\s*<input[^>]*>\s*': r'<nav aria-label="What to open">\g<0></nav>',
    r'(<svg xmlns="http://www.w3.org/2000/svg") style="display: none;"': r'\g<1> class="sprite" aria-hidden="true"',
    r'style="opacity: 50%"': 'opacity="0.5"',
}
WHERE_THERE = {
    r'<meta name="viewport" content="width=device-width, initial-scale=1" />': "",
    r'<p class="caption" role="heading">': r'<p class="caption" role="heading" aria-level="2">',
    r'<summary aria-label="Toggle hidden content">': r"<summary>",
    r"<th></th>": r"<td></td>",
}
# The one script that the theme writes into the page: it sets light or dark before anything is drawn.
INLINE_SCRIPT = re.compile(r"<script>(\s*document\.body\.dataset\.theme = localStorage[^<]*)</script>")
STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
# Addresses that a browser asks for by itself.
LOADED = (
    "//@src | //@srcset | //@poster | //object/@data | //link[contains(@rel, 'style') or contains(@rel, 'icon')]/@href"
)
CHARSET = '<meta charset="utf-8">'


@dataclass
class Page:
    """What a page links to or loads, the places on it, and what a policy would forbid."""

    places: list[str]
    targets: set[str]
    forbidden: list[str]
    policy: bool
    charts: bool
    styled: bool


def read(path: Path, base: str = "") -> Page:
    """Return what is to be known of a finished page; ``base`` is the book's own address."""
    every = partial(document_fromstring(path.read_text("utf-8")).xpath, smart_strings=False)
    scripts = [text.strip() for text in every("//script[not(@type = 'application/json')]/text()")]
    own = [text for text in scripts if text and not INLINE_SCRIPT.fullmatch(f"<script>{text}</script>")]
    acting = [
        f"the attribute {name} of <{element.tag}>, which would run {value!r}"
        for element in every("//*[@*[starts-with(name(), 'on')]]")
        for name, value in element.attrib.items()
        if name.startswith("on")
    ]
    own_home = rf"(?!{re.escape(base)})" if base else ""
    outside = [text for text in every(LOADED) if re.search(rf"(^|[\s,]){own_home}(\w+:)?//", text)]
    return Page(
        places=list(filter(None, every("//@id"))),
        targets=set(filter(None, every("//@href | //@src"))),
        forbidden=[
            *(f"a script within the page: {text[:60]!r}" for text in own),
            *acting,
            *(f"{place!r} would be loaded from elsewhere; allowed: files of the book" for place in map(str, outside)),
        ],
        policy=bool(every("//@http-equiv[. = 'Content-Security-Policy']")),
        charts=bool(every("//div[@data-chart]")),
        styled=bool(every("//@style")),
    )


def mend(book: Path, pool: Executor, base: str = "") -> None:
    """Put right what is amiss on the pages, and give each its policy.

    Args:
        pool: shares the work.
        base: the book's own address.
    """
    for changed in pool.map(partial(_mend, base=base), sorted(book.rglob("*.html"))):
        for warning in changed:
            logger.warning(warning)


def _mend(path: Path, base: str) -> list[str]:
    """Mend a page; return what of the theme it does not have any more."""
    text, changed = path.read_text("utf-8"), []
    for amiss, right in (ON_EVERY_PAGE | WHERE_THERE).items():
        text, count = re.subn(amiss, right, text, flags=re.DOTALL)
        if not count and amiss in ON_EVERY_PAGE:
            changed.append(f"the theme has changed: {amiss!r} is not on {path.name}")
    if path.name == "404.html" and base:  # a host shows it at any address
        text = re.sub(r'(href|src)="(?!https?:|#|data:)([^"]*)"', rf'\g<1>="{base}\g<2>"', text)
    path.write_text(text.replace(CHARSET, f"{CHARSET}\n    {policy(text)}", 1), "utf-8")
    return changed


def lighten(shown: Path, own: Path) -> None:
    """Leave out of the book's own scripts and style sheets what only their authors need: comments and blanks.

    Args:
        shown: folder of the files of the finished book; own: that of their sources.
    """
    for source in own.rglob("*"):
        lighter = {".js": jsmin, ".css": cssmin}.get(source.suffix)
        path = shown / source.relative_to(own)
        if lighter and path.is_file():
            path.write_text(f"{lighter(path.read_text('utf-8'))}\n", "utf-8")


def policy(html: str) -> str:
    """Return the content security policy of a page as a meta element, which also holds from a file.

    Scripts come from the book alone; the theme's one inline script is allowed by its hash. Styles within
    the page are allowed by hash too, except where there are charts: Vega sets styles as it draws.
    """
    scripts = " ".join(_hashed(script) for script in INLINE_SCRIPT.findall(html))
    styles = "'unsafe-inline'" if "data-chart" in html else " ".join(_hashed(style) for style in STYLE.findall(html))
    rules = {
        "default-src": "'self'",
        "script-src": f"'self' {scripts}".strip(),
        "style-src": f"'self' {styles}".strip(),
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
    }
    content = "; ".join(f"{rule} {allowed}" for rule, allowed in rules.items())
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'


def _hashed(text: str) -> str:
    """Return the hash by which a policy allows a script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def write_sitemap(book: Path, base: str, names: Iterable[str]) -> None:
    """Write the addresses of the pages, for search engines; without the book's own address there is none."""
    urls = "".join(f"<url><loc>{escape(f'{base}{name}.html')}</loc></url>\n" for name in sorted(names))
    text = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}'
    )
    (book / "sitemap.xml").write_text(f"{text}</urlset>\n", "utf-8")


def parsed(book: Path, pool: Executor, base: str = "") -> dict[Path, Page]:
    """Return every page of a book by its path; ``pool`` shares the work, ``base`` is the book's own address."""
    paths = sorted(path.resolve() for path in book.rglob("*.html"))
    return dict(zip(paths, pool.map(partial(read, base=base), paths), strict=True))


def faults(book: Path, pages: dict[Path, Page]) -> list[str]:
    """Return a line for each address that leads nowhere, each id given twice, and each forbidden script of a page."""
    found, places = [], {path: set(page.places) for path, page in pages.items()}

    @cache
    def at(folder: Path, file: str) -> Path | None:
        """Return the file to which an address leads, if there is one."""
        target = (folder / file).resolve()
        return target if target.is_file() else None

    for path, page in pages.items():
        name = path.relative_to(book.resolve())
        twice = [place for place, count in Counter(page.places).items() if count > 1]
        found += [f"{name}: the id {place!r} stands more than once" for place in twice]
        found += [f"{name}: {what}" for what in page.forbidden]
        if not page.policy:
            found.append(f"{name}: it has no content security policy; the theme's head has changed")
        if page.styled and not page.charts:
            found.append(f"{name}: an attribute style, which its policy forbids; use a class")
        for address in sorted(page.targets):
            if re.match(r"(https?|mailto):", address):
                continue
            file, _, place = unquote(address).partition("#")
            target = at(path.parent, file.partition("?")[0]) if file else path
            if not target:
                found.append(f"{name}: dead link {address!r}, there is no such file")
            elif place and place not in places.get(target, {place}):
                found.append(f"{name}: dead link {address!r}, there is no such place on that page")
    return found
