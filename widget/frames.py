"""Who may frame us, and what does a framed page carry? Our Daktela's hosts; style inline, scripts deferred."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import loader
from django.utils.safestring import SafeString

STYLES = ("tokens", "base", "core", "widget")
SPACE = re.compile(r"/\*.*?\*/|\s+", re.DOTALL)


@cache
def _style() -> SafeString:
    """Our own four files in one, without comments: text that stands in the answer instead of a request before paint."""
    folder = Path(settings.BASE_DIR) / "static" / "css"
    text = " ".join((folder / f"{name}.css").read_text() for name in STYLES)
    return SafeString(SPACE.sub(" ", text))


@cache
def _head() -> SafeString:
    """The scripts and settings of every framed page."""
    return SafeString(loader.get_template("components/_frame_head.html").render())


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], origins: Sequence[str], status: int = 200
) -> HttpResponse:
    """A whole page inside the frame of one of these origins. It is never stored: desks are shared."""
    text = loader.get_template(template).render(
        {
            **context,
            "nonce": request.csp_nonce,  # type: ignore[attr-defined]
            "style": _style(),
            "head": _head(),
            "csrf_token": get_token(request) if request.user.is_authenticated else "",  # a token makes a session
        }
    )
    response = HttpResponse(text, status=status)
    response.frame_ancestors = origins  # type: ignore[attr-defined]
    return sealed(response)


def part(template: str, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """A fragment that htmx swaps into such a page."""
    return sealed(HttpResponse(loader.get_template(template).render(dict(context)), status=status))


def sealed(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
