"""The charts of the book: one Altair theme, and one function for each picture.

Each function takes frames as loaded and returns a chart that draws in any notebook. Its
``description`` says what the chart shows, from the same rows. Charts are single or layered views
of width ``container``, so that they fit a phone; long labels are broken into lines.

During a build a chart becomes a figure that holds its specification; the builder adds the static
pictures, and the page's script brings it to life.
"""

import json
import os
import textwrap
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import altair as alt
import pandas as pd

from book.data import NOT_STATED, ROOT, fields, resource, scenarios, terms
from book.tables import actor_names, heading, place_of, reading

Chart = alt.Chart | alt.LayerChart
Rest = ParamSpec("Rest")
Drawer = Callable[Concatenate[pd.DataFrame, Rest], Chart]

# Every colour that a chart may use. The builder writes var(--NAME) for each, so that the style
# sheet decides in light and in dark; a notebook shows the colours as they stand here.
PALETTE = {
    "ink": "#1c2430",
    "muted": "#5a6472",
    "grid": "#d9dde3",
    "land": "#efece4",
    "border": "#8f8775",
    "paper": "#fefefe",
    "first": "#b0381e",
    "second": "#00525c",
    "third": "#5d6b00",
    "both": "#524783",
    "neither": "#6a6e79",
    "better": "#007152",
    "worse": "#841651",
    "mixed": "#756100",
    "unclear": "#676e7b",
}
UPRIGHT = 92  # pixels for labels that stand upright, whatever the font, so that the chart keeps its height
MOST = 100  # lines of a chart, beyond which it is a picture no more: it shows the first quarter of so many
FONT = "Arial, Helvetica, sans-serif"
SIDES = {"with": "put one with another", "against": "set one against another", "other": "are of another kind"}


@alt.theme.register("book", enable=True)
def theme() -> Any:
    """The one look of all charts: no frame, quiet axes, text large enough for a phone."""
    text: Any = {"font": FONT, "fontSize": 13, "color": PALETTE["ink"]}
    axis: Any = {
        "labelFont": FONT,
        "labelFontSize": 13,
        "labelColor": PALETTE["ink"],
        "titleColor": PALETTE["muted"],
    }
    return {
        "config": {
            "background": "transparent",
            "font": FONT,
            "view": {"stroke": None},
            "text": text,
            "axis": {
                **axis,
                "titleFontWeight": "normal",
                "titleFontSize": 13,
                "gridColor": PALETTE["grid"],
                "domain": False,
                "ticks": False,
                "labelLimit": 190,
            },
            "legend": {
                "labelFontSize": 13,
                "labelLimit": 300,
                "titleFontSize": 13,
                "titleFontWeight": "normal",
                "labelColor": PALETTE["ink"],
                "titleColor": PALETTE["muted"],
                "orient": "top",
                "direction": "horizontal",
                "columns": 2,
                "title": None,
                "offset": 8,
                "layout": {"top": {"anchor": "start", "direction": "vertical", "margin": 4}},
            },
        }
    }


