"""What can be tested and shown without a Dynamics 365? A simulated one: its sign-in, its Web API, and its moods.

It imports nothing of ours and keeps everything in memory. ``Simulator`` serves it.
"""

from .server import Simulator

__all__ = ["Simulator"]
