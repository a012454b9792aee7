"""Runs the chapters before Sphinx reads them, on all cores, and only those whose code or inputs changed.

What a chapter put out is kept with the state of all that it was seen to read (:mod:`book.reads`). MyST-NB
then takes the kept outputs where it would start a kernel.
"""

import json
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from logging import CRITICAL, ERROR, getLogger
from pathlib import Path
from typing import Any
from urllib.parse import quote

import myst_nb.sphinx_
import nbformat
from myst_nb.core.config import NbParserConfig
from myst_nb.core.execute.base import NotebookClientBase
from myst_nb.core.loggers import LoggerType
from myst_nb.core.read import MystMetadataParsingError, create_nb_reader
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from book import fresh, reads
from book.processes import cores, warm

logger = logging.getLogger(__name__)
FIRST = "import book.reads; book.reads.watch({root!r}); del book"
LAST = "import book.reads; print(book.reads.told())"
CELL: dict[str, Any] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
QUIET = getLogger("book.kernels")  # of kernels and their client, faults alone
QUIET.setLevel(ERROR)
getLogger("asyncio").setLevel(CRITICAL)  # it tells, after the last line, of what a client left that gave up
PASSED_OVER = {"raises-exception", "skip-execution"}  # tags of a cell that fails, or is not run, without a word
COLOR = re.compile(r"\x1b\[[\d;]*m")


class CellError(Exception):
    """A cell that failed, took too long or ended its kernel: chapter, line and what was amiss."""


@dataclass
class Chapter:
    """A chapter that has cells."""

    path: Path
    notebook: nbformat.NotebookNode

    @property
    def code(self) -> str:
        """The state of all that its kernel is given."""
        cells = [[cell["source"], cell["metadata"]] for cell in self.notebook.cells if cell["cell_type"] == "code"]
        given = [reads.environment(), self.notebook.metadata.get("kernelspec", {}), cells]
        return reads.digest(json.dumps(given, sort_keys=True).encode())

    def line(self, index: int, within: int = 1) -> str:
        """Return where a line of a cell stands: line of the chapter, or cell and line of a notebook."""
        starts = self.notebook.metadata.get("source_map")
        if not starts:
            return f"cell {index + 1}, line {within}"
        lines = self.path.read_text("utf-8").splitlines()
        first = self.notebook.cells[index]["source"].partition("\n")[0]
        begin = next((n for n in range(starts[index] + 1, len(lines)) if lines[n] == first), starts[index])
        return f"line {begin + within}"


# --- before Sphinx reads --------------------------------------------------------------------------------------


def run_chapters(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    """Run each chapter that changed, or that read what changed; SystemExit names every cell that failed."""
    root, found = Path(app.srcdir), app.book_inputs  # type: ignore[attr-defined]
    store = Path(app.outdir).parent / fresh.EXECUTED
    store.mkdir(parents=True, exist_ok=True)
    unread: list[str] = []
    chapters = [chapter for page in pages if (chapter := _chapter(env, page, root, unread))]
    unread += [fault for chapter in chapters for fault in _unexecuted(chapter, root)]
    if unread:
        fresh.refuse(app, unread)
    due = [chapter for chapter in chapters if not _is_kept(chapter, root, store, found)]
    due.sort(key=lambda chapter: -len(_code_cells(chapter.notebook)))  # what may take longest does not come last
    run_one = partial(_run_and_keep, root, store, found, env.mystnb_config.execution_timeout, len(due) > cores())  # type: ignore[attr-defined]
    with ThreadPoolExecutor(cores() + 1) as pool:  # one more than cores, for kernels wait now and then
        try:
            faults = list(filter(None, pool.map(run_one, due)))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    logger.info("%s chapters executed, %s as kept", len(due), len(chapters) - len(due))
    if faults:
        fresh.refuse(app, faults)
    kept = {chapter.path: _kept_at(chapter.path, root, store) for chapter in chapters}
    app.book_lasts = all(_keeps(file)["read"] is not None for file in kept.values())  # type: ignore[attr-defined]
    states = {chapter.path: chapter.code for chapter in chapters}
    myst_nb.sphinx_.create_client = partial(filled_in, kept, states)


def _chapter(env: BuildEnvironment, page: str, root: Path, faults: list[str]) -> Chapter | None:
    """Return a page as the notebook that MyST-NB makes of it; None if it has no cells, or a fault, which is noted."""
    path = Path(env.doc2path(page))
    try:
        text = path.read_text("utf-8-sig")  # as Sphinx reads it
        reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)  # type: ignore[attr-defined]
        notebook = reader.read(text) if reader else None
    except UnicodeDecodeError as fault:
        faults.append(f"{path.relative_to(root)}: byte {fault.start} is not UTF-8; allowed is UTF-8")
        return None
    except (MystMetadataParsingError, ValueError, AttributeError) as fault:  # the second and third of notebooks
        faults.append(f"{path.relative_to(root)}: {' '.join(str(fault).split())}")
        return None
    return Chapter(path, notebook) if notebook and _code_cells(notebook) else None


