"""Whose is a record here? Its team, which decides who sees it, and its owner, by the names that a mapping uses."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models

from crm.models import Team, User
from integrations.transforms import Change, text

NAMED: dict[str, tuple[type[models.Model], str]] = {"team": (Team, "name"), "owner": (User, "username")}


def ids(names: Collection[str]) -> dict[str, dict[str, int]]:
    """Of those of our fields that are named: what a mapping calls each team or user, and its id. A query for each."""
    asked = {name: NAMED[name] for name in NAMED if name in names}
    return {name: dict(model._default_manager.values_list(key, "pk")) for name, (model, key) in asked.items()}


def team() -> Change:
    """By its name, in any capitals. Nobody's team is an error: everybody would see the record."""
    known = {name.casefold(): name for name in Team.objects.values_list("name", flat=True)}

    def kept(value: Any) -> str:
        written = text(value).strip()
        if not written:
            raise ValueError("It names no team.")
        if written.casefold() not in known:
            raise ValueError(f"“{written[:40]}” is none of our teams: {', '.join(known.values())[:120]}.")
        return known[written.casefold()]

    return kept


def owner() -> Change:
    """By log-in, e-mail address or name, as long as it is one person's; nothing is nobody."""
    known: dict[str, str] = {}
    for username, *others in User.objects.values_list("username", "email", "name"):
        known |= {one.casefold(): "" if one.casefold() in known else username for one in others if one}
    known |= {username.casefold(): username for username in User.objects.values_list("username", flat=True)}

    def kept(value: Any) -> str:
        written = text(value).strip()
        if written and not known.get(written.casefold()):
            raise ValueError(f"“{written[:40]}” is none of our users.")
        return known[written.casefold()] if written else ""

    return kept
