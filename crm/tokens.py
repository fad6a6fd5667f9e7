"""Which token does a page's form send back? Django's own against forged requests, at a fraction of its cost."""

from __future__ import annotations

from secrets import token_bytes

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS as LETTERS
from django.middleware.csrf import get_token

BYTES = bytes(LETTERS.encode()[byte % len(LETTERS)] for byte in range(256))
UNEVEN = bytes(range(256 - 256 % len(LETTERS), 256))  # the last few bytes, which would favour the first letters
SUM = {
    (one, other): LETTERS[(place + shift) % len(LETTERS)]
    for place, one in enumerate(LETTERS)
    for shift, other in enumerate(LETTERS)
}


def form_token(request: HttpRequest) -> str:
    """What `get_token` answers: the session's secret behind a mask that is another one for each page.

    So the length of a compressed answer tells nothing of the secret (BREACH). Django asks the system for each letter
    of the mask, which is a twentieth of the card's time; this asks once.
    """
    secret = request.META.get("CSRF_COOKIE")
    if secret is None:
        return get_token(request)
    mask = _mask(len(secret))
    return mask + "".join(map(SUM.__getitem__, zip(secret, mask, strict=True)))


def _mask(length: int) -> str:
    """So many letters at random; all of them are as likely."""
    mask = b""
    while len(mask) < length:
        mask += token_bytes(2 * length).translate(BYTES, UNEVEN)
    return mask[:length].decode()
