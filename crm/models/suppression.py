"""Who must not come back? Keyed hashes of what erased people were known by; every writer asks (contract X1)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings
from django.db import models


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def suppress(self, kind: str, values: Iterable[str]) -> None:
        rows = [self.model(digest=digest(kind, value)) for value in values]
        self.bulk_create(rows, ignore_conflicts=True)

    def among(self, kind: str, values: Iterable[str]) -> set[str]:
        """Those of the values that were erased: one query, however many."""
        digests = {digest(kind, value): value for value in values}
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
    return hmac.digest(settings.SECRET_KEY.encode(), f"{kind}\0{value.casefold()}".encode(), hashlib.sha256)
