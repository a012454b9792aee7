"""What keeps the record honest: grades, rival values, verdicts no surer than their facts, what is stale.

``data/record/`` says what public sources say, ``data/judgment/`` what we infer. The rules here hold
between rows and between tables, where the schema cannot reach. ``python -m book.record`` lists the
facts that are due for another look.
"""

import argparse
import datetime
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from book.data import ROOT, DataError, fields, load, package, path_of, references, span, tables, users

CONFIDENCE = ["low", "moderate", "high"]
UNTIMELY = ("checked", "horizon")  # dates that may lie after the day to which the record reaches
CITED = re.compile(r"\{fact\}`([^`]+)`")  # how the prose of a chapter cites facts


def reach(root: Path = ROOT) -> dict[str, str]:
    """Return the day to which the record reaches and the day of its next review, as ISO days.

    A book without a record gives an empty dictionary.
    """
    return dict(package(root).get("record", {}))


@cache
def facts(root: Path = ROOT) -> pd.DataFrame:
    """Return the facts, by id, with their grade as one word (``B2``); read once, not to be changed."""
    frame = load("facts", root)
    return frame.assign(grade=frame["reliability"] + frame["credibility"]).set_index("id", drop=False)


@cache
def rivals(root: Path = ROOT) -> dict[str, set[str]]:
    """Return for each disputed fact the ids of all rows of its dispute, itself among them."""
    groups: dict[str, set[str]] = defaultdict(set)
    for row in load("facts", root).to_dict("records"):
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


def status_on(group: str, day: str, root: Path = ROOT) -> list[str]:
    """Return the authorities under which a group itself was listed on a day, by their ids.

    Args:
        group: id of the group.
        day: ISO day, for example ``2024-02-01``.

    Raises:
        DataError: there is no such group.
    """
    if group not in set(load("groups", root)["id"]):
        raise DataError(f"{path_of('groups', root)}: no group {group!r}")
    frame = load("designations", root)
    own = frame[(frame["group"] == group) & (frame["kind"] == "group")]
    listed: dict[str, str] = {}
    for row in own.assign(day=[first_day(date) for date in own["date"]]).sort_values("day").to_dict("records"):
        if row["day"] <= day and row["event"] != "not listed":
            listed[row["authority"]] = row["event"]
    return [authority for authority, event in listed.items() if event == "listed"]


def first_day(date: str) -> str:
    """Return the first day of an EDTF date as an ISO day; an open start gives the end."""
    days = span(date) or ("", "")
    return days[0] or days[1]


def figure(ids: str, root: Path = ROOT) -> str:
    """Return the figure of one or several facts in words, ``about 2,500`` or ``25 to 47``.

    A disputed fact gives the range over all its rivals, whichever of them is named.

    Raises:
        DataError: a fact does not exist or has no figure.
    """
    known, rival = facts(root), rivals(root)
    named = {at for one in ids.split() for at in rival.get(one, {one})}
    if not named <= set(known.index):
        raise DataError(f"{path_of('facts', root)}: no fact {', '.join(sorted(named - set(known.index)))}")
    rows = known.loc[sorted(named)]
    rows = rows[rows["value"].notna()]
    if rows.empty:
        raise DataError(f"{path_of('facts', root)}: {ids} has no figure")
    low, high = rows["value"].min(), rows["value_high"].fillna(rows["value"]).max()
    form = ".0f" if rows["unit"].str.startswith("year of").all() else ",.10g"
    if low < high:
        return f"{low:{form}} to {high:{form}}"
    bound = rows["bound"].iloc[0] if rows["bound"].nunique() == 1 else "exactly"
    return f"{low:{form}}" if bound == "exactly" else f"{bound} {low:{form}}"


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


