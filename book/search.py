"""What the search finds beside the words of pages: rows by their ids, and names in all their spellings.

Sphinx's index carries the objects of a domain, with the place of each; ``search.js``, which stands
beside this module and goes into the search page alone, compares them with what was typed.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.domains import Domain, ObjType
from sphinx.environment import BuildEnvironment
from sphinx.search.en import SearchEnglish

from book import whole
from book.data import ROOT, addresses, records, resource, tables
from book.tables import bearers_of_names, slug

NAME = "name"  # the kind of object that is a name, not a row
SHOWN = ("name", "term")  # the fields whose words stand beside a row's id
Found = tuple[str, str, str, str, str, int]  # name, name as shown, kind, page, place, rank


class English(SearchEnglish):
    """Splits a text into its words, each once, and takes each to its stem once: the index asks only which there are."""

    def init(self, options: dict[str, str]) -> None:
        """Keep each stem that is found; called by Sphinx."""
        super().init(options)
        self.stem = cache(super().stem)  # type: ignore[method-assign]

    def split(self, input: str) -> list[str]:
        """Return the words of a text; called by Sphinx."""
        return list(dict.fromkeys(super().split(input)))


class Rows(Domain):
    """The rows of the data and the names in them, as objects of the search."""

    name = "book"
    label = "Rows and names"

    def __init__(self, env: BuildEnvironment) -> None:
        super().__init__(env)
        root = Path(env.srcdir)
        kinds = [NAME, *(kind(table, root) for table in tables(root))]
        self.object_types = {slug(one): ObjType(one) for one in kinds}
        self.found = list[Found]()  # asked for more than once

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:
        """Return the kind in the reader's words alone."""
        return str(type.lname)

    def get_objects(self) -> Iterable[Found]:
        """Return every row that stands on a page, and every name, each with its place."""
        if not hasattr(self.env, "book_pages"):  # before all is read
            return []
        if not self.found:
            root = Path(self.env.srcdir)
            homes = {address: page.removesuffix(whole.SUFFIX) for address, page in self.env.book_pages.items()}
            found = {
                (text, address): (text, text, slug(one), homes[address], address, rank)
                for objects in (rows(root), names(homes, root))
                for text, one, address, rank in objects
                if address in homes
            }
            self.found = list(found.values())
        return self.found

    def resolve_any_xref(self, *_: Any) -> list[tuple[str, Any]]:
        """Return nothing: in the text, rows are linked by roles of their own."""
        return []

    def merge_domaindata(self, docnames: Iterable[str], otherdata: dict[str, Any]) -> None:
        """Nothing is kept between processes: all is read from the tables."""


def kind(table: str, root: Path = ROOT) -> str:
    """Return what one row of a table is called."""
    return str(resource(table, root).get("one", table))


def rows(root: Path = ROOT) -> Iterator[tuple[str, str, str, int]]:
    """Give for each row its id and name, its kind, its address and its rank."""
    for table in tables(root):
        for address, row in zip(addresses(table, root), records(table, root), strict=True):
            words = next((row[field] for field in SHOWN if field in row), "")
            own = address if re.search("[A-Z]", address) or not words else ""
            yield f"{own} {words}".strip(), kind(table, root), address, 1


def names(homes: Iterable[str], root: Path = ROOT) -> Iterator[tuple[str, str, str, int]]:
    """Give each name in each of its spellings, with the address of the profile or row of who bears it."""
    places = set(homes)
    for who, name in named(root):
        address = next((at for at in (f"profile-{who}", f"record-{who}") if at in places), who)
        yield name, NAME, address, 0


def named(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Give each name of an actor, a group or a term, with the id of who bears it."""
    yield from bearers_of_names(root).items()
    for row in records("actors", root) if "actors" in tables(root) else ():
        # A lower-case name, "the group", leads to anybody.
        others = (other for other in row["other_names"].split("; ") if re.search("[A-Z]", other))
        yield from ((row["id"], name) for name in (row["short_name"], *others))
    for row in records("groups", root) if "groups" in tables(root) else ():
        yield row["id"], row["own_name"]
    for row in records("spellings", root) if "spellings" in tables(root) else ():
        yield row["actor"], row["spelling"]


def add_script(app: Sphinx) -> None:
    """Let Sphinx put the script that compares names into what the search page alone loads."""
    app.config.html_search_scorer = str(Path(__file__).with_name("search.js"))
