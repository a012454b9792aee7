"""A build after any edit gives what a clean one gives, runs only what changed, and survives being killed."""

import json
import os
import py_compile
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import yaml
from conftest import BUILD, Edit, append, build, replace, tiny_copy
from filelock import FileLock
from nbclient import NotebookClient

from book import execute, fresh, reads
from book.data import ROOT

SECOND = """---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---

# The second chapter

```{code-cell} ipython3
from pathlib import Path
print(*[path.read_text("utf-8") for path in sorted(Path("notes").glob("*.txt"))])
```
"""


def write(name: str, text: str) -> Edit:
    """Return an edit that writes a file, with its folder."""

    def edit(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")

    return edit


def remove(name: str) -> Edit:
    """Return an edit that removes a file."""
    return lambda folder: (folder / name).unlink()


def contents(*names: str) -> Edit:
    """Return an edit that states the contents list."""
    toc = {"format": "jb-book", "root": "index", "chapters": [{"file": name} for name in names]}
    return write("_toc.yml", yaml.safe_dump(toc))


def sheet(cell: str) -> Edit:
    """Return an edit that writes a notebook of one cell."""
    cells = [{"cell_type": "markdown", "metadata": {}, "source": "# A sheet", "id": "a"}]
    cells.append(execute.CELL | {"source": cell, "id": "b"})
    return write("sheet.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


ALL = ("chapter", "second", "sheet")
# What is edited, how, and what the book must say then.
EDITS: dict[str, tuple[Edit, tuple[str, str]]] = {
    "a chapter's prose": (replace("second.md", "# The second", "# Another second"), ("index.html", "Another second")),
    "configuration": (replace("_config.yml", "A tiny book", "A small book"), ("index.html", "A small book")),
    "a style sheet added": (write("_static/own.css", "p { color: #111; }"), ("index.html", "own.css")),
    "a template added": (write("_templates/page.html", '{% extends "furo/page.html" %}'), ("index.html", "A small")),
    "a file of no one's": (write("notes.txt", "aside"), ("second.html", "one")),
    "a style sheet edited": (write("_static/own.css", "p { color: #222; }"), ("_static/own.css", "#222")),
    "a template edited": (
        write(
            "_templates/page.html",
            '{% extends "furo/page.html" %}{% block content %}{{ super() }}<i>end</i>{% endblock %}',
        ),
        ("index.html", "<i>end</i>"),
    ),
    "contents: a page less": (contents("chapter", "second"), ("index.html", "Another second")),
    "contents: a page more": (contents("chapter", "sheet", "second"), ("index.html", "A sheet")),
    "a chapter's cell": (replace("second.md", "print(*[", "print('cell', *["), ("second.html", "cell one")),
    "a notebook": (sheet("print(6 * 7)"), ("sheet.html", "42")),
    "a file added where a chapter looks": (write("notes/two.txt", "two"), ("second.html", "cell one two")),
    "a cell of the data": (
        replace("data/brief/levers.csv", "No one crosses.", "Nobody crosses."),
        ("chapter.html", "Nobody crosses."),
    ),
    "a file removed where a chapter looks": (remove("notes/one.txt"), ("second.html", "cell two")),
    "a row of the data": (
        append("data/brief/levers.csv", "L02,Raising the toll,presence,,,,,,both,P0.1,P0\n"),
        ("chapter.html", "Raising the toll"),
    ),
    "the package": (
        replace("book/data.py", 'NOT_STATED = "not stated"', 'NOT_STATED = "not said"'),
        ("chapter.html", "not said"),
    ),
    "a module added to the package": (write("book/more.py", "SAID = 1\n"), ("chapter.html", "not said")),
}
# The same, in the order of the builds, with the number of chapters that each must run.
BUILDS: list[tuple[int, list[str]]] = [
    (0, ["a chapter's prose", "configuration", "a style sheet added", "a template added", "a file of no one's"]),
    (0, ["a style sheet edited", "a template edited", "contents: a page less"]),
    (0, ["contents: a page more"]),
    (2, ["a chapter's cell", "a notebook"]),
    (2, ["a file added where a chapter looks", "a cell of the data"]),
    (2, ["a file removed where a chapter looks", "a row of the data"]),
    (1, ["the package"]),
    (3, ["a module added to the package"]),
]
COMPARED = {"contents: a page less", "the package", "a row of the data"}
GONE = {"a cell of the data": "No one crosses."}  # what the book must say no longer


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny book, built, with a second chapter, a notebook, and a folder that the second chapter looks into."""
    folder = tiny_copy(tmp_path_factory.mktemp("grown"))
    replace("_config.yml", "suppress_warnings: []", "templates_path: [_templates]")(folder)
    for edit in (write("second.md", SECOND), write("notes/one.txt", "one"), sheet("print(6 * 6)"), contents(*ALL)):
        edit(folder)
    assert executed(folder) == len(ALL)
    return folder


@pytest.fixture
def growing(grown: Path, tmp_path: Path) -> Path:
    """A copy of that book, with all that its build left, to edit."""
    return Path(shutil.copytree(grown, tmp_path / "growing", symlinks=True))


def executed(folder: Path) -> int | None:
    """Build a book and return how many chapters were executed; None if nothing had changed."""
    result = build(folder)
    assert result.returncode == 0, result.stdout[-3000:]
    found = re.search(r"(\d+) chapters executed", result.stdout)
    assert bool(found) != ("Nothing changed" in result.stdout)
    return int(found[1]) if found else None


def pages(folder: Path) -> dict[str, bytes]:
    """Return every file of a built book."""
    html = folder / "_build/html"
    return {str(path.relative_to(html)): path.read_bytes() for path in html.rglob("*") if path.is_file()}


def assert_as_clean(folder: Path, other: Path) -> None:
    """The book in a folder is, byte for byte, the one that its sources give in another folder from nothing."""
    shutil.copytree(folder, other, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    (other / "_build").mkdir()
    (other / "_build/.pictures").symlink_to((folder / "_build/.pictures").resolve())
    assert executed(other) == len(yaml.safe_load((folder / "_toc.yml").read_text())["chapters"])
    here, there = pages(folder), pages(other)
    assert here.keys() == there.keys()
    assert not [name for name in here if here[name] != there[name]]


def test_a_build_after_any_edit_is_a_clean_one_and_runs_only_what_changed(growing: Path, tmp_path: Path) -> None:
    assert [name for _, names in BUILDS for name in names] == list(EDITS)
    for expected, names in BUILDS:
        for name in names:
            EDITS[name][0](growing)
        assert executed(growing) == expected, names
        for name in names:
            page, said = EDITS[name][1]
            text = (growing / "_build/html" / page).read_text("utf-8")
            assert said in text, name
            assert GONE.get(name, "\0") not in text, name
        if COMPARED & set(names):
            assert_as_clean(growing, tmp_path / names[-1].replace(":", ""))


def test_nothing_is_built_where_nothing_changed_unless_the_book_was_touched(growing: Path) -> None:
    before = pages(growing)
    assert executed(growing) is None
    (growing / "chapter.md").touch()
    assert executed(growing) is None
    append("_build/html/index.html", "<p>More</p>")(growing)
    assert executed(growing) == 0
    assert pages(growing) == before
    replace("second.md", "print(*[", "1 / 0; print(*[")(growing)
    assert build(growing).returncode != 0
    replace("second.md", "1 / 0; print(*[", "print(*[")(growing)
    assert executed(growing) is None, "the last good book is as these sources make it"


def test_a_chapter_that_reads_what_is_no_source_runs_each_time(growing: Path) -> None:
    write(".hidden/state.txt", "one")(growing)
    replace("second.md", "print(*[", "print(Path('.hidden/state.txt').read_text(), *[")(growing)
    assert executed(growing) == 1
    write(".hidden/state.txt", "two")(growing)
    assert executed(growing) == 1
    assert "two" in (growing / "_build/html/second.html").read_text("utf-8")


def test_a_chapter_with_a_byte_order_mark_is_executed_as_any_other(growing: Path) -> None:
    path = growing / "second.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    write("notes/two.txt", "two")(growing)
    assert executed(growing) == 1
    assert "one two" in (growing / "_build/html/second.html").read_text("utf-8")


def test_other_settings_make_another_book(growing: Path) -> None:
    other = (
        (growing / "_config.yml")
        .read_text("utf-8")
        .replace("html_theme: furo", "html_theme: furo\n    html_title: Another")
    )
    (growing / "_other.yml").write_text(other, "utf-8")
    assert executed(growing) == 0
    result = build(growing, more=["--config", "_other.yml"])
    assert result.returncode == 0 and "Nothing changed" not in result.stdout, result.stdout[-2000:]
    assert "Another" in (growing / "_build/html/index.html").read_text("utf-8")


def test_what_changes_while_the_book_is_built_is_in_no_book(growing: Path) -> None:
    before = pages(growing)
    append("index.md", "More.\n")(growing)
    process = begin(growing)
    said = ""
    for line in process.stdout or []:
        said += line
        if "reading sources" in line and "later.txt" not in said:
            write("notes/later.txt", "later")(growing)
            said += "later.txt"
    assert process.wait() == 1
    assert "\nnotes/later.txt changed while the book was built; build again" in said, said[-2000:]
    assert pages(growing) == before
    assert executed(growing) == len(ALL)
    assert "later" in (growing / "_build/html/second.html").read_text("utf-8")


def test_the_outputs_of_a_chapter_are_not_kept_if_what_it_read_changed_meanwhile(growing: Path) -> None:
    replace("second.md", "print(*[", "Path('notes/one.txt').write_text('meanwhile'); print(*[")(growing)
    result = build(growing)
    assert result.returncode == 1
    assert "notes/one.txt changed while second.md was executed; build again" in result.stdout
    assert "second.md" in result.stdout.splitlines()[-2]
    replace("second.md", "Path('notes/one.txt').write_text('meanwhile'); ", "")(growing)
    write("notes/one.txt", "one")(growing)
    assert executed(growing) is None


def test_settings_that_change_while_a_build_waits_are_not_mixed(growing: Path) -> None:
    with FileLock(growing / "_build/.lock"):
        process = begin(growing)
        while "waiting for its end" not in (process.stdout.readline() if process.stdout else ""):
            assert process.poll() is None
        append("_config.yml", "# another\n")(growing)
    said = process.communicate()[0]
    assert process.returncode == 1
    assert "_config.yml or _toc.yml changed while this build waited" in said


def test_a_package_from_elsewhere_makes_no_book(growing: Path) -> None:
    result = build(growing, PYTHONPATH=str(ROOT))
    assert result.returncode == 1
    assert f"the package book comes from {ROOT}; allowed: from the folder of the book, {growing}" in result.stdout


def test_what_was_kept_and_is_cut_short_is_made_again(growing: Path) -> None:
    (growing / "_build/.executed/second.md.json").write_text('{"code": ', "utf-8")
    append("index.md", "More.\n")(growing)
    assert executed(growing) == 1


# --- killed, and at once ------------------------------------------------------------------------------------


def begin(folder: Path) -> subprocess.Popen[str]:
    """Begin a build in a folder, in a group of processes of its own."""
    return subprocess.Popen(
        BUILD, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


@pytest.mark.parametrize("whole", [True, False], ids=["all of its processes", "its first process alone"])
def test_a_killed_build_leaves_the_last_good_book_and_nothing_to_clean(whole: bool, growing: Path) -> None:
    before = pages(growing)
    for mark in ("updating environment", "reading sources", "writing output"):
        append("book/tables.py", f"# {mark}\n")(growing)
        process = begin(growing)
        for line in process.stdout or []:
            if mark in line:
                break
        (os.killpg if whole else os.kill)(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()  # type: ignore[union-attr]
        assert pages(growing) == before, mark
    assert executed(growing) in (0, 1, None)
    assert pages(growing) == before
    assert not (growing / "_build" / fresh.BESIDE).exists()


def test_a_build_killed_while_the_book_is_swapped_leaves_it_to_the_next(growing: Path) -> None:
    before = pages(growing)
    (growing / "_build/html").rename(growing / "_build" / fresh.OLD)
    assert executed(growing) is None
    assert pages(growing) == before


def test_two_builds_at_once_do_not_harm_each_other(growing: Path) -> None:
    append("index.md", "More.\n")(growing)
    both = [begin(growing), begin(growing)]
    printed = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], printed
    assert sorted("Another build is at work" in text for text in printed) == [False, True]
    assert sorted("Nothing changed" in text for text in printed) == [False, True]


def test_a_build_waits_for_the_lock_of_its_folder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = f"from pathlib import Path; from book import fresh; fresh.hold(Path({str(tmp_path)!r})); print('taken')"
    with FileLock(tmp_path / ".lock"):
        waiting = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert "waiting" in (waiting.stdout.readline() if waiting.stdout else "")
        time.sleep(0.3)
        assert waiting.poll() is None
    assert "taken" in waiting.communicate(timeout=30)[0]


# --- what is read ---------------------------------------------------------------------------------------------


READERS: dict[str, tuple[str, set[str]]] = {
    "a file": ("open('a.txt').read()", {"a.txt"}),
    "a path": ("__import__('pathlib').Path('in/b.txt').read_text()", {"in/b.txt"}),
    "a table": ("__import__('pandas').read_csv('in/c.csv')", {"in/c.csv"}),
    "a file that is not there": (
        "__import__('contextlib').suppress(OSError).__enter__(); open('none.txt')",
        {"none.txt"},
    ),
    "a folder": ("__import__('os').listdir('in')", {"in/"}),
    "a pattern": ("list(__import__('pathlib').Path('.').glob('*.txt'))", {"/"}),
    "a module": ("import mine", {"mine.py"}),
    "a file from elsewhere": ("__import__('os').chdir('in'); open('b.txt').read()", {"in/b.txt"}),
    "nothing it writes": ("open('made.txt', 'w').close()", set()),
    "a path in bytes": ("open(b'a.txt').read()", {"a.txt"}),
    "a file to change": ("open('a.txt', 'r+').read()", {"a.txt"}),
    "a file that is no source": ("open(__import__('pathlib').Path.cwd().parent / 'no.txt').read()", {reads.ELSEWHERE}),
    "a file it made elsewhere": (
        "import tempfile; name = tempfile.mkdtemp() + '/x'; open(name, 'w').close(); open(name).read()",
        set(),
    ),
    "another program": ("__import__('subprocess').run(['true'])", {reads.ELSEWHERE}),
    "a database": ("__import__('sqlite3').connect('in/d.db')", {reads.ELSEWHERE}),
}


@pytest.mark.parametrize("reader", READERS)
def test_what_a_process_reads_is_noted(reader: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for name, text in {"a.txt": "a", "in/b.txt": "b", "in/c.csv": "c\n1\n", "mine.py": "X = 1\n"}.items():
        write(name, text)(folder)
    write("no.txt", "not of the folder")(tmp_path)
    shutil.copytree(ROOT / "book", folder / "book")
    code, expected = READERS[reader]
    whole = (
        f"import sys; from book import reads; reads.watch({str(folder)!r})\n"
        f"try:\n    {code}\nexcept OSError:\n    pass\nprint(reads.told())"
    )
    for _ in range(2):  # the second time a module is compiled already
        told = subprocess.run([sys.executable, "-c", whole], cwd=folder, capture_output=True, text=True, check=True)
        noted = {name for name in json.loads(told.stdout) if not name.endswith(reads.MODULES) and name[:5] != "book/"}
        assert noted == expected


def changes(tmp_path: Path, names: list[str], edit: Callable[[Path], object]) -> bool:
    """Tell whether an edit changes the states of what was read."""
    before = reads.states(names, reads.snapshot(tmp_path), tmp_path)
    edit(tmp_path)
    return before != reads.states(names, reads.snapshot(tmp_path), tmp_path)


def test_states_follow_what_was_read_and_nothing_else(tmp_path: Path) -> None:
    write("data/a.csv", "a\n1\n")(tmp_path)
    write("pack/__init__.py", "")(tmp_path)
    assert changes(tmp_path, ["data/a.csv"], append("data/a.csv", "2\n"))
    assert not changes(tmp_path, ["data/a.csv"], write("data/b.csv", "b\n"))
    assert changes(tmp_path, ["data/c.csv"], write("data/c.csv", "c\n"))
    assert changes(tmp_path, ["data/"], write("data/d.csv", "d\n"))
    assert not changes(tmp_path, ["data/"], append("data/d.csv", "2\n"))
    assert not changes(tmp_path, [reads.MODULES], write("plan.md", "a page"))
    assert changes(tmp_path, [reads.MODULES], write("pandas.py", "it would be imported"))
    assert changes(tmp_path, ["pack/*.py"], write("pack/more.py", ""))
    assert changes(tmp_path, ["data/a.csv"], remove("data/a.csv"))


def test_a_book_is_made_from_no_hidden_made_or_installed_file(tmp_path: Path) -> None:
    for name in ("a.md", ".git/x", "_build/x", "in/__pycache__/x", "env/pyvenv.cfg", "env/lib/x", ".hidden"):
        write(name, "x")(tmp_path)
    assert set(reads.snapshot(tmp_path)) == {"a.md"}


def test_a_change_of_what_is_installed_is_a_change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    app = SimpleNamespace(config=SimpleNamespace(overrides={}), book_inputs={}, srcdir=tmp_path)
    chapter = execute.Chapter(tmp_path, nbformat.from_dict({"metadata": {}, "cells": []}))
    before = reads.environment(), fresh.made_from(app), chapter.code  # type: ignore[arg-type]
    (tmp_path / "more-1.0.dist-info").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    after = reads.environment(), fresh.made_from(app), chapter.code  # type: ignore[arg-type]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_a_linked_folder_is_looked_into_once(tmp_path: Path) -> None:
    write("elsewhere/a.csv", "a\n")(tmp_path)
    book = tmp_path / "book"
    book.mkdir()
    (book / "data").symlink_to(tmp_path / "elsewhere")
    (book / "back").symlink_to(tmp_path)
    assert set(reads.snapshot(book)) == {"data/a.csv"}


def test_what_was_compiled_of_a_changed_module_is_forgotten(tmp_path: Path) -> None:
    for name in ("one.py", "two.py"):
        write(name, "X = 1\n")(tmp_path)
        py_compile.compile(str(tmp_path / name))
    last = reads.snapshot(tmp_path)
    state = (tmp_path / "one.py").stat()
    write("one.py", "X = 2\n")(tmp_path)
    os.utime(tmp_path / "one.py", ns=(state.st_atime_ns, state.st_mtime_ns))  # as some tools restore it
    fresh.forget_compiled(tmp_path, reads.snapshot(tmp_path), last)
    assert [path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")] == ["two"]


def test_no_two_chapters_are_kept_in_one_file(tmp_path: Path) -> None:
    names = ("in/x.md", "in--x.md", "in%2Fx.md", "x.md")
    assert len({execute._kept_at(tmp_path / name, tmp_path, tmp_path) for name in names}) == len(names)


def test_the_line_of_a_cell_is_told() -> None:
    path = ROOT / "tests/tiny/chapter.md"
    lines = path.read_text("utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("```{code-cell}"))
    notebook = nbformat.from_dict({"metadata": {"source_map": [5, first]}, "cells": [{}, {"source": lines[first + 2]}]})
    assert execute.Chapter(path, notebook).line(1, 2) == f"line {first + 4}"


def test_a_kernel_that_dies_before_its_first_word_is_started_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    code = nbformat.from_dict(execute.CELL | {"source": "6 * 7"})
    notebook = nbformat.from_dict({"cells": [code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    chapter, real = execute.Chapter(ROOT / "index.md", notebook), NotebookClient.execute
    calls: list[NotebookClient] = []

    def dies(times: int) -> Callable[[NotebookClient], object]:
        def execute_or_die(client: NotebookClient) -> object:
            calls.append(client)
            if len(calls) <= times:
                raise RuntimeError("Kernel died before replying to kernel_info")
            return real(client)

        return execute_or_die

    monkeypatch.setattr(NotebookClient, "execute", dies(1))
    (outputs,), _ = execute.run(chapter, ROOT, 60)
    assert outputs[0]["data"]["text/plain"] == "42" and len(calls) == 2
    calls.clear()
    monkeypatch.setattr(NotebookClient, "execute", dies(9))
    with pytest.raises(execute.CellError, match=r"index\.md: its kernel did not start: Kernel died"):
        execute.run(chapter, ROOT, 60)
    assert len(calls) == 2
