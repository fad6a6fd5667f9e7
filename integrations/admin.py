"""Which systems are we connected to, and who is who over there? Manage > Integrations in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest

from integrations.fields import KeyIsMissing
from integrations.models import Agent, Connection

KEPT = "A token is kept. Leave this empty to keep it."
NONE = "There is none yet."
UNREADABLE = (
    "The kept token cannot be read: its key is not in ENCRYPTION_KEYS. Put the key back, or enter the token again."
)


class ConnectionForm(forms.ModelForm):
    """The token goes in and never comes out; a new address wipes it (threat 12, trap 33)."""

    token = forms.CharField(
        required=False, max_length=500, strip=True, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )

    class Meta:
        model = Connection
        fields = ("title", "slug", "connector", "origin", "time_zone", "is_enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["token"].help_text = about_token(self.instance)

    @property
    def moves(self) -> bool:
        return bool(self.instance.pk and "origin" in self.changed_data and self.initial.get("origin"))

    def save(self, commit: bool = True) -> Any:
        connection = self.instance
        if self.moves:
            origin, connection.origin = connection.origin, self.initial["origin"]
            connection.move_to(origin)
        if token := self.cleaned_data["token"]:
            connection.credentials = {"token": token}
        return super().save(commit)


def about_token(connection: Connection) -> str:
    """What may be said about the kept token."""
    try:
        return KEPT if connection.secrets().get("token") else NONE
    except KeyIsMissing:
        return UNREADABLE


class Agents(admin.TabularInline):
    model = Agent
    fields = ("user", "remote_user")
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin):
    form = ConnectionForm
    list_display = ("title", "connector", "origin", "time_zone", "is_enabled")
    inlines = (Agents,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Our records name it by its slug."""
        return ("slug",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Connection, form: ConnectionForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.moves and not form.cleaned_data["token"]:
            messages.warning(request, "The address is new, so the old token was wiped. Enter the one for this address.")
