"""What did one person do for a customer? One user's part in a call, an e-mail, a chat, a message, or a note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Case, F, Q, When
from django.db.models.expressions import CombinedExpression
from django.utils import timezone

from crm.models.call import Call, Direction, company_with
from crm.models.record import Record

if TYPE_CHECKING:
    from crm.models.account import Account
    from crm.models.contact import Contact
    from crm.models.outcome import Outcome
    from crm.models.user import User


class Activity(Record):
    """One call has one activity for each user who handled it (seed 000, section 3.1).

    `source` and `activity_id` (Daktela's `name`) are its identity; a note of our own has neither. `user` is empty where
    nobody of ours can be named: a person who only has a desk telephone is `user_name`. The link to a person and to a
    company, the note and the outcome are ours: nothing from outside overwrites them (contract A5).
    """

    class Type(models.TextChoices):
        CALL = "CALL", "Call"
        EMAIL = "EMAIL", "E-mail"
        CHAT = "CHAT", "Web chat"
        SMS = "SMS", "SMS"
        FBM = "FBM", "Messenger"
        IGDM = "IGDM", "Instagram"
        WAP = "WAP", "WhatsApp"
        VBR = "VBR", "Viber"
        CUSTOM = "CUSTOM", "Custom"
        NOTE = "NOTE", "Note"

    class Status(models.TextChoices):
        RINGING = "ringing", "Ringing"
        OPEN = "open", "Open"
        POSTPONED = "postponed", "Postponed"
        CLOSED = "closed", "Closed"

    class Link(models.TextChoices):
        NONE = "none", "Not linked"
        AUTO = "auto", "Linked by number"
        MANUAL = "manual", "Linked by a person"
        REFUSED = "refused", "Unlinked by a person"

    source = models.CharField(max_length=50, blank=True)
    activity_id = models.CharField(max_length=128, null=True, blank=True)  # noqa: DJ001 null: a note of our own has none
    type = models.CharField(max_length=6, choices=Type)
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    direction = models.CharField(max_length=8, choices=Direction, blank=True)
    call = models.ForeignKey(Call, models.CASCADE, null=True, blank=True, related_name="activities")
    queue = models.ForeignKey(
        "crm.Queue", models.SET_NULL, null=True, blank=True, related_name="activities", db_index=False
    )
    user = models.ForeignKey(
        "crm.User", models.SET_NULL, null=True, blank=True, related_name="activities", db_index=False
    )
    user_name = models.CharField(max_length=150, blank=True)
    number = models.CharField(max_length=40, blank=True, db_collation="C")
    contact = models.ForeignKey(
        "crm.Contact", models.SET_NULL, null=True, blank=True, related_name="activities", db_index=False
    )
    account = models.ForeignKey(
        "crm.Account", models.SET_NULL, null=True, blank=True, related_name="activities", db_index=False
    )
    link = models.CharField(max_length=7, choices=Link, default=Link.NONE)
    title = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True)
    note = models.TextField(blank=True)
    outcome = models.ForeignKey("crm.Outcome", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    time = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    duration_seconds = models.PositiveIntegerField(null=True, blank=True)
    has_recording = models.BooleanField(default=False, db_default=False)
    is_time_ambiguous = models.BooleanField(
        default=False, db_default=False, help_text="In the hour that autumn repeats (contract A6)."
    )
    revision = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Counts what changed after it was closed (contract A8)."
    )
    done_at = models.DateTimeField(null=True, blank=True, help_text="When the agent said: done.")

    class Meta:
        verbose_name_plural = "activities"
        ordering = ["-time", "-pk"]
        constraints = [models.UniqueConstraint(fields=["source", "activity_id"], name="activity_once_a_source")]
        indexes = [
            models.Index(fields=["-time", "-id"], name="activity_by_time"),
            models.Index(fields=["contact", "-time", "-id"], name="activity_of_contact"),
            models.Index(fields=["account", "-time", "-id"], name="activity_of_account"),
            models.Index(fields=["queue", "-time", "-id"], name="activity_of_queue"),
            models.Index(fields=["user", "-time", "-id"], name="activity_of_user"),
            models.Index(fields=["number"], name="activity_of_nobody", condition=Q(contact=None)),
            models.Index(fields=["-time", "-id"], name="activity_of_nobody_by_time", condition=Q(contact=None)),
        ]

    def __str__(self) -> str:
        return self.title or self.get_type_display()

    @staticmethod
    def next_revision() -> CombinedExpression:
        """For an update of many: what was closed has changed once more (contract A8)."""
        more = Case(When(status=Activity.Status.CLOSED, then=1), default=0, output_field=models.PositiveIntegerField())
        return F("revision") + more

    @property
    def is_missed(self) -> bool:
        return self.type == self.Type.CALL and self.status == self.Status.CLOSED and self.answered_at is None

    def may_be_heard_by(self, user: User) -> bool:
        """Of those who may see it: the office hears every recording, an agent his own."""
        return self.has_recording and (user.role != "agent" or self.user_id == user.pk)

    @transaction.atomic
    def link_to(
        self, contact: Contact | None = None, account: Account | None = None, *, by: User | None = None
    ) -> None:
        """Relates this activity, and its call, to a person and to a company; what is not given stays as it is.

        `by` is the user who said so; without one it is the number that said so, and a person's word is not overruled
        (contract A7: manual beats auto for ever, unlinking is remembered).
        """
        if by is None and self._is_settled():
            return
        self.link = self.Link.MANUAL if by else self.Link.AUTO
        self.contact, self.account = contact or self.contact, company_with(self, contact, account)
        self._save_link()

    def _is_settled(self) -> bool:
        """Whether a person has said who it is, also after this row was read. It stays locked."""
        now = Activity.objects.select_for_update()
        self.refresh_from_db(fields=["link", "contact", "account", "revision"], from_queryset=now)
        return self.link in (self.Link.MANUAL, self.Link.REFUSED)

    def conclude(self, *, note: str, outcome_id: int | None, custom: dict[str, str], by: User) -> None:
        """The agent is done: note, outcome and wrap-up fields are kept; a later correction leaves a line."""
        before = self.outcome
        is_correction = self.done_at is not None
        self.note, self.outcome_id, self.custom = note, outcome_id, {**self.custom, **custom}
        self.done_at = self.done_at or timezone.now()
        with transaction.atomic():
            self.save(update_fields=["note", "outcome", "custom", "done_at", "changed_at"])
            if is_correction and before != self.outcome:
                self._note_correction(before, by)

    def _note_correction(self, before: Outcome | None, by: User) -> None:
        Activity.objects.create(
            type=self.Type.NOTE,
            status=self.Status.CLOSED,
            call=self.call,
            queue=self.queue,
            team=self.team,
            user=by,
            contact=self.contact,
            account=self.account,
            title=f"Outcome corrected: {before or 'none'} → {self.outcome or 'none'}",
        )

    @transaction.atomic
    def unlink(self, *, person: bool = True, company: bool = True) -> None:
        """Takes the person, the company or both off again, and remembers that a human did."""
        self.link = self.Link.REFUSED
        self.contact = None if person else self.contact
        self.account = None if company else self.account
        self._save_link()

    def _save_link(self) -> None:
        self.revision += self.status == self.Status.CLOSED
        self.save(update_fields=["link", "contact", "account", "revision", "changed_at"])
        link = {"contact": self.contact, "account": self.account, "changed_at": timezone.now()}
        if self.call_id:
            Call.objects.filter(pk=self.call_id).update(**link)
        if self.contact or self.account:  # what was promised before anybody knew to whom
            self.tasks.filter(contact=None, account=None).update(**link)

    def correct_outcome(self, outcome: Outcome | None, *, by: User) -> None:
        """Another outcome than was chosen; a note in the timeline keeps who changed it, from what to what."""
        before, self.outcome = self.outcome, outcome
        if before == outcome:
            return
        with transaction.atomic():
            self.save(update_fields=["outcome", "changed_at"])
            if before or self.done_at:
                self._note_correction(before, by)
