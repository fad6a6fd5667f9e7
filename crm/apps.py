"""What are this app and those we bring along called in the admin?"""

from axes import apps as axes
from django.apps import AppConfig
from django.contrib.admin import apps as admin


class CrmConfig(AppConfig):
    default = True
    name = "crm"
    verbose_name = "CRM"


class SettingsConfig(admin.AdminConfig):
    default = False
    default_site = "crm.admin_site.Settings"


class SignInAttemptsConfig(axes.AppConfig):
    default = False
    verbose_name = "Sign-in attempts"
