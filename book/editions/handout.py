"""A handout of two pages for a meeting, made of the data alone; its counts and answers are computed."""

from collections.abc import Iterable, Mapping
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from pikepdf import Pdf
from playwright.sync_api import sync_playwright

from book import weigh, weigh_views
from book.charts import listed
from book.citation import authors, citation
from book.data import NOT_STATED, load, package, scenarios, terms, the_brief
from book.editions.articles import BookMissing, edition
from book.editions.pdf import finished, launch, page_of, print_out
from book.tables import SIGNS, reached, reading, voice

STYLE = Path(__file__).with_name("handout.css")
OPENING = "On the brief's own argument, as coded,"
PAGES = 2
WATCHED = 5  # signposts, at most


def two_pages(book: Path) -> bytes:
    """Return the handout as a PDF of two pages.

    Raises:
        ValueError: it has grown beyond them, or shrunk.
    """
    sheet = book / "_static" / "book.css"
    if not sheet.is_file():
        raise BookMissing(f"there is no {sheet}; build the book first: make book")
    about = citation()
    title = f"{about['title']}: a handout"
    sides = (_question(about), _scenarios()), (_record(), _turning(), _signposts(), _limits(about))
    body = "".join(f'<div class="side">{"".join(parts)}</div>' for parts in sides)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        content = print_out(browser, page_of(title, body), [sheet, STYLE], {})
        browser.close()
    with Pdf.open(BytesIO(content)) as pdf:
        if len(pdf.pages) != PAGES:
            raise ValueError(
                f"the handout has {len(pdf.pages)} pages; allowed: {PAGES}. Choose fewer highlights, or shorten them."
            )
    return finished(content, title, about)


def _section(title: str, inner: str) -> str:
    """Return a part of the handout under its title."""
    return f"<section><h2>{title}</h2>{inner}</section>"


def _at(locators: str) -> str:
    """Return locators as they stand behind a statement."""
    return f'<span class="at">[{escape(locators.replace(" ", ", "))}]</span>' if locators else ""


def _question(about: Mapping[str, Any]) -> str:
    """Return the head of the first page: title, the question, whose brief it is, and the three voices."""
    brief, (one, other) = the_brief(), weigh.advised()
    marks = "".join(f"<li>{voice(name)} {what}</li>" for name, what in VOICES_SAY.items())
    return (
        f'<header><p class="about">{escape(about["title"])} · handout</p>'
        f"<h1>{escape(package()['subject'])}: {escape(other)}, or {escape(one)}?</h1>"
        f"<p>{escape(brief['author'])}, <cite>{escape(brief['title'])}</cite>, {escape(brief['publisher'])}, "
        f"{reading(brief['date'])}: what it says, how it has fared, and what would turn its conclusion."
        f'</p><ul class="marks">{marks}</ul></header>'
    )


VOICES_SAY = {
    "brief": "in our words, by sentence (the number of its paragraph, then its own)",
    "record": "public sources",
    "judgment": "our reading and counts",
}


def _scenarios() -> str:
    """Return the statements chosen from the brief, the scenarios side by side."""
    steps = load("consequences").set_index("id")
    chosen = load("highlights").join(steps[["scenario", "statement"]], on="consequence")
    rows = []
    for question, group in chosen.groupby("question", sort=False):
        cells = "".join(f"<td>{_said(group[group['scenario'] == name])}</td>" for name in scenarios())
        rows.append(f'<tr><th scope="row">{escape(str(question))}</th>{cells}</tr>')
    heads = "".join(f'<th scope="col">{escape(name.capitalize())}</th>' for name in scenarios())
    return _section(
        "The two scenarios, side by side",
        f'<table class="scenarios"><caption>{voice("brief")} Statements chosen by us.</caption>'
        f'<thead><tr><th scope="col">Question</th>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table>',
    )


def _said(rows: pd.DataFrame) -> str:
    """Return statements with their locators as a list."""
    items = [f"<li>{escape(row['statement'])} {_at(row['locator'])}</li>" for row in rows.to_dict("records")]
    return f"<ul>{''.join(items)}</ul>" if items else f"<em>{NOT_STATED}</em>"


def _bars(counts: Mapping[str, int], caption: str) -> str:
    """Return counts as a table with a bar each, which also tells in black and white."""
    most = max(*counts.values(), 1)
    rows = "".join(
        f'<tr><th scope="row"><span aria-hidden="true">{SIGNS.get(name, "")}</span> {escape(name)}</th><td>{count}</td>'
        '<td aria-hidden="true"><svg viewBox="0 0 100 8" preserveAspectRatio="none">'
        f'<rect width="{100 * count / most:.1f}" height="8"/></svg></td></tr>'
        for name, count in counts.items()
    )
    return f'<table class="bars"><caption>{caption}</caption><tbody>{rows}</tbody></table>'


