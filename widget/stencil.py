"""How is a page written for every call? Its template is rendered once with blanks; after that only they are filled in.

Django looks up, tests and escapes each word of a template anew for each page, which took half of the card's time
(docs/performance.md). What stands between the words depends on nothing but which of them are empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from django.template import loader
from django.utils.safestring import SafeString

Words = Mapping[str, str | bool | None]
BLANK = re.compile("\0(.+?)\0")


def fill(template: str, words: Words) -> SafeString:
    """What Django renders of the template with these words, byte for byte (tests/widget/test_stencil.py).

    A word is a text, named as the template calls it ("card.name"), or a flag. The template may write a text and ask
    whether it is empty, no more: no filter but `default`, no comparison. A flag it may only ask. A SafeString is
    written as it is, any other text escaped.
    """
    return fill_each(template, (words,))


def fill_each(template: str, rows: Iterable[Words]) -> SafeString:
    """The template once for each row."""
    text: list[Any] = []
    for row in rows:
        pieces: list[Any] = list(_text(template, tuple([name for name in row if row[name]])))
        pieces[1::2] = [row[name] for name in pieces[1::2]]
        text += pieces
        text.append("")  # an empty word, so that each second piece stays one
    text[1::2] = _written(text[1::2])
    return SafeString("".join(text))


def _written(words: Sequence[Any]) -> list[str]:
    """As they stand in a page. All are escaped in one go: that is five passes over one text, not over each."""
    texts = ["" if word.__class__ is SafeString else word for word in words]
    escaped = escape("\0".join(texts)).split("\0")
    if len(escaped) != len(texts):  # one of them holds the sign between them
        escaped = [escape(text) for text in texts]
    return [word if word.__class__ is SafeString else text for word, text in zip(words, escaped, strict=True)]


@lru_cache(maxsize=512)
def _text(template: str, filled: Sequence[str]) -> Sequence[str]:
    """The template's own text, each second piece the name of a word. It holds nothing that any word says."""
    return tuple(BLANK.split(loader.get_template(template).render(_tree(filled))))


def _tree(names: Sequence[str]) -> dict[str, Any]:
    """`card.name` and `card.url` as a template looks them up, with a blank for each."""
    tree: dict[str, Any] = {}
    for name in names:
        *branches, leaf = name.split(".")
        place = tree
        for branch in branches:
            place = place.setdefault(branch, {})
        place[leaf] = f"\0{name}\0"
    return tree
