"""Load and check the tables under ``data/``.

``data/datapackage.json`` is the one schema. Nothing here restates it: names, types, vocabularies
and keys are read from it, and it is executed with the ``frictionless`` library.
"""

import calendar
import csv
import datetime
import io
import json
import os
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
NOT_STATED = "not stated"


class DataError(Exception):
    """A fault in ``data/``: one line each, with file, row, column, value and what is allowed."""


def package(root: Path = ROOT) -> dict[str, Any]:
    """Return ``data/datapackage.json`` as it stands.

    Raises:
        DataError: the file is missing or is no JSON.
    """
    return _package(*_state(root))[0]


def _state(root: Path) -> tuple[str, int, int]:
    """Return the path of the schema, and the time and size by which its state is known."""
    path = _schema_of(root)
    try:
        state = os.stat(path)  # noqa: PTH116 (asked for some ten thousand times in a build)
    except OSError as fault:
        raise DataError(f"data/datapackage.json: {fault}") from None
    return path, state.st_mtime_ns, state.st_size


@cache
def _schema_of(root: Path) -> str:
    return str(root / "data" / "datapackage.json")


@cache
def _package(path: str, time: int, size: int) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Read the schema, and its tables by name, once for each state of its file."""
    try:
        found = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise DataError(f"data/datapackage.json: {fault}") from None
    try:
        for entry in found["resources"]:
            _ = entry["name"], entry["path"], entry["voice"], entry["schema"]["primaryKey"]
            for field in entry["schema"]["fields"]:
                _ = field["name"], field["type"], field["description"]
        return found, {entry["name"]: entry for entry in found["resources"]}
    except (KeyError, TypeError) as fault:
        raise DataError(f"data/datapackage.json: {fault}; allowed: tables with name, path, voice and schema") from None


def resource(table: str, root: Path = ROOT) -> dict[str, Any]:
    """Return the schema entry of a table, named as in the data package (``lever-actors``).

    Raises:
        DataError: there is no table of that name.
    """
    entries = _package(*_state(root))[1]
    if table not in entries:
        raise DataError(f"data/datapackage.json: no table {table!r}; there are {', '.join(entries)}")
    return entries[table]


def path_of(table: str, root: Path = ROOT) -> str:
    """Return the file of a table, from the book's folder: ``data/brief/levers.csv``."""
    return "data/" + resource(table, root)["path"]


def tables(root: Path = ROOT) -> list[str]:
    """Return the names of all tables, in the order of the data package."""
    return [entry["name"] for entry in package(root)["resources"]]


def scenarios(root: Path = ROOT) -> list[str]:
    """Return the names of the two scenarios, in the order in which they are shown everywhere."""
    return list(package(root)["scenarios"])


