"""What becomes of a customer who changes in Dynamics? The whole way from there over us into Daktela, both simulated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Account, Contact
from integrations.connectors.daktela.simulator import Simulator as DaktelaSimulator
from integrations.connectors.dynamics.simulator import Simulator as DynamicsSimulator
from integrations.models import Connection, Direction, FieldMapping, RecordFailure, RemoteLink, Stream, SyncRun
from integrations.sync import engine

pytestmark = pytest.mark.django_db

INWARD = {
    "account": [("name", "name"), ("phone.switchboard", "telephone1"), ("email", "emailaddress1")],
    "contact": [
        ("first_name", "firstname"),
        ("last_name", "lastname"),
        ("account", "_accountid_value"),
        ("phone.work", "telephone1"),
        ("phone.mobile", "mobilephone"),
        ("email", "emailaddress1"),
        ("job_title", "jobtitle"),
        ("do_not_call", "donotphone"),
    ],
}
OUTWARD = {
    "account": [("name", "title"), ("phone.switchboard", "customFields.number")],
    "contact": [
        ("name", "title"),
        ("first_name", "firstname"),
        ("last_name", "lastname"),
        ("account", "account"),
        ("phone.mobile", "customFields.number"),
        ("email", "customFields.email"),
        ("job_title", "description"),
    ],
}


class Story:
    """Dynamics with three companies and twelve people, an empty Daktela, and ourselves between them."""

    def __init__(self, dynamics: DynamicsSimulator, daktela: DaktelaSimulator) -> None:
        self.dynamics, self.daktela = dynamics, daktela
        self.world = dynamics.world
        entered = dynamics.settings
        master = Connection.objects.create(
            slug="dynamics",
            connector="dynamics",
            title="Dynamics",
            origin=dynamics.url,
            credentials={"client_secret": entered.pop("client_secret")},
            settings=entered | {"page_size": 5},
        )
        centre = Connection.objects.create(
            slug="daktela", title="Daktela", origin=daktela.url, credentials={"token": daktela.token("admin")}
        )
        self.inward = {entity: self.stream(master, entity, "inward", rows) for entity, rows in INWARD.items()}
        self.outward = {entity: self.stream(centre, entity, "outward", rows) for entity, rows in OUTWARD.items()}

    def stream(self, connection: Connection, entity: str, direction: str, rows: list[tuple[str, str]]) -> Stream:
        made = Stream.objects.create(connection=connection, entity=entity, direction=Direction(direction))
        for position, (ours, theirs) in enumerate(rows):
            FieldMapping.objects.create(stream=made, position=position, ours=ours, theirs=theirs)
        return made

    def pull(self, *, kind: str = SyncRun.Kind.CHANGES) -> SyncRun:
        """Accounts, then contacts, as the timetable runs them; the run of the contacts."""
        return [engine.run(Stream.objects.get(pk=one.pk), kind) for one in self.inward.values()][-1]

    def push(self) -> SyncRun:
        return [engine.run(Stream.objects.get(pk=one.pk)) for one in self.outward.values()][-1]

    def sync(self) -> tuple[SyncRun, SyncRun]:
        return self.pull(), self.push()

    def key(self, number: int) -> str:
        return self.world.key("contact", number)

    def change(self, number: int, **values: Any) -> None:
        self.world.change("contact", self.key(number), values)

    def ours(self, number: int) -> Contact:
        """Our record of a contact of Dynamics, hidden ones included."""
        link = RemoteLink.objects.get(connection__slug="dynamics", entity="contact", remote_id=self.key(number))
        return Contact.objects.get(pk=link.contact_id)

    def theirs(self, number: int) -> dict[str, Any]:
        """Daktela's record of a contact of Dynamics."""
        link = RemoteLink.objects.get(connection__slug="daktela", entity="contact", contact=self.ours(number))
        found = self.daktela.world.find("contacts", link.remote_id)
        assert found
        return found

    def written(self) -> list[tuple[str, str]]:
        """What was really written into Daktela since the last question."""
        entries = [(one.verb, one.name) for one in self.daktela.ledger.entries]
        self.daktela.ledger.clear()
        return entries


@pytest.fixture
def story(settings: Any) -> Iterator[Story]:
    with DynamicsSimulator(accounts=3, contacts=12) as dynamics, DaktelaSimulator() as daktela:
        settings.ALLOWED_EGRESS = [dynamics.url, daktela.url]
        story = Story(dynamics, daktela)
        pulled, pushed = story.sync()
        assert (pulled.state, pulled.created, pulled.message) == ("done", 12, "")
        assert (pushed.state, pushed.created, pushed.message) == ("done", 12, "")
        story.written()
        yield story


