"""What is the call doing, since when, and when is Daktela asked again? The line on top of the card."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crm.templatetags.crm import drawing
from widget.context import CallContext
from widget.facts import Facts, Row, moment

DIRECTIONS = {"in": "Incoming", "out": "Outgoing", "internal": "Internal"}
POLL_SECONDS = {"ringing": "2", "open": "10", "postponed": "30", "wrapup": "30"}


def status_bar(known: Facts, context: CallContext, trouble: str = "") -> Row:
    """The line on top: what the call is doing, since when, and when to ask Daktela again (in seconds, or never)."""
    mine = known.mine or {}
    is_done = bool(mine.get("done_at"))
    state = _state(mine, context, is_done)
    return {
        "state": state,
        "text": trouble or _said(state, is_done, context),
        "icon": drawing(_icon(context)),
        "since": _since(mine) if state in ("ringing", "open") else "",
        "wrapup": _wrapup(mine, known.queue or {}) if state == "wrapup" else "",
        "poll": "15" if trouble else POLL_SECONDS.get(state) if context.is_usable else None,
    }


def _since(mine: Row) -> str:
    """Since when the timer counts: the answer, else the ring, else now that we hear of it."""
    return mine.get("answered_at") or mine.get("time") or datetime.now(UTC).isoformat()


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
