"""What does a web server in front of us do to a page? It compresses it."""

from __future__ import annotations

import gzip
from collections.abc import Iterable

from widget import ring


class Ring(ring.Ring):
    """The card's own application, and each page that it answers with or hands on to Django, by gzip."""

    def __call__(self, environ: ring.Environ, start: ring.Start) -> Iterable[bytes]:
        status, headers = "", dict[str, str]()

        def said(text: str, names: ring.Headers) -> None:
            nonlocal status
            status = text
            headers.update(names)

        parts = super().__call__(environ, said)
        if not headers["Content-Type"].startswith("text/html"):
            start(status, [*headers.items()])
            return parts
        body = gzip.compress(b"".join(parts), 6)
        start(status, [*(headers | {"Content-Encoding": "gzip", "Content-Length": str(len(body))}).items()])
        return [body]
