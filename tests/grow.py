"""A copy of the book's data with many times the rows, for benchmarks: rows are copied together, under new ids.

What rests on the brief's own text cannot be multiplied, and what chapters name one by one would stand on no page:
sentences, excerpts, topics and series stay as they are.
"""

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from book import data, record

AS_IT_IS = ("sentences", "excerpts", "topics", "series")
YEARS = 30  # between an observation and its copy, for a series has one value a day
NAMES = ("term", "spelling", "counted_by", "dispute")  # which must differ between rows, or which group them
DIGITS = re.compile(r"\\d\{[\d,]+\}")


def grow(folder: Path, times: int) -> None:
    """Write each table under ``folder`` again with as many times the rows, each copy linked within itself."""
    used = {
        at
        for table in {"facts", "sources"} & set(data.tables(folder))
        for at, uses in (record.used_facts(folder) if table == "facts" else data.users(table, folder)).items()
        if any(name not in (*AS_IT_IS, "chapter") for name, _ in uses)
    }
    tables = [table for table in data.tables(folder) if table not in AS_IT_IS]
    new = {table: copies(table, data.load(table, folder).astype(object), times, used, folder) for table in tables}
    schema = data.package(folder)
    for entry in schema["resources"]:
        for field in entry["schema"]["fields"] if entry["name"] in new else ():
            constraints = field.get("constraints", {})
            if "pattern" in constraints and field["name"] not in ("locator", "paragraph", "date"):
                constraints["pattern"] = DIGITS.sub(r"\\d{1,6}", constraints["pattern"])
    for table, text in new.items():
        (folder / data.path_of(table, folder)).write_text(text, "utf-8")
    (folder / "data" / "datapackage.json").write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", "utf-8")


def copies(table: str, rows: pd.DataFrame, times: int, used: set[str], folder: Path) -> str:
    """Return a table with its rows as they are and then again under new ids (CSV)."""
    raw = pd.read_csv(folder / data.path_of(table, folder), dtype=str, keep_default_na=False)
    links = data.references(table, folder)
    linked = {name for name, other in links.items() if other not in AS_IT_IS}
    own = set(data.resource(table, folder)["schema"]["primaryKey"]) if "id" in rows else set()
    named = ((linked | own | {"actor"}) if table == "spellings" else linked | own) & set(raw)

    def copied(row: dict[str, Any], number: int) -> dict[str, Any]:
        changed = {name: " ".join(renamed(at, number) for at in row[name].split()) for name in named}
        changed |= {name: f"{row[name]}-{number}" for name in NAMES if row.get(name)}
        if table == "facts" and row["id"] not in used:
            changed["reason_unused"] = "A copy, for a benchmark."
        if table == "observations":
            changed["date"] = re.sub(r"\d{4}", lambda year: f"{int(year[0]) - number * YEARS}", row["date"])
        return {**row, **changed}

    found = raw.to_dict("records")
    again = [row for row in found if table != "sources" or row["id"] in used]
    grown = [*found, *(copied(row, number) for number in range(1, times) for row in again)]
    return pd.DataFrame(grown, columns=raw.columns).to_csv(index=False, lineterminator="\n")


def renamed(at: str, number: int) -> str:
    """Return the id of a copy: ``K40`` is ``K3040`` in the third, ``badr`` is ``badr-3``."""
    numbered = re.fullmatch(r"([A-Z]+)(\d+)", at)
    return f"{numbered[1]}{number * 1000 + int(numbered[2])}" if numbered else f"{at}-{number}"
