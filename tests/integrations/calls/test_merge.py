"""Does the order in which we hear of an activity, or how often, change what we know? (contract A2, A3, A4)"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.calls.merge import Known, join, partial
from integrations.calls.reader import RANKS

EXAMPLES = settings(max_examples=2000, deadline=None)
SOME = settings(max_examples=300, deadline=None)
TIMES = ["2026-01-05 10:00:00", "2026-01-05 10:00:04", "2026-01-05 10:03:10"]
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from([*RANKS, "HOLD"]),
        "type": st.sampled_from(["CALL", "CHAT"]),
        "id_call": st.sampled_from(["1WS.1", "1WS.2"]),
        "user": st.sampled_from(["petr", "jana"]),
        "time": st.sampled_from(TIMES),
        "time_close": st.sampled_from(TIMES),
        "duration": st.integers(-5, 300),
    },
)
HEARD = st.tuples(st.just("hears"), FACTS, st.integers(0, 4))
READ = st.tuples(st.just("reads"), FACTS, st.integers(1, 5))
Heard = tuple[str, dict[str, Any], int]


def known(things: Sequence[Heard]) -> Known:
    """What is known after these. One number names one fetch, so it brings one answer."""
    answers: dict[int, dict[str, Any]] = {}
    knowledge = Known()
    for what, facts, number in things:
        told = answers.setdefault(number, facts) if what == "reads" else facts
        knowledge = getattr(knowledge, what)(told, number)
    return knowledge


@st.composite
def twice_told(draw: st.DrawFn) -> tuple[list[Heard], list[Heard]]:
    """The same things in two orders, some of them several times."""
    things = draw(st.lists(st.one_of(HEARD, READ), max_size=7))
    answers: dict[int, dict[str, Any]] = {}
    things = [
        (what, answers.setdefault(number, facts) if what == "reads" else facts, number)
        for what, facts, number in things
    ]
    repeated = [*things, *draw(st.lists(st.sampled_from(things), max_size=4))] if things else []
    return things, draw(st.permutations(repeated))


@EXAMPLES
@given(twice_told())
def test_a2_order_and_repeats_change_nothing(told: tuple[list[Heard], list[Heard]]) -> None:
    one, other = known(told[0]), known(told[1])
    assert one.facts == other.facts
    assert one.anomalies == other.anomalies
    assert (one.is_provisional, one.applied, one.partials) == (other.is_provisional, other.applied, other.partials)


@SOME
@given(FACTS, FACTS, FACTS)
def test_a2_joining_claims_is_commutative_associative_and_idempotent(a: Any, b: Any, c: Any) -> None:
    x, y, z = partial(a), partial(b), partial(c)
    assert join(x, y) == join(y, x)
    assert join(join(x, y), z) == join(x, join(y, z))
    assert join(x, x) == x


@SOME
@given(st.lists(FACTS, min_size=1, max_size=6))
def test_a3_claims_only_raise_the_state(claims: list[dict[str, Any]]) -> None:
    knowledge, highest = Known(), 0
    for facts in claims:
        knowledge = knowledge.hears(facts, 0)
        highest = max(highest, RANKS.get(facts.get("action", ""), 0))
        assert RANKS.get(knowledge.facts.get("action", ""), 0) == highest


@SOME
@given(st.lists(HEARD, max_size=5), FACTS)
def test_a2_what_daktela_says_last_is_what_stands(heard: list[Heard], facts: dict[str, Any]) -> None:
    knowledge = known(heard).reads(facts, 5)
    told = {key: value for key, value in facts.items() if key != "id_call"}
    assert {key: value for key, value in knowledge.facts.items() if key != "id_call"} == told
    assert not knowledge.is_provisional


def test_a3_a_snapshot_may_lower_the_state() -> None:
    closed = Known().reads({"action": "CLOSE"}, 1).hears({"action": "CLOSE"}, 1)
    assert closed.reads({"action": "OPEN"}, 2).facts["action"] == "OPEN"


def test_a2_a_late_claim_shows_until_daktela_is_asked() -> None:
    open_ = Known().reads({"action": "OPEN", "time": TIMES[0]}, 1)
    late = open_.hears({"action": "CLOSE", "time_close": TIMES[2]}, 1)
    assert late.facts == {"action": "CLOSE", "time": TIMES[0], "time_close": TIMES[2]}
    assert late.is_provisional
    assert open_.hears({"action": "WAIT"}, 1).facts["action"] == "OPEN"


def test_a2_a_claim_from_before_the_fetch_is_known_to_its_answer() -> None:
    assert Known().hears({"action": "CLOSE"}, 0).reads({"action": "OPEN"}, 1).facts == {"action": "OPEN"}
    assert Known().reads({"action": "OPEN"}, 1).hears({"action": "CLOSE"}, 0).facts == {"action": "OPEN"}


def test_a4_an_identifier_is_set_once_and_another_value_is_kept_aside() -> None:
    knowledge = Known().reads({"id_call": "1WS.2"}, 1).reads({"id_call": "1WS.1"}, 2)
    assert knowledge.facts["id_call"] == "1WS.2"
    assert knowledge.anomalies == ["id_call 1WS.1"]


def test_a6_a_negative_duration_is_reported() -> None:
    assert Known().reads({"duration": -7}, 1).anomalies == ["duration is -7 seconds"]
