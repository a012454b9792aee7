"""A build tells the truth: any fault ends it, names the place, and leaves the last good book alone."""

import shutil
from pathlib import Path

import pytest
from conftest import Edit, append, build, replace, tiny_copy

from book import check

CHAPTER = "chapter.md"
HEAD = "# The chapter"
# Faults that end a build by themselves, where they are met.
ENDING: dict[str, tuple[Edit, list[str]]] = {
    "a failing cell": (
        replace(CHAPTER, "import altair as alt", "import altair as alt\n1 / 0"),
        ["chapter.md, line 22: ZeroDivisionError: division by zero"],
    ),
    "an endless cell": (  # the first cell, since on a busy machine what comes before may take 2 s too
        lambda folder: [
            replace("_config.yml", "timeout: 60", "timeout: 2")(folder),
            replace(CHAPTER, "from book import data, tables\n", "while True: pass\n")(folder),
        ],
        ["chapter.md, line 9: the cell takes longer than 2 s"],
    ),
    "a cell that ends its kernel": (
        replace(CHAPTER, "tables.dictionary()", "import os; os._exit(1)"),
        ["chapter.md, line 32: the cell ended its kernel"],
    ),
    "a cell that is not to be executed": (
        replace(CHAPTER, "tables.sentences()", ":tags: [skip-execution]\ntables.sentences()"),
        ["chapter.md, line 29: tag 'skip-execution'; allowed: other tags"],
    ),
    "a cell that may fail": (
        replace(CHAPTER, "tables.sentences()", ":tags: [raises-exception]\ntables.sentences()"),
        ["chapter.md, line 29: tag 'raises-exception'; allowed: other tags"],
    ),
    "a chapter that is not to be executed": (
        replace(CHAPTER, "---\n", "---\nmystnb:\n  execution_mode: 'off'\n"),
        ["chapter.md: its metadata set execution_mode; allowed: nothing of execution"],
    ),
    "a book that is not to be executed": (
        replace("_config.yml", "execute_notebooks: force", "execute_notebooks: off"),
        ["_config.yml: execute; allowed: execute_notebooks: force"],
    ),
    "a cell whose options cannot be read": (
        replace(CHAPTER, "tables.sentences()", ":tags: [a\ntables.sentences()"),
        ["chapter.md", "line 27", "bad YAML"],
    ),
    "a chapter in another encoding": (
        lambda folder: (folder / CHAPTER).write_bytes((folder / CHAPTER).read_bytes() + b"\xe9\n"),
        ["chapter.md: byte ", "is not UTF-8"],
    ),
    "an excerpt that does not match": (
        replace("data/brief/excerpts.csv", "slow river", "swift river"),
        ["data/brief/excerpts.csv, row 2", "does not stand in P1.1"],
    ),
    "a row that breaks the schema": (
        replace("data/brief/levers.csv", ",presence,", ",magic,"),
        ["data/brief/levers.csv, row 2, column kind: 'magic'", "one of sanctions"],
    ),
    "a theme that is not there": (
        replace("_config.yml", "html_theme: furo", "html_theme: book"),
        ["_config.yml: html_theme is 'book'; allowed: furo"],
    ),
    "one warning": (replace(CHAPTER, HEAD, f"{HEAD}\n\n#### Too deep"), ["chapter.md, line 8", "H1 to H4", "1 fault"]),
}
# Faults that are gathered as warnings, so that one build names them all.
GATHERED: dict[str, tuple[Edit, list[str]]] = {
    "an unknown reference": (replace(CHAPTER, HEAD, f"{HEAD}\n\n{{ref}}`nowhere`"), ["undefined label: 'nowhere'"]),
    "a link to no row": (replace(CHAPTER, HEAD, f"{HEAD}\n\n{{at}}`P9.9`"), ["'P9.9', which is no row"]),
    "a link to no file": (
        replace(CHAPTER, HEAD, f"{HEAD}\n\n{{row}}`all <data/none.csv>`"),
        ["'data/none.csv', which is no file"],
    ),
    "a link that hides its target": (
        replace(CHAPTER, HEAD, f"{HEAD}\n\n{{row}}`lever <L01#none>`"),
        ["'L01#none', which is no row"],
    ),
    "an unknown excerpt": (
        replace(CHAPTER, "{excerpt} X01", "{excerpt} X99"),
        ["no excerpt 'X99' in data/brief/excerpts.csv"],
    ),
    "a cell that warns": (
        replace(CHAPTER, "import altair as alt", "import altair as alt, warnings; warnings.warn('careful')"),
        ["chapter.md", "stderr"],
    ),
    "a row that no page shows": (
        replace(CHAPTER, '```{code-cell} ipython3\ntables.table("levers", "Levers")\n```\n', ""),
        ["data/brief/levers.csv: row L01 stands on no page"],
    ),
    "a row that is shown twice": (
        replace("index.md", "# A tiny book", '# A tiny book\n\n<b id="P0.1" data-row></b>'),
        ["'P0.1' stands on this page and on chapter; it can have one address"],
    ),
    "a dead link": (
        replace(
            "index.md",
            "See [the chapter](chapter.md)",
            "See [the chapter](chapter.md) <a href='chapter.html#none'>there</a>",
        ),
        ["index.html: dead link 'chapter.html#none'"],
    ),
    "a picture that is not there": (
        replace("index.md", "See [", "<IMG alt='' SRC='none.png'> See ["),
        ["index.html: dead link 'none.png'"],
    ),
    "an unknown figure": (replace(CHAPTER, HEAD, f"{HEAD}\n\n{{numref}}`fig-none`"), ["undefined label: 'fig-none'"]),
    "an unknown directive": (
        replace(CHAPTER, HEAD, f"{HEAD}\n\n```{{nothing}}\n```"),
        ["chapter.md, line ", "Unknown directive type: 'nothing'"],
    ),
    "a label given twice": (
        replace(CHAPTER, HEAD, f"(one)=\n{HEAD}\n\n(one)=\n## Two"),
        ['Duplicate explicit target name: "one"'],
    ),
    "a figure without a file": (
        replace(CHAPTER, HEAD, f"{HEAD}\n\n```{{figure}} nofile.png\n```"),
        ["image file not readable: nofile.png"],
    ),
    "a page in the contents that is not there": (
        replace("_toc.yml", "- file: chapter", "- file: chapter\n  - file: missing"),
        ["index.md: toctree contains reference to nonexisting document 'missing'"],
    ),
    "a figure in prose that no cell gives": (
        replace(CHAPTER, HEAD, f"{HEAD}\n\n{{glue:text}}`none`"),
        ["'none'", "chapter.md: 1 figures in prose, 0 of them known to the cells"],
    ),
    "a voice that is none": (
        replace(CHAPTER, HEAD, f"{HEAD}\n\n:::{{voice}} nobody\nWords.\n:::"),
        ["no voice 'nobody'; allowed: brief, record, judgment"],
    ),
    "a mark of a voice that is none": (
        replace(CHAPTER, HEAD, f"{HEAD}\n\n{{voice}}`noone`"),
        ["no voice 'noone'; allowed: brief, record, judgment"],
    ),
    "a picture from elsewhere": (
        replace("index.md", "See [", "<img alt='' src='https://example.org/dot.png'> See ["),
        ["index.html: 'https://example.org/dot.png' would be loaded from elsewhere"],
    ),
    "a picture from elsewhere for sharp screens": (
        replace(
            "index.md", "See [", "<img alt='' src='_static/preview.png' srcset='a.png, //example.org/dot.png 2x'> See ["
        ),
        ["//example.org/dot.png 2x' would be loaded from elsewhere"],
    ),
    "a frame from elsewhere": (
        replace("index.md", "See [", "<iframe title='it' src='//example.org/frame'></iframe> See ["),
        ["index.html: '//example.org/frame' would be loaded from elsewhere"],
    ),
    "a setting of the wrong type": (
        replace("_config.yml", "timeout: 60", "timeout: soon"),
        ["_config.yml: invalid number 'soon' for config value 'nb_execution_timeout'"],
    ),
    "an id given twice": (
        replace("index.md", "See [", '<b id="twice"></b><b id="twice"></b> See ['),
        ["index.html: the id 'twice'"],
    ),
}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (append("_config.yml", "\nx: [1\n"), "_config.yml, line "),
        (append("_toc.yml", "- a: [\n"), "_toc.yml, line "),
        (lambda folder: (folder / "_toc.yml").write_bytes(b"root: \xe9\n"), "_toc.yml: 'utf-8' codec can't decode"),
        (lambda folder: (folder / "_toc.yml").write_text("index"), "_toc.yml: 'index'"),
        (lambda folder: (folder / "_config.yml").write_text("- title"), "_config.yml: ['title']"),
    ],
    ids=["_config.yml", "_toc.yml", "another encoding", "a bare word", "a list"],
)
def test_a_configuration_that_cannot_be_read_is_named_in_one_line(edit: Edit, expected: str, tiny: Path) -> None:
    assert check.form_faults(tiny) == []
    edit(tiny)
    (fault,) = check.form_faults(tiny)
    assert fault.startswith(expected) and "; allowed: " in fault


