"""Who is there in every test? An agent, an office user and an administrator: each checks the others' doors are shut."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from crm.models import Team, User
from tests.factories import TeamFactory, UserFactory

if TYPE_CHECKING:
    from playwright.sync_api import Browser


TESTS = Path(__file__).parent
LONG = (
    "faults", "test_plans.py", "integrations/calls/test_any_order.py", "widget/test_fuzz.py", "widget/management",
    "browser",
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Beside others, what takes longest begins first, then what has most tests: so no core waits for one at the end."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    tests = Counter(item.path for item in items)

    def place(item: pytest.Item) -> tuple[int, int, Path]:
        is_long = (at for at, name in enumerate(LONG) if item.path.is_relative_to(TESTS / name))
        return next(is_long, len(LONG)), -tests[item.path], item.path

    items.sort(key=place)


@pytest.fixture
def team(db: None) -> Team:
    """The agent's and the office user's team; the administrator is in none and sees all."""
    return TeamFactory(name="Czechia", kind=Team.Kind.COUNTRY)


@pytest.fixture
def agent(team: Team) -> User:
    return UserFactory(username="agent", name="Petr Agent", teams=[team])


@pytest.fixture
def office(team: Team) -> User:
    return UserFactory(username="office", name="Olga Office", role=User.Role.OFFICE, teams=[team])


@pytest.fixture
def admin(db: None) -> User:
    return UserFactory(username="admin", name="Adam Admin", role=User.Role.ADMIN)


@pytest.fixture
def client_of() -> Callable[[User | None], Client]:
    """A browser on the office's host name, signed in as this user; `client_of(None)` is a stranger."""

    def of(user: User | None) -> Client:
        client = Client(headers={"host": settings.OFFICE_HOST})
        if user:
            client.force_login(user)
        return client

    return of


@pytest.fixture
def agent_client(client_of: Callable[[User | None], Client], agent: User) -> Client:
    return client_of(agent)


@pytest.fixture
def office_client(client_of: Callable[[User | None], Client], office: User) -> Client:
    return client_of(office)


@pytest.fixture
def admin_client(client_of: Callable[[User | None], Client], admin: User) -> Client:
    return client_of(admin)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One Chromium for all tests that drive one: a thread can hold Playwright only once.

    Playwright keeps an event loop in this thread, where Django would then refuse the database: we know better.
    """
    from playwright.sync_api import sync_playwright

    from tests.browser import chromium

    chromium.path()
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        running = chromium.launch(playwright.chromium, tmp_path_factory.mktemp("chromium"))
        yield running
        running.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ |= {"DJANGO_ALLOW_ASYNC_UNSAFE": before} if before else {}
