"""Does each call open what its rule says, and never more?"""

from itertools import permutations
from typing import Any

import pytest

from crm.matching import Candidate, Kind, Status
from widget.screenpop import BUILT_IN, Action, Rule, choose, decide

Changes = dict[str, Any]


def person(name: str, record_id: int, kind: Kind = Kind.CONTACT, **facts: Any) -> Candidate:
    """Exact, visible, neither shared nor refused, of no company, and not sure: others may have the number."""
    values = {
        "phone_id": record_id, "company": "", "company_id": None, "why": "mobile", "is_exact": True, "is_sure": False,
        "is_visible": True,
    } | facts  # fmt: skip
    score = values.pop("score", 100 if values["is_exact"] else 20)
    return Candidate(kind=kind, record_id=record_id, name=name if values["is_visible"] else "", score=score, **values)


def company(name: str, record_id: int, **facts: Any) -> Candidate:
    return person(name, record_id, Kind.ACCOUNT, **{"company_id": record_id, "score": 60} | facts)


def staff(count: int, **facts: Any) -> list[Candidate]:
    """So many colleagues on the company's line."""
    return [person(f"Person {n}", n, score=100 - n, company="ACME", company_id=7, **facts) for n in range(1, count + 1)]


def strangers(count: int) -> list[Candidate]:
    return [person(f"Person {n}", n) for n in range(1, count + 1)]


JANA = person("Jana", 1)
SURE = person("Jana", 1, is_sure=True)
LEAD = person("Lea", 2, Kind.LEAD)
SURE_LEAD = person("Lea", 2, Kind.LEAD, is_sure=True)
SHARED = person("Jana", 1, is_shared=True, score=95)
REFUSED = person("Jana", 1, is_refused=True, score=85)
ALIKE = person("Jana", 1, is_exact=False)
HIDDEN = person("Jana", 1, is_visible=False)
PETR = person("Petr", 3, score=99)
PETR_ALIKE = person("Petr", 3, is_exact=False)
PETR_SHARED = person("Petr", 3, is_shared=True, score=80)
OF_BETA = person("Ota", 4, company="Beta", company_id=8)
ACME = company("ACME", 7)
SURE_ACME = company("ACME", 7, is_sure=True)
SHARED_ACME = company("ACME", 7, is_shared=True)
BETA = company("Beta", 8)
OF_ACME = person("Jana", 1, company="ACME", company_id=7, is_shared=True)

BEST: Changes = {"on_many": "open"}
ASK: Changes = {"on_one": "ask"}
COMPANIES_FIRST: Changes = {"order": ("account", "contact", "lead")}
LEADS_FIRST: Changes = {"order": ("lead", "account", "contact")}
ONLY_CONTACTS: Changes = {"order": ("contact",)}
ONLY_COMPANIES: Changes = {"order": ("account",)}
ONLY_LEADS: Changes = {"order": ("lead",)}

