"""Is the hub as fast as promised? Goals G6 to G10: pulls beside COPY and merge, pushes beside the round trip."""

from __future__ import annotations

import os
from collections.abc import Iterator

from bench.figures import Figure


def figures() -> Iterator[Figure]:
    """Each figure as soon as it is known. FULL=1: a million contacts."""
    from bench.sync import pulling, pushing, scene

    total = int(os.environ.get("CONTACTS") or (1_000_000 if os.environ.get("FULL") else 100_000))
    with scene.built(total) as built:
        scene.warm(built.remote, total)
        yield from pulling.figures(built, total)
        yield from pushing.figures()
