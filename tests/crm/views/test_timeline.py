"""Does a timeline tell all that happened, once, in order, to those who may know?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from crm.models import Activity, Contact
from crm.views.timeline import SIZE, Place
from tests.factories import AccountFactory, ActivityFactory, CallFactory, ContactFactory, TaskFactory, TeamFactory

HTMX = {"HX-Request": "true", "HX-Target": "older"}


@pytest.fixture
def contact(db: None) -> Contact:
    return ContactFactory(first_name="Jana", last_name="Nováková")


def entries(html: str) -> list[str]:
    timeline = html.partition('id="timeline"')[2] or html
    return re.findall(r'class="entry-head">\s*<a href="(/[a-z]+/\d+/)"', timeline)


def test_all_channels_stand_in_one_line_newest_first(agent_client: Client, contact: Contact) -> None:
    now = timezone.now()
    email = ActivityFactory(contact=contact, type="EMAIL", call=None, time=now - timedelta(hours=1))
    missed = CallFactory(contact=contact, started_at=now - timedelta(hours=2), ended_at=now)
    call = ActivityFactory(contact=contact, call__contact=contact, time=now - timedelta(hours=3))
    done = TaskFactory(contact=contact, done_at=now - timedelta(hours=4))
    html = agent_client.get(f"/contacts/{contact.pk}/").content.decode()
    assert entries(html) == [
        f"/activities/{email.pk}/",
        f"/calls/{missed.pk}/",
        f"/activities/{call.pk}/",
        f"/tasks/{done.pk}/",
    ]


def test_a_call_somebody_handled_is_told_once(agent_client: Client, contact: Contact) -> None:
    activity = ActivityFactory(contact=contact, call__contact=contact)
    assert entries(agent_client.get(f"/contacts/{contact.pk}/").content.decode()) == [f"/activities/{activity.pk}/"]


def test_older_pages_miss_nothing_and_repeat_nothing(agent_client: Client, contact: Contact) -> None:
    """Many rows of one moment, of three kinds: the order among them is the id's."""
    moment = timezone.now() - timedelta(days=1)
    for count in range(SIZE + 5):
        time = moment - timedelta(minutes=count // 7)
        ActivityFactory(contact=contact, type="CHAT", call=None, time=time)
        CallFactory(contact=contact, started_at=time)
        TaskFactory(contact=contact, done_at=time)
    url = f"/contacts/{contact.pk}/"
    html = agent_client.get(url).content.decode()
    found = entries(html)
    while older := re.search(r'hx-get="([^"]+older=[^"]+)"', html):
        html = agent_client.get(older[1].replace("&amp;", "&"), headers=HTMX).content.decode()
        found += entries(html)
    assert len(found) == len(set(found)) == 3 * (SIZE + 5)


def test_a_timeline_is_narrowed_to_a_kind(agent_client: Client, contact: Contact) -> None:
    note = ActivityFactory(contact=contact, type="NOTE", call=None)
    call = ActivityFactory(contact=contact)
    done = TaskFactory(contact=contact, done_at=timezone.now())
    url = f"/contacts/{contact.pk}/timeline/"
    assert entries(agent_client.get(f"{url}?kind=notes").content.decode()) == [f"/activities/{note.pk}/"]
    assert entries(agent_client.get(f"{url}?kind=calls").content.decode()) == [f"/activities/{call.pk}/"]
    assert entries(agent_client.get(f"{url}?kind=tasks").content.decode()) == [f"/tasks/{done.pk}/"]
    assert len(entries(agent_client.get(f"{url}?kind=nonsense").content.decode())) == 3


def test_what_another_team_did_is_not_told(agent_client: Client, contact: Contact) -> None:
    ActivityFactory(contact=contact, type="NOTE", call=None, note="ours")
    ActivityFactory(contact=contact, type="NOTE", call=None, note="tajne", team=TeamFactory(name="Poland"))
    html = agent_client.get(f"/contacts/{contact.pk}/").content.decode()
    assert "ours" in html
    assert "tajne" not in html


def test_an_accounts_timeline_has_what_happened_with_its_people(agent_client: Client) -> None:
    account = AccountFactory()
    activity = ActivityFactory(account=account, contact=ContactFactory(account=account))
    assert entries(agent_client.get(f"/accounts/{account.pk}/").content.decode()) == [f"/activities/{activity.pk}/"]


NOW = "2026-11-20T09:00:00+00:00"
NONSENSE = [
    "", "x", "\0", "2026-11-20~activity~1", "2026-99-99T00:00:00+00:00~call~1", "2026-11-20T09:00:00~call~1",
    f"{NOW}~user~1", f"{NOW}~call~٣", f"{NOW}~call~{'9' * 30}",
]  # fmt: skip


@pytest.mark.parametrize("text", NONSENSE)
def test_a_place_that_is_nonsense_is_no_place(text: str) -> None:
    assert Place.read(text) is None


def test_a_place_reads_what_it_wrote() -> None:
    place = Place(timezone.now(), "call", 7)
    assert Place.read(str(place)) == place


def test_text_from_outside_is_shown_as_text(agent_client: Client, contact: Contact) -> None:
    evil = "<script>alert(1)</script>"
    ActivityFactory(contact=contact, type=Activity.Type.EMAIL, call=None, title=evil, text=evil)
    html = agent_client.get(f"/contacts/{contact.pk}/").content.decode()
    assert evil not in html
    assert escape(evil) in html
