"""How does a test sit at an agent's desk? A browser with Daktela's desk, and our card in its iframe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from copy import copy
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import BrowserContext, Frame, FrameLocator, Locator, Page, expect

from crm.models import User
from crm.sessions import WIDGET_COOKIE, SessionStore
from tests.browser.servers import Servers

MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
CARD = "iframe[title='CRM widget']:not([hidden])"


def session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = MODEL_BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key or ""


class Desk:
    """One agent's browser. What it complains of is in `complaints`, every host it asked in `hosts`."""

    def __init__(self, context: BrowserContext, servers: Servers, agent: str) -> None:
        self.context, self.servers, self.agent = context, servers, agent
        self.complaints: list[str] = []
        self.hosts: set[str] = set()
        self.expected = ""
        context.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        context.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
        context.on("weberror", lambda problem: self._complain(str(problem.error)))
        context.set_default_timeout(10_000)
        self.page: Page = context.new_page()

    def _complain(self, text: str) -> None:
        self.complaints.append(text)

    @property
    def unexpected(self) -> list[str]:
        """What the browser complained of, except for what the test has said it would."""
        return [text for text in self.complaints if not (self.expected and re.search(self.expected, text))]

    # ── the session ─────────────────────────────────────────────────────────────────────────────────────────────

    def sign_in_as(self, user: User) -> str:
        """Puts a session where the form would have put it: in the widget's cookie for frames of this desk."""
        key = session_of(user)
        self.context.add_cookies(
            [
                {
                    "name": WIDGET_COOKIE,
                    "value": key,
                    "url": self.servers.widget.replace("http:", "https:"),
                    "httpOnly": True,
                    "secure": True,
                    "sameSite": "None",
                    "partitionKey": "http://127.0.0.1",
                    "_crHasCrossSiteAncestor": True,
                }  # type: ignore[list-item]
            ]
        )
        return key

    def another_tab(self) -> Desk:
        """The same browser, a second tab."""
        other = copy(self)
        other.page = self.context.new_page()
        other.open()
        return other

    # ── Daktela ─────────────────────────────────────────────────────────────────────────────────────────────────

    def open(self) -> None:
        self.page.goto(f"{self.servers.desk}/?agent={self.agent}")
        expect(self.page.get_by_role("combobox", name="Agent")).to_have_value(self.agent)

    def tell(self, action: str, **values: Any) -> dict[str, str]:
        """What happens on the telephone: ring, answer, transfer, hang-up, close."""
        answer = httpx.post(f"{self.servers.desk}/desk/{action}", json=values)
        assert answer.is_success, answer.text
        return answer.json()

    def ring(self, clid: str | None, queue: int = 2000, direction: str = "in", *, opens: bool = True) -> dict[str, str]:
        """A call at this desk. When this returns its card is there, and (`opens`) has told the server that it is."""
        with self.opening() if opens else nullcontext():
            call = self.tell("ring", agent=self.agent, queue=queue, clid=clid, direction=direction)
            self.show(call["activity"])
        return call

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Waits at its end until a card has told the server that it is open."""
        with self.page.expect_response(re.compile("/open/$")):
            yield

    def show(self, activity: str) -> None:
        """Chooses an open activity on the desk, as by a click on its tab."""
        tab = self.page.locator(f"[role=tab][data-activity='{activity}']")
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        expect(self.page.locator(CARD)).to_have_attribute("src", re.compile(activity))

    # ── the card ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def card(self) -> FrameLocator:
        return self.page.frame_locator(CARD)

    @property
    def frame(self) -> Frame:
        """The card's document, for what a locator cannot do."""
        element = self.page.locator(CARD).element_handle()
        frame = element.content_frame()
        assert frame
        return frame

    @property
    def who(self) -> Locator:
        return self.card.locator("#who")

    @property
    def name(self) -> Locator:
        return self.card.get_by_role("heading", level=1)

    @property
    def note(self) -> Locator:
        return self.card.get_by_label("Note", exact=True)

    @property
    def save_state(self) -> Locator:
        return self.card.locator("#save-state")

    @property
    def state(self) -> Locator:
        return self.card.locator("#state")

    @property
    def announced(self) -> Locator:
        """What a screen reader has been told last."""
        return self.card.locator("#announce")

    def sign_in(self, username: str, password: str) -> None:
        """Fills in the form inside the frame."""
        self.card.get_by_label("User name").fill(username)
        self.card.get_by_label("Password").fill(password)
        self.card.get_by_role("button", name="Sign in", exact=True).click()

    def done(self) -> None:
        self.card.get_by_role("button", name="Done").click()
        expect(self.card.get_by_role("region", name="Done")).to_be_visible()

    def reload(self) -> None:
        """The card alone, as by the frame's own menu."""
        self.frame.evaluate("location.reload()")

    def look_again(self) -> None:
        """Asks now what the call is doing, instead of waiting for the next time the card asks by itself."""
        self.frame.evaluate("htmx.trigger('#status', 'again')")

    def enter(self) -> None:
        """Moves the focus into the card as a keyboard does: by Tab, from the desk."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if self.frame.evaluate("document.hasFocus()"):
                return
        raise AssertionError("Tab never came into the card.")

    def tab_to(self, target: Locator) -> None:
        for _ in range(40):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never came to {target}.")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)


NewDesk = Callable[..., Desk]
