"""What does a card test start from? A queue, and a frame: a browser on the widget's host name, signed in or not."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from crm.models import Queue, Team, User
from crm.sessions import WIDGET_COOKIE
from tests.factories import OutcomeFactory, QueueFactory


@dataclass
class Page:
    """An answer, read as a person reads it."""

    status: int
    body: str
    headers: Any

    @property
    def text(self) -> str:
        without = re.sub(r"<(style|script).*?</\1>", " ", self.body, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without)).split())


class Frame:
    """One activity's iframe: `open()` is what Daktela does, the rest is what the page does."""

    def __init__(self, client: Client, queue: str, call: dict[str, str]) -> None:
        self.client, self.queue, self.call = client, queue, call

    def open(self) -> Page:
        return self._page(self.client.get(f"/widget/{self.queue}/", self.call))

    def post(self, what: str, **values: str) -> Page:
        return self._page(self.client.post(f"/widget/{self.queue}/{what}/", {**self.call, **values}))

    @staticmethod
    def _page(response: Any) -> Page:
        return Page(response.status_code, response.content.decode(), response.headers)


@pytest.fixture
def queue(team: Team) -> Queue:
    return QueueFactory(
        slug="2000", title="Support CZ", source="daktela", team=team, outcomes=[OutcomeFactory(title="Solved")]
    )


@pytest.fixture
def browser() -> Callable[[User | None], Client]:
    """A browser on the widget's host name, signed in as this user; `browser(None)` is a stranger."""

    def of(user: User | None) -> Client:
        client = Client(headers={"host": settings.WIDGET_HOST})
        if user:
            client.force_login(user)
            client.cookies[WIDGET_COOKIE] = client.cookies.pop(settings.SESSION_COOKIE_NAME).value
        return client

    return of


@pytest.fixture
def frame(browser: Callable[[User | None], Client], queue: Queue, agent: User) -> Callable[..., Frame]:
    """`frame("773 796 040")` is the agent's iframe for a call from this number."""

    def of(clid: str = "773796040", *, user: User | None = agent, **call: str) -> Frame:
        known = {"clid": clid, "direction": "in", "callid": "1WS.58184", "activity": "activities_1"}
        return Frame(browser(user), queue.slug, {**known, **call})

    return of
