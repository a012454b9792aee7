"""Six questions for the data: figures derived from the series of the record, and their charts.

The small functions take frames as loaded and return figures; what is derived stands nowhere in
``data/``. The charts follow :mod:`book.charts`: one view, any width from 328 pixels, a description
that states the finding from the same rows. A year without a value stays a gap, and points of
different reports or counters are never joined.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

from book import record
from book.charts import PALETTE, Chart, colours, finish, listed, up_to, wrap
from book.data import span
from book.tables import reading

ENERGY = ["D07", "D08", "D09", "D10", "D11"]  # demand, net imports of power, share of gas, gas used, gas made
LIKE = {  # measures of dependence on oil: series by country
    "Fuels, % of exports of goods": ["D13", "D14", "D15", "D16", "D17"],
    "Rents from natural resources, % of GDP": ["D18", "D19", "D20", "D21", "D22"],
    "Taxes, % of GDP": ["D23", "D24", "D25"],
}
OFFICIALS = "U.S. defense officials"
WAVE, END = date(2023, 10, 17), date(2024, 2, 4)  # the first day that U.S. officials count, and that of the last attack
SIGNS = {"exactly": "", "at least": "\u2265", "at most": "\u2264", "about": "~"}
RIVALS = {
    "Washington Institute": "tracker",
    "Inspector General": "inspectors general",
    "Terrorism": "event database",
    "Examiner": "newspaper",
}
MONTH = 365.25 / 12  # days


# --- derived figures ------------------------------------------------------------------------------


def of(observations: pd.DataFrame, series: str) -> pd.Series:
    """Return the values of a series by date (text), in the order of the file; a missing year is missing."""
    own = observations[observations["series"] == series]
    return own.set_index("date")["value"]


def indexed(values: pd.Series, base: str) -> pd.Series:
    """Return values as an index, ``base`` = 100."""
    return values / values[base] * 100


def chained(growth: pd.Series, base: str) -> pd.Series:
    """Return the index (``base`` = 100) that yearly growth in percent gives, from the year before its first."""
    start = pd.Series({str(int(growth.index[0]) - 1): 1.0})
    return indexed(pd.concat([start, (1 + growth / 100).cumprod()]), base)


def change(before: float, after: float) -> float:
    """Return a change in percent of what was before."""
    return (after / before - 1) * 100


def output(observations: pd.DataFrame, base: str = "1989") -> dict[str, pd.Series]:
    """Return Iraqi output per person as an index, ``base`` = 100, by each of three sources."""
    return {
        "World Bank": chained(of(observations, "D02"), base),
        "Maddison": indexed(of(observations, "D01"), base),
        "EIU": indexed(of(observations, "D03"), base),
    }


def energy(observations: pd.DataFrame) -> pd.DataFrame:
    """Return by year what of Iraqi electricity demand comes from abroad, in percent.

    ``power``: electricity bought from abroad. ``gas``: electricity made at home from imported gas,
    if imported gas is burnt pro rata (share of gas in generation times share of imports in gas).
    """
    demand, bought, share, used, made = (of(observations, series) for series in ENERGY)
    home = (demand - bought) / demand
    return pd.DataFrame({"power": bought / demand * 100, "gas": share * home * (used - made) / used})


def cover(observations: pd.DataFrame) -> pd.DataFrame:
    """Return by year how many months of imports the reserves pay for: ``goods`` alone, ``all`` with services."""
    reserves, goods, share, gdp = (of(observations, series) for series in ("D26", "D27", "D28", "D29"))
    return pd.DataFrame({"goods": reserves / goods * 12, "all": reserves / (share / 100 * gdp) * 12})


def latest_common(observations: pd.DataFrame, series: Sequence[str]) -> str:
    """Return the last year for which all of some series have a value."""
    return max(set.intersection(*(set(of(observations, at).index) for at in series)))


def months(first: date, last: date) -> float:
    """Return the length of a time in months of 30.4 days, both end days included."""
    return ((last - first).days + 1) / MONTH


def official(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the counts by U.S. defense officials while the wave lasted, oldest first; later words are left out."""
    own = (counts["counted_by"] == OFFICIALS) & (counts["date"] <= END.isoformat())
    return counts[own].sort_values(["date", "total"])


