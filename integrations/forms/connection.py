"""How does an admin enter a connection? In a form made of what its connector declares; secrets never come out again.

An empty password keeps what is there; a new address wipes it (threat 12, trap 33).
"""

from __future__ import annotations

from itertools import count
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.text import slugify
from pydantic import BaseModel
from pydantic import ValidationError as SettingsError

from integrations.connectors.addresses import allowed
from integrations.connectors.base import Connector
from integrations.connectors.errors import AddressRefused
from integrations.fields import KeyIsMissing
from integrations.forms.settings import inputs, is_secret, receives_secrets, told
from integrations.models import Connection

KEPT = "A value is kept. Leave empty to keep it."
NONE = "There is none yet."
UNREADABLE = (
    "The kept value cannot be read: its key is not in ENCRYPTION_KEYS. Put the key back, or enter the value again."
)
ZONES = [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]
COMMON = ("title", "slug", "origin", "time_zone", "is_enabled")


class NoSettings(BaseModel):
    """What a connector declares that this version does not have any more."""


class ConnectionForm(forms.ModelForm):
    """`declared` are the settings of the connector `system`: `form_for` makes such a form."""

    system: str
    declared: type[BaseModel]
    time_zone = forms.ChoiceField(
        choices=ZONES, initial="Europe/Prague", help_text="Its times come without a zone: this is the one they are in."
    )

    class Meta:
        model = Connection
        fields = COMMON
        labels = {"slug": "Short name", "is_enabled": "Switched on"}
        help_texts = {
            "origin": "Scheme and host alone, as in https://company.example.com.",
            "slug": "Our records name it by this word for ever.",
            "is_enabled": "Switched off, nothing is asked of it and nothing is sent; a Daktela may not frame the card.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self._kept()
        for name, one in inputs(self.declared).items():
            one.initial = self.instance.settings.get(name, one.initial)
            if is_secret(self.declared, name):
                one.required = one.required and self.is_new
                one.help_text = one.help_text if self.is_new else f"{one.help_text} {kept.get(name, NONE)}".strip()
            self.fields[name] = one
        if self.is_new:
            self.fields["slug"].required = False
            self.fields["slug"].help_text += " Leave it empty to have it made from the title."
        else:
            del self.fields["slug"]
        self.fields["origin"].widget.attrs |= {"autocomplete": "off", "placeholder": "https://"}

    def _kept(self) -> dict[str, str]:
        """What may be said about each kept secret."""
        try:
            return {name: KEPT for name, value in self.instance.secrets().items() if value}
        except KeyIsMissing:
            return dict.fromkeys(self.declared.model_fields, UNREADABLE)

    @property
    def is_new(self) -> bool:
        return self.instance._state.adding

    @property
    def moves(self) -> bool:
        """An address is another now, of those that the secrets are sent to."""
        return not self.is_new and any(map(self._differs, ("origin", *self.receivers)))

    def _differs(self, name: str) -> bool:
        return bool(self.cleaned_data.get(name) != self.get_initial_for_field(self.fields[name], name))

    @property
    def receivers(self) -> list[str]:
        return [name for name in self.declared.model_fields if receives_secrets(self.declared, name)]

    @property
    def secrets(self) -> dict[str, str]:
        """Those that were typed in now."""
        names = [name for name in self.declared.model_fields if is_secret(self.declared, name)]
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}

    @property
    def choices(self) -> dict[str, Any]:
        """Those of the connector's settings that are no secrets."""
        return {
            name: self.cleaned_data[name]
            for name in self.declared.model_fields
            if name in self.cleaned_data and not is_secret(self.declared, name)
        }

    @property
    def written(self) -> list[str]:
        """The columns that are the form's; of the others somebody may write one just now."""
        secret = ["credentials"] if self.moves or self.secrets else []
        return [*COMMON, "settings", *secret]

    def clean_origin(self) -> str:
        origin = str(self.cleaned_data["origin"]).rstrip("/")
        if origin != self.initial.get("origin"):
            self._look_at("origin", origin)
        return origin

    def _look_at(self, name: str, address: str) -> None:
        try:
            allowed(address, settings.ALLOWED_EGRESS)
        except AddressRefused as error:
            self.add_error(name, str(error))

    def clean_slug(self) -> str:
        return self.cleaned_data["slug"] or free_slug(self.data.get("title", ""), self.system)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in self.receivers:
            if cleaned.get(name) and self._differs(name):
                self._look_at(name, cleaned[name])
        if not self.errors:
            self._ask_connector()
        return cleaned

    def _ask_connector(self) -> None:
        """The connector's own rules; what is wrong is said beside the field."""
        names = [name for name in self.declared.model_fields if is_secret(self.declared, name)]
        missing = {name: "x" for name in names if name not in self.secrets}
        try:
            self.declared(**self.choices, **missing, **self.secrets)
        except SettingsError as error:
            for problem in error.errors():
                name = str(problem["loc"][0]) if problem["loc"] else None
                if name not in missing:
                    self.add_error(name if name in self.fields else None, told(problem))

    def save(self, commit: bool = True) -> Any:
        connection = self.instance
        connection.connector = self.system
        if self.moves:
            connection.credentials = {}
        if self.secrets:
            connection.credentials = {**self._readable(connection), **self.secrets}
        connection.settings = {**connection.settings, **self.choices}
        return super().save(commit)

    def _readable(self, connection: Connection) -> dict[str, Any]:
        """The secrets there are, to be kept beside new ones; none when their key is gone."""
        try:
            return connection.secrets()
        except KeyIsMissing:
            return {}


def declared_by(connector: type[Connector] | None) -> type[BaseModel]:
    return connector.Settings if connector else NoSettings


def form_for(system: str, connector: type[Connector] | None) -> type[ConnectionForm]:
    return type("ConnectionForm", (ConnectionForm,), {"system": system, "declared": declared_by(connector)})


def free_slug(title: str, fallback: str) -> str:
    """A short name nobody has yet: daktela, daktela-2, …"""
    wanted = slugify(title)[:40] or fallback
    taken = set(Connection.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)
