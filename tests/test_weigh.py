"""The weighing: its properties on cases that a library makes up, against another library, and by brute force."""

# mypy: disable-error-code="index,union-attr"
# What a test looks for and does not find fails it.

import itertools
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import Edit, assert_named, assert_sound, replace
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser
from pymcdm.methods import WSM

from book import data, extend, weigh, weigh_charts, weigh_views

ONE, OTHER = weigh.advised()
CODINGS = weigh_views.codings()
FIRST = weigh_views.first_coding()
SETS = list(data.load("weightings")["id"])
PARTIES, DOMAINS = weigh.parties(), list(data.terms("cells", "domain"))
STEPS = [""] + list(data.terms("cells", "gain"))

settings.register_profile("book", max_examples=60, deadline=None, derandomize=True)
settings.load_profile("book")


@st.composite
def cells(draw: st.DrawFn, allowed: tuple[str, ...] = (*weigh.SIDES, "silent")) -> pd.DataFrame:
    """A coding of the rubric over some pairs, with the directions allowed and with silent cells if they are."""
    pairs = draw(st.lists(st.tuples(st.sampled_from(PARTIES), st.sampled_from(DOMAINS)), min_size=1, unique=True))
    rows = []
    for scenario, (party, domain) in itertools.product(data.scenarios(), pairs):
        direction = draw(st.sampled_from(allowed))
        if direction != "silent":
            own = {side: draw(st.sampled_from(STEPS[1:])) for side in weigh.SIDES[direction]}
            row = {"scenario": scenario, "party": party, "domain": domain, "direction": direction}
            rows.append(row | {"gain": "", "loss": ""} | own)
    assume(rows)
    return pd.DataFrame(rows)


positive = st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0]), min_size=len(PARTIES), max_size=len(PARTIES))
signed = st.lists(st.sampled_from([-3.0, -1.0, 0.0, 1.0, 2.5]), min_size=len(PARTIES), max_size=len(PARTIES))
by_domain = st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=len(DOMAINS), max_size=len(DOMAINS))


def answered(frame: pd.DataFrame, parties: list[float], domains: list[float]) -> tuple[float, float]:
    """Return the margin of the advised scenario; a case in which nothing is weighed is no case."""
    coded = weigh.coding(frame)
    weights = weigh.grid(coded, parties, domains)
    assume(weights.any())
    low, high = weigh.margin(coded, weights, ONE, OTHER)
    return float(low), float(high)


# --- properties -------------------------------------------------------------------------------------------


@given(cells(), signed, by_domain, st.randoms())
def test_the_order_of_rows_does_not_matter(
    frame: pd.DataFrame, parties: list[float], domains: list[float], random: random.Random
) -> None:
    order = list(range(len(frame)))
    random.shuffle(order)
    assert answered(frame, parties, domains) == answered(frame.iloc[order], parties, domains)


@given(cells(), signed, by_domain, st.sampled_from([0.01, 0.5, 7.0, 1000.0]))
def test_scaling_all_weights_changes_nothing(
    frame: pd.DataFrame, parties: list[float], domains: list[float], factor: float
) -> None:
    scaled = [weight * factor for weight in parties]
    assert answered(frame, parties, domains) == pytest.approx(answered(frame, scaled, domains))


def judged(scenario: str, party: str, domain: str, value: int) -> dict[str, str]:
    """A cell of one value from -3 to 3."""
    direction = "better" if value > 0 else "worse" if value < 0 else "unchanged"
    sides = {"gain": STEPS[max(value, 0)], "loss": STEPS[max(-value, 0)]}
    return {"scenario": scenario, "party": party, "domain": domain, "direction": direction} | sides


ordered = st.lists(
    st.tuples(st.sampled_from(PARTIES), st.sampled_from(DOMAINS), st.integers(-3, 3), st.integers(0, 3)),
    min_size=1,
    unique_by=lambda pair: pair[:2],
)


