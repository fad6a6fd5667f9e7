"""Is what an answer holds safe to store, and does one odd text hide nothing else?"""

from __future__ import annotations

import pytest

from integrations.connectors.answers import Answer


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a": [1, "\xc5\xbe"], "b": null}', {"a": [1, "ž"], "b": None}),
        (b'{"a": "x\\u0000y", "b\\u0000": 1}', {"a": "xy", "b": 1}),
        (b'[{"a": "x\\ud800y"}, {"a": "\\ud83d\\ude00"}]', [{"a": "xy"}, {"a": "😀"}]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_what_no_database_takes_is_left_out(content: bytes, expected: object) -> None:
    assert Answer(200, content=content).json() == expected


@pytest.mark.parametrize("content", [b"", b"{", b"<html>", b'{"a": NaN}', b"[Infinity]", b"[" * 100_000, b'"\xff"'])
def test_what_is_no_json_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        Answer(200, content=content).json()
