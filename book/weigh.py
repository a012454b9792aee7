"""Weigh one scenario against another on the coded argument, and find what would turn the answer.

A *cell* is one scenario, party and domain; its value is a step from -3 (fundamentally worse than the
baseline) to 3. A *pair* is one party in one domain; what the brief says of a pair under one scenario
is held against what it says under the other. A cell of which the brief is silent, in a pair of which
it speaks, may hold anything: it runs from -3 to 3, as a mixed cell runs from its loss to its gain.
So each result is a range. Pairs of which the brief never speaks are no part of its argument.

Steps are ordinal. Adding them up under weights is the reader's assumption, which is why results are
told as ranges and in words, and why :func:`better` and :func:`no_worse` do without it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from book.data import ROOT, DataError, fields, load, path_of, records, scenarios, tables, terms

STEPS = {"": 0, "slight": 1, "marked": 2, "fundamental": 3}
WORST, BEST = -3, 3
LIMITS = {"party": (-3, 3), "domain": (0, 3)}  # of a weight; below zero a party's gains count as losses
SIDES = {"better": ("gain",), "worse": ("loss",), "mixed": ("gain", "loss"), "unchanged": ()}
KEY = ("scenario", "party", "domain")  # what makes a cell
TINY = 1e-9
AHEAD, BEHIND = "ahead", "behind"  # of one scenario against another, whatever the open cells hold
Weights = Mapping[str, float]


@dataclass(frozen=True)
class Coding:
    """The values of all cells, each from ``low`` to ``high``: arrays of scenario, party and domain."""

    scenarios: list[str]
    parties: list[str]
    domains: list[str]
    low: np.ndarray
    high: np.ndarray
    stated: np.ndarray

    @property
    def spoken(self) -> np.ndarray:
        """The pairs, party by domain, of which the brief speaks under one scenario at least."""
        return np.asarray(self.stated.any(axis=0))

    def cells(self) -> Iterator[tuple[int, int, int]]:
        """Give the index of each cell of the pairs that are compared, the silent ones among them."""
        for party, domain in np.argwhere(self.spoken).tolist():
            for scenario in range(len(self.scenarios)):
                yield scenario, party, domain

    def between(self, *names: str) -> "Coding":
        """Return this coding with some of its scenarios alone, and so with the pairs of which it speaks under these."""
        at = [self.scenarios.index(name) for name in names]
        return replace(self, scenarios=list(names), low=self.low[at], high=self.high[at], stated=self.stated[at])

    def both_stated(self) -> "Coding":
        """Return this coding with those pairs alone of which the brief speaks under every scenario."""
        return replace(self, stated=self.stated & self.stated.all(axis=0))

    def every_pair(self) -> "Coding":
        """Return this coding with all pairs compared, those among them of which the brief never speaks."""
        return replace(self, stated=np.ones_like(self.stated))

    def silent_within(self, steps: float) -> "Coding":
        """Return this coding with silent cells that run from ``-steps`` to ``steps`` only."""
        low, high = np.where(self.stated, self.low, -steps), np.where(self.stated, self.high, steps)
        return replace(self, low=low, high=high)

    def fixed(self, cell: tuple[int, int, int], low: float, high: float) -> "Coding":
        """Return this coding with one cell at other values; the pairs compared stay the same."""
        lows, highs = self.low.copy(), self.high.copy()
        lows[cell], highs[cell] = low, high
        return replace(self, low=lows, high=highs)


def coding(cells: pd.DataFrame, root: Path = ROOT, steps: Mapping[str, float] = STEPS) -> Coding:
    """Return the values of coded cells.

    Args:
        cells: columns scenario, party, domain, direction, gain, loss, in any order, one row a cell at most.
            Scenarios and domains are those of the schema, in its order; parties those of the consequences.
        steps: what each strength is worth; a silent cell runs over all of it.

    Raises:
        DataError: a row breaks the rubric; the message names its place, the value and what is allowed.
    """
    cells = cells.fillna("").reset_index(drop=True)
    if found := list(cell_faults(cells, "cells", root, "coding")):
        raise DataError("\n".join(found))
    order = scenarios(root), parties(root), list(terms("cells", "domain", root))
    shape = tuple(len(names) for names in order)
    most = max(steps.values())
    low, high, stated = np.full(shape, -most, float), np.full(shape, most, float), np.zeros(shape, bool)
    for row in cells[[*KEY, "direction", "gain", "loss"]].to_dict("records"):
        at = tuple(names.index(row[name]) for names, name in zip(order, KEY, strict=True))
        low[at], high[at] = _values(row, steps)
        stated[at] = True
    return Coding(*order, low, high, stated)


def _values(row: Mapping[str, Any], steps: Mapping[str, float]) -> tuple[float, float]:
    """Return the lowest and the highest value of a coded cell."""
    gain, loss = steps[row["gain"]], steps[row["loss"]]
    return (-loss, gain) if row["direction"] == "mixed" else (gain - loss, gain - loss)


def template(root: Path = ROOT) -> pd.DataFrame:
    """Return every cell without a judgment, for a coding of one's own; a row left as it is means silent."""
    order = scenarios(root), parties(root), list(terms("cells", "domain", root))
    cells = pd.MultiIndex.from_product(order, names=KEY)
    return cells.to_frame(index=False).assign(direction="", gain="", loss="", reasoning="")


