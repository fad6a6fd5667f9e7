"""Which token does a page's form send back? Django's own against forged requests, at an eighth of its cost."""

from __future__ import annotations

from secrets import randbelow

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS as LETTERS
from django.middleware.csrf import CSRF_SECRET_LENGTH, get_token

MASKS = len(LETTERS) ** CSRF_SECRET_LENGTH
PLACES = {letter: place for place, letter in enumerate(LETTERS)}


def form_token(request: HttpRequest) -> str:
    """What `get_token` answers: the session's secret behind a mask that is another one for each page.

    So the length of a compressed answer tells nothing of the secret (BREACH). Django asks the system for each letter
    of the mask, which is a twentieth of the card's time; this asks once.
    """
    secret = request.META.get("CSRF_COOKIE")
    if secret is None:
        return get_token(request)
    mask, hidden, left = "", "", randbelow(MASKS)
    for letter in secret:
        left, shift = divmod(left, len(LETTERS))
        mask += LETTERS[shift]
        hidden += LETTERS[(PLACES[letter] + shift) % len(LETTERS)]
    return mask + hidden
