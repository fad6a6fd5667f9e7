"""Is the caller card as fast as promised? Goals G1 to G5 and G16, at two sizes, beside stock Django."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlencode

from bench import centre, databases, floor, load, naive, pages, spellings
from bench import statements as asked
from bench.calls import FORMS, Calls, exact
from bench.databases import Database
from bench.figures import Figure, ratio
from bench.load import Round
from bench.say import say
from bench.servers import Web, Webs, database_url

ROUNDS = 16
WARMING = 3  # rounds before them, that do not count
SECONDS = 0.6  # short turns: what slows one of a pair slows the other
SECONDS_A_FORM = 0.3


@dataclass
class Site:
    """One size: the product and the stock floor on the same data, and what was measured of them, round by round."""

    database: Database
    product: Web
    floor: Web
    calls: Calls
    floor_session: str
    rounds: dict[str, list[Round]] = field(default_factory=dict)

    @classmethod
    def open(cls, database: Database, webs: Webs) -> Site:
        databases.use(database.name)
        databases.warm()
        floor_session = floor.prepare(database_url(database.name))
        product, stock = webs.product(database.name), webs.floor(database.name)
        calls = Calls(database.crowd, product.port, centre.session_key())
        return cls(database, product, stock, calls, floor_session)

    @property
    def contacts(self) -> int:
        return self.database.crowd.contacts

    def p50(self, name: str) -> list[float]:
        return [one.p50 for one in self.rounds[name]]

    def cpu(self, name: str) -> list[float]:
        return [one.cpu for one in self.rounds[name]]

    def each_second(self, name: str) -> list[float]:
        return [one.each_second for one in self.rounds[name]]

    def load_product(self, name: str, requests: Iterator[bytes], *, connections: int = 1, seconds: float) -> None:
        self._keep(name, load.measure(self.product, requests, connections=connections, seconds=seconds))

    def load_floor(self, name: str, path: str, *, connections: int = 1, seconds: float) -> None:
        self._keep(name, load.measure(self.floor, self._floors(path), connections=connections, seconds=seconds))

    def _keep(self, name: str, measured: Round) -> None:
        self.rounds.setdefault(name, []).append(measured)

    def _floors(self, path: str) -> Iterator[bytes]:
        """The stock floor's look-ups of the same numbers."""
        host, cookie = f"localhost:{self.floor.port}", f"sessionid={self.floor_session}"
        for number in self.calls.numbers():
            yield load.request(host, f"{path}?{urlencode({'clid': number})}", Cookie=cookie)


def figures(small: Database, large: Database) -> Iterator[Figure]:
    """Each figure as soon as it is known; the quick ones first."""
    yield from spellings.figures()
    with ExitStack() as stack:
        webs = Webs(stack)
        sites = [Site.open(database, webs) for database in (small, large)]
        for site in sites:
            yield from answers(site)
        yield from asked.figures([site.database for site in sites])
        load_all(sites)
        for site in sites:
            yield from against_the_floor(site)
            yield from written_forms(site)
        yield flat(*sites)
        yield from pages.figures(sites[-1])


def answers(site: Site) -> Iterator[Figure]:
    """Correct before fast."""
    databases.use(site.database.name)
    wrong = naive.disagreements(site.calls)
    for text in wrong[:10]:
        say(f"WRONG: {text}")
    what = "answers that differ from the naive way's: person, numbers, last ten activities"
    yield Figure("G1 G3 G4", what, len(wrong), 0, f"{naive.SAMPLE} random calls", site.contacts)


def load_all(sites: Sequence[Site]) -> None:
    say(f"Loading the servers, {ROUNDS} rounds …")
    for number in range(-WARMING, ROUNDS):
        play(sites, seed=number)
        if number < 0:
            for site in sites:
                site.rounds.clear()


def play(sites: Sequence[Site], seed: int) -> None:
    """One round: everything in turn, so that all of it meets the same mood of the machine."""
    for site in sites:
        site.load_product("card", site.calls.known(seed=seed), seconds=SECONDS)
        site.load_floor("floor", "/one-query/", seconds=SECONDS)
        site.load_floor("bare", "/bare/", seconds=SECONDS_A_FORM)
    for site in sites:
        site.load_product("card × 8", site.calls.known(seed=seed), connections=8, seconds=SECONDS)
        site.load_floor("floor × 8", "/one-query/", connections=8, seconds=SECONDS)
    for site in sites:
        for name, requests in _forms(site.calls, seed).items():
            site.load_product(name, requests, seconds=SECONDS_A_FORM)


def _forms(calls: Calls, seed: int) -> Mapping[str, Iterator[bytes]]:
    forms = {name: calls.known(form, seed=seed) for name, form in ({"exact": exact} | dict(FORMS)).items()}
    return forms | {"shared": calls.shared(seed=seed)}


def against_the_floor(site: Site) -> Iterator[Figure]:
    f1, one, contacts = "F1: stock Django, log-in and one query", "1 connection", site.contacts
    for name, of in (("card", "the card"), ("floor", "F1"), ("bare", "F2: no log-in, no query")):
        yield Figure("G1", f"{of}, CPU in ms a request", _median_ms(site.cpu(name)), None, one, contacts)
        yield Figure("G1", f"{of}, p50 in ms", _median_ms(site.p50(name)), None, one, contacts)
    cpu = ratio(site.cpu("card"), site.cpu("floor"))
    yield Figure("G1", "CPU of the web server", cpu, 0.45, f"{f1}, {one}", contacts)
    yield Figure("G1", "p50", ratio(site.p50("card"), site.p50("floor")), 0.50, f"{f1}, {one}", contacts)
    throughput = ratio(site.each_second("card × 8"), site.each_second("floor × 8"))
    yield Figure("G1", "requests a second", throughput, 2.3, f"{f1}, 8 connections", contacts, at_least=True)


def written_forms(site: Site) -> Iterator[Figure]:
    exactly = site.p50("exact")
    for name in FORMS:
        of = "the same numbers in E.164"
        yield Figure("G4", f"p50, {name}", ratio(site.p50(name), exactly), 1.25, of, site.contacts)
    shared = ratio(site.p50("shared"), exactly)
    yield Figure("G4", "p50, a number five people share", shared, 1.6, "one person's number", site.contacts)


def flat(small: Site, large: Site) -> Figure:
    of = f"the same at {small.contacts:,} contacts"
    return Figure("G3", "p50 of the card", ratio(large.p50("card"), small.p50("card")), 1.20, of, large.contacts)


def _median_ms(seconds: Sequence[float]) -> float:
    return statistics.median(seconds) * 1000
