"""Is everything there that a sync needs? Sign-in, clock, rights, custom fields, events and one page, a line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from daktela import DaktelaFilter, DaktelaQuery

from integrations.connectors.base import Finding
from integrations.connectors.daktela.client import Daktela
from integrations.connectors.daktela.describing import scheme
from integrations.connectors.daktela.models import MODELS
from integrations.connectors.daktela.settings import DaktelaSettings
from integrations.connectors.errors import ConnectorError, NotAuthorized, RecordGone, RecordRejected

MOST_SKEW = timedelta(minutes=2)
NOBODY = "callroom_check_of_rights"  # the name of no record
READ = ("activity", "call", "ticket", "user", "queue", "status")
RIGHTS = "In Daktela, give the token's user a role with this right: Manage > Users > Roles."


@dataclass(frozen=True, slots=True)
class Check:
    """Looks at one Daktela; what cannot be asked is a line as well."""

    api: Callable[[], Daktela]
    settings: DaktelaSettings
    zone: ZoneInfo

    def findings(self) -> Iterator[Finding]:
        try:
            user = self.api().me()
        except ConnectorError as error:
            yield Finding("Sign-in", "bad", str(error), remedy_of(error))
            return
        yield Finding("Sign-in", "good", f"As {user.get('title') or user.get('name')}.")
        for title, look in (
            ("Time zone and clock", self.clock),
            ("Right to read", self.reading),
            ("Right to write contacts", lambda: self.writing("contact")),
            ("Right to write accounts", lambda: self.writing("account")),
            ("CRM database", self.database),
            ("Custom fields", self.custom_fields),
            ("One page of activities", self.page),
        ):
            yield from self.looked(title, look)
        yield Finding(
            "Events",
            "warn",
            "Daktela does not tell which events it sends.",
            "Paste the event template (see Events) in Daktela, close a test activity there, "
            "and look whether it arrives in the inbox.",
        )

    def looked(self, title: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
        try:
            yield from look()
        except ConnectorError as error:
            yield Finding(title, "bad", str(error), remedy_of(error))

    def clock(self) -> Iterator[Finding]:
        told = self.api().clock()
        ours, theirs = self.zone.key, told.zone
        if theirs and theirs != ours:
            yield Finding(
                "Time zone", "bad", f"Daktela says {theirs}, the connection {ours}.", f"Set the zone to {theirs}."
            )
        elif theirs:
            yield Finding("Time zone", "good", theirs)
        else:
            yield Finding(
                "Time zone",
                "warn",
                "This Daktela does not tell its zone.",
                f"Make sure that {ours} is what its Settings say.",
            )
        skew = abs(told.moment(self.zone) - datetime.now(UTC)) if told.time else None
        if skew is None or skew > MOST_SKEW:
            text = "Daktela does not tell its time." if skew is None else f"The clocks differ by {spoken(skew)}."
            yield Finding("Clock", "warn", text, "Synchronise both machines' clocks; the zone may be wrong as well.")
        else:
            yield Finding("Clock", "good", "Its clock and ours agree.")

    def reading(self) -> Iterator[Finding]:
        refused = [MODELS[entity].endpoint for entity in ("contact", "account", *READ) if not self.may_list(entity)]
        if refused:
            yield Finding("Right to read", "bad", f"The token's user may not read {', '.join(refused)}.", RIGHTS)
        else:
            yield Finding("Right to read", "good", "Contacts, accounts, activities, calls, tickets, users, queues.")

    def may_list(self, entity: str) -> bool:
        model = MODELS[entity]
        try:
            self.api().rows(model.endpoint, DaktelaQuery().fields(model.key).take(1))
        except NotAuthorized:
            return False
        return True

    def writing(self, entity: str) -> Iterator[Finding]:
        """Asked by a write to a name that does not exist: "not there" means that it would have been allowed."""
        title = f"Right to write {entity}s"
        try:
            self.api().update(MODELS[entity].endpoint, NOBODY, {"description": ""})
        except RecordGone:
            yield Finding(title, "good", "The token's user may write them.")
        except NotAuthorized:
            yield Finding(title, "bad", f"The token's user may not write {entity}s.", RIGHTS)
        except RecordRejected:
            yield Finding(title, "warn", "Daktela did not tell.", "Look at the first run: it says what was refused.")

    def database(self) -> Iterator[Finding]:
        name = self.settings.database
        query = DaktelaQuery().fields("name").filter(DaktelaFilter.eq("name", name)).take(1)
        if self.api().rows("crmDatabases", query).rows:
            yield Finding("CRM database", "good", f"There is a database {name}.")
        else:
            yield Finding("CRM database", "bad", f"There is no database {name}.", "Enter the name of one that exists.")

    def custom_fields(self) -> Iterator[Finding]:
        for entity in ("contact", "account"):
            yield self.scheme_of(entity, scheme(self.api(), MODELS[entity]))

    def scheme_of(self, entity: str, found: Any) -> Finding:
        title = f"Custom fields of {entity}s"
        if found is None:
            return Finding(
                title, "warn", f"There is no {entity} yet whose fields could be read.", f"Add one {entity} in Daktela."
            )
        if self.settings.retire == "deactivate" and self.settings.retired_field not in found:
            return Finding(
                title,
                "bad",
                f"There is no custom field {self.settings.retired_field}, which marks what is gone here.",
                "Add it in Daktela, or choose to keep or to delete such records.",
            )
        return Finding(title, "good", f"{len(found)}: {', '.join(found)}." if found else "There are none.")

    def page(self) -> Iterator[Finding]:
        found = self.api().rows(MODELS["activity"].endpoint, DaktelaQuery().take(1))
        yield Finding("One page of activities", "good", f"Read; there are {found.total or 'none yet'}.")


def spoken(skew: timedelta) -> str:
    minutes = round(skew.total_seconds() / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def remedy_of(error: ConnectorError) -> str:
    if isinstance(error, NotAuthorized):
        return "Enter a token that is valid: in Daktela, Manage > Users, the page of the user made for Callroom."
    return "Try again in a minute; if it stays, look whether this address opens Daktela in a browser."
