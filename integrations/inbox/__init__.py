"""Who tells us that something happened, and what do we do about it? Webhooks: let in, kept, handled, replayed."""

from integrations.inbox.door import Delivery, Refusal, admit
from integrations.inbox.handling import handle, handle_due, replay
from integrations.inbox.keeping import StoreResult, store

__all__ = ["Delivery", "Refusal", "StoreResult", "admit", "handle", "handle_due", "replay", "store"]
