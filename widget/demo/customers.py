"""Who are the demo's customers? Some 600 companies and 5,000 people of four countries, as uneven as in life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from crm import phones
from crm.models import Account, Contact, CustomField, EmailAddress, PhoneNumber
from widget.demo.book import Book, Row
from widget.demo.centre import CENTRE
from widget.demo.diary import Customer, Staff
from widget.demo.people import NAMES, PRIVATE_MAIL, People, slug

ACCOUNTS = 600
CONTACTS = 5000
SHARES = {"CZ": 55, "SK": 17, "PL": 16, "DE": 12}
TEAMS = {"CZ": "Czechia", "SK": "Slovakia", "PL": "Poland", "DE": "Germany"}
JOBS = ("Buyer", "Accountant", "Managing director", "Sales", "Dispatch", "Stores", "Assistant", "Technician", "")
ALERTS = (
    "Owes for two months; Collections are on it.",
    "Complaint is open, be patient.",
    "Only speaks to Customer care.",
    "Hard of hearing: speak slowly.",
    "Contract ends this month.",
)
STAGES = (["customer"] * 76) + (["lead"] * 14) + (["former"] * 7) + (["partner"] * 3)


class Customers:
    """Writes companies and people into a book; what comes out is whom calls can be made with."""

    def __init__(self, book: Book, staff: Staff, random: Random, now: datetime, taken: set[str]) -> None:
        self.book, self.staff, self.random, self.now = book, staff, random, now
        self.people = People(random, taken)
        self.weekend_field = CustomField.objects.get(record="contact", key="weekend_phone").pk
        self.accounts: dict[str, list[Row]] = {country: [] for country in SHARES}
        self.owners = {country: [self.staff.users[name].pk for name in agents_of(TEAMS[country])] for country in SHARES}
        self.addresses: set[str] = set()

    def all(self) -> Iterator[Customer]:
        for country, share in SHARES.items():
            self.accounts[country] = [self.account(country) for _ in range(ACCOUNTS * share // 100)]
            sizes = list(accumulate(self.random.paretovariate(1.2) for _ in self.accounts[country]))
            for _ in range(CONTACTS * share // 100):
                at_work = self.random.random() < 0.55
                employer = self.random.choices(self.accounts[country], cum_weights=sizes)[0] if at_work else None
                yield self.contact(country, employer)

    def account(self, country: str) -> Row:
        name = self.people.company(country)
        domain = domain_of(name)
        account = self.book.add(
            Account,
            name=name,
            website=f"https://{domain}" if self.chance(70) else "",
            address=self.people.address(country),
            team_id=self.team(country),
            custom={"vat_number": self.vat_number(country), "payment_days": self.random.choice([7, 14, 14, 21, 30])},
            created_at=self.some_day(1100),
            changed_at=self.some_day(180),
        )
        if self.chance(80):
            self.phone(self.people.number(country, "lines"), country, "switchboard", account_id=account["id"])
        self.book.add(EmailAddress, account_id=account["id"], address=f"info@{domain}")
        return account

    def contact(self, country: str, employer: Row | None) -> Customer:
        person = self.people.person(country)
        contact = self.book.add(
            Contact,
            first_name=person.first_name,
            last_name=person.last_name,
            account_id=employer["id"] if employer else None,
            team_id=self.team(country),
            language=NAMES[country]["language"] if self.chance(97) else "en",
            stage=self.random.choice(STAGES),
            job_title=self.random.choice(JOBS) if employer else "",
            address="" if employer or self.chance(30) else self.people.address(country),
            do_not_call=self.chance(3),
            is_vip=self.chance(2),
            alert=self.random.choice(ALERTS) if self.chance(4) else "",
            owner_id=self.random.choice(self.owners[country]) if self.chance(25) else None,
            custom=self.custom(country),
            created_at=self.some_day(1100),
            changed_at=self.some_day(180),
        )
        phone = self.numbers(contact, country, employer)
        domain = domain_of(employer["name"]) if employer else self.random.choice(PRIVATE_MAIL)
        address = self.email(contact, person.address_at(domain)) if self.chance(78) else ""
        return Customer(phone["number"] if phone else "", address, contact, phone, country)

    def numbers(self, contact: Row, country: str, employer: Row | None) -> Row | None:
        """His numbers; the first of them is the one he calls from. Some have none."""
        main = None
        if self.chance(97):
            sort, kind = ("lines", "home") if country == "DE" and self.chance(80) else ("mobiles", "mobile")
            main = self.phone(self.people.number(country, sort), country, kind, contact_id=contact["id"])
        if self.chance(25):
            kind = "work" if employer else "home"
            second = self.phone(self.people.number(country, "lines"), country, kind, contact_id=contact["id"])
            main = main or second
        if self.chance(6):
            written = self.people.number(country, "mobiles")
            contact["custom"]["weekend_phone"] = written
            field = {"custom_field_id": self.weekend_field, "contact_id": contact["id"]}
            self.phone(written, country, "other", **field)
        return main

    def phone(self, written: str, country: str, kind: str, **values: Any) -> Row:
        number = phones.parse(written, country)
        return self.book.add(
            PhoneNumber, number=number.key, extension=number.extension, written=written, kind=kind, **values
        )

    def email(self, contact: Row, address: str) -> str:
        """His address, with a number where somebody of the same name has it already."""
        while address in self.addresses:
            address = address.replace("@", f"{self.random.randint(2, 99)}@", 1)
        self.addresses.add(address)
        self.book.add(EmailAddress, contact_id=contact["id"], address=address)
        return address

    def custom(self, country: str) -> dict[str, Any]:
        since = date(2012, 1, 1) + timedelta(days=self.random.randrange(5000))
        values = {
            "customer_number": f"{country}{self.random.randrange(100_000, 999_999)}",
            "segment": self.random.choice("AABBBCCCC"),
            "customer_since": str(min(since, self.now.date())),
            "newsletter": self.chance(35),
        }
        return {key: value for key, value in values.items() if value and self.chance(85)}

    def team(self, country: str) -> int | None:
        """Mostly the country's team; some are Collections' own, some everybody's."""
        if self.chance(6):
            return None
        return self.staff.teams["Collections" if self.chance(3) else TEAMS[country]]

    def vat_number(self, country: str) -> str:
        return f"{country}{self.random.randrange(10**8, 10**10)}"

    def some_day(self, days: int) -> datetime:
        return self.now - timedelta(days=self.random.random() * days)

    def chance(self, percent: float) -> bool:
        return self.random.random() * 100 < percent


def domain_of(company: str) -> str:
    """Its name without the legal form: kovarna-dvorak.example."""
    return f"{slug(' '.join(company.split()[:2]))}.example"


def agents_of(team: str) -> list[str]:
    return [user["username"] for user in CENTRE["users"] if team in user.get("teams", ()) and "queues" in user]
