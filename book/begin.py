"""Begin a book on another brief: the schema with that brief's own words, and every table without rows.

``python -m book.begin brief.json FOLDER`` writes ``data/`` into a folder. ``brief.json`` holds all that the
schema says of one brief alone; ``tests/second/brief.json`` is an example, and CONTRIBUTING.md tells the steps.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from book.data import ROOT, DataError, package, resource, scenarios, tables

OF_THE_BRIEF = ("name", "title", "description", "version", "subject", "coded", "sources", "record")
REQUIRED = (*OF_THE_BRIEF, "scenarios", "tables", "own_tables", "vocabularies", "words")


def schema(own: Mapping[str, Any], root: Path = ROOT) -> dict[str, Any]:
    """Return the data package of a new book.

    Args:
        own: the parts of the data package that are of one brief; ``scenarios``, each with its meaning; ``tables``,
            the names of those that are kept; ``own_tables``, entries of further ones; ``vocabularies`` by
            ``table.field``, or by field for every table that has it, each value with its meaning (where values have
            sides, with ``meaning`` and ``side``); ``words``, replaced in titles and descriptions.
        root: the book whose schema is taken.

    Raises:
        DataError: a part is missing, or a table or field is unknown.
    """
    if wrong := sorted(set(REQUIRED) ^ set(own)):
        raise DataError(f"brief.json: {', '.join(wrong)} missing or unknown; allowed: {', '.join(REQUIRED)}")
    if unknown := sorted(set(own["tables"]) - set(tables(root))):
        raise DataError(f"brief.json, tables: {', '.join(unknown)}; allowed: {', '.join(tables(root))}")
    entries = json.loads(json.dumps([*(resource(name, root) for name in own["tables"]), *own["own_tables"]]))
    known = {f"{entry['name']}.{field['name']}": field for entry in entries for field in entry["schema"]["fields"]}
    former, kept = scenarios(root), {entry["name"] for entry in entries}
    for entry in entries:
        keys = entry["schema"].get("foreignKeys", [])
        entry["schema"]["foreignKeys"] = [key for key in keys if key["reference"]["resource"] in kept]
        entry.pop("fixed", None)  # the day of another brief
    for place, field in known.items():
        if place.endswith(".scenario"):
            others = {name: meaning for name, meaning in field["terms"].items() if name not in former}
            _close(field, {**own["scenarios"], **others})
    for name, terms in own["vocabularies"].items():
        places = [place for place in known if name in (place, place.partition(".")[2])]
        if not places:
            raise DataError(f"brief.json, vocabularies: no field {name}; allowed: TABLE.FIELD, or FIELD for all")
        for place in places:
            _close(known[place], terms)
    return {
        "$schema": package(root)["$schema"],
        **{name: own[name] for name in OF_THE_BRIEF},
        "scenarios": list(own["scenarios"]),
        "licenses": package(root)["licenses"],
        "resources": _reworded(entries, own["words"]),
    }


def _close(field: dict[str, Any], terms: Mapping[str, Any]) -> None:
    """Give a field another closed vocabulary."""
    if "sides" in field:
        field["sides"] = {name: term["side"] for name, term in terms.items()}
        terms = {name: term["meaning"] for name, term in terms.items()}
    field["terms"], field["constraints"]["enum"] = dict(terms), list(terms)


def _reworded(part: Any, words: Mapping[str, str]) -> Any:
    """Return a piece of the schema with words of the former brief replaced in every text."""
    if isinstance(part, dict):
        return {name: _reworded(value, words) for name, value in part.items()}
    if isinstance(part, list):
        return [_reworded(value, words) for value in part]
    if isinstance(part, str):
        for old, new in words.items():
            part = part.replace(old, new)
    return part


def begin(own: Mapping[str, Any], folder: Path, root: Path = ROOT) -> list[Path]:
    """Write the schema and what is not there yet: tables without rows, a fingerprint of no text; return the files.

    Raises:
        DataError: see :func:`schema`.
    """
    texts = {folder / "data" / "datapackage.json": json.dumps(schema(own, root), ensure_ascii=False, indent=2) + "\n"}
    for entry in schema(own, root)["resources"]:
        heads = ",".join(field["name"] for field in entry["schema"]["fields"]) + "\n"
        texts[folder / "data" / entry["path"]] = heads
    texts[folder / "data" / "fingerprint.json"] = json.dumps({"sentences": {}, "excerpts": {}}) + "\n"
    made = [path for path in texts if path.name == "datapackage.json" or not path.exists()]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], "utf-8")
    return made


def main(arguments: list[str]) -> None:
    """Write ``data/`` of a new book."""
    if len(arguments) != 2:
        raise SystemExit("usage: python -m book.begin brief.json FOLDER (see CONTRIBUTING.md)")
    try:
        made = begin(json.loads(Path(arguments[0]).read_text("utf-8")), Path(arguments[1]))
    except (OSError, ValueError, DataError) as fault:
        raise SystemExit(f"{fault}\nNothing was written.") from None
    except (KeyError, TypeError, AttributeError) as fault:
        form = "allowed: the form of tests/second/brief.json, see book.begin.schema"
        raise SystemExit(f"{arguments[0]}: a part has another form ({fault!r}); {form}\nNothing was written.") from None
    print(f"{len(made)} files written below {arguments[1]}")


if __name__ == "__main__":
    main(sys.argv[1:])
