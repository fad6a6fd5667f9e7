"""May this request leave something in the inbox? Its method, its size, its source, its secret, and how many came.

Only headers are looked at. What comes in is kept as it is and read later: no body can make a request fail (E1, E2).
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db.models import F

from integrations.models import Connection

LARGEST = 1024 * 1024
SECRETS = ("x-webhook-secret", "x-daktela-token")  # where a sender may put it; never in the address
DELIVERIES = ("x-delivery-id", "x-request-id")
KEPT = ("content-type", "user-agent")
LOOKED_AT = (*SECRETS, *DELIVERIES, *KEPT)
REMEMBERED_SECONDS = 1.0  # a secret that was taken back opens nothing for longer
BURST_SECONDS = 10
WAIT_SECONDS = 10


class Refusal(Exception):
    """Why nothing is kept: the status and the sentence that are answered."""

    def __init__(self, status: int, text: str, **headers: str) -> None:
        super().__init__(text)
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one request brought, ready to be kept. Its `key` is the sender's own for it, else the body's hash (E3)."""

    connection_id: UUID
    key: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Bucket:
    """How many may still come at once."""

    left: float = float("inf")
    filled_at: float = field(default_factory=time.monotonic)

    def take(self) -> None:
        """One of them. Raises Refusal(429)."""
        burst, moment = settings.HOOKS_PER_SECOND * BURST_SECONDS, time.monotonic()
        self.left = min(burst, self.left + (moment - self.filled_at) * settings.HOOKS_PER_SECOND)
        self.filled_at = moment
        if self.left < 1:
            raise Refusal(429, "Too many at once. Come again later.", **{"Retry-After": str(WAIT_SECONDS)})
        self.left -= 1


@dataclass(slots=True)
class Source:
    """A connection as the door knows it. Strangers have a bucket of their own: they must keep nobody else out."""

    connection_id: UUID
    keys: Sequence[str]
    read_at: float
    known: Bucket = field(default_factory=Bucket)
    strangers: Bucket = field(default_factory=Bucket)


_sources: dict[str, Source] = {}


def check(method: str, length: str | None) -> int:
    """The most that is about to be read of the body, in bytes. Raises Refusal before anything of it is."""
    if method != "POST":
        raise Refusal(405, "Webhooks are sent by POST.", Allow="POST")
    if not length or not length.isascii() or not length.isdigit():
        raise Refusal(411, "Send a Content-Length.")
    if len(length) > 10 or int(length) > LARGEST:
        raise Refusal(413, f"A body may have {LARGEST} bytes.")
    return int(length)


def admit(source: Source, headers: Mapping[str, str], body: bytes) -> Delivery:
    """The delivery, from somebody who proved who he is. `headers` in small letters. Raises Refusal."""
    offered = next((headers[name] for name in SECRETS if headers.get(name)), "")
    is_known = opens(offered, source.keys)
    (source.known if is_known else source.strangers).take()
    if not is_known:
        raise Refusal(401, "The secret is missing or wrong. Copy it again from Manage > Integrations.")
    kept = {name: headers[name][:200].replace("\0", "") for name in KEPT if name in headers}
    return Delivery(source.connection_id, digest(headers, body), body, kept)


def opens(secret: str, keys: Sequence[str]) -> bool:
    """Whether it is one of the secrets in force: each is compared in constant time, and an empty one opens nothing."""
    digest = hashlib.sha256(secret.encode(errors="replace")).hexdigest()
    found = [hmac.compare_digest(digest, key) for key in keys]
    return bool(secret) and any(found)


def source_of(slug: str) -> Source:
    """The enabled connection of this name, as it was a second ago at most. Raises Refusal(404)."""
    return remembered(slug) or read(slug)


def remembered(slug: str) -> Source | None:
    source = _sources.get(slug)
    is_fresh = source and time.monotonic() - source.read_at < REMEMBERED_SECONDS
    return source if is_fresh else None


def read(slug: str) -> Source:
    """Asks the database. Raises Refusal(404)."""
    row = Connection.objects.filter(slug=slug, is_enabled=True).values_list("pk", "webhook_keys").first()
    before, moment = _sources.pop(slug, None), time.monotonic()
    if row is None:
        raise Refusal(404, "There is no such source.")
    buckets = (before.known, before.strangers) if before else ()
    _sources[slug] = Source(*row, moment, *buckets)
    return _sources[slug]


def count_refused(slug: str) -> None:
    """Nothing of a request with a wrong secret is kept but that there was one."""
    Connection.objects.filter(slug=slug).update(refused_count=F("refused_count") + 1)


def digest(headers: Mapping[str, str], body: bytes) -> str:
    """The key of a delivery (contract E3)."""
    delivery = next((headers[name] for name in DELIVERIES if headers.get(name)), "")
    return hashlib.sha256(f"id {delivery}".encode(errors="replace") if delivery else body).hexdigest()


def forget() -> None:
    """Every source is read anew, as after a second."""
    _sources.clear()
