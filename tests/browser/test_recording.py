"""Does a recording play in a real browser, from any place of it, and is it said why one does not?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from crm.models import Activity, Contact
from integrations.models import Playback
from tests.browser import axe
from tests.browser.conftest import Centre
from tests.browser.servers import Servers
from tests.factories import PASSWORD, ActivityFactory, TicketFactory

SOUGHT = "async (audio) => { audio.currentTime = 2; await new Promise((done) => audio.onseeked = done); }"


@pytest.fixture
def recorded(servers: Servers, centre: Centre, novakova: Contact) -> Activity:
    """Petr's part in a call that is over, of five seconds; its recording is there."""
    scenarios, world = servers.simulator.scenarios, servers.simulator.world
    ringing = scenarios.ring("petr", 2000, "00420773796040")
    scenarios.answer(ringing)
    for name, table in (("activities", "time_open"), ("activitiesCall", "call_time")):
        with world.lock:
            for record in world.rows(name):
                record[table] = "2026-01-05 10:00:00"
    name = scenarios.close(ringing)["name"]
    return ActivityFactory(
        activity_id=name, user=centre.petr, team=centre.team, contact=novakova, queue=centre.support, status="closed",
        answered_at=timezone.now(), has_recording=True,
    )  # fmt: skip


@pytest.fixture
def office(browser: Browser, servers: Servers, centre: Centre) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{servers.office}/sign-in/")
    page.locator("[name=username]").fill("petr")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{servers.office}/")
    yield page
    context.close()


def test_it_plays_from_any_place(office: Page, servers: Servers, recorded: Activity) -> None:
    office.goto(f"{servers.office}/activities/{recorded.pk}/")
    player = office.locator("audio")
    assert not Playback.objects.exists(), "nothing is fetched before somebody plays it"
    player.evaluate("(audio) => { audio.muted = true; return audio.play(); }")
    player.evaluate(SOUGHT)
    assert player.evaluate("(audio) => audio.duration") > 4
    assert Playback.objects.get().user.username == "petr"


def test_why_one_does_not_play_is_said(office: Page, servers: Servers, recorded: Activity) -> None:
    servers.simulator.faults.add("status", "/file/", status=503, times=None)
    office.goto(f"{servers.office}/activities/{recorded.pk}/")
    office.locator("audio").evaluate("(audio) => { audio.play().catch(() => {}); }")
    expect(office.locator("#toasts")).to_contain_text("Daktela cannot be asked for the recording just now.")
    servers.simulator.faults.clear()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_of_a_customer_with_a_recording_and_a_case_can_be_used_by_everybody(
    office: Page, servers: Servers, recorded: Activity, novakova: Contact, width: int
) -> None:
    TicketFactory(contact=novakova, title="The invoice of October is wrong " * 4, priority="HIGH")
    office.set_viewport_size({"width": width, "height": 900})
    office.goto(f"{servers.office}/contacts/{novakova.pk}/")
    expect(office.locator("audio")).to_be_visible()
    assert [*axe.findings(office), *axe.too_wide(office)] == []
