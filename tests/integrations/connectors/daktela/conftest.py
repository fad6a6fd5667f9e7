"""What do the tests of the simulated Daktela share? One simulator on a clock that is wound by hand, and its callers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from daktela import DaktelaClient, DaktelaConfig
from daktela.http import RateLimitConfig, RetryConfig

from integrations.connectors.daktela.simulator import Simulator
from tests.clock import HandClock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

Api = Callable[..., httpx.Response]


@pytest.fixture
def simulator(clock: HandClock) -> Iterator[Simulator]:
    with Simulator("http://widget.localhost:8000/widget/{queue}/", clock=clock, poll_seconds=0.3) as running:
        yield running


@pytest.fixture
def api(simulator: Simulator) -> Iterator[Api]:
    """Plain HTTP as the integration account: ``api("GET", "contacts", params={...})``."""
    client = httpx.Client(timeout=20)

    def call(method: str, path: str, user: str | None = "admin", **settings: Any) -> httpx.Response:
        headers = {"X-AUTH-TOKEN": simulator.token(user)} if user else {}
        headers |= settings.pop("headers", {})
        client.cookies.clear()
        return client.request(method, f"{simulator.url}/api/v6/{path}", headers=headers, **settings)

    yield call
    client.close()


@pytest.fixture
def desk(simulator: Simulator) -> Callable[..., httpx.Response]:
    """The desk's calls: ``desk("ring", agent="petr", queue=2000, clid="...")``."""

    def call(action: str, **values: Any) -> httpx.Response:
        return httpx.post(f"{simulator.url}/desk/{action}", json=values)

    return call


@pytest.fixture
def official(simulator: Simulator) -> Iterator[DaktelaClient]:
    """Daktela's own Python client, unmodified, as the integration account; it tries everything once."""
    config = DaktelaConfig(url=simulator.url, access_token=simulator.token("admin"))
    with DaktelaClient(config, RetryConfig.disabled(), RateLimitConfig.disabled()) as client:
        yield client


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A window of its own at an address; what the browser complains of fails the test, unless it is ``expected``."""
    complaints: list[str] = []
    pages: list[Page] = []

    def open_one(url: str, expected: str = "", **settings: Any) -> Page:
        def complain(text: str) -> None:
            if not expected or expected not in text:
                complaints.append(text)

        page = browser.new_page(**({"viewport": {"width": 1280, "height": 800}} | settings))
        page.on("console", lambda message: complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda problem: complain(str(problem)))
        page.goto(url)
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.close()
    assert complaints == []
