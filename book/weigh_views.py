"""Views of the weighing, of the premises and of the signposts, as accessible HTML; parts as in :mod:`book.tables`."""

from collections.abc import Iterable, Mapping
from functools import cache
from html import escape
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from book import weigh
from book.charts import listed
from book.data import NOT_STATED, fields, load, package, path_of, records, row_id, scenarios, terms
from book.tables import (
    Html,
    actor_names,
    cell,
    chip,
    definition_list,
    fact_links,
    folded,
    framed,
    heading,
    link,
    locators,
    permalink,
    table_row,
    voice,
)
from book.views import grounds, verdict
from book.weigh_charts import said, span_in_words

CODINGS = {entry["name"]: entry["coding"] for entry in package()["resources"] if "coding" in entry}  # of the codings
BOTH = "both courses"
SPACINGS = {"wider at the end": (1, 2, 6), "narrower at the end": (1, 4, 5)}  # other values of the three steps


def first_coding() -> weigh.Coding:
    """Return the coding that the book shows first."""
    return next(iter(codings().values()))


def codings() -> dict[str, weigh.Coding]:
    """Return the codings of this book by name, the first one first."""
    return {name: _coded(table) for table, name in CODINGS.items()}


@cache
def _coded(table: str) -> weigh.Coding:
    """Read a coding once for a page, which asks for it in each of its tables."""
    return weigh.coding(load(table))


# --- the weighing ---------------------------------------------------------------------------------------


def controls(start: str) -> Html:
    """Return the sliders and lists that set the weights of the chart beside them, and the verdict in words.

    Without scripts the controls are not shown; the verdict is then that of the weights from which they start.

    Args:
        start: the set of weights from which the reader starts.
    """
    given = first_coding()
    names, own = actor_names(), weigh.weighting(start)
    sets = ""
    for row in records("weightings"):
        weights = weigh.weighting(row["id"])
        value = " ".join(f"{weights.get(at, 0):g}" for at in given.parties)
        chosen = " selected" if row["id"] == start else ""
        sets += f'<option value="{value}"{chosen}>{escape(row["name"])}</option>'
    used = "".join(f'<option value="{at}">{escape(name)}</option>' for at, name in enumerate(CODINGS.values()))

    def slider(signal: str, name: str, kind: str, value: float) -> str:
        low, high = weigh.LIMITS[kind]
        note = ' aria-describedby="weights-note"' if kind == "party" else ""
        return (
            f'<label><span>{escape(name)}</span> <input type="range" data-signal="{signal}" class="{kind}" '
            f'min="{low}" max="{high}" step="0.5" value="{value:g}"{note}> '
            f'<span data-shown aria-hidden="true">{value:g}</span></label>'
        )

    parties = "".join(
        slider(f"p{at}", names[party], "party", own.get(party, 0.0)) for at, party in enumerate(given.parties)
    )
    domains = "".join(slider(f"d{at}", domain.capitalize(), "domain", 1.0) for at, domain in enumerate(given.domains))
    answer = said(weigh.answer(given, own, *weigh.advised()), *weigh.advised())
    return Html(
        '<form class="controls" id="weights" aria-label="Set the weights" hidden>'
        f'<div class="choices"><label>Start from <select data-set>{sets}</select></label> '
        f'<label>Use the <select data-signal="coding">{used}</select></label> '
        '<button type="reset">Reset</button></div>'
        '<fieldset><legend>Parties: whose gains and losses count</legend><p id="weights-note">Below zero, what a party '
        f"gains counts as a loss.</p>{parties}</fieldset>"
        f"<fieldset><legend>Domains: what they gain or lose in</legend>{domains}</fieldset></form>"
        f'<p class="live-verdict" role="status" data-said>{voice("judgment")} {escape(answer)}</p>'
    )


def answers() -> dict[str, list[str]]:
    """Return the verdict for each set of weights, by its id, one for each coding in their order."""
    own, pair = list(codings().values()), weigh.advised()
    weights = {at: weigh.weighting(at) for at in load("weightings")["id"]}
    return {at: [weigh.answer(given, by_party, *pair) for given in own] for at, by_party in weights.items()}


def open_cells(weighting: str, stated: bool) -> list[str]:
    """Return the open cells that a set of weights counts, by the first coding: mixed ones, or those not stated."""
    given = first_coding()
    weights = weigh.listed_weights(given, weigh.weighting(weighting))
    return [
        cell_name(given.scenarios[at[0]], given.parties[at[1]], given.domains[at[2]])
        for at in given.cells()
        if weights[at[1:]] and given.high[at] > given.low[at] and bool(given.stated[at]) is stated
    ]