@given(ordered, positive, by_domain)
def test_a_scenario_that_is_nowhere_better_never_comes_out_ahead(
    pairs: list[tuple[str, str, int, int]], parties: list[float], domains: list[float]
) -> None:
    rows = []
    for party, domain, value, less in pairs:
        rows += [judged(OTHER, party, domain, value), judged(ONE, party, domain, max(value - less, -3))]
    assert weigh.verdict(*answered(pd.DataFrame(rows), parties, domains)) != weigh.AHEAD


def test_a_scenario_that_is_no_worse_anywhere_is_found_and_never_loses() -> None:
    rows = [judged(ONE, "iraq", "economy", 1), judged(OTHER, "iraq", "economy", -1)]
    rows += [judged(name, "iran", "security", 0) for name in (ONE, OTHER)]
    coded = weigh.coding(pd.DataFrame(rows))
    assert "iraq" in weigh.no_worse(coded, ONE, OTHER)
    assert "iraq" not in weigh.no_worse(coded, OTHER, ONE)
    assert "iran" in weigh.no_worse(coded, ONE, OTHER)
    assert "iran" in weigh.no_worse(coded, OTHER, ONE)
    assert "militias" not in weigh.no_worse(coded, ONE, OTHER), "nothing is said of them"
    for weight in (0.5, 1, 3):
        assert weigh.answer(coded, {"iraq": weight}, ONE, OTHER) == weigh.AHEAD
        assert weigh.answer(coded, {"iraq": -weight}, ONE, OTHER) == weigh.BEHIND


@given(cells(), signed, by_domain)
def test_swapping_the_scenarios_swaps_the_answer(
    frame: pd.DataFrame, parties: list[float], domains: list[float]
) -> None:
    low, high = answered(frame, parties, domains)
    swapped = frame.assign(scenario=frame["scenario"].map({ONE: OTHER, OTHER: ONE}))
    assert answered(swapped, parties, domains) == pytest.approx((-high, -low))


@given(cells(), signed, by_domain, st.data())
def test_an_open_cell_filled_either_way_stays_within_the_range(
    frame: pd.DataFrame, parties: list[float], domains: list[float], draw: st.DataObject
) -> None:
    coded = weigh.coding(frame)
    weights = weigh.grid(coded, parties, domains)
    assume(weights.any())
    low, high = weigh.margin(coded, weights, ONE, OTHER)
    filled = coded
    for cell in coded.cells():
        value = draw.draw(st.integers(int(coded.low[cell]), int(coded.high[cell])))
        filled = filled.fixed(cell, value, value)
    least, most = weigh.margin(filled, weights, ONE, OTHER)
    assert least == pytest.approx(most)
    assert low - 1e-9 <= least <= high + 1e-9


@given(cells(("better", "worse", "unchanged")), positive, by_domain)
def test_the_scores_are_those_of_a_library_of_decision_analysis(
    frame: pd.DataFrame, parties: list[float], domains: list[float]
) -> None:
    """Without silent and mixed cells a score is one number: the weighted sum model of pymcdm."""
    coded = weigh.coding(frame)
    weights = weigh.grid(coded, parties, domains)
    assume(weights.any())
    flat = weights[coded.spoken]
    matrix = np.array([coded.low[at][coded.spoken] for at in range(len(coded.scenarios))])
    model = WSM(normalization_function=lambda column, cost=False: column)
    theirs = model(matrix, flat / flat.sum(), np.ones(flat.size), validation=False)
    low, high = weigh.scores(coded, weights)
    assert low == pytest.approx(high)
    assert low == pytest.approx(theirs)


# --- against brute force ------------------------------------------------------------------------------------


def small() -> pd.DataFrame:
    """Four cells of which one is mixed; one more is silent."""
    rows = [
        (ONE, "iraq", "economy", "worse", "", "slight"),
        (OTHER, "iraq", "economy", "worse", "", "fundamental"),
        (ONE, "iran", "security", "mixed", "slight", "marked"),
        (OTHER, "iran", "security", "better", "slight", ""),
        (OTHER, "iraq", "security", "worse", "", "slight"),
    ]
    return pd.DataFrame(rows, columns=["scenario", "party", "domain", "direction", "gain", "loss"])


WEIGHTS = [{"iraq": 2.0, "iran": 1.0}, {"iraq": 1.0, "iran": 3.0}, {"iraq": 3.0}, {"iraq": 1.0, "iran": -2.0}, {}]


