"""Does Django take a page's form token for its own, and is it another one each time?"""

from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, CSRF_TOKEN_LENGTH, _does_token_match
from django.test import RequestFactory
from django.utils.crypto import get_random_string

from crm.tokens import form_token


def test_django_knows_its_secret_behind_every_mask() -> None:
    request = RequestFactory().get("/")
    for _ in range(50):
        request.META["CSRF_COOKIE"] = secret = get_random_string(CSRF_SECRET_LENGTH, CSRF_ALLOWED_CHARS)
        token = form_token(request)
        assert len(token) == CSRF_TOKEN_LENGTH
        assert _does_token_match(token, secret)
        assert not _does_token_match(token, secret[::-1])


def test_each_page_has_another_token_and_each_letter_comes_up() -> None:
    request = RequestFactory().get("/")
    request.META["CSRF_COOKIE"] = "x" * CSRF_SECRET_LENGTH
    tokens = [form_token(request) for _ in range(200)]
    assert len(set(tokens)) == 200
    assert set("".join(tokens)) == set(CSRF_ALLOWED_CHARS)