def silent_cells(given: weigh.Coding) -> tuple[int, int]:
    """Return how many cells of the pairs compared are silent, and how many of these are of the advised scenario."""
    silent = [at for at in given.cells() if not given.stated[at]]
    advised, _ = weigh.advised()
    return len(silent), sum(given.scenarios[at[0]] == advised for at in silent)


def certain(own: Iterable[weigh.Coding]) -> str:
    """Return the sets of weights with which the advised course is ahead under all of some codings."""
    names, given, pair = load("weightings").set_index("id")["name"], list(own), weigh.advised()
    ahead = [
        f"“{names[at]}”"
        for at in names.index
        if all(weigh.answer(one, weigh.weighting(at), *pair) == weigh.AHEAD for one in given)
    ]
    return listed(ahead) if ahead else "no set"


def better_for(scenario: str, coding: str) -> str:
    """Return for whom, and in what, a scenario is the better one by a coding."""
    frame, names = weigh.better(codings()[coding], *weigh.advised()), actor_names()
    own = frame[frame["better"] == scenario].to_dict("records")
    return "; ".join(f"{names[row['party']]}, {row['domain']}" for row in own) or "nobody"


def limits() -> Html:
    """Say what stands behind a chart of the weighing, and how not to quote it."""
    found = agreements()
    total = found.pop(BOTH)
    parts = " and ".join(f"{own['alike']} of {judged(own)} for {name}" for name, own in found.items())
    by = package()["coded"]
    return Html(
        f'<p class="limits">These are ordinal judgments by {escape(by["by"])} under a fixed rubric, not by '
        f"experts; steps count as equally wide. Of the {judged(total)} cells that at least one of two codings judges, "
        f"both give the same answer in {total['alike']}: {parts}. {escape(by['independence'])} "
        "Do not quote a score, a share or a likelihood. Say “on the brief's own argument, as coded,” and name "
        "the weights.</p>"
    )


def by_course(*pair: str) -> dict[str, list[pd.DataFrame]]:
    """Return the rows of two codings, by scenario and in all; of the first two if none are given."""
    frames = [load(table) for table in pair or list(CODINGS)[:2]]
    return {name: [own[own["scenario"] == name] for own in frames] for name in scenarios()} | {BOTH: frames}


def agreements() -> dict[str, dict[str, int]]:
    """Return how far the first two codings agree, by scenario and in all, as :func:`book.weigh.agreement` does."""
    return {name: weigh.agreement(*rows) for name, rows in by_course().items()}


def judged(found: Mapping[str, int]) -> int:
    """Return how many cells at least one of two codings judges."""
    return found["cells"] - found["neither"]


def agreement() -> Html:
    """Return how far each two codings agree, by scenario and in all."""
    heads = ["Cells under", "Judged by one or both", "By both", "Same answer", "One step apart", "Further", "Kappa"]
    body = []
    for pair in combinations(CODINGS, 2):
        for name, rows in by_course(*pair).items():
            found, kappa = weigh.agreement(*rows), weigh.kappa(*rows)["steps"]
            counts = [judged(found), *(found[at] for at in ("both", "alike", "one_step", "further"))]
            head = f"{escape(name.capitalize())} <span>{escape(' and '.join(CODINGS[at] for at in pair))}</span>"
            body.append(table_row([head, *map(str, counts), f"{kappa:.1f}"], heads))
    caption = "How far two codings agree; kappa is weighted by distance, over the cells that both judge"
    return framed("table-agreement", caption, heads, body, "judgment")


def reading_limits() -> Html:
    """Say what stands behind the readings of the signposts, and how not to quote them."""
    rows = load("signpost-readings")
    known = rows[rows["verdict"] != "not known"]
    low, by = int((known["confidence"] == "low").sum()), escape(package()["coded"]["by"])
    return Html(
        f'<p class="limits">Thresholds and readings are judgments by {by}, made once, not by experts, and not yet '
        f"compared with a second reading. Of {len(known)} that say something, {low} are of low confidence. Do not "
        "count signs against one another: we chose and divided them. Quote a sign with its threshold and its fact.</p>"
    )


