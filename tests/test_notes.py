"""Notes on rows, copies with their source, words that lead to the glossary, and what the search finds."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import html
import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from bs4 import BeautifulSoup
from conftest import Edit, append, assert_named, replace
from playwright.sync_api import Browser, Page, expect
from sphinx.search.en import SearchEnglish

from book import citation, data, notes, record, search, tables
from book.data import ROOT

NOTE = ".note"


def page_of(book: Path, name: str, place: str = "") -> str:
    return (book / f"{name}.html").as_uri() + (f"#{place}" if place else "")


@pytest.fixture(scope="session")
def written(book: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """Every note of the book as it is on the disk, by file and address."""
    found = {}
    for path in (book / "_static/notes").glob("*.js"):
        called = re.fullmatch(r"bookNotes\((.*)\);\n", path.read_text("utf-8"))
        assert called
        name, group, about = json.loads(f"[{called[1]}]")
        assert name == path.stem
        assert set(about) == {"edition", "voices", "report"}
        found[name] = group
    return found


# --- search ----------------------------------------------------------------------------------------

QUERIES = {
    "Nujaba": "militias.html#profile-nujaba",
    "Kata'ib Hizballah": "militias.html#profile-kataib-hezbollah",
    "Kata’ib Hezbollah": "militias.html#profile-kataib-hezbollah",
    "kataeb": "militias.html#profile-kataib-hezbollah",
    "Hizballah": "militias.html#profile-kataib-hezbollah",
    "كتائب حزب الله": "militias.html#profile-kataib-hezbollah",
    "كَتائِب حِزب الله": "militias.html#profile-kataib-hezbollah",
    "النجباء": "militias.html#profile-nujaba",
    "انصار الله": "militias.html#record-ansar-allah-al-awfiya",
    "حشد": "glossary.html#GL01",
    "Soudani": "background.html#mohammed-shia-al-sudani",
    "US forces": "background.html#us-forces",
    "Designation of Fly Baghdad": "levers.html#L16",
}
FIRST = {
    "P8.2": "sentences.html#P8.2",
    "F087": "record.html#F087",
    "l05": "levers.html#L05",
    "S014": "sources.html#S014",
    "PMF": "glossary.html#GL01",
}


def test_the_search_finds_names_in_every_spelling_and_rows_by_their_ids(page: Page, book: Path) -> None:
    viewport = page.viewport_size
    assert viewport
    asked = list((QUERIES | FIRST).items())
    for query, place in asked if viewport["width"] > 1000 else asked[-6:]:
        page.goto(page_of(book, "search") + f"?q={quote(query)}")
        page.wait_for_function("() => (document.querySelector('.search-summary') || {}).innerText")
        found = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.href)")
        assert any(link.endswith(f"/{place}") for link in found), query
        assert query not in FIRST or found[0].endswith(f"/{place}"), query
    page.locator("#search-results li a").first.click()
    assert page.locator(":target").get_attribute("id") == "GL01"


def test_search_and_theme_work_in_a_browser_that_may_keep_nothing(browser: Browser, book: Path) -> None:
    forbidden = "Object.defineProperty(window, 'localStorage', {configurable: true, get() { throw new Error('no'); }})"
    with closing(browser.new_context(color_scheme="light")) as context:
        reader = context.new_page()
        reader.add_init_script(forbidden)
        reader.goto(page_of(book, "search") + "?q=Nujaba")
        expect(reader.locator("#search-results li a").first).to_be_visible()
        theme = "document.body.dataset.theme"
        reader.locator(".theme-toggle:visible").first.click()
        first = reader.evaluate(theme)
        reader.locator(".theme-toggle:visible").first.click()
        assert {first, reader.evaluate(theme)} <= {"light", "dark", "auto"}
        assert first != reader.evaluate(theme)


def test_every_row_and_name_is_in_the_index_with_a_place_that_exists(
    book: Path, parsed: dict[str, BeautifulSoup]
) -> None:
    text = (book / "searchindex.js").read_text("utf-8")
    index = json.loads(text[len("Search.setIndex(") : -1])
    places = {name: {tag["id"] for tag in page.select("[id]")} for name, page in parsed.items()}
    listed = set()
    for prefix, objects in index["objects"].items():
        for page, kind, _, place, last in objects:
            name = html.unescape(f"{prefix}.{last}" if prefix else last)
            at = {"": name, "-": f"{index['objnames'][str(kind)][1]}-{name}"}.get(place, place)
            assert at in places[f"{index['docnames'][page]}.html"], f"{name} leads to {at}, which is not there"
            listed.add((name, at))
    rows = {(name, at) for name, _, at, _ in search.rows()}
    assert len(rows) > 3000
    assert rows <= listed
    spelled = {name for name, _ in listed}
    assert set(data.load("spellings")["spelling"]) <= spelled
    assert "Tehran" in spelled
    assert "the country" not in spelled


def test_words_come_to_the_index_each_once_as_sphinx_finds_them() -> None:
    ours, sphinx = search.English({}), SearchEnglish({})
    text = "Sanctions, waivers and SANCTIONS: waivers sanctioned; 2,500 troops."
    assert ours.split(text) == list(dict.fromkeys(sphinx.split(text)))
    assert [ours.stem(word) for word in ours.split(text)] == [sphinx.stem(word) for word in ours.split(text)]


def test_other_spellings_belong_to_somebody_and_are_told_once() -> None:
    rows = data.load("spellings")
    assert set(rows["actor"]) <= set(tables.bearers_of_names())
    assert not rows.duplicated(["actor", "spelling"]).any()
    arabic = rows["spelling"].str.contains("[\u0600-\u06ff]")
    assert (arabic == (rows["kind"] == "Arabic script")).all()


# --- notes --------------------------------------------------------------------------------------------


def test_every_link_to_a_row_has_a_note_and_no_other_link_looks_like_one(
    parsed: dict[str, BeautifulSoup], written: dict[str, dict[str, dict[str, Any]]]
) -> None:
    count = 0
    for name, page in parsed.items():
        for link in page.select('article a[href*="#"]:not([class]), article a.own, article a.term'):
            address = unquote(link["href"].partition("#")[2])
            assert address in written.get(notes.file_of(address), {}), f"{name}: {link['href']}"
            count += 1
    assert count > 10_000
    assert all(note["s"] for group in written.values() for note in group.values())


def test_every_row_shows_its_own_address_once(parsed: dict[str, BeautifulSoup]) -> None:
    count = 0
    for name, page in parsed.items():
        for row in page.select("[data-row]"):
            own = [link for link in row.select("a.own") if unquote(str(link["href"])) == f"#{row['id']}"]
            assert len(own) == 1, f"{name}: {row['id']}"
            assert own[0].get_text().strip()
            count += 1
        for link in page.select("a.own"):
            assert link.find_parent(id=unquote(str(link["href"])[1:])), f"{name}: {link}"
    assert count == sum(len(data.load(table)) for table in data.tables())


def test_every_table_says_its_rows() -> None:
    for table in data.tables():
        for row in data.load(table).to_dict("records"):
            said = notes.says(table, row)
            assert said.endswith((".", "?", "!", '"', "”", "'")), f"{table}: {said}"
            assert "{" not in said
            assert "nan" not in said.split()


def test_whoever_tells_a_disputed_fact_names_its_rivals(written: dict[str, dict[str, dict[str, Any]]]) -> None:
    rivals = record.rivals()
    for at, all_of_them in rivals.items():
        lines = dict(written[notes.file_of(at)][at]["l"])
        assert set(re.findall(r"F\d{3}", lines["Sources differ"])) == all_of_them - {at}
        assert "disputed" in lines["Grade"]
    for group in written.values():
        for address, note in group.items():
            named = set(re.findall(r"F\d{3}", f"{address} {note['l']}"))
            assert not [at for at in named & set(rivals) if not rivals[at] <= named], address


def test_a_note_tells_voice_source_and_date(written: dict[str, dict[str, dict[str, Any]]]) -> None:
    sentence, fact, verdict = written["P"]["P8.2"], written["F0"]["F087"], written["V"]["V01"]
    source = data.package()["sources"][0]
    assert sentence["v"] == "brief"
    assert source["title"] in dict(sentence["l"])["Source"]
    assert dict(sentence["l"])["Source"].endswith("1 Feb 2024, P8.2")
    assert dict(fact["l"])["Grade"] == f"{record.facts().loc['F087', 'grade']}, confirmed"
    assert dict(fact["l"])["Date"] == "28 Jan 2024"
    assert dict(verdict["l"])["Source"] == "our judgment"
    assert dict(verdict["l"])["Rests on"].startswith("F087 (")


ADDRESSES = {
    "sentences": ["A1.1"],
    "record": ["F088-S190", "topic-attacks"],
    "signposts": ["reading-Y01-2024-Q1"],
    "six-questions": ["D01-1985"],
    "levers": ["use-L01", "L01-pulls-biden-administration"],
    "muddling-through": ["K101"],
    "glossary": ["SP100"],
}


@pytest.fixture
def reader(browser: Browser) -> Iterator[Page]:
    """A page of a desktop, where copies may be looked at; it fails on any error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, errors


