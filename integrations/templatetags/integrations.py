"""How does the panel say the small things: a tone with its drawing, a page's address, a value as text?"""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from crm.templatetags.crm import icon
from integrations.models import RecordChange, RecordFailure, SyncRun, WebhookEvent
from integrations.wording import shown

register = template.Library()

ICONS = {
    "good": ("circle-check", "Good"),
    "warn": ("triangle-alert", "Warning"),
    "bad": ("circle-alert", "Error"),
    "info": ("info", "Note"),
}


@register.simple_tag
def tone_icon(tone: str) -> SafeString:
    """A tone as a drawing with its word, because a colour never speaks alone."""
    return icon(*ICONS.get(tone, ICONS["info"]))


@register.simple_tag
def panel_url(name: str, *arguments: object) -> str:
    """A page of the panel, by the name its route has."""
    name = f"integrations_connection_{name}" if name == "change" else f"integrations_{name}"
    return reverse(f"admin:{name}", args=arguments)


RUN_TONES = {"running": "info", "done": "good", "errors": "warn", "stopped": "bad", "failed": "warn"}
FAILURE_TONES = {"dead": "bad", "waiting": "warn", "settled": "good"}
EVENT_TONES = {"done": "good", "retry": "warn", "dead": "bad", "malformed": "bad", "pending": "info"}
CHANGE_TONES = {"created": "good", "updated": "info", "hidden": "warn", "merged": "info", "rejected": "bad"}


@register.simple_tag
def run_tone(run: SyncRun) -> str:
    return RUN_TONES.get(run.state, "")


@register.simple_tag
def failure_tone(failure: RecordFailure) -> str:
    return FAILURE_TONES.get(failure.state, "")


@register.simple_tag
def event_tone(event: WebhookEvent) -> str:
    return EVENT_TONES.get(event.state, "")


@register.simple_tag
def change_tone(change: RecordChange) -> str:
    return CHANGE_TONES.get(change.action, "")


@register.filter
def thousands(number: int | None) -> str:
    """12480 → "12,480"."""
    return f"{number or 0:,}"


@register.filter
def line(preview: Any, number: int) -> Any:
    """What a preview says of one row; None without."""
    lines = getattr(preview, "lines", [])
    return lines[number] if number < len(lines) else None


register.filter(shown)
