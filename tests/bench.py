"""The time that builds take, against the same chapters under a stock configuration: ``make bench``; no test.

Prints tables and writes ``_build/bench.json``. Name parts of it on the command line to run them alone.
"""

import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grow
import nbformat
import yaml
from conftest import BUILD, PAGES, copy_sources, rows_of, with_cell

from book import check, data, execute

TABLES = data.tables()
LOADED = re.compile(r'<(?:script src|link rel="stylesheet"[^>]* href)="([^":]+)"')
TIMES = int(os.environ.get("TIMES", "5"))
STOCK: dict[str, Any] = {
    "title": "Stock",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "force", "timeout": 120},
    "parse": {"myst_enable_extensions": ["colon_fence", "deflist", "attrs_inline"]},
    "sphinx": {"local_extensions": {"stock": "tests"}, "config": {"language": "en"}},
}
CHAPTER = """---
file_format: mystnb
kernelspec: {{name: python3, display_name: Python 3}}
---

# Chapter {number}

{prose}

```{{code-cell}} ipython3
import altair as alt
from book import charts, data
```

```{{code-cell}} ipython3
rows = data.load("events")
bars = alt.Chart(rows).mark_bar(color=charts.PALETTE["first"]).encode(x="count()", y="{column}:N")
charts.finish(bars, "Events of the brief by {column}, counted for chapter {number} of a benchmark.", 200)
```
"""


def build(folder: Path, stamped: bool = False) -> tuple[float, str]:
    """Build a book and return the seconds it took and what it printed; ``stamped`` puts the second before each line."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""}
    begun = time.perf_counter()
    lines = []
    with subprocess.Popen(
        BUILD, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or []:
            lines.append(f"{time.perf_counter() - begun:.2f} {line}" if stamped else line)
    if process.returncode:
        raise SystemExit("".join(lines))
    return time.perf_counter() - begun, "".join(lines)


def clean(folder: Path) -> float:
    """Return the seconds of a build from nothing."""
    shutil.rmtree(folder / "_build", ignore_errors=True)
    return build(folder)[0]


def stock(folder: Path) -> Path:
    """Copy the book into a folder with a stock configuration in place of ours."""
    copy_sources(folder)
    (folder / "_config.yml").write_text(yaml.safe_dump(STOCK), "utf-8")
    return folder


def executions(printed: str) -> int:
    """Return how many chapters a build executed."""
    found = re.search(r"(\d+) chapters executed", printed)
    return int(found[1]) if found else 0


# --- what is measured -----------------------------------------------------------------------------------------


def clean_and_unchanged(home: Path) -> dict[str, Any]:
    """Clean builds and builds where nothing changed, ours and stock's in turn."""
    folders = {"ours": copy_sources(home / "ours"), "stock": stock(home / "stock")}
    for folder in folders.values():
        build(folder)  # so that all of Python is compiled
    seconds: dict[str, dict[str, list[float]]] = {name: {"clean": [], "unchanged": []} for name in folders}
    for _ in range(TIMES):
        for name, folder in folders.items():
            seconds[name]["clean"].append(clean(folder))
            seconds[name]["unchanged"].append(build(folder)[0])
    median = {name: {kind: statistics.median(all_) for kind, all_ in kinds.items()} for name, kinds in seconds.items()}
    ratio = {kind: median["ours"][kind] / median["stock"][kind] for kind in ("clean", "unchanged")}
    return {"seconds": seconds, "median": median, "ratio": ratio}


