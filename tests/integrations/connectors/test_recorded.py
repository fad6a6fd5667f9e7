"""Is it known of every recorded payload where its shape was read?"""

from __future__ import annotations

import pytest

from tests.integrations.connectors.recorded import FOLDER, payloads


@pytest.mark.parametrize("system", sorted(path.name for path in FOLDER.iterdir() if path.is_dir()))
def test_every_payload_says_where_its_shape_was_read(system: str) -> None:
    kept = payloads(system)
    assert len(kept) >= 10
    assert all(payload["origin"] and payload["request"] for payload in kept.values())
