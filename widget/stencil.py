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

Word = str | bytes | bool | None
Words = Mapping[str, Word]
SAFE = {bytes: bytes, SafeString: SafeString.encode}  # what is not escaped, and how it becomes bytes
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
    text: list[Any] = []
    for row in rows:
        pieces = _text(template, names, tuple(map(bool, row)))
        text += [row[piece] if piece.__class__ is int else piece for piece in pieces]
        text.append("")  # an empty word, so that each second piece stays one
    text[1::2] = _written(text[1::2])
    return b"".join(text)


def _written(words: Sequence[Any]) -> list[bytes]:
    """As they stand in a page. All are escaped in one go: that is five passes over one text, not over each."""
    texts = ["" if word.__class__ in SAFE else word for word in words]
    escaped = escape("\0".join(texts)).encode().split(b"\0")
    if len(escaped) != len(texts):  # one of them holds the sign between them
        escaped = [escape(text).encode() for text in texts]
    both = zip(words, escaped, strict=True)
    return [SAFE[word.__class__](word) if word.__class__ in SAFE else text for word, text in both]


@lru_cache(maxsize=512)
def _text(template: str, names: tuple[str, ...], filled: tuple[bool, ...]) -> tuple[bytes | int, ...]:
    """The template's own text, each second piece the place of a word. It holds nothing that any word says."""
    tree = _tree([name for name, is_filled in zip(names, filled, strict=True) if is_filled])
    text = BLANK.split(loader.get_template(template).render(tree))
    return tuple([names.index(piece) if place % 2 else piece.encode() for place, piece in enumerate(text)])


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
