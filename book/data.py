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
_settled: dict[Path, tuple[str, int, int]] = {}
NOT_STATED = "not stated"
LONGEST = 100_000  # characters of a cell
BLANK = "\u115f\u1160\u2800\u3164\uffa0"  # letters and signs by their category, and nothing to the eye
LOST = "\ufffd"
NUMBER = re.compile(r"-?\d{1,10}(\.\d{1,10})?", re.ASCII)  # what each program that reads the tables takes alike


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
    return _settled.get(root) or _state_now(root)


def settle(root: Path = ROOT) -> None:
    """Take the schema as it is now for good: a build asks for its state some hundred thousand times."""
    _settled[root] = _state_now(root)


def _state_now(root: Path) -> tuple[str, int, int]:
    path = _schema_of(root)
    try:
        state = os.stat(path)  # noqa: PTH116 (quicker than by its path)
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


def the_brief(root: Path = ROOT) -> dict[str, str]:
    """Return what the book is about, the first source of the data package: title, author, publisher, date, path."""
    return dict(package(root)["sources"][0])


def resource(table: str, root: Path = ROOT) -> dict[str, Any]:
    """Return the schema entry of a table, named as in the data package (``lever-actors``).

    Raises:
        DataError: there is no table of that name.
    """
    return _resource(table, *_state(root))


def _resource(table: str, *state: Any) -> dict[str, Any]:
    entries = _package(*state)[1]
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
    return _fields(table, *_state(root))


@cache
def _fields(table: str, *state: Any) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in _resource(table, *state)["schema"]["fields"]}


def terms(table: str, field: str, root: Path = ROOT) -> dict[str, str]:
    """Return the closed vocabulary of a field: each value with its definition, in order."""
    return fields(table, root)[field]["terms"]


def load(table: str, root: Path = ROOT) -> pd.DataFrame:
    """Return a table as a frame, one row a statement, in the order of its file.

    Text columns hold ``str`` and an empty string where the source states nothing; columns of type
    number hold floats with NaN, columns of type boolean ``bool``. The source of each row is its
    ``locator`` (sentence of the brief) and, in ``data/record/``, its ``source``.
    """
    return _read(table, root, _file_state(table, root)).copy()


def _file_state(table: str, root: Path) -> tuple[int, int]:
    """Return the time and size by which the state of a table's file is known."""
    state = (root / path_of(table, root)).stat()
    return state.st_mtime_ns, state.st_size


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


def records(table: str, root: Path = ROOT) -> list[dict[str, Any]]:
    """Return the rows of a table, as :func:`load` gives them, by the names of its columns."""
    return [row.copy() for row in _records(table, root, _file_state(table, root))]


@cache
def _records(table: str, root: Path, state: tuple[int, int]) -> list[dict[str, Any]]:
    """Take a table apart once for each state of its file."""
    frame = _read(table, root, state)
    names = list(map(str, frame))
    return [dict(zip(names, row, strict=True)) for row in zip(*(frame[name].tolist() for name in names), strict=True)]


def lookup(table: str, field: str, root: Path = ROOT) -> dict[str, Any]:
    """Return one field of each row of a table by its key, for tables whose key is one column."""
    return _lookup(table, field, root, _file_state(table, root)).copy()


@cache
def _lookup(table: str, field: str, root: Path, state: tuple[int, int]) -> dict[str, Any]:
    (key,) = resource(table, root)["schema"]["primaryKey"]
    return {row[key]: row[field] for row in _records(table, root, state)}


def row_id(table: str, row: Any, root: Path = ROOT) -> str:
    """Return the address of a row within the book: its key, which is unique over all tables.

    Keys of several columns are joined by hyphens. A table whose keys are those of another one, or
    plain words, has a prefix: the schema's ``address``.
    """
    entry = resource(table, root)
    parts = [entry["address"]] if "address" in entry else []
    parts += [str(row[name]) for name in entry["schema"]["primaryKey"]]
    return "-".join(parts).replace(" ", "-")


def addresses(table: str, root: Path = ROOT) -> list[str]:
    """Return the address of each row of a table, see :func:`row_id`."""
    return list(_addresses(table, root, _file_state(table, root)))


