"""Do templates and styles speak of the same classes? One that nobody draws is a slip of the pen."""

import re
from collections.abc import Iterable
from pathlib import Path

from django.contrib import admin

ROOT = Path(__file__).parents[2]
STYLES = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "static/css").glob("*.css")))
RULES = re.sub(r"/\*.*?\*/", "", STYLES, flags=re.DOTALL)


def classes_of(template: Path) -> set[str]:
    """The classes written out in a template; what a tag or a variable writes is left out."""
    text = re.sub(r"{%.*?%}|{{.*?}}", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {name for names in re.findall(r'\sclass="([^"]*)"', text) for name in names.split()}


def drawn(rules: str) -> set[str]:
    return set(re.findall(r"\.([a-z][\w-]*)", rules))


def undrawn(templates: Iterable[Path], known: set[str]) -> dict[str, list[str]]:
    missing = {path.relative_to(ROOT).as_posix(): sorted(classes_of(path) - known) for path in sorted(templates)}
    return {path: names for path, names in missing.items() if names}


def test_every_class_in_a_template_is_drawn() -> None:
    templates = [path for path in (ROOT / "templates").rglob("*.html") if "admin" not in path.parts]
    assert undrawn(templates, drawn(RULES)) == {}


def test_every_class_in_the_admin_is_drawn_by_us_or_by_django() -> None:
    theirs = "".join(path.read_text() for path in (Path(admin.__file__).parent / "static/admin/css").glob("*.css"))
    assert undrawn((ROOT / "templates/admin").rglob("*.html"), drawn(RULES + theirs)) == {}
