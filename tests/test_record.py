"""The record and the verdicts obey their rules; a breach is named; what is stale is listed."""

import datetime
import json
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import TINY, Edit, append, assert_named, replace

from book import data, record

FACTS = record.facts()
VERDICTS = [name for name in data.tables() if "confidence" in data.fields(name)]


def test_the_record_of_this_clone_has_no_fault() -> None:
    assert record.faults() == []


def test_a_book_without_a_record_has_no_fault_and_no_reach() -> None:
    assert record.faults(TINY) == []
    assert record.reach(TINY) == {}


def cell(table: str, key: str, field: str, new: str) -> Edit:
    """Return an edit that puts a value into one cell of a table."""

    def edit(folder: Path) -> None:
        path = folder / data.path_of(table)
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        (name, *_) = data.resource(table)["schema"]["primaryKey"]
        assert key in set(frame[name])
        frame.loc[frame[name] == key, field] = new
        frame.to_csv(path, index=False, lineterminator="\n")

    return edit


def first(condition: str) -> str:
    """Return the id of the first fact for which a condition holds."""
    return str(FACTS.query(condition)["id"].iloc[0])


def drop(table: str, field: str, value: str) -> Edit:
    """Return an edit that removes the rows with a value."""

    def edit(folder: Path) -> None:
        path = folder / data.path_of(table)
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        frame[frame[field] != value].to_csv(path, index=False, lineterminator="\n")

    return edit


def reading(signpost: str, at: str, **new: str) -> Edit:
    """Return an edit that puts values into one reading of a signpost."""

    def edit(folder: Path) -> None:
        path = folder / data.path_of("signpost-readings")
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        here = (frame["signpost"] == signpost) & (frame["at"] == at)
        assert here.sum() == 1
        frame.loc[here, list(new)] = list(new.values())
        frame.to_csv(path, index=False, lineterminator="\n")

    return edit


