"""Does a card show the fields its rule names, in words for people?"""

from collections.abc import Iterable

import pytest

from widget.fields import DEFAULT_FIELDS, FIELDS, Record, choices, known, shown

JANA = {
    "contact": {"id": 1, "first_name": "Jana", "last_name": "Nováková", "job_title": "Buyer", "stage": "lead",
                "language": "cs", "do_not_call": True, "address": "Dlouhá 3", "description": "", "owner": "Jan Černý",
                "custom": {"segment": "Gold", "insured": False, "empty": None}},
    "account": {"id": 7, "name": "ACME", "website": "https://acme.example", "address": "Na Příkopě 1", "alert": "Debt",
                "description": "", "custom": {"tariff": "B2B", "segment": "Steel"}},
    "numbers": [{"number": "+420773796040", "kind": "mobile", "extension": ""},
                {"number": "+420224111222", "kind": "work", "extension": "12"}],
    "emails": ["jana@acme.example"],
}  # fmt: skip
ACME = {"contact": None, "account": JANA["account"], "numbers": None, "emails": None}
TITLES = {"segment": "Segment", "tariff": "Tariff", "insured": "Insured", "empty": "Empty"}


def lines(names: Iterable[str], record: Record) -> dict[str, str]:
    return dict(shown(known(names, TITLES), record))


def test_a_person_is_shown_in_words() -> None:
    assert lines(FIELDS, JANA) == {
        "Account": "ACME", "Job title": "Buyer", "Numbers": "+420 773 796 040, +420 224 111 222 ext. 12",
        "Mobile": "+420 773 796 040", "Work number": "+420 224 111 222 ext. 12", "E-mail": "jana@acme.example",
        "Language": "Czech", "Stage": "Lead", "Do not call": "Yes", "Address": "Dlouhá 3",
        "Website": "https://acme.example", "Account's address": "Na Příkopě 1", "Account's alert": "Debt",
        "Owner": "Jan Černý",
    }  # fmt: skip


def test_a_company_is_shown_with_its_own_fields() -> None:
    assert lines(FIELDS, ACME) == {"Website": "https://acme.example", "Address": "Na Příkopě 1"}


def test_custom_fields_are_the_persons_own_or_else_the_companys() -> None:
    names = ["custom:tariff", "custom:segment", "custom:insured", "custom:empty"]
    assert lines(names, JANA) == {"Tariff": "B2B", "Segment": "Gold", "Insured": "No"}
    assert lines(names, ACME) == {"Tariff": "B2B", "Segment": "Steel"}


def test_the_rules_order_is_kept_and_unknown_names_are_passed_over() -> None:
    assert list(lines(["owner", "custom:gone", "nonsense", "stage"], JANA)) == ["Owner", "Stage"]


def test_a_language_without_a_word_is_shown_as_it_is() -> None:
    assert lines(["language"], {"contact": {"language": "hsb"}}) == {"Language": "hsb"}


@pytest.mark.parametrize("record", [{}, {"contact": {}}, {"contact": None, "account": None}])
def test_an_empty_record_shows_nothing(record: Record) -> None:
    assert lines([*FIELDS, "custom:segment"], record) == {}


def test_a_form_offers_every_name_with_its_title() -> None:
    offered = dict(choices({"segment": "Segment"}))
    assert offered["custom:segment"] == "Segment"
    assert set(DEFAULT_FIELDS) <= set(offered)
