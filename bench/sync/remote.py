"""Which system do we sync with? A stand-in that is as fast as a system can be: its pages lie ready in memory.

GET  /people?skip=&take=&version=&every=   `take` people from `skip` on; every n-th of them only; version 2: all changed
GET  /people?since=                        what changed since: nothing
GET  /api/v6/contacts.json?…               a Daktela in which nobody is found
POST, PUT /api/v6/contacts…                takes a contact and says so
GET  /count                                how many requests there were

Writes and /api/v6 wait $DELAY milliseconds. It imports nothing of ours.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

TOTAL = int(os.environ.get("TOTAL", "100000"))
DELAY = float(os.environ.get("DELAY", "0")) / 1000
counted = {"requests": 0}


def person(number: int, version: int) -> dict[str, Any]:
    """440 bytes, with two numbers in different spellings."""
    return {
        "id": f"ext-{number}", "firstName": "Jan", "lastName": f"Novák {number}",
        "email": f"User{number}@Example.com", "status": "active" if version == 1 else "idle",
        "owner": number % 50 + version, "company": {"id": number % 97, "name": f"Firma {number % 97} s.r.o."},
        "phones": [
            {"type": "mobile", "value": f"+420 7{number % 100000000:08d}"},
            {"type": "work", "value": f"6{number * 7 % 100000000:08d}"},
        ],
        "segment": number % 9, "vip": number % 31 == 0, "note": f"poznámka {number}",
        "address": {"street": "Vinohradská 190", "city": "Praha", "zip": "13000"},
        "createdAt": "2025-03-01T10:00:00Z", "updatedAt": f"2026-11-0{version}T10:00:00Z",
    }  # fmt: skip


@lru_cache(None)
def page(skip: int, take: int, version: int, every: int, total: int) -> bytes:
    numbers = range(0, total, every)[skip : skip + take]
    return dumped({"data": [person(number, version) for number in numbers], "total": len(range(0, total, every))})


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def daktela(result: Any) -> bytes:
    return dumped({"error": [], "result": result, "_time": "2026-11-20 10:00:00", "_timezone": "Europe/Prague"})


async def app(
    scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[..., Awaitable[None]]
) -> None:
    if scope["type"] != "http":
        return
    path, method = scope["path"], scope["method"]
    counted["requests"] += path != "/count"
    if path == "/people":
        body = people({name: values[0] for name, values in parse_qs(scope["query_string"].decode()).items()})
    elif path == "/count":
        body = dumped(counted)
    elif method == "GET":
        await asyncio.sleep(DELAY)
        body = daktela({"data": [], "total": 0})
    else:
        sent = json.loads(await whole(receive) or b"{}")
        await asyncio.sleep(DELAY)
        body = daktela({"name": sent.get("name") or path.rsplit("/", 1)[1].removesuffix(".json"), "title": "Jan"})
    status = 201 if method == "POST" else 200
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def people(query: dict[str, str]) -> bytes:
    if "since" in query:
        return dumped({"data": [], "total": 0})
    skip, take, version, every = (
        int(query.get(name, usual)) for name, usual in {"skip": 0, "take": 1000, "version": 1, "every": 1}.items()
    )
    return page(skip, take, version, every, int(query.get("total", TOTAL)))


async def whole(receive: Callable[[], Awaitable[Any]]) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body
