"""Where may we go? https on its own port, to public addresses only, plus exact exceptions (threat 11).

An exception is written scheme://host:port. It opens that one door: http, an odd port or an internal address.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Self
from urllib.parse import urlsplit

from integrations.connectors.errors import AddressRefused

PORTS = {"https": 443, "http": 80}
# Of IPv6 only this block is given out; in it, these carry an IPv4 address inside or were never meant for the public.
PUBLIC_V6 = IPv6Network("2000::/3")
NOT_PUBLIC_V6 = [IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme, a host in small letters, and a port."""

    scheme: str
    host: str
    port: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Of `scheme://host[:port]` and nothing more. Raises AddressRefused."""
        try:
            parts = urlsplit(text)
            scheme, host, port = parts.scheme, parts.hostname or "", parts.port
        except ValueError as error:
            raise AddressRefused("The address cannot be read. Write it like https://company.daktela.com.") from error
        if (
            scheme not in PORTS
            or not host
            or parts.username is not None
            or text.rstrip("/") != f"{scheme}://{parts.netloc}"
        ):
            raise AddressRefused(
                "The address must be like https://company.daktela.com, without a path or a name in it."
            )
        return cls(scheme, host, PORTS[scheme] if port is None else port)

    def is_among(self, exceptions: Iterable[str]) -> bool:
        return any(self == Origin.read(exception) for exception in exceptions)


def allowed(text: str, exceptions: Collection[str] = ()) -> tuple[Origin, bool]:
    """The origin, and whether it is an exception whose address is not checked. Raises AddressRefused."""
    origin = Origin.read(text)
    if origin.is_among(exceptions):
        return origin, True
    if origin.scheme != "https":
        raise AddressRefused("The address must begin with https, so that nobody on the way can read the credentials.")
    if origin.port != PORTS["https"]:
        raise AddressRefused(f"Port {origin.port} is refused. Use 443, or have the address added to ALLOWED_EGRESS.")
    return origin, False


def is_public(address: str) -> bool:
    """Whether a numeric address belongs to the public internet, however it is wrapped."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        return found in PUBLIC_V6 and not any(found in block for block in NOT_PUBLIC_V6)
    return _is_public_v4(found)


def _is_public_v4(address: IPv4Address) -> bool:
    relay = address.packed[:3] == b"\xc0\x58\x63"  # 192.88.99.0/24, the gateway of 6to4
    return address.is_global and not address.is_multicast and not address.is_reserved and not relay
