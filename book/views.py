"""Views of the record and of what we infer from it, as accessible HTML: facts, sources, verdicts.

They stand beside :mod:`book.tables`, whose parts they use: there what the brief says, here what the
record says and what we infer.
"""

import math
import re
from collections.abc import Callable, Sequence
from html import escape
from importlib.metadata import version
from typing import Any

import pandas as pd
from altair import SCHEMA_VERSION

from book import record
from book.data import fields, load, package, path_of, records, row_id, terms, the_brief, users
from book.tables import (
    Html,
    bearers_of_names,
    cell,
    chip,
    definition_list,
    fact_links,
    folded,
    framed,
    grade,
    heading,
    link,
    locators,
    permalink,
    profile,
    reached,
    reading,
    slug,
    table_row,
    voice,
)

ARABIC = re.compile("[\u0600-\u06ff]+(?: [\u0600-\u06ff]+)*")


def dot(text: str) -> str:
    """Return a sentence with its full stop."""
    return text if text.endswith((".", "?", "!", '."')) else f"{text}."


# --- facts and sources ------------------------------------------------------------------------------


def facts(topic: str) -> Html:
    """Return the facts of a topic: statement, grade, sources, rivals, and what rests on each."""
    known = record.by_id()
    sources = {row["id"]: row for row in records("sources")}
    links: dict[str, list[dict[str, Any]]] = {}
    for row in records("fact-sources"):
        links.setdefault(row["fact"], []).append(row)
    uses, rivals = record.used_facts(), record.rivals()
    parts = []
    for fact in (fact for fact in known.values() if fact["topic"] == topic):
        own = links[fact["id"]]
        pages = "".join(
            f'<li id="{row_id("fact-sources", row)}" data-row>{link(row["source"], row["source"])} '
            f"{page(sources[row['source']])} "
            f"<span>({link(row_id('fact-sources', row), row['bearing'])})</span></li>"
            for row in own
        )
        others = sorted(rivals.get(fact["id"], set()) - {fact["id"]})
        pairs = [("Said by", escape(fact["origin"])), ("Sources", f"<ul>{pages}</ul>")]
        if others:
            rows = [known[at] for at in (fact["id"], *others)]
            alike = not any(math.isnan(row["value"]) for row in rows) and len({row["unit"] for row in rows}) == 1
            span = f"{escape(record.figure(fact['id']))}, " if alike else ""
            pairs.append(("Sources differ", f"{span}see {fact_links(' '.join(others))}"))
        if fact["note"]:
            pairs.append(("Note", escape(fact["note"])))
        used = ", ".join(
            f"chapter {address.replace('-', ' ')}" if table == "chapter" else link(address, address)
            for table, address in uses[fact["id"]]
        )
        pairs.append(("Used by", used or f'<span class="empty">{escape(fact["reason_unused"])}</span>'))
        if fact["locator"]:
            pairs.append(("Bears on", locators(fact["locator"])))
        parts.append(
            f'<li class="fact" id="{fact["id"]}" data-row><p class="fact-head">{link(fact["id"], fact["id"])} '
            f"{grade(fact)} <span>{escape(reading(fact['date']))}</span> {escape(fact['subject'])}</p>"
            f"<p>{marked(fact['statement'])}</p>"
            f"<details><summary>{len(own)} source{'s' if len(own) > 1 else ''}"
            f"{', others differ' if others else ''}</summary>{definition_list(pairs)}</details></li>"
        )
    return Html(f'<ol class="facts">{"".join(parts)}</ol>')


def marked(text: str) -> str:
    """Return a text as HTML with each run of Arabic script marked as such."""
    return ARABIC.sub(r'<bdi lang="ar">\g<0></bdi>', escape(text))


def unused() -> Html:
    """Return the facts that no statement, verdict or chapter rests on, each with the reason and its rivals."""
    known, rivals = record.facts(), record.rivals()
    heads = ["Fact", "Why nothing rests on it"]
    body = []
    for fact in known[known["reason_unused"] != ""].to_dict("records"):
        others = sorted(rivals.get(fact["id"], set()) - {fact["id"]})
        differ = f" Sources differ: {fact_links(' '.join(others))}." if others else ""
        head = f"{fact_links(fact['id'])} <span>{marked(fact['statement'])}</span>"
        body.append(table_row([head, f"{escape(fact['reason_unused'])}{differ}"], heads))
    return framed("table-unused", "Facts that no statement or verdict uses", heads, body, "record")


