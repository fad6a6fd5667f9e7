"""What does Daktela send when something happens? The Open URL action: an address, a JSON template, a header.

Off until ``configure`` is called; how it delivers is assumption 10. The payload is whatever the administrator typed;
``{{name}}`` and paths such as ``{{contact.customFields.number}}`` are filled in, a missing value becomes empty.
"""

import json
import queue
import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlsplit

from .faults import EVENTS, Faults
from .reading import Reader
from .schema import RESOURCES
from .world import Record, World

HELD_SECONDS = 1.0
HEADER = "X-Daktela-Token"
TEMPLATE = {
    "event": "{{event}}",
    "activity_id": "{{name}}",
    "activity_type": "{{type}}",
    "activity_action": "{{action}}",
    "caller_number": "{{title}}",
    "duration": "{{duration}}",
    "started_at": "{{time}}",
    "ended_at": "{{time_close}}",
    "queue": "{{queue}}",
    "user": "{{user}}",
}


@dataclass(frozen=True)
class Action:
    """One Open URL action; ``events`` empty means all of them."""

    url: str
    template: dict[str, Any] = field(default_factory=lambda: TEMPLATE)
    token: str = ""
    events: tuple[str, ...] = ()
    header: str = HEADER

    def wants(self, event: str) -> bool:
        """Events may be named as patterns: ``call_*``."""
        return not self.events or any(fnmatchcase(event, pattern) for pattern in self.events)


class OpenUrl:
    """Sends events in the background, one after the other, and remembers what came of it."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world = world
        self.faults = faults
        self.actions: list[Action] = []
        self.sent: list[tuple[str, Record, int]] = []
        self.held: list[tuple[Action, str, Record]] = []
        self.waiting: queue.Queue[tuple[Action, str, Record] | None] = queue.Queue()
        self.thread: threading.Thread | None = None
        world.listeners.append(self.note)

    def configure(
        self,
        url: str,
        token: str = "",
        template: Record | None = None,
        events: Iterable[str] = (),
        header: str = HEADER,
    ) -> None:
        """Switch an action on: POST the filled template to ``url`` with the token in a header. Raises ValueError."""
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError("The address must begin with https:// or http://")
        self.actions.append(Action(url, template or TEMPLATE, token, tuple(events), header))
        if not self.thread:
            self.thread = threading.Thread(target=self.run, daemon=True, name="open-url")
            self.thread.start()

    def remove(self, place: int) -> None:
        """Raises ValueError for an action that is not there."""
        if not 0 <= place < len(self.actions):
            raise ValueError("This event is not there any more")
        del self.actions[place]

    def forget(self) -> None:
        """No more actions, and nothing that was sent."""
        self.actions.clear()
        self.sent.clear()

    def shown(self) -> Record:
        """The actions without their secrets, and the events that were sent with the status of their answers."""
        actions = [{"url": one.url, "header": one.header, "events": list(one.events)} for one in self.actions]
        sent = [{"event": event, "body": body, "status": status} for event, body, status in self.sent[-1000:]]
        return {"actions": actions, "sent": sent, "waiting": self.waiting.unfinished_tasks + len(self.held)}

    def note(self, event: str, record: Record, resource: str) -> None:
        """Called with the world's lock held: fill the templates now, send later."""
        for action in self.actions:
            if not action.wants(event):
                continue
            shown = Reader(self.world, self.world.zone).shown(RESOURCES[resource], record) | {"event": event}
            self.waiting.put((action, event, filled(action.template, shown)))

    def drain(self) -> None:
        """Wait until everything noted so far has been sent."""
        self.waiting.join()

    def stop(self) -> None:
        if self.thread:
            self.waiting.put(None)
            self.thread.join(timeout=self.world.assumptions.event_timeout_seconds)

    def run(self) -> None:
        while True:
            try:
                item = self.waiting.get(timeout=HELD_SECONDS if self.held else None)
            except queue.Empty:
                self.release()
                continue
            try:
                if item is None:
                    return
                self.misbehave(item)
            finally:
                self.waiting.task_done()

    def release(self) -> None:
        """Those that were held back come now, in any order."""
        self.faults.chance.shuffle(self.held)
        while self.held:
            self.deliver(*self.held.pop(0))

    def misbehave(self, item: tuple[Action, str, Record]) -> None:
        """Send an event, or do to it what a fault says."""
        fault = self.faults.due(EVENTS)
        kind = fault.kind if fault else ""
        if kind == "reorder":
            self.held.append(item)
            return
        if fault and kind == "delay":
            threading.Timer(fault.seconds, self.deliver, item).start()
            return
        for one in [] if kind == "drop" else [item] * (fault.copies if fault and kind == "duplicate" else 1):
            self.deliver(*one)
        self.release()

    def deliver(self, action: Action, event: str, body: Record) -> None:
        """Record the status of the answer, 0 when there was none."""
        headers = {"Content-Type": "application/json"} | ({action.header: action.token} if action.token else {})
        url, host = reached(action.url)
        request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")  # noqa: S310
        request.add_header("Host", host)
        for _ in range(self.world.assumptions.event_attempts):
            status = self.status_of(request)
            if 200 <= status < 300:
                break
        self.sent.append((event, body, status))

    def status_of(self, request: urllib.request.Request) -> int:
        try:
            with urllib.request.urlopen(request, timeout=self.world.assumptions.event_timeout_seconds) as answer:  # noqa: S310
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
        except OSError:
            return 0


def reached(url: str) -> tuple[str, str]:
    """The address to connect to and the Host to name: what ends in .localhost is this machine, whatever DNS says."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return url, parts.netloc
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"127.0.0.1{port}").geturl(), parts.netloc


def filled(template: Any, shown: Record) -> Any:
    """The template with its placeholders filled in; one that stands alone keeps the type of its value."""
    if isinstance(template, dict):
        return {key: filled(value, shown) for key, value in template.items()}
    if isinstance(template, list):
        return [filled(value, shown) for value in template]
    if not isinstance(template, str):
        return template
    alone = re.fullmatch(r"\{\{\s*([\w.]+)\s*\}\}", template)
    if alone:
        return placeholder(shown, alone[1])
    return re.sub(r"\{\{\s*([\w.]+)\s*\}\}", lambda found: str(placeholder(shown, found[1]) or ""), template)


def placeholder(shown: Any, path: str) -> Any:
    """A value by its path; an object stands for its name, a list for its first element."""
    value = shown
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, list):
        value = value[0] if value else None
    return value.get("name") if isinstance(value, dict) else value
