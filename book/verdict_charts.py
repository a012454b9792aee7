"""Charts of listings and verdicts; the looks and the helpers are those of :mod:`book.charts`."""

import altair as alt
import pandas as pd

from book import record
from book.charts import PALETTE, Chart, colours, finish, listed, timeline, up_to, wrap
from book.data import load, resource, terms, the_brief
from book.tables import reading

MARKS = ["circle", "square", "cross", "triangle-up", "diamond", "triangle-down", "stroke"]
INKS = ["better", "mixed", "worse", "both", "unclear", "second", "neither"]


@up_to(40)
def designations(groups: pd.DataFrame) -> Chart:
    """Return when each group came under which list, as lines from its listing to its end or the record's.

    Args:
        groups: rows of the table groups, from the top of the chart to its foot.
    """
    end = record.reach()["as_of"]
    names = dict(zip(groups["id"], [wrap(name, 16) for name in groups["name"]], strict=True))
    lists = load("authorities").set_index("id")["abbreviation"]
    own = pd.DataFrame(
        [
            {"name": names[at], "list": lists[authority], "start": start, "end": until or end}
            for at in names
            for authority, start, until in record.listings(at)
        ]
    )
    shown = [name for name in lists if name in set(own["list"])]
    height = 56
    first = f"{int(own['start'].min()[:4]) - 1}-01-01"
    y = alt.Y(
        "name:N",
        sort=list(names.values()),
        title=None,
        scale=alt.Scale(paddingInner=0.35),
        axis=alt.Axis(labelExpr="split(datum.label, '\\n')", grid=True),
    )
    offset = alt.YOffset("list:N", sort=shown)
    legend = alt.Legend(columns=2)
    ink = alt.Color("list:N", scale=colours(shown, INKS[: len(shown)]), legend=legend)
    x = alt.X("start:T", title=None, axis=alt.Axis(format="%Y", tickCount=4, grid=False))
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("name", "list", "start")]
    # An invisible row a group, so that each has its place, and the two ends of the time shown.
    frame = pd.DataFrame({"name": list(names.values()), "start": [first, end] + [end] * (len(names) - 2)})
    every = alt.Chart(frame).mark_point(opacity=0).encode(x=x, y=y, tooltip=alt.value(None))
    day = pd.DataFrame({"start": [the_brief()["date"]]})
    brief = alt.Chart(day).mark_rule(color=PALETTE["muted"], strokeDash=[3, 3]).encode(x=x.copy())
    base = alt.Chart(own).encode(x=x.copy(), y=y.copy(), yOffset=offset, color=ink, tooltip=tooltip)
    lines = base.mark_rule(strokeWidth=3).encode(x2="end:T")
    shape = alt.Shape("list:N", scale=alt.Scale(domain=shown, range=MARKS[: len(shown)]), legend=legend)
    starts = base.mark_point(filled=True, size=70, opacity=1).encode(shape=shape)
    without = [name.replace("\n", " ") for name in names.values() if name not in set(own["name"])]
    then = own[(own["start"] <= day["start"].iloc[0]) & (own["end"] >= day["start"].iloc[0])]
    now = own[own["end"] == end]
    description = (
        f"Of {len(names)} groups {then['name'].nunique()} were on a list on the day of the brief (the dashed "
        f"line), {now['name'].nunique()} at {reading(end)}. By list at that day: "
        + listed(f"{name} {number}" for name, number in now["list"].value_counts().items())
        + "."
        + (f" Without a listing of their own: {listed(without)}." if without else "")
    )
    columns = {"name": "Group", "list": "List", "start": "From", "end": "To, or end of the record"}
    return finish(every + brief + lines + starts, description, height * len(names), columns)


def verdicts(checks: pd.DataFrame) -> Chart:
    """Return the verdicts on the statements of the brief, one mark a statement, by paragraph.

    Args:
        checks: rows of the table checks.
    """
    frame = checks[["id", "statement", "verdict", "paragraph"]].assign(
        paragraph=[paragraph.split()[0] for paragraph in checks["paragraph"]]
    )
    values = list(terms("checks", "verdict"))
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
            color=alt.Color("verdict:N", scale=colours(values, INKS[: len(values)])),
            shape=alt.Shape("verdict:N", scale=alt.Scale(domain=values, range=MARKS[: len(values)])),
            tooltip=[alt.Tooltip(f"{name}:N") for name in ("id", "verdict", "statement")],
        )
    )
    count = frame["verdict"].value_counts().reindex(values, fill_value=0)
    other = frame.loc[frame["verdict"] != values[0], "paragraph"].value_counts()
    description = (
        f"Of {len(frame)} statements of the brief {listed(f'{count[value]} are {value}' for value in values)}."
        + (
            f" Most of those that are not {values[0]} stand in {other.index[0]} ({other.iloc[0]})."
            if len(other)
            else ""
        )
    )
    columns = {"id": "Id", "paragraph": "Paragraph", "verdict": "Verdict", "statement": "Statement"}
    return finish(chart, description, 28 * len(order), columns)


def outcomes(scores: pd.DataFrame) -> Chart:
    """Return how many of the brief's expectations came to which verdict, at both times.

    Args:
        scores: rows of one forecaster as :func:`book.record.scores` gives them.
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
    sided = f"datum.label == '{times[0]}' ? datum.label + ' (upper)' : datum.label"  # not by color alone
    tooltip = [alt.Tooltip("verdict:N"), alt.Tooltip("at:N"), alt.Tooltip("count:Q")]
    bars = base.mark_bar().encode(
        x=x,
        y=y,
        yOffset=alt.YOffset("at:N", sort=times),
        color=alt.Color("at:N", scale=colours(times, ["unclear", "both"]), legend=alt.Legend(labelExpr=sided)),
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
    last = frame[frame["at"] == times[-1]].set_index("verdict")["count"]
    most = (
        f"At the {times[-1]} the most common verdict is “{last.idxmax()}” ({last.max()} of {last.sum()} expectations). "
    )
    columns = {"verdict": "Verdict", "at": "At", "count": "Expectations"}
    return finish(bars + numbers, most + " ".join(parts), 48 * len(values), columns)


def turning_points(turns: pd.DataFrame) -> Chart:
    """Return the turning points on one timeline.

    Args:
        turns: as :func:`book.record.turns` gives them.
    """
    return timeline(turns, "turning-points", resource("turning-points")["what"])
