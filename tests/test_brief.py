"""Excerpts are the brief's exact words, and nothing else in the project is, proved without the brief."""

from pathlib import Path

import pytest
from conftest import TINY, replace

from book import data, fingerprint
from book.data import ROOT

# Titles, names and addresses that may stand although they are eight words long or longer.
ALLOWED = [
    "Family Rule in Iraq and the Challenge to State and Democracy",
]
# Files without words of their own: locks, hashes, pictures and packed addresses.
WORDLESS = {"requirements.txt", "fingerprint.json", "borders.topojson"}


def project_files() -> list[Path]:
    """Every text file of the project, whatever git thinks of it; what is set up or built does not count."""
    made = {".venv", ".git", "_build", ".hypothesis"}
    tops = [path for path in ROOT.iterdir() if path.name not in made and not path.name.endswith("_cache")]
    every = [inner for path in tops for inner in ([path] if path.is_file() else path.rglob("*"))]
    paths = [
        path
        for path in every
        if path.is_file()
        and path.parent.name not in ("__pycache__", ".ipynb_checkpoints")
        and path.name not in WORDLESS
        and path.suffix not in (".png", ".gz")
    ]
    assert ROOT / "index.md" in paths
    return paths


def test_every_excerpt_stands_word_for_word_at_its_locator() -> None:
    assert fingerprint.excerpt_faults() == []


def test_no_eight_words_of_the_brief_stand_outside_an_excerpt() -> None:
    excerpts = ROOT / "data/brief/excerpts.csv"  # the one file that may hold them; the test above reads it
    found = [
        f"{path.relative_to(ROOT)}, line {line}: {run}"
        for path in project_files()
        if path != excerpts
        for line, run in fingerprint.copied(path.read_text("utf-8"), allowed=ALLOWED)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("lose-lose scenario", "lose-win scenario", "does not stand in P9.1"),
        ("Ultimately, however, rupture", "Ultimately, however, Rupture", "differs from what was read"),
        (",P9.1,P9,", ",P9.2,P9,", "does not stand in P9.2"),
        ("Ultimately, however, rupture is a lose-lose", "a lose-lose", "words; allowed: 8 to 40"),
    ],
)
def test_an_altered_excerpt_is_refused(old: str, new: str, message: str, data_copy: Path) -> None:
    replace("data/brief/excerpts.csv", old, new)(data_copy)
    assert message in "\n".join(fingerprint.excerpt_faults(data_copy))


def test_too_many_words_of_excerpts_are_refused(data_copy: Path) -> None:
    path = data_copy / "data/brief/excerpts.csv"
    text = path.read_text("utf-8")
    path.write_text(text + text.partition("\n")[2], "utf-8")
    assert "words in all; allowed: 330" in "\n".join(fingerprint.excerpt_faults(data_copy))


def test_a_copied_sentence_is_found_with_its_line_whatever_its_marks_and_case() -> None:
    excerpt = data.load("excerpts").set_index("id").loc["X09", "text"]
    disguised = "One line.\nAnother, then: " + excerpt.upper().replace(",", " -- ") + "."
    found = list(fingerprint.copied(disguised))
    assert found
    assert {line for line, _ in found} == {2}
    assert not list(fingerprint.copied(disguised, allowed=[excerpt]))


def test_seven_words_may_stand_and_eight_may_not() -> None:
    words = data.load("excerpts").set_index("id").loc["X09", "text"].split()
    assert not list(fingerprint.copied(" ".join(words[:7]) + " and so on without end or aim"))
    assert list(fingerprint.copied(" ".join(words[:8]) + " and so on without end or aim"))


def test_a_digit_settles_no_word() -> None:
    """For each place of the brief, about one in sixteen words of our own vocabulary fits."""
    vocabulary = {
        word.text for path in (ROOT / "data/brief").glob("*.csv") for word in fingerprint.words(path.read_text("utf-8"))
    }
    digits = fingerprint.stored()["sentences"]["P8.2"]
    fits = [sum(fingerprint.digit("P8.2", word) == digit for word in vocabulary) for digit in digits]
    assert min(fits) > len(vocabulary) / 32


def test_the_fingerprint_is_what_its_command_makes_of_a_text(tmp_path: Path) -> None:
    text = (
        "The old bridge must be mended before the winter comes again.\n\n"
        "Two small towns on the slow river share a single wooden bridge. Who is going to pay for it?\n"
    )
    assert fingerprint.make(text, TINY) == fingerprint.stored(TINY)
    marked = "Anything.\n\n[P0] " + text.replace("\n\n", "\n\n## Heading\n\n[P1] ")
    assert fingerprint.make(marked, TINY) == fingerprint.stored(TINY)
    with pytest.raises(data.DataError, match="X01 does not stand in P1.1"):
        fingerprint.make(text.replace("slow", "swift"), TINY)
    with pytest.raises(data.DataError, match="differ in P1.3"):
        fingerprint.make(text + " One more.", TINY)


def test_sentences_end_where_they_should() -> None:
    text = 'The U.S. Navy left. "It did," he said. Did it? Yes.'
    assert list(fingerprint.sentences(text).values()) == [
        "The U.S. Navy left.",
        '"It did," he said.',
        "Did it?",
        "Yes.",
    ]
