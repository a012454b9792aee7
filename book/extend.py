"""Add rows, or a whole scenario, to a copy of the data, checked before anything is written."""

import csv
import io
import json
import shutil
from pathlib import Path

import pandas as pd

from book import data


def copy(source: Path, target: Path) -> Path:
    """Copy the package and the data of a book into a folder that can be changed freely; return the folder."""
    for name in ("book", "data"):
        shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    return target


def add(table: str, rows: pd.DataFrame, root: Path) -> None:
    """Add rows to a table of a copy, as its file wants them; the file stays as it was if they have a fault.

    Args:
        rows: the table's columns by name, as text; one that is missing is left empty. ``paragraph`` is worked
            out from ``locator``.
        root: the folder that holds ``data/``.

    Raises:
        DataError: a column is unknown, or the table then has faults; each with row, column, value and what is allowed.
    """
    known = list(data.fields(table, root))
    if unknown := [name for name in rows if name not in known]:
        raise data.DataError(
            f"{data.path_of(table, root)}: no column {', '.join(map(str, unknown))}; allowed: {', '.join(known)}"
        )
    frame = rows.astype(str).replace("nan", "").reindex(columns=known, fill_value="")
    if "locator" in known:
        paragraphs = [dict.fromkeys(at.split(".")[0] for at in cell.split()) for cell in frame["locator"]]
        frame["paragraph"] = [" ".join(own) for own in paragraphs]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(frame.to_numpy().tolist())
    path = root / data.path_of(table, root)
    before = path.read_bytes()
    path.write_bytes(before + text.getvalue().encode("utf-8"))
    if found := data.faults(root):
        path.write_bytes(before)
        raise data.DataError("\n".join(found))


def add_scenario(name: str, meaning: str, root: Path) -> None:
    """Add a scenario to the vocabulary of every table of a copy, after those that are there.

    Raises:
        DataError: there is one of that name, or there would be more than the book can show.
    """
    schema = json.loads((root / "data" / "datapackage.json").read_text("utf-8"))
    count = len(schema["scenarios"])
    schema["scenarios"].append(name)
    for entry in schema["resources"]:
        for field in entry["schema"]["fields"]:
            if field["name"] == "scenario":
                terms = list(field["terms"].items())
                field["terms"] = dict([*terms[:count], (name, meaning), *terms[count:]])
                field["constraints"]["enum"] = list(field["terms"])
    path = root / "data" / "datapackage.json"
    before = path.read_bytes()
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8")
    data.package.cache_clear()
    if found := data.faults(root):
        path.write_bytes(before)
        data.package.cache_clear()
        raise data.DataError("\n".join(found))
