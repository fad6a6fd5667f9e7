"""How is a recording played? In pieces of a megabyte, each asked for as it is needed, the token in a header alone.

Nobody outside Daktela knows whether it serves ranges: where it does not, the whole file comes once and is cut here
(assumption 11).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from integrations.connectors.daktela.client import Audio, Daktela
from integrations.connectors.errors import TemporaryFailure

PIECE = 1024 * 1024
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass(frozen=True, slots=True)
class Recording:
    """What a player gets: a status (200, 206 or 416), headers, and the bytes, which may still raise a ConnectorError.

    A range is answered with a megabyte at most, as it may be: a player asks for the rest when it comes to it.
    """

    status: int
    headers: dict[str, str]
    chunks: Iterator[bytes]


def opened(api: Daktela, activity: str, wanted: str = "") -> Recording:
    """The recording of an activity; `wanted` is the Range header of the player, which may ask for one range.

    Raises RecordGone where there is none (yet).
    """
    found = RANGE.fullmatch(wanted)
    if not found or not any(found.groups()):
        return whole(api, activity)
    first, last = found.groups()
    if first:
        end = min(int(last) if last else int(first) + PIECE, int(first) + PIECE - 1)
        piece = api.audio(activity, f"bytes={first}-{end}")
    else:
        piece = api.audio(activity, f"bytes=-{min(int(last), PIECE)}")
    if not piece.content:
        return Recording(416, {"Content-Range": f"bytes */{piece.total}"}, iter(()))
    place = f"bytes {piece.first}-{piece.first + len(piece.content) - 1}/{piece.total}"
    return Recording(206, headers(piece, len(piece.content)) | {"Content-Range": place}, iter([piece.content]))


def whole(api: Daktela, activity: str) -> Recording:
    piece = api.audio(activity, f"bytes=0-{PIECE - 1}")
    return Recording(200, headers(piece, piece.total), pieces(api, activity, piece))


def pieces(api: Daktela, activity: str, piece: Audio) -> Iterator[bytes]:
    total, done = piece.total, 0
    while True:
        yield piece.content
        done += len(piece.content)
        if done >= total:
            return
        piece = api.audio(activity, f"bytes={done}-{min(done + PIECE, total) - 1}")
        if piece.first != done or piece.total != total or not piece.content:
            raise TemporaryFailure("The recording changed while it was read.")


def headers(piece: Audio, length: int) -> dict[str, str]:
    return {"Content-Type": piece.content_type, "Content-Length": str(length), "Accept-Ranges": "bytes"}
