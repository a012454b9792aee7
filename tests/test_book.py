"""The built book, as a reader meets it: in Chromium, from files, with the network off."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import re
import zipfile
from pathlib import Path
from posixpath import dirname, normpath

import pytest
from bs4 import BeautifulSoup
from conftest import PAGES, TOC, scroll_through
from playwright.sync_api import Browser, Page

from book import data, record, tables, weigh, weigh_charts, weigh_views
from book.data import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_without_scripts_a_page_has_its_text_and_a_picture_of_each_chart(
    name: str, browser: Browser, book: Path
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto((book / f"{name}.html").as_uri())
    assert page.locator("h1").count() == 1
    assert not page.locator(".controls:visible").count(), "controls that do nothing"
    charts = page.locator("[data-chart]")
    for index in range(charts.count()):
        pictures = charts.nth(index).locator("svg.picture:visible")
        assert pictures.count() == 1
        assert len(pictures.get_attribute("aria-label") or "") > 60
    context.close()


def test_every_page_of_the_contents_is_reached_by_links(parsed: dict[str, BeautifulSoup]) -> None:
    seen: set[str] = set()
    queue = [f"{TOC['root']}.html"]
    while queue:
        name = queue.pop()
        if name not in seen and name in parsed:
            seen.add(name)
            links = parsed[name].select("article a[href], nav a[href], aside a[href]")
            queue += [normpath(f"{dirname(name)}/{link['href'].partition('#')[0]}").lstrip("/") for link in links]
    assert {f"{name}.html" for name in PAGES} <= seen


def test_a_long_table_can_be_filtered_sorted_and_shown_whole(page: Page, book: Path) -> None:
    page.goto((book / "chapters/argument.html").as_uri())
    table = page.locator("#table-claims[data-long]")
    rows = table.locator("tbody tr:visible")
    total = len(data.load("claims"))
    assert rows.count() < total
    page.get_by_role("button", name=f"Show all {total} rows").click()
    assert rows.count() == total
    page.get_by_role("searchbox", name="assessments and recommendations").fill("Fly Baghdad")
    assert 0 < rows.count() < 5
    page.get_by_role("searchbox", name="assessments and recommendations").fill("")
    table.get_by_role("button", name="Id").click()
    table.get_by_role("button", name="Id").click()
    assert table.locator("[aria-sort=descending]").count() == 1
    assert rows.first.get_attribute("id") == data.load("claims")["id"].iloc[-1]


def test_the_address_of_a_folded_row_leads_to_the_row(page: Page, book: Path) -> None:
    last = data.load("claims")["id"].iloc[-1]
    page.goto((book / "chapters/argument.html").as_uri() + f"#{last}")
    page.wait_for_timeout(200)
    assert page.locator(f"#{last}").is_visible()


@pytest.mark.parametrize("address", ["checked.html#V51", "record.html#F430", "what-followed.html#O41-horizon"])
def test_the_address_of_a_row_leads_to_the_row_however_long_the_page(address: str, page: Page, book: Path) -> None:
    page.goto(f"{(book / 'chapters').as_uri()}/{address}")
    target = page.locator(f"#{address.partition('#')[2]}")
    page.wait_for_timeout(1500)
    place = target.bounding_box()
    assert place
    assert -5 <= place["y"] < 800
    inside = target.locator("details").first
    if inside.count():
        assert inside.evaluate("details => details.open"), "what the row holds is still folded"


def test_dates_sort_by_day_and_not_by_their_words(page: Page, book: Path) -> None:
    page.goto((book / "chapters/escalation.html").as_uri())
    table = page.locator("#table-events")
    table.get_by_role("button", name="Date", exact=True).click()
    table.locator("tbody").evaluate("body => body.closest('table').dispatchEvent(new Event('wanted'))")
    dates = table.locator("td[data-head=Date] [data-sort]").evaluate_all("all => all.map(cell => cell.dataset.sort)")
    assert dates == sorted(dates)


def test_a_step_of_a_chart_can_be_picked(page: Page, book: Path) -> None:
    page.goto((book / "chapters/rupture.html").as_uri())
    scroll_through(page)
    lines = page.locator(".live .role-mark path[stroke-width='1.5']")
    before = {line.get_attribute("opacity") for line in lines.all()}
    page.locator(".live svg g.mark-symbol path").nth(3).click()
    page.wait_for_timeout(300)
    after = {line.get_attribute("opacity") for line in lines.all()}
    assert before != after


def test_the_weights_can_be_set_by_key_and_list_and_the_verdict_is_told_in_words(page: Page, book: Path) -> None:
    page.goto((book / "chapters/weigh.html").as_uri())
    said, (one, other) = page.locator("[data-said]"), weigh.advised()
    codings = list(weigh_views.codings().values())

    def expect(coding: int, parties: dict[str, float], domains: dict[str, float] | None = None) -> None:
        text = weigh_charts.said(weigh.answer(codings[coding], parties, one, other, domains), one, other)
        page.wait_for_function("text => document.querySelector('[data-said]').textContent.endsWith(text)", arg=text)

    start = weigh.weighting("both-countries")
    assert said.get_attribute("role") == "status"
    expect(0, start)
    page.locator(".controls").scroll_into_view_if_needed()
    page.wait_for_selector(".chart.alive")
    assert page.locator(".live .role-mark path[stroke-width='14'], .live line[stroke-width='14']").count() == 2
    slider = page.get_by_role("slider", name="United States")
    slider.focus()
    page.keyboard.press("Home")
    expect(0, start | {"united-states": -3.0})
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    expect(0, start | {"united-states": 0.0})
    assert slider.locator("xpath=../*[@data-shown]").text_content() == "0"
    page.get_by_role("slider", name="Economy").fill("0")
    expect(0, start | {"united-states": 0.0}, dict.fromkeys(codings[0].domains, 1.0) | {"economy": 0.0})
    page.get_by_label("Use the").select_option("1")
    page.get_by_role("button", name="Reset").click()
    expect(0, start)
    assert slider.input_value() == "3"
    page.get_by_label("Start from").select_option(label="Iraq alone")
    expect(0, weigh.weighting("iraq"))
    page.get_by_label("Use the").select_option("1")
    expect(1, weigh.weighting("iraq"))
    for party in page.get_by_role("group", name="Parties").get_by_role("slider").all():
        party.fill("0")
    expect(1, {})
    assert not page.locator(".live .role-mark path[stroke-width='14'], .live line[stroke-width='14']").count()


def test_a_bar_moves_when_a_weight_is_set_by_touch(book: Path, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, has_touch=True)
    page = context.new_page()
    page.goto((book / "chapters/weigh.html").as_uri())
    slider = page.get_by_role("slider", name="Militias")
    slider.scroll_into_view_if_needed()
    page.wait_for_selector(".chart.alive")
    before = page.locator(".live svg").inner_html()
    box = slider.bounding_box()
    assert box
    assert box["height"] >= 24, "too small for a thumb"
    page.touchscreen.tap(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    page.wait_for_function("before => document.querySelector('.live svg').innerHTML !== before", arg=before)
    assert float(slider.input_value()) == 3
    context.close()


@pytest.fixture(scope="session")
def rows(parsed: dict[str, BeautifulSoup]) -> dict[str, list[str]]:
    """The text of every row of the data on every page, by the row's address."""
    found: dict[str, list[str]] = {}
    for page in parsed.values():
        for element in page.select("[data-row]"):
            found.setdefault(str(element["id"]), []).append(" ".join(element.get_text(" ").split()))
    return found


