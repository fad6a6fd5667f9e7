"""How else might the same card be delivered? The pages G16 is measured against, with the same content.

The Bootstrap page is a real one, of the files Django REST framework brings along (Bootstrap 3.4, jQuery). React is not
among our packages: its page is a stand-in with scripts of React's weight (react and react-dom 18: 143 KB, 47 KB by
gzip), which are read and compiled; then the card is drawn from JSON, as React would.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

import rest_framework
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

BOOTSTRAP = Path(rest_framework.__file__).parent / "static" / "rest_framework"
REACT_BYTES = 143_000
FACTS = [(f"Field {number}", f"value no. {number}") for number in range(1, 16)]
ENTRIES = [
    {"what": f"{('Call', 'E-mail', 'Web chat')[number % 3]} · {number}:05", "when": f"{number + 1} Nov",
     "text": f"Order {93911 - number}: complaint about the delivery", "who": f"Petra Agentová {number} · Solved"}
    for number in range(10)
]  # fmt: skip
CARD = {
    "name": "Jana Nováková",
    "number": "+420 777 123 456",
    "facts": FACTS,
    "entries": ENTRIES,
    "outcomes": ["Solved", "Order", "Complaint", "Call back", "Wrong number"],
}
WORDS = ["null!==", "return ", "typeof ", "void 0===", "this.", "props.", "state.", "child.", "memoized", "lanes&"]
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$"


def compressed(content: bytes, kind: str) -> HttpResponse:
    """As any web server in front would send it."""
    return HttpResponse(gzip.compress(content, 6), content_type=kind, headers={"Content-Encoding": "gzip"})


def bootstrap(request: HttpRequest) -> HttpResponse:
    return compressed(render(request, "bootstrap.html", {"card": CARD}).content, "text/html")


def react(request: HttpRequest) -> HttpResponse:
    return compressed(render(request, "react.html").content, "text/html")


def card(request: HttpRequest) -> HttpResponse:
    return compressed(json.dumps(CARD).encode(), "application/json")


@cache
def library() -> bytes:
    """A script of a library's weight: functions of which no two are alike."""
    draw, functions = random.Random(16), []
    while sum(map(len, functions)) < REACT_BYTES:
        functions.append(_function(draw, len(functions)))
    return "".join(functions).encode()


def _function(draw: random.Random, number: int) -> str:
    name, field, other = ("".join(draw.choices(LETTERS, k=length)) for length in (4, 9, 7))
    a, b, c = draw.sample(range(1, 65536), 3)
    text = "".join(draw.choices(WORDS, k=4))
    return (
        f"function {name}{number}(a,b,c){{var d=a.{field}||{a};if(null===d||b.{other}&{b})return c|{c};"
        f'for(;d<{a};d+={b % 7 + 1})c=a["{text}"]?d^{c}:b;return{{type:{a},key:b,ref:c,{field}:d}}}}\n'
    )


def file(name: str, kind: str) -> Callable[[HttpRequest], HttpResponse]:
    content = (BOOTSTRAP / name).read_bytes()
    return lambda request: compressed(content, kind)


def script(request: HttpRequest) -> HttpResponse:
    return compressed(library(), "text/javascript")


urlpatterns: list[URLPattern] = [
    path("bootstrap/", bootstrap),
    path("bootstrap.css", file("css/bootstrap.min.css", "text/css")),
    path("jquery.js", file("js/jquery-3.7.1.min.js", "text/javascript")),
    path("bootstrap.js", file("js/bootstrap.min.js", "text/javascript")),
    path("react/", react),
    path("library.js", script),
    path("card.json", card),
]
