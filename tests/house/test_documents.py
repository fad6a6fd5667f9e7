"""Is what the documents say still there? Their links, their pictures, and the tests they call as witnesses."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r'(?:\]\(|src="|srcset=")(?!https?:|#)([^)"#]+)')
WITNESS = re.compile(r"`(test_\w+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    assert [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_is_named_exists(document: Path) -> None:
    known = {name for path in ROOT.glob("tests/**/*.py") for name in re.findall(r"def (test_\w+)", path.read_text())}
    assert set(WITNESS.findall(document.read_text())) - known == set()


def test_no_picture_is_left_that_nobody_shows() -> None:
    shown = {Path(link).name for document in DOCUMENTS for link in LINK.findall(document.read_text())}
    assert {path.name for path in (ROOT / "docs" / "images").iterdir()} - shown == set()
