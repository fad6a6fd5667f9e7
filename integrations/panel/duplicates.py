"""Who of those that came may be one we had already? Side by side with what they share; a person says which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from crm.models import Activity
from integrations.models import Connection, Entity
from integrations.panel import audit, page
from integrations.sync import adoption, ours, records
from integrations.sync.adoption import Proposal
from integrations.wording import shown

ROWS = 20
ENTITIES = (Entity.CONTACT, Entity.ACCOUNT)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, and how many activities it has: they would be put together."""

    record: Any
    activities: int


@dataclass(frozen=True, slots=True)
class Pair:
    """`fields` are (label, theirs, ours, whether they say the same), of what at least one of them says."""

    proposal: Proposal
    theirs: Side
    ours: Side
    fields: list[tuple[str, str, str, bool]]


@require_GET
def show(request: HttpRequest, pk: UUID) -> TemplateResponse:
    """A page of pairs. `at`: which of them is looked at next, after one was settled."""
    connection = page.connection_or_404(pk)
    entity = entity_of(request.GET.get("entity"))
    number = max(page.number(request.GET.get("page")), 1)
    start = (number - 1) * ROWS
    found = adoption.proposals(connection, entity, ROWS + 1, start)
    rows = pairs(connection, entity, found[:ROWS])
    return page.show(
        request,
        connection,
        "duplicates",
        rows=rows,
        entity=entity,
        entities=[{"label": one.label, "url": f"?entity={one.value}", "is_current": one == entity} for one in ENTITIES],
        page=number,
        at=min(page.number(request.GET.get("at")), len(rows) - 1) if "at" in request.GET else None,
        summary=f"{start + 1:,}–{start + len(rows):,}",
        previous_url=f"?entity={entity}&page={number - 1}" if number > 1 else "",
        next_url=f"?entity={entity}&page={number + 1}" if len(found) > ROWS else "",
    )


def entity_of(text: str | None) -> Entity:
    return Entity(text) if text in ENTITIES else Entity.CONTACT


def pairs(connection: Connection, entity: Entity, proposals: Iterable[Proposal]) -> list[Pair]:
    """The proposals with both records as they are now."""
    found = list(proposals)
    ids = {key for one in found for key in (one.theirs_id, one.ours_id)}
    sides, known = sides_of(entity, ids), ours.fields(entity)
    states = records.states(entity, ids, known, connection)
    for key, state in states.items():
        state["account"] = str(getattr(sides[key].record, "account", None) or "")
    return [
        Pair(one, sides[one.theirs_id], sides[one.ours_id], compared(known, states[one.theirs_id], states[one.ours_id]))
        for one in found
    ]


def sides_of(entity: Entity, ids: Collection[int]) -> dict[int, Side]:
    rows = ours.RECORDS[entity].objects.select_related(*["account"] * (entity == Entity.CONTACT)).in_bulk(ids)
    parts = Activity.objects.filter(**{f"{entity}__in": ids}).order_by()
    counts = dict(parts.values_list(entity.value).annotate(Count("pk")))
    return {key: Side(row, counts.get(key, 0)) for key, row in rows.items()}


def compared(
    known: Mapping[str, ours.Field], theirs: Mapping[str, Any], mine: Mapping[str, Any]
) -> list[tuple[str, str, str, bool]]:
    """Field by field, without those that neither of them fills in."""
    said = ((field.label, theirs.get(name), mine.get(name)) for name, field in known.items() if name != "name")
    texts = ((label, shown(left), shown(right)) for label, left, right in said if left or right)
    return [(label, left, right, left == right) for label, left, right in texts]


@require_POST
def settle(request: HttpRequest, pk: UUID) -> HttpResponse:
    """`do`: `adopt`, they are one; else they are two. What was settled meanwhile is left alone."""
    connection = page.connection_or_404(pk)
    entity = entity_of(request.POST.get("entity"))
    pair = (page.number(request.POST.get("link")), page.number(request.POST.get("ours")))
    if request.POST.get("do") == "adopt":
        is_done = adoption.accept(connection, entity, *pair)
        text = f"They are one {entity} now, with both histories."
    else:
        is_done = adoption.refuse(connection, entity, *pair, page.admin_of(request))
        text = f"They stay two {entity}s, and are not proposed again."
    if is_done:
        audit.note(request, connection, f"Duplicates, {entity} {pair[1]}: {text}")
        messages.success(request, text)
    else:
        messages.info(request, "That pair was settled meanwhile, or one of the two has changed. Nothing was done.")
    place = {"entity": entity, "page": page.number(request.POST.get("page")) or 1}
    where = urlencode({**place, "at": page.number(request.POST.get("at"))})
    return HttpResponseRedirect(f"{page.url('duplicates', pk)}?{where}")
