"""Do templates and styles speak of the same classes? One that nobody draws is a slip of the pen."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
STYLES = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "static/css").glob("*.css")))
RULES = re.sub(r"/\*.*?\*/", "", STYLES, flags=re.DOTALL)

# What others write: Django's messages and admin, and htmx's own marks.
FOREIGN = {"htmx-indicator", "htmx-request"}


def classes_of(template: Path) -> set[str]:
    """The classes written out in a template; what a tag or a variable writes is left out."""
    text = re.sub(r"{%.*?%}|{{.*?}}", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    return {name for names in re.findall(r'\sclass="([^"]*)"', text) for name in names.split()}


def test_every_class_in_a_template_is_drawn() -> None:
    drawn = set(re.findall(r"\.([a-z][\w-]*)", RULES)) | FOREIGN
    templates = [path for path in (ROOT / "templates").rglob("*.html") if "admin" not in path.parts]
    missing = {path.relative_to(ROOT).as_posix(): sorted(classes_of(path) - drawn) for path in sorted(templates)}
    assert {path: names for path, names in missing.items() if names} == {}
