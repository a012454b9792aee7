"""All checks of the data in their order, for the build and for the command line."""

import json
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import yaml

from book import addresses, corrections, data, fingerprint, notes, processes, record, weigh
from book.citation import citation

BESIDES = ("datapackage.json", "fingerprint.json")  # with what each table is compared


def faults(root: Path = data.ROOT, store: Path | None = None) -> list[str]:
    """Return every fault of the data, one line each; each step trusts what the one before it has assured.

    Args:
        store: a file that keeps which tables were found sound by themselves. One that is as it was then, by a hash of
            itself and of all that it was compared with, is not looked at again.

    Raises:
        DataError: the schema or the fingerprint of the brief cannot be read.
    """
    if first := form_faults(root) or data.form_faults(root):
        return first
    with processes.pool() as pool:  # the schema takes as long as all that comes after it
        by_schema = pool.submit(_faults_within_tables, root, store)
        try:
            beyond = _faults_beyond_schema(root)
        except Exception:
            if not by_schema.result():
                raise
            beyond = []  # it trusted what does not hold
    return by_schema.result() or beyond


def _faults_within_tables(root: Path, store: Path | None) -> list[str]:
    """Return what is amiss with tables that are not kept as sound, each by itself; keep all if there is nothing."""
    code = [Path(module.__file__ or "") for module in (data, fingerprint)]
    given = [path.read_bytes() for path in (*code, *(root / "data" / name for name in BESIDES)) if path.is_file()]
    common = b"".join([version("frictionless").encode(), *given])
    states = {
        name: sha256(common + (root / data.path_of(name, root)).read_bytes()).hexdigest() for name in data.tables(root)
    }
    try:
        sound = set(json.loads(store.read_text("utf-8"))) if store else set()
    except (OSError, ValueError):  # the first time, or cut short
        sound = set()
    due = [name for name, state in states.items() if state not in sound]
    found = [*data.schema_faults(due, root), *fingerprint.copy_faults(due, root)] if due else []
    if store and due and not found:
        store.write_text(json.dumps(sorted(states.values())), "utf-8")
    return found


def _faults_beyond_schema(root: Path) -> list[str]:
    """Return what is amiss with data that are as their schema says."""
    own = (weigh.faults, record.faults, notes.faults, corrections.faults, addresses.faults, edition_faults)
    first = fingerprint.listing_faults(root) or data.sentence_faults(root) or fingerprint.excerpt_faults(root)
    return first or [line for faults_of in own for line in faults_of(root)]


def form_faults(root: Path = data.ROOT) -> list[str]:
    """Return a line for each of configuration and contents list that is no YAML, or YAML of another kind."""
    found = []
    for path in (root / "_config.yml", root / "_toc.yml"):
        try:
            held = yaml.safe_load(path.read_text("utf-8")) if path.exists() else {}
            if not isinstance(held, dict):
                found.append(f"{path.name}: {held!r}; allowed: names with their values, name: value")
        except (OSError, ValueError) as fault:
            found.append(f"{path.name}: {fault}; allowed: UTF-8")
        except yaml.YAMLError as fault:
            mark = getattr(fault, "problem_mark", None)
            place = f"{path.name}, line {mark.line + 1}" if mark else path.name
            found.append(f"{place}: {getattr(fault, 'problem', None) or fault}; allowed: YAML")
    return found


def edition_faults(root: Path = data.ROOT) -> list[str]:
    """Return a line if the book and its data name different editions."""
    own, whole = data.package(root).get("version"), citation(root).get("version", "")
    if not whole or whole == own:
        return []
    return [f"CITATION.cff, version: {whole!r}; allowed: {own!r}, the version of data/datapackage.json"]
