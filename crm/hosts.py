"""Which of our two host names was asked? The office's is never framed, the widget's is nothing but framed."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def is_widget(request: HttpRequest) -> bool:
    """Raises DisallowedHost when it is neither."""
    return is_widget_host(request.get_host())


def is_widget_host(host: str) -> bool:
    """`host` as a browser sends it. Ports do not count: a cookie does not know them either."""
    return split_domain_port(host)[0] == split_domain_port(settings.WIDGET_HOST)[0]
