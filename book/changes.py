"""What changed between two states of the data: tables, rows, judgments one by one, grades, meanings of fields.

Each state is a folder that holds ``data/`` with its own ``datapackage.json``, so that states of different
schemas can be compared. Rows are the same if their keys are. The report is made of the data alone.
"""

import csv
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from book import data

Row = dict[str, str]
GRADE = ("reliability", "credibility", "status")  # what a fact is worth: fields of the table facts


class RowChange(NamedTuple):
    """A row that is new (before is None), gone (now is None) or changed; its address within the book."""

    address: str
    before: Row | None
    now: Row | None

    @property
    def kind(self) -> str:
        """Return ``added``, ``removed`` or ``changed``."""
        return "added" if self.before is None else "removed" if self.now is None else "changed"

    @property
    def fields(self) -> list[str]:
        """Return the fields that differ and that both states have; of one row alone, those that are not empty."""
        if self.before is None or self.now is None:
            return [name for name, value in (self.before or self.now or {}).items() if value]
        return [name for name, value in self.now.items() if self.before.get(name, value) != value]


class TableChange(NamedTuple):
    """A table of either state: what became of it, and its rows that are not the same, in the order of the files."""

    name: str
    voice: str
    path: str
    kind: str  # added, removed, kept, or rekeyed: its rows are then all gone and all new
    size: tuple[int, int]  # rows before, rows now
    rows: list[RowChange]

    def of_kind(self, kind: str) -> list[RowChange]:
        """Return the rows that were ``added``, ``removed`` or ``changed``."""
        return [row for row in self.rows if row.kind == kind]


def rows(table: str, root: Path) -> dict[tuple[str, ...], Row]:
    """Return the rows of a table as text, by key, in the order of its file.

    Raises:
        DataError: the file cannot be read, has no such key, or has a key twice.
    """
    path, key = data.path_of(table, root), data.resource(table, root)["schema"]["primaryKey"]
    found: dict[tuple[str, ...], Row] = {}
    try:
        with (root / path).open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                at = tuple(row[name] for name in key)
                if at in found:
                    raise data.DataError(f"{path}, row {number}: the key {' '.join(at)!r}; allowed: once in the table")
                found[at] = row
    except (OSError, UnicodeDecodeError) as fault:
        raise data.DataError(f"{path}: {fault}; allowed: the file that data/datapackage.json names") from None
    except KeyError as fault:
        raise data.DataError(f"{path}: no column {fault}; allowed: the key of data/datapackage.json") from None
    return found


def compare(before: Path, now: Path) -> list[TableChange]:
    """Return what became of each table that either state has, those that are gone last."""
    old, new = data.tables(before), data.tables(now)
    return [_compare(name, before if name in old else None, now) for name in new] + [
        _compare(name, before, None) for name in old if name not in new
    ]


def _compare(table: str, before: Path | None, now: Path | None) -> TableChange:
    """Compare a table of two states; None stands for a state that does not have it."""
    is_now = now or before
    assert is_now is not None
    entry = data.resource(table, is_now)
    old, new = rows(table, before) if before else {}, rows(table, now) if now else {}
    kind = "added" if before is None else "removed" if now is None else "kept"
    if before and now and data.resource(table, before)["schema"]["primaryKey"] != entry["schema"]["primaryKey"]:
        kind = "rekeyed"
    same = kind == "kept"
    found = []
    for key, row in new.items():
        change = RowChange(data.row_id(table, row, is_now), old.get(key) if same else None, row)
        if change.fields:
            found.append(change)
    gone = [row for key, row in old.items() if not same or key not in new]
    found += [RowChange(data.row_id(table, row, before or is_now), row, None) for row in gone]
    return TableChange(table, entry["voice"], data.path_of(table, is_now), kind, (len(old), len(new)), found)


# --- the report -------------------------------------------------------------------------------------------------


def report(before: Path, now: Path) -> str:
    """Return what changed, as Markdown: the same text for the same two states."""
    found = compare(before, now)
    parts = [
        ("Tables", _tables(found)),
        ("Judgments, one by one", _judgments(found)),
        ("Facts whose grade changed", _grades(found)),
        ("The brief and the record, by field", _by_field(found)),
        ("What fields and values mean", _meanings(before, now)),
    ]
    texts = [(head, "\n".join(lines)) for head, lines in parts]
    return "\n".join(f"## {head}\n\n{text or 'Nothing changed.'}\n" for head, text in texts)


