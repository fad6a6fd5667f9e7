"""What does an agent's desk show and do? The page in the browser, and the JSON calls that drive it.

The calls are for this machine only: a loopback address, a loopback Host (no DNS rebinding), and a JSON content type,
which no form of another site can send.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from integrations.connectors.simulator.wire import Response

from .control import Control
from .errors import ApiError, missing, wrong_verb
from .faults import Faults
from .scenarios import Impossible, Scenarios
from .wire import Request
from .world import Record

STATIC = Path(__file__).with_name("static")
PAGES = {"/": "desk.html", "/manage": "manage.html"}
PAGES |= {f"/desk/{name}": name for name in ("desk.css", "desk.js", "frames.js", "manage.js")}
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
KEPT_OUT = [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")]
LOOPBACK = re.compile(r"(127(\.\d+){3}|localhost|\[::1\])(:\d+)?")
WAIT_SECONDS = 20.0


class Desk:
    """The desk over one world."""

    def __init__(self, scenarios: Scenarios, faults: Faults, control: Control, widget_url: str) -> None:
        self.control = control
        self.world = scenarios.world
        self.scenarios = scenarios
        self.faults = faults
        self.events = control.events
        self.widget_url = widget_url

    def answer(self, request: Request) -> Response:
        """Raises ApiError."""
        if request.path in PAGES:
            return self.page(request.path)
        if request.path == "/favicon.ico":
            return Response(204)
        self.must_be_local(request)
        if request.path == "/desk/state" and request.method == "GET":
            return Response.json(self.state(request))
        if request.path == "/desk/faults":
            return self.change_faults(request)
        what = self.control.shown().get(request.path.removeprefix("/desk/"))
        if what and request.method == "GET":
            return self.done(what, request.query)
        return self.act(request)

    def page(self, path: str) -> Response:
        file = STATIC / PAGES[path]
        policy = [("Content-Security-Policy", self.policy())] if file.suffix == ".html" else []
        return Response(200, file.read_bytes(), f"{TYPES[file.suffix]}; charset=utf-8", KEPT_OUT + policy)

    def policy(self) -> str:
        """Nothing but our own files, and the widgets' sites in frames."""
        templates = [self.template(queue) for queue in self.world.rows("queues")] or [self.widget_url]
        sites = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(template)) for template in templates})
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
            f"frame-src {' '.join(sites)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )

    def must_be_local(self, request: Request) -> None:
        is_local = request.address.startswith("127.") or request.address in ("::1", "::ffff:127.0.0.1")
        if not is_local or not LOOPBACK.fullmatch(request.headers.get("host", "")):
            raise ApiError(403, ["The desk answers only on this machine"])
        if request.method == "POST" and request.content_type != "application/json":
            raise ApiError(415, ["The desk takes JSON only: send Content-Type: application/json"])

    # what an agent sees

    def template(self, queue: Record | None) -> str:
        return ((queue["options"] or {}).get("widget_url") if queue else None) or self.widget_url

    def widget(self, activity: Record) -> str:
        """The address of the widget for an activity: the queue's template and exactly four parameters."""
        queue = self.world.find("queues", activity["queue"])
        base = self.template(queue).replace("{queue}", quote(str(activity["queue"]), safe=""))
        item = self.scenarios.item_of(activity)
        four = {"clid": item.get("clid") or "", "direction": (item.get("direction") or "in").lower()}
        four |= {"callid": item.get("id_call") or "", "activity": activity["name"]}
        return f"{base}{'&' if '?' in base else '?'}{urlencode(four)}"

    def state(self, request: Request) -> Record:
        """All the desk of one agent shows. With ``since`` it waits until something happened after that."""
        since = str(request.query.get("since") or "")
        if since.isdecimal():
            self.world.wait_for(lambda: self.world.sequence != int(since), WAIT_SECONDS)
        agent = str(request.query.get("agent") or "")
        rows = [r for r in self.world.rows("activities") if r["user"] == agent and r["action"] != "CLOSE"]
        return {
            "sequence": self.world.sequence,
            "agents": [self.agent(row) for row in self.world.rows("users") if row["extension"]],
            "queues": [self.queue(row) for row in self.world.rows("queues")],
            "numbers": self.world.seed.get("callers", []),
            "activities": [self.shown(row) for row in rows],
            "now": self.world.now(),
        }

    def agent(self, user: Record) -> Record:
        session = self.world.find("realtimeSessions", user["name"]) or {}
        queues = session.get("queues", [])
        return {"name": user["name"], "title": user["title"], "extension": user["extension"], "queues": queues}

    def queue(self, queue: Record) -> Record:
        return {key: queue[key] for key in ("name", "title", "type", "direction")}

    def shown(self, activity: Record) -> Record:
        item = self.scenarios.item_of(activity)
        queue = self.world.find("queues", activity["queue"])
        second = self.scenarios.consulted(activity)
        ended = item.get("_ended_at")
        return {
            "activity": activity["name"],
            "type": activity["type"],
            "action": activity["action"],
            "title": activity["title"],
            "queue": queue["title"] if queue else str(activity["queue"]),
            "callid": item.get("id_call") or "",
            "direction": (item.get("direction") or "in").lower(),
            "clid": item.get("clid") or "",
            "consulting": second["user"] if second else None,
            "has_ended": bool(ended),
            "seconds": self.world.seconds_since(ended or activity["time_open"] or activity["time_wait"]),
            "widget_url": self.widget(activity),
        }

    # what can be done

    def act(self, request: Request) -> Response:
        action = self.actions().get(request.path.removeprefix("/desk/"))
        if not action or not request.path.startswith("/desk/"):
            raise missing()
        if request.method != "POST":
            raise wrong_verb(frozenset(("POST",)))
        return self.done(action, request.values())

    def done(self, action: Callable[[Record], Any], sent: Record) -> Response:
        try:
            return Response.json(action(sent) or {})
        except KeyError as absent:
            raise ApiError(400, {"form": {str(absent.args[0]): "Item is mandatory"}}) from None
        except (Impossible, ValueError, TypeError) as problem:
            raise ApiError(400, {"primary": [str(problem), "error"]}) from None

    def actions(self) -> dict[str, Callable[[Record], Any]]:
        does = self.scenarios
        return self.control.actions() | {
            "ring": lambda sent: self.told(
                does.ring(sent["agent"], sent["queue"], sent.get("clid"), sent.get("direction") or "in")
            ),
            "answer": lambda sent: self.told(does.answer(sent["activity"])),
            "transfer": lambda sent: self.told(does.transfer(sent["activity"], sent["to"])),
            "consult": lambda sent: self.told(does.consult(sent["activity"], sent["to"])),
            "put-through": lambda sent: self.told(does.put_through(sent["activity"])),
            "hang-up": lambda sent: self.told(does.hang_up(sent["activity"], sent.get("by") or "caller")),
            "close": lambda sent: self.told(does.close(sent["activity"])),
            "postpone": lambda sent: self.told(does.postpone(sent["activity"])),
            "email": self.email,
            "chat": self.chat,
            "sms": self.sms,
            "message": self.message,
            "events": self.configure_events,
            "reset": lambda sent: self.reset(),
        }

    def told(self, activity: Record) -> Record:
        call_id = self.scenarios.item_of(activity).get("id_call") or ""
        return {"activity": activity["name"], "callid": call_id, "widget_url": self.widget(activity)}

    def email(self, sent: Record) -> Record:
        values = (sent.get("subject") or "A question", sent.get("text") or "", sent.get("queue"))
        return self.told(self.scenarios.email(sent["agent"], sent["address"], *values))

    def chat(self, sent: Record) -> Record:
        values = (sent.get("email") or "", sent.get("phone") or "", sent.get("text") or "", sent.get("queue"))
        return self.told(self.scenarios.chat(sent["agent"], sent.get("title") or "Visitor", *values))

    def sms(self, sent: Record) -> Record:
        values = (sent.get("text") or "Please call me back.", sent.get("queue"))
        return self.told(self.scenarios.sms(sent["agent"], sent["sender"], *values))

    def message(self, sent: Record) -> Record:
        texts = (sent.get("subject") or "", sent.get("text") or "")
        return self.told(
            self.scenarios.message_of(sent["kind"], sent["agent"], sent["from"], *texts, sent.get("queue"))
        )

    def configure_events(self, sent: Record) -> Record:
        """Switch the Open URL action on: url, and optionally token, header, template and events."""
        settings = {key: sent[key] for key in ("token", "header", "template", "events") if key in sent}
        self.events.configure(sent["url"], **settings)
        return {"actions": len(self.events.actions)}

    def reset(self) -> Record:
        self.faults.clear()
        self.control.conditions.clear()
        self.world.reset()
        return {"sequence": self.world.sequence}

    def change_faults(self, request: Request) -> Response:
        """GET lists them, POST {kind, path, ...} adds one, DELETE removes all."""
        if request.method == "DELETE":
            self.faults.clear()
        elif request.method == "POST":
            try:
                self.faults.add(**request.values())
            except (TypeError, ValueError) as problem:
                raise ApiError(400, {"primary": [str(problem), "error"]}) from None
        elif request.method != "GET":
            raise wrong_verb(frozenset(("GET", "POST", "DELETE")))
        return Response.json({"faults": self.faults.shown()})
