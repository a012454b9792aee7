"""What a chart shows as a table and as files, and the list of all figures and tables.

The rows of a chart stand in the page once, in its specification, and its table is the page's own
where there is one. Files are made from the finished pages, so that they say what the pages say.
"""

import csv
import io
import json
import re
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from html import escape, unescape
from importlib.metadata import version
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

from lxml.etree import XPath
from lxml.html import HtmlElement, fragment_fromstring

from book.charts import FONT, PALETTE
from book.data import is_formula, package, the_brief
from book.figures import WIDTHS, as_png, in_light_colors, kept, key_of
from book.tables import VOICES, framed, reached, reading, table_row, voice

LICENSE = "Our text, selection and drawing: CC BY 4.0; figures of others keep their publishers' licenses."
FOLDER = "figures"
TABLES = "tables"
FORMATS = {"csv": "CSV", "svg": "SVG", "png": "PNG"}
ORIGIN = "Taken from"  # the last column of a file: what it is, who speaks, source and date
TITLE_LINE, NOTE_LINE = 22, 16  # pixels
LISTING = '<div data-listing=""></div>'
FIGURE = re.compile(r'<figure[^>]* id="(fig-[^"]+)">.*?</figure>', re.DOTALL)
TABLE_WHOLE = re.compile(r'<table class="data" id="([^"]+)".*?<caption[^>]*>(.*?)</caption>.*?</table>', re.DOTALL)
SAID = XPath('.//text()[not(ancestor::*[@aria-hidden="true"] or ancestor::a[@rel="bookmark"])]', smart_strings=False)
TABLE = re.compile(r'<table class="data" id="([^"]+)".*?<caption[^>]*>(.*?)</caption>', re.DOTALL)


class Figure(NamedTuple):
    """A figure of a finished page: its name, what it says of itself, its picture and its specification."""

    name: str
    voices: list[str]
    caption: str
    reach: str
    number: str
    picture: str
    spec: dict[str, Any]

    @property
    def title(self) -> str:
        """Return the first sentence of the caption."""
        return re.split(r"(?<=[^A-Z][.?!])\s+(?=[A-Z])", self.caption)[0].rstrip(".")

    @property
    def speakers(self) -> str:
        """Say which voices speak."""
        return " and ".join(VOICES[name] for name in self.voices)

    @property
    def source(self) -> str:
        """Say where the figure comes from."""
        own = package()
        return f"{own['title'].partition(':')[0]}, edition {own['version']}, {self.name}. {LICENSE}"

    @property
    def date(self) -> str:
        """Say of which day the brief is, and how far the record reaches."""
        brief = the_brief()
        day = f"The brief: {brief.get('author', '')}, {reading(brief['date'])}." if "date" in brief else ""
        return " ".join(filter(None, [day, self.reach or reached()]))


def shown(spec: dict[str, Any]) -> tuple[list[str], list[dict[str, Any]]]:
    """Return what a chart shows: headings, and rows by heading; line breaks of labels are blanks."""
    meta = spec.get("usermeta", {})
    columns: dict[str, str] = dict(meta.get("columns") or _told(spec))
    frames = [meta["rows"]] if "rows" in meta else [rows for rows in spec.get("datasets", {}).values() if _flat(rows)]
    found = [row for rows in frames if columns.keys() <= {name for row in rows for name in row} for row in rows]
    plain = [{head: _plain(row.get(name, "")) for name, head in columns.items()} for row in found]
    unique = {json.dumps(row): row for row in plain}
    return list(columns.values()), list(unique.values())


