"""All checks of the data in their order, for the build and for the command line."""

from pathlib import Path

from book import data, fingerprint, notes, record, weigh
from book.citation import citation


def faults(root: Path = data.ROOT) -> list[str]:
    """Return every fault of the data, one line each; each step trusts what the one before it has assured.

    Raises:
        DataError: the schema cannot be read.
    """
    first = data.faults(root) or fingerprint.excerpt_faults(root)
    return first or [*weigh.faults(root), *record.faults(root), *notes.faults(root), *edition_faults(root)]


def edition_faults(root: Path = data.ROOT) -> list[str]:
    """Return a line if the book and its data name different editions."""
    own, whole = data.package(root).get("version"), citation(root).get("version", "")
    if not whole or whole == own:
        return []
    return [f"CITATION.cff, version: {whole!r}; allowed: {own!r}, the version of data/datapackage.json"]