def test_a_contact_of_dynamics_is_in_daktela_with_his_company(story: Story) -> None:
    ours, theirs = story.ours(1), story.theirs(1)
    assert (ours.name, ours.master) == ("Eva Novák", "dynamics")
    assert theirs["title"] == "Eva Novák"
    assert theirs["customFields"]["number"] == ["+420770000001"]
    assert theirs["customFields"]["email"] == ["c0000001@customer.example"]
    company = story.daktela.world.find("accounts", theirs["account"])
    assert company
    assert company["title"] == ours.account.name == Account.objects.get(pk=ours.account_id).name
    assert {(one.kind, one.number) for one in ours.phone_numbers.all()} == {
        ("work", "+420220000001"),
        ("mobile", "+420770000001"),
    }


def test_C10_nothing_changed_costs_a_request_and_writes_nothing(story: Story) -> None:
    story.world.requests.clear()
    pulled, pushed = story.sync()
    assert (pulled.seen, pulled.created, pulled.updated, pushed.created, pushed.updated) == (0, 0, 0, 0, 0)
    assert story.world.requests == {"POST token": 2, "GET accounts": 1, "GET contacts": 1}
    assert story.written() == []


def test_C12_what_changes_in_dynamics_changes_in_daktela_and_nothing_else_does(story: Story) -> None:
    before = story.theirs(3)["name"]
    story.change(3, lastname="Nováková", mobilephone="+420 777 123 456")
    pulled, pushed = story.sync()
    assert (pulled.seen, pulled.updated, pushed.updated) == (1, 1, 1)
    assert story.ours(3).last_name == "Nováková"
    assert story.theirs(3)["title"] == "Anna Nováková"
    assert story.theirs(3)["customFields"]["number"] == ["+420777123456"]
    assert story.written() == [("update", before)]


def test_a_contact_made_later_follows(story: Story) -> None:
    company = story.world.key("account", 2)
    key = story.world.create("contact", {"firstname": "Ada", "lastname": "Byron", "_parentcustomerid_value": company})
    story.sync()
    ours = Contact.objects.get(last_name="Byron")
    assert ours.account
    assert RemoteLink.objects.get(connection__slug="dynamics", contact=ours).remote_id == key
    ((verb, name),) = story.written()
    assert verb == "create"
    assert story.daktela.world.find("contacts", name)["title"] == "Ada Byron"  # type: ignore[index]


def test_C9_a_field_cleared_on_purpose_is_cleared_everywhere(story: Story) -> None:
    assert story.theirs(1)["description"] == story.ours(1).job_title == "Buyer"
    story.change(1, jobtitle=None, emailaddress1=None)
    story.sync()
    assert story.ours(1).job_title == ""
    assert not story.ours(1).email_addresses.exists()
    assert not story.theirs(1)["description"]
    assert not story.theirs(1)["customFields"].get("email")


def test_C9_a_field_that_dynamics_does_not_tell_stays_as_it_is(story: Story) -> None:
    stream = story.inward["contact"]
    stream.refresh_from_db()
    stream.cursor = stream.cursor.replace("jobtitle,", "").replace("emailaddress1,", "")
    stream.save()
    story.change(1, jobtitle="Changed unseen", emailaddress1=None, lastname="Seen")
    story.sync()
    ours = story.ours(1)
    assert (ours.last_name, ours.job_title) == ("Seen", "Buyer")
    assert ours.email_addresses.get().address == "c0000001@customer.example"
    assert story.theirs(1)["description"] == "Buyer"


def test_C7_a_deleted_contact_is_hidden_here_and_retired_there_and_its_calls_stay(story: Story) -> None:
    ours = story.ours(4)
    story.world.delete("contact", story.key(4))
    pulled, _ = story.sync()
    assert pulled.deleted == 1
    ours.refresh_from_db()
    assert ours.hidden_at
    link = RemoteLink.objects.get(connection__slug="daktela", entity="contact", contact=ours)
    there = story.daktela.world.find("contacts", link.remote_id)
    assert there
    assert there["customFields"]["crm_state"] == ["retired"]


def test_C7_what_was_deleted_by_mistake_comes_back(story: Story) -> None:
    row = story.world.row("contact", story.key(4))
    story.world.delete("contact", story.key(4))
    story.sync()
    story.world.create("contact", {name: row[name] for name in ("firstname", "lastname", "jobtitle")}, story.key(4))
    story.sync()
    assert story.ours(4).hidden_at is None
    assert story.theirs(4)["title"] == "Tomáš Novák"
    assert not story.theirs(4)["customFields"].get("crm_state")