def phases(home: Path) -> dict[str, Any]:
    """Where the seconds of one clean build go, and those of a kernel."""
    folder = copy_sources(home / "phases")
    build(folder)
    shutil.rmtree(folder / "_build")
    whole, printed = build(folder, stamped=True)
    marks = {
        "checks": "updating environment",
        "chapters": "chapters executed",
        "reading": "reading sources... .*100%",
        "pictures": "looking for now-outdated",
        "writing": "dumping object inventory",
    }
    at, spent = 0.0, {}
    for name, mark in marks.items():
        now = float(re.findall(rf"^([\d.]+) .*{mark}", printed, re.MULTILINE)[-1])
        spent[name], at = now - at, now
    spent["finishing"] = whole - at

    def kernel(*cells: str) -> float:
        notebook = nbformat.from_dict({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        notebook.cells = [nbformat.from_dict(execute.CELL | {"source": cell}) for cell in cells]
        begun = time.perf_counter()
        execute.run(execute.Chapter(folder / "index.md", notebook), folder, 60)
        return time.perf_counter() - begun

    os.environ.update(PYTHONPATH=str(folder), BOOK_BUILD="1")
    start = statistics.median(kernel("0") for _ in range(TIMES))
    imports = statistics.median(kernel("from book import charts, views, verdict_charts") for _ in range(TIMES)) - start
    return {"seconds": spent, "whole": whole, "kernel start": start, "imports": imports, "chapters": len(PAGES) - 1}


def edits(home: Path) -> dict[str, Any]:
    """A cell edited in each table: seconds, share of a clean build, and chapters executed."""
    folder = copy_sources(home / "edits")
    build(folder)
    whole = statistics.median(clean(folder) for _ in range(3))
    kept, found = home / "kept", dict[str, dict[str, float]]()
    shutil.copytree(folder / "_build" / ".executed", kept)
    for table in data.tables(folder):
        path = folder / data.path_of(table, folder)
        before = path.read_bytes()
        if edit_a_cell(table, path, folder):
            seconds, printed = build(folder)
            found[table] = {"seconds": seconds, "ratio": seconds / whole, "executed": executions(printed)}
            shutil.copytree(kept, folder / "_build" / ".executed", dirs_exist_ok=True)
        else:
            found[table] = {}
        path.write_bytes(before)
        print(f"{table:24}", found[table], flush=True)
    return {"clean": whole, "tables": found}


def edit_a_cell(table: str, path: Path, folder: Path) -> bool:
    """Change one cell of a table so that the data stay sound; tells whether that could be done."""
    content, heads = path.read_bytes(), list(data.fields(table, folder))
    keys = set(data.resource(table, folder)["schema"]["primaryKey"]) | set(data.references(table, folder))
    free = [
        column
        for column, field in enumerate(data.fields(table, folder).values())
        if field["type"] == "string" and heads[column] not in keys and "enum" not in field.get("constraints", {})
    ]
    rows = rows_of(content)[1:]
    for column in sorted(free, key=lambda column: -sum(len(row[column]) for row in rows)):
        value = next((row[column] for row in reversed(rows) if row[column]), "")
        path.write_bytes(with_cell(content, column, f"{value} (edited)"))
        if value and not check.faults(folder):
            return True
    return False


def more_chapters(home: Path) -> dict[str, Any]:
    """Twice and four times the chapters, with invented ones of a chart and 300 words: seconds for each."""
    own = len(PAGES)
    found = {}
    for times in (1, 2, 4):
        folder = copy_sources(home / f"chapters-{times}")
        toc = yaml.safe_load((folder / "_toc.yml").read_text("utf-8"))
        for number in range(own * (times - 1)):
            prose = " ".join(f"word{number}x{word}" for word in range(300))
            text = CHAPTER.format(number=number, prose=prose, column=("kind", "place")[number % 2])
            (folder / f"chapters/more-{number}.md").write_text(text, "utf-8")
            toc["parts"][-1]["chapters"].append({"file": f"chapters/more-{number}"})
        (folder / "_toc.yml").write_text(yaml.safe_dump(toc, sort_keys=False), "utf-8")
        build(folder)
        found[times] = statistics.median(clean(folder) for _ in range(3))
        print(f"{times} x {own} pages: {found[times]:.1f} s, {found[times] / own / times:.2f} s a page", flush=True)
    return {"pages": own, "seconds": found}


def more_rows(home: Path) -> dict[str, Any]:
    """Ten times the rows: seconds of a clean build, and how much heavier each page is at first view."""
    folders = {1: copy_sources(home / "rows-1"), 10: copy_sources(home / "rows-10")}
    grow.grow(folders[10], 10)
    seconds = {times: statistics.median(clean(folder) for _ in range(3)) for times, folder in folders.items()}
    weight = {times: first_view(folder) for times, folder in folders.items()}
    ratio = {name: weight[10][name] / own for name, own in weight[1].items()}
    counts = {times: sum(len(data.load(table, folder)) for table in TABLES) for times, folder in folders.items()}
    found = {"rows": counts, "seconds": seconds, "ratio": seconds[10] / seconds[1], "weight": weight, "heavier": ratio}
    for name, times in sorted(ratio.items(), key=lambda item: -item[1]):
        print(f"{name:28} {weight[1][name] / 1000:6.0f} kB  {weight[10][name] / 1000:6.0f} kB  {times:.2f}")
    return found


def first_view(folder: Path) -> dict[str, int]:
    """Return the bytes of each page at first view, gzipped: itself and the styles and scripts that it names."""
    book, found = folder / "_build" / "html", {}
    for name in PAGES:
        path = book / f"{name}.html"
        html = path.read_text("utf-8")
        shared = {(path.parent / at.partition("?")[0]).resolve() for at in LOADED.findall(html)}
        found[name] = sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in {path, *shared})
    return found


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "clean": clean_and_unchanged,
    "phases": phases,
    "edits": edits,
    "chapters": more_chapters,
    "rows": more_rows,
}


def main() -> int:
    """Measure the parts named on the command line, or all."""
    target = data.ROOT / "_build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    results = json.loads(target.read_text("utf-8")) if target.exists() else {}
    for name in sys.argv[1:] or PARTS:
        with TemporaryDirectory() as home:
            results[name] = PARTS[name](Path(home))
        print(name, json.dumps(results[name], indent=1), flush=True)
        target.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
