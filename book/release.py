"""Prepare a release: ``python -m book.release 0.4.0``; see CONTRIBUTING.md, To release.

The book is built from the commit alone, in a folder of its own, and what is to be published lies in
``_build/release/0.4.0/`` only once all of it is there. Nothing is tagged, pushed or uploaded.
"""

import argparse
import datetime
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from book import addresses, changes, check, data, reads
from book.archive import packed
from book.citation import citation
from book.editions import EDITIONS, NAME

NUMBERS = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
NOTES = 120_000  # bytes; GitHub takes 125,000 characters as the notes of a release
Version = tuple[int, int, int]


class Refused(Exception):
    """Why there is no release: one line each."""


def numbers(version: str) -> Version | None:
    """Return the numbers of a version such as 0.4.0; None if it is none."""
    found = NUMBERS.fullmatch(version)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def git(root: Path, *words: str) -> bytes:
    """Return what git says.

    Raises:
        Refused: git cannot do it.
    """
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False)
    if done.returncode:
        raise Refused(f"git {' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def tagged(root: Path) -> dict[str, Version]:
    """Return the versions that have a tag, such as v0.3.0, the latest last."""
    tags = git(root, "tag", "--list", "v*").decode().split()
    found = {tag[1:]: own for tag in tags if (own := numbers(tag[1:]))}
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def last_tag(root: Path) -> str | None:
    """Return the tag of the last release, None if there is none.

    Raises:
        Refused: the clone does not have the history that could tell.
    """
    if found := tagged(root):
        return f"v{list(found)[-1]}"
    if git(root, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise Refused("this clone is shallow, so an earlier release may be missing; run: git fetch --unshallow --tags")
    return None


@contextmanager
def opened(last: str | None, root: Path) -> Iterator[Path | None]:
    """Give the folder with the data of the last release: of a tag, a folder, or an archive of the data package.

    Raises:
        Refused: there is no such data.
    """
    if last is None:
        yield None
        return
    with TemporaryDirectory() as place:
        folder = Path(place)
        if Path(last).is_dir():
            folder = Path(last)
        elif Path(last).is_file():
            try:
                with zipfile.ZipFile(last) as archive:
                    archive.extractall(folder)
            except zipfile.BadZipFile as fault:
                raise Refused(
                    f"{last}: {fault}; allowed: a tag, a folder or a zip with data/datapackage.json"
                ) from None
        else:
            _unpack(root, last, folder, "data")
        if not (folder / "data" / "datapackage.json").is_file():
            raise Refused(f"{last}: no data/datapackage.json; allowed: a tag, a folder or a zip that holds one")
        yield folder


def _unpack(root: Path, commit: str, folder: Path, *paths: str) -> None:
    """Put the files of a commit into a folder."""
    with tarfile.open(fileobj=BytesIO(git(root, "archive", "--format=tar", commit, *paths))) as archive:
        archive.extractall(folder, filter="data")


def faults(version: str, root: Path, before: Path | None, today: datetime.date) -> Iterator[str]:
    """Say what stands against releasing a version: its number, the files that name it, its date, the tree."""
    asked = numbers(version)
    if asked is None:
        yield f"VERSION: {version!r}; allowed: three numbers such as 0.4.0"
        return
    whole = data.package(before).get("version", "") if before else ""
    earlier = [*tagged(root), *([str(whole)] if whole else [])]
    top = max((own for one in earlier if (own := numbers(one))), default=None)
    if top is not None and asked <= top:
        yield f"VERSION: {version}; allowed: higher than {'.'.join(map(str, top))}, the last release"
    about = citation(root)
    for file, said in {
        "CITATION.cff": about.get("version"),
        "data/datapackage.json": data.package(root)["version"],
    }.items():
        if str(said) != version:
            yield f"{file}, version: {str(said)!r}; allowed: {version!r}, the version of this release"
    day = about.get("date-released")
    reach = data.package(root).get("record", {}).get("as_of", "")
    if not isinstance(day, datetime.date) or not reach <= day.isoformat() <= today.isoformat():
        yield f"CITATION.cff, date-released: {str(day)!r}; allowed: a day from {reach or 'any'} to {today.isoformat()}"
    kept = f"{addresses.FOLDER}/{version}{addresses.PACKED}"
    if (root / addresses.FOLDER).is_dir() and not (root / kept).is_file():
        yield f"{kept}: it is not there; allowed: what make addresses writes, so that no address is lost later"
    if changed := git(root, "status", "--porcelain").decode().splitlines():
        yield f"not committed: {', '.join(line[3:] for line in changed)}; allowed: a clean tree"


def make(folder: Path) -> str:
    """Build the book and its editions in a folder; return the hash of the book, taken before the editions."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"PYTHONDONTWRITEBYTECODE": ""}

    def run(*words: str) -> None:
        if subprocess.run(words, cwd=folder, env=environment, check=False).returncode:
            raise Refused(f"{' '.join(map(str, words))}: failed, as told above")

    run(str(Path(sys.executable).with_name("jupyter-book")), "build", ".")
    plain = reads.of_folder(folder / "_build" / "html")
    for edition in ("pdf", "handout", "epub"):
        run(sys.executable, "-m", "book.editions", edition)
    return plain


def contents(version: str, folder: Path, plain: str, told: str) -> dict[str, bytes]:
    """Return the files of a release by name, their checksums last.

    Args:
        folder: holds the built book. plain: its hash. told: what changed, as Markdown.
    """
    book = folder / "_build" / "html"
    pages = {path.relative_to(book).as_posix(): path for path in book.rglob("*") if path.is_file()}
    files = {f"{NAME}-{version}-html.zip": packed(pages)}
    files[f"{NAME}-{version}-data.zip"] = (book / "data" / "all-tables.zip").read_bytes()
    for edition in EDITIONS.values():
        name = edition.file.replace(NAME, f"{NAME}-{version}")
        files[name] = (book / "downloads" / edition.file).read_bytes()
    files["CHANGES.md"] = told.encode()
    files["BOOK-HASH"] = f"{plain}  the book before its editions, as make verify prints it\n".encode()
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}" for name, content in sorted(files.items())]
    return files | {"SHA256SUMS": ("\n".join(sums) + "\n").encode()}


def what_changed(version: str, now: Path, before: Path | None, last: str | None) -> str:
    """Return ``CHANGES.md``: how this release differs from the last one."""
    reach = data.package(now).get("record", {}).get("as_of")
    head = f"# Edition {version}\n\n" + (f"The record reaches to {reach}. " if reach else "")
    if before is None:
        return f"{head}This is the first release: no earlier one has a tag. It holds:\n\n{changes.first(now)}"
    own = data.package(before)
    since = f"Compared with edition {own.get('version', 'without a number')}"
    until = own.get("record", {}).get("as_of")
    since += f", whose record reaches to {until}" if until else ""
    named = f" (tag {last})" if last and NUMBERS.fullmatch(last.removeprefix("v")) else ""
    return f"{head}{since}{named}. Made from the data of both.\n\n{changes.report(before, now)}"


def write(files: dict[str, bytes], target: Path) -> None:
    """Write files beside a folder, then swap them in: the folder is whole, as it was, or not there."""
    beside = target.with_name(f".{target.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        for name, content in files.items():
            (beside / name).write_bytes(content)
        shutil.rmtree(target, ignore_errors=True)
        beside.rename(target)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def release(version: str, last: str | None, root: Path, today: datetime.date, maker: Callable[[Path], str]) -> Path:
    """Prepare a release and return its folder.

    Args:
        version: three numbers. last: a tag, a folder or an archive with the data of the last release; None: its tag.
        root: the clone. maker: builds the book in a folder and returns its hash.

    Raises:
        Refused, DataError: why there is none; nothing is written then.
    """
    last = last or last_tag(root)
    with opened(last, root) as before, TemporaryDirectory() as place:
        if found := list(faults(version, root, before, today)) or check.faults(root):
            raise Refused("\n".join(found))
        folder = Path(place, "book")
        _unpack(root, "HEAD", folder)
        told = what_changed(version, folder, before, last)  # first, for it can fail
        target = root / "_build" / "release" / version
        write(contents(version, folder, maker(folder), told), target)
    return target


def commands(target: Path, root: Path) -> list[str]:
    """Return the commands that publish a release which lies in a folder."""
    tag, place = f"v{target.name}", target.relative_to(root).as_posix()
    fits = (target / "CHANGES.md").stat().st_size <= NOTES
    notes = f"--notes-file {place}/CHANGES.md" if fits else '--notes "What changed: see CHANGES.md."'
    return [
        f"git tag --annotate {tag} --message {tag} {git(root, 'rev-parse', 'HEAD').decode().strip()}",
        f"git push origin {tag}",
        f"gh release create {tag} --verify-tag {notes} {place}/*",
    ]


def main() -> None:
    """Prepare the release that the command names, and print how to publish it."""
    parser = argparse.ArgumentParser(prog="make release", description="Prepare a release in _build/release.")
    parser.add_argument("version", help="three numbers such as 0.4.0: make release VERSION=0.4.0")
    parser.add_argument("last", nargs="?", help="tag, folder or zip with the data of the last release, if not its tag")
    given = parser.parse_args()
    try:
        target = release(given.version, given.last, data.ROOT, datetime.date.today(), make)
    except (Refused, data.DataError) as fault:
        sys.exit(f"{fault}\nNothing was released.")
    print((target / "BOOK-HASH").read_text("utf-8"), end="")
    print(*sorted(path.relative_to(data.ROOT) for path in target.iterdir()), sep="\n")
    print("Nothing is published yet. Read CHANGES.md; then:", *commands(target, data.ROOT), sep="\n")


if __name__ == "__main__":
    main()
