"""The figures derived from the series, against sums done by hand, and their charts."""

import json
from datetime import date

import pandas as pd
import pytest
from conftest import assert_sound

from book import data, record
from chapters import six_questions as drawn

ROWS, NAMES = data.load("observations"), data.load("series")
COUNTS, FACTS = data.load("attack-counts"), data.load("facts")
CHARTS = {
    "fork": lambda: drawn.fork(ROWS),
    "exports": lambda: drawn.exports_and_oil(ROWS),
    "energy": lambda: drawn.imported_energy(ROWS, FACTS),
    "prices": lambda: drawn.price_level(ROWS, FACTS),
    "street": lambda: drawn.street_rate(ROWS, NAMES),
    "like years": lambda: drawn.like_years(ROWS, NAMES),
    "reserves": lambda: drawn.reserves(ROWS),
    "wave": lambda: drawn.attack_wave(COUNTS),
    "yardsticks": lambda: drawn.wave_yardsticks(FACTS, COUNTS),
    "troops": lambda: drawn.troops_and_deaths(ROWS),
}


def observations(**series: dict[str, float]) -> pd.DataFrame:
    """Return rows as the table observations has them, from values by date."""
    long = [(at, when, value) for at, values in series.items() for when, value in values.items()]
    return pd.DataFrame(long, columns=["series", "date", "value"])


def points(name: str) -> pd.DataFrame:
    """Return what a chart of lines draws: name, part, x and value of each point."""
    sets = json.loads(json.dumps(CHARTS[name]().to_dict()))["datasets"].values()
    return next(frame for frame in map(pd.DataFrame, sets) if "part" in frame and len(frame) > 15)


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_fits_its_place_says_what_it_shows_and_keeps_to_the_palette(name: str) -> None:
    assert_sound(CHARTS[name]())


def test_growth_is_chained_and_set_to_the_base_year() -> None:
    level = drawn.chained(pd.Series({"1989": 25.0, "1990": 10.0, "1991": -50.0}), "1989")
    assert level.round(6).to_dict() == {"1988": 80.0, "1989": 100.0, "1990": 110.0, "1991": 55.0}


def test_the_sources_disagree_in_sign_for_1990_and_agree_for_1991() -> None:
    found = drawn.output(ROWS)
    assert round(found["Maddison"]["1990"], 1) == round(3918 / 4098 * 100, 1) == 95.6
    assert round(found["EIU"]["1990"], 1) == round(938 / 2304 * 100, 1) == 40.7
    assert found["World Bank"]["1990"] == pytest.approx(155.87)
    assert found["World Bank"]["1991"] == pytest.approx(155.87 * 0.3558)
    assert max(found["World Bank"]["1991"], found["Maddison"]["1991"]) < 60


def test_the_shares_of_energy_are_those_of_a_sum_by_hand() -> None:
    rows = observations(
        D07={"2020": 200}, D08={"2020": 20}, D09={"2020": 50}, D10={"2020": 400}, D11={"2020": 100}
    )  # a tenth is bought; of the rest half is from gas, and of that three quarters imported
    assert drawn.energy(rows).loc["2020"].to_dict() == {"power": 10.0, "gas": pytest.approx(50 * 0.9 * 0.75)}
    assert drawn.energy(ROWS).loc["2023"].round(1).to_dict() == {"power": 4.5, "gas": 22.9}
    assert drawn.energy(ROWS).loc["2016", "gas"] == 0


def test_reserves_are_told_in_months_of_imports() -> None:
    rows = observations(D26={"2020": 50}, D27={"2020": 40}, D28={"2020": 30}, D29={"2020": 200})
    assert drawn.cover(rows).loc["2020"].to_dict() == {"goods": 15.0, "all": 10.0}
    assert (drawn.cover(ROWS)["all"] < drawn.cover(ROWS)["goods"]).all()


def test_like_years_are_the_last_that_all_series_share() -> None:
    rows = observations(D13={"2015": 1, "2016": 1}, D14={"2015": 1, "2017": 1}, D15={"2014": 1, "2015": 1, "2016": 1})
    assert drawn.latest_common(rows, ["D13", "D14", "D15"]) == "2015"
    assert [drawn.latest_common(ROWS, ids) for ids in drawn.LIKE.values()] == ["2016", "2020", "2019"]


def test_a_rate_counts_both_end_days() -> None:
    assert drawn.months(date(2023, 1, 1), date(2023, 12, 31)) == pytest.approx(365 / (365.25 / 12))
    rates = drawn.yardsticks(FACTS, COUNTS)
    assert rates["rate"].round(1).tolist() == [
        round(count / days * 365.25 / 12, 1)
        for count, days in ((78, 550), (78, 820), (170, 111), (57, 94))  # days of each span, counted on a calendar
    ]


def test_a_change_of_source_and_a_missing_year_break_the_line() -> None:
    maddison = points("fork").query("name == 'Maddison'")
    assert maddison.groupby("part")["x"].agg(["min", "max"]).to_numpy().tolist() == [[1985, 1990], [1991, 2000]]
    gap = drawn._rows("x", pd.Series({"2000": 1.0, "2001": 2.0, "2003": 3.0}))
    assert gap["part"].nunique() == 2
    assert 2022 not in drawn.of(ROWS, "D30").index.astype(int)


def test_points_of_different_outlets_are_not_joined() -> None:
    shown = points("street")
    outlets = shown["said"].str.rsplit(",", n=1).str[0].groupby(shown["part"]).nunique()
    assert (outlets == 1).all()
    assert (shown.sort_values("x").groupby("part")["x"].diff().dropna() <= 1 / 3).all()


def test_only_the_counts_of_us_officials_are_joined() -> None:
    shown = points("wave")
    joined = shown.groupby("part").filter(lambda part: len(part) > 1)
    assert set(joined["name"]) == {"U.S. officials", "in Iraq"}
    totals = COUNTS[(COUNTS["counted_by"] == drawn.OFFICIALS) & (COUNTS["date"] <= "2024-02-04")]["total"]
    assert sorted(joined.loc[joined["name"] == "U.S. officials", "value"]) == sorted(totals)


def test_disputed_figures_are_shown_as_the_range_of_all_rivals() -> None:
    assert record.figure("F152") in drawn.imported_energy(ROWS, FACTS).to_dict()["description"]


def test_every_series_has_its_own_name_and_values_and_a_trap() -> None:
    assert NAMES["name"].is_unique
    assert set(ROWS["series"]) == set(NAMES["id"])
    assert NAMES["trap"].str.len().min() > 15
