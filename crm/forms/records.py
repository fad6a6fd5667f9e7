"""What may be written into a contact or an account, and by whom? Team and owner are the office's to set."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q, QuerySet

from crm import ids
from crm.forms.checked import CheckedForm, word
from crm.forms.choices import colleagues, country_of, teams
from crm.forms.custom import as_json, erased, form_field
from crm.models import Account, Contact, CustomField, User
from crm.models.ownership import CUSTOM

LANGUAGES = {"cs": "Czech", "sk": "Slovak", "pl": "Polish", "de": "German", "hu": "Hungarian", "en": "English"}


class RecordForm(CheckedForm):
    """What contacts and accounts have in common: an admin's fields, and team and owner for those who may set them.

    What another system is the master of is shown and not written, whatever is sent (contract C1).
    """

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.custom_fields = list(CustomField.objects.filter(record=self.instance._meta.model_name))
        for custom in self.custom_fields:
            name, field = f"custom_{custom.key}", form_field(custom, self.instance.custom.get(custom.key))
            word(name, field)
            self.fields[name] = field
        if user.role == User.Role.AGENT:
            del self.fields["owner"], self.fields["team"]
        else:
            self._offer("owner", colleagues(user), "Nobody")
            self._offer("team", teams(user), "All teams")
        self._prepare()
        for name, label in self.instance.owned.items():
            self._lock(name.replace(CUSTOM, "custom_"), label)

    def _prepare(self) -> None:
        """What is different in a contact's and in an account's form."""

    def _lock(self, name: str, label: str) -> None:
        if name in self.fields:
            field = self.fields[name]
            field.disabled, field.required, field.help_text = True, False, f"Changed in {label}."

    def _offer(self, name: str, rows: QuerySet[Any], nothing: str) -> None:
        """What is chosen already stays a choice, also where this user could not have made it."""
        offered = Q(pk__in=rows.values("pk")) | Q(pk=getattr(self.instance, f"{name}_id"))
        choices: Any = self.fields[name]
        choices.empty_label = nothing
        choices.queryset = rows.model.objects.filter(offered)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        written = {custom.key: cleaned.get(f"custom_{custom.key}") for custom in self.custom_fields}
        for key, text in erased(self.custom_fields, written, self.instance.custom, self.user).items():
            self.add_error(f"custom_{key}", text)
        return cleaned

    def save(self, commit: bool = True) -> Any:
        """Saves the record with its admin's fields. What an agent makes belongs to a team of his."""
        if self.instance.pk is None and "team" not in self.fields:
            self.instance.team = self.user.team_of_new()
        with transaction.atomic():
            record = super().save(commit)
            record.set_custom(
                {custom.key: as_json(self.cleaned_data.get(f"custom_{custom.key}")) for custom in self.custom_fields},
                country_of(self.user),
            )
        return record

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """The admin's fields, in the admin's order."""
        return [self[f"custom_{custom.key}"] for custom in self.custom_fields]


class ContactForm(RecordForm):
    class Meta:
        model = Contact
        fields = [
            "first_name", "last_name", "account", "job_title", "stage", "language", "is_vip", "do_not_call", "alert",
            "address", "description", "owner", "team",
        ]  # fmt: skip
        widgets = {"account": forms.RadioSelect}

    def _prepare(self) -> None:
        language = self.instance.language
        languages = {"": "–", **LANGUAGES} | ({language: LANGUAGES.get(language, language)} if language else {})
        self.fields["language"] = forms.ChoiceField(choices=list(languages.items()), required=False)
        account: Any = self.fields["account"]
        account.empty_label = "No account"
        account.queryset = Account.objects.filter(pk__in=self._accounts_offered())

    def _accounts_offered(self) -> list[int]:
        """The one it has and the one that is chosen now, if this user may see it: never the whole table."""
        chosen = ids.read(self.data.get("account") if self.is_bound else str(self.initial.get("account") or ""))
        visible = Account.objects.visible_to(self.user).filter(pk=chosen) if chosen else ()
        return [pk for pk in (self.instance.account_id, *(one.pk for one in visible)) if pk]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        names = ("first_name", "last_name")
        if not any(cleaned.get(name) for name in names) and not any(name in self.errors for name in names):
            self.add_error("last_name", "Write a first name or a last name.")
        return cleaned


class AccountForm(RecordForm):
    class Meta:
        model = Account
        fields = ["name", "website", "alert", "address", "description", "owner", "team"]
        field_classes = {"website": lambda **options: forms.URLField(assume_scheme="https", **options)}
