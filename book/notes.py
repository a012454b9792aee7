"""Notes on rows: what a link leads to, said on the spot; and links from words to the glossary.

Each row becomes a note of a few lines, by the schema's own words: ``one`` names the kind of row, and
``says`` is a list of phrases with fields in braces, ``{statement}``; ``{source.label}`` is a field of the
row that ``source`` names. A phrase whose field is empty is left out. The notes are written as scripts,
a few kilobytes each, which a page loads when a note is first asked for (``_static/notes.js``); scripts,
since files opened from a disk may not be fetched.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from book import corrections, record
from book.citation import edition
from book.data import ROOT, addresses, fields, path_of, records, references, resource, tables, the_brief
from book.tables import VOICES, bearers_of_names, link, reading

PLACEHOLDER = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
# The same rule stands in _static/notes.js: kind, letters, number, and whether more follows.
ADDRESS = re.compile(r"(?:([a-z]+)-?)?([A-Z]*)(\d*)(?:\.\d+)?(-?)")
OWN_LINK = re.compile(r'<a class="own" [^>]*href="book:([^"]+)"[^>]*>.*?</a>', re.DOTALL)
OWN = re.compile(r'id="(?P<row>[^"]+)" data-row|<a (?:rel="bookmark" )?href="book:(?P<target>[^"]+)"')


# --- what a row says -------------------------------------------------------------------------------


def says(table: str, row: dict[str, Any], root: Path = ROOT) -> str:
    """Return a row in one or two sentences, by the schema's ``says``; empty if the table has none."""
    told = []
    for phrase in resource(table, root).get("says", []):
        parts = PLACEHOLDER.split(phrase)  # words, field, inner field, words ...
        values = [_value(table, *pair, row, root) for pair in zip(parts[1::3], parts[2::3], strict=True)]
        if all(values):
            told.append(_sentence("".join(map("".join, zip(parts[::3], [*values, ""], strict=True)))))
    return " ".join(told)


def _value(table: str, field: str, inner: str | None, row: dict[str, Any], root: Path) -> str:
    """Return a field as text, or a field of the row that it names."""
    if inner and row[field]:
        target = references(table, root)[field]
        table, row, field = target, _by_id(target, root)[row[field]], inner
    value = row[field]
    if isinstance(value, float):
        return "" if value != value else f"{value:,.10g}"
    return reading(value) if value and fields(table, root)[field].get("edtf") else str(value)


@cache
def _by_id(table: str, root: Path) -> dict[str, dict[str, Any]]:
    """Return the rows of a table by their ids; read once."""
    (key,) = resource(table, root)["schema"]["primaryKey"]
    return {row[key]: row for row in records(table, root)}


def _sentence(text: str) -> str:
    """Return a phrase with a capital and a full stop."""
    text = text[0].upper() + text[1:]
    return text if text.endswith((".", "?", "!", ".”", ".'", '."')) else f"{text}."


def details(table: str, row: dict[str, Any], root: Path = ROOT) -> list[tuple[str, str]]:
    """Return what else a note tells, as pairs of label and text: source or grounds, grade, rivals, date."""
    voice = resource(table, root)["voice"]
    pairs = _of_fact(row, root) if table == "facts" else []
    if voice == "brief":
        source = the_brief(root)
        day = f", {reading(source['date'])}" if "date" in source else ""
        places = row.get("locator", "").replace(" ", ", ")
        pairs.append(("Source", f"{source['author']}, “{source['title']}”{day}, {places}".rstrip(", ")))
    elif voice == "judgment":
        pairs.append(("Source", "our judgment"))
    if named := _ids(table, row, "sources", root) or _sources_of_series(row, root):
        pairs.append(("Source", "; ".join(_page(_by_id("sources", root)[at]) for at in named)))
    if row.get("url"):
        pairs.append(("Page", row["url"]))
    if grounds := _ids(table, row, "facts", root):
        known, rivals = record.by_id(root), record.rivals(root)
        others = {other for at in grounds for other in rivals.get(at, set())} - set(grounds)
        pairs.append(("Rests on", ", ".join(f"{at} ({_grade(known[at])})" for at in grounds)))
        if others:
            pairs.append(("Sources differ", f"see also {', '.join(sorted(others))}"))
    if voice != "brief" and row.get("locator"):
        pairs.append(("On the brief", row["locator"].replace(" ", ", ")))
    if voice != "brief" and row.get("date"):
        pairs.append(("Date", reading(row["date"])))
    return pairs


