"""How does a WSGI server serve the simulated Daktela? One process with several threads: its state is in memory.

``granian --interface wsgi --blocking-threads 32 integrations.connectors.daktela.simulator.wsgi:application``
Reads DAKTELA_SIMULATOR_WIDGET_URL and DAKTELA_SIMULATOR_SEED (a path) from the environment.
"""

import os

from .server import WIDGET_URL, Simulator

application = Simulator(
    os.environ.get("DAKTELA_SIMULATOR_WIDGET_URL", WIDGET_URL),
    seed=os.environ.get("DAKTELA_SIMULATOR_SEED") or None,
).application
