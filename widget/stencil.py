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

Word = str | bytes | bool | None
Words = Mapping[str, Word]
ENTITIES = [(sign.encode(), escape(sign).encode()) for sign in "&<>\"'"]  # the ampersand first: the others have one
BLANK = re.compile("\0(.+?)\0")


def fill(template: str, words: Words) -> bytes:
    """What Django renders of the template with these words, byte for byte (tests/widget/test_stencil.py).

    A word is a text, named as the template calls it ("card.name"), or a flag. The template may write a text and ask
    whether it is empty, no more: no filter but `default`, no comparison. A flag it may only ask. A SafeString, and
    what has been filled in already, is written as it is, any other text escaped.
    """
    return fill_each(template, tuple(words), (tuple(words.values()),))


def fill_each(template: str, names: tuple[str, ...], rows: Iterable[Sequence[Word]]) -> bytes:
    """The template once for each row; its words stand in the order of their names."""
    texts: list[bytes] = []
    words: list[Any] = []
    for row in rows:
        text, places = _text(template, names, tuple(map(bool, row)))
        texts.append(text)
        words.extend(map(row.__getitem__, places))
    return b"".join(texts) % tuple(_written(words)) if texts else b""


def _written(words: Sequence[Any]) -> list[bytes]:
    """As they stand in a page. All are escaped in one go: that is five passes over one text, not over each."""
    texts = [word for word in words if word.__class__ is str]
    escaped = _escaped("\0".join(texts)).split(b"\0")
    if len(escaped) != len(texts):  # there is none, or one holds the sign between them
        escaped = [_escaped(text) for text in texts]
    left = iter(escaped)
    return [
        next(left) if word.__class__ is str else word if word.__class__ is bytes else word.encode() for word in words
    ]


def _escaped(text: str) -> bytes:
    """As `html.escape` does it, three times as quick in bytes: PostgreSQL's texts are seldom of one byte a letter."""
    written = text.encode()
    for sign, entity in ENTITIES:
        written = written.replace(sign, entity)
    return written


@lru_cache(maxsize=512)
def _text(template: str, names: tuple[str, ...], filled: tuple[bool, ...]) -> tuple[bytes, tuple[int, ...]]:
    """The template's own text with %b for each word, and the places of those words. It holds nothing that any says."""
    tree = _tree([name for name, is_filled in zip(names, filled, strict=True) if is_filled])
    pieces = BLANK.split(loader.get_template(template).render(tree))
    text = "%b".join([piece.replace("%", "%%") for piece in pieces[::2]])
    return text.encode(), tuple(map(names.index, pieces[1::2]))


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
