"""Does a record cross the border whole, with what is absent left out and what is null cleared?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.mapping import Problem, Rule, Rules, inward, outward, reader
from integrations.sync.settle import changes
from integrations.transforms import boolean, email

NAMES = st.sampled_from(["a", "b", "c.d", "e", "numbers"])
RECORDS = st.dictionaries(NAMES, st.none() | st.text(max_size=5) | st.lists(st.text(max_size=5), max_size=3))


def taken(values: dict[str, Any], *rules: Rule) -> dict[str, Any]:
    return inward(Rules(rules), values).values


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "Jana"),
        ("account.name", "Acme"),
        ("customFields.number[0]", "1"),
        ("customFields.number", ["1", "2"]),
        ("customFields.number[5]", None),
        ("phones[].value", ["x", "y"]),
        ("phones.value", ["x", "y"]),
        ("phones[1].value", "y"),
        ("item.call.id_call", 7),
        ("a.b", "dotted"),
        ("nobody.name", None),
        ("name[0]", "Jana"),
    ],
)
def test_W11_nested_values_and_lists_can_be_read(path: str, value: Any) -> None:
    record = {
        "name": "Jana", "account": {"name": "Acme"}, "customFields": {"number": ["1", "2"]}, "nobody": None,
        "phones": [{"value": "x"}, {"value": "y"}], "item": {"call": {"id_call": 7}}, "a.b": "dotted", "a": {"b": "no"},
    }  # fmt: skip
    assert reader(path)(record) == value


def test_C9_absent_null_and_empty_are_three_things() -> None:
    rules = (Rule("a", "a"), Rule("b", "b"), Rule("c", "c.d"), Rule("e", "e", is_list=True))
    assert taken({}, *rules) == {}
    assert taken({"a": None, "c": None, "e": None}, *rules) == {"a": "", "c": "", "e": []}
    assert taken({"a": "", "c": {}, "e": []}, *rules) == {"a": "", "e": []}


def test_a_default_stands_for_null_and_for_what_a_new_record_was_not_told() -> None:
    rules = Rules([Rule("stage", "stage", default="lead")])
    assert inward(rules, {"stage": None}).values == {"stage": "lead"}
    assert (inward(rules, {}).values, inward(rules, {}).defaults) == ({}, {"stage": "lead"})


def test_a_value_table_translates_after_the_change() -> None:
    rule = Rule("stage", "status", transform="upper", table={"A": "customer", "": "lead"})
    assert [taken({"status": one}, rule)["stage"] for one in ("a", "A", "", "z")] == [
        "customer",
        "customer",
        "lead",
        "Z",
    ]


def test_a_field_that_cannot_be_read_is_a_problem_and_the_others_go_on() -> None:
    rules = Rules(
        [Rule("email", "mail", keep=email, is_list=True), Rule("is_vip", "vip", keep=boolean), Rule("a", "a")]
    )
    mapped = inward(rules, {"mail": ["a@b.cz", "nonsense"], "vip": "perhaps", "a": "x"})
    assert mapped.values == {"a": "x"}
    assert [problem.field for problem in mapped.problems] == ["email", "is_vip"]
    assert mapped.problems[0] == Problem("email", "mail: “nonsense” is no e-mail address.")


def test_two_rows_of_one_field_are_put_together() -> None:
    numbers = (Rule("phone.mobile", "one", is_list=True), Rule("phone.mobile", "two", is_list=True))
    assert taken({"one": ["1", "2"], "two": "2"}, *numbers) == {"phone.mobile": ["1", "2"]}
    single = (Rule("a", "one"), Rule("a", "two"))
    assert taken({"one": "x", "two": ""}, *single) == {"a": "x"}
    assert taken({"one": "x", "two": "y"}, *single) == {"a": "y"}


def test_outward_the_empty_clears_and_what_is_for_new_records_is_apart() -> None:
    rules = Rules([Rule("a", "x"), Rule("b", "y", mode="if_new"), Rule("n", "z", is_list=True)], is_inward=False)
    mapped = outward(rules, {"a": "", "b": "1", "n": ["2", "3"], "other": 1})
    assert (mapped.values, mapped.defaults) == ({"x": None, "z": ["2", "3"]}, {"y": "1"})


def test_outward_a_list_stands_where_a_single_value_was_empty() -> None:
    rules = Rules([Rule("main", "numbers"), Rule("n", "numbers", is_list=True)], is_inward=False)
    assert outward(rules, {"main": "", "n": ["2", "3"]}).values == {"numbers": ["2", "3"]}


def test_a_bad_row_says_so_when_the_mapping_is_compiled() -> None:
    with pytest.raises(ValueError, match="no change called"):
        Rules([Rule("a", "b", transform="eval")])


@pytest.mark.parametrize(
    ("mode", "now", "theirs", "change"),
    [
        ("overwrite", "a", "b", {"f": "b"}), ("overwrite", "a", "", {"f": ""}), ("overwrite", "a", "a", {}),
        ("if_new", "", "b", {}), ("if_empty", "", "b", {"f": "b"}), ("if_empty", "a", "b", {}),
        ("append", "a", "b", {"f": "a\nb"}), ("append", "ab", "b", {}), ("append", "", "b", {"f": "b"}),
        ("append", ["1"], ["2", "1"], {"f": ["1", "2"]}), ("overwrite", ["1", "2"], ["2", "1"], {}),
        ("overwrite", ["A@b.cz"], ["a@b.cz"], {}), ("overwrite", ["1"], [], {"f": []}), ("append", "a", "", {}),
    ],
)  # fmt: skip
def test_the_four_modes(mode: str, now: Any, theirs: Any, change: dict[str, Any]) -> None:
    assert changes({"f": now}, {"f": theirs}, {"f": mode}) == change


def test_C1_what_another_system_owns_is_left_alone() -> None:
    assert changes({"f": "a", "g": ""}, {"f": "b", "g": "c"}, {}, locked={"f"}) == {"g": "c"}


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first test of all waits for Hypothesis to look around
@given(RECORDS, st.lists(st.tuples(NAMES, NAMES, st.booleans()), max_size=6))
def test_mapping_never_raises_and_names_only_what_was_there(
    values: dict[str, Any], pairs: list[tuple[str, str, bool]]
) -> None:
    rules = [Rule(f"ours.{ours}", theirs, is_list=is_list) for ours, theirs, is_list in pairs]
    mapped = inward(Rules(rules), values)
    there = {rule.ours for rule in rules if reader(rule.theirs)(values) is not reader("absent")(values)}
    assert set(mapped.values) | {problem.field for problem in mapped.problems} == there


@given(RECORDS, st.sampled_from(["overwrite", "if_new", "if_empty", "append"]))
def test_the_same_record_a_second_time_changes_nothing(values: dict[str, Any], mode: str) -> None:
    rules = Rules([Rule("a", "a", mode), Rule("n", "numbers", mode, is_list=True)])
    mapped = inward(rules, values).values
    once = {**{"a": "", "n": []}, **changes({"a": "", "n": []}, mapped, rules.modes)}
    assert changes(once, mapped, rules.modes) == {}
