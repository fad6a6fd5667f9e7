"""How do other systems answer? What is kept of it in `payloads/`, and what two answers have in common."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("payloads")


def payloads(system: str) -> dict[str, Any]:
    """By name, each with its origin, request, status and body."""
    paths = sorted((FOLDER / system).glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def shape(value: Any) -> Any:
    """The names and types of a body; of a list, those of its first item."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__
