"""Add rows, or a whole scenario, to a copy of the data: all of it if the copy then has no fault, else nothing."""

import csv
import io
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from book import data, weigh


def copy(source: Path, target: Path) -> Path:
    """Copy the package and the data of a book into a folder that can be changed freely; return the folder."""
    for name in ("book", "data"):
        shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    return target


@contextmanager
def _or_nothing(paths: list[Path], root: Path) -> Iterator[None]:
    """Check the data after a change of some files; put them back if there are faults or anything goes wrong."""
    before = {path: path.read_bytes() for path in paths}
    try:
        yield
        if found := data.faults(root) or weigh.faults(root):
            raise data.DataError("\n".join(found))
    except BaseException:
        for path, content in before.items():
            path.write_bytes(content)
        raise


def add(rows: Mapping[str, pd.DataFrame], root: Path) -> None:
    """Add rows to tables of a copy, as their files want them.

    Args:
        rows: for each table its rows, with the table's columns by name, as text; a column that is missing is left
            empty. ``paragraph`` is worked out from ``locator``.
        root: the folder that holds ``data/``.

    Raises:
        DataError: a column is unknown, or the tables then have faults; each with row, column, value and what is
            allowed. The files are then as they were.
    """
    texts = {root / data.path_of(table, root): _as_csv(table, own, root) for table, own in rows.items()}
    with _or_nothing(list(texts), root):
        for path, text in texts.items():
            path.write_bytes(path.read_bytes() + text.encode("utf-8"))


def _as_csv(table: str, rows: pd.DataFrame, root: Path) -> str:
    """Return rows as the file of a table has them."""
    known = list(data.fields(table, root))
    if unknown := [str(name) for name in rows if name not in known]:
        path = data.path_of(table, root)
        raise data.DataError(f"{path}: no column {', '.join(unknown)}; allowed: {', '.join(known)}")
    frame = rows.fillna("").astype(str).reindex(columns=known, fill_value="")
    if "locator" in known:
        paragraphs = [dict.fromkeys(at.split(".")[0] for at in cell.split()) for cell in frame["locator"]]
        frame["paragraph"] = [" ".join(own) for own in paragraphs]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(frame.to_numpy().tolist())
    return text.getvalue()


def add_scenario(name: str, meaning: str, root: Path) -> None:
    """Add a scenario to the vocabulary of every table of a copy, after those that are there.

    Raises:
        DataError: the name is empty or taken, or there would be more than the book can show.
    """
    path = root / "data" / "datapackage.json"
    schema = json.loads(path.read_text("utf-8"))
    own = [field for entry in schema["resources"] for field in entry["schema"]["fields"] if field["name"] == "scenario"]
    taken = {term for field in own for term in field["terms"]}
    if name in taken or name != name.strip() or not name:
        raise data.DataError(f"scenario {name!r}; allowed: a name other than {', '.join(sorted(taken))}")
    count = len(schema["scenarios"])
    schema["scenarios"].append(name)
    for field in own:
        terms = list(field["terms"].items())
        field["terms"] = dict([*terms[:count], (name, meaning), *terms[count:]])
        field["constraints"]["enum"] = list(field["terms"])
    with _or_nothing([path], root):
        path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", "utf-8")