TABLE = [
    # title, how the rule differs from the built-in one, the candidates, what the bench says
    ("one sure person", {}, [SURE], "opens Jana and links"),
    ("one sure lead", {}, [SURE_LEAD], "opens Lea and links"),
    ("one sure company", {}, [SURE_ACME], "opens ACME and links"),
    ("one sure person, asked", ASK, [SURE], "asks: Jana?"),
    ("one sure company, asked", ASK, [SURE_ACME], "asks: ACME?"),
    ("a sure person and the switchboard", {}, [SURE, ACME], "opens Jana and links"),
    ("a sure lead and the switchboard", {}, [SURE_LEAD, ACME], "opens Lea and links"),
    ("companies before people", COMPANIES_FIRST, [SURE, ACME], "opens ACME and links"),
    ("companies before people, asked", COMPANIES_FIRST | ASK, [SURE, ACME], "asks: ACME?"),
    ("companies first, but none", COMPANIES_FIRST, [SURE], "opens Jana and links"),
    ("companies first, a shared one", COMPANIES_FIRST, [SURE, SHARED_ACME], "opens Jana and links"),
    ("companies first, two of them", COMPANIES_FIRST, [ACME, BETA], "offers 2 to choose from"),
    ("leads, companies, contacts", LEADS_FIRST, [SURE, ACME], "opens ACME and links"),
    ("a lead before the company", LEADS_FIRST, [SURE_LEAD, ACME], "opens Lea and links"),
    ("only companies are searched", ONLY_COMPANIES, [SURE, ACME], "opens ACME and links"),
    ("only contacts, and a lead calls", ONLY_CONTACTS, [SURE_LEAD], "offers a new record"),
    ("only leads, and a contact calls", ONLY_LEADS, [SURE], "offers a new record"),
    ("only contacts, and a company calls", ONLY_CONTACTS, [SURE_ACME], "offers a new record"),
    ("only contacts, a lead has it too", ONLY_CONTACTS, [JANA, LEAD], "asks: Jana?"),
    ("one shared", {}, [SHARED], "asks: Jana?"),
    ("one shared, the best opens", BEST, [SHARED], "asks: Jana?"),
    ("one refused last time", {}, [REFUSED], "asks: Jana?"),
    ("one that ends alike", {}, [ALIKE], "asks: Jana?"),
    ("one that ends alike, the best opens", BEST, [ALIKE], "asks: Jana?"),
    ("exact beats what ends alike", {}, [SURE, PETR_ALIKE], "opens Jana and links"),
    ("an exact company beats a person alike", {}, [SURE_ACME, ALIKE], "opens ACME and links"),
    ("refused, and others alike", {}, [REFUSED, PETR_ALIKE], "asks: Jana?"),
    ("two people", {}, [JANA, PETR], "offers 2 to choose from"),
    ("a contact and a lead", {}, [LEAD, JANA], "offers 2 to choose from"),
    ("two people, the best opens", BEST, [JANA, PETR], "opens Jana"),
    ("leads first, the best opens", BEST | LEADS_FIRST, [JANA, LEAD], "opens Lea"),
    ("two share it, the best opens", BEST, [SHARED, PETR_SHARED], "offers 2 to choose from"),
    ("the best was refused", BEST, [REFUSED, PETR_SHARED], "offers 2 to choose from"),
    ("two that end alike, the best opens", BEST, [ALIKE, PETR_ALIKE], "offers 2 to choose from"),
    ("one of a company on its own line", {}, [OF_ACME, SHARED_ACME], "asks: Jana?"),
    ("one on the line of another company", {}, [OF_ACME, BETA], "offers 2 to choose from"),
    ("five colleagues", {}, [*staff(5, is_shared=True), ACME], "offers 5 to choose from"),
    ("six colleagues", {}, [*staff(6, is_shared=True), ACME], "searches in ACME"),
    ("six colleagues, the best opens", BEST, staff(6), "searches in ACME"),
    ("six of two companies", {}, [*staff(5), OF_BETA], "offers 6 to choose from"),
    ("six of no company", {}, strangers(6), "offers 6 to choose from"),
    ("eleven of no company", {}, strangers(11), "offers 9 to choose from"),
    ("nobody", {}, [], "offers a new record"),
    ("nobody, only searched", {"on_none": "search"}, [], "only searches"),
    ("of another team", {}, [HIDDEN], "names nobody: known to another team"),
    ("of another team, others alike", {}, [HIDDEN, PETR_ALIKE], "names nobody: known to another team"),
    ("of another team, not searched", ONLY_COMPANIES, [HIDDEN], "offers a new record"),
    ("one of ours, one of theirs", {}, [HIDDEN, PETR], "asks: Petr?"),
    ("one of ours, one of theirs, the best opens", BEST, [HIDDEN, PETR], "asks: Petr?"),
    ("two of ours, one of theirs", {}, [HIDDEN, *strangers(2)], "offers 2 to choose from"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "candidates", "says"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_call_does_what_the_table_says(changes: Changes, candidates: list[Candidate], says: str) -> None:
    decision = decide(Rule(**changes), candidates)
    assert decision.sentence + (" and links" if decision.links_by_itself else "") == says
    assert all(one.is_visible for one in decision.candidates)
    assert decision.reason


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.NUMBER])
def test_a_number_that_is_nobodys_matches_nobody_whatever_the_rule(status: Status) -> None:
    decision = decide(Rule(on_one="open", on_many="open"), [SURE], status)
    assert decision.sentence == f"matches nobody: {status}"
    assert (decision.chosen, decision.candidates, decision.links_by_itself) == (None, (), False)


