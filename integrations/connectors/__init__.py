"""Which systems can we connect to?

Each by its class, which is loaded when it is first needed: a simulator in the folder beside it needs none of them.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integrations.connectors.base import Connector

    CONNECTORS: tuple[type[Connector], ...]

_others: dict[str, type[Connector]] = {}
# A new connector is a line here; in this order the panel shows them.
CLASSES = (
    "daktela.connector.Daktela",
    "dynamics.connector.Dynamics",
)


def get(slug: str) -> type[Connector]:
    """The class of this slug. KeyError: this version has none."""
    return _others.get(slug) or {one.slug: one for one in _all()}[slug]


def register(connector: type[Connector]) -> None:
    """One more, from outside this folder: a connector of somebody's own, or of a test."""
    _others[connector.slug] = connector


def __getattr__(name: str) -> Any:
    if name == "CONNECTORS":
        return _all()
    raise AttributeError(name)


@cache
def _all() -> tuple[type[Connector], ...]:
    places = (f"{__name__}.{path}".rpartition(".") for path in CLASSES)
    return tuple(getattr(import_module(module), name) for module, _, name in places)
