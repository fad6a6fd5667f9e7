"""Does each named change do what its label says, both ways, and say what it cannot read?"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.transforms import ALL, TRANSFORMS, Home, change, text

HOME = Home("CZ", ZoneInfo("Europe/Prague"))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def inward(name: str, value: Any, argument: str = "") -> Any:
    return change(name, argument, HOME, is_inward=True)(value)


def outward(name: str, value: Any, argument: str = "") -> Any:
    return change(name, argument, HOME, is_inward=False)(value)


@pytest.mark.parametrize(
    ("name", "argument", "theirs", "ours"),
    [
        ("trim", "", "  Jana ", "Jana"),
        ("upper", "", "straße", "STRASSE"),
        ("lower", "", "ČESKÝ", "český"),
        ("title", "", "jana nováková", "Jana Nováková"),
        ("phone", "", "773 796 040", "+420773796040"),
        ("phone", "SK", "0903 123 456", "+421903123456"),
        ("phone", "", "773796040 ext. 12", "+420773796040 ext. 12"),
        ("email", "", " Jana@Example.COM ", "jana@example.com"),
        ("date", "", "2026-11-20T10:00:00Z", "2026-11-20"),
        ("date", "%d.%m.%Y", "20.11.2026", "2026-11-20"),
        ("time", "", "2026-11-20 10:00:00", "2026-11-20T09:00:00+00:00"),
        ("time", "UTC", "2026-11-20 10:00:00", "2026-11-20T10:00:00+00:00"),
        ("time", "", "2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00+00:00"),
        ("number", ",", "1 234,50", 1234.5),
        ("number", "", "1,234.50", 1234.5),
        ("number", "", "12", 12),
        ("boolean", "Ano/Ne", "ano", True),
        ("boolean", "", "nein", False),
        ("first_name", "", "Jana Marie Nováková", "Jana Marie"),
        ("last_name", "", "Jana Marie Nováková", "Nováková"),
        ("last_name", "", "Nováková", "Nováková"),
        ("join", " / ", ["a", None, "b"], "a / b"),
        ("split", ";", "a; b ;;c", ["a", "b", "c"]),
        ("first", "", ["a", "b"], "a"),
        ("list", "", "a", ["a"]),
        ("prefix", "CRM-", "12", "CRM-12"),
        ("prefix", "CRM-", "", ""),
        ("strip", "CRM-", "CRM-12", "12"),
    ],
)
def test_a_value_is_changed_on_its_way_in(name: str, argument: str, theirs: Any, ours: Any) -> None:
    assert inward(name, theirs, argument) == ours


@pytest.mark.parametrize(
    ("name", "argument", "ours", "theirs"),
    [
        ("date", "%d.%m.%Y", "2026-11-20", "20.11.2026"),
        ("time", "", "2026-11-20T09:00:00+00:00", "2026-11-20 10:00:00"),
        ("number", ",", 1234.5, "1234,5"),
        ("boolean", "Ano/Ne", True, "Ano"),
        ("boolean", "", "false", False),
    ],
)
def test_a_value_is_changed_on_its_way_out(name: str, argument: str, ours: Any, theirs: Any) -> None:
    assert outward(name, ours, argument) == theirs


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("email", "", "jana"), ("email", "", "a b@c.cz"), ("date", "", "soon"), ("date", "%d.%m.%Y", "2026-11-20"),
        ("time", "", "25:00"), ("number", "", "many"), ("number", "", "NaN"), ("number", "", "1e999999999"),
        ("boolean", "", "maybe"), ("trim", "", {"a": 1}), ("lower", "", ["a"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(name: str, argument: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        inward(name, value, argument)


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("phone", "Czechia"),
        ("time", "Mars/Olympus"),
        ("time", "../etc"),
        ("number", "x"),
        ("boolean", "Yes"),
        ("nope", ""),
    ],
)
def test_a_bad_argument_is_refused_when_the_mapping_is_made(name: str, argument: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        change(name, argument, HOME, is_inward=True)


def test_a_change_without_a_way_back_says_so() -> None:
    with pytest.raises(ValueError, match="other direction"):
        change("first_name", "", HOME, is_inward=False)


def test_A6_an_hour_that_autumn_repeats_is_read_as_the_first() -> None:
    assert inward("time", "2026-10-25 02:30:00") == "2026-10-25T00:30:00+00:00"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([one.name for one in ALL]), ANYTHING, st.booleans())
def test_no_value_breaks_a_change(name: str, value: Any, is_inward: bool) -> None:
    transform = TRANSFORMS[name]
    if not (transform.inward if is_inward else transform.outward):
        return
    with suppress(ValueError, TypeError, OverflowError):
        change(name, "", HOME, is_inward=is_inward)(value)


@given(st.integers(0, 3_000_000_000), st.sampled_from(["UTC", "Europe/Prague", "Asia/Tokyo"]))
def test_a_moment_comes_back_as_it_went(seconds: int, zone: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    there = outward("time", moment.isoformat(), zone)
    back = datetime.fromisoformat(inward("time", there, zone))
    repeated = moment.astimezone(ZoneInfo(zone)).fold
    assert back == moment or (repeated and (moment - back).total_seconds() == 3600)


@given(st.dates())
def test_a_date_comes_back_as_it_went(day: Any) -> None:
    if day.year >= 1000:
        assert inward("date", outward("date", day.isoformat(), "%d/%m/%Y"), "%d/%m/%Y") == day.isoformat()


@given(st.text())
def test_text_keeps_everything_but_what_no_database_takes(written: str) -> None:
    assert text(written) == written.replace("\0", "")