def read(path: Path, root: Path = ROOT) -> pd.DataFrame:
    """Return a reader's own coding from a CSV file laid out like :func:`template`, silent rows left out.

    Raises:
        DataError: the file is missing or breaks the rubric; each fault with row, column, value and what is allowed.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    except (OSError, ValueError) as fault:
        raise DataError(f"{path.name}: {fault}") from None
    frame = frame[(frame != "").any(axis=1)]  # a spreadsheet may add rows without anything
    told = [name for name in ("direction", "gain", "loss", "reasoning") if name in frame]
    silent = (frame[told] == "").all(axis=1)
    named = frame.assign(direction=frame["direction"].mask(silent, "unchanged")) if "direction" in frame else frame
    if found := list(cell_faults(named, "cells", root, path.name)):  # the names of silent rows are checked too
        raise DataError("\n".join(found))
    return frame[~silent].reset_index(drop=True)


def parties(root: Path = ROOT) -> list[str]:
    """Return the parties on whom a step of either scenario falls, in the order of the actors."""
    named = set(load("consequences", root)["party"])
    return [at for at in load("actors", root)["id"] if at in named]


def advised(root: Path = ROOT) -> tuple[str, str]:
    """Return the scenario that the brief advises, at the root of its argument, and the one it is held against."""
    links, claims = load("argument", root), load("claims", root).set_index("id")["scenario"]
    below, known = set(links["claim"]), scenarios(root)
    tops = [at for at in links["supports"] if at not in below and claims[at] in known]
    if not tops:
        raise DataError(f"{path_of('argument', root)}: no claim at its root advises one of {', '.join(known)}")
    choice = str(claims[tops[0]])
    return choice, next(name for name in known if name != choice)


def weighting(name: str, root: Path = ROOT) -> dict[str, float]:
    """Return the weight of each party in a set of ``data/judgment/weights.csv``.

    Raises:
        DataError: there is no such set.
    """
    own = {row["party"]: row["weight"] for row in records("weights", root) if row["weighting"] == name}
    if not own:
        known = ", ".join(load("weightings", root)["id"])
        raise DataError(f"{path_of('weights', root)}: no set {name!r}; there are {known}")
    return own


# --- scores and margins -------------------------------------------------------------------------------


def grid(given: Coding, by_party: Any, by_domain: Any) -> np.ndarray:
    """Return the weight of each pair, of shape ``(..., party, domain)``.

    A party's weight is shared out over the domains in which the brief speaks of it, in proportion to the
    weights of these domains: so it counts for as much as was given to it, however many domains are listed.

    Args:
        by_party, by_domain: weights in the coding's order, arrays of shape ``(..., party)`` and ``(..., domain)``.
    """
    own = np.asarray(by_domain, float)[..., None, :] * given.spoken
    total = own.sum(axis=-1, keepdims=True)
    shares = np.divide(own, total, out=np.zeros_like(own), where=total > 0)
    return np.asarray(by_party, float)[..., :, None] * shares


def sums(given: Coding, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest weighted sum of steps of each scenario, of shape ``(..., scenario)``.

    A weight below zero turns gains into losses.
    """
    up, down = np.maximum(weights, 0), np.minimum(weights, 0)
    pairs = "...pd,spd->...s"
    low = np.einsum(pairs, up, given.low) + np.einsum(pairs, down, given.high)
    high = np.einsum(pairs, up, given.high) + np.einsum(pairs, down, given.low)
    return low, high


