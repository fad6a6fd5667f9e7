"""What do we keep about other systems?"""

from integrations.models.agent import Agent
from integrations.models.connection import Connection
from integrations.models.copy import ActivityCopy
from integrations.models.distinct import Distinct
from integrations.models.errand import Errand
from integrations.models.event import WebhookEvent
from integrations.models.ledger import LedgerEntry
from integrations.models.link import RemoteLink
from integrations.models.playback import Playback
from integrations.models.run import RecordChange, RecordFailure, SyncRun
from integrations.models.stream import Direction, Entity, FieldMapping, MappingVersion, Stream

__all__ = [
    "ActivityCopy",
    "Agent",
    "Connection",
    "Direction",
    "Distinct",
    "Entity",
    "Errand",
    "FieldMapping",
    "LedgerEntry",
    "MappingVersion",
    "Playback",
    "RecordChange",
    "RecordFailure",
    "RemoteLink",
    "Stream",
    "SyncRun",
    "WebhookEvent",
]
