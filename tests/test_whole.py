"""Lists too long for a page: it shows their first rows, a second page holds them whole, and no address is lost."""

import csv
import json
import shutil
from pathlib import Path

import grow
import pytest
from conftest import build, tiny_copy
from playwright.sync_api import Browser

from book import data, whole
from book.data import ROOT


def rows(count: int, tag: str = "li") -> str:
    """Return so many parts of a list, each with an address."""
    return "".join(f'<{tag} id="N{at}" data-row><b>{at}</b></{tag}>' for at in range(1, count + 1))


def test_a_list_is_cut_where_it_has_too_many_parts() -> None:
    html = f'<section id="here"><p>Before</p><ol>{rows(101)}</ol><p>After</p></section>'
    short, left_out = whole.shortened(html, "x.html")
    assert left_out == rows(101).removeprefix(rows(25))
    more = '<li><a class="whole" href="x.html#here">Show all 101</a></li>'
    assert short == html.replace(left_out, more)
    assert whole.shortened(html.replace(rows(101), rows(100)), "x.html") == (html.replace(rows(101), rows(100)), "")


def test_a_cut_table_says_so_in_a_row_of_its_width_and_may_state_its_own_most() -> None:
    body = "".join(f"<tr><td>{at}</td><td>é\n&amp;<br></td></tr>" for at in range(300))
    html = f'<table id="t"><thead><tr><th>a</th><th>b</th></tr></thead><tbody>{body}</tbody></table>'
    short, left_out = whole.shortened(html, "x.html")
    assert left_out.count("<tr>") == 275 and '<tr class="whole"><td colspan="2">' in short
    assert whole.shortened(html.replace('id="t"', 'id="t" data-most="300"'), "x.html")[1] == ""
    assert whole.shortened(html.replace('id="t"', 'id="t" data-most="200"'), "x.html")[1].count("<tr>") == 250


@pytest.mark.parametrize("tag", sorted(whole.PASSED_BY))
def test_contents_forms_code_and_drawings_are_never_cut(tag: str) -> None:
    assert whole.shortened(f"<{tag}><ul>{rows(300)}</ul></{tag}>", "x.html")[1] == ""


def test_a_list_within_a_list_is_cut_with_it_or_alone() -> None:
    inner = f"<li><ul>{rows(200, 'i')}</ul></li>"
    short, left_out = whole.shortened(f"<ul>{inner}{rows(200)}</ul>", "x.html")
    assert short.count('class="whole"') == 2 and left_out.count("<i ") == 175
    short, left_out = whole.shortened(f"<ul>{rows(200)}{inner}</ul>", "x.html")
    assert short.count('class="whole"') == 1 and left_out.count("<i ") == 200


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny book with sixty times the rows, built."""
    folder = tiny_copy(tmp_path_factory.mktemp("many"))
    (folder / "_static").mkdir()
    for script in ("book.js", "notes.js"):
        shutil.copyfile(ROOT / "_static" / script, folder / "_static" / script)
    with (folder / "_config.yml").open("a") as config:
        config.write("\n    html_js_files: [book.js, notes.js]\n")
    schema = json.loads((folder / "data" / "datapackage.json").read_text("utf-8"))
    next(entry for entry in schema["resources"] if entry["name"] == "actors").update(one="actor", says=["{name}"])
    (folder / "data" / "datapackage.json").write_text(json.dumps(schema), "utf-8")  # now its rows have notes
    grow.grow(folder, 60)
    result = build(folder)
    assert result.returncode == 0, result.stdout
    return folder


def test_a_book_with_many_rows_loses_none(many: Path) -> None:
    short = (many / "_build/html/chapter.html").read_text("utf-8")
    full = (many / f"_build/html/chapter{whole.SUFFIX}.html").read_text("utf-8")
    for table in ("actors", "levers"):
        addresses = [data.row_id(table, row, many) for row in data.load(table, many).to_dict("records")]
        assert len(addresses) >= 60 and all(f'id="{at}" data-row' in full for at in addresses)
    assert sum(f'id="{at}" data-row' in short for at in data.load("actors", many)["id"]) == whole.MOST // 4
    assert len(short) < len(full)
    assert "<title>All rows: " in full and full.count("<h1") == 1


def test_an_address_of_a_row_that_was_cut_leads_to_the_whole_page(many: Path, browser: Browser) -> None:
    page = browser.new_page()
    last = data.load("actors", many)["id"].iloc[-1]
    place = many / "_build/html/chapter.html"
    page.goto(f"{place.as_uri()}#{last}")
    page.wait_for_url(f"**/chapter{whole.SUFFIX}.html#{last}")
    assert page.locator(f"#{last}").is_visible()
    page.goto(place.as_uri())
    page.locator("a.whole").first.click()
    page.wait_for_url(f"**/chapter{whole.SUFFIX}.html#*")
    page.close()


def test_the_search_finds_rows_that_were_cut(many: Path) -> None:
    last = data.load("actors", many)["id"].iloc[-1]
    assert last in (many / "_build/html/searchindex.js").read_text("utf-8")


def test_the_files_of_a_long_table_hold_all_of_its_rows(many: Path) -> None:
    assert len(list(csv.reader((many / "_build/html/data/brief/actors.csv").open()))) == 121
