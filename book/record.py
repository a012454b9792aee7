"""What keeps the record honest: grades, rival values, verdicts no surer than their facts, what is stale.

``data/record/`` says what public sources say, ``data/judgment/`` what we infer. The rules here hold
between rows and between tables, where the schema cannot reach.
"""

import datetime
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from book.data import (
    ROOT,
    DataError,
    fields,
    load,
    package,
    path_of,
    records,
    references,
    resource,
    span,
    tables,
    terms,
    the_brief,
    users,
)

CONFIDENCE = ["low", "moderate", "high"]
NOT_KNOWN = "not known"  # the one verdict that rests on no fact
UNTIMELY = ("checked", "day", "horizon")  # dates, some in the life of this book, that may lie after the record's end
REACH = "as_of and next_review, ISO days in this order, institute and country"
CITED = re.compile(r"\{fact\}`([^`]+)`")  # how the prose of a chapter cites facts


def reach(root: Path = ROOT) -> dict[str, str]:
    """Return how far the record reaches: ``as_of`` and ``next_review``, ISO days, and ``institute`` and ``country``.

    The institute is what the names of the publications of the author's own have in common; the country is that of
    which the brief speaks, so that each topic wants a source from there. A book without a record gives an empty
    dictionary.

    Raises:
        DataError: one is missing, one is no day, or the review comes first.
    """
    days = dict(package(root).get("record", {}))
    if days:
        try:
            in_order = datetime.date.fromisoformat(days["as_of"]) < datetime.date.fromisoformat(days["next_review"])
            in_order = in_order and bool(days["institute"] and days["country"])
        except (KeyError, TypeError, ValueError):
            in_order = False
        if not in_order:
            raise DataError(f"data/datapackage.json, record: {days!r}; allowed: {REACH}")
    return days


@cache
def facts(root: Path = ROOT) -> pd.DataFrame:
    """Return the facts, by id, with their grade as one word (``B2``); read once, not to be changed."""
    frame = load("facts", root)
    return frame.assign(grade=frame["reliability"] + frame["credibility"]).set_index("id", drop=False)


