"""Does the API keep to its own description, and does nothing that fits it break the server?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.middleware.csrf import CSRF_SESSION_KEY
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples

from crm.models import User
from tests.factories import AccountFactory, ActivityFactory, ContactFactory, CustomFieldFactory, TaskFactory

SECRET = "s" * 32


def test_the_description_is_valid_and_says_everything() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_people_can_read_it_without_anything_from_afar(client_of: Callable[[User | None], Client], agent: User) -> None:
    page = client_of(agent).get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "/api/contacts/" in text
    assert "In any spelling" in text
    assert "<script>" not in text
    assert 'style="' not in text
    assert "//" not in text.replace("http://www.w3.org/2000/svg", "").replace("<!--", "")


@pytest.mark.parametrize("path", ["/api/docs/", "/api/schema/"])
@pytest.mark.django_db
def test_a_stranger_reads_neither(client_of: Callable[[User | None], Client], path: str) -> None:
    assert client_of(None).get(path).status_code in (302, 403)


@pytest.fixture
def description(client_of: Callable[[User | None], Client], admin: User) -> Iterator[Any]:
    """The API as an administrator reads it, with a record of each kind behind it."""
    ContactFactory(account=AccountFactory())
    CustomFieldFactory(key="tax_id")
    ActivityFactory()
    TaskFactory()
    client = client_of(admin)
    session = client.session
    session[CSRF_SESSION_KEY] = SECRET
    session.save()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/schema/", signed_in(client))
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def signed_in(client: Client) -> Callable[..., Any]:
    """The whole site, seen by a browser that is signed in and knows its CSRF secret."""
    application = get_wsgi_application()
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    headers = {"HTTP_HOST": settings.OFFICE_HOST, "HTTP_COOKIE": cookie, "HTTP_X_CSRFTOKEN": SECRET}
    return lambda environ, start_response: application(environ | headers, start_response)


def test_no_request_that_fits_the_description_is_an_error_of_ours(description: Any) -> None:
    operations = [found.ok() for found in description.get_all_operations()]
    assert len(operations) > 20
    seen: set[int] = set()
    for operation in operations:
        try_out(operation, seen)
    assert {200, 201, 400, 404} <= seen


def try_out(operation: Any, seen: set[int]) -> None:
    @given(operation.as_strategy())
    @examples(max_examples=8, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def answers(case: Any) -> None:
        answer = case.call()
        seen.add(answer.status_code)
        assert answer.status_code < 500, answer.text
        assert answer.status_code != 403, "The test is not signed in."

    answers()
