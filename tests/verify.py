"""Builds this book twice from nothing, as differently as it goes, and compares byte for byte: ``make verify``.

The second build has another folder, one core, another hash seed, time zone and locale, and, if the
command ``faketime`` is there, another day. Prints the hash of the book; exit code 1 if two files differ.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from conftest import BUILD, copy_sources

from book.reads import of_folder

OTHERS = {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C", "LANG": "C"}


def one_core() -> None:
    """Let a process use one core; called in it, where the system can do so."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def book(folder: Path, other: bool) -> Path:
    """Build a copy of this clone in a new folder and return the folder of its pages."""
    copy_sources(folder)
    later = ["faketime", "+40 days"] if other and shutil.which("faketime") else []
    result = subprocess.run(
        later + BUILD,
        cwd=folder,
        env=os.environ | (OTHERS if other else {}),
        preexec_fn=one_core if other else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        raise SystemExit(result.stdout)
    return folder / "_build" / "html"


def differing(one: Path, other: Path) -> list[str]:
    """Return the names of the files that are not the same in two folders."""
    names = {path.relative_to(folder) for folder in (one, other) for path in folder.rglob("*") if path.is_file()}

    def content(folder: Path, name: Path) -> bytes | None:
        return (folder / name).read_bytes() if (folder / name).is_file() else None

    return sorted(str(name) for name in names if content(one, name) != content(other, name))


def main() -> int:
    """Build twice, compare, and print the hash."""
    with TemporaryDirectory() as folder:
        one, other = book(Path(folder, "one"), False), book(Path(folder, "another, with a longer name"), True)
        differ = differing(one, other)
        print(*(f"{name} differs" for name in differ), sep="\n", end="\n" if differ else "")
        print(f"{of_folder(one)}  the book, {sum(path.is_file() for path in one.rglob('*'))} files")
        print("Another day was not tried: the command faketime is not here." if not shutil.which("faketime") else "")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
