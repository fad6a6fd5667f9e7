"""Is the page that the card is compared with written in Bootstrap, for the card as it is? The bench reads its words."""

import re
from collections.abc import Iterable

import vendor
from bench.floor import bootstrapped

THEIRS = (vendor.ROOT / "bench/vendor/bootstrap.min.css").read_text(encoding="utf-8")
OURS = "".join(path.read_text(encoding="utf-8") for path in (vendor.ROOT / "static/css").glob("*.css"))
GIVEN = {
    name for of in (bootstrapped.OF_ELEMENTS, bootstrapped.OF_CLASSES) for text in of.values() for name in text.split()
}


def without_a_rule(classes: Iterable[str], style: str) -> list[str]:
    return [name for name in classes if not re.search(rf"\.{re.escape(name)}(?![\w-])", style)]


def test_every_class_given_is_one_of_bootstraps() -> None:
    assert without_a_rule(GIVEN, THEIRS) == []


def test_every_class_they_are_given_for_is_one_of_ours() -> None:
    assert without_a_rule(bootstrapped.OF_CLASSES, OURS) == []


def test_a_folded_part_becomes_an_accordion_and_its_elements_get_bootstraps_classes() -> None:
    summary = ["summary", {}, ["h2", {}, "Keys"]]
    written = bootstrapped.written([["details", {"id": "keys"}, summary, ["p", {"class": "muted"}, "A < B"]]])
    assert 'data-bs-target="#keys-fold">Keys</button>' in written
    assert 'id="keys-fold"' in written
    assert '<p class="mb-0 text-body-secondary">A &lt; B</p>' in written