def _unexecuted(chapter: Chapter, root: Path) -> Iterator[str]:
    """Give a line for whatever asks that a chapter, or a cell of it, be shown without being executed."""
    name = chapter.path.relative_to(root)
    for setting in chapter.notebook.metadata.get("mystnb", {}):
        if setting.startswith("execution_"):
            yield f"{name}: its metadata set {setting}; allowed: nothing of execution, for every chapter is executed"
    for number, cell in enumerate(chapter.notebook.cells):
        for tag in sorted(PASSED_OVER & set(cell["metadata"].get("tags", []))):
            allowed = "other tags, for every cell is executed and must succeed"
            yield f"{name}, {chapter.line(number)}: tag {tag!r}; allowed: {allowed}"


def _node(plain: dict[str, Any]) -> nbformat.NotebookNode:
    """Return a piece of a notebook, copied, in the form that the libraries take."""
    return nbformat.from_dict(plain)  # type: ignore[no-untyped-call]


def _code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell["cell_type"] == "code"]


def _kept_at(path: Path, root: Path, store: Path) -> Path:
    """Return the file that keeps what a chapter put out."""
    return store / (quote(path.relative_to(root).as_posix(), safe="") + ".json")


def _keeps(file: Path) -> dict[str, Any]:
    """Return what is kept of a chapter."""
    return dict(json.loads(file.read_text("utf-8")))


def _is_kept(chapter: Chapter, root: Path, store: Path, found: reads.Snapshot) -> bool:
    """Tell whether a chapter's outputs are kept, and nothing that they rest on has changed."""
    try:
        kept = _keeps(_kept_at(chapter.path, root, store))
        read = kept["read"] is not None and reads.states(kept["read"], found, root)
        return bool(kept["code"] == chapter.code and kept["read"] == read)
    except (OSError, ValueError, KeyError, TypeError):
        return False  # never kept, or by another edition of this code, or cut short


def _run_and_keep(
    root: Path, store: Path, found: reads.Snapshot, timeout: int, warmed: bool, chapter: Chapter
) -> str | None:
    """Run a chapter and keep its outputs; return its fault, if it has one."""
    begun = time.monotonic()
    try:
        outputs, read = run(chapter, root, timeout, warmed)
    except CellError as fault:
        return str(fault)
    if changed := [name for name in read if name in found and not reads.is_as_found(name, found, root)]:
        return f"{changed[0]} changed while {chapter.path.relative_to(root)} was executed; build again"
    target = _kept_at(chapter.path, root, store)
    language = chapter.notebook.metadata.get("language_info", {})
    kept = {"code": chapter.code, "read": reads.states(read, found, root), "language": language, "outputs": outputs}
    new = target.with_suffix(".new")
    new.write_text(json.dumps(kept), "utf-8")
    new.replace(target)
    logger.info("%s executed in %.1f s", chapter.path.relative_to(root), time.monotonic() - begun)
    return None


