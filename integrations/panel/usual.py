"""Which fields does one usually map? What the connector's own `usual.yaml` says, as a start."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from integrations import connectors, mapping_file
from integrations.forms.mapping import Row, as_row
from integrations.models import Stream

FOLDER = Path(connectors.__file__).parent


def rows(stream: Stream) -> list[Row]:
    """As the form shows them; none where the connector offers none."""
    offered = _offered(stream.connection.connector).get((stream.entity, stream.direction), [])
    return [as_row(row) for row in offered]


@cache
def _offered(slug: str) -> dict[tuple[str, str], list[dict[str, Any]]]:
    path = FOLDER / slug / "usual.yaml"
    if not path.is_file():
        return {}
    documents = yaml.safe_load_all(path.read_text(encoding="utf-8"))
    return {(one["entity"], one["direction"]): mapping_file.read(yaml.safe_dump(one).encode()) for one in documents}
