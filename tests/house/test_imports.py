"""Do the modules know only whom they may know? The contracts of pyproject.toml, and proof that each of them looks."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "pyproject.toml"
APPS = ("crm", "integrations", "widget")
CONTRACTS = tomllib.loads(CONFIG.read_text())["tool"]["importlinter"]["contracts"]
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"

# Contract, file, and the line that breaks it; a file that is not there yet is a module without a place.
FAULTS = [
    ("apps", "crm/search.py", "from widget import context"),
    ("apps", "integrations/live.py", "import widget.facts"),
    ("crm", "crm/models/contact.py", "from crm import search"),
    ("crm", "crm/phones.py", "from crm.models import Contact"),
    ("crm", "crm/newcomer.py", ""),
    ("integrations", "integrations/connectors/http.py", "from integrations import live"),
    ("integrations", "integrations/newcomer.py", ""),
    ("widget", "widget/facts.py", "from widget.views import card"),
    ("widget", "widget/newcomer.py", ""),
    ("connectors", "integrations/connectors/http.py", "from integrations.connectors.daktela import client"),
    ("connectors", "integrations/connectors/newcomer.py", ""),
    ("connectors-are-pure", "integrations/connectors/daktela/client.py", "from django.conf import settings"),
    ("connectors-are-pure", "integrations/connectors/http.py", "from integrations.models import Connection"),
    ("simulators", "integrations/connectors/daktela/simulator/world.py", "from integrations.connectors import errors"),
    ("simulators", "integrations/connectors/daktela/simulator/world.py", "from crm import phones"),
    ("simulators", "integrations/connectors/simulator/wire.py", "from integrations.connectors import errors"),
    ("simulated", "integrations/live.py", "from integrations.connectors.daktela.simulator import Simulator"),
    ("simulated", "integrations/connectors/http.py", "from integrations.connectors.simulator import wire"),
    ("pure", "crm/phones.py", "from django.utils import timezone"),
    ("pure", "widget/fields.py", "from widget.models import Draft"),
    ("named-by-string", "widget/facts.py", "from crm.settings import DATABASES"),
    ("tests", "crm/search.py", "from tests import factories"),
    ("cycles", "crm/forms/choices.py", "from crm.forms import records"),
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, to break things in."""
    copy = tmp_path_factory.mktemp("house")
    for app in APPS:
        shutil.copytree(ROOT / app, copy / app, ignore=shutil.ignore_patterns("*.pyc", "migrations"))
        (copy / app / "migrations").mkdir()
        (copy / app / "migrations" / "__init__.py").touch()
    shutil.copy(CONFIG, copy)
    return copy


def verdicts(house: Path) -> tuple[set[str], str]:
    """The ids of the broken contracts, and what the linter says about them; a module without a place is an error.

    In a process of its own: in ours it would switch off every logger there is.
    """
    answer = subprocess.run([sys.executable, "-c", LINT], cwd=house, capture_output=True, text=True, check=False)
    said = " ".join(answer.stdout.split()) + answer.stderr
    assert "Traceback" not in said, said
    return {one["id"] for one in CONTRACTS if f"{one['name']} BROKEN" in said}, said


def test_nobody_knows_whom_he_may_not_know() -> None:
    broken, said = verdicts(ROOT)
    assert not broken, said
    assert "0 broken" in said


def test_every_contract_is_tried_with_a_planted_fault() -> None:
    assert {name for name, *_ in FAULTS} == {one["id"] for one in CONTRACTS}


def test_the_copy_has_no_fault_of_its_own(house: Path) -> None:
    assert verdicts(house)[0] == set()


@pytest.mark.parametrize(("contract", "file", "line"), FAULTS)
def test_a_planted_fault_is_found(house: Path, contract: str, file: str, line: str) -> None:
    path = house / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        broken, said = verdicts(house)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert contract in broken
    assert Path(file).stem in said.partition("Broken contracts")[2]
