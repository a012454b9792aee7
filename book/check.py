"""All checks of the data in their order, for the build and for the command line."""

from pathlib import Path

from book import data, fingerprint, notes, record, weigh


def faults(root: Path = data.ROOT) -> list[str]:
    """Return every fault of the data, one line each; each step trusts what the one before it has assured.

    Raises:
        DataError: the schema cannot be read.
    """
    first = data.faults(root) or fingerprint.excerpt_faults(root)
    return first or [*weigh.faults(root), *record.faults(root), *notes.faults(root)]
