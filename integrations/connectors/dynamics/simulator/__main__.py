"""How is the simulated Dynamics served alone? ``python -m integrations.connectors.dynamics.simulator``."""

import sys

from integrations.connectors.simulator.running import arguments, run, tell

from .assumptions import table
from .server import Simulator


def main() -> int:
    parser = arguments("A simulated Dynamics 365: sign-in and Web API.", port=8200)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--contacts", type=int, default=2000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    chosen = parser.parse_args()
    if chosen.assumptions:
        return tell(table())
    simulator = Simulator(chosen.accounts, chosen.contacts, host=chosen.host, port=chosen.port)
    simulator.world.latency_seconds = chosen.latency
    return run(lambda: simulator)


if __name__ == "__main__":
    sys.exit(main())
