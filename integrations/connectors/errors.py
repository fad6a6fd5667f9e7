"""What can go wrong with another system? Sorted by what to do about it: fix, wait, skip, refuse.

    ConnectorError
    ├── ConfigurationError      fix    somebody must change the connection; nothing is tried until then
    │   ├── AddressRefused             our own gateway does not go there
    │   ├── NotAuthorized              the credentials are wrong, or may not do this
    │   └── UnknownField               a mapping names a field that is not there
    ├── TemporaryFailure        wait   the same request may work later
    │   ├── RateLimited                it says how much later
    │   └── CursorExpired              nobody knows any more what changed: everything is compared instead
    ├── RecordRejected          skip   this record, as it is, never works; the others do
    │   └── RecordGone                 it is definitely not there (and not: we could not ask)
    └── WebhookRefused          refuse the sender did not prove who it is

A message is a sentence for the person who reads the run: no token, no address with parameters, no record's content.
"""

from __future__ import annotations


class ConnectorError(Exception):
    """Any of the four."""


class ConfigurationError(ConnectorError):
    pass


class AddressRefused(ConfigurationError):
    pass


class NotAuthorized(ConfigurationError):
    pass


class UnknownField(ConfigurationError):
    pass


class TemporaryFailure(ConnectorError):
    pass


class RateLimited(TemporaryFailure):
    """`retry_after_seconds` is what the other side asked for; None when it did not say."""

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class CursorExpired(TemporaryFailure):
    pass


class RecordRejected(ConnectorError):
    pass


class RecordGone(RecordRejected):
    pass


class WebhookRefused(ConnectorError):
    pass
