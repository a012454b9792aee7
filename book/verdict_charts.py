"""Charts of listings and verdicts; the looks and the helpers are those of :mod:`book.charts`."""

import altair as alt
import pandas as pd

from book import record, views
from book.charts import PALETTE, Chart, colours, finish, listed, timeline, wrap
from book.data import load, terms
from book.tables import reading

MARKS = ["circle", "square", "cross", "triangle-up", "diamond", "triangle-down", "stroke"]
INKS = ["better", "mixed", "worse", "both", "unclear", "second", "neither"]


def designations(frame: pd.DataFrame, groups: pd.DataFrame) -> Chart:
    """Return when each armed group came under which list, as lines from the listing to the end of the record.

    Args:
        frame: rows of the table designations; those of persons and companies are left out.
        groups: rows of the table groups, from the top of the chart to its foot.
    """
    end = record.reach()["as_of"]
    names = dict(zip(groups["id"], [wrap(name, 16) for name in groups["name"]], strict=True))
    authorities = load("authorities").set_index("id")["abbreviation"]
    own = frame[(frame["kind"] == "group") & (frame["event"] == "listed") & frame["group"].isin(names)]
    own = own.assign(
        start=[record.first_day(date) for date in own["date"]],
        end=end,
        name=own["group"].map(names),
        list=own["authority"].map(authorities),
        when=[reading(date) for date in own["date"]],
    )[["id", "name", "list", "start", "end", "when"]]
    lists = list(dict.fromkeys(own["list"]))
    y = alt.Y(
        "name:N",
        sort=list(names.values()),
        title=None,
        scale=alt.Scale(paddingInner=0.35),
        axis=alt.Axis(labelExpr="split(datum.label, '\\n')", grid=True),
    )
    offset = alt.YOffset("list:N", sort=lists)
    legend = alt.Legend(columns=2)
    ink = alt.Color("list:N", scale=colours(lists, INKS), legend=legend)
    frame_of_time = alt.Scale(domain=[f"{int(own['start'].min()[:4]) - 1}-01-01", end], nice=False)
    x = alt.X("start:T", title=None, scale=frame_of_time, axis=alt.Axis(format="%Y", tickCount=4, grid=False))
    every = alt.Chart(pd.DataFrame({"name": list(names.values()), "start": end})).mark_point(opacity=0)
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("id", "name", "list", "when")]
    lines = (
        alt.Chart(own).mark_rule(strokeWidth=3).encode(x=x, x2="end:T", y=y, yOffset=offset, color=ink, tooltip=tooltip)
    )
    starts = (
        alt.Chart(own)
        .mark_point(filled=True, size=70, opacity=1)
        .encode(
            x=x.copy(),
            y=y.copy(),
            yOffset=offset.copy(),
            color=ink.copy(),
            shape=alt.Shape("list:N", scale=alt.Scale(domain=lists, range=MARKS[: len(lists)]), legend=legend),
            tooltip=tooltip,
        )
    )
    brief = (
        alt.Chart(pd.DataFrame({"start": [views.BRIEF_DAY]}))
        .mark_rule(color=PALETTE["muted"], strokeDash=[3, 3])
        .encode(x=x.copy())
    )
    without = [names[at].replace("\n", " ") for at in names if names[at] not in set(own["name"])]
    description = (
        f"Listings of {len(names)} armed groups to {reading(end)}; the dashed line is the day of the brief. "
        + " ".join(f"{row['name']}: {row['list']}, {row['when']}.".replace("\n", " ") for row in own.to_dict("records"))
        + (f" Without a listing of their own: {listed(without)}." if without else "")
    )
    return finish(every.encode(x=x.copy(), y=y.copy()) + brief + lines + starts, description, 56 * len(names))


def verdicts(checks: pd.DataFrame) -> Chart:
    """Return the verdicts on the statements of the brief, one mark a statement, by paragraph.

    Args:
        checks: rows of the table checks.
    """
    frame = checks[["id", "statement", "verdict", "paragraph"]].assign(
        paragraph=[paragraph.split()[0] for paragraph in checks["paragraph"]]
    )
    values = [value for value in terms("checks", "verdict") if value in set(frame["verdict"])]
    rank = frame["verdict"].map(values.index)
    frame = frame.assign(rank=rank).sort_values(["paragraph", "rank"], kind="stable")
    frame["place"] = frame.groupby("paragraph").cumcount() + 1
    order = sorted(frame["paragraph"].unique(), key=lambda paragraph: int(paragraph[1:]))
    chart = (
        alt.Chart(frame)
        .mark_point(filled=True, size=150, opacity=1)
        .encode(
            x=alt.X("place:O", axis=None),
            y=alt.Y("paragraph:N", sort=order, title="Paragraph"),
            color=alt.Color("verdict:N", scale=colours(values, INKS)),
            shape=alt.Shape("verdict:N", scale=alt.Scale(domain=values, range=MARKS[: len(values)])),
            tooltip=[alt.Tooltip(f"{name}:N") for name in ("id", "verdict", "statement")],
        )
    )
    count = frame["verdict"].value_counts()
    description = (
        f"{len(frame)} statements of the brief by paragraph: {listed(f'{count[value]} {value}' for value in values)}."
    )
    return finish(chart, description, 28 * len(order))


def outcomes(scores: pd.DataFrame) -> Chart:
    """Return how many of the brief's expectations came to which verdict, at both times.

    Args:
        scores: rows of one forecaster as :func:`book.views.scores` gives them.
    """
    values, times = list(terms("outcomes", "verdict")), list(terms("outcomes", "at"))
    frame = scores.assign(text=[wrap(value, 16) for value in scores["verdict"]])
    y = alt.Y(
        "text:N",
        sort=[wrap(value, 16) for value in values],
        title=None,
        axis=alt.Axis(labelExpr="split(datum.label, '\\n')"),
    )
    x = alt.X("count:Q", axis=None, scale=alt.Scale(domain=[0, float(frame["count"].max()) * 1.1]))
    base = alt.Chart(frame)
    tooltip = [alt.Tooltip("verdict:N"), alt.Tooltip("at:N"), alt.Tooltip("count:Q")]
    bars = base.mark_bar().encode(
        x=x,
        y=y,
        yOffset=alt.YOffset("at:N", sort=times),
        color=alt.Color("at:N", scale=colours(times, ["unclear", "both"])),
        tooltip=tooltip,
    )
    numbers = base.mark_text(align="left", dx=5).encode(
        x=x.copy(), y=y.copy(), yOffset=alt.YOffset("at:N", sort=times), text="count:Q"
    )
    parts = []
    for at in times:
        own = frame[(frame["at"] == at) & (frame["count"] > 0)]
        counted = listed(f"{row['count']} {row['verdict']}" for row in own.to_dict("records"))
        parts.append(f"At the {at}: {counted}.")
    return finish(bars + numbers, "Verdicts on the expectations, counted. " + " ".join(parts), 48 * len(values))


def turning_points() -> Chart:
    """Return the turning points since the brief, from the facts of the record, on one timeline."""
    return timeline(turns(), "turning-points", "turning points of the record since the attack in Jordan")


def turns() -> pd.DataFrame:
    """Return the turning points with date, statement and locators of their facts, in the order of their rows."""
    facts = load("facts").set_index("id")[["date", "statement", "locator"]]
    return load("turning-points").join(facts, on="fact")
