"""``python -m book``: check all data. ``python -m book stale [DAY]``: list facts due for another look."""

import datetime
import sys

from book import check, data, record


def checked() -> str:
    """Return what was found in order; SystemExit names every fault."""
    if found := check.faults():
        raise SystemExit("\n".join([*found, f"{len(found)} fault(s) in data/, named above."]))
    return f"{len(data.tables())} tables are as data/datapackage.json says, and the record keeps its rules."


def stale(day: str) -> str:
    """Return a line for each fact that is due on an ISO day, and how many there are; SystemExit if it is none."""
    try:
        day = datetime.date.fromisoformat(day).isoformat()
    except ValueError as fault:
        raise SystemExit(f"{day}: {fault}; allowed: a day such as 2027-01-31") from None
    due = record.stale(day)
    lines = [f"{row['due']}  {row['id']}  {row['topic']}: {row['statement']}" for row in due.to_dict("records")]
    review = record.reach()["next_review"]
    return "\n".join([*lines, f"{len(due)} of {len(record.facts())} facts are due on {day}. Next review: {review}."])


if __name__ == "__main__":
    try:
        match sys.argv[1:]:
            case []:
                print(checked())
            case ["stale"]:
                print(stale(datetime.date.today().isoformat()))
            case ["stale", day]:
                print(stale(day))
            case _:
                raise SystemExit(__doc__)
    except data.DataError as fault:
        raise SystemExit(str(fault)) from None
