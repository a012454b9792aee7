"""The page to teach with: answers stay folded, plans add up, and what a class is handed shows none of our codings."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import append
from nbclient import NotebookClient
from playwright.sync_api import Page

from book import check, classroom, data, record, weigh
from book.data import ROOT, DataError

PAGE = "chapters/teach.html"
PLAN = re.compile(r"^- \*\*([\w-]+) minutes\.\*\*", re.MULTILINE)
WORDS = {"Five": 5, "Ten": 10, "Fifteen": 15, "Twenty": 20, "Twenty-five": 25, "Thirty": 30}


def without_answers(page: BeautifulSoup) -> BeautifulSoup:
    """Return a copy of a page without its answers."""
    copy = BeautifulSoup(str(page), "lxml")
    for part in copy.select("details.answer"):
        part.decompose()
    return copy


def test_each_plan_takes_ninety_minutes() -> None:
    text = (ROOT / "chapters/teach.md").read_text("utf-8")
    single, seminar = text.split("## A plan for ninety minutes")[1].split("## Questions")[0].split("## A seminar")
    meetings = [single, *re.split(r"^\*\*\w+ meeting", seminar, flags=re.MULTILINE)[1:]]
    assert [sum(WORDS[word] for word in PLAN.findall(part)) for part in meetings] == [90] * 4


def test_no_answer_stands_outside_what_is_folded(parsed: dict[str, BeautifulSoup]) -> None:
    page, facts, claims = parsed[PAGE], record.facts(), data.load("claims").set_index("id")
    bare = without_answers(page)
    asked = data.load("exercise-grades").to_dict("records") + data.load("exercise-kinds").to_dict("records")
    for row in asked:
        shown, folded = bare.find(id=row["id"]), page.find(id=row["id"]).select_one("details.answer")
        assert folded and not folded.has_attr("open")
        assert row["reason"] in folded.get_text(), "the answer is there"
        assert row["reason"] not in bare.get_text()
        # A link to the row, the fact or the claim brings up a note, and the note tells the answer.
        assert not [link for link in shown.select("a[href]") if "#" in link["href"] and "http" not in link["href"]]
        if "fact" in row:
            fact = facts.loc[row["fact"]]
            assert fact["statement"] in shown.get_text()
            assert fact["grade"] in folded.get_text() and fact["status"] in folded.get_text()
            assert not re.search(rf"\b{fact['grade']}\b|{row['fact']}", shown.get_text()) and not shown.select(".grade")
        else:
            claim = claims.loc[row["claim"]]
            assert claim["outcome"] in shown.get_text()
            assert {claim["kind"], *claim["locator"].split()} <= set(re.findall(r"\w+(?:\.\d+)?", folded.get_text(" ")))
            assert claim["kind"] not in shown.get_text() and row["claim"] not in shown.get_text()
            assert not re.search(r"\bP\d+\.\d", shown.get_text())
    questions = page.select("details.answer:not(.fact details)")
    assert len(questions) >= 8
    assert all(part.select('a[href*="#"]') for part in questions), "each answer names rows"


def test_what_a_grade_rests_on_is_shown(parsed: dict[str, BeautifulSoup]) -> None:
    bare, links = without_answers(parsed[PAGE]), data.load("fact-sources")
    sources = data.load("sources").set_index("id")
    for row in data.load("exercise-grades").to_dict("records"):
        told = bare.find(id=row["id"]).get_text()
        for link in links[links["fact"] == row["fact"]].to_dict("records"):
            source = sources.loc[link["source"]]
            assert {source["publisher"] in told, source["kind"] in told, link["bearing"] in told} == {True}


def test_the_exercises_ask_for_different_answers() -> None:
    facts, claims = record.facts(), data.load("claims").set_index("id")
    chosen = facts.loc[data.load("exercise-grades")["fact"]]
    assert 6 <= len(chosen) <= 8
    assert chosen["reliability"].nunique() >= 4 and chosen["credibility"].nunique() >= 3
    assert set(chosen["status"]) == set(data.terms("facts", "status"))
    assert set(claims.loc[data.load("exercise-kinds")["claim"], "kind"]) == set(data.terms("claims", "kind"))
    assert set(data.load("other-sides")["side"]) == set(data.terms("other-sides", "side"))


def test_each_reading_leads_to_its_page(parsed: dict[str, BeautifulSoup]) -> None:
    urls = data.load("sources").set_index("id")["url"]
    for row in data.load("other-sides").to_dict("records"):
        assert urls[row["source"]] in [link["href"] for link in parsed[PAGE].find(id=row["id"]).select("a[href]")]


def test_an_exercise_is_no_use_of_a_fact(data_copy: Path) -> None:
    """Else a fact on which nothing rests would need no reason, only for being asked about."""
    facts = data.load("facts")
    silent = facts.loc[facts["reason_unused"] != "", "id"]
    assert set(silent) & set(data.load("exercise-grades")["fact"]), "one is asked about"
    other = next(at for at in silent if at not in set(data.load("exercise-grades")["fact"]))
    append("data/judgment/exercise_grades.csv", f"EG99,{other},An example.\n")(data_copy)
    assert not check.faults(data_copy)


def test_on_paper_an_answer_stays_as_the_reader_left_it(page: Page, book: Path) -> None:
    page.goto((book / PAGE).as_uri())
    answers = page.locator("details.answer")
    answers.first.evaluate("part => part.open = true")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    inside = "part => part.querySelector(':scope > :not(summary)').checkVisibility({contentVisibilityAuto: true})"
    assert answers.first.evaluate(inside)
    assert not [at for at in range(1, answers.count()) if answers.nth(at).evaluate(inside)]
    assert not page.locator("details.answer:not([open]) > summary:visible").count()


# --- the blind form --------------------------------------------------------------------------------------


def test_what_is_handed_out_holds_none_of_our_codings(tmp_path: Path, book: Path) -> None:
    form, rubric = classroom.hand_out(tmp_path / "out")
    assert (book / "data/empty-form.csv").read_bytes() == form.read_bytes(), "the book offers the same form"
    cells = pd.read_csv(form, keep_default_na=False)
    assert len(cells) == weigh.coding(weigh.read(form)).stated.size and not len(weigh.read(form))
    assert (cells.drop(columns=list(weigh.KEY)) == "").all(axis=None)
    handed = form.read_text("utf-8") + rubric.read_text("utf-8")
    for table in ("cells", "cells-second"):
        own = data.load(table)
        assert not [
            said for column in ("id", "reasoning", "doubt") for said in own.get(column, []) if said and said in handed
        ]
    assert not re.search(r"\d{2,}", rubric.read_text("utf-8").replace("1 February 2024", "")), "counts would tell"


def test_the_rubric_on_the_method_page_tells_no_counts(parsed: dict[str, BeautifulSoup]) -> None:
    tables = [table for table in parsed["chapters/method.html"].select("table[id^=vocabulary-cells]")]
    assert len(tables) == 2
    assert all([head.get_text() for head in table.select("thead th")] == ["Value", "Meaning"] for table in tables)


def coded(folder: Path, name: str, *rows: tuple[str, str, str, str, str, str]) -> None:
    """Write a form with some rows filled: scenario, party, domain, direction, gain, loss."""
    form = weigh.template().set_index(list(weigh.KEY))
    for *cell, direction, gain, loss in rows:
        form.loc[tuple(cell), ["direction", "gain", "loss"]] = [direction, gain, loss]
    folder.mkdir(exist_ok=True)
    form.reset_index().to_csv(folder / f"coder-{name}.csv", index=False)


WORSE = ("rupture", "iraq", "economy", "worse", "", "marked")
BETTER = ("rupture", "iraq", "economy", "better", "slight", "")
MIXED = ("rupture", "iran", "politics", "mixed", "slight", "marked")


def test_agreement_is_counted_cell_by_cell(tmp_path: Path) -> None:
    for name, rows in {"ann": (WORSE, MIXED), "bob": (WORSE,), "eve": (BETTER,)}.items():
        coded(tmp_path, name, *rows)
    codings = classroom.hand_in(tmp_path)
    assert list(codings) == ["coder-ann", "coder-bob", "coder-eve"]
    frame = classroom.by_cell(codings)
    economy, politics = frame.loc[WORSE[:3]], frame.loc[MIXED[:3]]
    assert list(economy) == ["worse, loss marked", "worse, loss marked", "better, gain slight", 2]
    assert list(politics) == ["mixed, gain slight, loss marked", "silent", "silent", 2]
    assert len(frame) == 2, "cells on which all are silent are left out"
    assert len(classroom.differing({name: codings[name] for name in ("coder-ann", "coder-bob")})) == 1
    kappa = classroom.kappas(codings)
    assert kappa.loc["coder-ann", "coder-eve"] == round(
        weigh.kappa(codings["coder-ann"], codings["coder-eve"])["steps"], 1
    )


def test_a_form_comes_back_as_spreadsheets_save_it(tmp_path: Path) -> None:
    coded(tmp_path, "ann", WORSE)
    path = tmp_path / "coder-ann.csv"
    text = path.read_text("utf-8") + ",,,,,,\n,,,,,,\n"  # rows without anything
    path.write_bytes("\ufeff".encode() + text.replace("\n", "\r\n").encode())
    assert len(classroom.hand_in(tmp_path)["coder-ann"]) == 1
    path.write_text(text.replace(",", ";"), "utf-8")
    with pytest.raises(DataError, match=r"coder-ann\.csv, row 1: no column scenario"):
        classroom.hand_in(tmp_path)


def test_our_codings_stay_out_of_sight_until_all_are_in() -> None:
    assert classroom.ours(False) == {}
    shown = classroom.ours(True)
    assert list(shown) == ["ours, first coding", "ours, second coding"]
    found = weigh.agreement(*shown.values())
    assert len(classroom.by_cell(shown)) == found["cells"] - found["neither"]
    assert (classroom.kappas(shown).to_numpy().diagonal() == 1).all()


def test_every_fault_of_every_form_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no coding there; allowed: files named coder-NAME\.csv"):
        classroom.hand_in(tmp_path)
    coded(tmp_path, "ann", WORSE)
    coded(tmp_path, "bob", ("rupture", "iraq", "economy", "wrose", "", "marked"))
    coded(tmp_path, "eve", ("rupture", "iran", "politics", "mixed", "slight", ""))
    with pytest.raises(DataError) as found:
        classroom.hand_in(tmp_path)
    lines = str(found.value).splitlines()
    assert [line.split(",")[0] for line in lines] == ["coder-bob.csv", "coder-eve.csv"]
    assert "'wrose'" in lines[0] and "allowed: better, worse" in lines[0] and "row " in lines[1]


@pytest.mark.parametrize("all_in", [False, True])
def test_the_notebook_shows_ours_only_when_all_are_in(all_in: bool) -> None:
    notebook = nbformat.read(ROOT / "notebooks/class.ipynb", as_version=4)
    (switch,) = [cell for cell in notebook.cells if "all_in = False" in cell["source"]]
    switch["source"] = switch["source"].replace("all_in = False", f"all_in = {all_in}")
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    shown = str([cell.get("outputs") for cell in notebook.cells])
    assert ("ours, first coding" in shown) is all_in
    assert "'wrose'" in shown, "a slip is named"
