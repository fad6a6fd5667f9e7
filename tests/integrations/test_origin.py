"""Does a record's page say who its master is, when it was last heard of, and what the record is called elsewhere?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.models import Contact, Team
from integrations.models import Connection, RemoteLink, Stream, SyncRun
from tests.factories import ConnectionFactory, ContactFactory, TeamFactory

PART = {"HX-Request": "true"}


@pytest.fixture
def dynamics(db: None) -> Connection:
    return ConnectionFactory(slug="dynamics", title="Dynamics 365", connector="dynamics")


@pytest.fixture
def jana(dynamics: Connection, team: Team) -> Contact:
    made: Contact = ContactFactory(team=team, master="dynamics")
    RemoteLink.objects.create(connection=dynamics, entity="contact", remote_id="a8b6-1", contact=made)
    RemoteLink.objects.create(connection=ConnectionFactory(), entity="contact", remote_id="contact_12", contact=made)
    return made


def told(client: Client, contact: Contact) -> str:
    return client.get(reverse("integrations:contact_origin", args=[contact.pk]), headers=PART).content.decode()


def test_a_record_says_its_master_and_its_names_elsewhere(
    agent_client: Client, jana: Contact, dynamics: Connection
) -> None:
    assert "Mastered in Dynamics 365" in told(agent_client, jana)
    assert "not synchronised yet" in told(agent_client, jana)
    stream = Stream.objects.create(connection=dynamics, entity="contact", direction="inward")
    moment = timezone.now() - timedelta(minutes=5)
    SyncRun.objects.create(stream=stream, state="failed", ended_at=timezone.now())
    SyncRun.objects.create(stream=stream, state="errors", started_at=moment, ended_at=moment)
    html = told(agent_client, jana)
    assert "last synchronised" in html
    assert "5 min ago" in html
    for text in ("In Dynamics 365", "a8b6-1", "In Daktela", "contact_12"):
        assert text in html


def test_the_page_of_the_record_fetches_it_and_its_address_alone_leads_there(
    agent_client: Client, jana: Contact
) -> None:
    address = reverse("integrations:contact_origin", args=[jana.pk])
    assert f'hx-get="{address}"' in agent_client.get(f"/contacts/{jana.pk}/").content.decode()
    assert agent_client.get(address).url == f"/contacts/{jana.pk}/"


def test_a_record_of_nobody_else_says_nothing(agent_client: Client, team: Team) -> None:
    assert not told(agent_client, ContactFactory(team=team)).strip()


def test_threat_8_another_teams_record_is_not_there(agent_client: Client, jana: Contact) -> None:
    Contact.objects.update(team=TeamFactory(name="Poland"))
    assert agent_client.get(reverse("integrations:contact_origin", args=[jana.pk]), headers=PART).status_code == 404