@pytest.mark.parametrize("fault", ENDING)
def test_a_fault_ends_the_build_and_is_named(fault: str, tiny: Path) -> None:
    edit, expected = ENDING[fault]
    edit(tiny)
    result = build(tiny)
    assert result.returncode != 0, result.stdout
    last = result.stdout[result.stdout.rindex("\n\n") :]
    for part in [*expected, "The book was not built: 1 fault, named above."]:
        assert part in last, f"{part!r} is not in the last lines: {result.stdout[-3000:]}"
    assert "Traceback" not in result.stdout
    assert not expected[0].startswith("data/") or "executed" not in result.stdout, "a kernel was started in vain"
    assert not (tiny / "_build/html/index.html").exists()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny book, built, with files beside it that are in no contents list."""
    folder = tiny_copy(tmp_path_factory.mktemp("good"))
    (folder / "stray.md").write_text("# Stray\n", "utf-8")
    (folder / ".hidden").mkdir()
    for beside in ("data", ".hidden"):
        (folder / beside / "notes.md").write_text("# Notes\n", "utf-8")
    assert build(folder).returncode == 0
    return folder


def test_one_build_names_every_fault_and_ships_nothing(tiny: Path) -> None:
    for edit, _ in GATHERED.values():
        edit(tiny)
    result = build(tiny)
    assert result.returncode != 0
    missing = [fault for fault, (_, expected) in GATHERED.items() for part in expected if part not in result.stdout]
    assert not missing, result.stdout[-5000:]
    assert not (tiny / "_build/html/index.html").exists()


def test_a_book_has_the_pages_of_its_contents_alone_and_text_stays_text(good: Path) -> None:
    pages = {path.name for path in (good / "_build/html").rglob("*.html")}
    assert pages == {"index.html", "chapter.html", "search.html", "genindex.html"}
    text = (good / "_build/html/chapter.html").read_text("utf-8")
    assert "<b>" not in text
    assert "&lt;and&gt;" in text


def test_a_fault_is_told_on_every_run_and_the_last_good_book_stays(good: Path, tmp_path: Path) -> None:
    tiny = Path(shutil.copytree(good, tmp_path / "tiny", symlinks=True))
    page = tiny / "_build/html/chapter.html"
    before = page.read_bytes()
    replace(CHAPTER, "# The chapter", "# The chapter\n\n{ref}`nowhere`")(tiny)
    assert [build(tiny).returncode for _ in range(2)] == [1, 1]
    assert page.read_bytes() == before
    replace(CHAPTER, "{ref}`nowhere`", "Mended.")(tiny)
    assert build(tiny).returncode == 0
    assert b"Mended." in page.read_bytes()


def test_the_same_sources_give_the_same_bytes_in_another_folder(tmp_path: Path) -> None:
    def book(folder: Path, cold: bool) -> dict[str, bytes]:
        tiny_copy(folder, cold)
        assert build(folder).returncode == 0
        html = folder / "_build/html"
        return {str(path.relative_to(html)): path.read_bytes() for path in html.rglob("*") if path.is_file()}

    first, second = book(tmp_path / "one", cold=False), book(tmp_path / "a longer name", cold=True)
    assert first.keys() == second.keys()
    assert not [name for name in first if first[name] != second[name]]
