"""Recognise the words of the brief without holding them.

``data/fingerprint.json`` keeps one hexadecimal digit for each word of the brief, in sentences. One
word in sixteen has the same digit, so thousands of dictionary words fit each place, and a digit
confirms no single guess. Eight words in a row that fit eight digits in a row do so by chance once
in four billion, which is how an excerpt or a copied passage is recognised. Truncated hashes of
overlapping word sequences would tell more, not less: once seven words are known, each further hash
would confirm the next. What the digits can do is confirm a whole sentence that somebody brings.

An excerpt's exact characters are kept as a full hash beside the digits; it is printed in the book.

``python -m book.fingerprint brief.txt`` makes the file from the text of the brief.
"""

import hashlib
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np

from book.data import ROOT, DataError, load, path_of, records

RUN = 8  # words in a row that count as copied
# After a full stop, question or exclamation mark, perhaps a closing quote, before a capital;
# the full stop of two initials, as of a country's name, ends no sentence.
SENTENCE_END = re.compile(r"(?<=[.?!])(?<![A-Z]\.[A-Z]\.)[\"”)]?\s+(?=[\"“]?[A-Z])")


class Word(NamedTuple):
    """A word as compared (lower case, no marks) and the line on which it stands."""

    text: str
    line: int


def words(text: str) -> list[Word]:
    """Return the words of a text, without case, accents, punctuation and hyphens; lines from 1."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        plain = unicodedata.normalize("NFKD", line).casefold()
        plain = re.sub(r"[\u0300-\u036f'’ʿʾ]|(?<=\w)\.(?=\w)", "", plain)
        found += [Word(word, number) for word in re.findall(r"\w+", plain)]
    return found


def sentences(brief: str) -> dict[str, str]:
    """Cut the text of the brief into sentences by locator.

    The text may carry marks ``[P4]`` at the start of its paragraphs, with anything unmarked left
    out; or it holds just the paragraphs, standfirst first, a blank line between them, no headings.
    """
    marked = re.findall(r"^\[P\d+\]\s*(.*)$", brief, re.MULTILINE)
    paragraphs = marked or [part for part in re.split(r"\n\s*\n", brief.strip()) if part.strip()]
    found = {}
    for number, paragraph in enumerate(paragraphs):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", paragraph).replace("**", "").strip()
        for place, sentence in enumerate(SENTENCE_END.split(plain), 1):
            found[f"P{number}.{place}"] = sentence
    return found


@cache
def digit(locator: str, word: str) -> str:
    """Return the one hexadecimal digit that stands for a word in a sentence."""
    return hashlib.sha256(f"{locator} {word}".encode()).hexdigest()[0]


def seal(text: str) -> str:
    """Return the hash of an excerpt's exact characters."""
    return hashlib.sha256(text.encode()).hexdigest()


def make(brief: str, root: Path = ROOT) -> dict[str, dict[str, str]]:
    """Return the fingerprint of the brief: digits by sentence and seals by excerpt.

    Raises:
        DataError: the text has other sentences than the table of sentences, or an excerpt does not
            stand at its locator, character for character.
    """
    text = sentences(brief)
    listed = [at for at in load("sentences", root)["locator"] if at.startswith("P")]
    if odd := sorted(set(text) ^ set(listed)):
        raise DataError(f"the text and data/brief/sentences.csv differ in {', '.join(odd)}")
    seals = {}
    for row in records("excerpts", root):
        if row["text"] not in text.get(row["locator"], ""):
            raise DataError(f"data/brief/excerpts.csv: {row['id']} does not stand in {row['locator']}: {row['text']!r}")
        seals[row["id"]] = seal(row["text"])
    digits = {at: "".join(digit(at, word.text) for word in words(said)) for at, said in text.items()}
    return {"sentences": digits, "excerpts": seals}


def stored(root: Path = ROOT) -> dict[str, dict[str, str]]:
    """Return ``data/fingerprint.json``.

    Raises:
        DataError: the file is missing or is no JSON.
    """
    try:
        found = json.loads((root / "data" / "fingerprint.json").read_text("utf-8"))
        _ = found["sentences"].items(), found["excerpts"].items()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        raise DataError(f"data/fingerprint.json: {fault}") from None
    return found


def listing_faults(root: Path = ROOT) -> list[str]:
    """Return a line for the first place at which the table of sentences is not the brief's, in the brief's order."""
    path = path_of("sentences", root)
    own = [row["locator"] for row in records("sentences", root) if row["locator"].startswith("P")]
    for number, (listed, at) in enumerate(zip_longest(own, stored(root)["sentences"]), 2):
        if listed != at:
            place = f"{path}, row {number}, column locator: {listed or 'no more rows'!r}"
            return [
                f"{place}; allowed: {at or 'no more rows'!r}, the sentences of data/fingerprint.json in their order"
            ]
    return []