def months_later(day: str, months: int) -> str:
    """Return the ISO day some months after another, at most the 28th of its month."""
    then = datetime.date.fromisoformat(day)
    ahead = then.month - 1 + months
    return then.replace(year=then.year + ahead // 12, month=ahead % 12 + 1, day=min(then.day, 28)).isoformat()


# --- checks -------------------------------------------------------------------------------------


def faults(root: Path = ROOT) -> list[str]:
    """Return every fault between the rows of the record and the judgments, one line each.

    The tables themselves must be without fault: see :func:`book.data.faults`.
    """
    if "facts" not in tables(root):
        return []
    checks = (
        _grade_faults,
        _dispute_faults,
        _source_faults,
        _figure_faults,
        _verdict_faults,
        _time_faults,
        _use_faults,
    )
    return [fault for check in checks for fault in check(root)]


def _places(table: str, root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each row with the words that name its place."""
    for number, row in enumerate(load(table, root).to_dict("records"), 2):
        yield f"{path_of(table, root)}, row {number}", {str(name): value for name, value in row.items()}


def _fault(place: str, column: str, value: object, allowed: str) -> str:
    return f"{place}, column {column}: {value!r}; allowed: {allowed}"


def _grade_faults(root: Path) -> Iterator[str]:
    """Grades and status: the second source of a 1 is independent, only the sound is confirmed."""
    institute = package(root)["sources"][0]["publisher"]
    publishers = load("sources", root).set_index("id")["publisher"]
    links = load("fact-sources", root)
    for place, row in _places("facts", root):
        own = links[links["fact"] == row["id"]]
        stating = {publishers[source] for source in own.loc[own["bearing"] == "states", "source"]}
        second = {publishers[source] for source in own.loc[own["bearing"] == "corroborates", "source"]}
        if row["credibility"] == "1" and not second - stating - {institute}:
            yield _fault(place, "credibility", "1", "2 to 6, for no independent second source stands beside it")
        if row["status"] == "confirmed" and not (row["reliability"] in "ABC" and row["credibility"] in "12"):
            grade = row["reliability"] + row["credibility"]
            yield _fault(place, "status", "confirmed", f"only with grades A to C and 1 or 2, and this is {grade}")
        if own.empty:
            yield _fault(place, "id", row["id"], f"facts with a row in {path_of('fact-sources', root)}")
        elif set(own["bearing"]) == {"named"} and row["status"] != "reported":
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
        if table in ("fact-sources", "attack-counts"):
            continue  # one fact a row; all rivals stand in other rows of the same table
        names = [name for name, target in references(table, root).items() if target == "facts"]
        for place, row in _places(table, root) if names else ():
            named = {at for name in names for at in row[name].split()}
            for missing in sorted({other for at in named & set(rival) for other in rival[at]} - named):
                yield _fault(place, names[-1], row[names[-1]], f"with {missing}, a rival of a value that is named")


def _source_faults(root: Path) -> Iterator[str]:
    """Sources: an address wherever a page was found; each is used; an Iraqi one for each topic."""
    sources, links = load("sources", root), load("fact-sources", root)
    used, named = users("sources", root), set(links.loc[links["bearing"] == "named", "source"])
    for place, row in _places("sources", root):
        if not row["url"] and row["id"] not in named:
            yield _fault(place, "url", "", "empty only for an outlet known second-hand")
        if not used[row["id"]]:
            yield _fault(place, "id", row["id"], "sources that a row of the record names")
    of_iraq = set(sources.loc[sources["country"] == "Iraq", "id"])
    carried = set(links.loc[links["source"].isin(of_iraq), "fact"])
    facts = load("facts", root)
    topics = set(facts.loc[facts["id"].isin(carried), "topic"])
    for place, row in _places("topics", root):
        if bool(row["no_iraqi_source"]) == (row["id"] in topics):
            state = "a fact of this topic has one" if row["id"] in topics else "no fact of this topic has one"
            yield _fault(place, "no_iraqi_source", row["no_iraqi_source"], f"a reason where there is none; {state}")


def _figure_faults(root: Path) -> Iterator[str]:
    """Figures: whole with unit and bound, ranges in order, counts that do not fall."""
    for place, row in _places("facts", root):
        has = pd.notna(row["value"])
        for name in ("unit", "bound"):
            if bool(row[name]) != has:
                yield _fault(place, name, row[name], "filled if and only if there is a value")
        if pd.notna(row["value_high"]) and not (has and row["value"] < row["value_high"]):
            yield _fault(place, "value_high", row["value_high"], "more than value")
    last: dict[str, tuple[str, float]] = {}
    for place, row in _places("attack-counts", root):
        parts = sum(row[name] for name in ("iraq", "syria", "jordan") if pd.notna(row[name]))
        if parts > row["total"]:
            yield _fault(place, "total", row["total"], f"at least the sum of its parts, {parts:g}")
        day, total = last.get(row["counted_by"], ("", 0.0))
        if first_day(row["date"]) < day or row["total"] < total:
            yield _fault(place, "total", row["total"], f"no fewer and no earlier than {row['counted_by']} had before")
        last[row["counted_by"]] = (first_day(row["date"]), row["total"])


def _verdict_faults(root: Path) -> Iterator[str]:
    """Verdicts: no surer than the weakest fact they need; one of these bears on the sentence judged."""
    known = {fact["id"]: fact for _, fact in _places("facts", root)}
    for table in tables(root):
        if "confidence" not in fields(table, root):
            continue
        judged = {name: other for name, other in references(table, root).items() if other != "facts"}
        judged = {name: other for name, other in judged.items() if "locator" in fields(other, root)}
        at = {other: load(other, root).set_index("id")["locator"] for other in judged.values()}
        for place, row in _places(table, root):
            needed = [known[fact] for fact in row["needs"].split()]
            most = ceiling(needed)
            if CONFIDENCE.index(row["confidence"]) > CONFIDENCE.index(most):
                weak = ", ".join(f"{fact['id']} {fact['reliability']}{fact['credibility']}" for fact in needed)
                yield _fault(place, "confidence", row["confidence"], f"at most {most}, from {weak}")
            spoken = set(row.get("locator", "").split())
            spoken |= {
                sentence for name, other in judged.items() if other in at for sentence in at[other][row[name]].split()
            }
            if spoken and not spoken & {sentence for fact in needed for sentence in fact["locator"].split()}:
                sentences = " ".join(sorted(spoken))
                yield _fault(place, "needs", row["needs"], f"at least one fact that bears on {sentences}")


def _time_faults(root: Path) -> Iterator[str]:
    """Nothing is dated after the day to which the record reaches."""
    end = reach(root)["as_of"]
    for table in tables(root):
        names = [name for name, field in fields(table, root).items() if field.get("edtf") and name not in UNTIMELY]
        for place, row in _places(table, root) if names else ():
            for name in filter(row.get, names):
                if first_day(row[name]) > end:
                    yield _fault(place, name, row[name], f"until {end}, to which the record reaches")


def _use_faults(root: Path) -> Iterator[str]:
    """Each fact is used by a statement or verdict, or says why it is not."""
    used = used_facts(root)
    for place, row in _places("facts", root):
        if bool(used[row["id"]]) == bool(row["reason_unused"]):
            allowed = "empty, for it is used" if used[row["id"]] else "a reason, for no statement or verdict uses it"
            yield _fault(place, "reason_unused", row["reason_unused"], allowed)


def used_facts(root: Path = ROOT) -> dict[str, list[tuple[str, str]]]:
    """Return for each fact what rests on it: rows, as pairs of table and address, and chapters.

    A chapter that cites it is a pair of ``chapter`` and its name. A link to its sources alone is no use.
    """
    found = {at: [use for use in uses if use[0] != "fact-sources"] for at, uses in users("facts", root).items()}
    for path in sorted((root / "chapters").glob("*.md")):
        cited = {at for ids in CITED.findall(path.read_text("utf-8")) for at in ids.split()}
        for at in sorted(cited & set(found)):
            found[at].append(("chapter", path.stem))
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="List the facts that are due for another look.")
    parser.add_argument("--on", default=datetime.date.today().isoformat(), help="an ISO day; today if not given")
    day = parser.parse_args().on
    try:
        datetime.date.fromisoformat(day)
        due = stale(day)
    except (ValueError, DataError) as fault:
        raise SystemExit(f"--on {day}: {fault}") from None
    for fact in due.to_dict("records"):
        print(f"{fact['due']}  {fact['id']}  {fact['topic']}: {fact['statement']}")
    print(f"{len(due)} of {len(load('facts'))} facts are due on {day}. Next review: {reach()['next_review']}.")
