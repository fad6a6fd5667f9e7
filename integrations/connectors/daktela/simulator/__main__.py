"""How is the simulated Daktela served alone? ``python -m integrations.connectors.daktela.simulator``, until Ctrl-C."""

import sys

from integrations.connectors.simulator.running import arguments, run, tell

from .assumptions import table
from .server import WIDGET_URL, Simulator


def main() -> int:
    parser = arguments("A simulated Daktela V6 with an agent's desk in the browser.", port=8010)
    parser.add_argument("--widget-url", default=WIDGET_URL, help="the queues' widget, with {queue} in it")
    parser.add_argument("--seed", help="a JSON file with users, queues, contacts, accounts and callers")
    chosen = parser.parse_args()
    if chosen.assumptions:
        return tell(f"{row.number:>3}  {row.question} | {row.choice} | {row.setting}" for row in table())
    return run(lambda: Simulator(chosen.widget_url, seed=chosen.seed, host=chosen.host, port=chosen.port))


if __name__ == "__main__":
    sys.exit(main())
