"""What does a form do before its script is there? Never a GET: that would put a note or a password into an address."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FORMS = [
    (path.relative_to(TEMPLATES).as_posix(), form)
    for path in sorted(TEMPLATES.rglob("*.html"))
    for form in re.findall(r"<form\b(?:{%.*?%}|{{.*?}}|[^>])*>", path.read_text())
]
ASKS = ('role="search"', 'class="filters"', "hidden")  # what is looked for stands in the address, to be kept and shared


@pytest.mark.parametrize(("path", "form"), FORMS, ids=[f"{path}: {form[:40]}" for path, form in FORMS])
def test_a_form_that_is_no_search_is_never_sent_by_get(path: str, form: str) -> None:
    """`dialog` outside a dialog sends nothing at all, which is what a form wants that only htmx can send."""
    assert 'method="post"' in form or 'method="dialog"' in form or any(mark in form for mark in ASKS)
