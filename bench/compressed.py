"""How does the painted card reach Chromium? Compressed, as by a web server in front, and as its rivals are (G16)."""

from crm.settings import *  # noqa: F403

RING_APPLICATION = "bench.proxied.Ring"
