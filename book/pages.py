"""The finished pages: what the theme leaves amiss is mended, a policy is set, every link and place is checked."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

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
    r'(<input type="checkbox" class="sidebar-toggle"[^>]*>\s*){2}': r'<nav aria-label="What to open">\g<0></nav>',
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
CHARSET = '<meta charset="utf-8">'


class Page(HTMLParser):
    """What a page links to or loads, the places on it, and what a policy would forbid."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.places: list[str] = []
        self.targets: set[str] = set()
        self.forbidden: list[str] = []
        self.policy = self.charts = self.styled = self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Collect ids, addresses and handlers; called by the parser."""
        known = dict(attributes)
        self._in_script = tag == "script" and known.get("type") != "application/json"
        if known.get("http-equiv") == "Content-Security-Policy":
            self.policy = True
        if tag == "div" and "data-chart" in known:
            self.charts = True
        if "style" in known:
            self.styled = True
        for name, value in attributes:
            if name.startswith("on"):
                self.forbidden.append(f"the attribute {name} of <{tag}>, which would run {value!r}")
            if value and name == "id":
                self.places.append(value)
            elif value and name in ("href", "src"):
                self.targets.add(value)

    def handle_data(self, text: str) -> None:
        """Note a script within the page; called by the parser."""
        if self._in_script and text.strip() and not INLINE_SCRIPT.fullmatch(f"<script>{text}</script>"):
            self.forbidden.append(f"a script within the page: {text.strip()[:60]!r}")
        self._in_script = False


def mend(book: Path, base: str = "") -> None:
    """Put right what is amiss on the pages, and give each its policy; ``base`` is the book's own address."""
    for path in sorted(book.rglob("*.html")):
        text = path.read_text("utf-8")
        for amiss, right in (ON_EVERY_PAGE | WHERE_THERE).items():
            text, count = re.subn(amiss, right, text, flags=re.DOTALL)
            if not count and amiss in ON_EVERY_PAGE:
                logger.warning("the theme has changed: %r is not on %s", amiss, path.name)
        if path.name == "404.html" and base:  # a host shows it at any address
            text = re.sub(r'(href|src)="(?!https?:|#|data:)([^"]*)"', rf'\g<1>="{base}\g<2>"', text)
        path.write_text(text.replace(CHARSET, f"{CHARSET}\n    {policy(text)}", 1), "utf-8")


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


def parsed(book: Path) -> dict[Path, Page]:
    """Return every page of a book by its path."""
    return {path.resolve(): Page(path.read_text("utf-8")) for path in sorted(book.rglob("*.html"))}


def faults(book: Path, pages: dict[Path, Page]) -> list[str]:
    """Return a line for each address that leads nowhere, each id given twice, and each forbidden script of a page."""
    found = []
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
            target = (path.parent / file.partition("?")[0]).resolve() if file else path
            if not target.is_file():
                found.append(f"{name}: dead link {address!r}, there is no such file")
            elif place and target in pages and place not in pages[target].places:
                found.append(f"{name}: dead link {address!r}, there is no such place on that page")
    return found