def run(
    chapter: Chapter, root: Path, timeout: int, warmed: bool = False, again: bool = True
) -> tuple[list[Any], list[str]]:
    """Run a chapter in a kernel of its own and return the outputs of its code cells and the names of what it read.

    Args:
        chapter: its notebook is given the language that its kernel names.
        root: the book's folder; what is read elsewhere is not noted.
        timeout: seconds that one cell may take.
        warmed: start the kernel warm, which pays where there are several.
        again: try once more if the kernel dies before its first word, as it does when another program takes its port.

    Raises:
        CellError: a cell failed, took too long or ended the kernel, or the kernel did not start.
    """
    notebook = _node(chapter.notebook)
    first, last = (_node(CELL | {"source": code.format(root=str(root))}) for code in (FIRST, LAST))
    cells, notebook.cells = notebook.cells, [first, *notebook.cells, last]
    at = 0

    def begin(cell: Any, cell_index: int) -> None:
        nonlocal at
        at = cell_index - 1

    client = NotebookClient(
        notebook,
        timeout=timeout,
        on_cell_start=begin,
        shutdown_kernel="immediate",
        log=QUIET,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(chapter.path.parent)}},
    )
    if warmed:
        warm(client)
    name = chapter.path.relative_to(root)
    try:
        client.execute()
    except CellExecutionError as fault:
        within = re.search(r"Cell In\[\d+\], line (\d+)", COLOR.sub("", fault.traceback))
        place = chapter.line(at, int(within[1]) if within else 1) if 0 <= at < len(cells) else "before its first cell"
        raise CellError(f"{name}, {place}: {fault.ename}: {fault.evalue}") from None
    except CellTimeoutError:
        raise CellError(
            f"{name}, {chapter.line(at)}: the cell takes longer than {timeout} s, which are allowed"
        ) from None
    except DeadKernelError:
        raise CellError(f"{name}, {chapter.line(at)}: the cell ended its kernel") from None
    except RuntimeError as fault:
        if again:
            return run(chapter, root, timeout, warmed, again=False)
        raise CellError(f"{name}: its kernel did not start: {fault}") from None
    chapter.notebook.metadata["language_info"] = notebook.metadata.get("language_info", {})
    return [cell["outputs"] for cell in _code_cells(notebook)][1:-1], json.loads(last["outputs"][0]["text"])


# --- while Sphinx reads -----------------------------------------------------------------------------------------


class Kept(NotebookClientBase):
    """MyST-NB's client of a notebook, which fills in the outputs that are kept."""

    def start_client(self) -> None:
        """Fill the outputs in; called by MyST-NB."""
        cells = _code_cells(self.notebook)
        if not cells:
            return
        assert self.path
        if self._kwargs["states"].get(self.path) != Chapter(self.path, self.notebook).code:
            self.logger.warning("its cells changed while the book was built; build again")
            return
        kept = _keeps(self._kwargs["kept"][self.path])
        for cell, outputs in zip(cells, kept["outputs"], strict=True):
            cell["outputs"] = [_node(output) for output in outputs]
        self.notebook.metadata["language_info"] = _node(kept["language"])
        self.exec_metadata = {
            "mtime": 0,
            "runtime": None,
            "method": "kept",
            "succeeded": True,
            "error": None,
            "traceback": None,
        }


def filled_in(
    kept: dict[Path, Path],
    states: dict[Path, str],
    notebook: nbformat.NotebookNode,
    source: str,
    config: NbParserConfig,
    told: LoggerType,
    read_fmt: dict[str, Any] | None = None,
) -> Kept:
    """Return the client that fills a notebook, whatever its mode of execution; stands for MyST-NB's own choice.

    Args:
        kept: the file that keeps the outputs of each chapter; states: the code that each was executed with.
        notebook: cells as MyST-NB read them; source: its path; config, told, read_fmt: what a client is given.
    """
    return Kept(notebook, Path(source), config, told, kept=kept, states=states)
