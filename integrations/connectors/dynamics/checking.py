"""Is everything there that a sync needs? Sign-in, the application user, tracked tables and one page of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from integrations.connectors.base import Finding
from integrations.connectors.dynamics.client import Dataverse, path
from integrations.connectors.dynamics.tables import TABLES, Table, page
from integrations.connectors.errors import ConnectorError, NotAuthorized

LATER = "Try again in a minute; if it stays, look whether this address opens Dynamics in a browser."
REGISTRATION = "Compare tenant, client ID and secret with the app registration in the Azure portal."
ENVIRONMENT = (
    "In the Power Platform admin center: the environment > Settings > Users + permissions > Application users: "
    "add the application {client} and give it a security role."
)
ROLE = "Give the application user a security role that reads {table} of the whole organisation."
TRACKING = "In Power Apps: Tables > {table} > Properties > Advanced options: switch on Track changes."


class Who(msgspec.Struct, rename="pascal"):
    user_id: str


class Definition(msgspec.Struct, rename="pascal"):
    logical_name: str
    change_tracking_enabled: bool | None = None


class Definitions(msgspec.Struct):
    value: list[Definition]


@dataclass(frozen=True, slots=True)
class Check:
    """Looks at one environment; what cannot be asked is a line as well."""

    api: Callable[[], Dataverse]
    client: str

    def findings(self) -> Iterator[Finding]:
        """Each step needs the one before, so the first that fails is the last."""
        for title, look, remedy in (
            ("Sign-in", self.signing, REGISTRATION),
            ("Application user", self.user, ENVIRONMENT.format(client=self.client)),
            ("Change tracking", self.tracking, ENVIRONMENT.format(client=self.client)),
        ):
            try:
                yield from look()
            except ConnectorError as error:
                yield Finding(title, "bad", str(error), remedy if isinstance(error, NotAuthorized) else LATER)
                return
        for table in TABLES.values():
            yield self.read(table)
        yield Finding("Time zone", "good", "Dynamics tells its times in UTC, so there is nothing to set.")

    def signing(self) -> Iterable[Finding]:
        self.api().sign_in()
        yield Finding("Sign-in", "good", "Microsoft knows the application and its secret.")

    def user(self) -> Iterable[Finding]:
        who = self.api().get("WhoAmI", Who)
        yield Finding("Application user", "good", f"The application is the user {who.user_id} here.")

    def tracking(self) -> Iterable[Finding]:
        names = " or ".join(f"LogicalName eq '{table.entity}'" for table in TABLES.values())
        link = path("EntityDefinitions", {"select": "LogicalName,ChangeTrackingEnabled", "filter": names})
        found = {one.logical_name: one.change_tracking_enabled for one in self.api().get(link, Definitions).value}
        for table in TABLES.values():
            yield self.tracked(table, bool(found.get(table.entity)))

    def tracked(self, table: Table, is_on: bool) -> Finding:
        title = f"Changes of {table.entity_set}"
        if is_on:
            return Finding(title, "good", "Dynamics keeps track of them.")
        remedy = TRACKING.format(table=table.entity.title())
        return Finding(title, "bad", "Dynamics does not keep track of them, so nothing tells what changed.", remedy)

    def read(self, table: Table) -> Finding:
        title = f"One page of {table.entity_set}"
        link = path(table.entity_set, {"select": table.key})
        try:
            found = page(table, self.api().ask(link, "odata.track-changes,odata.maxpagesize=1").content, link)
        except ConnectorError as error:
            remedy = ROLE.format(table=table.entity_set) if isinstance(error, NotAuthorized) else LATER
            return Finding(title, "bad", str(error), remedy)
        return Finding(title, "good", "Read." if found.records else "Read; there are none yet.")
