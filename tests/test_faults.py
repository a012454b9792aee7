"""Every file of the data is guarded against every kind of fault that its columns can have."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from conftest import assert_named, rows_of, with_cell, written

from book import check, data, fingerprint, processes

LEVERS = data.path_of("levers")
PATHS = {data.path_of(table): table for table in data.tables()}
LETTERS = {"A": "А", "C": "С", "E": "Е", "P": "Р", "a": "а", "e": "е", "o": "о", "p": "р"}  # Latin, Cyrillic


# What is done to the bytes of every file, and what must be said of each.
FORMS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a byte-order mark": (lambda file: b"\xef\xbb\xbf" + file, "byte-order mark"),
    "CRLF": (lambda file: file.replace(b"\n", b"\r\n"), "line feed"),
    "another encoding": (lambda file: file + "é\n".encode("latin-1"), "not UTF-8"),
    "semicolons": (lambda file: file.replace(b",", b";"), "the columns are"),
    "a stray quote": (lambda file: file.replace(b"\n", b'"\n', 1), ""),
    "a blank at the end of a cell": (lambda file: file.replace(b"\n", b" \n", 1), "single blanks"),
    "no line feed at the end": (lambda file: file.rstrip(b"\n"), ""),
    "no content": (lambda file: b"", "the columns are"),
    "a column too many": (lambda file: written([[*row, "more"] for row in rows_of(file)]), "the columns are"),
    "a column too few": (lambda file: written([row[:-1] for row in rows_of(file)]), "the columns are"),
    "two columns in another order": (
        lambda file: written([[row[1], row[0], *row[2:]] for row in rows_of(file)]),
        "the columns are",
    ),
    "a row twice": (lambda file: file + written(rows_of(file)[1:2]), "row"),
    "a row cut short": (lambda file: file + written([rows_of(file)[1][:-1]]), "row"),
}


def spoiled(copy: Path, spoil: Callable[[str, bytes], bytes | None]) -> set[str]:
    """Spoil every file that can be, check the data, and return the files of which nothing is said."""
    done = set()
    for name in PATHS:
        before = (copy / name).read_bytes()
        after = spoil(name, before)
        if after is not None and after != before:
            (copy / name).write_bytes(after)
            done.add(name)
    assert done
    return done


@pytest.mark.parametrize("kind", FORMS)
def test_a_fault_of_form_is_named_in_every_file(kind: str, data_copy: Path) -> None:
    spoil, said = FORMS[kind]
    done = spoiled(data_copy, lambda name, content: spoil(content))
    assert done == set(PATHS)
    found = data.faults(data_copy)
    silent = {name for name in done if not any(line.startswith(name) and said in line for line in found)}
    assert not silent, found[:5]


def test_every_file_that_is_missing_is_named(data_copy: Path) -> None:
    for name in PATHS:
        (data_copy / name).unlink()
    assert_named([f"{name}: the file is missing" for name in PATHS], data.faults(data_copy))


def columns(name: str, wanted: Callable[[dict[str, object], str], object]) -> Iterator[int]:
    """Yield the places of the columns of a file that are wanted, by their field and name."""
    for place, (field, known) in enumerate(data.fields(PATHS[name]).items()):
        if wanted(known, field):
            yield place


def rules(field: dict[str, object]) -> dict[str, object]:
    """Return the constraints of a field."""
    found = field.get("constraints", {})
    assert isinstance(found, dict)
    return found


# In which columns, and what stands there then.
VALUES: dict[str, tuple[Callable[[dict[str, object], str], object], str]] = {
    "no value where one is required": (lambda field, _: rules(field).get("required"), ""),
    "a value that no vocabulary has": (lambda field, _: "enum" in rules(field), "magic"),
    "a word where a number stands": (lambda field, _: field["type"] == "number", "many"),
    "a word where a yes or no stands": (lambda field, _: field["type"] == "boolean", "perhaps"),
    "a value of another form": (lambda field, _: "pattern" in rules(field), "?!"),
    "a day that does not exist": (lambda field, _: field.get("edtf"), "2024-02-31"),
}


@pytest.mark.parametrize("kind", VALUES)
def test_a_fault_of_a_value_is_named_with_row_and_column_in_every_file_that_can_have_it(
    kind: str, data_copy: Path
) -> None:
    wanted, value = VALUES[kind]
    done: dict[str, str] = {}

    def spoil(name: str, content: bytes) -> bytes | None:
        column = next(columns(name, wanted), None)
        if column is None:
            return None
        done[name] = list(data.fields(PATHS[name]))[column]
        return with_cell(content, column, value)

    if not any(next(columns(name, wanted), None) is not None for name in PATHS):
        pytest.fail(f"no column of any table can have {kind}; the case is to be dropped")
    spoiled(data_copy, spoil)
    found = data.faults(data_copy)
    for name, field in done.items():
        named = [line for line in found if line.startswith(f"{name}, row ") and f"column {field}" in line]
        assert named, f"{name}, {field}: {found[:3]}"
        assert all("allowed" in line for line in named), named


def alike(known: str) -> str:
    """Return an id in letters that look like its own."""
    return "".join(LETTERS.get(letter, letter) for letter in known)


@pytest.mark.parametrize("listed", [False, True], ids=["one id", "a list of ids"])
@pytest.mark.parametrize("other", [lambda known: "Z999", alike], ids=["an unknown id", "look-alike letters"])
def test_an_id_that_leads_nowhere_is_named_in_every_file(
    other: Callable[[str], str], listed: bool, data_copy: Path
) -> None:
    done: set[tuple[str, str]] = set()

    def spoil(name: str, content: bytes) -> bytes:
        for field in data.references(PATHS[name]):
            if ("list" in data.fields(PATHS[name])[field]) == listed:
                column = list(data.fields(PATHS[name])).index(field)
                known = next(row[column] for row in reversed(rows_of(content)) if row[column]).split()[0]
                if other(known) != known:
                    content = with_cell(content, column, other(known))
                    done.add((name, field))
        return content

    spoiled(data_copy, spoil)
    found = data.faults(data_copy)
    silent = [
        at for at in done if not any(line.startswith(f"{at[0]}, row ") and f"column {at[1]}" in line for line in found)
    ]
    assert not silent, found[:5]


@pytest.mark.parametrize("table", [table for table in data.tables() if "leads" in data.resource(table)])
def test_links_that_lead_in_a_circle_are_named(table: str, data_copy: Path) -> None:
    name = data.path_of(table)
    rows = rows_of((data_copy / name).read_bytes())
    start, end = (rows[0].index(field) for field in data.resource(table)["leads"])
    back = list(rows[1])
    back[start], back[end] = back[end], back[start]
    (data_copy / name).write_bytes(written([*rows, back]))
    assert_named([name, "leads back", rows[1][start], "no circle"], check.faults(data_copy))


def test_a_sentence_of_the_brief_that_is_left_out_is_named(data_copy: Path) -> None:
    unused = data.load("sentences").query("reason_unused != '' and locator != 'P0.1'")["locator"].tolist()
    path = data_copy / "data/brief/sentences.csv"
    rows = rows_of(path.read_bytes())
    for left in ("P8.2", unused[0], rows[-2][0]):
        path.write_bytes(written([row for row in rows if row[0] != left]))
        assert_named([f"{path.relative_to(data_copy)}, row ", f"allowed: '{left}', the"], check.faults(data_copy))


def test_sentences_that_the_brief_does_not_have_or_in_another_order_are_named(data_copy: Path) -> None:
    path = data_copy / "data/brief/sentences.csv"
    head, *rows = rows_of(path.read_bytes())
    path.write_bytes(written([head, *rows, ["P99.1", "P99", *rows[0][2:5], "No such sentence."]]))
    assert_named(["'P99.1'; allowed: 'no more rows'"], check.faults(data_copy))
    path.write_bytes(written([head, rows[1], rows[0], *rows[2:]]))
    assert_named([f"row 2, column locator: '{rows[1][0]}'; allowed: '{rows[0][0]}'"], check.faults(data_copy))


def test_a_sentence_that_is_copied_is_named_in_every_table(data_copy: Path) -> None:
    words = " ".join(data.load("excerpts")["text"].iloc[0].split()[: fingerprint.RUN])

    def spoil(name: str, content: bytes) -> bytes | None:
        last = max(columns(name, lambda field, _: field["type"] == "string"))
        return None if PATHS[name] == "excerpts" else with_cell(content, last, words)

    done = spoiled(data_copy, spoil)
    found = check.faults(data_copy)
    named = {line.partition(", line ")[0] for line in found if f"are {fingerprint.RUN} words in a row" in line}
    assert done == named == {*PATHS} - {data.path_of("excerpts")}, found[:5]


@pytest.mark.parametrize(
    ("sign", "said"),
    [
        ("\u3164", "invisible"),
        ("\u2800", "invisible"),
        ("\u200b", "invisible"),
        ("\ufffd", "was lost"),
        ("e\u0301", "NFC"),
    ],
    ids=["a filler", "an empty pattern", "no width", "a lost character", "an accent apart"],
)
def test_signs_that_no_reader_can_tell_are_named(sign: str, said: str, data_copy: Path) -> None:
    gist = list(data.fields("levers")).index("description" if "description" in data.fields("levers") else "name")
    path = data_copy / LEVERS
    path.write_bytes(with_cell(path.read_bytes(), gist, f"Wo{sign}rds"))
    assert_named([f"{LEVERS}, row ", said], data.faults(data_copy))


def test_a_table_found_sound_is_compared_with_its_schema_again_once_it_or_the_schema_changes(
    data_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, compare = [], data.schema_faults

    def noted(due: list[str], root: Path) -> list[str]:
        compared.append(due)
        return compare(due, root)

    monkeypatch.setattr(data, "schema_faults", noted)
    monkeypatch.setattr(processes, "pool", partial(ThreadPoolExecutor, 1))  # where what is noted is seen
    store, levers, schema = data_copy / "sound.json", data_copy / LEVERS, data_copy / "data/datapackage.json"
    assert check.faults(data_copy, store) == check.faults(data_copy, store) == []
    assert compared == [data.tables()]  # once

    good = levers.read_bytes()
    levers.write_bytes(with_cell(good, rows_of(good)[0].index("kind"), "magic"))
    for _ in range(2):  # what has a fault is never kept
        assert_named(["'magic'", "one of"], check.faults(data_copy, store))
    assert compared[1:] == [["levers"], ["levers"]]

    levers.write_bytes(good)
    assert check.faults(data_copy, store) == []
    assert len(compared) == 3

    schema.write_text(schema.read_text("utf-8") + "\n", "utf-8")
    assert check.faults(data_copy, store) == []
    assert compared[3:] == [data.tables()]
    store.write_text(store.read_text("utf-8")[:-20], "utf-8")  # cut short
    assert check.faults(data_copy, store) == []
    assert compared[4:] == [data.tables()]
    prints = data_copy / "data/fingerprint.json"
    prints.write_text(prints.read_text("utf-8") + "\n", "utf-8")
    assert check.faults(data_copy, store) == []
    assert compared[5:] == [data.tables()]


def test_what_trusts_the_schema_says_nothing_where_the_schema_does_not_hold(data_copy: Path) -> None:
    path = data_copy / data.path_of("observations")
    path.write_bytes(with_cell(path.read_bytes(), list(data.fields("observations")).index("value"), "many"))
    found = check.faults(data_copy)
    assert_named([data.path_of("observations"), "column value", "'many'"], found)
    assert len(found) == 1


def test_an_error_of_a_check_itself_is_not_taken_for_sound_data(
    data_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Path) -> list[str]:
        raise ZeroDivisionError

    monkeypatch.setattr(data, "sentence_faults", broken)
    with pytest.raises(ZeroDivisionError):
        check.faults(data_copy)
