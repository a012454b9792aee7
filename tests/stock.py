"""The roles and directives of the chapters and nothing else, for a build by a stock configuration: see bench.py."""

from typing import Any

from sphinx.application import Sphinx

from book import sphinx as own


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what the chapters' prose uses; links to rows stay as they are written."""
    for name, role in {
        "at": own.Locator,
        "row": own.Row,
        "fact": own.Fact,
        "reach": own.Reach,
        "voice": own.Mark,
    }.items():
        app.add_role(name, role())
    for name, directive in {"excerpt": own.Excerpt, "voice": own.Voice, "listing": own.Listing}.items():
        app.add_directive(name, directive)
    return {"parallel_read_safe": True}
