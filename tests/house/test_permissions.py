"""Does every office page say who may open it, and are the doors shut that should be?"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from crm.models import Team, User
from crm.views.base import EVERYONE, OFFICE
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ContactFactory,
    PhoneNumberFactory,
    TaskFactory,
    TeamFactory,
)

PAGES = get_resolver("crm.pages").url_patterns
NAMES = [page.name for page in PAGES]
# They have tests of their own.
OTHERS_ON_THE_OFFICE_HOST = {"api/", "api/integrations/", "admin/", "hooks/", "sign-in/", "sign-out/"}


def with_a_record() -> Iterator[str]:
    yield from (page.name for page in PAGES if "<int:pk>" in str(page.pattern))


def test_the_pages_of_the_integrations_declare_it_or_ask_by_themselves() -> None:
    """A recording is played on both hosts, where a stranger is told so in a sentence (tests/integrations)."""
    pages = get_resolver("integrations.pages").url_patterns
    assert {page.name for page in pages if getattr(page.callback, "roles", None) != EVERYONE} == {"recording"}


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_page_declares_who_may_open_it(page: URLPattern) -> None:
    assert getattr(page.callback, "roles", None) in (EVERYONE, OFFICE), f"{page.name} is open by no decision"


def test_nothing_else_is_mounted_on_the_office_host() -> None:
    mounted = {str(pattern.pattern) for pattern in get_resolver("crm.urls").url_patterns}
    assert mounted - {""} == OTHERS_ON_THE_OFFICE_HOST


def test_only_the_office_deletes() -> None:
    assert {page.name for page in PAGES if page.callback.roles == OFFICE} == {"contact_delete", "account_delete"}


@pytest.fixture
def keys(db: None, team: Team) -> dict[str, int]:
    """An id for each kind of record, all of the agent's team."""
    return records_of(team)


def records_of(team: Team) -> dict[str, int]:
    contact = ContactFactory(team=team)
    return {
        "contact": contact.pk,
        "account": AccountFactory(team=team).pk,
        "activity": ActivityFactory(team=team).pk,
        "call": CallFactory(team=team).pk,
        "task": TaskFactory(team=team).pk,
        "number": PhoneNumberFactory(contact=contact).pk,
    }


def opened(client: Client, name: str, keys: dict[str, int]) -> HttpResponse:
    """The page by GET, or by an empty POST where it takes no other."""
    noun = name.split("_")[0]
    url = reverse(f"crm:{name}", args=[keys[noun]] if noun in keys and name in with_a_record() else [])
    response = client.get(url)
    return client.post(url) if response.status_code == 405 else response


@pytest.mark.parametrize("name", NAMES)
def test_a_stranger_is_sent_to_the_sign_in_page(
    name: str, keys: dict[str, int], client_of: Callable[[User | None], Client]
) -> None:
    response = opened(client_of(None), name, keys)
    assert response.status_code == 302
    assert response.url.startswith("/sign-in/?next=/")


@pytest.mark.parametrize("role", User.Role.values)
@pytest.mark.parametrize("name", NAMES)
def test_each_role_opens_what_is_declared(
    name: str, role: str, keys: dict[str, int], request: pytest.FixtureRequest
) -> None:
    page = next(page for page in PAGES if page.name == name)
    response = opened(request.getfixturevalue(f"{role}_client"), name, keys)
    assert (response.status_code == 403) == (role not in page.callback.roles)
    assert response.status_code < 500


@pytest.mark.parametrize("role", ["agent", "office"])
@pytest.mark.parametrize("name", list(with_a_record()))
def test_a_foreign_teams_record_is_not_there(name: str, role: str, request: pytest.FixtureRequest, db: None) -> None:
    client = request.getfixturevalue(f"{role}_client")
    response = opened(client, name, records_of(TeamFactory(name="Poland")))
    assert response.status_code == (403 if name.endswith("delete") and role == "agent" else 404)


@pytest.mark.parametrize("name", list(with_a_record()))
def test_an_administrator_sees_every_teams_record(name: str, admin_client: Client) -> None:
    assert opened(admin_client, name, records_of(TeamFactory(name="Poland"))).status_code != 404
