"""``python -m book``: check all data. ``python -m book form``: check the form of the configuration alone.

``python -m book stale [DAY]``: list facts and readings of signposts that are due, and the record's next review;
ends with 1 if anything is due. ``python -m book addresses``: note the addresses of the built book as its edition's.
"""

import datetime
import sys

from book import addresses, check, data, record


def checked() -> str:
    """Return what was found in order; SystemExit names every fault."""
    if found := check.faults():
        raise SystemExit("\n".join([*found, f"{len(found)} fault(s) in data/, named above."]))
    return f"{len(data.tables())} tables are as data/datapackage.json says, and the record keeps its rules."


def stale(day: str) -> tuple[str, bool]:
    """Return what is due on an ISO day, a line each, and whether anything is; SystemExit if it is no day."""
    try:
        day = datetime.date.fromisoformat(day).isoformat()
    except ValueError as fault:
        raise SystemExit(f"{day}: {fault}; allowed: a day such as {datetime.date.today()}") from None
    facts, readings, review = record.stale(day), record.readings_due(day), record.reach()["next_review"]
    lines = [f"{row['due']}  {row['id']}  {row['topic']}: {row['statement']}" for row in facts.to_dict("records")]
    for quarter, missing in readings.items():
        lines.append(f"{quarter}  readings of {len(missing)} signposts: {' '.join(missing)}")
    days = (datetime.date.fromisoformat(review) - datetime.date.fromisoformat(day)).days
    lines += [
        f"{len(facts)} of {len(record.facts())} facts are due on {day}.",
        f"Quarters of the signposts that are due: {', '.join(readings) or 'none'}.",
        f"Next review of the record: {review}, " + (f"in {days} days." if days > 0 else f"{-days} days ago."),
    ]
    return "\n".join(lines), bool(len(facts) or readings or days <= 0)


if __name__ == "__main__":
    try:
        match sys.argv[1:]:
            case []:
                print(checked())
            case ["form"]:
                raise SystemExit("\n".join(check.form_faults()) or 0)
            case ["stale", *days] if len(days) < 2:
                told, due = stale(days[0] if days else datetime.date.today().isoformat())
                print(told)
                raise SystemExit(int(due))
            case ["addresses"]:
                print(f"The addresses of this edition are in {addresses.write().relative_to(data.ROOT)}.")
            case _:
                raise SystemExit(__doc__)
    except data.DataError as fault:
        raise SystemExit(str(fault)) from None
