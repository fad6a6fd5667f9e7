"""How else might the same card be delivered? The pages G16 is measured against, of the card's own elements and words.

They are what the bench read off the card (bench/content.py). One page is HTML with the classes, style and script
of Bootstrap 5.3; the other draws itself with React 18 from JSON and has no style at all. Both libraries are the real
files. Every answer is made and compressed once, so that neither waits for a database or a template, as the card does.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from bench.floor import bootstrapped

VENDOR = Path(__file__).resolve().parent.parent / "vendor"
CARD = Path(os.environ["CALLROOM_STATE"]) / "card.json"
NONCE = "bench"
HEADERS = {
    "Content-Encoding": "gzip",
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; script-src 'self' 'nonce-{NONCE}'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
}


def bootstrap() -> bytes:
    body = SafeString(bootstrapped.written(json.loads(CARD.read_text())))
    return render_to_string("bootstrap.html", {"body": body}).encode()


def react() -> bytes:
    return render_to_string("react.html", {"nonce": NONCE}).encode()


def card() -> bytes:
    nodes = [_as_properties(node) for node in json.loads(CARD.read_text())]
    return json.dumps(nodes, ensure_ascii=False, separators=(",", ":")).encode()


def _as_properties(node: Any) -> str | Sequence[Any]:
    """React's name for an attribute, where it has one; no classes, as there is no style."""
    if isinstance(node, str):
        return node
    name, attributes, *children = node
    properties = {"htmlFor" if key == "for" else key: value for key, value in attributes.items() if key != "class"}
    return [name, properties, *map(_as_properties, children)]


def answer(kind: str, made: Callable[[], bytes]) -> Callable[[HttpRequest], HttpResponse]:
    """A view of what is made and compressed at the first request, as by a web server in front."""
    content = cache(lambda: gzip.compress(made(), 6))
    return lambda request: HttpResponse(content(), content_type=kind, headers=HEADERS)


STYLE, SCRIPT = "text/css", "text/javascript"
urlpatterns: list[URLPattern] = [
    path("bootstrap/", answer("text/html", bootstrap)),
    path("bootstrap.css", answer(STYLE, (VENDOR / "bootstrap.min.css").read_bytes)),
    path("bootstrap.js", answer(SCRIPT, (VENDOR / "bootstrap.bundle.min.js").read_bytes)),
    path("react/", answer("text/html", react)),
    path("react.js", answer(SCRIPT, (VENDOR / "react.production.min.js").read_bytes)),
    path("react-dom.js", answer(SCRIPT, (VENDOR / "react-dom.production.min.js").read_bytes)),
    path("card.json", answer("application/json", card)),
]
