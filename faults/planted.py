"""Does the judge look? Faults planted behind everybody's back, which it must find, and which are then taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from crm.models import Activity, Contact
from faults.drill import Drill
from integrations.clock import now


@contextmanager
def lost(drill: Drill) -> Iterator[None]:
    """An activity of ours becomes one that Daktela knows nothing of, and so the one it was is missing."""
    rows = Activity.objects.filter(pk=Activity.objects.filter(source=drill.daktela.slug).latest("pk").pk)
    name = rows.get().activity_id
    rows.update(activity_id="planted")
    yield
    rows.update(activity_id=name)


@contextmanager
def doubled(drill: Drill) -> Iterator[None]:
    """A second person over there with the same address, as a blind repetition of a create would make."""
    world = drill.worlds.daktela.world
    with world.lock:
        world.tables["contacts"]["planted"] = world.rows("contacts")[0] | {"name": "planted"}
    yield
    with world.lock:
        del world.tables["contacts"]["planted"]


@contextmanager
def wrongly_deleted(drill: Drill) -> Iterator[None]:
    rows = Contact.objects.filter(email_addresses__address=next(iter(drill.worlds.people)))
    keys = list(rows.values_list("pk", flat=True))
    Contact.objects.filter(pk__in=keys).update(hidden_at=now())
    yield
    Contact.objects.filter(pk__in=keys).update(hidden_at=None)


PLANTS: dict[str, Callable[[Drill], AbstractContextManager[None]]] = {
    "lost": lost,
    "doubled": doubled,
    "wrongly_deleted": wrongly_deleted,
}
