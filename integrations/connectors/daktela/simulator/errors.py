"""What does the API say when it refuses? The shapes of the documented error bodies, in English and in Czech."""

from typing import Any

CZECH = {
    "Object not exist": "Objekt neexistuje",
    "Item is mandatory": "Položka je povinná",
    "Entry is required": "Položka je vyžadována",
    "Foreign key not exist": "Cizí klíč neexistuje",
    "User have not available devices": "Uživatel nemá dostupná zařízení",
    "Unauthorized": "Neautorizovaný přístup",
    "Bad credentials": "Chybné přihlašovací údaje",
    "Forbidden": "Přístup odepřen",
    "Method not allowed": "Metoda není povolena",
}


class ApiError(Exception):
    """A refusal: its status, the ``error`` and the ``result`` of the body."""

    def __init__(self, status: int, error: Any, result: Any = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{status}: {error}")
        self.status = status
        self.error = error
        self.result = result
        self.headers = headers or {}


class Refused(Exception):
    """One value that cannot be stored; its text goes into the form error of its field."""


def primary(message: str) -> ApiError:
    """The error shape of a refusal that belongs to no field: the message and how serious it is."""
    return ApiError(400, {"primary": [message, "error"]})


def unauthorized(message: str = "Unauthorized") -> ApiError:
    return ApiError(401, [message])


def forbidden() -> ApiError:
    return ApiError(403, ["Forbidden"])


def missing(as_text: bool = False) -> ApiError:
    return ApiError(404, "Object not exist" if as_text else ["Object not exist"])


def wrong_verb(allowed: frozenset[str]) -> ApiError:
    return ApiError(405, ["Method not allowed"], headers={"Allow": ", ".join(sorted(allowed))})


def translated(error: Any, language: str) -> Any:
    """The same error with its texts in Czech where the caller asked for it."""
    if not language.startswith("cs"):
        return error
    if isinstance(error, dict):
        return {key: translated(value, language) for key, value in error.items()}
    if isinstance(error, list):
        return [translated(value, language) for value in error]
    return CZECH.get(error, error) if isinstance(error, str) else error