# Told by a chart, or by a cell beside the row: a label, a heading, a unit beside its figure.
ELSEWHERE = {"paragraph", "short_name", "label", "question", "unit"}


@pytest.mark.parametrize("table", data.tables())
def test_no_row_and_no_statement_is_lost_between_the_table_and_its_page(table: str, rows: dict[str, list[str]]) -> None:
    free = [
        name
        for name, field in data.fields(table).items()
        if field.get("constraints", {}).get("pattern") == r"^\S(.*\S)?$" and name not in ELSEWHERE
    ]
    for row in data.load(table).to_dict("records"):
        address = data.row_id(table, row)
        homes = rows.get(address, [])
        assert len(homes) == 1, f"{address} stands in {len(homes)} places"
        for name in free:
            assert row[name].rstrip(".") in homes[0], f"{address}, {name}: {row[name]}"


def test_every_sentence_is_shown_with_the_rows_that_rest_on_it(book: Path) -> None:
    html = (book / "chapters/sentences.html").read_text("utf-8")
    for locator, users in data.users_of_sentences().items():
        entry = html[html.index(f'id="{locator}" data-row') :]
        entry = entry[: entry.index("</li>")]
        for _, address in users:
            assert f"#{address}" in entry, f"{locator} does not lead to {address}"


def test_downloads_are_the_tables_themselves(book: Path) -> None:
    with zipfile.ZipFile(book / "data/all-tables.zip") as archive:
        names = set(archive.namelist())
        for name in data.tables():
            path = "data/" + data.resource(name)["path"]
            assert (book / path).read_bytes() == (ROOT / path).read_bytes() == archive.read(path)
    assert {"data/datapackage.json", "data/fingerprint.json"} <= names


@pytest.mark.parametrize("name", [name for name in PAGES if not name.startswith("notebooks/")])
def test_a_chapter_begins_with_its_points_and_ends_with_what_is_unsaid(
    name: str, parsed: dict[str, BeautifulSoup]
) -> None:
    article = parsed[f"{name}.html"].select_one("article")
    blocks = article.select(".voice-block")
    assert "Key points" in blocks[0].get_text() or "The argument in three minutes" in blocks[0].get_text()
    assert "voice-block-judgment" in blocks[-1]["class"]
    assert not blocks[-1].find_next_siblings(["p", "section", "div"])
    assert not article.select("section section section section section"), "headings run too deep"


