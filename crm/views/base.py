"""Who may open a page, and is it answered whole or only in the part htmx asked for?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from crm import ids
from crm.models import User
from crm.models.record import Record

EVERYONE = frozenset(User.Role)
OFFICE = frozenset({User.Role.OFFICE, User.Role.ADMIN})

READ = ("GET", "HEAD")
WRITE = ("POST",)
FORM = READ + WRITE

Mapping = dict[str, Any]


class OfficeRequest(HttpRequest):
    """What a view behind `opens_to` is given: somebody is signed in."""

    user: User
    htmx: HtmxDetails


View = Callable[..., HttpResponse]


def opens_to(roles: Collection[str], methods: Collection[str] = READ) -> Callable[[View], View]:
    """Declares who may open a view and how; tests/house/test_permissions.py fails on a view without it.

    A stranger is sent to the sign-in page and back again; a part asked for by htmx is refused with 401 instead, so that
    the page around it, and what was typed there, stays.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: OfficeRequest, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            if request.user.role not in roles:
                raise PermissionDenied
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            response = view(request, **kwargs)
            patch_cache_control(response, private=True, no_store=True)  # desks are shared
            return response

        guarded.roles = frozenset(roles)  # type: ignore[attr-defined]
        return guarded

    return declare


def _to_sign_in(request: OfficeRequest) -> HttpResponse:
    if request.htmx:
        return HttpResponse(status=401)
    return redirect_to_login(request.get_full_path() if request.method in READ else resolve_url("crm:home"))


def url_of(record: Model) -> str:
    """The page of a contact, account, activity, call or task: routes are called as the models are."""
    return reverse(f"crm:{record._meta.model_name}", args=[record.pk])


def named_in(request: OfficeRequest, *models: type[Record]) -> Any:
    """The record that the address names, as in `?contact=12`, or None. Raises Http404 for one he may not see."""
    for model in models:
        if key := ids.read(request.GET.get(str(model._meta.model_name))):
            return get_object_or_404(model.objects.visible_to(request.user), pk=key)
    return None


def back(request: OfficeRequest, default: str) -> HttpResponse:
    """To the page the form stood on, which it names in `next`; never to another site."""
    url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return redirect(url if is_ours else default)


def page(request: OfficeRequest, template: str, context: Mapping, status: int = 200) -> HttpResponse:
    return render(request, template, context, status=status)


def is_for(request: OfficeRequest, part: str) -> bool:
    """Whether htmx asked for this part of a page only; restoring a page from history asks for all of it."""
    return bool(request.htmx) and not request.htmx.history_restore_request and request.htmx.target == part
