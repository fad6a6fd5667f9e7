"""Which programs make up Callroom, and when is each of them up? The web server and the worker."""

import errno
import socket
import sys
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path

from crm import celery_app
from crm.processes import Process

HERE = {"cwd": Path(__file__).resolve().parent.parent}  # where manage.py is, and so our packages


def web(state: Path, port: int, environment: Mapping[str, str], *, workers: int = 1) -> Process:
    """The web server, on the loopback address only."""
    limits = {
        "--workers": str(workers),
        "--backpressure": "20000",  # the default refuses the 1,025th open stream, and with it ordinary requests
        "--workers-kill-timeout": "3",  # else it waits for open streams, which have no end
    }
    address = ("--interface", "asgi", "--host", "127.0.0.1", "--port", str(port))
    options = (*address, "--no-ws", "--respawn-failed-workers", *(part for limit in limits.items() for part in limit))
    return Process(
        "The web server",
        [sys.executable, "-m", "granian", *options, "crm.asgi:application"],
        log=state / "log" / "web.log",
        environment={**environment, "KEEP_CONNECTIONS": "1"},
        options=HERE,
        answers=lambda: answers(f"http://127.0.0.1:{port}/readyz"),
    )


def worker(state: Path, environment: Mapping[str, str]) -> Process:
    """The Celery worker, which keeps the timetable too; it ends what it has begun before it stops.

    Where both want a core, it steps back behind the web server, for whose answers somebody waits.
    """
    celery = (sys.executable, "-m", "celery", "-A", "crm", "worker", "--concurrency", "2", "--loglevel", "INFO")
    return Process(
        "The worker",
        ["nice", "-n", "5", *celery],
        log=state / "log" / "worker.log",
        environment=environment,
        options=HERE,
        answers=lambda: bool(celery_app.control.ping(timeout=0.5)),
        seconds_to_stop=20,
    )


def answers(url: str) -> bool:
    """Whether a GET of this address gets a good answer."""
    with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own, on loopback
        return 200 <= answer.status < 300
    return False


def free_port(usual: int) -> int:
    """The usual port, or the next one that is free."""
    return next(port for port in count(usual) if is_free(port))


def is_free(port: int) -> bool:
    """Whether nobody listens at 127.0.0.1 nor at ::1, which a browser tries first for `localhost`."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except OSError as problem:  # a machine without IPv6 has another problem, which does no harm
            if problem.errno == errno.EADDRINUSE:
                return False
    return True