def _flat(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def _told(spec: Any) -> dict[str, str]:
    """Return the fields of which the pointer is told, each with its heading."""
    parts = spec if isinstance(spec, list) else list(spec.values()) if isinstance(spec, dict) else []
    tooltip = spec.get("tooltip") if isinstance(spec, dict) else None
    items = tooltip if isinstance(tooltip, list) else [tooltip]
    told = [item for item in items if isinstance(item, dict) and "field" in item]
    own = {item["field"]: item.get("title", item["field"].capitalize()) for item in told}
    for part in parts:
        own = _told(part) | own
    return own


def _plain(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else "" if value is None else value


def tools(name: str, spec: dict[str, Any], voice_name: str, places: Collection[str], up: str) -> str:
    """Return the line below a figure: its data on this page, as a table, and its files.

    Args:
        name: of the figure; spec: of its chart; voice_name: who speaks.
        places: addresses of the rows on this page; where all rows of the chart are among them, they are its table.
        up: the way from the page to the book's folder of figures.
    """
    heads, rows = shown(spec)
    if not heads:
        return ""  # the chart tells the pointer nothing, and names no columns
    own = [_place(row, places) for row in rows]
    links = [
        f'<a class="reference" href="{up}/{file_name(name)}.{kind}" download>{text}</a>'
        for kind, text in FORMATS.items()
    ]
    files = f"Download: {', '.join(links)}"
    if own and all(own):
        return f'<p class="figure-tools"><a class="reference" href="#{escape(own[0])}">Data</a> {files}</p>'
    body = [table_row([escape(_text(row[head])) for head in heads], heads) for row in rows]
    table = framed(f"data-{name}", f"Data of the figure: {len(rows)} rows", heads, body, voice_name)
    folded_table = f'<details class="figure-data"><summary>The data as a table</summary>{table}</details>'
    return f'<p class="figure-tools"><a class="reference" href="#data-{name}">Data</a> {files}</p>{folded_table}'


def _place(row: dict[str, Any], places: Collection[str]) -> str:
    """Return the address of a row of a chart on its page, nothing where there is none."""
    at = str(row.get("Id") or row.get("Sentence") or "")
    return next((place for place in (at, f"profile-{at}") if at and place in places), "")


def _text(value: Any) -> str:
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


def file_name(name: str) -> str:
    """Return the name of a figure's files."""
    return name.removeprefix("fig-")


# --- from the finished pages -----------------------------------------------------------------------


def plain(html: str) -> str:
    """Return the text of a piece of HTML on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def figures_of(page: str) -> Iterator[Figure]:
    """Return the figures with a chart that stand on a page."""
    for found in FIGURE.finditer(page):
        drawn = re.search(r'<svg class="picture wide".*?</svg>', found[0], re.DOTALL)
        spec = re.search(r'<script type="application/json">(.*?)</script>', found[0], re.DOTALL)
        caption = re.search(r'<span class="caption-text">(.*?)</span><a class="headerlink"', found[0], re.DOTALL)
        if drawn and spec and caption:
            reach = re.search(r'<span class="reach">(.*?)</span>', caption[1])
            words = re.sub(r'<span class="(?:voice voice-\w+|reach)">.*?</span>', "", caption[1])
            number = re.search(r'<span class="caption-number">(.*?)</span>', found[0])
            yield Figure(
                found[1],
                re.findall(r'class="voice voice-(\w+)"', caption[1]),
                plain(words),
                plain(reach[1]) if reach else "",
                plain(number[1]) if number else "",
                drawn[0],
                json.loads(spec[1]),
            )


def write(book: Path, names: Sequence[str], store: Path, pool: Executor) -> tuple[list[str], Iterator[None]]:
    """Write the files of all figures, and the list of figures and tables, into a finished book.

    Returns what is amiss, and the drawings, which are done when this has been read to its end.

    Args:
        book: folder of the pages.
        names: the pages in the order of the contents, without ending.
        store: where drawings are kept from build to build.
        pool: draws.
    """
    pages = {name: (book / f"{name}.html").read_text("utf-8") for name in names}
    found = {name: list(figures_of(page)) for name, page in pages.items()}
    every = [figure for figures in found.values() for figure in figures]
    folder = book / FOLDER
    if every:
        folder.mkdir(parents=True, exist_ok=True)
    drawings = pool.map(partial(_write_files, folder=folder, store=store), every)
    amiss: list[str] = []
    for name, page in pages.items():
        told, wrong = with_tables(page, "../" * name.count("/"), book / TABLES)
        amiss += wrong
        if told != page:
            pages[name] = page = told
            (book / f"{name}.html").write_text(page, "utf-8")
        if LISTING in page:
            up = "../" * name.count("/")
            (book / f"{name}.html").write_text(page.replace(LISTING, listing(pages, found, up)), "utf-8")
    return amiss + [fault for figure in every for fault in formulas(figure)], drawings


def with_tables(page: str, up: str, folder: Path) -> tuple[str, list[str]]:
    """Write each table of a page that is no file of the data as CSV; return the page with links to them, and faults.

    Args:
        page: its HTML. up: the way to the book's root. folder: where the files go.
    """
    amiss: list[str] = []

    def linked(found: re.Match[str]) -> str:
        name, caption = found.groups()
        if name.startswith("data-fig-") or '.csv"' in caption:
            return found[0]
        rows = [list(map(_cell_text, row.xpath(".//th | .//td"))) for row in fragment_fromstring(found[0]).iter("tr")]
        for number, row in enumerate(rows, 1):
            wrong = [text for text in row if is_formula(text) and not re.fullmatch(r"[-+][\d.,]+", text)]
            amiss.extend(f"{TABLES}/{name}.csv, row {number}: {text!r} would run in a spreadsheet" for text in wrong)
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / f"{name}.csv").exists():
            amiss.append(f"{TABLES}/{name}.csv: two tables of the book have this name; allowed: one")
        (folder / f"{name}.csv").write_text(text.getvalue(), "utf-8")
        link = f' <a class="reference" href="{up}{TABLES}/{name}.csv" download>CSV</a>'
        return found[0].replace(caption + "</caption>", f"{caption}{link}</caption>", 1)

    return TABLE_WHOLE.sub(linked, page), amiss


def _cell_text(cell: HtmlElement) -> str:
    """Return the text of a cell without signs that repeat a word, and without its row's address."""
    return " ".join(" ".join(SAID(cell)).split())


def _write_files(figure: Figure, folder: Path, store: Path) -> None:
    base = folder / file_name(figure.name)
    svg = signed(figure)
    base.with_suffix(".svg").write_text(svg, "utf-8")
    key = key_of(f"{version('pillow')} {svg}")
    base.with_suffix(".png").write_bytes(kept(store / f"{key}.png", partial(as_png, svg)))
    base.with_suffix(".csv").write_bytes(as_csv(figure))


def as_csv(figure: Figure) -> bytes:
    """Return the rows of a figure as CSV, each with where it comes from."""
    heads, rows = shown(figure.spec)
    origin = {ORIGIN: f"{figure.title}. {figure.speakers}. {figure.source} {figure.date}"}
    text = io.StringIO()
    writer = csv.DictWriter(text, [*heads, *origin], lineterminator="\n")
    writer.writeheader()
    writer.writerows(row | origin for row in rows)
    return text.getvalue().encode()


def formulas(figure: Figure) -> Iterator[str]:
    """Return a line for each text of a figure's data that a spreadsheet would take for a formula."""
    for number, row in enumerate(shown(figure.spec)[1], 2):
        for head, value in [*row.items(), (ORIGIN, figure.title)]:
            if isinstance(value, str) and is_formula(value):
                yield (
                    f"{FOLDER}/{file_name(figure.name)}.csv, row {number}, column {head}: {value!r} would run in a "
                    "spreadsheet; a text may begin with anything but = + - @"
                )


def signed(figure: Figure) -> str:
    """Return the picture of a figure on white, in the light theme's colors, with title, voice, source and date."""
    picture = figure.picture
    picture = in_light_colors(picture.replace("var(--chart-paper)", "#ffffff"))
    size = re.search(r'width="(\d+)" height="(\d+)"', picture)
    wide, high = (int(size[1]), int(size[2])) if size else (WIDTHS["wide"], WIDTHS["wide"])
    title = wrap(figure.title, 78)
    notes = [f"{figure.speakers}.", *wrap(f"{figure.source} {figure.date}", 110)]
    top = TITLE_LINE * len(title) + 14
    full = top + high + NOTE_LINE * len(notes) + 22
    head = _lines(title, 20, TITLE_LINE, f'font-size="17" font-weight="bold" fill="{PALETTE["ink"]}"')
    foot = _lines(notes, top + high + 20, NOTE_LINE, f'font-size="12" fill="{PALETTE["muted"]}"')
    box = f'<svg x="0" y="{top}" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}">'
    inner = box + picture.partition(">")[2]
    facts = {"title": figure.title, "publisher": figure.speakers, "source": figure.source, "date": figure.date}
    known = "".join(f"<dc:{name}>{escape(value)}</dc:{name}>" for name, value in facts.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{wide}" '
        f'height="{full}" viewBox="0 0 {wide} {full}" font-family="{FONT}" font-size="13px" role="img">'
        f"<title>{escape(figure.title)}</title><desc>{escape(figure.spec['description'])}</desc>"
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">{known}</metadata>'
        f'<rect width="{wide}" height="{full}" fill="#ffffff"/>{head}{inner}{foot}</svg>\n'
    )


def _lines(lines: Sequence[str], top: int, step: int, look: str) -> str:
    """Return lines of text as SVG, the first on the height ``top``."""
    return "".join(
        f'<text x="8" y="{top + step * number}" {look}>{escape(line)}</text>' for number, line in enumerate(lines)
    )


def listing(pages: dict[str, str], found: dict[str, list[Figure]], up: str) -> str:
    """Return the list of all figures and tables by page, each under its voice; ``up`` is the way to the book's root."""
    parts = []
    for name, page in pages.items():
        head = re.search(r"<h1>(.*?)<a class=\"headerlink\"", page, re.DOTALL)
        marks = [
            (f"{figure.name}", " ".join(map(voice, figure.voices)), f"{figure.number} {figure.title}")
            for figure in found[name]
        ]
        for key, caption in TABLE.findall(page):
            if key.startswith("data-fig-"):
                continue  # the figure's own, and named with it
            says = re.search(r'<span class="voice.*?</span>', caption)
            words = plain(re.sub(r'<span class="(?:voice|reach).*?</span>|<a .*?</a>', "", caption))
            marks.append((key, says[0] if says else "", words))
        items = "".join(
            f'<li>{mark} <a class="reference" href="{up}{name}.html#{key}">{escape(words)}</a></li>'
            for key, mark, words in marks
        )
        if items:
            title = escape(plain(head[1])) if head else name
            parts.append(f'<li><a class="reference" href="{up}{name}.html">{title}</a><ul>{items}</ul></li>')
    return f'<ul class="listing">{"".join(parts)}</ul>'
