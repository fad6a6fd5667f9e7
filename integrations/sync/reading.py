"""Which records of a page are news, and what do they say in our words? Known by digest, and only then decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import connection as database
from msgspec import Struct
from xxhash import xxh3_64_intdigest, xxh3_128_digest

from integrations.connectors.base import Page, Remote
from integrations.mapping import Mapped, Rules, inward
from integrations.models import Stream
from integrations.sync import ours

MOSTLY = 0.5
# One value of bytes and not an array of them, which is written as text, element by element; and the answer is what is
# news: nothing where nothing changed.
NEWS = """
select n from generate_series(0, %s - 1) n
where not exists (select from integrations_remotelink where taken = substring(%s::bytea from 16 * n + 1 for 16))
order by n
"""


class Ready(Struct, frozen=True):
    """A record whose bytes are not the ones we took last: mapped, and not yet held against ours."""

    remote_id: str
    digest: bytes
    mapped: Mapped


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page with its digests, and mapped already where its records are news most likely."""

    page: Page
    digests: Sequence[bytes]
    ready: Sequence[Ready] | None = None


class Reader:
    """Reads records by a stream's mapping, which is read itself, and compiled, when the first record needs it."""

    expects_news = False

    def __init__(self, stream: Stream) -> None:
        self.stream, self.connection, self.entity = stream, stream.connection, stream.entity
        mapping = f"{stream.connection_id}:{stream.entity}:{stream.version}"
        self.seed = xxh3_64_intdigest(mapping.encode())

    @cached_property
    def known(self) -> dict[str, ours.Field]:
        return ours.fields(self.entity)

    @cached_property
    def rules(self) -> Rules:
        return ours.rules(self.stream, self.known, self.stream.mappings.filter(suspended_reason=""))

    def fetched(self, pages: Iterable[Page]) -> Iterator[Fetched]:
        """In the thread that fetches, so without the database: digests, and the mapping too while all is news."""
        for page in pages:
            digests = self.digests(page.records)
            yield Fetched(page, digests, self.read(page.records, digests) if self.expects_news else None)

    def news(self, fetched: Fetched) -> list[Ready]:
        """The records whose bytes we have not taken yet, by this mapping; the others are not even decoded (G7)."""
        records, digests = fetched.page.records, fetched.digests
        if not digests:
            return []
        news = self._places(digests)
        if fetched.ready is not None:
            new = {digests[place] for place in news}
            ready = [one for one in fetched.ready if one.digest in new]
        else:
            ready = self.read([records[place] for place in news], [digests[place] for place in news])
        self.expects_news = len(ready) > MOSTLY * len(digests)
        return ready

    def digests(self, remotes: Iterable[Remote]) -> list[bytes]:
        """Of the bytes of each, and of the mapping they go through. Quick, not secret: a forger would hide himself."""
        seed = self.seed
        return [xxh3_128_digest(one.raw, seed) for one in remotes]

    def read(self, remotes: Sequence[Remote], digests: Sequence[bytes] | None = None) -> list[Ready]:
        """Decoded and mapped; of a record that stands twice in a page the later counts."""
        found: dict[str, Ready] = {}
        for remote, digest in zip(remotes, digests or self.digests(remotes), strict=True):
            remote_id = remote.remote_id
            found.pop(remote_id, None)
            found[remote_id] = Ready(remote_id, digest, inward(self.rules, remote.values))
        return list(found.values())

    def _places(self, digests: Sequence[bytes]) -> list[int]:
        """Planned anew for each page: a plan made for an empty table would read all of a full one."""
        database.ensure_connection()
        asked = [len(digests), b"".join(digests)]
        return [row[0] for row in database.connection.execute(NEWS, asked, prepare=False)]