def topics() -> Html:
    """Return the topics, each with its facts, those that a source from the country carries, and its review."""
    home, known = record.home_facts(), record.facts()
    heads = [
        "Topic",
        "What belongs to it",
        "Facts",
        f"With a source from {record.reach()['country']}",
        "Looked at again after",
    ]
    body = []
    for row in records("topics"):
        own = known[known["topic"] == row["id"]]
        address = row_id("topics", row)
        head = f"{escape(row['name'])} {permalink(address)}"
        count = f"{int(own['id'].isin(home).sum())} {escape(row['no_home_source'])}"
        months = cell("topics", "review_months", row["review_months"])
        body.append(
            table_row([head, escape(row["definition"]), str(len(own)), count, f"{months} months"], heads, address)
        )
    caption = "Topics, how many facts each has, and how often they are looked at again"
    return framed("table-topics", caption, heads, body, "record", path_of("topics"))


def page(source: Any) -> str:
    """Return publisher and title of a source, linked where a page is known."""
    title = escape(source["title"])
    if source["url"]:
        title = f'<a href="{escape(source["url"])}">{title}</a>'
    archived = f' (<a href="{escape(source["archived"])}">archived copy</a>)' if source["archived"] else ""
    return f"{escape(source['publisher'])}, {title}{archived}"


def sources() -> Html:
    """Return every source with every statement that it carries."""
    carried, bearing = users("sources"), dict(load("fact-sources").set_index(["fact", "source"])["bearing"])
    heads = ["Source", "Kind, country, language", "Carries"]
    body = []
    for source in records("sources"):
        items = []
        for table, address in carried[source["id"]]:
            target = address.removesuffix(f"-{source['id']}") if table == "fact-sources" else address
            how = f" ({bearing[target, source['id']]})" if table == "fact-sources" else ""
            items.append(f"{link(target, target)}{escape(how)}")
        kind = ", ".join(filter(None, (source["kind"], source["country"], source["language"])))
        cells = [f"{link(source['id'], source['id'])} <span>{page(source)}</span>", escape(kind), ", ".join(items)]
        marks = {"kind": source["kind"], "country": source["country"] or "not known"}
        body.append(table_row(cells, heads, source["id"], marks))
    caption = "Sources, and the statements that each carries"
    return framed("table-sources", caption, heads, body, "record", path_of("sources"), ["kind", "country"], most=1000)


def told(section: str) -> Html:
    """Return a section of the background as running text, each statement with its facts."""
    rows = load("background")
    own = rows[rows["section"] == section].to_dict("records")
    said = " ".join(
        f'<span id="{row["id"]}" data-row>{escape(row["statement"])} '
        f'<span class="at">[{fact_links(row["facts"])}]</span> {permalink(row["id"])}</span>'
        for row in own
    )
    return Html(
        f'<div class="voice-block voice-block-record container"><p class="voice-head">{voice("record")}</p>'
        f"<p>{said}</p></div>"
    )


# --- groups and levers --------------------------------------------------------------------------------


def status(group: str, day: str) -> str:
    """Return in words under which authorities a group was listed on a day."""
    names = load("authorities").set_index("id")["name"]
    listed = record.status_on(group, day)
    return "; ".join(escape(names[at]) for at in listed) or "not listed, by this record"


def groups() -> Html:
    """Return what the record says of each group: name, founding, leader, place in law, listings."""
    known = fields("groups")
    designations = load("designations")
    days = dict.fromkeys((the_brief()["date"], record.reach()["as_of"]))  # of the brief, and the last
    parts = []
    for row in records("groups"):
        own = designations[designations["group"] == row["id"]]["id"]
        founded = f"{escape(record.figure(row['founding']))} {fact_links(row['founding'])}" if row["founding"] else ""
        leader = f"{escape(row['leader'])} ({escape(reading(row['leader_as_of']))})" if row["leader"] else ""
        pairs = [
            (heading(known["own_name"]), cell("groups", "own_name", row["own_name"])),
            ("Founded", founded),
            ("Leader, by date of the source", leader),
            (heading(known["official_status"]), escape(row["official_status"])),
            *((heading(known[at]), escape(row[at])) for at in ("official_detail", "seats_or_posts")),
            *((f"Listed on {reading(day)}", status(row["id"], day)) for day in days),
            (heading(known["sanctions_by_others"]), escape(row["sanctions_by_others"])),
            ("Listings", locators(" ".join(own))),
            ("Facts", fact_links(row["facts"])),
        ]
        silent = [term.lower() for term, value in pairs if not value]
        pairs = [pair for pair in pairs if pair[1]]
        if silent:
            pairs.append(("Not found in this record", escape(", ".join(silent))))
        parts.append(profile(row_id("groups", row), row["name"], "record", pairs))
    return Html(f'<div class="profiles">{"".join(parts)}</div><p class="reach">{escape(reached())}</p>')


