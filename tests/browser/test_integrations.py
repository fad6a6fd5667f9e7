"""Can a newcomer connect Daktela without a manual, and can everybody use the panel? The whole way, with a worker."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from crm import programs
from crm.models import Activity, Contact, User
from integrations.clock import now
from integrations.models import (
    Connection,
    FieldMapping,
    LedgerEntry,
    RecordChange,
    RecordFailure,
    RemoteLink,
    Stream,
    SyncRun,
    WebhookEvent,
)
from tests.browser import axe
from tests.browser.conftest import Centre
from tests.browser.panel import map_field
from tests.browser.servers import Servers, environment, settle
from tests.factories import PASSWORD, ContactFactory, CustomFieldFactory, UserFactory

LOYALTY = {
    "type": "SELECTBOX",
    "title": "Loyalty",
    "items": [{"value": name, "title": name} for name in ("gold", "iron")],
}
CUSTOMER = {"type": "TEXT", "title": "Customer number"}
LOOKS = [("light", 320), ("dark", 480), ("light", 1280), ("dark", 1280)]
EXPECTED = "422|Applying inline style"  # the latter by Django's own widgets; our policy stops it and nothing is lost
PATIENCE = 40_000  # milliseconds: a worker of a busy machine


@pytest.fixture
def worker(servers: Servers, centre: Centre, tmp_path: Path) -> Iterator[None]:
    with programs.worker(tmp_path, environment(tmp_path, servers)) as running:
        running.wait(60)
        yield
    settle()


@pytest.fixture
def window(browser: Browser, servers: Servers, centre: Centre) -> Iterator[Page]:
    """An administrator's, signed in and at the panel. No page of it may complain or ask anybody else."""
    UserFactory(username="admin", name="Adam Admin", role=User.Role.ADMIN)
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: complaints.append(str(problem)))
    page.goto(f"{servers.office}/sign-in/?next=/admin/integrations/connection/")
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Integrations", exact=True)).to_be_visible()
    yield page
    context.close()
    settle()
    assert [text for text in complaints if not re.search(EXPECTED, text)] == []


