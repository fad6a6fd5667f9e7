"""When does the agent see something? Weight, nodes and first contentful paint of the card, in Chromium (G16)."""

from __future__ import annotations

import gzip
import os
import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from bench import content
from bench.figures import Figure, ratio
from bench.load import HEAD_ENDS, answer_to
from bench.say import say
from bench.servers import Webs
from crm.sessions import WIDGET_COOKIE

if TYPE_CHECKING:
    from bench.card import Site
    from bench.servers import Web

ROUNDS = 15
PAINTED = """() => new Promise(resolve => {
    const look = () => {
        const [paint] = performance.getEntriesByName("first-contentful-paint");
        if (!paint) return setTimeout(look, 5);
        const loaded = performance.getEntriesByType("resource");
        const blocking = loaded.filter(one => one.renderBlockingStatus === "blocking").length;
        resolve({paint: paint.startTime, nodes: document.querySelectorAll("*").length, blocking});
    };
    look();
})"""


@dataclass(frozen=True, slots=True)
class Profile:
    """A network and a computer: latency in ms, megabits a second, and how many times slower than this one."""

    name: str
    latency: float = 0
    megabits: float = 0
    slowdown: float = 1


LOOPBACK = Profile("on loopback")
FAR = Profile("at 40 ms, 8 Mbit/s and a quarter of the CPU", 40, 8, 4)
FRAME: ViewportSize = {"width": 400, "height": 700}  # what Daktela's desk leaves for us, about
CARD, PARAGRAPH, BOOTSTRAP, REACT = "card", "paragraph", "bootstrap", "react"


@dataclass(frozen=True, slots=True)
class Pages:
    """Where the pages are: the card's server, compressing, and its rivals', each on any core as the browser is."""

    site: Site
    web: Web
    floor: Web

    @classmethod
    def open(cls, site: Site, stack: ExitStack) -> Pages:
        webs, name = Webs(stack, core=None), site.database.name
        return cls(site, webs.product(name, settings="bench.compressed"), webs.floor(name))

    def card(self, number: int) -> str:
        """Another caller's for each number."""
        ring = self.site.calls.address(self.site.database.crowd.mobile(number + 1), f"page{number}")
        return f"http://widget.localhost:{self.web.port}{ring}"

    def rival(self, name: str) -> str:
        return f"http://localhost:{self.floor.port}/{name}/"


def figures(site: Site) -> Iterator[Figure]:
    say("Painting pages …")
    yield from _weight(site)
    with ExitStack() as stack, sync_playwright() as playwright:
        pages = Pages.open(site, stack)
        browser = playwright.chromium.launch(executable_path=_chromium())
        yield _same_content(browser, pages)
        for profile in (LOOPBACK, FAR):
            yield from _painted(site, profile, _rounds(browser, pages, profile))
        browser.close()


def _weight(site: Site) -> Iterator[Figure]:
    head, _, body = answer_to(site.product.port, next(site.calls.known())).partition(HEAD_ENDS)
    is_compressed = b"content-encoding:" in head.lower()
    size = len(body if is_compressed else gzip.compress(body, 6))
    how = "as it is sent" if is_compressed else f"by gzip; sent as {len(body) / 1024:.1f} KB for a proxy to compress"
    yield Figure("G16", "KB of the page, everything above the fold in it", size / 1024, 14, how, site.contacts)


def _same_content(browser: Browser, pages: Pages) -> Figure:
    """Hands its rivals what the card shows, and looks whether they do."""
    card = content.handed_over(browser, pages.card(0), f"{WIDGET_COOKIE}={pages.site.calls.session}")
    rivals = {name: content.shown(browser, pages.rival(name)) for name in (BOOTSTRAP, REACT)}
    wrong = list(content.differences(card, rivals))
    for text in wrong:
        say(f"WRONG: {text}")
    elements = ", ".join(f"{name} {rival['elements']}" for name, rival in rivals.items())
    of = f"{len(card['words'])} words that are seen, {card['elements']} elements: {elements}"
    return Figure("G16", "ways in which a rival's content is not the card's", len(wrong), 0, of, pages.site.contacts)


def _painted(site: Site, profile: Profile, seen: Mapping[str, list[Any]]) -> Iterator[Figure]:
    paint = {name: [one["paint"] for one in pages] for name, pages in seen.items()}
    contacts = site.contacts
    if profile is LOOPBACK:
        nodes, blocking = (max(one[name] for one in seen[CARD]) for name in ("nodes", "blocking"))
        yield Figure("G16", "nodes", nodes, 300, "the document when painted", contacts)
        yield Figure("G16", "sub-requests that block painting", blocking, 0, "the card", contacts)
    what = f"first contentful paint {profile.name}"
    f7 = f"F7: one paragraph, {sorted(paint[PARAGRAPH])[ROUNDS // 2]:.0f} ms"
    yield Figure("G16", what, ratio(paint[CARD], paint[PARAGRAPH]), 1.35, f7, contacts)
    if profile is FAR:
        bootstrap = "the same elements and words with Bootstrap 5.3"
        yield Figure("G16", what, ratio(paint[CARD], paint[BOOTSTRAP]), 0.65, bootstrap, contacts)
        react = "the same elements and words, drawn by React 18 from JSON, without a style"
        yield Figure("G16", what, ratio(paint[CARD], paint[REACT]), 0.55, react, contacts)


def _rounds(browser: Browser, pages: Pages, profile: Profile) -> Mapping[str, list[Any]]:
    seen: dict[str, list[Any]] = defaultdict(list)
    for number in range(ROUNDS):
        seen[PARAGRAPH].append(_open(browser, profile, pages.rival(PARAGRAPH)))
        seen[CARD].append(_open(browser, profile, pages.card(number), pages.site.calls.session))
        for rival in (BOOTSTRAP, REACT) if profile is FAR else ():
            seen[rival].append(_open(browser, profile, pages.rival(rival)))
    return seen


def _open(browser: Browser, profile: Profile, address: str, session: str = "") -> Mapping[str, Any]:
    """One page in a browser that has never been here: its paint in ms, its nodes, what blocked it."""
    context = browser.new_context(viewport=FRAME)
    if session:
        host = f"https://{urlsplit(address).hostname}"  # to a browser our loopback names are as safe, not to Playwright
        context.add_cookies([{"name": WIDGET_COOKIE, "value": session, "url": host, "secure": True}])
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    if profile.latency:
        speed = profile.megabits * 125_000
        line = {"offline": False, "latency": profile.latency, "downloadThroughput": speed, "uploadThroughput": speed}
        devtools.send("Network.emulateNetworkConditions", line)
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": profile.slowdown})
    page.goto(address, wait_until="load")
    seen: Mapping[str, Any] = page.evaluate(PAINTED)
    context.close()
    return seen


def _chromium() -> str | None:
    """The system's, if there is one; else Playwright's own."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")
