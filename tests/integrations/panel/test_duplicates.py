"""Can a person see who may be here twice, and say of each pair whether it is one or two?"""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry

from crm.models import Account, Contact
from integrations.models import RemoteLink, Stream, SyncRun
from integrations.panel.duplicates import ROWS
from tests.factories import AccountFactory, ActivityFactory, ContactFactory
from tests.integrations.panel.conftest import Panel


@pytest.fixture
def known() -> Contact:
    """Who was here before."""
    return ContactFactory(first_name="Jana", last_name="Stará", numbers=["773 796 040"], job_title="Kovářka")


@pytest.fixture
def theirs(panel: Panel, known: Contact) -> Contact:
    """The same person, as she came."""
    made = ContactFactory(
        first_name="Jana",
        last_name="Nováková",
        numbers=["773796040"],
        master=panel.connection.slug,
        account=AccountFactory(name="Kovárna"),
    )
    RemoteLink.objects.create(connection=panel.connection, entity="contact", remote_id="contact_1", contact=made)
    return made


def pair(panel: Panel, known: Contact, **changes: object) -> dict[str, object]:
    return {"entity": "contact", "link": RemoteLink.objects.get().pk, "ours": known.pk, "do": "adopt", **changes}


def test_the_two_stand_side_by_side_with_what_they_share(panel: Panel, known: Contact, theirs: Contact) -> None:
    ActivityFactory(contact=known)
    page = panel.text("duplicates")
    assert "both have <b>+420773796040</b>" in page
    (row,) = panel.get("duplicates").context["rows"]
    assert ("Last name", "Nováková", "Stará", False) in row.fields
    assert ("First name", "Jana", "Jana", True) in row.fields
    assert ("Account", "Kovárna", "–", False) in row.fields
    assert (row.theirs.activities, row.ours.activities) == (0, 1)
    assert "Address" not in {field[0] for field in row.fields}, "what neither says is left out"


def test_adopting_makes_them_one(panel: Panel, known: Contact, theirs: Contact) -> None:
    activity = ActivityFactory(contact=theirs)
    panel.post("duplicates_settle", **pair(panel, known))
    activity.refresh_from_db()
    assert Contact.objects.get() == known == activity.contact
    assert "They are one contact now" in panel.text("duplicates")
    assert LogEntry.objects.filter(change_message__startswith=f"Duplicates, contact {known.pk}: They are one").exists()


def test_not_the_same_keeps_both_and_asks_no_more(panel: Panel, known: Contact, theirs: Contact) -> None:
    panel.post("duplicates_settle", **pair(panel, known, do="apart"))
    assert Contact.objects.count() == 2
    page = panel.text("duplicates")
    assert "They stay two contacts" in page
    assert "Nobody is here twice" in page


def test_a_pair_that_was_settled_meanwhile_is_left_alone(panel: Panel, known: Contact, theirs: Contact) -> None:
    sent = pair(panel, known)
    for _ in range(2):
        panel.post("duplicates_settle", **sent)
    assert "settled meanwhile" in panel.text("duplicates")
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("changes", [{"link": "x"}, {"ours": "0"}, {"link": "9" * 30}, {"entity": "account"}])
def test_what_is_no_pair_does_nothing(
    panel: Panel, known: Contact, theirs: Contact, changes: dict[str, object]
) -> None:
    panel.post("duplicates_settle", **pair(panel, known, **changes))
    assert Contact.objects.count() == 2


def test_a_pair_of_another_connection_is_none_of_this_one(
    panel: Panel, other: Panel, known: Contact, theirs: Contact
) -> None:
    other.post("duplicates_settle", **pair(panel, known))
    assert Contact.objects.count() == 2
    assert "Nobody is here twice" in other.text("duplicates")


def test_the_next_pair_is_where_one_goes_on(panel: Panel, known: Contact, theirs: Contact) -> None:
    ContactFactory(numbers=["773 796 040"])
    answer = panel.post("duplicates_settle", **pair(panel, known, do="apart", at=0))
    assert answer.url == f"{panel.url('duplicates')}?entity=contact&page=1&at=0"
    assert 'aria-labelledby="pair-1" tabindex="-1" autofocus' in panel.text("duplicates", at="0")
    assert "autofocus" not in panel.text("duplicates")


def test_many_come_in_pages(panel: Panel) -> None:
    for number in range(ROWS + 3):
        key = f"77379{number:04}"
        ContactFactory(numbers=[key])
        made = ContactFactory(numbers=[key], master=panel.connection.slug)
        RemoteLink.objects.create(connection=panel.connection, entity="contact", remote_id=key, contact=made)
    first = panel.get("duplicates")
    assert len(first.context["rows"]) == ROWS
    assert first.context["next_url"] == "?entity=contact&page=2"
    assert f"{ROWS + 1}–{ROWS + 3}" in panel.text("duplicates", page="2")
    assert panel.get("duplicates", page="99").status_code == 200


def test_companies_have_a_list_of_their_own(panel: Panel) -> None:
    AccountFactory(name="Kovárna", emails=["info@example.cz"])
    made = AccountFactory(name="Kovárna s.r.o.", emails=["Info@example.cz"], master=panel.connection.slug)
    RemoteLink.objects.create(connection=panel.connection, entity="account", remote_id="a1", account=made)
    assert "Nobody is here twice" in panel.text("duplicates")
    assert "Kovárna s.r.o." in panel.text("duplicates", entity="account")
    (row,) = panel.get("duplicates", entity="account").context["rows"]
    panel.post("duplicates_settle", entity="account", link=row.proposal.link_id, ours=row.proposal.ours_id, do="adopt")
    assert Account.objects.count() == 1


def test_a_run_that_brought_somebody_new_leads_there(panel: Panel, stream: Stream) -> None:
    run = SyncRun.objects.create(stream=stream, state=SyncRun.State.DONE)
    assert panel.url("duplicates") + "?" not in panel.text("run", run.pk)
    SyncRun.objects.update(created=3)
    assert panel.url("duplicates") + "?entity=contact" in panel.text("run", run.pk)
