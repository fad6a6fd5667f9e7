"""Does a configuration of ipSCAPE's Dynamics adapter become rules, with a word on every setting?"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from crm.models import User
from tests.factories import ContactFactory, CustomFieldFactory, QueueFactory, ScreenPopRuleFactory
from widget.imports import ipscape
from widget.imports.ipscape import Refused
from widget.imports.loose_json import LONGEST, NotReadable, parse
from widget.models import ExampleCall, ScreenPopRule

SITE = Path(__file__).parent / "data" / "ipscape.json"
TEXT = SITE.read_text()
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        file = tmp_path / "site.json"
        file.write_text(text)
        return file

    return to_file


def bring_in(file: Path = SITE, **options: Any) -> str:
    out = StringIO()
    call_command("import_screenpop", file, stdout=out, **options)
    return out.getvalue()


def refusal(text: str) -> str:
    with pytest.raises(Refused) as refused:
        ipscape.read(text)
    return "\n".join(f"{line.place}: {line.text}" for line in refused.value.lines)


def changed(change: Callable[[Any], object]) -> str:
    """The site's file with one change made to it."""
    document = copy.deepcopy(parse(TEXT))
    change(document)
    return json.dumps(document)


@pytest.mark.django_db
def test_the_sites_rules_are_written() -> None:
    CustomFieldFactory(key="kov_segment")
    bring_in()
    rules = {rule.call_type: rule for rule in ScreenPopRule.objects.all()}
    assert {call_type: (rule.order, rule.on_none) for call_type, rule in rules.items()} == {
        "default": (["contact"], "offer"),
        "preview": (["account"], "search"),
        "outbound": (["account"], "search"),
        "manual": (["lead"], "search"),
    }
    assert rules["default"].fields == ["work_number", "mobile", "do_not_call", "job_title", "custom:kov_segment"]
    assert rules["preview"].fields == ["numbers", "do_not_call"]
    assert rules["manual"].fields == []
    assert {rule.queue for rule in rules.values()} == {None}


@pytest.mark.django_db
@pytest.mark.parametrize("line", [
    "taken     config.options.entities.contact.query: “mobilephone” is shown on the card as “mobile”.",
    "taken     config.options.entities.contact.query: “fullname” is always on the card.",
    "left out  config.options.entities.contact.query: “kov_vek” has no field here.",
    "left out  config.options.entities.contact.key: names a table of Dynamics",
    "left out  config.options.entities.incident: there are contacts, leads and accounts here",
    "taken     config.options.entities.account.type: related in the card's box for a company.",
    "taken     screenPop.default.entity: only contacts are searched",
    "taken     screenPop.default.addNewRecord: where nobody matches, the card offers a new record.",
    "taken     screenPop.default.map[0].path: the caller's number",
    "taken     screenPop.default.map[1].map: read as “path”",
    "left out  screenPop.default.map[1].map: not read: the one number",
    "left out  screenPop.default.query: not run",
    "unsafe    screenPop.default.query: “{{mobilephone}}” stands in $search without quotes",
    "unsafe    screenPop.default.query: “{{home}}” stands in $search without quotes",
    "left out  screenPop.default.query: “{{home}}” has no entry in the map",
    "left out  screenPop.rules[0].map[0].format: not needed",
    "left out  screenPop.rules[1].entity: it is not among the entities",
    "unknown   screenPop.rules[1].popup: no setting that we know",
    "unknown   theme: no setting that we know",
    "left out  scripts: not loaded",
    "left out  config.options.completeActivityRecordOnWrap: an activity is complete when the agent says Done",
    "left out  config.options.createTaskOnPreview: no record is made before there is a call",
    "left out  config.options.fields.callDispositionField: outcomes are kept here",
])  # fmt: skip
def test_the_report_has_a_sentence_for_every_setting(line: str) -> None:
    assert line in bring_in(dry_run=True)


@pytest.mark.django_db
def test_a_quoted_placeholder_is_not_called_unsafe() -> None:
    assert "unsafe    screenPop.rules" not in bring_in(dry_run=True)


