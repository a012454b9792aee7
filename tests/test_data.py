"""The tables obey their schema, hang together, account for every sentence; a fault is named."""

from pathlib import Path

import pandas as pd
import pytest
from conftest import Edit, append, replace

from book import citation, data, fingerprint

TABLES = data.tables()


def test_the_data_of_this_clone_has_no_fault() -> None:
    assert data.faults() == []


def remove(name: str) -> Edit:
    return lambda folder: (folder / name).unlink()


LEVERS = "data/brief/levers.csv"
FAULTS: dict[str, tuple[Edit, list[str]]] = {
    "a missing file": (remove(LEVERS), [LEVERS, "missing"]),
    "a file that no table has": (append("data/brief/notes.csv", "id\n"), ["data/brief/notes.csv", "no table"]),
    "a byte-order mark": (replace(LEVERS, "id,name", "\ufeffid,name"), [LEVERS, "byte-order mark"]),
    "CRLF": (replace(LEVERS, "\n", "\r\n"), [LEVERS, "line 1", "line feed"]),
    "double blanks": (replace(LEVERS, ",sanctions,", ",sanc  tions,"), [LEVERS, "single blanks"]),
    "an invisible character": (replace(LEVERS, ",sanctions,", ",sanc\u200btions,"), [LEVERS, "invisible character"]),
    "a sentence named twice": (
        append(LEVERS, "L99,New,force,,,,,,both,P3.2 P3.2,P3\n"),
        [LEVERS, "column locator", "each sentence once"],
    ),
    "a month that does not exist": (
        replace("data/brief/events.csv", "2024-01-28,stated", "2024-21,stated"),
        ["data/brief/events.csv", "column date", "'2024-21'"],
    ),
    "a vocabulary that is defined twice, differently": (
        replace("data/datapackage.json", '"waivers",', '"waiver",'),
        ["data/datapackage.json", "table levers, field kind", "enum and terms differ"],
    ),
    "a scenario that no vocabulary has": (
        replace("data/datapackage.json", '"rupture",', '"ruptur",'),
        ["data/datapackage.json, scenarios: ruptur"],
    ),
    "a schema without tables": (
        replace("data/datapackage.json", '"resources"', '"tables"'),
        ["data/datapackage.json", "'resources'"],
    ),
    "a schema with a broken pattern": (
        replace("data/datapackage.json", '"pattern": "^', '"pattern": "^(('),
        ["data/datapackage.json"],
    ),
    "a blank at the end of a cell": (replace(LEVERS, ",sanctions,", ",sanctions ,"), [LEVERS, "row", "'sanctions '"]),
    "a needless quote": (replace(LEVERS, ",sanctions,", ',"sanctions",'), [LEVERS, "line", "quotes only where needed"]),
    "an unknown vocabulary value": (
        replace(LEVERS, ",sanctions,", ",magic,"),
        [LEVERS, "row", "column kind", "'magic'", "one of sanctions, waivers"],
    ),
    "an empty cell where one is required": (
        replace("data/brief/relations.csv", "R01,militias,", "R01,,"),
        ["data/brief/relations.csv", "row 2", "column source", "required"],
    ),
    "an id given twice": (append(LEVERS, "L02,Again,force,,,,,,both,P3.2,P3\n"), [LEVERS, "'L02'"]),
    "a key that leads nowhere": (
        replace("data/brief/relations.csv", "R01,militias,", "R01,martians,"),
        ["data/brief/relations.csv", "row 2", "'martians'"],
    ),
    "a locator that is no sentence": (
        append(LEVERS, "L99,New,force,,,,,,both,P3.9,P3\n"),
        [LEVERS, "column locator", "'P3.9'", "sentences.csv"],
    ),
    "a paragraph that is not the locator's": (
        append(LEVERS, "L99,New,force,,,,,,both,P3.2,P4\n"),
        [LEVERS, "column paragraph", "'P4'", "allowed: 'P3'"],
    ),
    "a day that does not exist": (
        replace("data/brief/events.csv", "2024-01-28,stated", "2024-02-30,stated"),
        ["data/brief/events.csv", "column date", "'2024-02-30'", "EDTF"],
    ),
    "an interval that runs backwards": (
        replace("data/brief/events.csv", "2024-01-28/2024-02-01", "2024-02-01/2024-01-28"),
        ["data/brief/events.csv", "column date", "'2024-02-01/2024-01-28'"],
    ),
    "a column too many": (replace(LEVERS, "id,name,", "id,color,name,"), [LEVERS]),
    "a number that is none": (
        replace("data/record/places.csv", ",33.31,44.37,", ",north,44.37,"),
        ["data/record/places.csv", "column latitude", "'north'"],
    ),
    **{
        f"the number {number}": (
            replace("data/record/places.csv", ",33.31,44.37,", f",{number},44.37,"),
            ["data/record/places.csv, row", f"column latitude: '{number}'; allowed: ", "at most ten digits"],
        )
        for number in ("1_0", "3e1", "1e999", "NaN", "٣٣", "33.", "12345678901")
    },
    "a cell that is too long": (
        append(LEVERS, f"L99,{'long' * 40_000},force,,,,,,both,P3.2,P3\n"),
        [LEVERS, "field limit", "cells of at most 100000 characters"],
    ),
    "a latitude off the map": (
        replace("data/record/places.csv", ",33.31,44.37,", ",99,44.37,"),
        ["data/record/places.csv", "column latitude", "99"],
    ),
    "a schema that is no JSON": (replace("data/datapackage.json", "{", "("), ["data/datapackage.json"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_its_place(fault: str, data_copy: Path) -> None:
    edit, expected = FAULTS[fault]
    edit(data_copy)
    try:
        found = "\n".join(data.faults(data_copy))
    except data.DataError as error:
        found = str(error)
    for part in expected:
        assert part in found, f"{part!r} is not in: {found}"
    assert "Traceback" not in found


@pytest.mark.parametrize("text", ["[]", '{"sentences": [], "excerpts": {}}', "{"])
def test_a_broken_fingerprint_is_named(text: str, data_copy: Path) -> None:
    (data_copy / "data/fingerprint.json").write_text(text, "utf-8")
    with pytest.raises(data.DataError, match=r"data/fingerprint\.json: "):
        fingerprint.stored(data_copy)


@pytest.mark.parametrize("content", [b"", b"- a\n", b"title: [a\n", "title: é\n".encode("latin-1")])
def test_a_broken_citation_is_named(content: bytes, tmp_path: Path) -> None:
    assert citation.citation(tmp_path) == {}
    (tmp_path / "CITATION.cff").write_bytes(content)
    with pytest.raises(data.DataError, match=r"CITATION\.cff: .*; allowed: fields in YAML"):
        citation.citation(tmp_path)


def test_latin_1_is_refused(data_copy: Path) -> None:
    path = data_copy / LEVERS
    path.write_bytes(path.read_bytes() + "L99,é,force,,,,,,both,P3.2,P3\n".encode("latin-1"))
    assert any(LEVERS in fault and "not UTF-8" in fault for fault in data.faults(data_copy))


def test_a_sentence_must_be_used_or_say_why_not(data_copy: Path) -> None:
    path = data_copy / "data/brief/sentences.csv"
    rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows.loc[rows["locator"] == "P1.1", "reason_unused"] = ""
    rows.loc[rows["locator"] == "P8.2", "reason_unused"] = "None."
    path.write_text(rows.to_csv(index=False, lineterminator="\n"), "utf-8")
    found = "\n".join(data.faults(data_copy))
    assert "sentence P1.1 is taken up by no row" in found
    assert "sentence P8.2 is taken up by other rows" in found


# Fixed scales and lists that serve several tables: a step stays defined though no row is on it.
SCALES = {"reliability", "credibility", "bound", "confidence", "verdict", "event"}
RUBRIC = {"direction", "gain", "loss"}  # of the cells: a coder uses of it what the brief calls for


@pytest.mark.parametrize("table", TABLES)
def test_every_value_of_a_vocabulary_is_defined_and_used(table: str) -> None:
    for name, field in data.fields(table).items():
        if "terms" in field:
            assert list(field["terms"]) == field["constraints"]["enum"]
            unused = set(field["terms"]) - set(data.load(table)[name])
            if name in SCALES or (name in RUBRIC and set(data.fields(table)) >= RUBRIC):
                continue
            # One list of hedges and of scenarios serves two tables.
            if table == "claims" or name == "hedge":
                unused -= set(data.load("consequences").get(name, [])) | set(data.load("claims").get(name, []))
            assert not unused, f"{table}.{name}: {unused}"


@pytest.mark.parametrize("table", TABLES)
def test_every_field_is_described(table: str) -> None:
    assert all(field["description"].endswith(".") for field in data.fields(table).values())


def test_row_addresses_are_unique_over_all_tables() -> None:
    found = [data.row_id(table, row) for table in TABLES for row in data.load(table).to_dict("records")]
    assert len(found) == len(set(found))


def test_steps_are_linked_within_one_scenario_only() -> None:
    scenario = data.load("consequences").set_index("id")["scenario"]
    links = data.load("consequence-links")
    assert (links["source"].map(scenario) == links["target"].map(scenario)).all()


def test_the_argument_has_one_root_and_it_is_a_recommendation() -> None:
    links = data.load("argument")
    roots = set(links["supports"]) - set(links["claim"])
    kinds = data.load("claims").set_index("id")["kind"]
    assert [kinds[root] for root in roots] == ["recommendation"]


def test_events_with_full_dates_stand_in_order() -> None:
    days = [date for date in data.load("events")["date"] if len(date) == 10]
    assert days == sorted(days)


def test_labels_are_told_apart() -> None:
    steps = data.load("consequences")
    assert not steps[steps.duplicated(["scenario", "label"])]["id"].tolist()


def test_an_unknown_table_is_named_with_those_that_exist() -> None:
    with pytest.raises(data.DataError, match="no table 'leavers'; there are sentences"):
        data.load("leavers")


def test_empty_cells_load_as_empty_text_and_numbers_as_numbers() -> None:
    levers, events, sentences = data.load("levers"), data.load("events"), data.load("sentences")
    assert (levers["side_effects"] == "").any()
    assert events["value"].dtype == float
    assert sentences["makes_statement"].dtype == bool