def label(verdict: str, one: str, other: str, ahead: str = " ahead") -> str:
    """Return a verdict of :func:`book.weigh.verdict` as a chip, in the color of the scenario that is ahead."""
    if verdict in (weigh.AHEAD, weigh.BEHIND):
        name = one if verdict == weigh.AHEAD else other
        return chip(name, "scenario", f"{name}{ahead}")
    return chip(verdict, "verdict")


def results() -> Html:
    """Return the answer for each set of weights, under each coding, with the range of each scenario in words."""
    one, other = weigh.advised()
    names, parts = actor_names(), load("weights")
    heads = ["Who counts, and how much", *(f"By the {name}" for name in codings())]
    body = []
    for row in records("weightings"):
        own = parts[parts["weighting"] == row["id"]].to_dict("records")
        shares = ", ".join(
            f'<span id="{row_id("weights", share)}" data-row>{escape(names[share["party"]])} '
            f"{link(row_id('weights', share), format(share['weight'], 'g'))}</span>"
            for share in own
        )
        place = f" {locators(row['locator'])}" if row["locator"] else ""
        head = (
            f"{escape(row['name'])} {permalink(row_id('weightings', row))} "
            f"<span>{escape(row['reasoning'])}{place}</span><span>Weights: {shares}; each domain "
            f"once.</span>"
        )
        cells = [head]
        for given in codings().values():
            by_party = weigh.weighting(row["id"])
            weights = weigh.listed_weights(given, by_party)
            low, high = weigh.scores(given, weights)
            told = [
                f"{name.capitalize()}: {span_in_words(low[at], high[at])}." for at, name in enumerate(given.scenarios)
            ]
            found = weigh.answer(given, by_party, one, other)
            told += [against(given, weights, one, other)] if found == "open" else []
            items = "".join(f"<li>{escape(item)}</li>" for item in told)
            cells.append(f"{label(found, one, other)}<ul>{items}</ul>")
        body.append(table_row(cells, heads, row_id("weightings", row)))
    caption = "On the brief's own argument, as coded: which scenario comes out ahead, for each set of weights"
    return framed("table-weightings", caption, heads, body, "judgment", path_of("weightings"))


def against(given: weigh.Coding, weights: np.ndarray, one: str, other: str) -> str:
    """Say how many of the open cells must fall against each of two scenarios before it is not ahead."""
    (first, count), (second, _) = (weigh.adverse(given, weights, *pair) for pair in ((one, other), (other, one)))
    return (
        f"Open cells: {count}. Take all of them at their best for one course and turn them to their worst, the "
        f"heaviest first: {one} stops being ahead at number {first}, {other} at number {second}. No likelihoods."
    )


def sensitivity() -> Html:
    """Return the answer for each set of weights and coding under other assumptions than those of this chapter."""
    one, other = weigh.advised()
    heads = ["Weights, coding", "As coded", "Silent: at most marked", "Silent: at most slight"]
    heads += ["Pairs stated under both", "Every pair", *(f"Steps {name}" for name in SPACINGS)]
    tried = {}
    for table, name in CODINGS.items():
        given = weigh.coding(load(table))
        tried[name] = [given, given.silent_within(2), given.silent_within(1), given.both_stated(), given.every_pair()]
        for values in SPACINGS.values():
            steps = dict(zip(weigh.STEPS, (0, *values), strict=True))
            tried[name].append(weigh.coding(load(table), steps=steps))
    body = []
    for row in records("weightings"):
        by_party = weigh.weighting(row["id"])
        for name, own in tried.items():
            found = [label(weigh.answer(at, by_party, one, other), one, other, "") for at in own]
            body.append(table_row([f"{escape(row['name'])} <span>{escape(name)}</span>", *found], heads))
    caption = "On the brief's own argument, as coded: which course is ahead under other assumptions"
    return framed("table-sensitivity", caption, heads, body, "judgment")


def coded(row: Mapping[str, Any]) -> str:
    """Return direction and strength of a coded cell."""
    steps = [f"{side}: {row[side]}" for side in ("gain", "loss") if row[side]]
    return f"{chip(row['direction'], 'direction')} {escape(', '.join(steps))}".rstrip()