def test_candidates_stand_in_the_rules_order_and_as_ranked_inside_it() -> None:
    found = [JANA, PETR, LEAD, company("ACME", 7, score=100)]
    decision = decide(Rule(order=("lead", "account", "contact")), found)
    assert [one.name for one in decision.candidates] == ["Lea", "ACME", "Jana", "Petr"]


def test_colleagues_stand_under_their_company() -> None:
    decision = decide(BUILT_IN, [*staff(2, is_shared=True), ACME])
    assert decision.action is Action.CHOOSE
    assert (decision.company, decision.company_id) == ("ACME", 7)
    assert [one.name for one in decision.candidates] == ["Person 1", "Person 2"]


def test_who_was_not_chosen_can_still_be_seen() -> None:
    decision = decide(BUILT_IN, [SURE, ACME, person("Petr", 3, is_exact=False)])
    assert [one.name for one in decision.candidates] == ["Jana", "Petr", "ACME"]


def test_a_shared_or_refused_or_unseen_number_never_opens_under_any_rule() -> None:
    doubtful = [SHARED, REFUSED, ALIKE, OF_ACME]
    for order in (*permutations(Kind), *((kind,) for kind in Kind)):
        for on_many in ("ask", "open"):
            for first in doubtful:
                for rest in ([], [HIDDEN], [PETR_SHARED]):
                    decision = decide(Rule(order=order, on_many=on_many), [first, *rest])
                    assert decision.action is not Action.OPEN
                    assert not decision.links_by_itself


# Which rule applies?
QUEUE, OTHER = 20, 21
HERE_TYPED = Rule(queue_id=QUEUE, call_type="preview")
HERE = Rule(queue_id=QUEUE)
ALL_TYPED = Rule(call_type="preview")
ALL = Rule(on_one="ask")
ELSEWHERE = Rule(queue_id=OTHER, call_type="preview")


@pytest.mark.parametrize(("rules", "applies"), [
    ([ALL, ALL_TYPED, HERE, HERE_TYPED, ELSEWHERE], HERE_TYPED),
    ([ALL, ALL_TYPED, HERE, ELSEWHERE], HERE),
    ([ALL, ALL_TYPED, ELSEWHERE], ALL_TYPED),
    ([ALL, ELSEWHERE], ALL),
    ([ELSEWHERE, Rule(queue_id=QUEUE, call_type="manual")], BUILT_IN),
    ([], BUILT_IN),
])  # fmt: skip
def test_the_most_specific_rule_applies(rules: list[Rule], applies: Rule) -> None:
    for order in permutations(rules):
        assert choose(order, QUEUE, "preview") is applies


def test_the_built_in_rule_opens_one_asks_among_many_and_offers_a_new_record() -> None:
    assert (BUILT_IN.order, BUILT_IN.on_one, BUILT_IN.on_many, BUILT_IN.on_none) == (
        ("contact", "lead", "account"), "open", "ask", "offer",
    )  # fmt: skip


def test_a_rule_without_fields_shows_the_usual_ones() -> None:
    row = {"order": ["contact"], "on_one": "ask", "on_many": "ask", "on_none": "search", "fields": [], "queue_id": 3,
           "call_type": "manual"}  # fmt: skip
    rule = Rule.from_row(row)
    assert rule.fields == BUILT_IN.fields
    assert (rule.order, rule.queue_id, rule.call_type, rule.on_none) == (("contact",), 3, "manual", "search")
