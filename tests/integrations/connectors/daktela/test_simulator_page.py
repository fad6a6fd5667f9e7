"""Can two people work at two desks? The desk's page in a real browser: by mouse, by keyboard, light, dark, narrow."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from integrations.connectors.daktela.simulator import Simulator

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "vendor" / "axe.min.js"

OpenDesk = Callable[..., Page]


class Widget(BaseHTTPRequestHandler):
    """A stand-in for the CRM: a page with a note, which says how it was asked for and remembers every request."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b'<!doctype html><html lang="en"><title>Widget</title><label>Note <input></label>')

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def widget() -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Widget)
    server.asked = []
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def simulated(widget: Any) -> Iterator[Simulator]:
    with Simulator(f"http://widget.localhost:{widget.server_port}/widget/{{queue}}/") as running:
        yield running


@pytest.fixture
def open_desk(simulated: Simulator, open_page: Callable[..., Page]) -> OpenDesk:
    def open_one(agent: str, expected: str = "", **settings: Any) -> Page:
        page = open_page(f"{simulated.url}/?agent={agent}", expected, **settings)
        expect(page.get_by_role("combobox", name="Agent")).to_have_value(agent)
        return page

    return open_one


def test_a_ring_shows_the_widget_and_the_call_can_be_answered_and_ended(open_desk: OpenDesk, widget: Any) -> None:
    desk = open_desk("petr")
    desk.get_by_role("combobox", name="Queue").select_option("2000")
    desk.get_by_role("combobox", name="Number").select_option("773 796 041")
    desk.get_by_role("button", name="Ring").click()
    expect(desk.get_by_role("tab", name="773 796 041")).to_be_visible()
    expect(desk.get_by_text("Ringing")).to_be_visible()
    frame = desk.get_by_title("CRM widget")
    assert "/widget/2000/?clid=773+796+041&direction=in&callid=1WS." in (frame.get_attribute("src") or "")
    expect(desk.frame_locator("iframe[title='CRM widget']").get_by_label("Note")).to_be_visible()
    desk.get_by_role("button", name="Answer").click()
    expect(desk.get_by_text("In call")).to_be_visible()
    desk.get_by_role("button", name="Hang up").click()
    expect(desk.get_by_text("Wrap-up")).to_be_visible()
    expect(frame).to_be_visible()
    desk.get_by_role("button", name="Close").click()
    expect(desk.get_by_text("Nothing open")).to_be_visible()
    expect(frame).to_have_count(0)
    assert len(widget.asked) == 1


def test_a_transfer_appears_at_the_other_desk_by_itself(open_desk: OpenDesk) -> None:
    petr, jana = open_desk("petr"), open_desk("jana")
    petr.get_by_role("button", name="Ring").click()
    petr.get_by_role("button", name="Answer").click()
    call_id = petr.locator("#call-id").inner_text()
    petr.get_by_role("combobox", name="Transfer to").select_option("jana")
    petr.get_by_role("button", name="Transfer").click()
    expect(petr.get_by_text("Nothing open")).to_be_visible()
    expect(jana.get_by_text("Ringing")).to_be_visible(timeout=3000)
    expect(jana.locator("#call-id")).to_have_text(call_id)
    expect(jana.get_by_title("CRM widget")).to_be_visible()


def test_a_call_is_put_through_after_a_consultation(open_desk: OpenDesk) -> None:
    petr, jana = open_desk("petr"), open_desk("jana")
    petr.get_by_role("button", name="Ring").click()
    petr.get_by_role("button", name="Answer").click()
    expect(petr.get_by_role("button", name="Put through")).to_be_disabled()
    petr.get_by_role("combobox", name="Transfer to").select_option("jana")
    petr.get_by_role("button", name="Consult").click()
    expect(petr.get_by_text("Jana Horáková is being consulted")).to_be_visible()
    jana.get_by_role("button", name="Answer").click()
    petr.get_by_role("button", name="Put through").click()
    expect(petr.get_by_text("Nothing open")).to_be_visible()
    expect(jana.get_by_text("In call")).to_be_visible()