def test_every_table_and_figure_says_who_is_speaking(parsed: dict[str, BeautifulSoup]) -> None:
    captions = [caption for page in parsed.values() for caption in page.select("table.data caption, figure figcaption")]
    assert len(captions) > 40
    assert not [caption.get_text() for caption in captions if not caption.select_one(".voice")]


def test_a_disputed_value_is_never_shown_without_its_rivals(parsed: dict[str, BeautifulSoup]) -> None:
    """On every page: whatever tells or cites one of the rivals cites them all."""
    rivals, shown = record.rivals(), 0
    for name, page in parsed.items():
        if name == "chapters/sources.html":
            continue  # it lists what a source carries, and tells no value
        for link in page.select('article a[href*="#F"]'):
            at = link["href"].partition("#")[2]
            # The table of counts puts all counters side by side; elsewhere the nearest unit must hold them all.
            whole = link.find_parent(id="table-attack-counts") or link.find_parent(class_="fact")
            whole = whole or link.find_parent(["tr", "p", "dl", "section"])
            cited = {other["href"].partition("#")[2] for other in whole.select('a[href*="#F"]')}
            assert rivals.get(at, set()) <= cited, f"{name}: {at} stands without {rivals[at] - cited}"
            shown += at in rivals
    assert shown > 40


def test_the_record_says_on_every_page_and_figure_how_far_it_reaches(parsed: dict[str, BeautifulSoup]) -> None:
    until = tables.reading(record.reach()["as_of"])
    due = tables.reading(record.reach()["next_review"])
    for name in PAGES:
        line = parsed[f"{name}.html"].select_one("p.reach")
        assert line, name
        assert f"Record to {until}; next due {due}." in line.get_text()
    of_record = [figure for page in parsed.values() for figure in page.select("figure:has(.voice-record)")]
    judged = [
        parsed[f"chapters/{name}.html"].select("figure:has([data-chart])") for name in ("checked", "what-followed")
    ]
    assert len(of_record) > 10
    for figure in [*of_record, *sum(judged, [])]:
        assert re.search(f"Record to .+; next due {due}", figure.select_one("figcaption").get_text()), figure["id"]


def test_from_a_verdict_it_is_two_clicks_to_sentence_fact_source_and_grade(parsed: dict[str, BeautifulSoup]) -> None:
    verdicts = parsed["chapters/checked.html"].select("#checks tbody tr")
    assert len(verdicts) == len(data.load("checks"))
    for verdict in verdicts:
        for link in verdict.select("a[href]"):
            page, _, place = link["href"].partition("#")
            home = parsed[f"chapters/{page}" if page else "chapters/checked.html"].find(id=place)
            assert home, link
            if place.startswith("F"):
                assert home.select_one(".grade")
                assert home.select_one('a[href^="http"]') or "reported" in home.get_text()


def test_the_rows_of_a_table_can_be_chosen_by_verdict_and_paragraph(page: Page, book: Path) -> None:
    page.goto((book / "chapters/checked.html").as_uri())
    checks = data.load("checks")
    rows = page.locator("#checks tbody tr:visible")
    verdict, paragraph = page.locator("select[name=verdict]"), page.locator("select[name=paragraph]")
    verdict.select_option("qualified")
    assert rows.count() == min(25, int((checks["verdict"] == "qualified").sum()))
    paragraph.select_option("P8")
    both = checks[(checks["verdict"] == "qualified") & checks["paragraph"].str.split().map(lambda own: "P8" in own)]
    assert rows.count() == len(both) > 0
    verdict.select_option("")
    paragraph.select_option("")
    assert rows.count() == min(25, len(checks))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_no_other_host_and_no_place_of_this_machine(name: str, book: Path) -> None:
    html = (book / f"{name}.html").read_text("utf-8")
    loads = r'<(?:script|img|iframe|link(?! rel="(?:license|canonical)"))[^>]+(?:src|href)="(?:https?:)?//[^"]+"'
    assert not re.findall(loads, html)
    assert str(ROOT) not in html
    assert str(Path.home()) not in html
    assert "/tmp/" not in html


# Figures come from {glue:text}; what may be typed are code, links, dates, locators and ids.
MAY_BE_TYPED = re.compile(
    r"```.*?```|`[^`]*`|\([^)]*\)|<[^>]*>|\d{1,2} (?:January|February) \d{4}|(?:19|20)\d\d"
    r"|[PK]\d+(?:\.\d+)?|Attribution 4\.0|^\d\. ",
    re.DOTALL | re.MULTILINE,
)


@pytest.mark.parametrize("name", [name for name in PAGES if (ROOT / f"{name}.md").exists()])
def test_the_prose_of_a_chapter_types_no_figure(name: str) -> None:
    prose = MAY_BE_TYPED.sub("", (ROOT / f"{name}.md").read_text("utf-8").split("---\n", 2)[-1])
    assert not re.findall(r".*\d.*", prose)
