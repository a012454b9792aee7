"""Turn frames into accessible HTML: tables, profiles, trees, and the lists beside charts.

Links are written as ``book:ID`` (a row, a sentence), ``book:actor/ID`` (an actor's profile, else its
row) or ``book:data/...`` (a file); the builder turns them into addresses relative to the page and
stops at one that leads nowhere. Outside a build, in a notebook, they are plain text.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from book import record
from book.data import (
    NOT_STATED,
    ROOT,
    fields,
    load,
    lookup,
    package,
    path_of,
    records,
    references,
    resource,
    row_id,
    scenarios,
    tables,
    terms,
    users_of_sentences,
)

VOICES = {"brief": "The brief says", "record": "The record says", "judgment": "We infer"}
SIGNS = {"better": "▲", "worse": "▼", "mixed": "◆", "unclear": "?"}
SIGNS |= dict.fromkeys(("supported", "met", "holds"), "✓") | dict.fromkeys(
    ("contradicted", "not met", "does not hold"), "✗"
)
SIGNS |= dict.fromkeys(("qualified", "partly met", "holds in part"), "◐") | dict.fromkeys(
    ("not found", "condition not met"), "○"
)
SIGNS |= dict.fromkeys(("not verifiable", "too vague to test"), "?") | {"open": "…", "not scored": "–"}
SIGNS |= {"unchanged": "=", "borne out": "✓", "borne out in part": "◐", "not borne out": "✗", "not tested": "○"}
SIGNS |= {"crossed": "■", "not crossed": "○", "not known": "?"}
PLACES = ("first", "second", "third")  # the styles of the scenarios, in their order
RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")  # languages by their codes
LONG = 12  # rows from which a table can be sorted and filtered


class Html(str):
    """A piece of HTML that a notebook shows as such."""

    def _repr_html_(self) -> str:
        return str(self)


def link(target: str, text: str) -> str:
    """Return a link to a row, sentence, actor or file of the book; ``text`` is plain text."""
    if "BOOK_BUILD" not in os.environ:
        return escape(text)
    return f'<a href="book:{escape(target)}">{escape(text)}</a>'


def permalink(address: str) -> str:
    """Return a link of a row to itself where it shows no id: its permanent address."""
    return link(address, "#").replace("<a ", '<a rel="bookmark" ')


def locators(cell: str) -> str:
    """Return links to the rows or sentences whose ids a cell holds, separated by blanks."""
    return " ".join(link(at, at) for at in cell.split())


def fact_links(ids: str) -> str:
    """Return links to facts, each with its grade, and its status where it is not confirmed."""
    known = record.by_id()
    return ", ".join(f'<span class="cited">{link(at, at)} {grade(known[at])}</span>' for at in ids.split())


def grade(fact: Mapping[str, Any]) -> str:
    """Return the grade of a fact, with its status where it is not confirmed."""
    status = "" if fact["status"] == "confirmed" else f" {fact['status']}"
    return f'<span class="grade status-{fact["status"]}">{fact["grade"]}{status}</span>'


def reached(until: str = "") -> str:
    """Say how far the record, or a part of it, reaches and when it is next due."""
    days = record.reach()
    return f"Record to {reading(until or days['as_of'])}; next due {reading(days['next_review'])}." if days else ""


def slug(text: str) -> str:
    """Return a text as a part of an id or class: lower case, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def voice(name: str) -> str:
    """Return the mark of one of the three voices."""
    return f'<span class="voice voice-{name}">{VOICES[name]}</span>'


def chip(value: str, kind: str, text: str = "") -> str:
    """Return a small label; ``kind`` is ``scenario``, ``direction`` or ``verdict``."""
    name = place_of(value) if kind == "scenario" else value
    sign = f'<span aria-hidden="true">{SIGNS[value]}</span> ' if value in SIGNS else ""
    return f'<span class="chip {kind}-{slug(name)}">{sign}{escape(text or value)}</span>'


def place_of(scenario: str) -> str:
    """Return the style of a scenario: ``first``, ``second`` ... as in the vocabulary, else its name."""
    return dict(zip(scenarios(), PLACES, strict=False)).get(scenario, scenario)


