"""Which page of the panel is where? All are for administrators; what changes something is POST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from integrations.panel import check, duplicates, events, failures, inbox, ledger, mapping, runs, streams

View = Callable[..., Any]
STREAM = "<uuid:pk>/streams/<int:stream>"

PAGES: tuple[tuple[str, View, str], ...] = (
    ("<uuid:pk>/check/", check.show, "check"),
    ("<uuid:pk>/check/run/", check.run, "check_run"),
    ("<uuid:pk>/streams/", streams.show_all, "streams"),
    ("<uuid:pk>/streams/sync/", streams.sync_all, "sync_all"),
    ("<uuid:pk>/streams/<slug:key>/set-up/", streams.set_up, "set_up"),
    (f"{STREAM}/", streams.show, "stream"),
    (f"{STREAM}/progress/", streams.progress, "progress"),
    (f"{STREAM}/sync/", streams.sync, "sync"),
    (f"{STREAM}/answer/", streams.answer, "answer"),
    (f"{STREAM}/dry/", streams.dry, "dry"),
    (f"{STREAM}/mapping/", mapping.edit, "mapping"),
    (f"{STREAM}/mapping/file/", mapping.export, "mapping_file"),
    (f"{STREAM}/mapping/import/", mapping.take, "mapping_import"),
    (f"{STREAM}/mapping/versions/<int:number>/restore/", mapping.restore, "mapping_restore"),
    (f"{STREAM}/mapping/<int:mapping>/resume/", mapping.resume, "mapping_resume"),
    ("<uuid:pk>/runs/", runs.show_all, "runs"),
    ("<uuid:pk>/runs/<int:run>/", runs.show, "run"),
    ("<uuid:pk>/runs/<int:run>/progress/", runs.progress, "run_progress"),
    ("<uuid:pk>/runs/<int:run>/undo/", runs.undo, "run_undo"),
    ("<uuid:pk>/failures/", failures.show, "failures"),
    ("<uuid:pk>/failures/retry/", failures.retry, "failures_retry"),
    ("<uuid:pk>/duplicates/", duplicates.show, "duplicates"),
    ("<uuid:pk>/duplicates/settle/", duplicates.settle, "duplicates_settle"),
    ("<uuid:pk>/inbox/", inbox.show_all, "inbox"),
    ("<uuid:pk>/inbox/<int:event>/", inbox.show, "event"),
    ("<uuid:pk>/inbox/replay/", inbox.replay, "replay"),
    ("<uuid:pk>/events/", events.show, "events"),
    ("<uuid:pk>/events/add/", events.add_key, "events_add"),
    ("<uuid:pk>/events/revoke/", events.revoke_key, "events_revoke"),
    ("<uuid:pk>/ledger/", ledger.show, "ledger"),
    ("<uuid:pk>/ledger/repair/", ledger.repair, "ledger_repair"),
)


def routes(for_admins: Callable[[View], View]) -> list[URLPattern]:
    return [path(address, for_admins(view), name=f"integrations_{name}") for address, view, name in PAGES]
