"""What ``CITATION.cff`` says of the book: the one place that names title, authors, edition and date.

From it come the ways to cite the book, a row and the brief, in words and in files for reference managers.
"""

import datetime
import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

from book import record
from book.data import ROOT, DataError, load, package, row_id, the_brief
from book.tables import Html, definition_list, link, slug

FILES = ("data/citation.bib", "data/citation.ris", "data/citation.json")  # of the built book


def citation(root: Path = ROOT) -> dict[str, Any]:
    """Return the fields of ``CITATION.cff``; none where there is no such file.

    Raises:
        DataError: the file is not UTF-8, no YAML, or names no fields.
    """
    try:
        return dict(yaml.safe_load((root / "CITATION.cff").read_text("utf-8")).items())
    except FileNotFoundError:
        return {}
    except (ValueError, yaml.YAMLError, AttributeError) as fault:
        raise DataError(f"CITATION.cff: {' '.join(str(fault).split())}; allowed: fields in YAML, in UTF-8") from None


def authors(about: Mapping[str, Any]) -> list[str]:
    """Return the names of those who made the book."""
    return [one.get("name") or f"{one['given-names']} {one['family-names']}" for one in about.get("authors", [])]


def edition(root: Path = ROOT) -> str:
    """Return the version of the book, its date and the reach of its record in words, without a full stop."""
    about, days = citation(root), record.reach(root)
    day = f", {in_full(about['date-released'])}" if about else ""
    return f"Edition {package(root)['version']}{day}" + (f", record to {in_full(days['as_of'])}" if days else "")


def in_full(day: datetime.date | str) -> str:
    """Return an ISO day with the month written out: 1 February 2024."""
    date = datetime.date.fromisoformat(str(day))
    return f"{date.day} {date:%B %Y}"


# --- in words -----------------------------------------------------------------------------------------


def styles() -> Html:
    """Return how to cite the book, a row and the brief: for the press, in a footnote, and plainly."""
    about, brief = citation(), the_brief()
    row = load("consequences").iloc[0]
    title, by, now, day = about["title"], ", ".join(authors(about)), edition(), in_full(brief["date"])
    own, other = f"“{title}”", f"“{brief['title']}”"
    later = now[0].lower() + now[1:]
    at = f"row {row['id']}, after {row['locator'].replace(' ', ' and ')} of the brief"
    told = {
        "The book": (
            f"By {own}, a policy brief by {brief['author']} taken apart into data and judged by the contributors to "
            f"that book, without review by an expert so far ({later}), …",
            f"{by}, <cite>{title}</cite>, {later}.",
            f"{title}. {now}. {by}.",
        ),
        f"A row, here {row['id']}": (
            f"{brief['author']} wrote in a policy brief of {day}, as {own} sums it up ({later}; {at}), …",
            f"{by}, <cite>{title}</cite>, {later}, {at}.",
            f"{title}. {now}. {at[0].upper()}{at[1:]}.",
        ),
        "The brief itself": (
            f"In a policy brief of {day} for {brief['publisher']}, {brief['author']} argued …",
            f"{brief['author']}, {other} ({brief['publisher']}, {day}), {brief['path']}.",
            f"{brief['author']}: {brief['title']}. {brief['publisher']}, {day}. {brief['path']}",
        ),
    }
    heads = ("For the press, to go on in your own words", "Footnote, in the manner of Chicago", "Plain")
    return Html(
        "".join(
            f'<div class="cite"><p><strong>{escape(what)}</strong></p>'
            + definition_list(zip(heads, map(_only_cites, texts), strict=True))
            + "</div>"
            for what, texts in told.items()
        )
    )


def _only_cites(text: str) -> str:
    """Return a text as HTML in which the marks of titles stay marks."""
    return re.sub("&lt;(/?)cite&gt;", r"<\1cite>", escape(text))


# --- in files -----------------------------------------------------------------------------------------


def entries(root: Path = ROOT, home: str = "") -> list[dict[str, Any]]:
    """Return the book and what it refers to as CSL-JSON; ``home`` is the book's own address, where it has one."""
    about = citation(root)
    book = {"id": slug(about["title"]), "type": "dataset", "version": str(about["version"])}
    book |= {"abstract": about["abstract"]} if "abstract" in about else {}
    book |= {"URL": home} if home else {}
    found = [book | _common(about)]
    for one in about.get("references", []):
        key = f"{one['authors'][0].get('family-names', one['type']).lower()}-{str(one['date-released'])[:4]}"
        more = {"publisher": one["institution"]["name"], "URL": one["url"]}
        found.append({"id": key, "type": one["type"]} | more | _common(one))
    return found


def _common(about: Mapping[str, Any]) -> dict[str, Any]:
    """Return title, authors and date of a work as CSL-JSON."""
    names = [
        {"literal": one["name"]} if "name" in one else {"family": one["family-names"], "given": one["given-names"]}
        for one in about["authors"]
    ]
    date = [int(part) for part in str(about["date-released"]).split("-")]
    return {"title": about["title"], "author": names, "issued": {"date-parts": [date]}}


def files(root: Path = ROOT, home: str = "") -> dict[str, str]:
    """Return the files for reference managers by their place in the book; none without ``CITATION.cff``."""
    if not citation(root):
        return {}
    known = entries(root, home)
    made = (_bibtex(known), _ris(known), json.dumps(known, ensure_ascii=False, indent=2) + "\n")
    return dict(zip(FILES, made, strict=True))