@pytest.mark.django_db
def test_a_second_import_changes_nothing() -> None:
    first = bring_in()
    rows = list(ScreenPopRule.objects.order_by("pk").values())
    second = bring_in()
    assert list(ScreenPopRule.objects.order_by("pk").values()) == rows
    assert (first.count("created: "), second.count("unchanged: "), second.count("created: ")) == (4, 4, 0)


@pytest.mark.django_db
def test_what_the_file_says_nothing_of_stays_as_the_admin_left_it() -> None:
    ScreenPopRuleFactory(call_type="default", order=["lead"], on_one="ask", on_many="open")
    assert "changed: default of every queue" in bring_in()
    rule = ScreenPopRule.objects.get(call_type="default")
    assert (rule.order, rule.on_one, rule.on_many) == (["contact"], "ask", "open")


@pytest.mark.django_db
def test_the_rules_can_be_one_queues_own() -> None:
    queue = QueueFactory(slug="2000")
    bring_in(queue="2000")
    assert {rule.queue for rule in ScreenPopRule.objects.all()} == {queue}
    with pytest.raises(CommandError, match=r"There is no queue “3000”\. Queues: 2000"):
        bring_in(queue="3000")


@pytest.mark.django_db
def test_a_dry_run_writes_nothing() -> None:
    assert "Nothing was written" in bring_in(dry_run=True)
    assert not ScreenPopRule.objects.exists()


@pytest.mark.django_db
def test_an_import_that_breaks_an_example_is_refused_unless_it_is_wanted(admin: User) -> None:
    ContactFactory(first_name="Jana", last_name="Nováková", numbers=["773 796 040"])
    queue = QueueFactory(slug="2000")
    ExampleCall.objects.create(
        title="Jana", queue=queue, number="773796040", call_type="manual", expected="opens Jana Nováková"
    )
    with pytest.raises(CommandError, match="example calls would break"):
        bring_in()
    assert not ScreenPopRule.objects.exists()
    assert "must be “opens Jana Nováková”, would be “only searches”" in bring_in(all_the_same=True)
    assert ScreenPopRule.objects.count() == 4


@pytest.mark.django_db
def test_with_one_wrong_place_nothing_is_written(write: Write) -> None:
    file = write(changed(lambda site: site["screenPop"]["rules"][1].update(addNewRecord="yes")))
    out = StringIO()
    with pytest.raises(CommandError, match="Nothing was written"):
        call_command("import_screenpop", file, stdout=out)
    assert "screenPop.rules[1].addNewRecord: must be true or false, and is a text." in out.getvalue()
    assert not ScreenPopRule.objects.exists()


def rule(number: int, **changes: object) -> Callable[[Any], object]:
    return lambda site: site["screenPop"]["rules"][number].update(changes)


def entry(**changes: object) -> Callable[[Any], object]:
    return lambda site: site["screenPop"]["default"]["map"][0].update(changes)


def options(**changes: object) -> Callable[[Any], object]:
    return lambda site: site["config"]["options"].update(changes)