def cells() -> Html:
    """Return the first coding, pair by pair: each scenario's judgment with its grounds, and which one is better."""
    one, other = weigh.advised()
    rows = {(row["scenario"], row["party"], row["domain"]): row for row in records("cells")}
    hedges, names = load("consequences").set_index("id")["hedge"], actor_names()
    heads = ["Whose, in what", *(name.capitalize() for name in scenarios()), "Better"]

    def judgment(row: Mapping[str, Any] | None) -> str:
        if row is None:
            return f'<span class="empty">{NOT_STATED}</span>'
        steps = ", ".join(
            f'{link(at, at)} <span class="hedge">{cell("consequences", "hedge", hedges[at])}</span>'
            for at in row["consequences"].split()
        )
        when = "" if row["horizon"] == NOT_STATED else f", {escape(row['horizon'])}"
        return (
            f'<div id="{row["id"]}" data-row>{link(row["id"], row["id"])} {coded(row)}{when}'
            f"<details><summary>Why</summary><p>{escape(row['reasoning'])}</p>{_doubt(row)}"
            f"<p>{steps} {locators(row['locator'])}</p></details></div>"
        )

    body = []
    for pair in weigh.better(first_coding(), one, other).to_dict("records"):
        party, domain, result = pair["party"], pair["domain"], pair["better"]
        head = f"{link(f'actor/{party}', names[party])} <span>{escape(domain)}</span>"
        last = chip(result, "scenario") if result in (one, other) else escape(result)
        own = [judgment(rows.get((scenario, party, domain))) for scenario in scenarios()]
        body.append(table_row([head, *own, last], heads, marks={"better": result, "party": names[party]}))
    caption = "What each scenario brings to whom, in what: the first coding"
    return framed("table-cells", caption, heads, body, "judgment", path_of("cells"), ["better", "party"])


def _doubt(row: Mapping[str, Any]) -> str:
    """Return what a later reading disputes about a coded cell, if anything."""
    head = heading(fields("cells")["doubt"])
    return f"<p>{escape(head)}: {escape(row['doubt'])}</p>" if row["doubt"] else ""


def disputed() -> list[str]:
    """Return the ids of the cells of both codings that a later reading disputes."""
    return [at for table in CODINGS for at in load(table).query("doubt != ''")["id"]]


def tally(coding: str = "first coding") -> pd.DataFrame:
    """Return in how many pairs which scenario is better: a row a party; columns scenarios, ``equal``, ``open``."""
    one, other = weigh.advised()
    frame = weigh.better(codings()[coding], one, other)
    found = pd.crosstab(frame["party"], frame["better"]).reindex(columns=[one, other, "equal", "open"], fill_value=0)
    return found.reindex(weigh.parties(), fill_value=0)


def by_party() -> Html:
    """Return for each party in how many domains which scenario is better, and which one is no worse anywhere."""
    one, other = weigh.advised()
    names, counts = actor_names(), {name: tally(name) for name in codings()}
    heads = ["For whom", *(f"{name.capitalize()} better" for name in (one, other)), "Equal", "Open"]
    heads.append("Certain not to be worse in any of them")
    best = {
        name: {first: weigh.no_worse(given, first, rival) for first, rival in ((one, other), (other, one))}
        for name, given in codings().items()
    }
    body = []
    for party in weigh.parties():
        for name, certain in best.items():
            last = " ".join(chip(first, "scenario") for first, whom in certain.items() if party in whom)
            row = [str(count) for count in counts[name].loc[party]]
            body.append(
                table_row(
                    [f"{escape(names[party])} <span>{escape(name)}</span>", *row, last or "cannot be told"], heads
                )
            )
    caption = "On the brief's own argument, as coded: in how many domains which course is the better one"
    return framed("table-by-party", caption, heads, body, "judgment")


def further() -> Html:
    """Return every coding after the first, folded away, each judgment with its reasoning."""
    names = actor_names()
    heads = ["Cell", "Scenario", "Whose, in what", "Judgment", "Why"]
    parts = []
    for table, name in list(CODINGS.items())[1:]:
        body = []
        for row in records(table):
            cells = [
                link(row["id"], row["id"]),
                chip(row["scenario"], "scenario"),
                f"{escape(names[row['party']])}, {escape(row['domain'])}",
                f"{coded(row)}, {escape(row['horizon'])}",
                f"{escape(row['reasoning'])} {locators(row['locator'])}{_doubt(row)}",
            ]
            body.append(table_row(cells, heads, row["id"]))
        caption = f"The {name}, made without sight of the first"
        box = framed(f"table-{table}", caption, heads, body, "judgment", path_of(table))
        parts.append(folded(f"{caption}: {len(body)} cells", box))
    return Html("".join(parts))


