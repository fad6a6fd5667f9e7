"""How do we read the stand-in? A connector as one would write it: our gateway, page by page, records left undecoded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import httpx
import msgspec
from pydantic import BaseModel

from integrations.connectors import http, register
from integrations.connectors.base import Finding, Page, Remote, RemoteField, Source

TAKE = 1000
FIELDS = (
    "firstName", "lastName", "email", "status", "owner", "company", "phones", "segment", "vip", "note", "address",
    "createdAt", "updatedAt",
)  # fmt: skip


class Answer(msgspec.Struct):
    data: list[msgspec.Raw]
    total: int


_decode = msgspec.json.Decoder(Answer).decode


class Bench(Source):
    slug = "bench"
    label = "Bench"
    inward = ("contact",)

    class Settings(BaseModel):
        version: int = 1
        every: int = 1
        total: int = 100_000

    settings: Settings

    @cached_property
    def http(self) -> httpx.Client:
        return http.gateway(self.access.origin, exceptions=self.access.exceptions, pace=self.access.pace)

    def close(self) -> None:
        if "http" in self.__dict__:
            self.http.close()

    def check(self) -> Iterator[Finding]:
        yield Finding("There", "good", "It answers.")

    def fields(self, entity: str) -> list[RemoteField]:
        return [RemoteField(name, name) for name in FIELDS]

    def ids(self, entity: str) -> Iterator[Sequence[str]]:
        raise NotImplementedError

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Remote]:
        raise NotImplementedError

    def changes(self, entity: str, since: str | None, *, is_full: bool = False) -> Iterator[Page]:
        """All pages; or, from a cursor, what its version changed: nothing, or with version 2 every n-th person."""
        version, every = self.settings.version, self.settings.every
        if since and not is_full and since == str(version):
            answer = self._asked("/people?since=" + since)
            yield Page([], cursor=since, is_last=True, total=answer.total)
            return
        yield from self._pages(f"&version={version}&every={every}&total={self.settings.total}", str(version))

    def _pages(self, which: str, cursor: str) -> Iterator[Page]:
        total = -(-self.settings.total // self.settings.every)
        for start in range(0, total, TAKE):
            answer = self._asked(f"/people?skip={start}&take={TAKE}{which}")
            is_last = start + TAKE >= total
            records = [Remote(one, "id") for one in answer.data]
            yield Page(records, cursor=cursor if is_last else None, is_last=is_last, total=total)

    def _asked(self, path: str) -> Answer:
        answer = self.http.get(path)
        answer.raise_for_status()
        return _decode(answer.content)


register(Bench)
