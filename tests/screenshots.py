"""What does it look like? Takes the README's pictures of a real demo in a real browser: `make screenshots`."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FrameLocator,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from crm import embedded
from tests.browser import chromium
from tests.browser.panel import map_field

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SIZE_LIMIT = 300 * 1024  # bytes: a README is read over slow lines too
WIDE: ViewportSize = {"width": 1280, "height": 860}
TALL: ViewportSize = {"width": 1280, "height": 1120}
CARD: ViewportSize = {"width": 380, "height": 760}
PASSWORD = "demo"  # everybody's; the demo says so when it is up
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS")  # the demo is to make its own
FRAME = "iframe[title='CRM widget']"

JANA = "+420773796040"
VIP = "00420724555210"
TWO_PEOPLE = "541555077"
SWITCHBOARD = "+420541555000"
ONLY_THE_ENDING = "+48602555017"
UNKNOWN = "+420604555404"
THIRD_CALL = "+420737555014"
MOVES_HOUSE = "777555018"
LEAD = "+420721555330"


@dataclass(frozen=True)
class Demo:
    """Where a running demo answers, and what happens on its telephone."""

    desk: str
    office: str

    @property
    def widget(self) -> str:
        return self.office.replace("localhost", "widget.localhost")

    def tell(self, action: str, **values: object) -> dict[str, str]:
        answer = httpx.post(f"{self.desk}/desk/{action}", json=values)
        answer.raise_for_status()
        return answer.json()

    def ring(self, agent: str, clid: str, queue: str = "2000", direction: str = "in") -> dict[str, str]:
        return self.tell("ring", agent=agent, queue=queue, clid=clid, direction=direction)


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """A demo of its own, with fresh data, stopped at the end."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    output = folder / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"],
            cwd=ROOT,
            env={**environment, "CALLROOM_STATE": str(folder / "var")},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        said = _wait(process, output)
        desk, office, *_ = re.findall(r"http://\S+(?=/ )", said.partition("Callroom is up")[2])
        yield Demo(desk, office)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        embedded.forget(folder / "var")


def _wait(process: subprocess.Popen[bytes], output: Path) -> str:
    for _ in range(1200):
        said = output.read_text()
        if "Ctrl-C stops it" in said:
            return said
        if process.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit(f"The demo did not come up:\n{said}")


def save(page: Page, name: str) -> None:
    path = IMAGES / f"{name}.png"
    page.mouse.move(0, 0)
    page.screenshot(path=path, animations="disabled", caret="hide")
    size = path.stat().st_size
    print(f"{size / 1024:5.0f} KB  {path.relative_to(ROOT)}")  # noqa: T201
    if size > SIZE_LIMIT:
        sys.exit(f"{path.name} is larger than {SIZE_LIMIT // 1024} KB: show less, or at a smaller scale.")


def save_in_both(page: Page, name: str) -> None:
    """Once light, once dark."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        save(page, f"{name}-{scheme}")
    page.emulate_media(color_scheme="light")


def window(browser: Browser, size: ViewportSize = WIDE) -> Page:
    """A window of a browser in which nobody is signed in."""
    return browser.new_context(viewport=size, locale="en-GB").new_page()


# ── who is sitting where ────────────────────────────────────────────────────────────────────────────────────────


def sign_in(place: Page | FrameLocator, username: str) -> None:
    """The form is the same in the office, in a frame and in a tab of the card's own."""
    place.locator("[name=username]").fill(username)
    place.locator("[name=password]").fill(PASSWORD)
    place.get_by_role("button", name="Sign in").click()


def colleague(browser: Browser, demo: Demo, username: str) -> BrowserContext:
    """Somebody's browser, signed in on the widget's host name, in windows as wide as a card."""
    context = browser.new_context(viewport=CARD, device_scale_factor=2, locale="en-GB")
    page = context.new_page()
    page.goto(f"{demo.widget}/sign-in/")
    sign_in(page, username)
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible(timeout=15_000)
    page.close()
    return context


def open_card(context: BrowserContext, call: dict[str, str]) -> Page:
    """The card of a call, once it has told the server that it is open and has got its answer."""
    page = context.new_page()
    with page.expect_response(re.compile("/open/$")):
        page.goto(call["widget_url"])
    expect(page.locator("[data-timer]")).to_have_text(re.compile(r"\d:\d\d"), timeout=15_000)
    return page


