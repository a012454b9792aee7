"""What the tests share: the built book, a browser, copies of the data and of the tiny book."""

import csv
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import yaml
from bs4 import BeautifulSoup
from filelock import FileLock
from playwright.sync_api import Browser, Page, Route, sync_playwright

from book import begin, charts, data
from book.data import ROOT
from book.editions.pdf import launch

TINY, SECOND = ROOT / "tests" / "tiny", ROOT / "tests" / "second"
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
PAGES = [TOC["root"], *(chapter["file"] for part in TOC.get("parts", [TOC]) for chapter in part["chapters"])]
WIDTHS = (1280, 360)


BUILD = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]


def build(folder: Path, more: Iterable[str] = (), **changed: str) -> subprocess.CompletedProcess[str]:
    """Run ``jupyter-book build .`` in a folder and return what it printed, errors included.

    ``more`` are further words of the command, ``changed`` variables of the environment.
    """
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": ""} | changed
    return subprocess.run(
        [*BUILD, *more],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process build the book while the other runs what needs none, the longest test of all first."""
    needing = [item for item in items if "book" in getattr(item, "fixturenames", ())]
    rest = [item for item in items if item not in set(needing)]
    rest.sort(key=lambda item: item.path.name != "test_fresh.py")
    items[:] = [*needing[:1], *rest, *needing[1:]]


def copy_sources(target: Path) -> Path:
    """Copy what a clone of this book would hold, edits included, into a new folder, and return it."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)
    return target


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """The book of this clone, built once a run for all test processes; returns the folder of its pages."""
    log = tmp_path_factory.getbasetemp().parent / f"book-{testrun_uid}.log"
    with FileLock(log.with_suffix(".lock")):
        if not log.exists():
            result = build(ROOT)
            log.write_text(f"{result.returncode}\n{result.stdout}")
    code, _, printed = log.read_text().partition("\n")
    assert code == "0", printed
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def home(book: Path) -> str:
    """The address at which the book says that it is found; empty while it states none."""
    stated = re.search(r'<link rel="canonical" href="(.*/)index\.html"', (book / "index.html").read_text("utf-8"))
    return stated[1] if stated else ""


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of one width that reaches nothing but files, and fails on any error in its console."""
    context = browser.new_context(viewport={"width": request.param, "height": 800}, reduced_motion="reduce")
    context.route(re.compile("^(?!file:)"), lambda route: route.abort())
    context.set_offline(True)
    page = context.new_page()
    page.add_init_script("addEventListener('load', () => dispatchEvent(new Event('pointermove')))")  # a reader is there
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else errors.append(request.url)
    )
    yield page
    context.close()
    assert not errors, errors


def scroll_through(page: Page) -> None:
    """Bring every chart near the view, as a reader would, until each is alive; what is made ready may move it."""
    near = "chart => chart.classList.contains('alive') || void chart.scrollIntoView({block: 'center'})"
    page.mouse.move(5, 5)
    for chart in page.locator("[data-chart]").all():
        page.wait_for_function(near, arg=chart.element_handle(), polling=200, timeout=20_000)


def opened_before_its_script(page: Page, address: str) -> Route:
    """Open a page of the book as one on a slow line has it: all there but ``book.js``, whose answer is held back."""
    held: list[Route] = []
    page.route("**/book.js*", lambda route: held.append(route))
    page.goto(address, wait_until="commit")
    page.wait_for_selector("footer", state="attached")
    while not held:
        page.wait_for_timeout(20)
    return held[0]


@pytest.fixture(scope="session")
def parsed(book: Path) -> dict[str, BeautifulSoup]:
    """Every page of the book, parsed, by its name."""
    names = {path: str(path.relative_to(book)) for path in book.rglob("*.html")}
    return {name: BeautifulSoup(path.read_text("utf-8"), "lxml") for path, name in names.items()}


# A row of each table that may be empty.
EXAMPLES = {
    "replies": "RP01,V01 K01,A. Reader,author of nothing,2026-11-30,One thing. ¶ And another.,Made up for a test.,"
    "https://example.org/reply\n"
}


@pytest.fixture
def data_copy(tmp_path: Path) -> Path:
    """A folder with a copy of ``data/`` and of the chapters that a test may spoil."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(ROOT / "chapters", tmp_path / "chapters")  # they cite facts
    for table, row in EXAMPLES.items():
        if table in data.tables() and data.load(table).empty:  # else no fault of it could be shown
            append(data.path_of(table), row)(tmp_path)
    return tmp_path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A copy of the tiny book, with the package, that a test may spoil and build."""
    return tiny_copy(tmp_path)


def tiny_copy(folder: Path, cold: bool = False, source: Path = TINY) -> Path:
    """Copy the tiny book and the package into a folder, and return the folder; unless cold, with drawings kept."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "book", folder / "book")  # with what is compiled, which holds for files of the same time
    if not cold:
        drawings = ROOT / "_build" / ".pictures"
        drawings.mkdir(parents=True, exist_ok=True)
        (folder / "_build").mkdir()
        (folder / "_build" / ".pictures").symlink_to(drawings)
    return folder


def second_copy(folder: Path) -> Path:
    """Put a book on another brief together in a folder, as CONTRIBUTING.md tells it, and return the folder.

    The invented text and its own rows, chapters and names come from ``tests/second``; package, templates, style
    and scripts are this book's, unchanged; so is the configuration, but for what names the book.
    """
    tiny_copy(folder, source=SECOND)
    for name in ("_templates", "_static"):
        shutil.copytree(ROOT / name, folder / name)
    own = json.loads((folder / "brief.json").read_text("utf-8"))
    begin.begin(own, folder)
    title = own["title"].partition(":")[0]
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    config |= {"title": title, "author": "The makers of the tests", "copyright": "2020, the makers of the tests"}
    names = dict.fromkeys(("project", "html_title", "html_short_title"), title)
    config["sphinx"]["config"] |= names | {"book_description": own["description"]}
    (folder / "_config.yml").write_text(yaml.safe_dump(config), "utf-8")
    command = [sys.executable, "-m", "book.fingerprint", "brief.txt"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


class Gzipped(SimpleHTTPRequestHandler):
    """Serves files as a good host does: gzipped."""

    def do_GET(self) -> None:
        """Answer with the file at the address; called by the server."""
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            self.send_error(404)
            return
        content = gzip.compress(file.read_bytes(), mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Host(ThreadingHTTPServer):
    """A host on which all that a page asks for at once may wait for its turn."""

    request_queue_size = 128


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder, gzipped, on this machine; gives the address."""
    with Host(("127.0.0.1", 0), partial(Gzipped, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a process."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


def assert_sound(chart: charts.Chart) -> None:
    """A chart fits its place, says what it shows, keeps to the palette, and its text can be read on a phone."""
    spec = chart.to_dict()
    assert spec["width"] == "container"
    assert isinstance(spec["height"], int | float)
    assert len(spec["description"]) > 60
    assert "nan" not in re.findall(r"\w+", spec["description"].lower())
    assert set(re.findall(r"#[0-9a-fA-F]{6}\b", json.dumps(spec))) <= set(charts.PALETTE.values())
    assert not [size for size in re.findall(r'"fontSize": (\d+)', json.dumps(spec)) if int(size) < 12]


def assert_named(expected: list[str], faults: list[str]) -> None:
    """Each part of a message that must be given stands in one of the faults."""
    found = "\n".join(faults)
    missing = [part for part in expected if part not in found]
    assert not missing, f"not in: {found}"


Edit = Callable[[Path], object]  # what it returns is not looked at


def replace(name: str, old: str, new: str) -> Edit:
    """Return an edit that replaces the first ``old`` in a file by ``new``; ``old`` must be there."""

    def edit(folder: Path) -> None:
        path = folder / name
        text = path.read_bytes().decode("utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_bytes(text.replace(old, new, 1).encode("utf-8"))

    return edit


def append(name: str, line: str) -> Edit:
    """Return an edit that adds a line to a file."""

    def edit(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8", newline="") as file:
            file.write(line)

    return edit


def rows_of(content: bytes) -> list[list[str]]:
    """Return the cells of a file, its heads first."""
    return list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))


def written(rows: list[list[str]]) -> bytes:
    """Return cells as a file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def with_cell(content: bytes, column: int, value: str) -> bytes:
    """Return a file with another value in a column, in the last row that has one there."""
    rows = rows_of(content)
    full = max((number for number, row in enumerate(rows) if row[column]), default=0)
    rows[full or len(rows) - 1][column] = value
    return written(rows)
