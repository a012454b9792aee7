"""Errors are reported and corrected, replies printed, nothing misquoted, and addresses once given lead somewhere."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from conftest import PAGES, Edit, append, assert_named, build, replace, tiny_copy
from playwright.sync_api import Browser, Page, expect
from pybtex.database import parse_string

from book import addresses, check, citation, corrections, data, record, tables
from book.data import ROOT

REPORTS = "chapters/corrections.html"
FORMS = ROOT / ".github" / "ISSUE_TEMPLATE"


@pytest.fixture
def reader(browser: Browser) -> Iterator[Page]:
    """A page of a desktop where copies may be looked at; it fails on any error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    errors = [error for error in errors if "ERR_FILE_NOT_FOUND" not in error]  # of an address that no row has
    assert not errors, errors


@pytest.fixture
def without_scripts(browser: Browser) -> Iterator[Page]:
    """A page of a phone that runs no scripts."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    yield context.new_page()
    context.close()


# --- reports -----------------------------------------------------------------------------------------


REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]["book_repository"]
# In a fork that is published reports go to its form: see test_with_a_repository_a_report_is_its_form_filled_in.
at_home = pytest.mark.skipif(bool(REPOSITORY), reason="reports go to the form of the repository")


def test_every_page_leads_to_a_report_of_its_errors(parsed: dict[str, BeautifulSoup]) -> None:
    for name in PAGES:
        (link,) = parsed[f"{name}.html"].select("p.page-tools a.report")
        if REPOSITORY:
            assert str(link["href"]).startswith(f"{REPOSITORY}/issues/new?")
            continue
        wanted = f"where={name}.html" if f"{name}.html" != REPORTS else ""
        assert urlsplit(str(link["href"])).query == wanted
        assert urlsplit(str(link["href"])).fragment == "report"


@at_home
def test_a_row_is_reported_with_its_address_table_file_and_version(reader: Page, book: Path) -> None:
    reader.goto((book / "chapters/sentences.html").as_uri())
    reader.locator("#P8\\.2 a.own").first.click()
    reader.get_by_role("link", name="Report an error", exact=True).click()
    reader.wait_for_url("**/chapters/corrections.html?row=P8.2#report")
    text = reader.locator("[data-report]")
    expect(text).to_contain_text("Row or page: chapters/sentences.html#P8.2")
    expect(text).to_contain_text("Table: data/brief/sentences.csv")
    gist = data.load("sentences").set_index("locator").loc["P8.2", "gist"]
    expect(text).to_contain_text(f"It says: {gist.rstrip('.')}")
    expect(text).to_contain_text(f"Version: {citation.edition()}.")
    reader.get_by_role("button", name="Copy the report").click()
    expect(reader.get_by_role("status").filter(has_text="Copied the report")).to_be_visible()
    assert reader.evaluate("navigator.clipboard.readText()") == text.text_content()


@at_home
def test_a_page_is_reported_from_its_foot(reader: Page, book: Path) -> None:
    reader.goto((book / "chapters/rupture.html").as_uri())
    reader.get_by_role("link", name="Report an error on this page").click()
    expect(reader.locator("[data-report]")).to_contain_text(
        "Row or page: chapters/rupture.html\nTable:\nVersion: Edition"
    )


@at_home
def test_without_scripts_a_report_can_be_written_by_hand(without_scripts: Page, book: Path) -> None:
    page = without_scripts
    page.goto((book / "chapters/rupture.html").as_uri())
    page.get_by_role("link", name="Report an error on this page").click()
    assert page.url.endswith(f"{REPORTS}?where=chapters/rupture.html#report")
    text = page.locator("[data-report]").inner_text()
    assert f"Version: {citation.edition()}." in text
    assert "Row or page:" in text
    assert page.get_by_role("heading", name="To report an error").is_visible()


@pytest.mark.parametrize(
    "query", ["where=<img src=x onerror=window.ran=1>", "row=<b>", "row=Z999", "where=//evil.org/x.html"]
)
def test_an_address_of_a_report_can_put_nothing_into_the_page(query: str, reader: Page, book: Path) -> None:
    reader.goto((book / REPORTS).as_uri() + f"?{query}#report")
    expect(reader.get_by_role("button", name="Copy the report")).to_be_visible()
    assert reader.locator("[data-report]").text_content() == BeautifulSoup(corrections.blank(), "lxml").get_text()
    assert not reader.locator("article img[src=x]").count()
    assert reader.evaluate("window.ran") is None


def form(name: str) -> dict[str, dict[str, object]]:
    """Return the fields of a form of the repository by id."""
    known = yaml.safe_load((FORMS / f"{name}.yml").read_text("utf-8"))
    assert {"name", "description", "body"} <= set(known)
    assert {part["type"] for part in known["body"]} <= {"markdown", "input", "textarea"}
    fields = [part for part in known["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in fields}) == len({part["attributes"]["label"] for part in fields}) == len(fields)
    return {part["id"]: part for part in fields}


def test_a_report_fills_in_fields_that_the_form_has() -> None:
    given = parse_qs(urlsplit(corrections.report("https://github.com/a/b", "chapters/rupture", "")).query)
    assert set(given) - {"template", "title"} == {"where", "version"} <= set(form("error"))
    assert given["template"] == [corrections.FORM] == [(FORMS / corrections.FORM).name]
    assert set(data.fields("replies")) & set(form("reply")) == {"who", "role", "rows", "text"}


HOSTILE = "<script>window.ran=1</script>"
OWN = {  # rows of the tables that the tiny book has not, with their pages' cells
    "errata": "ER01,L01 P0.1,It was wrong.,It is right.,No verdict.,0.1.0,0.1.0,2026-11-23,A. Reader\n",
    "replies": f"RP01,L01,A. Mayor,of Upper Town,2026-11-24,It is not so. ¶ {HOSTILE},By letter.,\n",
    "retired": "",
}
CELLS = "\n\n".join(
    f"```{{code-cell}} ipython3\nfrom book import corrections\ncorrections.{name}()\n```" for name in ("blank", *OWN)
)
FRONT = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\n---\n\n"


def extended(tiny: Path, repository: str = "") -> Path:
    """Give the tiny book this book's scripts, templates and tables of corrections, and the pages that they need."""
    for name in ("_templates", "_static"):
        shutil.copytree(ROOT / name, tiny / name, dirs_exist_ok=True)
    path = tiny / "data" / "datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    for one in package["resources"]:
        one |= {name: data.resource(one["name"])[name] for name in ("one", "says")}
    for table, rows in OWN.items():
        package["resources"].append(data.resource(table))
        file = tiny / data.path_of(table)
        file.parent.mkdir(exist_ok=True)
        file.write_text(",".join(data.fields(table)) + f"\n{rows}", "utf-8")
    path.write_text(json.dumps(package), "utf-8")
    about = (ROOT / "CITATION.cff").read_text("utf-8")
    (tiny / "CITATION.cff").write_text(re.sub(r"(?m)^version: .*", f"version: {package['version']}", about), "utf-8")
    (tiny / "chapters").mkdir(exist_ok=True)
    (tiny / "chapters/method.md").write_text("# Method\n\n## Three voices\n\n## Contest\n", "utf-8")
    (tiny / REPORTS).with_suffix(".md").write_text(
        f"{FRONT}# Corrections\n\n(report)=\n## To report\n\n{CELLS}\n", "utf-8"
    )
    append("_toc.yml", "  - file: chapters/method\n  - file: chapters/corrections\n")(tiny)
    repository = f"    book_repository: {repository}\n" if repository else ""
    append("_config.yml", f"    templates_path: [_templates]\n{repository}")(tiny)
    return tiny


