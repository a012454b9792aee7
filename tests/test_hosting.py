"""What GitHub runs for the book, what it may do there, and what the book depends on."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import Edit, replace

from book.data import ROOT

WORKFLOW = ".github/workflows/book.yml"
NAMED = re.compile(r"^([A-Za-z][\w.-]*)[<>=]=[^#\n]*(#\s*\S.*)?$", re.MULTILINE)


def audit(root: Path) -> subprocess.CompletedProcess[str]:
    """Say what zizmor finds in the workflow and in Dependabot's settings: faults of form, and dangers."""
    command = [str(Path(sys.executable).with_name("zizmor")), "--offline", "--no-progress", "--strict-collection"]
    return subprocess.run([*command, str(root / ".github")], capture_output=True, text=True, check=False)


@pytest.fixture
def hosting(tmp_path: Path) -> Path:
    """A copy of what GitHub reads, that a test may spoil."""
    shutil.copytree(ROOT / ".github", tmp_path / ".github")
    return tmp_path


def test_the_workflow_has_no_fault_and_no_danger() -> None:
    result = audit(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


FAULTS: dict[str, tuple[Edit, str]] = {
    "a step that is none": (replace(WORKFLOW, "- run: .ci/run", "- walk: .ci/run"), "book.yml"),
    "a title in a command": (
        replace(WORKFLOW, "run: .ci/run", "run: echo ${{ github.event.pull_request.title }}"),
        "template-injection",
    ),
    "rights that are too wide": (
        replace(WORKFLOW, "permissions:\n      contents: read", "permissions: write-all"),
        "excessive-permissions",
    ),
    "a pull request with the rights of main": (
        replace(WORKFLOW, "pull_request:", "pull_request_target:"),
        "dangerous-triggers",
    ),
    "an action of somebody": (replace(WORKFLOW, "actions/checkout@v7", "somebody/checkout@v7"), "unpinned-uses"),
    "a token that stays": (replace(WORKFLOW, "persist-credentials: false", "fetch-depth: 1"), "artipacked"),
    "no interval": (replace(".github/dependabot.yml", "interval: monthly", "every: month"), "dependabot.yml"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_workflow_is_found(fault: str, hosting: Path) -> None:
    edit, expected = FAULTS[fault]
    edit(hosting)
    result = audit(hosting)
    assert result.returncode != 0
    assert expected in result.stdout + result.stderr


def test_no_command_of_the_workflow_holds_an_expression() -> None:
    steps = [
        step for job in yaml.safe_load((ROOT / WORKFLOW).read_text("utf-8"))["jobs"].values() for step in job["steps"]
    ]
    commands = [step["run"] for step in steps if "run" in step]
    assert commands
    assert not [command for command in commands if "${{" in command]


def test_every_command_of_make_in_the_workflow_is_there() -> None:
    rules = set(re.findall(r"^([\w ]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    known = {name for rule in rules for name in rule.split()}
    called = re.findall(r"run: make (\w+)", (ROOT / WORKFLOW).read_text("utf-8"))
    assert called
    assert set(called) <= known


def test_each_dependency_is_named_once_with_its_reason() -> None:
    """That each is used, and that what is used is named, deptry tells: ``make test``."""
    found = [
        hit for name in ("requirements.in", "tests/requirements.in") for hit in NAMED.findall((ROOT / name).read_text())
    ]
    names = [name.lower() for name, _ in found]
    assert len(names) > 20
    assert not {name for name in names if names.count(name) > 1}
    assert not [name for name, reason in found if not reason]


def test_binder_installs_the_lock_and_nothing_beside_it() -> None:
    """A name without a hash beside names with hashes is refused by pip."""
    lines = (ROOT / ".binder/requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-r ../requirements.txt"]
