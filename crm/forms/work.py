"""What is written down while working? A note, a task, the outcome of an activity."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from crm.forms.checked import PlainForm
from crm.forms.choices import colleagues, only_team
from crm.models import Account, Activity, Contact, Outcome, Task, User


def links_to(about: Contact | Account | None) -> dict[str, Any]:
    """Under whom a note or a task is kept: a person with his company, or a company."""
    if isinstance(about, Contact):
        return {"contact": about, "account_id": about.account_id, "team_id": about.team_id}
    return {"account": about, "team_id": about.team_id} if about else {}


class NoteForm(PlainForm, forms.Form):
    note = forms.CharField(label="Note", widget=forms.Textarea(attrs={"placeholder": "What should colleagues know?"}))

    def save(self, about: Contact | Account, by: User) -> Activity:
        return Activity.objects.create(
            type=Activity.Type.NOTE,
            status=Activity.Status.CLOSED,
            link=Activity.Link.MANUAL,
            user=by,
            note=self.cleaned_data["note"],
            closed_at=timezone.now(),
            **links_to(about),
        )


class TaskForm(PlainForm, forms.ModelForm):
    """`request_id` makes one task of one click, however often it arrives."""

    request_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Task
        fields = ["title", "due_at", "user", "is_call_back", "text"]
        labels = {
            "title": "Task",
            "due_at": "Due",
            "user": "Assigned to",
            "is_call_back": "Call back",
            "text": "Details",
        }
        widgets = {
            "title": forms.TextInput(attrs={"placeholder": "What is to be done?"}),
            "due_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = user
        self.fields["request_id"].initial = uuid4()
        self.fields["due_at"].input_formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        offered = Q(pk__in=colleagues(user).values("pk")) | Q(pk=self.instance.user_id)
        self.fields["user"].queryset = User.objects.filter(offered)
        self.fields["user"].empty_label = "Nobody yet"

    def save(self, commit: bool = True) -> Task:
        if self.instance.pk:
            return super().save(commit)
        self.instance.created_by = self.by
        self.instance.request_id = self.cleaned_data.get("request_id")
        try:
            with transaction.atomic():
                return super().save(commit)
        except IntegrityError:
            return Task.objects.get(request_id=self.instance.request_id)


def new_task(about: Contact | Account | None, by: User) -> Task:
    """A task that is mine until I hand it on."""
    links = links_to(about) or {"team": only_team(by)}
    return Task(user=by, **links)


class OutcomeForm(PlainForm, forms.Form):
    outcome = forms.ModelChoiceField(Outcome.objects.all(), empty_label="Choose an outcome")

    def __init__(self, *args: Any, activity: Activity, **kwargs: Any) -> None:
        super().__init__(*args, initial={"outcome": activity.outcome_id}, **kwargs)
        if activity.queue and (offered := activity.queue.outcomes.values("pk")):
            chosen = Q(pk__in=offered) | Q(pk=activity.outcome_id)
            self.fields["outcome"].queryset = Outcome.objects.filter(chosen)