def test_with_a_repository_a_report_is_its_form_filled_in(tiny: Path, browser: Browser) -> None:
    result = build(extended(tiny, "https://github.com/Someone/scenarios"))
    assert result.returncode == 0, result.stdout[-2000:]
    page = browser.new_page()
    page.goto((tiny / "_build/html/chapter.html").as_uri())

    def given(address: str) -> dict[str, str]:
        assert address.startswith("https://github.com/Someone/scenarios/issues/new?template=error.yml&")
        return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}

    foot = given(page.locator("a.report").get_attribute("href") or "")
    assert foot == {
        "template": "error.yml",
        "title": "Error: chapter.html",
        "where": "chapter.html",
        "version": f"{citation.edition(tiny)}.",
    }
    page.locator("#L01 a.own").click()
    link = page.get_by_role("link", name="Report an error", exact=True)
    expect(link).to_be_visible()
    row = given(link.get_attribute("href") or "")
    assert row["where"] == "chapter.html#L01"
    assert row["table"] == "data/brief/levers.csv"
    assert row["version"] == f"A tiny book. {citation.edition(tiny)}."
    assert set(row) - {"template", "title"} <= set(form("error"))
    page.close()


# --- corrections, replies, removals --------------------------------------------------------------------


def test_every_row_that_was_corrected_leads_to_its_erratum(parsed: dict[str, BeautifulSoup]) -> None:
    marked = {
        (row["id"], link["href"].rpartition("#")[2])
        for page in parsed.values()
        for row in page.select("[data-row]:has(.amended)")
        for link in row.select(".amended a")
        if link.find_parent(attrs={"data-row": True})["id"] == row["id"]
    }
    wanted = {(at, row["id"]) for row in data.load("errata").to_dict("records") for at in row["rows"].split()}
    wanted |= {(at, row["id"]) for row in data.load("replies").to_dict("records") for at in row["rows"].split()}
    assert marked == wanted
    assert len(wanted) > 40


