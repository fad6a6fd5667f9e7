"""Can a recording be played from any place, whether Daktela serves ranges or not?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.daktela.recordings import PIECE
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.errors import NotAuthorized, RecordGone, TemporaryFailure
from tests.clock import HandClock
from tests.integrations.connectors.daktela.systems import DaktelaSystem


@pytest.fixture
def daktela(simulator: Simulator) -> Iterator[Daktela]:
    with DaktelaSystem(simulator).connect() as connector:
        yield connector


@pytest.fixture
def recorded(simulator: Simulator, clock: HandClock) -> str:
    """The activity of a call of twenty seconds that was answered and has ended."""
    ringing = simulator.scenarios.ring("petr", 2000, "00420773796040")
    simulator.scenarios.answer(ringing)
    clock.forward(20)
    return str(simulator.scenarios.close(ringing)["name"])


@pytest.fixture(params=[True, False], ids=["with ranges", "without ranges"])
def sound(request: pytest.FixtureRequest, simulator: Simulator, recorded: str) -> bytes:
    """What it sounds like, told by a Daktela that serves ranges and by one that does not."""
    simulator.world.assumptions = replace(simulator.world.assumptions, serves_ranges=request.param)
    url = f"{simulator.url}/file/recording/{recorded}"
    return httpx.get(url, headers={"X-AUTH-TOKEN": simulator.token("admin")}).content


def test_it_is_played_from_any_place(daktela: Daktela, recorded: str, sound: bytes) -> None:
    whole = daktela.recording(recorded)
    assert (whole.status, b"".join(whole.chunks)) == (200, sound)
    assert whole.headers["Content-Type"] == "audio/x-wav"
    assert whole.headers["Content-Length"] == str(len(sound))
    for wanted, expected, place in (
        ("bytes=0-", sound, f"bytes 0-{len(sound) - 1}/{len(sound)}"),
        ("bytes=100-199", sound[100:200], f"bytes 100-199/{len(sound)}"),
        ("bytes=-50", sound[-50:], f"bytes {len(sound) - 50}-{len(sound) - 1}/{len(sound)}"),
    ):
        part = daktela.recording(recorded, wanted)
        assert (part.status, b"".join(part.chunks), part.headers["Content-Range"]) == (206, expected, place)


def test_beyond_its_end_there_is_nothing(daktela: Daktela, recorded: str, sound: bytes) -> None:
    beyond = daktela.recording(recorded, f"bytes={len(sound) + 5}-")
    assert (beyond.status, b"".join(beyond.chunks)) == (416, b"")
    assert beyond.headers["Content-Range"] == f"bytes */{len(sound)}"


@pytest.mark.parametrize("wanted", ["bytes=", "bytes=-", "items=1-2", "bytes=1-2,5-6", "bytes=a-b", "x" * 9999])
def test_a_range_that_is_none_means_all_of_it(daktela: Daktela, recorded: str, wanted: str) -> None:
    assert daktela.recording(recorded, wanted).status == 200


def test_a_long_recording_is_read_piece_by_piece(daktela: Daktela, simulator: Simulator, clock: HandClock) -> None:
    simulator.world.assumptions = replace(simulator.world.assumptions, longest_recording_seconds=80)
    ringing = simulator.scenarios.answer(simulator.scenarios.ring("petr", 2000, "00420773796040"))
    clock.forward(90)
    recorded = simulator.scenarios.close(ringing)["name"]
    part = daktela.recording(recorded, "bytes=0-")
    assert part.headers["Content-Length"] == str(PIECE)
    whole = daktela.recording(recorded)
    assert sum(map(len, whole.chunks)) == int(whole.headers["Content-Length"]) > PIECE


def test_without_a_recording_there_is_none_and_a_page_is_none_either(
    daktela: Daktela, recorded: str, simulator: Simulator
) -> None:
    with pytest.raises(RecordGone):
        daktela.recording("activities_nothing")
    with pytest.raises(RecordGone):
        daktela.recording("../api/v6/whoim")
    simulator.faults.add("html", "/file/", status=200)
    with pytest.raises(TemporaryFailure):
        daktela.recording(recorded)
    simulator.faults.add("status", "/file/", status=403)
    with pytest.raises(NotAuthorized):
        daktela.recording(recorded)