def test_C7_a_merged_contact_leaves_his_numbers_to_the_one_that_goes_on(story: Story) -> None:
    loser, survivor = story.ours(6), story.ours(5)
    story.world.merge("contact", story.key(5), story.key(6))
    pulled, _ = story.sync()
    assert pulled.state == "done"
    loser.refresh_from_db()
    assert loser.hidden_at
    assert "+420770000006" in {one.number for one in survivor.phone_numbers.all()}
    assert Contact.objects.get(pk=survivor.pk).hidden_at is None


def test_C7_if_nearly_everybody_is_gone_a_person_is_asked_first(story: Story) -> None:
    story.world.make(contacts=30)
    story.sync()
    for number in range(30):
        story.world.delete("contact", story.key(number))
    pulled = story.pull()
    assert pulled.state == "stopped"
    assert "are gone in Dynamics" in pulled.message
    assert Contact.objects.filter(hidden_at__isnull=False).count() <= 20
    engine.approve(Stream.objects.get(pk=story.inward["contact"].pk))
    assert story.pull().state == "done"
    assert Contact.objects.filter(hidden_at=None).count() == 12


def test_C8_a_delta_link_that_has_expired_means_that_everything_is_compared(story: Story) -> None:
    story.change(2, lastname="In the gap")
    story.world.delete("contact", story.key(7))
    story.world.forget_changes()
    pulled = story.pull()
    assert (pulled.state, pulled.kind, pulled.updated, pulled.created) == ("done", "full", 1, 0)
    assert story.ours(2).last_name == "In the gap"
    assert story.ours(7).hidden_at is None  # nobody tells of him any more
    engine.compare_ids(Stream.objects.get(pk=story.inward["contact"].pk))
    assert story.ours(7).hidden_at
    assert story.pull().seen == 0


def test_C6_a_contact_that_cannot_be_taken_holds_nobody_up_and_heals(story: Story) -> None:
    company = story.world.create("account", {"name": "Not here yet"})
    story.change(8, _parentcustomerid_value=company)
    story.change(9, lastname="Goes on")
    run = engine.run(Stream.objects.get(pk=story.inward["contact"].pk))
    assert run.state == SyncRun.State.WITH_ERRORS
    failure = RecordFailure.objects.get(state=RecordFailure.State.WAITING)
    assert failure.key == story.key(8)
    assert story.ours(9).last_name == "Goes on"
    story.pull()
    RecordFailure.objects.filter(pk=failure.pk).update(next_try_at=timezone.now() - timedelta(seconds=1))
    engine.retry_due(Stream.objects.get(pk=story.inward["contact"].pk))
    assert story.ours(8).account.name == "Not here yet"


@pytest.mark.parametrize("fault", ["status", "html", "truncate", "reset", "act_then_reset", "rate_limit", "no_link"])
def test_C4_a_failure_in_the_middle_loses_nothing(story: Story, fault: str) -> None:
    for number in range(12):
        story.change(number, jobtitle=f"Job {number}")
    story.dynamics.faults.add(fault, "/api/data/v9.2/contacts", skip=1)
    assert story.pull().state == "failed"
    pulled, pushed = story.sync()
    assert (pulled.state, pushed.state) == ("done", "done")
    assert {story.ours(number).job_title for number in range(12)} == {f"Job {number}" for number in range(12)}
    assert len(story.written()) == 12


def test_lost_rights_stop_the_run_and_delete_nobody(story: Story) -> None:
    story.world.has_application_user = False
    pulled = story.pull()
    assert pulled.state == "stopped"
    assert "no user of this environment" in pulled.message
    assert not Contact.objects.filter(hidden_at__isnull=False).exists()


def test_W13_what_is_empty_in_dynamics_never_had_to_be_full_before(story: Story) -> None:
    """A null is sent as a null, so a field can be emptied again and again."""
    for value in (None, "Baker", None):
        story.change(1, jobtitle=value)
        story.sync()
        assert story.ours(1).job_title == (value or "")
        assert (story.theirs(1)["description"] or "") == (value or "")


@pytest.mark.parametrize(
    "odd", ["a\0b", "half \ud800 a letter", "'; drop table crm_contact; --", "<script>alert(1)</script>"]
)
def test_an_odd_text_holds_nobody_up(story: Story, odd: str) -> None:
    story.change(1, jobtitle=odd, lastname="Odd")
    story.change(2, lastname="Ordinary")
    pulled, pushed = story.sync()
    assert (pulled.state, pushed.state) == ("done", "done")
    assert story.ours(2).last_name == "Ordinary"
    assert story.ours(1).last_name == "Odd"
    assert story.ours(1).job_title == story.theirs(1)["description"] == odd.replace("\0", "").replace("\ud800", "")
