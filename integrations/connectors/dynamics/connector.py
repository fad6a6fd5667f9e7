"""How does Dynamics 365 take part? Its accounts and contacts come to us, by its own tracking of changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from integrations.connectors.base import Finding, Page, Remote, RemoteField, Source
from integrations.connectors.dynamics import describing
from integrations.connectors.dynamics.checking import Check
from integrations.connectors.dynamics.client import Dataverse, path
from integrations.connectors.dynamics.describing import ALWAYS
from integrations.connectors.dynamics.refusals import QuestionRefused
from integrations.connectors.dynamics.settings import DynamicsSettings
from integrations.connectors.dynamics.tables import GUID, TABLES, Counted, Table, page
from integrations.connectors.errors import CursorExpired, NotAuthorized, TemporaryFailure, UnknownField

IDS_A_REQUEST = 200  # each makes the address 45 letters longer; Dynamics takes 32 KB
DELTA = "$deltatoken="


class Dynamics(Source):
    """Entities: account and contact, inward. Values are as the Web API has them: times in UTC, choices as numbers,
    a lookup as the key of what it names. The company of a contact may be a person: `_accountid_value` is never one.
    """

    slug = "dynamics"
    label = "Dynamics 365"
    Settings = DynamicsSettings
    settings: DynamicsSettings
    inward = ("account", "contact")

    @cached_property
    def api(self) -> Dataverse:
        return Dataverse(self.access, self.settings)

    def close(self) -> None:
        if "api" in self.__dict__:
            self.api.close()

    def changes(self, entity: str, since: str | None, *, is_full: bool = False) -> Iterator[Page]:
        """Tracked: the cursor is Dynamics' own link, to the next page or, at the end, to what changes from then on.

        A full read is the first one over again, so it asks for the columns there are now. A link that Dynamics refuses
        is of no more use, whatever the reason: it is too old, or it names a column that is gone.
        """
        table = TABLES[entity]
        if not since or is_full:
            total = self.total(table)
            for found in self.tracked(table, path(table.entity_set, {"select": self.select(entity)})):
                yield replace(found, total=total)
            return
        if not since.startswith(self.api.root):
            raise CursorExpired("The connection has another address now: everything is compared.")
        try:
            yield from self.tracked(table, since)
        except (QuestionRefused, UnknownField) as error:
            raise CursorExpired("Dynamics does not take the link it gave us: everything is compared.") from error

    def tracked(self, table: Table, link: str) -> Iterator[Page]:
        """Pages up to the one with the delta link; Dynamics that gives no link has not come to an end."""
        while True:
            found = page(table, self.api.ask(link, self.prefer(link)).content, link)
            if not found.cursor:
                raise TemporaryFailure(
                    f"Dynamics did not say how to go on reading {table.entity_set}. If it stays so, run Check: "
                    "it tells whether the changes of the table are tracked."
                )
            yield found
            if found.is_last:
                return
            link = found.cursor

    def total(self, table: Table) -> int | None:
        """About how many there are: what Dynamics counted within the last day. Nothing depends on it."""
        try:
            counted = self.api.get(f"RetrieveTotalRecordCount(EntityNames=['{table.entity}'])", Counted)
        except (QuestionRefused, NotAuthorized):
            return None
        return counted.collection.values[0] if counted.collection.values else None

    def prefer(self, link: str) -> str:
        """What was asked for with a link is asked for again with the next (page-results of the Web API)."""
        size = f"odata.maxpagesize={self.settings.page_size}"
        return size if DELTA in link else f"odata.track-changes,{size}"

    def ids(self, entity: str) -> Iterator[Sequence[str]]:
        """Tracked as well, because only such a listing says where it ends; without those that were merged away."""
        table = TABLES[entity]
        for found in self.tracked(table, path(table.entity_set, {"select": ",".join([table.key, *ALWAYS])})):
            yield [record.remote_id for record in found.records]

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Remote]:
        """What is no GUID is the key of no record, and is not sent."""
        wanted = [key for key in ids if GUID.fullmatch(key)]
        parts = (wanted[start : start + IDS_A_REQUEST] for start in range(0, len(wanted), IDS_A_REQUEST))
        return [record for part in parts for record in self.named(entity, part)]

    def named(self, entity: str, keys: Sequence[str]) -> Sequence[Remote]:
        table = TABLES[entity]
        values = ",".join(f'"{key}"' for key in keys)
        among = f"Microsoft.Dynamics.CRM.In(PropertyName='{table.key}',PropertyValues=[{values}])"
        link = path(table.entity_set, {"select": self.select(entity), "filter": among})
        return page(table, self.api.ask(link).content, link).records

    def select(self, entity: str) -> str:
        return describing.select(self.columns(entity))

    def columns(self, entity: str) -> list[describing.Attribute]:
        """Asked for once in the life of this connector."""
        if entity not in self._columns:
            self._columns[entity] = describing.columns(self.api, TABLES[entity])
        return self._columns[entity]

    @cached_property
    def _columns(self) -> dict[str, list[describing.Attribute]]:
        return {}

    def fields(self, entity: str) -> list[RemoteField]:
        return list(describing.fields(self.api, TABLES[entity], self.columns(entity)))

    def check(self) -> Iterator[Finding]:
        return Check(lambda: self.api, self.settings.client_id).findings()
