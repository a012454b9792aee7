"""Charts of the weighing and of the signposts; the looks and the helpers are those of :mod:`book.charts`."""

import json
import math
from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from book import weigh
from book.charts import PALETTE, Chart, colours, finish, listed, scenario_scale, up_to
from book.data import load, lookup, row_id, scenarios, terms, the_brief
from book.tables import actor_names, place_of, reading
from book.verdict_charts import INKS, MARKS

WORDS = {-3: "fundamentally worse", -2: "markedly worse", -1: "slightly worse", 0: "about as before"}
WORDS |= {1: "slightly better", 2: "markedly better", 3: "fundamentally better"}
OPENING = "On the brief's own argument, as coded, and with these weights,"
WHATEVER = "whatever may stand in the open cells of the pairs of which the brief speaks"
SAID = {
    "ahead": "{one} comes out ahead of {other}, " + WHATEVER + ".",
    "behind": "{other} comes out ahead of {one}, " + WHATEVER + ".",
    "level": "{one} and {other} come out level.",
    "open": "it stays open whether {one} or {other} comes out ahead: that depends on what stands in the open cells.",
    "nothing weighed": "nothing is weighed. Give a party and a domain some weight.",
}


def in_words(value: float) -> str:
    """Return the step nearest to a value from -3 to 3; scores carry no more digits than the coding."""
    return WORDS[math.floor(value + 0.5)]  # as the chart's own language rounds


def span_in_words(low: float, high: float) -> str:
    """Return a range of values as the steps nearest to its ends."""
    if math.isnan(low):
        return "not weighed"
    first, last = in_words(low), in_words(high)
    return first if first == last else f"from {first} to {last}"


def said(verdict: str, one: str, other: str) -> str:
    """Return the sentence that a verdict of :func:`book.weigh.verdict` stands for."""
    return f"{OPENING} {SAID[verdict].format(one=one, other=other)}"


def signals(
    codings: Mapping[str, weigh.Coding],
    by_party: weigh.Weights,
    by_domain: weigh.Weights,
    one: str,
    other: str,
) -> list[Any]:
    """Return the weighing as parameters of a chart: what can be set, and what follows, as expressions.

    ``p0``, ``p1`` ... are the weights of the parties, ``d0`` ... those of the domains, ``coding`` is the place
    of the coding that is used; ``low0``, ``high0`` ... are the scores of the scenarios and ``said`` is the
    verdict in words. :mod:`book.weigh` does the same; the tests hold the two together.
    """
    first = next(iter(codings.values()))
    found = [alt.param(name="coding", value=0)]
    found += [alt.param(name=f"p{at}", value=by_party.get(party, 0)) for at, party in enumerate(first.parties)]
    found += [alt.param(name=f"d{at}", value=by_domain.get(name, 0)) for at, name in enumerate(first.domains)]

    def of_codings(parts: list[str]) -> str:
        return f"[{', '.join(parts)}][coding]"

    def weighted(given: weigh.Coding, party: int, values: Any) -> str:
        own = [f"{values[domain]:g}*d{domain}" for domain in range(len(given.domains)) if given.spoken[party, domain]]
        return "+".join(own).replace("+-", "-") or "0"

    def counted(given: weigh.Coding, party: int) -> str:
        return weighted(given, party, [1] * len(given.domains))

    def total(given: weigh.Coding) -> str:
        return "+".join(f"abs(p{at})*(({counted(given, at)})>0)" for at in range(len(given.parties)))

    def score(given: weigh.Coding, scenario: int, up: Any, down: Any) -> str:
        """A party's share: its weight times the mean over its domains, nothing where these have no weight."""
        return "+".join(
            f"p{at}*(p{at}>0?{weighted(given, at, up[scenario, at])}:{weighted(given, at, down[scenario, at])})"
            f"/max({weigh.TINY},{counted(given, at)})"
            for at in range(len(given.parties))
        )

    found.append(alt.param(name="total", expr=of_codings([total(given) for given in codings.values()])))
    for at in range(len(first.scenarios)):
        low = of_codings([score(given, at, given.low, given.high) for given in codings.values()])
        high = of_codings([score(given, at, given.high, given.low) for given in codings.values()])
        found += [
            alt.param(name=f"low{at}", expr=f"({low})/total"),
            alt.param(name=f"high{at}", expr=f"({high})/total"),
        ]
    this, that = first.scenarios.index(one), first.scenarios.index(other)
    least, most = f"low{this}-high{that}", f"high{this}-low{that}"
    text = {name: json.dumps(said(name, one, other)) for name in SAID}
    found.append(
        alt.param(
            name="said",
            expr=f"total==0?{text['nothing weighed']}:{least}>{weigh.TINY}?{text['ahead']}:{most}<-{weigh.TINY}?"
            f"{text['behind']}:max(abs({least}),abs({most}))<={weigh.TINY}?{text['level']}:{text['open']}",
        )
    )
    return found


