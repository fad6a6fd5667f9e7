"""Which bench? `python -m bench card`, or `make bench BENCH=card`; FULL=1 measures the largest size.

Ends with status 0 when every figure holds, 1 when one does not, and 2 when nothing could be measured.
"""

from __future__ import annotations

import os
import sys
from itertools import chain

BENCHES = ("card", "sync", "webhooks")


def main() -> int:
    """Prints one JSON line for each figure; how far it is goes to standard error."""
    if sys.argv[1:2] not in [[name] for name in BENCHES]:
        print(f"Which one? {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    from bench.servers import databases_up
    from crm.embedded.binaries import NoServer
    from crm.processes import AlreadyRunning, Crashed

    try:
        with databases_up():
            return measured(sys.argv[1])
    except (AlreadyRunning, Crashed, NoServer) as problem:
        print(problem, file=sys.stderr)
        return 2


def measured(bench: str) -> int:
    """Runs inside the servers: Django's settings are read only now, with their addresses in the environment."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
    import django

    django.setup()
    from bench import databases, figures, sync, webhooks

    if bench == "sync":
        return 0 if figures.report(bench, chain(sync.figures(), webhooks.ingestion())) else 1
    if bench == "webhooks":
        return 0 if figures.report(bench, chain(webhooks.ingestion(), webhooks.figures())) else 1
    from bench import card

    sizes = databases.sizes(is_full=bool(os.environ.get("FULL")))
    if not databases.have_space(sizes):
        return 2
    databases.build_missing(sizes)
    return 0 if figures.report(bench, card.figures(*sizes)) else 1


sys.exit(main())