def tab(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Of this connection").get_by_role("link", name=name).click()


def wait_until(what: Callable[[], object], seconds: float) -> float:
    """The seconds it took to come true."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, "It did not come in time."
        time.sleep(0.1)
    return time.monotonic() - began


def figures(page: Page) -> dict[str, int]:
    """The counts of the last run: what, how many."""
    texts = [one.split("\n") for one in page.locator("#progress .figures > div").all_inner_texts()]
    pairs = [
        sorted(filter(None, (part.strip() for part in parts)), key=lambda part: part[0].isdigit()) for parts in texts
    ]
    return {name: int(number.replace(",", "")) for name, number in pairs}


def test_a_newcomer_connects_maps_tries_syncs_and_sees_a_call_come_in(
    window: Page, servers: Servers, worker: None, centre: Centre
) -> None:
    simulator = servers.simulator
    simulator.world.schemes["contacts"] |= {"customer_number": CUSTOMER, "loyalty": LOYALTY}
    for title in ("Customer number", "Segment"):
        CustomFieldFactory(key=title.lower().replace(" ", "_"), title=title)
    people = [
        ContactFactory(last_name=f"Nováková{number}", custom={"customer_number": f"CZ{number}", "segment": "A"})
        for number in range(30)
    ]
    caller = ContactFactory(first_name="Jana", last_name="Nováková", numbers=["773 796 040"], team=centre.team)
    Connection.objects.all().delete()

    # connected by hand, and checked at once
    window.reload()
    window.get_by_role("link", name="Connect Daktela").click()
    window.get_by_label("Title").fill("Daktela")
    window.get_by_label("Address").fill(servers.desk)
    window.get_by_label("API token").fill(simulator.token("admin"))
    window.get_by_role("button", name="Save", exact=True).click()
    expect(window.get_by_text("Daktela is connected.")).to_be_visible(timeout=PATIENCE)
    expect(window.get_by_text("Its clock and ours agree.")).to_be_visible()

    # two custom fields beside the usual ones, tried on a real record
    tab(window, "What flows")
    window.get_by_role("button", name="Set up Contacts from us").click()
    window.get_by_role("button", name="Use the usual fields").click()
    expect(window.locator(".mapped").first).to_be_visible()
    map_field(window, "Customer number (text)", "Customer number (text)")
    segment = map_field(window, "Segment (text)", "Loyalty (choice)")
    segment.get_by_text("Change the value").click()
    segment.get_by_label("Values").fill("A = gold\nB = iron")
    window.get_by_role("button", name="Preview").click()
    expect(window.get_by_text("The preview shows record")).to_be_visible()
    window.get_by_role("button", name="Publish", exact=True).last.click()
    expect(window.get_by_text("Version 1 is published.")).to_be_visible()

    # a dry run writes nothing
    before = len(simulator.world.rows("contacts"))
    window.get_by_role("button", name="Dry run").click()
    expect(window.get_by_text("would create")).to_be_visible(timeout=PATIENCE)
    expect(window.get_by_role("link", name="See each record")).to_be_visible(timeout=PATIENCE)
    assert figures(window) == {"would create": 31, "would update": 0, "unchanged": 0, "rejected": 0}
    assert len(simulator.world.rows("contacts")) == before

    # synchronised, with what two fields became
    window.get_by_role("button", name="Sync now").click()
    expect(window.locator("#progress dt", has_text=re.compile("^created$"))).to_be_visible(timeout=PATIENCE)
    expect(window.get_by_role("link", name="See each record")).to_be_visible(timeout=PATIENCE)
    assert figures(window) == {"created": 31, "updated": 0, "unchanged": 0, "rejected": 0}
    expect(window.locator("#announce")).to_have_text(re.compile("Done. 31 created, 0 updated, 0 rejected."))
    there = {contact["lastname"]: contact for contact in simulator.world.rows("contacts")}
    assert there["Nováková7"]["customFields"]["customer_number"] == ["CZ7"]
    assert there["Nováková7"]["customFields"]["loyalty"] == ["gold"]

    # one is changed here and seen there
    people[7].last_name = "Dvořáková"
    people[7].save()
    window.get_by_role("button", name="Sync now").click()
    wait_until(lambda: any(one["lastname"] == "Dvořáková" for one in simulator.world.rows("contacts")), 40)

    # the events, as the page says; then a call on the desk comes into the timeline
    tab(window, "Events")
    window.get_by_role("button", name="Make a secret").click()
    secret = window.get_by_label("The new secret").inner_text()
    simulator.events.configure(window.get_by_label("Address", exact=True).inner_text(), secret)
    activity = simulator.scenarios.ring("petr", 2000, "773796040")["name"]
    simulator.scenarios.answer(activity)
    simulator.scenarios.close(activity)
    closed = Activity.objects.filter(activity_id=activity, status="closed", contact=caller)
    assert wait_until(closed.exists, 30) <= 10
    window.goto(f"{servers.office}/contacts/{caller.pk}/")
    expect(window.get_by_text("Incoming call").first).to_be_visible()


# ── for everybody ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def stream(centre: Centre) -> Stream:
    """Contacts to us, with something of everything to look at."""
    connection = Connection.objects.get()
    stream = Stream.objects.create(connection=connection, entity="contact", direction="inward")
    blank = {"mode": "overwrite", "transform": "", "argument": "", "default": "", "table": {}}
    pairs = [("last_name", "lastname"), ("first_name", "firstname")]
    stream.publish([{**blank, "ours": ours, "theirs": theirs} for ours, theirs in pairs], None)
    FieldMapping.objects.filter(ours="first_name").update(suspended_reason="Daktela has no field firstname any more.")
    Stream.objects.update(paused_reason="At least 312 of 5,000 contacts are gone. Delete them?", deletions_asked=312)
    run = SyncRun.objects.create(stream=stream, state=SyncRun.State.WITH_ERRORS, created=12, updated=40, rejected=3)
    text = "a long word without any gap: " + "x" * 120
    for action in RecordChange.Action.values:
        values = {"before": {"last_name": "Nováková"}, "after": {"last_name": text}, "reason": text}
        RecordChange.objects.create(run=run, action=action, remote_id=f"contact_{action}", **values)
    for state in RecordFailure.State.values:
        RecordFailure.objects.create(stream=stream, run=run, key=f"contact_{state}", state=state, reason=text)
    for state in WebhookEvent.State.values:
        WebhookEvent.objects.create(
            connection=connection, key=state, state=state, body=text.encode(), subject=f"activity:{state}"
        )
    LedgerEntry.objects.create(
        connection=connection, day=now().date(), queue="2000", theirs=9, ours=7, missing=["a", "b"]
    )
    return stream


def twins(connection: Connection, pairs: int) -> None:
    """So many who came and share a number with somebody who was here."""
    for number in range(pairs):
        key = f"77379{number:04}"
        ContactFactory(first_name="Jana", last_name=f"Stará{number}", numbers=[key])
        came = ContactFactory(first_name="Jana", last_name=f"Nová{number}", numbers=[key], master=connection.slug)
        RemoteLink.objects.create(connection=connection, entity="contact", remote_id=key, contact=came)


def test_everybody_can_use_the_panel(window: Page, servers: Servers, stream: Stream) -> None:
    twins(stream.connection, 2)
    hub = f"{servers.office}/admin/integrations/connection/"
    one = f"{hub}{stream.connection_id}/"
    run, event = SyncRun.objects.get(), WebhookEvent.objects.first()
    assert event
    found = axe.faults(window, LOOKS)
    paths = ("change/", "check/", "streams/", "runs/", "failures/", "duplicates/", "inbox/", "events/", "ledger/")
    parts = (f"streams/{stream.pk}/", f"streams/{stream.pk}/mapping/", f"runs/{run.pk}/", f"runs/{run.pk}/undo/")
    for path in (*paths, *parts, f"inbox/{event.pk}/"):
        window.goto(one + path)
        expect(window.get_by_role("heading", level=1)).to_be_visible()
        found += axe.faults(window, LOOKS)
    assert found == [], "\n".join(found[:40])


def test_the_rows_of_a_mapping_are_moved_by_keyboard(window: Page, servers: Servers, stream: Stream) -> None:
    window.goto(f"{servers.office}/admin/integrations/connection/{stream.connection_id}/streams/{stream.pk}/mapping/")
    ours = window.locator(".mapped").nth(0).get_by_label("Our field")
    window.get_by_role("button", name="Row 2 up").focus()
    window.keyboard.press("Enter")
    expect(ours).to_have_value("first_name")
    expect(window.get_by_role("button", name="Row 1 up")).to_be_focused()
    expect(window.locator("#announce")).to_have_text("Row moved.")
    window.get_by_role("button", name="Remove row 1").press("Enter")
    expect(window.locator(".mapped")).to_have_count(1)


def test_who_is_here_twice_is_settled_by_keyboard_one_after_the_other(
    window: Page, servers: Servers, stream: Stream
) -> None:
    twins(stream.connection, 3)
    window.goto(f"{servers.office}/admin/integrations/connection/{stream.connection_id}/duplicates/")
    window.get_by_role("button", name="Not the same").first.press("Enter")
    expect(window.get_by_text("They stay two contacts")).to_be_visible()
    expect(window.locator(".twins").first).to_be_focused()
    for _ in range(3):  # past the two names
        window.keyboard.press("Tab")
    expect(window.get_by_role("button", name="Adopt Jana Stará1")).to_be_focused()
    window.keyboard.press("Enter")
    expect(window.get_by_text("They are one contact now")).to_be_visible()
    expect(window.locator(".twins")).to_have_count(1)
    assert Contact.objects.filter(first_name="Jana").count() == 5


def test_a_mapping_can_be_made_without_any_script(
    browser: Browser, window: Page, servers: Servers, stream: Stream
) -> None:
    state = window.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    page = context.new_page()
    page.goto(f"{servers.office}/admin/integrations/connection/{stream.connection_id}/streams/{stream.pk}/mapping/")
    page.get_by_role("button", name="Remove row 2").click()
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("Our field").last.select_option(label="Alert (text)")
    page.get_by_label("Their field").last.select_option(label="Title (text)")
    page.get_by_role("button", name="Publish", exact=True).last.click()
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()
    assert list(stream.mappings.values_list("ours", "theirs")) == [("last_name", "lastname"), ("alert", "title")]
    context.close()
