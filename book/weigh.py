"""Weigh one scenario against another on the coded argument, and find what would turn the answer.

A *cell* is one scenario, party and domain; its value is a step from -3 (fundamentally worse than the
baseline) to 3. A *pair* is one party in one domain; what the brief says of a pair under one scenario
is held against what it says under the other. A cell of which the brief is silent, in a pair of which
it speaks, may hold anything: it runs from -3 to 3, as a mixed cell runs from its loss to its gain.
So each result is a range. Pairs of which the brief never speaks are no part of its argument.

Steps are ordinal. Adding them up under weights is the reader's assumption, which is why results are
told as ranges and in words, and why :func:`better` and :func:`dominates` do without it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from book.data import ROOT, DataError, fields, load, path_of, scenarios, tables, terms

STEPS = {"": 0, "slight": 1, "marked": 2, "fundamental": 3}
WORST, BEST = -3, 3
LIMITS = {"party": (-3, 3), "domain": (0, 3)}  # of a weight; below zero a party's gains count as losses
SIDES = {"better": ("gain",), "worse": ("loss",), "mixed": ("gain", "loss"), "unchanged": ()}
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
        for party, domain in np.argwhere(self.spoken):
            for scenario in range(len(self.scenarios)):
                yield scenario, int(party), int(domain)

    def fixed(self, cell: tuple[int, int, int], low: float, high: float) -> "Coding":
        """Return this coding with one cell at other values; the pairs compared stay the same."""
        lows, highs = self.low.copy(), self.high.copy()
        lows[cell], highs[cell] = low, high
        return replace(self, low=lows, high=highs)


def coding(cells: pd.DataFrame, root: Path = ROOT) -> Coding:
    """Return the values of coded cells.

    Args:
        cells: columns scenario, party, domain, direction, gain, loss, in any order, one row a cell at most.
            Scenarios and domains are those of the schema, in its order; parties those of the consequences.

    Raises:
        DataError: a row breaks the rubric; the message names its place, the value and what is allowed.
    """
    found = list(cell_faults(cells, "cells", root))
    if found:
        raise DataError("\n".join(found))
    order = scenarios(root), parties(root), list(terms("cells", "domain", root))
    shape = tuple(len(names) for names in order)
    low, high, stated = np.full(shape, WORST, float), np.full(shape, BEST, float), np.zeros(shape, bool)
    for row in cells.to_dict("records"):
        at = tuple(names.index(row[name]) for names, name in zip(order, ("scenario", "party", "domain"), strict=True))
        low[at], high[at] = _values(row)
        stated[at] = True
    return Coding(*order, low, high, stated)


def _values(row: Mapping[str, Any]) -> tuple[float, float]:
    """Return the lowest and the highest value of a coded cell."""
    gain, loss = STEPS[row["gain"]], STEPS[row["loss"]]
    return (-loss, gain) if row["direction"] == "mixed" else (gain - loss, gain - loss)


def template(root: Path = ROOT) -> pd.DataFrame:
    """Return every cell without a judgment, for a coding of one's own; a row left as it is means silent."""
    cells = pd.MultiIndex.from_product(
        [scenarios(root), parties(root), list(terms("cells", "domain", root))], names=["scenario", "party", "domain"]
    )
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
    sides = [name for name in ("direction", "gain", "loss") if name in frame]
    filled = frame[(frame[sides] != "").any(axis=1)]
    if found := list(cell_faults(filled, "cells", root, path.name)):
        raise DataError("\n".join(found))
    return filled.reset_index(drop=True)


def parties(root: Path = ROOT) -> list[str]:
    """Return the parties on whom a step of either scenario falls, in the order of the actors."""
    named = set(load("consequences", root)["party"])
    return [at for at in load("actors", root)["id"] if at in named]


def advised(root: Path = ROOT) -> tuple[str, str]:
    """Return the scenario that the brief advises, at the root of its argument, and the one it is held against."""
    links, claims = load("argument", root), load("claims", root).set_index("id")
    top = next(at for at in links["supports"] if at not in set(links["claim"]))
    choice = str(claims.loc[top, "scenario"])
    return choice, next(name for name in scenarios(root) if name != choice)


def weighting(name: str, root: Path = ROOT) -> dict[str, float]:
    """Return the weight of each party in a set of ``data/judgment/weights.csv``.

    Raises:
        DataError: there is no such set.
    """
    frame = load("weights", root)
    own = frame[frame["weighting"] == name]
    if own.empty:
        known = ", ".join(load("weightings", root)["id"])
        raise DataError(f"{path_of('weights', root)}: no set {name!r}; there are {known}")
    return dict(zip(own["party"], own["weight"], strict=True))


# --- scores and margins -------------------------------------------------------------------------------


def grid(given: Coding, by_party: Any, by_domain: Any) -> np.ndarray:
    """Return the weight of each pair, of shape ``(..., party, domain)``; pairs never spoken of have none.

    Args:
        by_party, by_domain: weights in the coding's order, arrays of shape ``(..., party)`` and ``(..., domain)``.
    """
    product = np.asarray(by_party, float)[..., :, None] * np.asarray(by_domain, float)[..., None, :]
    return product * given.spoken


