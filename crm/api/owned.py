"""What does a request want to change although another system is its master? Refused by name (contract C1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm import phones
from crm.forms.choices import country_of
from crm.models import Account, Contact, PhoneNumber, User
from crm.models.ownership import CUSTOM, EMAIL, PHONE, refusal

Values = Mapping[str, Any]
Mistakes = dict[str, Any]


def changes_of_owned(record: Contact | Account | None, attrs: Values, user: User) -> Mistakes:
    """The mistakes by the fields of the API. Who sends back what stands there already makes none."""
    if record is None or not record.owned:
        return {}
    changed = (name for name in record.owned if name in attrs and attrs[name] != getattr(record, name))
    wrong: Mistakes = {name: [refusal(record.owned[name])] for name in changed}
    if custom := _custom(record, attrs.get("custom", {})):
        wrong["custom"] = custom
    if EMAIL in record.owned and _has_other_emails(record, attrs.get("email_addresses")):
        wrong["emails"] = [refusal(record.owned[EMAIL])]
    if numbers := _numbers(record, attrs.get("phone_numbers"), user):
        wrong["numbers"] = numbers
    return wrong


def _custom(record: Contact | Account, values: Values) -> Mistakes:
    owned = {key: record.owned.get(f"{CUSTOM}{key}") for key in values if values[key] != record.custom.get(key)}
    return {key: [refusal(label)] for key, label in owned.items() if label}


def _has_other_emails(record: Contact | Account, emails: Sequence[str] | None) -> bool:
    kept = {row.address.lower() for row in record.email_addresses.all()}
    return emails is not None and {address.lower() for address in emails} != kept


def _numbers(record: Contact | Account, numbers: Sequence[Values] | None, user: User) -> list[str]:
    """A line for each kind that is not ours and of which a number would come or go."""
    if numbers is None:
        return []
    rows = record.phone_numbers.filter(custom_field=None)
    before = {(row.number, row.extension): str(row.kind) for row in rows}
    after, country = {}, country_of(user)
    for one in numbers:
        number = phones.parse(one["number"], country)
        key = number.key, number.extension
        after[key] = str(one.get("kind") or before.get(key, PhoneNumber.Kind.OTHER))
    changed = {kind for _, kind in before.items() ^ after.items()}
    owned = {kind: record.owned.get(f"{PHONE}{kind}") for kind in sorted(changed)}
    return [
        f"Numbers of the kind {kind} come from {label}: send them as they are."
        for kind, label in owned.items()
        if label
    ]
