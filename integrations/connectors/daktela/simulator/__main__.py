"""How is the simulated Daktela served alone? ``python -m integrations.connectors.daktela.simulator``, until Ctrl-C."""

import argparse
import signal
import sys
import threading

from .assumptions import table
from .server import WIDGET_URL, Simulator


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A simulated Daktela V6 with an agent's desk in the browser.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010, help="0 takes a free one")
    parser.add_argument("--widget-url", default=WIDGET_URL, help="the queues' widget, with {queue} in it")
    parser.add_argument("--assumptions", action="store_true", help="list what was assumed about Daktela, and end")
    parser.add_argument("--seed", help="a JSON file with users, queues, contacts, accounts and callers")
    return parser.parse_args()


def main() -> int:
    chosen = arguments()
    if chosen.assumptions:
        sys.stdout.writelines(f"{row.number:>3}  {row.question} | {row.choice} | {row.setting}\n" for row in table())
        return 0
    try:
        simulator = Simulator(chosen.widget_url, seed=chosen.seed, host=chosen.host, port=chosen.port)
        server = simulator.bind()
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"The simulated Daktela cannot start: {problem}\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop, which this very thread runs: it must be asked from another one.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    sys.stdout.write(f"Simulated Daktela: desk and API on {simulator.url}\n")
    sys.stdout.flush()
    server.serve_forever(0.2)
    simulator.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
