"""Which answer does a request get? The sign-in, the Web API under /api/data/v9.x/, and the control of it all."""

from __future__ import annotations

import re
import time
import traceback

from integrations.connectors.simulator import wire

from . import writing
from .access import Access
from .control import Control
from .errors import ApiError, bad_query, no_resource
from .faults import Faults
from .listing import Listing, count
from .metadata import metadata
from .schema import BY_SET, Definition
from .wire import Request, Response
from .world import TENANT, USER, World

SIGN_IN = re.compile(r"/([^/]+)/oauth2/v2\.0/token")
API = re.compile(r"/api/data/v9\.\d/(.*)")
COUNTED = re.compile(r"RetrieveTotalRecordCount\(EntityNames=\[([^\]]*)\]\)")
ONE = re.compile(r"(\w+)\(([^)]*)\)")
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
VERSIONED = (("OData-Version", "4.0"), ("Cache-Control", "no-cache"))


class Application:
    """Everything the simulator is: a request in, an answer out. Raises Reset where the connection is to break."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.access = Access(world)
        self.faults = Faults(world)
        self.control = Control(world, self.faults)

    def answer(self, request: Request) -> wire.Response:
        if request.path == "/" or request.path.startswith("/control/"):
            return self.safely(request)
        if self.world.latency_seconds:
            time.sleep(self.world.latency_seconds)
        self.world.requests[f"{request.method} {self.counted(request)}"] += 1
        return self.faults.around(request, self.safely)

    def counted(self, request: Request) -> str:
        """What a request is counted as: the entity set or the function, no keys."""
        return "token" if SIGN_IN.fullmatch(request.path) else re.split(r"[(/?]", request.path.split("/", 4)[-1])[0]

    def safely(self, request: Request) -> Response:
        try:
            with self.world.lock:
                return self.route(request)
        except ApiError as problem:
            return Response.json(problem.body, problem.status, problem.headers)
        except Exception:
            traceback.print_exc()
            return Response.json(ApiError(500, "0x80040216", "An unexpected error occurred.").body, 500)

    def route(self, request: Request) -> Response:
        if request.path.startswith("/control/"):
            return self.control.answer(request, request.path.removeprefix("/control/"))
        if (sign_in := SIGN_IN.fullmatch(request.path)) and request.method == "POST":
            return self.access.token(request, sign_in[1])
        if request.path == "/":
            return self.welcome(request)
        if not (found := API.fullmatch(request.path)):
            raise no_resource(request.path)
        self.access.admit(request)
        base = request.origin + request.path.removesuffix(found[1])
        response = self.api(request, found[1], base)
        left = ("x-ms-ratelimit-burst-remaining-xrm-requests", str(self.access.left()))
        response.headers += [*VERSIONED, left]
        return response

    def welcome(self, request: Request) -> Response:
        """For the person who opens the address in a browser."""
        world = self.world
        rows = {"accounts": world.tables["account"].count, "contacts": world.tables["contact"].count}
        entered = {
            "Address": request.origin,
            "Directory (tenant) ID": world.tenant,
            "Application (client) ID": world.client,
            "Client secret": world.secret,
            "Sign-in address": f"{request.origin}   (under Advanced)",
        }
        lines = ["A simulated Dynamics 365, with {accounts} accounts and {contacts} contacts.".format(**rows), ""]
        lines += [f"{name:<25}{value}" for name, value in entered.items()]
        return Response(200, "\n".join([*lines, ""]).encode(), "text/plain; charset=utf-8")

    def api(self, request: Request, path: str, base: str) -> Response:
        if path in ("WhoAmI", "WhoAmI()"):
            who = {"BusinessUnitId": TENANT, "UserId": USER, "OrganizationId": TENANT}
            return Response.json({"@odata.context": f"{base}$metadata#WhoAmIResponse"} | who)
        if counted := COUNTED.fullmatch(path):
            return self.total(counted[1].replace('"', "'").replace("'", "").split(","), base)
        if path.startswith("EntityDefinitions"):
            return Response.json(metadata(self.world, request, path, base))
        if path == "Merge" and request.method == "POST":
            return writing.merge(self.world, request)
        if one := ONE.fullmatch(path):
            return self.one(request, self.definition(one[1]), one[2], base)
        name, _, rest = path.partition("/")
        if rest == "$count":
            return Response.json(count(self.world, request, self.definition(name)))
        return self.many(request, self.definition(path), base)

    def total(self, entities: list[str], base: str) -> Response:
        """RetrieveTotalRecordCount; Dynamics answers what it counted within the last day."""
        tables = [self.definition(f"{entity.strip()}s").entity for entity in entities]
        counts = [self.world.tables[entity].total() for entity in tables]
        found = {"Count": len(tables), "IsReadOnly": False, "Keys": tables, "Values": counts}
        context = f"{base}$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse"
        return Response.json({"@odata.context": context, "EntityRecordCountCollection": found})

    def definition(self, entity_set: str) -> Definition:
        if entity_set not in BY_SET:
            raise no_resource(entity_set)
        definition = BY_SET[entity_set]
        self.access.may("Read", definition.entity)
        return definition

    def many(self, request: Request, definition: Definition, base: str) -> Response:
        if request.method == "POST":
            return writing.create(self.world, request, definition, base)
        if request.method != "GET":
            raise ApiError(405, "0x80060888", f"{request.method} is not allowed on an entity set.")
        return Listing(self.world, request, definition, base).answer()

    def one(self, request: Request, definition: Definition, key: str, base: str) -> Response:
        if not GUID.fullmatch(key):
            raise bad_query(f"The key in the request URI is not valid for resource '{definition.entity_set}'.")
        key = key.lower()
        if request.method == "PATCH":
            return writing.update(self.world, request, definition, key, base)
        if request.method == "DELETE":
            return writing.delete(self.world, request, definition, key)
        row = writing.one(self.world, definition, key, base, request.query.get("$select", ""))
        return Response.json(row)