def _tally(table: str, rows: Iterable[str]) -> dict[str, int]:
    """Return how often each verdict of a table was given, in the order of its vocabulary."""
    given = list(rows)
    return {name: given.count(name) for name in terms(table, "verdict")}


def _record() -> str:
    """Return how statements of fact and expectations of the brief have fared."""
    outcomes = load("outcomes")
    end = list(terms("outcomes", "at"))[-1]
    facts = _tally("checks", load("checks")["verdict"])
    expected = _tally("outcomes", outcomes.loc[outcomes["at"] == end, "verdict"])
    bars = [
        _bars(counts, f"{voice('judgment')} {sum(counts.values())} {what}")
        for counts, what in (
            (facts, "statements of fact, checked"),
            (expected, "expectations, at the end of the record"),
        )
    ]
    return _section(
        "How the brief has fared",
        f"<p>{voice('record')} {escape(reached())} It holds {len(load('facts'))} facts, each graded. "
        f"{voice('judgment')} The verdicts count statements as we cut them and are no mark for the brief; none says "
        f'that its advice was right or wrong.</p><div class="columns">{"".join(bars)}</div>',
    )


def _answers() -> str:
    """Return which course comes out ahead, with which sets of weights, where the codings agree."""
    one, other = weigh.advised()
    names = load("weightings").set_index("id")["name"]
    said = {
        "ahead": f"{one} comes out ahead of {other} for certain",
        "behind": f"{other} comes out ahead of {one} for certain",
        "open": "it stays open which is ahead",
    }
    groups: dict[str, list[str]] = {}
    for weights, found in weigh_views.answers().items():
        same = said.get(found[0], found[0]) if len(set(found)) == 1 else "the codings differ"
        groups.setdefault(same, []).append(f"“{names[weights]}”")
    return "; ".join(f"{text} with the weights {listed(sets)}" for text, sets in groups.items())


def _turning() -> str:
    """Return what follows from the argument as coded, and the premises without which the advice loses its ground."""
    premises, codings = load("premises"), len(weigh_views.codings())
    rows = "".join(
        f'<tr><th scope="row">{escape(row["label"])} {_at(row["locator"])}</th><td>{escape(row["if_false"])}</td>'
        f'<td><span aria-hidden="true">{SIGNS.get(row["verdict"], "")}</span> {escape(row["verdict"])}<br>'
        f"confidence {escape(row['confidence'])}</td></tr>"
        for row in premises[premises["effect"] == "reverses"].to_dict("records")
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("Premise", "What would show it false", "By the record"))
    return _section(
        "What would turn the conclusion",
        f"<p>{voice('judgment')} <strong>{OPENING}</strong> by each of {codings} codings: {escape(_answers())}. Open "
        f"means that it depends on what the brief leaves unsaid. {OPENING} the advice would lose its ground if one of "
        f'these premises failed:</p><table class="rows"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>',
    )


def watched() -> list[dict[str, Any]]:
    """Return the signposts of the brief to watch: for each path the first that points there and has something next."""
    signs = load("signposts")
    own = signs[(signs["basis"] == "brief") & (signs["next"] != "")]
    first = own.assign(path=own["toward"].str.split().str[0]).drop_duplicates("path")
    return list(first.to_dict("records"))[:WATCHED]


def _signposts() -> str:
    """Return the signposts to watch, each with what to watch next."""
    paths = load("paths").set_index("id")["name"]
    items = "".join(
        f"<li><strong>{escape(row['name'])}</strong> ({escape(row['id'])}; points toward "
        f"{escape(paths[row['path']])}). {escape(row['next'])}</li>"
        for row in watched()
    )
    return _section(
        "Signposts to watch",
        f'<p>{voice("judgment")} The first sign of the brief for each path.</p><ul class="signs">{items}</ul>',
    )


def _limits(about: Mapping[str, Any]) -> str:
    """Return the limits, and what this sheet was made from, when, and under which licence."""
    coded = package()["coded"]
    return _section(
        "Limits",
        f"<p>{voice('judgment')} {escape(coded['unreviewed'])}; {escape(coded['by'])} did it, under a "
        "fixed rubric. Every statement can be contested, and replies are printed. "
        f"{escape(', '.join(authors(about)))}. {edition(about)} {escape(reached())} "
        f"The brief’s opinions are its author’s. "
        f"Every row, source and grade stands in the book, <cite>{escape(about['title'])}</cite>{_where(about)}.</p>",
    )


def _where(about: Mapping[str, Any]) -> str:
    """Say where the book is: its address, once CITATION.cff has one."""
    address = about.get("url") or about.get("repository-code")
    return f": {escape(address)}" if address else ", which comes as pages, as PDF and as EPUB"
