"""What goes in comes out the same: loaders, fingerprint, tables and downloads, on texts made up by hypothesis."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import csv
import io
import json
import shutil
import unicodedata
from functools import cache
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import rows_of, written
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from book import data, downloads, fingerprint, tables

# Any text that a cell may hold: no invisible or lost character, accents with their letters, single blanks; markup,
# quotes and any script among it.
HOSTILE = ["<script>alert(1)</script>", '"><b>', "&amp;", "a,b", 'say "so"', "كتائب", "javascript:x", "{{x}}", "C'est"]
TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(
        st.characters(
            exclude_categories=("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"), exclude_characters=data.BLANK + data.LOST
        )
    ),
).map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))
WORD = st.text(st.characters(categories=["Ll"], max_codepoint=0xFF), min_size=1, max_size=9)
ROOT_COPIES = TemporaryDirectory()


@cache
def copied_data() -> Path:
    """Return a folder with a copy of the data, for all examples of this process."""
    shutil.copytree(data.ROOT / "data", Path(ROOT_COPIES.name) / "data")
    return Path(ROOT_COPIES.name)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
@example([("NA", "nan"), ("NULL", "-0"), ("1e5", "007"), ("True", "")])
def test_a_table_loads_as_it_was_written(pairs: list[tuple[str, str]]) -> None:
    root, name = copied_data(), "data/brief/levers.csv"
    heads, *rows = rows_of((data.ROOT / name).read_bytes())
    rows = [[*rows[0]] for _ in pairs]
    for row, (mechanism, limits) in zip(rows, pairs, strict=True):
        row[heads.index("mechanism")], row[heads.index("limits")] = mechanism, limits
    content = written([heads, *rows])
    (root / name).write_bytes(content)
    data._read.cache_clear()  # two examples may be alike in size and in time
    frame = data.load("levers", root)
    assert list(zip(frame["mechanism"], frame["limits"], strict=True)) == pairs
    assert frame.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL).encode() == content
    assert not list(data._line_faults(name, content.decode(), data.fields("levers", root)))


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1, max_size=4), st.sampled_from(["\n", "\r\n"]))
def test_a_file_is_named_or_is_what_writing_it_again_gives(rows: list[list[str]], end: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([["a", "b"], *rows])
    clean = all(cell == " ".join(cell.split()) and cell.isprintable() for row in rows for cell in row)
    faults = list(data._line_faults("a.csv", text.getvalue(), dict.fromkeys("ab", {"type": "string"})))
    if end == "\r\n" or not all(cell == " ".join(cell.split()) for row in rows for cell in row):
        assert faults
    elif clean:
        assert not faults
    assert all(fault.startswith("a.csv, ") for fault in faults)


# --- fingerprint ----------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(st.lists(WORD, min_size=8, max_size=14))
def test_eight_words_of_a_text_are_found_whatever_their_case_and_marks(said: list[str]) -> None:
    plain = [word.text for word in fingerprint.words(" ".join(said))]
    assume(len(plain) >= fingerprint.RUN)
    digits = "".join(fingerprint.digit("P1.1", word) for word in plain)
    with TemporaryDirectory() as folder:
        (Path(folder) / "data").mkdir()
        stored = json.dumps({"sentences": {"P1.1": digits}, "excerpts": {}})
        (Path(folder) / "data" / "fingerprint.json").write_text(stored, "utf-8")
        dressed = "Before\n" + ", ".join(f"“{word.upper()}”" if n % 2 else word for n, word in enumerate(plain)) + "."
        assert [line for line, _ in fingerprint.copied(dressed, Path(folder))], dressed
        short = " ".join(plain[: fingerprint.RUN - 1])
        assert not list(fingerprint.copied(short, Path(folder)))


@given(st.text())
def test_words_are_the_same_in_capitals_and_count_their_lines(text: str) -> None:
    found = fingerprint.words(text)
    assert all(1 <= word.line <= text.count("\n") + 1 for word in found)
    assert [word.text for word in fingerprint.words(" ".join(word.text for word in found))] == [
        word.text for word in found
    ]


# --- tables and downloads -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ("levers", "mechanism"),
        ("actors", "other_names"),
        ("facts", "statement"),
        ("sources", "title"),
        ("events", "statement"),
    ],
)
@settings(deadline=None, max_examples=25)
@given(text=TEXT)
def test_a_cell_shows_its_text_and_nothing_runs(table: str, field: str, text: str) -> None:
    assume(text)
    shown = BeautifulSoup(tables.cell(table, field, text), "html.parser")
    assert text.removeprefix("http://").removeprefix("https://") in shown.get_text()
    assert {tag.name for tag in shown.find_all()} <= {"span", "a"}
    assert not [link["href"] for link in shown.find_all("a") if not link["href"].startswith(("http", "book:"))]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=4))
def test_a_table_of_a_page_comes_back_from_its_download(rows: list[tuple[str, str, str]]) -> None:
    assume(not any(data.is_formula(cell) for row in rows for cell in row))
    heads = ["One", "Two", "Three"]
    body = [tables.table_row([escape(cell) for cell in row], heads) for row in rows]
    page = tables.framed("invented", "A table", heads, body, "judgment")
    with TemporaryDirectory() as folder:
        told, amiss = downloads.with_tables(page, "", Path(folder))
        assert not amiss
        assert f"{downloads.TABLES}/invented.csv" in told
        back = pd.read_csv(Path(folder) / "invented.csv", dtype=str, keep_default_na=False)
    assert list(back.columns) == heads
    assert [tuple(row) for row in back.itertuples(index=False)] == rows


@given(TEXT, st.sampled_from("=+-@\t\r"))
def test_a_text_that_a_spreadsheet_would_run_is_told_from_others(text: str, sign: str) -> None:
    assert data.is_formula(sign + text)
    assert data.is_formula(text) == text.startswith(("=", "+", "-", "@"))
