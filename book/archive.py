"""Zip archives that are the same bytes whenever and wherever they are made of the same files."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path


def packed(files: Mapping[str, Path]) -> bytes:
    """Return an archive of files, each under its name in it, in the order of the names."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name)  # of no time
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # readable by all, as a Unix made it
            bundle.writestr(entry, path.read_bytes())
    return archive.getvalue()
