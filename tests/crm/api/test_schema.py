"""Does the API keep to its own description, and does nothing that fits it break the server?"""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase
from hypothesis import settings as examples

from crm.models import User
from tests.factories import AccountFactory, ActivityFactory, ContactFactory, CustomFieldFactory, TaskFactory


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
def description(client_of: Callable[[User | None], Client], admin: User) -> Any:
    """The API as an administrator reads it, with a record of each kind behind it."""
    ContactFactory(account=AccountFactory())
    CustomFieldFactory(key="tax_id")
    ActivityFactory()
    TaskFactory()
    cookies = client_of(admin).cookies
    session = f"{settings.SESSION_COOKIE_NAME}={cookies[settings.SESSION_COOKIE_NAME].value}"
    headers = {"Host": settings.OFFICE_HOST, "Cookie": session}
    return schemathesis.openapi.from_wsgi("/api/schema/", get_wsgi_application(), headers=headers)


schema = schemathesis.pytest.from_fixture("description")


@schema.parametrize()
@examples(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.django_db
def test_no_request_that_fits_or_nearly_fits_is_an_error_of_ours(case: Any) -> None:
    answer = case.call(headers={"Host": settings.OFFICE_HOST})
    assert answer.status_code < 500