def reached(coded: weigh.Coding, weights: np.ndarray, goal: str) -> bool:
    if not weights.any():
        return False
    low, high = map(float, weigh.margin(coded, weights, ONE, OTHER))
    return {
        "ahead": low > 1e-9,
        "not ahead": low <= 1e-9,
        "behind": high < -1e-9,
        "not behind": high >= -1e-9,
    }[goal]


@pytest.mark.parametrize("goal", weigh.GOALS)
@pytest.mark.parametrize("parties", WEIGHTS[:-1], ids=str)
def test_the_fewest_recodings_are_those_that_a_full_search_finds(parties: dict[str, float], goal: str) -> None:
    coded = weigh.coding(small())
    weights = weigh.listed_weights(coded, parties)
    stated = [cell for cell in coded.cells() if coded.stated[cell]]
    best = None
    for moves in itertools.product(range(-6, 7), repeat=len(stated)):
        steps = sum(map(abs, moves))
        if best is not None and steps >= best:
            continue
        ends = [(coded.low[cell] + move, coded.high[cell] + move) for cell, move in zip(stated, moves, strict=True)]
        if any(low < weigh.WORST or high > weigh.BEST for low, high in ends):
            continue
        moved = coded
        for cell, (low, high) in zip(stated, ends, strict=True):
            moved = moved.fixed(cell, low, high)
        if reached(moved, weights, goal):
            best = steps
    assert weigh.recodings(coded, weights, ONE, OTHER, goal) == best


@pytest.mark.parametrize("goal", weigh.GOALS)
@pytest.mark.parametrize("parties", WEIGHTS, ids=str)
def test_no_smaller_change_of_weights_reaches_the_goal(parties: dict[str, float], goal: str) -> None:
    coded = weigh.coding(small())
    least = weigh.reweighting(coded, parties, ONE, OTHER, goal)
    ways = {name: np.linspace(*((-3, 0) if parties.get(name, 0) < 0 else (0, 3)), 61) for name in ("iraq", "iran")}
    costs = []
    for iraq, iran in itertools.product(ways["iraq"], ways["iran"]):
        weights = weigh.listed_weights(coded, {"iraq": iraq, "iran": iran})
        if weights.any() and reached(coded, weights, goal):
            costs.append(abs(iraq - parties.get("iraq", 0)) + abs(iran - parties.get("iran", 0)))
    if least is None:
        assert not costs
    else:
        assert min(costs) == pytest.approx(least, abs=0.06)
        assert min(costs) >= least - 1e-6


def test_a_weight_that_is_used_up_hands_on_to_the_next() -> None:
    values = {("iraq", "economy"): 2, ("iran", "security"): 1, ("iran", "economy"): 0}
    values |= {("militias", "security"): -1, ("militias", "economy"): 0}
    rows = [judged(ONE, *pair, value) for pair, value in values.items()]
    rows += [judged(OTHER, *pair, 0) for pair in values]
    coded, weights = weigh.coding(pd.DataFrame(rows)), {"iraq": 0.5, "iran": 1.0, "militias": 0.5}
    # A lead of 2 * 0.5 + 0.5 * 1 - 0.5 * 0.5 = 1.25: half a point of Iraq takes 1 of it, the rest costs half a point.
    assert weigh.reweighting(coded, weights, ONE, OTHER, "not ahead") == pytest.approx(1.0)


@pytest.mark.parametrize("parties", WEIGHTS[:-1], ids=str)
def test_the_fewest_adverse_open_cells_are_those_that_a_full_search_finds(parties: dict[str, float]) -> None:
    coded = weigh.coding(small())
    weights = weigh.listed_weights(coded, parties)
    free = [cell for cell in coded.cells() if coded.high[cell] > coded.low[cell] and weights[cell[1:]]]

    def ahead(adverse: tuple[tuple[int, int, int], ...]) -> bool:
        filled = coded
        for cell in free:
            good = (coded.scenarios[cell[0]] == ONE) == (weights[cell[1:]] > 0)
            value = coded.high[cell] if good != (cell in adverse) else coded.low[cell]
            filled = filled.fixed(cell, value, value)
        return reached(filled, weights, "ahead")

    counts = [
        size
        for size in range(len(free) + 1)
        if any(not ahead(adverse) for adverse in itertools.combinations(free, size))
    ]
    assert weigh.adverse(coded, weights, ONE, OTHER) == (counts[0] if counts else None, len(free))


