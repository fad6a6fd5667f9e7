"""How is somebody asked who they are? With our words instead of Django's, in the office and in its settings."""

from __future__ import annotations

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm, UsernameField

USER_NAME = "User name"


class SignInForm(AuthenticationForm):
    username = UsernameField(label=USER_NAME, widget=forms.TextInput(attrs={"autofocus": True}))
    error_messages = {
        "invalid_login": "This user name and password do not go together. Check both: capital letters matter in the "
        "password.",
        "inactive": "Your log-in is switched off. Your administrator can switch it on again.",
    }


class SettingsSignInForm(SignInForm, AdminAuthenticationForm):
    error_messages = SignInForm.error_messages | {
        "invalid_login": "This user name and password do not go together, or belong to somebody who may not change "
        "the settings.",
    }
