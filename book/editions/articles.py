"""The articles of the built pages, in the order of the contents, cleaned for editions without scripts."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote

import yaml
from bs4 import BeautifulSoup, Tag

from book import whole
from book.citation import authors
from book.data import ROOT, the_brief
from book.figures import in_light_colors
from book.tables import VOICES, reached, reading, voice

# What only a screen or a hand can use, and the code behind tables and charts.
LEFT_OUT = (
    "nav, .editions, .headerlink, a[rel=bookmark], .figure-tools, .page-tools, .toctree-wrapper, details.hide, "
    '.cell_input, script, style, form, caption a[href$=".csv"]'
)
TAKEN_OFF = ("style", "border", "tabindex", "scoped")  # of no use, or not allowed, in these editions
ARTICLE = re.compile(r"<article\b[^>]*>(.*)</article>", re.DOTALL)
PICTURES = re.compile(
    r'<svg class="picture narrow"([^>]*)>(.*?)</svg><svg class="picture wide"([^>]*)>(.*?)</svg>', re.DOTALL
)
LABEL = re.compile(r'(\sdata-tall)?\srole="img" aria-label="([^"]*)"')
LICENCES = {"MIT": "Code: MIT", "CC-BY-4.0": "Tables and text: CC BY 4.0"}
PHONE = "screen and (max-width: 30em)"


class BookMissing(Exception):
    """There is no built book, or a page of it is missing."""


@dataclass(frozen=True)
class Chapter:
    """A page of the book as editions need it.

    Its name in the contents, the part that it opens (or nothing), its title and article, the place and title of each
    section, and its pictures by file.
    """

    name: str
    part: str
    title: str
    article: Tag
    sections: list[tuple[str, str]]
    pictures: dict[str, str]

    @property
    def slug(self) -> str:
        """Its name in editions that are flat."""
        return flat(self.name)


def flat(name: str) -> str:
    """Return the name of a page in editions without folders."""
    return name.removeprefix("chapters/").replace("/", "-")


def chapters(book: Path, root: Path = ROOT) -> list[Chapter]:
    """Return every page of the contents, cleaned.

    Raises:
        BookMissing: a page has not been built.
    """
    found = []
    for part, name in contents(root):
        page = book / f"{name}.html"
        if not page.is_file():
            raise BookMissing(f"there is no {page}; build the book first: make book")
        full = book / f"{name}{whole.SUFFIX}.html"
        found.append(_chapter(name, part, (full if full.is_file() else page).read_text("utf-8")))
    return found


def contents(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Give the pages in the order of ``_toc.yml``, each with the caption of the part that it opens."""
    toc = yaml.safe_load((root / "_toc.yml").read_text("utf-8"))
    yield "", toc["root"]
    for part in toc["parts"]:
        for at, chapter in enumerate(part["chapters"]):
            yield "" if at else part["caption"], chapter["file"]


def edition(about: Mapping[str, Any]) -> str:
    """Return the edition, its date and its licences in words."""
    licences = "; ".join(LICENCES[name] for name in reversed(about["license"]))
    return escape(f"Edition {about['version']}, {reading(str(about['date-released']))}. {licences}.")


def front(about: Mapping[str, Any]) -> str:
    """Return what a title page says: title, authors, edition, licence, reach of the record, the brief, the voices."""
    brief = the_brief()
    voices = "".join(f"<li>{voice(name)}</li>" for name in VOICES)
    return (
        f'<h1>{escape(about["title"])}</h1><p class="abstract">{escape(about["abstract"])}</p>'
        f"<p>{escape(', '.join(authors(about)))}</p><p>{edition(about)}</p><p>{escape(reached())}</p>"
        f'<p>On: {escape(brief["author"])}, <a href="{escape(brief["path"])}"><cite>{escape(brief["title"])}</cite></a>'
        f", {escape(brief['publisher'])}, {reading(brief['date'])}.</p><ul>{voices}</ul>"
    )


def _chapter(name: str, part: str, html: str) -> Chapter:
    """Return a page as a chapter, its drawings taken out into files."""
    pictures: dict[str, str] = {}

    def taken_out(found: re.Match[str]) -> str:
        tall, label = LABEL.search(found[3]).groups("")  # type: ignore[union-attr]
        files = [f"pictures/{flat(name)}-{len(pictures) // 2 + 1}-{size}.svg" for size in ("s", "l")]
        for file, head, drawing in zip(files, (found[1], found[3]), (found[2], found[4]), strict=True):
            pictures[file] = _file(LABEL.sub("", head), drawing)
        return (
            f'<picture><source media="{PHONE}" srcset="{files[0]}"><img src="{files[1]}" alt="{label}"{tall}></picture>'
        )

    inner = ARTICLE.search(html)
    text = PICTURES.sub(taken_out, inner[1] if inner else "")
    article = BeautifulSoup(f"<article>{text}</article>", "html.parser").article
    if article is None or article.h1 is None:
        raise BookMissing(f"the page {name} has no article with a title; build the book anew: make book")
    clean(article)
    heads = [(str(head.parent["id"]), _words(head)) for head in article.select("section[id] > h2") if head.parent]
    return Chapter(name, part, _words(article.h1), article, heads, pictures)


def _words(head: Tag) -> str:
    """Return the text of a heading."""
    return " ".join(head.get_text().split())


def _file(head: str, drawing: str) -> str:
    """Return a drawing as a file of its own: in the light colors, on white, for it has no style sheet."""
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n<svg{head}>{ground}{in_light_colors(drawing)}</svg>\n'


def clean(article: Tag) -> None:
    """Leave out what paper and readers cannot use, and open what is folded."""
    for part in article.select(LEFT_OUT):
        part.decompose()
    for box in article.select(".table-box"):
        for name in ("role", "aria-labelledby"):
            del box[name]
    for part in article.select("details"):
        part["open"] = ""
    for part in article.select(".live-verdict"):
        part.attrs = {"class": "limits"}
    for part in article.select("[lang=ar]"):
        part["dir"] = "rtl"
    for element in article.find_all(True):
        for name in TAKEN_OFF:
            del element[name]


def relink(chapter: Chapter, address: Callable[[str, str], str], names: set[str]) -> None:
    """Turn the links of a chapter to pages of the book into addresses within an edition; others within become text.

    Args:
        address: the address of a page (its name in the contents) and a place on it (empty for its top).
        names: the pages that the edition holds.
    """
    for link in chapter.article.select("a[href]"):
        target = str(link["href"])
        if re.match(r"(https?|mailto):", target):
            continue
        file, _, place = unquote(target).partition("#")
        name = (
            normpath(join(dirname(chapter.name), file)).removesuffix(".html").removesuffix(whole.SUFFIX)
            if file
            else chapter.name
        )
        if name in names:
            link["href"] = address(name, place)
        else:
            link.unwrap()
