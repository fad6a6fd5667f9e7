"""Can a newcomer manage the simulated Daktela by hand: find a token, paste an event, see what came of it?"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from integrations.connectors.daktela.simulator import Simulator

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "vendor" / "axe.min.js"

OpenPage = Callable[..., Page]


@pytest.fixture
def simulated() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def manage(simulated: Simulator, open_page: Callable[..., Page]) -> OpenPage:
    def open_one(**settings: Any) -> Page:
        page = open_page(f"{simulated.url}/manage", "Failed to load resource", **settings)
        expect(page.get_by_role("row", name="Integration account")).to_be_visible()
        return page

    return open_one


def test_the_token_of_the_integration_account_is_there(manage: OpenPage, simulated: Simulator) -> None:
    page = manage()
    expect(page.get_by_role("row", name="Integration account")).to_contain_text(simulated.token("admin"))
    expect(page.get_by_role("button", name="Copy the token of Integration account")).to_be_visible()


def test_an_event_is_pasted_sent_and_removed(manage: OpenPage, simulated: Simulator) -> None:
    page = manage()
    page.get_by_label("Address").fill(f"{simulated.url}/nowhere")
    page.get_by_label("Secret in it").fill("a-secret-that-is-not-shown")
    page.get_by_label("Body (JSON)").fill("{ not JSON")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The body is not JSON")).to_be_visible()
    page.get_by_label("Body (JSON)").fill('{"event": "{{event}}", "name": "{{name}}"}')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    (action,) = simulated.events.actions
    assert (action.header, action.token) == ("X-Webhook-Secret", "a-secret-that-is-not-shown")
    assert action.wants("call_close")
    assert not action.wants("contact_update")
    simulated.scenarios.ring("petr", 2000, "777")
    expect(page.get_by_role("row", name="call_create")).to_contain_text("404", timeout=6000)
    assert action.token not in page.locator("main").inner_text()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nothing is told to anybody yet.")).to_be_visible()
    assert simulated.events.actions == []


def test_what_was_changed_from_elsewhere_is_seen(manage: OpenPage, simulated: Simulator) -> None:
    page = manage()
    simulated.records.edit("contacts", "contact_0001", title="Eva Changed", customFields={"note": "<b>from afar</b>"})
    page.get_by_label("Find").fill("changed")
    expect(page.get_by_role("row", name="Eva Changed")).to_contain_text("<b>from afar</b>", timeout=6000)
    expect(page.get_by_text("1 in all.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_is_accessible(manage: OpenPage, simulated: Simulator, scheme: str, width: int) -> None:
    simulated.events.configure(f"{simulated.url}/nowhere", events=["call_*"])
    simulated.scenarios.ring("petr", 2000, "777")
    simulated.events.drain()
    page = manage(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    expect(page.get_by_role("row", name="call_create")).to_be_visible()
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run().then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
