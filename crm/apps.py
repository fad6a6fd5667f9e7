"""What are this app and those we bring along called in the admin, and is production set up as it should be?"""

from typing import Any

from axes import apps as axes
from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin import apps as admin
from django.core import checks


class CrmConfig(AppConfig):
    default = True
    name = "crm"
    verbose_name = "CRM"

    def ready(self) -> None:
        checks.register(the_erased_have_a_key_of_their_own, deploy=True)


def the_erased_have_a_key_of_their_own(**_: Any) -> list[checks.CheckMessage]:
    """A key that is changed for another reason would let the erased come back."""
    if settings.SUPPRESSION_KEY != settings.SECRET_KEY:
        return []
    hint = "Set SUPPRESSION_KEY. Where people are on the list already, set it to the SECRET_KEY of until now."
    return [checks.Warning("A new SECRET_KEY would empty the list of erased people.", hint, id="crm.W001")]


class SettingsConfig(admin.AdminConfig):
    default = False
    default_site = "crm.admin_site.Settings"


class SignInAttemptsConfig(axes.AppConfig):
    default = False
    verbose_name = "Sign-in attempts"
