"""The first and the last of a build: one at a time, none where nothing changed, and only a good one is shown."""

import json
import re
import shutil
from copy import copy
from logging import WARNING, Handler, LogRecord, getLogger
from pathlib import Path
from typing import Any, NoReturn

from filelock import FileLock, Timeout
from sphinx.application import Sphinx
from sphinx.util.logging import SphinxLogRecord, WarningLogRecordTranslator, is_suppressed_warning

from book import reads

STATE = ".state.json"  # beside the book: what it was made from, and what it is
BESIDE = ".html-next"  # where a book is written before it replaces the last good one
OLD = ".html-old"  # where the last good book stands for the moment in which the next one takes its place


def setup(app: Sphinx) -> dict[str, Any]:
    """Wait for another build of this folder, take up what a killed one left, and end here if nothing changed."""
    home = Path(app.outdir).parent
    app.book_lock = hold(home)  # type: ignore[attr-defined] # kept until this process ends
    if (home / OLD).exists() and not (home / "html").exists():
        (home / OLD).rename(home / "html")
    app.book_inputs = reads.snapshot(Path(app.srcdir))  # type: ignore[attr-defined]
    if app.book_inputs and is_current(home, app.book_inputs):  # type: ignore[attr-defined]
        print(f"Nothing changed: the book in {home / 'html'} is as a clean build would make it.")
        raise SystemExit(0)
    app.book_warnings = Gathered(app)  # type: ignore[attr-defined]
    getLogger("sphinx").addHandler(app.book_warnings)  # type: ignore[attr-defined]
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def hold(home: Path) -> FileLock:
    """Return the lock of a folder of builds, taken; says so if another build holds it."""
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print("Another build is at work in this folder; waiting for its end.", flush=True)
        lock.acquire()
    return lock


def is_current(home: Path, found: reads.Snapshot) -> bool:
    """Tell whether the book was made from these inputs, by what is installed now, and is as it was made."""
    try:
        state = json.loads((home / STATE).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    now = {"environment": reads.environment(), "inputs": found}
    return {**state, "book": ""} == {**now, "book": ""} and state["book"] == reads.of_folder(home / "html")


def swap_in(beside: Path, found: reads.Snapshot) -> None:
    """Put a finished book in the place of the last one, and note what it was made from."""
    home = beside.parent
    shown, old, state = home / "html", home / OLD, home / STATE
    now = {"environment": reads.environment(), "inputs": found, "book": reads.of_folder(beside)}
    state.unlink(missing_ok=True)
    shutil.rmtree(old, ignore_errors=True)
    if shown.exists():
        shown.rename(old)
    beside.rename(shown)
    shutil.rmtree(old, ignore_errors=True)
    state.write_text(json.dumps(now), "utf-8")


# --- what is amiss --------------------------------------------------------------------------------------------


class Gathered(Handler):
    """Keeps each warning of a build, with its place, for its last lines."""

    def __init__(self, app: Sphinx) -> None:
        super().__init__(WARNING)
        self.app, self.lines = app, list[str]()

    def emit(self, record: LogRecord) -> None:
        """Keep a warning; called by logging."""
        kind, finer = getattr(record, "type", ""), getattr(record, "subtype", "")
        if is_suppressed_warning(kind, finer, self.app.config.suppress_warnings):
            return
        if not isinstance(record, SphinxLogRecord):  # else Sphinx's own handler came first and has told the place
            record = copy(record)
            WarningLogRecordTranslator(self.app).filter(record)  # type: ignore[arg-type]
        line = record.getMessage().replace(f"{self.app.srcdir}/", "").replace("WARNING: ", "", 1)
        line = re.sub(r"^(\S+?):(\d*):? ", lambda at: f"{at[1]}, line {at[2]}: " if at[2] else f"{at[1]}: ", line)
        self.lines.append(f"_config.yml: {line}" if "config value" in line else line)


def gathered(app: Sphinx) -> list[str]:
    """Return the warnings of a build so far, each with file and line, none twice."""
    return list(dict.fromkeys(app.book_warnings.lines))  # type: ignore[attr-defined]


def refuse(app: Sphinx, faults: list[str]) -> NoReturn:
    """End a build with its faults as the last lines; what it wrote is removed, and the last good book stays."""
    shutil.rmtree(Path(app.outdir).with_name(BESIDE), ignore_errors=True)
    shown = (Path(app.outdir).with_name("html") / "index.html").exists()
    kept = " The last good one is left as it was." if shown else ""
    count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
    raise SystemExit("\n".join(["", *faults, f"The book was not built: {count}, named above.{kept}"]))
