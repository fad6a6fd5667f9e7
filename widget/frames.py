"""Who may frame us, and what does a framed page carry? Our Daktela's hosts; style inline, scripts deferred."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from crm.middleware import Nonce
from crm.tokens import form_token

Write = Callable[[str, Any], str | bytes]  # a template and its words: Django's own, or widget.stencil.fill
STYLES = ("tokens", "base", "core", "widget")
STARTER = SafeString(settings.STARTER)
SPACE = re.compile(r"/\*.*?\*/|\s+", re.DOTALL)


@cache
def _style() -> SafeString:
    """Our own four files in one, without comments: text that stands in the answer instead of a request before paint."""
    folder = Path(settings.BASE_DIR) / "static" / "css"
    text = " ".join((folder / f"{name}.css").read_text() for name in STYLES)
    return SafeString(SPACE.sub(" ", text))


@cache
def _head() -> SafeString:
    """The icon and the settings of every framed page."""
    return render_to_string("components/_frame_head.html")


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    origins: Sequence[str],
    status: int = 200,
    write: Write = render_to_string,
) -> HttpResponse:
    """A whole page inside the frame of one of these origins. It is never stored: desks are shared."""
    token = form_token(request) if request.user.is_authenticated else ""  # a token makes a session
    text = write(template, {**context, **frame(request.csp_nonce, token)})  # type: ignore[attr-defined]
    response = HttpResponse(text, status=status)
    response.frame_ancestors = origins  # type: ignore[attr-defined]
    return sealed(response)


def frame(nonce: Nonce, token: str) -> dict[str, str]:
    """What every page inside a frame has: what its style may stand under, its scripts, what its forms send back."""
    return {"nonce": str(nonce), "style": _style(), "head": _head(), "starter": STARTER, "csrf_token": token}


def part(template: str, context: Mapping[str, Any], status: int = 200, write: Write = render_to_string) -> HttpResponse:
    """A fragment that htmx swaps into such a page."""
    return sealed(HttpResponse(write(template, context), status=status))


def sealed(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
