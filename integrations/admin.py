"""Where is Manage > Integrations in the admin? The hub is the list, and a connection opens on its own form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern

from crm.admin.base import SeenAdmin
from integrations import connectors
from integrations.connectors.base import Connector, Receiver
from integrations.forms.connection import COMMON, ConnectionForm, declared_by, form_for
from integrations.forms.settings import is_advanced, is_secret
from integrations.models import Agent, Connection, Playback
from integrations.panel import check, hub, page
from integrations.panel.routes import routes


class AgentForm(forms.ModelForm):
    """A column's head is no label to a screen reader."""

    class Meta:
        model = Agent
        fields = ("user", "remote_user")
        widgets = {"remote_user": forms.TextInput(attrs={"class": "vTextField", "aria-label": "Daktela log-in"})}


class AgentFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].widget.attrs["aria-label"] = (
                f"Delete {form.instance}" if index is not None else "Delete"
            )


class Agents(admin.TabularInline):
    model = Agent
    form = AgentForm
    formset = AgentFormSet
    fields = ("user", "remote_user", "gone_at")
    readonly_fields = ("gone_at",)
    autocomplete_fields = ("user",)
    extra = 0


@admin.register(Connection)
class ConnectionAdmin(admin.ModelAdmin):
    inlines = (Agents,)

    def get_urls(self) -> list[URLPattern]:
        return [*routes(self.admin_site.admin_view), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return hub.show(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if chosen(request) is None:
            return HttpResponseRedirect(page.url("changelist"))
        return super().add_view(request, form_url, extra_context)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        connection = kwargs.get("obj")
        if connection:
            context |= page.frame(request, connection, "change") | {"subtitle": None}
        else:
            connector = chosen(request)
            context |= {"title": f"Connect {connector.label}" if connector else "Connect", "connects": True}
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        connector = page.connector_of(obj) if obj else chosen(request)
        system = obj.connector if obj else getattr(connector, "slug", "")
        return form_for(system, connector)

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Who is who is a question for one that is there and has agents."""
        connector = page.connector_of(obj) if obj else None
        return self.inlines if connector and issubclass(connector, Receiver) else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        connector = page.connector_of(obj) if obj else chosen(request)
        declared = declared_by(connector)
        names = list(declared.model_fields)
        advanced = [name for name in names if is_advanced(declared, name)]
        secret = [name for name in names if is_secret(declared, name) or declared.model_fields[name].is_required()]
        plain = [name for name in names if name not in (*advanced, *secret)]
        parts = [
            (None, COMMON, ""),
            ("Signing in", secret, ""),
            ("Choices", plain, ""),
            ("Advanced", advanced, "collapse"),
        ]
        return [(title, {"fields": fields, "classes": classes.split()}) for title, fields, classes in parts if fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Our records name it by its slug."""
        return ("slug",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Connection, form: ConnectionForm, change: bool) -> None:
        obj.save(update_fields=form.written if change else None)
        if form.moves and not form.secrets:
            messages.warning(
                request, "The address is new, so the old secrets were wiped. Enter those for this address."
            )

    def response_add(self, request: HttpRequest, obj: Connection, post_url_continue: Any = None) -> HttpResponse:
        """A new connection is checked at once: whoever made it wants to know whether it works."""
        check.look(obj)
        messages.success(request, f"{obj.title} is connected. This is what the check found.")
        return page.to("check", obj.pk)

    def response_post_save_change(self, request: HttpRequest, obj: Connection) -> HttpResponseRedirect:
        return page.to("change", obj.pk)


def chosen(request: HttpRequest) -> type[Connector] | None:
    """The connector that the address names."""
    return next((one for one in connectors.CONNECTORS if one.slug == request.GET.get("connector")), None)


@admin.register(Playback)
class PlaybackAdmin(SeenAdmin):
    """Who listened to which recording: looked at, changed by nobody."""

    list_display = ("played_at", "user", "activity")
    list_select_related = ("user", "activity")
