"""Can everybody read it? The colours' contrast in light and in dark (WCAG 2.2: 1.4.3 for text, 1.4.11 for edges)."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[2] / "static/css/tokens.css").read_text(encoding="utf-8")
PAIRS = {name: shades for name, *shades in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", TOKENS)}
GROUNDS = ("ground", "surface", "raised")
TONES = ("brand", "good", "warn", "bad")

TEXT = [(text, ground) for text in ("text", "muted", *TONES) for ground in GROUNDS]
ON_SOFT = [(text, f"{tone}-soft") for tone in TONES for text in (tone, "text")]
ON_BUTTON = [("on-tone", tone) for tone in TONES]
EDGES = [("edge", "surface"), *((tone, ground) for tone in TONES for ground in GROUNDS)]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT + ON_SOFT + ON_BUTTON)
def test_text_stands_out_from_what_is_behind_it(front: str, back: str, theme: int) -> None:
    assert contrast(PAIRS[front][theme], PAIRS[back][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "back"), EDGES)
def test_edges_of_controls_and_the_focus_ring_can_be_seen(edge: str, back: str, theme: int) -> None:
    assert contrast(PAIRS[edge][theme], PAIRS[back][theme]) >= 3
