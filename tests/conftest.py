"""What the tests share: the built book, a browser, copies of the data and of the tiny book."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

from book import charts
from book.data import ROOT
from book.editions.pdf import launch

TINY = ROOT / "tests" / "tiny"


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run ``jupyter-book build .`` in a folder and return what it printed, errors included."""
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


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


@pytest.fixture
def data_copy(tmp_path: Path) -> Path:
    """A folder with a copy of ``data/`` and of the chapters that a test may spoil."""
    shutil.copytree(ROOT / "data", tmp_path / "data")
    shutil.copytree(ROOT / "chapters", tmp_path / "chapters")  # they cite facts
    return tmp_path


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A copy of the tiny book, with the package, that a test may spoil and build."""
    return tiny_copy(tmp_path)


def tiny_copy(folder: Path) -> Path:
    """Copy the tiny book and the package into a folder, and return the folder."""
    shutil.copytree(TINY, folder, dirs_exist_ok=True)
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


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


Edit = Callable[[Path], None]


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