def test_a_swing_holds_the_margin_at_both_ends_of_its_input() -> None:
    coded, parties = FIRST, weigh.weighting("both-countries")
    weights = weigh.listed_weights(coded, parties)
    frame = weigh.swings(coded, parties, ONE, OTHER)
    assert set(frame["kind"]) == {"cell", "party", "domain"}
    for row in frame.to_dict("records"):
        if row["kind"] == "cell":
            names = coded.scenarios, coded.parties, coded.domains
            scenario, party, domain = (own.index(row[name]) for own, name in zip(names, weigh.KEY, strict=True))
            at = scenario, party, domain
            low, high = coded.low[at], coded.high[at]
            ends = (low, high) if low < high else (max(low - 1, -3), min(high + 1, 3))
            ends = ends if row["scenario"] == ONE else ends[::-1]
            wanted = [weigh.margin(coded.fixed(at, end, end), weights, ONE, OTHER) for end in ends]
        elif row["kind"] == "party":
            tried = [weigh.listed_weights(coded, parties | {row["party"]: end}) for end in (0, 3)]
            wanted = [weigh.margin(coded, at, ONE, OTHER) for at in tried]
        else:
            once = dict.fromkeys(coded.domains, 1.0)
            tried = [weigh.listed_weights(coded, parties, once | {row["domain"]: end}) for end in (0, 3)]
            wanted = [weigh.margin(coded, at, ONE, OTHER) for at in tried]
        found = [row[name] for name in ("from_low", "from_high", "to_low", "to_high")]
        assert found == pytest.approx([float(at) for end in wanted for at in end])
    width = (frame[["to_low", "to_high"]].to_numpy() - frame[["from_low", "from_high"]].to_numpy()).round(9)
    assert list(np.abs(width).max(axis=1)) == sorted(np.abs(width).max(axis=1), reverse=True)


def test_a_single_cell_that_turns_the_answer_is_found_and_no_other() -> None:
    first, second = CODINGS.values()
    weights = weigh.listed_weights(first, weigh.weighting("iraq"))
    for to in (None, second):
        named = weigh.turners(first, weights, ONE, OTHER, to)
        for cell in first.cells():
            silent = to is None or not to.stated[cell]
            ends = (weigh.WORST, weigh.BEST) if silent else (float(to.low[cell]), float(to.high[cell]))
            verdict = weigh.verdict(*map(float, weigh.margin(first.fixed(cell, *ends), weights, ONE, OTHER)))
            name = first.scenarios[cell[0]], first.parties[cell[1]], first.domains[cell[2]]
            assert (name in named) == (verdict != weigh.answer(first, weigh.weighting("iraq"), ONE, OTHER))
    assert weigh.turners(first, weights, ONE, OTHER)


def test_a_weight_is_shared_out_over_the_domains_of_a_party() -> None:
    for parties in map(weigh.weighting, SETS):
        for coded in CODINGS.values():
            of_party = weigh.listed_weights(coded, parties).sum(axis=1)
            assert of_party == pytest.approx([parties.get(at, 0.0) for at in coded.parties])


def test_a_further_scenario_leaves_the_answer_between_two_alone() -> None:
    speaks = weigh.coding(pd.DataFrame([judged(ONE, "iraq", "reputation", 3), judged(ONE, "iran", "economy", 3)]))
    at = speaks.scenarios.index(ONE)
    for pair in CODINGS.values():
        arrays = [
            np.concatenate([getattr(pair, name), getattr(speaks, name)[at : at + 1]])
            for name in ("low", "high", "stated")
        ]
        wide = weigh.Coding([*pair.scenarios, "a third"], pair.parties, pair.domains, *arrays)
        assert wide.spoken.sum() > pair.spoken.sum()
        for parties in map(weigh.weighting, SETS):
            assert weigh.answer(wide, parties, ONE, OTHER) == weigh.answer(pair, parties, ONE, OTHER)
        assert weigh.better(wide.between(ONE, OTHER), ONE, OTHER).equals(weigh.better(pair, ONE, OTHER))


