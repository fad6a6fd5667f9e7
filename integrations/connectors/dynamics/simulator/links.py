"""How does a client come back for more? Paging cookies and delta tokens, as opaque as Dataverse's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape, quoteattr

from .errors import EXPIRED, ApiError, bad_query
from .world import World

STAMP = "%m/%d/%Y %H:%M:%S"
OLD = "Version stamp associated with the client has expired. Please perform a full sync."


@dataclass(frozen=True)
class Place:
    """How far a listing has got: behind a key, or, tracked, behind a version of those from `since` to `upto`."""

    page: int = 1
    after: str = ""
    since: int = 0
    upto: int = 0
    reached: int = 0
    is_tracked: bool = False
    is_deleting: bool = False

    def cookie(self) -> str:
        """The value of $skiptoken: XML, in which the cookie itself stands encoded once more, twice."""
        inner = (
            f'<cookie page="{self.page - 1}"><row last={quoteattr(self.after)} since="{self.since}" upto="{self.upto}" '
            f'reached="{self.reached}" deleting="{int(self.is_deleting)}" /></cookie>'
        )
        return (
            f'<cookie pagenumber="{self.page}" pagingcookie="{quote(quote(escape(inner), safe=""), safe="")}" '
            f'istracking="{self.is_tracked}" />'
        )

    @classmethod
    def read(cls, cookie: str) -> Place:
        """Raises ApiError(400)."""
        outer = re.fullmatch(r'<cookie pagenumber="(\d+)" pagingcookie="([^"]*)" istracking="(True|False)" />', cookie)
        inner = unquote(unquote(outer[2])) if outer else ""
        found = re.search(r'last="([^"]*)" since="(\d+)" upto="(\d+)" reached="(\d+)" deleting="(\d)"', inner)
        if not outer or not found:
            raise bad_query("Malformed XML in the Paging Cookie")
        after, since, upto, reached, deleting = found.groups()
        tracked = outer[3] == "True"
        return cls(int(outer[1]), after, int(since), int(upto), int(reached), tracked, deleting == "1")


def delta_token(world: World, version: int) -> str:
    return f"{version}!{world.clock().strftime(STAMP)}"


def version_of(world: World, token: str) -> int:
    """Up to which version the holder of a delta token knows everything. Raises ApiError(400)."""
    number, _, stamp = token.partition("!")
    try:
        version, given = int(number), datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise bad_query("The delta token is not valid.") from None
    if version < world.forgotten or given < world.clock() - world.keeps_changes:
        raise ApiError(400, EXPIRED, OLD)
    return version
