"""How is what we know of an activity kept? `ActivityCopy` rows as `merge.Known`, and back."""

from __future__ import annotations

from integrations.calls.merge import Known
from integrations.calls.reader import rank_of
from integrations.clock import now, wait
from integrations.models import ActivityCopy

REREAD_SECONDS = 300.0  # what is not closed is read again this often (contract E10)
CLOSED = 4
PERSONAL = ("number", "address", "title", "description", "context")


def known(copy: ActivityCopy) -> Known:
    partials = {int(asked): one for asked, one in copy.partial.items()}
    return Known(copy.snapshot, copy.applied, partials, copy.named)


def learn(copy: ActivityCopy, knowledge: Known) -> None:
    """Writes what is known now into the row, and when it is to be read again: never, once Daktela said it is closed."""
    copy.snapshot, copy.applied = knowledge.snapshot, knowledge.applied
    copy.partial = {str(asked): one for asked, one in sorted(knowledge.partials.items())}
    copy.named, copy.anomalies = knowledge.named, knowledge.anomalies
    copy.is_provisional = knowledge.is_provisional
    copy.is_closed = rank_of(knowledge.facts) == CLOSED
    is_settled = copy.is_gone or (copy.is_closed and not copy.is_provisional)
    copy.due_at = None if is_settled else now() + wait(REREAD_SECONDS)


def is_told_closed(copy: ActivityCopy) -> bool:
    """Whether Daktela itself said so, and not only a webhook."""
    return rank_of(copy.snapshot) == CLOSED


def forget(copy: ActivityCopy) -> None:
    """Takes out who called or wrote, and what; that there was a call stays."""
    copy.snapshot = {key: value for key, value in copy.snapshot.items() if key not in PERSONAL}
    copy.partial = {
        asked: {key: value for key, value in one.items() if key not in PERSONAL} for asked, one in copy.partial.items()
    }
