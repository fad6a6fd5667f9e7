"""How are objects read and written under /api/v6/<resource>? One function per verb."""

from typing import Any
from zoneinfo import ZoneInfo

from . import access, listing, writing
from .errors import ApiError, missing, wrong_verb
from .filters import Test
from .reading import Reader
from .records import EVENTS, close_or_reopen
from .scenarios import Impossible, Scenarios
from .schema import ITEMS, RESOURCES, Resource
from .world import Record, World


class Rest:
    """The verbs of the API, for one signed-in user and one client's zone."""

    def __init__(self, world: World, user: Record, zone: ZoneInfo) -> None:
        self.world = world
        self.user = user
        self.zone = zone
        self.reader = Reader(world, zone)

    def answer(self, method: str, path: list[str], query: Record, sent: Record) -> tuple[int, Any]:
        """Status and ``result``. Raises ApiError."""
        resource = self.resource(path[0])
        if len(path) == 1 and method == "GET":
            return 200, self.listed(resource, None, query)
        if method not in resource.verbs or (method == "POST") != (len(path) == 1):
            raise wrong_verb(self.allowed(resource, len(path)))
        if method != "GET":
            access.may_write(self.world, self.user, resource.name)
        if method == "POST":
            return 201, self.created(resource, sent)
        record = self.found(resource, path[1])
        if len(path) == 3:
            return 200, self.related(resource, record, path[2], query)
        if method == "PUT":
            return 200, self.updated(resource, record, sent)
        if method == "DELETE":
            self.world.remove(resource, record)
            self.happened("delete", resource, record)
            return 204, None
        fields = listing.wanted_fields(query)
        return 200, self.reader.picked(resource, record, fields) if fields else self.reader.shown(resource, record)

    def resource(self, name: str) -> Resource:
        if name not in RESOURCES:
            raise missing(self.world.assumptions.missing_as_text)
        return RESOURCES[name]

    def allowed(self, resource: Resource, depth: int) -> frozenset[str]:
        return resource.verbs & ({"GET", "POST"} if depth == 1 else {"GET", "PUT", "DELETE"} if depth == 2 else {"GET"})

    def found(self, resource: Resource, name: str) -> Record:
        record = self.world.find(resource.name, name)
        if not record:
            raise missing(self.world.assumptions.missing_as_text)
        return record

    def listed(self, resource: Resource, rows: list[Record] | None, query: Record) -> Record:
        return listing.answer(self.world, self.reader, resource, rows, query)

    # relations

    def related(self, resource: Resource, record: Record, relation: str, query: Record) -> Record:
        """The objects that refer to this one, as a list."""
        there = self.resource(relation)
        refers = self.refers_to(there, resource, str(record[resource.key]))
        return self.listed(there, [row for row in self.world.rows(relation) if refers(row)], query)

    def refers_to(self, there: Resource, resource: Resource, name: str) -> Test:
        if there.name == "activities" and resource.name in ITEMS.values():
            return lambda row: str(row["item"]) == name
        if there.name == "activities" and resource.name == "accounts":
            people = {row["name"] for row in self.world.rows("contacts") if str(row["account"]) == name}
            return lambda row: row["contact"] in people
        heads = [f.name for f in there.fields.values() if f.target == resource.name and f.kind == "ref"]
        if not heads:
            raise missing()
        return lambda row: any(str(row[head]) == name for head in heads)

    # writing

    def created(self, resource: Resource, sent: Record) -> Record:
        if resource.name == "activities" and sent.get("type") == "CALL" and "number" in sent:
            return self.reader.shown(resource, self.dialled(sent))
        record = writing.created(self.world, resource, sent, self.zone)
        if resource.name == "users":
            self.world.sign_on(sent | {"queues": []})
        if resource.name == "activities":
            self.begun(record, sent)
        elif resource.name in ITEMS.values():
            self.begun_with(resource, record)
        self.happened("create", resource, record)
        return self.reader.shown(resource, record)

    def dialled(self, sent: Record) -> Record:
        agent = sent.get("user") or self.user["name"]
        agent = agent.get("name") if isinstance(agent, dict) else agent
        access.may_act_for(self.world, self.user, str(agent))
        number = str(sent["number"] or "")
        if not any(letter.isdigit() for letter in number):
            raise ApiError(400, {"form": {"number": "Item is mandatory"}})
        return Scenarios(self.world).dial(str(agent), sent.get("queue"), number)

    def begun(self, record: Record, sent: Record) -> None:
        """Fill what the server fills in a new activity; a custom one may bring a back-dated ``time_close``."""
        now = self.world.now()
        record.update(type=record["type"] or "CUSTOM", action=record["action"] or "OPEN", time=now, time_open=now)
        record.update(user=record["user"] or self.user["name"], created_by=self.user["name"])
        if sent.get("time_close") and record["type"] == "CUSTOM":
            record["time_close"] = writing.written_time(sent["time_close"], self.zone, self.world.zone)
        elif record["action"] == "CLOSE":
            record["time_close"] = now
        self.world.announce("activity_create", record)

    def begun_with(self, resource: Resource, item: Record) -> None:
        """A message that is written by REST gets its activity, as one that comes in does."""
        kind = next(kind for kind, name in ITEMS.items() if name == resource.name)
        item.update(time=self.world.now(), user=item["user"] or self.user["name"])
        Scenarios(self.world).begin(kind, item["user"], item["queue"], item["title"] or kind, item, "OPEN")

    def updated(self, resource: Resource, record: Record, sent: Record) -> Record:
        if resource.name == "tickets":
            self.must_have_status(record, sent)
        action = sent.pop("action", None) if resource.name == "activities" else None
        writing.updated(self.world, resource, record, sent, self.zone)
        if resource.name == "tickets":
            close_or_reopen(self.world, record)
        if resource.name == "users" and sent.get("password"):
            self.world.credentials[record["name"]]["password"] = str(sent["password"])
        self.happened("update", resource, record)
        if action and action != record["action"]:
            self.acted(record, action)
        return self.reader.shown(resource, record)

    def happened(self, verb: str, resource: Resource, record: Record) -> None:
        self.world.note(verb, resource, record)
        if resource.name in EVENTS:
            self.world.announce(f"{EVENTS[resource.name]}_{verb}", record, resource.name)

    def acted(self, record: Record, action: str) -> None:
        """An activity changes its state by REST: answer, postpone or close."""
        scenarios = Scenarios(self.world)
        steps = {"OPEN": scenarios.answer, "POSTPONE": scenarios.postpone, "CLOSE": scenarios.close}
        if action not in steps:
            raise ApiError(400, {"form": {"action": "Value is not allowed, use OPEN, POSTPONE or CLOSE"}})
        try:
            steps[action](record)
        except Impossible as problem:
            raise ApiError(400, {"primary": [str(problem), "error"]}) from None

    def must_have_status(self, record: Record, sent: Record) -> None:
        """A category may ask for a status when a ticket closes: refused with a primary and a form error at once."""
        category = self.world.find("ticketsCategories", record["category"])
        is_closing = sent.get("stage") == "CLOSE" and category and category["status_required"] == "closing_ticket"
        if is_closing and not (sent.get("statuses") or record["statuses"]):
            error = {"primary": ["Ticket cannot be closed", "error"], "form": {"statuses": "Entry is required"}}
            raise ApiError(400, error, self.reader.shown(RESOURCES["tickets"], record))
