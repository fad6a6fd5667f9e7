"""What does nobody outside Daktela know for certain, and what did we choose? The one list of it.

The numbers are those of the open questions of the public interface; 15 is what we met besides. A choice that a field
of ``Assumptions`` holds can be changed for one simulator: ``Simulator(assumptions=Assumptions(default_take=20))``. The
others are in ``FIXED``.
"""

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple


class Assumption(NamedTuple):
    """One open question, what we chose, and the setting that changes it (empty: it is fixed)."""

    number: int
    question: str
    choice: str
    setting: str = ""


def assumed(default: Any, number: int, question: str) -> Any:
    return field(default=default, metadata={"number": number, "question": question})


@dataclass(frozen=True)
class Assumptions:
    """The choices that can be changed."""

    missing_as_text: bool = assumed(False, 3, "Is the error of a missing object one text, rather than a list of one?")
    default_take: int = assumed(100, 4, "How many rows does a list give when nobody says take?")
    greatest_take: int = assumed(1000, 4, "To what is a greater take cut, silently?")
    date_filter_refused: frozenset[str] = assumed(frozenset(), 4, "Which resources answer 400 to a filter by date?")
    deletes_softly: bool = assumed(False, 5, "Does a deleted object stay readable, with a mark 'deleted'?")
    unknown_field_refused: bool = assumed(False, 6, "Is a write refused when it names a field that does not exist?")
    ignores_case: bool = assumed(False, 7, "Do filters on text ignore case when nobody says ignoreCase?")
    event_timeout_seconds: float = assumed(5.0, 10, "How long does an Open URL action wait for its answer?")
    event_attempts: int = assumed(1, 10, "How often is an Open URL action tried?")
    recording_delay_seconds: int = assumed(0, 11, "How long after the call does its recording become available?")
    longest_recording_seconds: int = assumed(5, 11, "To how many seconds is a recording cut, so that it stays small?")
    serves_ranges: bool = assumed(True, 11, "Is a part of a recording given to who asks for a part?")
    zone_header_shifts: bool = assumed(True, 13, "Does x-timezone-client shift the times, not just the label?")
    withheld_clid: str = assumed("", 15, "What stands for a withheld number in a widget's address and in clid?")


FIXED = (
    Assumption(
        1, "keys inside appPullData", "activities, user (the agent's live state), queues, devices, notifications"
    ),
    Assumption(1, "answer to usersSession", "201 with the queues the user is now logged in to, and the pause"),
    Assumption(1, "pauses", "usersSession also takes pause: the name of a pause, or null to end it"),
    Assumption(2, "answering and closing a call by REST", "PUT activities/<name> with action OPEN or CLOSE"),
    Assumption(2, "hold, transfer, park, conference by REST", "not offered; the desk can transfer"),
    Assumption(2, "dialling", "POST activities answers 201 and the new activity, still ringing"),
    Assumption(3, "bodies of 401, 403, 404, 405", '{"error": ["..."], "result": null, "_time": ...}'),
    Assumption(3, "422", "never used: a refused value is 400 with a form error"),
    Assumption(4, "default sort", "in order of creation"),
    Assumption(4, "unknown filter field, operator or sort field", "400 with a primary error"),
    Assumption(4, "unknown field in fields", "left out of the answer"),
    Assumption(4, "comparing with null", "never true, as in SQL; isnull and isnotnull find it"),
    Assumption(4, "shape of a dotted field in fields", "a nested object"),
    Assumption(5, "create with a name that is taken", "400 with a form error on name"),
    Assumption(5, "deleting what others refer to", "is allowed; they read as null"),
    Assumption(6, "PUT with null", "clears the field; an empty list or text clears a custom field"),
    Assumption(6, "writing a read-only field", "is ignored"),
    Assumption(6, "writing an unknown custom field", "400 with a form error under customFields"),
    Assumption(7, "spelling of stored numbers", "kept as written; an incoming caller is found by the 00... form"),
    Assumption(8, "304 and _sys.hash", "304 is never sent; the hash counts the writes of the object"),
    Assumption(9, "rate limits", "none, unless a fault or a condition is switched on"),
    Assumption(10, "delivery of events", "in order, no signature; the configured header carries the shared secret"),
    Assumption(10, "names of events", "call_create, web_close, ticket_update and so on; {{event}} is filled with it"),
    Assumption(10, "events of a postponement", "none: only create, answer and close are sent"),
    Assumption(11, "recording", "audio/x-wav, 8 kHz mono, ranges allowed; 404 while there is none"),
    Assumption(4, "sort by name", "allowed in every list, so that a list has one order only"),
    Assumption(12, "definitions of custom fields", "only in _sys.cfScheme"),
    Assumption(14, "whoim with a wrong token", "401"),
    Assumption(15, "widget of an activity without a call", "clid and callid are empty; the activity tells the rest"),
    Assumption(15, "transfer", "the call id stays, also while one agent consults another"),
    Assumption(15, "hanging up", "ends the call; the activity stays open for the wrap-up until it is closed"),
    Assumption(15, "life of a session", "one hour; a refresh token is used up by its first use"),
    Assumption(15, "rights", "admin: all; agent: all but settings and dialling for others; read: reading"),
    Assumption(15, "POST of an SMS, chat or messenger item", "makes its activity too, open at the user's"),
    Assumption(15, "unknown resource or relation", "404"),
    Assumption(15, "nulls in a sort", "first when ascending, as in MySQL"),
    Assumption(15, "unknown x-timezone-client", "passed over"),
)


def table() -> list[Assumption]:
    """Every open question with our choice, by number."""
    changeable = [
        Assumption(f.metadata["number"], f.metadata["question"], str(f.default), f.name) for f in fields(Assumptions)
    ]
    return sorted([*changeable, *FIXED], key=lambda row: row.number)
