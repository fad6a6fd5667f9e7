"""What is written to a contact centre? E-mails, chats, SMS and the messengers, and activities of no channel."""

from typing import Any

from .schema import ITEMS, RESOURCES
from .steps import EVENTS, Impossible, Steps, phone_key
from .world import Record

TO_AGENTS = EVENTS | {"CHAT": "chat"}  # the type of the queues that an activity of a channel comes from


class Messages(Steps):
    """Makes messages wait for agents."""

    def email(self, agent: str, address: str, subject: str, text: str = "", queue: Any = None) -> Record:
        """An e-mail waits for an agent."""
        return self.message("EMAIL", agent, queue, subject, address, address=address, direction="in", text=text)

    def chat(
        self, agent: str, title: str, email: str = "", phone: str = "", text: str = "", queue: Any = None
    ) -> Record:
        """A visitor of the web site wants to chat with an agent; ``text`` is what the chat is about."""
        return self.message("CHAT", agent, queue, title, email or phone, email=email, phone=phone, context=text)

    def sms(self, agent: str, sender: str, text: str, queue: Any = None) -> Record:
        """An SMS waits for an agent."""
        return self.message("SMS", agent, queue, text[:128], sender, sender=sender, direction="IN")

    def message_of(self, kind: str, agent: str, sender: str, title: str, text: str = "", queue: Any = None) -> Record:
        """A message in any channel but calls; ``sender`` is an address, a number, or a name of a social network."""
        if kind == "EMAIL":
            return self.email(agent, sender, title, text, queue)
        if kind == "CHAT":
            return self.chat(agent, title or sender, *((sender, "") if "@" in sender else ("", sender)), text, queue)
        if kind == "SMS":
            return self.sms(agent, sender, text or title, queue)
        if kind == "CUSTOM":
            return self.custom(agent, title or sender, queue)
        if kind not in ITEMS or kind == "CALL":
            raise Impossible(f"There is no message of the kind {kind}")
        number = sender if any(letter.isdigit() for letter in sender) else ""
        who = {"id": sender, "full_name": title or sender, "connector": kind.lower()}
        return self.message(kind, agent, queue, title or sender, number, external_contact=who)

    def custom(self, agent: str, title: str, queue: Any = None) -> Record:
        """A custom activity, which has no object of a channel behind it: a letter, a visit."""
        with self.world.lock:
            user = self.known("users", agent)["name"]
            line = self.known("queues", queue or self.queue_for("CUSTOM"))["name"]
            return self.begin("CUSTOM", user, line, title, {"name": None, "contact": None}, "WAIT")

    def message(self, kind: str, agent: str, queue: Any, title: str, from_whom: str, **values: Any) -> Record:
        with self.world.lock:
            user = self.known("users", agent)["name"]
            line = self.known("queues", queue or self.queue_for(kind))["name"]
            how, spell = ("email", str.casefold) if "@" in from_whom else ("number", phone_key)
            item = {"queue": line, "user": user, "title": title, "answered": False, "time": self.world.now()}
            item |= {"contact": self.whose(how, from_whom, spell) if from_whom else None, "state": "", **values}
            stored = self.world.insert(RESOURCES[ITEMS[kind]], item)
            return self.begin(kind, user, line, title, stored, "WAIT")

    def queue_for(self, kind: str) -> Any:
        found = [row["name"] for row in self.world.rows("queues") if row["type"] == TO_AGENTS[kind]]
        if not found:
            raise Impossible(f"There is no {TO_AGENTS[kind]} queue")
        return found[0]
