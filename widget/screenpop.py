"""What does a call open? This record, a question, a choice, a search, a new record, or nothing.

The rule says which records are searched, in which order, and what happens on one, several and none. Above any rule
stands: only a sure match opens and links by itself; a shared or refused number never does; what the agent may not
see is not named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm.matching import Candidate, Kind, Status
from widget.fields import DEFAULT_FIELDS

AT_A_GLANCE = 5  # people who are listed; more are a switchboard
AT_MOST = 9  # digits 1 to 9 choose
DEFAULT = "default"  # the call type of a rule for all types


class Action(StrEnum):
    OPEN = "open"
    ASK = "ask"
    CHOOSE = "choose"
    SEARCH_IN_COMPANY = "search_in_company"
    OFFER = "offer"
    SEARCH = "search"
    NOBODY = "nobody"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class Rule:
    """A screen-pop rule as a value: `order` of `crm.matching.Kind`s, `fields` of names in `widget.fields`."""

    order: tuple[str, ...] = (Kind.CONTACT, Kind.LEAD, Kind.ACCOUNT)
    on_one: str = "open"
    on_many: str = "ask"
    on_none: str = "offer"
    fields: tuple[str, ...] = DEFAULT_FIELDS
    queue_id: int | None = None
    call_type: str = DEFAULT

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Rule:
        """From a row of ScreenPopRule: a `values()` dict, the JSON of the card's statement, or `vars(rule)`."""
        return cls(
            order=tuple(row["order"]),
            on_one=row["on_one"],
            on_many=row["on_many"],
            on_none=row["on_none"],
            fields=tuple(row["fields"]) or DEFAULT_FIELDS,
            queue_id=row["queue_id"],
            call_type=row["call_type"],
        )


BUILT_IN = Rule()  # where no rule applies


@dataclass(slots=True)
class Decision:
    """What the card does. `candidates` are the visible ones in the rule's order; `company` is the one they share."""

    action: Action
    reason: str
    fields: tuple[str, ...]
    chosen: Candidate | None = None
    candidates: tuple[Candidate, ...] = ()
    company_id: int | None = None
    company: str = ""
    links_by_itself: bool = False

    @property
    def sentence(self) -> str:
        """What the rule bench says, and what an example call expects: "opens Jana Nováková"."""
        name = self.chosen.name if self.chosen else ""
        return {
            Action.OPEN: f"opens {name}",
            Action.ASK: f"asks: {name}?",
            Action.CHOOSE: f"offers {len(self.candidates)} to choose from",
            Action.SEARCH_IN_COMPANY: f"searches in {self.company}",
            Action.OFFER: "offers a new record",
            Action.SEARCH: "only searches",
            Action.NOBODY: f"matches nobody: {self.reason}",
            Action.NOT_ALLOWED: "names nobody: known to another team",
        }[self.action]


def choose(rules: Iterable[Rule], queue_id: int | None, call_type: str) -> Rule:
    """The most specific: this queue and type, this queue's default, every queue's type, every queue's default."""
    fitting = [rule for rule in rules if rule.queue_id in (queue_id, None) and rule.call_type in (call_type, DEFAULT)]
    return max(fitting, key=lambda rule: (rule.queue_id is not None, rule.call_type != DEFAULT), default=BUILT_IN)


def decide(rule: Rule, candidates: Sequence[Candidate], status: Status = Status.NUMBER) -> Decision:
    """`candidates` as `crm.matching` ranked them, best first."""
    if status is not Status.NUMBER:
        return Decision(Action.NOBODY, status.value, rule.fields)
    searched = _in_order(rule, candidates)
    rivals = [one for one in searched if one.is_exact] or searched
    visible = [one for one in rivals if one.is_visible]
    if not rivals:
        return _none(rule, is_known=bool(candidates))
    if not visible:
        return Decision(Action.NOT_ALLOWED, "The caller is known to another team.", rule.fields)
    sure = _sure(rule, rivals)
    return _one(rule, sure, searched) if sure else _several(rule, visible, searched)