def lever_use() -> Html:
    """Return for each lever whether and when it was used since the brief, and what happened then."""
    names = load("levers").set_index("id")["name"]
    heads = ["Lever", "Use, coded by us", "First or main use", "Since the brief", "Facts"]
    body = []
    for row in records("lever-use"):
        head = f"{link(row['lever'], row['lever'])} {escape(names[row['lever']])} {permalink(row_id('lever-use', row))}"
        cells = [head, escape(row["use"]), *(cell("lever-use", at, row[at]) for at in ("date", "statement", "facts"))]
        body.append(table_row(cells, heads, row_id("lever-use", row), {"use": row["use"]}))
    caption = f"The levers since {reading(package()['sources'][0]['date'])}: what was used, and what happened then"
    return framed("table-lever-use", caption, heads, body, "record", path_of("lever-use"), ["use"])


# --- words ---------------------------------------------------------------------------------------------


def spellings() -> Html:
    """Return every name that has other spellings, with these; each spelling is a row of its own."""
    names, rows = bearers_of_names(), load("spellings")
    heads = ["Name", "Also written or called"]
    body = []
    for who, own in rows.groupby("actor", sort=False):
        items = "".join(
            f'<li id="{row["id"]}" data-row>{link(row["id"], row["id"])} {marked(row["spelling"])} '
            f"<span>({escape(row['kind'])})</span></li>"
            for row in own.to_dict("records")
        )
        target = str(who) if who in set(load("glossary")["id"]) else _profile_of(str(who))
        body.append(table_row([link(target, names[str(who)]), f"<ul>{items}</ul>"], heads))
    caption = "Names, and other spellings to search by"
    return framed("table-spellings", caption, heads, body, "judgment", path_of("spellings"))


def _profile_of(who: str) -> str:
    """Return where a name leads: an actor's profile or row, else what the record says of the group."""
    return f"actor/{who}" if who in set(load("actors")["id"]) else f"record-{who}"


# --- verdicts -----------------------------------------------------------------------------------------


def checks() -> Html:
    """Return every statement of the brief that was checked, with verdict, reasoning and facts."""
    topics = load("topics").set_index("id")["name"]
    heads = ["The brief says", "Verdict", "Why", "Facts"]
    body = []
    for row in records("checks"):
        head = f"{link(row['id'], row['id'])} {escape(row['statement'])} <span>{locators(row['locator'])}</span>"
        cells = [head, verdict(row), escape(row["reasoning"]), grounds(row)]
        marks = {
            "verdict": row["verdict"],
            "paragraph": row["paragraph"].replace(" ", ";"),
            "topic": topics[row["topic"]],
        }
        body.append(table_row(cells, heads, row["id"], marks))
    caption = "What the brief says, held against the record"
    return framed("checks", caption, heads, body, "judgment", path_of("checks"), ["verdict", "paragraph", "topic"])


def verdict(row: dict[str, Any]) -> str:
    """Return a verdict with its confidence."""
    return f'{chip(row["verdict"], "verdict")} <span class="confidence">confidence {escape(row["confidence"])}</span>'


def grounds(row: dict[str, Any]) -> str:
    """Return the facts of a verdict: those without which it falls, then those that bear on it too."""
    pairs = [("Rests on", fact_links(row["needs"]))]
    if row["facts"]:
        pairs.append(("See also", fact_links(row["facts"])))
    return definition_list(pairs)


def judged(row: dict[str, Any], table: str, said: str) -> str:
    """Return a verdict at one time as a cell: verdict, what is on record; folded, the reason and the facts."""
    why = f"<p>Why this confidence: {escape(row['confidence_reason'])}</p>" if row.get("confidence_reason") else ""
    return (
        f'<div id="{row_id(table, row)}" data-row>{verdict(row)} {permalink(row_id(table, row))}'
        f"<p>{escape(row[said])}</p>"
        f"<details><summary>Facts and confidence</summary>{why}{grounds(row)}</details></div>"
    )


