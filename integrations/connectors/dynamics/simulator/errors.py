"""What does the Web API say when it refuses? The documented body, and the codes that clients look at."""

from __future__ import annotations

from typing import Any

EXPIRED = "0x80044352"  # ExpiredVersionStamp
NO_MEMBER = "0x80072560"
NO_PRIVILEGE = "0x80040220"
NO_PROPERTY = "0x80060888"
NO_RESOURCE = "0x8006088a"
NO_ROW = "0x80040217"
OTHER_VERSION = "0x80060882"
SAME_KEY = "0x80040237"
UNREADABLE = "0x80048d19"


class ApiError(Exception):
    """A refusal: its status, the code and the message of its body, and headers."""

    def __init__(self, status: int, code: str, message: str, *headers: tuple[str, str]) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.body: dict[str, Any] = {"error": {"code": code, "message": message}}
        self.headers = headers


class SignInError(ApiError):
    """A refusal of the token endpoint, which has a body of its own."""

    def __init__(self, status: int, error: str, number: int, text: str) -> None:
        super().__init__(status, "", text)
        self.body = {"error": error, "error_description": f"AADSTS{number}: {text}", "error_codes": [number]}


def bad_query(message: str) -> ApiError:
    return ApiError(400, NO_PROPERTY, message)


def no_resource(segment: str) -> ApiError:
    return ApiError(404, NO_RESOURCE, f"Resource not found for the segment '{segment}'.")


def no_row(entity: str, key: str) -> ApiError:
    return ApiError(404, NO_ROW, f"{entity} With Id = {key} Does Not Exist")


def busy(wait: str) -> ApiError:
    """Service protection: the number of requests."""
    message = "Number of requests exceeded the limit of 6000 over time window of 300 seconds."
    return ApiError(429, "0x80072322", message, ("Retry-After", wait))