def disagreements() -> Html:
    """Return every cell that the codings do not all judge alike."""
    frames = [load(table).set_index(list(weigh.KEY)) for table in CODINGS]
    order = [tuple(at) for at in weigh.template()[list(weigh.KEY)].itertuples(index=False)]
    heads = ["Cell", *(name.capitalize() for name in CODINGS.values())]
    body = []
    for scenario, party, domain in order:
        found = [
            frame.loc[(scenario, party, domain)].to_dict() if (scenario, party, domain) in frame.index else None
            for frame in frames
        ]
        steps = [row and (row["direction"], row["gain"], row["loss"]) for row in found]
        if len(set(steps)) > 1:
            silent = f'<span class="empty">{NOT_STATED}</span>'
            told = [f"{coded(row)} {link(row['id'], row['id'])}" if row else silent for row in found]
            body.append(table_row([escape(cell_name(scenario, party, domain)), *told], heads))
    caption = "Every cell on which the codings differ"
    return framed("table-disagreements", caption, heads, body, "judgment")


def reused(least: int = 4) -> str:
    """Return the sentences on which at least so many cells of the first coding rest, with their number."""
    count = pd.Series([at for cell in load("cells")["locator"] for at in cell.split()]).value_counts()
    order = [at for at in load("sentences")["locator"] if count.get(at, 0) >= least]
    return ", ".join(f"{at} ({count[at]})" for at in sorted(order, key=lambda at: -count[at]))


def hedges() -> Html:
    """Return the brief's hedge words in order of strength, with the cells that rest on each."""
    word = load("consequences").set_index("id")["hedge"]
    heads = ["The brief's word", "What it states", "Cells of the first coding that rest on such a step"]
    rows = records("cells")
    body = []
    for hedge, meaning in terms("consequences", "hedge").items():
        own = [row["id"] for row in rows if hedge in {word[step] for step in row["consequences"].split()}]
        shown = locators(" ".join(own)) or '<span class="empty">none</span>'
        body.append(table_row([cell("consequences", "hedge", hedge), escape(meaning), shown], heads))
    caption = "The brief's hedge words, weakest first; no probability is attached to them"
    return framed("table-hedges", caption, heads, body, "judgment")


# --- what would change the conclusion --------------------------------------------------------------------


def turning() -> Html:
    """Return for each set of weights and coding the answer and the least that would change it."""
    one, other = weigh.advised()
    heads = ["Weights, coding", "Answer", "One-step changes of cells", "Points of weight"]
    heads += ["Single cells: judged silent", "Single cells: as another coding has them"]
    body = []
    for row in records("weightings"):
        by_party = weigh.weighting(row["id"])
        for name, given in codings().items():
            weights = weigh.listed_weights(given, by_party)
            now = weigh.answer(given, by_party, one, other)
            rivals = [coding for at, coding in codings().items() if at != name]
            steps, points = {}, {}
            for goal, text in changes(now, one, other).items():
                steps[text] = weigh.recodings(given, weights, one, other, goal)
                least = weigh.reweighting(given, by_party, one, other, goal)
                points[text] = _points(least, strict=goal in (weigh.AHEAD, weigh.BEHIND))
            as_others = [at for rival in rivals for at in weigh.turners(given, weights, one, other, rival)]
            singles = [weigh.turners(given, weights, one, other), list(dict.fromkeys(as_others))]
            cells = [f"{escape(row['name'])} <span>{escape(name)}</span>", label(now, one, other)]
            cells += [_least(steps), _least(points), *map(_singles, singles)]
            body.append(table_row(cells, heads))
    caption = "On the brief's own argument, as coded: the least that would change the answer"
    return framed("table-turning", caption, heads, body, "judgment")


def _singles(found: list[tuple[str, str, str]]) -> str:
    """Return how many single cells turn the answer, and which, folded away."""
    if not found:
        return "none"
    items = "".join(f"<li>{escape(cell_name(*at))}</li>" for at in found)
    count = "1 cell turns it" if len(found) == 1 else f"{len(found)} cells turn it"
    return f"<details><summary>{count}</summary><ul>{items}</ul></details>"


def cell_name(scenario: str, party: str, domain: str) -> str:
    """Return the name of a cell: ``SCENARIO: PARTY, DOMAIN``."""
    return f"{scenario}: {actor_names()[party]}, {domain}"


