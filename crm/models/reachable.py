"""What can be called or written to? A contact or an account, with the numbers and addresses it has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import cached_property

from crm import phones
from crm.models.activity import Activity
from crm.models.call import Call
from crm.models.custom_field import CustomField
from crm.models.email import EmailAddress
from crm.models.ownership import EMAIL, PHONE, Owned, OwnedField
from crm.models.phone import PhoneNumber
from crm.models.record import Record, RecordQuerySet
from crm.models.suppression import Suppression
from crm.models.task import Task

if TYPE_CHECKING:
    from crm.models.user import User


class ReachableQuerySet(RecordQuerySet):
    def visible_to(self, user: User) -> Self:
        """As for every record, and what was deleted in its master is hidden until it is deleted here or comes back."""
        return super().visible_to(user).filter(hidden_at=None)

    def bring_back(self) -> int:
        """Those that were deleted in their master live on here, as ours: nobody else writes them any more."""
        hidden = self.filter(hidden_at__isnull=False)
        return hidden.update(hidden_at=None, master="", changed_at=timezone.now())


class Reachable(Record):
    """`master` is the connection that is asked who this is; its mapped fields are read-only here (OwnedField)."""

    master = models.CharField(max_length=50, blank=True, editable=False, db_default="", default="")
    hidden_at = models.DateTimeField(
        "deleted in its master", null=True, blank=True, editable=False, help_text="Deleted in its master since."
    )

    objects = ReachableQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        abstract = True

    def is_visible_to(self, user: User) -> bool:
        return self.hidden_at is None and super().is_visible_to(user)

    @property
    def master_label(self) -> str:
        """What people call the system it is mastered in; "" where that is us."""
        return OwnedField.objects.label(self.master)

    @cached_property
    def owned(self) -> dict[str, str]:
        """The fields that are read-only here (OwnedField), each with the system one changes it in."""
        return OwnedField.objects.of(self)

    @property
    def links(self) -> dict[str, Any]:
        """Under whom it is kept what happens with this record: `contact` and `account`, or `account` alone."""
        raise NotImplementedError

    def add_number(self, written: str, country: str = "CZ", **fields: object) -> PhoneNumber:
        """The row of this number, new or the one it has; `country` is the default for numbers without a code.

        Without a `kind` a new one is of the first kind that is ours to write. Raises Owned for one that is not, and
        Erased for a new one that must not be kept.
        """
        number = phones.parse(written, country)
        key = {"number": number.key, "extension": number.extension}
        rows: models.Manager[PhoneNumber] = self.phone_numbers  # type: ignore[attr-defined]
        if row := rows.filter(**key).first():
            return row
        Suppression.objects.refuse("number", number.key)
        kind = self._free_kind(fields.pop("kind", None))
        return rows.get_or_create(**key, defaults={"written": written[:64], "kind": kind, **fields})[0]

    def _free_kind(self, wanted: object) -> str:
        kinds = [str(wanted)] if wanted else [PhoneNumber.Kind.OTHER.value, *PhoneNumber.Kind.values]
        free = [kind for kind in kinds if f"{PHONE}{kind}" not in self.owned]
        if not free:
            raise Owned(f"{kinds[0]} numbers".capitalize() if wanted else "Numbers", self.owned[f"{PHONE}{kinds[0]}"])
        return free[0]

    def add_email(self, address: str) -> EmailAddress:
        """The row of this address, new or the one it has in any capitals. Raises as add_number does."""
        rows: models.Manager[EmailAddress] = self.email_addresses  # type: ignore[attr-defined]
        if row := rows.filter(address__iexact=address).first():
            return row
        if EMAIL in self.owned:
            raise Owned("E-mail addresses", self.owned[EMAIL])
        Suppression.objects.refuse("email", address)
        return rows.get_or_create(address__iexact=address, defaults={"address": address})[0]

    def set_emails(self, addresses: Iterable[str]) -> None:
        """These and no others; one that is there, in any capitals, stays as it is. Raises as add_number does."""
        wanted: dict[str, str] = {}
        for address in addresses:
            wanted.setdefault(address.lower(), address)
        for row in self.email_addresses.all():  # type: ignore[attr-defined]
            if wanted.pop(row.address.lower(), None) is None:
                row.delete()
        for address in wanted.values():
            self.add_email(address)

    def adopt_calls(self, number: str) -> int:
        """Gives the calls of a number nobody had, and what was promised in them, to this record; returns how many.

        A shared number's stay nobody's.
        """
        if not number or PhoneNumber.objects.filter(number=number, is_shared=True).exists():
            return 0
        link = {**self.links, "changed_at": timezone.now()}
        unlinked = {"number": number, "contact": None, "account": None}
        with transaction.atomic():
            rows = Activity.objects.filter(**unlinked, link=Activity.Link.NONE)
            rows.update(link=Activity.Link.AUTO, revision=Activity.next_revision(), **link)
            Task.objects.open().filter(**unlinked).update(**link)
            return Call.objects.filter(**unlinked).exclude(activities__link=Activity.Link.REFUSED).update(**link)

    def set_custom(self, values: dict[str, object], country: str = "CZ") -> None:
        """Writes an admin's fields; an absent key changes nothing. Phone fields take part in matching."""
        phone_fields = CustomField.objects.filter(
            record=self._meta.model_name, kind=CustomField.Kind.PHONE, key__in=values
        )
        with transaction.atomic():
            self.custom = {**self.custom, **values}
            self.save(update_fields=["custom", "changed_at"])
            for field in phone_fields:
                self._replace_numbers(field, str(values[field.key] or ""), country)

    def _replace_numbers(self, field: CustomField, written: str, country: str) -> None:
        rows = self.phone_numbers.filter(custom_field=field)  # type: ignore[attr-defined]
        key = phones.key(written, country)
        rows.exclude(number=key).delete()
        if key and not rows.exists():
            self._add_number_of(field, written, country)

    def _add_number_of(self, field: CustomField, written: str, country: str) -> None:
        """The number that stands in an admin's field is of no kind that a master could own."""
        number = phones.parse(written, country)
        Suppression.objects.refuse("number", number.key)
        self.phone_numbers.get_or_create(  # type: ignore[attr-defined]
            number=number.key,
            extension=number.extension,
            defaults={"written": written[:64], "custom_field": field, "kind": PhoneNumber.Kind.OTHER},
        )