def split(counts: pd.DataFrame) -> pd.Series:
    """Return the last count by U.S. defense officials that tells Iraq apart."""
    return official(counts).dropna(subset=["iraq"]).iloc[-1]


def yardsticks(facts: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Return three waves of attacks, each as it was counted: ``what``, ``count``, ``months``, ``rate`` (a month).

    Args:
        facts: rows of the table facts; F077 and F078, with an interval as date.
        counts: rows of the table attack-counts.
    """
    known, last, iraq = facts.set_index("id"), official(counts).iloc[-1], split(counts)
    forces = "attacks on U.S. forces"
    waves = [
        ("2019-20, rockets and mortars on the U.S. presence in Iraq (FDD)", known.loc["F078", ["value", "date"]]),
        (f"2021-23, {forces} in the region (U.S. command)", known.loc["F077", ["value", "date"]]),
        (f"2023-24, {forces} in Iraq, Syria, Jordan (Pentagon)", (last["total"], f"{WAVE}/{last['date']}")),
        (f"2023-24, {forces} in Iraq alone (Pentagon)", (iraq["iraq"], f"{WAVE}/{iraq['date']}")),
    ]
    frame = pd.DataFrame([(what, count, months(*_days(when))) for what, (count, when) in waves])
    frame.columns = pd.Index(["what", "count", "months"])
    return frame.assign(rate=frame["count"] / frame["months"])


def _days(when: str) -> tuple[date, date]:
    """Return first and last day of an EDTF date."""
    first, last = span(when) or ("", "")
    return date.fromisoformat(first), date.fromisoformat(last)


# --- drawing --------------------------------------------------------------------------------------


def _rows(name: str, values: pd.Series, split: int = 9999) -> pd.DataFrame:
    """Return a series of years as rows; its line breaks at each missing year and before the year ``split``."""
    years = pd.Series(values.index.astype(int))
    runs = (years.diff() > 1).cumsum().astype(str) + (years >= split).astype(str)
    return pd.DataFrame(
        {"name": name, "part": name + runs, "x": years, "value": values.to_numpy(), "said": years.astype(str)}
    )


def _lines(
    frame: pd.DataFrame,
    paints: Mapping[str, str],
    ends: tuple[float, float],
    ticks: Mapping[int, str],
    title: str,
    scale: alt.Scale,
) -> alt.LayerChart:
    """Return lines over time, with labels beside their points.

    Args:
        frame: ``name`` (color, shape and dash), ``part`` (what is joined), ``x``, ``value``, ``said`` (for the
            pointer); for a label ``text``, ``left`` (on which side), ``dy`` (pixels down).
        paints: color of the palette by name.
        ends: ends of the horizontal axis, with room for the labels; ticks: its labels; title, scale: of the values.
    """
    names = list(paints)
    said = " : ".join(f"datum.value == {at} ? '{text}'" for at, text in ticks.items()) + " : ''"
    axis = alt.Axis(values=list(ticks), labelExpr=said, grid=False, labelPadding=8)
    x = alt.X("x:Q", title=None, scale=alt.Scale(domain=list(ends), nice=False), axis=axis)
    steps: dict[str, Any] = {"values": [1, 10, 100, 1000]} if "log" in str(scale.to_dict()) else {"tickCount": 5}
    y = alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(titleAnchor="end", **steps))
    paint = alt.Color("name:N", scale=colours(names, paints.values()), legend=None)
    dashes = alt.Scale(domain=names, range=[[1, 0], [7, 3], [2, 3]][: len(names)])
    shapes = alt.Scale(domain=names, range=["circle", "square", "diamond"][: len(names)])
    tooltip = [alt.Tooltip("name:N"), alt.Tooltip("value:Q", format=",.4~r"), alt.Tooltip("said:N", title="when")]
    base = alt.Chart(frame).encode(x=x, y=y)
    lines = base.mark_line(strokeWidth=2).encode(
        color=paint, strokeDash=alt.StrokeDash("name:N", scale=dashes, legend=None), detail="part:N"
    )
    dots = base.mark_point(filled=True, size=45, opacity=1).encode(
        color=paint, shape=alt.Shape("name:N", scale=shapes, legend=None), tooltip=tooltip
    )
    chart = lines + dots
    labels = frame.dropna(subset=["text"]).fillna({"left": False, "dy": 0})
    for side in (1, -1) if labels["left"].any() else (1,):
        beside: dict[str, Any] = {"align": "left" if side > 0 else "right", "dx": 8 * side, "lineBreak": "\n"}
        beside |= {"baseline": "middle", "fontWeight": "bold", "dy": alt.expr("datum.dy")}
        text = alt.Chart(labels[labels["left"] == (side < 0)]).encode(x=x, y=y, text="text:N")
        chart += text.mark_text(stroke=PALETTE["paper"], strokeWidth=4, **beside)
        chart += text.mark_text(**beside).encode(color=paint)
    return chart


def _bars(rows: Sequence[tuple[str, float, str]], most: float, description: str, what: str) -> Chart:
    """Return bars from the left under headings.

    Args:
        rows: headings (text, NaN, "") and bars (text at the end, value, color of the palette).
        most: the value that the whole width stands for, with room for the longest text.
        what: what the headings are.
    """
    frame = pd.DataFrame(rows, columns=["text", "value", "color"]).assign(zero=0)
    lines = frame["text"].str.count("\n") + 1
    head = frame["value"].isna()
    tall = (0.75 * lines + 0.7).where(head, 1.0)
    frame["y"] = tall.cumsum() - (0.38 * lines + 0.2).where(head, 0.5)
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[float(tall.sum()), 0], nice=False))
    x = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, most], nice=False))
    names = list(frame.loc[~head, "color"].unique())
    frame["head"] = frame["text"].where(head).ffill()
    bars = alt.Chart(frame[~head]).encode(x=x, y=y)
    rules = bars.mark_rule(strokeWidth=15).encode(
        x2="zero:Q", color=alt.Color("color:N", scale=colours(names, names), legend=None)
    )
    texts = bars.mark_text(align="left", dx=6, baseline="middle").encode(text="text:N")
    heads = alt.Chart(frame[head]).mark_text(align="left", lineBreak="\n", baseline="middle", fontWeight="bold")
    chart = rules + texts + heads.encode(x=alt.value(0), y=y, text="text:N")
    columns = {"head": what, "text": "Bar", "value": "Value"}
    return finish(chart, description, round(22 * tall.sum()), columns)


# --- the six questions ----------------------------------------------------------------------------


def fork(observations: pd.DataFrame) -> Chart:
    """Return output per person around 1990 by three sources, 1989 = 100 (D01 to D03 of observations)."""
    found = output(observations)
    frame = pd.concat([_rows(name, values, 1991 if name == "Maddison" else 9999) for name, values in found.items()])
    signs = {name: f"{values['1990'] - 100:+.0f}%".replace("-", "\u2212") for name, values in found.items()}
    frame["text"] = [
        name if year == 2000 else signs[name] + " (EIU)" * (name == "EIU") if year == 1990 else None
        for name, year in zip(frame["name"], frame["x"], strict=True)
    ]
    frame["left"] = frame["name"] == "EIU"
    frame["dy"] = 0
    ways = {float(values["1990"]) > 100 for values in found.values()}
    description = (
        f"The sources {'disagree on whether' if len(ways) > 1 else 'agree on which way'} Iraqi output per person "
        "went up or down from 1989 to 1990: "
        + listed(f"{name} {sign}" for name, sign in signs.items())
        + f". In 1991 the World Bank stands at {found['World Bank']['1991']:.0f} and Maddison, after a change of "
        f"source, at {found['Maddison']['1991']:.0f}. Invasion and embargo fall in August 1990, the war in early 1991."
    )
    paints = {"World Bank": "first", "Maddison": "second", "EIU": "both"}
    ticks = {year: str(year) for year in (1985, 1990, 1995, 2000)}
    scale = alt.Scale(domain=[0, 200])
    chart = _lines(frame, paints, (1984, 2007), ticks, "1989 = 100", scale)
    columns = {"name": "Source", "said": "Year", "value": "Output per person, 1989 = 100"}
    return finish(chart, description, 280, columns)


def exports_and_oil(observations: pd.DataFrame) -> Chart:
    """Return exports of Iraq, and oil output of Iraq and Kuwait, 1989 = 100 (D04 to D06 of observations)."""
    names = {"Iraq, oil": "D05", "Iraq, exports": "D04", "Kuwait, oil": "D06"}
    found = {name: indexed(of(observations, series), "1989") for name, series in names.items()}
    frame = pd.concat([_rows(name, values) for name, values in found.items()]).assign(left=False)
    frame["text"] = frame["name"].where(frame["x"] == frame["x"].max())
    frame["dy"] = frame["name"].map({"Iraq, oil": -8, "Iraq, exports": 8, "Kuwait, oil": 0})
    falls = [100 - float(values["1991"]) for values in found.values()]
    description = (
        f"By 1991 exports and oil output were {min(falls):.0f} to {max(falls):.0f} percent below 1989: "
        + listed(f"{name} {values['1991'] - 100:+.0f} percent" for name, values in found.items())
        + f". In 1993 Kuwaiti oil output stood at {found['Kuwait, oil']['1993']:.0f}, Iraqi oil output at "
        f"{found['Iraq, oil']['1993']:.0f}."
    )
    ticks = {year: str(year) for year in (1988, 1991, 1994, 1997)}
    paints = dict(zip(names, ("first", "second", "both"), strict=True))
    chart = _lines(frame, paints, (1987.4, 2001.5), ticks, "1989 = 100", alt.Scale())
    return finish(chart, description, 270, {"name": "Series", "said": "Year", "value": "Index, 1989 = 100"})


def imported_energy(observations: pd.DataFrame, facts: pd.DataFrame) -> Chart:
    """Return power from abroad and power from imported gas, percent of demand, with what others say.

    Args:
        observations: rows of the table observations; D07 to D11.
        facts: rows of the table facts; F275, and F151 with its rivals.
    """
    shares, known = energy(observations), facts.set_index("id")
    others = known.loc[sorted(record.rivals()["F151"])]
    low, high = others["value"].min(), others["value_high"].fillna(others["value"]).max()
    said = record.figure("F151")
    paints = {"made at home\nfrom imported gas": "first", "bought as\nelectricity": "second", "others": "muted"}
    rival = pd.DataFrame({"name": "others", "part": "others", "x": 2025.2, "value": [low, high], "said": "2025"})
    frame = pd.concat([_rows(name, shares[column]) for name, column in zip(paints, ("gas", "power"), strict=False)])
    frame = pd.concat([frame.assign(text=frame["name"].where(frame["x"] == 2024)), rival], ignore_index=True)
    frame.loc[len(frame) - 1, "text"] = f"others say\n{low:g} to {high:g}"
    frame = frame.assign(left=False, dy=0)
    last, peak = shares.iloc[-1], shares["gas"].idxmax()
    description = (
        f"Iraqi electricity demand: in {shares.index[-1]} {last['power']:.1f} percent was bought from abroad as "
        f"electricity; {last['gas']:.0f} percent was made at home from imported gas, by our reckoning, after a peak "
        f"of {shares['gas'].max():.0f} percent in {peak}. The State Department put Iranian electricity at "
        f"{known.loc['F275', 'value']:g} percent for 2023; others put gas and power together at {said}."
    )
    ticks = {year: str(year) for year in (2016, 2020, 2024)}
    scale = alt.Scale(domain=[0, max(high, float(shares["gas"].max())) * 1.1])
    chart = _lines(frame, paints, (2015.2, 2031.5), ticks, "percent of demand", scale)
    columns = {"name": "Power", "said": "Year", "value": "Percent of demand"}
    return finish(chart, description, 290, columns)


def price_level(observations: pd.DataFrame, facts: pd.DataFrame) -> Chart:
    """Return consumer prices from 1990 to 2000 on a log scale, 1990 = 1, with a rival figure for food.

    Args:
        observations: rows of the table observations; D12 and D46.
        facts: rows of the table facts; F391, prices of food at the end of 1995.
    """
    level, recent = chained(of(observations, "D12"), "1990") / 100, of(observations, "D46")
    food = facts.set_index("id").loc["F391", "value"]
    frame = pd.concat([_rows("prices", level), _rows("food", pd.Series({"1995": food}))]).assign(dy=0)
    shown = frame["x"].isin([1992, 1995, 2000])
    frame["text"] = frame["value"].map("{:,.0f} times".format).where(shown)
    frame.loc[frame["name"] == "food", "text"] += "\n(food, by a book)"
    frame["left"] = (frame["x"] == 1995) & (frame["name"] == "prices")
    description = (
        f"Consumer prices in Iraq, 1990 = 1, on a log scale: {level['1995']:,.0f} times in 1995, {level['2000']:,.0f} "
        f"times in 2000; a book puts food at about {food:g} times at the end of 1995. From 2020 to {recent.index[-1]} "
        f"prices rose by {recent.min():.1f} to {recent.max():.1f} percent a year."
    )
    ticks, scale = {year: str(year) for year in (1990, 1995, 2000)}, alt.Scale(type="log", domain=[0.8, 2000])
    paints = {"prices": "first", "food": "second"}
    chart = _lines(frame, paints, (1989, 2004.5), ticks, "1990 = 1, log scale", scale)
    return finish(chart, description, 250, {"name": "Series", "said": "Year", "value": "Prices, 1990 = 1"})


def street_rate(observations: pd.DataFrame, series: pd.DataFrame) -> Chart:
    """Return reports of the street price of the dollar since 2022.

    Points are joined only within one series, and not over more than four months.

    Args:
        observations: rows of the table observations.
        series: rows of the table series; those named as street price, one an outlet and market.
    """
    street = series[series["name"].str.startswith("Street price of the dollar")].set_index("id")["attribution"]
    own = observations[observations["series"].isin(street.index) & (observations["date"] >= "2022")]
    frame = own.rename(columns={"series": "part"}).assign(dy=0, left=False)
    days = [_days(when.strip("~")) for when in frame["date"]]
    frame["x"] = [(first.toordinal() + last.toordinal()) / 2 / 365.2425 + 0.998 for first, last in days]
    most = frame["part"].value_counts().index[0]
    far = frame.groupby("part")["x"].diff() > 1 / 3  # years: what lay between two reports is not known
    main, other = street[most], "other reports"
    frame["name"] = [main if at == most else other for at in frame["part"]]
    frame["said"] = [f"{street[at]}, {reading(when)}" for at, when in zip(frame["part"], frame["date"], strict=True)]
    named = frame.loc[frame["name"] == other].drop_duplicates("value")
    named = named.loc[named.groupby("part")["value"].idxmax()].query("value >= 1610")
    frame["text"] = (named["part"].map(street).str.split(",").str[0] + named["value"].map(" {:,.0f}".format)).reindex(
        frame.index
    )
    last = frame[frame["name"] == main].index[-1]
    frame.loc[last, ["text", "left", "dy"]] = [f"{main.split(',')[0]} {frame.loc[last, 'value']:,.0f}", True, -14]
    own = frame[frame["name"] == main].sort_values("x")
    where = {"first": own.iloc[0], "lowest": own.loc[own["value"].idxmin()]}
    where |= {"highest": own.loc[own["value"].idxmax()], "last": own.iloc[-1]}
    others = frame.loc[frame["name"] == other, "value"]
    description = (
        f"Dinars for a dollar in the street by {main}: "
        + listed(f"{what} {row['value']:,.0f} ({reading(row['date'])})" for what, row in where.items())
        + (f". Other outlets report {others.min():,.0f} to {others.max():,.0f}" if len(others) else "")
        + ". Only reports of one outlet, at most four months apart, are joined; the scale does not start at zero."
    )
    low, high = int(frame["value"].min()) // 100 * 100, -(-int(frame["value"].max()) // 100) * 100
    paints, scale = {main: "second", other: "first"}, alt.Scale(domain=[low, high])
    ends = (frame["x"].min() - 0.2, frame["x"].max() + 0.35)
    ticks = {year: str(year) for year in range(int(ends[0]) + 1, int(ends[1]) + 1)}
    frame["part"] += far.groupby(frame["part"]).cumsum().astype(str)
    chart = _lines(frame.drop(columns=["note"]), paints, ends, ticks, "dinars a dollar", scale)
    return finish(chart, description, 300, {"said": "Outlet, market and day", "value": "Dinars a dollar"})


def like_years(observations: pd.DataFrame, series: pd.DataFrame) -> Chart:
    """Return how far Iraq and its neighbors live on oil, each measure in the last year that all of them share.

    Args:
        observations: rows of the table observations; D13 to D25.
        series: rows of the table series, for the names of the countries.
    """
    entity = series.set_index("id")["entity"]
    rows, said, ranks = [], [], []
    for measure, ids in LIKE.items():
        year = latest_common(observations, ids)
        found = sorted(((float(of(observations, at)[year]), entity[at]) for at in ids), reverse=True)
        rows.append((wrap(f"{measure}, {year}", 44), float("nan"), ""))
        rows += [(f"{name} {value:.1f}", value, "first" if name == "Iraq" else "border") for value, name in found]
        ranks.append(f"{[name for _, name in found].index('Iraq') + 1} of {len(found)}")
        said.append(f"{measure}, in {year}: " + listed(f"{name} {value:.1f}" for value, name in found) + ".")
    lead = f"Counted from the top, Iraq stands at {listed(ranks)} in these measures. "
    return _bars(rows, 145, lead + " ".join(said), "Measure")


def reserves(observations: pd.DataFrame) -> Chart:
    """Return Iraq's reserves by year, with the months of imports that they pay for (D26 to D29 of observations)."""
    paid = cover(observations)["all"].dropna()
    held = of(observations, "D26")[paid.index]
    frame = pd.DataFrame({"year": held.index.astype(int), "value": held.to_numpy(), "months": paid.to_numpy()})
    x = alt.X("year:O", title=None, axis=alt.Axis(values=list(range(2004, 2025, 4)), labelAngle=0, labelPadding=8))
    y = alt.Y(
        "value:Q",
        title="billion dollars",
        scale=alt.Scale(domain=[0, float(held.max()) * 1.12]),
        axis=alt.Axis(tickCount=5),
    )
    tooltip = [alt.Tooltip("year:O"), alt.Tooltip("value:Q", format=".1f"), alt.Tooltip("months:Q", format=".1f")]
    bars = alt.Chart(frame).mark_bar(color=PALETTE["second"], opacity=0.75).encode(x=x, y=y, tooltip=tooltip)
    some = frame[frame["year"].isin([2008, 2013, 2019, 2023])]
    text = alt.Chart(some.assign(text=some["months"].map("{:.0f} mo.".format))).mark_text(dy=-9, fontWeight="bold")
    top = held.idxmax()
    description = (
        f"Iraq's reserves from {held.index[0]} to {held.index[-1]}: highest in {top} with {held[top]:.0f} billion "
        f"dollars, which paid for {paid[top]:.0f} months of imports of goods and services; in {held.index[-1]} "
        f"{held.iloc[-1]:.0f} billion and {paid.iloc[-1]:.0f} months. In 2016 they were {held['2016']:.0f} billion, in "
        f"2020 {held['2020']:.0f}."
    )
    columns = {"year": "Year", "value": "Reserves, billion dollars", "months": "Months of imports paid for"}
    return finish(bars + text.encode(x=x, y=y, text="text:N"), description, 260, columns)


@up_to(20, by="counted_by")
def attack_wave(counts: pd.DataFrame, until: str = "2024-02-29") -> Chart:
    """Return counts of attacks on U.S. forces since October 2023; only those of U.S. officials are joined.

    Args:
        counts: rows of the table attack-counts.
        until: last day (ISO) that is drawn.
    """
    drawn = counts[counts["date"] <= until].assign(left=False, dy=0)
    drawn["x"] = [(_days(when)[1] - WAVE).days for when in drawn["date"]]
    own, iraq = official(drawn).reset_index(drop=True), split(drawn)
    rest = drawn[~drawn["id"].isin(own["id"])].sort_values("date").reset_index(drop=True)
    all_of, part_of, rival = "U.S. officials", "in Iraq", "other counters"
    who = [next((name for key, name in RIVALS.items() if key in by), by) for by in rest["counted_by"]]
    signs = rest["bound"].map(SIGNS)
    rest = rest.assign(name=rival, part=rest["id"], value=rest["total"], left=True)
    rest["text"] = [f"{name} {sign}{n:.0f}" for name, sign, n in zip(who, signs, rest["total"], strict=True)]
    rest["dy"] = -12 - 16 * rest.groupby("value").cumcount()
    total = own.assign(name=all_of, part=all_of, value=own["total"])
    total.loc[total.index[-1], "text"] = f"{total['value'].iloc[-1]:.0f}"
    total.loc[total["x"].searchsorted(80), ["text", "dy"]] = [all_of, 14]
    inside = own.dropna(subset=["iraq"]).assign(name=part_of, part=part_of, value=lambda found: found["iraq"])
    inside.loc[inside.index[-1], "text"] = f"in Iraq {iraq['iraq']:.0f}"
    frame = pd.concat([total, inside, rest], ignore_index=True).assign(said=lambda found: found["date"])
    frame["by"] = frame["name"].where(frame["name"] != rival, frame["text"].str.rsplit(" ", n=1).str[0])
    frame["bound"] = frame["bound"].where(frame["name"] == rival, "exactly")
    frame = frame[["name", "part", "x", "value", "said", "text", "left", "dy", "by", "bound"]]
    description = (
        f"Attacks on U.S. forces since {reading(WAVE.isoformat())}, cumulative. U.S. officials: "
        f"{own['total'].iloc[-1]:.0f} by {reading(own['date'].iloc[-1])}; of {iraq['total']:.0f} by "
        f"{reading(iraq['date'])}, {iraq['iraq']:.0f} in Iraq. Other counters, not joined: "
        + listed(f"{what} ({reading(day)})" for what, day in zip(rest["text"], rest["date"], strict=True))
        + "."
    )
    firsts = {"Nov 23": "2023-11-01", "Dec": "2023-12-01", "Jan 24": "2024-01-01", "Feb": "2024-02-01"}
    ticks = {(date.fromisoformat(day) - WAVE).days: name for name, day in firsts.items()}
    paints, scale = {all_of: "first", part_of: "second", rival: "ink"}, alt.Scale(domain=[0, 220])
    ends = (-4, (date.fromisoformat(until) - WAVE).days)
    columns = {"by": "Counted by", "said": "Date", "bound": "Bound", "value": "Attacks so far"}
    return finish(_lines(frame, paints, ends, ticks, "attacks so far", scale), description, 340, columns)


def wave_yardsticks(facts: pd.DataFrame, counts: pd.DataFrame) -> Chart:
    """Return attacks per month in three waves, each with who counted what and where; see :func:`yardsticks`."""
    found = yardsticks(facts, counts)
    rows = []
    for row, color in zip(found.itertuples(), ("first", "border", "border", "first"), strict=True):
        rows.append((wrap(row.what, 40), float("nan"), ""))
        rows.append((f"{row.rate:.0f} a month ({row.count:.0f} in {row.months:.0f} months)", row.rate, color))
    said = " ".join(f"{what}: {rate:.1f}." for what, rate in zip(found["what"], found["rate"], strict=True))
    before, after = found["rate"].iloc[:2], found["rate"].iloc[2:]
    lead = (
        f"The last wave ran at {after.min() / before.max():.0f} to {after.max() / before.min():.0f} times the rate of "
        "those before it, but each has its own yardstick. Attacks per month: "
    )
    return _bars(rows, found["rate"].max() * 2.6, lead + said, "Wave")


def troops_and_deaths(observations: pd.DataFrame) -> Chart:
    """Return U.S. troops in Iraq above, deaths in battle against the Islamic State below, each against its own peak.

    Args:
        observations: rows of the table observations; D30 and D31.
    """
    bands = {
        "D30": ("U.S. troops in Iraq", "second", 1.5, [2007, 2013, 2017, 2023]),
        "D31": ("Killed in battle against the Islamic State", "first", 0.0, [2006, 2012, 2014, 2017, 2023]),
    }
    frames, said = [], []
    for series, (name, color, foot, shown) in bands.items():
        values = of(observations, series)
        frame = _rows(name, values).assign(color=color, foot=foot, top=foot + values.to_numpy() / values.max())
        frames.append(frame.assign(text=frame["value"].map("{:,.0f}".format).where(frame["x"].isin(shown), "")))
        said.append(
            f"{name}: {values.max():,.0f} at the peak in {values.idxmax()}, {values['2012']:,.0f} in 2012, "
            f"{values.iloc[-1]:,.0f} in {values.index[-1]}."
        )
    data = pd.concat(frames).drop(columns=["said", "part"])
    axis = alt.Axis(values=list(range(2004, 2025, 4)), format="d", grid=False, labelPadding=8)
    x = alt.X("x:Q", title=None, scale=alt.Scale(domain=[2002.3, 2024.7], nice=False), axis=axis)
    y = alt.Y("foot:Q", axis=None, scale=alt.Scale(domain=[0, 2.85], nice=False))
    names = ["second", "first"]
    paint = alt.Color("color:N", scale=colours(names, names), legend=None)
    tooltip = [alt.Tooltip("name:N"), alt.Tooltip("x:Q", title="year"), alt.Tooltip("value:Q", format=",.0f")]
    bars = alt.Chart(data).mark_rule(strokeWidth=9).encode(x=x, y=y, y2="top:Q", color=paint, tooltip=tooltip)
    text = alt.Chart(data[data["text"] != ""]).mark_text(dy=-8, fontSize=12).encode(x=x, y="top:Q", text="text:N")
    heads = alt.Chart(data.drop_duplicates("name")).mark_text(align="left", fontWeight="bold")
    heads = heads.transform_calculate(up="datum.foot + 1.27").encode(
        x=alt.value(0), y="up:Q", text="name:N", color=paint
    )
    years = of(observations, "D30").index.astype(int)
    gaps = [str(year) for year in range(years.min(), years.max()) if year not in years]
    troops, worst = of(observations, "D30"), of(observations, "D31").idxmax()
    lead = (
        f"When most were killed, in {worst}, {troops[worst]:,.0f} U.S. troops were in Iraq. " if worst in troops else ""
    )
    description = lead + " ".join(said) + " Each band is drawn against its own peak."
    if gaps:
        description += f" No count of troops for {listed(gaps)}."
    return finish(bars + text + heads, description, 330, {"name": "Series", "x": "Year", "value": "Number"})
