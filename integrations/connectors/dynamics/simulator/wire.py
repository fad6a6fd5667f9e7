"""What did the client send, and as what is it answered? Requests and answers, as OData has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, unquote

from integrations.connectors.simulator import wire


class Request(wire.Request):
    @cached_property
    def path(self) -> str:
        return unquote(super().path)

    @cached_property
    def query(self) -> dict[str, str]:
        """Decoded; a "+" is a space."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def origin(self) -> str:
        """Where we are, as the client sees it."""
        return f"http://{self.headers.get('host', '')}"

    def preferences(self) -> dict[str, str]:
        """`Prefer: odata.track-changes, odata.maxpagesize=5` as names and values."""
        pairs = (part.strip().partition("=") for part in self.headers.get("prefer", "").split(",") if part.strip())
        return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


@dataclass
class Response(wire.Response):
    content_type: str = "application/json; odata.metadata=minimal"
