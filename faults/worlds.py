"""What is beside us while everything breaks? A Dynamics that is the master of people, a Daktela where they call.

Both are simulators on real sockets, on one clock that can be turned. What is done to them is kept as `people`: by its
e-mail address, what everybody must say of a person once all is quiet.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from integrations.connectors.daktela.simulator import Simulator as Daktela
from integrations.connectors.dynamics.simulator import Simulator as Dynamics

TOKEN, HOOK = "the-token-of-the-drills", "the-secret-of-the-hook-of-the-drills-0123456789"
MANY = {"hidden": False, "readonly": False, "multiple": True}
ONE = MANY | {"multiple": False}
FIELDS = {
    "number": {"type": "PHONE", "title": "Phone", **MANY},
    "email": {"type": "EMAIL", "title": "E-mail", **MANY},
    "crm_state": {"type": "TEXT", "title": "State in the CRM", **ONE},
}
AGENTS = ("petr", "jana", "lucia")
QUEUE = 2000
SEED = {
    "timezone": "Europe/Prague",
    "customFields": {"contacts": FIELDS, "accounts": FIELDS},
    "crmDatabases": [{"name": "default", "title": "Customers", "default": True}],
    "users": [
        {"name": "callroom", "title": "Callroom", "type": "BO", "token": TOKEN, "rights": "admin", "queues": []},
        *(
            {"name": name, "title": name.title(), "type": "CC", "extension": str(200 + place), "rights": "agent",
             "token": f"of-{name}", "queues": [QUEUE]}
            for place, name in enumerate(AGENTS)
        ),
    ],
    "queues": [
        {"name": QUEUE, "title": "Support", "type": "in", "direction": "in", "options": {}},
        {"name": 2010, "title": "Mail", "type": "email", "direction": "in", "options": {}},
    ],
}  # fmt: skip

# The mappings by which people come to us from the one and go from us to the other: our field, and theirs.
PEOPLE_IN = {
    "first_name": "firstname",
    "last_name": "lastname",
    "email": "emailaddress1",
    "phone.mobile": "mobilephone",
}
PEOPLE_OUT = {
    "name": "title",
    "first_name": "firstname",
    "last_name": "lastname",
    "email": "customFields.email",
    "phone.mobile": "customFields.number",
}


class Person(NamedTuple):
    first: str
    last: str
    mobile: str


class Clock:
    """The time over there. `turn_to` lets it go on from another moment."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def turn_to(self, moment: datetime) -> None:
        self.ahead = moment - datetime.now(UTC)


class Worlds:
    """Both systems; as a context manager they run."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.dynamics = Dynamics(clock=self.clock)
        self.daktela = Daktela(seed=SEED, clock=self.clock)
        self.people: dict[str, Person] = {}
        self.keys: dict[str, str] = {}  # e-mail address to the key in Dynamics
        self.count = 0

    @contextmanager
    def running(self) -> Iterator[Worlds]:
        with self.dynamics, self.daktela:
            yield self

    # people, in their master

    def hire(self, count: int) -> None:
        for _ in range(count):
            self.count += 1
            email = f"p{self.count}@drill.example"
            person = Person("Eva", f"Nová {self.count}", f"+420777{self.count:06}")
            key = self.dynamics.world.key("contact", self.count - 1)  # one that the simulator's own faults know
            self.keys[email] = self.dynamics.world.create("contact", values(email, person), key)
            self.people[email] = person

    def rename(self, count: int) -> None:
        """The people who were changed longest ago, each anew."""
        for email in list(self.people)[:count]:
            person = self.people.pop(email)
            self.people[email] = person._replace(last=f"{person.last.partition('-')[0]}-{self.count}{email[1:4]}")
            self.dynamics.world.change("contact", self.keys[email], values(email, self.people[email]))

    def dismiss(self, count: int) -> None:
        for email in list(self.people)[-count:]:
            del self.people[email]
            self.dynamics.world.delete("contact", self.keys[email])

    # what happens at the desks

    def call(self) -> str:
        """Rings, is answered, passed on to another agent and closed: one call with two activities."""
        does = self.daktela.scenarios
        first = does.ring(AGENTS[0], QUEUE, f"777{self.count % 1000:06}")
        does.answer(first)
        second = does.transfer(first, AGENTS[1])
        does.answer(second)
        does.hang_up(second)
        does.close(second)
        return str(second["name"])

    def write(self) -> None:
        """A mail that is put aside, and closed after all: its time of closing tells nothing (W10)."""
        does = self.daktela.scenarios
        mail = does.email(AGENTS[2], "p1@drill.example", "Where is my order?")
        does.answer(mail)
        does.postpone(mail)
        does.close(mail)

    def stir(self) -> None:
        """A little of everything, so that whatever breaks has something in its hands."""
        self.hire(6)
        self.rename(5)
        self.dismiss(2)
        for _ in range(4):
            self.call()
        self.write()


def values(email: str, person: Person) -> dict[str, object]:
    return {
        "firstname": person.first,
        "lastname": person.last,
        "emailaddress1": email,
        "mobilephone": person.mobile,
    }
