"""Can everybody use what is on the screen? axe-core's verdict, and whether it fits into 320 pixels."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

SOURCE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text()
RUN = """async () => {
  const { violations } = await axe.run(document, {
    resultTypes: ["violations"], rules: { "target-size": { enabled: true } },
  });
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}"""
TOO_WIDE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  return [...document.querySelectorAll("body *")]
    .filter((one) => scrollWidth > clientWidth && one.getBoundingClientRect().right > clientWidth + 1)
    .map((one) => one.outerHTML.slice(0, 200));
}"""
# What a sticky bar covers for the moment is not too small: it can be scrolled to.
UNSTUCK = ".call-bar, .call-actions { position: static !important; }"
SPACED = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
LOOK = """(text) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  document.adoptedStyleSheets = text ? [sheet] : [];
}"""


def findings(document: Frame | Page) -> list[Any]:
    """What axe calls serious or critical. Its source is evaluated: the page's own policy lets no script in."""
    if not document.evaluate("'axe' in window"):
        document.evaluate(SOURCE)
    document.evaluate(LOOK, UNSTUCK)
    found = document.evaluate(RUN)
    document.evaluate(LOOK, "")
    return found


def too_wide(document: Frame | Page) -> list[str]:
    """What sticks out sideways: as it is, and with the wider spacing that readers may set (WCAG 1.4.12)."""
    found = document.evaluate(TOO_WIDE)
    document.evaluate(LOOK, SPACED)
    found += document.evaluate(TOO_WIDE)
    document.evaluate(LOOK, "")
    return found


def faults(page: Page, looks: Iterable[tuple[str, int]]) -> list[str]:
    """Both, in each of these colour schemes and widths."""
    found = []
    for scheme, width in looks:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{page.url} {scheme} {width} {one}" for one in (*findings(page), *too_wide(page))]
    return found
