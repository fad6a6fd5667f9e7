"""How do templates say what a record holds: a number, a duration, how long ago, where its page is?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format

from crm import phones, wording
from crm.forms.records import LANGUAGES
from crm.models import Activity, Call, Task, User
from crm.models.record import Record

register = template.Library()


@register.filter
def seen_by(record: Record | None, user: User) -> Record | None:
    """A record that came along with another, if this user may see it: another team's customer has no name here."""
    return record if record and record.is_visible_to(user) else None


@register.filter
def named_to(record: Record | None, user: User) -> Record | None:
    """The same where only the name is said: history outlives the customer who was deleted (contract C7)."""
    return record if record and record.is_shared_with(user) else None


@register.filter
def spelled(number: str) -> str:
    """+420773796040 → +420 773 796 040; what hides its number says so."""
    return phones.spell(number) if number else "Number withheld"


@register.filter
def record_url(record: Model, action: str = "") -> str:
    """The page of a record, or that of an action on it: `contact|record_url:"edit"`."""
    name = record._meta.model_name or ""
    return reverse(f"crm:{name}_{action}" if action else f"crm:{name}", args=[record.pk])


@register.filter
def get(mapping: dict[str, Any], name: str) -> Any:
    """A value whose key is no name a template can write."""
    return mapping.get(name, "")


@register.filter
def model_name(record: Model) -> str:
    return record._meta.model_name or ""


@register.filter
def line_number(prefix: str) -> int:
    """Of a line in a form, counted from one."""
    return int(prefix.rpartition("-")[2]) + 1


@register.filter
def language_name(code: str) -> str:
    return LANGUAGES.get(code, code)


@register.filter
def day_of(text: str) -> str:
    """A date as JSON keeps it, for people; what is none is shown as it is."""
    day = parse_date(text) if isinstance(text, str) else None
    return date_format(day, "j F Y") if day else str(text)


@register.filter
def length_of(seconds: int | None) -> str:
    return wording.length(seconds)


@register.filter
def ago(moment: datetime | None) -> str:
    """Near moments by distance, far ones by date: "5 min ago", "2 h ago", "yesterday", "14 Nov", "3 Mar 2025"."""
    if moment is None:
        return ""
    passed = timezone.now() - moment
    day, today = timezone.localtime(moment).date(), timezone.localdate()
    if timedelta() <= passed < timedelta(minutes=1):
        return "just now"
    if timedelta() <= passed < timedelta(hours=1):
        return f"{passed.seconds // 60} min ago"
    if day == today:
        return (
            f"{passed.seconds // 3600} h ago"
            if passed >= timedelta()
            else date_format(timezone.localtime(moment), "H:i")
        )
    if day == today - timedelta(days=1):
        return "yesterday"
    return date_format(day, "j M" if day.year == today.year else "j M Y")


@register.filter
def due(moment: datetime | None) -> str:
    """When a task is due: "today 14:00", "tomorrow 9:00", "Mon 23 Nov 9:00"."""
    if moment is None:
        return "no date"
    moment = timezone.localtime(moment)
    days = (moment.date() - timezone.localdate()).days
    day = {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days)
    return f"{day or date_format(moment, 'D j M' if abs(days) < 300 else 'j M Y')} {moment:%H:%M}"


@register.filter
def event_icon(event: Activity | Call) -> str:
    return wording.activity_icon(event) if isinstance(event, Activity) else wording.call_icon(event)


@register.filter
def event_title(event: Activity | Call) -> str:
    """What it is in words: Missed call, E-mail, Web chat."""
    if isinstance(event, Call) or event.type == Activity.Type.CALL:
        return wording.call_title(event)
    return event.get_type_display()


@register.inclusion_tag("crm/_task.html", takes_context=True)
def task_line(context: template.Context, task: Task, about: bool = True) -> dict[str, Any]:
    """A task with the button that finishes it; with `about` also whom it is about."""
    return {"task": task, "about": about} | {name: context[name] for name in ("request", "user", "csrf_token")}