def ranges(
    codings: Mapping[str, weigh.Coding],
    by_party: weigh.Weights,
    one: str,
    other: str,
    by_domain: weigh.Weights | None = None,
) -> Chart:
    """Return the range of each scenario's score, from worst to best filling of the open cells, for weights to move.

    Args:
        codings: codings of the same cells by name, the one shown first at the top.
        by_party, by_domain: weights from which the reader starts; every domain counts once if none are given.
    """
    first = next(iter(codings.values()))
    by_domain = dict.fromkeys(first.domains, 1.0) if by_domain is None else by_domain
    frame = pd.DataFrame({"scenario": first.scenarios, "at": range(len(first.scenarios))})
    pick = {end: f"[{', '.join(f'{end}{at}' for at in range(len(frame)))}][datum.at]" for end in ("low", "high")}
    words = json.dumps([WORDS[at] for at in sorted(WORDS)])
    place = {end: f"{words}[round(datum.{end})+3]" for end in pick}
    base = (
        alt.Chart(frame)
        .transform_calculate(**pick)
        .transform_filter("isFinite(datum.low)")
        .transform_calculate(
            words=f"{place['low']}=={place['high']}?{place['low']}:{place['low']}+' to '+{place['high']}"
        )
    )
    labels = "split({'-3':'fundamentally\\nworse','0':'as\\nbefore','3':'fundamentally\\nbetter'}[datum.value],'\\n')"
    x = alt.X(
        "low:Q",
        title=None,
        scale=alt.Scale(domain=[weigh.WORST, weigh.BEST], nice=False),
        axis=alt.Axis(values=[-3, 0, 3], labelExpr=labels, labelFlush=True, grid=True, format="d"),
    )
    y = alt.Y("scenario:N", sort=first.scenarios, axis=None, scale=alt.Scale(paddingInner=0.5))
    tooltip = [alt.Tooltip("scenario:N"), alt.Tooltip("words:N")]
    bars = base.mark_rule(strokeWidth=14, opacity=0.85).encode(
        x=x, x2="high:Q", y=y, color=alt.Color("scenario:N", scale=scenario_scale(), legend=None), tooltip=tooltip
    )
    ends = [
        base.mark_point(shape="stroke", angle=90, size=300, strokeWidth=3, opacity=1).encode(
            x=alt.X(f"{end}:Q"), y=y.copy(), color=alt.Color("scenario:N", scale=scenario_scale(), legend=None)
        )
        for end in pick
    ]
    names = base.mark_text(align="left", dy=-22, fontWeight="bold").encode(
        x=alt.value(0), y=y.copy(), text="scenario:N"
    )
    words_below = base.mark_text(align="left", dy=22).encode(x=alt.value(0), y=y.copy(), text="words:N")
    parts, rows, answers = [], [], []
    for name, given in codings.items():
        weights = weigh.listed_weights(given, by_party, by_domain)
        low, high = weigh.scores(given, weights)
        spans = listed(f"{scenario} {span_in_words(low[at], high[at])}" for at, scenario in enumerate(given.scenarios))
        verdict = weigh.verdict(*map(float, weigh.margin(given, weights, one, other)))
        parts.append(f"{name.capitalize()}: {spans}.")
        answers.append(verdict)
        rows += [
            {
                "coding": name,
                "scenario": scenario,
                "low": span_in_words(low[at], low[at]),
                "high": span_in_words(high[at], high[at]),
            }
            for at, scenario in enumerate(given.scenarios)
        ]
    day = reading(the_brief()["date"])
    told = [
        said(answer, one, other).replace(" as coded,", f" as coded ({listed(own)}),")
        for answer in dict.fromkeys(answers)
        if (own := [name for name, found in zip(codings, answers, strict=True) if found == answer])
    ]
    description = " ".join([*told, f"Against the situation of {day}:", *parts])
    chart = (bars + ends[0] + ends[1] + names + words_below).add_params(
        *signals(codings, by_party, by_domain, one, other)
    )
    columns = {"coding": "Coding", "scenario": "Scenario", "low": "At worst", "high": "At best"}
    return finish(chart.properties(usermeta={"controls": "weights"}), description, 84 * len(frame), columns, rows)