def _figure(spec: dict[str, Any], **_: Any) -> dict[str, str]:
    """Renderer of the build: the specification as data in the page, for the builder and the script."""
    data = json.dumps(slim(spec), ensure_ascii=False, sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")
    return {"text/html": f'<div class="chart" data-chart><script type="application/json">{data}</script></div>'}


def slim(spec: dict[str, Any]) -> dict[str, Any]:
    """Return a specification with what it draws or tells alone: nothing idle or empty, short names, four decimals."""
    frames: dict[str, Any] = spec.get("datasets", {})
    rest = json.dumps({name: part for name, part in spec.items() if name != "datasets"})
    short = {name: f"d{number}" for number, name in enumerate(frames)}
    for name, new in short.items():
        rest = rest.replace(name, new)
    thin = {short[name]: _thin(rows, rest) if isinstance(rows, list) else rows for name, rows in frames.items()}
    slim: dict[str, Any] = _rounded(json.loads(rest) | ({"datasets": thin} if thin else {}))
    return slim


def _thin(rows: list[dict[str, Any]], rest: str) -> list[dict[str, Any]]:
    """Return rows with the columns that the rest of a specification names; a gap is left out where others fill it."""
    named = {key for row in rows for key in row if json.dumps(key)[1:-1] in rest}
    filled = {key for row in rows for key, value in row.items() if value is not None}
    return [
        {key: value for key, value in row.items() if key in named and (value is not None or key not in filled)}
        for row in rows
    ]


def _rounded(part: Any) -> Any:
    """Return a piece of a specification with its numbers to four decimals, whole ones without any."""
    if isinstance(part, dict):
        return {name: _rounded(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_rounded(value) for value in part]
    if isinstance(part, float):
        return int(part) if part.is_integer() else round(part, 4)
    return part


alt.renderers.register("book", _figure)
if "BOOK_BUILD" in os.environ:
    alt.renderers.enable("book")


def wrap(text: str, width: int = 30) -> str:
    """Break a label into lines of at most ``width`` characters."""
    return "\n".join(textwrap.wrap(text, width, break_on_hyphens=False))


def colours(values: Iterable[str], names: Iterable[str]) -> alt.Scale:
    """Return a scale that gives each value the palette's colour of that name."""
    return alt.Scale(domain=list(values), range=[PALETTE[name] for name in names])


def scenario_scale() -> alt.Scale:
    """Return the one colour of each scenario, the same in every chart."""
    names = list(terms("levers", "scenario"))
    return colours(names, [place_of(name) for name in names])


def listed(items: Iterable[str]) -> str:
    """Return items as a phrase: a, b and c."""
    *most, last = list(items)
    return f"{', '.join(most)} and {last}" if most else last


def bow(start: float, end: float) -> list[tuple[float, float]]:
    """Return the points that lead an arc (interpolated as ``basis``) from one height to another.

    Each is a distance, 1 where the arc is farthest out, and a height.
    """
    out = 24 / 23  # the curve stays a little within the points that lead it
    return [
        (distance, round(start + (end - start) * way, 3)) for way, distance in ((0, 0), (0.2, out), (0.8, out), (1, 0))
    ]


def finish(
    chart: Chart,
    description: str,
    height: float,
    columns: Mapping[str, str] | None = None,
    rows: list[dict[str, Any]] | None = None,
) -> Chart:
    """Give a chart its width, its height in pixels, its description and the form of its data.

    ``columns`` are the fields that its table and file show, each with its heading; those that the pointer
    is told if none are given. ``rows`` are told instead of its own, where what it draws is reckoned as it is shown.
    """
    meta: dict[str, Any] = {} if isinstance(chart.usermeta, alt.utils.schemapi.UndefinedType) else dict(chart.usermeta)
    meta |= {"columns": [*map(list, columns.items())]} if columns else {}
    meta |= {"rows": rows} if rows else {}
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    chart = chart.properties(width="container", height=height, autosize=fit, description=description)
    return chart.properties(usermeta=meta) if meta else chart


def up_to(most: int = MOST, by: str = "id") -> Callable[[Drawer[Rest]], Drawer[Rest]]:
    """Let a chart of too many rows draw the first of them only, and say so above it and in its description.

    Args:
        most: up to how many all are drawn; of more than these, a quarter of so many.
        by: the column of the rows whose different values are counted.
    """

    def limited(draw: Drawer[Rest]) -> Drawer[Rest]:
        @wraps(draw)
        def drawn(rows: pd.DataFrame, /, *rest: Rest.args, **named: Rest.kwargs) -> Chart:
            every = rows[by].unique()
            if len(every) <= most:
                return draw(rows, *rest, **named)
            few = most // 4
            chart = draw(rows[rows[by].isin(every[:few])], *rest, **named)
            line = f"The first {few} of {len(every)}; the files of data have all."
            title = alt.TitleParams(line, anchor="start", fontSize=13, fontWeight="normal", color=PALETTE["muted"])
            return chart.properties(title=title, description=f"{line} Of those drawn: {chart.description}")

        return drawn

    return limited


# --- time and place -------------------------------------------------------------------------------


@up_to()
def timeline(events: pd.DataFrame, table: str = "events", what: str = "events and figures of the brief") -> Chart:
    """Return events one below the other, in the order of their rows, each with its date in words.

    Args:
        events: rows with id, date (EDTF), label, statement, kind and locator.
        table: the table whose vocabulary the kinds are.
        what: what the rows are, for the description.
    """
    frame = events.copy()
    frame["when"] = [wrap(reading(date), 14) for date in frame["date"]]
    frame["text"] = [wrap(label, 32) for label in frame["label"]]
    frame["position"] = range(len(frame))
    kinds = [kind for kind in terms(table, "kind") if kind in set(frame["kind"])]
    y = alt.Y("position:O", axis=None)
    base = alt.Chart(frame[["id", "position", "when", "text", "statement", "kind", "locator"]])
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("id", "statement", "kind", "locator")]
    spine = (
        alt.Chart(frame[["position"]].iloc[[0, -1]])
        .mark_line(color=PALETTE["border"], strokeWidth=2)
        .encode(x=alt.value(116), y=y.copy())
    )
    dots = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.value(116),
        y=y,
        color=alt.Color("kind:N", scale=colours(kinds, ["first", "both", "second", "mixed", "better", "neither"])),
        shape=alt.Shape(
            "kind:N",
            scale=alt.Scale(
                domain=kinds, range=["circle", "diamond", "square", "triangle-up", "cross", "triangle-down"]
            ),
        ),
        tooltip=tooltip,
    )
    dates = base.mark_text(
        align="right", lineBreak="\n", color=PALETTE["muted"], fontSize=12, baseline="middle"
    ).encode(x=alt.value(102), y=y.copy(), text="when:N")
    labels = base.mark_text(align="left", lineBreak="\n", baseline="middle").encode(
        x=alt.value(130), y=y.copy(), text="text:N", tooltip=tooltip
    )
    years = frame["date"].str.removesuffix("/..").str.split("/").str[-1].str[:4]
    common = years[years != ""].value_counts()
    ends = [f"{row['label']} ({reading(row['date'])})" for row in frame.iloc[[0, -1]].to_dict("records")]
    description = (
        f"{len(frame)} {what}, from {ends[0]} to {ends[1]}. "
        f"No year has more of them than {common.index[0]} ({common.iloc[0]}), by the day on which each ends."
    )
    columns = {"id": "Id", "when": "Date", "text": "Event", "statement": "Statement", "kind": "Kind"}
    return finish(spine + dots + dates + labels, description, 40 * len(frame), columns)


