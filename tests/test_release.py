"""A release says truly what changed, refuses what is not in order, and leaves all of it or nothing."""

import datetime
import gzip
import hashlib
import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from conftest import TINY, replace, rows_of, written

from book import changes, data, reads
from book.data import ROOT
from book.editions import EDITIONS, NAME
from book.release import NOTES, Refused, commands, last_tag, opened, release

TODAY = datetime.date(2030, 1, 15)
DAY = "2030-01-10"


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of the data, before and now."""
    for name in ("before", "now"):
        shutil.copytree(ROOT / "data", tmp_path / name / "data")
    return tmp_path / "before", tmp_path / "now"


def edit(root: Path, table: str, change: dict[str, dict[str, str] | None], add: int = 0) -> Path:
    """Change cells of rows by first key (None removes the row); add copies of the last row: N01, N02 and so on.

    Returns the file.
    """
    path = root / data.path_of(table, root)
    heads, *rows = rows_of(path.read_bytes())
    result = [heads]
    for row in rows:
        cells = change.get(row[0], {})
        if cells is not None:
            result.append([cells.get(head, cell) for head, cell in zip(heads, row, strict=True)])
    result += [[f"N{number:02}", *rows[-1][1:]] for number in range(1, add + 1)]
    path.write_bytes(written(result))
    return path


def drop_table(root: Path, name: str) -> None:
    path = root / "data/datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    package["resources"] = [entry for entry in package["resources"] if entry["name"] != name]
    path.write_text(json.dumps(package), "utf-8")


def section(text: str, head: str) -> str:
    return text.partition(f"## {head}\n")[2].partition("\n## ")[0]


# --- what changed -----------------------------------------------------------------------------------------------


def test_of_the_same_data_nothing_changed(two: tuple[Path, Path]) -> None:
    assert all(not table.rows and table.kind == "kept" for table in changes.compare(*two))
    assert changes.report(*two).count("Nothing changed.") == 5


def test_rows_that_came_went_or_changed_are_counted_and_named(two: tuple[Path, Path]) -> None:
    before, now = two
    edit(now, "levers", {"L01": {"limits": "Another limit.", "name": "Another name"}, "L02": None}, add=2)
    (levers,) = [table for table in changes.compare(before, now) if table.rows]
    assert (levers.name, levers.voice, levers.kind) == ("levers", "brief", "kept")
    assert [(row.address, row.kind, row.fields) for row in levers.rows if row.kind == "changed"] == [
        ("L01", "changed", ["name", "limits"])
    ]
    assert [row.address for row in levers.of_kind("added")] == ["N01", "N02"]
    assert [row.address for row in levers.of_kind("removed")] == ["L02"]
    text = changes.report(before, now)
    count = len(data.load("levers", before))
    assert f"| levers | brief | {count} | {count + 1} | 2 | 1 | 1 |" in section(text, "Tables")
    told = section(text, "The brief and the record, by field")
    assert "added: N01, N02\n" in told
    assert "removed: L02\n" in told
    assert "name changed: L01\n" in told
    assert "limits changed: L01\n" in told


def test_each_judgment_stands_alone_with_before_and_now(two: tuple[Path, Path]) -> None:
    before, now = two
    row = data.load("checks", before).iloc[0]
    other = next(verdict for verdict in data.terms("checks", "verdict") if verdict != row["verdict"])
    edit(now, "checks", {row["id"]: {"verdict": other}})
    edit(now, "omissions", {data.load("omissions", before)["id"].iloc[-1]: None}, add=1)
    told = section(changes.report(before, now), "Judgments, one by one")
    assert (
        f"**{row['id']}**, changed\n\n| Field | Before | Now |\n|---|---|---|\n| verdict | {row['verdict']} | {other} |"
        in told
    )
    new, gone = told.partition("### omissions")[2].split("**, ")[1:]
    assert new.startswith("added")
    assert "| id | (not there) | N01 |" in new
    assert gone.startswith("removed")
    assert gone.count("| (not there) |") >= 3


def test_facts_with_another_grade_are_listed_and_others_are_not(two: tuple[Path, Path]) -> None:
    before, now = two
    facts = data.load("facts", before).to_dict("records")
    regraded = next(row for row in facts if row["reliability"] == "A" and row["status"] == "confirmed")
    reworded = next(row for row in facts if row["id"] != regraded["id"])
    edit(now, "facts", {regraded["id"]: {"reliability": "C", "status": "reported"}, reworded["id"]: {"note": "Other."}})
    told = section(changes.report(before, now), "Facts whose grade changed")
    grade = regraded["credibility"]
    assert f"| {regraded['id']} | A{grade}, confirmed | C{grade}, reported |" in told
    assert reworded["id"] not in told
    assert f"note changed: {reworded['id']}\n" in section(
        changes.report(before, now), "The brief and the record, by field"
    )


def test_tables_that_came_or_went_are_told_with_their_rows(two: tuple[Path, Path]) -> None:
    before, now = two
    drop_table(before, "omissions")
    drop_table(now, "stances")
    found = {table.name: table for table in changes.compare(before, now) if table.kind != "kept"}
    assert {name: table.kind for name, table in found.items()} == {"omissions": "added", "stances": "removed"}
    assert len(found["omissions"].of_kind("added")) == len(data.load("omissions"))
    assert len(found["stances"].of_kind("removed")) == len(data.load("stances"))
    text = section(changes.report(before, now), "Tables")
    assert "| omissions (new) | judgment | 0 |" in text
    assert "| stances (gone) | brief |" in text


def test_another_key_makes_other_rows(two: tuple[Path, Path]) -> None:
    before, now = two
    path = now / "data/datapackage.json"
    package = json.loads(path.read_text("utf-8"))
    next(entry for entry in package["resources"] if entry["name"] == "levers")["schema"]["primaryKey"] = ["name"]
    path.write_text(json.dumps(package), "utf-8")
    levers = next(table for table in changes.compare(before, now) if table.name == "levers")
    assert levers.kind == "rekeyed"
    assert len(levers.of_kind("added")) == len(levers.of_kind("removed")) == len(data.load("levers"))


def test_a_verdict_that_means_something_else_is_told(two: tuple[Path, Path]) -> None:
    before, now = two
    value, meaning = next(iter(data.terms("checks", "verdict", before).items()))
    replace("data/datapackage.json", json.dumps(meaning, ensure_ascii=False), '"Whatever | suits."')(now)
    told = section(changes.report(before, now), "What fields and values mean")
    assert f"“{value}”" in told
    assert "Whatever \\| suits." in told


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (lambda path: path.unlink(), ["data/brief/levers.csv", "allowed: the file"]),
        (lambda path: path.write_bytes(b"\xff"), ["data/brief/levers.csv", "allowed: the file"]),
        (lambda path: path.write_text("name\nx\n"), ["data/brief/levers.csv: no column 'id'"]),
        (lambda path: path.write_text("id\nL01\nL01\n"), ["data/brief/levers.csv, row 3", "'L01'", "once"]),
    ],
)
def test_data_that_cannot_be_compared_is_named(spoil: object, expected: list[str], two: tuple[Path, Path]) -> None:
    spoil(two[0] / "data/brief/levers.csv")  # type: ignore[operator]
    with pytest.raises(data.DataError) as fault:
        changes.compare(*two)
    assert all(part in str(fault.value) for part in expected)


# --- a release --------------------------------------------------------------------------------------------------


def git(root: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    who = ["-c", "user.name=One", "-c", "user.email=one@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)


def commit(root: Path, version: str) -> None:
    """Give a clone a version, and commit all of it."""
    for name, field in (("CITATION.cff", "version: {}"), ("data/datapackage.json", '"version": "{}"')):
        own = data.package(root)["version"] if name.endswith("json") else read_version(root)
        replace(name, field.format(own), field.format(version))(root)
    git(root, "add", "--all")
    git(root, "commit", "--allow-empty", "-m", version)


def read_version(root: Path) -> str:
    line = next(line for line in (root / "CITATION.cff").read_text().splitlines() if line.startswith("version: "))
    return line.removeprefix("version: ")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of the tiny book, edition 0.4.0, committed; its last release is v0.3.0."""
    root = shutil.copytree(TINY, tmp_path / "clone")
    (root / ".gitignore").write_text("/_build/\n")
    about = (ROOT / "CITATION.cff").read_text("utf-8").splitlines()
    dated = [f"date-released: {DAY}" if line.startswith("date-released") else line for line in about]
    (root / "CITATION.cff").write_text("\n".join(dated) + "\n", "utf-8")
    git(root.parent, "init", "--quiet", str(root))
    commit(root, "0.3.0")
    git(root, "tag", "v0.3.0")
    edit(root, "levers", {"L01": {"limits": "Another limit."}})
    commit(root, "0.4.0")
    return root


