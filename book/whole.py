"""Lists too long for a page on a slow line: the page shows their first rows, and a second page holds them whole."""

import re
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

MOST = 100  # parts of a list that a page holds; a list, or what is around it, may state another as data-most
SUFFIX = "-all-rows"  # of the page that holds the lists whole
LISTS = {"tbody", "ol", "ul", "dl", "dd", "div"}
PASSED_BY = {"aside", "nav", "form", "pre", "svg"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# A tag of what the builder writes, or what holds none. A parser of the standard library takes ten times as long.
TAG = re.compile(
    r"<!--.*?-->|<(?:script|style)\b.*?</(?:script|style)>"
    r"""|<(?P<ends>/?)(?P<tag>[a-zA-Z][\w:-]*)(?P<rest>(?:[^<>"']++|"[^"]*"|'[^']*')*+)>""",
    re.DOTALL,
)
STATED = re.compile(r'\b(id|data-most)="([^"]*)"')


@dataclass(slots=True)
class Element:
    """An element that is open while a page is read, with its parts so far."""

    tag: str
    place: str  # the id nearest above
    most: int
    parts: int = 0
    last: int = 0  # parts of its last part: the columns of a table
    after: int = -1  # where the part begins that is the first too many


def cuts(html: str) -> list[tuple[int, int, Element]]:
    """Return the lists of a page, or a piece of one, that are too long: where to cut each, from and to."""
    found: list[tuple[int, int, Element]] = []
    above = [Element("", "", MOST)]
    for token in TAG.finditer(html):
        ends, tag, rest = token.groups("")
        if not tag and html.startswith("<!--", token.start()):
            continue
        if ends:
            if above[-1].tag == tag or any(element.tag == tag for element in above):
                found = _closed(above, tag, token.start(), found)
            continue
        around = above[-1]
        around.parts += 1
        if around.parts == around.most // 4 + 1:
            around.after = token.start()
        if tag and tag not in VOID and not rest.endswith("/"):
            if 'id="' in rest or "data-most" in rest:
                stated = dict(STATED.findall(rest))
                above.append(Element(tag, stated.get("id") or around.place, int(stated.get("data-most", around.most))))
            else:
                above.append(Element(tag, around.place, around.most))
    return found


def _closed(
    above: list[Element], tag: str, at: int, found: list[tuple[int, int, Element]]
) -> list[tuple[int, int, Element]]:
    """Close an element that ends here, and what stands open in it; return the cuts, with its own if it is too long."""
    ended = above.pop()
    while ended.tag != tag:
        ended = above.pop()
    above[-1].last = ended.parts
    if tag in LISTS and ended.parts > ended.most and not PASSED_BY & {element.tag for element in above}:
        found = [cut for cut in found if cut[0] < ended.after]  # what lies within is left out with it
        found.append((ended.after, at, ended))
    return found


def shortened(html: str, whole: str) -> tuple[str, str]:
    """Return a page, or a piece of one, with its long lists cut, and all that was left out.

    Args:
        whole: the address of the page that holds the lists whole.
    """
    kept, left_out, at = [], [], 0
    for begin, end, cut in cuts(html):
        more = f'<a class="whole" href="{whole}#{cut.place}">Show all {cut.parts:,}</a>'
        if cut.tag == "tbody":
            more = f'<tr class="whole"><td colspan="{cut.last}">{more}</td></tr>'
        elif cut.tag in ("ol", "ul"):
            more = f"<li>{more}</li>"
        kept += [html[at:begin], more]
        left_out.append(html[begin:end])
        at = end
    return "".join([*kept, html[at:]]), "".join(left_out)


def split(book: Path, names: list[str], pool: Executor) -> Iterator[None]:
    """Let ``pool`` write each page of a finished book that has a long list twice: short, and whole beside it.

    It is done when what this returns has been read to its end.
    """
    return pool.map(partial(_split, book), names)


def _split(book: Path, name: str) -> None:
    page, beside = book / f"{name}.html", book / f"{name}{SUFFIX}.html"
    text = page.read_text("utf-8")
    short, left_out = shortened(text, beside.name)
    if left_out:
        beside.write_text(re.sub(r"<title>", "<title>All rows: ", text, count=1), "utf-8")
        page.write_text(short, "utf-8")