def _of_fact(row: dict[str, Any], root: Path) -> list[tuple[str, str]]:
    """Return the grade of a fact, its sources, and the rivals of a disputed one."""
    own, rivals = _sources_of_facts(root)[row["id"]], record.rivals(root).get(row["id"], set()) - {row["id"]}
    pairs = [("Grade", _grade(record.by_id(root)[row["id"]]))]
    if rivals:
        pairs.append(("Sources differ", f"see also {', '.join(sorted(rivals))}"))
    pairs.append(("Sources" if len(own) > 1 else "Source", "; ".join(_page(_by_id("sources", root)[at]) for at in own)))
    return pairs


@cache
def _sources_of_facts(root: Path) -> dict[str, list[str]]:
    """Return the ids of the sources of each fact; read once."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in records("fact-sources", root):
        found[row["fact"]].append(row["source"])
    return found


def _ids(table: str, row: dict[str, Any], target: str, root: Path) -> list[str]:
    """Return the ids of another table that a row names, in any of its fields."""
    own = [name for name, other in references(table, root).items() if other == target]
    return list(dict.fromkeys(at for name in own for at in row[name].split()))


def _sources_of_series(row: dict[str, Any], root: Path) -> list[str]:
    """Return the source of the series to which a value belongs."""
    return [_by_id("series", root)[row["series"]]["source"]] if "series" in row else []


def _page(source: dict[str, Any]) -> str:
    return f"{source['publisher']}, “{source['title']}” ({source['id']})"


def _grade(fact: Any) -> str:
    return f"{fact['grade']}, {fact['status']}"


# --- notes in files ----------------------------------------------------------------------------------


def file_of(address: str) -> str:
    """Return the name of the file that holds the note of an address: ``P`` for P8.2, ``F0`` for F087."""
    found = ADDRESS.match(address)
    kind, letters, number, more = found.groups("") if found else ("", "", "", "")
    return f"{kind}{letters}{number[:-2]}{more}" if letters else "names"


def notes(root: Path = ROOT, homes: Mapping[str, str] | None = None) -> dict[str, dict[str, dict[str, Any]]]:
    """Return every note by file and address, given the page of each row.

    A note holds its voice ``v``, title ``t``, statement ``s``, lines ``l``, its table's file ``f`` and the page ``p``
    on which the row stands. An address no longer in use has a note too, which holds in ``r`` where to go
    instead, if anywhere.
    """
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    homes, concerning = homes or {}, corrections.concerning(root)
    for table in tables(root):
        entry = resource(table, root)
        for address, row in zip(addresses(table, root), records(table, root), strict=True):
            statement = says(table, row, root)
            if not statement:
                continue
            name = f" {address}" if re.search("[A-Z]", address) else ""
            found[file_of(address)][address] = {
                "v": entry["voice"],
                "t": f"{entry['one'][0].upper()}{entry['one'][1:]}{name}",
                "s": statement,
                "l": details(table, row, root) + [corrections.lines(*one) for one in concerning.get(address, ())],
                "f": path_of(table, root),
                "p": _page_of(address, homes),
            }
            if table == "retired":
                gone = {"r": f"{_page_of(row['successor'], homes)}#{row['successor']}" if row["successor"] else ""}
                found[file_of(row["id"])][row["id"]] = found[file_of(address)][address] | gone
    return found


def _page_of(address: str, homes: Mapping[str, str]) -> str:
    """Return the page on which a row stands, from the book's folder; empty where that is not known."""
    return f"{homes[address]}.html" if address in homes else ""


def write(
    folder: Path, title: str, root: Path = ROOT, homes: Mapping[str, str] | None = None, repository: str = ""
) -> None:
    """Write the notes into a folder of the finished book, with what a copy or a report of a row must name.

    ``homes`` gives the page of each row. Errors are reported to the repository, else on the page for corrections.
    """
    folder.mkdir(parents=True)
    own = f"{corrections.PAGE}.html" if corrections.PAGE in set((homes or {}).values()) else ""
    report = corrections.form(repository) if repository else own
    about = {"edition": f"{title}. {edition(root)}.", "voices": VOICES, "report": report}
    for name, group in notes(root, homes).items():
        parts = (json.dumps(part, ensure_ascii=False, separators=(",", ":")) for part in (name, group, about))
        (folder / f"{name}.js").write_text(f"bookNotes({','.join(parts)});\n", "utf-8")