def actor_names() -> dict[str, str]:
    """Return the short name of each actor by id."""
    return lookup("actors", "short_name")


def bearers_of_names(root: Path = ROOT) -> dict[str, str]:
    """Return the usual name of everything that may have other spellings, by id: terms, groups, actors."""
    named = {"glossary": "term", "groups": "name", "actors": "name"}
    return {
        row["id"]: row[field] for table, field in named.items() if table in tables(root) for row in records(table, root)
    }


def named(table: str) -> dict[str, str]:
    """Return the name of each row whose id is a plain word, by id; other ids are shown as they stand."""
    return lookup(table, "name") if table == "places" or "address" in resource(table) else {}


def reading(date: str) -> str:
    """Return an EDTF date in words: 28 Jan 2024, about 2023, by 2023, 2023 to 1 Feb 2024."""
    if not date:
        return "no date given"
    if "/" in date:
        start, end = date.split("/")
        if ".." in (start, end):
            return f"by {reading(end)}" if start == ".." else f"from {reading(start)}"
        return f"{reading(start)} to {reading(end)}"
    about = "about " if date[-1] in "~?" else ""
    parts = date.rstrip("~?").split("-")
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    words = [parts[0]]
    if len(parts) > 1:
        words.insert(0, months[int(parts[1]) - 1])
    if len(parts) > 2:
        words.insert(0, str(int(parts[2])))
    return about + " ".join(words)


def heading(field: dict[str, Any]) -> str:
    """Return the column header of a field."""
    return field.get("title") or field["name"].replace("_", " ").capitalize()


def cell(table: str, field: str, value: Any) -> str:
    """Return a cell's HTML: links for references, chips for scenarios, words for an empty cell."""
    if value == "" or (isinstance(value, float) and pd.isna(value)):
        return f'<span class="empty">{NOT_STATED}</span>'
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f'<span data-sort="{value}">{value:,.10g}</span>'
    target = references(table).get(field)
    if fields(table)[field].get("edtf"):
        return f'<span data-sort="{escape(value.removeprefix("../"))}">{escape(reading(value))}</span>'
    if target == "facts":
        return fact_links(value)
    if field == "locator" or {"list", "addresses"} & set(fields(table)[field]):
        return locators(value)
    if target == "actors":
        return link(f"actor/{value}", actor_names()[value])
    if target:
        entry = resource(target)
        address = f"{entry['address']}-{value}" if "address" in entry else value
        return link(address, named(target).get(value, value))
    if field in ("scenario", "direction", "verdict"):
        return chip(value, field)
    if lang := fields(table)[field].get("lang"):
        return f'<span lang="{lang}" dir="{"rtl" if lang in RIGHT_TO_LEFT else "ltr"}">{escape(value)}</span>'
    if field == "hedge":
        return escape("no hedge" if value == "none" else f"“{value}”")
    if re.match(r"https?://", value):
        return f'<a href="{escape(value)}">{escape(re.sub("^https?://", "", value))}</a>'
    return escape(value)


def table(
    name: str,
    caption: str,
    columns: Sequence[str] = (),
    rows: pd.DataFrame | None = None,
    addresses: bool = True,
) -> Html:
    """Return a table of the data package as HTML.

    Args:
        name: the table, as in the data package.
        caption: what the table holds, plain text.
        columns: the fields to show, in order; all but ``paragraph`` if none are given. The first
            heads its row.
        rows: the rows to show, as loaded; all if not given.
        addresses: whether this is the place of the rows' permanent addresses.
    """
    frame = load(name) if rows is None else rows
    known = fields(name)
    shown = list(columns) or [field for field in known if field != "paragraph"]
    heads = [heading(known[field]) for field in shown]
    body = []
    for row in frame.to_dict("records"):
        cells = [cell(name, field, row[field]) for field in shown]
        address = row_id(name, row) if addresses else ""
        if shown[0] == "id" and "id" not in references(name):
            cells[0] = link(row_id(name, row), row["id"])
        elif address:
            cells[0] += f" {permalink(address)}"
        body.append(table_row(cells, heads, address))
    voice_name = resource(name)["voice"]
    key = f"table-{name}" if addresses else f"table-{slug(caption)}"
    return framed(key, caption, heads, body, voice_name, path_of(name))


