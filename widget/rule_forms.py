"""How does an admin write a screen-pop rule, and ask the rule bench? Forms without a line of JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string

from crm.models import CustomField, Direction, Queue, User
from widget import rulebench
from widget.context import CALL_TYPES
from widget.fields import choices as field_choices
from widget.models import CallType, ExampleCall, ScreenPopRule, Searched
from widget.rulebench import Trial, Tried
from widget.screenpop import BUILT_IN, Rule


class PositionsInput(forms.Widget):
    """A list of choices, each with a box for its position: 1, 2, 3 …; an empty box leaves it out."""

    template_name = "admin/widget/positions.html"
    use_fieldset = True
    choices: list[tuple[str, str]] = []

    class Media:
        css = {"all": ["css/rules.css"]}

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str]:
        written = {choice: str(data.get(f"{name}-{choice}", "")).strip() for choice, _ in self.choices}
        return {choice: position for choice, position in written.items() if position}

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return False

    def id_for_label(self, id_: str) -> str:
        return ""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        positions = value if isinstance(value, dict) else _numbered(value or ())
        rows = [(choice, title, positions.get(choice, "")) for choice, title in self.choices]
        rows.sort(key=lambda row: (not row[2], _place(row[2])))
        return super().get_context(name, value, attrs) | {"rows": rows, "name": name}

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> Any:
        return render_to_string(template_name, context)  # Django's own form renderer knows no templates of ours


class OrderedChoicesField(forms.Field):
    """Some of the choices, in an order: ["contact", "account"]."""

    widget = PositionsInput

    def __init__(self, choices: Iterable[tuple[str, str]] = (), **options: Any) -> None:
        super().__init__(**options)
        self.choices = list(choices)

    @property
    def choices(self) -> list[tuple[str, str]]:
        return self.widget.choices

    @choices.setter
    def choices(self, choices: list[tuple[str, str]]) -> None:
        self.widget.choices = choices

    def to_python(self, value: Any) -> list[str]:
        """`value` is choice → position, as it was written."""
        for position in value.values():
            if not (position.isascii() and position.isdigit() and 0 < int(position[:4]) <= 999):
                raise ValidationError("Write whole numbers from 1 to 999 as positions, or leave a box empty.")
        return sorted(value, key=lambda choice: int(value[choice]))

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return self.to_python(data) != list(initial or ())
        except ValidationError:
            return True


def _numbered(chosen: Iterable[str]) -> dict[str, str]:
    return {choice: str(position) for position, choice in enumerate(chosen, start=1)}


def _place(position: str) -> int:
    return int(position[:4]) if position.isascii() and position.isdigit() else 0


class ScreenPopRuleForm(forms.ModelForm):
    """Refuses a rule that breaks an example call, unless it is saved all the same. The admin sets `user`."""

    user: User
    order = OrderedChoicesField(
        Searched.choices,
        label="Searched, in this order",
        initial=list(BUILT_IN.order),
        help_text="1, 2, 3 … is the order. An empty box: not searched.",
        error_messages={"required": "Say what is searched: write 1 beside at least one of them."},
    )
    fields = OrderedChoicesField(  # type: ignore[assignment]  # the model's own word; Django keeps it aside
        label="Fields of the card", required=False, help_text="1, 2, 3 … is the order. All empty: the usual fields."
    )
    save_all_the_same = forms.BooleanField(required=False, label="Save all the same")

    class Meta:
        model = ScreenPopRule
        fields = ["queue", "call_type", "order", "on_one", "on_many", "on_none", "fields"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tried: list[Tried] = []
        offered = field_choices(custom_titles())
        known = dict(offered)
        gone = [(name, f"{name} (no longer there)") for name in self.instance.fields if name not in known]
        inputs: dict[str, Any] = self.fields  # type: ignore[assignment]
        inputs["fields"].choices = offered + gone
        inputs["queue"].empty_label = "Every queue"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self.tried = self._try(cleaned)
        broken = sum(one.is_broken for one in self.tried)
        if broken and not cleaned.get("save_all_the_same"):
            raise ValidationError(
                f"This rule breaks {broken} of {len(self.tried)} example calls: see below. Change the rule, "
                "correct the examples, or tick “Save all the same”."
            )
        return cleaned

    def _try(self, cleaned: dict[str, Any]) -> list[Tried]:
        queue_id: int | None = cleaned["queue"].pk if cleaned["queue"] else None
        touched = {queue_id, self.initial["queue"]} if self.instance.pk else {queue_id}
        queues = None if None in touched else {pk for pk in touched if pk}
        after = rulebench.with_rule(Rule.from_row(cleaned | {"queue_id": queue_id}), self.instance)
        return rulebench.try_examples(self.user, rulebench.saved_rules(), after, queues)


def custom_titles() -> dict[str, str]:
    """Key → title of the custom fields a card may show."""
    return dict(CustomField.objects.filter(record__in=["contact", "account"]).values_list("key", "title"))


class BenchForm(forms.Form):
    """A call to try: what would happen for this number, queue and direction?"""

    number = forms.CharField(
        max_length=64, required=False, help_text="As the line shows it, in any spelling. Empty: withheld."
    )
    queue = forms.ModelChoiceField(Queue.objects.all(), empty_label=None)
    direction = forms.ChoiceField(choices=Direction.choices, initial=Direction.IN)
    call_type = forms.ChoiceField(
        choices=[("", "As the direction says"), *(one for one in CallType.choices if one[0] != CallType.DEFAULT)],
        required=False,
    )
    viewer = forms.ModelChoiceField(
        User.objects.filter(is_active=True), required=False, empty_label="You", label="Seen by"
    )
    title = forms.CharField(max_length=120, required=False, label="Keep it as an example called")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("title") and cleaned.get("direction") == Direction.INTERNAL:
            self.add_error("title", "An internal call matches nobody under any rule: it needs no example.")
        if cleaned.get("title") and cleaned.get("viewer"):
            self.add_error("title", "Examples are tried as an administrator sees them. Choose “You” to keep this one.")
        return cleaned

    @property
    def tried_type(self) -> str:
        return self.cleaned_data["call_type"] or CALL_TYPES[self.cleaned_data["direction"]]

    def run(self, user: User) -> Trial:
        call = self.cleaned_data
        seen_by = call["viewer"] or user
        return rulebench.what_happens(call["number"], call["queue"], self.tried_type, call["direction"], seen_by)

    def keep(self, trial: Trial) -> ExampleCall:
        call = self.cleaned_data
        return ExampleCall.objects.create(
            title=call["title"],
            queue=call["queue"],
            number=call["number"],
            call_type=self.tried_type,
            expected=trial.decision.sentence,
        )
