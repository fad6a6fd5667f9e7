"""What is an agent's live state, and how does a client follow it? The long poll, queue log-ins and pauses.

The keys of the answers are our assumption (number 1 of the list).
"""

from typing import Any

from .errors import ApiError
from .reading import Reader
from .schema import RESOURCES
from .wire import listed
from .world import Record, World

POLL_SECONDS = 15.0


def pull(world: World, reader: Reader, user: Record, sent_hash: str, seconds: float) -> Record:
    """appPullData: without a hash all there is, at once; with the last one what happened since, or only the hash."""
    name = user["name"]
    since = int(sent_hash) if sent_hash.isdecimal() else None
    first_kept = world.happened[0][0] if world.happened else world.sequence + 1
    if since is None or since > world.sequence or since < first_kept - 1:
        return snapshot(world, reader, name)
    world.wait_for(lambda: bool(news(world, name, since)), seconds)
    events = news(world, name, since)
    if any(event == "reset" for event, _ in events):
        return snapshot(world, reader, name)
    result: Record = {"hash": str(world.sequence)}
    if not events:
        return result
    touched = {object_name for event, object_name in events if event not in ("user", "queues")}
    rows = [world.tables["activities"][one] for one in sorted(touched) if one in world.tables["activities"]]
    result["activities"] = [reader.shown(RESOURCES["activities"], row) for row in rows]
    result["notifications"] = [{"event": event, "name": object_name} for event, object_name in events]
    return result | agent_state(world, reader, name)


def news(world: World, name: str, since: int) -> list[tuple[str, str]]:
    return [(event, what) for number, user, event, what in world.happened if number > since and user in (None, name)]


def snapshot(world: World, reader: Reader, name: str) -> Record:
    rows = [r for r in world.rows("activities") if r["user"] == name and r["action"] != "CLOSE"]
    shown = [reader.shown(RESOURCES["activities"], row) for row in rows]
    result = {"hash": str(world.sequence), "activities": shown, "notifications": []}
    return result | agent_state(world, reader, name)


def agent_state(world: World, reader: Reader, name: str) -> Record:
    session = world.find("realtimeSessions", name)
    if not session:
        return {"user": None, "queues": [], "devices": []}
    queues = [{"name": queue, "login": True} for queue in session["queues"]]
    devices = [{"name": session["exten"], "state": session["exten_status"]}] if session["exten"] else []
    return {"user": reader.shown(RESOURCES["realtimeSessions"], session), "queues": queues, "devices": devices}


def change_session(world: World, reader: Reader, user: Record, sent: Record) -> Record:
    """usersSession: log in to and out of queues, start and end a pause. Raises ApiError(400)."""
    session = world.find("realtimeSessions", user["name"])
    if not session:
        raise ApiError(400, {"primary": ["User has no session", "error"]})
    for change in listed(sent.get("queues") or []):
        change_queue(world, session, change)
    if "pause" in sent:
        change_pause(world, session, sent["pause"])
    world.tell(user["name"], "user", user["name"])
    return agent_state(world, reader, user["name"])


def change_queue(world: World, session: Record, change: Any) -> None:
    queue = world.find("queues", change.get("name") if isinstance(change, dict) else None)
    if not queue:
        raise ApiError(400, {"form": {"queues": "Foreign key not exist"}})
    rest = [name for name in session["queues"] if name != str(queue["name"])]
    is_login = str(change.get("login")).lower() in ("1", "true")
    session["queues"] = [*rest, str(queue["name"])] if is_login else rest


def change_pause(world: World, session: Record, pause: Any) -> None:
    if pause and not world.find("pauses", pause):
        raise ApiError(400, {"form": {"pause": "Foreign key not exist"}})
    now = world.now()
    session.update(id_pause=pause or None, state="Paused" if pause else "Idle", statetime=now)
    session["onpause"] = now if pause else None