def first(now: Path) -> str:
    """Return what a first release holds, as Markdown."""
    sizes = [f"| {name} | {data.resource(name, now)['voice']} | {len(rows(name, now))} |" for name in data.tables(now)]
    return "\n".join(["| Table | Voice | Rows |", "|---|---|--:|", *sizes, ""])


def _tables(found: list[TableChange]) -> Iterator[str]:
    moved = [table for table in found if table.rows or table.kind != "kept"]
    if moved:
        yield "| Table | Voice | Rows before | Rows now | Added | Removed | Changed |"
        yield "|---|---|--:|--:|--:|--:|--:|"
    for table in moved:
        said = {"added": " (new)", "removed": " (gone)", "rekeyed": " (another key)"}.get(table.kind, "")
        counts = [len(table.of_kind(kind)) for kind in ("added", "removed", "changed")]
        cells = [table.name + said, table.voice, *table.size, *counts]
        yield f"| {' | '.join(map(str, cells))} |"
    if moved and len(moved) < len(found):
        yield f"\nUnchanged tables: {len(found) - len(moved)}."


def _judgments(found: list[TableChange]) -> Iterator[str]:
    for table in found:
        if table.voice == "judgment" and table.rows:
            yield f"### {table.name} (`{table.path}`)\n"
            for row in table.rows:
                yield f"**{row.address}**, {row.kind}\n\n| Field | Before | Now |\n|---|---|---|"
                was, is_now = row.before or {}, row.now or {}
                yield from (f"| {name} | {_cell(was, name)} | {_cell(is_now, name)} |" for name in row.fields)
                yield ""


def _grades(found: list[TableChange]) -> Iterator[str]:
    facts = [row for table in found if table.name == "facts" for row in table.of_kind("changed")]
    regraded = [row for row in facts if set(GRADE) & set(row.fields)]
    if regraded:
        yield "| Fact | Before | Now | Statement |\n|---|---|---|---|"
    for row in regraded:
        assert row.before is not None and row.now is not None
        yield f"| {row.address} | {_grade(row.before)} | {_grade(row.now)} | {_cell(row.now, 'statement')} |"


def _grade(fact: Row) -> str:
    reliability, credibility, status = (fact.get(name, "") for name in GRADE)
    return f"{reliability}{credibility}, {status}"


def _by_field(found: list[TableChange]) -> Iterator[str]:
    for table in found:
        if table.voice == "judgment" or not table.rows:
            continue
        yield f"- {table.name} (`{table.path}`)"
        for kind in ("added", "removed"):
            if own := table.of_kind(kind):
                yield f"  - {kind}: {_addresses(own)}"
        changed = table.of_kind("changed")
        for name in dict.fromkeys(name for row in changed for name in row.fields):
            yield f"  - {name} changed: {_addresses(row for row in changed if name in row.fields)}"


def _meanings(before: Path, now: Path) -> Iterator[str]:
    """Fields that came or went, and definitions that are not the same: of a field, and of each value allowed."""
    for table in data.tables(now):
        if table not in data.tables(before):
            continue
        old, new = _defined(table, before), _defined(table, now)
        for what in dict.fromkeys([*new, *old]):
            if old.get(what) != new.get(what):
                yield f"- {table}, {what}: {_cell(old, what)} → {_cell(new, what)}"


def _defined(table: str, root: Path) -> Row:
    """Return the definition of each field of a table, and of each value of its vocabulary."""
    found = {}
    for name, field in data.fields(table, root).items():
        found[f"field {name}"] = field["description"]
        found |= {f"{name} “{value}”": str(meaning) for value, meaning in field.get("terms", {}).items()}
    return found


def _addresses(changes: Iterable[RowChange]) -> str:
    return ", ".join(row.address for row in changes)


def _cell(row: Row, name: str) -> str:
    """Return a value for a cell of Markdown; what is not there is told from what is empty."""
    if name not in row:
        return "(not there)"
    return escape(row[name], quote=False).replace("|", "\\|") or "(empty)"