def show_call_state(page: Page, state: str) -> None:
    expect(page.locator("#status")).to_have_attribute("data-state", state, timeout=15_000)


# ── the pictures ────────────────────────────────────────────────────────────────────────────────────────────────


def take_desk(browser: Browser, demo: Demo) -> None:
    page = window(browser)
    page.goto(f"{demo.desk}/?agent=petr")
    page.get_by_role("combobox", name="Number").select_option(VIP)
    page.get_by_role("button", name="Ring").click()
    card = page.frame_locator(FRAME)
    sign_in(card, "petr")
    expect(card.get_by_role("heading", name="Karel Havelka")).to_be_visible()
    page.get_by_role("button", name="Answer").click()
    expect(card.locator("#status")).to_have_attribute("data-state", "open", timeout=15_000)
    card.get_by_label("Note").press_sequentially("Replacement for order 88034 has left, arrives on Friday.")
    expect(card.locator("#save-state")).to_have_text("saved")
    save_in_both(page, "desk")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Nothing open")).to_be_visible()
    page.context.close()


def take_callers(context: BrowserContext, demo: Demo) -> None:
    """One card for each thing a number can mean."""
    numbers = {
        "known": JANA,
        "choose": TWO_PEOPLE,
        "company": SWITCHBOARD,
        "maybe": ONLY_THE_ENDING,
        "unknown": UNKNOWN,
    }
    for name, number in numbers.items():
        call = demo.ring("petr", number)
        page = open_card(context, call)
        save(page, f"card-{name}")
        page.close()
        finish(demo, call)


def take_transfer(petr: BrowserContext, jana: BrowserContext, demo: Demo) -> None:
    call = demo.ring("petr", THIRD_CALL)
    page = open_card(petr, call)
    demo.tell("answer", activity=call["activity"])
    show_call_state(page, "open")
    page.get_by_label("Note").fill("Still waiting for the technician. Wants to speak to you.")
    expect(page.locator("#save-state")).to_have_text("saved")
    passed_on = demo.tell("transfer", activity=call["activity"], to="jana")
    other = open_card(jana, passed_on)
    expect(other.get_by_role("region", name="Transferred")).to_be_visible()
    save(other, "card-transferred")
    for one in (page, other):
        one.close()
    finish(demo, passed_on)


def take_end(context: BrowserContext, demo: Demo) -> None:
    """Wrap-up with its timer and fields, then Done."""
    call = demo.ring("milan", MOVES_HOUSE, queue="2020", direction="out")
    page = open_card(context, call)
    demo.tell("answer", activity=call["activity"])
    show_call_state(page, "open")
    demo.tell("hang-up", activity=call["activity"])
    show_call_state(page, "wrapup")
    page.get_by_label("Note").fill("Pays the rest of invoice 2026-0412 next week.")
    page.get_by_text("Promised to pay").click()
    expect(page.locator("#save-state")).to_have_text("saved")
    page.evaluate("document.activeElement.blur()")
    save(page, "card-wrap-up")
    page.get_by_label("Promised amount").fill("4800")
    page.get_by_label("Promised by").fill("2027-01-15")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("region", name="Done")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    save(page, "card-done")
    page.close()
    finish(demo, call)


