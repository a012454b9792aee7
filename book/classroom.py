"""A class codes the cells of :mod:`book.weigh` blind: what is handed out, what comes back, how far coders agree.

A hand-out holds nothing of this book's own codings; they come in only once every coding is handed in.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from book import weigh
from book.data import ROOT, DataError, load, terms
from book.weigh_views import CODINGS

SILENT = "silent"
Codings = Mapping[str, pd.DataFrame]  # by coder: cells as :func:`book.weigh.read` returns them


def rubric(root: Path = ROOT) -> pd.DataFrame:
    """Return the rubric as text: columns field, value, meaning. How often we used a value is not told."""
    fields = ("scenario", "domain", "direction", "gain", "loss")
    rows = [(name, value, meaning) for name in fields for value, meaning in terms("cells", name, root).items()]
    return pd.DataFrame(rows, columns=["field", "value", "meaning"])


def hand_out(folder: Path, root: Path = ROOT) -> list[Path]:
    """Write the empty form and the rubric into a folder, and return both files. Neither knows our codings."""
    folder.mkdir(parents=True, exist_ok=True)
    sheets = {"empty-form.csv": weigh.template(root), "rubric.csv": rubric(root)}
    for name, frame in sheets.items():
        frame.to_csv(folder / name, index=False)
    return [folder / name for name in sheets]


def hand_in(folder: Path, root: Path = ROOT) -> dict[str, pd.DataFrame]:
    """Return the codings of a class by coder: every ``coder-NAME.csv`` of a folder.

    Raises:
        DataError: there is none, or some break the rubric; every fault of every file is named.
    """
    found, faults = {}, []
    for path in sorted(folder.glob("coder-*.csv")):
        try:
            found[path.stem] = weigh.read(path, root)
        except DataError as fault:
            faults.append(str(fault))
    if faults or not found:
        raise DataError("\n".join(faults) or f"{folder}: no coding there; allowed: files named coder-NAME.csv")
    return found


def ours(all_in: bool, root: Path = ROOT) -> dict[str, pd.DataFrame]:
    """Return this book's codings by name once all of a class are in; before that nothing."""
    return {f"ours, {name}": load(table, root) for table, name in CODINGS.items()} if all_in else {}


def answers(cells: pd.DataFrame, root: Path = ROOT) -> pd.Series:
    """Return what a coding says of each cell, in words, by scenario, party and domain; of the others ``silent``."""
    keys = list(weigh.KEY)
    index = pd.MultiIndex.from_frame(weigh.template(root)[keys])
    said = {
        tuple(row[key] for key in keys): ", ".join(
            [row["direction"], *(f"{side} {row[side]}" for side in ("gain", "loss") if row[side])]
        )
        for row in cells.to_dict("records")
    }
    return pd.Series([said.get(cell, SILENT) for cell in index], index)


def by_cell(codings: Codings, root: Path = ROOT) -> pd.DataFrame:
    """Return what each coder says of each cell of which at least one says that the brief speaks.

    Returns:
        Index scenario, party, domain; a column a coder, and ``agree``: how many give the commonest answer. The
        cells on which fewest agree come first.
    """
    frame = pd.DataFrame({name: answers(cells, root) for name, cells in codings.items()})
    frame = frame[(frame != SILENT).any(axis=1)]
    agree = [Counter(row).most_common(1)[0][1] for row in frame.to_numpy().tolist()]
    return frame.assign(agree=pd.Series(agree, frame.index, dtype=int)).sort_values("agree", kind="stable")


def differing(codings: Codings, root: Path = ROOT) -> pd.DataFrame:
    """Return the cells on which not all coders agree, as :func:`by_cell` does."""
    frame = by_cell(codings, root)
    return frame[frame["agree"] < len(codings)]


def kappas(codings: Codings, on: str = "steps", root: Path = ROOT) -> pd.DataFrame:
    """Return the kappa of each two coders, to one decimal: with so few cells more would say nothing.

    Args:
        codings: the coders.
        on: ``steps`` or ``spoken``, as :func:`book.weigh.kappa` has them.

    Returns:
        A square table; no number where there is too little to tell.
    """
    found = {one: {other: weigh.kappa(codings[one], codings[other], root)[on] for other in codings} for one in codings}
    return pd.DataFrame(found).round(1) + 0.0  # no minus zero