def copy_faults(names: Iterable[str], root: Path = ROOT) -> list[str]:
    """Return a line for each place of these tables, but for that of excerpts, where words of the brief stand."""
    paths = [path_of(name, root) for name in names if name != "excerpts"]
    return [
        f"{path}, line {line}: {run!r} are {RUN} words in a row of the brief; allowed: other words, or an excerpt"
        for path in paths
        for line, run in copied((root / path).read_text("utf-8"), root)
    ]


def excerpt_faults(root: Path = ROOT) -> list[str]:
    """Return a line for each excerpt that is not exactly the brief's, or too short or too long."""
    known, found, total = stored(root), [], 0
    for number, row in enumerate(records("excerpts", root), 2):
        said = [word.text for word in words(row["text"])]
        place = f"data/brief/excerpts.csv, row {number}, column text: {row['id']} "
        digits = "".join(digit(row["locator"], word) for word in said)
        total += len(said)
        if digits not in known["sentences"].get(row["locator"], ""):
            found.append(place + f"does not stand in {row['locator']}: {row['text']!r}")
        elif known["excerpts"].get(row["id"]) != seal(row["text"]):
            found.append(
                place + f"differs from what was read in the brief: {row['text']!r}; allowed: its exact characters"
            )
        if not RUN <= len(said) <= 40:
            found.append(place + f"has {len(said)} words; allowed: {RUN} to 40")
    if total > 330:
        found.append(f"data/brief/excerpts.csv: {total} words in all; allowed: 330")
    return found


def copied(text: str, root: Path = ROOT, allowed: Iterable[str] = ()) -> Iterator[tuple[int, str]]:
    """Yield line and words of each place where a text has ``RUN`` words in a row of the brief.

    Args:
        text: any text.
        allowed: passages that may stand: excerpts, titles, names and addresses.
    """
    here = words(text)
    if len(here) < RUN:
        return
    spared = _spared([word.text for word in here], allowed)
    hits = _runs([word.text for word in here], stored(root)["sentences"])
    for start in np.flatnonzero(hits):
        if not all(spared[start : start + RUN]):
            run = here[start : start + RUN]
            yield run[0].line, " ".join(word.text for word in run)


def _runs(here: list[str], digits: dict[str, str]) -> np.ndarray:
    """Return for each word whether it and the next seven fit eight places in a row of the brief."""
    vocabulary = sorted(set(here))
    index = {word: number for number, word in enumerate(vocabulary)}
    text = np.array([index[word] for word in here])
    last = len(text) - RUN + 1
    places = [(at, place) for at, row in digits.items() for place in row]
    codes = {at: np.array([digit(at, word) for word in vocabulary]) for at in digits}
    fits: list[np.ndarray] = [(codes[at] == place)[text] for at, place in places]
    found = np.zeros(len(text), dtype=bool)
    for start in range(len(places) - RUN + 1):
        run = np.ones(last, dtype=bool)
        for step in range(RUN):
            run &= fits[start + step][step : step + last]
            if not run.any():
                break
        found[:last] |= run
    return found


def _spared(here: list[str], allowed: Iterable[str]) -> list[bool]:
    """Mark the words that belong to an allowed passage."""
    line = " " + " ".join(here) + " "
    starts = np.cumsum([0] + [len(word) + 1 for word in here])
    spared = [False] * len(here)
    for passage in allowed:
        needle = " " + " ".join(word.text for word in words(passage)) + " "
        at = line.find(needle)
        while needle.strip() and at >= 0:
            first = int(np.searchsorted(starts, at))
            spared[first : first + needle.count(" ") - 1] = [True] * (needle.count(" ") - 1)
            at = line.find(needle, at + 1)
    return spared


def main(arguments: list[str]) -> None:
    """Write ``data/fingerprint.json`` from the text of the brief."""
    if len(arguments) != 1:
        raise SystemExit("usage: python -m book.fingerprint FILE, the text of the brief (see CONTRIBUTING.md)")
    try:
        made = make(Path(arguments[0]).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, DataError) as fault:
        raise SystemExit(f"{fault}\nNothing was written.") from None
    target = ROOT / "data" / "fingerprint.json"
    target.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    print(f"{target.relative_to(ROOT)}: {len(made['sentences'])} sentences, {len(made['excerpts'])} excerpts")


if __name__ == "__main__":
    main(sys.argv[1:])