def twice(
    table: str,
    rows: pd.DataFrame,
    key: str,
    said: str,
    heads: Sequence[str],
    head: Callable[[dict[str, Any]], str],
    caption: str,
) -> Html:
    """Return verdicts at both times, one row a statement.

    Args:
        table: the table of verdicts, with columns ``at`` and ``key``.
        rows: the statements judged, in order, by ``id``.
        key: the field of the table that names the statement.
        said: the field that tells what is on record.
        heads: the columns' headers: the statement, and one for each time.
        head: gives the first cell of a statement's row.
    """
    found = {(row[key], row["at"]): row for row in records(table)}
    times = list(terms(table, "at"))
    body = []
    for row in rows.to_dict("records"):
        own = [found[row["id"], at] for at in times if (row["id"], at) in found]
        if not own:
            continue
        cells = [head(row), *(judged(one, table, said) for one in own)]
        body.append(table_row(cells, heads, marks={"verdict": ";".join(dict.fromkeys(one["verdict"] for one in own))}))
    return framed(f"table-{table}", caption, heads, body, "judgment", path_of(table), ["verdict"])


def times() -> list[str]:
    """Return the headers of the two times at which expectations are judged."""
    return ["At its horizon", f"At the end of the record, {reading(record.reach()['as_of'])}"]


def paths() -> Html:
    """Return which path it was, at both times."""
    return twice(
        "path-readings",
        load("paths"),
        "path",
        "reasoning",
        ["Path", f"At {reading(load('tests')['horizon'].max())}", times()[1]],
        lambda row: f"{link(row['id'], row['id'])} {escape(row['name'])} <span>{escape(row['counts'])}</span>",
        "Which path it was, by the coding note",
    )


def outcomes() -> Html:
    """Return every expectation of the brief with its outcome at its horizon and at the end of the record."""
    hedges = load("claims").set_index("id")["hedge"]

    def head(row: dict[str, Any]) -> str:
        condition = f"<span>If: {escape(row['condition'])}</span>" if row["condition"] else ""
        words = [word for word in dict.fromkeys(hedges[at] for at in row["claims"].split()) if word != "none"]
        hedge = f"<span>The brief's hedge: {escape(', '.join(words))}</span>" if words else ""
        return (
            f"{link(row['id'], row['id'])} {escape(row['expectation'])} {condition}{hedge}"
            f"<span>{escape(row['type'])} {locators(row['locator'])}</span>"
        )

    heads = ["The brief expects", *times()]
    caption = "Every expectation of the brief, and what came of it"
    return twice("outcomes", load("tests"), "test", "observed", heads, head, caption)


def other_outcomes() -> Html:
    """Return what others expected, with what came of it."""
    sources = load("sources").set_index("id")

    def head(row: dict[str, Any]) -> str:
        who = ", ".join(filter(None, (row["author"], row["institution"])))
        return (
            f"{link(row['id'], row['id'])} {escape(row['expectation'])} <span>{escape(who)}, "
            f"{escape(reading(row['date']))}: {page(sources.loc[row['source']])}</span>"
        )

    heads = ["Others expected", *times()]
    caption = "What others expected at the time, and what came of it"
    return twice("other-outcomes", load("expectations"), "expectation", "observed", heads, head, caption)


def score_table() -> Html:
    """Return the scores as a table, one row a forecaster and time."""
    verdicts = list(terms("outcomes", "verdict"))
    heads = ["Whose, and when", *(value.capitalize() for value in verdicts), "In all"]
    body = []
    for (who, at), group in record.scores().groupby(["who", "at"], sort=False):
        count = group.set_index("verdict")["count"]
        body.append(
            table_row(
                [
                    f"{escape(str(who).capitalize())} <span>at the {escape(str(at))}</span>",
                    *(str(count[value]) for value in verdicts),
                    str(count.sum()),
                ],
                heads,
            )
        )
    caption = "Verdicts, counted: the brief, the others, and a forecast that nothing changes"
    return framed("table-scores", caption, heads, body, "judgment")


# --- series -------------------------------------------------------------------------------------------


