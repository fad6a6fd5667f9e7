"""Does the office let in whom it should, and say what to do to the others?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from crm.models import User
from tests.factories import PASSWORD

Browser = Callable[[User | None], Client]


def enter(client: Client, username: str, password: str) -> Any:
    return client.post(reverse("login"), {"username": username, "password": password})


def test_name_and_password_open_the_office_in_any_letters_of_the_name(client_of: Browser, office: User) -> None:
    answer = enter(client_of(None), "Office", PASSWORD)
    assert (answer.status_code, answer.url) == (302, reverse("crm:home"))


def test_a_wrong_password_says_so(client_of: Browser, office: User) -> None:
    answer = enter(client_of(None), "office", "wrong")
    assert answer.status_code == 200
    assert "password" in answer.content.decode()


def test_too_many_wrong_passwords_rest_for_ten_minutes_even_with_the_right_one(
    client_of: Browser, office: User, settings: Any
) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    client = client_of(None)
    for _ in range(3):
        answer = enter(client, "office", "wrong")
    assert answer.status_code == 429
    assert "signing in rests for ten minutes" in answer.content.decode()
    assert enter(client, "office", PASSWORD).status_code == 429
    assert "_auth_user_id" not in client.session


def test_a_disabled_user_stays_outside(client_of: Browser, office: User) -> None:
    User.objects.filter(pk=office.pk).update(is_active=False)
    assert enter(client_of(None), "office", PASSWORD).status_code == 200


@pytest.mark.parametrize("next_page", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_signing_in_never_leads_elsewhere(client_of: Browser, office: User, next_page: str) -> None:
    answer = client_of(None).post(reverse("login"), {"username": "office", "password": PASSWORD, "next": next_page})
    assert answer.url == reverse("crm:home")


def test_an_administrator_lets_somebody_in_again_by_clearing_the_attempts(
    client_of: Browser, admin_client: Client, office: User, settings: Any
) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    client = client_of(None)
    for _ in range(3):
        enter(client, "office", "wrong")
    attempts = reverse("admin:axes_accessattempt_changelist")
    assert "office" in admin_client.get(attempts).content.decode()
    chosen = {"action": "delete_selected", "_selected_action": [AccessAttempt.objects.get().pk], "post": "yes"}
    admin_client.post(attempts, chosen)
    assert enter(client, "office", PASSWORD).status_code == 302


def test_the_settings_are_entered_by_the_same_words(client_of: Browser, agent: User) -> None:
    page = client_of(None).get(reverse("admin:login")).content.decode()
    assert "User name" in page
    wrong = {"username": agent.username, "password": PASSWORD, "next": "/admin/"}
    answer = client_of(None).post(reverse("admin:login"), wrong).content.decode()
    assert "somebody who may not change the settings" in answer
