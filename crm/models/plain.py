"""How do two spellings of a name compare? Small letters, no accents, by a function that lives in the database."""

from __future__ import annotations

from django.db import models
from django.db.models import Func


class Plain(Func):
    """lower(unaccent(text)) as an immutable function, so that it can be indexed and generated (migration 0001)."""

    function = "crm_plain"
    arity = 1
    output_field = models.TextField(db_collation="C")
