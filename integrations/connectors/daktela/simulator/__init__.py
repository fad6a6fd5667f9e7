"""What can be tested and shown without a Daktela? A simulated one: its REST API, its events, and an agent's desk.

It imports nothing of ours and keeps everything in memory. ``Simulator`` serves it; ``assumptions`` lists what nobody
outside Daktela knows and what was chosen.
"""

from .assumptions import Assumptions
from .server import Simulator

__all__ = ["Assumptions", "Simulator"]
