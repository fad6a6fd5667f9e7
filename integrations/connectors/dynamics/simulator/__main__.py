"""How is the simulated Dynamics served alone? ``python -m integrations.connectors.dynamics.simulator``."""

import argparse
import signal
import sys
import threading

from .assumptions import table
from .server import Simulator


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A simulated Dynamics 365: sign-in and Web API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8200, help="0 takes a free one")
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--contacts", type=int, default=2000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--assumptions", action="store_true", help="list what was assumed about Dynamics, and end")
    return parser.parse_args()


def main() -> int:
    chosen = arguments()
    if chosen.assumptions:
        sys.stdout.writelines(f"{line}\n" for line in table())
        return 0
    simulator = Simulator(chosen.accounts, chosen.contacts, host=chosen.host, port=chosen.port)
    simulator.world.latency_seconds = chosen.latency
    try:
        server = simulator.bind()
    except OSError as problem:
        sys.stderr.write(f"The simulated Dynamics cannot start: {problem}\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop, which this very thread runs: it must be asked from another one.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(f"Simulated Dynamics 365: {simulator.url}\n")
    sys.stdout.writelines(f"  {name:14} {value}\n" for name, value in simulator.settings.items())
    sys.stdout.flush()
    server.serve_forever(0.2)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
