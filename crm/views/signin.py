"""How does somebody come into the office? By name and password; after too many wrong ones, not for ten minutes."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.shortcuts import render

from crm.forms.signin import SignInForm


class SignIn(LoginView):
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Says that signing in rests, instead of that the password is wrong: it may be the right one by now."""
        if getattr(self.request, "axes_locked_out", False):
            words = {"failure_limit": settings.AXES_FAILURE_LIMIT}
            return render(self.request, "registration/locked.html", words, status=429)
        return super().form_invalid(form)