def take_lost_session(context: BrowserContext, demo: Demo) -> None:
    call = demo.ring("petr", LEAD)
    page = open_card(context, call)
    page.get_by_label("Note").fill("Wants the offer for five people, not four.")
    expect(page.locator("#save-state")).to_have_text("saved")
    other = context.new_page()
    other.goto(f"{demo.widget}/sign-in/")
    other.get_by_role("button", name="Sign out").click()
    expect(page.locator("#lost form")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    save(page, "card-session-lost")
    finish(demo, call)


def finish(demo: Demo, call: dict[str, str]) -> None:
    demo.tell("close", activity=call["activity"])


def take_office(browser: Browser, demo: Demo) -> None:
    page = window(browser)
    page.goto(f"{demo.office}/sign-in/")
    sign_in(page, "petr")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    save(page, "office-home")
    for name, address in (("contacts", "contacts/"), ("calls", "calls/"), ("search", "search/?q=novak")):
        page.goto(f"{demo.office}/{address}")
        save(page, f"office-{name}")
    page.goto(f"{demo.office}/search/?q=773796040")
    page.get_by_role("link", name="Jana Nováková").first.click()
    expect(page.get_by_role("heading", name="Jana Nováková")).to_be_visible()
    save_in_both(page, "office-contact")
    page.context.close()


def take_rule_bench(browser: Browser, demo: Demo) -> None:
    page = window(browser, TALL)
    page.goto(f"{demo.office}/sign-in/?next=/admin/widget/screenpoprule/bench/")
    sign_in(page, "admin")
    page.get_by_label("Number").fill(TWO_PEOPLE)
    page.get_by_label("Queue").select_option(label="Support CZ")
    page.get_by_label("Seen by").select_option(label="Petr Dvořák")
    page.get_by_role("button", name="Try it").click()
    save(page, "rule-bench")
    page.context.close()


def take_frame_doctor(browser: Browser, demo: Demo) -> None:
    """Inside the desk, as an administrator opens it: as the address of a widget."""
    page = window(browser)
    page.goto(f"{demo.desk}/?agent=petr")
    call = demo.ring("petr", JANA)
    page.locator(FRAME).evaluate("(frame, address) => { frame.src = address; }", f"{demo.widget}/doctor/")
    expect(page.frame_locator(FRAME).locator("#verdict[data-problems]")).to_be_visible()
    save(page, "frame-doctor")
    finish(demo, call)
    page.context.close()


def take_panel(browser: Browser, demo: Demo) -> None:
    """Manage > Integrations, the way of a newcomer: check, map, dry run, sync."""
    page = window(browser, TALL)
    page.goto(f"{demo.office}/sign-in/?next=/admin/integrations/connection/")
    sign_in(page, "admin")
    page.get_by_role("link", name="Daktela", exact=True).click()
    tabs = page.get_by_role("navigation", name="Of this connection")
    tabs.get_by_role("link", name="Check").click()
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Its clock and ours agree.")).to_be_visible()
    save(page, "panel-check")
    tabs.get_by_role("link", name="What flows").click()
    page.get_by_role("button", name="Set up Contacts from us").click()
    page.get_by_role("button", name="Use the usual fields").click()
    expect(page.locator(".mapped").first).to_be_visible()
    map_field(page, "Customer number (text)", "Customer number (text)")
    segment = map_field(page, "Segment (choice)", "Loyalty (choice)")
    segment.get_by_text("Change the value").click()
    segment.get_by_label("Values").fill("A = gold\nB = silver\nC = bronze")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("The preview shows record")).to_be_visible()
    page.evaluate("document.activeElement.blur(); scrollTo(0, document.querySelectorAll('.mapped')[7].offsetTop)")
    save_in_both(page, "panel-mapping")
    page.get_by_role("button", name="Publish", exact=True).last.click()
    page.get_by_role("button", name="Dry run").click()
    page.get_by_role("link", name="See each record").click(timeout=120_000)
    expect(page.get_by_text("Nothing was written by this dry run.")).to_be_visible()
    save(page, "panel-dry-run")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text(re.compile(r"[1-4],\d00 of 5,"))).to_be_visible(timeout=120_000)
    save(page, "panel-progress")
    expect(page.get_by_role("link", name="See each record")).to_be_visible(timeout=300_000)
    page.goto(f"{demo.office}/admin/integrations/connection/")
    save_in_both(page, "panel-hub")
    page.context.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, running_demo(Path(scratch)) as demo, sync_playwright() as playwright:
        browser = chromium.launch(playwright.chromium, Path(scratch))
        petr, jana, milan = (colleague(browser, demo, name) for name in ("petr", "jana", "milan"))
        take_desk(browser, demo)
        take_office(browser, demo)
        take_callers(petr, demo)
        take_transfer(petr, jana, demo)
        take_end(milan, demo)
        take_lost_session(petr, demo)
        take_rule_bench(browser, demo)
        take_frame_doctor(browser, demo)
        take_panel(browser, demo)
        browser.close()


if __name__ == "__main__":
    main()
