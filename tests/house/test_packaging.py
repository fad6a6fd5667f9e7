"""Is what we install pinned, complete and free of addresses? And does `make` know the words the README teaches?"""

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt")
OURS = {"crm", "integrations", "widget", "tests", "bench", "faults", "manage", "vendor", "install"}
PRODUCTION, DEVELOPMENT = ("crm", "integrations", "widget"), ("tests", "bench", "faults")
WORDS = ["demo", "demo-reset", "test", "check", "run", "bench", "faults", "vendor", "screenshots", "lock", "setup"]


@cache
def pinned(lock: str) -> dict[str, str]:
    """Each requirement of a lock file by its normal name: its line, with version, marker and hashes."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    return {normal(line.partition("==")[0].partition("[")[0]): line for line in text.splitlines()}


def normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower().strip()


def imports(folder: str) -> set[str]:
    """The foreign top-level packages that the Python files of a folder import."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add((node.module or "").partition(".")[0])
    return found - OURS - sys.stdlib_module_names


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_holds_no_address(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_has_one_version_and_its_hashes(lock: str) -> None:
    for name, line in pinned(lock).items():
        assert re.fullmatch(r"\S+==\S+( ;.*?)?( +--hash=sha256:[0-9a-f]{64})+", line), name


def test_tests_run_on_the_versions_that_production_has() -> None:
    production, development = pinned("requirements.txt"), pinned("requirements-dev.txt")
    assert {name: development.get(name) for name in production} == production


@pytest.mark.parametrize(
    ("folder", "lock"),
    [
        *((folder, "requirements.txt") for folder in PRODUCTION),
        *((folder, "requirements-dev.txt") for folder in DEVELOPMENT),
    ],
)
def test_whatever_is_imported_is_locked(folder: str, lock: str) -> None:
    distributions = packages_distributions()
    for name in imports(folder):
        assert {normal(found) for found in distributions.get(name, [])} & pinned(lock).keys(), f"{name} in {folder}"


def test_whatever_is_asked_for_is_locked() -> None:
    for source, lock in (("requirements.in", "requirements.txt"), ("requirements-dev.in", "requirements-dev.txt")):
        lines = (ROOT / source).read_text().splitlines()
        asked = {normal(re.split(r"[\[=<>; ]", line)[0]) for line in lines if line and line[0] not in "#-"}
        assert asked <= pinned(lock).keys()


def test_make_lists_its_words() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(WORDS) <= set(re.findall(r"^  make (\S+)", listed, re.MULTILINE))
