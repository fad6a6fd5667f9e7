"""How does a moment look on the wire? Naive, to the second, in the zone of the instance or of the client."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

FORMAT = "%Y-%m-%d %H:%M:%S"


def written(moment: datetime, zone: ZoneInfo) -> str:
    """An aware moment as Daktela writes it. The repeated hour in autumn is ambiguous, as in life."""
    return moment.astimezone(zone).strftime(FORMAT)


def read(text: str, zone: ZoneInfo) -> datetime:
    """The aware moment (UTC) behind what Daktela wrote; a bare date is its midnight. Raises ValueError."""
    form = FORMAT if len(text) > 10 else "%Y-%m-%d"
    return datetime.strptime(text, form).replace(tzinfo=zone).astimezone(UTC)


def moved(text: str, source: ZoneInfo, target: ZoneInfo) -> str:
    """The same moment as another zone's clocks show it. Raises ValueError."""
    return written(read(text, source), target)


def seconds_between(start: str | None, end: str | None, zone: ZoneInfo) -> int:
    """Whole seconds from one written moment to another, never negative; 0 when one is missing."""
    if not start or not end:
        return 0
    return max(0, int((read(end, zone) - read(start, zone)).total_seconds()))
