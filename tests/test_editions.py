"""The editions to take along, and a page as a browser prints it: whole, legible, open to all."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from filelock import FileLock
from pikepdf import Dictionary, NameTree, Pdf
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from book import data
from book.citation import citation
from book.data import ROOT
from book.editions import EDITIONS, MARKER, articles, epub, handout, offer, pdf
from book.editions import __main__ as command
from book.editions.articles import BookMissing, flat
from book.editions.articles import contents as CONTENTS
from book.tables import VOICES, reached

Make = Callable[[str], bytes]


# The PDF of the tests holds these pages alone, among them the first of most parts: the whole takes minutes to print.
PRINTED = {"index", *(f"chapters/{name}" for name in ("background", "levers", "rupture", "checked", "weigh", "method"))}


def contents(_: Path = ROOT) -> list[tuple[str, str]]:
    """Return the pages of the tests' PDF, each with the part that it opens."""
    return [(part, name) for part, name in CONTENTS() if name in PRINTED]


def apart(act: Callable[[], bytes]) -> bytes:
    """Do in a thread of its own what starts a browser, since this one may have one already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(act).result()


@pytest.fixture(scope="session")
def make(book: Path, tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Make:
    """Returns an edition of this book by its kind, made once a run for all test processes."""

    def made(kind: str) -> bytes:
        kept = tmp_path_factory.getbasetemp().parent / f"{kind}-{testrun_uid}"
        with FileLock(kept.with_suffix(".lock")):
            if not kept.exists():
                with pytest.MonkeyPatch.context() as patch:
                    if kind == "pdf":
                        patch.setattr(articles, "contents", contents)
                    kept.write_bytes(apart(lambda: command.MAKERS[kind](book)))
        return kept.read_bytes()

    return made


@pytest.fixture(scope="module")
def sheet(make: Make) -> PdfReader:
    """The handout."""
    return PdfReader(BytesIO(make("handout")))


@pytest.fixture(scope="module")
def ebook(make: Make) -> zipfile.ZipFile:
    """The book as EPUB."""
    return zipfile.ZipFile(BytesIO(make("epub")))


def words(text: str) -> str:
    """Return a text with single blanks."""
    return " ".join(text.split())


def titles(book: Path, listed: Iterable[tuple[str, str]]) -> list[str]:
    """Return the title of each chapter that is listed, from the built pages."""
    pages = [(book / f"{name}.html").read_text("utf-8") for _, name in listed]
    return [words(unescape(page.partition("<h1>")[2].partition("<")[0])) for page in pages]


def elements(reader: Pdf, kind: str) -> list[Any]:
    """Return the elements of one kind in the structure of a PDF."""
    dictionaries = [one for one in reader.objects if isinstance(one, Dictionary)]
    return [one for one in dictionaries if one.get("/Type") == "/StructElem" and one.get("/S") == kind]


def heads(content: bytes) -> list[str]:
    """Return the names of the cells of a PDF that head others."""
    reader = Pdf.open(BytesIO(content))
    return [str(name) for name in NameTree(reader.Root.StructTreeRoot.IDTree)]


def text_of(content: bytes, *pages: int) -> str:
    """Return the text of pages, counted from one, of a PDF, with single blanks."""
    reader = PdfReader(BytesIO(content))
    return words(" ".join(reader.pages[at - 1].extract_text() for at in pages))


# --- PDF ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pdf", "handout"])
def test_a_pdf_is_tagged_and_names_itself_its_language_and_its_day(kind: str, make: Make) -> None:
    reader = Pdf.open(BytesIO(make(kind)))
    assert reader.Root.MarkInfo.Marked
    assert all(elements(reader, f"/{name}") for name in ("Document", "H1", "Table", "TH", "LI"))
    assert reader.Root.Lang == "en"
    assert reader.Root.ViewerPreferences.DisplayDocTitle
    told = PdfReader(BytesIO(make(kind))).metadata
    assert told
    assert str(told.title).startswith(citation()["title"])
    assert told.creation_date
    assert told.creation_date.date() == citation()["date-released"]


def test_the_bookmarks_and_the_contents_lead_to_every_chapter_and_print_its_page(make: Make, book: Path) -> None:
    content = make("pdf")
    reader, starts = Pdf.open(BytesIO(content)), pdf.places(content)
    number = {page.objgen: at for at, page in enumerate(reader.pages, 1)}
    with reader.open_outline() as outline:
        top = {words(one.title): one for one in outline.root}
        marks = {**top, **{words(under.title): under for one in outline.root for under in one.children}}
        leads = {title: number[one.destination[0].objgen] for title, one in marks.items()}
    printed = text_of(content, *range(2, starts["index"]))
    for title, (part, name) in zip(titles(book, contents()), contents(), strict=True):
        at = leads[title]
        assert at == starts[flat(name)]
        assert re.search(rf"{re.escape(title)} {at}(?!\d)", printed), f"{title} is not on {at}"
        if part:
            assert leads[part] == at
            assert part in top
    at = starts["checked"]
    assert "The brief, checked" in text_of(content, at)
    assert re.search(rf"\b{at}$", text_of(content, at)), "the page does not carry its number"


def test_every_link_of_the_pdf_leads_to_a_place_in_it_or_out_to_a_page(make: Make) -> None:
    reader = Pdf.open(BytesIO(make("pdf")))
    places, within = {str(name) for name in reader.Root.Dests}, 0
    for page in reader.pages:
        for note in page.get("/Annots", []):
            if "/Dest" in note:
                assert str(note.Dest) in places, note.Dest
                within += 1
            else:
                assert re.match("(https?|mailto):", str(note.A.URI)), note.A
    assert within > 500


def test_every_chart_of_the_book_is_a_figure_with_words_in_the_pdf(make: Make, book: Path) -> None:
    reader = Pdf.open(BytesIO(make("pdf")))  # kept by name: its objects live as long as it does
    figures = elements(reader, "/Figure")
    drawn = sum((book / f"{name}.html").read_text("utf-8").count('class="picture wide"') for _, name in contents())
    assert len(figures) == drawn > 3
    assert not [one for one in figures if len(str(one.get("/Alt", ""))) < 60]


def test_what_a_browser_did_before_leaves_no_trace_in_a_pdf(browser: Browser) -> None:
    rows = "".join(f"<tr><th scope=row>{name}</th><td>1</td></tr>" for name in "abc")
    text = f"<table><tr><td></td><th scope=col>One</th></tr>{rows}</table>"
    page = browser.new_page()
    prints = []
    for before in ("", "<p>Something else</p>" * 30):
        page.set_content(before)
        page.pdf(tagged=True)
        page.set_content(pdf.page_of("Table", text))
        prints.append(page.pdf(tagged=True))
    page.close()
    assert heads(prints[0]) != heads(prints[1]), (
        "the browser names header cells alike by itself; renumbering them is needed no more"
    )
    one, other = (pdf.finished(content, "Table", citation()) for content in prints)
    assert hashlib.sha256(one).digest() == hashlib.sha256(other).digest()


@pytest.mark.parametrize("kind", ["pdf", "handout"])
def test_every_cell_of_a_pdf_finds_the_cells_that_head_it(kind: str, make: Make) -> None:
    reader = Pdf.open(BytesIO(make(kind)))
    cells = [cell for name in ("/TD", "/TH") for cell in elements(reader, name)]
    given = [one for cell in cells for one in cell.get("/A", []) if "/Headers" in one]
    assert len(given) > len(heads(make(kind))) > 20
    assert {str(name) for one in given for name in one.Headers} == set(heads(make(kind)))


def test_no_page_of_the_pdf_is_all_but_empty(make: Make) -> None:
    reader = Pdf.open(BytesIO(make("pdf")))
    assert len(reader.pages) > 30
    assert not [at for at, page in enumerate(reader.pages, 1) if len(page.Contents.read_bytes()) < 1000]


# --- handout -------------------------------------------------------------------------------------------


def test_the_handout_has_two_pages_three_voices_and_what_the_data_say(sheet: PdfReader) -> None:
    assert len(sheet.pages) == 2
    text = words(" ".join(page.extract_text() for page in sheet.pages))
    steps = data.load("consequences").set_index("id")["statement"]
    told = [*VOICES.values(), reached(), handout.OPENING, "No expert", "language-model software"]
    told += [words(steps[at]) for at in data.load("highlights")["consequence"]]
    told += [row["next"] for row in handout.watched()]
    for verdict, count in data.load("checks")["verdict"].value_counts().items():
        told.append(f"{verdict} {count}")
    assert not [one for one in told if words(one) not in text]
    assert 3 <= len(handout.watched()) <= 5


def test_nothing_on_the_handout_is_smaller_than_nine_points(sheet: PdfReader) -> None:
    sizes: dict[float, str] = {}

    def note(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if text.strip():
            sizes[round(abs(size * tm[3] * cm[3]), 1)] = text

    for page in sheet.pages:
        page.extract_text(visitor_text=note)
    assert sizes
    assert min(sizes) >= 8.9, sizes


def test_a_handout_that_outgrows_its_pages_is_refused(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handout, "watched", lambda: list(data.load("signposts").assign(path="W1").to_dict("records")))
    with pytest.raises(ValueError, match="3 pages; allowed: 2"):
        apart(lambda: handout.two_pages(book))


# --- EPUB ----------------------------------------------------------------------------------------------


def test_the_epub_passes_epubcheck_without_error_or_warning(make: Make, tmp_path: Path) -> None:
    checker = shutil.which("epubcheck")
    assert checker, "epubcheck is missing; make epubcheck installs it where it may"
    path = tmp_path / "book.epub"
    path.write_bytes(make("epub"))
    program = Path(checker).resolve()
    call = ["java", "-jar", str(program)] if program.suffix == ".jar" else [checker]  # Debian's is an archive for Java
    quick = os.environ | {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}  # it runs for seconds only
    result = subprocess.run([*call, str(path)], env=quick, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 fatals / 0 errors / 0 warnings" in result.stdout + result.stderr


def test_the_epub_holds_every_chapter_in_the_order_of_the_contents(ebook: zipfile.ZipFile, book: Path) -> None:
    nav = BeautifulSoup(ebook.read("book/nav.xhtml"), "xml")
    told = [words(link.get_text()) for link in nav.select('a:not([href*="#"])')]
    assert told == titles(book, CONTENTS())
    assert [words(part.get_text()) for part in nav.select("nav > ol > li > span")] == [at for at, _ in CONTENTS() if at]


def test_the_epub_has_no_script_a_text_for_each_picture_and_says_what_is_arabic(ebook: zipfile.ZipFile) -> None:
    assert ebook.namelist()[0] == "mimetype"
    pages = {name: ebook.read(name).decode() for name in ebook.namelist() if name.endswith(".xhtml")}
    assert not [name for name, text in pages.items() if re.search(r"<script|<style|\son\w+=|\sstyle=", text)]
    images = [image for text in pages.values() for image in re.findall(r"<img[^>]*>", text)]
    assert images
    assert not [image for image in images if not re.search(r'alt="[^"]{60}', image)]
    pictures = [ebook.read(name).decode() for name in ebook.namelist() if name.endswith(".svg")]
    assert len(pictures) == 2 * len(images)
    assert not [one for one in pictures if "var(" in one], "a color without a value"
    script = re.compile("[\u0600-\u06ff]")
    parsed = [BeautifulSoup(text, "xml") for text in pages.values() if script.search(text)]
    arabic = [part for page in parsed for part in page.find_all(string=script)]
    assert arabic
    assert not [part for part in arabic if not part.find_parent(lang="ar", dir="rtl")]


def test_the_epub_is_the_same_each_time(make: Make, book: Path) -> None:
    assert hashlib.sha256(epub.pack(book)).digest() == hashlib.sha256(make("epub")).digest()


def test_the_handout_is_the_same_each_time(make: Make, book: Path) -> None:
    again = apart(lambda: handout.two_pages(book))
    assert hashlib.sha256(again).digest() == hashlib.sha256(make("handout")).digest()


# --- offers ----------------------------------------------------------------------------------------------


def test_editions_are_offered_on_every_page_once_made_and_however_often(tmp_path: Path) -> None:
    page = tmp_path / "chapters" / "one.html"
    page.parent.mkdir()
    page.write_text(f"<p>Text</p>\n{MARKER}\n", "utf-8")
    offer(tmp_path)
    assert page.read_text("utf-8") == f"<p>Text</p>\n{MARKER}\n"
    (tmp_path / "downloads").mkdir()
    for kind, length in (("epub", 712_345), ("pdf", 9_654_321), ("pdf", 4_100_000)):
        (tmp_path / "downloads" / EDITIONS[kind].file).write_bytes(b"x" * length)
        offer(tmp_path)
    html = page.read_text("utf-8")
    assert [link["href"] for link in BeautifulSoup(html, "lxml").select(".editions a")] == [
        "../downloads/two-tough-scenarios.pdf",
        "../downloads/two-tough-scenarios.epub",
    ]
    assert "(4.1 MB)" in html
    assert "(712 kB)" in html
    assert html.count("editions") == 2


def test_the_plain_build_has_the_marker_on_every_page_and_names_no_edition(book: Path) -> None:
    for _, name in contents():
        html = (book / f"{name}.html").read_text("utf-8")
        assert html.count(MARKER) == 1, name
        assert "downloads/two-tough-scenarios" not in html


def test_the_command_writes_the_edition_that_it_names_and_says_where_a_book_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["book.editions", "handout"])
    with pytest.raises(SystemExit, match="build the book first: make book"):
        command.main()
    page = tmp_path / "_build" / "html" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text(MARKER, "utf-8")
    monkeypatch.setitem(command.MAKERS, "handout", lambda book: b"content")
    command.main()
    file = f"downloads/{EDITIONS['handout'].file}"
    assert capsys.readouterr().out == f"_build/html/{file}\n"
    assert (page.parent / file).read_bytes() == b"content"
    assert f'href="{file}"' in page.read_text("utf-8")


@pytest.mark.parametrize("kind", EDITIONS)
def test_without_a_built_book_it_is_said_what_to_do(kind: str, tmp_path: Path) -> None:
    with pytest.raises(BookMissing, match="build the book first: make book"):
        command.MAKERS[kind](tmp_path)


# --- a page as the browser prints it -------------------------------------------------------------------------

PAPER = 680  # pixels: A4 less its margins
CHROME = (
    ".sidebar-drawer, .toc-drawer, .mobile-header, .related-pages, .back-to-top, .content-icon-container, .headerlink, "
    ".voices, .editions, .filter, .more, .controls, .live-verdict, input, select, details.hide, .chart .live, .narrow"
)
CLIPPED = """() => [...document.querySelectorAll("article, article *")].filter(one => {
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    const cut = ["hidden", "clip", "auto", "scroll"].includes(style.overflowX) && one.scrollWidth > one.clientWidth + 1;
    return one.checkVisibility() && box.width && !one.closest("svg") && (box.right > innerWidth + 1 || cut);
}).map(one => one.outerHTML.slice(0, 200))"""
FOLDED = "details:not(.hide) > :not(.filter, output, .more)"
HIDDEN = f"""() => [...document.querySelectorAll("table.data tr, {FOLDED}, .fact, .step")].filter(
    one => !one.checkVisibility({{contentVisibilityAuto: true}}) || !one.getBoundingClientRect().height
).filter(one => !one.matches(".filters")).map(one => one.outerHTML.slice(0, 200))"""
TARGETS = """() => [...document.querySelectorAll('article a[href^="http"]')].filter(one =>
    one.checkVisibility() && !getComputedStyle(one, "::after").content.includes(one.getAttribute("href"))
    && !one.href.includes(one.textContent)
).map(one => one.outerHTML)"""


@pytest.fixture
def printed(browser: Browser) -> Iterator[Page]:
    """A page on paper, of a reader who reads in the dark."""
    context = browser.new_context(viewport={"width": PAPER, "height": 900}, color_scheme="dark")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", ["checked", "levers", "weigh", "what-followed", "signposts", "method", "sources"])
def test_a_page_on_paper_is_whole_light_and_without_the_site_around_it(name: str, printed: Page, book: Path) -> None:
    printed.goto((book / f"chapters/{name}.html").as_uri())
    charts = printed.locator("[data-chart]")
    if charts.count():
        charts.first.scroll_into_view_if_needed()
        printed.wait_for_selector(".chart.alive")
    printed.evaluate("document.body.dataset.theme = 'dark'")
    printed.emulate_media(media="print")
    assert not printed.locator(f":is({CHROME}):visible").count()
    assert printed.locator(".picture.wide:visible").count() == charts.count()
    assert not printed.evaluate(CLIPPED)
    assert not printed.evaluate(HIDDEN)
    assert not printed.evaluate(TARGETS)
    ink, ground = printed.evaluate(
        "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert ground in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")
    assert max(map(int, re.findall(r"\d+", ink)[:3])) < 80, ink


def test_a_print_opens_what_is_folded_and_folds_it_again(printed: Page, book: Path) -> None:
    printed.goto((book / "chapters/what-followed.html").as_uri())
    folded = printed.locator("article details:not(.hide):not([open])").count()
    assert folded > 20
    printed.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not printed.locator("article details:not(.hide):not([open])").count()
    assert printed.locator("article details.hide:not([open])").count()
    printed.evaluate("dispatchEvent(new Event('afterprint'))")
    assert printed.locator("article details:not(.hide):not([open])").count() == folded


def test_the_commands_of_the_editions_are_in_the_makefile() -> None:
    rules = (ROOT / "Makefile").read_text("utf-8")
    assert re.search(r"^pdf handout epub:", rules, re.MULTILINE)
    assert re.search(r"^site:", rules, re.MULTILINE)