def test_the_page_finds_the_note_of_every_kind_of_address(reader: Page, book: Path) -> None:
    for name, addresses in ADDRESSES.items():
        reader.goto(page_of(book, f"chapters/{name}"), wait_until="domcontentloaded")
        for address in addresses:
            reader.evaluate("at => document.querySelector(`a.own[href='#${at}']`).click()", address)
            expect(reader.locator(".note-title")).to_contain_text(address if re.search("[A-Z]", address) else "Topic")


def apart(page: Page, link: str) -> bool:
    """Tell whether the note lies within the page's width and covers nothing of its link."""
    return bool(
        page.evaluate(
            """link => {
                const [note, at] = [".note", link].map(name => document.querySelector(name).getBoundingClientRect());
                return note.left >= 0 && note.right <= document.documentElement.clientWidth
                    && (note.top >= at.bottom || note.bottom <= at.top);
            }""",
            link,
        )
    )


LINKS = {  # a locator, a fact and a term, each with what its note begins with
    "index": ('article .at a[href$="#P4.5"]', "Sentence P4.5"),
    "chapters/what-followed": ('article p .cited a[href$="#F183"]', "Fact F183"),
    "chapters/muddling-through": ("article a.term", "Term GL15"),
}


@pytest.mark.parametrize("name", LINKS)
def test_a_note_opens_on_hover_and_focus_stays_while_wanted_and_leaves_on_escape(
    name: str, reader: Page, book: Path
) -> None:
    selector, title = LINKS[name]
    reader.goto(page_of(book, name))
    note, link = reader.locator(NOTE), reader.locator(selector).first
    link.hover()
    expect(note).to_be_visible()
    assert title in note.inner_text()
    assert apart(reader, selector)
    assert reader.locator(f"#{link.get_attribute('aria-describedby')}[role=tooltip]").count() == 1
    note.hover()
    reader.wait_for_timeout(500)
    assert note.is_visible(), "it does not wait for the pointer that goes to it"
    reader.keyboard.press("Escape")
    assert note.is_hidden()
    reader.mouse.move(5, 5)
    link.hover()
    expect(note).to_be_visible()
    reader.mouse.move(5, 5)
    expect(note).to_be_hidden()
    assert link.get_attribute("aria-describedby") is None
    reader.keyboard.press("Tab")  # from here on by keyboard
    link.focus()
    expect(note).to_be_visible()
    reader.mouse.move(50, 5)
    reader.wait_for_timeout(500)
    assert note.is_visible(), "it goes although its link has the focus"
    reader.keyboard.press("Escape")
    assert note.is_hidden()
    assert link.evaluate("link => link === document.activeElement")
    link.click()
    assert reader.url.endswith(str(link.get_attribute("href") if link.count() else title.split()[1]).rpartition("#")[2])


