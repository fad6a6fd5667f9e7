"""Is every setting documented, and is production as strict as it has to be?"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from crm.models import User

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
PRODUCTION = {
    "DATABASE_URL": "postgresql://callroom@localhost/callroom",
    "REDIS_URL": "redis://localhost:6379/0",
    "SECRET_KEY": "a-key-of-fifty-characters-0123456789-abcdefghij-klmnop",
    "ENCRYPTION_KEYS": "1:dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE=",
    "SUPPRESSION_KEY": "another-key-of-fifty-characters-0123456789-abcdefghij",
    "OFFICE_ORIGIN": "https://crm.example.com",
    "WIDGET_ORIGIN": "https://widget.example.com",
    "BEHIND_PROXY": "1",
}


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` with this environment and nothing of ours."""
    bare = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=bare | environment, capture_output=True, text=True, check=False)


def read_from_the_environment() -> set[str]:
    """The names that settings.py asks `env` for."""
    tree = ast.parse((ROOT / "crm/settings.py").read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    asked = (call for call in calls if isinstance(call.func.value, ast.Name) and call.func.value.id == "env")  # type: ignore[attr-defined]
    return {str(call.args[0].value) for call in asked if isinstance(call.args[0], ast.Constant)}


def test_every_setting_is_in_the_table_of_the_operations_page_and_no_other() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.MULTILINE))
    assert len(documented) > 10
    assert read_from_the_environment() == documented


def test_every_command_the_operations_page_names_is_there() -> None:
    listed = manage("help", "--commands", **PRODUCTION).stdout.split()
    named = set(re.findall(r"manage\.py ([a-z_]+)", OPERATIONS))
    assert {"migrate", "rotate_keys"} <= named <= set(listed)


def test_production_passes_djangos_own_deployment_check() -> None:
    answer = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert answer.returncode == 0, answer.stderr


def test_the_deployment_check_would_have_found_something() -> None:
    answer = manage(
        "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION | {"SECRET_KEY": "short", "DEBUG": "1"}
    )
    assert answer.returncode == 1
    assert {"security.W009", "security.W018"} <= set(re.findall(r"security\.W\d+", answer.stderr))


def test_the_deployment_check_asks_for_a_key_for_the_erased() -> None:
    without = {name: value for name, value in PRODUCTION.items() if name != "SUPPRESSION_KEY"}
    answer = manage("check", "--deploy", "--fail-level", "WARNING", **without)
    assert answer.returncode == 1
    assert "crm.W001" in answer.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "ENCRYPTION_KEYS"])
def test_who_names_a_database_names_the_keys_too(name: str) -> None:
    answer = manage("check", **{key: value for key, value in PRODUCTION.items() if key != name})
    assert answer.returncode == 1
    assert f"Set the {name} environment variable" in answer.stderr


def test_the_policy_for_browsers_has_no_unsafe_word_and_no_wildcard() -> None:
    words = {word for sources in settings.SECURE_CSP.values() for word in sources}
    assert {word for word in words if not word.startswith("'sha256-")} == {"'none'", "'self'", "data:"}
    assert "data:" not in {*settings.SECURE_CSP["script-src"], *settings.SECURE_CSP["default-src"]}


@pytest.mark.parametrize("path", ["/", "/contacts/", "/admin/", "/api/docs/", "/sign-in/", "/nowhere/"])
def test_no_page_of_the_office_loosens_the_policy(
    path: str, client_of: Callable[[User | None], Client], admin: User
) -> None:
    policy = client_of(admin).get(path)["Content-Security-Policy"]
    assert "unsafe-" not in policy
    assert "frame-ancestors 'none'" in policy
