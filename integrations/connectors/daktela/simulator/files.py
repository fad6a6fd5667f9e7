"""What files does Daktela hand out? Call recordings, as a short generated sound (assumption 11), and attachments."""

import io
import math
import re
import struct
import wave
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from integrations.connectors.simulator.wire import Response

from . import zones
from .errors import ApiError, missing
from .wire import Request
from .world import Record, World

RATE = 8000


def tone(seconds: int) -> bytes:
    """A soft tone as WAV: 8 kHz, mono, 16 bit."""
    wave_at = (6000 * math.sin(2 * math.pi * 440 * n / RATE) for n in range(RATE * seconds))
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(b"".join(struct.pack("<h", int(height)) for height in wave_at))
    return out.getvalue()


def recording(world: World, request: Request, name: str) -> Response:
    """The recording of an answered call that has ended. Raises ApiError(404) while there is none."""
    activity = world.find("activities", name)
    call = world.find("activitiesCall", activity["item"]) if activity else None
    ended = call.get("_ended_at") or (activity or {}).get("time_close") if call and call["answered"] else None
    if not call or not ended or world.seconds_since(ended) < world.assumptions.recording_delay_seconds:
        raise missing()
    length = zones.seconds_between(activity["time_open"], ended, world.zone) if activity else 1
    longest = world.assumptions.longest_recording_seconds
    response = ranged(request, tone(min(max(length, 1), longest)), "audio/x-wav", world.assumptions.serves_ranges)
    if str(request.query.get("download")).lower() in ("1", "true"):
        response.headers.append(("Content-Disposition", f'attachment; filename="{name}.wav"'))
    return response


def ranged(request: Request, content: bytes, content_type: str, serves_ranges: bool = True) -> Response:
    """The whole content, or the one range of it that was asked for."""
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    headers = [("Accept-Ranges", "bytes" if serves_ranges else "none")]
    if not serves_ranges or not wanted or not any(wanted.groups()):
        return Response(200, content, content_type, headers)
    first, last = wanted.groups()
    start = int(first) if first else max(0, len(content) - int(last))
    end = min(int(last), len(content) - 1) if first and last else len(content) - 1
    if start > end:
        return Response(416, b"", content_type, [("Content-Range", f"bytes */{len(content)}")])
    headers.append(("Content-Range", f"bytes {start}-{end}/{len(content)}"))
    return Response(206, content[start : end + 1], content_type, headers)


class Uploads:
    """Files that were uploaded, until they are removed."""

    def __init__(self) -> None:
        self.files: dict[str, Record] = {}

    def save(self, world: World, request: Request) -> Response:
        """Keep the part called ``files`` of a multipart body; answers its name as a JSON text."""
        head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
        message: Any = BytesParser(policy=HTTP).parsebytes(head + request.body)
        for part in message.iter_parts() if message.is_multipart() else ():
            if part.get_param("name", header="content-disposition") == "files":
                name = f"file_{world.next_number()}"
                self.files[name] = {"content": part.get_content(), "type": part.get_content_type()}
                return Response.json(name)
        raise ApiError(400, {"form": {"files": "Item is mandatory"}})

    def remove(self, request: Request) -> Response:
        self.files.pop(str(request.query.get("name") or ""), None)
        return Response.json(True)

    def download(self, request: Request) -> Response:
        """Raises ApiError(404)."""
        found = self.files.get(str(request.query.get("name") or ""))
        if not found:
            raise missing()
        content = found["content"]
        return Response(200, content.encode() if isinstance(content, str) else content, found["type"])