def test_the_page_says_how_many_errors_and_replies_there_are(parsed: dict[str, BeautifulSoup]) -> None:
    page = parsed[REPORTS]
    points = page.select_one(".voice-block").get_text()
    assert f"Errors corrected so far: {len(data.load('errata'))}" in points
    assert f"Replies received so far: {len(data.load('replies'))}" in " ".join(points.split())
    assert ("No reply has come in" in page.get_text()) == data.load("replies").empty


def test_errata_and_replies_are_printed_with_their_marks_and_told_in_notes_and_copies(
    first: Path, reader: Page
) -> None:
    page = BeautifulSoup((first / REPORTS).read_text("utf-8"), "lxml")
    reply = page.select_one("#RP01")
    assert [part.get_text() for part in reply.select("blockquote p")] == ["It is not so.", HOSTILE]
    for said in ("A. Mayor", "of Upper Town", "24 Nov 2026", "By letter.", tables.VOICES["record"]):
        assert said in reply.get_text()
    assert "corrected within it" in page.select_one("#ER01").get_text()
    row = BeautifulSoup((first / "chapter.html").read_text("utf-8"), "lxml").select_one("#L01")
    marks = {link.get_text(): link["href"] for link in row.select(".amended a")}
    assert marks == {"corrected": f"{REPORTS}#ER01", "reply": f"{REPORTS}#RP01"}
    reader.goto((first / "chapter.html").as_uri())
    reader.locator("#L01 a.own").click()
    expect(reader.locator(".note")).to_contain_text(
        "Corrected: 23 Nov 2026, edition 0.1.0, corrected within it (ER01). It was"
    )
    expect(reader.locator(".note")).to_contain_text("Reply: A. Mayor, of Upper Town, 24 Nov 2026: see RP01")
    reader.get_by_role("button", name="Copy with source", exact=True).click()
    expect(reader.get_by_role("status").filter(has_text="Copied Lever L01")).to_be_visible()
    copied = reader.evaluate("navigator.clipboard.readText()")
    assert "Corrected: 23 Nov 2026" in copied
    assert copied.splitlines()[-2:] == [f"A tiny book. {citation.edition(first.parents[1])}.", "chapter.html#L01"]
    assert reader.evaluate("window.ran") is None