@pytest.mark.parametrize(("change", "says"), [
    (lambda site: site.pop("screenPop"), "screenPop: is missing"),
    (lambda site: site["screenPop"].pop("default"), "screenPop.default: is missing"),
    (lambda site: site.update(screenPop=[]), "screenPop: must be an object { }, and is a list [ ]."),
    (lambda site: site["screenPop"].update(rules={}), "screenPop.rules: must be a list [ ], and is an object { }."),
    (lambda site: site["screenPop"].update(rules=[7]), "screenPop.rules[0]: must be an object { }, and is a number."),
    (lambda site: site.update(entities={}), "entities: stands in config.options.entities too. Leave one of them."),
    (lambda site: site.update(config="x"), "config: must be an object { }, and is a text."),
    (rule(0, entity="incident"), "screenPop.rules[0].entity: must be one of contact, account, lead."),
    (rule(0, entity=["account"]), "screenPop.rules[0].entity: must be one of contact, account, lead."),
    (rule(0, entity=None), "screenPop.rules[0].entity: must be one of contact, account, lead."),
    (rule(0, callType="preview"), "screenPop.rules[0].callType: must be a list [ ], and is a text."),
    (rule(0, callType=["chat"]), "screenPop.rules[0].callType: must list some of manual, inbound, preview"),
    (rule(0, callType=[{}]), "screenPop.rules[0].callType: must list some of manual"),
    (rule(1, callType=["preview"]), "screenPop.rules[1].callType: “preview” has a rule already. Leave one."),
    (rule(1, callType=["default"]), "screenPop.rules[1].callType: “default” has a rule already. Leave one."),
    (rule(0, addNewRecord=1), "screenPop.rules[0].addNewRecord: must be true or false, and is a number."),
    (rule(0, query=None), "screenPop.rules[0].query: must be a text, and is nothing."),
    (rule(0, map="x"), "screenPop.rules[0].map: must be a list [ ], and is a text."),
    (entry(type="number"), "screenPop.default.map[0].type: must be one of string, phone."),
    (entry(name=3), "screenPop.default.map[0].name: must be a text, and is a number."),
    (entry(format=True), "screenPop.default.map[0].format: must be a text, and is true or false."),
    (entry(path="a..b"), "screenPop.default.map[0].path: must be a path such as interaction"),
    (entry(path="__import__('os')"), "screenPop.default.map[0].path: must be a path such as interaction"),
    (entry(path=None), "screenPop.default.map[0].path: must be a text, and is nothing."),
    (entry(map="x"), "screenPop.default.map[0].map: stands beside “path”. Leave one of them."),
    (options(completeActivityRecordOnWrap="yes"), "OnWrap: must be true or false, and is a text."),
    (options(fields=[]), "config.options.fields: must be an object { }, and is a list [ ]."),
    (options(entities={"contact": {"query": 7}}), "entities.contact.query: must be a text, and is a number."),
    (options(entities={"contact": {"type": "entity"}}), "entities.contact.type: must be “person”"),
])  # fmt: skip
def test_a_wrong_setting_is_named_with_its_place(change: Callable[[Any], object], says: str) -> None:
    assert says in refusal(changed(change))


def test_all_wrong_settings_are_named_at_once() -> None:
    def two(site: Any) -> None:
        rule(0, entity="x")(site)
        entry(type="x")(site)

    assert len(refusal(changed(two)).splitlines()) == 2


@pytest.mark.parametrize(("text", "says"), [
    ("", "Line 1, column 1"), ("{\n  // note\n  'a': 1}", "Line 3, column 3"), ("[]", "must be an object"),
    ('{"screenPop": {"default": {}, "default": {}}}', "“default” stands twice"), ('{"a": NaN}', "NaN"),
    ("[" * 60_000, "nesting"), (f'{{"a": {"9" * 5000}}}', "number"), (" " * (LONGEST + 1), "longer than"),
    ('{"\\ud800": 1}', "character"),
])  # fmt: skip
def test_what_is_no_configuration_is_refused_with_a_reason(text: str, says: str) -> None:
    assert says in refusal(text)


@pytest.mark.django_db
@pytest.mark.parametrize("content", [None, b"\xff\xfe{"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "site.json"
    if content:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=r"site\.json cannot be read"):
        bring_in(file)


@pytest.mark.parametrize(("text", "value"), [
    ('{"a": [1, 2,], /* b */ }', {"a": [1, 2]}), ('{"a": "x, ] // no /* b */"} // c', {"a": "x, ] // no /* b */"}),
    ('[1 /* a */ , // b\n]', [1]), (r'["\"//", "a,]",]', ['"//', "a,]"]),
])  # fmt: skip
def test_comments_and_last_commas_may_stay_and_strings_are_left_alone(text: str, value: object) -> None:
    assert parse(text) == value


KEYS = [
    "screenPop", "default", "rules", "callType", "entity", "map", "path", "query", "config", "options", "entities",
    "contact", "fields", "addNewRecord", "name", "type",
]  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["contact", "preview"])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_every_json_value_is_read_or_refused_with_its_places(value: object) -> None:
    with suppress(Refused):
        assert ipscape.read(json.dumps(value)).rules["default"].order


@given(st.text(max_size=60))
def test_every_text_is_json_or_refused(text: str) -> None:
    with suppress(NotReadable):
        parse(text)