@cache
def _addresses(table: str, root: Path, state: tuple[int, int]) -> list[str]:
    """Put the addresses of a table together once for each state of its file."""
    return [row_id(table, row, root) for row in _records(table, root, state)]


def users_of_sentences(root: Path = ROOT) -> dict[str, list[tuple[str, str]]]:
    """Return for each locator the rows that take it up, as pairs of table and row address.

    Facts of the record bear on a sentence but do not rest on it: they are not among these.
    """
    users: dict[str, list[tuple[str, str]]] = {at: [] for at in load("sentences", root)["locator"]}
    for table in tables(root):
        if table in ("sentences", "facts") or "locator" not in fields(table, root):
            continue
        for address, row in zip(addresses(table, root), records(table, root), strict=True):
            for locator in row["locator"].split():
                users.setdefault(locator, []).append((table, address))
    return users


def references(table: str, root: Path = ROOT) -> dict[str, str]:
    """Return the fields of a table that hold ids of another one, by the schema's keys and lists."""
    return _references(table, *_state(root))


@cache
def _references(table: str, *state: Any) -> dict[str, str]:
    found = {name: field["list"] for name, field in _fields(table, *state).items() if "list" in field}
    for key in _resource(table, *state)["schema"].get("foreignKeys", []):
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
        for address, row in zip(addresses(table, root), records(table, root), strict=True):
            for at in dict.fromkeys(at for name in own for at in row[name].split()):
                found[at].append((table, address))
    return found


# --- checks -------------------------------------------------------------------------------------


def faults(root: Path = ROOT) -> list[str]:
    """Return every fault of the tables, one line each; an empty list means that all is well."""
    # Each check trusts what the one before it has assured.
    return form_faults(root) or schema_faults(tables(root), root) or sentence_faults(root)


def form_faults(root: Path) -> list[str]:
    """Return what frictionless lets pass: a file must be byte for byte what writing it again gives."""
    return list(_form_faults(root))


def _form_faults(root: Path) -> Iterator[str]:
    """Give a line for each file that is missing, unlisted or not plain CSV in UTF-8."""
    listed = {path_of(table, root): fields(table, root) for table in tables(root)}
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


