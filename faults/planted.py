"""Does the judge look? Faults planted behind everybody's back, which it must find."""

from __future__ import annotations

from collections.abc import Callable

from crm.models import Activity, Contact
from faults.drill import Drill
from integrations.clock import now


def loss(drill: Drill) -> None:
    Activity.objects.filter(source=drill.daktela.slug).latest("pk").delete()


def double(drill: Drill) -> None:
    """A second person over there with the same address, as a blind repetition of a create would make."""
    world = drill.worlds.daktela.world
    with world.lock:
        one = world.rows("contacts")[0]
        world.tables["contacts"]["planted"] = one | {"name": "planted"}


def deletion(drill: Drill) -> None:
    email = next(iter(drill.worlds.people))
    Contact.objects.filter(email_addresses__address=email).update(hidden_at=now())


PLANTS: dict[str, Callable[[Drill], None]] = {"loss": loss, "double": double, "deletion": deletion}
