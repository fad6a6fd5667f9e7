"""Which of our two host names was asked? The office's is never framed, the widget's is nothing but framed."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def is_widget(request: HttpRequest) -> bool:
    """Raises DisallowedHost when it is neither. Asked at several places of each request, so it is kept."""
    kept: dict[str, Any] = request.__dict__
    if "is_widget" not in kept:
        kept["is_widget"] = is_widget_host(request.get_host())
    return bool(kept["is_widget"])


def is_widget_host(host: str) -> bool:
    """`host` as a browser sends it. Ports do not count: a cookie does not know them either."""
    return _name(host) == _name(settings.WIDGET_HOST)


@lru_cache(maxsize=64)
def _name(host: str) -> str:
    return split_domain_port(host)[0]
