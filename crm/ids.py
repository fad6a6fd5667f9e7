"""Which row does a text name? Ids come from forms and addresses, so from anybody (pure)."""

from __future__ import annotations

BIGGEST = 2**63 - 1
DIGITS = len(str(BIGGEST))


def read(text: str | None) -> int | None:
    """The id, or None where the text is none that a row could have."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > DIGITS:
        return None
    return int(text) if int(text) <= BIGGEST else None