def changes(now: str, one: str, other: str) -> dict[str, str]:
    """Return what a verdict can change to, as goals of :data:`book.weigh.GOALS` with their words."""
    lost = {weigh.AHEAD: {"not ahead": "no longer sure"}, weigh.BEHIND: {"not behind": "no longer sure"}}
    sure = {weigh.AHEAD: f"{one} ahead for sure", weigh.BEHIND: f"{other} ahead for sure"}
    return lost.get(now, {}) | {goal: text for goal, text in sure.items() if goal != now}


def _least(found: Mapping[str, float | None]) -> str:
    """Return the least amounts that reach each change."""
    return definition_list((text, "not in this way" if at is None else f"{at:g}") for text, at in found.items())


def _points(least: float | None, strict: bool) -> float | None:
    """Return points of weight in steps of a slider, half a point each; a strict goal lies past the point itself."""
    if least is None:
        return None
    return float(np.floor(least * 2 + weigh.TINY) + 1 if strict else np.ceil(least * 2 - weigh.TINY)) / 2


@cache
def failures(table: str = "cells") -> pd.DataFrame:
    """Return for each set of weights the premises with the margin of the advised course if each failed.

    Args:
        table: the coding, ``cells`` or ``cells-second``; all else stays as coded.

    Returns:
        The rows of premises, once for each set (``weighting``, its id), with ``low`` and ``high`` (steps; not a
        number where no cell rests on the premise) and ``answer``, the verdict then. A first row with an empty id
        stands for the argument as coded.
    """
    one, other = weigh.advised()
    frame, given, resting = load("premises"), _coded(table), set(load("premise-cells")["premise"])
    base = pd.DataFrame([{"id": "", "label": "All as coded", "verdict": "", "effect": ""}])
    frame = pd.concat([base, frame], ignore_index=True).fillna("")
    tried = {at: weigh.without(given, at) for at in frame["id"] if at in resting or not at}
    sets = list(load("weightings")["id"])
    weights = np.stack([weigh.listed_weights(given, weigh.weighting(at)) for at in sets])
    margins = {at: weigh.margin(coding, weights, one, other) for at, coding in tried.items()}
    nothing = np.full((2, len(sets)), np.nan)
    low, high = np.stack([margins.get(at, nothing) for at in frame["id"]]).transpose(1, 2, 0)  # set by premise
    every = pd.concat([frame.assign(weighting=at) for at in sets], ignore_index=True)
    every = every.assign(low=low.ravel(), high=high.ravel())
    answers = map(weigh.verdict, every["low"], every["high"])
    return every.assign(answer=[now if at in tried else "" for now, at in zip(answers, every["id"], strict=True)])


def turned_by(frame: pd.DataFrame) -> pd.DataFrame:
    """Return those rows of :func:`failures` in which the answer is not that of the argument as coded."""
    now = frame[frame["id"] == ""].set_index("weighting")["answer"]
    return frame[(frame["answer"] != "") & (frame["answer"] != frame["weighting"].map(now))]


def premises() -> Html:
    """Return every premise: what would show it false, what then becomes of the advice, and what the record says."""
    one, other = weigh.advised()
    known = fields("premises")
    recoded, ids = load("premise-cells"), load("cells").set_index(list(weigh.KEY))["id"]
    titles, names = load("weightings").set_index("id")["name"], actor_names()
    turns = pd.concat([turned_by(failures(table)).assign(coding=name) for table, name in CODINGS.items()])
    heads = ["Premise", heading(known["if_false"]), "Then", "What the record says"]
    body = []
    for row in records("premises"):
        head = (
            f"{link(row['id'], row['id'])} {escape(row['label'])} <span>{escape(row['statement'])}</span>"
            f"<span>{escape(row['kind'])} {locators(row['claims'])} {locators(row['locator'])}</span>"
        )
        items = "".join(
            f'<li id="{row_id("premise-cells", change)}" data-row>{_named(change, names, ids)}: {coded(change)}. '
            f"{escape(change['reasoning'])} {permalink(row_id('premise-cells', change))}</li>"
            for change in recoded[recoded["premise"] == row["id"]].to_dict("records")
        )
        turned = [
            f"<li>{escape(titles[turn['weighting']])}, {escape(turn['coding'])}: "
            f"{label(turn['answer'], one, other)}</li>"
            for turn in turns[turns["id"] == row["id"]].to_dict("records")
        ]
        shift = f"<p>By the cells the answer changes:</p><ul>{''.join(turned)}</ul>" if turned else UNCHANGED
        by_cells = f"{shift}<details><summary>The cells, recoded</summary><ul>{items}</ul></details>" if items else ""
        then = f"<p>By the argument the advice {escape(EFFECTS[row['effect']])}</p>{by_cells}"
        record = (
            f"{verdict(row)}<p>{escape(row['record'])}</p><details><summary>Facts and confidence</summary>"
            f"<p>Why this confidence: {escape(row['confidence_reason'])}</p>{grounds(row)}</details>"
        )
        marks = {"kind": row["kind"], "record": row["verdict"]}
        body.append(table_row([head, escape(row["if_false"]), then, record], heads, row["id"], marks))
    caption = "What the advice rests on, what would show it false, and what the record says"
    return framed("table-premises", caption, heads, body, "judgment", path_of("premises"), ["kind", "record"])


