"""What does a test need to exist? One factory for each noun, with as little as a row can have."""

from __future__ import annotations

from functools import cache
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm import models as crm
from crm import phones
from integrations import models as integrations
from widget import models as widget

PASSWORD = "correct-horse"


@cache
def hashed(password: str) -> str:
    """Hashed once for the whole run: a good hash is slow on purpose."""
    return make_password(password)


class TeamFactory(DjangoModelFactory):
    class Meta:
        model = crm.Team
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda count: f"Team {count}")
    kind = crm.Team.Kind.FUNCTION


class UserFactory(DjangoModelFactory):
    """An agent who signs in with PASSWORD; `teams=[…]` puts him into teams."""

    class Meta:
        model = crm.User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda count: f"user{count}")
    name = factory.Faker("name", locale="cs_CZ")
    role = crm.User.Role.AGENT
    password = factory.LazyFunction(lambda: hashed(PASSWORD))

    @factory.post_generation
    def teams(self: Any, create: bool, teams: Any, **_: Any) -> None:
        if create and teams:
            self.teams.set(teams)


class CustomFieldFactory(DjangoModelFactory):
    class Meta:
        model = crm.CustomField

    record = crm.CustomField.Of.CONTACT
    key = factory.Sequence(lambda count: f"field_{count}")
    title = factory.LazyAttribute(lambda field: field.key.replace("_", " ").capitalize())
    kind = crm.CustomField.Kind.TEXT


class OutcomeFactory(DjangoModelFactory):
    class Meta:
        model = crm.Outcome
        django_get_or_create = ("title",)

    title = factory.Sequence(lambda count: f"Outcome {count}")


class QueueFactory(DjangoModelFactory):
    """`outcomes=[…]` puts outcomes on its digits, in this order; `wrapup_fields=[…]` asks for these."""

    class Meta:
        model = crm.Queue
        django_get_or_create = ("slug",)
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda count: str(5000 + count))
    name = factory.SelfAttribute("slug")
    title = factory.LazyAttribute(lambda queue: f"Queue {queue.slug}")
    country = "CZ"

    @factory.post_generation
    def outcomes(self: Any, create: bool, outcomes: Any, **_: Any) -> None:
        for position, outcome in enumerate(outcomes or (), start=1):
            crm.QueueOutcome.objects.create(queue=self, outcome=outcome, position=position)

    @factory.post_generation
    def wrapup_fields(self: Any, create: bool, fields: Any, **_: Any) -> None:
        if create and fields:
            self.wrapup_fields.set(fields)


class ReachableFactory(DjangoModelFactory):
    """`numbers=["773 796 040"]` are read in `numbers__country` (CZ); `emails=["jana@example.cz"]`."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    @factory.post_generation
    def numbers(self: Any, create: bool, written: Any, **fields: Any) -> None:
        for one in written or ():
            self.add_number(one, **fields)

    @factory.post_generation
    def emails(self: Any, create: bool, addresses: Any, **_: Any) -> None:
        for address in addresses or ():
            self.email_addresses.create(address=address)


class AccountFactory(ReachableFactory):
    class Meta:
        model = crm.Account

    name = factory.Faker("company", locale="cs_CZ")


class ContactFactory(ReachableFactory):
    class Meta:
        model = crm.Contact

    first_name = factory.Faker("first_name_female", locale="cs_CZ")
    last_name = factory.Faker("last_name_female", locale="cs_CZ")


class PhoneNumberFactory(DjangoModelFactory):
    """`written` is spelled as people spell it; without `account` the number is a new contact's."""

    class Meta:
        model = crm.PhoneNumber

    class Params:
        country = "CZ"

    contact = factory.Maybe("account", None, factory.SubFactory(ContactFactory))
    account = None
    written = factory.Sequence(lambda count: f"601 {count // 1000 % 1000:03d} {count % 1000:03d}")
    number = factory.LazyAttribute(lambda phone: phones.key(phone.written, phone.country))
    kind = crm.PhoneNumber.Kind.MOBILE


class EmailAddressFactory(DjangoModelFactory):
    class Meta:
        model = crm.EmailAddress

    contact = factory.Maybe("account", None, factory.SubFactory(ContactFactory))
    account = None
    address = factory.Sequence(lambda count: f"customer{count}@example.com")


class CallFactory(DjangoModelFactory):
    class Meta:
        model = crm.Call

    source = "daktela"
    call_id = factory.Sequence(lambda count: f"1WS.{90000 + count}")
    number = "+420773796040"
    started_at = factory.LazyFunction(timezone.now)


class ActivityFactory(DjangoModelFactory):
    """A call's activity, unless `call=None` and another `type` say otherwise."""

    class Meta:
        model = crm.Activity

    source = "daktela"
    activity_id = factory.Sequence(lambda count: f"activities_{count:020x}")
    type = crm.Activity.Type.CALL
    direction = crm.Direction.IN
    call = factory.SubFactory(
        CallFactory, number=factory.SelfAttribute("..number"), queue=factory.SelfAttribute("..queue")
    )
    number = "+420773796040"
    queue = factory.SubFactory(QueueFactory)
    user = factory.SubFactory(UserFactory)


class TaskFactory(DjangoModelFactory):
    class Meta:
        model = crm.Task

    title = factory.Sequence(lambda count: f"Send the offer {count}")


class TicketFactory(DjangoModelFactory):
    class Meta:
        model = crm.Ticket

    source = "daktela"
    ticket_id = factory.Sequence(lambda count: str(700 + count))
    title = factory.Sequence(lambda count: f"The invoice is wrong {count}")
    opened_at = factory.LazyFunction(timezone.now)


class ConnectionFactory(DjangoModelFactory):
    class Meta:
        model = integrations.Connection
        django_get_or_create = ("slug",)

    slug = "daktela"
    title = "Daktela"
    origin = "http://127.0.0.1:8100"
    credentials = factory.LazyFunction(lambda: {"token": "token-of-a-test"})


class AgentFactory(DjangoModelFactory):
    class Meta:
        model = integrations.Agent

    connection = factory.SubFactory(ConnectionFactory)
    user = factory.SubFactory(UserFactory)
    remote_user = factory.SelfAttribute("user.username")


class ScreenPopRuleFactory(DjangoModelFactory):
    """Every queue's default, unless said otherwise."""

    class Meta:
        model = widget.ScreenPopRule

    order = factory.LazyFunction(lambda: [widget.Searched.CONTACT, widget.Searched.ACCOUNT, widget.Searched.LEAD])


class DraftFactory(DjangoModelFactory):
    class Meta:
        model = widget.Draft

    source = "daktela"
    activity_id = factory.Sequence(lambda count: f"activities_{count:020x}")
    user = factory.SubFactory(UserFactory)
    note = "He asks for the invoice again."
