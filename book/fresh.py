"""The first and the last of a build: one at a time, none where nothing changed, and only a good one is shown."""

import json
import re
import shutil
from copy import copy
from importlib.util import cache_from_source
from logging import WARNING, Handler, LogRecord, getLogger
from pathlib import Path
from typing import Any, NoReturn

from filelock import FileLock, Timeout
from sphinx.application import Sphinx
from sphinx.util.logging import SphinxLogRecord, WarningLogRecordTranslator, is_suppressed_warning

from book import reads

STATE = ".state.json"  # beside the book: what it was made from, and what it is
EXECUTED = ".executed"  # what each chapter put out
BESIDE = ".html-next"  # where a book is written before it replaces the last good one
OLD = ".html-old"  # where the last good book stands for the moment in which the next one takes its place


def setup(app: Sphinx) -> dict[str, Any]:
    """Wait for another build of this folder, take up what a killed one left, and end here if nothing changed."""
    home, root = Path(app.outdir).parent, Path(app.srcdir)
    asked = settings(root)
    app.book_lock = hold(home)  # type: ignore[attr-defined] # kept until this process ends
    package = Path(__file__).resolve().parents[1]
    if package != root.resolve():
        refuse(app, [f"the package book comes from {package}; allowed: from the folder of the book, {root}"])
    if asked != settings(root):
        refuse(app, ["_config.yml or _toc.yml changed while this build waited for another one; build again"])
    if (home / OLD).exists() and not (home / "html").exists():
        (home / OLD).rename(home / "html")
    app.book_inputs = reads.snapshot(root)  # type: ignore[attr-defined]
    last = last_state(home)
    if app.book_inputs and is_current(home, last, made_from(app)):  # type: ignore[attr-defined]
        print(f"Nothing changed: the book in {home / 'html'} is as a clean build would make it.")
        raise SystemExit(0)
    forget_compiled(root, app.book_inputs, last.get("inputs", {}))  # type: ignore[attr-defined]
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


def settings(root: Path) -> list[bytes]:
    """Return what configuration and contents list hold, which Jupyter Book reads before all else."""
    return [path.read_bytes() for path in (root / "_config.yml", root / "_toc.yml") if path.is_file()]


def made_from(app: Sphinx) -> dict[str, Any]:
    """Return all that a book is made from: what is installed, the settings in force, and the state of each file."""
    given = json.dumps(app.config.overrides, sort_keys=True, default=str).replace(str(app.srcdir), "")
    return {"environment": reads.environment(), "settings": reads.digest(given.encode()), "inputs": app.book_inputs}  # type: ignore[attr-defined]


def last_state(home: Path) -> dict[str, Any]:
    """Return what the book that is shown was made from, and what it is; nothing if that was not noted."""
    try:
        return dict(json.loads((home / STATE).read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def is_current(home: Path, last: dict[str, Any], now: dict[str, Any]) -> bool:
    """Tell whether the book was made from what there is now, and is as it was made."""
    return {**last, "book": ""} == {**now, "book": ""} and last["book"] == reads.of_folder(home / "html")


def forget_compiled(root: Path, found: reads.Snapshot, last: reads.Snapshot) -> None:
    """Drop what was compiled of each module that changed: Python goes by time and size, which may stay as they were."""
    for name in found:
        if name.endswith(".py") and found[name] != last.get(name):
            Path(cache_from_source(root / name)).unlink(missing_ok=True)


def swap_in(app: Sphinx) -> None:
    """Put a finished book in the place of the last one, and note what it was made from.

    Nothing is noted where a chapter reads what is not among the sources: only executing it tells what it says now.
    """
    beside, root = Path(app.outdir), Path(app.srcdir)
    home = beside.parent
    shown, old, state = home / "html", home / OLD, home / STATE
    if (later := reads.snapshot(root)) != app.book_inputs:  # type: ignore[attr-defined]
        shutil.rmtree(home / EXECUTED)  # a chapter may have read what no longer is, or is not yet
        name = min(name for name, _ in later.items() ^ app.book_inputs.items())  # type: ignore[attr-defined]
        refuse(app, [f"{name} changed while the book was built; build again"])
    now = {**made_from(app), "book": reads.of_folder(beside)}
    state.unlink(missing_ok=True)
    shutil.rmtree(old, ignore_errors=True)
    if shown.exists():
        shown.rename(old)
    beside.rename(shown)
    shutil.rmtree(old, ignore_errors=True)
    if app.book_lasts:  # type: ignore[attr-defined]
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
