"""Are the parameters of the iframe's address read as Daktela means them, and never believed?"""

from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from widget.context import ACTIVITY_LENGTH, CALL_LENGTH, CALLER_LENGTH, CallContext, parameters

SEED = {"clid": "77379604", "direction": "in", "callid": "1WS.58184", "activity": "activities_181sd845a16ds84612sd84"}


def read(**changes: str | list[str] | None) -> CallContext:
    query = {
        name: value if isinstance(value, list) else [value]
        for name, value in (SEED | changes).items()
        if value is not None
    }
    return CallContext.read(query, "2000")


@given(st.text(alphabet="ab&=+%20ž\x00") | st.text())
def test_an_address_is_taken_apart_as_python_does_it(query: str) -> None:
    assert parameters(query) == parse_qs(query, keep_blank_values=True)


def problems(context: CallContext) -> list[str]:
    return [problem.parameter for problem in context.problems]


def test_the_white_papers_own_address_is_read() -> None:
    context = read()
    assert context == CallContext("2000", "77379604", "in", "1WS.58184", SEED["activity"], "inbound")
    assert context.is_usable


def test_parameters_that_are_not_ours_are_passed_over() -> None:
    assert read(utm="x", accessToken=["a", "b"]) == read()


@pytest.mark.parametrize("clid", ["", " ", "%20"])
def test_a_caller_id_without_a_value_is_a_withheld_number_and_no_problem(clid: str) -> None:
    context = read(clid=clid)
    assert (context.clid, context.problems) == ("", ())


def test_the_digits_of_an_e_mail_address_are_no_number() -> None:
    mail, sip = read(clid="novak773796040@example.com", callid=""), read(clid="773796040@pbx.example")
    assert (mail.is_address, mail.number) == (True, "")
    assert (sip.is_address, sip.number) == (False, "773796040@pbx.example")


def test_an_e_mail_address_may_be_longer_than_a_number() -> None:
    address = f"{'a' * 64}@{'b' * 63}.example"
    assert (read(clid=address, callid="").clid, problems(read(clid="7" * len(address)))) == (address, ["clid"])


def test_an_e_mail_has_no_call_id_and_that_is_no_problem() -> None:
    assert (read(callid="").call_id, read(callid="").problems) == ("", ())


@pytest.mark.parametrize(("parameter", "is_usable"), [
    ("clid", True), ("direction", True), ("callid", True), ("activity", False),
])  # fmt: skip
def test_a_missing_parameter_is_named_and_only_without_an_activity_nothing_can_be_kept(
    parameter: str, is_usable: bool
) -> None:
    context = read(**{parameter: None})
    assert problems(context) == [parameter]
    assert f"“{parameter}” is missing" in context.problems[0].text
    assert context.is_usable is is_usable


@pytest.mark.parametrize("parameter", [*SEED, "calltype"])
def test_a_repeated_parameter_counts_for_nothing(parameter: str) -> None:
    context = read(**{parameter: ["in", "in"]})
    assert problems(context) == [parameter]
    assert "more than once" in context.problems[0].text


@pytest.mark.parametrize(
    "activity", ["", "  ", "a" * (ACTIVITY_LENGTH + 1), "a b", "a\x00b", "activité", "a\ud800", "{{name}}"]
)
def test_an_activity_that_cannot_be_daktelas_is_fatal(activity: str) -> None:
    context = read(activity=activity)
    assert (problems(context), context.activity_id, context.is_usable) == (["activity"], "", False)


@pytest.mark.parametrize("call_id", ["1" * (CALL_LENGTH + 1), "1 2", "1\x002", "{callid}"])
def test_a_call_id_that_cannot_be_daktelas_is_left_out(call_id: str) -> None:
    context = read(callid=call_id)
    assert (problems(context), context.call_id, context.is_usable) == (["callid"], "", True)


@pytest.mark.parametrize("clid", ["1" * (CALLER_LENGTH + 1), "77\x00", "77\ud8001", "7\x1b[31m7", "77%00"])
def test_a_caller_id_that_is_no_text_looks_nobody_up(clid: str) -> None:
    context = read(clid=clid)
    assert (problems(context), context.clid, context.is_usable) == (["clid"], "", True)
    assert "Nobody was looked up" in context.problems[0].text


@pytest.mark.parametrize(("clid", "expected"), [
    (" 420773796040", "420773796040"), ("%2B420%20773796040", "+420 773796040"), ("anonymous", "anonymous"),
    ("٧٧٣٧٩٦٠٤٠", "٧٧٣٧٩٦٠٤٠"), ("' or 1=1 --", "' or 1=1 --"), ("1" * CALLER_LENGTH, "1" * CALLER_LENGTH),
])  # fmt: skip
def test_a_caller_id_is_kept_as_it_was_written(clid: str, expected: str) -> None:
    assert read(clid=clid).clid == expected


@pytest.mark.parametrize("direction", ["IN", "sideways", "inn", "in\x00", "internal,in"])
def test_a_wrong_direction_is_shown_as_incoming_and_said(direction: str) -> None:
    context = read(direction=direction)
    assert (problems(context), context.direction, context.call_type) == (["direction"], "in", "inbound")


@pytest.mark.parametrize(("direction", "call_type", "expected"), [
    ("in", None, "inbound"), ("out", None, "outbound"), ("internal", None, "manual"), ("out", "preview", "preview"),
    ("out", "manual", "manual"), ("in", "", "inbound"),
])  # fmt: skip
def test_the_call_type_is_said_or_follows_from_the_direction(
    direction: str, call_type: str | None, expected: str
) -> None:
    context = read(direction=direction, calltype=call_type)
    assert (context.call_type, context.problems) == (expected, ())


def test_an_unknown_call_type_gives_way_to_the_directions_own() -> None:
    context = read(direction="out", calltype="default")
    assert (context.call_type, problems(context)) == ("outbound", ["calltype"])


def test_an_address_without_anything_names_every_parameter() -> None:
    context = CallContext.read({}, "2000")
    assert problems(context) == ["direction", "clid", "callid", "activity"]
    assert not context.is_usable


@given(st.dictionaries(st.sampled_from([*SEED, "calltype", "x"]), st.lists(st.text(max_size=200), max_size=3)))
def test_whatever_stands_in_the_address_is_read_without_an_error(query: dict[str, list[str]]) -> None:
    context = CallContext.read(query, "2000")
    assert context.direction in ("in", "out", "internal")
    assert len(context.clid) <= CALLER_LENGTH
    assert len(context.activity_id) <= ACTIVITY_LENGTH
    assert "\x00" not in context.clid + context.call_id + context.activity_id
    assert context.is_usable is bool(context.activity_id)