def series(ids: Sequence[str], caption: str) -> Html:
    """Return the values of some series, folded away: one row a date, one column a series."""
    names = load("series").set_index("id")
    rows = load("observations")
    own = rows[rows["series"].isin(ids)]
    heads = ["Date", *(f"{names.loc[at, 'name']}, {names.loc[at, 'unit']}" for at in ids)]
    found = {(row["series"], row["date"]): row for row in own.to_dict("records")}

    def value(row: dict[str, Any] | None) -> str:
        if row is None:
            return '<span class="empty">no value</span>'
        bound = "" if row["bound"] == "exactly" else f"{escape(row['bound'])} "
        source = f" {link(row['source'], row['source'])}" if row["source"] else ""
        note = f" <span>{escape(row['note'])}</span>" if row["note"] else ""
        address = row_id("observations", row)
        shown = link(address, f"{row['value']:,.10g}")
        return f'<span id="{address}" data-row>{bound}{shown}{source}{note}</span>'

    body = [
        table_row([escape(reading(date)), *(value(found.get((at, date))) for at in ids)], heads)
        for date in sorted(own["date"].unique())
    ]
    table = framed(f"series-{slug(caption)}", caption, heads, body, "record", path_of("observations"))
    return folded(f"The values: {caption}", table)


def traps(ids: Sequence[str]) -> Html:
    """Return what each series measures, how far it reaches, who made it, and where it misleads."""
    names, sources, rows = load("series").set_index("id"), load("sources").set_index("id"), load("observations")
    items = []
    for at in ids:
        one = names.loc[at]
        dates = rows.loc[rows["series"] == at, "date"]
        about = " ".join(escape(dot(one[name])) for name in ("vintage", "attribution", "license"))
        items.append(
            f'<li id="{at}" data-row>{link(at, at)} '
            f"<strong>{escape(one['name'])}, {escape(one['entity'])}, {escape(one['unit'])}.</strong> "
            f'{escape(dot(one["trap"]))} <span class="reach">{escape(reading(dates.min()))} to '
            f"{escape(reading(dates.max()))}. {about} {page(sources.loc[one['source']])}.</span></li>"
        )
    head = f"<p>{voice('judgment')} Where these series mislead, as their publishers or we see it</p>"
    return Html(f'<div class="traps">{head}<ul>{"".join(items)}</ul></div>')


# --- teaching -----------------------------------------------------------------------------------------


def answer(address: str, summary: str, content: str) -> str:
    """Return an answer, folded away with its row's permanent address: a note on it would tell the answer."""
    told = f"{content}<p>{voice('judgment')} {link(address, address)}</p>"
    return f'<details class="folded answer"><summary>{escape(summary)}</summary>{told}</details>'


def exercise(voice_name: str, parts: Sequence[str]) -> Html:
    """Return the items of an exercise under the voice whose statements they are."""
    return Html(
        f'<div class="voice-block voice-block-{voice_name} container"><p class="voice-head">{voice(voice_name)}</p>'
        f'<ol class="facts">{"".join(parts)}</ol></div>'
    )


def grading() -> Html:
    """Return facts to be graded, each with what a grade rests on; grade, status and reason are folded away."""
    known, rivals = record.facts(), record.rivals()
    sources, links = load("sources").set_index("id"), load("fact-sources")
    letters, digits = terms("facts", "reliability"), terms("facts", "credibility")
    parts = []
    for row in records("exercise-grades"):
        fact = known.loc[row["fact"]]
        pages = "".join(
            f"<li>{page(sources.loc[at])} <span>({escape(sources.loc[at, 'kind'])}, "
            f"{escape(sources.loc[at, 'country'] or 'country not known')}: {escape(bearing)})</span></li>"
            for at, bearing in links.loc[links["fact"] == row["fact"], ["source", "bearing"]].to_numpy()
        )
        pairs = [("Said by", escape(fact["origin"])), ("Sources", f"<ul>{pages}</ul>")]
        if fact["note"]:
            pairs.append(("To know", escape(fact["note"])))
        others = sorted(rivals.get(row["fact"], set()) - {row["fact"]})
        differ = f" Sources differ, see also {fact_links(' '.join(others))}." if others else ""
        told = (
            f"<p>{link(row['fact'], row['fact'])}: <strong>{fact['grade']}, {escape(fact['status'])}.</strong> "
            f"Source: {escape(letters[fact['reliability']].lower())} "
            f"Item: {escape(digits[fact['credibility']].lower())}{differ}</p><p>{escape(row['reason'])}</p>"
        )
        parts.append(
            f'<li class="fact" id="{row["id"]}" data-row><p class="fact-head">{row["id"]} '
            f"<span>{escape(reading(fact['date']))}</span> {escape(fact['subject'])}</p>"
            f"<p>{marked(fact['statement'])}</p>{definition_list(pairs)}"
            f"{answer(row['id'], 'Our grade, and why', told)}</li>"
        )
    return exercise("record", parts)


