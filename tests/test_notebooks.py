"""The notebooks run on their own, outside the book, and are stored without outputs; chapters' cells are in order."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from myst_nb.core.read import read_myst_markdown_notebook
from nbclient import NotebookClient

from book import notebooks
from book.data import ROOT

CHAPTERS = [ROOT / "index.md", *sorted((ROOT / "chapters").glob("*.md"))]
# A cell ends in what it shows, has a line or two of imports and calls on one line, and prose explains it.
SPARED = "B018,I001,E501,D"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_its_own_and_shows_ordinary_charts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BOOK_BUILD", raising=False)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": os.fspath(path.parent)}}).execute()
    shown = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("vega-embed" in str(data.get("text/html", "")) or "vegalite" in " ".join(data) for data in shown)
    assert "data-chart" not in str(shown)


def cells_alone(chapter: str) -> str:
    """Return the code of a chapter's cells, each line at its number, without prose and options of cells."""
    lines, inside, block = [], False, False
    for line in chapter.split("\n"):
        fence, option = line.startswith("```"), inside and line.startswith(":")
        if fence:
            inside, block = line.startswith("```{code-cell}"), False
        rule = inside and line == "---"
        lines.append("" if not inside or fence or option or rule or block else line)
        block = block != rule  # options may stand between two rules
    return "\n".join(lines)


def tool(*words: str, folder: Path = ROOT, given: str = "") -> None:
    """Run a tool of this Python in a folder; its findings fail the test."""
    command = [str(Path(sys.executable).with_name(words[0])), *words[1:]]
    result = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_cells_of_chapters_are_as_the_formatter_leaves_them_but_for_blank_lines(tmp_path: Path) -> None:
    given = {path: read_myst_markdown_notebook(path.read_text("utf-8")) for path in CHAPTERS}
    for path, notebook in given.items():
        notebook.metadata["language_info"] = {"name": "python"}  # else the formatter passes it by
        nbformat.write(notebook, tmp_path / f"{path.stem}.ipynb")
    tool("ruff", "format", "--isolated", "--line-length", "320", ".", folder=tmp_path)
    for path, notebook in given.items():
        formatted = nbformat.read(tmp_path / f"{path.stem}.ipynb", as_version=4).cells
        for own, wanted in zip(notebook.cells, formatted, strict=True):
            assert re.sub("\n+", "\n", own.source) == re.sub("\n+", "\n", wanted.source), path.name


def test_the_cells_of_chapters_pass_the_type_checker(tmp_path: Path) -> None:
    for path in CHAPTERS:
        (tmp_path / f"{path.stem.replace('-', '_')}.py").write_text(cells_alone(path.read_text("utf-8")), "utf-8")
    tool("mypy", str(tmp_path))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_the_cells_of_a_chapter_pass_the_linter(path: Path) -> None:
    options = ["--ignore", SPARED, "--extension", "md:python", "--stdin-filename", str(path.relative_to(ROOT)), "-"]
    cells = cells_alone(path.read_text("utf-8"))
    tool("ruff", "check", "--no-cache", "--output-format", "concise", *options, given=cells)


def test_outputs_stored_with_a_notebook_are_not_handed_on(tmp_path: Path) -> None:
    notebook = json.loads((ROOT / "notebooks" / "explore.ipynb").read_text("utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {
                "outputs": [{"output_type": "stream", "name": "stdout", "text": "of other data"}],
                "execution_count": 7,
            }
    path = tmp_path / "explore.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    emptied = json.loads(notebooks.emptied(path))
    assert not [cell for cell in emptied["cells"] if cell.get("outputs") or cell.get("execution_count")]
    assert [cell["source"] for cell in emptied["cells"]] == [cell["source"] for cell in notebook["cells"]]