def test_the_first_tap_opens_a_note_and_its_link_leads_on(browser: Browser, book: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 700}, has_touch=True, color_scheme="dark")
    page = context.new_page()
    page.goto(page_of(book, "index"))
    selector = LINKS["index"][0]
    page.locator(selector).first.tap()
    expect(page.locator(NOTE)).to_be_visible()
    assert page.url.endswith("index.html")
    assert apart(page, selector)
    lead = page.get_by_role("link", name="Go to P4.5")
    box = lead.bounding_box()
    assert box
    assert box["height"] >= 24
    lead.tap()
    page.wait_for_url("**/chapters/sentences.html#P4.5")
    page.go_back()
    page.locator(selector).first.tap()
    expect(page.locator(NOTE)).to_be_visible()
    page.locator("h1").tap()
    expect(page.locator(NOTE)).to_be_hidden()
    context.close()


def test_text_in_a_note_stays_text(reader: Page, book: Path, tiny: Path) -> None:
    hostile = "<img src=x onerror=window.broken=1> & </script>"
    replace("data/brief/sentences.csv", "The old bridge should be mended before winter.", hostile)(tiny)
    replace("data/datapackage.json", '"voice":', '"one": "sentence", "says": ["{gist}"], "voice":')(tiny)
    assert notes.faults(tiny) == []
    notes.write(tiny / "notes", "<b>Tiny</b>", tiny)
    assert [path.name for path in (tiny / "notes").iterdir()] == ["P.js"], "tables without says have no notes"
    text = (tiny / "notes/P.js").read_text("utf-8").replace("P0.1", "P4.5")
    reader.route("**/notes/P.js", lambda route: route.fulfill(body=text, content_type="text/javascript"))
    reader.goto(page_of(book, "index"))
    reader.locator(LINKS["index"][0]).first.hover()
    expect(reader.locator(NOTE)).to_contain_text(hostile)
    assert not reader.locator(f"{NOTE} img").count()
    assert not reader.evaluate("window.broken")


