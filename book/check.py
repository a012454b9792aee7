"""All checks of the data in their order, for the build and for the command line."""

from pathlib import Path

import yaml

from book import addresses, corrections, data, fingerprint, notes, processes, record, weigh
from book.citation import citation


def faults(root: Path = data.ROOT, store: Path | None = None) -> list[str]:
    """Return every fault of the data, one line each; each step trusts what the one before it has assured.

    Args:
        store: see :func:`book.data.faults`.

    Raises:
        DataError: the schema cannot be read.
    """
    if first := form_faults(root) or data.form_faults(root):
        return first
    with processes.pool() as pool:  # the schema takes as long as all that comes after it
        by_schema = pool.submit(data.schema_faults, root, store)
        try:
            beyond = _faults_beyond_schema(root)
        except Exception:
            if not by_schema.result():
                raise
            beyond = []  # it trusted what does not hold
    return by_schema.result() or beyond


def _faults_beyond_schema(root: Path) -> list[str]:
    """Return what is amiss with data that are as their schema says."""
    own = (weigh.faults, record.faults, notes.faults, corrections.faults, addresses.faults, edition_faults)
    first = data.sentence_faults(root) or fingerprint.excerpt_faults(root)
    return first or [line for faults_of in own for line in faults_of(root)]


def form_faults(root: Path = data.ROOT) -> list[str]:
    """Return a line for each of configuration and contents list that is no YAML; Jupyter Book tells it at length."""
    found = []
    for path in (root / "_config.yml", root / "_toc.yml"):
        try:
            _ = path.exists() and yaml.safe_load(path.read_text("utf-8"))
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