def scores(given: Coding, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest score of each scenario, in steps, of shape ``(..., scenario)``.

    A score is the weighted mean of a scenario's cells. A weight below zero turns gains into losses.
    Without any weight it is not a number.
    """
    up, down = np.maximum(weights, 0), np.minimum(weights, 0)
    total = np.abs(weights).sum(axis=(-2, -1))[..., None]
    pairs = "...pd,spd->...s"
    low = np.einsum(pairs, up, given.low) + np.einsum(pairs, down, given.high)
    high = np.einsum(pairs, up, given.high) + np.einsum(pairs, down, given.low)
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


def listed_weights(given: Coding, by_party: Weights, by_domain: Weights | None = None) -> np.ndarray:
    """Return the weights of all pairs from weights by name; a party that is not named counts for nothing.

    Args:
        by_domain: every domain counts once if it is not given.

    Raises:
        DataError: a name is no party or domain of the coding.
    """
    by_domain = dict.fromkeys(given.domains, 1.0) if by_domain is None else by_domain
    for names, known, what in ((by_party, given.parties, "party"), (by_domain, given.domains, "domain")):
        if unknown := sorted(set(names) - set(known)):
            raise DataError(f"weights: {', '.join(unknown)} is no {what}; allowed: {', '.join(known)}")
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
    return pd.DataFrame(rows)


def dominates(given: Coding, one: str, other: str, among: Iterable[str] = ()) -> bool:
    """Say whether one scenario is nowhere worse than another and somewhere better, whatever the open cells hold.

    Args:
        among: the parties looked at; all if none are given.
    """
    frame = better(given, one, other)
    own = frame[frame["party"].isin(list(among) or given.parties)]
    return bool(len(own) and (own["one_low"] >= own["other_high"]).all() and (own["better"] == one).any())


# --- what turns it ----------------------------------------------------------------------------------------


def swings(given: Coding, by_party: Weights, one: str, other: str) -> pd.DataFrame:
    """Return how far each cell and each weight, on its own, can move the margin; the widest first.

    Returns:
        Columns ``kind`` (cell, party or domain), scenario, party, domain, and the margin in steps, low and
        high, with that input where it hurts ``one`` most (``against_low``, ``against_high``) and where it
        helps it most (``for_low``, ``for_high``). A cell runs over all steps, a weight over its limits,
        a party's weight keeping its sign.
    """
    weights = listed_weights(given, by_party)
    rows = []
    for cell in given.cells():
        if weights[cell[1:]]:
            ends = [margin(given.fixed(cell, at, at), weights, one, other) for at in (WORST, BEST)]
            place = (given.scenarios[cell[0]], given.parties[cell[1]], given.domains[cell[2]])
            rows.append(_swing("cell", place, ends))
    for party in given.parties:
        weight = by_party.get(party, 0.0)
        reach = (LIMITS["party"][0], 0) if weight < 0 else (0, LIMITS["party"][1])
        ends = [margin(given, listed_weights(given, {**by_party, party: at}), one, other) for at in reach]
        rows.append(_swing("party", ("", party, ""), ends))
    once = dict.fromkeys(given.domains, 1.0)
    for domain in given.domains:
        ends = [
            margin(given, listed_weights(given, by_party, {**once, domain: at}), one, other) for at in LIMITS["domain"]
        ]
        rows.append(_swing("domain", ("", "", domain), ends))
    frame = pd.DataFrame([row for row in rows if row])
    width = (frame["for_low"] + frame["for_high"] - frame["against_low"] - frame["against_high"]).abs().round(9)
    return frame.assign(width=width).sort_values("width", ascending=False, kind="stable").drop(columns="width")


def _swing(kind: str, place: tuple[str, str, str], ends: list[tuple[Any, Any]]) -> dict[str, Any]:
    """Return a row of a swing, or nothing where an end is without any weight."""
    worst, best = sorted(ends, key=lambda end: float(end[0] + end[1]))
    if np.isnan([*worst, *best]).any():
        return {}
    return {
        "kind": kind,
        **dict(zip(("scenario", "party", "domain"), place, strict=True)),
        "against_low": float(worst[0]),
        "against_high": float(worst[1]),
        "for_low": float(best[0]),
        "for_high": float(best[1]),
    }


GOALS = {AHEAD: ("low", 1), "not ahead": ("low", -1), "not behind": ("high", 1), BEHIND: ("high", -1)}


def _missing(given: Coding, weights: np.ndarray, one: str, other: str, goal: str) -> float:
    """Return how much the sum of weighted steps lacks for a goal; nothing below zero.

    ``ahead`` and ``behind`` must hold whatever the open cells hold; ``not ahead`` and ``not behind`` mean
    that they no longer do.
    """
    bound, sign = GOALS[goal]
    low, high = margin(given, weights, one, other)
    total = float(np.abs(weights).sum())
    return -sign * float(low if bound == "low" else high) * total


def recodings(given: Coding, weights: np.ndarray, one: str, other: str, goal: str) -> int | None:
    """Return the fewest recodings by one step that reach a goal, ``None`` if none do.

    Only cells of which the brief speaks are recoded, within the scale; a mixed cell moves as a whole. Each
    recoding counts one and is worth the weight of its cell, so the heaviest come first.
    """
    missing = _missing(given, weights, one, other, goal)
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


def reweighting(given: Coding, by_party: Weights, one: str, other: str, goal: str) -> float | None:
    """Return the smallest change of the parties' weights, in points on their scale, that reaches a goal.

    A weight stays on its side of zero and within its limits; domains count once. The sum of weighted steps
    is linear in each weight, so the weights that move it most are changed first, the last one in part.
    ``None`` means that no such change does it.
    """
    weights = listed_weights(given, by_party)
    missing = _missing(given, weights, one, other, goal)
    bound, sign = GOALS[goal]
    strict = goal in (AHEAD, BEHIND)
    if missing < -TINY or (missing <= TINY and not strict):
        return 0.0
    offers = []
    for party in given.parties:
        weight = by_party.get(party, 0.0)
        side = -1.0 if weight < 0 else 1.0
        alone = listed_weights(given, {party: side})
        if not alone.any():
            continue
        low, high = margin(given, alone, one, other)
        slope = sign * float(low if bound == "low" else high) * float(np.abs(alone).sum())  # a point more of weight
        size, most = abs(weight), LIMITS["party"][1]
        offers.append((abs(slope), most - size if slope > 0 else size))
    points = 0.0
    for slope, room in sorted(offers, reverse=True):
        if slope > TINY and slope * room >= missing - TINY and (not strict or slope * room > missing + TINY):
            return points + max(missing, 0.0) / slope
        missing -= slope * room
        points += room if slope > TINY else 0.0
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
    _, high = margin(given, weights, one, other)
    lead = float(high) * float(np.abs(weights).sum())
    return _fewest(lead, widths, strict=False), len(widths)


def without(cells: pd.DataFrame, premise: str, root: Path = ROOT) -> pd.DataFrame:
    """Return the first coding as it would be if a premise were false, all else as coded."""
    changed = load("premise-cells", root)
    own = changed[changed["premise"] == premise].set_index("cell")
    frame = cells.set_index("id", drop=False)
    for name in ("direction", "gain", "loss"):
        frame.loc[own.index, name] = own[name]
    return frame.reset_index(drop=True)


# --- how far two codings agree ----------------------------------------------------------------------------


def agreement(one: pd.DataFrame, other: pd.DataFrame, root: Path = ROOT) -> dict[str, float]:
    """Return how far two codings of the same cells agree.

    Returns:
        ``cells``: cells in all; ``both``, ``neither``: of how many both say that the brief speaks, or that it is
        silent; ``spoken_kappa``: Cohen's kappa of that. Of the cells that both coded: ``same``, ``one_step``,
        ``further`` (counts), and the linearly weighted ``kappa`` over the steps from -3 to 3, a mixed cell at the
        middle of its range, with the bounds of its interval of 95 percent, ``low`` and ``high``. Without a
        cell that both coded there is no kappa.
    """
    from statsmodels.stats.inter_rater import cohens_kappa  # seconds to import, needed only here

    first, second = coding(one, root), coding(other, root)
    both = first.stated & second.stated
    left, right = ([int(np.rint(at)) for at in ((own.low + own.high) / 2)[both]] for own in (first, second))
    apart = [abs(at - to) for at, to in zip(left, right, strict=True)]
    steps = list(range(WORST, BEST + 1))
    found = {
        "cells": both.size,
        "both": int(both.sum()),
        "neither": int((~first.stated & ~second.stated).sum()),
        "same": apart.count(0),
        "one_step": apart.count(1),
        "further": len(apart) - apart.count(0) - apart.count(1),
    }
    spoken = pd.crosstab(first.stated.ravel(), second.stated.ravel())
    found["spoken_kappa"] = float(cohens_kappa(spoken, return_results=False)) if spoken.shape == (2, 2) else np.nan
    if both.any():
        table = pd.crosstab(left, right).reindex(index=steps, columns=steps, fill_value=0)
        result = cohens_kappa(table.to_numpy(), wt="linear")
        found |= {"kappa": result.kappa, "low": result.kappa_low, "high": min(result.kappa_upp, 1.0)}
    return {name: float(value) for name, value in found.items()}


# --- checks -------------------------------------------------------------------------------------------------


def faults(root: Path = ROOT) -> list[str]:
    """Return every fault of the coded cells, one line each; the tables themselves must be without fault."""
    found: list[str] = []
    for table in tables(root):
        if {"direction", "gain", "loss"} <= set(fields(table, root)):
            found += cell_faults(load(table, root), table, root)
    return found


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
    for number, row in zip(cells.index, cells.fillna("").to_dict("records"), strict=True):
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
        key = tuple(row[name] for name in ("scenario", "party", "domain") if name in lists)
        if key and key in seen:
            yield f"{place}: {' / '.join(key)} is judged twice; allowed: one row a cell"
        seen.add(key)
        for step in row.get("consequences", "").split():
            if step in steps and steps[step] != row["scenario"]:
                yield f"{place}, column consequences: {step!r}; allowed: steps of {row['scenario']}"
