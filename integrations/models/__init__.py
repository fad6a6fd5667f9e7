"""What do we keep about other systems?"""

from integrations.models.agent import Agent
from integrations.models.connection import Connection

__all__ = ["Agent", "Connection"]
