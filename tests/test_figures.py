"""The figures as a reader meets them: light, steady, open to all, and to take away."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import csv
import io
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from bs4 import BeautifulSoup
from colorspacious import cspace_convert
from conftest import build, opened_before_its_script, replace
from PIL import Image
from playwright.sync_api import Browser, Page

from book import downloads, figures, tables
from book.charts import PALETTE
from book.data import ROOT, load, package
from book.verdict_charts import INKS
from chapters import six_questions

NAMES = [
    name
    for page in sorted((ROOT / "chapters").glob("*.md"))
    for name in re.findall(r"^\s+name: (fig-\S+)", page.read_text("utf-8"), re.MULTILINE)
]
CHARTS = [  # a page of each kind of chart: steps, many lines, a map, controls, upright labels, a grid
    "muddling-through",
    "six-questions",
    "escalation",
    "weigh",
    "side-by-side",
    "signposts",
]
SHIFTS = """window.shifts = [];
new PerformanceObserver(list => list.getEntries().forEach(entry => window.shifts.push(
    [entry.value, ...entry.sources.map(source => (source.node || {}).textContent || "")]
))).observe({type: "layout-shift", buffered: true});"""


@pytest.fixture(scope="session")
def found(book: Path) -> dict[str, downloads.Figure]:
    """Every figure of the built book by name."""
    return {
        figure.name: figure
        for path in sorted((book / "chapters").glob("*.html"))
        for figure in downloads.figures_of(path.read_text("utf-8"))
    }


# --- to take away -------------------------------------------------------------------------------------


def test_every_figure_of_the_chapters_is_found_on_the_pages(found: dict[str, downloads.Figure]) -> None:
    assert sorted(found) == sorted(NAMES)
    assert len(NAMES) > 25


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_leaves_the_book_with_title_voice_source_and_date(
    name: str, found: dict[str, downloads.Figure], book: Path
) -> None:
    figure = found[name]
    base = book / "figures" / downloads.file_name(name)
    svg = ElementTree.fromstring(base.with_suffix(".svg").read_text("utf-8"))
    known = {part.tag.partition("}")[2]: part.text or "" for part in svg.iter()}
    assert known["title"] == figure.title
    assert 10 < len(figure.title) < 300
    assert known["desc"] == figure.spec["description"]
    drawn = " ".join(part.text or "" for part in svg.iter(f"{{{figures.SVG}}}text"))
    assert figure.title.split()[0] in drawn
    for part in (tables.VOICES[figure.voices[0]], f"edition {package()['version']}", "1 Feb 2024", "Record to"):
        assert part in drawn, part
    assert "var(--" not in base.with_suffix(".svg").read_text("utf-8")
    with Image.open(base.with_suffix(".png")) as png:
        size = [int(svg.attrib[side]) * figures.SHARPNESS for side in ("width", "height")]
        assert png.size == pytest.approx(size, abs=1)
        assert png.size[0] == figures.SHARPNESS * figures.WIDTHS["wide"]
        assert min(np.asarray(png.convert("RGB"))[0, 0]) >= 250


@pytest.mark.parametrize("name", NAMES)
def test_the_file_of_a_figure_holds_what_its_chart_shows(
    name: str, found: dict[str, downloads.Figure], book: Path
) -> None:
    path = book / "figures" / f"{downloads.file_name(name)}.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))
    heads, shown = downloads.shown(found[name].spec)
    assert list(rows[0]) == [*heads, downloads.ORIGIN]
    assert len(rows) == len(shown) > 1
    assert all(head[0].isupper() and "_" not in head for head in heads)
    assert all(found[name].title in row[downloads.ORIGIN] for row in rows)
    assert not [value for row in rows for value in row.values() if re.match(r"[=+@\t\r]|-(?![\d.]+$)", value)]


def test_files_hold_the_rows_and_figures_that_the_tables_give(book: Path) -> None:
    def column(name: str, head: str) -> list[str]:
        return [row[head] for row in csv.DictReader((book / f"figures/{name}.csv").open(encoding="utf-8", newline=""))]

    steps = load("consequences")
    assert sorted(column("rupture", "Id")) == sorted(steps.loc[steps["scenario"] == "rupture", "id"])
    assert column("timeline", "Id") == list(load("events")["id"])
    assert len(column("signposts", "Id")) == len(load("signpost-readings"))
    official = six_questions.official(load("attack-counts"))["total"]
    assert {float(value) for value in column("wave", "Attacks so far")} >= set(official)
    assert "155.87" in column("fork", "Output per person, 1989 = 100")


def test_the_data_of_a_figure_are_on_its_page_and_lead_to_rows(book: Path) -> None:
    count = 0
    for path in sorted((book / "chapters").glob("*.html")):
        page = path.read_text("utf-8")
        for line in re.findall(r'<p class="figure-tools">.*?</p>', page):
            links = {text: address for address, text in re.findall(r'href="([^"]+)"[^>]*>(\w+)</a>', line)}
            assert list(links) == ["Data", "CSV", "SVG", "PNG"]
            place = re.escape(links["Data"].removeprefix("#"))
            assert re.search(rf'<table class="data" id="{place}"|id="{place}" data-row', page), place
            assert all((path.parent / links[kind]).is_file() for kind in ("CSV", "SVG", "PNG"))
            count += 1
    assert count == len(NAMES)


def test_a_text_that_a_spreadsheet_would_run_ends_the_build(tiny: Path) -> None:
    replace("chapter.md", "```{code-cell} ipython3\nimport altair", FIGURE_HEAD + "import altair")(tiny)
    replace("chapter.md", "60)", '60, {"name": "Name", "kind": "Kind"})')(tiny)
    assert build(tiny).returncode == 0
    assert (tiny / "_build/html/figures/bars.csv").is_file()
    assert (tiny / "_build/html/_static/preview.png").is_file()
    replace("chapter.md", 'data.load("actors")).mark', 'data.load("actors").assign(name="=1+1")).mark')(tiny)
    printed = build(tiny).stdout
    assert "figures/bars.csv, row 2, column Name: '=1+1' would run in a spreadsheet" in printed


FIGURE_HEAD = """```{code-cell} ipython3
---
mystnb:
  figure:
    name: fig-bars
    caption: |
      {voice}`brief` Two bars.
---
"""


def test_the_picture_for_links_has_its_size(book: Path) -> None:
    with Image.open(book / "_static" / "preview.png") as png:
        assert png.size == (1200, 630)


def test_the_list_names_every_figure_and_every_table(book: Path) -> None:
    listed = BeautifulSoup((book / "chapters/figures.html").read_text("utf-8"), "lxml").select_one(".listing")
    links = {link["href"].partition("#")[2]: link.parent for link in listed.select("li li a")}
    every = {
        name
        for path in book.rglob("*.html")
        for name in re.findall(r'<table class="data" id="([^"]+)"|$', path.read_text("utf-8"))
        if name and not name.startswith("data-fig-")
    }
    every |= set(NAMES)
    assert set(links) == every
    assert not [key for key, item in links.items() if not item.select_one(".voice")]


# --- light and steady -----------------------------------------------------------------------------------


@pytest.fixture(params=[360, 800, 1280], ids=lambda width: f"{width}px")
def watched(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of one width that notes each shift of its layout and each file that it asks for."""
    context = browser.new_context(viewport={"width": request.param, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(SHIFTS)
    yield page
    context.close()


def test_a_chart_takes_just_the_place_of_its_picture(watched: Page, book: Path) -> None:
    for name in CHARTS:
        watched.goto((book / f"chapters/{name}.html").as_uri())
        for chart in watched.locator("[data-chart]").all():
            size = "chart => chart.getBoundingClientRect().height"
            still = chart.evaluate(size)
            chart.scroll_into_view_if_needed()
            watched.mouse.wheel(0, 1)
            watched.wait_for_function("chart => chart.classList.contains('alive')", arg=chart.element_handle())
            drawn = chart.locator(".live svg")
            named = chart.locator(".live[role=graphics-document]")
            assert chart.evaluate(size) == still
            assert abs(drawn.evaluate(size) - still) <= 2, f"{name}: the live chart is not as high as its picture"
            picture = chart.locator("svg.picture").first
            assert named.get_attribute("aria-label") == picture.get_attribute("aria-label")
        shifts = watched.evaluate("window.shifts")
        assert not sum(shift[0] for shift in shifts), f"{name}: {shifts}"


@pytest.mark.parametrize("name", ["checked", "argument", "weigh"])
def test_what_a_late_script_adds_has_its_place(name: str, watched: Page, book: Path) -> None:
    script = opened_before_its_script(watched, (book / f"chapters/{name}.html").as_uri())
    heights = "[...document.querySelectorAll('article > section')].map(part => part.scrollHeight)"
    before = watched.evaluate(heights)
    script.continue_()
    watched.wait_for_load_state("load")
    watched.mouse.move(5, 5)
    watched.wait_for_selector("table.equipped", state="attached")
    after = watched.evaluate(heights)
    assert max(abs(first - last) for first, last in zip(before, after, strict=True)) <= 4
    shifts = watched.evaluate("window.shifts")
    assert sum(shift[0] for shift in shifts) < 0.001, shifts


def test_the_library_waits_for_a_reader(browser: Browser, book: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 3000})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((book / "chapters/escalation.html").as_uri())
    page.wait_for_timeout(400)
    assert not [url for url in asked if "vega" in url]
    page.keyboard.press("Tab")
    page.wait_for_selector(".chart.alive")
    assert [url for url in asked if "vega" in url]
    context.close()


def test_where_data_are_saved_a_chart_comes_alive_only_when_used(browser: Browser, book: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 3000})
    context.add_init_script("Object.defineProperty(navigator, 'connection', {value: {saveData: true}})")
    page = context.new_page()
    page.goto((book / "chapters/escalation.html").as_uri())
    page.keyboard.press("Tab")
    page.mouse.wheel(0, 10)
    page.wait_for_timeout(300)
    assert not page.locator(".chart.alive").count()
    page.locator("#fig-timeline .figure-tools a").first.focus()
    page.wait_for_selector("#fig-timeline .chart.alive")
    assert page.locator(".chart.alive").count() == 1
    context.close()


def test_where_the_system_chooses_colors_charts_can_be_read(browser: Browser, book: Path) -> None:
    context = browser.new_context(forced_colors="active", color_scheme="dark", viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto((book / "chapters/six-questions.html").as_uri())
    text = page.locator("svg.picture.narrow text").first
    ink = text.evaluate("node => getComputedStyle(node).fill")
    assert ink == page.evaluate("getComputedStyle(document.body).color")
    context.close()


# --- open to all ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_description_states_what_one_learns_in_few_words(name: str, found: dict[str, downloads.Figure]) -> None:
    assert 60 <= len(found[name].spec["description"]) <= 500


STYLE = (ROOT / "_static" / "book.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--chart-([a-z]+): (#[0-9a-f]{3,6});", block))
    for block in (STYLE.partition("body {")[0], re.search(r'body\[data-theme="dark"\] \{(.*?)\}', STYLE, re.DOTALL)[1])
)
TOGETHER = {  # colors that tell things apart within one chart, by the chart
    "scenarios": ["first", "second", "both", "neither"],
    "directions": ["better", "worse", "mixed", "unclear"],
    "relations": ["better", "worse", "unclear"],
    "roles": ["muted", "second", "worse"],
    "lines": ["first", "second", "both"],
    "stances": ["both", "second"],
    "times": ["unclear", "both"],
    "ends": ["worse", "better"],
}
MARKS = sorted({name for names in TOGETHER.values() for name in names} | set(INKS) | {"third", "ink", "border"})


def rgb(color: str) -> list[float]:
    """Return a color of the style sheet as parts from 0 to 1."""
    digits = color.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    return [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]


def luminance(color: str) -> float:
    """Return the relative luminance of a color, as WCAG defines it."""
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb(color)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def seen(color: str, kind: str) -> list[float]:
    """Return a color in a uniform space, as someone who is blind to a color sees it."""
    space = {"name": "sRGB1+CVD", "cvd_type": kind, "severity": 100}
    simulated = cspace_convert(rgb(color), space, "sRGB1")
    return list(cspace_convert([min(1, max(0, part)) for part in simulated], "sRGB1", "CAM02-UCS"))


def test_the_colors_of_charts_are_those_of_the_style_sheet() -> None:
    assert {name: color for name, color in LIGHT.items() if name != "paper"} == {
        name: color for name, color in PALETTE.items() if name != "paper"
    }
    assert LIGHT.keys() == DARK.keys()
    media = re.search(r'body:not\(\[data-theme="light"\]\) \{(.*?)\}', STYLE, re.DOTALL)
    assert media
    assert dict(re.findall(r"--chart-([a-z]+): (#[0-9a-f]{3,6});", media[1])) == DARK


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", MARKS)
def test_a_mark_stands_out_from_the_paper(name: str, theme: dict[str, str]) -> None:
    low, high = sorted([luminance(theme[name]), luminance(theme["paper"])])
    assert (high + 0.05) / (low + 0.05) >= 3


@pytest.mark.parametrize("kind", ["deuteranomaly", "protanomaly"])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("chart", TOGETHER)
def test_colors_that_stand_together_differ_for_the_color_blind(chart: str, theme: dict[str, str], kind: str) -> None:
    for one, other in combinations(TOGETHER[chart], 2):
        pair = zip(seen(theme[one], kind), seen(theme[other], kind), strict=True)
        distance = sum((first - second) ** 2 for first, second in pair) ** 0.5
        assert distance >= DISTINCT, f"{one} and {other}: {distance:.1f}"


DISTINCT = 9.0  # in CAM02-UCS, where 1 is just seen side by side


def test_each_table_can_be_taken_along_as_csv(parsed: dict[str, BeautifulSoup], book: Path) -> None:
    own = 0
    for name, page in parsed.items():
        for table in page.select("article table.data"):
            if table["id"].startswith("data-fig-"):
                continue  # of a figure, which has its own
            link = table.select_one('caption a[href$=".csv"]')
            assert link, f"{name}: {table['id']}"
            with ((book / name).parent / str(link["href"])).open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))
            if "/tables/" in f"/{link['href']}":
                own += 1
                assert len(rows) == len(table.select("tr"))
                assert rows[0] == [" ".join(head.get_text(" ").split()) for head in table.select("thead th")]
    assert own > 20


def test_a_formula_in_a_table_of_a_page_is_a_fault(tmp_path: Path) -> None:
    page = '<table class="data" id="t"><caption>c</caption><tr><th>a</th></tr><tr><td>{}</td></tr></table>'
    for text, wrong in (("=1+1", 1), ("@x", 1), ("-0.5", 0), ("plain", 0)):
        told, amiss = downloads.with_tables(page.format(text), "", tmp_path / text)
        assert len(amiss) == wrong, text
        assert 'href="tables/t.csv"' in told
    assert (tmp_path / "plain" / "t.csv").read_text("utf-8") == "a\nplain\n"


def test_two_tables_of_one_name_are_a_fault_for_one_file_would_replace_the_other(tmp_path: Path) -> None:
    page = '<table class="data" id="t"><caption>c</caption><tr><th>a</th></tr></table>'
    assert downloads.with_tables(page, "", tmp_path)[1] == []
    (fault,) = downloads.with_tables(page, "", tmp_path)[1]
    assert "tables/t.csv" in fault and "allowed: one" in fault
