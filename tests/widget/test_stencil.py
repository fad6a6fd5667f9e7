"""Is a page that was filled in the page that Django would have written, whatever the words say?"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from crm.models import Activity, Queue, User
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    ConnectionFactory,
    ContactFactory,
    TaskFactory,
)
from tests.naughty import LEAKS, MARKUP
from tests.widget.test_stream import signed_in
from widget import facts, page
from widget.context import CallContext
from widget.stencil import _text, fill

FILLED = (
    "widget/card.html",
    "widget/_who_again.html",
    "widget/_entry.html",
    "widget/_fact.html",
    "widget/_problem.html",
)
FLAG = re.compile(r"\bis_\w+$")
TEMPLATES = Path(settings.BASE_DIR) / "templates"
WORDS = re.compile(r"{{ ([a-z_.]+)|{% (?:if|elif|firstof) ([^%]+) %}")


def plain(template: str, words: Mapping[str, Any]) -> str:
    """What Django writes, with the words where the template looks for them."""
    tree: dict[str, Any] = {}
    for name, word in words.items():
        *branches, leaf = name.split(".")
        place = tree
        for branch in branches:
            place = place.setdefault(branch, {})
        place[leaf] = SafeString(word.decode()) if isinstance(word, bytes) else word
    return render_to_string(template, tree)


def sources(template: str) -> str:
    """The template with all it includes and extends."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    return text + "".join(map(sources, re.findall(r'{% (?:include|extends) "([^"]+)"', text)))


def names(template: str) -> set[str]:
    """Every word it names."""
    found = (one or other for one, other in WORDS.findall(sources(template)))
    return {word for words in found for word in words.split() if word not in ("not", "and", "or", "block")}


@pytest.mark.parametrize("template", FILLED)
def test_whatever_the_words_say_the_page_is_djangos_byte_for_byte(template: str) -> None:
    draw, words = random.Random(template), sorted(names(template))
    texts = [
        *MARKUP,
        "",
        "",
        "\0card.name\0",
        "{{ nonce }}",
        "{% now 'Y' %}",
        "ěščř",
        "'\"&<>",
        SafeString("<b>bold</b>"),
        b"<b>ready</b>",
    ]
    for _ in range(300):
        said = {word: draw.random() < 0.5 if FLAG.search(word) else draw.choice(texts) for word in words}
        assert fill(template, said).decode() == plain(template, said)


def test_a_word_that_looks_like_a_blank_is_only_a_text() -> None:
    assert "\0value\0" in fill("widget/_fact.html", {"title": "\0value\0", "value": "secret"}).decode()


@pytest.mark.parametrize("template", FILLED)
def test_a_word_is_only_written_or_asked_for(template: str) -> None:
    """No filter but `default`, no comparison, no loop: those would see a blank instead of the word."""
    text = sources(template)
    assert set(re.findall(r"{{[^}]*?\|(\w+)", text)) <= {"default"}
    assert not re.search(r"{%\s*(?:for|with|ifchanged|regroup|cycle)\b|{% (?:el)?if [^%]*(?:[=<>]| in )", text)


def test_nothing_that_was_said_is_kept() -> None:
    fill("widget/_fact.html", {"title": "Mobile", "value": "+420 773 796 040"})
    kept = str(_text("widget/_fact.html", ("title", "value"), (True, True)))
    assert "Mobile" not in kept
    assert "773" not in kept


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["773796040", "773796041", "", "<script>"])
@pytest.mark.parametrize("naughty", ["Jana", *MARKUP[:6]])
def test_the_words_of_a_real_card_are_all_the_page_needs(queue: Queue, agent: User, number: str, naughty: str) -> None:
    ConnectionFactory()
    account = AccountFactory(name=naughty)
    jana = ContactFactory(last_name=naughty, job_title=naughty, account=account, numbers=["773 796 040"])
    ActivityFactory(contact=jana, note=naughty, time=timezone.now() - timedelta(days=1), status=Activity.Status.CLOSED)
    TaskFactory(contact=jana, title=naughty, due_at=timezone.now(), is_call_back=True)
    query = {"clid": [number], "direction": ["in"], "callid": ["1WS.1"], "activity": ["activities_1"], "more": ["1"]}
    context = CallContext.read(query, queue.slug)
    known = facts.read(context, signed_in(agent))
    words = {
        **page.words(context, known),
        "nonce": "n",
        "style": SafeString("<"),
        "head": "",
        "starter": "",
        "csrf_token": "t",
    }
    assert names("widget/card.html") - {"is_fragment"} <= set(words)
    text = fill("widget/card.html", words).decode()
    assert text == plain("widget/card.html", words)
    assert not [leak for leak in LEAKS if leak in text]
