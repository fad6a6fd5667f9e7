"""Who must not come back? Keyed hashes of what erased people were known by; every writer asks (contract X1)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings
from django.db import models

ERASED = {
    "number": "This person asked to be erased, so this number must not be kept again. Leave it out.",
    "email": "This person asked to be erased, so this address must not be kept again. Leave it out.",
}


class Erased(Exception):
    """Somebody wanted to keep what an erased person was known by; the text is for the writer, and names nobody."""

    def __init__(self, kind: str) -> None:
        super().__init__(ERASED[kind])


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def suppress(self, kind: str, values: Iterable[str]) -> None:
        """What these people were known by; `values` are numbers' keys, addresses or remote ids."""
        rows = [self.model(digest=digest(kind, value)) for value in values]
        self.bulk_create(rows, ignore_conflicts=True)

    def lift(self, kind: str, values: Iterable[str]) -> int:
        """They may be kept again: the person has come back on their own wish. Returns how many were on the list."""
        return self.filter(digest__in=[digest(kind, value) for value in values]).delete()[0]

    def refuse(self, kind: str, value: str) -> None:
        """Raises Erased where this must not be kept."""
        if self.among(kind, [value]):
            raise Erased(kind)

    def among(self, kind: str, values: Iterable[str]) -> set[str]:
        """Those of the values that were erased: one query, however many."""
        digests = {digest(kind, value): value for value in values}
        if not digests:
            return set()
        found = self.filter(digest__in=digests).values_list("digest", flat=True)
        return {digests[bytes(one)] for one in found}


class Suppression(models.Model):
    """No personal data: a hash with our secret, of a number's key, an e-mail address or a remote id."""

    digest = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = SuppressionQuerySet.as_manager()

    def __str__(self) -> str:
        return bytes(self.digest).hex()[:12]


def digest(kind: str, value: str) -> bytes:
    """`kind` is "number", "email" or "remote:<connection>:<entity>"."""
    known = f"{kind}\0{value.casefold()}".encode(errors="surrogatepass")
    return hmac.digest(settings.SUPPRESSION_KEY.encode(), known, hashlib.sha256)
