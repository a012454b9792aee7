"""The package holds nothing of this brief: a book on another, invented text is made with it unchanged."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import ast
import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import SECOND, assert_named, build, second_copy
from playwright.sync_api import Page, expect

from book import begin, data
from book.data import ROOT

# Columns of the data whose values are names that belong to this brief.
NAMES = {
    "actors": ("id", "name", "short_name", "other_names"),
    "groups": ("id", "name"),
    "places": ("id", "name", "country"),
    "authorities": ("name", "abbreviation"),
    "series": ("entity",),
    "sources": ("country",),
}
ID = re.compile(r"\b(?:[A-Z]{1,2}\d{2,3}(?!:)|P\d{1,2}\.\d{1,2})\b")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@cache
def names() -> frozenset[str]:
    """Return every name that belongs to this brief, from the data."""
    cells = [cell for table in {*NAMES} & {*data.tables()} for name in NAMES[table] for cell in data.load(table)[name]]
    parts = {part.strip() for cell in cells for part in re.split(r"[;,()]", cell)}
    found = {part for part in parts if part != part.lower() or " " not in part}  # "the country" is anybody's
    found |= {text for name, text in data.the_brief().items() if name != "date"}
    found |= {data.the_brief()["author"].split()[-1], data.package()["subject"], data.package()["record"]["country"]}
    found |= {word for scenario in data.scenarios() for word in (scenario, scenario.split()[0])}
    return frozenset(name for name in found if len(name) > 3)


def found_in(text: str, wanted: Iterable[str]) -> set[str]:
    """Return those of some names that stand in a text as words."""
    words = "|".join(map(re.escape, sorted(wanted, key=len, reverse=True)))
    return {match[0] for match in re.finditer(rf"(?<![\w-])(?:{words})(?![\w-])", text)}


def code_alone(source: str) -> str:
    """Return a module without comments and docstrings, in which a locator or a day may stand as an example."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body[0] = ast.Pass()
    return ast.unparse(tree)


PACKAGE = [
    path
    for folder in ("book", "_templates", "_static")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in (".py", ".js", ".css", ".html", ".svg")
]


@pytest.mark.parametrize("path", PACKAGE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_of_the_package_names_nobody_and_nothing_of_this_brief(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not found_in(text, names())
    if path.suffix == ".py":
        code = re.sub(r"https?://\S+", "", code_alone(text))
        assert not ID.findall(code), "rows are named in chapters and data"
        assert not YEAR.findall(code), "days and years are those of the data"
        vocabularies = {
            f"{table}.{name}"
            for table in data.tables()
            for name, field in data.fields(table).items()
            if len(field.get("terms", {})) > 1 and repr(list(field["terms"])) in code
        }
        assert not vocabularies, "vocabularies are those of the schema"


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book on another brief, built with the package of this one; returns the folder of its pages."""
    folder = second_copy(tmp_path_factory.mktemp("second"))
    result = build(folder)
    assert result.returncode == 0, result.stdout[-3000:]
    return folder / "_build" / "html"


def test_a_book_on_another_brief_says_nothing_of_this_one(second: Path) -> None:
    own = {name for name in names() if not found_in((SECOND / "brief.json").read_text("utf-8"), {name})}
    for path in sorted(second.rglob("*")):
        if path.suffix in (".html", ".ipynb", ".json", ".csv") or path.parent.name in ("notes", "figures"):
            text = path.read_bytes().decode("utf-8", "replace")
            assert not found_in(text, own), path.name


def test_a_book_on_another_brief_shows_all_that_its_own_data_says(second: Path) -> None:
    root = second.parents[1]
    pages = {path: BeautifulSoup(path.read_text("utf-8"), "lxml") for path in second.rglob("*.html")}
    addresses = [row["id"] for page in pages.values() for row in page.select("[data-row]")]
    rows = [
        data.row_id(table, row, root)
        for table in data.tables(root)
        for row in data.load(table, root).to_dict("records")
    ]
    assert sorted(addresses) == sorted(rows)
    text = " ".join(page.get_text(" ") for page in pages.values())
    vocabularies = json.loads((SECOND / "brief.json").read_text("utf-8"))["vocabularies"]
    shown = [value for values in vocabularies.values() for value in values]
    assert_named([*data.scenarios(root), *shown, "Two Ways Across the Sound"], [text])
    charts = [chart for page in pages.values() for chart in page.select("[data-chart]")]
    assert len(charts) == len(
        re.findall("name: fig-", "".join(path.read_text() for path in root.glob("chapters/*.md")))
    )
    assert all(len(chart.select_one("svg[aria-label]")["aria-label"]) > 60 for chart in charts)


def test_a_book_on_another_brief_is_weighed_by_its_reader(second: Path, page: Page) -> None:
    page.goto((second / "chapters/weigh.html").as_uri())
    page.mouse.move(5, 5)
    page.locator("#weights:visible").wait_for()
    assert page.locator("#weights input.party").count() == 3
    before = page.locator("[data-said]").inner_text()
    for slider in page.locator("#weights input.party").all():
        slider.fill("0")
    expect(page.locator("[data-said]")).to_contain_text("nothing is weighed")
    assert "nothing is weighed" not in before
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"tables": ["actors", "none"]}, ["brief.json, tables: none; allowed: sentences, excerpts, actors"]),
        ({"vocabularies": {"actors.none": {}}}, ["brief.json, vocabularies: no field actors.none"]),
        ({"more": 1}, ["brief.json: more missing or unknown; allowed: name, title"]),
    ],
)
def test_a_fault_of_what_begins_a_book_is_named_and_nothing_is_written(
    change: dict[str, object], expected: list[str], tmp_path: Path
) -> None:
    own = json.loads((SECOND / "brief.json").read_text("utf-8"))
    with pytest.raises(data.DataError) as fault:
        begin.begin(own | change, tmp_path)
    assert_named(expected, [str(fault.value)])
    assert not list(tmp_path.iterdir())


def test_a_book_begins_with_every_table_and_keeps_what_is_there(tmp_path: Path) -> None:
    own = json.loads((SECOND / "brief.json").read_text("utf-8"))
    made = begin.begin(own, tmp_path)
    assert {path.suffix for path in made} == {".csv", ".json"}
    assert set(data.tables(tmp_path)) == {*own["tables"], *(entry["name"] for entry in own["own_tables"])}
    assert data.faults(tmp_path) == []
    assert [path.name for path in begin.begin(own, tmp_path)] == ["datapackage.json"]