@cache
def by_id(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return the facts of :func:`facts` as plain rows, which are a hundred times quicker to look up."""
    grades = facts(root)["grade"]
    return {row["id"]: row | {"grade": grades[row["id"]]} for row in records("facts", root)}


@cache
def rivals(root: Path = ROOT) -> dict[str, set[str]]:
    """Return for each disputed fact the ids of all rows of its dispute, itself among them."""
    groups: dict[str, set[str]] = defaultdict(set)
    for row in by_id(root).values():
        if row["dispute"]:
            groups[row["dispute"]].add(row["id"])
    return {at: group for group in groups.values() for at in group}


def ceiling(needed: Iterable[dict[str, Any]]) -> str:
    """Return the highest confidence that a verdict may have, given the facts that it needs.

    High: all confirmed and graded A1 or B1. Moderate: none reported, none graded below C2. Else low.
    """
    level = len(CONFIDENCE) - 1
    for fact in needed:
        strong = fact["status"] == "confirmed" and fact["reliability"] in "AB" and fact["credibility"] == "1"
        fair = fact["status"] != "reported" and fact["reliability"] in "ABC" and fact["credibility"] in "12"
        level = min(level, 2 if strong else 1 if fair else 0)
    return CONFIDENCE[level]


def listings(group: str, root: Path = ROOT) -> list[tuple[str, str, str]]:
    """Return under which authorities a group itself stood, each with first and last ISO day.

    The last day is empty while no delisting is on record.

    One that was listed again after a delisting is named twice.

    Raises:
        DataError: there is no such group.
    """
    if group not in set(load("groups", root)["id"]):
        raise DataError(f"{path_of('groups', root)}: no group {group!r}")
    own = [
        row
        for row in records("designations", root)
        if row["group"] == group and row["kind"] == "group" and row["event"] != "not listed"
    ]
    found: list[tuple[str, str, str]] = []
    for row in sorted(own, key=lambda row: first_day(row["date"])):
        authority, day = row["authority"], first_day(row["date"])
        if row["event"] == "listed":
            found.append((authority, day, ""))
        else:
            place = next(place for place, (other, _, end) in enumerate(found) if other == authority and not end)
            found[place] = (*found[place][:2], day)
    return found


def status_on(group: str, day: str, root: Path = ROOT) -> list[str]:
    """Return the authorities under which a group itself was listed on an ISO day, by their ids.

    Raises:
        DataError: there is no such group.
    """
    return [authority for authority, start, end in listings(group, root) if start <= day and not ("" < end <= day)]


def first_day(date: str) -> str:
    """Return the first day of an EDTF date as an ISO day; an open start gives the end."""
    days = span(date) or ("", "")
    return days[0] or days[1]


def last_day(date: str) -> str:
    """Return the last day of an EDTF date as an ISO day; an open end gives the start."""
    days = span(date) or ("", "")
    return days[1] or days[0]


def figure(ids: str, root: Path = ROOT) -> str:
    """Return the figure of one or several facts in words, ``about 2,500`` or ``166 to at least 180``.

    A disputed fact gives the range over all its rivals, whichever of them is named.

    Raises:
        DataError: a fact does not exist, has no figure, or its figures count different things.
    """
    known, rival = by_id(root), rivals(root)
    named = {at for one in ids.split() for at in rival.get(one, {one})}
    if not named <= set(known):
        raise DataError(f"{path_of('facts', root)}: no fact {', '.join(sorted(named - set(known)))}")
    rows = [known[at] for at in sorted(named) if not math.isnan(known[at]["value"])]
    units = sorted({row["unit"] for row in rows})
    if len(units) != 1:
        raise DataError(
            f"{path_of('facts', root)}: {ids} has figures in {len(units)} units ({', '.join(units)}), not one"
        )
    tops = [row["value"] if math.isnan(row["value_high"]) else row["value_high"] for row in rows]
    least, most = min(row["value"] for row in rows), max(tops)
    low = {row["bound"] for row in rows if row["value"] == least}
    high = {row["bound"] for row, top in zip(rows, tops, strict=True) if top == most}
    form = ".0f" if units[0].startswith("year of") else ",.10g"

    def end(value: float, bounds: set[str], open_end: str) -> str:
        """An end that some source leaves open stays open."""
        bound = open_end if open_end in bounds else min(bounds)
        return f"{value:{form}}" if bound == "exactly" else f"{bound} {value:{form}}"

    if least == most:
        return end(least, low, "at least")
    if low == high and len(low) == 1:
        return f"{end(least, low, 'at most')} to {most:{form}}"
    return f"{end(least, low, 'at most')} to {end(most, high, 'at least')}"


def stale(on: str, root: Path = ROOT) -> pd.DataFrame:
    """Return the facts whose sources were last looked up longer ago than their topic allows.

    Args:
        on: ISO day.

    Returns:
        The rows of facts, with ``due``, the ISO day on which each fell due; the oldest first.
    """
    frame = load("facts", root)
    months = load("topics", root).set_index("id")["review_months"]
    frame["due"] = [
        months_later((span(checked) or ("", on))[1], int(months[topic]))
        for checked, topic in zip(frame["checked"], frame["topic"], strict=True)
    ]
    return frame[frame["due"] < on].sort_values(["due", "id"])


def readings_due(on: str, root: Path = ROOT) -> dict[str, list[str]]:
    """Return the signposts without a reading for a quarter that is over on an ISO day, by quarter (``2026-Q4``)."""
    if "signpost-readings" not in tables(root):
        return {}
    rows, signposts = load("signpost-readings", root), load("signposts", root)["id"]
    there = set(zip(rows["signpost"], rows["at"], strict=True))
    year, quarter = map(int, rows["at"].min().split("-Q"))
    due: dict[str, list[str]] = {}
    while f"{year + quarter // 4}-{quarter % 4 * 3 + 1:02}-01" <= on:  # the first day after the quarter
        missing = [at for at in signposts if (at, f"{year}-Q{quarter}") not in there]
        due |= {f"{year}-Q{quarter}": missing} if missing else {}
        year, quarter = year + quarter // 4, quarter % 4 + 1
    return due


def months_later(day: str, months: int) -> str:
    """Return the ISO day some months after another, at most the 28th of its month."""
    then = datetime.date.fromisoformat(day)
    ahead = then.month - 1 + months
    return then.replace(year=then.year + ahead // 12, month=ahead % 12 + 1, day=min(then.day, 28)).isoformat()


def no_change(root: Path = ROOT) -> pd.DataFrame:
    """Return what a forecast of no change would have scored on the tests of the brief.

    Returns:
        One row a test and time: ``test``, ``at``, ``verdict``. Where the forecast has something to say
        it is met if the brief's expectation turned out as the forecast has it.
    """
    says = load("tests", root).set_index("id")["no_change"]
    turned = {"met": "not met", "not met": "met"}
    rows = []
    for row in records("outcomes", root):
        if says[row["test"]] == "says nothing" or row["verdict"] not in ("met", "partly met", "not met"):
            continue
        as_is = says[row["test"]] == "happens"
        rows.append(
            {
                "test": row["test"],
                "at": row["at"],
                "verdict": row["verdict"] if as_is else turned.get(row["verdict"], row["verdict"]),
            }
        )
    return pd.DataFrame(rows, columns=["test", "at", "verdict"])


def scores(root: Path = ROOT) -> pd.DataFrame:
    """Return how often each forecaster's expectations came to which verdict.

    Returns:
        Columns ``who``, ``at``, ``verdict``, ``count``, in the order of the vocabularies.
    """
    whose = {"the brief": load("outcomes", root)}
    if "other-outcomes" in tables(root):
        whose["others"] = load("other-outcomes", root)
    whose["no change"] = no_change(root)
    frames = [
        frame.groupby(["at", "verdict"]).size().rename("count").reset_index().assign(who=who)
        for who, frame in whose.items()
    ]
    found = pd.concat(frames).set_index(["who", "at", "verdict"])["count"]
    every = pd.MultiIndex.from_product(
        [whose, terms("outcomes", "at", root), terms("outcomes", "verdict", root)], names=["who", "at", "verdict"]
    )
    return found.reindex(every, fill_value=0).reset_index()


def turns(root: Path = ROOT) -> pd.DataFrame:
    """Return the turning points, in the order of their rows, with date, statement and locators of their facts."""
    return load("turning-points", root).join(facts(root)[["date", "statement", "locator"]], on="fact")


# --- checks -------------------------------------------------------------------------------------


def faults(root: Path = ROOT) -> list[str]:
    """Return every fault between the rows of the record and the judgments, one line each.

    The tables themselves must be without fault: see :func:`book.data.faults`.
    """
    if "facts" not in tables(root):
        return []
    if not reach(root):
        return [f"data/datapackage.json: 'record' is missing; allowed: {REACH}"]
    checks = (
        _grade_faults,
        _dispute_faults,
        _source_faults,
        _figure_faults,
        _verdict_faults,
        _signpost_faults,
        _listing_faults,
        _time_faults,
        _map_faults,
        _use_faults,
    )
    return [fault for check in checks for fault in check(root)]


def _places(table: str, root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each row with the words that name its place; none if the book has no such table."""
    if table not in tables(root):
        return
    for number, row in enumerate(records(table, root), 2):
        yield f"{path_of(table, root)}, row {number}", row


def _fault(place: str, column: str, value: object, allowed: str) -> str:
    return f"{place}, column {column}: {value!r}; allowed: {allowed}"


def _grade_faults(root: Path) -> Iterator[str]:
    """Grades and status: the second source of a 1 is independent, only the sound is confirmed."""
    institute = reach(root)["institute"]  # it never corroborates its author
    publishers = dict(load("sources", root)[["id", "publisher"]].itertuples(index=False))
    links: dict[str, list[tuple[str, str]]] = {}
    for _, link in _places("fact-sources", root):
        links.setdefault(link["fact"], []).append((link["bearing"], publishers[link["source"]]))
    for place, row in _places("facts", root):
        own = links.get(row["id"], [])
        stating = {publisher for bearing, publisher in own if bearing == "states"}
        second = {publisher for bearing, publisher in own if bearing == "corroborates"} - stating
        if row["credibility"] == "1" and not (stating and any(institute not in name for name in second)):
            yield _fault(place, "credibility", "1", "2 to 6, for no independent second source stands beside it")
        if row["status"] == "confirmed" and not (row["reliability"] in "ABC" and row["credibility"] in "12"):
            grade = row["reliability"] + row["credibility"]
            yield _fault(place, "status", "confirmed", f"only with grades A to C and 1 or 2, and this is {grade}")
        if not own:
            yield _fault(place, "id", row["id"], f"facts with a row in {path_of('fact-sources', root)}")
        elif {bearing for bearing, _ in own} == {"named"} and row["status"] != "reported":
            yield _fault(place, "status", row["status"], "reported, where only the outlet is known")


def _dispute_faults(root: Path) -> Iterator[str]:
    """Rivals: they come in groups of two or more, and whoever names one names all."""
    rival = rivals(root)
    for place, row in _places("facts", root):
        if bool(row["dispute"]) != (row["status"] == "disputed"):
            yield _fault(place, "dispute", row["dispute"], f"a key if and only if disputed; it is {row['status']}")
        elif row["dispute"] and len(rival[row["id"]]) < 2:
            yield _fault(place, "dispute", row["dispute"], "a key that another row has too")
    for table in tables(root):
        lists = [name for name, field in fields(table, root).items() if field.get("list") == "facts"]
        for place, row in _places(table, root) if lists else ():
            named = {at for name in lists for at in row[name].split()}
            for missing in sorted({other for at in named & set(rival) for other in rival[at]} - named):
                yield _fault(place, lists[-1], row[lists[-1]], f"with {missing}, a rival of a value that is named")


def _source_faults(root: Path) -> Iterator[str]:
    """Sources: an address wherever a page was found; each is used; one from the country itself for each topic."""
    links = load("fact-sources", root)
    used, stating = users("sources", root), set(links.loc[links["bearing"] != "named", "source"])
    for place, row in _places("sources", root):
        if not row["url"] and row["id"] in stating:
            yield _fault(place, "url", "", "empty only for an outlet known second-hand")
        if not used[row["id"]]:
            yield _fault(place, "id", row["id"], "sources that a row of the record names")
    topics = set(load("facts", root).query("id in @carried", local_dict={"carried": home_facts(root)})["topic"])
    for place, row in _places("topics", root):
        if bool(row["no_home_source"]) == (row["id"] in topics):
            state = "a fact of this topic has one" if row["id"] in topics else "no fact of this topic has one"
            yield _fault(place, "no_home_source", row["no_home_source"], f"a reason where there is none; {state}")


def _figure_faults(root: Path) -> Iterator[str]:
    """Figures: whole with unit and bound, ranges in order, counts that do not fall."""
    for place, row in _places("facts", root):
        has = pd.notna(row["value"])
        for name in ("unit", "bound"):
            if bool(row[name]) != has:
                yield _fault(place, name, row[name], "filled if and only if there is a value")
        if pd.notna(row["value_high"]) and not (has and row["value"] < row["value_high"]):
            yield _fault(place, "value_high", row["value_high"], "more than value")
    for place, row in _places("groups", root):
        try:
            _ = row["founding"] and figure(row["founding"], root)
        except DataError as fault:
            yield _fault(place, "founding", row["founding"], f"facts with figures of one unit: {fault}")
    for table in tables(root):
        if "cumulative" in resource(table, root):
            yield from _count_faults(table, root)


def _count_faults(table: str, root: Path) -> Iterator[str]:
    """Counts that add up over time (the schema's ``cumulative``): no part exceeds its total, no total falls."""
    names = resource(table, root)["cumulative"]
    last: dict[str, tuple[str, float]] = {}
    for place, row in _places(table, root):
        count, who = row[names["total"]], row[names["by"]]
        parts = sum(row[name] for name in names["parts"] if pd.notna(row[name]))
        if parts > count:
            yield _fault(place, names["total"], count, f"at least the sum of its parts, {parts:g}")
        day, total = last.get(who, ("", 0.0))
        if first_day(row["date"]) < day:
            yield _fault(place, "date", row["date"], f"no earlier than the row of {who} before")
        if count < total:
            yield _fault(place, names["total"], count, f"no fewer than {who} had before")
        last[who] = (first_day(row["date"]), count)


def _verdict_faults(root: Path) -> Iterator[str]:
    """Verdicts: no surer than the weakest fact they need; one of these bears on the sentence judged."""
    known = {fact["id"]: fact for _, fact in _places("facts", root)}
    for table in tables(root):
        if "confidence" not in fields(table, root):
            continue
        lists = {name for name, field in fields(table, root).items() if "list" in field}
        others = {name: other for name, other in references(table, root).items() if name not in lists}
        others = {name: other for name, other in others.items() if other not in ("facts", "topics")}
        for name, other in others.items():
            yield from _missing_faults(table, name, other, root)
        judged = {name: other for name, other in others.items() if "locator" in fields(other, root)}
        at = {other: load(other, root).set_index("id")["locator"] for other in judged.values()}
        for place, row in _places(table, root):
            if not row["confidence"] or not row["needs"] or row["verdict"] == NOT_KNOWN:
                if row["confidence"] or row["needs"] or row["verdict"] != NOT_KNOWN:
                    allowed = f"both empty if and only if the verdict is {NOT_KNOWN!r}"
                    yield _fault(place, "confidence, needs", (row["confidence"], row["needs"]), allowed)
                continue
            needed = [known[fact] for fact in row["needs"].split()]
            most = ceiling(needed)
            if CONFIDENCE.index(row["confidence"]) > CONFIDENCE.index(most):
                weak = ", ".join(f"{fact['id']} {fact['reliability']}{fact['credibility']}" for fact in needed)
                yield _fault(place, "confidence", row["confidence"], f"at most {most}, from {weak}")
            spoken = set(row.get("locator", "").split())
            spoken |= {sentence for name, other in judged.items() for sentence in at[other][row[name]].split()}
            if spoken and not spoken & {sentence for fact in needed for sentence in fact["locator"].split()}:
                sentences = " ".join(sorted(spoken))
                yield _fault(place, "needs", row["needs"], f"at least one fact that bears on {sentences}")


def _signpost_faults(root: Path) -> Iterator[str]:
    """Signposts: a threshold of the brief's own is older than the brief; a reading rests on no later fact alone."""
    if "signposts" not in tables(root):
        return
    known, brief = facts(root), the_brief(root)["date"]
    for place, row in _places("signposts", root):
        if row["basis"] == "brief":
            late = [at for at in row["threshold_facts"].split() if last_day(known.loc[at, "date"]) > brief]
            if late or not row["threshold_facts"]:
                allowed = f"facts for a sign of the brief, none after {brief}"
                yield _fault(place, "threshold_facts", " ".join(late) or row["threshold_facts"], allowed)
    for place, row in _places("signpost-readings", root):
        year, _, quarter = row["at"].partition("-Q")
        ends = f"{year}-{int(quarter) * 3:02}-31"
        if row["needs"] and all(first_day(known.loc[at, "date"]) > ends for at in row["needs"].split()):
            yield _fault(place, "needs", row["needs"], f"a fact that begins by the end of {row['at']}")


def _missing_faults(table: str, name: str, judged: str, root: Path) -> Iterator[str]:
    """What is judged has a verdict for each time, where there are several."""
    if "at" not in fields(table, root):
        return
    found = load(table, root)
    there = set(zip(found[name], found["at"], strict=True))
    for place, row in _places(judged, root):
        for at in terms(table, "at", root):
            if (row["id"], at) not in there:
                yield _fault(place, "id", row["id"], f"with a verdict at the {at} in {path_of(table, root)}")


def _listing_faults(root: Path) -> Iterator[str]:
    """Listings: what stands on a list is taken off before it is put there again, and nothing else is."""
    stands: dict[tuple[str, str], str] = {}
    for place, row in sorted(_places("designations", root), key=lambda each: first_day(each[1]["date"])):
        listed = row["subject"], row["authority"]
        if row["event"] == stands.get(listed, "delisted"):
            yield _fault(place, "event", row["event"], "listed and delisted in turn, by day, listed first")
        if row["event"] != "not listed":
            stands[listed] = row["event"]


def _map_faults(root: Path) -> Iterator[str]:
    """Places: each lies on the map, whose borders can be read; a place off it may have its degrees exchanged."""
    where = resource("places", root).get("map") if "places" in tables(root) else None
    if not where:
        return
    borders = root / "data" / where["borders"]
    try:
        _ = json.loads(borders.read_text("utf-8"))["objects"]["countries"]
    except (OSError, ValueError, KeyError, TypeError) as fault:
        yield f"{borders.relative_to(root).as_posix()}: {fault}; allowed: TopoJSON with the object countries"
    (west, south), (east, north) = where["corners"]
    for place, row in _places("places", root):
        for name, least, most in (("latitude", south, north), ("longitude", west, east)):
            if not least <= row[name] <= most:
                yield _fault(place, name, row[name], f"{least} to {most}, what the map shows")


def _time_faults(root: Path) -> Iterator[str]:
    """Nothing is dated after the day to which the record reaches, nor looked up after its next review."""
    end, review = reach(root)["as_of"], reach(root)["next_review"]
    for place, row in _places("facts", root):
        if "/" in row["checked"] or first_day(row["checked"]) > review:
            yield _fault(place, "checked", row["checked"], f"a month or day until {review}, the next review")
    for table in tables(root):
        names = [name for name, field in fields(table, root).items() if field.get("edtf") and name not in UNTIMELY]
        for place, row in _places(table, root) if names else ():
            for name in filter(row.get, names):
                if first_day(row[name].rpartition("/")[2].replace("..", "") or row[name]) > end:
                    yield _fault(place, name, row[name], f"until {end}, to which the record reaches")


def _use_faults(root: Path) -> Iterator[str]:
    """Each fact is used by a statement or verdict, or says why it is not."""
    used = used_facts(root)
    for place, row in _places("facts", root):
        if bool(used[row["id"]]) == bool(row["reason_unused"]):
            allowed = "empty, for it is used" if used[row["id"]] else "a reason, for no statement or verdict uses it"
            yield _fault(place, "reason_unused", row["reason_unused"], allowed)


def home_facts(root: Path = ROOT) -> set[str]:
    """Return the ids of the facts that a source from the country of which the brief speaks carries."""
    sources, links = load("sources", root), load("fact-sources", root)
    from_there = set(sources.loc[sources["country"] == reach(root)["country"], "id"])
    return set(links.loc[links["source"].isin(from_there), "fact"])


@cache
def used_facts(root: Path = ROOT) -> dict[str, list[tuple[str, str]]]:
    """Return for each fact what rests on it: rows, as pairs of table and address, and chapters.

    A chapter that cites it is a pair of ``chapter`` and its name. A link to its sources alone is no use, nor is
    an exercise, which concludes nothing from it.
    """
    none = ("fact-sources", "exercise-grades")
    found = {at: [use for use in uses if use[0] not in none] for at, uses in users("facts", root).items()}
    for path in sorted([*root.glob("index.md"), *(root / "chapters").glob("*.md")]):
        cited = {at for ids in CITED.findall(path.read_text("utf-8", "replace")) for at in ids.split()}
        for at in sorted(cited & set(found)):
            found[at].append(("chapter", path.stem))
    return found
