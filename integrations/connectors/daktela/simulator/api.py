"""Which answer does a request get? The API under /api/v6, files, and the desk."""

import traceback
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.connectors.simulator.wire import Response

from . import access, live, zones
from .conditions import Conditions
from .control import Control
from .desk import Desk
from .errors import ApiError, missing, translated, wrong_verb
from .events import OpenUrl
from .faults import Faults
from .files import Uploads, recording
from .reading import Reader
from .records import Records
from .rest import Rest
from .scenarios import Scenarios
from .schema import RESOURCES
from .wire import BASE, Request, segments
from .world import Record, World

Headers = list[tuple[str, str]]
GREATEST_BODY = 25 * 1024 * 1024


class Application:
    """Everything the simulator is: a request in, an answer out."""

    def __init__(self, world: World, widget_url: str, poll_seconds: float = live.POLL_SECONDS) -> None:
        self.world = world
        self.poll_seconds = poll_seconds
        self.conditions = Conditions(world)
        self.records = Records(world)
        self.faults = Faults(world, self.records.stir)
        self.events = OpenUrl(world, self.faults)
        self.scenarios = Scenarios(world)
        self.uploads = Uploads()
        control = Control(self.records, self.scenarios, self.conditions, self.events)
        self.desk = Desk(self.scenarios, self.faults, control, widget_url)

    def answer(self, request: Request) -> Response:
        """Raises Reset where the connection is to break."""
        if len(request.body) > GREATEST_BODY:
            return self.refusal(ApiError(413, ["The body is too long"]), "")
        with self.world.ledger.count(request.method, request.path):
            return self.conditions.refusal(request) or self.faults.around(request, self.safely)

    def safely(self, request: Request) -> Response:
        language = request.cookies.get("lang") or request.headers.get("accept-language", "")
        try:
            with self.world.lock:
                return self.route(request)
        except ApiError as problem:
            return self.refusal(problem, language)
        except Exception:
            traceback.print_exc()
            return self.refusal(ApiError(500, ["The simulator failed, see its log"]), language)

    def route(self, request: Request) -> Response:
        if request.path.startswith(BASE):
            return self.api(request)
        if request.path.startswith("/file/"):
            return self.file(request)
        return self.desk.answer(request)

    def refusal(self, problem: ApiError, language: str) -> Response:
        body = {"error": translated(problem.error, language), "result": problem.result, "_time": self.world.now()}
        return Response.json(body, problem.status, problem.headers.items())

    # the API

    def api(self, request: Request) -> Response:
        path = segments(request.path.removeprefix(BASE))
        if not path or len(path) > 3:
            raise missing()
        sent = request.values() if request.method in ("POST", "PUT") else {}
        token = access.sent_token(request, sent)
        cookies = language_cookie(request)
        if not access.user_behind(self.world, token) and "c_refresh_token" in request.cookies:
            fresh, more = access.renewed(self.world, request)
            token, cookies = fresh or token, cookies + more
        zone = self.zone_of(request, token)
        status, result = self.result(request, path, sent, token, self.value_zone(zone))
        if status == 204:
            return Response(204, headers=cookies)
        return Response.json(self.envelope(result, zone), status, cookies)

    def result(self, request: Request, path: list[str], sent: Record, token: str, zone: ZoneInfo) -> tuple[int, Any]:
        if path == ["login"]:
            return self.login(request, sent)
        if path == ["whoim"] and not token:
            return 200, {"user": None, "version": access.VERSION}
        user = access.signed_in(self.world, token)
        reader = Reader(self.world, zone)
        if path == ["whoim"]:
            return 200, self.whoim(reader, user, token)
        if path == ["appPullData"]:
            sent_hash = str(request.query.get("hash") or "")
            return 200, live.pull(self.world, reader, user, sent_hash, self.poll_seconds)
        if path == ["usersSession"]:
            if request.method != "POST":
                raise wrong_verb(frozenset(("POST",)))
            return 201, live.change_session(self.world, reader, user, sent)
        return Rest(self.world, user, zone).answer(request.method, path, request.query, sent)

    def login(self, request: Request, sent: Record) -> tuple[int, Any]:
        """Log-in answers 200 although it is a POST; ``only_token`` asks for the bare token."""
        if request.method == "PUT":
            return 200, access.refresh(self.world, sent)
        if request.method != "POST":
            raise wrong_verb(frozenset(("POST", "PUT")))
        values = {**request.query, **sent}
        tokens = access.log_in(self.world, values)
        if str(values.get("only_token", "")).lower() in ("1", "true"):
            return 200, tokens["accessToken"]
        user = self.world.tables["users"][values["username"]]
        return 200, tokens | {"user": Reader(self.world, self.world.zone).shown(RESOURCES["users"], user)}

    def whoim(self, reader: Reader, user: Record, token: str) -> Record:
        shown = reader.shown(RESOURCES["users"], user)
        shown["_sys"]["accessToken"] = token
        return {"user": shown, "version": access.VERSION}

    def zone_of(self, request: Request, token: str) -> ZoneInfo:
        """The client's zone when it names one and is signed in. An unknown one is passed over."""
        name = request.headers.get("x-timezone-client")
        if not name or not access.user_behind(self.world, token):
            return self.world.zone
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return self.world.zone

    def value_zone(self, zone: ZoneInfo) -> ZoneInfo:
        return zone if self.world.assumptions.zone_header_shifts else self.world.zone

    def envelope(self, result: Any, zone: ZoneInfo) -> Record:
        now = self.world.clock()
        return {
            "error": [],
            "result": result,
            "_time": zones.written(now, self.value_zone(zone)),
            "_serverTime": zones.written(now, self.world.zone),
            "_timezone": zone.key,
        }

    # files

    def file(self, request: Request) -> Response:
        access.signed_in(self.world, access.sent_token(request, {}))
        if request.path.startswith("/file/recording/"):
            return recording(self.world, request, segments(request.path)[-1])
        if request.path == "/file/upload.php":
            is_removal = request.query.get("type") == "remove"
            return self.uploads.remove(request) if is_removal else self.uploads.save(self.world, request)
        if request.path == "/file/download.php":
            return self.uploads.download(request)
        raise missing()


def language_cookie(request: Request) -> Headers:
    """The ``lang`` cookie of a client that asks for that same language comes back."""
    language = request.cookies.get("lang", "")
    asked = request.headers.get("accept-language", "").partition(",")[0]
    is_asked = language and language.replace("_", "-") == asked.replace("_", "-")
    return [("Set-Cookie", f"lang={language}; Path=/")] if is_asked else []