@up_to(40)
def place_map(places: pd.DataFrame) -> Chart:
    """Return the places on a map, as the schema of the table places says it under ``map``.

    There ``borders`` is a TopoJSON file of the data with the object ``countries``, and ``corners`` are two corners
    of what is drawn at least, in degrees of longitude and latitude.

    Args:
        places: rows of the table places, latitude and longitude in degrees.
    """
    where = resource("places")["map"]
    borders = ROOT / "data" / where["borders"]
    shapes = alt.Data(  # type: ignore[no-untyped-call]
        values=json.loads(borders.read_text("utf-8")), format=alt.TopoDataFormat(feature="countries", type="topojson")
    )
    outlines = alt.Chart(shapes).encode(tooltip=alt.value(None))
    land = outlines.mark_geoshape(fill=PALETTE["land"], stroke=PALETTE["border"], strokeWidth=1, clip=True, aria=False)
    countries = (
        outlines.transform_filter("datum.properties.name")
        .mark_text(color=PALETTE["muted"], fontSize=12, clip=True)
        .encode(longitude="properties.lon:Q", latitude="properties.lat:Q", text="properties.name:N")
    )
    points = alt.Chart(places.assign(label=[wrap(name, 16) for name in places["name"]])).encode(
        longitude="longitude:Q",
        latitude="latitude:Q",
        tooltip=[alt.Tooltip(f"{name}:N") for name in ("name", "kind", "country", "precision")],
    )
    dots = points.mark_point(filled=True, size=90, color=PALETTE["first"], opacity=1)
    beside: dict[str, Any] = {
        "align": "left",
        "dx": 8,
        "dy": 4,
        "fontSize": 13,
        "fontWeight": "bold",
        "lineBreak": "\n",
        "baseline": "middle",
    }
    halo = points.mark_text(stroke=PALETTE["land"], strokeWidth=4, **beside).encode(text="label:N")
    names = points.mark_text(**beside).encode(text="label:N")
    most = places["country"].value_counts()
    description = (
        f"{most.iloc[0]} of the {len(places)} places on the map lie in {most.index[0]}: "
        + listed(places.loc[places["country"] == most.index[0], "name"])
        + "."
    )
    if len(most) > 1:
        others = places[places["country"] != most.index[0]].to_dict("records")
        description += f" Elsewhere: {listed(row['name'] + ', ' + row['country'] for row in others)}."
    columns = {"id": "Id", "name": "Place", "kind": "Kind", "country": "Country", "latitude": "Latitude"}
    columns |= {"longitude": "Longitude", "precision": "Precision"}
    corners = {"type": "MultiPoint", "coordinates": where["corners"]}
    frame = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": corners}]}
    chart = (land + countries + halo + dots + names).project(type="mercator", fit=frame)
    return finish(chart, description, 330, columns)


# --- actors -----------------------------------------------------------------------------------------


