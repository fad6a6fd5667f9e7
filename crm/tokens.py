"""Which token does a page's form send back? Django's own against forged requests, at a fraction of its cost."""

from __future__ import annotations

from os import urandom

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS as LETTERS
from django.middleware.csrf import get_token

BYTES = 256
PLACES = {letter: place for place, letter in enumerate(LETTERS)}
TURNS = BYTES // len(LETTERS)
UNEVEN = bytes(range(TURNS * len(LETTERS), BYTES))  # the last few bytes, which would favour the first letters
WHEEL = (LETTERS * (TURNS + 1)).encode()  # the letter of each byte, and of each byte and a place


def form_token(request: HttpRequest) -> str:
    """What `get_token` answers: the session's secret behind a mask that is another one for each page.

    So the length of a compressed answer tells nothing of the secret (BREACH). Django asks the system for each letter
    of the mask, which is a twentieth of the card's time; this asks once.
    """
    secret = request.META.get("CSRF_COOKIE")
    return get_token(request) if secret is None else masked(secret)


def masked(secret: str) -> str:
    """The token for a secret that is at hand."""
    mask = _mask(len(secret))
    hidden = [WHEEL[PLACES[letter] + shift] for letter, shift in zip(secret, mask, strict=True)]
    return (mask.translate(WHEEL[:BYTES]) + bytes(hidden)).decode()


def _mask(length: int) -> bytes:
    """So many bytes at random; each letter is as likely."""
    mask = b""
    while len(mask) < length:
        mask += urandom(2 * length).translate(None, UNEVEN)
    return mask[:length]