def test_a_silent_cell_is_never_taken_as_zero() -> None:
    coded = weigh.coding(small())
    at = (coded.scenarios.index(ONE), coded.parties.index("iraq"), coded.domains.index("security"))
    assert not coded.stated[at]
    assert (coded.low[at], coded.high[at]) == (weigh.WORST, weigh.BEST)
    never = (coded.parties.index("iran"), coded.domains.index("economy"))
    assert not coded.spoken[never]
    assert not weigh.listed_weights(coded, {"iran": 1.0})[never]


def test_without_weights_nothing_is_said() -> None:
    coded = weigh.coding(small())
    low, high = weigh.margin(coded, weigh.listed_weights(coded, {}), ONE, OTHER)
    assert weigh.verdict(float(low), float(high)) == "nothing weighed"


def test_a_weight_of_an_unknown_name_is_refused() -> None:
    with pytest.raises(data.DataError, match="atlantis is no party; allowed: united-states"):
        weigh.listed_weights(weigh.coding(small()), {"atlantis": 1.0})
    with pytest.raises(data.DataError, match="iraq weighs 300; allowed: -3 to 3"):
        weigh.listed_weights(weigh.coding(small()), {"iraq": 300})
    with pytest.raises(data.DataError, match="economy weighs nan; allowed: 0 to 3"):
        weigh.listed_weights(weigh.coding(small()), {}, {"economy": float("nan")})
    with pytest.raises(data.DataError, match="no set 'nobody'; there are both-countries"):
        weigh.weighting("nobody")


# --- agreement --------------------------------------------------------------------------------------------------


def test_agreement_is_what_a_sum_by_hand_gives() -> None:
    first = small()
    other = first.copy()
    other.loc[0, "loss"] = "marked"  # one step off
    other = other.drop(index=4)  # and one cell silent
    found = weigh.agreement(first, other)
    size = len(data.scenarios()) * len(PARTIES) * len(DOMAINS)
    assert (found["cells"], found["both"], found["neither"], found["alike"]) == (size, 4, size - 5, 3)
    assert (found["same"], found["one_step"], found["further"]) == (3, 1, 0)
    pairs = [(-1, -2), (-3, -3), (0, 0), (1, 1)]  # a mixed cell, -2 to 1, lies at -0.5, rounded to the even step
    seen = sum(abs(a - b) for a, b in pairs) / 4
    chance = sum(abs(a - b) for (a, _), (_, b) in itertools.product(pairs, pairs)) / 16
    assert weigh.kappa(first, other)["steps"] == pytest.approx(1 - seen / chance)


def test_with_nothing_in_common_there_is_no_kappa() -> None:
    rows = small().head(1), small().tail(1)
    assert weigh.agreement(*rows)["both"] == 0
    assert np.isnan(weigh.kappa(*rows)["steps"])


def test_a_coding_agrees_with_itself() -> None:
    rows = [data.load("cells")] * 2
    found, kappa = weigh.agreement(*rows), weigh.kappa(*rows)
    assert kappa["steps"] == kappa["spoken"] == 1
    assert found["both"] == found["alike"] == found["same"] == len(rows[0])


# --- the tables -----------------------------------------------------------------------------------------------------


def test_the_cells_of_this_clone_keep_the_rubric() -> None:
    assert weigh.faults() == []


