"""What does the agent see in the first second? The facts and the rule's decision, put into words for the template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.urls import reverse

from crm import phones
from crm.matching import Candidate, Status
from widget import fields, screenpop, story
from widget.context import CallContext
from widget.facts import Facts, Row
from widget.facts import story as read_story
from widget.screenpop import Action, Decision

ABOUT = {
    Action.ASK: "ask",
    Action.CHOOSE: "choose",
    Action.SEARCH_IN_COMPANY: "company",
    Action.OFFER: "unknown",
    Action.SEARCH: "search",
    Action.NOT_ALLOWED: "not_allowed",
}
NOBODY = {
    Status.INTERNAL: "Internal call: no customer is looked up.",
    Status.OWN: "This is one of our own numbers: no customer is looked up.",
    Status.IGNORED: "This number is on the queue's ignore list: no customer is looked up.",
}


@dataclass(slots=True)
class Card:
    """`state` names the part of templates/widget/_who.html; what a state does not need is empty."""

    state: str
    number: str
    number_key: str
    decision: Decision
    record: Row | None = None
    contact: Row = field(default_factory=dict)  # the record's, and its account
    account: Row = field(default_factory=dict)
    link: str = ""  # what the page posts on load, where exactly one record is sure: contact-12
    why: str = ""
    is_linked: bool = False
    is_confirmed: bool = False  # an agent has said in this call: yes, it is this one
    is_done: bool = False
    story: story.Story | None = None
    shown: Sequence[tuple[str, str]] = ()  # titles and values
    text: str = ""

    def __getitem__(self, name: str) -> Any:
        """Templates ask for a key first; without this, each of their questions would cost an exception."""
        return getattr(self, name)

    @property
    def key(self) -> str:
        """How forms name the record shown: contact-12 or account-7."""
        return key_of(self.record) if self.record else ""

    @property
    def name(self) -> str:
        if self.contact:
            return f"{self.contact['first_name']} {self.contact['last_name']}".strip()
        return self.account_name

    @property
    def account_name(self) -> str:
        return str(self.account.get("name", ""))

    @property
    def url(self) -> str:
        """The record in the office, for a new tab."""
        return office("crm:contact", self.contact["id"]) if self.contact else self.account_url

    @property
    def account_url(self) -> str:
        return office("crm:account", self.account["id"]) if self.account else ""

    @property
    def country(self) -> str:
        return phones.country_of(self.number_key) or ""


MakeCard = Callable[..., Card]  # of a state and what it needs; what every state says is in it


def of(context: CallContext, facts: Facts) -> Card:
    """The card of this call for the viewer of these facts."""
    decision = screenpop.decide(facts.house.rules[context.call_type], facts.candidates, facts.status)
    key = facts.number.key
    card = partial(Card, number=phones.spell(key) or context.clid, number_key=key, decision=decision)
    return _told(context, facts, decision, card)


def _told(context: CallContext, facts: Facts, decision: Decision, card: MakeCard) -> Card:
    linked = _linked(facts)
    if linked:
        is_linked = bool(facts.mine and facts.mine["link"] in ("auto", "manual"))
        return _known(facts, decision, card, why=linked, is_linked=is_linked)
    if facts.mine and (facts.mine["contact_id"] or facts.mine["account_id"]):
        return card("not_allowed")  # it is linked, but to what this user may not see
    if not context.is_usable:
        return card("search")
    if facts.status is Status.WITHHELD:
        return card("withheld" if context.call_id else "message")
    if facts.status is not Status.NUMBER:
        return card("nobody", text=NOBODY[facts.status])
    if decision.action is not Action.OPEN or decision.chosen is None:
        return card(_state(facts, decision))
    chosen = _with_record_of(facts, decision.chosen)
    return _known(chosen, decision, card, why=decision.chosen.why, links=decision.links_by_itself)


def _linked(facts: Facts) -> str:
    """Why the record is known without asking the number: this activity has it, or the call's last agent found it."""
    mine = facts.mine or {}
    has_one = mine.get("contact_id") or mine.get("account_id")
    by_a_person = mine.get("link") in ("manual", "refused")
    if not facts.record or (by_a_person and not has_one):
        return ""
    if by_a_person:
        return "linked by you"
    return _baton(facts) or ("linked by number" if has_one else "")


def _baton(facts: Facts) -> str:
    """Who found the caller before the call was passed on, unless this activity says another."""
    mine = facts.mine or {}
    for part in facts.chain:
        found = part["contact_id"], part["account_id"]
        if any(found) and (mine.get("contact_id"), mine.get("account_id")) in (found, (None, None)):
            return f"identified by {part['user_name'] or 'the last agent'} in this call"
    return ""


def _state(facts: Facts, decision: Decision) -> str:
    if facts.mine and facts.mine["link"] == "refused" and decision.action is Action.ASK:
        return "choose"
    return ABOUT.get(decision.action, "unknown")


def _known(
    facts: Facts, decision: Decision, card: MakeCard, *, why: str, is_linked: bool = False, links: bool = True
) -> Card:
    """`links` is whether the page may link what it shows before the agent says anything."""
    record = facts.record
    if record is None:
        return card("not_allowed")
    chosen = next((one for one in facts.candidates if one.record_id == _record_id(record)), None)
    return card(
        "known",
        record=record,
        contact=record["contact"] or {},
        account=record["account"] or {},
        link=key_of(record) if links and not is_linked else "",
        is_linked=is_linked,
        is_confirmed=bool(facts.mine and facts.mine["link"] == "manual"),
        is_done=bool(facts.mine and facts.mine["done_at"]),
        why=chosen.why if chosen and not why.startswith("identified") else why,
        story=story.tell(facts, record),
        shown=fields.shown(facts.house.lines[decision.fields], record),
    )


def _with_record_of(facts: Facts, chosen: Candidate) -> Facts:
    """The facts with the story of the record the rule chose; read again only where the statement told another's."""
    if facts.record and key_of(facts.record) == chosen.key:
        return facts
    kind = "account_id" if chosen.key.startswith("account") else "contact_id"
    return replace(facts, record=read_story(facts, **{kind: chosen.record_id}))


def _record_id(record: Row) -> int:
    return record["contact"]["id"] if record["contact"] else record["account"]["id"]


def key_of(record: Row) -> str:
    return f"{'contact' if record['contact'] else 'account'}-{_record_id(record)}"


@cache
def _office_address(view: str) -> str:
    return settings.OFFICE_ORIGIN + reverse(view, args=[0], urlconf=settings.ROOT_URLCONF)


def office(view: str, pk: int) -> str:
    """The office's page of a record: another host name, so its whole address."""
    return _office_address(view).replace("/0/", f"/{pk}/")
