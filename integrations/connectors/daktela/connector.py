"""How does Daktela take part? Contacts and accounts go there and come from there; everything that happens comes in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property

from daktela import DaktelaFilter

from integrations.connectors.base import (
    Finding,
    Item,
    Page,
    Receiver,
    Rejected,
    Remote,
    RemoteField,
    Source,
    Target,
    Written,
)
from integrations.connectors.daktela import client, describing, receiving, recordings
from integrations.connectors.daktela.checking import Check
from integrations.connectors.daktela.listing import Listing, Place, between, bulk, earlier
from integrations.connectors.daktela.models import MODELS, Model
from integrations.connectors.daktela.recordings import Recording
from integrations.connectors.daktela.settings import DaktelaSettings
from integrations.connectors.daktela.writing import Writer
from integrations.connectors.events import Event


class Daktela(Source, Target, Receiver):
    """Entities: contact and account both ways; activity, call, ticket, user, queue and status inward only.

    Contacts and accounts are flat: `values` has the names of `fields(entity)`, a related record by its name, a custom
    field with one value as that value, with several as a list. The others are as Daktela tells them, times bare.
    """

    slug = "daktela"
    label = "Daktela"
    Settings = DaktelaSettings
    settings: DaktelaSettings
    inward = ("account", "contact")
    outward = ("account", "contact")

    @cached_property
    def api(self) -> client.Daktela:
        """Raises NotAuthorized without a token that can be one."""
        return client.Daktela(
            self.access.origin,
            self.settings.token.get_secret_value(),
            exceptions=self.access.exceptions,
            deadline_seconds=self.access.deadline_seconds,
            pace=self.access.pace,
        )

    def close(self) -> None:
        if "api" in self.__dict__:
            self.api.close()

    # to us

    def changes(self, entity: str, since: str | None, *, is_full: bool = False) -> Iterator[Page]:
        """By `edited`; activities and calls by when they began: what became of them later, no list can tell (W10).

        Users, queues and statuses have no such moment and come all, each time.
        """
        model = MODELS[entity]
        place = Place.read(since) if since and model.changed and not is_full else None
        listing = self.listing(model, by=model.changed, since=place)
        return listing.pages(first=self.later(model, place) if place else None)

    def window(self, entity: str, start: datetime, end: datetime, *, by: str = "") -> Iterator[Page]:
        """What happened between two aware moments, by the field `by` ("time" and "time_close" of an activity)."""
        model = MODELS[entity]
        by = by or model.changed
        return self.listing(model, by=by, where=[between(by, start, end, self.access.zone)]).pages()

    def open_tickets(self) -> Iterator[Page]:
        stages = DaktelaFilter.in_("stage", ["OPEN", "WAIT"])
        return self.listing(MODELS["ticket"], by="", where=[stages]).pages()

    def ids(self, entity: str) -> Iterator[Sequence[str]]:
        model = MODELS[entity]
        bare = Model(model.endpoint, model.key)
        listing = Listing(self.api, bare, "", self.settings.page_size, fields=[model.key])
        for page in listing.pages():
            yield [record.remote_id for record in page.records]

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Remote]:
        model = MODELS[entity]
        return list(bulk(self.api, model, ids, self.settings.names_per_request, model.asked()))

    def recording(self, activity: str, wanted: str = "") -> Recording:
        """What a player gets of an activity's recording; `wanted` is its Range header. Raises RecordGone."""
        return recordings.opened(self.api, activity, wanted)

    def listing(
        self, model: Model, *, by: str, where: Sequence[DaktelaFilter] = (), since: Place | None = None
    ) -> Listing:
        return Listing(self.api, model, by, self.settings.page_size, where, model.asked(), since)

    def later(self, model: Model, place: Place) -> DaktelaFilter:
        moment = earlier(place.moment, self.settings.overlap_minutes, self.access.zone)
        return DaktelaFilter.gte(model.changed, moment)

    # from us

    def write(self, entity: str, items: Sequence[Item]) -> Iterator[Written | Rejected]:
        return self.writer(entity).write(items)

    def retire(self, entity: str, remote_ids: Sequence[str]) -> Iterator[Written | Rejected]:
        """Does what the settings say; with "keep", nothing at all."""
        if self.settings.retire == "keep":
            return iter([Written(name, name) for name in remote_ids])
        return self.writer(entity).retire(remote_ids)

    def writer(self, entity: str) -> Writer:
        return Writer(self.api, entity, MODELS[entity], self.settings, self.access.zone)

    # told by it

    @staticmethod
    def read(body: bytes) -> list[Event]:
        return receiving.read(body)

    @staticmethod
    def template() -> str:
        return receiving.template()

    # about it

    def check(self) -> Iterator[Finding]:
        return Check(lambda: self.api, self.settings, self.access.zone).findings()

    def fields(self, entity: str) -> list[RemoteField]:
        return describing.fields(self.api, MODELS[entity])
