"""How do credentials rest? Encrypted by a key that is not in the database, bound to the very row and field."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models


class KeyIsMissing(Exception):
    """The key a value was encrypted with is not in ENCRYPTION_KEYS: put it back, then run `manage.py rotate_keys`."""


def keys() -> dict[str, bytes]:
    """Key id to key, the first being the one that encrypts. Each is written `id:base64 of 32 bytes`."""
    pairs = (entry.split(":", 1) for entry in settings.ENCRYPTION_KEYS)
    return {key_id: base64.urlsafe_b64decode(key) for key_id, key in pairs}


def encrypt(plain: bytes, bound_to: str) -> str:
    key_id, key = next(iter(keys().items()))
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(nonce, plain, bound_to.encode())
    return f"{key_id}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(text: str, bound_to: str) -> bytes:
    """The plain bytes. KeyIsMissing when the key is gone or the text was moved here from another row or field."""
    key_id, _, body = text.partition(":")
    sealed = base64.urlsafe_b64decode(body)
    try:
        return AESGCM(keys()[key_id]).decrypt(sealed[:12], sealed[12:], bound_to.encode())
    except (KeyError, InvalidTag) as error:
        raise KeyIsMissing(f"Cannot decrypt {bound_to.split(':')[0]}: key {key_id!r} is missing or wrong.") from error


class Sealed:
    """Credentials as they are in the row: shown to nobody, opened on demand."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return "<sealed>"

    __str__ = __repr__


class EncryptedJSONField(models.TextField):
    """A dict, encrypted with table, row and field as associated data; the row needs its key before it is saved."""

    def get_bound(self, instance: models.Model) -> str:
        return f"{instance._meta.db_table}:{instance.pk}:{self.attname}"

    def pre_save(self, instance: models.Model, add: bool) -> str:
        value = getattr(instance, self.attname) or {}
        return (
            value.text if isinstance(value, Sealed) else encrypt(json.dumps(value).encode(), self.get_bound(instance))
        )

    def get_prep_value(self, value: Any) -> Any:
        return value.text if isinstance(value, Sealed) else value

    def from_db_value(self, value: str | None, *_: object) -> Sealed | None:
        return None if value is None else Sealed(value)

    def open(self, instance: models.Model) -> dict[str, Any]:
        """What is inside, as a dict."""
        value = getattr(instance, self.attname)
        return (
            json.loads(decrypt(value.text, self.get_bound(instance)))
            if isinstance(value, Sealed)
            else dict(value or {})
        )