def _named(change: Mapping[str, Any], names: Mapping[str, str], ids: pd.Series) -> str:
    """Return the name of a cell, linked to the first coding where that judges it."""
    key = tuple(change[name] for name in weigh.KEY)
    text = f"{change['scenario']}: {names[change['party']]}, {change['domain']}"
    return link(ids[key], text) if key in ids.index else escape(text)


UNCHANGED = "<p>By the cells no answer changes.</p>"
EFFECTS = {"reverses": "loses its ground.", "weakens": "is weakened; other premises still carry it.", "none": "stands."}


# --- signposts --------------------------------------------------------------------------------------------


def signposts(basis: str) -> Html:
    """Return the signposts of one basis: indicator, threshold, where to watch, what next; folded, every reading."""
    known, meaning = fields("signposts"), terms("signposts", "basis")[basis]
    readings = load("signpost-readings")
    paths = load("paths").set_index("id")["name"]
    heads = ["Sign", heading(known["threshold"]), "Where to watch; what to watch next, and why", "Read by quarter"]
    body = []
    frame = load("signposts")
    for row in frame[frame["basis"] == basis].to_dict("records"):
        toward = "; ".join(f"{link(at, at)} {escape(paths[at])}" for at in row["toward"].split())
        place = f" {locators(row['locator'])}" if row["locator"] else ""
        head = (
            f"{link(row['id'], row['id'])} {escape(row['name'])} <span>{escape(row['indicator'])}{place}</span>"
            f"<span>Points toward: {toward}</span>"
        )
        since = f"<p>Taken from {fact_links(row['threshold_facts'])}</p>" if row["threshold_facts"] else ""
        further = f"<p><strong>Next:</strong> {escape(row['next'])}</p>" if row["next"] else ""
        own = readings[readings["signpost"] == row["id"]].to_dict("records")
        items = "".join(
            f'<li id="{row_id("signpost-readings", one)}" data-row>{link(row_id("signpost-readings", one), one["at"])} '
            f"{_read(one)}</li>"
            for one in own
        )
        states = pd.Series([one["verdict"] for one in own]).value_counts()
        count = ", ".join(
            f"{states[state]} {state}" for state in terms("signpost-readings", "verdict") if state in states
        )
        cells = [
            head,
            f"<p>{escape(row['threshold'])}</p>{since}",
            f"<p>{escape(row['where'])}</p>{further}",
            f"<p>Last: {chip(own[-1]['verdict'], 'verdict')}</p>"
            f"<details><summary>{count}</summary><ul>{items}</ul></details>",
        ]
        body.append(table_row(cells, heads, row["id"], {"last": own[-1]["verdict"]}))
    name = f"table-signposts-{basis}"
    return framed(name, meaning, heads, body, "judgment", path_of("signposts"), ["last"])


def _read(row: Mapping[str, Any]) -> str:
    """Return a reading: state, what the record says, facts; nothing but the state where it is not known."""
    if not row["reading"]:
        return chip(row["verdict"], "verdict")
    facts = " ".join(filter(None, (row["needs"], row["facts"])))
    return f"{verdict(dict(row))} {escape(row['reading'])} {fact_links(facts)}"


def quarters_of(signpost: str) -> str:
    """Return the quarters in which a signpost was crossed, those of low confidence marked."""
    rows = records("signpost-readings")
    own = [row for row in rows if row["signpost"] == signpost and row["verdict"] == "crossed"]
    return ", ".join(f"{row['at']}{' with low confidence' if row['confidence'] == 'low' else ''}" for row in own)