def _line_faults(name: str, text: str, columns: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Compare a file's heads with the schema, and the file with its own rows written again, line by line."""
    if text.startswith("\ufeff"):
        yield f"{name}: starts with a byte-order mark; allowed is UTF-8 without one"
        return
    csv.field_size_limit(LONGEST)  # frictionless lifts it
    try:
        rows = list(csv.reader(io.StringIO(text, newline="")))
    except csv.Error as fault:
        yield f"{name}: {fault}; allowed: plain CSV, cells of at most {LONGEST} characters"
        return
    heads = rows[0] if rows else []
    if heads != list(columns):
        yield f"{name}, row 1: the columns are {', '.join(heads) or 'none'}; allowed: {', '.join(columns)}"
    numbers = [at for at, field in enumerate(columns.values()) if field["type"] == "number"]
    for number, row in enumerate(rows, 1):
        for at in numbers if number > 1 else ():
            if at < len(row) and row[at] and not NUMBER.fullmatch(row[at]):
                place, said = f"{name}, row {number}, column {list(columns)[at]}", list(columns.values())[at]
                yield f"{place}: {row[at]!r}; allowed: {said['description']} (at most ten digits, no exponent)"
        for cell in row:
            if " ".join(cell.split()) != cell:
                yield f"{name}, row {number}: {cell!r}; allowed: single blanks, none at start or end"
            if not cell.isascii() or not cell.isprintable():
                yield from (f"{name}, row {number}: {fault}" for fault in _sign_faults(cell))
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


def _sign_faults(cell: str) -> Iterator[str]:
    """Give what is amiss with the signs of a cell: what is not seen, was lost, or looks like another spelling."""
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Co") or sign in BLANK for sign in cell):
        yield f"{cell!r} holds an invisible character; allowed: none"
    if LOST in cell:
        yield f"{cell!r} holds the sign for a character that was lost; allowed: the character"
    if not unicodedata.is_normalized("NFC", cell):
        yield f"{cell!r} has accents apart from their letters; allowed: {unicodedata.normalize('NFC', cell)!r} (NFC)"


def schema_faults(due: list[str], root: Path) -> list[str]:
    """Execute the schema on some tables: columns, types, constraints, vocabularies; no keys, see ``_link_faults``."""
    from frictionless import FrictionlessException, Package  # half a second to import, needed only here

    try:
        entries = [resource(name, root) for name in due]
        described = Package.from_descriptor(package(root) | {"resources": entries}, basepath=str(root / "data"))
        for table in described.resources:
            table.schema.foreign_keys = []  # it would read each file anew for each key that leads to it
        report = described.validate()
    except (FrictionlessException, re.error) as fault:
        return [f"data/datapackage.json: {' '.join(str(fault).split())}"]
    amiss = [*_vocabulary_faults(root), *(f"data/datapackage.json: {error.message}" for error in report.errors)]
    return amiss + [
        f"{path_of(task.name, root)}{_where(error)}: {_what(error, resource(task.name, root), root)}"
        for task in report.tasks
        for error in task.errors
    ]


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
    note = " ".join(str(error.note or error.message).split())
    field = fields(entry["name"], root).get(getattr(error, "field_name", None) or "")
    if not field:
        return note
    allowed = "one of " + ", ".join(field["terms"]) if "terms" in field else field["description"]
    return f"{error.cell!r}: {note}; allowed: {allowed}"


def sentence_faults(root: Path) -> list[str]:
    """Return what is amiss between tables: with locators, links, circles, dates, and sentences that none takes up."""
    every = (_locator_faults, _link_faults, _circle_faults, _date_faults, _formula_faults, _use_faults)
    return [line for faults_of in every for line in faults_of(root)]


def _locator_faults(root: Path) -> Iterator[str]:
    """Locators: each resolves and names its paragraph."""
    sentences = load("sentences", root)
    path = path_of("sentences", root)
    known = set(sentences["locator"])
    for table in tables(root):
        if "locator" not in fields(table, root):
            continue
        name = path_of(table, root)
        for number, row in enumerate(records(table, root), 2):
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


def _use_faults(root: Path) -> Iterator[str]:
    """Sentences: each is used or says why not."""
    sentences, path = load("sentences", root), path_of("sentences", root)
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


def _link_faults(root: Path) -> Iterator[str]:
    """Links: each id (the schema's foreign keys), list of ids (``list``) or of addresses (``addresses``) is there."""
    every = {address for table in tables(root) for address in addresses(table, root)}
    for table in tables(root):
        linked = references(table, root)
        for name, field in fields(table, root).items():
            single = name in linked and "list" not in field
            if name in linked:
                target = resource(linked[name], root)
                (key,) = target["schema"]["primaryKey"]
                known, allowed = set(load(linked[name], root)[key]), f"rows of {path_of(linked[name], root)}"
                allowed = f"{target['title'].lower()} of {path_of(linked[name], root)}" if single else allowed
            elif field.get("addresses"):
                known, allowed = every, f"addresses of rows, such as {min(every)}"
            else:
                continue
            for number, row in enumerate(records(table, root), 2):
                ids = [row[name]] if single and row[name] else row[name].split()
                place = f"{path_of(table, root)}, row {number}, column {name}"
                for at in ids:
                    if at not in known:
                        yield f"{place}: {at!r} is not there; allowed: {allowed}"
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
        for number, row in enumerate(records(table, root), 2):
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
        for number, row in enumerate(records(table, root), 2):
            for name in texts:
                if is_formula(row[name]):
                    place = f"{path_of(table, root)}, row {number}, column {name}"
                    yield f"{place}: {row[name]!r} would be run by a spreadsheet; allowed: another first sign"


def _date_faults(root: Path) -> Iterator[str]:
    """Dates: each is one that exists, in the Extended Date/Time Format."""
    for table in tables(root):
        names = [name for name, field in fields(table, root).items() if field.get("edtf")]
        for number, row in enumerate(records(table, root), 2):
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


if "BOOK_BUILD" in os.environ:  # the kernel of a chapter
    settle()