def test_a_link_without_its_notes_is_a_link(browser: Browser, book: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 700}, has_touch=True)
    page = context.new_page()
    page.route("**/notes/*.js", lambda route: route.abort())
    page.goto(page_of(book, "index"))
    page.locator(LINKS["index"][0]).first.tap()
    page.wait_for_url("**/chapters/sentences.html#P4.5")
    context.close()


# --- copies ------------------------------------------------------------------------------------------------


def copied(address: str, chapter: str) -> str:
    """What a copy of a row holds, from the note as it is made here."""
    note = notes.notes()[notes.file_of(address)][address]
    lines = [f"{label}: {text}" for label, text in note["l"]]
    about, until = citation.citation(), citation.in_full(record.reach()["as_of"])
    released = citation.in_full(about["date-released"])
    edition = f"Two tough scenarios, executable. Edition {about['version']}, {released}, record to {until}."
    head = f"{tables.VOICES[note['v']]}: {note['t']}"
    return "\n".join([note["s"], head, *lines, edition, f"chapters/{chapter}.html#{address}"])


@pytest.mark.parametrize("old", [False, True], ids=["clipboard", "no clipboard"])
def test_a_row_is_copied_with_its_source(old: bool, reader: Page, book: Path) -> None:
    if old:
        reader.add_init_script(
            """Object.defineProperty(navigator, "clipboard", { value: undefined });
            addEventListener("copy", () => { window.taken = document.activeElement.value; });"""
        )
    reader.goto(page_of(book, "chapters/record"), wait_until="domcontentloaded")
    button = reader.locator('button[aria-label="Copy F088 with source"]')  # by role it takes long: there are 1,200
    box = button.bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 24
    button.click()
    expect(reader.locator("[role=status]", has_text="Copied Fact F088 with source")).to_be_visible()
    assert reader.evaluate("window.taken || navigator.clipboard.readText()") == copied("F088", "record")
    assert "Sources differ: see also F089, F090, F091" in copied("F088", "record")
    assert "Grade: B2, disputed" in copied("F088", "record")


def test_the_note_of_a_clicked_address_stays_wherever_the_pointer_goes(reader: Page, book: Path) -> None:
    reader.goto(page_of(book, "chapters/sentences"))
    reader.locator("#P8\\.2 a.own").first.click()
    note = reader.locator(NOTE)
    expect(note).to_be_visible()
    told = note.inner_text()
    reader.locator("#P8\\.3 a.own").first.hover()
    reader.locator("h1").hover()
    reader.wait_for_timeout(800)  # longer than a note takes to open and to close
    assert note.is_visible()
    assert note.inner_text() == told
    reader.locator("h1").click()
    expect(note).to_be_hidden()
    reader.locator("#P8\\.3 a.own").first.hover()
    expect(note).to_be_visible()


def test_by_keyboard_the_address_of_a_row_opens_its_note_ready_to_be_copied(reader: Page, book: Path) -> None:
    reader.goto(page_of(book, "chapters/sentences"))
    own = reader.locator("#P8\\.2 a.own").first
    own.focus()
    reader.keyboard.press("Enter")
    button = reader.get_by_role("button", name="Copy with source", exact=True)
    expect(button).to_be_focused()
    assert reader.url.endswith("#P8.2")
    reader.keyboard.press("Enter")
    expect(reader.get_by_role("status").filter(has_text="Copied Sentence P8.2")).to_be_visible()
    assert reader.evaluate("navigator.clipboard.readText()") == copied("P8.2", "sentences")
    reader.keyboard.press("Escape")
    expect(own).to_be_focused()
    expect(reader.locator(NOTE)).to_be_hidden()


