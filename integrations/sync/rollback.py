"""How is a run undone? What it wrote is put back where nobody has edited it since; the rest is told (issue 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Max

from crm.models import Task
from integrations.clock import now
from integrations.models import RecordChange, RemoteLink, Stream, SyncRun
from integrations.sync import belonging, ours, records, running, settle
from integrations.sync.again import chunks
from integrations.sync.bulk import copy, dumped
from integrations.sync.erased import Erased
from integrations.sync.running import Ending
from integrations.sync.store import Store

Action = RecordChange.Action
EDITED = "Edited since, so it stays as it is."
HAS_TASKS = "It has tasks by now, so it stays."
NOT_UNDONE = "Two records became one; that is not undone by itself."


class Undo:
    """Undoes one run's changes, newest first, and remembers in another run what became of each."""

    def __init__(self, stream: Stream, run: SyncRun, undone: SyncRun) -> None:
        self.stream, self.run, self.undone = stream, run, undone
        self.entity, self.connection = stream.entity, stream.connection
        self.known = ours.fields(stream.entity)
        self.model = ours.RECORDS[stream.entity]

    def work(self) -> Ending:
        keys = list(self.undone.changes.order_by("-pk").values_list("pk", flat=True))
        self.run.expected = len(keys)
        self._begin()
        for some in chunks(keys[self.run.seen :], 500):
            changes = list(RecordChange.objects.filter(pk__in=some).order_by("-pk"))
            with running.page(self.stream, self.run):
                self._undo(changes)
        kept = self.run.rejected
        return Ending(bool(kept), message=f"{kept:,} were edited since and stay." if kept else "")

    def _begin(self) -> None:
        """Where an earlier roll-back broke off: what that one put back is nobody's edit."""
        with running.page(self.stream, self.run):
            before = SyncRun.objects.filter(undoes=self.undone).first()
            self.run.seen = before.seen if before else 0
            SyncRun.objects.filter(pk=self.undone.pk).update(undone_by=self.run)

    @cached_property
    def changed_again(self) -> dict[int, datetime]:
        """When the run last wrote what it had made itself. Such changes go, or stay, with the record."""
        made, changed = (self.undone.changes.filter(action=action) for action in (Action.CREATED, Action.UPDATED))
        again = changed.filter(record_id__in=made.values("record_id"))
        return dict(again.values_list("record_id").annotate(Max("written_at")))

    def _undo(self, changes: Sequence[RecordChange]) -> None:
        by_action: dict[str, list[RecordChange]] = {}
        for change in changes:
            by_action.setdefault(change.action, []).append(change)
        self.run.seen += len(changes)
        self._restore([one for one in by_action.get(Action.UPDATED, []) if one.record_id not in self.changed_again])
        self._unmake(by_action.get(Action.CREATED, []))
        self._show(by_action.get(Action.HIDDEN, []))
        self._keep(by_action.get(Action.MERGED, []), NOT_UNDONE)

    def _restore(self, changes: Sequence[RecordChange]) -> None:
        """Before-images go back, newest first, if what stands there is still what the run wrote."""
        wanted = {name: self.known[name] for one in changes for name in one.after if name in self.known}
        ids = [one.record_id for one in changes if one.record_id]
        now = records.states(self.entity, ids, wanted, self.connection, is_locked=True) if ids else {}
        erased = Erased(self.connection, self.entity, wanted, ((one.remote_id, one.before) for one in changes))
        back: dict[int, dict[str, Any]] = {}
        stay: list[RecordChange] = []
        for one in changes:
            key = one.record_id or 0
            if key in now and not erased.is_known(one.remote_id) and _stands(one.after, now[key] | back.get(key, {})):
                back[key] = back.get(key, {}) | _known(erased.without(one.before), now[key])
            else:
                stay.append(one)
        names = [str(one["account"]) for one in back.values() if one.get("account")]
        links = {"account": records.ours(self.connection, "account", names)} if "account" in self.known else {}
        Store(self.connection, self.entity, self.known, links | belonging.ids(wanted)).write(back)
        self._forget(list(back))
        self.run.updated += len(back)
        kept = {one.pk for one in stay}
        self._remember([one for one in changes if one.pk not in kept], Action.UPDATED)
        self._keep(stay, EDITED)

    def _unmake(self, changes: Sequence[RecordChange]) -> None:
        """What the run made is deleted with its link, so that the next run would make it again."""
        ids = [one.record_id for one in changes]
        rows = self.model.objects.filter(pk__in=ids).select_for_update(of=("self",))
        there = {key: moments for key, *moments in rows.values_list("pk", "created_at", "changed_at")}
        alone = {key for key, (made, changed) in there.items() if changed == self.changed_again.get(key, made)}
        busy = set(Task.objects.filter(**{f"{self.entity}__in": alone}).values_list(f"{self.entity}_id", flat=True))
        gone = [one for one in changes if one.record_id in alone - busy or one.record_id not in there]
        ids = [one.record_id for one in gone]
        RemoteLink.objects.filter(connection=self.connection, **{f"{self.entity}__in": ids}).delete()
        self.model.objects.filter(pk__in=ids).delete()  # where else it was sent, the next run there retires it
        self.run.deleted += len(gone)
        self._remember(gone, Action.HIDDEN)
        self._keep([one for one in changes if one.record_id in busy], HAS_TASKS)
        self._keep([one for one in changes if one.record_id in there.keys() - alone], EDITED)

    def _show(self, changes: Sequence[RecordChange]) -> None:
        """What the run hid is shown, unless it was hidden again since or a person took it over."""
        during = (self.undone.started_at, self.undone.ended_at or now())
        rows = self.model.objects.filter(
            pk__in=[one.record_id for one in changes], master=self.connection.slug, hidden_at__range=during
        )
        ids = set(rows.values_list("pk", flat=True))
        Store(self.connection, self.entity, self.known).show(list(ids))
        links = RemoteLink.objects.filter(connection=self.connection, **{f"{self.entity}__in": ids})
        links.update(state=RemoteLink.State.LIVE, gone_at=None)
        self.run.created += len(ids)
        self._remember([one for one in changes if one.record_id in ids], Action.CREATED)
        self._keep([one for one in changes if one.record_id not in ids], EDITED)

    def _forget(self, ids: Sequence[int]) -> None:
        """Their digests: what comes next is looked at again, even if it is the same."""
        RemoteLink.objects.filter(connection=self.connection, **{f"{self.entity}__in": ids}).update(taken=None)

    def _keep(self, changes: Sequence[RecordChange], reason: str) -> None:
        self.run.rejected += len(changes)
        self._remember(changes, Action.REJECTED, reason)

    def _remember(self, changes: Sequence[RecordChange], action: str, reason: str = "") -> None:
        columns = ["run_id", "remote_id", "record_id", "action", "before", "after", "reason"]
        copy(RecordChange._meta.db_table, columns, (
            (self.run.pk, one.remote_id, one.record_id, str(action), dumped(one.after), dumped(one.before), reason)
            for one in changes
        ))  # fmt: skip


def _known(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "" if value is None else value for name, value in before.items() if name in now}


def _stands(after: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    return all(settle.is_same(now.get(name), value) for name, value in after.items() if name in now)
