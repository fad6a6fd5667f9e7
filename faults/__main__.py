"""Which faults? `python -m faults` runs all of them, `--short` a handful, and names of rows only those.

Prints a JSON line for each row, and at the end one for each fault that was planted to prove that the judge looks. Ends
with status 0 when every count is zero and every planted fault was found, 1 when not, and 2 when nothing could be run.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from faults.product import STATE, Product
from faults.worlds import Worlds


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="faults", description="What happens to Callroom when parts fail?")
    parser.add_argument("rows", nargs="*", help="rows by the beginning of their names; all without")
    parser.add_argument("--short", action="store_true", help="one row of each kind")
    parser.add_argument("--list", action="store_true", help="the rows, without running them")
    return parser.parse_args()


def main() -> int:
    from crm import embedded
    from crm.embedded.binaries import NoServer
    from crm.processes import AlreadyRunning, Crashed, only_one, stopped_by_signals

    chosen = arguments()
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    status = 2
    try:
        with stopped_by_signals(lambda line: print(line, file=sys.stderr)), only_one(STATE / "lock", "A fault drill"):
            embedded.forget(STATE)
            shutil.rmtree(STATE / "log", ignore_errors=True)
            status = drilled(chosen)
    except (AlreadyRunning, Crashed, NoServer) as problem:
        print(problem, file=sys.stderr)
    return status


def drilled(chosen: argparse.Namespace) -> int:
    """Sets Django up with the product's own environment: the drills read its tables."""
    with Worlds().running() as worlds:
        product = Product(STATE, allowed=[worlds.daktela.url, worlds.dynamics.url])
        os.environ |= product.environment | {"DJANGO_SETTINGS_MODULE": "crm.settings", "LOG_LEVEL": "ERROR"}
        import django

        django.setup()
        from faults import drill, matrix

        if chosen.list:
            print(*(row.name for row in matrix.rows()), sep="\n")
            return 0
        with product, drill.running(product, worlds) as running:
            return 0 if matrix.report(running, chosen) else 1


sys.exit(main())
