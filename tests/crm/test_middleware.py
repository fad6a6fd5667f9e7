"""Which pages answer under which host name, and what may a browser do with them?"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from django.conf import settings
from django.test import Client

from crm.middleware import Nonce, policy
from integrations.models import Connection
from tests.factories import ConnectionFactory, QueueFactory

pytestmark = pytest.mark.django_db
OFFICE, WIDGET = settings.OFFICE_HOST, settings.WIDGET_HOST
CARD = "/widget/2000/?clid=773796040&direction=in&callid=1WS.1&activity=activities_1"


def get(host: str, path: str):  # noqa: ANN201
    return Client(headers={"host": host}).get(path)


@pytest.mark.parametrize("path", ["/", "/admin/", "/api/", "/contacts/", "/sign-out/", "/nothing/"])
def test_an_office_page_is_not_there_on_the_widgets_host(path: str) -> None:
    assert get(WIDGET, path).status_code in (404, 405)


def test_the_widgets_pages_are_there_on_its_own_host_only() -> None:
    QueueFactory(slug="2000")
    for path in (CARD, "/doctor/"):
        assert get(WIDGET, path).status_code == 200
        assert get(OFFICE, path).status_code == 404


def test_capitals_and_another_port_do_not_lead_to_the_other_pages() -> None:
    for host in (WIDGET.upper(), "widget.localhost", "widget.localhost:1", "Widget.LocalHost:8000"):
        assert get(host, "/admin/").status_code == 404
        assert get(host, "/doctor/").status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "widget.localhost.evil.example", "localhost:8000.evil", "a_b", "[::1"]
)
def test_a_host_that_is_not_ours_is_refused_in_words(host: str) -> None:
    answer = get(host, "/")
    assert answer.status_code == 400
    assert "not ours" in answer.text


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/admin/login/", "/nothing/"])
def test_nobody_may_frame_the_office(path: str) -> None:
    ConnectionFactory()
    answer = get(OFFICE, path)
    assert answer["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_only_enabled_daktelas_may_frame_the_card() -> None:
    QueueFactory(slug="2000")
    ConnectionFactory(slug="one", origin="https://one.daktela.com")
    ConnectionFactory(slug="two", origin="https://two.daktela.com:8443")
    ConnectionFactory(slug="off", origin="https://off.daktela.com", is_enabled=False)
    assert Connection.objects.framing_origins() == ["https://one.daktela.com", "https://two.daktela.com:8443"]
    for path in (CARD, "/sign-in/", CARD + "&origin=https://evil.example"):
        answer = get(WIDGET, path)
        ancestors = answer["Content-Security-Policy"].split("frame-ancestors ")[1].split(";")[0]
        assert set(ancestors.split()) == {"https://one.daktela.com", "https://two.daktela.com:8443"}
        assert "X-Frame-Options" not in answer


def test_without_an_enabled_daktela_nobody_may_frame_the_card() -> None:
    QueueFactory(slug="2000")
    ConnectionFactory(is_enabled=False)
    answer = get(WIDGET, CARD)
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_who_frames_is_never_read_from_the_request() -> None:
    QueueFactory(slug="2000")
    client = Client(headers={"host": WIDGET, "referer": "https://evil.example/", "origin": "https://evil.example"})
    assert "evil" not in client.get(CARD)["Content-Security-Policy"]


@pytest.mark.parametrize(("host", "path"), [(OFFICE, "/sign-in/"), (WIDGET, "/sign-in/"), (WIDGET, "/doctor/")])
def test_the_policy_lets_nothing_run_that_is_not_ours(host: str, path: str) -> None:
    sent = get(host, path)["Content-Security-Policy"]
    assert "default-src 'none'" in sent
    assert re.search(r"script-src 'self' 'sha256-[\w+/]{43}=';", sent)
    assert "unsafe" not in sent
    assert "http:" not in sent.split("frame-ancestors")[0]


@pytest.mark.parametrize("path", ["/sign-in/", "/doctor/"])
def test_the_one_script_inside_a_page_is_the_one_the_policy_knows(path: str) -> None:
    page = get(WIDGET, path)
    (text,) = re.findall(r"<script data-scripts=[^>]*>(.+?)</script>", page.text, re.DOTALL)
    known = b64encode(sha256(text.encode()).digest()).decode()
    assert f"'sha256-{known}'" in page["Content-Security-Policy"]


def test_a_nonce_is_sent_only_where_it_was_written_and_never_twice() -> None:
    assert "nonce" not in policy(settings.SECURE_CSP, Nonce(), [])
    first, second = get(WIDGET, "/doctor/"), get(WIDGET, "/doctor/")
    nonces = {page["Content-Security-Policy"].split("'nonce-")[1].split("'")[0] for page in (first, second)}
    assert len(nonces) == 2
    assert any(f'nonce="{nonce}"' in first.text for nonce in nonces)


@pytest.mark.parametrize("host", [OFFICE, WIDGET, "10.1.2.3", "anything.example"])
def test_probes_are_answered_under_any_name(host: str) -> None:
    assert get(host, "/healthz").text == "ok\n"
    ready = get(host, "/readyz")
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "broker": "ok"})


def test_ready_without_a_broker_but_not_without_a_database(settings, tmp_path, django_db_blocker) -> None:  # noqa: ANN001
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    ready = get(OFFICE, "/readyz")
    assert (ready.status_code, ready.json()["broker"]) == (200, "away")
