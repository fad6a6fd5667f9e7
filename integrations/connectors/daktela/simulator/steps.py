"""What do all things that happen at a desk share? What they are about, and how an activity begins and ends."""

from typing import Any

from .schema import ITEMS, RESOURCES
from .world import Record, World

# The labels of events by channel; web chat is "web".
EVENTS = {"CALL": "call", "EMAIL": "email", "CHAT": "web", "CUSTOM": "custom"} | {
    kind: kind.lower() for kind in ("SMS", "FBM", "IGDM", "WAP", "VBR")
}


class Impossible(ValueError):
    """This cannot happen now; the text says why."""


def phone_key(number: str) -> str:
    """The 00... form by which an incoming caller is found among the contacts."""
    digits = "".join(letter for letter in number if letter.isdigit() or letter == "+")
    digits = digits.replace("+", "00", 1)
    return digits if digits.startswith("00") else f"00420{digits}"


class Steps:
    """The parts of what happens in a world. Activities are given and returned by name or as stored records."""

    def __init__(self, world: World) -> None:
        self.world = world

    def known(self, resource: str, name: Any) -> Record:
        found = self.world.find(resource, name)
        if not found:
            raise Impossible(f"There is no {RESOURCES[resource].name.removesuffix('s')} {name}")
        return found

    def alive(self, activity: Any) -> Record:
        record = activity if isinstance(activity, dict) else self.known("activities", activity)
        if record["action"] == "CLOSE":
            raise Impossible("This activity is closed")
        return record

    def item_of(self, record: Record) -> Record:
        return self.world.find(ITEMS.get(record["type"], "activities"), record["item"]) or {}

    def begin(self, kind: str, agent: str, queue: Any, title: str, item: Record, action: str) -> Record:
        now = self.world.now()
        values = {"type": kind, "action": action, "title": title, "queue": queue, "user": agent, "statuses": []}
        values |= {"item": item.get("id_call") or item.get("name"), "contact": item["contact"], "time": now}
        values |= {"time_wait": now, "duration": 0, "ringing_time": 0, "baw": 0, "aaw": 0, "created_by": agent}
        activity = self.world.insert(RESOURCES["activities"], values)
        self.announce("create", activity)
        return activity

    def finish(self, record: Record) -> None:
        """Close an activity. ``time_close`` stays what a postponement made it."""
        ended = self.item_of(record).get("_ended_at")
        after = self.world.seconds_since(ended) if ended else 0
        duration = self.world.seconds_since(record["time_open"]) - after if record["time_open"] else 0
        closed_at = record["time_close"] or self.world.now()
        self.write(record, action="CLOSE", time_close=closed_at, aaw=after, duration=duration)
        self.set_phone(record["user"], "Idle", None)
        self.announce("close", record)

    def write(self, record: Record, **values: Any) -> None:
        self.world.change("activities", record, **values)

    def announce(self, what: str, record: Record) -> None:
        self.world.note(what, RESOURCES["activities"], record, by="desk")
        self.world.announce(f"{EVENTS.get(record['type'], 'activity')}_{what}", record)

    def set_phone(self, agent: str, status: str, call_id: str | None) -> None:
        session = self.world.find("realtimeSessions", agent)
        if session:
            session.update(exten_status=status, id_call=call_id, statetime=self.world.now())

    def whose(self, key: str, value: str, spell: Any) -> Any:
        """The first contact with this number or address, as the exchange itself would find it."""
        wanted = spell(value)
        for contact in self.world.rows("contacts"):
            if any(spell(one) == wanted for one in contact["customFields"].get(key, [])):
                return contact["name"]
        return None
