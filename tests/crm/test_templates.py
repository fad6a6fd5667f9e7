"""What do people see that no view of ours makes: sign-in, errors, and the small parts every page is built of?"""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django import forms
from django.template import Context, Template
from django.template.loader import get_template, render_to_string
from django.test import Client
from django.urls import reverse

from crm.models import User

ZONE = dt.timezone(dt.timedelta(hours=1))
NOON = dt.datetime(2026, 3, 10, 12, 0, tzinfo=ZONE)


class NameForm(forms.Form):
    name = forms.CharField(help_text="Even half of one.")
    note = forms.CharField(required=False)


def written(source: str, **context: Any) -> str:
    return Template("{% load crm %}" + source).render(Context(context))


@pytest.mark.parametrize("page", ["403", "403_csrf", "404", "500"])
def test_an_error_page_says_what_happened_and_the_way_out_without_any_context(page: str) -> None:
    text = get_template(f"{page}.html").template.render(Context())
    assert text.count("<h1>") == 1
    assert 'href="/"' in text


def test_a_refusal_gives_its_reason_and_escapes_it() -> None:
    text = render_to_string("403.html", {"exception": "Ask <b>Olga</b>."})
    assert "Ask &lt;b&gt;Olga&lt;/b&gt;." in text


@pytest.mark.django_db
def test_a_wrong_password_is_answered_with_a_remedy(client_of: Callable[[User | None], Client], agent: User) -> None:
    answer = client_of(None).post(reverse("login"), {"username": agent.username, "password": "wrong"})
    assert "capital letters matter in the password" in answer.content.decode()
    assert 'autocomplete="current-password"' in answer.content.decode()


def test_a_field_points_at_its_help_and_at_what_is_wrong_with_it() -> None:
    text = render_to_string("components/_form.html", {"form": NameForm({})})
    assert 'aria-describedby="id_name_helptext id_name_error"' in text
    assert 'id="id_name_helptext"' in text
    assert 'id="id_name_error"' in text
    assert 'aria-invalid="true"' in text


def test_only_what_may_stay_empty_is_called_optional() -> None:
    assert render_to_string("components/_form.html", {"form": NameForm()}).count("optional</span>") == 1


def test_a_timeline_escapes_what_a_caller_wrote() -> None:
    entry = {"icon": "mail", "heading": "<script>", "time": NOON, "text": "<img>", "chips": [("good", "<b>")]}
    text = render_to_string("components/_timeline.html", {"days": [(NOON.date(), [entry])]})
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert "<img>" not in text
    assert "<b>" not in text


def test_an_icon_is_decoration_until_it_is_given_a_meaning() -> None:
    assert 'aria-hidden="true"' in written('{% icon "phone" %}')
    assert 'role="img" aria-label="VIP &amp; more"' in written('{% icon "star" label %}', label="VIP & more")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Žaneta Příhodová", "ŽP"),
        ("Jan van der Berg", "JB"),
        ("cher", "C"),
        ("  ", ""),
        ("+420 773", ""),
        ("Acme s.r.o.", "AS"),
        ("ßen", "SS"),
        ("李小龙", "李"),
    ],
)
def test_initials_are_the_first_and_the_last_letter_of_a_name(name: str, letters: str) -> None:
    assert written("{{ name|initials }}", name=name) == letters


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("day", "words"),
    [
        (dt.date(2026, 3, 10), "Today"),
        (dt.date(2026, 3, 9), "Yesterday"),
        (dt.date(2026, 3, 8), "Sunday 8 March"),
        (dt.date(2025, 12, 31), "Wednesday 31 December 2025"),
    ],
)
def test_a_day_is_named_as_people_name_it(day: dt.date, words: str) -> None:
    assert written("{{ day|day_name }}", day=day) == words
