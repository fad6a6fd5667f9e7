"""Which records of a page are news, and what do they say in our words? Known by digest, and only then decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.db import connection as database

from integrations.connectors.base import Page, Remote
from integrations.mapping import Mapped, Rules, inward
from integrations.models import Stream
from integrations.sync import ours

MOSTLY = 0.5
SIZE = 16  # bytes of a digest
# One value of bytes and not an array of them, which is written as text, element by element; and the answer is what is
# news: nothing where nothing changed.
NEWS = """
select n from generate_series(0, %s - 1) n
where not exists (select from integrations_remotelink where taken = substring(%s::bytea from 16 * n + 1 for 16))
"""
Pair = tuple[Remote, bytes]


@dataclass(frozen=True, slots=True)
class Ready:
    """A record whose bytes are not the ones we took last: mapped, and not yet held against ours."""

    remote_id: str
    digest: bytes
    mapped: Mapped


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page with its digests, and mapped already where its records are news most likely."""

    page: Page
    pairs: Sequence[Pair]
    ready: Sequence[Ready] | None = None


class Reader:
    """Reads records by a stream's mapping, which is read itself, and compiled, when the first record needs it."""

    expects_news = False

    def __init__(self, stream: Stream) -> None:
        self.stream, self.connection, self.entity = stream, stream.connection, stream.entity
        mapping = f"{stream.connection_id}:{stream.entity}:{stream.version}"
        self.salt = hashlib.blake2b(mapping.encode(), digest_size=SIZE).digest()

    @cached_property
    def known(self) -> dict[str, ours.Field]:
        return ours.fields(self.entity)

    @cached_property
    def rules(self) -> Rules:
        return ours.rules(self.stream, self.known, self.stream.mappings.filter(suspended_reason=""))

    def fetched(self, pages: Iterable[Page]) -> Iterator[Fetched]:
        """In the thread that fetches, so without the database: digests, and the mapping too while all is news."""
        for page in pages:
            pairs = self.digested(page.records)
            yield Fetched(page, pairs, self.read(pairs) if self.expects_news else None)

    def news(self, fetched: Fetched) -> list[Ready]:
        """The records whose bytes we have not taken yet, by this mapping; the others are not even decoded (G7)."""
        if not fetched.pairs:
            return []
        news = self._places(fetched.pairs)
        if fetched.ready is not None:
            digests = {fetched.pairs[place][1] for place in news}
            ready = [one for one in fetched.ready if one.digest in digests]
        else:
            ready = self.read(fetched.pairs[place] for place in news)
        self.expects_news = len(ready) > MOSTLY * len(fetched.pairs)
        return ready

    def digested(self, remotes: Sequence[Remote]) -> list[Pair]:
        """Each with the digest of its bytes and of the mapping they go through."""
        digest, salt = hashlib.blake2b, self.salt
        return [(one, digest(one.raw, digest_size=SIZE, salt=salt).digest()) for one in remotes]

    def read(self, pairs: Iterable[Pair]) -> list[Ready]:
        """Decoded and mapped; of a record that stands twice in a page the later counts."""
        found: dict[str, Ready] = {}
        for remote, digest in pairs:
            remote_id = remote.remote_id
            found.pop(remote_id, None)
            found[remote_id] = Ready(remote_id, digest, inward(self.rules, remote.values))
        return list(found.values())

    def _places(self, pairs: Sequence[Pair]) -> list[int]:
        """Planned anew for each page: a plan made for an empty table would read all of a full one."""
        database.ensure_connection()
        asked = [len(pairs), b"".join(digest for _, digest in pairs)]
        return [row[0] for row in database.connection.execute(NEWS, asked, prepare=False)]
