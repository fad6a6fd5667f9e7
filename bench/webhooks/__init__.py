"""Is every webhook kept in time? Goal G11 on its own, and a minute of load on the whole running product."""

from __future__ import annotations

from collections.abc import Iterator

from bench.figures import Figure


def figures() -> Iterator[Figure]:
    """`make bench BENCH=webhooks`: a hundred a second for a minute, and the same with Valkey stopped."""
    from bench.webhooks import product

    yield from product.figures()


def ingestion() -> Iterator[Figure]:
    """G11, a part of `make bench BENCH=sync`."""
    from bench.webhooks import ingesting

    yield from ingesting.figures()
