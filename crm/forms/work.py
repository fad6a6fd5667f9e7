"""What is written down while working? A note, a task, the outcome of an activity."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from crm.forms.checked import PlainForm
from crm.forms.choices import colleagues
from crm.models import Account, Activity, Contact, Outcome, Task, User


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
            team=about.team,
            **about.links,
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
        offered = Q(pk__in=colleagues(user).values("pk")) | Q(pk=self.instance.user_id)
        users: Any = self.fields["user"]
        users.queryset, users.empty_label = User.objects.filter(offered), "Nobody yet"

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
    return Task(user=by, team=about.team, **about.links) if about else Task(user=by, team=by.team_of_new())


class OutcomeForm(PlainForm, forms.Form):
    outcome = forms.ModelChoiceField(Outcome.objects.all(), empty_label="Choose an outcome")

    def __init__(self, *args: Any, activity: Activity, **kwargs: Any) -> None:
        super().__init__(*args, initial={"outcome": activity.outcome_id}, **kwargs)
        if activity.queue and (offered := activity.queue.outcomes.values("pk")):
            outcomes: Any = self.fields["outcome"]
            outcomes.queryset = Outcome.objects.filter(Q(pk__in=offered) | Q(pk=activity.outcome_id))
