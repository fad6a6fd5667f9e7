"""Is what a form or an address calls an id one that a row can have?"""

import pytest

from crm import ids


@pytest.mark.parametrize(("text", "found"), [("1", 1), ("007", 7), ("9223372036854775807", 2**63 - 1), ("0", 0)])
def test_an_id_is_read(text: str, found: int) -> None:
    assert ids.read(text) == found


@pytest.mark.parametrize(
    "text", [None, "", " 1", "-1", "+1", "1.0", "1e3", "٣", "²", "x", "\0", "9223372036854775808", "9" * 4_400]
)
def test_what_no_row_can_have_names_none(text: str | None) -> None:
    assert ids.read(text) is None