def _bibtex(known: list[dict[str, Any]]) -> str:
    """Return works as BibTeX."""
    names = {"dataset": "misc", "report": "techreport"}

    def one(work: Mapping[str, Any]) -> str:
        year, month, day = work["issued"]["date-parts"][0]
        who = [f"{{{at['literal']}}}" if "literal" in at else f"{at['family']}, {at['given']}" for at in work["author"]]
        fields = {
            "author": " and ".join(who),
            "title": f"{{{work['title']}}}",
            "institution": work.get("publisher"),
            "edition": work.get("version"),
            "year": year,
            "month": month,
            "note": f"Version of {year}-{month:02}-{day:02}" if "version" in work else f"{year}-{month:02}-{day:02}",
            "url": work.get("URL"),
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@{names.get(work['type'], 'misc')}{{{work['id']},\n" + ",\n".join(lines) + "\n}\n"

    return "\n".join(map(one, known))


def _ris(known: list[dict[str, Any]]) -> str:
    """Return works as RIS."""
    kinds = {"dataset": "DATA", "report": "RPRT"}

    def one(work: Mapping[str, Any]) -> str:
        year, month, day = work["issued"]["date-parts"][0]
        who = [at.get("literal") or f"{at['family']}, {at['given']}" for at in work["author"]]
        lines = [("TY", kinds.get(work["type"], "GEN")), *(("AU", name) for name in who), ("TI", work["title"])]
        lines += [("PY", str(year)), ("DA", f"{year}/{month:02}/{day:02}")]
        more = {"PB": "publisher", "ET": "version", "AB": "abstract", "UR": "URL"}
        lines += [(tag, work[name]) for tag, name in more.items() if name in work]
        return "".join(f"{tag}  - {value}\r\n" for tag, value in [*lines, ("ER", "")])

    return "\r\n".join(map(one, known))


# --- how not to quote -----------------------------------------------------------------------------------


def misquotations() -> Html:
    """Return what not to quote from this book, and how to quote it instead, each with a row of the data."""
    told = (_score(), _weak_fact(), _verdict(), _coding(), _proof())
    items = "".join(
        f"<li><strong>{escape(rule)}</strong> ({link(at, at)})"
        + definition_list([("✗ Not so", f"<q>{escape(wrong)}</q>"), ("✓ But so", f"<q>{escape(right)}</q>")])
        + "</li>"
        for rule, wrong, right, at in told
    )
    return Html(f'<ul class="misquoted">{items}</ul>')


Misquoted = tuple[str, str, str, str]  # rule, wrong, right (plain text), address of the row


def _score() -> Misquoted:
    """A score without its limits: the widest one under the set of weights that the book shows first."""
    from book import weigh, weigh_charts  # with libraries that a build's hooks do without

    one, other = weigh.advised()
    given = weigh.coding(load("cells")).between(one, other)
    chosen = load("weightings").iloc[0]
    weights = weigh.weighting(chosen["id"])
    low, high = weigh.scores(given, weigh.listed_weights(given, weights))
    widest = int((high - low).argmax())
    name, least, most = given.scenarios[widest], signed(low[widest]), signed(high[widest])
    said = weigh_charts.said(weigh.answer(given, weights, one, other), one, other)
    return (
        "No score without its limits",
        f"{name.capitalize()} scores {most}.",
        f"By the first coding and the weights “{chosen['name']}”, {name} scores from {least} to {most} on a scale from "
        f"three steps worse to three steps better. {said}",
        row_id("weightings", chosen),
    )


def signed(value: float) -> str:
    """Return a score with its sign."""
    return f"{value:+.1f}".replace("-", "\u2212")


def _weak_fact() -> Misquoted:
    """A weak fact as settled: the first that is only reported, with one source that states it."""
    facts, links = load("facts"), load("fact-sources")
    single = links["fact"].value_counts()
    row = facts[(facts["status"] == "reported") & (facts["id"].map(single) == 1)].iloc[0]
    source = load("sources").set_index("id").loc[links.set_index("fact").loc[row["id"], "source"]]
    grade = record.facts().loc[row["id"], "grade"]
    return (
        "No weak fact as settled",
        row["statement"],
        f"By one source, {source['publisher']}, whose account the book grades {grade} and calls only {row['status']}: "
        f"{row['statement']}",
        row["id"],
    )


def _verdict() -> Misquoted:
    """A verdict as the brief's: the first statement that is qualified."""
    row = load("checks").query("verdict == 'qualified'").iloc[0]
    return (
        "No verdict as the brief's",
        f"The brief says: {row['reasoning']}",
        f"The brief says, in the words of the book: {row['statement']} The book, not the brief, holds this "
        f"{row['verdict']}, with {row['confidence']} confidence: {row['reasoning']}",
        row["id"],
    )


def _coding() -> Misquoted:
    """A claim of ours as the author's: the first step whose direction is coded as mixed."""
    row = load("consequences").query("direction == 'mixed'").iloc[0]
    return (
        "No claim of ours as the author's",
        f"The author calls it a {row['direction']} result: {row['label']}.",
        f"The brief names this step: {row['label']}. That its direction is {row['direction']} is the book's judgment.",
        row["id"],
    )


def _proof() -> Misquoted:
    """A finding as a proof: the first expectation that was met."""
    row = load("outcomes").query("verdict == 'met'").iloc[0]
    test = load("tests").set_index("id").loc[row["test"]]
    return (
        "No “the study proves”",
        f"The study proves it: {test['expectation']}",
        f"By a test that it names, the book finds this expectation of the brief {row['verdict']} at the {row['at']}, "
        f"with {row['confidence']} confidence: {test['expectation']} No expert has reviewed this.",
        row_id("outcomes", row),
    )
