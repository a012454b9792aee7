"""Lighthouse on its phone profile for every page of ``_build/html``, served gzipped: a benchmark, not a test.

Prints a table and writes ``_build/lighthouse.json``; exit code 1 if a page misses a goal.
"""

import json
import os
import shutil
import subprocess
import sys

from conftest import PAGES, serve

from book.data import ROOT
from book.editions.pdf import CHROMIUM_FLAGS, find_chromium

LIGHTHOUSE = "lighthouse@12.8.2"
GOALS = {"performance": 98, "accessibility": 100, "best-practices": 100, "seo": 100}
SLOWEST = 1500  # milliseconds to the first contentful paint


def measure(address: str) -> dict[str, float]:
    """Return the scores of a page (0 to 100), its first contentful paint (ms) and its layout shift."""
    command = ["npx", "--yes", LIGHTHOUSE, address, "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(GOALS)}", f"--chrome-flags=--headless=new {' '.join(CHROMIUM_FLAGS)}"]
    environment = os.environ | {"CHROME_PATH": find_chromium() or ""}
    report = json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    found = {goal: round(100 * report["categories"][goal]["score"]) for goal in GOALS}
    audits = report["audits"]
    failed = sorted(
        name for name, audit in audits.items() if audit["score"] == 0 and audit["scoreDisplayMode"] == "binary"
    )
    return found | {
        "paint": round(audits["first-contentful-paint"]["numericValue"]),
        "shift": round(audits["cumulative-layout-shift"]["numericValue"], 3),
        "failed": failed,
    }


def main() -> int:
    """Measure the pages named on the command line, or all."""
    if not shutil.which("npx"):
        print("Lighthouse needs Node.js, which brings npx.", file=sys.stderr)
        return 2
    results, missed = {}, []
    with serve(ROOT / "_build" / "html") as base:
        for name in sys.argv[1:] or PAGES:
            found = results[name] = measure(f"{base}/{name}.html")
            short = found["paint"] > SLOWEST or any(found[goal] < least for goal, least in GOALS.items())
            missed += [name] if short else []
            print(
                f"{name:34}", *(f"{key} {value}" for key, value in found.items()), "MISSED" if short else "", flush=True
            )
    (ROOT / "_build" / "lighthouse.json").write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