def _in_order(rule: Rule, candidates: Sequence[Candidate]) -> list[Candidate]:
    """What the rule searches: by kind in its order, and as ranked inside a kind."""
    searched = (one for one in candidates if one.kind in rule.order)
    return sorted(searched, key=lambda one: (rule.order.index(one.kind), -one.score))


def _none(rule: Rule, *, is_known: bool) -> Decision:
    reason = "Only records that this rule does not search have this number." if is_known else "Nobody has this number."
    return Decision(Action.OFFER if rule.on_none == "offer" else Action.SEARCH, reason, rule.fields)


def _sure(rule: Rule, rivals: Sequence[Candidate]) -> Candidate | None:
    """The one who may be opened without a question: the sure person, or the company where the rule puts it first."""
    if not rivals[0].is_exact:
        return None
    companies = [one for one in rivals if one.kind is Kind.ACCOUNT]
    if rivals[0].kind is Kind.ACCOUNT and len(companies) == 1 and rivals[0].is_clear:
        return rivals[0]
    return next((one for one in rivals if one.is_sure), None)


def _one(rule: Rule, sure: Candidate, searched: Sequence[Candidate]) -> Decision:
    opens = rule.on_one == "open"
    return Decision(
        action=Action.OPEN if opens else Action.ASK,
        reason=f"The only {_word(sure)} with this number." if opens else "The rule asks before it opens.",
        fields=rule.fields,
        chosen=sure,
        candidates=_visible(searched),
        company_id=sure.company_id,
        company=sure.company,
        links_by_itself=opens,
    )


def _several(rule: Rule, visible: Sequence[Candidate], searched: Sequence[Candidate]) -> Decision:
    """Nobody is sure: one is asked for, a few are listed, a switchboard is searched in."""
    company_id, company = _shared_company(visible)
    choices = [one for one in visible if one.kind is not Kind.ACCOUNT or one.record_id != company_id] or list(visible)
    best = choices[0]
    action, reason = _how(rule, choices, company)
    is_about_one = action in (Action.ASK, Action.OPEN)
    return Decision(
        action=action,
        reason=reason,
        fields=rule.fields,
        chosen=best if is_about_one else None,
        candidates=_visible(searched) if is_about_one else tuple(choices[:AT_MOST]),
        company_id=company_id,
        company=company,
    )


def _how(rule: Rule, choices: Sequence[Candidate], company: str) -> tuple[Action, str]:
    best = choices[0]
    if len(choices) == 1:
        return Action.ASK, _doubt(best)
    if len(choices) > AT_A_GLANCE and company:
        return Action.SEARCH_IN_COMPANY, f"More than {AT_A_GLANCE} people of one company have this number."
    if rule.on_many == "open" and best.is_clear:
        return Action.OPEN, "The rule opens the best of several; only the agent links it."
    return Action.CHOOSE, "Several have this number." if best.is_exact else "Several numbers end alike."


def _shared_company(visible: Sequence[Candidate]) -> tuple[int | None, str]:
    """The company that all of them are of, or are: it is their header, not one more choice."""
    companies = {one.company_id for one in visible}
    if len(companies) != 1 or None in companies:
        return None, ""
    names = (one.name if one.kind is Kind.ACCOUNT else one.company for one in visible)
    return companies.pop(), next(filter(None, names), "")


def _visible(searched: Sequence[Candidate]) -> tuple[Candidate, ...]:
    return tuple(one for one in searched if one.is_visible)


def _doubt(candidate: Candidate) -> str:
    if not candidate.is_exact:
        return "The number only ends alike."
    if candidate.is_shared:
        return "Several people answer this number."
    return (
        "Last time it was somebody else." if candidate.is_refused else "Somebody you may not see has this number too."
    )


def _word(candidate: Candidate) -> str:
    return "company" if candidate.kind is Kind.ACCOUNT else "person"
