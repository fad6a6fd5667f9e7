"""How are the settings laid out? Django's admin under our name, with its apps in the order in which they build up."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite
from django.http import HttpRequest

from crm.forms.signin import SettingsSignInForm


class Settings(AdminSite):
    site_title = "Callroom"
    site_header = "Callroom settings"
    index_title = "Settings"
    login_form = SettingsSignInForm

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """In the order of INSTALLED_APPS, ours first."""
        order = list(apps.app_configs)
        return sorted(super().get_app_list(request, app_label), key=lambda app: order.index(app["app_label"]))
