"""What does the iframe show? The card: who is calling, why we think so, what happened last. A GET writes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from crm.models import Queue
from crm.sessions import open_session, opens_session_itself
from crm.templatetags.crm import icon
from crm.wording import length
from widget import callbacks, facts, frames
from widget import card as cards
from widget.card import Card
from widget.context import CallContext
from widget.facts import Facts, Row, moment
from widget.story import radar, stranger, zone_of

LOOK_UPS = 30  # cards an hour that no activity backs: enough for a mistake, too few to walk through a customer base
DIRECTIONS = {"in": "Incoming", "out": "Outgoing", "internal": "Internal"}
POLL_SECONDS = {"ringing": "2", "open": "10", "postponed": "30", "wrapup": "30"}
INPUTS = {"number": "number", "date": "date", "phone": "tel", "email": "email", "url": "url"}


@require_safe
@opens_session_itself
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The page Daktela opens for an activity. Not signed in: the sign-in form, at this very address."""
    context = CallContext.read(dict(request.GET.lists()), slug)
    known = facts.read(context, request.session.session_key)
    if known.queue is None:
        return _missing(
            request, known, f"There is no queue “{slug}” here. Correct the iframe's address in Daktela.", 404
        )
    if open_session(request, known.session_data, known.viewer) is None:
        return frames.page(request, "widget/sign_in.html", {"queue": known.queue}, known.origins)
    if known.unbacked >= LOOK_UPS:
        return _missing(
            request, known, "Too many look-ups without a call. Wait an hour or ask your administrator.", 429
        )
    return frames.page(request, "widget/card.html", words(context, known), known.origins)


@require_safe
@opens_session_itself
def show_default(request: HttpRequest) -> HttpResponse:
    """The white paper's own address, /daktela.html (seed 000): the queue named by `queue`, else the first there is."""
    slug = request.GET.get("queue") or Queue.objects.order_by("pk").values_list("slug", flat=True).first() or ""
    return show(request, slug[:50])


def _missing(request: HttpRequest, known: Facts, text: str, status: int) -> HttpResponse:
    return frames.page(request, "widget/problem.html", {"text": text}, known.origins, status)


def words(context: CallContext, known: Facts) -> Row:
    """Everything the card's templates say."""
    card = cards.of(context, known)
    words = {**common(context, known, card), "bar": status_bar(known, context), "baton": baton(known)}
    if known.draft or known.mine:
        return {**words, **work(known)}
    return {**words, "blank_work": blank_work(orjson.dumps(known.queue), f"{timezone.now():%H:%M}")}


@lru_cache(maxsize=256)
def blank_work(queue: bytes, minute: str) -> SafeString:
    """The agent's own part as each new call of a queue starts with: the same for all of them within a minute.

    It is kept by its content, the queue as the statement has just read it, so a change shows on the next card.
    """
    row = orjson.loads(queue)
    words = {"base": f"/widget/{row['slug']}/", "queue": row, **blank(row)}
    return SafeString(loader.get_template("widget/_work.html").render(words))


def common(context: CallContext, known: Facts, card: Card) -> Row:
    """What the caller's part needs, on the page and after each act."""
    return {
        "call": context,
        "base": f"/widget/{context.queue}/",
        "queue": known.queue,
        "viewer": known.viewer,
        "shortcuts": "on" if known.viewer and known.viewer.single_key_shortcuts else "off",
        "mine": known.mine,
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


def status_bar(known: Facts, context: CallContext, trouble: str = "") -> Row:
    """The line on top: what the call is doing, since when, and when to ask Daktela again (in seconds, or never)."""
    mine = known.mine or {}
    is_done = bool(mine.get("done_at"))
    state = _state(mine, context, is_done)
    return {
        "state": state,
        "text": trouble or _said(state, is_done, context),
        "icon": icon(_icon(context)),
        "since": _since(mine) if state in ("ringing", "open") else "",
        "wrapup": _wrapup(mine, known.queue or {}) if state == "wrapup" else "",
        "poll": "15" if trouble else POLL_SECONDS.get(state) if context.is_usable else None,
    }


def _since(mine: Row) -> str:
    """Since when the timer counts: the answer, else the ring, else now that we hear of it."""
    return mine.get("answered_at") or mine.get("time") or timezone.now().isoformat()


def _state(mine: Row, context: CallContext, is_done: bool) -> str:
    """ringing, open, postponed, wrapup (the call is over, the agent is not) or closed."""
    state = mine.get("status") or ("ringing" if context.call_id else "open")
    is_over = state == "closed" or (state == "open" and mine.get("ended_at"))
    return ("closed" if is_done and state == "closed" else "wrapup") if is_over else state


def _icon(context: CallContext) -> str:
    if context.direction == "out":
        return "phone-outgoing"
    return "phone-incoming" if context.call_id else "inbox"


def _said(state: str, is_done: bool, context: CallContext) -> str:
    if state == "closed" or (state == "wrapup" and is_done):
        return "Done"
    if state == "wrapup":
        return "Wrap-up"
    if state == "ringing":
        return DIRECTIONS[context.direction]
    return "Postponed" if state == "postponed" else "In call" if context.call_id else "Open"


def _wrapup(mine: Row, queue: Row) -> str:
    """Until when the wrap-up lasts, as ISO 8601; empty where the queue has no timer."""
    closed, seconds = moment(mine.get("ended_at") or mine.get("closed_at")), queue.get("wrapup_seconds")
    return (closed + timedelta(seconds=seconds)).isoformat() if closed and seconds else ""