def test_switching_loads_the_widget_anew_or_keeps_it(open_desk: OpenDesk, widget: Any) -> None:
    desk = open_desk("petr")
    note = desk.frame_locator("iframe:visible").get_by_label("Note")
    desk.get_by_role("button", name="Ring").click()
    note.fill("kept?")
    desk.get_by_role("combobox", name="Number").select_option(label="Unknown number")
    desk.get_by_role("button", name="Ring").click()
    expect(note).to_have_value("")
    desk.get_by_role("tab").first.click()
    expect(note).to_have_value("")
    assert len(widget.asked) == 3
    desk.get_by_label("Reload when switching").uncheck()
    note.fill("kept")
    desk.get_by_role("tab").last.click()
    expect(note).to_have_value("")
    desk.get_by_role("tab").first.click()
    expect(note).to_have_value("kept")
    assert len(widget.asked) == 4


def test_a_number_of_ones_own_and_no_number_can_ring(open_desk: OpenDesk) -> None:
    desk = open_desk("petr")
    desk.get_by_role("combobox", name="Number").select_option(label="Another number…")
    desk.get_by_role("textbox", name="Other number").fill("+49 30 23125 100")
    desk.get_by_role("combobox", name="Direction").select_option("out")
    desk.get_by_role("button", name="Ring").click()
    expect(desk.get_by_role("heading", name="+49 30 23125 100")).to_be_visible()
    expect(desk.get_by_text("Outgoing · Support CZ")).to_be_visible()
    desk.get_by_role("combobox", name="Number").select_option(label="Withheld")
    desk.get_by_role("button", name="Ring").click()
    expect(desk.get_by_role("heading", name="Number withheld")).to_be_visible()


def test_messages_come_in_and_can_be_postponed(open_desk: OpenDesk) -> None:
    desk = open_desk("petr")
    desk.get_by_role("textbox", name="Subject").fill("Where is my order?")
    desk.get_by_role("button", name="E-mail").click()
    expect(desk.get_by_role("heading", name="Where is my order?")).to_be_visible()
    expect(desk.get_by_role("button", name="Transfer")).to_be_hidden()
    desk.get_by_role("button", name="Postpone").click()
    expect(desk.locator("#state")).to_have_text("Postponed")
    desk.get_by_role("button", name="Chat").click()
    expect(desk.get_by_text("Chat · Web chat")).to_be_visible()


def test_the_width_of_the_frame_is_switched(open_desk: OpenDesk) -> None:
    desk = open_desk("petr")
    desk.get_by_role("button", name="Ring").click()
    for width in (320, 480, 380):
        desk.get_by_role("radio", name=str(width)).check(force=True)
        box = desk.get_by_title("CRM widget").bounding_box()
        assert box
        assert box["width"] == width


def test_a_whole_call_by_keyboard_alone(open_desk: OpenDesk) -> None:
    desk = open_desk("petr")
    desk.get_by_role("combobox", name="Direction").focus()
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Ringing")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("tab")).to_have_count(2)
    desk.get_by_role("tab", selected=True).focus()
    desk.keyboard.press("ArrowLeft")
    expect(desk.get_by_role("tab").first).to_be_focused()
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Hang up")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("button", name="Close")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("tab")).to_have_count(1)


def test_the_desk_says_so_when_its_server_is_away_and_comes_back(open_desk: OpenDesk, simulated: Simulator) -> None:
    desk = open_desk("petr", expected="502")
    simulated.faults.add("html", "/desk/state", times=2)
    simulated.world.reset()
    expect(desk.get_by_text("The simulator does not answer")).to_be_visible(timeout=3000)
    simulated.scenarios.ring("petr", 2000, "777")
    expect(desk.get_by_role("tab", name="777")).to_be_visible(timeout=5000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 800, 360])
def test_the_desk_is_accessible(open_desk: OpenDesk, simulated: Simulator, scheme: str, width: int) -> None:
    desk = open_desk("petr", color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True)
    simulated.scenarios.answer(simulated.scenarios.ring("petr", 2000, "773796041")["name"])
    simulated.scenarios.email("petr", "x@example.com", "Where is my order?")
    expect(desk.get_by_role("tab")).to_have_count(2)
    desk.get_by_role("tab").first.click()
    desk.add_script_tag(path=AXE)
    found = desk.evaluate("axe.run({ iframes: false }).then((r) => r.violations.map((v) => [v.id, v.nodes[0].html]))")
    assert found == []
    assert desk.evaluate("document.documentElement.scrollWidth <= innerWidth")
