"""Tables and charts of the package: nothing is lost, text stays text, a chart says what it shows."""

import json
import re
from html import unescape

import altair as alt
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from conftest import TINY, assert_sound

from book import charts, data, tables

ROWS = {name: data.load(name) for name in data.tables()}
STEPS = ROWS["consequences"]
CHARTS = {
    "timeline": lambda: charts.timeline(ROWS["events"]),
    "map": lambda: charts.place_map(ROWS["places"]),
    "stake": lambda: charts.crossed(ROWS["militias"], "militias", "part_in_attacks", "stake", "reason"),
    "relations": lambda: charts.relations(ROWS["relations"], ["iran", "militias", "iraqi-government"]),
    "stances": lambda: charts.stances(ROWS["stances"]),
    "levers": lambda: charts.lever_grid(ROWS["levers"]),
    "chain": lambda: charts.chain(STEPS[STEPS["scenario"] == data.scenarios()[0]], ROWS["consequence-links"]),
    "directions": lambda: charts.direction_grid(STEPS),
    "argument": lambda: charts.argument_map(ROWS["claims"], ROWS["argument"]),
    "coverage": lambda: charts.coverage(ROWS["sentences"], data.users_of_sentences()),
}


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("name", data.tables())
def test_a_table_shows_every_cell_of_every_row(name: str) -> None:
    shown = [field for field in data.fields(name) if field != "paragraph"]
    keys = data.references(name)
    names = {
        field: tables.actor_names() if target == "actors" else tables.named(target) for field, target in keys.items()
    }
    rows = BeautifulSoup(tables.table(name, "All rows", shown, addresses=False), "lxml").select("tbody tr")
    for row, html in zip(ROWS[name].to_dict("records"), rows, strict=True):
        cells = [cell.get_text() for cell in html.select("th, td")]
        for field, cell in zip(shown, cells, strict=True):
            value = row[field]
            if value == "" or value != value:
                assert cell == data.NOT_STATED
            elif isinstance(value, bool):
                assert cell == ("yes" if value else "no")
            elif isinstance(value, float):
                assert float(cell.replace(",", "")) == value
            elif data.fields(name)[field].get("edtf"):
                assert cell == tables.reading(value)
            elif field == "hedge":
                assert cell == ("no hedge" if value == "none" else f"“{value}”")
            elif field in ("scenario", "direction", "verdict"):
                assert cell.endswith(value)
            elif keys.get(field) == "facts":
                assert re.findall(r"F\d{3}", cell) == value.split()
            else:
                assert cell in (value, names.get(field, {}).get(value), re.sub("^https?://", "", value))


def test_an_empty_cell_is_shown_as_not_stated() -> None:
    html = tables.table("levers", "Levers", rows=ROWS["levers"].assign(limits=""))
    assert html.count(data.NOT_STATED) >= len(ROWS["levers"])


def test_markup_in_a_cell_is_shown_and_not_run() -> None:
    rows = ROWS["levers"].head(1).assign(name="<script>alert(1)</script>", limits='"><img src=x onerror=alert(1)>')
    html = tables.table("levers", "<b>Levers</b>", rows=rows)
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html


def test_tables_have_caption_and_scoped_headers() -> None:
    html = tables.table("levers", "Levers")
    assert "<caption" in html
    assert html.count('scope="row"') == len(ROWS["levers"])
    assert html.count('scope="col"') == html.count("<th ") - len(ROWS["levers"])


def test_the_matrix_shows_every_consequence_once() -> None:
    text = plain(tables.matrix())
    assert all(text.count(f"{statement} ") == 1 for statement in STEPS["statement"])
    assert "silent" in text


def test_the_tree_of_the_argument_shows_every_link() -> None:
    html = tables.argument()
    assert html.count("data-row") == len(ROWS["argument"])


def test_the_data_dictionary_names_every_field() -> None:
    text = plain(tables.dictionary())
    assert all(field["description"] in text for name in data.tables() for field in data.fields(name).values())


@pytest.mark.parametrize(
    ("date", "words"),
    [
        ("2024-01-28", "28 Jan 2024"),
        ("2020-01", "Jan 2020"),
        ("2023~", "about 2023"),
        ("../2023", "by 2023"),
        ("2023/..", "from 2023"),
        ("2024-01-22/2024-01-28", "22 Jan 2024 to 28 Jan 2024"),
        ("", "no date given"),
    ],
)
def test_dates_are_put_into_words(date: str, words: str) -> None:
    assert tables.reading(date) == words


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_fits_its_place_says_what_it_shows_and_keeps_to_the_palette(name: str) -> None:
    assert_sound(CHARTS[name]())


def test_no_two_colors_of_the_palette_are_the_same() -> None:
    """The builder tells them apart by their value."""
    assert len(set(charts.PALETTE.values())) == len(charts.PALETTE)


def test_each_scenario_has_one_color_in_every_chart() -> None:
    scale = charts.scenario_scale().to_dict()
    first, second = data.scenarios()
    colour = dict(zip(scale["domain"], scale["range"], strict=True))
    assert colour[first] == charts.PALETTE["first"]
    assert colour[second] == charts.PALETTE["second"]


def test_a_chart_keeps_every_row() -> None:
    for _, steps in STEPS.groupby("scenario"):
        spec = json.dumps(charts.chain(steps, ROWS["consequence-links"]).to_dict())
        assert all(f'"{step}"' in spec for step in steps["id"])
    spec = json.dumps(charts.lever_grid(ROWS["levers"]).to_dict())
    assert all(f'"{lever}"' in spec for lever in ROWS["levers"]["id"])


def test_in_a_notebook_a_chart_is_an_ordinary_altair_chart() -> None:
    assert alt.renderers.active == "default"
    bundle = CHARTS["stances"]()._repr_mimebundle_()
    assert "data-chart" not in json.dumps(bundle)


def test_in_a_build_a_chart_is_data_that_cannot_break_out() -> None:
    frame = pd.DataFrame({"x": ["</script><script>alert(1)</script>"]})
    chart = charts.finish(alt.Chart(frame).mark_bar().encode(x="x:N"), "Markup <b> as data.", 50)
    html = charts._figure(chart.to_dict())["text/html"]
    assert html.count("</script>") == 1
    assert "<b>" not in html


def test_the_loaders_work_on_another_book() -> None:
    assert data.load("actors", TINY)["id"].tolist() == ["upper-town", "lower-town"]
    assert data.faults(TINY) == []


def test_a_chart_of_too_many_rows_draws_the_first_of_them_and_says_so() -> None:
    every = pd.concat([ROWS["events"]] * 4, ignore_index=True)
    every["id"] = [f"E{number}" for number in range(len(every))]
    whole, few = every.head(charts.MOST), every.head(charts.MOST + 1)
    assert "title" not in charts.timeline(whole).to_dict()
    chart = charts.timeline(few).to_dict()
    assert chart["title"]["text"] == f"The first 25 of {len(few)}; the files of data have all."
    assert chart["description"].startswith(f"{chart['title']['text']} Of those drawn: 25 events")
    assert {len(rows) for rows in chart["datasets"].values()} == {2, 25}