BOTH = data.load("fact-sources").merge(data.load("sources"), left_on="source", right_on="id")
PAIR = next(
    group
    for fact, group in BOTH.groupby("fact")
    if sorted(group["bearing"]) == ["corroborates", "states"] and FACTS.loc[fact, "credibility"] == "1"
)
FIRST = PAIR.loc[PAIR["bearing"] == "states", "publisher"].iloc[0]
SECOND = PAIR.loc[PAIR["bearing"] == "corroborates", "source"].iloc[0]
NAMED = BOTH.groupby("fact").filter(lambda group: set(group["bearing"]) == {"named"})["fact"].iloc[0]
ALONE = FACTS.loc[~FACTS["id"].isin(data.load("fact-sources").query("bearing == 'corroborates'")["fact"]), "id"].iloc[0]
RIVAL = first("status == 'disputed' and value == value")
SURE = first("status == 'confirmed' and value == value")
UNSURE = data.load("checks").query("confidence != 'high'")["id"].iloc[0]
USED = data.load("checks")["needs"].iloc[0].split()[0]
FAULTS: dict[str, tuple[Edit, list[str]]] = {
    "a best digit without a second source": (
        cell("facts", ALONE, "credibility", "1"),
        ["facts.csv, row", "column credibility: '1'", "no independent second source"],
    ),
    "a weak source called confirmed": (
        cell("facts", SURE, "reliability", "D"),
        ["column status: 'confirmed'", "only with grades A to C"],
    ),
    "a fact without a source": (drop("fact-sources", "fact", SURE), ["column id", SURE, "fact_sources.csv"]),
    "a dispute with itself alone": (
        cell("facts", RIVAL, "dispute", "nobody-else"),
        ["column dispute: 'nobody-else'", "another row"],
    ),
    "a disputed fact without a key": (
        cell("facts", RIVAL, "dispute", ""),
        ["column dispute: ''", "if and only if disputed"],
    ),
    "a second page of the same publisher": (
        cell("sources", SECOND, "publisher", FIRST),
        ["column credibility: '1'", "no independent second source"],
    ),
    "a second page of the author's institute": (
        cell("sources", SECOND, "publisher", "The Washington Institute"),
        ["column credibility: '1'", "no independent second source"],
    ),
    "an outlet without a page that is called confirmed": (
        cell("facts", NAMED, "status", "confirmed"),
        ["column status: 'confirmed'"],
    ),
    "a disputed fact of which only the outlet is known": (
        cell("facts", NAMED, "status", "disputed"),
        ["column status: 'disputed'", "reported, where only the outlet is known"],
    ),
    "a dispute of a confirmed fact": (
        cell("facts", SURE, "dispute", "nobody-else"),
        ["column dispute: 'nobody-else'", "if and only if disputed"],
    ),
    "a value without its rivals": (
        cell("checks", "V01", "facts", RIVAL),
        ["checks.csv, row 2", "column facts", "a rival of a value that is named"],
    ),
    "a source without an address": (
        cell("sources", data.load("fact-sources").query("bearing == 'states'")["source"].iloc[0], "url", ""),
        ["sources.csv, row", "column url: ''"],
    ),
    "a source that carries nothing": (
        append(data.path_of("sources"), "S999,Title,Publisher,https://example.org/,official,,en,\n"),
        ["sources.csv, row", "'S999'", "sources that a row of the record names"],
    ),
    "a reason where there is an Iraqi source": (
        cell("topics", "dollars", "no_home_source", "None was found."),
        ["topics.csv, row", "a fact of this topic has one"],
    ),
    "a topic without an Iraqi source and without a reason": (
        cell("topics", "institute", "no_home_source", ""),
        ["topics.csv, row", "no fact of this topic has one"],
    ),
    "a value without a bound": (
        cell("facts", SURE, "bound", ""),
        ["column bound: ''", "if and only if there is a value"],
    ),
    "parts that exceed their total": (
        cell("attack-counts", "AC02", "iraq", "99"),
        ["attack_counts.csv", "column total", "at least the sum of its parts"],
    ),
    "a count that goes back in time": (
        cell("attack-counts", "AC03", "date", "2023-10-18"),
        ["attack_counts.csv", "column date: '2023-10-18'", "no earlier"],
    ),
    "a founding without a figure": (
        cell("groups", "badr", "founding", first("value != value and status == 'confirmed'")),
        ["groups.csv, row", "column founding", "figures of one unit"],
    ),
    "a verdict that is missing": (
        drop("outcomes", "test", "O41"),
        ["tests.csv, row", "column id: 'O41'", "a verdict at the horizon", "outcomes.csv"],
    ),
    "a fact looked up after the next review": (
        cell("facts", SURE, "checked", "2199-01"),
        ["column checked: '2199-01'", "the next review"],
    ),
    "an interval that runs past the record": (
        cell("facts", SURE, "date", "2026-09-01/2031"),
        ["column date: '2026-09-01/2031'", "to which the record reaches"],
    ),
    "a value without a unit": (cell("facts", SURE, "unit", ""), ["column unit: ''", "if and only if there is a value"]),
    "a range that runs backwards": (cell("facts", SURE, "value_high", "-1"), ["column value_high", "more than value"]),
    "a count that falls": (cell("attack-counts", "AC02", "total", "1"), ["attack_counts.csv", "column total: 1"]),
    "a verdict surer than its facts": (
        cell("checks", UNSURE, "confidence", "high"),
        ["checks.csv, row", "column confidence: 'high'", "at most"],
    ),
    "a verdict on facts that bear on something else": (
        cell("facts", USED, "locator", ""),
        ["column needs", "at least one fact that bears on"],
    ),
    "an outcome on facts that bear on another sentence": (
        cell("outcomes", "O41", "needs", first("locator == 'P7.3' and status == 'confirmed'")),
        ["outcomes.csv, row", "column needs", "at least one fact that bears on P17.5"],
    ),
    "a fact from after the record": (
        cell("facts", SURE, "date", "2026-12-01"),
        ["column date: '2026-12-01'", "to which the record reaches"],
    ),
    "a fact that nothing uses and that does not say why": (
        cell("facts", first("reason_unused != ''"), "reason_unused", ""),
        ["column reason_unused: ''", "a reason"],
    ),
    "a threshold from after the brief": (
        cell("signposts", "Y03", "threshold_facts", first("date == '2024-02-07'")),
        ["signposts.csv, row 4, column threshold_facts", "none after 2024-02-01"],
    ),
    "a sign of the brief whose threshold has no fact": (
        cell("signposts", "Y03", "threshold_facts", ""),
        ["signposts.csv, row 4, column threshold_facts: ''"],
    ),
    "a reading from facts of a later quarter alone": (
        reading("Y03", "2024-Q1", needs="F190"),
        ["signpost_readings.csv, row", "column needs: 'F190'", "begins by the end of 2024-Q1"],
    ),
    "a reading that is not known and rests on a fact": (
        reading("Y03", "2026-Q3", needs="F190", confidence="low"),
        ["signpost_readings.csv, row", "both empty if and only if the verdict is 'not known'"],
    ),
    "a reading that rests on nothing": (
        reading("Y03", "2024-Q1", needs="", confidence=""),
        ["signpost_readings.csv, row", "both empty if and only if the verdict is 'not known'"],
    ),
    "a quarter that is not read": (
        drop("signpost-readings", "at", "2025-Q1"),
        ["signposts.csv, row 2", "with a verdict at the 2025-Q1"],
    ),
    "a premise surer than its facts": (
        cell("premises", "U08", "confidence", "high"),
        ["premises.csv, row 9, column confidence: 'high'", "at most moderate"],
    ),
    "a reason for a fact that is used": (
        cell("facts", USED, "reason_unused", "Not needed."),
        ["column reason_unused: 'Not needed.'", "empty, for it is used"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_breach_of_a_rule_is_named_with_its_place(fault: str, data_copy: Path) -> None:
    edit, expected = FAULTS[fault]
    edit(data_copy)
    assert_named(expected, record.faults(data_copy))


def test_a_place_off_the_map_is_named(data_copy: Path) -> None:
    replace("data/record/places.csv", ",33.31,38.7,", ",38.7,33.31,")(data_copy)
    column = "data/record/places.csv, row 6, column"
    expected = [f"{column} latitude: 38.7; allowed: 30.4 to 37.4", f"{column} longitude: 33.31; allowed: 37.6 to 48.2"]
    assert_named(expected, record.faults(data_copy))


@pytest.mark.parametrize("text", ["{", "[]", '{"objects": {}}', None])
def test_borders_that_cannot_be_read_are_named(text: str | None, data_copy: Path) -> None:
    path = data_copy / "data/record/borders.topojson"
    path.unlink() if text is None else path.write_text(text, "utf-8")
    assert_named(
        ["data/record/borders.topojson: ", "allowed: TopoJSON with the object countries"], record.faults(data_copy)
    )


def test_a_list_that_names_a_fact_that_is_not_there_is_named(data_copy: Path) -> None:
    cell("checks", "V01", "facts", "F999")(data_copy)
    assert any("checks.csv, row 2, column facts: 'F999' is not there" in fault for fault in data.faults(data_copy))


@pytest.mark.parametrize(
    ("grades", "most"),
    [
        (["A1 confirmed", "B1 confirmed"], "high"),
        (["A1 confirmed", "C1 confirmed"], "moderate"),
        (["A1 confirmed", "B2 confirmed"], "moderate"),
        (["B2 disputed"], "moderate"),
        (["B1 confirmed", "B3 disputed"], "low"),
        (["A1 confirmed", "F3 reported"], "low"),
        (["B2 reported"], "low"),
        (["D2 confirmed"], "low"),
    ],
)
def test_confidence_is_capped_by_the_weakest_fact(grades: list[str], most: str) -> None:
    rows = [{"reliability": grade[0], "credibility": grade[1], "status": grade[3:]} for grade in grades]
    assert record.ceiling(rows) == most


def test_the_status_of_a_group_is_known_for_any_day() -> None:
    assert record.status_on("kataib-hezbollah", "2009-01-01") == []
    assert "fto" in record.status_on("kataib-hezbollah", "2024-02-01")
    assert "fto" not in record.status_on("nujaba", "2024-02-01")
    assert "fto" in record.status_on("nujaba", "2026-01-01")
    with pytest.raises(data.DataError, match="no group 'martians'"):
        record.status_on("martians", "2024-02-01")


def test_a_group_that_is_listed_again_stands_there_again(data_copy: Path) -> None:
    events = [("delisted", "2025-01-01"), ("listed", "2025-06-01"), ("delisted", "2025-07-01")]
    for number, (event, day) in enumerate(events):
        append(
            "data/record/designations.csv",
            f"G9{number},Kataib Hezbollah,kataib-hezbollah,group,fto,{event},{day},,F001\n",
        )(data_copy)
    for day, stands in {"2024-12-31": True, "2025-03-01": False, "2025-06-15": True, "2025-08-01": False}.items():
        assert ("fto" in record.status_on("kataib-hezbollah", day, data_copy)) == stands
    assert not [line for line in record.faults(data_copy) if "in turn" in line]


@pytest.mark.parametrize(("authority", "event"), [("fto", "listed"), ("ofac-none", "delisted")])
def test_what_is_listed_twice_or_taken_off_no_list_is_named(authority: str, event: str, data_copy: Path) -> None:
    row = f"G99,Kataib Hezbollah,kataib-hezbollah,group,{authority},{event},2025-01-01,,F001\n"
    append("data/record/designations.csv", row)(data_copy)
    assert_named([f"column event: '{event}'; allowed: listed and delisted in turn"], record.faults(data_copy))


def test_a_delisting_ends_a_status(data_copy: Path) -> None:
    path = data_copy / data.path_of("designations")
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write("G99,Kataib Hezbollah,kataib-hezbollah,group,fto,delisted,2025-01-01,,F001\n")
    assert "fto" in record.status_on("kataib-hezbollah", "2024-12-31", data_copy)
    assert "fto" not in record.status_on("kataib-hezbollah", "2025-01-01", data_copy)


def test_a_disputed_figure_is_given_as_the_range_of_all_rivals() -> None:
    for group in {frozenset(group) for group in record.rivals().values()}:
        rows = FACTS.loc[sorted(group)]
        low, high = rows["value"].min(), rows["value_high"].fillna(rows["value"]).max()
        if rows["value"].notna().any() and rows["unit"].nunique() == 1 and low < high:
            words = {record.figure(at) for at in group}
            assert len(words) == 1
            assert " to " in words.pop()


def test_a_range_keeps_the_bounds_of_its_ends() -> None:
    assert record.figure("F070") == "about 166 to at least 180"
    assert record.figure("F154") == "about 4,000 to 4,500"


def test_figures_of_different_things_make_no_range() -> None:
    with pytest.raises(data.DataError, match="units"):
        record.figure("F118 F161")
    with pytest.raises(data.DataError, match="no fact F999"):
        record.figure("F999")


def test_every_fact_has_a_source_to_look_up_or_is_reported_and_names_its_outlet() -> None:
    links = data.load("fact-sources").merge(data.load("sources"), left_on="source", right_on="id")
    with_page = set(links.loc[links["url"] != "", "fact"])
    without = FACTS[~FACTS["id"].isin(with_page)]
    assert set(without["status"]) <= {"reported"}
    assert set(without["id"]) <= set(links.loc[links["publisher"] != "", "fact"])


def test_every_expectation_of_the_brief_is_tested_and_judged_twice() -> None:
    claims = data.load("claims")
    due = set(claims.loc[claims["kind"].isin(["conditional", "predictive", "recommendation"]), "id"])
    tests = data.load("tests")
    assert due <= {claim for claims in tests["claims"] for claim in claims.split()}
    outcomes = data.load("outcomes")
    assert set(zip(outcomes["test"], outcomes["at"], strict=True)) == {
        (test, at) for test in tests["id"] for at in data.terms("outcomes", "at")
    }


def test_advice_and_opinion_are_never_scored() -> None:
    types = data.load("tests").set_index("id")["type"]
    for row in data.load("outcomes").to_dict("records"):
        advice = types[row["test"]] in ("recommendation", "opinion")
        assert (row["verdict"] == "not scored") == advice, row["test"]
    kinds = data.load("expectations").set_index("id")["kind"]
    for row in data.load("other-outcomes").to_dict("records"):
        assert (row["verdict"] == "not scored") == (kinds[row["expectation"]] != "expectation"), row["expectation"]


def test_every_lever_has_its_use_and_every_group_of_the_brief_its_record() -> None:
    assert set(data.load("lever-use")["lever"]) == set(data.load("levers")["id"])
    assert set(data.load("militias")["id"]) <= set(data.load("groups")["id"])


def test_the_author_s_institute_corroborates_nothing() -> None:
    publisher = data.package()["sources"][0]["publisher"]
    links = data.load("fact-sources").merge(data.load("sources"), left_on="source", right_on="id")
    own = links[links["publisher"].str.contains("Washington Institute")]
    assert publisher.startswith("The Washington Institute")
    assert not (own["bearing"] == "corroborates").any()
    alone = set(own["fact"]) - set(links[~links["publisher"].str.contains("Washington Institute")]["fact"])
    checks = data.load("checks")
    for row in checks[checks["verdict"] == "supported"].to_dict("records"):
        assert not set(row["needs"].split()) & alone, row["id"]


def test_the_forecast_of_no_change_turns_verdicts_round() -> None:
    says = data.load("tests").set_index("id")["no_change"]
    outcomes = data.load("outcomes").set_index(["test", "at"])["verdict"]
    rows = record.no_change()
    assert len(rows)
    for row in rows.to_dict("records"):
        brief = outcomes[row["test"], row["at"]]
        if says[row["test"]] == "happens" or brief == "partly met":
            assert row["verdict"] == brief
        else:
            assert {row["verdict"], brief} == {"met", "not met"}


def test_no_score_is_lost() -> None:
    counted = record.scores().groupby("who")["count"].sum()
    assert counted["the brief"] == len(data.load("outcomes"))
    assert counted["others"] == len(data.load("other-outcomes"))


@pytest.mark.parametrize("day", ["2026-11-23", "2030-01-01"])
def test_one_command_lists_what_is_stale(day: str) -> None:
    command = [sys.executable, "-m", "book", "stale", day]
    result = subprocess.run(command, cwd=data.ROOT, capture_output=True, text=True, check=False)
    listed = re.findall(r"^\d{4}-\d\d-\d\d  (F\d{3})", result.stdout, re.MULTILINE)
    assert len(listed) == len(record.stale(day))
    assert f"of {len(FACTS)} facts are due on {day}" in result.stdout
    due = re.findall(r"^(\d{4}-Q\d)  readings of \d+ signposts", result.stdout, re.MULTILINE)
    assert due == list(record.readings_due(day))
    review = record.reach()["next_review"]
    assert f"Next review of the record: {review}, " in result.stdout
    assert ("days ago" in result.stdout) == (day > review)
    assert result.returncode == int(bool(listed or due or day >= review)), "the exit tells whether anything is due"
    if day == "2030-01-01":
        assert len(listed) == len(FACTS)


def test_readings_are_due_once_their_quarter_is_over(data_copy: Path) -> None:
    last = data.load("signpost-readings")["at"].max()
    year, quarter = map(int, last.split("-Q"))
    then = year + quarter // 4, quarter % 4 + 1
    after = [f"{y + q // 4}-{q % 4 * 3 + 1:02}-01" for y, q in ((year, quarter), then)]
    every = list(data.load("signposts")["id"])
    assert record.readings_due(after[0]) == {}
    assert record.readings_due(after[1]) == {f"{then[0]}-Q{then[1]}": every}
    assert record.readings_due((datetime.date.fromisoformat(after[1]) - datetime.timedelta(1)).isoformat()) == {}
    path = data_copy / data.path_of("signpost-readings")
    lines = path.read_text("utf-8").splitlines(keepends=True)
    gone = next(line for line in lines if line.startswith(f"{every[3]},{last},"))
    path.write_text("".join(line for line in lines if line != gone), "utf-8")
    assert record.readings_due(after[0], data_copy) == {last: [every[3]]}


@pytest.mark.parametrize("words", [["stale", "tomorrow"], ["stale", "2027-01-01", "more"], ["stael"]])
def test_a_command_that_makes_no_sense_is_refused(words: list[str]) -> None:
    command = [sys.executable, "-m", "book", *words]
    result = subprocess.run(command, cwd=data.ROOT, capture_output=True, text=True, check=False)
    assert result.returncode != 0
    assert "tomorrow" in result.stderr or "python -m book" in result.stderr
    assert "Traceback" not in result.stderr


def test_one_command_checks_all_data() -> None:
    command = [sys.executable, "-m", "book"]
    printed = subprocess.run(command, cwd=data.ROOT, capture_output=True, text=True, check=True).stdout
    assert f"{len(data.tables())} tables" in printed


@pytest.mark.parametrize(
    "days",
    [{}, {"as_of": "someday", "next_review": "2026-12-31"}, {"as_of": "2026-12-31", "next_review": "2026-01-01"}],
)
def test_how_far_the_record_reaches_must_be_said(days: dict[str, str], data_copy: Path) -> None:
    path = data_copy / "data" / "datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    package["record"] = days
    path.write_text(json.dumps(package), "utf-8")
    try:
        found = "\n".join(record.faults(data_copy))
    except data.DataError as fault:
        found = str(fault)
    assert "datapackage.json" in found
    assert "as_of and next_review" in found


def test_a_fact_becomes_stale_when_its_topic_s_months_are_over(data_copy: Path) -> None:
    cell("facts", SURE, "checked", "2024-01")(data_copy)
    months = int(data.load("topics").set_index("id").loc[FACTS.loc[SURE, "topic"], "review_months"])
    due = record.months_later("2024-01-31", months)
    assert SURE not in set(record.stale(due, data_copy)["id"])
    assert SURE in set(record.stale(record.months_later(due, 1), data_copy)["id"])


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [("2026-10-31", 3, "2027-01-28"), ("2026-11-30", 1, "2026-12-28"), ("2024-02-01", 24, "2026-02-01")],
)
def test_months_are_counted_across_years(day: str, months: int, then: str) -> None:
    assert record.months_later(day, months) == then


def test_every_table_of_verdicts_is_checked() -> None:
    judged = {"checks", "outcomes", "other-outcomes", "path-readings", "premises", "signpost-readings"}
    assert set(VERDICTS) == judged
    assert all({"needs", "verdict"} <= set(data.fields(name)) for name in VERDICTS)
