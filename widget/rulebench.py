"""What would happen for this call, and do the example calls still do what they must? Tried, never written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm import matching
from crm.matching import Found
from crm.models import Direction, Queue, User
from widget.models import CallType, ExampleCall, ScreenPopRule
from widget.screenpop import Decision, Rule, choose, decide


@dataclass(frozen=True, slots=True)
class Trial:
    """One call under the rules: whose number it is, the rule that applied, and what the card does."""

    found: Found
    rule: Rule
    decision: Decision


@dataclass(frozen=True, slots=True)
class Tried:
    """An example call under the rules as they are (`before`) and as they would be (`after`), in the bench's words."""

    example: ExampleCall
    before: str
    after: str

    @property
    def holds(self) -> bool:
        return self.after == self.example.expected

    @property
    def is_broken(self) -> bool:
        """Whether it is the change that breaks it: what did not hold before is no fault of this rule."""
        return not self.holds and self.before == self.example.expected


def saved_rules() -> list[Rule]:
    return [Rule.from_row(row) for row in ScreenPopRule.objects.values()]


def what_happens(
    number: str, queue: Queue, call_type: str, direction: str, user: User, rules: Iterable[Rule] | None = None
) -> Trial:
    """For this number as written, in this queue, as `user` would see it; under the saved rules or under `rules`."""
    found = matching.who_has(number, queue, user, direction)
    rule = choose(saved_rules() if rules is None else rules, queue.pk, call_type)
    return Trial(found, rule, decide(rule, found.candidates, found.status))


def try_examples(user: User, before: Sequence[Rule], after: Sequence[Rule], queues: set[int] | None) -> list[Tried]:
    """The examples of these queues (None: of all) under both sets of rules, the broken ones first."""
    examples = ExampleCall.objects.select_related("queue")
    affected = examples if queues is None else examples.filter(queue__in=queues)
    tried = [_try(example, user, before, after) for example in affected]
    return sorted(tried, key=lambda one: (not one.is_broken, one.holds))


def _try(example: ExampleCall, user: User, before: Sequence[Rule], after: Sequence[Rule]) -> Tried:
    queue, call_type = example.queue, example.call_type
    found = matching.who_has(example.number, queue, user, direction_of(call_type))
    said = [
        decide(choose(rules, queue.pk, call_type), found.candidates, found.status).sentence for rules in (before, after)
    ]
    return Tried(example, *said)


def direction_of(call_type: str) -> str:
    return Direction.IN if call_type in (CallType.INBOUND, CallType.DEFAULT) else Direction.OUT


def with_rule(rule: Rule, replaced: ScreenPopRule) -> list[Rule]:
    """The saved rules with this one in the place of the saved `replaced`, or as one more if that is not saved yet."""
    others = ScreenPopRule.objects.exclude(pk=replaced.pk)
    return [*(Rule.from_row(row) for row in others.values()), rule]
