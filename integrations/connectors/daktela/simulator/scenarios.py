"""What can happen to an agent? Calls that ring, are answered, transferred and closed; and messages, which wait.

How a call is answered, passed on and ended by others than the desk: assumptions 2 and 15.
"""

from typing import Any

from .errors import primary
from .messages import Messages
from .schema import ITEMS, RESOURCES
from .steps import Impossible, phone_key
from .world import Record

__all__ = ["Impossible", "Scenarios", "phone_key"]


class Scenarios(Messages):
    """Makes things happen in a world. Activities are given and returned by name or as stored records."""

    # calls

    def ring(self, agent: str, queue: Any, clid: str | None = None, direction: str = "in") -> Record:
        """A call rings at an agent; ``clid`` None is a withheld number. Returns the new activity."""
        with self.world.lock:
            user, line = self.known("users", agent), self.known("queues", queue)
            if direction not in ("in", "out", "internal"):
                raise Impossible("The direction must be in, out or internal")
            shown = clid or self.world.assumptions.withheld_clid
            call = self.world.insert(
                RESOURCES["activitiesCall"],
                {
                    "id_call": f"1WS.{self.world.next_number()}",
                    "call_time": self.world.now(),
                    "direction": direction,
                    "answered": False,
                    "id_queue": line["name"],
                    "id_agent": user["name"],
                    "clid": shown,
                    "contact": self.whose("number", clid, phone_key) if clid else None,
                    "did": (line["options"] or {}).get("outboundcid"),
                    "disposition_cause": "",
                    "disconnection_cause": "",
                    "attempts": 1,
                }
                | dict.fromkeys(("waiting_time", "ringing_time", "hold_time", "duration"), 0),
            )
            return self.hand_over(call, user["name"])

    def hand_over(self, call: Record, agent: str) -> Record:
        """A new activity of this call rings at an agent."""
        activity = self.begin("CALL", agent, call["id_queue"], call["clid"] or "Anonymous", call, "WAIT")
        self.set_phone(agent, "Busy", call["id_call"])
        return activity

    def answer(self, activity: Any) -> Record:
        """The agent takes what rings or waits."""
        with self.world.lock:
            record = self.alive(activity)
            if record["action"] == "OPEN":
                raise Impossible("This activity has been answered already")
            waited = self.world.seconds_since(record["time_wait"])
            self.write(record, action="OPEN", time_open=self.world.now(), ringing_time=waited)
            item = self.item_of(record)
            if item and record["type"] == "CALL":
                changes = {"answered": True, "id_agent": record["user"], "ringing_time": waited, "waiting_time": waited}
                self.world.change("activitiesCall", item, **changes)
            elif item:
                self.world.change(ITEMS[record["type"]], item, answered=True, user=record["user"], wait_time=waited)
            self.announce("answer", record)
            return record

    def transfer(self, activity: Any, to: str) -> Record:
        """Blind: the first activity closes, a new one with the same call id rings at ``to``. Returns the new one."""
        with self.world.lock:
            record = self.talking(activity)
            call = self.item_of(record)
            target = self.other_agent(record, to)
            self.world.change("activitiesCall", call, disposition_cause="transfer")
            self.finish(record)
            return self.hand_over(call, target)

    def consult(self, activity: Any, to: str) -> Record:
        """The call rings at ``to`` while the first agent keeps it. Returns the second activity."""
        with self.world.lock:
            record = self.talking(activity)
            if self.consulted(record):
                raise Impossible("Another agent is being consulted already")
            second = self.hand_over(self.item_of(record), self.other_agent(record, to))
            second["_asked_by"] = record["name"]
            return second

    def put_through(self, activity: Any) -> Record:
        """The first agent leaves the call to the one consulted. Returns the second activity."""
        with self.world.lock:
            record = self.talking(activity)
            second = self.consulted(record)
            if not second:
                raise Impossible("Nobody is being consulted")
            self.world.change("activitiesCall", self.item_of(record), disposition_cause="transfer")
            self.finish(record)
            return second

    def hang_up(self, activity: Any, by: str = "caller") -> Record:
        """The call ends; an answered activity stays open for the wrap-up, an unanswered one is closed as missed."""
        with self.world.lock:
            record = self.alive(activity)
            if record["type"] != "CALL":
                raise Impossible("Only a call can be hung up")
            if record["action"] == "WAIT":
                return self.close(record)
            if self.consulted(record):
                self.put_through(record)
                return record
            self.end_call(record, by)
            self.world.tell(record["user"], "call_hangup", record["name"])
            return record

    def close(self, activity: Any) -> Record:
        """The agent is done: the call ends if it has not, and the activity closes."""
        with self.world.lock:
            record = self.alive(activity)
            if record["type"] == "CALL":
                self.end_call(record, "agent")
            self.finish(record)
            return record

    def postpone(self, activity: Any) -> Record:
        """An e-mail, chat or message is put aside. Sets ``time_close``, which closing later does not renew."""
        with self.world.lock:
            record = self.alive(activity)
            if record["type"] == "CALL":
                raise Impossible("A call cannot be postponed")
            self.write(record, action="POSTPONE", time_close=self.world.now())
            self.world.note("postpone", RESOURCES["activities"], record, by="desk")
            self.world.tell(record["user"], "activity_postpone", record["name"])
            return record

    # dialling by REST

    def dial(self, agent: str, queue: Any, number: str) -> Record:
        """Click to call. Raises ApiError(400) without a device or when the agent is in no such outgoing queue."""
        with self.world.lock:
            session = self.world.find("realtimeSessions", agent)
            line = self.world.find("queues", queue)
            if not session or not session["exten"]:
                raise primary("User have not available devices")
            if not line or line["direction"] != "out" or str(line["name"]) not in session["queues"]:
                raise primary("User is not logged in to this outgoing queue")
            return self.ring(agent, line["name"], number, "out")

    # steps

    def talking(self, activity: Any) -> Record:
        record = self.alive(activity)
        if record["type"] != "CALL" or record["action"] != "OPEN" or self.item_of(record).get("_ended_at"):
            raise Impossible("Only a call in progress can be transferred")
        return record

    def other_agent(self, record: Record, to: str) -> str:
        name = self.known("users", to)["name"]
        if name == record["user"]:
            raise Impossible("A call cannot be transferred to the agent who has it")
        return str(name)

    def consulted(self, record: Record) -> Record | None:
        parts = self.world.activities_of(record["item"])
        return next((r for r in parts if r.get("_asked_by") == record["name"] and r["action"] != "CLOSE"), None)

    def end_call(self, record: Record, by: str) -> None:
        """Stop the clock of the call, unless another agent is still on it."""
        call = self.item_of(record)
        others = [r for r in self.world.activities_of(record["item"]) if r is not record]
        if call.get("_ended_at") or any(r["action"] != "CLOSE" for r in others):
            return
        changes: Record = {"_ended_at": self.world.now(), "disposition_cause": by if call["answered"] else ""}
        changes["duration"] = self.world.seconds_since(record["time_open"])
        if not call["answered"]:
            changes["disconnection_cause"] = "abandon" if call["direction"] == "in" else "noanswer"
        if not call["answered"] and call["direction"] == "in":
            changes |= {"missed_call": 1, "missed_call_time": self.world.now()}
        self.world.change("activitiesCall", call, **changes)
        self.set_phone(record["user"], "Idle", None)