@up_to(40)
def crossed(profiles: pd.DataFrame, table: str, down: str, across: str, why: str) -> Chart:
    """Return actors by two closed fields of their profiles.

    Args:
        profiles: rows of the table.
        table: one whose ids are those of actors.
        down, across: the fields; an empty value of the second is shown as not stated.
        why: the field that tells the reason.
    """
    names, known = actor_names(), fields(table)
    frame = profiles[["id", down, across, why]].copy()
    frame[across] = frame[across].replace("", NOT_STATED)
    columns = [NOT_STATED, *(value for value in terms(table, across) if value in set(frame[across]))]
    rows = [value for value in terms(table, down) if value in set(frame[down])]
    cells = frame.groupby([down, across])["id"]
    height = max(156, 48 * int(cells.size().max()))
    frame["shift"] = height / 2 + (cells.cumcount() - (cells.transform("size") - 1) / 2) * 48
    frame["name"] = [wrap(names[at], 11) for at in frame["id"]]
    grid = pd.MultiIndex.from_product([rows, columns], names=[down, across]).to_frame(index=False)
    lines = "split(replace(datum.label, ' ', '|'), '|')"  # an axis label breaks after its first word
    x = alt.X(
        f"{across}:N",
        sort=columns,
        title=None,
        axis=alt.Axis(orient="top", labelAngle=0, labelFontWeight="bold", labelExpr=lines, labelPadding=18),
    )
    y = alt.Y(f"{down}:N", sort=rows, title=None, axis=alt.Axis(labelFontWeight="bold", labelExpr=lines))
    boxes = (
        alt.Chart(grid)
        .mark_rect(fill=PALETTE["land"], stroke=PALETTE["paper"], strokeWidth=4)
        .encode(x=x, y=y, tooltip=alt.value(None))
    )
    labels = (
        alt.Chart(frame)
        .mark_text(lineBreak="\n", fontWeight="bold", baseline="middle")
        .encode(
            x=x.copy(),
            y=y.copy(),
            yOffset=alt.YOffset("shift:Q", scale=None),
            text="name:N",
            color=alt.Color(f"{down}:N", scale=colours(rows, ["first", "second", "both"]), legend=None),
            tooltip=[alt.Tooltip("name:N"), alt.Tooltip(f"{why}:N")],
        )
    )
    where = frame.groupby([down, across], sort=False)["id"].apply(lambda ids: listed(names[at] for at in ids))
    together = where.index.get_level_values(down).is_unique
    heads = {name: heading(known[name]) for name in (down, across, why)}
    first, second = (heads[name].split(",")[0].lower() for name in (down, across))
    description = f"Those with the same {first} {'share one' if together else 'differ in their'} {second}. " + " ".join(
        f"{row.capitalize()}, {second} {value}: {who}." for (row, value), who in where.items()
    )
    return finish(boxes + labels, description, height * len(rows), {"id": "Id", "name": "Name", **heads})


def relations(frame: pd.DataFrame, actors: list[str]) -> Chart:
    """Return who stands with and against whom among some actors, as arcs beside a list of names.

    Args:
        frame: rows of the table relations.
        actors: ids, from the top of the list to its foot.
    """
    names = actor_names()
    place = {at: number for number, at in enumerate(actors)}
    ties = frame[frame["source"].isin(place) & frame["target"].isin(place)]
    sides = fields("relations")["relation"]["sides"]
    rows = []
    for tie in ties.to_dict("records"):
        start, end = place[tie["source"]], place[tie["target"]]
        bend = 14 + 22 * abs(end - start)
        for step, (across, down) in enumerate(bow(start, end)):
            rows.append(
                {
                    "id": tie["id"],
                    "step": step,
                    "y": down,
                    "x": round(bend * across / 2, 2),
                    "side": sides[tie["relation"]],
                    "detail": tie["detail"],
                    "relation": tie["relation"],
                }
            )
    arcs = pd.DataFrame(rows)
    widest = float(arcs["x"].max())
    order = ["with", "against", "other"]
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[len(actors) - 0.5, -0.5], nice=False))
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-widest * 1.15, widest], nice=False))
    lines = (
        alt.Chart(arcs)
        .mark_line(strokeWidth=2, opacity=0.85, interpolate="basis")
        .encode(
            x=x,
            y=y,
            detail="id:N",
            order="step:Q",
            color=alt.Color("side:N", scale=colours(order, ["better", "worse", "unclear"])),
            strokeDash=alt.StrokeDash("side:N", scale=alt.Scale(domain=order, range=[[1, 0], [7, 3], [2, 3]])),
            tooltip=[alt.Tooltip("relation:N"), alt.Tooltip("detail:N")],
        )
    )
    ends = arcs[arcs["step"] == arcs["step"].max()]
    ends = ends.assign(source=[names[at] for at in ties["source"]], target=[names[at] for at in ties["target"]])
    heads = (
        alt.Chart(ends)
        .mark_point(filled=True, size=50, shape="circle", opacity=1)
        .encode(
            x=x.copy(),
            y=y.copy(),
            color=alt.Color("side:N", scale=colours(order, ["better", "worse", "unclear"])),
            tooltip=[alt.Tooltip("detail:N")],
        )
    )
    people = pd.DataFrame({"name": [wrap(names[at], 20) for at in actors], "y": range(len(actors)), "x": 0.0})
    labels = (
        alt.Chart(people)
        .mark_text(align="right", dx=-10, lineBreak="\n", baseline="middle")
        .encode(x=x.copy(), y=y.copy(), text="name:N")
    )
    count = arcs[arcs["step"] == 0]["side"].value_counts()
    busiest = pd.concat([ties["source"], ties["target"]]).value_counts()
    description = (
        f"Of {len(ties)} relations among {len(actors)} actors, "
        + listed(f"{number} {SIDES[str(side)]}" for side, number in count.items())
        + f". Most involve {names[str(busiest.index[0])]} ({busiest.iloc[0]}). "
        "An arc runs from the one who acts to the dot at the one concerned."
    )
    columns = {
        "id": "Id",
        "source": "Who",
        "relation": "Relation",
        "target": "To whom",
        "detail": "What the brief says",
    }
    return finish(lines + heads + labels, description, 40 * len(actors), columns)