def margin_axis(limit: float, one: str) -> alt.X:
    """Return the axis of the margin of one scenario in steps, told in words alone, for the field ``low``."""
    return alt.X(
        "low:Q",
        title=f"{one.capitalize()} is",
        scale=alt.Scale(domain=[-limit, limit], nice=False),
        axis=alt.Axis(
            values=[-limit, 0, limit],
            orient="top",
            offset=14,
            titleAnchor="start",
            labelFlush=True,
            grid=False,
            labelExpr="datum.value<0?'← behind':datum.value>0?'ahead →':'level'",
        ),
    )


def level(limit: float, one: str) -> alt.Chart:
    """Return the line at which neither scenario is ahead."""
    at = alt.Chart(pd.DataFrame({"low": [0.0]}))
    return at.mark_rule(color=PALETTE["border"]).encode(x=margin_axis(limit, one))


def swings(frame: pd.DataFrame, base: tuple[float, float], one: str, other: str, count: int = 14) -> Chart:
    """Return the inputs that move the answer most: the range of the margin with each at its two ends.

    Args:
        frame: as :func:`book.weigh.swings` gives it, the widest first.
        base: the margin with all as coded, from its least to its most, in steps.
        count: how many of its rows are shown.
    """
    names = actor_names()
    ends = {"as coded": "as coded", "against": f"cell against {one}", "for": f"cell in favor of {one}"}
    ends |= {"nothing": "weight at nothing", "most": "weight at its most"}
    rows = [{"input": "All as coded", "end": ends["as coded"], "low": base[0], "high": base[1]}]
    for row in frame.head(count).to_dict("records"):
        cell = row["kind"] == "cell"
        what = f"Weight of {names.get(row['party'], row['domain'])}"
        if cell:
            what = f"{row['scenario'].capitalize()}: {names[row['party']]}, {row['domain']}"
        for end, name in (("from", "against" if cell else "nothing"), ("to", "for" if cell else "most")):
            rows.append({"input": what, "end": ends[name], "low": row[f"{end}_low"], "high": row[f"{end}_high"]})
    own = pd.DataFrame(rows)
    order, values = list(dict.fromkeys(own["input"])), list(ends.values())
    limit = float(max(own["high"].max(), -own["low"].min())) * 1.05
    y = alt.Y("input:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0.45))
    bars = (
        alt.Chart(own)
        .mark_rule(strokeWidth=5)
        .encode(
            x=margin_axis(limit, one),
            x2="high:Q",
            y=y,
            yOffset=alt.YOffset("end:N", sort=[values[1], values[3], values[0], values[2], values[4]]),
            color=alt.Color(
                "end:N",
                scale=colours(values, ["both", "worse", "better", "mixed", "unclear"]),
                legend=alt.Legend(columns=1),
            ),
            strokeDash=alt.StrokeDash(
                "end:N", scale=alt.Scale(domain=values, range=[[1, 0], [4, 2], [1, 0], [2, 2], [8, 2]])
            ),
            tooltip=[alt.Tooltip("input:N"), alt.Tooltip("end:N")],
        )
    )
    labels = (
        alt.Chart(pd.DataFrame({"input": order}))
        .mark_text(align="left", dy=-17, fontSize=12)
        .encode(x=alt.value(0), y=y.copy(), text="input:N")
    )
    ahead = int(((frame["from_low"] > weigh.TINY) | (frame["to_low"] > weigh.TINY)).sum())
    behind = int(((frame["from_high"] < -weigh.TINY) | (frame["to_high"] < -weigh.TINY)).sum())
    description = (
        f"{order[1]} moves the margin of {one} over {other} most. Of {len(frame)} inputs, {ahead} at one end put {one} "
        f"ahead whatever the open cells hold, {behind} put {other} ahead so. Shown are the {len(order) - 1} that move "
        "most, each at its two ends, all else as coded."
    )
    columns = {"input": "Input", "end": "End", "low": "Margin at worst, steps", "high": "Margin at best, steps"}
    return finish(level(limit, one) + bars + labels, description, 48 * len(order), columns)


@up_to(by="label")
def premises(frame: pd.DataFrame, one: str, other: str) -> Chart:
    """Return the margin if each premise failed, for some sets of weights, with what the record says of it.

    Args:
        frame: rows of the table premises, one for each set of weights (``weighting``, its name), with ``low`` and
            ``high``, the margin in steps if the premise failed; not a number where no cell rests on it. The first
            row of a set may be the argument as coded, with an empty verdict.
    """
    values = list(terms("premises", "verdict"))
    limit = float(max(frame["high"].max(), -frame["low"].min())) * 1.05
    order, sets = list(dict.fromkeys(frame["label"])), list(dict.fromkeys(frame["weighting"]))
    y = alt.Y("label:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0.45))
    base = alt.Chart(frame[["id", "label", "verdict", "effect", "weighting", "low", "high"]])
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("id", "label", "effect", "verdict", "weighting")]
    bars = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=6)
        .encode(
            x=margin_axis(limit, one),
            x2="high:Q",
            y=y,
            yOffset=alt.YOffset("weighting:N", sort=sets),
            stroke=alt.Stroke(
                "weighting:N",
                scale=colours(sets, ["both", "second", "mixed"][: len(sets)]),
                legend=alt.Legend(columns=1, symbolType="stroke"),
            ),
            strokeDash=alt.StrokeDash(
                "weighting:N", scale=alt.Scale(domain=sets, range=[[1, 0], [4, 2], [8, 2]][: len(sets)])
            ),
            tooltip=tooltip,
        )
    )
    once = frame.drop_duplicates("label")
    heads = alt.Chart(once[["label", "verdict", "low"]])
    none = (
        heads.transform_filter("!isValid(datum.low)")
        .mark_text(align="left", fontSize=12, color=PALETTE["muted"])
        .encode(x=alt.value(16), y=y.copy(), text=alt.value("no cell rests on it"))
    )
    labels = heads.mark_text(align="left", dy=-18, fontSize=12).encode(x=alt.value(16), y=y.copy(), text="label:N")
    shown = [value for value in values if value in set(frame["verdict"])]
    marks = (
        heads.transform_filter("datum.verdict != ''")
        .mark_point(filled=True, size=70, opacity=1, yOffset=-19)
        .encode(
            x=alt.value(6),
            y=y.copy(),
            color=alt.Color(
                "verdict:N",
                scale=colours(shown, [INKS[values.index(at)] for at in shown]),
                legend=alt.Legend(columns=2),
            ),
            shape=alt.Shape(
                "verdict:N", scale=alt.Scale(domain=shown, range=[MARKS[values.index(at)] for at in shown])
            ),
        )
    )
    told = []
    for name in sets:
        own = frame[frame["weighting"] == name]
        ends = {"ahead": own["low"] > weigh.TINY, "behind": own["high"] < -weigh.TINY}
        counts = listed(f"{int(end.sum())} {word}" for word, end in ends.items())
        told.append(f"with “{name}” {counts} in {int(own['low'].notna().sum())} bars")
    count = once["verdict"].value_counts()
    description = (
        f"If one premise failed, all else as coded, {one} would for certain be, against {other}, {'; '.join(told)}. "
        f"What the record says of the premises: {listed(f'{count[value]} {value}' for value in shown)}."
    )
    columns = {"id": "Id", "label": "Premise", "verdict": "The record", "weighting": "Weights"}
    columns |= {"low": "Margin at worst, steps", "high": "Margin at best, steps"}
    return finish(level(limit, one) + bars + none + labels + marks, description, 46 * len(order), columns)