def kinds_of_statement() -> Html:
    """Return claims whose kind is asked for; kind, hedge, sentences and reason are folded away."""
    claims, meaning = load("claims").set_index("id"), terms("claims", "kind")
    tests, tested = load("tests").set_index("id"), users("claims")
    parts = []
    for row in records("exercise-kinds"):
        claim = claims.loc[row["claim"]]
        condition = f"If or because: {claim['condition'].rstrip('.')}. " if claim["condition"] else ""
        noted = "; ".join(
            f"{link(at, at)}, {escape(tests.loc[at, 'type'])}" for table, at in tested[row["claim"]] if table == "tests"
        )
        pairs = [
            ("Kind", f"{escape(claim['kind'])}: {escape(meaning[claim['kind']])}"),
            ("Hedge", cell("claims", "hedge", claim["hedge"])),
            ("Row and sentences", f"{link(row['claim'], row['claim'])} {locators(claim['locator'])}"),
            ("In the coding note", noted or "not among the expectations tested"),
            ("Why", escape(row["reason"])),
        ]
        parts.append(
            f'<li class="fact" id="{row["id"]}" data-row><p><strong>{row["id"]}</strong> '
            f"{escape(condition + claim['outcome'])}</p>"
            f"{answer(row['id'], 'Its kind, and why', definition_list(pairs))}</li>"
        )
    return exercise("brief", parts)


def other_sides() -> Html:
    """Return the readings from other sides: page, what it argues, how much was read, why it is here."""
    sources, carried, known = load("sources").set_index("id"), users("sources"), fields("other-sides")
    heads = ["Side", "What to read", "What it argues", heading(known["reason"])]
    body = []
    for row in records("other-sides"):
        more = " ".join(link(at, at) for table, at in carried[row["source"]] if table == "expectations")
        judged = f" <span>Also in this book: {more}</span>" if more else ""
        cells = [
            f"{link(row['id'], row['id'])} {escape(row['side'])}",
            f"{page(sources.loc[row['source']])} <span>{link(row['source'], row['source'])}, "
            f"{escape(sources.loc[row['source'], 'language'])}</span>",
            f"{escape(row['argues'])} <span>Read: {escape(row['seen'])}.</span>{judged}",
            escape(row["reason"]),
        ]
        body.append(table_row(cells, heads, row["id"], {"side": row["side"]}))
    caption = "What to read from other sides: our selection, told in our words"
    return framed("table-other-sides", caption, heads, body, "judgment", path_of("other-sides"), ["side"])


# --- what ships ---------------------------------------------------------------------------------------


def third_party() -> Html:
    """Return the software of others that the pages bring to the reader, with version and license."""
    import vl_convert

    library = f"{vl_convert.get_vega_version()}, {SCHEMA_VERSION.lstrip('v')}, {vl_convert.get_vega_embed_version()}"
    shipped = [
        ("Furo", "the theme: style sheet and script, with gumshoe 5.1.2", version("furo"), "MIT"),
        ("Sphinx", "search, highlighting of what was searched", version("sphinx"), "BSD-2-Clause"),
        ("Snowball", "English word stems, within the search", version("snowballstemmer"), "BSD-3-Clause"),
        ("Pygments", "colors of code", version("pygments"), "BSD-2-Clause"),
        ("Vega, Vega-Lite, Vega-Embed", "the charts, once alive", library, "BSD-3-Clause"),
        ("D3, topojson-client", "within the chart library", f"as in vl-convert {version('vl-convert-python')}", "ISC"),
    ]
    heads = ["Software", "What for", "Version", "License"]
    body = [table_row([escape(part) for part in row], heads) for row in shipped]
    return framed("table-third-party", "Software of others that ships with the pages", heads, body, "judgment")