@up_to(40)
def stances(frame: pd.DataFrame) -> Chart:
    """Return private wish and public posture of each party on one scale from leaving to staying.

    Args:
        frame: rows of the table stances; an empty position is left out.
    """
    names = actor_names()
    scale = list(dict.fromkeys([*terms("stances", "public_position"), *terms("stances", "private_position")]))
    long = frame.melt(
        id_vars=["id", "actor", "private", "public"],
        value_vars=["private_position", "public_position"],
        var_name="where",
        value_name="position",
    )
    long = long[long["position"] != ""].copy()
    long["where"] = long["where"].map({"private_position": "in private", "public_position": "in public"})
    long["name"] = [wrap(names[at], 16) for at in long["actor"]]
    long["text"] = [
        row["private"] if row["where"] == "in private" else row["public"] for row in long.to_dict("records")
    ]
    order = [wrap(names[at], 16) for at in frame["actor"]]
    x = alt.X(
        "position:N",
        sort=scale,
        title=None,
        axis=alt.Axis(orient="top", labelAngle=0, grid=True),
        scale=alt.Scale(domain=scale),
    )
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelExpr="split(datum.label, '\\n')"))
    base = alt.Chart(long[["id", "name", "where", "position", "text"]])
    lines = base.mark_line(color=PALETTE["muted"], strokeWidth=2, strokeDash=[4, 3]).encode(x=x, y=y, detail="name:N")
    wheres = ["in private", "in public"]
    dots = base.mark_point(size=170, filled=True, opacity=1).encode(
        x=x.copy(),
        y=y.copy(),
        color=alt.Color("where:N", scale=colours(wheres, ["both", "second"])),
        shape=alt.Shape("where:N", scale=alt.Scale(domain=wheres, range=["diamond", "circle"])),
        tooltip=[alt.Tooltip("where:N"), alt.Tooltip("text:N")],
    )
    told = frame[(frame["private_position"] != "") & (frame["public_position"] != "")]
    apart = [names[at] for at in told.loc[told["private_position"] != told["public_position"], "actor"]]
    description = (
        f"Of {len(frame)} parties the brief tells both the private wish and the public word of {len(told)}; "
        f"they differ for {listed(apart) if apart else 'none'}."
    )
    for where, own in long.groupby("where"):
        who = own.groupby("position", sort=False)["actor"].apply(lambda found: listed(names[at] for at in found))
        description += f" {str(where).capitalize()}, " + "; ".join(f"{at}: {name}" for at, name in who.items()) + "."
    columns = {"id": "Id", "name": "Party", "where": "Where", "position": "Position", "text": "What the brief says"}
    return finish(lines + dots, description, 48 * len(frame), columns)


# --- levers and consequences --------------------------------------------------------------------------


@up_to()
def lever_grid(levers: pd.DataFrame) -> Chart:
    """Return what the brief states of each lever, and under which scenario it stands.

    Args:
        levers: rows of the table levers.
    """
    said = ["mechanism", "precedent", "expected_effect", "limits", "side_effects"]
    heads = dict(zip(said, ["mechanism", "precedent", "effect", "limits", "side effects"], strict=True))
    kinds = list(terms("levers", "kind"))
    frame = levers.sort_values("kind", key=lambda column: column.map(kinds.index), kind="stable")
    order = [wrap(name, 26) for name in frame["name"]]
    long = frame.melt(id_vars=["id", "name", "kind", "scenario"], value_vars=said, var_name="field", value_name="text")
    long = long.assign(
        name=long["name"].map(lambda name: wrap(name, 26)), stated=long["text"] != "", field=long["field"].map(heads)
    )
    x = alt.X(
        "field:N",
        sort=list(heads.values()),
        title=None,
        axis=alt.Axis(orient="top", labelAngle=-90, minExtent=UPRIGHT, maxExtent=UPRIGHT),
    )
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelExpr="split(datum.label, '\\n')", grid=True))
    named = [name for name in terms("levers", "scenario") if name in set(levers["scenario"])]
    base = alt.Chart(long[["id", "name", "field", "text", "scenario", "stated", "kind"]])
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("id", "kind", "field", "text", "scenario")]
    stated = (
        base.transform_filter("datum.stated")
        .mark_point(filled=True, size=120, opacity=1)
        .encode(
            x=x,
            y=y,
            tooltip=tooltip,
            color=alt.Color("scenario:N", scale=scenario_scale(), legend=alt.Legend(values=named, columns=1)),
            shape=alt.Shape(
                "scenario:N",
                scale=alt.Scale(
                    domain=list(terms("levers", "scenario")), range=["circle", "square", "diamond", "triangle-up"]
                ),
                legend=alt.Legend(values=named, columns=1),
            ),
        )
    )
    silent = (
        base.transform_filter("!datum.stated")
        .mark_point(size=26, filled=False, color=PALETTE["border"], strokeWidth=1)
        .encode(x=x.copy(), y=y.copy(), tooltip=tooltip)
    )
    count = levers["scenario"].value_counts()
    every = int((levers[said] != "").all(axis=1).sum())
    description = (
        f"Of {len(levers)} levers the brief states all {len(said)} points for {every}: "
        + listed(f"{heads[name]} for {(levers[name] != '').sum()}" for name in said)
        + ". By scenario: "
        + listed(f"{name} {count[name]}" for name in named)
        + "."
    )
    columns = {"id": "Id", "name": "Lever", "kind": "Kind", "scenario": "Scenario", "field": "Point"}
    return finish(stated + silent, description, 44 * len(levers), columns | {"text": "What the brief states"})


