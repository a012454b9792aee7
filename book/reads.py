"""What a chapter reads while it runs, and the state of all that a book is made from.

The first half runs in the kernel of a chapter, before any of its cells: an audit hook notes what is opened
and listed. The second runs in the builder, which compares notes with the files as a build found them.
"""

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

PASSED_BY = {"_build", "__pycache__", "node_modules"}  # folders that no book is made from
MODULES = "*.py"  # stands in a name for the modules of a folder, which is what an import looks for

_roots: set[str] = set()  # the book's folder, as it was named and as it is
_noted: set[str] = set()
_made: set[str] = set()  # files and folders, these with a slash, that the process itself made
# Events after which a chapter may rest on what is seen by no one here.
UNSEEN = {
    *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"),
    *("socket.connect", "sqlite3.connect", "urllib.Request"),
}
ELSEWHERE = "//"  # stands among names for whatever was read where no book is made from
HOME = os.path.expanduser("~/.")  # noqa: PTH111 (hidden: settings of Python and its tools)
COMMON = ("/dev/", "/etc/", "/proc/", "/sys/", "/usr/", f"{sys.base_prefix}/", f"{os.path.realpath(sys.prefix)}/", HOME)  # noqa: PTH118


def watch(root: str) -> None:
    """Note from now on each file and folder under ``root`` that this process reads."""
    _roots.update({root, os.path.realpath(root)})  # noqa: PTH118

    def note(event: str, given: tuple[Any, ...]) -> None:
        if event == "os.mkdir":
            _made.add(os.path.abspath(os.fsdecode(given[0])) + "/")  # noqa: PTH100
        if event in UNSEEN:
            _noted.add(ELSEWHERE)
        if event not in ("open", "os.listdir", "os.scandir") or isinstance(given[0], int):
            return
        path = os.fsdecode(given[0] or ".")
        if event != "open":
            by_import = re.search(r"\b(importlib|pkgutil)\b", sys._getframe(1).f_code.co_filename)
            _note(os.path.join(path, MODULES if by_import else ""))  # noqa: PTH118
        elif not given[2] & (os.O_WRONLY | os.O_TRUNC | os.O_EXCL):
            _note(path)
        else:
            _made.add(os.path.abspath(path))  # noqa: PTH100

    sys.addaudithook(note)


def _note(path: str) -> None:
    """Note a path as it stands from the root, a folder with a slash; not what is installed or compiled."""
    whole = os.path.abspath(path)  # noqa: PTH100 (a Path would be slow for each file that Python opens)
    if whole.endswith(".pyc") or whole.startswith(sys.prefix + os.sep):
        return
    for root in _roots:
        if f"{whole}/".startswith(f"{root}/"):
            _noted.add(whole.removeprefix(root).lstrip("/") + ("/" if path.endswith("/") else ""))
            return
    if whole not in _made and not f"{whole}/".startswith((*COMMON, *(made for made in _made if made.endswith("/")))):
        _noted.add(ELSEWHERE)


def told() -> str:
    """Return what was noted, with the modules that were imported, whether from source or compiled (JSON)."""
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    for file in filter(None, files):
        _note(file)
        _note(os.path.join(os.path.dirname(file), MODULES))  # noqa: PTH118, PTH120 (listed before the watch began)
    return json.dumps(sorted(_noted))


# --- in the builder -------------------------------------------------------------------------------------------

Snapshot = Mapping[str, str]


def snapshot(root: Path) -> Snapshot:
    """Return the state of each file that a book may be made from, by its path from the root."""
    found = {}
    for folder, inner, files in os.walk(root, followlinks=True):
        inner[:] = sorted(name for name in inner if not _passed_by(Path(folder, name), root))
        for name in sorted(files):
            if not name.startswith("."):
                path = Path(folder, name)
                found[path.relative_to(root).as_posix()] = _state(path)
    return found


def _state(path: Path) -> str:
    """Return the state of a file; nothing for what is none, such as a link that leads nowhere."""
    return digest(path.read_bytes()) if path.is_file() else ""


def is_as_found(name: str, found: Snapshot, root: Path) -> bool:
    """Tell whether a file is still as it was when the snapshot was taken."""
    return found[name] == _state(root / name)


def _passed_by(folder: Path, root: Path) -> bool:
    """Tell whether a folder holds what is made, hidden, or installed, or is a link that leads back to the book."""
    if folder.name in PASSED_BY or folder.name.startswith(".") or (folder / "pyvenv.cfg").is_file():
        return True
    return folder.is_symlink() and root.resolve().is_relative_to(folder.resolve())


def digest(content: bytes) -> str:
    """Return the state of a content: a hash."""
    return hashlib.sha256(content).hexdigest()[:32]


def environment() -> str:
    """Return the state of Python and of all that is installed for it."""
    installed = {path.name for folder in sys.path for path in Path(folder).glob("*.dist-info")}
    return digest("\n".join([sys.version, *sorted(installed)]).encode())


def states(names: Iterable[str], found: Snapshot, root: Path) -> dict[str, str | None] | None:
    """Return the state of what was read, None for what was not there.

    The whole is None if a state cannot be told: something was read where no book is made from.
    """
    result: dict[str, str | None] = {}
    if ELSEWHERE in (names := list(names)):
        return None
    for name in names:
        folder, slash, last = name.rpartition("/")
        if last in ("", MODULES):
            result[name] = _listing(folder + slash, last, found)
            told = last == MODULES or any(other.startswith(folder + slash) for other in found)
        else:
            result[name] = found.get(name)
            told = name in found
        if not told and (root / name).exists():
            return None
    return result


def _listing(folder: str, last: str, found: Snapshot) -> str:
    """Return the state of a folder's names; of those that can be imported alone, if that was asked."""
    below = {name.removeprefix(folder) for name in found if name.startswith(folder)}
    names = {name.partition("/")[0] for name in below}
    if last == MODULES:
        names = {name for name in names if name.endswith((".py", "-info")) or f"{name}/__init__.py" in below}
    return digest("\n".join(sorted(names)).encode())


def of_folder(folder: Path) -> str:
    """Return the state of a folder with all that is in it: the hash of a book."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}" for path in files
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