FAULTS: dict[str, tuple[Edit, list[str]]] = {
    "an erratum of a row that is none": (
        replace("data/judgment/errata.csv", "O12-horizon Q02", "O12-horizont Q02"),
        ["data/judgment/errata.csv, row 3, column rows: 'O12-horizont' is not there; allowed: addresses of rows"],
    ),
    "an erratum that names a row twice": (
        replace("data/judgment/errata.csv", "O12-horizon Q02", "O12-horizon O12-horizon Q02"),
        ["data/judgment/errata.csv, row 3, column rows:", "each id once"],
    ),
    "a reply to a row that is none": (
        append("data/record/replies.csv", "RP99,V999,A,B,2026-11-30,No.,By letter.,\n"),
        ["column rows: 'V999' is not there"],
    ),
    "a successor that is none": (
        append("data/judgment/retired.csv", "K999,K998,0.1.0,2026-11-23,Merged.\n"),
        ["data/judgment/retired.csv, row 3, column successor: 'K998' is not there"],
    ),
    "an erratum corrected in an edition to come": (
        replace("data/judgment/errata.csv", ",0.1.0,0.2.0,", ",0.1.0,9.0.0,"),
        ["data/judgment/errata.csv, row 2, column corrected_in: '9.0.0'; allowed: editions up to this one"],
    ),
    "an erratum corrected before it was made": (
        replace("data/judgment/errata.csv", ",0.1.0,0.2.0,", ",0.3.0,0.2.0,"),
        ["data/judgment/errata.csv, row 2, column since: '0.3.0'; allowed: editions up to 0.2.0"],
    ),
    "a retired address that is in use": (
        append("data/judgment/retired.csv", "K01,,0.2.0,2026-11-23,Gone.\n"),
        ["data/judgment/retired.csv, row 3, column id: 'K01' is in use"],
    ),
    "an address retired in an edition to come": (
        append("data/judgment/retired.csv", "K999,,9.0.0,2026-11-23,Gone.\n"),
        ["data/judgment/retired.csv, row 3, column last_edition: '9.0.0'"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_corrections_is_named(fault: str, data_copy: Path) -> None:
    edit, expected = FAULTS[fault]
    edit(data_copy)
    assert_named(expected, check.faults(data_copy))


def test_the_tables_of_this_clone_have_no_fault_filled_or_empty(data_copy: Path) -> None:
    assert check.faults(data_copy) == []
    shutil.rmtree(data_copy / addresses.FOLDER)  # which holds errata, too
    for table in OWN:
        path = data_copy / data.path_of(table)
        path.write_text(path.read_text("utf-8").partition("\n")[0] + "\n", "utf-8")
    assert check.faults(data_copy) == []
    assert corrections.marks(data_copy) == {}


# --- addresses of earlier editions ---------------------------------------------------------------------


def test_every_address_of_an_earlier_edition_still_leads_somewhere(book: Path) -> None:
    editions = addresses.published()
    now = {at for rows in addresses.of_book(book).values() for at in rows}
    gone = set(data.load("retired")["id"])
    for edition, by_page in editions.items():
        assert sum(map(len, by_page.values())) > 1000, edition
        for page, rows in by_page.items():
            assert (book / page).is_file(), f"{page} of {edition}"
            assert set(rows) <= now | gone, f"{edition}: {set(rows) - now - gone}"
    assert len(editions) > 1


def test_a_row_that_went_to_another_page_is_found_from_its_old_address(book: Path, reader: Page) -> None:
    now = {at: page for page, rows in addresses.of_book(book).items() for at in rows}
    moved = [
        (page, at)
        for by_page in addresses.published().values()
        for page, rows in by_page.items()
        for at in rows
        if now.get(at, page) != page
    ]
    assert moved
    for page, at in (moved[0], moved[-1]):
        reader.goto((book / page).as_uri() + f"#{at}")
        reader.wait_for_url(f"**/{now[at]}#{at}")
        expect(reader.locator(f"[id='{at}']")).to_be_visible()


def test_an_address_that_is_gone_or_never_was_says_so(book: Path, reader: Page) -> None:
    row = data.load("retired").iloc[0]
    reader.goto((book / "chapters/rupture.html").as_uri() + f"#{row['id']}")
    line = reader.locator(".lost")
    expect(line).to_contain_text(f"{row['id']} is no longer in use. {row['reason']}")
    line.get_by_role("link").click()
    reader.wait_for_url(f"**/{REPORTS}#retired-{row['id']}")
    expect(line).to_have_count(0)
    for place in ("nonsense", "<b>x", "%E0%A4%A", "__proto__", "Z999"):
        reader.goto("about:blank")
        reader.goto((book / "chapters/rupture.html").as_uri() + f"#{place}")
        if place != "%E0%A4%A":
            expect(line).to_contain_text(f"There is no place “{place}” on this page")
        assert not line.locator("b").count()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny book as it was first published, with the list of its addresses."""
    tiny = extended(tiny_copy(tmp_path_factory.mktemp("first")))
    append("data/brief/levers.csv", "L02,Another,presence,,,,,,both,P0.1,P0\nL03,Third,presence,,,,,,both,P0.1,P0\n")(
        tiny
    )
    result = build(tiny)
    assert result.returncode == 0, result.stdout[-2000:]
    addresses.write(tiny)
    return tiny / "_build" / "html"


def second(first: Path, folder: Path) -> Path:
    """The sources of the next edition: a page renamed, a row on another page, two rows taken out."""
    tiny = shutil.copytree(first.parents[1], folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("_build"))
    text = (tiny / "chapter.md").read_text("utf-8")
    levers = '```{code-cell} ipython3\ntables.table("levers", "Levers")\n```\n'
    assert levers in text
    (tiny / "chapters/bridges.md").write_text(text.replace(levers, ""), "utf-8")
    (tiny / "chapter.md").unlink()
    imported = levers.replace("tables.table", "from book import tables\ntables.table")
    (tiny / "chapters/levers.md").write_text(f"{FRONT}# Levers\n\n{imported}", "utf-8")
    replace("index.md", "(chapter.md)", "(chapters/bridges.md)")(tiny)
    replace("_toc.yml", "file: chapter\n", "file: chapters/bridges\n  - file: chapters/levers\n")(tiny)
    replace(
        "data/brief/levers.csv", "L02,Another,presence,,,,,,both,P0.1,P0\nL03,Third,presence,,,,,,both,P0.1,P0\n", ""
    )(tiny)
    return tiny


RETIRED = "L02,L01,0.1.0,2026-11-25,Merged.\nL03,,0.1.0,2026-11-25,Nobody said it.\n"


def test_an_edition_that_loses_a_page_or_row_is_refused(first: Path, tmp_path: Path) -> None:
    tiny = second(first, tmp_path)
    assert_named(
        [
            f"data/addresses/0.1.0.json.gz, chapter.html: {at!r} is no row any more; allowed: rows"
            for at in ("L02", "L03")
        ],
        check.faults(tiny),
    )
    append("data/judgment/retired.csv", RETIRED)(tiny)
    assert check.faults(tiny) == []
    append("_config.yml", "    book_moved: {old.html: nowhere.html}\n")(tiny)
    result = build(tiny)
    assert result.returncode != 0
    assert (
        "data/addresses/0.1.0.json.gz: 'chapter.html' is no page any more; allowed: pages, and names in"
        in result.stdout
    )
    assert "_config.yml, book_moved: 'old.html' leads to 'nowhere.html', which is no page" in result.stdout
    assert "Traceback" not in result.stdout


def test_old_addresses_are_followed_from_one_edition_to_the_next(
    first: Path, tmp_path: Path, reader: Page, without_scripts: Page
) -> None:
    tiny = second(first, tmp_path)
    append("data/judgment/retired.csv", RETIRED)(tiny)
    append("_config.yml", "    book_moved: {chapter.html: section.html, section.html: chapters/bridges.html}\n")(tiny)
    result = build(tiny)
    assert result.returncode == 0, result.stdout[-2000:]
    book = tiny / "_build" / "html"
    now = {at: page for page, rows in addresses.of_book(book).items() for at in rows}
    followed = 0
    for page, rows in addresses.published(tiny)["0.1.0"].items():
        for at in rows or [""]:
            reader.goto("about:blank")
            reader.goto((book / page).as_uri() + (f"#{at}" if at else ""))
            if at in now:
                reader.wait_for_url(f"**/{now[at]}#{at}")
                expect(reader.locator(":target")).to_have_attribute("id", at)
            elif at:
                expect(reader.locator(".lost")).to_contain_text(f"The address {at} is no longer in use")
            followed += 1
            without_scripts.goto((book / page).as_uri() + (f"#{at}" if at else ""))
            there = "chapters/bridges.html" if page == "chapter.html" else page
            without_scripts.wait_for_url(re.compile(rf"/{re.escape(there)}(#|$)"))
            assert without_scripts.locator("h1").count() == 1
    assert followed > 8
    reader.goto((book / "chapter.html").as_uri() + "#L02")
    reader.get_by_role("link", name="Go to what took its place").click()
    reader.wait_for_url("**/chapters/levers.html#L01")
    reader.goto((book / "section.html").as_uri() + "#P1.1")
    reader.wait_for_url("**/chapters/bridges.html#P1.1")
    stub = BeautifulSoup((book / "chapter.html").read_text("utf-8"), "lxml")
    assert stub.select_one('link[rel="canonical"]')["href"] == "chapters/bridges.html"
    assert "chapter.html" not in addresses.of_book(book)


MOVED: dict[str, tuple[object, str]] = {
    "no pairs": ("chapters/x.html", "'chapters/x.html'; allowed: old and new name"),
    "a list": ({"a.html": ["b.html"]}, "'a.html': ['b.html']; allowed: old and new name"),
    "a place outside the book": ({"../a.html": "index.html"}, "'../a.html': 'index.html'; allowed"),
    "no page's name": ({"a": "index.html"}, "'a': 'index.html'; allowed"),
    "another host": ({"a.html": "https://example.org/index.html"}, "allowed: old and new name"),
    "a page that is still there": ({"index.html": "levers.html"}, "'index.html' is still a page"),
    "a page that is not there": ({"a.html": "b.html"}, "'a.html' leads to 'b.html', which is no page; allowed: index"),
    "a circle": ({"a.html": "b.html", "b.html": "a.html"}, "'a.html' leads in a circle"),
    "itself": ({"a.html": "a.html"}, "'a.html' leads in a circle"),
}


@pytest.mark.parametrize("fault", MOVED)
def test_a_fault_of_moved_pages_is_named(fault: str, tmp_path: Path) -> None:
    moved, said = MOVED[fault]
    found = list(addresses.moved_faults(moved, {"index.html", "levers.html"}, tmp_path))
    assert found
    assert all(line.startswith("_config.yml, book_moved: ") for line in found)
    assert said in found[0]


def test_a_page_may_have_had_several_names(tmp_path: Path) -> None:
    moved = {"a.html": "b.html", "b.html": "index.html"}
    assert not list(addresses.moved_faults(moved, {"index.html"}, tmp_path))
    assert addresses.target("a.html", moved) == "index.html"


def test_a_list_of_addresses_that_cannot_be_read_or_made_is_named(tmp_path: Path, data_copy: Path) -> None:
    packed = gzip.compress(b'{"index.html": []}')
    for broken in (
        packed[:-3],
        packed[:14] + b"\xff\xff" + packed[16:],
        gzip.compress(b"[]"),
        gzip.compress(b'{"a": 1}'),
    ):
        (data_copy / addresses.FOLDER / "0.9.0.json.gz").write_bytes(broken)
        with pytest.raises(data.DataError, match="data/addresses/0.9.0.json.gz: .*allowed: what make addresses writes"):
            addresses.published(data_copy)
    with pytest.raises(data.DataError, match="there is no book; allowed"):
        addresses.write(data_copy)
    (data_copy / "_build/html/data").mkdir(parents=True)
    (data_copy / "_build/html/index.html").touch()
    (data_copy / "_build/html/data/datapackage.json").write_text('{"version": "0.0.1"}')
    with pytest.raises(data.DataError, match="of another edition; allowed"):
        addresses.write(data_copy)


# --- how to cite, and how not to quote -------------------------------------------------------------------


def test_the_files_for_reference_managers_name_book_and_brief(book: Path, home: str) -> None:
    about, brief = citation.citation(), data.package()["sources"][0]
    day = about["date-released"]
    written = [(book / name).read_bytes().decode("utf-8") for name in citation.FILES]
    bib = parse_string(written[0], "bibtex").entries
    assert [entry.fields["title"].strip("{}") for entry in bib.values()] == [about["title"], brief["title"]]
    assert [str(entry.persons["author"][0]).strip("{}") for entry in bib.values()] == [
        *citation.authors(about),
        "Wahab, Bilal",
    ]
    assert next(iter(bib.values())).fields["edition"] == str(about["version"])
    works = [dict(re.findall(r"^([A-Z]{2})  - (.*?)\r$", part, re.MULTILINE)) for part in written[1].split("ER  - ")]
    assert [work["TI"] for work in works[:2]] == [about["title"], brief["title"]]
    assert (works[0]["TY"], works[0]["ET"], works[0]["DA"]) == ("DATA", str(about["version"]), f"{day:%Y/%m/%d}")
    assert (works[1]["TY"], works[1]["UR"], works[1]["DA"]) == ("RPRT", brief["path"], brief["date"].replace("-", "/"))
    known = json.loads(written[2])
    assert [work["title"] for work in known] == [about["title"], brief["title"]]
    assert known[0]["issued"]["date-parts"] == [[day.year, day.month, day.day]]
    assert known[0].get("URL", "") == home
    assert citation.entries(home="https://example.org/")[0]["URL"] == "https://example.org/"


def test_edition_and_dates_are_those_of_the_citation_file(parsed: dict[str, BeautifulSoup]) -> None:
    about, text = citation.citation(), parsed["chapters/cite.html"].get_text()
    assert f"edition {about['version']}, {citation.in_full(about['date-released'])}, record to" in text
    assert citation.in_full("2024-02-01") == "1 February 2024"
    for path in [ROOT / "index.md", *(ROOT / "chapters").glob("*.md")]:
        assert not re.search(r"[Ee]dition \d", path.read_text("utf-8")), f"{path.name}: an edition is typed"


def test_each_way_not_to_quote_has_a_wrong_and_a_right_example_from_a_row(parsed: dict[str, BeautifulSoup]) -> None:
    items = parsed["chapters/cite.html"].select("ul.misquoted > li")
    known = {data.row_id(table, row): row for table in data.tables() for row in data.load(table).to_dict("records")}
    told = {}
    for item in items:
        row = known[item.select_one("a")["href"].rpartition("#")[2]]
        wrong, right = (quote.get_text() for quote in item.select("q"))
        told[item.select_one("strong").get_text()] = (row, wrong, right)
    assert list(told) == [
        "No score without its limits",
        "No weak fact as settled",
        "No verdict as the brief's",
        "No claim of ours as the author's",
        "No “the study proves”",
    ]
    (_, wrong, right), (fact, settled, graded), (check_, theirs, ours), (step, author, coded), (_, proof, found) = (
        told.values()
    )
    (value,) = re.findall(r"[+−]\d\.\d", wrong)
    assert len(re.findall(r"[+−]\d\.\d", right)) == 2
    assert value in right
    assert settled == fact["statement"]
    assert fact["statement"] in graded
    assert record.facts().loc[fact["id"], "grade"] in graded
    assert fact["status"] in graded
    assert check_["reasoning"] in theirs
    assert f"not the brief, holds this {check_['verdict']}, with {check_['confidence']} confidence" in ours
    assert step["label"] in author
    assert f"{step['direction']} is the book's judgment" in coded
    assert "proves" in proof
    assert "proves" not in found
    assert "confidence" in found
