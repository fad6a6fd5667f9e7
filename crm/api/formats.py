"""How does JSON come in and go out? By orjson, which refuses what PostgreSQL could not keep and is fast."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

BIGGEST = 1024 * 1024


class TooBig(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "At most one megabyte at a time."


class JSONParser(BaseParser):
    """Strict: no NaN, no lone surrogates, no thousand levels of brackets, no more than a megabyte (trap 21)."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        body = stream.read(BIGGEST + 1)
        if len(body) > BIGGEST:
            raise TooBig
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"This is not JSON: {error}") from error


class JSONRenderer(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if data is None:
            return b""
        try:
            return orjson.dumps(data, default=str)
        except TypeError:  # an answer that repeats what no JSON can hold, such as half a character
            return json.dumps(data, default=str).encode()