CELLS = "data/judgment/cells.csv"
BREACHES: dict[str, tuple[Edit, list[str]]] = {
    "a gain where the direction is worse": (
        replace(CELLS, "economy,worse,,marked", "economy,worse,slight,marked"),
        ["cells.csv, row", "column direction: 'worse'", "with loss filled, and nothing else"],
    ),
    "a mixed cell with one side": (
        replace(CELLS, "mixed,marked,marked", "mixed,marked,"),
        ["cells.csv, row 2, column direction: 'mixed'", "with gain and loss filled"],
    ),
    "a cell judged twice": (
        replace(CELLS, "ZA02,rupture,united-states,politics", "ZA02,rupture,united-states,security"),
        ["cells.csv, row 3: rupture / united-states / security is judged twice", "one row a cell"],
    ),
    "a step of the other scenario": (
        replace(CELLS, "K26 K12 K13", "K26 K59"),
        ["cells.csv, row 2, column consequences: 'K59'", "steps of rupture"],
    ),
    "an actor on whom no step falls": (
        replace(CELLS, "ZA05,rupture,united-states", "ZA05,rupture,qasem-soleimani"),
        ["column party: 'qasem-soleimani'", "allowed: united-states"],
    ),
    "a weight of somebody on whom no step falls": (
        replace("data/judgment/weights.csv", "washington,united-states", "washington,qasem-soleimani"),
        ["weights.csv, row", "column party: 'qasem-soleimani'"],
    ),
    "a set without a weight": (
        replace("data/judgment/weights.csv", "washington,united-states", "everyone,bilal-wahab"),
        ["weightings.csv, row 3, column id: 'washington'", "sets with a row"],
    ),
    "a premise that breaks the rubric": (
        replace(
            "data/judgment/premise_cells.csv",
            "united-states,security,unchanged,,",
            "united-states,security,unchanged,slight,",
        ),
        ["premise_cells.csv, row 2, column direction: 'unchanged'", "neither gain nor loss"],
    ),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_a_breach_of_the_rubric_is_named_with_its_place(breach: str, data_copy: Path) -> None:
    edit, expected = BREACHES[breach]
    edit(data_copy)
    assert_named(expected, weigh.faults(data_copy))


@pytest.mark.parametrize("table", weigh_views.CODINGS)
def test_a_failed_premise_changes_the_cells_that_rest_on_it_and_no_other(table: str) -> None:
    key = list(weigh.KEY)
    before = data.load(table).set_index(key)
    for premise, rows in data.load("premise-cells").groupby("premise"):
        wanted = rows.set_index(key)
        named = wanted.index.intersection(before.index)
        changed = before.copy()
        changed.loc[named, ["direction", "gain", "loss"]] = wanted.loc[named, ["direction", "gain", "loss"]]
        expected = weigh.coding(changed.reset_index())
        after = weigh.without(weigh.coding(data.load(table)), str(premise))
        for part in ("low", "high", "stated"):
            assert (getattr(after, part) == getattr(expected, part)).all()


def test_a_form_filled_by_a_reader_is_read_back_and_a_slip_is_named(tmp_path: Path) -> None:
    form = weigh.template()
    assert len(form) == len(data.scenarios()) * len(PARTIES) * len(DOMAINS)
    form.loc[3, ["direction", "loss"]] = ["worse", "slight"]
    form.to_csv(tmp_path / "mine.csv", index=False)
    assert len(weigh.read(tmp_path / "mine.csv")) == 1
    form.loc[7, ["direction", "loss"]] = ["worse", "huge"]
    form.to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(data.DataError, match="mine.csv, row 9, column loss: 'huge'; allowed: slight, marked"):
        weigh.read(tmp_path / "mine.csv")
    form.loc[7, ["direction", "loss"]] = ""
    form.loc[9, "party"] = "atlantis"  # though the row is silent
    form.to_csv(tmp_path / "mine.csv", index=False)
    with pytest.raises(data.DataError, match="mine.csv, row 11, column party: 'atlantis'"):
        weigh.read(tmp_path / "mine.csv")
    with pytest.raises(data.DataError, match="none.csv"):
        weigh.read(tmp_path / "none.csv")
    (tmp_path / "bare.csv").write_text("scenario,party\nrupture,iraq\n")
    with pytest.raises(data.DataError, match="bare.csv, row 1: no column domain, direction, gain, loss"):
        weigh.read(tmp_path / "bare.csv")


# --- extending a copy -------------------------------------------------------------------------------------------------


def test_rows_are_added_whole_or_not_at_all(data_copy: Path) -> None:
    actor = {"id": "council", "name": "Council", "short_name": "Council", "kind": "state", "brief_says": "Nothing."}
    path = data_copy / "data/brief/actors.csv"
    before = path.read_bytes()
    for row, fault in (
        (actor | {"kind": "wizard", "locator": "P1.1"}, "'wizard'"),
        (actor | {"locator": "P99.1"}, "'P99.1' is no sentence"),
        (actor | {"locator": "P1.1", "color": "red"}, "no column color"),
    ):
        with pytest.raises(data.DataError, match=fault):
            extend.add({"actors": pd.DataFrame([row])}, data_copy)
        assert path.read_bytes() == before
    extend.add({"actors": pd.DataFrame([actor | {"locator": "P13.2 P1.2"}])}, data_copy)
    assert data.load("actors", data_copy).iloc[-1]["paragraph"] == "P13 P1"


def test_two_tables_are_extended_together_and_a_breach_of_the_rubric_undoes_both(data_copy: Path) -> None:
    step = {"id": "K901", "scenario": ONE, "stage": "path", "party": "coalition", "domain": "economy", "hedge": "none"}
    step |= {"label": "A step", "statement": "A step.", "direction": "worse", "locator": "P13.2"}
    cell = {"id": "ZA90", "scenario": ONE, "party": "coalition", "domain": "economy", "direction": "better"}
    cell |= {
        "loss": "slight",
        "horizon": "not stated",
        "reasoning": "None.",
        "consequences": "K901",
        "locator": "P13.2",
    }
    paths = [data_copy / data.path_of(table) for table in ("consequences", "cells")]
    before = [path.read_bytes() for path in paths]
    with pytest.raises(data.DataError, match="column direction: 'better'; allowed: with gain filled"):
        extend.add({"consequences": pd.DataFrame([step]), "cells": pd.DataFrame([cell])}, data_copy)
    assert [path.read_bytes() for path in paths] == before


def test_a_third_scenario_is_taken_up_and_a_fourth_is_refused(data_copy: Path) -> None:
    extend.add_scenario("agreed departure", "An example.", data_copy)
    assert data.scenarios(data_copy) == [*data.scenarios(), "agreed departure"]
    assert weigh.coding(data.load("cells", data_copy), data_copy).scenarios[-1] == "agreed departure"
    for taken in (ONE, "neither", "", " new"):
        with pytest.raises(data.DataError, match="allowed: a name other than"):
            extend.add_scenario(taken, "Taken.", data_copy)
    schema = (data_copy / "data/datapackage.json").read_bytes()
    with pytest.raises(data.DataError, match="allowed: two or three"):
        extend.add_scenario("a fourth", "One too many.", data_copy)
    assert (data_copy / "data/datapackage.json").read_bytes() == schema
    assert len(data.scenarios(data_copy)) == 3


# --- words and charts ------------------------------------------------------------------------------------------

START = weigh.weighting("both-countries")
LEAST, MOST = map(float, weigh.margin(FIRST, weigh.listed_weights(FIRST, START), ONE, OTHER))
FAILURES = weigh_views.failures().query("weighting in ('iraq', 'both-countries')")
CHARTS = {
    "ranges": lambda: weigh_charts.ranges(CODINGS, START, ONE, OTHER),
    "ranges of nothing": lambda: weigh_charts.ranges(CODINGS, {}, ONE, OTHER),
    "swings": lambda: weigh_charts.swings(weigh.swings(FIRST, START, ONE, OTHER), (LEAST, MOST), ONE, OTHER),
    "premises": lambda: weigh_charts.premises(FAILURES, ONE, OTHER),
    "signposts": lambda: weigh_charts.signposts(data.load("signpost-readings")),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_fits_its_place_says_what_it_shows_and_keeps_to_the_palette(name: str) -> None:
    assert_sound(CHARTS[name]())


def test_scores_are_told_in_words_and_no_result_carries_a_digit_after_the_point() -> None:
    assert weigh_charts.in_words(-2.4) == "markedly worse"
    assert weigh_charts.in_words(-1.5) == "slightly worse", "a half goes up, as in the chart"
    assert weigh_charts.span_in_words(-0.4, 0.3) == "about as before"
    shown = weigh_views.results() + weigh_views.by_party() + weigh_views.turning()
    text = re.sub(r"<[^>]+>|P\d+\.\d+", " ", shown)
    assert set(re.findall(r"\d+\.\d+", text)) <= {f"{half}.5" for half in range(30)}  # points of a slider
    for name in ("swings", "premises"):
        axes = re.findall(r'"labelExpr": "([^"]+)"', json.dumps(CHARTS[name]().to_dict()))
        assert any("behind" in axis for axis in axes)


def test_every_conclusion_begins_with_whose_argument_it_is() -> None:
    for verdict in weigh_charts.SAID:
        assert weigh_charts.said(verdict, ONE, OTHER).startswith("On the brief's own argument, as coded,")
    for name in ("weigh", "what-would-change", "signposts"):
        text = (data.ROOT / "chapters" / f"{name}.md").read_text("utf-8")
        points = text[text.index("Key points") :]
        assert points.split("\n", 1)[1].startswith("**On the brief's own argument, as coded,**")


@pytest.fixture(scope="module")
def evaluate(browser: Browser) -> Iterator[Callable[..., Any]]:
    """Evaluate the chart's expressions for some weights in a browser; what they use is common to both languages."""
    spec = CHARTS["ranges"]().to_dict()
    given, found = {}, []
    for param in spec["params"]:
        if "expr" in param:
            found.append((param["name"], param["expr"]))
        else:
            given[param["name"]] = param["value"]
    page = browser.new_page()
    body = "".join(f"const {name} = {expr}; " for name, expr in found)
    names = ", ".join(name for name, _ in found)
    program = f"({{{', '.join(given)}}}) => {{ const {{abs, max}} = Math; {body} return {{{names}}}; }}"

    def run(**changes: float) -> dict[str, float | str]:
        return page.evaluate(program, given | changes)

    yield run
    page.close()


def test_the_chart_weighs_as_the_package_does(evaluate: Callable[..., Any]) -> None:
    random = np.random.default_rng(4)
    for _ in range(40):
        parties = random.choice([-3, -1, 0, 0.5, 1, 3], len(PARTIES))
        domains = random.choice([0, 0.5, 1, 3], len(DOMAINS))
        for place, coded in enumerate(CODINGS.values()):
            changes = {f"p{at}": float(value) for at, value in enumerate(parties)}
            changes |= {f"d{at}": float(value) for at, value in enumerate(domains)}
            shown = evaluate(coding=place, **changes)
            weights = weigh.grid(coded, parties, domains)
            low, high = weigh.scores(coded, weights)
            verdict = weigh.verdict(*map(float, weigh.margin(coded, weights, ONE, OTHER)))
            assert shown["said"] == weigh_charts.said(verdict, ONE, OTHER)
            if weights.any():
                assert [shown[f"low{at}"] for at in range(2)] == pytest.approx(list(low))
                assert [shown[f"high{at}"] for at in range(2)] == pytest.approx(list(high))


def test_a_third_coding_is_shown_wherever_the_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a reader's were added: here the second one again, with one cell judged otherwise."""
    load = data.load

    def with_third(table: str) -> pd.DataFrame:
        if table != "cells-third":
            return load(table)
        frame = load("cells-second")
        frame.loc[0, ["direction", "gain", "loss"]] = ["unchanged", "", ""]
        return frame.assign(id=frame["id"].str.replace("ZB", "ZC"))

    monkeypatch.setattr(weigh_views, "load", with_third)
    monkeypatch.setattr(weigh_views, "records", lambda table: with_third(table).to_dict("records"))
    monkeypatch.setattr(weigh_views, "path_of", lambda table: "data/judgment/cells_third.csv")
    monkeypatch.setitem(weigh_views.CODINGS, "cells-third", "third coding")
    for view in ("results", "sensitivity", "by_party", "agreement", "turning", "premises", "further"):
        assert "third coding" in getattr(weigh_views, view)(), view
    assert "Third coding" in weigh_views.disagreements()
    assert "ZC01" in weigh_views.disagreements()
    assert "third coding" in weigh_views.controls("iraq").lower()


@pytest.mark.parametrize("name", SETS)
def test_the_sets_of_weights_name_parties_of_the_argument(name: str) -> None:
    assert set(weigh.weighting(name)) <= set(PARTIES)
