"""With which words and drawings do pages show a call, an activity, a duration?"""

from __future__ import annotations

from crm.models import Activity, Call, Direction

ICONS = {
    "CALL": "phone", "EMAIL": "mail", "CHAT": "message-circle", "SMS": "smartphone", "NOTE": "sticky-note",
    "FBM": "message-square", "IGDM": "message-square", "WAP": "message-square", "VBR": "message-square",
    "CUSTOM": "activity",
}  # fmt: skip
CALL_ICONS = {Direction.IN: "phone-incoming", Direction.OUT: "phone-outgoing", Direction.INTERNAL: "phone-forwarded"}
CALL_TITLES = {Direction.IN: "Incoming call", Direction.OUT: "Outgoing call", Direction.INTERNAL: "Internal call"}


def call_icon(call: Call | Activity) -> str:
    return "phone-missed" if call.is_missed else CALL_ICONS.get(Direction(call.direction or "in"), "phone")


def call_title(call: Call | Activity) -> str:
    """In words too, because an icon alone tells nothing to those who do not see it."""
    if call.is_missed and call.direction == Direction.IN:
        return "Missed call"
    title = CALL_TITLES.get(Direction(call.direction or "in"), "Call")
    return f"{title}, not answered" if call.is_missed else title


def activity_icon(activity: Activity) -> str:
    return call_icon(activity) if activity.type == Activity.Type.CALL else ICONS.get(activity.type, "activity")


def length(seconds: int | None) -> str:
    """A duration as people say it: 0:42, 12:05, 1:02:03; nothing where it is not known."""
    if seconds is None:
        return ""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