@up_to()
def chain(consequences: pd.DataFrame, links: pd.DataFrame) -> Chart:
    """Return the steps of a scenario from trigger to consequence, arcs from each to what follows.

    Pointing at a step or tapping it brings out what leads to it and what it leads to.

    Args:
        consequences: rows of one scenario of the table consequences.
        links: rows of the table consequence-links; those between other steps are left out.
    """
    stages = list(terms("consequences", "stage"))
    frame = consequences.sort_values("stage", key=lambda column: column.map(stages.index), kind="stable").reset_index(
        drop=True
    )
    gaps = frame["stage"].ne(frame["stage"].shift()).cumsum()
    place = {
        at: number + float(gap) * 0.9 - 0.9 for number, (at, gap) in enumerate(zip(frame["id"], gaps, strict=True))
    }
    foot = max(place.values())
    ties = links[links["source"].isin(place) & links["target"].isin(place)]
    rows = []
    for tie in ties.to_dict("records"):
        start, end = place[tie["source"]], place[tie["target"]]
        for step, (across, down) in enumerate(bow(start, end)):
            rows.append(
                {
                    "link": f"{tie['source']}-{tie['target']}",
                    "step": step,
                    "y": down,
                    "x": round(-across * abs(end - start) ** 0.5, 2),
                }
            )
    arcs = pd.DataFrame(rows)
    names = actor_names()
    near = {at: {at} for at in place}
    for tie in ties.to_dict("records"):
        near[tie["source"]].add(tie["target"])
        near[tie["target"]].add(tie["source"])
    nodes = pd.DataFrame(
        {
            "id": frame["id"],
            "y": list(place.values()),
            "x": 0.0,
            "stage": frame["stage"],
            "direction": frame["direction"],
            "text": [wrap(label, 30) for label in frame["label"]],
            "party": frame["party"].map(names),
            "statement": frame["statement"],
            "near": [" ".join(sorted(near[at])) for at in frame["id"]],
        }
    )
    widest = max(2.0, float(-arcs["x"].min()))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[foot + 0.6, -1.1], nice=False))
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-widest, widest * 2.6], nice=False))
    pick = alt.selection_point(name="step", fields=["id"], on="click", clear="dblclick", empty=True)
    directions = list(terms("consequences", "direction"))
    lines = (
        alt.Chart(arcs)
        .mark_line(strokeWidth=1.5, interpolate="basis")
        .encode(
            x=x,
            y=y,
            detail="link:N",
            order="step:Q",
            color=alt.value(PALETTE["muted"]),
            opacity=alt.condition(
                "!length(data('step_store')) || indexof(split(datum.link, '-'), data('step_store')[0].values[0]) >= 0",
                alt.value(0.75),
                alt.value(0.08),
            ),
            tooltip=alt.value(None),
        )
    )
    lit = alt.condition(
        "!length(data('step_store')) || indexof(datum.near, data('step_store')[0].values[0]) >= 0",
        alt.value(1),
        alt.value(0.22),
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("id", "stage", "party", "direction", "statement")]
    dots = (
        alt.Chart(nodes)
        .mark_point(filled=True, size=130)
        .encode(
            x=x.copy(),
            y=y.copy(),
            opacity=lit,
            tooltip=tooltip,
            color=alt.Color(
                "direction:N",
                scale=colours(directions, directions),
                legend=alt.Legend(values=[value for value in directions if value in set(frame["direction"])]),
            ),
            shape=alt.Shape(
                "direction:N",
                scale=alt.Scale(domain=directions, range=["triangle-up", "triangle-down", "diamond", "circle"]),
            ),
        )
        .add_params(pick)
    )
    labels = (
        alt.Chart(nodes)
        .mark_text(align="left", dx=12, lineBreak="\n", baseline="middle")
        .encode(x=x.copy(), y=y.copy(), text="text:N", opacity=lit, tooltip=tooltip)
    )
    first = nodes.groupby("stage", sort=False).head(1)[["stage", "y", "x"]]
    first = first.assign(stage=first["stage"].str.upper())
    heads = (
        alt.Chart(first)
        .mark_text(align="left", dx=12, dy=-28, fontSize=12, fontWeight="bold", color=PALETTE["muted"])
        .encode(x=x.copy(), y=y.copy(), text="stage:N")
    )
    count, ways = frame["stage"].value_counts(), frame["direction"].value_counts()
    forks = ties["source"].value_counts()
    labelled = frame.set_index("id")["label"]
    description = (
        f"Of {len(frame)} steps of {frame['scenario'].iloc[0]}, "
        + listed(f"{ways[way]} are {way}" for way in directions if way in ways)
        + " for the party on which they fall. "
        + (f"Most follow from one step: {labelled[forks.index[0]]} ({forks.iloc[0]}). " if len(forks) else "")
        + "By stage: "
        + listed(f"{stage} {count[stage]}" for stage in stages if stage in count)
        + f"; {len(ties)} links lead from step to step, and the list on this page gives them all."
    )
    columns = {"id": "Id", "stage": "Stage", "text": "Step", "party": "Party", "direction": "Direction"}
    columns |= {"statement": "What the brief says"}
    return finish(lines + dots + labels + heads, description, round(36 * (foot + 1.7)), columns)


