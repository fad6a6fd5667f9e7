"""Who works over there, in which queues, with which statuses? Brought here, so that nobody has to type them.

All of it comes each time, as Daktela tells of no change of it (contract C4: a list is believed when it is complete).
What people here have set stays as it is, and nothing is deleted: what is gone over there is marked, and unmarked when
it is back.
"""

from integrations.directory.pulling import pull

__all__ = ["pull"]
