"""Charts of the weighing and of the signposts; the looks and the helpers are those of :mod:`book.charts`."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from book import weigh
from book.charts import PALETTE, Chart, colours, finish, listed, scenario_scale, wrap
from book.data import load, scenarios, terms
from book.tables import actor_names
from book.verdict_charts import INKS, MARKS

WORDS = {-3: "fundamentally worse", -2: "markedly worse", -1: "slightly worse", 0: "about as before"}
WORDS |= {1: "slightly better", 2: "markedly better", 3: "fundamentally better"}
OPENING = "On the brief's own argument, as coded, and with these weights,"
SAID = {
    "ahead": "{one} comes out ahead of {other}, whatever may stand in the cells that the brief leaves open.",
    "behind": "{other} comes out ahead of {one}, whatever may stand in the cells that the brief leaves open.",
    "level": "{one} and {other} come out level.",
    "open": "it stays open whether {one} or {other} comes out ahead: that depends on cells that the brief leaves open.",
    "nothing weighed": "nothing is weighed. Give a party and a domain some weight.",
}


def in_words(value: float) -> str:
    """Return the step nearest to a value from -3 to 3; scores carry no more digits than the coding."""
    return WORDS[int(round(value))]


def span_in_words(low: float, high: float) -> str:
    """Return a range of values as the steps nearest to its ends."""
    first, last = in_words(low), in_words(high)
    return first if first == last else f"from {first} to {last}"


def said(verdict: str, one: str, other: str) -> str:
    """Return the sentence that a verdict of :func:`book.weigh.verdict` stands for."""
    return f"{OPENING} {SAID[verdict].format(one=one, other=other)}"


def signals(codings: Mapping[str, weigh.Coding], by_party: weigh.Weights, one: str, other: str) -> list[Any]:
    """Return the weighing as parameters of a chart: what can be set, and what follows, as expressions.

    ``p0``, ``p1`` ... are the weights of the parties, ``d0`` ... those of the domains, ``coding`` is the place
    of the coding that is used; ``low0``, ``high0`` ... are the scores of the scenarios and ``said`` is the
    verdict in words. :mod:`book.weigh` does the same; the tests hold the two together.
    """
    first = next(iter(codings.values()))
    found = [alt.param(name="coding", value=0)]
    found += [alt.param(name=f"p{at}", value=by_party.get(party, 0)) for at, party in enumerate(first.parties)]
    found += [alt.param(name=f"d{at}", value=1) for at in range(len(first.domains))]

    def of_codings(parts: list[str]) -> str:
        return f"[{', '.join(parts)}][coding]"

    def weighted(given: weigh.Coding, party: int, values: Any) -> str:
        own = [f"{values[domain]:g}*d{domain}" for domain in range(len(given.domains)) if given.spoken[party, domain]]
        return "+".join(own).replace("+-", "-") or "0"

    def total(given: weigh.Coding) -> str:
        ones = [1] * len(given.domains)
        return "+".join(f"abs(p{at})*({weighted(given, at, ones)})" for at in range(len(given.parties)))

    def score(given: weigh.Coding, scenario: int, up: Any, down: Any) -> str:
        return "+".join(
            f"p{at}*(p{at}>0?{weighted(given, at, up[scenario, at])}:{weighted(given, at, down[scenario, at])})"
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
    text = {name: repr(said(name, one, other)) for name in SAID}
    found.append(
        alt.param(
            name="said",
            expr=f"total==0?{text['nothing weighed']}:{least}>{weigh.TINY}?{text['ahead']}:{most}<-{weigh.TINY}?"
            f"{text['behind']}:max(abs({least}),abs({most}))<={weigh.TINY}?{text['level']}:{text['open']}",
        )
    )
    return found


def ranges(codings: Mapping[str, weigh.Coding], by_party: weigh.Weights, one: str, other: str) -> Chart:
    """Return the range of each scenario's score, from worst to best filling of the open cells, for weights to move.

    Args:
        codings: codings of the same cells by name, the one shown first at the top.
        by_party: weights from which the reader starts; every domain counts once.
    """
    first = next(iter(codings.values()))
    frame = pd.DataFrame({"scenario": first.scenarios, "at": range(len(first.scenarios))})
    pick = {end: f"[{', '.join(f'{end}{at}' for at in range(len(frame)))}][datum.at]" for end in ("low", "high")}
    words = f"[{', '.join(repr(WORDS[at]) for at in sorted(WORDS))}]"
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
    told = base.mark_text(align="left", dy=22).encode(x=alt.value(0), y=y.copy(), text="words:N")
    parts = []
    for name, given in codings.items():
        weights = weigh.listed_weights(given, by_party)
        low, high = weigh.scores(given, weights)
        spans = listed(f"{scenario} {span_in_words(low[at], high[at])}" for at, scenario in enumerate(given.scenarios))
        verdict = weigh.verdict(*map(float, weigh.margin(given, weights, one, other)))
        parts.append(f"{name.capitalize()}: {spans}. {said(verdict, one, other)}")
    description = "Range of each scenario against the situation of 1 February 2024. " + " ".join(parts)
    chart = (bars + ends[0] + ends[1] + names + told).add_params(*signals(codings, by_party, one, other))
    return finish(chart.properties(usermeta={"controls": "weights"}), description, 84 * len(frame))


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
            grid=True,
            labelExpr="datum.value<0?'behind':datum.value>0?'ahead':'level'",
        ),
    )


def swings(frame: pd.DataFrame, one: str, other: str, count: int = 14) -> Chart:
    """Return the inputs that move the answer most: the range of the margin with each at its two ends.

    Args:
        frame: as :func:`book.weigh.swings` gives it, the widest first.
        count: how many of its rows are shown.
    """
    names = actor_names()
    rows = []
    for row in frame.head(count).to_dict("records"):
        what = f"Weight of {names[row['party']]}" if row["kind"] == "party" else f"Weight of {row['domain']}"
        if row["kind"] == "cell":
            what = f"{row['scenario'].capitalize()}: {names[row['party']]}, {row['domain']}"
        for end in ("against", "for"):
            rows.append({"input": wrap(what, 40), "end": end, "low": row[f"{end}_low"], "high": row[f"{end}_high"]})
    own = pd.DataFrame(rows)
    ends = {"against": f"worst for {one}", "for": f"best for {one}"}
    own["end"] = own["end"].map(ends)
    order = list(dict.fromkeys(own["input"]))
    limit = float(max(own["high"].max(), -own["low"].min())) * 1.05
    y = alt.Y("input:N", sort=order, axis=None, scale=alt.Scale(paddingInner=0.45))
    offset = alt.YOffset("end:N", sort=list(ends.values()))
    paint = alt.Color("end:N", scale=colours(ends.values(), ["worse", "better"]), legend=alt.Legend(columns=1))
    dash = alt.StrokeDash("end:N", scale=alt.Scale(domain=list(ends.values()), range=[[4, 2], [1, 0]]))
    base = alt.Chart(own)
    bars = base.mark_rule(strokeWidth=5).encode(
        x=margin_axis(limit, one),
        x2="high:Q",
        y=y,
        yOffset=offset,
        color=paint,
        strokeDash=dash,
        tooltip=[alt.Tooltip("input:N"), alt.Tooltip("end:N")],
    )
    zero = alt.Chart(pd.DataFrame({"low": [0.0]})).mark_rule(color=PALETTE["ink"]).encode(x=margin_axis(limit, one))
    labels = (
        base.mark_text(align="left", dy=-16, fontSize=12)
        .encode(x=alt.value(0), y=y.copy(), text="input:N")
        .transform_filter(f"datum.end == {list(ends.values())[0]!r}")
    )
    first = frame.iloc[0]
    widest = f"{first['scenario']}, {names[first['party']]}, {first['domain']}" if first["kind"] == "cell" else order[0]
    never = int((frame[["against_high", "for_high"]] < -weigh.TINY).any(axis=1).sum())
    sure = int((frame["for_low"] > weigh.TINY).sum())
    description = (
        f"The {count} inputs of {len(frame)} that move the margin of {one} over {other} most, each at its worst and at "
        f"its best for {one}, all else as coded. Widest: {widest}. Of all {len(frame)}, {sure} at their best put {one} "
        f"ahead whatever the open cells hold; {never} at their worst put {other} ahead so."
    )
    return finish(zero + bars + labels, description, 48 * len(order))


def premises(frame: pd.DataFrame, one: str, other: str) -> Chart:
    """Return the margin if each premise were false, with what the record says of it.

    Args:
        frame: rows of the table premises with ``low`` and ``high``, the margin in steps if the premise were
            false; not a number where the premise is not one about cells. The first row may be the argument
            as coded, with an empty verdict.
    """
    values = list(terms("premises", "verdict"))
    own = frame.assign(text=[wrap(label, 44) for label in frame["label"]])
    limit = float(max(own["high"].max(), -own["low"].min())) * 1.05
    y = alt.Y("text:N", sort=list(own["text"]), axis=None, scale=alt.Scale(paddingInner=0.4))
    base = alt.Chart(own[["id", "text", "verdict", "effect", "low", "high"]])
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("id", "text", "effect", "verdict")]
    bars = (
        base.transform_filter("isValid(datum.low)")
        .mark_rule(strokeWidth=6, color=PALETTE["both"])
        .encode(x=margin_axis(limit, one), x2="high:Q", y=y, tooltip=tooltip)
    )
    none = (
        base.transform_filter("!isValid(datum.low)")
        .mark_text(align="left", fontSize=12, color=PALETTE["muted"])
        .encode(x=alt.value(24), y=y.copy(), text=alt.value("no cell rests on it"))
    )
    labels = base.mark_text(align="left", dy=-17, fontSize=12).encode(x=alt.value(0), y=y.copy(), text="text:N")
    shown = [value for value in values if value in set(own["verdict"])]
    marks = (
        base.transform_filter("datum.verdict != ''")
        .mark_point(filled=True, size=80, opacity=1)
        .encode(
            x=alt.value(8),
            y=y.copy(),
            color=alt.Color("verdict:N", scale=colours(shown, [INKS[values.index(at)] for at in shown])),
            shape=alt.Shape(
                "verdict:N", scale=alt.Scale(domain=shown, range=[MARKS[values.index(at)] for at in shown])
            ),
            tooltip=tooltip,
        )
    )
    zero = alt.Chart(pd.DataFrame({"low": [0.0]})).mark_rule(color=PALETTE["ink"]).encode(x=margin_axis(limit, one))
    behind = list(own.loc[own["high"] < -weigh.TINY, "label"])
    told = (
        f"{other} comes out ahead without {listed(behind)}" if behind else f"without none does {other} come out ahead"
    )
    count = frame["verdict"].value_counts()
    description = (
        f"Margin of {one} over {other} if one premise were false, all else as coded: {told}. What the record says of "
        f"the premises: {listed(f'{count[value]} {value}' for value in shown)}."
    )
    return finish(zero + bars + none + labels + marks, description, 44 * len(own))


DASH = "M-0.5,-0.1H0.5V0.1H-0.5Z"  # an SVG path: a mark for what is not known


def course(path: str) -> str:
    """Return to which of the courses a path of the coding note belongs: a scenario, else ``a further path``."""
    name = str(load("paths").set_index("id").loc[path, "name"]).lower()
    return next((scenario for scenario in scenarios() if name.startswith(scenario)), "a further path")


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
    order, courses = list(dict.fromkeys(own["sign"])), [*scenarios(), "a further path"]
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
        scale=colours(courses, ["first", "second", "both"]),
        legend=alt.Legend(columns=1, symbolType="square"),
    )
    shape = alt.Shape(
        "verdict:N",
        scale=alt.Scale(domain=states, range=["square", "circle", DASH]),
        legend=alt.Legend(columns=3, symbolFillColor="transparent", symbolStrokeColor=PALETTE["ink"]),
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("sign", "at", "verdict", "toward", "reading")]
    base = alt.Chart(own[["sign", "at", "verdict", "toward", "reading"]])
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
    return finish(marks[0] + marks[1] + labels, description, 50 * len(order))