@up_to(40, by="party")
def direction_grid(consequences: pd.DataFrame) -> Chart:
    """Return for each party and domain what each scenario means; silent cells are hollow dots.

    A cell in which the brief gives several directions is shown as mixed. Rows are not added up.

    Args:
        consequences: rows of the table consequences.
    """
    names = actor_names()
    both = scenarios()
    domains = list(terms("consequences", "domain"))
    parties = list(consequences["party"].unique())
    cells = consequences.groupby(["party", "domain", "scenario"])["direction"].agg(
        lambda found: found.iloc[0] if found.nunique() == 1 else "mixed"
    )
    ids = consequences.groupby(["party", "domain", "scenario"])["id"].agg(" ".join)
    every = pd.MultiIndex.from_product([parties, domains, both], names=["party", "domain", "scenario"])
    frame = cells.reindex(every, fill_value="silent").reset_index()
    frame["rows"] = ids.reindex(every, fill_value="").to_list()
    frame["name"] = [wrap(names[at], 14) for at in frame["party"]]
    values = [*terms("consequences", "direction"), "silent"]
    x = alt.X(
        "domain:N",
        sort=domains,
        title=None,
        axis=alt.Axis(orient="top", labelAngle=-90, minExtent=UPRIGHT, maxExtent=UPRIGHT),
    )
    y = alt.Y(
        "name:N",
        sort=[wrap(names[at], 14) for at in parties],
        title=None,
        axis=alt.Axis(labelExpr="split(datum.label, '\\n')", grid=True),
    )
    offset = alt.XOffset("scenario:N", sort=both)
    base = alt.Chart(frame)
    sided = f"datum.label == '{both[0]}' ? datum.label + ' (left)' : datum.label"  # not by color alone
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("name", "domain", "scenario", "direction", "rows")]
    bars = base.mark_bar(opacity=0.2).encode(
        x=x,
        y=y,
        xOffset=offset,
        color=alt.Color("scenario:N", scale=scenario_scale(), legend=alt.Legend(values=both, labelExpr=sided)),
        tooltip=tooltip,
    )
    marks = base.mark_point(filled=True, size=75, opacity=1, stroke=None).encode(
        x=x.copy(),
        y=y.copy(),
        xOffset=offset.copy(),
        tooltip=tooltip,
        shape=alt.Shape(
            "direction:N",
            scale=alt.Scale(domain=values, range=["triangle-up", "triangle-down", "diamond", "circle", "stroke"]),
            legend=alt.Legend(columns=2, values=values[:-1]),
        ),
        fill=alt.Fill(
            "direction:N",
            scale=colours(values, ["better", "worse", "mixed", "unclear", "border"]),
            legend=alt.Legend(columns=2, values=values[:-1]),
        ),
    )
    parts = []
    for scenario in both:
        own = frame[frame["scenario"] == scenario]["direction"].value_counts().drop("silent", errors="ignore")
        parts.append(
            f"{scenario.capitalize()}: of {own.sum()} cells that the brief fills "
            + listed(f"{own[value]} {value}" for value in values if value in own)
            + "."
        )
    description = " ".join(parts) + f" The rest of {len(parties)} parties by {len(domains)} domains is silent."
    columns = {"name": "Party", "domain": "Domain", "scenario": "Scenario", "direction": "Direction", "rows": "Steps"}
    return finish(bars + marks, description, 46 * len(parties), columns)


# --- the brief itself -----------------------------------------------------------------------------------


