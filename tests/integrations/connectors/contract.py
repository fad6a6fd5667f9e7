"""What must every connector do? The questions a connector answers by the roles it takes (house 6).

A test file says what its system is and takes the contracts of its roles:

    class TestAcme(SourceContract, TargetContract):
        @pytest.fixture
        def system(self) -> Iterator[System]: ...

`System` is what these questions need to know of a simulated system: how to connect to it, what is in it, and how to
make it fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, ClassVar, Protocol

import orjson
import pytest

from integrations.connectors.base import Connector, Item, Page, Receiver, Rejected, Source, Target, Written
from integrations.connectors.errors import (
    ConfigurationError,
    ConnectorError,
    NotAuthorized,
    RateLimited,
    TemporaryFailure,
)


class System(Protocol):
    """One simulated system, empty of faults, with some records of `entity` in it."""

    entity: str
    secret: str  # what must never be told

    def connect(self, *, page_size: int = 100) -> Any:
        """A connector with credentials that are valid and everything it needs."""

    def stranger(self) -> Any:
        """One with credentials that nobody knows."""

    def fail(self, kind: str, *, skip: int = 0, times: int = 1, **how: Any) -> None:
        """What the next requests meet, after `skip` that are answered well.

        Kinds: "status" (status), "rate_limit" (seconds, as_date), "html" (status), "truncate", "reset",
        "act_then_reset". Every request counts, a sign-in too: connect and use it once before.
        """

    def heal(self) -> None:
        """No more faults."""

    def add(self, how_many: int) -> None:
        """More records of `entity`."""

    def edit(self, remote_id: str) -> None:
        """A change of the record, later than everything before."""

    def remove(self, remote_id: str) -> None:
        """It is gone."""

    def ids(self) -> set[str]:
        """The records that are there now."""

    def value(self, remote_id: str, field: str) -> Any:
        """What stands in a field of a record, as the system keeps it; None when it is empty."""

    def requests(self) -> int:
        """How many requests have come so far."""


class ConnectorContract:
    """What all must do."""

    @pytest.fixture
    def connector(self, system: System) -> Iterator[Any]:
        connector: Connector = system.connect()
        with connector:
            connector.fields(system.entity)  # signed in, where that is a request of its own
            yield connector

    def test_check_finds_nothing_bad_where_all_is_well(self, connector: Connector) -> None:
        findings = list(connector.check())
        assert len(findings) >= 3
        assert [finding for finding in findings if finding.tone == "bad"] == []
        assert all(finding.title and finding.text for finding in findings)
        assert all(finding.remedy for finding in findings if finding.tone != "good")

    def test_check_says_that_credentials_are_wrong_and_what_to_do(self, system: System) -> None:
        with system.stranger() as stranger:
            found = list(stranger.check())
        assert found[-1].tone == "bad"
        assert found[-1].remedy
        assert system.secret not in str(found)

    def test_check_never_raises(self, system: System, connector: Connector) -> None:
        for kind in ("reset", "html", "truncate"):
            system.fail(kind, times=1000)
            assert "bad" in {finding.tone for finding in connector.check()}
            system.heal()

    def test_wrong_credentials_are_not_authorized(self, system: System) -> None:
        with system.stranger() as stranger, pytest.raises(NotAuthorized) as raised:
            stranger.fields(system.entity)
        assert system.secret not in str(raised.value)

    def test_fields_can_be_told_apart_and_shown(self, system: System, connector: Connector) -> None:
        fields = connector.fields(system.entity)
        assert len({field.name for field in fields}) == len(fields) > 3
        assert all(field.label for field in fields)
        known = {"text", "number", "boolean", "date", "time", "choice", "phone", "email", "list"}
        assert {field.kind for field in fields} <= known
        assert all(field.choices for field in fields if field.kind == "choice")

    def test_settings_are_declared_with_a_title_and_secrets_as_secrets(self, system: System) -> None:
        with system.connect() as connector:
            declared = type(connector).Settings.model_fields
            assert all(field.title for field in declared.values())
            assert system.secret not in repr(connector.settings)
            assert system.secret not in repr(connector.access)

    @pytest.mark.parametrize(
        ("kind", "how", "error"),
        [
            ("status", {"status": 401}, NotAuthorized),
            ("status", {"status": 403}, NotAuthorized),
            ("status", {"status": 500}, TemporaryFailure),
            ("status", {"status": 503}, TemporaryFailure),
            ("html", {"status": 200}, TemporaryFailure),
            ("html", {"status": 502}, TemporaryFailure),
            ("truncate", {}, TemporaryFailure),
            ("reset", {}, TemporaryFailure),
            ("rate_limit", {"seconds": 7}, RateLimited),
            ("rate_limit", {"seconds": 7, "as_date": True}, RateLimited),
        ],
    )
    def test_each_failure_becomes_its_error(
        self, system: System, connector: Connector, kind: str, how: dict[str, Any], error: type[ConnectorError]
    ) -> None:
        system.fail(kind, times=10, **how)
        with pytest.raises(error) as raised:
            connector.fields(system.entity)
        assert type(raised.value) is error
        assert system.secret not in f"{raised.value!r} {raised.value.__cause__!r}"
        if isinstance(raised.value, RateLimited):
            assert 4 <= (raised.value.retry_after_seconds or 0) <= 8
        system.heal()
        assert connector.fields(system.entity)  # and it goes on

    def test_a_redirect_is_not_followed(self, system: System, connector: Connector) -> None:
        system.fail("status", times=10, status=302)
        with pytest.raises(ConfigurationError):
            connector.fields(system.entity)


def ids_of(pages: Sequence[Page]) -> list[str]:
    return [record.remote_id for page in pages for record in page.records]


class SourceContract(ConnectorContract):
    """What a source must do."""

    @pytest.fixture
    def slow_reader(self, system: System) -> Iterator[Any]:
        """A connector that reads three records a page, of a dozen and more."""
        system.add(12)
        with system.connect(page_size=3) as connector:
            connector.fields(system.entity)
            yield connector

    def test_every_record_arrives_once_over_all_pages(self, system: System, slow_reader: Source) -> None:
        pages = list(slow_reader.changes(system.entity, None))
        found = ids_of(pages)
        assert sorted(found) == sorted(system.ids())
        assert len(pages) >= 4
        assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]
        assert all(bytes(record.raw) and record.values for page in pages for record in page.records)

    def test_a_second_pull_from_the_cursor_brings_nothing_new(self, system: System, slow_reader: Source) -> None:
        first = list(slow_reader.changes(system.entity, None))
        known = {record.remote_id: record.raw for page in first for record in page.records}
        again = list(slow_reader.changes(system.entity, first[-1].cursor))
        assert again[-1].is_last
        assert {record.remote_id: record.raw for page in again for record in page.records}.items() <= known.items()

    def test_what_changed_after_the_cursor_comes_with_it(self, system: System, slow_reader: Source) -> None:
        pages = list(slow_reader.changes(system.entity, None))
        known = {record.remote_id: record.raw for page in pages for record in page.records}
        changed = sorted(known)[0]
        system.edit(changed)
        later = list(slow_reader.changes(system.entity, pages[-1].cursor))
        raws = {record.remote_id: record.raw for page in later for record in page.records}
        assert raws[changed] != known[changed]
        assert {name for name, raw in raws.items() if raw != known[name]} == {changed}

    def test_a_pull_that_stops_half_way_goes_on_from_its_last_cursor(self, system: System, slow_reader: Source) -> None:
        begun = list(islice(slow_reader.changes(system.entity, None), 2))
        cursor = next((page.cursor for page in reversed(begun) if page.cursor), None)
        rest = list(slow_reader.changes(system.entity, cursor))
        assert set(ids_of(begun)) | set(ids_of(rest)) == system.ids()

    def test_what_changes_while_we_read_is_neither_skipped_nor_the_end(
        self, system: System, slow_reader: Source
    ) -> None:
        before = system.ids()
        found, removed = set(), set()
        for page in slow_reader.changes(system.entity, None):
            found |= {record.remote_id for record in page.records}
            unread = sorted(before - found - removed)
            if found and len(found) < 9:
                system.edit(sorted(found)[0])
            if len(unread) > 6:
                removed.add(unread[-1])
                system.remove(unread[-1])
        assert before - removed <= found

    @pytest.mark.parametrize("kind", ["status", "html", "truncate", "reset", "rate_limit"])
    def test_a_failure_in_the_middle_is_an_error_and_not_the_end(
        self, system: System, slow_reader: Source, kind: str
    ) -> None:
        for listing in (lambda: slow_reader.changes(system.entity, None), lambda: slow_reader.ids(system.entity)):
            pages = listing()
            next(pages)
            system.fail(kind, times=10)
            with pytest.raises(TemporaryFailure):
                list(pages)
            system.heal()

    def test_every_id_is_listed_once(self, system: System, slow_reader: Source) -> None:
        found = [name for page in slow_reader.ids(system.entity) for name in page]
        assert sorted(found) == sorted(system.ids())

    def test_fetched_records_are_those_of_the_pages(self, system: System, slow_reader: Source) -> None:
        listed = {r.remote_id: r.values for page in slow_reader.changes(system.entity, None) for r in page.records}
        wanted = sorted(listed)[:5]
        before = system.requests()
        fetched = {record.remote_id: record.values for record in slow_reader.fetch(system.entity, wanted)}
        assert system.requests() - before <= 2
        assert fetched == {name: listed[name] for name in wanted}

    def test_who_is_not_there_is_left_out_and_who_cannot_be_asked_for_is_an_error(
        self, system: System, slow_reader: Source
    ) -> None:
        known = sorted(system.ids())[0]
        missing = sorted(system.ids())[1]
        system.remove(missing)
        assert [record.remote_id for record in slow_reader.fetch(system.entity, [known, missing])] == [known]
        assert slow_reader.fetch(system.entity, [missing]) == []
        assert slow_reader.fetch(system.entity, []) == []
        system.fail("status", times=10, status=503)
        with pytest.raises(TemporaryFailure):
            slow_reader.fetch(system.entity, [known])


class TargetContract(ConnectorContract):
    """What a target must do. `values(n)` are good values of a record; `field` is one of them that may be empty."""

    field: ClassVar[str]
    refused: ClassVar[dict[str, Any]]  # values that the system refuses

    @staticmethod
    def values(number: int) -> dict[str, Any]:
        raise NotImplementedError

    def items(self, how_many: int) -> list[Item]:
        return [Item(f"key-{number}", self.values(number)) for number in range(how_many)]

    def written(self, target: Target, system: System, items: Sequence[Item]) -> dict[str, Written]:
        settled = list(target.write(system.entity, items))
        assert all(isinstance(one, Written) for one in settled), settled
        assert len(settled) == len(items)
        return {one.key: one for one in settled if isinstance(one, Written)}

    def test_writing_twice_makes_one_record(self, system: System, connector: Target) -> None:
        before = system.ids()
        items = self.items(5)
        first = self.written(connector, system, items)
        again = self.written(connector, system, items)  # as if the first answer had never been stored
        known = [Item(item.key, item.values, first[item.key].remote_id) for item in items]
        third = self.written(connector, system, known)
        names = [{key: one.remote_id for key, one in some.items()} for some in (first, again, third)]
        assert names[0] == names[1] == names[2]
        assert system.ids() - before == set(names[0].values())
        assert [sum(one.is_new for one in some.values()) for some in (first, again, third)] == [5, 0, 0]

    def test_a_known_record_costs_one_request_and_a_new_one_hardly_more(
        self, system: System, connector: Target
    ) -> None:
        items = self.items(40)
        before = system.requests()
        first = self.written(connector, system, items)
        created = system.requests()
        self.written(connector, system, [Item(item.key, item.values, first[item.key].remote_id) for item in items])
        assert (created - before) / 40 <= 1.05
        assert system.requests() - created <= 40

    def test_none_clears_and_what_is_not_named_stays(self, system: System, connector: Target) -> None:
        item = self.items(1)[0]
        name = self.written(connector, system, [item])[item.key].remote_id
        value = system.value(name, self.field)
        assert value
        others = {key: one for key, one in item.values.items() if key != self.field}
        self.written(connector, system, [Item(item.key, others, name)])
        assert system.value(name, self.field) == value
        self.written(connector, system, [Item(item.key, others | {self.field: None}, name)])
        assert system.value(name, self.field) is None

    def test_a_refused_record_says_why_and_holds_nobody_up(self, system: System, connector: Target) -> None:
        good = self.items(4)
        settled = {one.key: one for one in connector.write(system.entity, [Item("bad", self.refused), *good])}
        bad = settled.pop("bad")
        assert isinstance(bad, Rejected)
        assert bad.reason
        assert not bad.is_temporary
        assert set(settled) == {item.key for item in good}
        assert all(isinstance(one, Written) for one in settled.values())

    @pytest.mark.parametrize("kind", ["act_then_reset", "reset", "truncate", "html", "status"])
    def test_a_create_with_an_unclear_outcome_makes_one_record(
        self, system: System, connector: Target, kind: str
    ) -> None:
        before = system.ids()
        items = self.items(6)
        system.fail(kind, skip=3, times=2)
        settled = self.some(connector, system, items)
        system.heal()
        left = [item for item in items if item.key not in settled]
        settled |= {one.key: one.remote_id for one in self.written(connector, system, left).values()}
        assert system.ids() - before == set(settled.values())
        assert len(settled) == len(items)

    def some(self, target: Target, system: System, items: Sequence[Item]) -> dict[str, str]:
        """What was written before it raised, or was refused for now."""
        settled: dict[str, str] = {}
        try:
            for one in target.write(system.entity, items):
                if isinstance(one, Written):
                    settled[one.key] = one.remote_id
                else:
                    assert one.is_temporary
        except TemporaryFailure:
            pass
        return settled

    def test_who_asks_us_to_wait_gets_no_more_requests_and_nothing_is_lost(
        self, system: System, connector: Target
    ) -> None:
        before, items = system.ids(), self.items(30)
        system.fail("rate_limit", skip=10, times=1000, seconds=9)
        settled: list[Any] = []  # extended one by one, so that what came before the error stays
        asked = system.requests()
        with pytest.raises(RateLimited) as raised:
            settled.extend(connector.write(system.entity, items))
        assert 8 <= (raised.value.retry_after_seconds or 0) <= 10
        assert system.requests() - asked <= 10 + 8  # no more than were on their way
        system.heal()
        written = {one.key for one in settled}
        assert system.ids() - before == {one.remote_id for one in settled if isinstance(one, Written)}
        self.written(connector, system, [item for item in items if item.key not in written])
        assert len(system.ids() - before) == 30

    def test_a_system_that_is_away_is_an_error_and_no_verdict_on_records(
        self, system: System, connector: Target
    ) -> None:
        system.fail("status", times=1000, status=503)
        with pytest.raises(TemporaryFailure):
            list(connector.write(system.entity, self.items(3)))

    def test_what_is_retired_twice_is_retired(self, system: System, connector: Target) -> None:
        names = [one.remote_id for one in self.written(connector, system, self.items(3)).values()]
        for _ in range(2):
            settled = list(connector.retire(system.entity, names))
            assert sorted(one.key for one in settled) == sorted(names)
            assert all(isinstance(one, Written) for one in settled)


class ReceiverContract(ConnectorContract):
    """What a receiver must do."""

    connector_class: ClassVar[type[Receiver]]

    def test_the_template_can_be_pasted_and_carries_identifiers_only(self) -> None:
        template = self.connector_class.template()
        assert isinstance(orjson.loads(template), dict)
        for personal in ("title", "number", "phone", "email", "text", "contact."):
            assert personal not in template.replace("email_", "")

    @pytest.mark.parametrize("body", [b"", b"{", b"\x00", b"1", b'"text"', b"[1]", b"\xff\xfe", b'{"a": NaN}'])
    def test_what_cannot_be_read_is_a_value_error(self, body: bytes) -> None:
        with pytest.raises(ValueError):
            self.connector_class.read(body)

    @pytest.mark.parametrize("body", [b"{}", b"[]", b'{"event": "coffee_ready", "name": null}', b'{"x": [{"y": 1}]}'])
    def test_what_means_nothing_to_us_is_no_event(self, body: bytes) -> None:
        assert self.connector_class.read(body) == []