def table_row(
    cells: Sequence[str], heads: Sequence[str], address: str = "", marks: Mapping[str, str] | None = None
) -> str:
    """Return a table row; its first cell heads it, the others name their column for narrow screens.

    ``marks`` are values by which the reader may choose rows, each a list separated by ``;``.
    """
    mark = f' id="{escape(address)}" data-row' if address else ""
    mark += "".join(f' data-{name}="{escape(value)}"' for name, value in (marks or {}).items())
    first, *rest = cells
    others = "".join(f'<td data-head="{escape(head)}">{text}</td>' for head, text in zip(heads[1:], rest, strict=True))
    return f'<tr{mark}><th scope="row">{first}</th>{others}</tr>'


def framed(
    name: str,
    caption: str,
    heads: Sequence[str],
    body: Sequence[str],
    voice_name: str,
    csv: str = "",
    choose: Sequence[str] = (),
    most: int = 0,
) -> Html:
    """Return a captioned table within a box that can be focused and scrolled.

    ``choose`` names the marks of its rows by which the reader may choose; ``most`` is how many rows a page
    holds before it is cut, if not as :mod:`book.whole` has it. A table of the record says how far it reaches.
    """
    source = f" {link(csv, 'CSV')}" if csv and "BOOK_BUILD" in os.environ else ""
    if voice_name == "record" and reached():
        source += f' <span class="reach">{escape(reached())}</span>'
    long = " data-long" if len(body) >= LONG or choose else ""
    long += f' data-choose="{" ".join(choose)}"' if choose else ""
    long += f' data-most="{most}"' if most else ""
    styles = [f' class="scenario-{place_of(head.lower())}"' if head.lower() in scenarios() else "" for head in heads]
    columns = "".join(f'<th scope="col"{style}>{escape(head)}</th>' for head, style in zip(heads, styles, strict=True))
    return Html(
        f'<div class="table-box" role="region" tabindex="0" aria-labelledby="{name}-caption">'
        f'<table class="data" id="{name}"{long}>'
        f'<caption id="{name}-caption">{voice(voice_name)} {escape(caption)}{source}</caption>'
        f"<thead><tr>{columns}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def folded(summary: str, content: str) -> Html:
    """Return content folded away under a summary (plain text)."""
    return Html(f'<details class="folded"><summary>{escape(summary)}</summary>{content}</details>')


def definition_list(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a list of terms (plain text) with their values (HTML)."""
    return "<dl>" + "".join(f"<dt>{escape(term)}</dt><dd>{value}</dd>" for term, value in pairs) + "</dl>"


def vocabulary(name: str, field: str, caption: str, counted: bool = True) -> Html:
    """Return the closed vocabulary of a field: values, definitions, and counts, unless it is to be used blind."""
    count = load(name)[field].value_counts()
    heads = ["Value", "Meaning", "Rows"] if counted else ["Value", "Meaning"]
    body = [
        table_row([escape(value), escape(meaning), str(count.get(value, 0))][: len(heads)], heads)
        for value, meaning in terms(name, field).items()
    ]
    return framed(f"vocabulary-{name}-{field}{'' if counted else '-meanings'}", caption, heads, body, "judgment")


def dictionary() -> Html:
    """Return the data dictionary: every table and field, from the data package alone."""
    parts = []
    for entry in package()["resources"]:
        known = fields(entry["name"])
        heads = ["Field", "Type", "Meaning", "Allowed"]
        body = [
            table_row(
                [
                    f"<code>{escape(name)}</code>",
                    escape(field["type"]),
                    escape(field["description"]),
                    _allowed(entry["name"], name),
                ],
                heads,
            )
            for name, field in known.items()
        ]
        caption = f"{entry['title']}: {entry['description']}"
        path = path_of(entry["name"])
        parts.append(
            f"<details><summary><code>{escape(path)}</code> {escape(entry['title'])}, "
            f"{len(load(entry['name']))} rows</summary>"
            + framed(f"dictionary-{entry['name']}", caption, heads, body, entry["voice"], path)
            + "</details>"
        )
    return Html("".join(parts))


def _allowed(table_name: str, name: str) -> str:
    """Say what a field may hold, from its constraints and keys."""
    field = fields(table_name)[name]
    rules = field.get("constraints", {})
    said = ["required" if rules.get("required") else "may be empty"]
    if rules.get("unique"):
        said.append("unique")
    if name in references(table_name):
        said.append(f"{'ids' if 'list' in field else 'id'} of {references(table_name)[name]}")
    if "terms" in field:
        said.append("one of: " + ", ".join(field["terms"]))
    said += [f"{rule} {rules[rule]:g}" for rule in ("minimum", "maximum", "maxLength") if rule in rules]
    return escape("; ".join(said))


def downloads() -> Html:
    """Return the list of all tables as files, with their number of rows."""
    heads = ["File", "Table", "Rows"]
    body = []
    for name in tables():
        entry = resource(name)
        path = path_of(entry["name"])
        body.append(table_row([link(path, path), escape(entry["title"]), str(len(load(name)))], heads))
    return framed("table-downloads", "Every table of the book as CSV", heads, body, "judgment")


# --- views of one kind of content ----------------------------------------------------------------


def glance() -> Html:
    """Return the scenarios side by side: for each question, the steps that we chose from each."""
    chosen = load("highlights")
    steps = load("consequences").set_index("id")
    heads = ["In short", *(name.capitalize() for name in scenarios())]
    body = []
    for question, group in chosen.groupby("question", sort=False):
        cells = []
        for scenario in scenarios():
            items = [
                f'<li id="{row["id"]}" data-row>{escape(steps.loc[row["consequence"], "statement"])} '
                f"{link(row['consequence'], row['consequence'])} {permalink(row['id'])}</li>"
                for row in group.to_dict("records")
                if steps.loc[row["consequence"], "scenario"] == scenario
            ]
            cells.append(f"<ul>{''.join(items)}</ul>" if items else f'<span class="empty">{NOT_STATED}</span>')
        body.append(table_row([escape(str(question)), *cells], heads))
    return framed(
        "glance", "The two scenarios at a glance: statements of the brief, chosen by us", heads, body, "brief"
    )


def levers() -> Html:
    """Return the levers, one table a kind, each with who pulls it and on whom."""
    frame, pulls = load("levers"), load("lever-actors")
    names = actor_names()
    titles = {name: heading(field) for name, field in fields("levers").items()}
    heads = ["Lever", "Who and on whom", "How it works", "What to expect", "What limits it"]

    def said(row: dict[str, Any], *columns: str) -> str:
        return definition_list((titles[column], cell("levers", column, row[column])) for column in columns)

    def parties(lever: str) -> str:
        own = pulls[pulls["lever"] == lever].to_dict("records")
        pairs = []
        for role in terms("lever-actors", "role"):
            items = [
                f'<li id="{row_id("lever-actors", row)}" data-row>'
                f"{link('actor/' + row['actor'], names[row['actor']])} {permalink(row_id('lever-actors', row))}</li>"
                for row in own
                if row["role"] == role
            ]
            pairs.append((role.capitalize(), f"<ul>{''.join(items)}</ul>" if items else cell("levers", "limits", "")))
        return definition_list(pairs)

    parts = []
    for kind, meaning in terms("levers", "kind").items():
        body = []
        for row in frame[frame["kind"] == kind].to_dict("records"):
            head = (
                f"{link(row['id'], row['id'])} {escape(row['name'])} "
                f"<span>{chip(row['scenario'], 'scenario')} {locators(row['locator'])}</span>"
            )
            cells = [
                head,
                parties(row["id"]),
                said(row, "mechanism", "precedent"),
                said(row, "expected_effect", "side_effects"),
                said(row, "limits"),
            ]
            body.append(table_row(cells, heads, row["id"]))
        name = f"levers-{slug(kind)}"
        parts.append(framed(name, f"{kind.capitalize()}: {meaning}", heads, body, "brief", path_of("levers")))
    return Html("".join(parts))


def profile(address: str, name: str, voice_name: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return one profile: a name under its voice, and terms with their values (HTML)."""
    return (
        f'<section class="profile profile-{voice_name}" id="{address}" data-row aria-labelledby="{address}-name">'
        f'<p class="profile-name" id="{address}-name">{voice(voice_name)} {link(address, name)}</p>'
        f"{definition_list(pairs)}</section>"
    )


def profiles(table: str) -> Html:
    """Return a profile of each actor in a table of profiles, in a fixed form, with its relations and sentences."""
    actors = load("actors").set_index("id")
    relations = load("relations")
    known = fields(table)
    shown = [name for name in known if name not in ("id", "locator", "paragraph")]
    parts = []
    for row in records(table):
        actor = actors.loc[row["id"]]
        own = relations[(relations["source"] == row["id"]) | (relations["target"] == row["id"])]
        ties = "; ".join(
            f"{escape(tie['detail'].rstrip('.'))} {link(tie['id'], tie['id'])}" for tie in own.to_dict("records")
        )
        pairs = [
            ("Other names in the brief", cell("actors", "other_names", actor["other_names"])),
            ("Kind, in the brief's words", escape(actor["kind"])),
            ("The brief says", escape(actor["brief_says"])),
            *((heading(known[name]), cell(table, name, row[name])) for name in shown),
            ("Relations", ties or f'<span class="empty">{NOT_STATED}</span>'),
            ("Sentences", locators(row["locator"])),
        ]
        parts.append(profile(row_id(table, row), actor["name"], "brief", pairs))
    return Html(f'<div class="profiles">{"".join(parts)}</div>')


def steps(scenario: str) -> Html:
    """Return the steps of a scenario by stage, each with the steps it leads to and comes from."""
    frame = load("consequences")
    frame = frame[frame["scenario"] == scenario]
    links = load("consequence-links")
    labels = dict(zip(frame["id"], frame["label"], strict=True))
    led, leads = (
        links.groupby(end)[start].apply(list).to_dict() for end, start in (("target", "source"), ("source", "target"))
    )

    def others(ids: Sequence[str], own: str, back: bool) -> str:
        items = []
        for other in ids:
            key = f"{other}-{own}" if back else f"{own}-{other}"
            mark, address = ("", "") if back else (f' id="{key}" data-row', f" {permalink(key)}")
            items.append(f"<li{mark}>{link(other, other)} {escape(labels[other])}{address}</li>")
        return f"<ul>{''.join(items)}</ul>"

    parts = []
    for stage, meaning in terms("consequences", "stage").items():
        rows = frame[frame["stage"] == stage]
        cards = []
        for row in rows.to_dict("records"):
            after, before = leads.get(row["id"], []), led.get(row["id"], [])
            said = [f"<p>{escape(row['statement'])}</p>"]
            if before:
                said.append(f'<div class="from"><span>Follows from</span>{others(before, row["id"], True)}</div>')
            if after:
                said.append(f'<div class="to"><span>Leads to</span>{others(after, row["id"], False)}</div>')
            cards.append(
                f'<li class="step direction-{slug(row["direction"])}" id="{row["id"]}" data-row>'
                f'<p class="step-head">{link(row["id"], row["id"])} '
                f"{cell('consequences', 'party', row['party'])}, {escape(row['domain'])} "
                f"{chip(row['direction'], 'direction')} "
                f'<span class="hedge">{cell("consequences", "hedge", row["hedge"])}</span> '
                f"{locators(row['locator'])}</p>"
                f"{''.join(said)}</li>"
            )
        name = f"stage-{place_of(scenario)}-{slug(stage)}"
        parts.append(
            f'<section class="stage" aria-labelledby="{name}">'
            f'<p class="stage-name" id="{name}">{escape(stage.capitalize())} '
            f"<span>{escape(meaning)}</span></p><ol>{''.join(cards)}</ol></section>"
        )
    return Html(f'<div class="steps scenario-{place_of(scenario)}">{"".join(parts)}</div>')


def matrix() -> Html:
    """Return the consequences by party and domain, one column a scenario, silent cells said to be so."""
    steps: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in records("consequences"):
        steps[row["party"], row["domain"], row["scenario"]].append(row)
    names, domains = actor_names(), list(terms("consequences", "domain"))
    heads = ["Party and domain", *(name.capitalize() for name in scenarios())]
    silent = '<span class="empty">silent</span>'
    body = []
    for party in dict.fromkeys(party for party, _, _ in steps):
        spoken = [domain for domain in domains if any((party, domain, scenario) in steps for scenario in scenarios())]
        quiet = [domain for domain in domains if domain not in spoken]
        for domain in spoken:
            cells = []
            for scenario in scenarios():
                items = [
                    f"<li>{chip(row['direction'], 'direction')} {escape(row['statement'])} "
                    f"{link(row['id'], row['id'])}</li>"
                    for row in steps.get((party, domain, scenario), ())
                ]
                cells.append(f"<ul>{''.join(items)}</ul>" if items else silent)
            body.append(
                table_row([f"{link(f'actor/{party}', names[party])} <span>{escape(domain)}</span>", *cells], heads)
            )
        if quiet:
            body.append(
                table_row(
                    [
                        f"{link(f'actor/{party}', names[party])} <span>{escape(', '.join(quiet))}</span>",
                        *[silent] * len(scenarios()),
                    ],
                    heads,
                )
            )
    return framed(
        "matrix",
        "Consequences by party and domain, each under its scenario",
        heads,
        body,
        "brief",
        path_of("consequences"),
    )


def argument() -> Html:
    """Return the map of the argument as a tree: each claim above the claims that carry it.

    A claim that carries several stands in full under the first and by reference under the others.
    """
    claims = {row["id"]: row for row in records("claims")}
    links = load("argument")
    carrying = {at: rows.to_dict("records") for at, rows in links.groupby("supports", sort=False)}
    roots = [at for at in links["supports"].unique() if at not in set(links["claim"])]
    seen: set[str] = set()

    def node(at: str, role: str, key: str) -> str:
        row = claims[at]
        condition = f"If or because: {row['condition'].rstrip('.')}. " if row["condition"] else ""
        head = f'<span class="role role-{slug(role)}">{escape(role)}</span> ' if role else ""
        mark = f' id="{key}" data-row' if key else ""
        text = f"{head}{escape(condition + row['outcome'])} {link(at, at)} {locators(row['locator'])}"
        text += f" {permalink(key)}" if key else ""
        if at in seen:
            return f"<li{mark}>{text}</li>"
        seen.add(at)
        below = carrying.get(at, [])
        inner = "".join(node(item["claim"], item["role"], row_id("argument", item)) for item in below)
        return f"<li{mark}>{text}{f'<ul>{inner}</ul>' if inner else ''}</li>"

    return Html(f'<ul class="argument">{"".join(node(at, "", "") for at in roots)}</ul>')


def sentences() -> Html:
    """Return every sentence of the brief: address, gist, and the rows of our tables that rest on it."""
    users = users_of_sentences()
    titles = {name: resource(name)["title"] for name in tables()}
    parts = []
    for paragraph, group in load("sentences").groupby("paragraph", sort=False):
        items = []
        for row in group.to_dict("records"):
            by_table: dict[str, list[str]] = {}
            for name, address in users[row["locator"]]:
                by_table.setdefault(name, []).append(address)
            used = [
                (titles[name], " ".join(link(at, at.removeprefix("profile-")) for at in addresses))
                for name, addresses in by_table.items()
            ]
            note = "" if row["makes_statement"] else ' <span class="empty">makes no statement</span>'
            below = (
                f'<details data-most="39"><summary>{sum(map(len, by_table.values()))} rows rest on it</summary>'
                f"{definition_list(used)}</details>"
                if used
                else f'<p class="empty">Taken up by no row: {escape(row["reason_unused"])}</p>'
            )
            items.append(
                f'<li id="{row["locator"]}" data-row><p>{link(row["locator"], row["locator"])} '
                f"{escape(row['gist'])}{note}</p>{below}</li>"
            )
        section = group["section"].iloc[0]
        parts.append(
            f'<section class="paragraph" id="{paragraph}" aria-label="Paragraph {paragraph}">'
            f'<p class="paragraph-name">{paragraph} <span>{escape(section)}</span></p>'
            f"<ol>{''.join(items)}</ol></section>"
        )
    return Html(f'<div class="sentences">{"".join(parts)}</div>')