def scores(given: Coding, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest score of each scenario, in steps, of shape ``(..., scenario)``.

    A score is the weighted mean of a scenario's cells. Without any weight it is not a number.
    """
    total = np.abs(weights).sum(axis=(-2, -1))[..., None]
    low, high = sums(given, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return low / total, high / total


def margin(given: Coding, weights: np.ndarray, one: str, other: str) -> tuple[np.ndarray, np.ndarray]:
    """Return by how many steps one scenario is ahead of another, at least and at most, of shape ``(...)``."""
    low, high = scores(given, weights)
    first, second = given.scenarios.index(one), given.scenarios.index(other)
    return low[..., first] - high[..., second], high[..., first] - low[..., second]


def verdict(low: float, high: float) -> str:
    """Return what a margin says: ``ahead``, ``behind``, ``level``, ``open``; ``nothing weighed`` without weights."""
    if np.isnan(low):
        return "nothing weighed"
    if low > TINY:
        return AHEAD
    if high < -TINY:
        return BEHIND
    return "level" if max(abs(low), abs(high)) <= TINY else "open"


def answer(given: Coding, by_party: Weights, one: str, other: str, by_domain: Weights | None = None) -> str:
    """Return the verdict on one scenario against another, over the pairs of which the brief speaks under these two."""
    own = given.between(one, other)
    return verdict(*map(float, margin(own, listed_weights(own, by_party, by_domain), one, other)))


def listed_weights(given: Coding, by_party: Weights, by_domain: Weights | None = None) -> np.ndarray:
    """Return the weights of all pairs from weights by name; a party that is not named counts for nothing.

    Args:
        by_domain: every domain counts once if it is not given.

    Raises:
        DataError: a name is no party or domain of the coding, or a weight lies outside its limits.
    """
    by_domain = dict.fromkeys(given.domains, 1.0) if by_domain is None else by_domain
    for names, known, what in ((by_party, given.parties, "party"), (by_domain, given.domains, "domain")):
        if unknown := sorted(set(names) - set(known)):
            raise DataError(f"weights: {', '.join(unknown)} is no {what}; allowed: {', '.join(known)}")
        low, high = LIMITS[what]
        for name, weight in names.items():
            if not low <= weight <= high:
                raise DataError(f"weights: {name} weighs {weight}; allowed: {low} to {high}")
    return grid(
        given, [by_party.get(at, 0.0) for at in given.parties], [by_domain.get(at, 0.0) for at in given.domains]
    )


# --- cell by cell, without adding up ----------------------------------------------------------------------


def better(given: Coding, one: str, other: str) -> pd.DataFrame:
    """Return for each pair which scenario is the better one for that party in that domain.

    Returns:
        Columns party, domain, ``one_low``, ``one_high``, ``other_low``, ``other_high`` (steps), ``stated``
        (both, or the only scenario of which the brief speaks) and ``better``: a scenario, ``equal`` or ``open``.
    """
    first, second = given.scenarios.index(one), given.scenarios.index(other)
    rows = []
    for party, domain in np.argwhere(given.spoken):
        values = [float(array[at, party, domain]) for at in (first, second) for array in (given.low, given.high)]
        spoken = [name for name, at in ((one, first), (other, second)) if given.stated[at, party, domain]]
        says = {AHEAD: one, BEHIND: other, "level": "equal", "open": "open"}
        rows.append(
            {
                "party": given.parties[party],
                "domain": given.domains[domain],
                **dict(zip(("one_low", "one_high", "other_low", "other_high"), values, strict=True)),
                "stated": "both" if len(spoken) == 2 else spoken[0] if spoken else "neither",
                "better": says[verdict(values[0] - values[3], values[1] - values[2])],
            }
        )
    columns = ["party", "domain", "one_low", "one_high", "other_low", "other_high", "stated", "better"]
    return pd.DataFrame(rows, columns=columns)


def no_worse(given: Coding, one: str, other: str) -> set[str]:
    """Return the parties for whom one scenario is in no domain worse than another, whatever the open cells hold."""
    frame = better(given, one, other)
    return set(frame["party"]) - set(frame.loc[frame["one_low"] < frame["other_high"], "party"])


# --- what turns it ----------------------------------------------------------------------------------------


def swings(given: Coding, by_party: Weights, one: str, other: str, by_domain: Weights | None = None) -> pd.DataFrame:
    """Return how far each cell and each weight, on its own, can move the margin; the widest first.

    An open cell runs over its range, any other by one step either way; a weight runs from nothing to the end
    of its scale, a party's weight keeping its sign.

    Returns:
        Columns ``kind`` (cell, party or domain), scenario, party, domain, and the margin in steps, low and
        high, at the two ends: of a cell the one that hurts ``one`` and the one that helps it, of a weight nothing
        and its most (``from_low``, ``from_high``, ``to_low``, ``to_high``). An end without any weight is left out.
    """
    by_domain = dict.fromkeys(given.domains, 1.0) if by_domain is None else by_domain
    weights = listed_weights(given, by_party, by_domain)
    ends: list[tuple[tuple[str, ...], list[Any]]] = []
    for cell in given.cells():
        scenario, party, domain = given.scenarios[cell[0]], given.parties[cell[1]], given.domains[cell[2]]
        if weights[cell[1:]] and scenario in (one, other):
            found = [margin(given.fixed(cell, *at), weights, one, other) for at in _reach(given, cell)]
            helps = (weights[cell[1:]] > 0) == (scenario == one)
            ends.append((("cell", scenario, party, domain), found if helps else found[::-1]))
    for party in given.parties:
        most = LIMITS["party"][0 if by_party.get(party, 0.0) < 0 else 1]
        tried = [listed_weights(given, {**by_party, party: at}, by_domain) for at in (0, most)]
        ends.append((("party", "", party, ""), [margin(given, at, one, other) for at in tried]))
    for domain in given.domains:
        tried = [listed_weights(given, by_party, {**by_domain, domain: at}) for at in LIMITS["domain"]]
        ends.append((("domain", "", "", domain), [margin(given, at, one, other) for at in tried]))
    columns = ["kind", *KEY, "from_low", "from_high", "to_low", "to_high"]
    frame = pd.DataFrame([(*place, *map(float, (*start, *end))) for place, (start, end) in ends], columns=columns)
    frame = frame.dropna()
    width = (frame[["to_low", "to_high"]].to_numpy() - frame[["from_low", "from_high"]].to_numpy()).round(9)
    order = np.argsort(-np.abs(width).max(axis=1), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def _reach(given: Coding, cell: tuple[int, int, int]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the two ends between which a cell is moved, each as a lowest and a highest value."""
    low, high = float(given.low[cell]), float(given.high[cell])
    if low < high:
        return (low, low), (high, high)
    return (max(low - 1, WORST),) * 2, (min(high + 1, BEST),) * 2


def turners(
    given: Coding, weights: np.ndarray, one: str, other: str, to: Coding | None = None
) -> list[tuple[str, str, str]]:
    """Return the cells that, judged otherwise one at a time, change the verdict.

    Args:
        to: a coding whose judgments are put in, one cell at a time; without one a stated cell is judged silent.

    Returns:
        Scenario, party and domain of each; the pairs that are compared stay the same.
    """
    now = verdict(*map(float, margin(given, weights, one, other)))
    found = []
    for cell in given.cells():
        if not weights[cell[1:]]:
            continue  # it counts for nothing
        silent = to is None or not to.stated[cell]
        ends = (WORST, BEST) if to is None or silent else (float(to.low[cell]), float(to.high[cell]))
        if verdict(*map(float, margin(given.fixed(cell, *ends), weights, one, other))) != now:
            found.append((given.scenarios[cell[0]], given.parties[cell[1]], given.domains[cell[2]]))
    return found


GOALS = {AHEAD: ("low", 1), "not ahead": ("low", -1), "not behind": ("high", 1), BEHIND: ("high", -1)}


def _missing(given: Coding, weights: np.ndarray, one: str, other: str, goal: str) -> np.ndarray:
    """Return how much the weighted sum of steps lacks for a goal, of shape ``(...)``; below zero where it has more.

    ``ahead`` and ``behind`` must hold whatever the open cells hold; ``not ahead`` and ``not behind`` mean
    that they no longer do.
    """
    bound, sign = GOALS[goal]
    low, high = sums(given, weights)
    first, second = given.scenarios.index(one), given.scenarios.index(other)
    return -sign * (low[..., first] - high[..., second] if bound == "low" else high[..., first] - low[..., second])


def recodings(given: Coding, weights: np.ndarray, one: str, other: str, goal: str) -> int | None:
    """Return the fewest recodings by one step that reach a goal, ``None`` if none do.

    Only cells of which the brief speaks are recoded, within the scale; a mixed cell moves as a whole. Each
    recoding counts one and is worth the weight of its cell, so the heaviest come first.
    """
    missing = float(_missing(given, weights, one, other, goal))
    sign = GOALS[goal][1]
    worth: list[float] = []
    for cell in given.cells():
        weight = weights[cell[1:]]
        if not given.stated[cell] or given.scenarios[cell[0]] not in (one, other):
            continue
        up = sign * np.sign(weight) * (1 if given.scenarios[cell[0]] == one else -1)
        room = BEST - given.high[cell] if up > 0 else given.low[cell] - WORST
        worth += [abs(weight)] * int(room)
    return _fewest(missing, worth, strict=goal in (AHEAD, BEHIND))


def _fewest(missing: float, worth: list[float], strict: bool) -> int | None:
    """Return how many of the greatest amounts it takes to make up what is missing."""

    def reached(rest: float) -> bool:
        return rest < -TINY if strict else rest <= TINY

    rest = missing
    if reached(rest):
        return 0
    for count, amount in enumerate(sorted(worth, reverse=True), 1):
        rest -= amount
        if amount > TINY and reached(rest):
            return count
    return None


def reweighting(
    given: Coding, by_party: Weights, one: str, other: str, goal: str, by_domain: Weights | None = None
) -> float | None:
    """Return the smallest change of the parties' weights, in points on their scale, that reaches a goal.

    A weight stays on its side of zero and within its limits; the domains keep theirs. The weighted sum is
    linear in each party's weight, so the weights that move it most are changed first, the last one in part.
    A goal that must be passed lies just beyond the points given. ``None`` means that no such change does it.
    """
    missing = float(_missing(given, listed_weights(given, by_party, by_domain), one, other, goal))
    strict = goal in (AHEAD, BEHIND)
    if missing < -TINY or (missing <= TINY and not strict):
        return 0.0
    offers = []
    weights = [by_party.get(party, 0.0) for party in given.parties]
    of_domain = [1.0 if by_domain is None else by_domain.get(name, 0.0) for name in given.domains]
    alone = grid(given, np.diag(np.where(np.less(weights, 0), -1.0, 1.0)), of_domain)  # each party by itself
    slopes = -_missing(given, alone, one, other, goal)  # what a point more of weight adds
    for weight, slope, counts in zip(weights, slopes.tolist(), np.asarray(alone.any(axis=(-2, -1))), strict=True):
        size, most = abs(weight), LIMITS["party"][1]
        if counts:
            offers.append((abs(slope), most - size if slope > 0 else size, 1 if slope > 0 else -1))
    points, left = 0.0, float(sum(abs(weight) for weight in by_party.values()))
    for slope, room, side in sorted(offers, reverse=True):
        if slope <= TINY:
            break
        step = max(missing, 0.0) / slope
        if step <= room + TINY and (not strict or slope * room > missing + TINY):
            # Where no weight is left nothing is weighed, and nothing is reached.
            return points + step if left + side * step > TINY or (strict and side > 0) else None
        missing, points, left = missing - slope * room, points + room, left + side * room
    return None


def adverse(given: Coding, weights: np.ndarray, one: str, other: str) -> tuple[int | None, int]:
    """Return how many open cells must fall against one scenario, the rest in its favor, before it is not ahead.

    Returns:
        The fewest such cells, ``None`` if it is ahead even with all of them against it, and how many cells are
        open: silent or mixed, with a weight, of one of the two scenarios.
    """
    widths = []
    for cell in given.cells():
        if given.scenarios[cell[0]] in (one, other) and given.high[cell] > given.low[cell] and weights[cell[1:]]:
            widths.append(float(given.high[cell] - given.low[cell]) * abs(float(weights[cell[1:]])))
    lead = -float(_missing(given, weights, one, other, "not behind"))
    return _fewest(lead, widths, strict=False), len(widths)


def without(given: Coding, premise: str, root: Path = ROOT) -> Coding:
    """Return a coding as it would be if a premise were false, all else as coded; a silent cell stays silent."""
    for row in (row for row in records("premise-cells", root) if row["premise"] == premise):
        cell = (
            given.scenarios.index(row["scenario"]),
            given.parties.index(row["party"]),
            given.domains.index(row["domain"]),
        )
        if given.stated[cell]:
            given = given.fixed(cell, *_values(row, STEPS))
    return given


# --- how far two codings agree ----------------------------------------------------------------------------


def agreement(one: pd.DataFrame, other: pd.DataFrame, root: Path = ROOT) -> dict[str, int]:
    """Return how far two codings of the same cells agree, in numbers of cells.

    Returns:
        ``cells``: in all; ``both``, ``neither``: of which both say that the brief speaks, or that it is silent. Of the
        cells that both coded: ``alike``, of the same direction and strength; ``same``, ``one_step``, ``further``
        apart by the middle of a mixed cell.
    """
    first, second = coding(one, root), coding(other, root)
    both = first.stated & second.stated
    left, right = _middles(first, second)
    apart = [abs(at - to) for at, to in zip(left, right, strict=True)]
    return {
        "cells": both.size,
        "both": int(both.sum()),
        "neither": int((~first.stated & ~second.stated).sum()),
        "alike": int((both & (first.low == second.low) & (first.high == second.high)).sum()),
        "same": apart.count(0),
        "one_step": apart.count(1),
        "further": len(apart) - apart.count(0) - apart.count(1),
    }


def _middles(first: Coding, second: Coding) -> tuple[list[int], list[int]]:
    """Return the values of the cells that two codings both judge, a mixed cell at the middle of its range."""
    both = first.stated & second.stated
    left, right = ([int(np.rint(at)) for at in ((own.low + own.high) / 2)[both]] for own in (first, second))
    return left, right


def kappa(one: pd.DataFrame, other: pd.DataFrame, root: Path = ROOT) -> dict[str, float]:
    """Return Cohen's kappa of two codings, their agreement beyond chance.

    Returns:
        ``spoken``: on whether the brief speaks of a cell; ``steps``: linearly weighted, over the steps from -3 to 3 of
        the cells that both coded, a mixed cell at the middle of its range, with the bounds of its interval of
        95 percent, ``low`` and ``high``. Where there is too little to tell, these are not numbers.
    """
    from statsmodels.stats.inter_rater import cohens_kappa  # seconds to import, needed only here

    first, second = coding(one, root), coding(other, root)
    found = dict.fromkeys(("spoken", "steps", "low", "high"), np.nan)
    spoken = pd.crosstab(first.stated.ravel(), second.stated.ravel())
    if spoken.shape == (2, 2):
        found["spoken"] = float(cohens_kappa(spoken, return_results=False))
    left, right = _middles(first, second)
    if left:
        scale = list(range(WORST, BEST + 1))
        table = pd.crosstab(left, right).reindex(index=scale, columns=scale, fill_value=0)
        with np.errstate(invalid="ignore", divide="ignore"):  # where all agree there is no interval
            result = cohens_kappa(table.to_numpy(), wt="linear")
        found |= {"steps": result.kappa, "low": result.kappa_low, "high": min(result.kappa_upp, 1.0)}
    return {name: float(value) for name, value in found.items()}


# --- checks -------------------------------------------------------------------------------------------------


def faults(root: Path = ROOT) -> list[str]:
    """Return every fault of the coded cells and the weights, one line each; the tables must be without fault."""
    found: list[str] = []
    for table in tables(root):
        if {"direction", "gain", "loss"} <= set(fields(table, root)):
            found += cell_faults(load(table, root), table, root)
    return found + (_weight_faults(root) if "weights" in tables(root) else [])


def _weight_faults(root: Path) -> list[str]:
    """Weights: of parties on whom a step falls; no set without one."""
    rows, sets, known = load("weights", root), load("weightings", root), parties(root)
    found = [
        f"{path_of('weights', root)}, row {at + 2}, column party: {party!r}; allowed: {', '.join(known)}"
        for at, party in enumerate(rows["party"])
        if party not in known
    ]
    return found + [
        f"{path_of('weightings', root)}, row {at + 2}, column id: {name!r}; allowed: sets with a row in "
        f"{path_of('weights', root)}"
        for at, name in enumerate(sets["id"])
        if name not in set(rows["weighting"])
    ]


def cell_faults(cells: pd.DataFrame, table: str, root: Path = ROOT, path: str = "") -> Iterator[str]:
    """Give every fault of coded cells: names and steps of the rubric, one judgment a cell, sides that fit.

    Args:
        cells: as loaded, or a reader's own.
        table: the table whose fields and vocabularies hold.
        path: the file that is named, if it is not that of the table.
    """
    path = path or path_of(table, root)
    known = fields(table, root)
    closed = ("scenario", "domain", "direction")
    lists: dict[str, list[str]] = {name: list(known[name]["terms"]) for name in closed if name in known}
    lists |= {name: ["", *known[name]["terms"]] for name in ("gain", "loss")}
    if "party" in known:
        lists["party"] = parties(root)
    if missing := [name for name in lists if name not in cells]:
        yield f"{path}, row 1: no column {', '.join(missing)}; allowed: {', '.join(lists)}"
        return
    steps = load("consequences", root).set_index("id")["scenario"] if "consequences" in cells else pd.Series(dtype=str)
    seen: set[tuple[str, ...]] = set()
    needed = cells.columns.intersection([*lists, "premise", "consequences"])
    for number, row in zip(cells.index, cells[needed].to_dict("records"), strict=True):
        place = f"{path}, row {number + 2}"
        wrong = [name for name, allowed in lists.items() if row[name] not in allowed]
        for name in wrong:
            yield f"{place}, column {name}: {row[name]!r}; allowed: {', '.join(filter(None, lists[name]))}"
        if wrong:
            continue
        filled = tuple(name for name in ("gain", "loss") if row[name])
        if filled != SIDES[row["direction"]]:
            wanted = " and ".join(SIDES[row["direction"]]) or "neither gain nor loss"
            yield f"{place}, column direction: {row['direction']!r}; allowed: with {wanted} filled, and nothing else"
        key = tuple(row.get(name, "") for name in ("premise", *KEY))
        if key in seen:
            yield f"{place}: {' / '.join(filter(None, key))} is judged twice; allowed: one row a cell"
        seen.add(key)
        for step in row.get("consequences", "").split():
            if step in steps and steps[step] != row["scenario"]:
                yield f"{place}, column consequences: {step!r}; allowed: steps of {row['scenario']}"
