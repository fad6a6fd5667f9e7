"""Who tells us that something happened, and what do we do about it? Webhooks: let in, kept, handled, replayed."""

from integrations.inbox.handling import handle, handle_due, replay
from integrations.inbox.keeping import StoreResult, store

__all__ = ["StoreResult", "handle", "handle_due", "replay", "store"]