def mark_own(html: str, marks: Mapping[str, str] | None = None) -> str:
    """Mark in a page's HTML the first link of each row to itself: its permanent address.

    After that of a row that was corrected or replied to stands its mark, of ``marks`` by address.
    """
    rows: set[str] = set()

    def mark(found: re.Match[str]) -> str:
        if found["row"]:
            rows.add(found["row"])
        elif found["target"] in rows:
            rows.remove(found["target"])
            return found[0].replace("<a ", '<a class="own" ')
        return found[0]

    def amend(found: re.Match[str]) -> str:
        return f"{found[0]} {known[found[1]]}" if found[1] in known else found[0]

    known = marks or {}
    html = OWN.sub(mark, html)
    return OWN_LINK.sub(amend, html) if known else html


# --- words that lead to the glossary ---------------------------------------------------------------------

NOT_PROSE = (
    nodes.title,
    nodes.reference,
    nodes.literal,
    nodes.block_quote,
    nodes.table,
    nodes.caption,
    nodes.raw,
)
PASTED = "pasted-text"  # what a cell has put into the prose: figures, names of rows


def link_terms(app: Sphinx, tree: nodes.document, docname: str) -> None:
    """Turn the first occurrence of each term in the prose of a page into a link to the glossary."""
    root = Path(app.srcdir)
    if "glossary" not in tables(root):
        return
    entries = records("glossary", root)
    homes = app.env.book_pages  # type: ignore[attr-defined]
    if not entries or homes.get(entries[0]["id"]) == docname:
        return
    forms = {form: row["id"] for row in entries for form in (row["term"], *filter(None, row["also"].split("; ")))}
    words = "|".join(map(_either_case, sorted(forms, key=lambda form: (-len(form), form))))
    pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")
    seen: set[str] = set()
    for text in list(tree.findall(nodes.Text)):
        if not _is_prose(text):
            continue
        parts: list[nodes.Node] = []
        last = 0
        for found in pattern.finditer(text.astext()):
            entry = forms.get(found[0]) or forms[found[0][0].lower() + found[0][1:]]
            if entry not in seen:
                seen.add(entry)
                html = link(entry, found[0]).replace("<a ", '<a class="term" ')
                parts += [nodes.Text(text.astext()[last : found.start()]), nodes.raw("", html, format="html")]
                last = found.end()
        if parts and text.parent:
            text.parent.replace(text, [*parts, nodes.Text(text.astext()[last:])])


def _either_case(form: str) -> str:
    """Return a pattern for a word, which may begin a sentence."""
    return f"[{form[0]}{form[0].upper()}]{re.escape(form[1:])}" if form[0].islower() else re.escape(form)


def _is_prose(text: nodes.Text) -> bool:
    """Tell whether a text belongs to a paragraph or list, and is neither heading, link, code nor quotation."""
    around = []
    node = text.parent
    while node:
        around.append(node)
        node = node.parent
    return any(isinstance(node, nodes.paragraph) for node in around) and not any(
        isinstance(node, NOT_PROSE) or PASTED in node.get("classes", []) for node in around
    )


# --- checks ------------------------------------------------------------------------------------------------


def faults(root: Path = ROOT) -> list[str]:
    """Return every fault of ``says`` and of the spellings, one line each; the tables must be without fault."""
    found = []
    for table in tables(root):
        entry = resource(table, root)
        if "says" in entry and "one" not in entry:
            found.append(f"data/datapackage.json, table {table}: says without one; allowed: both or none")
        for phrase in entry.get("says", []):
            for field, inner in PLACEHOLDER.findall(phrase):
                other = references(table, root).get(field, "")
                if field not in fields(table, root) or (inner and (not other or inner not in fields(other, root))):
                    place = f"data/datapackage.json, table {table}, says: {phrase!r}"
                    found.append(f"{place}; allowed: fields of the table, and fields of rows that they name")
    if "spellings" in tables(root):
        bearers = set(bearers_of_names(root))
        for number, row in enumerate(records("spellings", root), 2):
            if row["actor"] not in bearers:
                place = f"{path_of('spellings', root)}, row {number}, column actor"
                found.append(f"{place}: {row['actor']!r} is not there; allowed: ids of actors, groups and glossary")
    return found
