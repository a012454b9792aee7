"""What ``CITATION.cff`` says of the book: the one place that names title, authors, edition and date."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from book.data import ROOT


def citation(root: Path = ROOT) -> dict[str, Any]:
    """Return the fields of ``CITATION.cff``; none where there is no such file."""
    file = root / "CITATION.cff"
    return dict(yaml.safe_load(file.read_text("utf-8"))) if file.exists() else {}


def authors(about: Mapping[str, Any]) -> list[str]:
    """Return the names of those who made the book."""
    return [one.get("name") or f"{one['given-names']} {one['family-names']}" for one in about.get("authors", [])]