DASH = "M-0.5,-0.1H0.5V0.1H-0.5Z"  # an SVG path: a mark for what is not known


def course(path: str) -> str:
    """Return to which of the courses a path of the coding note belongs: a scenario, else ``a further path``."""
    name = lookup("paths", "name")[path].lower()
    return next((scenario for scenario in scenarios() if name.startswith(scenario)), "a further path")


@up_to(by="signpost")
def signposts(readings: pd.DataFrame) -> Chart:
    """Return the state of each signpost in each quarter, colored by the course toward which it points first.

    Args:
        readings: rows of the table signpost-readings.
    """
    known = load("signposts").set_index("id")
    quarters, states = list(terms("signpost-readings", "at")), list(terms("signpost-readings", "verdict"))
    own = readings.assign(
        sign=[f"{at} {known.loc[at, 'name']}" for at in readings["signpost"]],
        toward=[course(known.loc[at, "toward"].split()[0]) for at in readings["signpost"]],
    )
    courses = [*scenarios(), "a further path"]
    letters = {name: name.removeprefix("a ")[0].upper() for name in courses}  # not by color alone
    own["sign"] = [f"{sign} ({letters[name]})" for sign, name in zip(own["sign"], own["toward"], strict=True)]
    order = list(dict.fromkeys(own["sign"]))
    x = alt.X(
        "at:N",
        sort=quarters,
        title=None,
        axis=alt.Axis(
            orient="top",
            offset=22,
            labelAngle=0,
            labelExpr="slice(datum.label,5)=='Q1'?[slice(datum.label,0,4),'Q1']:['',slice(datum.label,5)]",
        ),
    )
    y = alt.Y("sign:N", sort=order, axis=None)
    ink = alt.Color(
        "toward:N",
        scale=colours(courses, [*map(place_of, scenarios()), "both"]),
        legend=alt.Legend(
            columns=1, symbolType="square", labelExpr=f"datum.label+' ('+({json.dumps(letters)})[datum.label]+')'"
        ),
    )
    shape = alt.Shape(
        "verdict:N",
        scale=alt.Scale(domain=states, range=["square", "circle", DASH]),
        legend=alt.Legend(columns=3, symbolFillColor="transparent", symbolStrokeColor=PALETTE["ink"]),
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("sign", "at", "verdict", "toward", "reading")]
    own["id"] = [row_id("signpost-readings", row) for row in readings.to_dict("records")]
    base = alt.Chart(own[["id", "sign", "at", "verdict", "toward", "reading"]])
    hollow = base.transform_filter("datum.verdict == 'not crossed'").mark_point(size=110, opacity=1, strokeWidth=2)
    filled = base.transform_filter("datum.verdict != 'not crossed'").mark_point(size=110, opacity=1, filled=True)
    marks = [
        kind.encode(x=x.copy(), y=y.copy(), color=ink.copy(), shape=shape.copy(), tooltip=tooltip)
        for kind in (filled, hollow)
    ]
    labels = (
        alt.Chart(pd.DataFrame({"sign": order}))
        .mark_text(align="left", dy=-18, fontSize=12, baseline="middle")
        .encode(x=alt.value(0), y=y.copy(), text="sign:N")
    )
    last = own[own["at"] == quarters[-1]]
    crossed = [row["sign"] for row in last.to_dict("records") if row["verdict"] == "crossed"]
    unknown = int((own["verdict"] == "not known").sum())
    description = (
        f"{len(order)} signposts in {len(quarters)} quarters. "
        f"In {quarters[-1]} crossed: {listed(crossed) if crossed else 'none'}. "
        f"Of {len(own)} readings {unknown} are not known."
    )
    columns = {"id": "Id", "sign": "Signpost", "at": "Quarter", "verdict": "State", "toward": "Points to"}
    return finish(marks[0] + marks[1] + labels, description, 50 * len(order), columns | {"reading": "Reading"})