def test_the_buttons_move_nothing(browser: Browser, book: Path) -> None:
    moved = []
    for blocked in (True, False):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        page = context.new_page()
        if blocked:
            page.route("**/notes.js*", lambda route: route.abort())
        page.add_init_script(
            """window.moved = 0;
            new PerformanceObserver(list => { for (const entry of list.getEntries()) window.moved += entry.value; })
                .observe({ type: "layout-shift", buffered: true });"""
        )
        page.goto(page_of(book, "chapters/record"))
        page.mouse.move(200, 200)  # a sign of a reader; buttons come only then
        page.wait_for_function("() => document.documentElement.classList.contains('read')")
        if not blocked:
            page.wait_for_selector(".copy", state="attached")
        page.wait_for_timeout(300)
        assert bool(page.locator(".copy").count()) != blocked
        page.evaluate("document.querySelector('#F088').scrollIntoView()")
        page.wait_for_timeout(300)
        moved.append((page.evaluate("window.moved"), page.evaluate("document.body.scrollHeight")))
        context.close()
    assert moved[1] == pytest.approx(moved[0], abs=1e-4)


# --- words --------------------------------------------------------------------------------------------------


def test_a_term_leads_to_the_glossary_once_a_page_and_only_from_prose(parsed: dict[str, BeautifulSoup]) -> None:
    used: set[str] = set()
    for name, page in parsed.items():
        terms = page.select("a.term")
        targets = [link["href"].partition("#")[2] for link in terms]
        assert len(targets) == len(set(targets)), name
        used |= set(targets)
        for link in terms:
            assert link.find_parent(["p", "li", "dd"]), f"{name}: {link}"
            around = [parent.name for parent in link.parents]
            assert not {"h1", "h2", "h3", "a", "code", "blockquote", "table", "figcaption"} & set(around), link
            assert not link.find_parent(class_="pasted-text"), f"{name}: {link}"
    assert len(used) > 25
    assert not parsed["chapters/glossary.html"].select("a.term"), "the glossary leads to itself"


def test_the_first_word_of_a_term_is_linked_the_longest_first(parsed: dict[str, BeautifulSoup]) -> None:
    ids = data.load("glossary").set_index("term")["id"]
    index = parsed["index.html"]
    first = index.select_one(f'a.term[href$="#{ids["rupture"]}"]')
    assert first
    assert first.find_parent("p") is next(p for p in index.select("article p") if "rupture" in p.get_text())
    note = parsed["chapters/rupture.html"].select_one(f'a.term[href$="#{ids["hedge"]}"]')
    assert note
    assert note.get_text() == "hedge word"


def test_the_words_of_the_glossary_are_told_apart() -> None:
    rows = data.load("glossary")
    forms = [form for row in rows.to_dict("records") for form in (row["term"], *filter(None, row["also"].split("; ")))]
    assert len(forms) == len(set(forms))
    grades = data.fields("facts")["status"]["terms"]
    assert set(grades) <= {form.removeprefix("only ") for form in forms}, "each status of a fact is explained"


# --- faults -----------------------------------------------------------------------------------------------------

NEXT = len(data.load("spellings")) + 2  # the row that a line at the end will have
FAULTS: dict[str, tuple[Edit, list[str]]] = {
    "a spelling of nobody": (
        append("data/judgment/spellings.csv", "SP999,martians,Marsians,en,transliteration\n"),
        [
            f"spellings.csv, row {NEXT}, column actor: 'martians' is not there",
            "actors, groups and glossary",
        ],
    ),
    "a phrase with an unknown field": (
        replace("data/datapackage.json", '"{gist}"', '"{gost}"'),
        ["table sentences, says: '{gost}'; allowed: fields of the table"],
    ),
    "a phrase with an unknown field of a named row": (
        replace("data/datapackage.json", "{source.label}", "{source.lable}"),
        ["table consequence-links, says:", "fields of rows that they name"],
    ),
    "a kind of row without a name": (
        replace("data/datapackage.json", '"one": "sentence",', ""),
        ["table sentences: says without one"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_words_is_named(fault: str, data_copy: Path) -> None:
    edit, expected = FAULTS[fault]
    edit(data_copy)
    assert_named(expected, notes.faults(data_copy))


def test_the_data_of_this_clone_says_all() -> None:
    assert notes.faults(ROOT) == []
