"""What was put right, what others reply, what is no longer there: three tables, their page and their marks.

A row that an erratum or a reply concerns shows a mark beside its address, and its note and copies tell of it.
"""

from collections import defaultdict
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from book.citation import edition
from book.data import ROOT, addresses, fields, load, package, path_of, records, row_id, tables
from book.tables import Html, definition_list, heading, link, locators, permalink, reading, voice

PAGE = "chapters/corrections"  # where errors are reported, and corrections and replies are printed
FORM = "error.yml"  # of .github/ISSUE_TEMPLATE; its ids are the names of what an address of a report holds
PARAGRAPH = " ¶ "


# --- the page ---------------------------------------------------------------------------------------


def replies() -> Html:
    """Return every reply in full, each under the name of who replies; or that none has come in."""
    return Html("".join(_reply(row) for row in records("replies")) or "<p>No reply has come in so far.</p>")


def _reply(row: dict[str, str]) -> str:
    """Return one reply as a quotation with its source, which is no voice of ours."""
    words = "".join(f"<p>{escape(part)}</p>" for part in row["text"].split(PARAGRAPH))
    page = f' <a href="{escape(row["url"])}">Where it was published</a>.' if row["url"] else ""
    return (
        f'<div class="reply" id="{row["id"]}" data-row><p>{voice("record")} {link(row["id"], row["id"])} '
        f"<strong>{escape(row['who'])}</strong>, {escape(row['role'])}, replies on {escape(reading(row['day']))} to "
        f"{locators(row['rows'])}:</p><blockquote>{words}</blockquote>"
        f'<p class="reach">{escape(row["received"])}{page}</p></div>'
    )


def errata() -> Html:
    """Return every erratum, the latest first; or that none is known."""
    rows = load("errata").sort_values(["day", "id"], ascending=False, kind="stable").to_dict("records")
    known = fields("errata")
    told = ("rows", "was", "now", "changed", "reported_by")
    items = "".join(
        f'<li id="{row["id"]}" data-row>{link(row["id"], row["id"])} <strong>{escape(reading(row["day"]))}</strong>, '
        f"{escape(_span(row))}"
        + definition_list(
            (heading(known[name]), locators(row[name]) if name == "rows" else escape(row[name])) for name in told
        )
        + "</li>"
        for row in rows
    )
    head = f"<p>{voice('judgment')} What was wrong, by our own reading; the latest first</p>"
    return Html(f'{head}<ul class="errata">{items}</ul>' if items else "<p>None is known so far.</p>")


def _span(row: dict[str, str]) -> str:
    """Say in which editions an error stood."""
    if row["since"] == row["corrected_in"]:
        return f"edition {row['since']}, corrected within it"
    return f"since edition {row['since']}, corrected in {row['corrected_in']}"


def retired() -> Html:
    """Return every address that is no longer in use, with the reason and the row that took its place."""
    items = "".join(
        f'<li id="{row_id("retired", row)}" data-row><code>{escape(row["id"])}</code> '
        f"{permalink(row_id('retired', row))} last in edition {row['last_edition']}, taken out on "
        f"{escape(reading(row['day']))}. {escape(row['reason'])}"
        + (f" See {locators(row['successor'])}.</li>" if row["successor"] else "</li>")
        for row in records("retired")
    )
    return Html(f"<ul>{items}</ul>" if items else "<p>None so far.</p>")


def blank() -> Html:
    """Return the text of a report to fill in by hand; the page's script fills in what it was opened with."""
    lines = ["Report of an error", "Row or page:", "Table:", f"Version: {edition()}.", "What is wrong:"]
    text = "\n".join([*lines, "Sentence or source that says otherwise:"])
    return Html(f'<pre class="report" data-report tabindex="0" aria-label="Text of a report">{escape(text)}</pre>')


# --- marks, notes ------------------------------------------------------------------------------------


def concerning(root: Path = ROOT) -> dict[str, list[tuple[str, dict[str, str]]]]:
    """Return for each address of a row the errata and replies that concern it, as pairs of table and row."""
    found: dict[str, list[tuple[str, dict[str, str]]]] = defaultdict(list)
    for table in ("errata", "replies"):
        for row in records(table, root) if table in tables(root) else ():
            for address in row["rows"].split():
                found[address].append((table, row))
    return found


def marks(root: Path = ROOT) -> dict[str, str]:
    """Return for each row concerned what stands beside its address: links to its errata and replies."""
    words = {"errata": "corrected", "replies": "reply"}
    return {
        address: f'<small class="amended">{", ".join(link(row["id"], words[table]) for table, row in found)}</small> '
        for address, found in concerning(root).items()
    }


def lines(table: str, row: dict[str, str]) -> tuple[str, str]:
    """Return what the note of a row tells of an erratum or a reply, as a pair of label and text."""
    if table == "errata":
        return "Corrected", f"{reading(row['day'])}, {_span(row)} ({row['id']}). {row['was']}"
    return "Reply", f"{row['who']}, {row['role']}, {reading(row['day'])}: see {row['id']}"


# --- reports -----------------------------------------------------------------------------------------


def form(repository: str) -> str:
    """Return the address of the form for errors of a public repository, without anything filled in."""
    return f"{repository.removesuffix('/').removesuffix('.git')}/issues/new?" + urlencode({"template": FORM})


def report(repository: str, page: str, there: str, root: Path = ROOT) -> str:
    """Return the address at which an error of a page is reported: the form, filled in; else a place of this book.

    ``there`` is the address of the page for corrections from this page, empty on that page itself.
    """
    where = f"{page}.html"
    if not repository:
        return f"{there}?{urlencode({'where': where}, safe='/')}#report" if there else "#report"
    filled = {"title": f"Error: {where}", "where": where, "version": f"{edition(root)}."}
    return f"{form(repository)}&{urlencode(filled)}"


# --- checks ------------------------------------------------------------------------------------------


def faults(root: Path = ROOT) -> list[str]:
    """Return every fault of errata and retired addresses, one line each; the tables must be without fault."""
    return [*_errata_faults(root), *_retired_faults(root)]


def _errata_faults(root: Path) -> Iterator[str]:
    """Errata: corrected no earlier than they began, and no later than this edition."""
    now = package(root).get("version", "")
    for number, row in enumerate(records("errata", root) if "errata" in tables(root) else (), 2):
        place = f"{path_of('errata', root)}, row {number}, column"
        if _order(row["corrected_in"]) > _order(now):
            yield f"{place} corrected_in: {row['corrected_in']!r}; allowed: editions up to this one, {now}"
        if _order(row["since"]) > _order(row["corrected_in"]):
            yield f"{place} since: {row['since']!r}; allowed: editions up to {row['corrected_in']}, which corrected it"


def _retired_faults(root: Path) -> Iterator[str]:
    """Retired addresses: none is in use, and none was in an edition yet to come."""
    if "retired" not in tables(root):
        return
    now, used = package(root).get("version", ""), {at for table in tables(root) for at in addresses(table, root)}
    for number, row in enumerate(records("retired", root), 2):
        place = f"{path_of('retired', root)}, row {number}, column"
        if row["id"] in used:
            yield f"{place} id: {row['id']!r} is in use; allowed: addresses that no row has"
        if _order(row["last_edition"]) > _order(now):
            yield f"{place} last_edition: {row['last_edition']!r}; allowed: editions up to this one, {now}"


def _order(edition: str) -> tuple[int, ...]:
    """Return an edition's number so that it can be compared."""
    return tuple(map(int, edition.split(".")))
