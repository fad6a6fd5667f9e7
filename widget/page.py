"""What does the card say? Every word of its page, by the name its template calls it."""

from __future__ import annotations

import time
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crm.templatetags.crm import initials
from crm.wording import length
from widget import callbacks, fields
from widget import card as cards
from widget.card import Card
from widget.context import CallContext
from widget.facts import Facts, Row, moment
from widget.house import House
from widget.status import status_bar
from widget.stencil import Words, fill_each
from widget.story import ENTRY, Story, radar, stranger, zone_of

INPUTS = {"number": "number", "date": "date", "phone": "tel", "email": "email", "url": "url"}
NOTHING = Story(alert="", last="", open="", entries=())


def words(context: CallContext, known: Facts) -> Words:
    """Everything the page says, by the names its template calls it."""
    queue, viewer, bar = known.queue or {}, known.viewer, status_bar(known, context)
    is_begun = known.draft or known.mine
    return {
        **callers(context, known),
        "bar.state": bar["state"],
        "bar.text": bar["text"],
        "bar.icon": bar["icon"],
        "bar.since": bar["since"],
        "bar.wrapup": bar["wrapup"],
        "bar.poll": bar["poll"],
        "queue.title": queue["title"],
        "queue.source": queue["source"],
        "viewer.username": viewer and viewer.username,
        "shortcuts": "on" if viewer and viewer.single_key_shortcuts else "off",
        "problems": fill_each("widget/_problem.html", ("text",), [(problem.text,) for problem in context.problems]),
        "baton": render_to_string("widget/_baton.html", {"baton": baton(known)}) if known.chain else "",
        "work": begun_work(known) if is_begun else blank_work(known.house, int(time.time()) // 60),
    }


def callers(context: CallContext, known: Facts) -> Words:
    """What the caller's part says, on the page and after each act. Where nobody is known, a plain template says it."""
    card = cards.of(context, known)
    return {
        **_of_card(card),
        "call.clid": context.clid,
        "call.direction": context.direction,
        "call.call_id": context.call_id,
        "call.activity_id": context.activity_id,
        "call.call_type": context.call_type,
        "call.is_usable": context.is_usable,
        "base": f"/widget/{context.queue}/",
        "not_known": "" if card.record else render_to_string("widget/_not_known.html", common(context, known, card)),
    }


def _of_card(card: Card) -> Words:
    contact, name, told = card.contact, card.name, card.story or NOTHING
    return {
        "card.is_known": card.record is not None,
        "card.is_done": card.is_done,
        "card.is_linked": card.is_linked,
        "card.is_confirmed": card.is_confirmed,
        "card.is_company": not contact,
        "card.is_vip": contact.get("is_vip"),
        "card.is_lead": contact.get("stage") == "lead",
        "card.key": card.key,
        "card.name": name,
        "card.initials": initials(name),
        "card.url": card.url,
        "card.job_title": contact.get("job_title"),
        "card.account_name": card.account_name,
        "card.account_url": card.account_url,
        "card.number": card.number,
        "card.reason": _capital(card.why),
        "card.alert": _capital(told.alert),
        "card.last": told.last,
        "card.open": told.open,
        "card.details": fill_each("widget/_fact.html", fields.LINE, card.shown),
        "card.history": fill_each("widget/_entry.html", ENTRY, told.entries),
    }


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def begun_work(known: Facts) -> SafeString:
    """The agent's own part with what is written already."""
    words, queue = work(known), known.queue or {}
    template = "widget/_done.html" if words["done"] else "widget/_work.html"
    return render_to_string(template, {"base": f"/widget/{queue['slug']}/", "queue": queue, **words})


@lru_cache(maxsize=256)
def blank_work(house: House, minute: int) -> bytes:
    """The agent's own part as each new call of a queue starts with: the same for all of them within a minute."""
    queue = house.queue or {}
    words = {"base": f"/widget/{queue['slug']}/", "queue": queue, **blank(queue)}
    return render_to_string("widget/_work.html", words).encode()


def common(context: CallContext, known: Facts, card: Card) -> Row:
    """What the plain templates of the caller's part need."""
    return {
        "call": context,
        "base": f"/widget/{context.queue}/",
        "card": card,
        "radar": radar(known) if card.state != "known" else "",
        "earlier": stranger(known, context) if card.state == "unknown" else "",
    }


def blank(queue: Row, values: Row | None = None) -> Row:
    """The agent's own part of the card before anything is written: wrap-up fields and times to call back."""
    return {
        "wrapup_fields": [_field(field, values or {}) for field in queue.get("fields") or ()],
        "times": callbacks.times(datetime.now(zone_of(queue))),
    }


def work(known: Facts) -> Row:
    """The note, the outcome and the call-back: what stands in the agent's own part of the card."""
    mine, queue = known.mine or {}, known.queue or {}
    draft = known.draft or {
        "note": mine.get("note", ""),
        "outcome_id": mine.get("outcome_id"),
        "fields": mine.get("custom", {}),
    }
    return {"draft": draft, "done": _done(mine, queue, zone_of(queue)), **blank(queue, draft["fields"])}


def _field(field: Row, values: Row) -> Row:
    return {**field, "value": values.get(field["key"], ""), "input": INPUTS.get(field["kind"], "text")}


def _done(mine: Row, queue: Row, zone: Any) -> Row | None:
    done_at = moment(mine.get("done_at"))
    if done_at is None:
        return None
    outcome = next((one["title"] for one in queue["outcomes"] or () if one["id"] == mine["outcome_id"]), "")
    return {"note": mine["note"], "outcome": outcome, "at": f"{done_at.astimezone(zone):%H:%M}"}


def baton(known: Facts) -> list[Row]:
    """From whom the call came, how long he had it, whom he found and what he wrote: newest first."""
    return [
        {
            "name": one["user_name"] or "a colleague",
            "spent": _spent(one),
            "who": one["contact_name"],
            "note": one["note"],
        }
        for one in known.chain
    ]


def _spent(part: Row) -> str:
    answered, closed = moment(part["answered_at"]), moment(part["closed_at"])
    return length(int((closed - answered).total_seconds())) if answered and closed else ""
