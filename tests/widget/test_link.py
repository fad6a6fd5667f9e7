"""Does the agent's word count? Linking, refusing, choosing, attaching, creating, ignoring."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from crm.models import Account, Activity, Call, Contact, PhoneNumber, Queue, Team, User
from integrations.connectors.daktela.simulator import Simulator
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    AgentFactory,
    CallFactory,
    ConnectionFactory,
    ContactFactory,
    ScreenPopRuleFactory,
)
from widget.models import CardView

Open = Callable[..., Any]


@pytest.fixture
def jana(team: Team) -> Contact:
    company = AccountFactory(name="Acme s.r.o.", team=team)
    return ContactFactory(first_name="Jana", last_name="Nováková", team=team, account=company, numbers=["773 796 040"])


@pytest.fixture
def daktela(settings: Any, agent: User, queue: Queue) -> Iterator[Simulator]:
    with Simulator() as running:
        settings.ALLOWED_EGRESS = [running.url]
        connection = ConnectionFactory(origin=running.url, credentials={"token": running.token("admin")})
        AgentFactory(connection=connection, user=agent, remote_user="petr")
        yield running


def activity() -> Activity:
    return Activity.objects.get(activity_id="activities_1")


def test_opening_links_the_one_sure_person_and_notes_who_looked(frame: Open, jana: Contact, agent: User) -> None:
    page = frame().post("open")
    assert page.status == 200
    assert activity().contact == jana
    assert activity().account == jana.account
    assert activity().link == Activity.Link.AUTO
    assert activity().user == agent
    assert Call.objects.get(call_id="1WS.58184").contact == jana
    assert CardView.objects.get().contact == jana


def test_opening_twice_makes_one_call_and_one_activity(frame: Open, jana: Contact) -> None:
    for _ in range(2):
        frame().post("open")
    assert (Call.objects.count(), Activity.objects.count()) == (1, 1)


def test_opening_does_not_link_a_weak_match(frame: Open, team: Team) -> None:
    ContactFactory(team=team, numbers=["+421773796040"])
    frame().post("open")
    assert activity().contact is None
    assert activity().number == "+420773796040"


def test_the_best_of_several_is_opened_by_the_rule_and_linked_by_the_agent(
    frame: Open, jana: Contact, team: Team
) -> None:
    ScreenPopRuleFactory(on_many="open")
    ContactFactory(team=team, numbers=["773 796 040"])
    assert "Jana Nováková" in frame().post("open").text
    assert activity().contact is None
    frame().post("link", record=f"contact-{jana.pk}")
    assert activity().contact == jana


def test_confirming_teaches_the_number(frame: Open, jana: Contact) -> None:
    frame().post("open")
    page = frame().post("link", record=f"contact-{jana.pk}")
    assert activity().link == Activity.Link.MANUAL
    assert jana.phone_numbers.get().confirmed_at is not None
    assert "confirmed by you" in page.text


def test_three_confirmed_people_make_the_number_shared(frame: Open, team: Team) -> None:
    people = [ContactFactory(team=team, numbers=["773 796 040"]) for _ in range(3)]
    for count, person in enumerate(people):
        frame(callid=f"1WS.{count}", activity=f"activities_{count}").post("link", record=f"contact-{person.pk}")
        assert PhoneNumber.objects.filter(is_shared=True).exists() is (count == 2)


def test_refusing_unlinks_and_the_next_call_asks(frame: Open, jana: Contact) -> None:
    frame().post("open")
    page = frame().post("refuse")
    assert activity().contact is None
    assert activity().link == Activity.Link.REFUSED
    assert "Jana" not in page.text
    assert "Is this Jana Nováková?" in frame(callid="1WS.2", activity="activities_2").open().text


def test_a_refused_link_does_not_come_back_by_itself(frame: Open, jana: Contact) -> None:
    frame().post("open")
    frame().post("refuse")
    frame().post("open")
    assert activity().contact is None


def test_a_no_that_comes_twice_refuses_nobody_else(frame: Open, jana: Contact) -> None:
    other = ContactFactory(last_name="Kolář", numbers=["+421 773 796 040"])
    opened = frame()
    opened.post("open")
    opened.post("refuse")
    opened.post("refuse")
    assert jana.phone_numbers.get().rejected_at
    assert other.phone_numbers.get().rejected_at is None


def test_a_no_before_the_page_has_linked_refuses_the_person_shown(frame: Open, jana: Contact) -> None:
    frame().post("refuse", record=f"contact-{jana.pk}")
    assert jana.phone_numbers.get().rejected_at
    assert activity().link == Activity.Link.REFUSED


def test_attaching_gives_the_number_to_a_known_person_and_adopts_earlier_calls(
    frame: Open, team: Team, queue: Queue
) -> None:
    petr = ContactFactory(last_name="Svoboda", team=team)
    earlier = CallFactory(number="+420606555999")
    ActivityFactory(number="+420606555999", call=earlier, queue=queue)
    opened = frame("606555999")
    opened.post("open")
    found = opened.post("search", q="svobod")
    assert f"contact-{petr.pk}" in found.body
    opened.post("link", record=f"contact-{petr.pk}", attach="1")
    assert petr.phone_numbers.get().number == "+420606555999"
    earlier.refresh_from_db()
    assert earlier.contact == petr
    assert Activity.objects.filter(contact=petr).count() == 2


def test_a_new_contact_needs_only_a_name(frame: Open, queue: Queue, team: Team) -> None:
    opened = frame("606555999")
    opened.post("open")
    page = opened.post("create", name="Anna Marie Procházková")
    person = Contact.objects.get()
    assert (person.first_name, person.last_name, person.team) == ("Anna Marie", "Procházková", team)
    assert person.phone_numbers.get().number == "+420606555999"
    assert activity().contact == person
    assert page.headers["HX-Retarget"] == "#who"
    assert "Anna Marie Procházková" in page.text


def test_a_new_contact_joins_the_company_there_is(frame: Open, queue: Queue, team: Team) -> None:
    company = AccountFactory(name="Acme s.r.o.", team=team)
    frame("606555999").post("create", name="Anna", company="acme S.R.O.", email="anna@acme.example")
    assert Contact.objects.get().account == company
    assert Contact.objects.get().email_addresses.get().address == "anna@acme.example"
    assert Account.objects.count() == 1


def test_a_new_contact_joins_the_company_of_its_team_or_else_the_one_everybody_sees(
    frame: Open, queue: Queue, team: Team
) -> None:
    AccountFactory(name="Acme", team=Team.objects.create(name="Germany"))
    everybodys = AccountFactory(name="Acme", team=None)
    frame("606555999").post("create", name="Anna", company="Acme")
    assert Contact.objects.get().account == everybodys
    ours = AccountFactory(name="Acme", team=team)
    frame("606555998", callid="1WS.2", activity="activities_2").post("create", name="Eva", company="Acme")
    assert Contact.objects.get(last_name="Eva").account == ours
    assert Account.objects.count() == 3


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": " "}, "Write the caller's name."),
        ({"name": "Anna", "email": "anna"}, "Write the address like"),
        ({"name": "x" * 129}, "at most 128 characters"),
    ],
)
def test_a_bad_new_contact_names_the_field_and_the_remedy(
    frame: Open, queue: Queue, values: dict[str, str], said: str
) -> None:
    page = frame("606555999").post("create", **values)
    assert page.status == 422
    assert said in page.text
    assert not Contact.objects.exists()


def test_an_ignored_number_matches_nobody_from_now_on(frame: Open, queue: Queue) -> None:
    page = frame("606555999").post("ignore")
    assert "ignore list" in page.text
    queue.refresh_from_db()
    assert queue.ignored_numbers == ["+420606555999"]
    frame("606555999").post("ignore")
    queue.refresh_from_db()
    assert queue.ignored_numbers == ["+420606555999"]


def test_a_number_ignored_by_mistake_is_looked_up_again(frame: Open, queue: Queue, jana: Contact) -> None:
    assert "Look it up again" in frame().post("ignore").text
    assert "Jana Nováková" in frame().post("ignore", undo="1").text
    queue.refresh_from_db()
    assert queue.ignored_numbers == []


def test_the_person_and_the_company_are_each_changeable(frame: Open, jana: Contact, team: Team) -> None:
    colleague = ContactFactory(last_name="Malá", team=team, account=jana.account)
    opened = frame()
    opened.post("open")
    assert "Malá" in opened.post("relate").text
    opened.post("relate", person=str(colleague.pk))
    assert activity().contact == colleague
    opened.post("relate", company="")
    assert (activity().contact, activity().account) == (colleague, None)


def test_a_record_of_another_team_cannot_be_linked(frame: Open, queue: Queue) -> None:
    stranger = ContactFactory(team=Team.objects.create(name="Germany"))
    assert frame().post("link", record=f"contact-{stranger.pk}").status == 404
    assert not Contact.objects.filter(activities__isnull=False).exists()


@pytest.mark.parametrize("record", ["", "contact-", "contact-x", "account-99999999999999999999", "user-1", "contact-²"])
def test_a_record_that_is_none_is_not_found(frame: Open, queue: Queue, record: str) -> None:
    assert frame().post("link", record=record).status == 404


def test_an_activity_of_another_agent_is_refused(frame: Open, jana: Contact, office: User) -> None:
    frame(user=office).post("open")
    page = frame().post("open")
    assert page.status == 409
    assert "This call belongs to Olga Office. Sign in as Olga Office or close it." in page.text
    assert frame().post("done", note="mine now").status == 409


def test_daktela_says_whose_activity_it_is(frame: Open, jana: Contact, daktela: Simulator) -> None:
    ring = daktela.scenarios.ring("petr", 2000, "773796040")
    page = frame(callid=ring["item"], activity=ring["name"]).post("open")
    assert page.status == 200
    assert CardView.objects.get().is_theirs is True


def test_an_activity_of_somebody_else_in_daktela_is_refused(frame: Open, jana: Contact, daktela: Simulator) -> None:
    ring = daktela.scenarios.ring("jana", 2000, "773796040")
    page = frame(callid=ring["item"], activity=ring["name"]).post("open")
    assert page.status == 409
    assert not Activity.objects.exists()
    assert CardView.objects.get().is_theirs is False


def test_an_activity_daktela_does_not_know_is_not_written(frame: Open, jana: Contact, daktela: Simulator) -> None:
    assert frame(activity="activities_made_up").post("open").status == 409
    assert not Activity.objects.exists()


@pytest.mark.parametrize("act", ["link", "refuse", "done", "task", "create", "relate"])
def test_no_act_takes_a_call_of_somebody_else_in_daktela(
    frame: Open, jana: Contact, daktela: Simulator, act: str
) -> None:
    ring = daktela.scenarios.ring("jana", 2000, "773796040")
    page = frame(callid=ring["item"], activity=ring["name"]).post(act, record=f"contact-{jana.pk}", name="Eva")
    assert page.status == 409
    assert not Activity.objects.exists()


def test_no_act_takes_a_call_that_is_nobodys_here_and_somebody_elses_in_daktela(
    frame: Open, jana: Contact, daktela: Simulator, queue: Queue
) -> None:
    ring = daktela.scenarios.ring("jana", 2000, "773796040")
    ActivityFactory(activity_id=ring["name"], user=None, queue=queue, call=None)
    page = frame(callid=ring["item"], activity=ring["name"]).post("link", record=f"contact-{jana.pk}")
    assert page.status == 409
    assert Activity.objects.values_list("user", "contact").get() == (None, None)


def test_an_act_on_a_call_that_came_over_since_the_card_was_opened_is_the_agents(
    frame: Open, jana: Contact, daktela: Simulator, queue: Queue, agent: User, office: User
) -> None:
    ring = daktela.scenarios.ring("petr", 2000, "773796040")
    ActivityFactory(activity_id=ring["name"], user=office, queue=queue, call=None)
    page = frame(callid=ring["item"], activity=ring["name"]).post("link", record=f"contact-{jana.pk}")
    assert page.status == 200
    assert Activity.objects.values_list("user", "contact").get() == (agent.pk, jana.pk)


def test_an_activity_of_ones_own_does_not_open_another_call(frame: Open, jana: Contact, daktela: Simulator) -> None:
    ring = daktela.scenarios.ring("petr", 2000, "773796040")
    assert frame(callid="1WS.99999", activity=ring["name"]).post("open").status == 409
    assert not Activity.objects.exists()


def test_a_number_daktela_does_not_tell_is_counted_as_a_look_up_and_not_linked(
    frame: Open, jana: Contact, daktela: Simulator
) -> None:
    ring = daktela.scenarios.ring("petr", 2000, "606555999")
    page = frame("773796040", callid=ring["item"], activity=ring["name"]).post("open")
    assert "Jana" not in page.text
    assert "+420 606 555 999" in page.text
    view = CardView.objects.get()
    assert (view.is_theirs, view.contact) == (False, jana)
    assert Activity.objects.values_list("contact", "number").get() == (None, "+420606555999")


def test_a_daktela_that_is_away_stops_nobody(frame: Open, jana: Contact, settings: Any) -> None:
    settings.ALLOWED_EGRESS = ["http://127.0.0.1:9"]
    ConnectionFactory(origin="http://127.0.0.1:9")
    assert frame().post("open").status == 200
    assert activity().contact == jana
    assert CardView.objects.get().is_theirs is None


def test_without_a_session_nothing_is_done(frame: Open, jana: Contact) -> None:
    for act in ("open", "link", "refuse", "draft", "done", "task", "search", "create", "ignore", "relate", "state"):
        assert frame(user=None).post(act).status == 401, act
    assert not Activity.objects.exists()


@pytest.mark.parametrize("act", ["open", "link", "refuse", "done", "task"])
def test_where_the_address_names_no_activity_nothing_is_kept_and_the_answer_says_so(
    frame: Open, jana: Contact, act: str
) -> None:
    page = frame(activity="").post(act, record=f"contact-{jana.pk}")
    assert page.status == 409
    assert "The iframe's address names no activity" in page.text
    assert "Sign in as somebody else" not in page.text
    assert not Activity.objects.exists()


def test_who_wrote_is_learned_from_daktela_and_linked(
    frame: Open, team: Team, daktela: Simulator, queue: Queue
) -> None:
    jana = ContactFactory(first_name="Jana", last_name="Malá", team=team, emails=["Jana@acme.example"])
    mail = daktela.scenarios.email("petr", "jana@acme.example", "Invoice")
    opened = frame("", callid="", activity=mail["name"])
    assert "Who wrote?" in opened.open().text
    page = opened.post("open")
    assert "Jana Malá" in page.text
    assert 'name="clid" value="jana@acme.example"' in page.body
    written = Activity.objects.get()
    assert (written.contact, written.type, written.call) == (jana, Activity.Type.EMAIL, None)


def test_attaching_a_writer_keeps_the_address(frame: Open, team: Team, queue: Queue) -> None:
    petr = ContactFactory(last_name="Svoboda", team=team)
    frame("petr@acme.example", callid="", activity="activities_1").post("link", record=f"contact-{petr.pk}", attach="1")
    assert petr.email_addresses.get().address == "petr@acme.example"
    assert not petr.phone_numbers.exists()


def test_the_digits_of_an_address_are_nobodys_number(frame: Open, team: Team, queue: Queue) -> None:
    jana = ContactFactory(team=team)
    CallFactory(number="+420773796040")
    wrote = frame("novak773796040@example.com", callid="")
    said = wrote.open().text.partition("Note")[0]
    assert ("nobody has this address" in said, "call" in said, "Ignore number" in said) == (True, False, False)
    assert "The number" not in wrote.post("create", form="1").text
    wrote.post("link", record=f"contact-{jana.pk}", attach="1")
    assert (Activity.objects.get().number, Call.objects.get().contact) == ("", None)


def test_an_address_in_other_capitals_is_the_same_address(frame: Open, team: Team, queue: Queue) -> None:
    petr = ContactFactory(last_name="Svoboda", team=team, emails=["Petr@Acme.example"])
    wrote = frame("petr@acme.example", callid="", activity="activities_1")
    assert wrote.post("link", record=f"contact-{petr.pk}", attach="1").status == 200
    assert petr.email_addresses.get().address == "Petr@Acme.example"
    assert wrote.post("create", name="Eva", email="PETR@acme.example").status == 200


def test_a_user_joined_to_no_daktela_user_is_told_so(
    frame: Open, jana: Contact, daktela: Simulator, office: User
) -> None:
    ring = daktela.scenarios.ring("petr", 2000, "773796040")
    page = frame(user=office, callid=ring["item"], activity=ring["name"]).post("open")
    assert page.status == 409
    assert "Your log-in is joined to no Daktela user" in page.text
    assert "agents" in page.text
    assert not CardView.objects.exists()


def test_an_activity_daktela_gives_to_another_agent_becomes_theirs(
    frame: Open, jana: Contact, daktela: Simulator, queue: Queue, agent: User, office: User
) -> None:
    ring = daktela.scenarios.ring("petr", 2000, "773796040")
    ActivityFactory(source="daktela", activity_id=ring["name"], user=office, queue=queue, call=None)
    page = frame(callid=ring["item"], activity=ring["name"]).post("open")
    assert page.status == 200
    assert Activity.objects.get(activity_id=ring["name"]).user == agent


def test_a_call_linked_to_what_one_may_not_see_offers_no_second_record(frame: Open, queue: Queue, agent: User) -> None:
    stranger = ContactFactory(last_name="Krause", team=Team.objects.create(name="Germany"))
    frame().post("open")
    Activity.objects.update(contact=stranger, link=Activity.Link.MANUAL)
    page = frame().open()
    assert "Known to another team" in page.text
    assert "Krause" not in page.body


def test_a_form_that_comes_twice_makes_one_contact(frame: Open, queue: Queue) -> None:
    for _ in range(2):
        assert frame("606555999").post("create", name="Anna Nová").status == 200
    assert Contact.objects.count() == 1


def test_a_new_contact_is_its_makers_to_see(frame: Open, queue: Queue, team: Team) -> None:
    queue.team = Team.objects.create(name="Germany")
    queue.save()
    page = frame("606555999").post("create", name="Anna Nová")
    assert "Anna Nová" in page.text
    assert Contact.objects.get().team == team


def test_only_the_queues_team_ignores_numbers(frame: Open, queue: Queue) -> None:
    queue.team = Team.objects.create(name="Germany")
    queue.save()
    page = frame("606555999").post("ignore")
    assert page.status == 409
    assert "Only agents of the queue's team ignore numbers." in page.text
    queue.refresh_from_db()
    assert queue.ignored_numbers == []


def test_the_next_agent_follows_whom_the_one_before_finds_later(
    frame: Open, jana: Contact, queue: Queue, office: User
) -> None:
    first = frame("606555999", user=office)
    first.post("open")
    second = frame("606555999", activity="activities_2")
    assert "606 555 999" in second.post("open").text
    first.post("link", record=f"contact-{jana.pk}", attach="1")
    page = second.post("follow")
    assert "Jana Nováková" in page.text
    assert Activity.objects.get(activity_id="activities_2").contact == jana
    assert "identified as Jana Nováková" in second.post("baton").text