@up_to(300)
def argument_map(claims: pd.DataFrame, links: pd.DataFrame) -> Chart:
    """Return the claims by how many steps they stand from the recommendation, lines to what they support.

    Args:
        claims: rows of the table claims.
        links: rows of the table argument.
    """
    links = links[links["claim"].isin(claims["id"]) & links["supports"].isin(claims["id"])]
    roots = [at for at in links["supports"].unique() if at not in set(links["claim"])]
    depth = {at: 0 for at in roots}
    queue = list(roots)
    while queue:
        at = queue.pop(0)
        for below in links.loc[links["supports"] == at, "claim"]:
            if below not in depth:
                depth[below] = depth[at] + 1
                queue.append(below)
    claim = claims.set_index("id")
    levels: dict[int, list[str]] = {}
    for at, level in depth.items():
        levels.setdefault(level, []).append(at)
    tallest = max(len(level) for level in levels.values())
    place = {
        at: (level, (number + 0.5) * tallest / len(ids))
        for level, ids in levels.items()
        for number, at in enumerate(ids)
    }
    carries = {str(at): list(own["supports"]) for at, own in links.groupby("claim")}
    nodes = pd.DataFrame(
        [
            {
                "id": at,
                "x": x,
                "y": y,
                "says": claim.loc[at, "outcome"],
                "kind": claim.loc[at, "kind"],
                "locator": claim.loc[at, "locator"],
                "supports": ", ".join(carries.get(at, [])),
            }
            for at, (x, y) in place.items()
        ]
    )
    roles = list(terms("argument", "role"))
    edges = pd.DataFrame(
        [
            {
                "x": place[row["claim"]][0],
                "y": place[row["claim"]][1],
                "x2": place[row["supports"]][0],
                "y2": place[row["supports"]][1],
                "role": row["role"],
            }
            for row in links.to_dict("records")
        ]
    )
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.25, max(levels) + 0.25], nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[tallest, 0], nice=False))
    lines = (
        alt.Chart(edges)
        .mark_rule(strokeWidth=1.5, opacity=0.7)
        .encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            color=alt.Color("role:N", scale=colours(roles, ["muted", "second", "worse"])),
            strokeDash=alt.StrokeDash("role:N", scale=alt.Scale(domain=roles, range=[[1, 0], [6, 3], [2, 3]])),
            tooltip=alt.value(None),
        )
    )
    tooltip = [alt.Tooltip(f"{name}:N") for name in ("id", "says", "kind", "locator")]
    dots = (
        alt.Chart(nodes)
        .mark_point(filled=True, size=900, opacity=1, color=PALETTE["land"], stroke=PALETTE["border"])
        .encode(x=x.copy(), y=y.copy(), tooltip=tooltip)
    )
    labels = (
        alt.Chart(nodes)
        .mark_text(fontSize=12, fontWeight="bold")
        .encode(x=x.copy(), y=y.copy(), text="id:N", tooltip=tooltip)
    )
    busiest = links["supports"].value_counts()
    description = (
        f"The recommendation ({listed(roots)}) rests on {len(levels.get(1, []))} claims directly and through them on "
        f"{len(nodes) - len(roots) - len(levels.get(1, []))} more, up to {max(levels)} steps away; most claims bear on "
        f"{busiest.index[0]} ({busiest.iloc[0]}). By role of the {len(links)} links: "
        + listed(f"{role} {number}" for role, number in links["role"].value_counts().items())
        + "."
    )
    columns = {"id": "Id", "says": "Claim", "kind": "Kind", "supports": "Bears on", "locator": "Sentences"}
    return finish(lines + dots + labels, description, 36 * tallest, columns)


def coverage(frame: pd.DataFrame, users: dict[str, list[tuple[str, str]]]) -> Chart:
    """Return every sentence of the brief with the number of rows that rest on it.

    Args:
        frame: rows of the table sentences.
        users: rows by locator, as ``users_of_sentences`` gives them.
    """
    rows = frame[["locator", "paragraph", "gist"]].copy()
    rows["sentence"] = rows["locator"].str.split(".").str[1].astype(int)
    rows["rows"] = [len(users[at]) for at in rows["locator"]]
    order = list(rows["paragraph"].unique())
    x = alt.X("sentence:O", title="Sentence", axis=alt.Axis(orient="top", labelAngle=0))
    y = alt.Y("paragraph:N", sort=order, title="Paragraph")
    base = alt.Chart(rows)
    tooltip = [alt.Tooltip("locator:N"), alt.Tooltip("gist:N"), alt.Tooltip("rows:Q")]
    bars = base.mark_rect(stroke=PALETTE["paper"], strokeWidth=3, fill=PALETTE["both"]).encode(
        x=x,
        y=y,
        tooltip=tooltip,
        opacity=alt.Opacity(
            "rows:Q", scale=alt.Scale(domain=[0, int(rows["rows"].max())], range=[0.04, 0.34]), legend=None
        ),
    )
    numbers = base.mark_text().encode(x=x.copy(), y=y.copy(), text="rows:Q", tooltip=tooltip)
    silent = list(rows.loc[rows["rows"] == 0, "locator"])
    none = f"no row rests on {listed(silent)}" if silent else "every sentence is taken up"
    most = rows.sort_values("rows", kind="stable").iloc[-1]
    description = (
        f"{len(rows)} sentences of the brief, by paragraph, each with the number of rows that rest on it: "
        f"{rows['rows'].sum()} in all, "
        f"most ({most['rows']}) on {most['locator']}; {none}."
    )
    columns = {"locator": "Sentence", "gist": "Gist", "rows": "Rows that rest on it"}
    return finish(bars + numbers, description, 30 * len(order), columns)