def maker(folder: Path) -> str:
    """Stand in for the build: a book of three files with its editions."""
    book = folder / "_build/html"
    for name in ("index.html", "data/all-tables.zip", *(f"downloads/{own.file}" for own in EDITIONS.values())):
        (book / name).parent.mkdir(parents=True, exist_ok=True)
        (book / name).write_text(f"{name} of {data.package(folder)['version']}")
    return reads.of_folder(book)


def test_a_release_holds_all_of_it_with_checksums_and_what_changed(clone: Path) -> None:
    target = release("0.4.0", None, clone, TODAY, maker)
    base = f"{NAME}-0.4.0"
    assert {path.name for path in target.iterdir()} == {
        f"{base}-html.zip",
        f"{base}-data.zip",
        f"{base}.pdf",
        f"{base}.epub",
        f"{base}-handout.pdf",
        "CHANGES.md",
        "BOOK-HASH",
        "SHA256SUMS",
    }
    lines = [line.split("  ") for line in (target / "SHA256SUMS").read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    files = {path.name: path.read_bytes() for path in target.iterdir() if path.name != "SHA256SUMS"}
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    told = files["CHANGES.md"].decode()
    assert told.startswith("# Edition 0.4.0\n")
    assert "Compared with edition 0.3.0" in told
    assert "(tag v0.3.0)" in told
    assert "limits changed: L01" in told
    with zipfile.ZipFile(target / f"{base}-html.zip") as pages:
        assert pages.read("index.html") == b"index.html of 0.4.0"
        assert [entry.date_time for entry in pages.infolist()] == [(1980, 1, 1, 0, 0, 0)] * 5
        assert {entry.compress_type for entry in pages.infolist()} == {zipfile.ZIP_DEFLATED}
        pages.extractall(clone.parent / "unpacked")
    assert files["BOOK-HASH"].decode().startswith(reads.of_folder(clone.parent / "unpacked"))
    assert release("0.4.0", None, clone, TODAY, maker) == target
    assert files == {name: (target / name).read_bytes() for name in files}, "not the same bytes again"


def test_the_first_release_says_so_and_a_shallow_clone_cannot(clone: Path, tmp_path: Path) -> None:
    git(clone, "tag", "--delete", "v0.3.0")
    git(tmp_path, "clone", "--depth", "1", clone.as_uri(), str(tmp_path / "shallow"))
    told = (release("0.4.0", None, clone, TODAY, maker) / "CHANGES.md").read_text("utf-8")
    assert "This is the first release" in told
    assert f"| levers | brief | {len(data.load('levers', TINY))} |" in told
    with pytest.raises(Refused, match="git fetch --unshallow --tags"):
        release("0.4.0", None, tmp_path / "shallow", TODAY, maker)


def test_the_last_release_is_the_highest_and_not_the_newest(clone: Path) -> None:
    for tag in ("v0.10.0", "v0.9.0", "v1", "vision"):
        git(clone, "tag", tag)
    assert last_tag(clone) == "v0.10.0"


def test_the_last_data_may_be_a_folder_or_an_archive(clone: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    shutil.copytree(clone / "data", old / "data")
    replace("data/datapackage.json", '"version": "0.4.0"', '"version": "0.2.0"')(old)
    edit(old, "actors", {"lower-town": None})
    shutil.make_archive(str(old), "zip", old)
    texts = {
        (release("0.4.0", str(last), clone, TODAY, maker) / "CHANGES.md").read_text() for last in (old, f"{old}.zip")
    }
    assert len(texts) == 1
    assert "edition 0.2.0" in min(texts)
    assert "added: lower-town\n" in min(texts)
    for wrong in (tmp_path / "old" / "data", clone / "CITATION.cff", "v7.7.7"):
        with pytest.raises(Refused, match=r"allowed: a tag, a folder or a zip|v7\.7\.7"), opened(str(wrong), clone):
            pass


REFUSED = {
    "no version": ("0.4", lambda root: None, "VERSION: '0.4'; allowed: three numbers"),
    "a zero before": ("0.04.0", lambda root: None, "VERSION: '0.04.0'; allowed: three numbers"),
    "the last version again": ("0.3.0", lambda root: commit(root, "0.3.0"), "allowed: higher than 0.3.0"),
    "a lower version": ("0.2.9", lambda root: commit(root, "0.2.9"), "allowed: higher than 0.3.0"),
    "another version in the citation": (
        "0.4.0",
        lambda root: [
            replace("CITATION.cff", "version: 0.4.0", "version: 0.5.0")(root),
            git(root, "commit", "-am", "x"),
        ],
        "CITATION.cff, version: '0.5.0'; allowed: '0.4.0'",
    ),
    "another version in the data": (
        "0.4.0",
        lambda root: [
            replace("data/datapackage.json", '"version": "0.4.0"', '"version": "0.5.0"')(root),
            git(root, "commit", "-am", "x"),
        ],
        "data/datapackage.json, version: '0.5.0'; allowed: '0.4.0'",
    ),
    "a day to come": (
        "0.4.0",
        lambda root: [replace("CITATION.cff", DAY, "2030-01-16")(root), git(root, "commit", "-am", "x")],
        "CITATION.cff, date-released: '2030-01-16'; allowed: a day from any to 2030-01-15",
    ),
    "a day before the record's": (
        "0.4.0",
        lambda root: [
            replace("data/datapackage.json", '"version"', '"record": {"as_of": "2030-01-11"}, "version"')(root),
            git(root, "commit", "-am", "x"),
        ],
        f"CITATION.cff, date-released: '{DAY}'; allowed: a day from 2030-01-11 to 2030-01-15",
    ),
    "no day": (
        "0.4.0",
        lambda root: [replace("CITATION.cff", DAY, "soon")(root), git(root, "commit", "-am", "x")],
        "CITATION.cff, date-released: 'soon'",
    ),
    "what is not committed": (
        "0.4.0",
        lambda root: (root / "new.txt").write_text("new"),
        "not committed: new.txt; allowed: a clean tree",
    ),
    "addresses that are not kept": (
        "0.4.0",
        lambda root: [
            (root / "data/addresses").mkdir(),
            (root / "data/addresses/0.3.0.json.gz").write_bytes(gzip.compress(b"{}")),
            git(root, "add", "--all"),
            git(root, "commit", "-m", "x"),
        ],
        "data/addresses/0.4.0.json.gz: it is not there; allowed: what make addresses writes",
    ),
    "a fault of the data": (
        "0.4.0",
        lambda root: [edit(root, "levers", {"L01": {"kind": "magic"}}), git(root, "commit", "-am", "x")],
        "data/brief/levers.csv, row 2, column kind: 'magic'",
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_is_not_in_order_is_refused_by_name_and_nothing_is_written(fault: str, clone: Path) -> None:
    version, spoil, expected = REFUSED[fault]
    spoil(clone)  # type: ignore[no-untyped-call]
    with pytest.raises(Refused) as refusal:
        release(version, None, clone, TODAY, lambda folder: pytest.fail("it was built all the same"))
    assert expected in str(refusal.value)
    assert not (clone / "_build").exists()


def test_a_failure_leaves_the_last_state_and_nothing_half(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(folder: Path) -> str:
        raise Refused("the build failed")

    with pytest.raises(Refused, match="the build failed"):
        release("0.4.0", None, clone, TODAY, broken)
    assert not (clone / "_build").exists()
    target = release("0.4.0", None, clone, TODAY, maker)
    whole = {path.name: path.read_bytes() for path in target.iterdir()}

    def full(path: Path, content: bytes, real: object = Path.write_bytes) -> int:
        if path.name == "SHA256SUMS":
            raise OSError("no space left")
        return real(path, content)  # type: ignore[operator, no-any-return]

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="no space left"):
        release("0.4.0", None, clone, TODAY, maker)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == whole
    assert [path.name for path in target.parent.iterdir()] == ["0.4.0"]


def test_only_what_is_committed_is_built(clone: Path) -> None:
    (clone / "_build").mkdir()
    (clone / "_build/left-over.txt").write_text("of an earlier build")

    def looked(folder: Path) -> str:
        assert not (folder / "_build").exists()
        assert not (folder / ".git").exists()
        return maker(folder)

    release("0.4.0", None, clone, TODAY, looked)


def test_the_commands_that_publish_are_told_and_notes_that_are_too_long_are_a_file(clone: Path) -> None:
    target = release("0.4.0", None, clone, TODAY, maker)
    head = subprocess.run(["git", "-C", str(clone), "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    tag, push, publish = commands(target, clone)
    assert tag == f"git tag --annotate v0.4.0 --message v0.4.0 {head.stdout.strip()}"
    assert push == "git push origin v0.4.0"
    place = "_build/release/0.4.0"
    assert publish == f"gh release create v0.4.0 --verify-tag --notes-file {place}/CHANGES.md {place}/*"
    (target / "CHANGES.md").write_text("x" * (NOTES + 1))
    assert "--notes-file" not in commands(target, clone)[2]
    listed = subprocess.run(["git", "-C", str(clone), "tag"], capture_output=True, text=True, check=True)
    assert listed.stdout == "v0.3.0\n", "a release must not tag"