def fields(table: str, root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return the fields of a table by name, in the order of its columns."""
    return {field["name"]: field for field in resource(table, root)["schema"]["fields"]}


def terms(table: str, field: str, root: Path = ROOT) -> dict[str, str]:
    """Return the closed vocabulary of a field: each value with its definition, in order."""
    return fields(table, root)[field]["terms"]


def load(table: str, root: Path = ROOT) -> pd.DataFrame:
    """Return a table as a frame, one row a statement, in the order of its file.

    Text columns hold ``str`` and an empty string where the source states nothing; columns of type
    number hold floats with NaN, columns of type boolean ``bool``. The source of each row is its
    ``locator`` (sentence of the brief) and, in ``data/record/``, its ``source``.
    """
    state = (root / path_of(table, root)).stat()
    return _read(table, root, (state.st_mtime_ns, state.st_size)).copy()


@cache
def _read(table: str, root: Path, state: tuple[int, int]) -> pd.DataFrame:
    """Read a table once for each state of its file."""
    frame = pd.read_csv(root / path_of(table, root), dtype=str, keep_default_na=False, encoding="utf-8")
    for name, field in fields(table, root).items():
        if field["type"] == "number":
            frame[name] = pd.to_numeric(frame[name]).astype(float)
        elif field["type"] == "boolean":
            frame[name] = frame[name].isin(field["trueValues"])
    return frame


def row_id(table: str, row: Any, root: Path = ROOT) -> str:
    """Return the address of a row within the book: its key, which is unique over all tables.

    Keys of several columns are joined by hyphens. A table whose keys are those of another one, or
    plain words, has a prefix: the schema's ``address``.
    """
    entry = resource(table, root)
    parts = [entry["address"]] if "address" in entry else []
    parts += [str(row[name]) for name in entry["schema"]["primaryKey"]]
    return "-".join(parts).replace(" ", "-")


def users_of_sentences(root: Path = ROOT) -> dict[str, list[tuple[str, str]]]:
    """Return for each locator the rows that take it up, as pairs of table and row address.

    Facts of the record bear on a sentence but do not rest on it: they are not among these.
    """
    users: dict[str, list[tuple[str, str]]] = {at: [] for at in load("sentences", root)["locator"]}
    for table in tables(root):
        if table in ("sentences", "facts") or "locator" not in fields(table, root):
            continue
        for row in load(table, root).to_dict("records"):
            for locator in row["locator"].split():
                users.setdefault(locator, []).append((table, row_id(table, row, root)))
    return users


def references(table: str, root: Path = ROOT) -> dict[str, str]:
    """Return the fields of a table that hold ids of another one, by the schema's keys and lists."""
    found = {name: field["list"] for name, field in fields(table, root).items() if "list" in field}
    for key in resource(table, root)["schema"].get("foreignKeys", []):
        found[key["fields"][0]] = key["reference"]["resource"]
    return found


def users(target: str, root: Path = ROOT) -> dict[str, list[tuple[str, str]]]:
    """Return for each row of a table, by id, the rows that name it, as pairs of table and row address."""
    (key,) = resource(target, root)["schema"]["primaryKey"]
    found: dict[str, list[tuple[str, str]]] = {at: [] for at in load(target, root)[key]}
    for table in tables(root):
        own = [name for name, other in references(table, root).items() if other == target]
        if not own:
            continue
        for row in load(table, root).to_dict("records"):
            for at in dict.fromkeys(at for name in own for at in row[name].split()):
                found[at].append((table, row_id(table, row, root)))
    return found


# --- checks -------------------------------------------------------------------------------------


def faults(root: Path = ROOT) -> list[str]:
    """Return every fault of the tables, one line each; an empty list means that all is well."""
    # Each check trusts what the one before it has assured.
    return list(_form_faults(root)) or list(_schema_faults(root)) or list(_sentence_faults(root))


def _form_faults(root: Path) -> Iterator[str]:
    """What frictionless lets pass: a file must be byte for byte what writing it again gives."""
    listed = {path_of(table, root): list(fields(table, root)) for table in tables(root)}
    for path in sorted((root / "data").rglob("*.csv")):
        name = path.relative_to(root).as_posix()
        if name not in listed:
            yield f"{name}: no table of data/datapackage.json has this path"
    for name in sorted(listed):
        try:
            stored = (root / name).read_bytes()
            text = stored.decode("utf-8")
        except OSError:
            yield f"{name}: the file is missing"
            continue
        except UnicodeDecodeError as fault:
            yield f"{name}: byte {fault.start} is not UTF-8; allowed is UTF-8 without byte-order mark"
            continue
        yield from _line_faults(name, text, listed[name])


def _line_faults(name: str, text: str, columns: list[str]) -> Iterator[str]:
    """Compare a file's heads with the schema, and the file with its own rows written again, line by line."""
    if text.startswith("\ufeff"):
        yield f"{name}: starts with a byte-order mark; allowed is UTF-8 without one"
        return
    rows = list(csv.reader(io.StringIO(text, newline="")))
    heads = rows[0] if rows else []
    if heads != columns:
        yield f"{name}, row 1: the columns are {', '.join(heads) or 'none'}; allowed: {', '.join(columns)}"
    for number, row in enumerate(rows, 1):
        for cell in row:
            if " ".join(cell.split()) != cell:
                yield f"{name}, row {number}: {cell!r}; allowed: single blanks, none at start or end"
            if any(unicodedata.category(mark) in ("Cc", "Cf", "Co") for mark in cell):
                yield f"{name}, row {number}: {cell!r} holds an invisible character; allowed: none"
    again = io.StringIO(newline="")
    csv.writer(again, lineterminator="\n").writerows(rows)
    if again.getvalue() != text:
        pairs = zip(text.splitlines(keepends=True), again.getvalue().splitlines(keepends=True), strict=False)
        number, (is_now, should_be) = next(
            ((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1]),
            (len(text.splitlines()), ("the end of the file", "one line end")),
        )
        yield (
            f"{name}, line {number}: {is_now!r} is not plain CSV; allowed is {should_be!r} "
            "(commas, quotes only where needed, line feed at each end)"
        )


def _schema_faults(root: Path) -> Iterator[str]:
    """Execute the schema: columns, types, constraints, vocabularies, keys between files."""
    from frictionless import FrictionlessException, Package  # half a second to import, needed only here

    yield from _vocabulary_faults(root)
    try:
        report = Package.from_descriptor(package(root), basepath=str(root / "data")).validate()
    except (FrictionlessException, re.error) as fault:
        yield f"data/datapackage.json: {' '.join(str(fault).split())}"
        return
    for error in report.errors:
        yield f"data/datapackage.json: {error.message}"
    for task in report.tasks:
        entry = resource(task.name, root)
        name = path_of(task.name, root)
        for error in task.errors:
            yield f"{name}{_where(error)}: {_what(error, entry, root)}"


def _vocabulary_faults(root: Path) -> Iterator[str]:
    """Vocabularies: each value is defined, and no value is named that is not in its vocabulary."""
    if len(set(scenarios(root))) != len(scenarios(root)) or len(scenarios(root)) not in (2, 3):
        yield f"data/datapackage.json, scenarios: {', '.join(scenarios(root))}; allowed: two or three, none twice"
    for table in tables(root):
        for name, field in fields(table, root).items():
            defined = list(field.get("terms", {}))
            place = f"data/datapackage.json, table {table}, field {name}"
            if defined != field.get("constraints", {}).get("enum", []):
                yield f"{place}: enum and terms differ; allowed: the same values in the same order"
            if "sides" in field and list(field["sides"]) != defined:
                yield f"{place}: sides and terms differ; allowed: the same values in the same order"
            if name == "scenario" and not set(package(root)["scenarios"]) <= set(defined):
                named = ", ".join(package(root)["scenarios"])
                yield f"data/datapackage.json, scenarios: {named}; allowed: values of {table}.scenario"


def _where(error: Any) -> str:
    """Name row and column of a fault, as far as it has them; row 1 holds the column names."""
    columns = getattr(error, "field_names", None) or [getattr(error, "field_name", None)]
    row = getattr(error, "row_number", None)
    return (f", row {row}" if row else "") + "".join(f", column {column}" for column in columns if column)


def _what(error: Any, entry: dict[str, Any], root: Path) -> str:
    """Say the value and what is allowed, in the words of the schema."""
    if error.type == "foreign-key":
        target = resource(error.reference_name, root)
        allowed = f"{target['title'].lower()} of {path_of(error.reference_name, root)}"
        return f"{', '.join(error.field_cells)!r} is not there; allowed: {allowed}"
    note = " ".join(str(error.note or error.message).split())
    field = fields(entry["name"], root).get(getattr(error, "field_name", None) or "")
    if not field:
        return note
    allowed = "one of " + ", ".join(field["terms"]) if "terms" in field else field["description"]
    return f"{error.cell!r}: {note}; allowed: {allowed}"


def _sentence_faults(root: Path) -> Iterator[str]:
    """Locators: each resolves and names its paragraph; each sentence is used or says why not."""
    sentences = load("sentences", root)
    path = path_of("sentences", root)
    known = set(sentences["locator"])
    for table in tables(root):
        if "locator" not in fields(table, root):
            continue
        name = path_of(table, root)
        for number, row in enumerate(load(table, root).to_dict("records"), 2):
            places = row["locator"].split()
            for locator in places:
                if locator not in known:
                    yield f"{name}, row {number}, column locator: {locator!r} is no sentence; allowed: those of {path}"
            if len(places) != len(set(places)):
                yield f"{name}, row {number}, column locator: {row['locator']!r}; allowed: each sentence once"
            of_these = " ".join(dict.fromkeys(locator.split(".")[0] for locator in places))
            if row["paragraph"] != of_these:
                place = f"{name}, row {number}, column paragraph"
                yield f"{place}: {row['paragraph']!r}; allowed: {of_these!r}, from the locator"
    yield from _list_faults(root)
    yield from _circle_faults(root)
    yield from _date_faults(root)
    yield from _formula_faults(root)
    taken = users_of_sentences(root)
    for number, row in enumerate(sentences.to_dict("records"), 2):
        used, reason = bool(taken[row["locator"]]), bool(row["reason_unused"])
        if used == reason:
            state = (
                "is taken up by other rows, so the cell must be empty"
                if used
                else "is taken up by no row, so the cell must say why"
            )
            place = f"{path}, row {number}, column reason_unused"
            yield f"{place}: {row['reason_unused']!r}: sentence {row['locator']} {state}"


def _list_faults(root: Path) -> Iterator[str]:
    """Lists of ids: each names a row of its table, and none twice."""
    for table in tables(root):
        for name, field in fields(table, root).items():
            if "list" not in field:
                continue
            (key,) = resource(field["list"], root)["schema"]["primaryKey"]
            known = set(load(field["list"], root)[key])
            for number, row in enumerate(load(table, root).to_dict("records"), 2):
                ids = row[name].split()
                place = f"{path_of(table, root)}, row {number}, column {name}"
                for at in ids:
                    if at not in known:
                        yield f"{place}: {at!r} is not there; allowed: rows of {path_of(field['list'], root)}"
                if len(ids) != len(set(ids)):
                    yield f"{place}: {row[name]!r}; allowed: each id once"


def _circle_faults(root: Path) -> Iterator[str]:
    """Links that lead from row to row (the schema's ``leads``): none leads back to where it began."""
    for table in tables(root):
        if "leads" not in resource(table, root):
            continue
        start, end = resource(table, root)["leads"]
        before: dict[str, set[str]] = {}
        lines: dict[tuple[str, str], int] = {}
        for number, row in enumerate(load(table, root).to_dict("records"), 2):
            before.setdefault(row[end], set()).add(row[start])
            lines[row[start], row[end]] = number
        try:
            TopologicalSorter(before).prepare()
        except CycleError as fault:
            circle = fault.args[1]
            place = f"{path_of(table, root)}, row {lines[circle[0], circle[1]]}, column {end}"
            yield f"{place}: {circle[1]!r} leads back: {' to '.join(circle)}; allowed: no circle"


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet would run a text instead of showing it."""
    return text.startswith(("=", "+", "-", "@", "\t", "\r"))


def _formula_faults(root: Path) -> Iterator[str]:
    """Text: none begins like a formula, which a spreadsheet would run when it opens a downloaded table."""
    for table in tables(root):
        texts = [name for name, field in fields(table, root).items() if field["type"] == "string"]
        for number, row in enumerate(load(table, root).to_dict("records"), 2):
            for name in texts:
                if is_formula(row[name]):
                    place = f"{path_of(table, root)}, row {number}, column {name}"
                    yield f"{place}: {row[name]!r} would be run by a spreadsheet; allowed: another first sign"


def _date_faults(root: Path) -> Iterator[str]:
    """Dates: each is one that exists, in the Extended Date/Time Format."""
    for table in tables(root):
        names = [name for name, field in fields(table, root).items() if field.get("edtf")]
        for number, row in enumerate(load(table, root).to_dict("records"), 2):
            for name in filter(row.get, names):
                if span(row[name]) is None:
                    place = f"{path_of(table, root)}, row {number}, column {name}"
                    yield f"{place}: {row[name]!r} is no date; allowed: EDTF"


def span(date: str) -> tuple[str, str] | None:
    """Return first and last day of an EDTF date as ISO days; an open end gives an empty one.

    Of EDTF this book uses days, months, years, their approximations (``~``, ``?``) and intervals; the
    schema's pattern lets nothing else pass. None means that there is no such date, or that it runs backwards.
    """
    start, _, end = date.partition("/")
    try:
        days = (_edge(start, last=False), _edge(end or start, last=True))
    except ValueError:
        return None
    return days if "" in days or days[0] <= days[1] else None


def _edge(part: str, last: bool) -> str:
    """Return the first or last day of one part of a date as an ISO day; ValueError if there is none."""
    if part == "..":
        return ""
    year, month, day, *_ = (*map(int, part.rstrip("~?").split("-")), 0, 0)
    month = month or (12 if last else 1)
    day = day or (calendar.monthrange(year, month)[1] if last else 1)
    return datetime.date(year, month, day).isoformat()
