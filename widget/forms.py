"""What may an agent type during a call? A new contact: only a name is needed."""

from __future__ import annotations

from django import forms
from django.db import transaction
from django.db.models import F, Q, Value

from crm.models import ERASED, Account, Contact, Suppression, Team
from crm.models.plain import Plain


class NewContactForm(forms.Form):
    name = forms.CharField(max_length=200, error_messages={"required": "Write the caller's name."})
    company = forms.CharField(max_length=255, required=False)
    email = forms.EmailField(
        max_length=254, required=False, error_messages={"invalid": "Write the address like name@company.example."}
    )

    def clean_name(self) -> str:
        name = _printable(self.cleaned_data["name"])
        if max(len(part) for part in split(name)) > 128:
            raise forms.ValidationError("First and last name have at most 128 characters each. Shorten them.")
        return name

    def clean_company(self) -> str:
        return _printable(self.cleaned_data["company"])

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if email and Suppression.objects.among("email", [email]):
            raise forms.ValidationError(ERASED["email"])
        return email

    def create(self, team: Team | None) -> Contact:
        """The contact, of the company of that name: the one there is or a new one."""
        first, last = split(self.cleaned_data["name"])
        with transaction.atomic():
            contact = Contact.objects.create(first_name=first, last_name=last, team=team, account=self._account(team))
            if self.cleaned_data["email"]:
                contact.add_email(self.cleaned_data["email"])
        return contact

    def says(self, contact: Contact) -> bool:
        """Whether the form says what this contact is already."""
        said = self.cleaned_data
        company = contact.account.name if contact.account else ""
        is_written = not said["email"] or contact.email_addresses.filter(address__iexact=said["email"]).exists()
        return contact.name == said["name"] and company.lower() == said["company"].lower() and is_written

    def _account(self, team: Team | None) -> Account | None:
        """The team's own before everybody's. `plain` is what has an index."""
        name = self.cleaned_data["company"]
        if not name:
            return None
        same = Account.objects.filter(plain=Plain(Value(name)), name__iexact=name, hidden_at=None)
        ours = same.filter(Q(team=team) | Q(team=None)).order_by(F("team").asc(nulls_last=True), "pk")
        return ours.first() or Account.objects.create(name=name, team=team)


def split(name: str) -> tuple[str, str]:
    """First names and last name; a single word is a last name."""
    first, _, last = name.rpartition(" ")
    return first.strip(), last


def _printable(text: str) -> str:
    """Without surrogates (PostgreSQL refuses them); white space of any kind becomes one space."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise forms.ValidationError("This text holds characters that cannot be kept. Type it again.") from None
    return " ".join(text.split())
